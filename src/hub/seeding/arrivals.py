"""How a family came to the partnership: its referrals, what was decided, and the opening of its case."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from hub.cases import changes as cases
from hub.cases.changes import Opening
from hub.cases.queries import accountable_for
from hub.cases.rules import Rating, Scheme
from hub.events.rules import Actor
from hub.london import london
from hub.notices import changes as notices
from hub.notices.rules import NoticeKind
from hub.people import changes as people
from hub.people import queries as people_queries
from hub.referrals import changes as referrals
from hub.referrals import filing, opening, queries
from hub.referrals.rules import Decision
from hub.referrals.tables import Referral
from hub.seeding.days import span_of
from hub.seeding.messages import event_of, message_id
from hub.seeding.people import Home, homes_then
from hub.seeding.tale import Arrived, Step, Tale
from hub.sharing.rules import Viewer
from hub.strict_json import read_json
from hub.workdays import add_working_hours

READING = timedelta(seconds=1)
DESK = "amina.yusuf"
USUALLY_ACCEPTED_AFTER = "3h"


def arrivals(tale: Tale) -> Iterable[Step]:
    """The steps from each referral to its decision, and into the case where one was opened."""
    for place, row in enumerate(tale.told["referrals"]):
        at = tale.moment(row) if "hours_ago" in row else tale.days.any_day(row["days_ago"], str(row["at"]))
        yield tale.step(at, _receiving(tale, place, row), on_case=False)
        if "rated" in row:
            yield tale.step(_after(at, row["rated"]), _rating(tale, place, row["rated"]), on_case=False)
        if "decided" in row:
            decided_at = _after(at, row["decided"])
            yield tale.step(decided_at, _deciding(tale, place, row["decided"]), on_case=False)
            if Decision(row["decided"]["as"]).opens:
                tale.opened_at = decided_at
                yield from _after_opening(tale, decided_at)


def _after(received_at: datetime, row: Mapping[str, Any]) -> datetime:
    """So many hours of the desk's time after it came in."""
    return add_working_hours(received_at, float(row["after"]))


def _after_opening(tale: Tale, opened_at: datetime) -> Iterable[Step]:
    told = tale.told["case"]
    accepted = told.get("accepted", USUALLY_ACCEPTED_AFTER)
    if accepted:
        yield tale.step(opened_at + span_of(accepted), _accepting(tale, told["accountable"]))
    for home in tale.homes:
        if home.since < tale.began:
            yield tale.step(tale.days.back(home.since, "14:00"), _moving_in(tale, home))


# --- Telling it -------------------------------------------------------------------------------------------------


def _receiving(tale: Tale, place: int, row: Mapping[str, Any]) -> Any:
    async def receive(at: datetime) -> None:
        names = row.get("names", " ".join(tale.cast)).split()
        event = event_of(
            row, key=f"{tale.key} {place}", people=[tale.cast[name] for name in names], ties=list(tale.ties),
            homes=homes_then(tale.homes, row.get("days_ago", 0), names), days=tale.days, at=at,
        )  # fmt: skip
        system = tale.loaded.systems[row["system"]]
        filed = await filing.file_envelope(
            tale.session, system=system, message_id=message_id(f"{tale.key} {place}"),
            body=json.dumps(event, ensure_ascii=False).encode(), media_type="application/json",
            by=Actor(agency_id=system.agency_id, system_id=system.id), at=at,
        )  # fmt: skip
        referral = await opening.open_envelope(tale.session, filed.envelope, event, at=at + READING)
        if referral is None:
            raise LookupError(f"{tale.name}: the referral did not arrive")
        named = (await queries.people_of(tale.session, [referral.id]))[referral.id]
        tale.referrals[place] = Arrived(filed.envelope, referral, dict(zip(names, named, strict=True)))
        await _meet(tale, tale.referrals[place])

    return receive


async def _meet(tale: Tale, arrived: Arrived) -> None:
    """Learns who of the family the referral's people turned out to be."""
    found = {name: row.person_id for name, row in arrived.named.items() if row.person_id and name not in tale.people}
    known = await people_queries.people_by_id(tale.session, list(found.values()))
    tale.people |= {name: known[person_id] for name, person_id in found.items()}


def _rating(tale: Tale, place: int, row: Mapping[str, Any]) -> Any:
    async def rate(at: datetime) -> None:
        await referrals.rate(
            tale.session, tale.referrals[place].referral, rating=Rating(row["as"]), reason=row["because"],
            by=tale.viewer(row.get("by", DESK)), at=at,
        )  # fmt: skip

    return rate


