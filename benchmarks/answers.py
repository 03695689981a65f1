"""How quickly a running Hub answers: its pages, and the intake of referrals.

    hub demo --port 8010 --data-dir /somewhere            # in one terminal
    HUB_DATA_DIR=/somewhere .venv/bin/python benchmarks/answers.py --to http://127.0.0.1:8010

Every figure is printed beside its ratio to `/healthz`, asked in turn with it in the same run, so that two machines (or
a busy and a quiet hour) can be compared. Nothing here passes or fails; the referrals that it sends stay in the inbox.
"""

import argparse
import asyncio
import json
import re
import statistics
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx

from hub import clock, sending
from hub.outside import signatures

EVENT = Path(__file__).parents[1] / "fixtures" / "referrals" / "police-notice.json"
PAGES = ["/", "/?layout=columns", "/my-work", "/referrals", "/conferences", "/outcomes"]
CASE_PAGES = ["", "/week", "/plan", "/conferences", "/family", "/history"]


async def timed(ask: Callable[[], Awaitable[httpx.Response]], expected: set[int]) -> float:
    """Milliseconds until the whole answer is there."""
    began = time.perf_counter()
    answer = await ask()
    taken = (time.perf_counter() - began) * 1000
    assert answer.status_code in expected, (answer.status_code, answer.text[:300])
    return taken


def line(name: str, taken: list[float], reference: list[float]) -> str:
    """Median, 95th and 99th percentile in milliseconds, and the median as a multiple of the reference's."""
    ordered = sorted(taken)
    at = [
        statistics.median(ordered),
        *(ordered[min(len(ordered) - 1, int(len(ordered) * part))] for part in (0.95, 0.99)),
    ]
    return f"{name:28} {at[0]:8.1f} {at[1]:8.1f} {at[2]:8.1f}   × {at[0] / statistics.median(reference):.1f}"


async def pages(client: httpx.AsyncClient, times: int) -> None:
    """Each page, one request after another, as one worker's browser asks."""
    board = (await client.get("/")).text
    found = re.search(r'href="(/cases/\w{26})"', board)
    paths = PAGES + ([found[1] + part for part in CASE_PAGES] if found else [])
    print(f"{'page':28} {'median':>8} {'p95':>8} {'p99':>8}   × /healthz")
    for path in paths:
        taken, reference = [], []
        for _ in range(times):
            reference.append(await timed(lambda: client.get("/healthz"), {200}))
            taken.append(await timed(lambda path=path: client.get(path), {200}))
        print(line(re.sub(r"\w{26}", "{case}", path), taken, reference))


async def intake(client: httpx.AsyncClient, sender: sending.Sender, count: int, at_once: int) -> None:
    """Referrals, each a new one, signed and posted by several senders at once."""
    event = json.loads(EVENT.read_text(encoding="utf-8"))
    waiting = asyncio.Semaphore(at_once)
    taken: list[float] = []
    refused = 0

    async def send() -> None:
        nonlocal refused
        renewed = sending.renewed(event)
        body = json.dumps(renewed).encode()
        headers = signatures.sign(signatures.secret_bytes(sender.secret), renewed["id"], clock.now(), body)
        headers["content-type"] = "application/json"
        async with waiting:
            began = time.perf_counter()
            answer = await client.post(f"/hooks/v1/{sender.source}", content=body, headers=headers)
            if answer.status_code == 202:
                taken.append((time.perf_counter() - began) * 1000)
            else:
                refused += 1

    reference = [await timed(lambda: client.get("/healthz"), {200}) for _ in range(50)]
    began = time.perf_counter()
    await asyncio.gather(*(send() for _ in range(count)))
    seconds = time.perf_counter() - began
    print(f"\n{'intake':28} {'median':>8} {'p95':>8} {'p99':>8}   × /healthz")
    print(line(f"{at_once} senders at once", taken, reference))
    print(f"{len(taken)} taken, {len(taken) / seconds:.0f} a second; {refused} told to come back later (429)")


async def main() -> None:
    """Reads the options and runs both."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--to", default="http://127.0.0.1:8000")
    options.add_argument("--worker", default="amina.yusuf")
    options.add_argument("--times", type=int, default=40)
    options.add_argument("--referrals", type=int, default=100, help="the limit for a source lets 100 come at once")
    options.add_argument("--at-once", type=int, default=4)
    chosen = options.parse_args()
    async with httpx.AsyncClient(base_url=chosen.to, headers={"sec-fetch-site": "same-origin"}, timeout=30) as client:
        await client.post("/signin/demo", data={"worker": chosen.worker})
        await pages(client, chosen.times)
        await intake(client, sending.demo_sender("police-ppu"), chosen.referrals, chosen.at_once)


if __name__ == "__main__":
    asyncio.run(main())
