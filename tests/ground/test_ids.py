"""Addresses name things without telling anything about them."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import NotFound
from hub.ids import from_ref, ref, spoken_reference, typed_reference


@given(st.integers(0, (1 << 128) - 1))
def test_an_address_names_one_thing(number: int) -> None:
    assert from_ref(ref(UUID(int=number))) == UUID(int=number)


@pytest.mark.parametrize(
    "text", ["", "x" * 26, "z" * 26, "1", "../etc/passwd", "0" * 25 + "i", ref(UUID(int=2**128 - 1)).upper()]
)
def test_what_no_address_holds_is_not_found(text: str) -> None:
    with pytest.raises(NotFound):
        from_ref(text)


def test_a_spoken_reference_has_no_letters_that_are_misheard_or_misread() -> None:
    letters = "".join(spoken_reference("NV")[3:] for _ in range(200)).replace("-", "")
    assert not set(letters) & set("01AEILOU")


@pytest.mark.parametrize("typed", ["NV-3XX-2BV", "NV3XX2BV", " NV 3XX 2BV", "nv 3xx 2bv", "nv–3xx–2bv.", "Nv-3xx2bv"])
def test_a_spoken_reference_is_known_however_it_is_typed(typed: str) -> None:
    assert typed_reference(typed) == "NV-3XX-2BV"


@given(st.text())
def test_what_is_no_reference_becomes_none(text: str) -> None:
    assert typed_reference(typed_reference(text)) == typed_reference(text)
