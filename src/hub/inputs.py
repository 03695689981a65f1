"""What may be typed: a strict form reader, and the kinds of text a form may hold."""

import re
import unicodedata
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time
from email.parser import BytesParser
from email.policy import HTTP
from typing import Annotated, Any, Generic, TypeVar
from urllib.parse import unquote_to_bytes
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request

from hub.errors import HubError, NotFound, Refused
from hub.ids import from_ref
from hub.london import from_london
from hub.strict_json import CONTROL, SURROGATE

MAX_FORM_FIELDS = 400

# Overrides and isolates that make a line read differently from what it holds.
BIDI = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
ZERO_WIDTH = re.compile(r"[\u200b\u2060\ufeff]")
STACKED_MARKS = 5


def _clean(text: Any) -> Any:
    if not isinstance(text, str):
        return text
    text = unicodedata.normalize("NFC", text).replace("\r\n", "\n").strip()
    if CONTROL.search(text) or SURROGATE.search(text):
        raise ValueError("Remove the characters that cannot be shown")
    run = 0
    for letter in text:
        run = run + 1 if unicodedata.combining(letter) else 0
        if run >= STACKED_MARKS:
            raise ValueError("Remove the stacked accents")
    return text


def _one_line(text: Any) -> Any:
    text = _clean(text)
    if isinstance(text, str):
        if "\n" in text:
            raise ValueError("Keep this on one line")
        if BIDI.search(text) or ZERO_WIDTH.search(text):
            raise ValueError("Remove the hidden characters")
    return text


def _empty_is_absent(value: Any) -> Any:
    return None if isinstance(value, str) and not value.strip() else value


class Unsaid(ValueError):
    """An answer that says nothing, or a choice that names nothing: the field's own words say what is asked."""


def _day(value: Any) -> Any:
    """`2026-03-09`, as a browser sends it, or `9/3/2026`, as people type it."""
    if isinstance(value, str):
        if not value.strip():
            raise Unsaid("Enter a date, such as 27/3/2026")
        typed = re.fullmatch(r"\s*(\d{1,2})[/. -](\d{1,2})[/. -](\d{4})\s*", value)
        plain = re.fullmatch(r"\s*(\d{4})-(\d{2})-(\d{2})\s*", value)
        parts = (typed[3], typed[2], typed[1]) if typed else plain.groups() if plain else ()
        if not parts:
            raise ValueError("Enter a real date, such as 27/3/2026")
        try:
            return date(*(int(part) for part in parts))
        except ValueError:
            raise ValueError("Enter a real date, such as 27/3/2026") from None
    return value


def _sensible_day(value: date) -> date:
    if not 1900 <= value.year <= 2100:
        raise ValueError("Enter a year between 1900 and 2100")
    return value


def _time(value: Any) -> Any:
    if isinstance(value, str):
        if not value.strip():
            raise Unsaid("Enter a time, such as 10:30")
        typed = re.fullmatch(r"\s*(\d{1,2})[:.](\d{2})(?::\d{2})?\s*(am|pm)?\s*", value, re.IGNORECASE)
        if not typed:
            raise ValueError("Enter a time, such as 10:30")
        hour, minute = int(typed[1]), int(typed[2])
        if typed[3]:
            hour = hour % 12 + (12 if typed[3].lower() == "pm" else 0)
        try:
            return time(hour, minute)
        except ValueError:
            raise ValueError("Enter a time, such as 10:30") from None
    return value


def _number(value: Any) -> Any:
    if isinstance(value, str):
        if not re.fullmatch(r"\s*-?\d{1,9}(\.\d{1,4})?\s*", value, re.ASCII):
            raise ValueError("Enter a number, such as 12 or 7.5")
        return float(value)
    return value


def _known(value: Any) -> Any:
    """The identity that a hidden or chosen field names."""
    if isinstance(value, str):
        try:
            return from_ref(value)
        except NotFound:
            raise Unsaid("Choose one from the list") from None
    return value


