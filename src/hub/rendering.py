"""Turning what a page knows into HTML: the Jinja environment, its words for time, and one function to show a page."""

import hashlib
from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PackageLoader, PrefixLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse

from hub import clock, times, vocabulary
from hub.config import HOME, settings
from hub.ids import ref

STATIC = HOME / "web" / "static"


@lru_cache(maxsize=256)
def static_url(path: str) -> str:
    """The address of a file under web/static, changing with its content so that it may be cached for ever."""
    file = STATIC / path
    version = hashlib.sha256(file.read_bytes()).hexdigest()[:10] if file.is_file() else "missing"
    return f"/static/{path}?v={version}"


def _now(context: Context) -> datetime:
    moment: datetime = context["at"]
    return moment


@pass_context
def _when(context: Context, moment: datetime | None) -> Markup:
    """`<time>`: words first, the exact moment for those who want it."""
    if moment is None:
        return Markup("")
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        moment.isoformat(), times.exact(moment), times.in_words(moment, _now(context))
    )


@pass_context
def _left(context: Context, due: datetime) -> str:
    return times.left(due, _now(context))


@pass_context
def _day(context: Context, day: date | None) -> Markup:
    if day is None:
        return Markup("")
    today = clock.london(_now(context)).date()
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        day.isoformat(), times.day_and_year(day), times.day_in_words(day, today)
    )


@pass_context
def _due(context: Context, day: date) -> str:
    return times.due_day(day, clock.london(_now(context)).date())


@pass_context
def _age(context: Context, person: Any) -> str:
    return times.age(person.born_from, person.born_to, clock.london(_now(context)).date())


def _list(items: Any) -> str:
    """`a, b and c`."""
    words = [str(item) for item in items]
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def _query(current: Mapping[str, Any], **changes: Any) -> str:
    """The query of the current page with some answers changed; an answer of nothing is left out."""
    merged = {**current, **changes}
    return "?" + urlencode({name: value for name, value in merged.items() if value not in (None, "", [])}, doseq=True)


def _labels_of(text: str, named: Any) -> str:
    """The names of the people whom a referral calls p1, p2…"""
    names = {row.label: " ".join([*row.told["name"].get("given", []), row.told["name"]["family"]]) for row in named}
    return ", ".join(names.get(label.strip(), label.strip()) for label in text.split(","))


def _plural(count: int, one: str, many: str = "") -> str:
    return f"{count:,} {one if count == 1 else many or one + 's'}"


@lru_cache(maxsize=1)
def environment() -> Environment:
    """The one Jinja environment: everything is escaped, and a name that is not there is an error, not a blank."""
    env = Environment(
        loader=ChoiceLoader(
            [
                FileSystemLoader(HOME / "web" / "templates"),
                PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")}),
            ]
        ),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=_LenientForGovuk,
    )
    env.filters.update(
        when=_when, left=_left, day=_day, due=_due, age=_age, ref=ref, listed=_list, exact=times.exact,
        full_day=times.day_and_year, words_of=lambda code, scheme: vocabulary.label(scheme, code), labels_of=_labels_of, clock=lambda moment: f"{clock.london(moment):%H:%M}",
        london=clock.london, plural=_plural,
    )  # fmt: skip
    env.globals.update(static_url=static_url, codes=vocabulary.codes, query=_query, span=times.span)
    return env


class _LenientForGovuk(StrictUndefined):
    """Strict for our own templates; the GOV.UK macros ask for parameters that were not given, and mean "no".

    They only ever test, default or loop over an absent parameter of a dict, which StrictUndefined also forbids.
    A plain variable that is missing in one of our templates still raises.
    """

    __slots__ = ()

    def _is_parameter(self) -> bool:
        return isinstance(self._undefined_obj, dict)

    def __bool__(self) -> bool:
        if self._is_parameter():
            return False
        return bool(super().__bool__())

    def __str__(self) -> str:
        if self._is_parameter():
            return ""
        return super().__str__()

    def __iter__(self) -> Any:
        if self._is_parameter():
            return iter(())
        return super().__iter__()

    def __eq__(self, other: object) -> bool:
        return self._is_parameter() and isinstance(other, type(self))

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return id(type(self))


def show(request: Request, template: str, *, status: int = 200, headers: Mapping[str, str] | None = None, **context: Any) -> HTMLResponse:
    """A page, or a fragment of one, with what every template may use: the viewer, the moment, a maker of form keys."""
    state = request.state
    known = {
        "request": request,
        "viewer": getattr(state, "viewer", None),
        "waiting": getattr(state, "waiting", 0),
        "partnership": getattr(state, "partnership", None),
        "form_key": getattr(state, "form_key", lambda: ""),
        "at": clock.now(),
        "demo": settings().demo,
        "here": request.url.path,
        "section": "",
    }
    html = environment().get_template(template).render({**known, **context})
    return HTMLResponse(html, status_code=status, headers=dict(headers or {}))
