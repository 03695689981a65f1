"""Names of things: 128 random bits inside, 26 letters in addresses, a short reference for people to say.

An address never holds a number that could be counted up or down (OWASP ASVS 5.0, 8.2.2): a reference that can be
spoken over the phone is for people and for the search box, and never opens a page by itself.
"""

import secrets
from typing import NewType
from uuid import UUID

from hub.errors import NotFound

AgencyId = NewType("AgencyId", UUID)
WorkerId = NewType("WorkerId", UUID)
PersonId = NewType("PersonId", UUID)
FamilyId = NewType("FamilyId", UUID)
CaseId = NewType("CaseId", UUID)
ReferralId = NewType("ReferralId", UUID)

# Crockford's base 32: no I, L, O or U, so that nothing is misread or spells a word.
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
REF_LENGTH = 26  # 128 bits at five bits a letter
SPOKEN_LETTERS = "23456789BCDFGHJKMNPQRSTVWXYZ"


NOWHERE = UUID(int=0)
"""An identity that nothing has."""


def new_id() -> UUID:
    """A fresh identity: 128 bits from the system's random source."""
    return UUID(bytes=secrets.token_bytes(16))


def ref(identity: UUID) -> str:
    """The identity as it stands in an address: 26 lower-case letters and digits."""
    number = identity.int
    letters = []
    for _ in range(REF_LENGTH):
        number, digit = divmod(number, 32)
        letters.append(ALPHABET[digit])
    return "".join(reversed(letters))


def from_ref(text: str) -> UUID:
    """The identity that an address names. Raises NotFound for anything that no address of ours could hold."""
    if len(text) != REF_LENGTH:
        raise NotFound
    number = 0
    for letter in text:
        digit = ALPHABET.find(letter)
        if digit < 0:
            raise NotFound
        number = number * 32 + digit
    if number >= 1 << 128:
        raise NotFound
    return UUID(int=number)


def spoken_reference(prefix: str) -> str:
    """A short reference to say aloud, such as `NV-7KQ-2MX`: 28⁶, about 480 million, of them for each prefix."""
    letters = [secrets.choice(SPOKEN_LETTERS) for _ in range(6)]
    return f"{prefix}-{''.join(letters[:3])}-{''.join(letters[3:])}"


def typed_reference(text: str) -> str:
    """A spoken reference as it is kept, however somebody typed it: `nv 7kq 2mx` and `NV7KQ2MX` are `NV-7KQ-2MX`."""
    letters = "".join(letter for letter in text.upper() if letter.isalnum())
    return f"{letters[:-6]}-{letters[-6:-3]}-{letters[-3:]}" if len(letters) > 6 else letters
