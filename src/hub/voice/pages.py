"""Writing down somebody's own words, and what they were told."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from hub import clock
from hub.agencies.identity import CurrentWorker, Once, way_back
from hub.agencies.queries import workers_by_id
from hub.cases.queries import SharedCase, access_case, access_to_write
from hub.database import CurrentSession
from hub.inputs import Filled, fill
from hub.london import london
from hub.rendering import show
from hub.sharing.rules import Permission
from hub.voice import changes, queries
from hub.voice.changes import OwnWords, Telling
from hub.voice.forms import HearIn, TellIn
from hub.voice.rules import NOT_TOLD, Topic, WhyNot

router = APIRouter()
_CLOSED = "The case is closed: nothing more can be added."


@router.get("/cases/{case}/voice")
async def hear_page(
    case: str, request: Request, worker: CurrentWorker, session: CurrentSession, person: str = ""
) -> Response:
    """The form to write down somebody's own words, with what they have been asked already."""
    shared = await access_to_write(session, worker, case)
    return await _hear_page(request, session, shared, Filled(typed={"person": [person], "topic": ["wishes"]}))


async def _hear_page(request: Request, session: CurrentSession, shared: SharedCase, form: Filled[HearIn]) -> Response:
    voices = await queries.voices(session, shared.id)
    return show(
        request,
        "voice/hear.html",
        status=422 if form.problems else 200,
        section="board",
        part="family",
        shared=shared,
        form=form,
        topics=list(Topic),
        reasons=list(WhyNot),
        voices=voices,
        Topic=Topic,
        often=await queries.asked_often(session, shared.id, london(clock.now()).date()),
        workers=await workers_by_id(session, [one.asked_by for many in voices.values() for one in many]),
    )


@router.post("/cases/{case}/voice")
async def hear(case: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession) -> Response:
    """Writes down somebody's own words, or why there are none."""
    shared, at = await access_case(session, worker, case), clock.now()
    shared.require(Permission.voice_record, _CLOSED)
    form = await fill(request, HearIn)
    if form.value:
        given = form.value.model_dump()
        own = OwnWords(person_id=given.pop("person"), asked_on=given.pop("asked_on") or london(at).date(), **given)
        async with form.refusals(session):
            await changes.hear(session, case_id=shared.id, own=own, people=shared.person_ids, by=worker, at=at)
            return once.see(await way_back(request, f"{shared.path}/family#own-words"))
    return await _hear_page(request, session, shared, form)


@router.get("/cases/{case}/told")
async def tell_page(
    case: str, request: Request, worker: CurrentWorker, session: CurrentSession, person: str = ""
) -> Response:
    """The form to write down what somebody was told."""
    return _tell_page(request, await access_to_write(session, worker, case), Filled(typed={"person": [person]}))


def _tell_page(request: Request, shared: SharedCase, form: Filled[TellIn]) -> Response:
    return show(
        request,
        "voice/tell.html",
        status=422 if form.problems else 200,
        section="board",
        part="family",
        shared=shared,
        form=form,
        reasons=list(NOT_TOLD),
    )


@router.post("/cases/{case}/told")
async def tell(case: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession) -> Response:
    """Writes down what somebody was told, or why they were not."""
    shared, at = await access_case(session, worker, case), clock.now()
    shared.require(Permission.voice_record, _CLOSED)
    form = await fill(request, TellIn)
    if form.value:
        given = form.value.model_dump()
        telling = Telling(person_id=given.pop("person"), told_on=given.pop("told_on") or london(at).date(), **given)
        async with form.refusals(session):
            await changes.tell(session, case_id=shared.id, telling=telling, people=shared.person_ids, by=worker, at=at)
            return once.see(f"{shared.path}/family#own-words")
    return _tell_page(request, shared, form)
