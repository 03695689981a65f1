"""The law of sharing, once in Python and once in SQL: both must give the same answer for every combination.

An independent reading of the law stands here as well (`oracle`), written from the text of the rules and not from the
code, so that the two implementations cannot be wrong together unnoticed (the method of Cedar).
"""

from datetime import timedelta
from itertools import product
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from hub.cases.queries import visible_cases
from hub.cases.tables import Case
from hub.contributions.queries import readable
from hub.contributions.tables import Contribution
from hub.ids import new_id
from hub.referrals.queries import visible_referrals
from hub.referrals.tables import Referral
from hub.sharing.rules import (
    GRANTED,
    Audience,
    Condition,
    Permission,
    Role,
    Standing,
    audience_reaches,
    may,
    standing_of,
)
from hub.sharing.tables import CircleSeat
from tests.makers import NOW, World, make_case

ROLES = list(Role)
SEATS = ["never", "now", "left"]
AUDIENCES = ["circle", "named us", "named others", "own", "named nobody else"]
OWNERS = ["health", "police"]


def oracle(seat: str, audience: str, owner: str, asker: str) -> bool:
    """May the asker's agency read it? In the circle now; and: its own, for all, or naming it."""
    if seat != "now":
        return False
    return owner == asker or audience == "circle" or audience == "named us"


@pytest.mark.parametrize("role", ROLES)
async def test_contributions(role: Role, world: World, session: AsyncSession) -> None:
    asker = world.viewer("police", role)
    expected: dict[UUID, bool] = {}
    for seat, audience, owner in product(SEATS, AUDIENCES, OWNERS):
        case = await make_case(session, world, agencies=("council", "health"))
        if seat != "never":
            session.add(
                CircleSeat(
                    case_id=case.id,
                    agency_id=asker.agency_id,
                    admitted_at=NOW,
                    left_at=NOW + timedelta(days=1) if seat == "left" else None,
                )
            )
        named = {"named us": [world.id("police")], "named others": [world.id("school")], "named nobody else": []}.get(
            audience
        )
        kind = "named" if named is not None else audience
        said = Contribution(
            id=new_id(),
            thread_id=new_id(),
            case_id=case.id,
            agency_id=world.id(owner),
            author_id=world.workers[owner].id,
            profession="",
            kind="fact",
            words="…",
            as_of=NOW.date(),
            audience=kind,
            for_agencies=named,
            written_at=NOW,
        )
        session.add(said)
        await session.flush()
        expected[said.id] = oracle(seat, audience, owner, "police")
        standing = standing_of(asker, in_circle=seat == "now")
        reach = audience_reaches(Audience(kind), named, world.id(owner), asker.agency_id)
        assert may(Permission.contribution_read, standing.also(**reach)) is expected[said.id], (seat, audience, owner)
    found = set(await session.scalars(select(Contribution.id).where(readable(asker))))
    assert found == {said for said, allowed in expected.items() if allowed}


@pytest.mark.parametrize("role", ROLES)
async def test_cases_and_referrals(role: Role, world: World, session: AsyncSession) -> None:
    asker = world.viewer("police", role)
    cases: dict[UUID, bool] = {}
    referrals: dict[UUID, bool] = {}
    for seat in SEATS:
        case = await make_case(session, world, agencies=("council",))
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
        for where in ({"case_id": case.id}, {"referral_id": referral.id}):
            if seat != "never":
                left = NOW if seat == "left" else None
                session.add(CircleSeat(agency_id=asker.agency_id, admitted_at=NOW, left_at=left, **where))
        cases[case.id] = referrals[referral.id] = seat == "now"
        assert may(Permission.case_read, standing_of(asker, in_circle=seat == "now")) is (seat == "now")
        assert may(Permission.referral_read, standing_of(asker, at_referral=seat == "now")) is (seat == "now")
    await session.flush()
    seen_cases = set(await session.scalars(select(Case.id).where(visible_cases(asker))))
    seen_referrals = set(await session.scalars(select(Referral.id).where(visible_referrals(asker))))
    assert seen_cases == {case for case, allowed in cases.items() if allowed}
    assert seen_referrals == {referral for referral, allowed in referrals.items() if allowed}


# --- The table itself -------------------------------------------------------------------------------------------


def test_what_is_not_in_the_table_is_refused() -> None:
    everything = Standing(frozenset(Condition))
    assert all(may(permission, everything) for permission in Permission)
    assert not any(may(permission, Standing()) for permission in Permission)


def test_every_permission_has_a_line() -> None:
    assert set(GRANTED) == set(Permission)


def test_nothing_about_a_case_is_given_to_whoever_is_not_in_its_circle() -> None:
    for permission, ways in GRANTED.items():
        if permission.value.startswith(("case", "contribution", "intervention", "outcome", "conference", "clash")):
            assert all(Condition.in_circle in way for way in ways), permission


def test_nobody_but_the_authors_agency_may_change_a_contribution() -> None:
    assert all(Condition.own_agency in way for way in GRANTED[Permission.contribution_amend])
    without = Standing(frozenset(Condition) - {Condition.own_agency})
    assert not may(Permission.contribution_amend, without)


def test_a_closed_case_can_be_read_and_not_changed() -> None:
    closed = Standing(frozenset(Condition) - {Condition.case_open})
    assert may(Permission.case_read, closed) and may(Permission.contribution_read, closed)
    for permission in (Permission.contribution_add, Permission.case_rate, Permission.intervention_record):
        assert not may(permission, closed)
