"""Keeping a draft and forgetting it. Neither is in the ledger: until it is sent, nobody has said anything."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from hub.drafts.queries import one_draft
from hub.drafts.rules import DraftForm, Typed, packed, seal_of, worth_keeping
from hub.drafts.tables import Draft
from hub.errors import Refused
from hub.sealing import seal
from hub.sharing.rules import Viewer


async def keep(
    session: AsyncSession, *, case_id: UUID, form: DraftForm, typed: Typed, form_key: str, by: Viewer, at: datetime
) -> None:
    """Keeps what was typed in place of what was kept before. Nothing typed is no draft."""
    if not typed:
        await discard(session, case_id=case_id, form=form, by=by)
        return
    sealed = seal(packed(typed), belongs_to=seal_of(by.worker_id, case_id, form))
    new = {"sealed": sealed, "form_key": form_key, "saved_at": at}
    await session.execute(
        insert(Draft)
        .values(worker_id=by.worker_id, case_id=case_id, form=form.value, **new)
        .on_conflict_do_update(index_elements=["worker_id", "case_id", "form"], set_=new)
    )


async def keep_refused(
    session: AsyncSession, *, case_id: UUID, form: DraftForm, typed: Typed, by: Viewer, at: datetime
) -> None:
    """Keeps what was typed into a form that is sent back, because the way on may lead over another page."""
    try:
        kept = worth_keeping(form, typed) or {name: said for name, said in typed.items() if any(said)}
    except Refused:  # longer than a draft may be: it stands on the page that comes back
        return
    await keep(session, case_id=case_id, form=form, typed=kept, form_key="", by=by, at=at)


async def discard(session: AsyncSession, *, case_id: UUID, form: DraftForm, by: Viewer) -> None:
    """Forgets a worker's own draft: it was sent, or they no longer want it."""
    await session.execute(one_draft(by.worker_id, case_id, form))