def _deciding(tale: Tale, place: int, row: Mapping[str, Any]) -> Any:
    async def decide(at: datetime) -> None:
        arrived, decision = tale.referrals[place], Decision(row["as"])
        by = tale.viewer(row.get("by", "ruth.calder"))
        await _say_who_is_who(tale, arrived, by, at)
        if decision.opens:
            await _open_case(tale, arrived.referral, by, at)
        elif decision is Decision.join_case:
            for name, named in arrived.named.items():
                await people.involve(
                    tale.session, person_id=tale.people[name].id, roles=named.roles, case_id=tale.open_case.id, at=at
                )
        joins = decision.opens or decision is Decision.join_case
        await referrals.decide(
            tale.session, arrived.referral, decision=decision, reason=row["because"], feedback=row.get("feedback", ""),
            case_id=tale.open_case.id if joins else None, by=by, at=at,
        )  # fmt: skip

    return decide


async def _say_who_is_who(tale: Tale, arrived: Arrived, by: Viewer, at: datetime) -> None:
    """Answers for the people marked “Perhaps known”: it is the one of this family, or somebody new."""
    for name, row in arrived.named.items():
        if row.match == "perhaps":
            known = tale.people.get(name)
            same = known.id if known is not None and known.id in (row.perhaps or []) else None
            event = read_json(arrived.envelope.body)
            await referrals.decide_match(tale.session, arrived.referral, row, event, same_as=same, by=by, at=at)
    await _meet(tale, arrived)


async def _open_case(tale: Tale, referral: Referral, by: Viewer, at: datetime) -> None:
    told, first = tale.told["case"], {"agency_id": by.agency_id, "by": by, "at": at}
    await _enter_the_others(tale, first)
    family = None
    if "about" not in told:
        family = await people.form_family(tale.session, list(tale.people.values()), name=tale.name, by=by, at=at)
    accountable, circle = tale.worker(told["accountable"]), told["circle"]
    contacts = {tale.agency_id(slug): tale.worker(login).id for slug, login in circle.items()}
    opening = Opening(
        problem=told["problem"], accountable_id=accountable.id, lead_agency_id=accountable.agency_id,
        agencies=list(contacts), people={tale.people[key].id: tale.cast[key].roles for key in tale.people},
        family=family, person=tale.people[told["about"]] if "about" in told else None,
        scheme=Scheme(told.get("scheme", "family-help")), rating=Rating(referral.rating) if referral.rating else None,
        rating_reason=referral.rating_reason, referral_id=referral.id, basis=referral.basis, contacts=contacts,
    )  # fmt: skip
    partners = tale.partnership
    tale.case = await cases.open_case(
        tale.session, opening, prefix=partners.reference_prefix, clocks=partners.clocks, by=by, at=at
    )
    tale.circle = list(dict.fromkeys([accountable.agency_id, *contacts]))
    if accountable.id != by.worker_id:
        await notices.write(
            tale.session, NoticeKind.accountable_named, worker_id=accountable.id, subject_id=tale.case.id,
            case_id=tale.case.id, link="/my-work", at=at,
        )  # fmt: skip


async def _enter_the_others(tale: Tale, given: Mapping[str, Any]) -> None:
    """Enters those whom no referral named, and adds what no message can say: a warning for the safety of staff."""
    today, named = london(given["at"]).date(), set(tale.people)
    for key, one in tale.cast.items():
        if key not in named:
            tale.people[key] = await people.enter(tale.session, one.told(today), **given)
        elif one.alert:
            await people.recognise(tale.session, tale.people[key], one.told(today), **given)
    for home in tale.homes:
        if home.since >= tale.began and not set(home.who) <= named:
            await _live_there(tale, home, given["agency_id"])
    for bond in tale.ties:
        if not {bond.one, bond.other} <= named:
            await people.tie(
                tale.session, from_id=tale.people[bond.one].id, to_id=tale.people[bond.other].id, kind=bond.kind,
                parental_responsibility=bond.responsible, **given,
            )  # fmt: skip


async def _live_there(tale: Tale, home: Home, agency_id: Any) -> None:
    await people.settle(
        tale.session, person_ids=[tale.people[key].id for key in home.who], lines=home.lines, postcode=home.postcode,
        since=tale.days.day(home.since), confidential_for=[tale.people[key].id for key in home.hidden],
        agency_id=agency_id,
    )  # fmt: skip


def _moving_in(tale: Tale, home: Home) -> Any:
    async def move_in(_: datetime) -> None:
        # No page ends a residence yet, so that there is no change to call: the old ones end here.
        for lived in (await people_queries.homes(tale.session, [tale.people[key].id for key in home.who])).values():
            for old in lived:
                old.residence.until = old.residence.until or tale.days.day(home.since)
        await _live_there(tale, home, tale.circle[0])

    return move_in


def _accepting(tale: Tale, login: str) -> Any:
    async def accept(at: datetime) -> None:
        named = await accountable_for(tale.session, "case", tale.open_case.id)
        if named is not None and named.accepted_at is None and named.worker_id == tale.worker(login).id:
            await cases.accept(tale.session, named, by=tale.viewer(login), at=at)

    return accept
