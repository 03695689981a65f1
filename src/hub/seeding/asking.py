"""What agencies asked one another, said aloud and saw differently; and what the families themselves said."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from hub.cases.rules import Rating, Scheme
from hub.contributions.rules import ContributionKind
from hub.decisions.queries import decisions_of_case
from hub.escalations import changes as escalations
from hub.escalations.changes import Difference
from hub.escalations.rules import About
from hub.escalations.tables import Escalation
from hub.london import london
from hub.requests import changes as requests
from hub.requests.changes import Answer, Question
from hub.requests.rules import LIKELY_GATEWAY, LIKELY_PURPOSE, MoreTime, Purpose, Refusal, ReplyKind, Review
from hub.requests.tables import InformationRequest, RequestReply
from hub.said import changes as said
from hub.said.changes import Heard
from hub.said.rules import Where
from hub.said.tables import SpokenShare
from hub.seeding.days import span_of
from hub.seeding.tale import SOON_AFTER, Step, Tale
from hub.sharing.queries import circles
from hub.voice import changes as voice
from hub.voice.changes import OwnWords, Telling
from hub.voice.rules import Topic, WhyNot

Row = Mapping[str, Any]
Doing = Callable[[datetime], Awaitable[None]]


def asking(tale: Tale) -> Iterable[Step]:
    """Requests with their answers, spoken words, disagreements, and the family's own view, each in its order."""
    for row in tale.told.get("requests", []):
        yield from _in_turn(tale, row, _request(tale, row))
    for row in tale.told.get("said", []):
        yield from _in_turn(tale, row, _spoken(tale, row))
    for row in tale.told.get("escalations", []):
        yield from _in_turn(tale, row, _escalation(tale, row))
    for row in tale.told.get("voices", []):
        yield tale.step(tale.moment(row), _hearing(tale, row))


def _in_turn(tale: Tale, row: Row, doings: Iterable[tuple[Row, Doing]]) -> Iterable[Step]:
    """Each at its own moment or so long `after` the first, never before the one that it follows."""
    first = at = tale.moment(row)
    for told, do in doings:
        if told is not row:
            planned = first + span_of(told["after"]) if "after" in told else tale.moment(told)
            at = max(planned, at + SOON_AFTER)
        yield tale.step(at, do)


# --- Requests ---------------------------------------------------------------------------------------------------


def _request(tale: Tale, row: Row) -> Iterable[tuple[Row, Doing]]:
    held: list[InformationRequest] = []
    refused: dict[UUID, RequestReply] = {}

    async def ask(at: datetime) -> None:
        scheme, seats = Scheme(tale.open_case.scheme), await circles(tale.session, [tale.open_case.id])
        contacts = {seat.agency_id: seat.contact_id for seat in seats}
        asked = {tale.agency_id(slug): contacts.get(tale.agency_id(slug)) for slug in row["ask"].split()}
        for slug, login in row.get("answers_there", {}).items():
            asked[tale.agency_id(slug)] = tale.worker(login).id
        question = Question(
            purpose=Purpose(row["purpose"]) if "purpose" in row else LIKELY_PURPOSE[scheme],
            question=row["question"], about=tuple(tale.ids(row["about"])),
            gateway=row.get("gateway", LIKELY_GATEWAY[scheme]),
            agencies={agency: worker for agency, worker in asked.items() if worker is not None},
        )  # fmt: skip
        rating = tale.open_case.rating
        made = await requests.ask(
                tale.session,
                case_id=tale.open_case.id,
                asked=question,
                people=[person.id for person in tale.people.values()],
                rating=Rating(rating) if rating else None,
                clocks=tale.partnership.clocks,
                by=tale.viewer(row["by"]),
                at=at,
            )  # fmt: skip
        held.append(made)

    yield row, ask
    for answer in row.get("answers", []):
        yield answer, _answering(tale, answer, held, refused)


def _answering(tale: Tale, row: Row, held: list[InformationRequest], refused: dict[UUID, RequestReply]) -> Doing:
    async def answer(at: datetime) -> None:
        by, request = tale.viewer(row["by"]), held[0]
        given: dict[str, Any] = {"by": by, "at": at}
        if "until_in_days" in row:
            await requests.need_longer(
                tale.session, request, until=tale.days.ahead(row["until_in_days"], "12:00"),
                because=MoreTime(row["because"]), words=row.get("words", ""), **given,
            )  # fmt: skip
        elif "on_it" in row:
            await requests.take_on(tale.session, request, worker_id=by.worker_id, **given)
        elif "review" in row:
            await requests.review(
                tale.session, refused[by.agency_id], request, review=Review(row["review"]), words=row["words"],
                clocks=tale.partnership.clocks, **given,
            )  # fmt: skip
        else:
            refused[by.agency_id] = await requests.reply(
                tale.session, request, answer=_answer(tale, row, at), profession=tale.worker(row["by"]).profession,
                circle=tale.circle, clocks=tale.partnership.clocks, **given,
            )  # fmt: skip

    return answer


