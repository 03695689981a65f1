"""What is sealed opens only with the same secret, in the same place."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from hub import sealing
from hub.sealing import BrokenSeal


@given(some.binary(max_size=200), some.text(min_size=1, max_size=40))
def test_what_was_sealed_opens_again(secret: bytes, place: str) -> None:
    sealed = sealing.seal(secret, belongs_to=place)
    assert sealing.unseal(sealed, belongs_to=place) == secret
    assert len(secret) < 8 or secret not in sealed


def test_copied_to_another_row_or_changed_it_does_not_open() -> None:
    sealed = sealing.seal(b"whsec_invented", belongs_to="system_key|1")
    with pytest.raises(BrokenSeal):
        sealing.unseal(sealed, belongs_to="system_key|2")
    with pytest.raises(BrokenSeal):
        sealing.unseal(sealed[:-1] + bytes([sealed[-1] ^ 1]), belongs_to="system_key|1")
