"""Running the web service: uvicorn on uvloop and httptools, in one process or several.

On the plain asyncio loop a kept-alive request costs 44 ms; on uvloop about 1 ms: measured.
"""

import asyncio
import gc
import signal
from types import FrameType
from typing import TYPE_CHECKING, Any

import uvicorn

from hub.config import settings

if TYPE_CHECKING:
    from fastapi import FastAPI

STREAMS_MAY_TAKE_SECONDS = 2
"""What is being answered when the process is told to stop is given this long."""


def application() -> "FastAPI":
    """The Hub, built without looking for garbage meanwhile, and then kept out of every later look.

    What building makes stays for as long as the process runs: millions of objects, which the collector would go
    through again and again, for a fifth of the time of a start and in the middle of an answer.
    """
    gc.disable()
    try:
        from hub.app import create_app

        built = create_app()
    finally:
        gc.freeze()
        gc.enable()
    _end_streams_when_told(built)
    return built


def _end_streams_when_told(app: "FastAPI") -> None:
    """Ends the live streams as soon as the process is told to stop: no stream ends by itself, and uvicorn, which builds
    the application when it listens for signals already, waits for every answer. The browsers come back."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        server: Any = signal.getsignal(number)

        def told(given: int, frame: FrameType | None, server: Any = server) -> None:
            loop.call_soon_threadsafe(app.state.streams.end)
            server(given, frame)

        signal.signal(number, told)


def serve() -> None:
    """Serves until told to stop. With several workers, each ticks the clock: the tables see to it that it does no harm."""
    uvicorn.run(
        "hub.serving:application",
        factory=True,
        host=settings().host,
        port=settings().port,
        workers=settings().workers,
        loop="uvloop",
        http="httptools",
        access_log=False,  # our own line says the route's template; an address could name somebody
        log_config=_logging(settings().log_level.upper()),
        server_header=False,
        timeout_graceful_shutdown=STREAMS_MAY_TAKE_SECONDS,
        timeout_keep_alive=15,
        proxy_headers=True,
    )


def _logging(level: str) -> dict[str, object]:
    """One line for each event, on the standard error; uvicorn sets this up anew in each of its processes."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"format": "%(message)s"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": "WARNING"},
        "loggers": {
            "hub": {"level": level},
            "uvicorn": {"level": "WARNING"},
            # What it would say of a tick that was late, or that met the one before, the tables make harmless.
            "apscheduler": {"level": "ERROR"},
        },
    }
