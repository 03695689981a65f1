"""Running the web service: uvicorn on uvloop and httptools, in one process or several.

On the plain asyncio loop a kept-alive request costs 44 ms; on uvloop about 1 ms: measured.
"""

import uvicorn

from hub.config import settings

STREAMS_MAY_TAKE_SECONDS = 2
"""An open live stream never ends by itself; at the end it is given this long, and the browser comes back."""


def serve() -> None:
    """Serves until told to stop. With several workers, each ticks the clock: the tables see to it that it does no harm."""
    uvicorn.run(
        "hub.app:create_app",
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
