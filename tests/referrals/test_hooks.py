"""The hook: every row of the contract's table of answers, one by one."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
import standardwebhooks
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from hub.agencies import changes as agencies
from hub.agencies import queries
from hub.app import create_app
from hub.clock import now
from hub.database import service_engine
from hub.events.rules import HUB
from hub.outside import signatures
from hub.referrals import hooks
from tests.conftest import Browser, committed, rows
from tests.makers import World, make_world, referral_event

Make = Callable[[], Browser]
EVENT = referral_event()
BODY = json.dumps(EVENT).encode()


@pytest.fixture(autouse=True)
def _full_buckets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_from_source", "_from_address"):
        monkeypatch.setattr(hooks, name, hooks.Bucket(600, 100))


class System:
    """A sending system: signs, by the reference library as an independent hand, and posts."""

    def __init__(self, client: httpx.AsyncClient, source: str, secret: str) -> None:
        self.client, self.source, self.secret = client, source, secret

    def headers(self, body: bytes, message_id: str, *, late: timedelta = timedelta(0)) -> dict[str, str]:
        at = now() - late
        signature = standardwebhooks.Webhook(self.secret).sign(message_id, at, body.decode("utf-8", "surrogateescape"))
        return {
            "webhook-id": message_id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": signature,
            "content-type": "application/cloudevents+json",
        }

    async def post(self, body: bytes = BODY, message_id: str = EVENT["id"], **changed: Any) -> httpx.Response:
        late = changed.pop("late", timedelta(0))
        headers = self.headers(body, message_id, late=late)
        headers |= {name.replace("_", "-"): value for name, value in changed.items()}
        sent = {name: value for name, value in headers.items() if value is not None}
        return await self.client.post(f"/hooks/v1/{self.source}", content=body, headers=sent)


@pytest.fixture
def system(browser: Make, world: World) -> System:
    client = browser()
    del client.headers["sec-fetch-site"]
    return System(client, world.system_source, world.system_secret)


def problem(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json()
    assert body["status"] == answer.status_code and body["title"] and body["request_id"]
    return answer.status_code, body["type"]


async def test_the_first_time_it_is_stored_and_answered_with_a_receipt(system: System, session: AsyncSession) -> None:
    answer = await system.post()
    receipt = answer.json()
    assert answer.status_code == 202
    assert receipt["state"] == "received" and receipt["duplicate"] is False and receipt["webhook_id"] == EVENT["id"]
    assert answer.headers["location"] == f"/hooks/v1/{system.source}/receipts/{receipt['receipt']}"
    assert await rows(session, "SELECT body, seen FROM envelope") == [(BODY, 1)]
    assert await rows(session, "SELECT count(*) FROM event WHERE kind = 'envelope:received'") == [(1,)]


async def test_the_same_again_gets_the_same_receipt_and_that_answer_is_a_write(
    system: System, session: AsyncSession
) -> None:
    first, again = await system.post(), await system.post()
    assert again.status_code == 200
    assert again.json() == first.json() | {"duplicate": True}
    assert await rows(session, "SELECT seen FROM envelope") == [(2,)]


async def test_other_bytes_under_the_same_id_are_a_conflict(system: System, session: AsyncSession) -> None:
    first = await system.post()
    other = json.dumps(referral_event(urgency="routine")).encode()
    answer = await system.post(other)
    assert problem(answer) == (409, "id-reused")
    assert answer.json()["digest"] == first.json()["digest"] and answer.json()["first_received_at"]
    assert await rows(session, "SELECT body FROM envelope") == [(BODY,)]


async def test_an_id_that_was_refused_may_be_used_again(system: System, session: AsyncSession) -> None:
    wrong = json.dumps(referral_event(people=[])).encode()
    assert problem(await system.post(wrong)) == (422, "schema")
    assert (await system.post()).status_code == 202
    assert await rows(session, "SELECT refused_as FROM envelope ORDER BY refused_as") == [("",), ("schema",)]


async def test_a_bad_signature_and_an_unknown_source_get_the_same_bytes(system: System, session: AsyncSession) -> None:
    stranger = System(system.client, "src_0000000000000000", system.secret)
    forged = {"webhook_signature": "v1," + "A" * 43 + "="}
    stamp = {"webhook_timestamp": str(int(now().timestamp()))}
    answers = [await one.post(**forged, **stamp) for one in (system, stranger)]
    assert [problem(answer) for answer in answers] == [(401, "signature")] * 2
    assert answers[0].content == answers[1].content
    assert await rows(session, "SELECT count(*) FROM envelope") == [(0,)]


async def test_a_changed_byte_breaks_the_signature(system: System) -> None:
    signed = system.headers(BODY, EVENT["id"])
    answer = await system.client.post(f"/hooks/v1/{system.source}", content=BODY + b" ", headers=signed)
    assert problem(answer) == (401, "signature")


@pytest.mark.parametrize("late", [timedelta(seconds=310), timedelta(seconds=-310), timedelta(days=365)])
async def test_a_stale_or_early_message_is_told_how_far_its_clock_is_off(late: timedelta, system: System) -> None:
    answer = await system.post(late=late)
    assert problem(answer) == (401, "timestamp")
    assert abs(answer.json()["skew_seconds"] - late.total_seconds()) <= 2


@pytest.mark.parametrize("late", [timedelta(seconds=290), timedelta(seconds=-290)])
async def test_a_clock_a_little_off_is_fine(late: timedelta, system: System) -> None:
    assert (await system.post(late=late)).status_code == 202


@pytest.mark.parametrize(
    "changed",
    [
        {"webhook_id": None},
        {"webhook_id": "has.a.dot"},
        {"webhook_id": "x" * 65},
        {"webhook_timestamp": None},
        {"webhook_timestamp": " 1795000000"},
        {"webhook_timestamp": "1_795_000_000"},
        {"webhook_timestamp": "1795000000.9"},
        {"webhook_signature": None},
        {"webhook_signature": "v1,???"},
        {"webhook_signature": "v2,AAAA"},
        {"webhook_signature": " ".join(["v1,AAAA"] * 17)},
    ],
)
async def test_a_malformed_header_is_named(changed: dict[str, str | None], system: System) -> None:
    answer = await system.post(**changed)
    assert problem(answer) == (400, "headers")
    assert answer.json()["header"] == next(iter(changed)).replace("_", "-")


async def test_a_suspended_source_may_try_again_later(system: System, session: AsyncSession) -> None:
    known = await queries.system_by_name(session, "police-ppu")
    assert known is not None
    await agencies.suspend_system(session, known, by=HUB, at=now())
    await session.commit()
    answer = await system.post()
    assert problem(answer) == (403, "suspended") and answer.headers["retry-after"] == "3600"
    await agencies.resume_system(session, known, by=HUB, at=now())
    await session.commit()
    assert (await system.post()).status_code == 202


async def test_a_removed_source_is_gone(system: System, session: AsyncSession) -> None:
    await session.execute(text("UPDATE sending_system SET removed_at = now()"))
    await session.commit()
    assert problem(await system.post()) == (410, "removed")


async def test_the_old_key_works_while_the_new_one_is_brought_in(system: System, session: AsyncSession) -> None:
    known = await queries.system_by_name(session, "police-ppu")
    assert known is not None
    old = system.secret
    new = await agencies.rotate_key(session, known, by=HUB, at=now())
    await session.commit()
    for number, secret in enumerate((old, new)):
        system.secret = secret
        event = referral_event(id=f"K{number}", referralId=f"K{number}")
        assert (await system.post(json.dumps(event).encode(), f"K{number}")).status_code == 202
    await session.execute(
        text("UPDATE system_key SET expires_at = now() - interval '1 day' WHERE expires_at IS NOT NULL")
    )
    await session.commit()
    system.secret = old
    assert problem(await system.post()) == (401, "signature")


async def test_a_body_over_256_kib_is_refused_also_in_pieces(system: System) -> None:
    large = b'{"x":"' + b"a" * (256 * 1024) + b'"}'
    assert problem(await system.post(large)) == (413, "size")

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(70):
            yield b"a" * 4096

    headers = system.headers(BODY, EVENT["id"])
    answer = await system.client.post(f"/hooks/v1/{system.source}", content=pieces(), headers=headers)
    assert problem(answer) == (413, "size")


@pytest.mark.parametrize(
    "changed",
    [
        {"content_type": "text/plain"},
        {"content_type": "application/json; charset=utf-16"},
        {"content_type": None},
        {"content_encoding": "gzip"},
    ],
)
async def test_another_kind_of_body_is_told_what_we_take(changed: dict[str, str | None], system: System) -> None:
    answer = await system.post(**changed)
    assert problem(answer) == (415, "media-type")
    assert "application/json" in answer.headers["accept-post"]


@pytest.mark.parametrize(
    "body", [b"{", b'{"a":1,"a":2}', b'{"a":NaN}', b'{"a":"\\u0000"}', b"[" * 5000, b"\xef\xbb\xbf{}", b""]
)
async def test_what_is_not_json_is_set_aside_with_the_byte(body: bytes, system: System, session: AsyncSession) -> None:
    answer = await system.post(body)
    assert problem(answer) == (400, "json")
    assert await rows(session, "SELECT refused_as, state FROM envelope") == [("json", "rejected")]


async def test_what_is_not_utf_8_is_refused(system: System) -> None:
    body = b'{"a":"\xff"}'
    headers = signatures.sign(signatures.secret_bytes(system.secret), "latin", now(), body)
    answer = await system.client.post(
        f"/hooks/v1/{system.source}", content=body, headers=headers | {"content-type": "application/json"}
    )
    assert problem(answer) == (400, "json") and answer.json()["offset"] == 6


async def test_a_wrong_schema_is_told_where_and_which_rule_never_what(system: System, session: AsyncSession) -> None:
    event = referral_event()
    event["data"]["people"][0]["birthDate"] = "CANARY-born-long-ago"
    answer = await system.post(json.dumps(event).encode())
    assert problem(answer) == (422, "schema")
    assert answer.json()["errors"] == [{"pointer": "/data/people/0/birthDate", "code": "pattern"}]
    assert "CANARY" not in answer.text
    kept = (await rows(session, "SELECT faults FROM envelope"))[0][0]
    assert kept == [{"pointer": "/data/people/0/birthDate", "rule": "pattern"}]


async def test_the_same_wrong_message_is_kept_once(system: System, session: AsyncSession) -> None:
    for _ in range(3):
        await system.post(b"{")
    assert await rows(session, "SELECT seen FROM envelope") == [(3,)]


async def test_too_many_messages_are_told_when_to_come_back(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hooks, "_from_source", hooks.Bucket(60, 3))
    statuses = [(await system.post()).status_code for _ in range(4)]
    assert statuses == [202, 200, 200, 429]
    last = await system.post()
    assert problem(last) == (429, "too-many") and int(last.headers["retry-after"]) >= 1


async def test_a_wrong_method_says_which_is_right(system: System) -> None:
    answer = await system.client.get(f"/hooks/v1/{system.source}")
    assert answer.status_code == 405 and answer.headers["allow"] == "POST"


async def test_when_the_database_is_away_the_sender_is_asked_to_try_again(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object, **__: object) -> None:
        raise OperationalError("", {}, ConnectionRefusedError())

    monkeypatch.setattr(hooks.filing, "file_envelope", away)
    answer = await system.post()
    assert problem(answer) == (503, "unavailable") and int(answer.headers["retry-after"]) >= 5


async def test_a_session_cookie_means_nothing_here(system: System, browser: Make) -> None:
    signed_in = await browser().sign_in("police")
    answer = await signed_in.post(
        f"/hooks/v1/{system.source}", content=BODY, headers={"content-type": "application/json"}
    )
    assert problem(answer) == (400, "headers")


async def test_the_receipt_can_be_asked_for_by_its_sender_alone(system: System, session: AsyncSession) -> None:
    receipt = (await system.post()).json()["receipt"]

    async def ask(source: str, secret: str, which: str) -> httpx.Response:
        headers = signatures.sign(signatures.secret_bytes(secret), "ask1", now(), b"")
        return await system.client.get(f"/hooks/v1/{source}/receipts/{which}", headers=headers)

    answer = await ask(system.source, system.secret, receipt)
    assert answer.status_code == 200 and answer.json()["state"] == "received"
    assert problem(await ask(system.source, system.secret, "rcp_none")) == (404, "not-found")
    owner = await queries.agency_by_slug(session, "health")
    other, secret = await agencies.add_system(session, agency_id=owner.id, name="other", by=HUB, at=now())
    await session.commit()
    assert problem(await ask(other.source, secret, receipt)) == (404, "not-found")


async def test_two_copies_that_arrive_together_are_one_referral(own_database: str) -> None:
    """Real commits on several connections: ten copies at once make one envelope, and one 202."""
    async with committed(own_database) as maker:
        async with maker() as session:
            world = await make_world(session)
            await session.commit()
        engine = service_engine(own_database, pool_size=10)
        app = create_app(engine, ticking=False)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://hub.test") as client:
            system = System(client, world.system_source, world.system_secret)
            answers = await asyncio.gather(*(system.post() for _ in range(10)))
        await engine.dispose()
        assert sorted(answer.status_code for answer in answers) == [200] * 9 + [202]
        assert len({answer.json()["receipt"] for answer in answers}) == 1
        async with maker() as session:
            assert await rows(session, "SELECT seen FROM envelope") == [(10,)]
