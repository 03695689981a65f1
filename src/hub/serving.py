"""Running the web service: uvicorn on uvloop and httptools, in one process or several.

On the plain asyncio loop a kept-alive request costs 44 ms; on uvloop about 1 ms (house.md 2.6).
"""

import logging

import uvicorn

from hub.config import settings

STREAMS_MAY_TAKE_SECONDS = 2
"""An open live stream never ends by itself; at the end it is given this long, and the browser comes back."""


def serve() -> None:
    """Serves until told to stop. With several workers, each ticks the clock: the tables see to it that it does no harm."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    uvicorn.run(
        "hub.app:create_app",
        factory=True,
        host=settings().host,
        port=settings().port,
        workers=settings().workers,
        loop="uvloop",
        http="httptools",
        access_log=False,  # our own line says the route's template; an address could name somebody
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=STREAMS_MAY_TAKE_SECONDS,
        timeout_keep_alive=15,
        proxy_headers=True,
    )
