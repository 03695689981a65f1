"""Asking about envelopes and referrals."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from hub.cases.rules import RANK
from hub.errors import NotFound
from hub.events.looks import note_opened
from hub.ids import from_ref
from hub.people.tables import Involvement
from hub.referrals.rules import State
from hub.referrals.tables import Envelope, Referral, ReferralPerson
from hub.sharing import scope
from hub.sharing.rules import Viewer

HELD_AT_MOST = timedelta(hours=72)


def visible_referrals(viewer: Viewer) -> ColumnElement[bool]:
    """Referrals that the viewer's agency sent or was sent."""
    return scope.at_referral(viewer, Referral.id)


async def access_referral(session: AsyncSession, viewer: Viewer, ref: str) -> Referral:
    """The referral at an address, if this worker may see it. Raises NotFound, whether hidden or absent."""
    referral = await session.scalar(select(Referral).where(Referral.id == from_ref(ref), visible_referrals(viewer)))
    if referral is None:
        raise NotFound
    note_opened(session, referral_id=referral.id)
    return referral


async def inbox(
    session: AsyncSession,
    viewer: Viewer,
    *,
    show: str,
    rating: str,
    agency_id: UUID | None,
    order: str,
    limit: int,
    offset: int,
) -> tuple[Sequence[Referral], int]:
    """A page of the referral inbox and how many there are in all.

    `show` is waiting, decided or all; `order` is respond_by, received or rating.
    """
    conditions: list[ColumnElement[bool]] = [visible_referrals(viewer)]
    if show == "waiting":
        conditions.append(Referral.decided_at.is_(None))
    elif show == "decided":
        conditions.append(Referral.decided_at.is_not(None))
    if rating == "none":
        conditions.append(Referral.rating.is_(None))
    elif rating:
        conditions.append(Referral.rating == rating)
    if agency_id is not None:
        conditions.append(Referral.agency_id == agency_id)
    severity = case({rating.value: rank for rating, rank in RANK.items()}, value=Referral.rating, else_=-1)
    by = {
        "respond_by": (Referral.decided_at.is_not(None), Referral.respond_by),
        "received": (Referral.received_at.desc(),),
        "rating": (severity, Referral.respond_by),
    }
    total = await session.scalar(select(func.count()).select_from(Referral).where(*conditions))
    rows = await session.scalars(
        select(Referral)
        .where(*conditions)
        .order_by(*by.get(order, by["respond_by"]), Referral.id)
        .limit(limit)
        .offset(offset)
    )
    return rows.all(), total or 0


async def people_of(session: AsyncSession, referral_ids: Collection[UUID]) -> dict[UUID, list[ReferralPerson]]:
    """The people named in several referrals, in the sender's order."""
    found: dict[UUID, list[ReferralPerson]] = {referral_id: [] for referral_id in referral_ids}
    for row in await session.scalars(
        select(ReferralPerson).where(ReferralPerson.referral_id.in_(referral_ids)).order_by(ReferralPerson.place)
    ):
        found[row.referral_id].append(row)
    return found


async def named_person(session: AsyncSession, referral_id: UUID, label: str) -> ReferralPerson:
    row = await session.scalar(
        select(ReferralPerson).where(ReferralPerson.referral_id == referral_id, ReferralPerson.label == label)
    )
    if row is None:
        raise NotFound
    return row


async def about_the_same(session: AsyncSession, viewer: Viewer, referral: Referral) -> Sequence[Referral]:
    """Earlier visible referrals that name any of the same people, the newest first."""
    people = select(Involvement.person_id).where(Involvement.referral_id == referral.id)
    others = select(Involvement.referral_id).where(
        Involvement.person_id.in_(people),
        Involvement.referral_id.is_not(None),
    )
    return (
        await session.scalars(
            select(Referral)
            .where(Referral.id.in_(others), Referral.id != referral.id, visible_referrals(viewer))
            .order_by(Referral.received_at.desc())
            .limit(10)
        )
    ).all()


