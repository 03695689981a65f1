"""Words that refuse and say nothing: “data protection” in any spelling, and reasons that are only filler."""

import re
import unicodedata
from enum import StrEnum
from pathlib import Path

from rapidfuzz.distance import OSA

LIST = Path(__file__).parent / "filler.txt"
FILLER = frozenset(LIST.read_text(encoding="utf-8").split())
_PHRASES = (
    r"data\s*privacy",
    r"privacy\s*(law|act|rules?|reasons?|policy)?",
    r"information\s*governance",
    r"(patient|client|service\s*user)?\s*confidential(ity)?",
    r"\bdpo\b",
    r"\bico\b",
    r"\big\b",
)
_MEANING = 3
"""So many words beyond “data protection” and the words around it begin to say something about this request."""


class Emptiness(StrEnum):
    """Why a reason says nothing."""

    data_protection = "data-protection"
    no_words = "no-words"


def emptiness(reason: str) -> Emptiness | None:
    """Whether a reason is no more than “data protection” in any spelling, or no more than filler; None when it speaks.

    It looks at the words, not at the code chosen beside them: the same words are refused under every code.
    """
    words = _words(reason)
    text, named = " ".join(words), False
    for phrase in _PHRASES:
        text, count = re.subn(phrase, " ", text)
        named = named or bool(count)
    rest = []
    words = text.split()
    place = 0
    while place < len(words):
        length = _names_it(words, place)
        if length:
            named, place = True, place + length
            continue
        if words[place] not in FILLER and not words[place].isdigit():
            rest.append(words[place])
        place += 1
    if named:
        return Emptiness.data_protection if len(set(rest)) < _MEANING else None
    return Emptiness.no_words if not rest else None


def _words(text: str) -> list[str]:
    """Lower-case words without accents, hidden characters or points; letters that stand alone are joined."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(letter for letter in plain if unicodedata.category(letter) not in ("Mn", "Cf"))
    plain = re.sub(r"(?<=[a-z])0(?=[a-z])", "o", plain)
    plain = re.sub(r"['’‘`]", "", plain)
    plain = re.sub(r"(?<![a-z])((?:[a-z][\W_]+){2,}[a-z])(?![a-z])", lambda m: re.sub(r"[\W_]", "", m[1]), plain)
    return re.findall(r"[a-z]+|\d+", plain)


def _names_it(words: list[str], place: int) -> int:
    """How many words from here name data protection: GDPR, DPA, data protection, and their slips of the pen."""
    word = words[place]
    stem = word.removeprefix("uk").removeprefix("eu")
    if sorted(stem) == ["d", "g", "p", "r"] or (len(stem) in (3, 4, 5) and OSA.distance(stem, "gdpr") <= 1):
        return 1
    if word in ("dpa", "dp", "gdp") or stem == "dpa":
        return 1
    if len(word) > 10 and OSA.distance(word, "dataprotection") <= 3:
        return 1
    following = words[place + 1] if place + 1 < len(words) else ""
    if OSA.distance(word, "data") <= 1 and len(following) > 5 and OSA.distance(following[:10], "protection") <= 3:
        return 2
    return 0
