"""The law of sharing: once in Python, once in SQL, once more as the wall in PostgreSQL. All must give the same answer.

An independent reading of the law stands here as well (`oracle`), written from the text of the rules and not from the
code, so that the implementations cannot be wrong together unnoticed (the method of Cedar). The worlds are generated:
every standing of a case, with a seeded sample of contributions on each, asked by a worker of every role.
"""

import random  # noqa: TID251 - a seeded sample
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import product
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from hub.cases.queries import visible_cases
from hub.cases.tables import Case
from hub.clock import now
from hub.contributions.queries import readable
from hub.contributions.tables import Contribution
from hub.database import act_for
from hub.ids import new_id
from hub.people.tables import Involvement
from hub.referrals.queries import visible_referrals
from hub.referrals.tables import Referral
from hub.sharing import scope
from hub.sharing.rules import (
    GRANTED,
    Around,
    Condition,
    GrantKind,
    Permission,
    Reach,
    Role,
    Standing,
    Viewer,
    may,
    standing_of,
)
from hub.sharing.tables import (
    AgreementPartner,
    CaseAgreement,
    CaseGrant,
    CaseRestriction,
    CircleSeat,
    RestrictionWorker,
)
from tests.makers import NOW, World, make_agreement, make_case, make_person, make_worker

ROLES = list(Role)
SEATS = ["never", "member", "left", "victim", "perpetrator"]
AGREEMENTS = ["live", "ended", "unsigned", "left", "none"]
KEPT = [
    "no",
    "hidden",
    "hidden, names me",
    "sealed",
    "kept out, names me",
    "kept out, names another",
    "person",
    "lifted",
]
GRANTS = ["none", "emergency", "emergency, over", "guest", "scrutiny", "ended early"]
AUDIENCES = ["circle", "named us", "named others", "own"]
OWNERS = ["police", "health", "me"]
CONSENTS = ["not-the-basis", "given", "withdrawn"]
SIDES = [None, "victim", "perpetrator"]
SAMPLE = 6
"""Contributions on each case: seeded, so that a failure comes back."""


@dataclass(frozen=True)
class Standing_:
    """How a case stands towards the police and each of their workers."""

    seat: str
    agreement: str
    kept: str
    grant: str

    @property
    def seated(self) -> bool:
        return self.seat in ("member", "victim", "perpetrator")

    @property
    def barred(self) -> bool:
        return self.kept in ("hidden", "sealed", "kept out, names me", "person")

    @property
    def let_in(self) -> bool:
        return self.grant in ("emergency", "guest", "scrutiny")


@dataclass(frozen=True)
class Said_:
    audience: str
    owner: str
    consent: str
    emergency: bool
    side: str | None


def opens(case: Standing_, role: Role) -> bool:
    """Does the case open? By the seat of the agency or by a grant by name, unless something keeps it from the worker."""
    if case.barred:
        return False
    if case.seated and role not in (Role.guest, Role.scrutineer, Role.researcher):
        return True
    return case.let_in and role is not Role.researcher


def oracle(case: Standing_, said: Said_, role: Role) -> bool:
    """May a police worker of this role read it?"""
    if not opens(case, role):
        return False
    inside = case.seated and role not in (Role.guest, Role.scrutineer, Role.researcher)
    if not inside:
        return said.owner == "me" or (said.audience == "circle" and said.consent != "withdrawn")
    if said.owner in ("police", "me"):
        return True
    if said.consent == "withdrawn" or not (case.agreement == "live" or said.emergency):
        return False
    if said.audience == "circle":
        return said.side is None or case.seat == "member" or said.side == case.seat
    return said.audience == "named us"


@dataclass
class Generated:
    """Many cases and contributions in the database, and how each stands."""

    cases: dict[UUID, Standing_]
    contributions: dict[UUID, tuple[UUID, Said_, Contribution]]
    viewers: dict[Role, Viewer]


