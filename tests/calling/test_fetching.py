"""An address that a worker typed never leads into our own network."""

import asyncio
import ipaddress
import socket
from collections.abc import AsyncIterator

import httpx
import pytest

from hub.outside import fetching
from hub.outside.fetching import CannotFetch, Pinned, check_address, fetch, is_outside


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "224.0.0.1",
        "::1", "::", "fe80::1", "fc00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1",
        "2002:7f00:1::", "3fff::1", "192.0.2.1", "198.18.0.1", "240.0.0.1",
    ],
)  # fmt: skip
def test_an_inner_address_is_refused(address: str) -> None:
    assert not is_outside(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946"])
def test_a_public_address_is_not(address: str) -> None:
    assert is_outside(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/a.ics", "ftp://example.org", "https://user:secret@example.org/", "https://example.org:8443/",
        "https://", "file:///etc/passwd", "", "https://example.org:99999/",
    ],
)  # fmt: skip
async def test_only_plain_https_is_fetched(url: str) -> None:
    with pytest.raises(CannotFetch):
        check_address(url)
    with pytest.raises(CannotFetch):
        await fetch(url, accept="text/calendar")


@pytest.mark.parametrize(
    "url", ["https://localhost/a.ics", "https://127.0.0.1/", "https://2130706433/", "https://0x7f.1/"]
)
async def test_a_name_that_leads_inside_is_refused(url: str) -> None:
    with pytest.raises(CannotFetch, match=r"public internet|no such address|could not be reached"):
        await fetch(url, accept="text/calendar")


async def parts(*many: bytes) -> AsyncIterator[bytes]:
    for one in many:
        yield one


def answering(*answers: httpx.Response) -> httpx.MockTransport:
    left = list(answers)
    return httpx.MockTransport(lambda request: left.pop(0))


async def test_the_connection_goes_to_the_address_that_was_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that changes its address between judging and connecting changes nothing: it is asked once."""
    asked: list[str] = []
    seen: list[httpx.Request] = []

    async def resolve(self: Pinned, host: str, port: int) -> fetching.Address:
        asked.append(host)
        return ipaddress.ip_address("93.184.216.34")

    def take(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, content=parts(b"BEGIN:", b"VCALENDAR"), headers={"etag": '"1"'})

    monkeypatch.setattr(Pinned, "_resolved", resolve)
    got = await fetch(
        "https://agency.example/a.ics", accept="text/calendar", transport=Pinned(is_outside, httpx.MockTransport(take))
    )
    assert got.text == "BEGIN:VCALENDAR" and got.etag == '"1"'
    assert asked == ["agency.example"]
    assert seen[0].url.host == "93.184.216.34" and seen[0].headers["host"] == "agency.example"
    assert seen[0].extensions["sni_hostname"] == "agency.example"


@pytest.mark.parametrize("names", [["93.184.216.34", "127.0.0.1"], ["10.0.0.1"]])
async def test_every_address_of_a_name_is_judged(names: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    async def info(*args: object, **kwargs: object) -> list[object]:
        return [(socket.AF_INET, 1, 6, "", (name, 443)) for name in names]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", info)
    with pytest.raises(CannotFetch, match="public internet"):
        await fetch("https://agency.example/a.ics", accept="text/calendar")


@pytest.mark.parametrize("status", [301, 302, 307, 401, 404, 500])
async def test_a_redirect_or_a_refusal_is_not_followed(status: int) -> None:
    there = httpx.Response(status, headers={"location": "https://169.254.169.254/"})
    with pytest.raises(CannotFetch, match=str(status)):
        await fetch("https://agency.example/", accept="text/calendar", transport=answering(there))


async def test_nothing_new_is_no_text() -> None:
    got = await fetch("https://agency.example/", etag='"1"', accept="x", transport=answering(httpx.Response(304)))
    assert got.text is None and got.etag == '"1"'


async def test_a_calendar_without_an_end_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "LARGEST", 1000)
    with pytest.raises(CannotFetch, match="larger"):
        await fetch(
            "https://agency.example/",
            accept="x",
            transport=answering(httpx.Response(200, content=parts(b"x" * 600, b"x" * 600))),
        )
