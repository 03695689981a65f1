"""Writing down what was said, and the speaker's word on it."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from hub import clock
from hub.agencies.identity import CurrentWorker, Once, way_back
from hub.agencies.queries import worker_by_id, workers_by_id
from hub.cases.queries import SharedCase, access_case, access_case_by_id, access_to_write, could_answer
from hub.contributions.rules import ContributionKind
from hub.database import CurrentSession
from hub.errors import NotAllowed, Refused
from hub.ids import ref
from hub.inputs import Filled, fill
from hub.rendering import show
from hub.said import changes, queries
from hub.said.changes import Heard
from hub.said.forms import ConfirmIn, DisownIn, NoteIn
from hub.said.rules import Where
from hub.said.tables import SpokenShare
from hub.sharing.rules import Permission

router = APIRouter()


@router.get("/cases/{case}/said")
async def note_page(
    case: str, request: Request, worker: CurrentWorker, session: CurrentSession, speaker: str = "", place: str = ""
) -> Response:
    """The form to write down what somebody said."""
    shared = await access_to_write(session, worker, case)
    typed = {"speaker": [speaker], "place": [place or Where.conference.value], "kind": ["fact"]}
    return await _note_page(request, session, shared, Filled(typed=typed))


async def _note_page(request: Request, session: CurrentSession, shared: SharedCase, form: Filled[NoteIn]) -> Response:
    around = await could_answer(session, shared, clock.now())
    return show(
        request,
        "said/note.html",
        status=422 if form.problems else 200,
        section="board",
        part="now",
        shared=shared,
        form=form,
        speakers=[one for one in around if one.id != shared.viewer.worker_id],
        places=list(Where),
        kinds=list(ContributionKind),
    )


@router.post("/cases/{case}/said")
async def note(case: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession) -> Response:
    """Writes down what somebody said: as heard, until they confirm it."""
    shared, at = await access_case(session, worker, case), clock.now()
    shared.require(Permission.spoken_note, "The case is closed: nothing more can be added.")
    form = await fill(request, NoteIn)
    if form.value:
        around = {one.id: one for one in await could_answer(session, shared, at)}
        async with form.refusals(session):
            if form.value.speaker not in around:
                raise Refused("Choose a worker of an agency around this case who may see it", field="speaker")
            spoken = await changes.note(
                session,
                case_id=shared.id,
                heard=Heard(
                    words=form.value.words,
                    speaker=around[form.value.speaker],
                    place=form.value.place,
                    kind=form.value.kind,
                ),
                circle=[agency.id for agency in shared.circle],
                clocks=shared.partnership.clocks,
                by=worker,
                at=at,
            )
            return once.see(f"{shared.path}#said-{ref(spoken.id)}")
    return await _note_page(request, session, shared, form)


async def _own(session: CurrentSession, worker: CurrentWorker, spoken: str) -> tuple[SpokenShare, SharedCase]:
    """What this worker themselves is heard to have said."""
    found = await queries.access_spoken(session, worker, spoken)
    shared = await access_case_by_id(session, worker, found.case_id)
    if not shared.may(Permission.spoken_confirm, speaker=found.speaker_id == worker.worker_id):
        closed = shared.case.closed_at is not None
        raise NotAllowed("The case is closed." if closed else "Only the person who said it can confirm it.")
    return found, shared


@router.get("/said/{spoken}")
async def confirm_page(spoken: str, request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """What one is heard to have said, to correct it or to say that it was not so."""
    found, shared = await _own(session, worker, spoken)
    return await _confirm_page(request, session, found, shared, Filled(typed={"words": [found.words]}))


async def _confirm_page(
    request: Request, session: CurrentSession, found: SpokenShare, shared: SharedCase, form: Filled[Any]
) -> Response:
    return show(
        request,
        "said/confirm.html",
        status=422 if form.problems else 200,
        section="my-work",
        part="now",
        shared=shared,
        form=form,
        spoken=found,
        people=await workers_by_id(session, [found.noted_by]),
        where=Where(found.place),
    )


@router.post("/said/{spoken}/confirm")
async def confirm(
    spoken: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Confirms with one tap, or with one's own corrected words: then it is a contribution of one's agency."""
    found, shared = await _own(session, worker, spoken)
    form = await fill(request, ConfirmIn)
    if form.value:
        author = await worker_by_id(session, worker.worker_id)
        async with form.refusals(session):
            added = await changes.confirm(
                session, found, words=form.value.words, profession=author.profession, by=worker, at=clock.now()
            )
            return once.see(await way_back(request, f"{shared.path}#contribution-{ref(added.thread_id)}"))
    return await _confirm_page(request, session, found, shared, form)


@router.post("/said/{spoken}/disown")
async def disown(spoken: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession) -> Response:
    """Says that it was not said, or not so."""
    found, shared = await _own(session, worker, spoken)
    form = await fill(request, DisownIn)
    if form.value:
        async with form.refusals(session):
            await changes.disown(session, found, reason=form.value.reason, by=worker, at=clock.now())
            return once.see(await way_back(request, shared.path))
    return await _confirm_page(request, session, found, shared, form)