@pytest.fixture
async def generated(world: World, session: AsyncSession) -> AsyncIterator[Generated]:
    dice = random.Random(7)  # noqa: S311 - a seeded sample
    police, at = world.agencies["police"], now()
    viewers = {}
    for role in ROLES:
        worker = await make_worker(session, police, f"{role.value}.one", roles=[role.value])
        viewers[role] = Viewer(worker_id=worker.id, agency_id=police.id, roles=frozenset([role.value]))
    author = {role: viewer.worker_id for role, viewer in viewers.items()}
    agreements = {
        "live": await make_agreement(session, world),
        "ended": await make_agreement(session, world, ends_on=at.date() - timedelta(days=1)),
        "unsigned": await make_agreement(session, world),
        "left": await make_agreement(session, world),
    }
    for name in ("unsigned", "left"):
        partner = await session.get(AgreementPartner, (agreements[name].id, police.id))
        if name == "left":
            partner.left_at = at
        else:
            partner.signed_at = None
    template = await make_case(session, world, agencies=("council",), person=await make_person(session))
    await session.flush()
    rows: dict[Any, list[dict[str, Any]]] = {}

    def add(table: Any, **values: Any) -> None:
        rows.setdefault(table, []).append(values)

    cases: dict[UUID, Standing_] = {}
    contributions: dict[UUID, tuple[UUID, Said_, Contribution]] = {}
    people = [await make_person(session, given=f"Person{number}") for number in range(2)]
    every = [Said_(*one) for one in product(AUDIENCES, OWNERS, CONSENTS, (False, True), SIDES)]
    for number, one in enumerate(product(SEATS, AGREEMENTS, KEPT, GRANTS)):
        case, case_id = Standing_(*one), new_id()
        cases[case_id] = case
        add(Case, id=case_id, reference=f"TV-{number}", person_id=people[0].id, scheme=template.scheme, stage="new",
            stage_since=at, rating_reason="", problem="", due_code="", opened_at=at, closing_reason="")  # fmt: skip
        add(CircleSeat, id=new_id(), agency_id=world.id("health"), case_id=case_id, part="lead", basis="", admitted_at=at,
            left_at=None, side=None)  # fmt: skip
        if case.seat != "never":
            add(CircleSeat, id=new_id(), agency_id=police.id, case_id=case_id, part="member", basis="", admitted_at=at,
                left_at=at if case.seat == "left" else None,
                side=case.seat if case.seat in ("victim", "perpetrator") else None)  # fmt: skip
        if case.agreement != "none":
            add(CaseAgreement, id=new_id(), case_id=case_id, agreement_id=agreements[case.agreement].id, since=at)
        person = people[1] if case.kept == "person" else people[0]
        add(Involvement, id=new_id(), case_id=case_id, person_id=person.id, roles=[], since=at)
        if case.kept not in ("no", "person"):
            keep = new_id()
            mode = "kept-out" if case.kept.startswith("kept out") else "sealed" if case.kept == "sealed" else "hidden"
            add(CaseRestriction, id=keep, case_id=case_id, mode=mode, reason_code="safety", reason="", person_id=None,
                set_by=world.workers["council"].id, set_at=at, lifted_at=at if case.kept == "lifted" else None)  # fmt: skip
            named = author.values() if case.kept.endswith("me") else [world.workers["council"].id]
            for worker_id in named:
                add(RestrictionWorker, id=new_id(), restriction_id=keep, worker_id=worker_id, named_at=at)
        if case.grant != "none":
            kind = case.grant.split(",")[0] if case.grant != "ended early" else "emergency"
            over = case.grant == "emergency, over"
            for worker_id in author.values():
                add(CaseGrant, id=new_id(), kind=kind, case_id=case_id, worker_id=worker_id, reason_code="other", reason="",
                    given_by=worker_id, starts_at=at - timedelta(hours=5),
                    ends_at=at - timedelta(hours=1) if over else at + timedelta(hours=3), review="",
                    ended_at=at if case.grant == "ended early" else None)  # fmt: skip
        for said in dice.sample(every, SAMPLE):
            said_id = new_id()
            own = said.owner in ("police", "me")
            named = {"named us": [police.id], "named others": [world.id("school")]}.get(said.audience)
            writer = (
                author[dice.choice(ROLES)] if said.owner == "me" else world.workers["police" if own else "health"].id
            )
            values = dict(  # noqa: C408
                id=said_id, thread_id=new_id(), version=1, case_id=case_id, agency_id=world.id("police" if own else "health"),
                author_id=writer, profession="", kind="fact", words="…", as_of=at.date(), confidence="certain",
                audience="named" if named else said.audience, for_agencies=named, written_at=at, consent=said.consent,
                emergency=said.emergency, side=said.side, purpose="", power="", bases=[], regime="uk-gdpr",
                withdrawn_reason="",
            )  # fmt: skip
            add(Contribution, **values)
            contributions[said_id] = (case_id, said, Contribution(**values))
    keep = new_id()
    add(CaseRestriction, id=keep, person_id=people[1].id, case_id=None, mode="hidden", reason_code="staff-member", reason="",
        set_by=world.workers["council"].id, set_at=at, lifted_at=None)  # fmt: skip
    for table in (
        Case,
        CircleSeat,
        CaseAgreement,
        Involvement,
        CaseRestriction,
        RestrictionWorker,
        CaseGrant,
        Contribution,
    ):
        many = rows[table]
        for start in range(0, len(many), 500):
            await session.execute(insert(table), many[start : start + 500])
    yield Generated(cases, contributions, viewers)


