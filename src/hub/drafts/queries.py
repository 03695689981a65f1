"""Finding a worker's own drafts: never anybody else's."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Delete, Uuid, delete, exists, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from hub.agencies.tables import Submission
from hub.drafts.rules import DraftForm, Typed, seal_of, unpacked
from hub.drafts.tables import Draft
from hub.errors import NotFound
from hub.sealing import BrokenSeal, unseal
from hub.sharing import scope
from hub.sharing.rules import Viewer


@dataclass(frozen=True)
class Restored:
    """A form as its worker left it; `saved_at` is null and nothing is typed when there is no draft."""

    typed: Typed = field(default_factory=dict)
    saved_at: datetime | None = None


async def check_case(session: AsyncSession, viewer: Viewer, case_id: UUID) -> None:
    """Raises NotFound unless the case is there and this worker may see it."""
    if not await session.scalar(select(scope.case_opens(viewer, literal(case_id, Uuid)))):
        raise NotFound


def _was_sent() -> ColumnElement[bool]:
    """The form that a draft was typed into has been sent meanwhile."""
    return exists().where(
        Submission.worker_id == Draft.worker_id, Submission.key == Draft.form_key, Submission.location != ""
    )


async def restored(session: AsyncSession, viewer: Viewer, case_id: UUID, form: DraftForm) -> Restored:
    """The worker's own draft of a form. One that no longer opens (another HUB_SECRET_KEY) is as good as none."""
    draft = await session.scalar(
        select(Draft).where(
            Draft.worker_id == viewer.worker_id, Draft.case_id == case_id, Draft.form == form.value, ~_was_sent()
        )
    )
    if draft is None:
        return Restored()
    try:
        kept = unseal(draft.sealed, belongs_to=seal_of(viewer.worker_id, case_id, form))
    except BrokenSeal:
        return Restored()
    return Restored(unpacked(kept), draft.saved_at)


def one_draft(worker_id: UUID, case_id: UUID, form: DraftForm) -> Delete:
    """The statement that forgets a worker's draft."""
    return delete(Draft).where(Draft.worker_id == worker_id, Draft.case_id == case_id, Draft.form == form.value)


def old_drafts(before: datetime) -> Delete:
    """The statement that forgets drafts from before a moment, and those whose form has been sent."""
    return delete(Draft).where(or_(Draft.saved_at < before, _was_sent()))