async def naming(session: AsyncSession, viewer: Viewer, person_ids: Collection[UUID]) -> Sequence[Referral]:
    """Visible referrals that name any of these people, the newest first."""
    named = select(Involvement.referral_id).where(Involvement.person_id.in_(person_ids))
    return (
        await session.scalars(
            select(Referral)
            .where(Referral.id.in_(named), visible_referrals(viewer))
            .order_by(Referral.received_at.desc())
        )
    ).all()


async def referral_by_their_reference(session: AsyncSession, agency_id: UUID, their_reference: str) -> Referral | None:
    """The referral that an agency calls by this reference, held until the transaction ends."""
    return await session.scalar(
        select(Referral)
        .where(Referral.agency_id == agency_id, Referral.their_reference == their_reference)
        .with_for_update()
    )


async def referral_by_id(session: AsyncSession, referral_id: UUID) -> Referral | None:
    return await session.get(Referral, referral_id)


async def waiting_count(session: AsyncSession, viewer: Viewer) -> int:
    """How many visible referrals wait for a decision."""
    return (
        await session.scalar(
            select(func.count())
            .select_from(Referral)
            .where(Referral.decided_at.is_(None), Referral.state == State.received.value, visible_referrals(viewer))
        )
    ) or 0


# --- Envelopes --------------------------------------------------------------------------------------------------


async def claim_envelope(session: AsyncSession, at: datetime) -> Envelope | None:
    """One envelope that waits to be opened, held until the transaction ends: unopened, or held for too long."""
    return await session.scalar(
        select(Envelope)
        .where(
            Envelope.refused_as == "",
            or_(
                Envelope.opened_at.is_(None),
                and_(Envelope.state == State.held.value, Envelope.received_at < at - HELD_AT_MOST),
            ),
        )
        .order_by(Envelope.received_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )


async def held_envelopes(session: AsyncSession, agency_id: UUID, their_reference: str) -> Sequence[Envelope]:
    """Envelopes that wait for an earlier revision of the same referral, the earliest revision first."""
    return (
        await session.scalars(
            select(Envelope)
            .where(
                Envelope.state == State.held.value,
                Envelope.agency_id == agency_id,
                Envelope.their_reference == their_reference,
            )
            .order_by(Envelope.revision)
        )
    ).all()


async def envelope_by_receipt(session: AsyncSession, system_id: UUID, receipt: str) -> Envelope | None:
    """The envelope behind a receipt, for the system that sent it and no other."""
    return await session.scalar(select(Envelope).where(Envelope.receipt == receipt, Envelope.system_id == system_id))


async def newest_envelope(session: AsyncSession, referral_id: UUID) -> Envelope | None:
    """The envelope of a referral's newest revision that was applied."""
    return await session.scalar(
        select(Envelope)
        .where(Envelope.referral_id == referral_id, Envelope.state != State.superseded.value)
        .order_by(Envelope.revision.desc())
        .limit(1)
    )


async def lock(session: AsyncSession, referral: Referral) -> None:
    """Holds a referral until the transaction ends, as it stands now: two who decide at once do it one after the other."""
    await session.refresh(referral, with_for_update=True)


async def accepted_envelope(session: AsyncSession, system_id: UUID, message_id: str) -> Envelope | None:
    return await session.scalar(
        select(Envelope).where(
            Envelope.system_id == system_id, Envelope.message_id == message_id, Envelope.refused_as == ""
        )
    )


async def set_aside(session: AsyncSession, limit: int = 50) -> Sequence[Envelope]:
    """Messages that could not be read, the newest first, for the desk."""
    return (
        await session.scalars(
            select(Envelope)
            .where(or_(Envelope.refused_as != "", Envelope.trouble != ""))
            .order_by(Envelope.received_at.desc())
            .limit(limit)
        )
    ).all()