def _expected(generated: Generated, role: Role) -> tuple[set[UUID], set[UUID]]:
    """The cases and contributions that a worker of a role may see, by the oracle."""
    viewer = generated.viewers[role]
    cases = {case_id for case_id, case in generated.cases.items() if opens(case, role)}
    read = set()
    for said_id, (case_id, said, row) in generated.contributions.items():
        mine = (
            said
            if said.owner != "me" or row.author_id == viewer.worker_id
            else Said_(**{**vars(said), "owner": "police"})
        )
        if oracle(generated.cases[case_id], mine, role):
            read.add(said_id)
    return cases, read


async def test_every_cell_of_the_matrix(generated: Generated, session: AsyncSession) -> None:
    """Role × seat × agreement × restriction × grant × audience × owner × consent × emergency × side."""
    cells = wrong = 0
    for role, viewer in generated.viewers.items():
        cases, read = _expected(generated, role)
        for case_id, case in generated.cases.items():
            kind = GrantKind(case.grant) if case.let_in else None
            around = Around(seated=case.seated, granted=kind, kept=case.barred)
            standing = standing_of(viewer, **around.opens(viewer))
            cells += 1
            wrong += may(Permission.case_read, standing) != (case_id in cases)
        for said_id, (case_id, _, row) in generated.contributions.items():
            case = generated.cases[case_id]
            around = Around(case.seated, GrantKind(case.grant) if case.let_in else None, case.barred)
            reach = Reach(row.audience, row.agency_id, row.author_id, tuple(row.for_agencies or ()), row.emergency,
                          row.consent, row.side)  # fmt: skip
            side = case.seat if case.seat in ("victim", "perpetrator") else None
            facts = around.opens(viewer) | reach.to(viewer, agreement_live=case.agreement == "live", own_side=side)
            cells += 1
            wrong += may(Permission.contribution_read, standing_of(viewer, **facts)) != (said_id in read)
        seen = set(await session.scalars(select(Case.id).where(Case.id.in_(generated.cases), visible_cases(viewer))))
        found = set(await session.scalars(select(Contribution.id).where(readable(viewer))))
        wrong += len(seen ^ cases) + len(found ^ read)
        cells += len(generated.cases) + len(generated.contributions)
    print(f"{cells} cells of the access matrix, {wrong} wrong answers")  # noqa: T201 - the figure is asked for
    assert cells > 50_000 and wrong == 0


