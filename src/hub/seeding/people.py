"""The people of a family as the fixtures tell of them: ages that stay as they are, numbers that are nobody's."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from hub.people.changes import PersonIn
from hub.people.identifiers import check
from hub.people.rules import PartialDate
from hub.seeding.days import Days, pick
from hub.seeding.numbers import Numbers

ADULT = 18
YEAR, MONTH = 365.25, 30.44
SEX = {"m": "1", "f": "2", "?": "0"}
SHORT = {"nhs": "nhs-number", "la": "la-social-care-id"}


@dataclass(frozen=True)
class Someone:
    """Somebody of a family. `born` is written as an agency would write it: `1989`, `1989-05` or `1989-05-14`."""

    key: str
    given: str
    surname: str
    born: str
    sex: str
    roles: tuple[str, ...]
    numbers: Mapping[str, str] = field(default_factory=dict)
    phone: str = ""
    contact: str = ""
    alert: str = ""
    school: str = ""
    ethnicity: str = ""
    languages: tuple[str, ...] = ()
    interpreter: bool = False
    alias: str = ""

    def told(self, today: date) -> PersonIn:
        """As somebody at a desk would enter them."""
        return PersonIn(
            given_names=self.given.split(),
            family_name=self.surname,
            born=PartialDate.read(self.born),
            sex=self.sex,
            ethnicity_scheme="ethnicity-ons-2021" if self.ethnicity else "",
            ethnicity=self.ethnicity,
            languages=self.languages,
            interpreter=self.interpreter,
            phone=self.phone,
            contact_note=self.contact,
            school=self.school,
            alert=self.alert,
            identifiers=[(value, check(system, value, today=today)) for system, value in self.numbers.items()],
            also_known_as=[(self.alias.split()[:-1], self.alias.split()[-1])] if self.alias else [],
        )


def someone(key: str, row: Mapping[str, Any], family: str, days: Days, numbers: Numbers) -> Someone:
    """Reads one person. `aged` is `34`, `7y 3m`, `11w`, or `due 9w` for a child who is not born yet."""
    surname = row.get("surname", family)
    born = _born(str(row["aged"]), row.get("known_to", "day"), f"{family} {row.get('twin', key)}", days.today)
    unborn = born > days.today.isoformat()
    adult = not unborn and days.today.year - int(born[:4]) >= ADULT
    systems = row.get("numbers", "" if unborn else "nhs").split()
    return Someone(
        key=key, given=row["given"], surname=surname, born=born, sex=SEX[row.get("sex", "?")],
        roles=tuple(row.get("part", "subject" if not adult else "parent").split()),
        numbers={SHORT.get(name, name): numbers.next(SHORT.get(name, name)) for name in systems},
        phone=numbers.next("phone") if adult and row.get("phone", True) else "",
        contact=row.get("contact", ""), alert=row.get("alert", ""), school=row.get("school", ""),
        ethnicity=row.get("ethnicity", ""), languages=tuple(row.get("languages", "").split()),
        interpreter=row.get("interpreter", False), alias=row.get("alias", ""),
    )  # fmt: skip


def _born(aged: str, known_to: str, key: str, today: date) -> str:
    if due := re.fullmatch(r"due (\d+)w", aged):
        return (today + timedelta(weeks=int(due[1]))).isoformat()
    parts = {unit: int(count) for count, unit in re.findall(r"(\d+)([ymw])", f"{aged}y" if aged.isdigit() else aged)}
    # An age in whole years hides the months since the birthday; they are always the same ones.
    since = pick(key, 300) + 20 if set(parts) == {"y"} else pick(key, 25)
    days = (
        parts.get("y", 0) * YEAR
        + parts.get("m", 0) * MONTH
        + parts.get("w", 0) * 7
        + (since if "w" not in parts else 2)
    )
    born = (today - timedelta(days=int(days) + 1)).isoformat()
    return {"day": born, "month": born[:7], "year": born[:4]}[known_to]


@dataclass(frozen=True)
class Home:
    """Where some of them live. `since` counts days back; one that came later is moved into when it came."""

    lines: tuple[str, ...]
    postcode: str
    who: tuple[str, ...]
    since: int
    hidden: tuple[str, ...] = ()


def home(row: Mapping[str, Any]) -> Home:
    return Home(
        lines=tuple(line.strip() for line in row["at"].split(",")),
        postcode=row["postcode"],
        who=tuple(row["who"].split()),
        since=row.get("since", 1500),
        hidden=tuple(row.get("hidden", "").split()),
    )


def homes_then(homes: Iterable[Home], ago: int, names: Collection[str]) -> list[Home]:
    """Where these people lived so many days ago: a home that somebody moved to since is not theirs yet."""
    then = [home for home in homes if home.since >= ago]
    moved = {(one, old.lines) for new in then for one in new.who for old in then if old.since > new.since}
    lived = [
        replace(home, who=tuple(one for one in home.who if one in names and (one, home.lines) not in moved))
        for home in then
    ]
    return [home for home in lived if home.who]


@dataclass(frozen=True)
class Bond:
    """What one is to another: `mina parent omar` makes Mina the parent of Omar."""

    one: str
    kind: str
    other: str
    responsible: bool


def bonds(lines: list[str]) -> list[Bond]:
    """Reads ties: `one kind other other…`. A parent has parental responsibility unless the line ends with `(none)`."""
    found = []
    for line in lines:
        one, kind, *others = line.removesuffix("(none)").split()
        responsible = kind in ("parent", "parentOfUnbornChild") and not line.endswith("(none)")
        found += [Bond(one, kind, other, responsible) for other in others]
    return found
