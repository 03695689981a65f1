"""What may come in: each odd body and each odd form is refused with a sentence, or read exactly."""

import json
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from hub import app  # noqa: F401 - knows every form
from hub.errors import Refused
from hub.inputs import FormIn, Line, Words, ask, decode_form, fill
from hub.strict_json import MAX_JSON_BYTES, BadJson, read_json

ODD_BODIES = {
    "a NUL in a string": b'{"a":"\\u0000"}',
    "half a surrogate pair": b'{"a":"\\ud800"}',
    "a control character": b'{"a":"\\u0007"}',
    "a carriage return alone": b'{"a":"x\\ry"}',
    "a control character in a name": b'{"\\u0001":1}',
    "2^63": b'{"a":9223372036854775808}',
    "1e400": b'{"a":1e400}',
    "NaN": b'{"a":NaN}',
    "Infinity": b'{"a":-Infinity}',
    "a name twice": b'{"a":1,"a":2}',
    "a name twice, deep down": b'{"x":[{"a":1,"a":2}]}',
    "deep nesting": b"[" * 100_000,
    "deep but closed": b"[" * 33 + b"]" * 33,
    "a million members": b"[" + b"1," * 200_000 + b"1]",
    "a byte order mark": b'\xef\xbb\xbf{"a":1}',
    "UTF-16": '{"a":1}'.encode("utf-16"),
    "not UTF-8": b'{"a":"\xff"}',
    "cut off": b'{"a":',
    "two values": b"{} {}",
    "nothing": b"",
    "sixteen digits": b"1234567890123456",
    "too long": b'"' + b"x" * MAX_JSON_BYTES + b'"',
}


@pytest.mark.parametrize("body", ODD_BODIES.values(), ids=ODD_BODIES.keys())
def test_an_odd_body_is_refused(body: bytes) -> None:
    with pytest.raises(BadJson):
        read_json(body)


@pytest.mark.parametrize(
    ("body", "offset"), [(b'{"a":}', 5), ('{"é":}'.encode(), 6), (b'{"a":"\xff"}', 6), (b"\xef\xbb\xbf{}", 0)]
)
def test_the_byte_where_reading_stopped_is_told(body: bytes, offset: int) -> None:
    with pytest.raises(BadJson) as refused:
        read_json(body)
    assert refused.value.offset == offset


def test_line_breaks_of_every_system_are_read() -> None:
    assert read_json(b'{"a":"one\\r\\ntwo\\nthree\\tfour"}') == {"a": "one\r\ntwo\nthree\tfour"}


@given(st.binary(max_size=300))
def test_no_bytes_make_the_reader_fail_otherwise(body: bytes) -> None:
    with suppress(BadJson):
        read_json(body)


scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(10**14), 10**14)
    | st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]))
)


@given(st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text("abc"), inner), max_leaves=20))
def test_what_json_writes_is_read_back(value: object) -> None:
    assert read_json(json.dumps(value).encode()) == value


class OneLine(FormIn):
    name: Line = ask("Enter a name", longest=20)
    words: Words = ""


@pytest.mark.parametrize(
    "name",
    ["two\nlines", "re\u202eversed", "hid\u200bden", "z\u0300\u0301\u0302\u0303\u0304", "bell\x07", "", "x" * 21, "  "],
)
def test_a_line_that_does_not_show_what_it_holds_is_refused(name: str) -> None:
    with pytest.raises(ValueError):
        OneLine(name=name)


def test_text_is_kept_in_one_form() -> None:
    assert OneLine(name=" Zoe\u0308 ", words="a\r\nb").model_dump() == {"name": "Zoë", "words": "a\nb"}


@pytest.mark.parametrize("body", [b"a=%ff", b"a=%00", b"a=%ed%a0%80", b"&".join(b"a%d=1" % n for n in range(500))])
def test_an_odd_form_is_refused(body: bytes) -> None:
    with pytest.raises(Refused):
        decode_form(body)


def test_a_form_is_read_as_browsers_write_it() -> None:
    assert decode_form(b"a=one+two&a=%C3%A9&b=&c=x%3Dy") == {"a": ["one two", "é"], "b": [""], "c": ["x=y"]}


def every_form(of: type[FormIn] = FormIn) -> Iterator[type[FormIn]]:
    for one in of.__subclasses__():
        if one.__module__.startswith("hub."):
            yield one
        yield from every_form(one)


@pytest.mark.parametrize("form", list(every_form()), ids=lambda form: f"{form.__module__}.{form.__name__}")
@pytest.mark.parametrize("typed", ["", " ", "-1", "9999"])
async def test_a_form_with_the_same_in_every_field_is_read_or_told_what_to_mend(form: type[FormIn], typed: str) -> None:
    body = urlencode(dict.fromkeys(form.model_fields, typed)).encode()

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": body, "more_body": False}

    headers = [(b"content-type", b"application/x-www-form-urlencoded")]
    request = Request({"type": "http", "method": "POST", "headers": headers}, receive)
    filled = await fill(request, form)
    assert (filled.value is None) == bool(filled.problems)
    assert all(problem.sentence for problem in filled.problems)
