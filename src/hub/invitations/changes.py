"""Writing an invitation to each invitee, in the transaction of what it tells about."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hub.agencies.tables import Worker
from hub.invitations.entries import invitation
from hub.invitations.rules import LINK_LASTS, Falling, Occasion, Pattern, answer_token
from hub.notices import changes as notices
from hub.notices.rules import NoticeKind

ANSWERED = (NoticeKind.conference_invitation, NoticeKind.conference_moved)


async def tell(
    session: AsyncSession,
    kind: NoticeKind,
    occasions: Sequence[Occasion],
    to: Sequence[tuple[Worker, UUID]],
    *,
    case_id: UUID | None,
    series: tuple[Pattern, Falling] | None = None,
    at: datetime,
) -> None:
    """Writes one letter to each invitee with the meetings as they stand now.

    `to` pairs a worker with the row of their invitation, which the link to answer is for. The link runs out when the
    last of the meetings has ended.
    """
    lasts_until = min(max(one.ends_at for one in occasions), at + LINK_LASTS * (6 if series else 1))
    for worker, asked_id in to:
        calendar, method = invitation(occasions, to=worker, at=at, series=series)
        await notices.write(
            session,
            kind,
            worker_id=worker.id,
            subject_id=occasions[0].id,
            case_id=case_id,
            link=occasions[0].path,
            calendar=calendar,
            calendar_method=method,
            answer=f"/answer/{answer_token(asked_id, lasts_until)}" if kind in ANSWERED else "",
            at=at,
        )
