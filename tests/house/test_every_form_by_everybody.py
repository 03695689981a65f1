"""Every route of the application, tried by everybody, with well-formed, absent and garbage identities and words.

There is no table of routes here: the application is asked for its own, the fields of a form are read from the handler
that fills it, and the things that addresses name are those of `one_of_everything`. A route that is added tomorrow is
tried tomorrow. Each try stands on a savepoint of one world and leaves it as it was.
"""

import inspect
import os
import re
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import Enum
from functools import cache
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin
from uuid import UUID

import httpx
import pytest
from fastapi.routing import APIRoute
from pydantic.fields import FieldInfo
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from hub.access import changes as access
from hub.access.rules import KeepingReason
from hub.agencies.tables import Worker
from hub.cases.tables import Case
from hub.clock import now, today
from hub.decisions import changes as decisions
from hub.decisions.rules import Stance
from hub.decisions.tables import Decision
from hub.events.rules import LOOKS, Kind
from hub.events.tables import Event
from hub.handovers import changes as handovers
from hub.ids import from_ref, new_id, ref
from hub.inputs import FormIn
from hub.problems.changes import add_line
from hub.problems.rules import View
from hub.problems.tables import Framing, FramingRound
from hub.sharing.rules import GrantKind, Restriction, Viewer
from hub.sharing.tables import Agreement, CaseGrant
from tests.audit.test_looks import ASKED_WITH, NAMED, Furnished, one_of_everything
from tests.conftest import Browser
from tests.house.test_routes import ALL
from tests.makers import World, make_contribution, make_worker

Make = Callable[[], Browser]

MACHINES = ("/hooks/", "/static", "/metrics", "/live")
"""Proven by a signature or a token, or a stream that never ends: each has its own tests."""
NAMES_NO_FAMILY = {
    "agreement",
    "agency",
    "colleague",
    "deputy",
    "source",
    "receipt",
    "kind",
    "form",
    "rule",
    "code",
    "token",
    "sitting",
}
"""What an address may name without saying anything of a family: agreements, rules and
lists are known to each other, and each sees in a list the cases that open to them."""
WORDS = "No further action is needed beyond what we agreed together"
AHEAD = {"day", "until", "until_day", "due_on", "starts_on", "ends_on", "overlap_until"}
GARBAGE_IDS = ["0", "z" * 26, "x" * 25, "%2e%2e", "%00", "ü" * 26, "0" * 26]
GARBAGE = ["\x00", "‮‮", "9" * 40, "-1", "' OR 1=1 --", "x" * 5000, "٣", "2026-02-30", "25:61", "NaN", "\ud83d".encode("utf-8", "replace").decode()]  # fmt: skip
SECRET = "Ayo is at home."
"""The words of a contribution by the council, for the whole circle."""

Kinds = frozenset[Kind]
TRIES_IN_VAIN: Kinds = frozenset({Kind.contribution_edit_refused, Kind.emergency_refused})
"""The ledger keeps that somebody tried, and nothing changed."""
NOTHING: Kinds = frozenset()
MAY_WRITE: dict[str, Kinds] = {
    "scrutineer, let in": frozenset({Kind.scrutiny_ended}),
    "guest, let in": frozenset({Kind.contribution_added, Kind.contribution_amended, Kind.contribution_withdrawn,
                                Kind.consent_changed, Kind.guest_ended}),
}  # fmt: skip
"""What those who are let in by name may bring about in a case. Everybody else outside: nothing at all."""
IN_A_CLOSED_CASE: Kinds = frozenset({
    Kind.case_moved, Kind.decision_made,  # it can be opened again, which is itself a decision
    Kind.case_restricted, Kind.case_restriction_changed, Kind.case_restriction_lifted,
    Kind.scrutiny_opened, Kind.scrutiny_ended, Kind.guest_ended,
    Kind.disclosure_acknowledged, Kind.disclosure_basis_completed, Kind.emergency_reviewed,
    Kind.position_stated, Kind.dissent_answered, Kind.decision_settled,
    Kind.request_reviewed, Kind.page_viewed,
    Kind.person_match_decided, Kind.referral_rated, Kind.referral_decided, Kind.referral_viewed,
    Kind.worker_let_go,
    Kind.conference_cancelled, Kind.conference_closed, Kind.conference_attendance_taken,  # what was called is ended
    Kind.handover_written,
    Kind.letter_made, Kind.letter_reviewed, Kind.letter_sent,  # what was decided is still told
    Kind.retention_extended, Kind.retention_held, Kind.retention_released, Kind.disposal_proposed,
})  # fmt: skip
"""What the law lets happen in a case that is closed."""


