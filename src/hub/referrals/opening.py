"""A filed message is opened: its referral entered or brought up to date, its people recognised, its readers seated."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hub.agencies.queries import agencies, partnership
from hub.events.changes import record
from hub.events.rules import HUB, Actor, Kind
from hub.ids import new_id, spoken_reference
from hub.london import london
from hub.people import changes as people
from hub.people import matching
from hub.people import queries as people_queries
from hub.people.tables import Person
from hub.referrals import contract, queries
from hub.referrals.rules import Arrival, State, arrival, respond_by
from hub.referrals.tables import Envelope, Referral, ReferralPerson
from hub.sharing import changes as sharing
from hub.sharing.rules import Part

REFERRAL_PREFIX = "R"


async def open_envelope(
    session: AsyncSession, envelope: Envelope, event: dict[str, Any], *, at: datetime
) -> Referral | None:
    """Reads an envelope's event into the referral inbox: enters or recognises its people, and seats its readers.

    Returns the referral, or None when the event waits for an earlier revision or comes too late to matter.
    """
    told = contract.read(event, today=london(at).date())
    envelope.their_reference, envelope.revision = told.their_reference, told.revision
    held = await queries.referral_by_their_reference(session, envelope.agency_id, told.their_reference)
    waited_too_long = envelope.state == State.held.value
    what = arrival(held.revision if held else 0, told.revision)
    # A first message that is not the first revision: the earlier ones were never sent here. It is not kept waiting.
    if what is Arrival.hold and (waited_too_long or (held is None and told.action == "new")):
        what = Arrival.apply
    envelope.opened_at = at
    if what is Arrival.superseded:
        envelope.state = State.superseded.value
        envelope.referral_id = held.id if held else None
        await record(
            session,
            Kind.referral_superseded,
            by=HUB,
            at=at,
            referral_id=envelope.referral_id,
            subject=envelope,
            revision=told.revision,
        )
        return None
    if what is Arrival.hold:
        envelope.state = State.held.value
        return None
    envelope.state = State.received.value
    referral = await _apply(session, held, told, envelope, event, at)
    envelope.referral_id = referral.id
    for waiting in await queries.held_envelopes(session, envelope.agency_id, told.their_reference):
        if waiting.revision == told.revision + 1 and waiting.id != envelope.id:
            waiting.state, waiting.opened_at = State.received.value, None  # the next tick opens it
    return referral


async def _apply(
    session: AsyncSession,
    held: Referral | None,
    told: contract.ReferralIn,
    envelope: Envelope,
    event: dict[str, Any],
    at: datetime,
) -> Referral:
    by = Actor(agency_id=envelope.agency_id, system_id=envelope.system_id)
    first = held is None
    referral = held or Referral(
        id=new_id(),
        reference=spoken_reference(REFERRAL_PREFIX),
        agency_id=envelope.agency_id,
        system_id=envelope.system_id,
        their_reference=told.their_reference,
        revision=0,
        received_at=envelope.received_at,
        sent_at=told.sent_at,
        sector=told.sector,
        referrer_name=told.referrer_name,
        urgency=told.urgency.value,
        summary=told.summary,
        respond_by=envelope.received_at,
    )
    _copy(referral, told)
    if first:
        clocks = (await partnership(session)).clocks
        referral.respond_by = respond_by(envelope.received_at, None, rated_at=None, urgency=told.urgency, clocks=clocks)
        session.add(referral)
        await session.flush()
        await _seat_readers(session, referral, told, by, at)
    if told.action == "withdraw":
        referral.state = State.withdrawn.value
        kind = Kind.referral_withdrawn
    else:
        kind = Kind.referral_received if first else Kind.referral_updated
        await _enter_people(session, referral, told, event, by, at)
    await record(
        session,
        kind,
        by=by,
        at=at,
        referral_id=referral.id,
        subject=referral,
        revision=told.revision,
        urgency=told.urgency.value,
        unknown_codes=len(told.unknown_codes) or None,
        case=referral.case_id,
    )
    return referral


def _copy(referral: Referral, told: contract.ReferralIn) -> None:
    for name in (
        "revision",
        "sent_at",
        "sector",
        "referrer_name",
        "referrer_role",
        "referrer_team",
        "referrer_phone",
        "referrer_email",
        "source_code",
        "summary",
        "voice",
        "actions_taken",
        "consent",
        "basis",
        "suggested_rating",
        "need_level",
    ):
        setattr(referral, name, getattr(told, name))
    referral.urgency = told.urgency.value
    referral.details = dict(told.details)
    referral.unknown_codes = [f"{place}: {code}" for place, code in told.unknown_codes]


async def _seat_readers(
    session: AsyncSession, referral: Referral, told: contract.ReferralIn, by: Actor, at: datetime
) -> None:
    """Who may read a referral: its sender, the agencies that decide, and those it says it may go to.

    `handling.restrictedTo` names sectors. It never shuts out the desk: somebody has to decide.
    """
    await sharing.admit(
        session,
        agency_id=referral.agency_id,
        referral_id=referral.id,
        part=Part.referrer,
        basis=told.basis,
        by=by,
        at=at,
    )
    for agency in await agencies(session):
        if agency.id != referral.agency_id and (agency.triages or agency.sector in told.restricted_to):
            await sharing.admit(session, agency_id=agency.id, referral_id=referral.id, basis=told.basis, by=by, at=at)


async def _enter_people(
    session: AsyncSession, referral: Referral, told: contract.ReferralIn, event: dict[str, Any], by: Actor, at: datetime
) -> None:
    before = {row.label: row for row in (await queries.people_of(session, [referral.id]))[referral.id]}
    raw = {person["ref"]: person for person in event["data"]["people"]}
    concerns: dict[str, list[str]] = {}
    for label, scheme, code in told.concerns:
        concerns.setdefault(label, []).append(f"{scheme} {code}")
    rows: dict[str, ReferralPerson] = {}
    for place, named in enumerate(told.people):
        row = before.get(named.label)
        if row is None:
            row = ReferralPerson(
                referral_id=referral.id,
                label=named.label,
                place=place,
                roles=list(named.roles),
                told=raw[named.label],
                concerns=concerns.get(named.label, []),
                match="perhaps",
                perhaps=[],
            )
            await _match(session, row, named, referral, by, at)
            session.add(row)
        else:
            row.told, row.roles, row.concerns = raw[named.label], list(named.roles), concerns.get(named.label, [])
            if row.person_id is not None:
                known = await session.get_one(Person, row.person_id)
                await people.recognise(
                    session, known, named.told, agency_id=referral.agency_id, referral_id=referral.id, by=by, at=at
                )
        rows[named.label] = row
    await session.flush()
    await settle(session, referral, told, {label: row.person_id for label, row in rows.items()}, by, at)


async def _match(
    session: AsyncSession, row: ReferralPerson, named: contract.Named, referral: Referral, by: Actor, at: datetime
) -> None:
    likeness = named.told.likeness()
    found = await people_queries.candidates(session, likeness)
    others = await people_queries.likenesses(session, found)
    verdict = matching.verdict((person_id, matching.compare(likeness, other)) for person_id, other in others.items())
    if verdict.perhaps:
        row.match, row.perhaps = "perhaps", list(verdict.perhaps)
        return
    await identify(session, row, named, referral, verdict.same, by, at)


async def identify(
    session: AsyncSession,
    row: ReferralPerson,
    named: contract.Named,
    referral: Referral,
    same_as: UUID | None,
    by: Actor,
    at: datetime,
) -> None:
    """Enters somebody whom a referral names, or recognises the person they are, and involves them in it."""
    given: dict[str, Any] = {"agency_id": referral.agency_id, "referral_id": referral.id, "by": by, "at": at}
    if same_as is not None:
        person = await people.recognise(session, await session.get_one(Person, same_as), named.told, **given)
    else:
        person = await people.enter(session, named.told, **given)
    row.match, row.person_id = ("same" if same_as is not None else "new"), person.id
    await people.involve(session, person_id=person.id, roles=named.roles, referral_id=referral.id, at=at)


async def settle(
    session: AsyncSession,
    referral: Referral,
    told: contract.ReferralIn,
    known: dict[str, UUID | None],
    by: Actor,
    at: datetime,
) -> None:
    """Notes homes and ties between those people whom we can tell apart by now."""
    hidden = set(told.details.get("handling", {}).get("addressConfidential", []))
    for home in told.homes:
        living = {label: person_id for label in home.labels if (person_id := known.get(label)) is not None}
        if living and (home.lines or home.postcode):
            await people.settle(
                session,
                person_ids=list(living.values()),
                lines=home.lines,
                postcode=home.postcode,
                since=home.since,
                confidential_for=[person_id for label, person_id in living.items() if label in hidden],
                agency_id=referral.agency_id,
            )
    for one, other, kind, responsible in told.ties:
        first, second = known.get(one), known.get(other)
        if first is not None and second is not None and first != second:
            await people.tie(
                session,
                from_id=first,
                to_id=second,
                kind=kind,
                parental_responsibility=responsible,
                agency_id=referral.agency_id,
                by=by,
                at=at,
            )
