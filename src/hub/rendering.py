"""Turning what a page knows into HTML: the Jinja environment, its words for time, and one function to show a page."""

import hashlib
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, PackageLoader, PrefixLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse

from hub import clock, times, vocabulary
from hub.config import HOME, settings
from hub.ids import ref
from hub.london import london

STATIC = HOME / "web" / "static"


@lru_cache(maxsize=256)
def static_url(path: str) -> str:
    """The address of a file under web/static, changing with its content so that it may be cached for ever."""
    file = STATIC / path
    version = hashlib.sha256(file.read_bytes()).hexdigest()[:10] if file.is_file() else "missing"
    return f"/static/{path}?v={version}"


_rendered_at: ContextVar[datetime] = ContextVar("rendered_at")
"""The moment of the page that is being rendered: one for the whole page, so that its words agree with one another."""


def _now() -> datetime:
    return _rendered_at.get(clock.now())


def _today() -> date:
    return london(_now()).date()


def _when(moment: datetime | None) -> Markup:
    """`<time>`: words first, the exact moment for those who want it."""
    if moment is None:
        return Markup("")
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        moment.isoformat(), times.exact(moment), times.in_words(moment, _now())
    )


def _left(due: datetime) -> str:
    return times.left(due, _now())


def _day(day: date | None) -> Markup:
    if day is None:
        return Markup("")
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        day.isoformat(), times.day_and_year(day), times.day_in_words(day, _today())
    )


def _due(day: date) -> str:
    return times.due_day(day, _today())


def _age(person: Any) -> str:
    return times.age(person.born_from, person.born_to, _today())


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
        loader=FileSystemLoader(HOME / "web" / "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    env.filters.update(
        when=_when,
        left=_left,
        day=_day,
        due=_due,
        age=_age,
        ref=ref,
        listed=_list,
        exact=times.exact,
        full_day=times.day_and_year,
        words_of=lambda code, scheme: vocabulary.label(scheme, code),
        labels_of=_labels_of,
        clock=lambda moment: f"{london(moment):%H:%M}",
        london=london,
        plural=_plural,
        lower_first=vocabulary.lower_first,
        upper_first=vocabulary.upper_first,
    )
    env.globals.update(static_url=static_url, codes=vocabulary.codes, query=_query, **_govuk_macros())
    return env


GOVUK = {
    "button": "govukButton",
    "checkboxes": "govukCheckboxes",
    "error-summary": "govukErrorSummary",
    "input": "govukInput",
    "radios": "govukRadios",
    "select": "govukSelect",
    "textarea": "govukTextarea",
}


def _govuk_macros() -> dict[str, Any]:
    """GOV.UK's macros as functions. They live in an environment of their own, because they lean on names that are not
    there meaning "no", which our own templates may not."""
    theirs = Environment(
        loader=PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")}),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return {
        macro: getattr(theirs.get_template(f"govuk_frontend_jinja/components/{component}/macro.html").module, macro)
        for component, macro in GOVUK.items()
    }


def is_part(request: Request) -> bool:
    """Whether a part of a page that stands open asks, and not a browser that will show the answer as a page."""
    return "hx-request" in request.headers


def show(
    request: Request, template: str, *, status: int = 200, headers: Mapping[str, str] | None = None, **context: Any
) -> HTMLResponse:
    """A page, or a fragment of one, with what every template may use: the viewer, the moment, a maker of form keys."""
    state, at = request.state, clock.now()
    _rendered_at.set(at)
    known = {
        "request": request,
        "viewer": getattr(state, "viewer", None),
        "waiting": getattr(state, "waiting", 0),
        "partnership": getattr(state, "partnership", None),
        "form_key": getattr(state, "form_key", lambda: ""),
        "at": at,
        "demo": settings().demo,
        "here": request.url.path,
        "section": "",
    }
    html = environment().get_template(template).render({**known, **context})
    return HTMLResponse(html, status_code=status, headers=dict(headers or {}))
