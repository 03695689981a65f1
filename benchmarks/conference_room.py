"""How quickly the room of a conference answers while thirty people sit in it and several write at once.

    hub demo --fresh --port 8117 --data-dir /somewhere        # in one terminal
    .venv/bin/python benchmarks/conference_room.py --to http://127.0.0.1:8117

Each attendee holds a live stream open, as a browser does, and asks for the lines again whenever the stream says that
there are new ones; one question at a time, as the page does. Writers add lines meanwhile. Printed are the times of the
lines asked for and of the lines added, beside `/healthz` asked in the same run. Nothing here passes or fails; the lines
stay in the conference that the demonstration holds open.
"""

import argparse
import asyncio
import re
import time
from contextlib import suppress

import httpx
from answers import line

PEOPLE = ("tom.hargreaves", "helen.marsh", "grace.adeyemi")
"""Who sits in the conference that the demonstration holds open; each has several browsers."""
GOAL_MS = 300


async def open_room(client: httpx.AsyncClient) -> str:
    """The address of the conference that is open now."""
    for page in range(1, 6):
        found = await client.get("/conferences", params={"view": "all", "page": page})
        rows = re.findall(r'href="(/conferences/\w{26})".*?</tr>', found.text, re.DOTALL)
        states = re.findall(r'href="/conferences/\w{26}"(.*?)</tr>', found.text, re.DOTALL)
        for path, row in zip(rows, states, strict=True):
            if ">Open now<" in row:
                return path
    raise SystemExit("No conference is open: start the demonstration afresh.")


async def attend(
    client: httpx.AsyncClient, path: str, case: str, taken: list[float], seated: asyncio.Semaphore, stop: asyncio.Event
) -> None:
    """One browser: listens, and asks again for what has changed; while it asks, what comes waits for the next."""
    heard = asyncio.Event()

    async def listen() -> None:
        async with client.stream("GET", f"/live?case={case}", timeout=None) as stream:
            seated.release()
            async for told in stream.aiter_lines():
                if told.startswith("event: minutes-"):
                    heard.set()

    listening = asyncio.create_task(listen())
    while not stop.is_set():
        with suppress(TimeoutError):
            await asyncio.wait_for(heard.wait(), 0.5)
            heard.clear()
            began = time.perf_counter()
            answer = await client.get(f"{path}/lines", headers={"hx-request": "true"})
            taken.append((time.perf_counter() - began) * 1000)
            assert answer.status_code == 200, answer.text[:200]
    listening.cancel()
    with suppress(asyncio.CancelledError, httpx.HTTPError):
        await listening


async def write(client: httpx.AsyncClient, path: str, count: int, pause: float, taken: list[float]) -> None:
    """One writer: adds lines as the page does, each with the form that came back for the one before."""
    page = await client.get(path)
    agency = re.search(r'name="agency" value="(\w{26})"', page.text)
    assert agency is not None, (page.status_code, page.text[:200])
    key = await key_of(client)
    for number in range(count):
        fields = {"_key": key, "agency": agency[1], "words": f"A line to measure by, number {number}."}
        began = time.perf_counter()
        answer = await client.post(f"{path}/lines", data=fields, headers={"hx-request": "true"})
        taken.append((time.perf_counter() - began) * 1000)
        assert answer.status_code == 200, answer.text[:200]
        key = key_in(answer.text)
        await asyncio.sleep(pause)


def key_in(page: str) -> str:
    """The key of the first form of a page."""
    return page.split('name="_key" value="')[1].split('"')[0]


async def key_of(client: httpx.AsyncClient) -> str:
    """A form key, as a browser would send it."""
    return key_in((await client.get("/account")).text)


async def come_in(client: httpx.AsyncClient, path: str) -> None:
    """Signs the statement at the door, once for each person."""
    told = {"_key": await key_of(client), "agreed": "true", "how": "by-video"}
    answer = await client.post(f"{path}/statement", data=told)
    assert answer.status_code in (303, 409), answer.text[:200]


async def health(client: httpx.AsyncClient, taken: list[float], stop: asyncio.Event) -> None:
    """What the machine gives at all, meanwhile."""
    while not stop.is_set():
        began = time.perf_counter()
        await client.get("/healthz")
        taken.append((time.perf_counter() - began) * 1000)
        await asyncio.sleep(0.25)


async def signed_in(to: str, worker: str) -> httpx.AsyncClient:
    client = httpx.AsyncClient(base_url=to, headers={"sec-fetch-site": "same-origin"}, timeout=60)
    await client.post("/signin/demo", data={"worker": worker})
    return client


async def main() -> None:
    """Reads the options, seats everybody, writes, and prints."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--to", default="http://127.0.0.1:8117")
    options.add_argument("--attendees", type=int, default=30)
    options.add_argument("--lines", type=int, default=8, help="of each writer")
    options.add_argument("--pause", type=float, default=2.0, help="seconds between one writer's lines")
    chosen = options.parse_args()
    clients = [await signed_in(chosen.to, PEOPLE[number % len(PEOPLE)]) for number in range(chosen.attendees)]
    path = await open_room(clients[0])
    for client in clients[: len(PEOPLE)]:
        await come_in(client, path)
    asked: list[float] = []
    added: list[float] = []
    reference: list[float] = []
    stop = asyncio.Event()
    case = re.search(r"/live\?case=(\w{26})", (await clients[0].get(path)).text)
    assert case is not None
    here, seated = asyncio.Semaphore(0), []
    for client in clients:
        seated.append(asyncio.create_task(attend(client, path, case[1], asked, here, stop)))
        await here.acquire()
    for _ in range(3):  # everybody comes in at once: a server's connections plan each question once, and keep the plan
        await asyncio.gather(*(client.get(f"{path}/lines", headers={"hx-request": "true"}) for client in clients))
    watch = asyncio.create_task(health(clients[0], reference, stop))
    writing = []
    for client in clients[: len(PEOPLE)]:  # in turns, as people speak
        writing.append(asyncio.create_task(write(client, path, chosen.lines, chosen.pause, added)))
        await asyncio.sleep(chosen.pause / len(PEOPLE))
    await asyncio.gather(*writing)
    await asyncio.sleep(2)
    stop.set()
    await asyncio.gather(watch, *seated)
    print(f"{chosen.attendees} attendees, {len(PEOPLE)} writers")
    print(f"{'':28} {'median':>8} {'p95':>8} {'p99':>8}   × /healthz")
    print(line("/healthz", reference, reference))
    print(line(f"lines asked for ({len(asked)})", asked, reference))
    print(line(f"lines added ({len(added)})", added, reference))
    print(f"the goal is {GOAL_MS} ms for 95 of 100")
    for client in clients:
        await client.aclose()


if __name__ == "__main__":
    asyncio.run(main())
