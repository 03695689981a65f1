"""The newest checkpoint, for anybody to keep."""

from fastapi import APIRouter
from starlette.responses import PlainTextResponse

from hub.database import CurrentSession
from hub.errors import NotFound
from hub.ledger.queries import newest_checkpoint

public = APIRouter()


@public.get("/audit/checkpoint")
async def checkpoint(session: CurrentSession) -> PlainTextResponse:
    """The newest signed checkpoint of the ledger. Who keeps it can tell later whether the history was rewritten."""
    newest = await newest_checkpoint(session)
    if newest is None:
        raise NotFound
    return PlainTextResponse(newest.note)