Line = Annotated[str, BeforeValidator(_one_line)]
"""One line: no line breaks, no hidden or reversing characters."""
Words = Annotated[str, BeforeValidator(_clean)]
"""Plain text of several lines, in Unicode NFC."""
Day = Annotated[date, AfterValidator(_sensible_day), BeforeValidator(_day)]
TimeOfDay = Annotated[time, BeforeValidator(_time)]
Number = Annotated[float, BeforeValidator(_number)]
Known = Annotated[UUID, BeforeValidator(_known)]
"""The identity of something offered on the page."""


def _digits(value: Any) -> Any:
    if isinstance(value, str) and not re.fullmatch(r"[0-9]{1,18}", value, re.ASCII):
        raise ValueError("a number")
    return value


PageNumber = Annotated[int, BeforeValidator(_digits), Field(ge=1, le=10_000)]
"""A page of a list, in an address: plain digits (pydantic would read `1_0` as ten)."""
EventNumber = Annotated[int, BeforeValidator(_digits), Field(ge=1, lt=1 << 62)]
"""A place in the ledger, in an address."""
Milliseconds = Annotated[int, BeforeValidator(_digits), Field(ge=0, lt=1 << 40)]
"""A span of time in an address, up to a generation."""
Maybe = BeforeValidator(_empty_is_absent)
"""Put into an Annotated optional type: an empty field is no answer. Bounds belong inside, to the type of the answer."""


def ask(words: str, *, longest: int = 200, shortest: int = 1, **more: Any) -> Any:
    """A form field that must be answered; `words` is what the page says when it is not ("Enter …", "Choose …")."""
    return Field(title=words, min_length=shortest, max_length=longest, **more)


class FormIn(BaseModel):
    """What a form may hold: nothing that was not asked for, nothing converted in silence."""

    model_config = ConfigDict(extra="forbid", frozen=True)


# --- Forms ------------------------------------------------------------------------------------------------------

Form = TypeVar("Form", bound=FormIn)


@dataclass(frozen=True)
class Problem:
    """One thing to mend: the field's name (empty for the whole form) and a sentence that says what to do."""

    field: str
    sentence: str


@dataclass
class Filled(Generic[Form]):
    """A form as it was sent: what was typed is kept whatever is wrong with it."""

    typed: dict[str, list[str]] = field(default_factory=dict)
    value: Form | None = None
    problems: list[Problem] = field(default_factory=list)

    def one(self, name: str, otherwise: str = "") -> str:
        """What was typed into a field."""
        return (self.typed.get(name) or [otherwise])[0]

    def many(self, name: str) -> list[str]:
        """What was chosen in a field that takes several."""
        return self.typed.get(name, [])

    def problem(self, name: str) -> str:
        """The sentence to show beside a field, or nothing."""
        return next((problem.sentence for problem in self.problems if problem.field == name), "")

    @asynccontextmanager
    async def refusals(self, session: AsyncSession) -> Any:
        """Turns a rule's refusal inside the block into a problem beside its field, and undoes what was written."""
        try:
            async with session.begin_nested():
                yield
        except Refused as refusal:
            self.problems.append(Problem(refusal.field, refusal.sentence))


def decode_form(body: bytes) -> dict[str, list[str]]:
    """The fields of an urlencoded body. Raises Refused for bytes that are not UTF-8 or too many fields."""
    fields: dict[str, list[str]] = {}
    pairs = [pair for pair in body.split(b"&") if pair]
    if len(pairs) > MAX_FORM_FIELDS:
        raise Refused("The form has too many fields.")
    for pair in pairs:
        name, _, value = pair.partition(b"=")
        try:
            key = unquote_to_bytes(name.replace(b"+", b" ")).decode("utf-8")
            fields.setdefault(key, []).append(unquote_to_bytes(value.replace(b"+", b" ")).decode("utf-8"))
        except UnicodeDecodeError:
            raise Refused("The form holds bytes that are not text.") from None
    if any("\x00" in text for values in fields.values() for text in values):
        raise Refused("The form holds characters that cannot be shown.")
    return fields


