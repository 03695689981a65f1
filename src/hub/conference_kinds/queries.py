"""Asking which kinds there are, and how they were before."""

from collections.abc import Sequence
from dataclasses import fields

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from hub.conference_kinds.rules import KindRules, catalogue
from hub.conference_kinds.tables import ConferenceKindVersion
from hub.errors import NotFound

FIELDS = [field.name for field in fields(KindRules)]


def rules_of(row: ConferenceKindVersion) -> KindRules:
    """A version as the rules take it."""
    told = {name: getattr(row, name) for name in FIELDS}
    return KindRules(**{name: tuple(value) if isinstance(value, list) else value for name, value in told.items()})


async def kinds(session: AsyncSession) -> dict[str, KindRules]:
    """The kinds of this partnership by their codes; those of the catalogue until it has set its own."""
    rows = await session.scalars(
        select(ConferenceKindVersion)
        .where(ConferenceKindVersion.replaced_at.is_(None))
        .order_by(ConferenceKindVersion.place, ConferenceKindVersion.title)
    )
    own = {row.code: rules_of(row) for row in rows}
    found = {kind.code: own.pop(kind.code, kind) for kind in catalogue()}
    return found | own


async def kind(session: AsyncSession, code: str) -> KindRules:
    """One kind. Raises NotFound."""
    found = (await kinds(session)).get(code)
    if found is None:
        raise NotFound
    return found


async def current(session: AsyncSession, code: str) -> ConferenceKindVersion | None:
    """The version that this partnership has set, held until the transaction ends."""
    return await session.scalar(
        select(ConferenceKindVersion)
        .where(ConferenceKindVersion.code == code, ConferenceKindVersion.replaced_at.is_(None))
        .with_for_update()
    )


async def versions(session: AsyncSession, code: str) -> Sequence[ConferenceKindVersion]:
    """Every version of a kind, the newest first."""
    return (
        await session.scalars(
            select(ConferenceKindVersion)
            .where(ConferenceKindVersion.code == code)
            .order_by(ConferenceKindVersion.version.desc())
        )
    ).all()


async def places(session: AsyncSession) -> int:
    """Where a kind that is added stands: after all others."""
    return (await session.scalar(select(func.max(ConferenceKindVersion.place)))) or len(catalogue())
