"""Saving a draft while it is typed, with scripts or with a button, and discarding it."""

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from hub import clock
from hub.agencies.identity import KEY_FIELD, CurrentWorker, Once, way_back
from hub.database import CurrentSession
from hub.drafts import changes
from hub.drafts.queries import Restored, check_case
from hub.drafts.rules import DraftForm, worth_keeping
from hub.errors import NotFound
from hub.ids import from_ref
from hub.inputs import typed_fields
from hub.rendering import show

router = APIRouter()


def _form(name: str) -> DraftForm:
    try:
        return DraftForm(name)
    except ValueError:
        raise NotFound from None


@router.post("/cases/{case}/drafts/{form}")
async def save(case: str, form: str, request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """Keeps what stands in a form. The newest words replace those before, so it may come as often as it likes."""
    which, case_id, at = _form(form), from_ref(case), clock.now()
    await check_case(session, worker, case_id)
    fields = await typed_fields(request)
    typed = worth_keeping(which, fields)
    key = (fields.get(KEY_FIELD) or [""])[0].partition(".")[0][:32]
    await changes.keep(session, case_id=case_id, form=which, typed=typed, form_key=key, by=worker, at=at)
    if "hx-request" not in request.headers:
        return RedirectResponse(await way_back(request, f"/cases/{case}{which.page}"), status_code=303)
    draft = Restored(typed, at if typed else None)
    return show(request, "drafts/_state.html", path=f"/cases/{case}", form=which.value, draft=draft)


@router.post("/cases/{case}/drafts/{form}/discard")
async def discard(
    case: str, form: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Forgets a draft at the worker's own wish, and gives them the empty form."""
    which, case_id = _form(form), from_ref(case)
    await check_case(session, worker, case_id)
    await changes.discard(session, case_id=case_id, form=which, by=worker)
    return once.see(await way_back(request, f"/cases/{case}{which.page}"))
