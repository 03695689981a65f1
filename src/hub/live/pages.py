"""The event stream."""

from collections.abc import AsyncIterator

from fastapi import APIRouter, Request
from starlette.responses import StreamingResponse

from hub.agencies.identity import CurrentWorker
from hub.live.streams import Streams

router = APIRouter(include_in_schema=False)


@router.get("/live")
async def live(request: Request, worker: CurrentWorker) -> StreamingResponse:
    """Names of what changed, for as long as the page is open and the worker may hear."""
    streams: Streams = request.app.state.streams
    stream = streams.open(agency_id=worker.agency_id, session_id=request.state.session_id)

    async def messages() -> AsyncIterator[str]:
        try:
            async for message in stream.messages():
                yield message
        finally:
            streams.forget(stream)

    return StreamingResponse(messages(), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})