@dataclass
class Somebody:
    """Who tries: their browser, and what they may bring about."""

    name: str
    client: Browser
    key: str = ""
    inside: bool = False
    """Their agency stands in the circle."""

    @property
    def may_write(self) -> Kinds | None:
        """None is whatever the law gives to those inside."""
        return None if self.inside else MAY_WRITE.get(self.name, NOTHING)


@dataclass
class Trial:
    """One world, those who try it, and what went wrong."""

    connection: AsyncConnection
    session: AsyncSession
    world: World
    made: Furnished
    case_id: UUID
    council: Viewer
    people: dict[str, Somebody] = field(default_factory=dict)
    mark: int = 0
    tried: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    reached: set[str] = field(default_factory=set)

    async def ask(self, who: Somebody, method: str, path: str, data: Any = None) -> tuple[httpx.Response, list[str]]:
        """One try on its own savepoint: the answer, and the kinds of what it changed for somebody's case or person."""
        before = await self.connection.begin_nested()
        try:
            if method == "GET":
                answer = await who.client.get(path)
            else:
                answer = await who.client.post(path, data={"_key": who.key, **(data or {})})
            written = await self.connection.scalars(
                select(Event.kind).where(
                    Event.id > self.mark,
                    Event.kind.not_in([kind.value for kind in LOOKS]),
                    func.num_nonnulls(Event.case_id, Event.person_id, Event.referral_id) > 0,
                )
            )
            kinds = [kind for kind in written if kind not in TRIES_IN_VAIN]
        finally:
            await before.rollback()
        self.tried[who.name] += 1
        if answer.status_code >= 500:
            self.wrong.append(f"{answer.status_code} for {who.name}: {method} {path} {data or ''}"[:400])
        return answer, kinds

    def address(self, route: APIRoute, **instead: str) -> str:
        """A route's address about the things of this world, some replaced."""
        names = self.made.refs | {name: self.made.refs[other] for name, other in NAMED.get(route.path, {}).items()}
        try:
            return (route.path + ASKED_WITH.get(route.path, "")).format(**(names | instead))
        except KeyError as unknown:
            pytest.fail(f"{route.path}: make one of {unknown} in one_of_everything, so that it is tried here")

    @asynccontextmanager
    async def when(self, change: Callable[["Trial"], Awaitable[None]]) -> AsyncIterator[None]:
        """Another state of the world, which is left as it was."""
        state = await self.connection.begin_nested()
        await change(self)
        await self.session.commit()
        await self.look_again()
        yield
        await state.rollback()
        await self.look_again()

    async def look_again(self) -> None:
        self.mark = await self.connection.scalar(select(func.coalesce(func.max(Event.id), 0))) or 0


# --- The routes, and what may be typed into their forms -----------------------------------------------------------

ROUTES = [
    (method, route)
    for method, route in ALL
    if not route.path.startswith(MACHINES) and route.path not in ("/signin", "/signin/demo", "/signout")
]


def first_name(route: APIRoute) -> str:
    """What the first part of an address names."""
    return re.findall(r"{(\w+)", route.path)[0]


@cache
def forms_of(handler: Callable[..., Any]) -> list[type[FormIn]]:
    """The forms that a handler fills, read from its own words."""
    names = re.findall(r"fill\w*\(\s*request,\s*(\w+)", inspect.getsource(handler))
    found = [inspect.unwrap(handler).__globals__.get(name) for name in names]
    return [one for one in found if inspect.isclass(one) and issubclass(one, FormIn)]


def well_formed(trial: Trial, route: APIRoute) -> dict[str, Any]:
    """Something to type into each field that its own rules let through."""
    return {
        name: value
        for form in forms_of(route.endpoint)
        for name, info in form.model_fields.items()
        if (value := _typed(trial, name, info, info.annotation)) is not None
    }