def decode_parts(body: bytes, content_type: str) -> dict[str, list[str]]:
    """The fields of a form that brings a file: the file is a field of text like the others, and its name one more.

    Raises Refused for a file that is not text. The size of the whole is bounded at the door.
    """
    message = BytesParser(policy=HTTP).parsebytes(
        b"Content-Type: " + content_type.encode("latin-1") + b"\r\n\r\n" + body
    )
    parts = list(message.iter_parts()) if message.is_multipart() else []
    if not parts or len(parts) > MAX_FORM_FIELDS:
        raise WrongKind
    fields: dict[str, list[str]] = {}
    for part in parts:
        name, content = part.get_param("name", header="content-disposition"), part.get_payload(decode=True)
        if not isinstance(name, str) or not isinstance(content, bytes):
            raise WrongKind
        try:
            value = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise Refused("The file is not text in UTF-8. Save it as “CSV UTF-8” and try again.") from None
        if "\x00" in value:
            raise Refused("The file holds characters that cannot be shown. Save it as “CSV UTF-8” and try again.")
        fields.setdefault(name, []).append(value)
        if part.get_filename() is not None:
            fields.setdefault(f"{name}_name", []).append((part.get_filename() or "")[:200])
    return fields


async def typed_fields(request: Request) -> dict[str, list[str]]:
    """The fields of the form in a request, read once and kept with it."""
    if not hasattr(request.state, "typed"):
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        body = await request.body()
        if body and kind == "multipart/form-data":
            request.state.typed = decode_parts(body, request.headers["content-type"])
        elif body and kind != "application/x-www-form-urlencoded":
            raise WrongKind
        else:
            request.state.typed = decode_form(body)
    return request.state.typed


class WrongKind(HubError):
    """A form that came as something other than a form."""

    status = 415
    code = "media-type"
    title = "Send this as a form"


async def fill(request: Request, form: type[Form]) -> Filled[Form]:
    """The form in a request: its value when everything is right, else the problems and what was typed.

    Fields that begin with an underscore belong to the machinery (`_key`, `_from`) and are not the form's.
    """
    typed = {name: values for name, values in (await typed_fields(request)).items() if not name.startswith("_")}
    filled: Filled[Form] = Filled(typed=typed)
    plural = {name for name, asked in form.model_fields.items() if _takes_several(asked.annotation)}
    given: dict[str, Any] = {}
    for name, values in typed.items():
        if name in plural:
            given[name] = values
        elif len(values) > 1:
            filled.problems.append(Problem(name, "Give one answer here"))
        else:
            given[name] = values[0]
    try:
        value = form.model_validate(given)
    except ValidationError as invalid:
        filled.problems += _sentences(form, invalid)
    else:
        filled.value = None if filled.problems else value
    return filled


def _takes_several(annotation: Any) -> bool:
    return getattr(annotation, "__origin__", None) in (list, frozenset, tuple, set)


def _sentences(form: type[FormIn], invalid: ValidationError) -> list[Problem]:
    problems: dict[str, Problem] = {}
    for error in invalid.errors(include_url=False, include_input=False):
        name = str(error["loc"][0]) if error["loc"] else ""
        asked = form.model_fields.get(name)
        title = asked.title if asked and asked.title else "Check this answer"
        limits = error.get("ctx", {})
        match error["type"]:
            case "value_error" if isinstance(limits["error"], Unsaid) and asked and asked.title:
                sentence = title
            case "value_error":
                sentence = str(limits["error"])
            case "string_too_long":
                sentence = f"Use {limits['max_length']:,} characters or fewer"
            # What is cleaned before it is measured is measured as a "Value", not as a string.
            case "too_long" if limits.get("field_type") == "Value":
                sentence = f"Use {limits['max_length']:,} characters or fewer"
            case "string_too_short" if limits["min_length"] > 1:
                sentence = f"{title}: at least {limits['min_length']} characters"
            case "extra_forbidden":
                name, sentence = "", "The form held an answer that was not asked for. Reload the page and try again"
            case _:
                sentence = title
        problems.setdefault(name, Problem(name, sentence))
    return list(problems.values())


def moment_of(day: date, at: time) -> datetime:
    """A day and a wall-clock time in London, as a moment in UTC."""
    return from_london(day, at.hour, at.minute)
