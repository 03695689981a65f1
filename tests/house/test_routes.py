"""Every way in knows who is asking, every page looks through one door, and every answer carries the guards' headers."""

import inspect
from collections.abc import Callable

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from hub.agencies.identity import current_worker, once_only
from hub.app import create_app
from hub.database import request_session, service_engine
from tests.conftest import Browser
from tests.makers import World

PUBLIC = {
    ("GET", "/signin"): "the way in",
    ("POST", "/signin"): "the way in",
    ("POST", "/signin/demo"): "the way in, in demo mode only",
    ("GET", "/accessibility"): "a statement for everybody",
    ("POST", "/hooks/v1/{source}"): "proven by its signature",
    ("GET", "/hooks/v1/{source}/receipts/{receipt}"): "proven by its signature",
    ("GET", "/healthz"): "for monitors",
    ("GET", "/readyz"): "for monitors",
    ("GET", "/metrics"): "from this machine or with a token",
    ("GET", "/schemas/referral/1-0.json"): "published",
    ("GET", "/schemas/intervention/1-0.json"): "published",
    ("GET", "/docs"): "published",
    ("GET", "/audit/checkpoint"): "published: a signature over the ledger, which says nothing of anybody",
    ("GET", "/answer/{token}"): "proven by its signature, and says nothing about anybody",
    ("POST", "/answer/{token}"): "proven by its signature, and says nothing about anybody",
    ("GET", "/calendar/{token}.ics"): "proven by its signature, and says nothing about anybody",
    ("POST", "/csp-report"): "sent by the browser itself, changes nothing",
}
NOT_ONCE = {
    "/signin": "there is no worker yet",
    "/signin/demo": "there is no worker yet",
    "/signout": "ending a session twice is ending it",
    "/search": "changes nothing",
    "/cases/{case}/conferences/times": "changes nothing",
    "/sittings/times": "changes nothing",
    "/answer/{token}": "there is no session; the last answer counts",
    "/csp-report": "changes nothing",
    "/cases/{case}/chronology": "changes nothing",
    "/cases/{case}/drafts/{form}": "the newest words replace those before",
    "/hooks/v1/{source}": "has its own message id",
}


def routes() -> list[APIRoute]:
    app = create_app(service_engine("postgresql+asyncpg://nobody@localhost/none"), ticking=False)
    return [route for route in flattened(app.routes) if isinstance(route, APIRoute)]


def flattened(found: object) -> list[object]:
    everything: list[object] = []
    for route in found:
        inner = getattr(route, "routes", None) or getattr(getattr(route, "original_router", None), "routes", None)
        everything += flattened(inner) if inner and not isinstance(route, APIRoute) else [route]
    return everything


def asked_for(dependant: Dependant) -> set[Callable[..., object] | None]:
    found = {dependant.call}
    for inner in dependant.dependencies:
        found |= asked_for(inner)
    return found


ALL = [(method, route) for route in routes() for method in sorted(route.methods)]
IDS = [f"{method} {route.path}" for method, route in ALL]


def test_there_are_routes_to_look_at() -> None:
    assert len(ALL) > 60


@pytest.mark.parametrize(("method", "route"), ALL, ids=IDS)
def test_every_route_knows_who_is_asking(method: str, route: APIRoute) -> None:
    known = current_worker in asked_for(route.dependant)
    assert known != ((method, route.path) in PUBLIC)


@pytest.mark.parametrize(("method", "route"), ALL, ids=IDS)
def test_what_changes_something_counts_once(method: str, route: APIRoute) -> None:
    if method == "POST":
        assert (once_only in asked_for(route.dependant)) != (route.path in NOT_ONCE)


@pytest.mark.parametrize(("method", "route"), ALL, ids=IDS)
def test_every_handler_is_short_and_says_what_it_does(method: str, route: APIRoute) -> None:
    assert inspect.getdoc(route.endpoint), "no docstring"
    statements = inspect.getsource(route.endpoint).count("\n")
    assert statements <= 60


def test_the_session_commits_before_the_reply() -> None:
    """FastAPI's default is after it; the `function` scope of the dependency is what turns that round."""
    for _, route in ALL:
        for dependant in _dependants(route.dependant):
            if dependant.call is request_session:
                assert dependant.scope == "function", route.path


def _dependants(dependant: Dependant) -> list[Dependant]:
    return [dependant, *(deeper for inner in dependant.dependencies for deeper in _dependants(inner))]


HEADERS = {
    "content-security-policy": "default-src 'none'",
    "strict-transport-security": "max-age=63072000",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}


@pytest.mark.parametrize(("method", "route"), ALL, ids=IDS)
async def test_every_answer_carries_the_guards_headers(
    method: str, route: APIRoute, browser: Callable[[], Browser], world: World
) -> None:
    path = route.path.replace("{", "x").replace("}", "x")
    if path == "/live":
        return  # a stream without an end: looked at in test_streams
    answer = await browser().request(method, path)
    for name, value in HEADERS.items():
        assert value in answer.headers.get(name, ""), name
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert answer.status_code < 500


@pytest.mark.parametrize("method", ["TRACE", "PROPFIND", "PUT", "DELETE", "PATCH"])
async def test_only_known_methods_do_anything(method: str, browser: Callable[[], Browser], world: World) -> None:
    answer = await browser().request(method, "/signin")
    assert answer.status_code in (403, 405)


async def test_the_address_of_a_form_leads_to_the_page_above_it(browser: Callable[[], Browser], world: World) -> None:
    council = await browser().sign_in("council")
    for address, page in (
        ("/cases/x/outcomes", "/cases/x"),
        ("/signout", "/"),
        ("/referrals/x/rate", "/referrals/x"),
    ):
        answer = await council.get(address)
        assert (answer.status_code, answer.headers.get("location")) == (303, page), address
    assert (await council.get("/hooks/v1/referrals")).status_code in (404, 405)


CROSS_SITE = [
    ({"sec-fetch-site": "cross-site"}, 403),
    ({"sec-fetch-site": "same-site"}, 403),
    ({"sec-fetch-site": "none"}, 403),
    ({"sec-fetch-site": "", "origin": "https://evil.example"}, 403),
    ({"sec-fetch-site": None, "origin": "https://evil.example"}, 403),
    ({"sec-fetch-site": None, "origin": "null"}, 403),
    ({"sec-fetch-site": None}, 403),
    ({"sec-fetch-site": None, "origin": "http://hub.test"}, 303),
    ({"sec-fetch-site": "same-origin"}, 303),
]


@pytest.mark.parametrize(("headers", "status"), CROSS_SITE)
async def test_only_our_own_pages_can_change_something(
    headers: dict[str, str | None], status: int, browser: Callable[[], Browser], world: World
) -> None:
    client = browser()
    del client.headers["sec-fetch-site"]
    given = {name: value for name, value in headers.items() if value is not None}
    assert (await client.post("/signin/demo", data={"worker": "police"}, headers=given)).status_code == status
