"""The event stream, and who else is on a case."""

from collections.abc import AsyncIterator
from datetime import timedelta

from fastapi import APIRouter, Request
from starlette.responses import Response, StreamingResponse

from hub import clock
from hub.agencies.identity import CurrentWorker
from hub.cases.queries import visible_among
from hub.database import CurrentSession
from hub.errors import NotFound
from hub.ids import from_ref
from hub.inputs import Milliseconds
from hub.live.queries import others_here
from hub.live.streams import Streams
from hub.rendering import show

router = APIRouter(include_in_schema=False)


@router.get("/live")
async def live(
    request: Request, worker: CurrentWorker, session: CurrentSession, case: str = "", age: Milliseconds | None = None
) -> StreamingResponse:
    """Names of what changed, for as long as the page is open and the worker may hear; `case` is the one it shows, and
    `age` is how many milliseconds ago it was asked for.

    A case that this worker may not see is passed over in silence: the stream is the same as for none.
    """
    streams: Streams = request.app.state.streams
    shown = from_ref(case) if case else None
    if shown is not None and not await visible_among(session, worker, [shown]):
        shown = None
    stream = streams.open(worker_id=worker.worker_id, session_id=request.state.session_id, case_id=shown)
    if age is not None:
        await streams.catch_up(stream, clock.now() - timedelta(milliseconds=age))

    async def messages() -> AsyncIterator[str]:
        try:
            async for message in stream.messages():
                yield message
        finally:
            streams.forget(stream)

    return StreamingResponse(messages(), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


@router.get("/cases/{case}/here")
async def here(case: str, request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """Who else has this case open now: a glance through the door, which the ledger does not keep."""
    case_id = from_ref(case)
    if not await visible_among(session, worker, [case_id]):
        raise NotFound
    return show(request, "live/_here.html", others=await others_here(session, worker, case_id, clock.now()))
