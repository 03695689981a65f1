"""Code lists that several agencies share, with the words that a person reads; read once from `vocabularies.json`.

A code that is not in its list is never refused: it is shown as it came and marked as unknown.
"""

import calendar
import json
from functools import lru_cache
from pathlib import Path

LISTS = Path(__file__).parent / "vocabularies.json"
DAYS_AND_MONTHS = {*calendar.day_name, *calendar.month_name}


@lru_cache(maxsize=1)
def _lists() -> dict[str, dict[str, str]]:
    return json.loads(LISTS.read_text(encoding="utf-8"))


def codes(scheme: str) -> dict[str, str]:
    """Code to words, in the list's own order; empty for a scheme we do not know."""
    return _lists().get(scheme, {})


def label(scheme: str, code: str) -> str:
    """The words for a code, or the code itself, marked, when the list does not hold it."""
    return codes(scheme).get(code) or f"{code} (not in our list {scheme})"


def is_known(scheme: str, code: str) -> bool:
    return code in codes(scheme)


def lower_first(words: str) -> str:
    """Words for the middle of a sentence. The names of days and months, and what is written in capitals, keep theirs."""
    if words[1:2].isupper() or words.partition(" ")[0] in DAYS_AND_MONTHS:
        return words
    return words[:1].lower() + words[1:]


def upper_first(words: str) -> str:
    """Words for the beginning of a sentence; all after the first letter stays as it is."""
    return words[:1].upper() + words[1:]