def _typed(trial: Trial, name: str, info: FieldInfo, kind: Any) -> Any:
    if get_origin(kind) is Annotated:
        return _typed(trial, name, info, get_args(kind)[0])
    if get_origin(kind) in (Union, UnionType):
        return _typed(trial, name, info, next(one for one in get_args(kind) if one is not type(None)))
    if get_origin(kind) in (list, set, tuple, frozenset):
        one = _typed(trial, name.removesuffix("s"), info, get_args(kind)[0])
        return [one] if one is not None else None
    if inspect.isclass(kind) and issubclass(kind, Enum):
        return next(iter(kind)).value
    day = today() + timedelta(days=3 if name in AHEAD else 0)
    plain = {bool: "yes", date: str(day), float: "60", int: "60"}.get(kind)
    if plain is not None:
        return plain
    if kind is UUID:
        return _somebody(trial, name)
    if kind.__name__ == "time":
        return "10:30"
    patterns = [one.pattern for one in info.metadata if getattr(one, "pattern", None)]
    if patterns:
        return next((one for one in ("1", "60", "yes", "") if re.search(patterns[0], one)), "")
    longest = min((one.max_length for one in info.metadata if getattr(one, "max_length", None)), default=500)
    return {"email": "guest@surgery.example", "video_link": "https://meet.example/1"}.get(name, WORDS[:longest])


def _somebody(trial: Trial, name: str) -> str:
    refs, aliases = trial.made.refs, {"agencie": "agency_health", "agency": "agency_health", "consulted": "agency_health",
                                      "people": "person", "about": "person", "item": "action"}  # fmt: skip
    name = aliases.get(name, "agency_health" if name.startswith("by_") else name)
    return refs.get(name) or refs["colleague"]


NONCE = re.compile(r'value="[0-9a-f]{32}\.[^"]+"|req_\w+')


def same_but_for(answer: httpx.Response, *names: str) -> tuple[int, str, str | None]:
    """An answer without what differs from one request to the next, and without what was asked for."""
    body, to = NONCE.sub("", answer.text), answer.headers.get("location")
    for name in names:
        body, to = body.replace(name, "…"), to.replace(name, "…") if to else to
    return answer.status_code, body, to


# --- The world ----------------------------------------------------------------------------------------------------


async def _let_in(session: AsyncSession, world: World, made: Furnished) -> UUID:
    """Two who are let in by name, both of an agency that stands in the circle: the scrutineer’s grant is the one named."""
    for login, kind in (("guest.in", GrantKind.guest), ("scrutineer.in", GrantKind.scrutiny)):
        worker = await make_worker(session, world.agencies["council"], login, roles=[login.split(".")[0]])
        grant = CaseGrant(
            kind=kind.value, case_id=made.case.id, worker_id=worker.id, reason_code=kind.value, reason=WORDS,
            given_by=world.workers["council"].id, starts_at=now() - timedelta(days=1), ends_at=now() + timedelta(days=9),
        )  # fmt: skip
        session.add(grant)
    await session.flush()
    return grant.id


async def furnish(session: AsyncSession, world: World) -> Furnished:
    """One of everything that a page shows, and of what only a form names."""
    made = await one_of_everything(session, world)
    council = world.viewer("council")
    case_id = made.case.id
    decision = await session.get_one(Decision, from_ref(made.refs["decision"]))
    decision.decided_at = now()
    dissent = await decisions.state_position(
        session, decision, agency_id=world.id("health"), stance=Stance.dissent,
        reason="We see it differently, and say here why.", stated_by=None, by=world.viewer("health"), at=now(),
    )  # fmt: skip
    stranger = await make_worker(session, world.agencies["health"], "stranger")
    restriction = await access.restrict(
        session, case_id=case_id, mode=Restriction.kept_out, reason_code=KeepingReason.conflict, reason=WORDS,
        workers=[stranger.id], by=council, at=now(),
    )  # fmt: skip
    colleague = await session.get_one(Worker, from_ref(made.refs["colleague"]))
    deputy = await handovers.name_deputy(
        session, colleague, deputy=world.workers["council"], starts_on=today(), ends_on=today(), by=council, at=now()
    )
    framing = await session.get_one(Framing, from_ref(made.refs["framing"]))
    round_ = await session.get_one(FramingRound, framing.round_id)
    line = await add_line(session, round_, view=View.agree, words="Here we agree.", by=council, at=now())
    agreement = await session.scalar(select(Agreement.id).where(Agreement.tier == 2))
    made.refs |= {
        "dissent": ref(dissent.id),
        "restriction": ref(restriction.id),
        "deputy": ref(deputy.id),
        "agreement": ref(agreement),
        "line": ref(line.id),
        "grant": ref(await _let_in(session, world, made)),
        "reply": ref(new_id()),
        "label": "P1",
        "form": "rate",
        "agency_health": ref(world.id("health")),
    }
    await make_contribution(session, world, made.case, by="council", words=SECRET)
    return made


