"""Fetching something from an address that a worker typed, without being led into our own network.

The name is resolved once, every address that it has is judged, and the connection goes to a judged one (DNS rebinding
changes nothing); no redirects, no proxies from the environment, https on port 443 alone, and limits of size and time
over the whole exchange (OWASP ASVS 5.0, 1.3.6).
"""

import asyncio
import ipaddress
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

LARGEST = 2 * 1024 * 1024
SECONDS = 20.0
CONNECT_SECONDS = 5.0
NETWORKS_THAT_PASS_FOR_PUBLIC = [
    ipaddress.ip_network(net) for net in ("64:ff9b::/96", "2002::/16", "::/96", "3fff::/20", "64:ff9b:1::/48")
]


class CannotFetch(Exception):
    """It could not be fetched; the message is safe to show to the worker who gave the address."""


@dataclass(frozen=True)
class Fetched:
    """What came. `text` is None when nothing has changed since the tag that was sent."""

    text: str | None
    etag: str


Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def is_outside(address: Address) -> bool:
    """Whether an address lies on the public internet, and is not a way round into our own network."""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return (
        address.is_global
        and not address.is_multicast
        and not any(address.version == net.version and address in net for net in NETWORKS_THAT_PASS_FOR_PUBLIC)
    )


def check_address(url: str) -> str:
    """The host of an address that may be fetched. Raises CannotFetch, saying what to mend."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise CannotFetch("That is not an address. Copy it again from your calendar") from None
    if parts.scheme != "https":
        raise CannotFetch("The address must start with https://")
    if parts.username or parts.password or port not in (None, 443) or not parts.hostname:
        raise CannotFetch("The address must be a plain https:// address, without a port or a password")
    return parts.hostname


class Pinned(httpx.AsyncBaseTransport):
    """Connects to one judged address, with the name kept for the certificate."""

    def __init__(self, outside: Callable[[Address], bool], inner: httpx.AsyncBaseTransport | None = None) -> None:
        self._outside = outside
        self._inner = inner or httpx.AsyncHTTPTransport(trust_env=False, http2=False)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        host = request.url.host
        chosen = await self._resolved(host, request.url.port or 443)
        request.extensions = {**request.extensions, "sni_hostname": host}
        request.url = request.url.copy_with(host=str(chosen))
        return await self._inner.handle_async_request(request)

    async def _resolved(self, host: str, port: int) -> Address:
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=1)
        except OSError:
            raise CannotFetch("There is no such address on the internet") from None
        addresses = [ipaddress.ip_address(str(row[4][0]).partition("%")[0]) for row in found]
        if not addresses or not all(self._outside(one) for one in addresses):
            raise CannotFetch("That address is not on the public internet")
        return addresses[0]

    async def aclose(self) -> None:
        await self._inner.aclose()


async def fetch(url: str, *, etag: str = "", accept: str, transport: httpx.AsyncBaseTransport | None = None) -> Fetched:
    """The text at an address. Raises CannotFetch for anything but a whole answer within the limits."""
    check_address(url)
    headers = {"accept": accept, "user-agent": "the-hub/1", "accept-encoding": "identity"}
    if etag:
        headers["if-none-match"] = etag
    timeout = httpx.Timeout(SECONDS, connect=CONNECT_SECONDS)
    try:
        async with (
            asyncio.timeout(SECONDS),
            httpx.AsyncClient(
                transport=transport or Pinned(is_outside), timeout=timeout, trust_env=False, follow_redirects=False
            ) as client,
            client.stream("GET", url, headers=headers) as answer,
        ):
            if answer.status_code == 304:
                return Fetched(None, etag)
            if answer.status_code != 200:
                raise CannotFetch(f"Their calendar answered {answer.status_code}")
            body = bytearray()
            async for part in answer.aiter_raw():
                body += part
                if len(body) > LARGEST:
                    raise CannotFetch("The calendar is larger than 2 MB")
            return Fetched(body.decode("utf-8", "replace"), answer.headers.get("etag", "")[:200])
    except TimeoutError:
        raise CannotFetch("Their calendar took too long to answer") from None
    except (httpx.HTTPError, ssl.SSLError, OSError, ValueError) as problem:
        raise CannotFetch(f"Their calendar could not be reached ({type(problem).__name__})") from problem
