"""The numbers that agencies give to people: their canonical form, and whether their check holds.

An identifier that fails its check is kept, marked unverified, and never used to link records by itself: the official
NHS examples themselves hold invalid numbers.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

UPN_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"
POLICE_LETTERS = "ZABCDEFGHJKLMNPQRTUVWXY"
BLANKS = re.compile(r"[\s-]+")


@dataclass(frozen=True)
class Checked:
    """An identifier in the form that is compared, and whether it can be a real one."""

    system: str
    canonical: str
    valid: bool


def check(system: str, value: str, *, today: date) -> Checked:
    """Reads an identifier of a known system; of an unknown one, keeps it as it is, unverified."""
    reader = READERS.get(system)
    if reader is None:
        return Checked(system, value.strip(), False)
    canonical = reader(value.strip().upper(), today)
    return Checked(system, canonical, True) if canonical else Checked(system, BLANKS.sub("", value.upper()), False)


LINKING = frozenset({"nhs-number", "upn", "pnc", "cro", "crn", "prison-number"})
"""Systems whose valid numbers name one person in the whole country."""


def _nhs_number(text: str, today: date) -> str:
    """Ten digits, modulus 11; a check value of 10 is never issued, and repeated digits are nobody's."""
    digits = BLANKS.sub("", text)
    if not re.fullmatch(r"[0-9]{10}", digits) or len(set(digits)) == 1:
        return ""
    remainder = 11 - sum(int(digit) * weight for digit, weight in zip(digits, range(10, 1, -1), strict=False)) % 11
    # Synthetic numbers (999...) are allowed: they are the only ones that tests and demonstrations may hold.
    return digits if remainder % 11 == int(digits[9]) and remainder != 10 else ""


def _upn(text: str, today: date) -> str:
    """A check letter over twelve characters, weights 2 to 13, modulus 23; a temporary UPN ends with a letter."""
    number = BLANKS.sub("", text)
    if not re.fullmatch(r"[A-HJ-NP-RT-Z][0-9]{11}[0-9A-HJ-NP-RT-Z]", number):
        return ""
    values = [int(sign) if sign.isdigit() else UPN_LETTERS.index(sign) for sign in number[1:]]
    total = sum(value * weight for value, weight in zip(values, range(2, 14), strict=True))
    return number if UPN_LETTERS[total % 23] == number[0] else ""


def _police_letter(year: str, serial: str) -> str:
    return POLICE_LETTERS[int(year + serial) % 23]


def _pnc(text: str, today: date) -> str:
    """`YYYY/NNNNNNND`, or with a short year and without leading zeros; only the short year is in the check."""
    match = (
        re.fullmatch(r"([0-9]{4}|[0-9]{2})/([0-9]{1,7})([A-Z])", text)
        or re.fullmatch(r"([0-9]{4})([0-9]{7})([A-Z])", text)
        or re.fullmatch(r"([0-9]{2})([0-9]{1,7})([A-Z])", text)
    )
    if match is None:
        return ""
    year, serial, letter = match.groups()
    short, serial = year[-2:], serial.zfill(7)
    if len(year) == 2:
        year = ("20" if int(short) <= today.year % 100 else "19") + short
    return f"{year}/{serial}{letter}" if _police_letter(short, serial) == letter else ""


def _cro(text: str, today: date) -> str:
    """`NNNNNN/YYD`, or `SFYY/N…D`, in which the serial is not padded."""
    if standard := re.fullmatch(r"([0-9]{1,6})/([0-9]{2})([A-Z])", text):
        serial, year, letter = standard.groups()
        serial = serial.zfill(6)
        return f"{serial}/{year}{letter}" if _police_letter(year, serial) == letter else ""
    if on_file := re.fullmatch(r"SF([0-9]{2})/([0-9]{1,6})([A-Z])", text):
        year, serial, letter = on_file.groups()
        return f"SF{year}/{serial}{letter}" if _police_letter(year, serial) == letter else ""
    return ""


def _of_form(pattern: str) -> Callable[[str, date], str]:
    form = re.compile(pattern, re.ASCII)

    def read(text: str, today: date) -> str:
        number = BLANKS.sub("", text)
        return number if form.fullmatch(number) else ""

    return read


READERS: dict[str, Callable[[str, date], str]] = {
    "nhs-number": _nhs_number,
    "upn": _upn,
    "pnc": _pnc,
    "cro": _cro,
    "crn": _of_form(r"[A-Z]{1,2}[0-9]{6}"),
    "prison-number": _of_form(r"[A-Z][0-9]{4}[A-Z]{2}"),
    "nino": _of_form(
        r"(?!BG|GB|KN|NK|NT|TN|ZZ|OO|CR|FY|MW|NC|PP|PY|PZ)[ABCEGHJ-PRSTW-Z][ABCEGHJ-NPRSTW-Z][0-9]{6}[A-D]"
    ),
    "la-social-care-id": _of_form(r"[A-Z0-9]{1,20}"),
    "driver-number": _of_form(
        r"(?=.{16}$)[A-Z]{1,5}9{0,4}[0-9](?:0[1-9]|1[0-2]|5[1-9]|6[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9][A-Z9]{2}"
        r"[0-9A-Z][A-Z]{2}"
    ),
}

POSTCODE = re.compile(
    r"GIR 0AA|ZZ99 [0-9][A-Z]{2}|(?:[A-PR-UWYZ][0-9]{1,2}|[A-PR-UWYZ][A-HK-Y][0-9]{1,2}|[A-PR-UWYZ][0-9][A-HJKPSTUW]"
    r"|[A-PR-UWYZ][A-HK-Y][0-9][ABEHMNPRVWXY]|NPT|W1[VRYMXN]) [0-9][ABD-HJLNP-UW-Z]{2}",
    re.ASCII,
)
NO_FIXED_ABODE = frozenset({"ZZ99 3VZ", "ZZ99 3WZ", "ZZ99 3CZ"})
"""Postcodes that say that there is no address to share."""


def postcode(text: str) -> str:
    """A postcode in capitals with one space, or nothing when it is none."""
    packed = re.sub(r"\s+", "", text).upper()
    spaced = f"{packed[:-3]} {packed[-3:]}"
    return spaced if POSTCODE.fullmatch(spaced) else ""


def displayed(system: str, canonical: str) -> str:
    """An identifier as people read it: an NHS number in threes and four; a driver number masked."""
    if system == "nhs-number" and len(canonical) == 10:
        return f"{canonical[:3]} {canonical[3:6]} {canonical[6:]}"
    if system == "driver-number":
        return canonical[:5] + "…"  # the rest tells birth date and sex
    return canonical
