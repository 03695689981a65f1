"""Making what agencies send comparable: names without accents, case or punctuation, numbers in canonical form."""

import re
import unicodedata
from dataclasses import dataclass, field

from hub.people.rules import PartialDate

# Letters that no decomposition turns into plain ones.
PLAIN = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ß": "ss", "æ": "ae", "œ": "oe", "ı": "i"})


def name_key(name: str) -> str:
    """A name to compare and to sort by: `O’Brien-Łuczak` and `obrien luczak` are the same."""
    folded = unicodedata.normalize("NFKD", name.casefold()).casefold().translate(PLAIN)
    bare = "".join(letter for letter in folded if not unicodedata.combining(letter))
    return " ".join(re.sub(r"[\W_]+", " ", re.sub(r"['’`´]", "", bare)).split())


@dataclass(frozen=True)
class Likeness:
    """What is compared when we ask whether two records are one person."""

    given: str = ""
    family: str = ""
    born: PartialDate = field(default_factory=PartialDate)
    sex: str = "0"
    postcodes: frozenset[str] = frozenset()
    numbers: frozenset[tuple[str, str]] = frozenset()
    """Valid identifiers of linking systems, as (system, canonical form)."""
    also_known_as: frozenset[tuple[str, str]] = frozenset()
    """Other names, as (given, family) keys."""
