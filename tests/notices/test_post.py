"""Letters through a real SMTP server: one that takes them, refuses, is slow, or dies in the middle."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from email import message_from_bytes, policy
from email.utils import parsedate_to_datetime

import pytest
from aiosmtpd.smtp import SMTP
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from hub.clock import now
from hub.config import settings
from hub.notices.jobs import send_due
from hub.outside import mail
from tests.conferences.test_conferences import schedule
from tests.conftest import Browser, Maker, rows
from tests.makers import World, make_case


class Server:
    """An SMTP server that keeps what it took, and may misbehave at each step."""

    def __init__(self, rcpt: str = "250 OK", data: Callable[[int], str] | None = None) -> None:
        self.rcpt, self.data = rcpt, data or (lambda count: "250 taken")
        self.taken: list[bytes] = []
        self.seen = 0
        self.wait = 0.0

    async def handle_RCPT(self, server, session, envelope, address, options):  # type: ignore[no-untyped-def]
        if self.rcpt.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.rcpt

    async def handle_DATA(self, server, session, envelope):  # type: ignore[no-untyped-def]
        await asyncio.sleep(self.wait)
        self.seen += 1
        answer = self.data(self.seen)
        if answer == "die":
            server.transport.abort()
            return "421 gone"
        if answer.startswith("250"):
            self.taken.append(envelope.content)
        return answer


@asynccontextmanager
async def running(server: Server, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Server]:
    listening = await asyncio.get_running_loop().create_server(lambda: SMTP(server), "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    monkeypatch.setattr(settings(), "smtp_url", f"smtp://127.0.0.1:{port}")
    try:
        yield server
    finally:
        listening.close()


@pytest.fixture
async def waiting(world: World, session: AsyncSession) -> int:
    """Three invitations that wait to be sent."""
    await schedule(session, world, await make_case(session, world))
    await session.commit()
    return 3


async def again(session: AsyncSession) -> None:
    """Time goes by: what is to be tried again is due."""
    await session.execute(text("UPDATE notice SET try_at = written_at"))
    await session.commit()


async def test_a_mail_holds_an_invitation_and_not_a_word_about_anybody(
    waiting: int, maker: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(Server(), monkeypatch) as server:
        assert await send_due(maker) == waiting
        assert await send_due(maker) == 0
    assert len(server.taken) == waiting
    sent = [message_from_bytes(one, policy=policy.default) for one in server.taken]
    assert len({one["Message-ID"] for one in sent}) == waiting
    assert len({one["To"] for one in sent}) == waiting, "one for each attendee"
    for one in sent:
        written = parsedate_to_datetime(one["Date"])
        assert written.utcoffset() == timedelta(0) and abs(now() - written) < timedelta(minutes=5)
        parts = {part.get_content_type(): part for part in one.walk()}
        assert one.get_content_type() == "multipart/alternative"
        assert parts["text/calendar"].get_param("method") == "REQUEST"
        assert parts["text/calendar"].get_content().count("ATTENDEE") == 1
        words = parts["text/plain"].get_content()
        assert "There is something for you in the Hub" in words and "/answer/" in words
        assert b"CANARY" not in one.as_bytes() and b"Testcase" not in one.as_bytes()


@pytest.mark.parametrize(
    ("server", "gone"),
    [(Server("550 no such address"), True), (Server("451 try later"), False), (Server(data=lambda n: "554 not here"), True),
     (Server(data=lambda n: "452 full"), False)],
)  # fmt: skip
async def test_a_server_that_refuses(
    server: Server, gone: bool, waiting: int, maker: Maker, session: AsyncSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(server, monkeypatch):
        await send_due(maker)
    found = await rows(session, "SELECT sent_at IS NULL, failed_at IS NOT NULL, failure FROM notice")
    assert len(found) == waiting
    assert all(unsent and given_up is gone and "@" not in str(why) for unsent, given_up, why in found)


async def test_a_server_that_dies_in_the_middle_loses_nothing_and_sends_nothing_twice(
    waiting: int, maker: Maker, session: AsyncSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(Server(data=lambda count: "die" if count in (1, 3) else "250 taken"), monkeypatch) as server:
        for _ in range(4):
            await again(session)
            await send_due(maker)
    names = [message_from_bytes(one)["Message-ID"] for one in server.taken]
    assert len(names) == len(set(names)) == waiting
    assert await rows(session, "SELECT count(*) FROM notice WHERE sent_at IS NULL") == [(0,)]


async def test_a_slow_server_is_given_up_on_and_stops_the_round(
    waiting: int, maker: Maker, session: AsyncSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Server()
    server.wait = 3
    monkeypatch.setattr(mail, "WHOLE_SECONDS", 0.4)
    async with running(server, monkeypatch):
        began = asyncio.get_running_loop().time()
        await send_due(maker)
        assert asyncio.get_running_loop().time() - began < 2 * server.wait, (
            "the other letters do not wait for it one after another"
        )
    found = await rows(session, "SELECT attempts FROM notice ORDER BY attempts DESC")
    assert [one[0] for one in found] == [1, 0, 0]


async def test_no_server_at_all_keeps_every_letter(
    waiting: int, maker: Maker, session: AsyncSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings(), "smtp_url", "smtp://127.0.0.1:1")
    await send_due(maker)
    assert await rows(session, "SELECT count(*) FROM notice WHERE sent_at IS NULL AND failed_at IS NULL") == [
        (waiting,)
    ]
    async with running(Server(), monkeypatch) as server:
        await again(session)
        await send_due(maker)
    assert len(server.taken) == waiting


async def test_the_outbox_is_a_list_with_one_line_for_each_letter(
    waiting: int, browser: Callable[[], Browser], world: World
) -> None:
    client = await browser().sign_in("police")
    page = (await client.get("/outbox?mine=true")).text.split("<main")[1].split("</main>")[0]
    lines = page.count("<summary")
    assert 0 < lines == page.count("<details") <= waiting and "<details open" not in page
    summary = page.split("<summary")[1].split("</summary>")[0]
    assert f"To {world.workers['police'].name}" in summary and "waiting" in summary
    assert (
        "There is something for you in the Hub" in page.split("</summary>")[1] and "There is something" not in summary
    )
