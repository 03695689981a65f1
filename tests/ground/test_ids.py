"""Addresses name things without telling anything about them."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import NotFound
from hub.ids import from_ref, ref, spoken_reference


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