def _answer(tale: Tale, row: Row, at: datetime) -> Answer:
    since, until = [*row["years"].split("-"), str(london(at).year)][:2] if "years" in row else (None, None)
    return Answer(
        kind=ReplyKind(row["as"]), words=row.get("words", ""), only_asker=row.get("only_asker", False),
        system=row.get("system", ""), since_year=int(since) if since else None,
        until_year=int(until) if until else None, searched_on=london(at).date() if "system" in row else None,
        withheld=row.get("withheld", ""), refusal=Refusal(row["refusal"]) if "refusal" in row else None,
        because=row.get("because", ""), owner=row.get("owner", ""),
    )  # fmt: skip


# --- Said in the room -------------------------------------------------------------------------------------------


def _spoken(tale: Tale, row: Row) -> Iterable[tuple[Row, Doing]]:
    held: list[SpokenShare] = []

    async def note(at: datetime) -> None:
        heard = Heard(row["words"], tale.worker(row["speaker"]), Where(row["where"]), ContributionKind(row["kind"]))
        made = await said.note(
                tale.session,
                case_id=tale.open_case.id,
                heard=heard,
                circle=tale.circle,
                clocks=tale.partnership.clocks,
                by=tale.viewer(row["by"]),
                at=at,
            )  # fmt: skip
        held.append(made)

    async def confirm(at: datetime) -> None:
        speaker = row["speaker"]
        await said.confirm(
            tale.session, held[0], words=row["confirmed"].get("words", ""),
            profession=tale.worker(speaker).profession, by=tale.viewer(speaker), at=at,
        )  # fmt: skip

    yield row, note
    if "confirmed" in row:
        yield row["confirmed"], confirm


# --- Seen differently -------------------------------------------------------------------------------------------


def _escalation(tale: Tale, row: Row) -> Iterable[tuple[Row, Doing]]:
    held: list[Escalation] = []

    async def raise_it(at: datetime) -> None:
        other = tale.agency_id(row["with"])
        about, about_id = About.lane, other
        if "decision" in row:
            decided = await decisions_of_case(tale.session, tale.open_case.id)
            about, about_id = About.decision, next(one.id for one in decided if one.question == row["decision"])
        made = await escalations.raise_it(
                tale.session,
                case_id=tale.open_case.id,
                difference=Difference(
                    about, about_id, other, row["disputed"], row["we_want"], row["they_want"], row.get("evidence", "")
                ),
                circle=tale.circle,
                clocks=tale.partnership.clocks,
                by=tale.viewer(row["by"]),
                at=at,
            )  # fmt: skip
        held.append(made)

    yield row, raise_it
    for turn in row.get("turns", []):
        yield turn, _turning(tale, turn, held)


def _turning(tale: Tale, row: Row, held: list[Escalation]) -> Doing:
    async def turn(at: datetime) -> None:
        given: dict[str, Any] = {"by": tale.viewer(row["by"]), "at": at}
        if "propose" in row:
            await escalations.propose(tale.session, held[0], plan=row["propose"], **given)
        elif "not_agreed" in row:
            await escalations.not_agreed(
                tale.session, held[0], words=row["not_agreed"], clocks=tale.partnership.clocks, **given
            )
        else:
            await escalations.agree(tale.session, held[0], **given)

    return turn


# --- The family's own view --------------------------------------------------------------------------------------


def _hearing(tale: Tale, row: Row) -> Doing:
    async def hear(at: datetime) -> None:
        person, day = tale.people[row["who"]], london(at).date()
        given: dict[str, Any] = {
            "case_id": tale.open_case.id, "people": [one.id for one in tale.people.values()],
            "by": tale.viewer(row["by"]), "at": at,
        }  # fmt: skip
        if "told" in row or "not_told" in row:
            why_not = WhyNot(row["not_told"]) if "not_told" in row else None
            telling = Telling(person.id, day, row.get("told", ""), why_not, row.get("note", ""))
            await voice.tell(tale.session, telling=telling, **given)
            return
        own = OwnWords(
            person_id=person.id, topic=Topic(row.get("topic", "wishes")), asked_on=day, words=row.get("words", ""),
            unheard=WhyNot(row["unheard"]) if "unheard" in row else None, note=row.get("note", ""),
            language=row.get("language", ""), interpreter=row.get("interpreter", False), place=row.get("place", ""),
        )  # fmt: skip
        await voice.hear(tale.session, own=own, **given)

    return hear
