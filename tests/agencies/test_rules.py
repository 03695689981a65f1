"""Rules of identity, as tables of named situations."""

from datetime import UTC, datetime, timedelta

import pytest

from hub.agencies.passwords import COMMON
from hub.agencies.rules import Liveness, delay_after, is_live, network, password_problem, safe_next

NOW = datetime(2026, 3, 10, 15, 0, tzinfo=UTC)
CONTEXT = ("Northvale", "Amina", "Yusuf")


@pytest.mark.parametrize(
    ("created", "seen", "revoked", "ended", "live"),
    [
        (timedelta(hours=1), timedelta(minutes=1), None, None, True),
        (timedelta(hours=1), timedelta(minutes=21), None, None, False),  # idle
        (timedelta(hours=13), timedelta(minutes=1), None, None, False),  # twelve hours are over
        (timedelta(hours=1), timedelta(minutes=1), timedelta(minutes=1), None, False),  # revoked
        (timedelta(hours=1), timedelta(minutes=1), None, timedelta(minutes=1), False),  # the account ended
        (timedelta(hours=1), timedelta(minutes=1), None, timedelta(days=-1), True),  # it ends tomorrow
    ],
)
def test_how_long_a_session_lives(
    created: timedelta, seen: timedelta, revoked: timedelta | None, ended: timedelta | None, live: bool
) -> None:
    session = Liveness(NOW - created, NOW - seen, NOW - revoked if revoked else None, NOW - ended if ended else None)
    assert is_live(session, NOW) is live


@pytest.mark.parametrize(
    ("password", "fine"),
    [
        ("four quiet green chairs", True),
        ("kilnwoodpebbles", True),
        ("short", False),
        ("fourteenlettrs", False),
        ("x" * 201, False),
        ("aaaaaaaaaaaaaaaaaaaa", False),
        ("Correct Horse Battery Staple", False),
        ("NorthvaleNorthvale1", False),
        ("aminayusuf-northvale", False),
        ("päßwörter auf der bank", True),
    ],
)
def test_what_a_password_may_be(password: str, fine: bool) -> None:
    assert (not password_problem(password, context=CONTEXT, common=COMMON)) is fine


def test_every_common_password_on_the_list_is_long_enough_to_be_tried() -> None:
    assert all(len(password) >= 15 for password in COMMON)


def test_an_account_waits_longer_the_more_it_is_tried() -> None:
    waits = [delay_after(failures) for failures in range(30)]
    assert waits[9] == timedelta(0) and waits[10] == timedelta(minutes=1)
    assert waits == sorted(waits) and waits[-1] == timedelta(hours=1)


@pytest.mark.parametrize(
    ("path", "goes"),
    [
        ("/cases/abc?from=2026-03-09", "/cases/abc?from=2026-03-09"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example", "/"),
        ("/a\\b", "/"),
        ("/a\tb", "/"),
        ("", "/"),
        ("javascript:alert(1)", "/"),
    ],
)
def test_signing_in_leads_nowhere_else(path: str, goes: str) -> None:
    assert safe_next(path) == goes


@pytest.mark.parametrize(
    ("address", "net"), [("192.0.2.77", "192.0.2.0/24"), ("2001:db8:1:2::3", "2001:db8:1::/48"), ("odd", "")]
)
def test_only_the_network_of_an_address_is_kept(address: str, net: str) -> None:
    assert network(address) == net