POLICE = ["frontline", "leader", "coordinator", "administrator", "guardian"]
WHO: dict[str, tuple[str, list[str], bool]] = {
    "frontline": ("council", ["frontline"], True),
    "leader": ("police", ["leader"], True),
    "coordinator": ("police", ["coordinator"], True),
    "administrator": ("police", ["administrator"], True),
    "guardian": ("police", ["guardian"], True),
    "everything at once": ("police", POLICE, True),
    "everything at once, led": ("council", POLICE, True),
    "scrutineer": ("council", ["scrutineer"], False),
    "guest": ("council", ["guest"], False),
    "researcher": ("council", ["researcher"], False),
    "outsider": ("school", POLICE, False),
    "ended": ("council", POLICE, False),
}
"""Everybody: of which agency, in which roles, and whether it stands in the circle."""


@pytest.fixture
async def trial(browser: Make, connection: AsyncConnection, session: AsyncSession, world: World) -> Trial:
    """The world and everybody in it, signed in, each with a form key: a rolled back try leaves it fresh."""
    made = await furnish(session, world)
    logins = {"scrutineer, let in": "scrutineer.in", "guest, let in": "guest.in"}
    for number, (name, (slug, roles, _)) in enumerate(WHO.items()):
        logins[name] = f"worker.{number}"
        await make_worker(session, world.agencies[slug], logins[name], roles=roles, name=f"Worker {number}")
    await session.commit()
    trial = Trial(connection, session, world, made, made.case.id, world.viewer("council"))
    for name, login in logins.items():
        client = await browser().sign_in(login)
        inside = WHO[name][2] if name in WHO else False
        trial.people[name] = Somebody(name, client, await client.key("/account"), inside)
    await session.execute(
        update(Worker).where(Worker.name == f"Worker {list(WHO).index('ended')}").values(ended_at=now())
    )
    await session.commit()
    trial.people["signed out"] = Somebody("signed out", browser(), trial.people["frontline"].key)
    await trial.look_again()
    return trial


# --- The tries ----------------------------------------------------------------------------------------------------


def told(trial: Trial, who: Somebody, method: str, route: APIRoute, kinds: list[str]) -> None:
    """Somebody who may not write has changed something."""
    if who.may_write is not None and (beyond := set(kinds) - who.may_write):
        trial.wrong.append(f"{who.name} brought about {sorted(beyond)} by {method} {route.path}")


async def try_inside(trial: Trial, turn: int, route: tuple[str, APIRoute]) -> None:
    """A route by those inside and those let in: by who may most, and by the others in turn, or by all of them."""
    method, where = route
    data, address = well_formed(trial, where), trial.address(where)
    for name in ("everything at once, led", *whose_turn(INSIDE, turn)):
        who = trial.people[name]
        answer, kinds = await trial.ask(who, method, address, data)
        told(trial, who, method, where, kinds)
        if answer.status_code == 303 and kinds:
            trial.reached.add(f"{method} {where.path}")


async def try_hidden(trial: Trial, who: Somebody, route: tuple[str, APIRoute]) -> None:
    """A route by somebody to whom the case does not open: hidden and absent are one answer, and nothing changes."""
    method, where = route
    if "{" not in where.path:
        return
    name, data, absent = first_name(where), well_formed(trial, where), ref(new_id())
    answer, kinds = await trial.ask(who, method, trial.address(where), data)
    told(trial, who, method, where, kinds)
    if name in NAMES_NO_FAMILY:
        return
    other, _ = await trial.ask(who, method, trial.address(where, **{name: absent}), data)
    there = trial.made.refs[NAMED.get(where.path, {}).get(name, name)]
    hidden, gone = (same_but_for(one, there, absent) for one in (answer, other))
    if hidden != gone:
        differs = f"{answer.status_code} and {other.status_code}"
        trial.wrong.append(f"{who.name} tells hidden from absent ({differs}): {method} {where.path}")
    if "Testcase" in answer.text or SECRET in answer.text:
        trial.wrong.append(f"{who.name} reads of the family at {method} {where.path}")


