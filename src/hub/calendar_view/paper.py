"""Paper: rows in which nothing lies over anything else, and words cut to their room. Pure."""

PAD = 4.0
"""The least room around words."""


class Tracks:
    """Rows of a lane: what is put in gets the first row in which it touches nothing that is already there."""

    def __init__(self, gap: float = 0) -> None:
        self._gap = gap
        self._rows: list[list[tuple[float, float]]] = []

    def __len__(self) -> int:
        return len(self._rows)

    def put(self, *extents: tuple[float, float]) -> int:
        """The row for something that covers these stretches from left to right."""
        for number, row in enumerate(self._rows):
            if all(
                right + self._gap <= taken[0] or taken[1] + self._gap <= left
                for left, right in extents
                for taken in row
            ):
                row.extend(extents)
                return number
        self._rows.append(list(extents))
        return len(self._rows) - 1


NARROW, WIDE = frozenset("iljtfrI.,:;'’|!() 1–-"), frozenset("mwMW@—⚠★")


def width_of(text: str, size: float = 13) -> float:
    """About how wide a line of text is in our typeface: rather too wide than too narrow."""
    return size * sum(
        0.34 if one in NARROW else 0.92 if one in WIDE else 0.7 if one.isupper() else 0.57 for one in text
    )


def fit(text: str, width: float, size: float = 13) -> str:
    """The text, cut with `…` where it is wider than this."""
    if width_of(text, size) <= width:
        return text
    while text and width_of(text + "…", size) > width:
        text = text[:-1]
    return text.rstrip() + "…" if text else ""


def wrap(text: str, width: float, lines: int, size: float = 13) -> tuple[str, ...]:
    """The text in so many lines at most, broken between words; the last is cut."""
    found: list[str] = []
    words = text.split()
    while words and len(found) < lines:
        line = words.pop(0)
        while words and len(found) < lines - 1 and width_of(f"{line} {words[0]}", size) <= width:
            line = f"{line} {words.pop(0)}"
        if len(found) == lines - 1:
            line = " ".join([line, *words])
        found.append(fit(line, width, size))
    return tuple(found)
