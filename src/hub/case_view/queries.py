"""Asking what has happened on a case since somebody last looked."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hub.case_view.rules import NEWS, Counted
from hub.cases.tables import LastLook
from hub.contributions.queries import counted_since as contributions_since
from hub.events.queries import counted_since
from hub.events.rules import Kind
from hub.sharing.rules import Viewer


async def since(session: AsyncSession, viewer: Viewer, case_id: UUID, looked: LastLook | None) -> Counted:
    """How much of each kind of news each agency has made since a worker's last look; one's own is no news.

    Contributions are counted where they stand, because who may read one can change after it was written down.
    """
    if looked is None:
        return {}
    kinds = [Kind(kind) for kind in NEWS if kind != Kind.contribution_added]
    found = await counted_since(
        session, case_id, kinds, since=looked.looked_at, agency_id=viewer.agency_id, but=viewer.worker_id
    )
    said = await contributions_since(session, viewer, case_id, looked.looked_at)
    return found | {(Kind.contribution_added.value, agency_id): count for agency_id, count in said.items()}