async def try_garbage(trial: Trial, turn: int, route: tuple[str, APIRoute]) -> None:
    """Garbage identities, garbage words and garbage questions: a clear refusal, never a fault of ours."""
    (method, where), who = route, trial.people["everything at once, led"]
    data, words = well_formed(trial, where), GARBAGE[turn % len(GARBAGE)]
    if "{" in where.path:
        garbage = GARBAGE_IDS[turn % len(GARBAGE_IDS)]
        await trial.ask(who, method, trial.address(where, **{first_name(where): garbage}), data)
    if method == "POST" and data:
        await trial.ask(who, method, trial.address(where), dict.fromkeys(data, words))
    questions = [one.alias for one in where.dependant.query_params]
    if method == "GET" and questions:
        asked = httpx.QueryParams(dict.fromkeys(questions, words))
        await trial.ask(who, method, f"{trial.address(where).partition('?')[0]}?{asked}")


async def try_closed(trial: Trial, route: tuple[str, APIRoute]) -> None:
    """A form in a closed case by those who may most: nothing but what the law allows."""
    method, where = route
    if method != "POST":
        return
    who = trial.people["everything at once, led"]
    _, kinds = await trial.ask(who, method, trial.address(where), well_formed(trial, where))
    if beyond := sorted({kind for kind in kinds if kind not in IN_A_CLOSED_CASE}):
        trial.wrong.append(f"{who.name} brought about {beyond} in a closed case by {method} {where.path}")


async def try_expired(trial: Trial, route: tuple[str, APIRoute]) -> None:
    """A page by another agency of the circle when the agreement has expired: its own words, and nobody else's."""
    method, where = route
    if method != "GET" or "{" not in where.path:
        return
    answer, _ = await trial.ask(trial.people["everything at once"], method, trial.address(where))
    if SECRET in answer.text:
        trial.wrong.append(f"words of another agency are read without an agreement at {method} {where.path}")


INSIDE = ("frontline", "leader", "coordinator", "administrator", "guardian", "scrutineer, let in", "guest, let in")
OUTSIDE = ("scrutineer", "guest", "researcher", "outsider", "ended", "signed out")
HIDDEN_FROM = ("everything at once", "scrutineer, let in")


def whose_turn(names: tuple[str, ...], turn: int) -> tuple[str, ...]:
    """One of several in turn; with HUB_EVERYTHING set, each of them at every route (about six minutes)."""
    return names if os.environ.get("HUB_EVERYTHING") else (names[turn % len(names)],)


async def close(trial: Trial) -> None:
    values = {"closed_at": now(), "stage": "closed"}
    await trial.session.execute(update(Case).where(Case.id == trial.case_id).values(values))


async def hide(trial: Trial) -> None:
    await access.restrict(
        trial.session, case_id=trial.case_id, mode=Restriction.hidden, reason_code=KeepingReason.safety,
        reason=WORDS, workers=[], by=trial.council, at=now(),
    )  # fmt: skip


async def expire(trial: Trial) -> None:
    await trial.session.execute(update(Agreement).values(ends_on=today()))


@pytest.mark.timeout(1800 if os.environ.get("HUB_EVERYTHING") else 900)
async def test_every_form_by_everybody(trial: Trial) -> None:
    began, people = time.monotonic(), trial.people
    for turn, route in enumerate(ROUTES):
        await try_inside(trial, turn, route)
        await try_garbage(trial, turn, route)
        for name in whose_turn(OUTSIDE, turn):
            await try_hidden(trial, people[name], route)
    async with trial.when(close):
        for route in ROUTES:
            await try_closed(trial, route)
    async with trial.when(hide):
        for turn, route in enumerate(ROUTES):
            for name in whose_turn(HIDDEN_FROM, turn):
                await try_hidden(trial, people[name], route)
    async with trial.when(expire):
        for route in ROUTES:
            await try_expired(trial, route)
    tried, forms = sum(trial.tried.values()), sum(method == "POST" for method, _ in ROUTES)
    print(  # noqa: T201 - the figures are asked for
        f"{tried} tries of {len(ROUTES)} routes by {len(trial.tried)} people in {time.monotonic() - began:.0f} s; "
        f"{len(trial.reached)} of {forms} forms did what they are for; {len(trial.wrong)} wrong answers"
    )
    assert not trial.wrong, "\n".join(dict.fromkeys(trial.wrong))
    assert tried > 1000 and len(trial.reached) > forms / 4
