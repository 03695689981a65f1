"""Numbers that can belong to nobody: the ranges set aside for tests and drama."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from hub.people.identifiers import POLICE_LETTERS, UPN_LETTERS


def _nhs_numbers() -> Iterator[str]:
    """999 000 0100 and on, with the right check digit. The first hundred are left to examples and tests."""
    for serial in range(10, 1000):
        body = f"999000{serial:03}"
        check = 11 - sum(int(digit) * weight for digit, weight in zip(body, range(10, 1, -1), strict=True)) % 11
        if check != 10:
            yield f"{body}{check % 11}"


def _upns() -> Iterator[str]:
    """Pupils of the authority 999, which there is none of."""
    for serial in range(100, 1000):
        rest = f"999000126{serial:03}"
        total = sum(int(digit) * weight for digit, weight in zip(rest, range(2, 14), strict=True))
        yield UPN_LETTERS[total % 23] + rest


def _pncs() -> Iterator[str]:
    for serial in range(9999910, 10000000):
        yield f"2019/{serial}{POLICE_LETTERS[int(f'19{serial}') % 23]}"


def _counted(form: str, first: int, last: int) -> Iterator[str]:
    return (form.format(number) for number in range(first, last + 1))


@dataclass
class Numbers:
    """A supply of numbers, each given once and always in the same order."""

    _supplies: dict[str, Iterator[str]] = field(
        default_factory=lambda: {
            "nhs-number": _nhs_numbers(),
            "upn": _upns(),
            "pnc": _pncs(),
            "crn": _counted("X{}", 999910, 999999),
            "la-social-care-id": _counted("NV{}", 710001, 719999),
            "phone": _counted("07700 900{}", 200, 999),
        }
    )

    def next(self, system: str) -> str:
        return next(self._supplies[system])
