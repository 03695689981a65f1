"""The machine interface, walked by schemathesis from /openapi.json: whatever is sent, signed or not, the answer is one
that the document promises, and never a 5xx."""

import asyncio
import json
import re
import secrets
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests
import schemathesis
import uvicorn
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks

from hub.app import create_app
from hub.clock import now
from hub.database import service_engine
from hub.outside import signatures
from hub.referrals import hooks
from tests.conftest import committed
from tests.makers import EXAMPLE, make_world


@dataclass
class Served:
    """A Hub that listens, and the sending system of its police."""

    address: str
    source: str
    secret: bytes


@pytest.fixture(scope="module")
def served(module_database: str) -> Iterator[Served]:
    source, secret = asyncio.run(_furnish(module_database))
    with pytest.MonkeyPatch.context() as patch:
        for name in ("_from_source", "_from_address"):
            patch.setattr(hooks, name, hooks.Bucket(1_000_000, 1_000_000))
        app = create_app(service_engine(module_database, pool_size=5), ticking=False)
        server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield Served(f"http://127.0.0.1:{port}", source, signatures.secret_bytes(secret))
        server.should_exit = True
        thread.join()


async def _furnish(url: str) -> tuple[str, str]:
    async with committed(url) as maker, maker() as session:
        world = await make_world(session)
        await session.commit()
        return world.system_source, world.system_secret


@pytest.fixture(scope="module")
def api(served: Served) -> Any:
    return schemathesis.openapi.from_url(f"{served.address}/openapi.json")


class Signed(requests.auth.AuthBase):
    """Signs whatever is about to be sent, as the police's system would."""

    def __init__(self, secret: bytes) -> None:
        self.secret = secret

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        body = request.body or b""
        body = body.encode("utf-8", "surrogateescape") if isinstance(body, str) else body
        message_id = _id_of(body)
        request.headers.update(signatures.sign(self.secret, message_id, now(), body))
        return request


def _id_of(body: bytes) -> str:
    """The event's own id, as the contract wants it, where the body has one."""
    try:
        return str(re.fullmatch(r"[\w-]{1,64}", json.loads(body)["id"], re.ASCII)[0])  # type: ignore[index]
    except (ValueError, TypeError, KeyError):
        return secrets.token_hex(8)


PROMISES = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]
walk = settings(
    max_examples=30,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
HOOK, RECEIPT, SCHEMA, OTHER_SCHEMA = (
    ("/hooks/v1/{source}", "POST"),
    ("/hooks/v1/{source}/receipts/{receipt}", "GET"),
    ("/schemas/referral/1-0.json", "GET"),
    ("/schemas/intervention/1-0.json", "GET"),
)


def test_the_document_holds_these_operations_and_no_page_for_people(api: Any) -> None:
    found = {(one.ok().path, one.ok().method.upper()) for one in api.get_all_operations()}
    assert found == {HOOK, RECEIPT, SCHEMA, OTHER_SCHEMA}


@pytest.mark.parametrize(("path", "method"), [HOOK, RECEIPT, SCHEMA])
def test_what_a_stranger_sends_is_answered_as_the_document_promises(path: str, method: str, api: Any) -> None:
    @walk
    @given(case=api[path][method].as_strategy())
    def send(case: schemathesis.Case) -> None:
        case.call_and_validate(checks=PROMISES)

    send()


@pytest.mark.parametrize(("path", "method"), [HOOK, RECEIPT])
def test_what_a_known_system_sends_is_answered_as_the_document_promises(
    path: str, method: str, api: Any, served: Served
) -> None:
    @walk
    @given(case=api[path][method].as_strategy())
    def send(case: schemathesis.Case) -> None:
        case.path_parameters["source"] = served.source
        for name in list(case.headers):
            if name.lower().startswith("webhook-"):
                del case.headers[name]
        answers.add(case.call_and_validate(checks=PROMISES, auth=Signed(served.secret)).status_code)

    answers: set[int] = set()
    send()
    assert answers & {202, 404} and not answers & {401, 429}


def test_the_example_of_the_document_is_taken(served: Served) -> None:
    hook = f"{served.address}/hooks/v1/{served.source}"
    kind = {"content-type": "application/json"}
    for status in (202, 200):
        answer = requests.post(hook, EXAMPLE.read_bytes(), auth=Signed(served.secret), headers=kind, timeout=10)
        assert answer.status_code == status, answer.text