async def test_every_cell_again_with_the_first_wall_switched_off(
    generated: Generated, session: AsyncSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A query that forgets the rule finds what the rule would have given, and nothing more."""
    monkeypatch.setattr(scope, "case_opens", lambda viewer, case_id: true())
    monkeypatch.setattr(scope, "contribution_reaches", lambda viewer, of: true())
    cells = wrong = 0
    for role, viewer in generated.viewers.items():
        cases, read = _expected(generated, role)
        await act_for(
            session,
            viewer.worker_id if viewer.by_grant else None,
            viewer.agency_id if viewer.by_agency else None,
        )
        seen = set(await session.scalars(select(Case.id).where(Case.id.in_(generated.cases), visible_cases(viewer))))
        found = set(await session.scalars(select(Contribution.id).where(readable(viewer))))
        wrong += len(seen ^ cases) + len(found ^ read)
        cells += len(generated.cases) + len(generated.contributions)
    print(f"{cells} cells behind the second wall alone, {wrong} wrong answers")  # noqa: T201
    assert wrong == 0


@pytest.mark.parametrize("role", ROLES)
async def test_referrals(role: Role, world: World, session: AsyncSession) -> None:
    asker = world.viewer("police", role)
    expected: set[UUID] = set()
    for seat in ("never", "now", "left"):
        referral = Referral(
            reference=f"R-{seat}",
            agency_id=world.id("health"),
            their_reference=seat,
            revision=1,
            received_at=NOW,
            sent_at=NOW,
            sector="health",
            referrer_name="…",
            urgency="routine",
            summary="…",
            respond_by=NOW,
        )
        session.add(referral)
        await session.flush()
        if seat != "never":
            left = NOW if seat == "left" else None
            session.add(CircleSeat(agency_id=asker.agency_id, admitted_at=NOW, left_at=left, referral_id=referral.id))
        if seat == "now" and role not in (Role.guest, Role.scrutineer, Role.researcher):
            expected.add(referral.id)
    await session.flush()
    assert set(await session.scalars(select(Referral.id).where(visible_referrals(asker)))) == expected


# --- The table itself -------------------------------------------------------------------------------------------


def test_what_is_not_in_the_table_is_refused() -> None:
    everything = Standing(frozenset(Condition))
    assert all(may(permission, everything) for permission in Permission)
    assert not any(may(permission, Standing()) for permission in Permission)


def test_every_permission_has_a_line() -> None:
    assert set(GRANTED) == set(Permission)


ABOUT_NO_CASE = {Permission.intervention_bring, Permission.clash_rules_change}
"""Of the rooms of a case, and about the agency or the partnership."""


def test_nothing_about_a_case_is_given_to_whoever_is_neither_in_its_circle_nor_let_in() -> None:
    outside = Standing(frozenset(Condition) - {Condition.in_circle, Condition.granted})
    for permission in set(GRANTED) - ABOUT_NO_CASE:
        if permission.name.startswith(("case", "contribution", "intervention", "outcome", "conference", "clash")):
            assert not may(permission, outside), permission


def test_who_is_let_in_by_name_reads_and_steers_nothing() -> None:
    let_in = Standing(frozenset(Condition) - {Condition.in_circle, Condition.guest})
    about_cases = [
        one
        for one in Permission
        if one.name.startswith(("case", "contribution", "outcome", "conference", "clash")) and one not in ABOUT_NO_CASE
    ]
    assert [one for one in about_cases if may(one, let_in)] == [Permission.case_read, Permission.contribution_read]


def test_nobody_but_the_authors_agency_may_change_a_contribution() -> None:
    assert all(Condition.own_agency in way for way in GRANTED[Permission.contribution_amend])
    without = Standing(frozenset(Condition) - {Condition.own_agency})
    assert not may(Permission.contribution_amend, without)


def test_a_closed_case_can_be_read_and_not_changed() -> None:
    closed = Standing(frozenset(Condition) - {Condition.case_open})
    assert may(Permission.case_read, closed) and may(Permission.contribution_read, closed)
    for permission in (Permission.contribution_add, Permission.case_rate, Permission.intervention_record):
        assert not may(permission, closed)
