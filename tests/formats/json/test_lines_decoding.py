"""What a line of JSON Lines means: exact values, or a rejection that says what to mend."""

from __future__ import annotations

import io
import sys

from typing import Any

import orjson
import pytest

from etlkit.formats import JsonLines
from etlkit.formats.text.lines import CHUNK_BYTES
from etlkit.records import Batch, Origin


FILLER = b'{"filler":"' + b"x" * 600 + b'"}'
DIGITS = b"7" * 400
DIGIT = b"7".ljust(400)
NEIGHBOURS = pytest.mark.parametrize(
    "neighbour",
    [b"{}", FILLER, b'{"id":12345678901234567890123}'],
    ids=["beside short lines", "beside a long line", "beside a wide integer"],
)


def batch_of(*lines: bytes, **options: Any) -> Batch:
    """The one batch of a small file."""
    data = b"".join(line + b"\n" for line in lines)
    assert len(data) < CHUNK_BYTES
    (batch,) = JsonLines(**options).batches(io.BytesIO(data), Origin("forms.jsonl"))
    return batch


def value_of(*lines: bytes, **options: Any) -> Any:
    """The value of the first line."""
    batch = batch_of(*lines, **options)
    return batch.decode(batch.items[0])


def refusal_of(*lines: bytes, at: int = 0, **options: Any) -> tuple[str, str]:
    """The code of the rejection of a line, by default the first one, and its message."""
    batch = batch_of(*lines, **options)
    with pytest.raises(ValueError) as caught:  # noqa: PT011 -- the whole message is read below
        batch.decode(batch.items[at])
    reason: Any = batch.reason(batch.items[at], caught.value)
    return reason.code, str(reason)


def words_of_orjson(text: bytes) -> str:
    """How the parser puts it; its words change between its versions."""
    with pytest.raises(orjson.JSONDecodeError) as caught:
        orjson.loads(text)
    return f"{caught.value.msg} at character {caught.value.pos + 1}"


def nested(levels: int) -> bytes:
    """An object with arrays in it, so many levels deep in all."""
    return b'{"a":' + b"[" * (levels - 1) + b"]" * (levels - 1) + b"}"


@NEIGHBOURS
@pytest.mark.parametrize(
    "integer",
    [
        9_223_372_036_854_775_807,
        9_223_372_036_854_775_808,
        9_999_999_999_999_999_999,
        18_446_744_073_709_551_615,
        18_446_744_073_709_551_616,
        -9_223_372_036_854_775_808,
        -9_223_372_036_854_775_809,
        -9_999_999_999_999_999_999,
        1234567890123456789012345,
        -1234567890123456789012345,
        10**308,
        10**309 + 7,
        -(10**400) - 7,
        10**4299 + 7,
    ],
    ids=lambda value: f"{'minus ' if value < 0 else ''}{len(str(abs(value)))} digits {value % 100}",
)
def test_integers_are_exact(integer: int, neighbour: bytes) -> None:
    """No integer becomes a float, however many digits it has."""
    found = value_of(b'{"id":%s}' % str(integer).encode(), neighbour)

    assert found == {"id": integer}
    assert type(found["id"]) is int


def test_wide_integers_are_exact_at_any_depth() -> None:
    """Arrays and objects inside a record are read as exactly as its fields."""
    found = value_of(b'{"a":[{"b":[-9223372036854775809,1]}]}')

    assert found == {"a": [{"b": [-9223372036854775809, 1]}]}


def test_digits_inside_a_string_change_nothing() -> None:
    """A long number in a string stays a string, and its neighbours keep their types."""
    line = b'{"iban":"%s","ratio":1.5,"many":1e3}' % (b"1" * 400)

    found = value_of(line)

    assert repr(found) == repr({"iban": "1" * 400, "ratio": 1.5, "many": 1000.0})


@NEIGHBOURS
def test_an_integer_of_5000_digits_is_refused(neighbour: bytes) -> None:
    """Beyond the digits that Python reads, the record is set aside with the way out."""
    found = refusal_of(b'{"id":' + b"7" * 5000 + b"}", neighbour)

    assert found == (
        "integer",
        (
            "an integer that Python does not read: Exceeds the limit (4300 digits) for integer string "
            "conversion: value has 5000 digits; use sys.set_int_max_str_digits() to increase the limit"
        ),
    )


def test_an_integer_of_5000_digits_is_read_by_a_program_that_allows_it() -> None:
    """The limit is Python's own, and a program may lift it."""
    limit = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(0)
    try:
        found = value_of(b'{"id":' + b"7" * 5000 + b"}")
    finally:
        sys.set_int_max_str_digits(limit)

    assert found["id"] % 10**10 == 7777777777
    assert found["id"].bit_length() > 16_000


@pytest.mark.parametrize(
    "line",
    [
        b'{"id":%s,"x":}',
        b'{"id":%s,"x":1e999}',
        b'{"id":%s,"x":"\\ud800"}',
        b'{"x":"a\\"b","id":%s}]',
    ],
    ids=["no value", "infinite float", "lone surrogate", "text after it"],
)
def test_a_wide_integer_excuses_nothing_beside_it(line: bytes) -> None:
    """What else is wrong with a record is refused, at its own place."""
    found = refusal_of(line % DIGITS)

    assert found == ("json", f"not JSON: {words_of_orjson(line % DIGIT)}")


@pytest.mark.parametrize(
    "line",
    [b'{"id":%s.5}' % DIGITS, b'{"id":0%s}' % DIGITS, b'{"id":1e%s}' % DIGITS],
    ids=["a fraction", "a leading zero", "an exponent"],
)
def test_400_digits_that_are_no_integer_are_refused(line: bytes) -> None:
    """Only an integer may have more digits than a double."""
    found = refusal_of(line)

    assert found == ("json", f"not JSON: {words_of_orjson(line)}")


def test_inexact_integers_can_be_chosen() -> None:
    """Without the guard an integer beyond 64 bits becomes the float next to it."""
    found = value_of(b'{"id":12345678901234567890123}', exact_integers=False)

    assert repr(found["id"]) == "1.2345678901234568e+22"


@pytest.mark.parametrize("options", [{}, {"exact_integers": False}, {"strict_keys": True}], ids=str)
@pytest.mark.parametrize("levels", [2, 249, 250])
def test_records_may_be_250_levels_deep(levels: int, options: dict[str, Any]) -> None:
    """Nesting up to the limit is read, the record itself being the first level."""
    found = value_of(nested(levels), **options)

    assert orjson.dumps(found) == nested(levels)


@NEIGHBOURS
@pytest.mark.parametrize("options", [{}, {"exact_integers": False}, {"strict_keys": True}], ids=str)
@pytest.mark.parametrize("levels", [251, 300, 1023, 1024, 1025, 1100, 20_000])
def test_deeper_records_are_refused(levels: int, options: dict[str, Any], neighbour: bytes) -> None:
    """Nesting beyond the limit is one rejected record, however deep it goes."""
    found = refusal_of(nested(levels), neighbour, **options)

    assert found == ("depth", "the record is nested deeper than 250 levels")


def test_brackets_inside_strings_are_no_levels() -> None:
    """A broken line with many brackets in a string is not called too deep."""
    line = b'{"a":"' + b"[" * 400 + b'\\"[","b"}'

    found = refusal_of(line)

    assert found == ("json", f"not JSON: {words_of_orjson(line)}")


def test_a_line_that_opens_too_many_brackets_is_too_deep_although_it_is_cut() -> None:
    """The first thing that is wrong with a text decides."""
    found = refusal_of(b'{"a":' + b"[" * 1100)

    assert found == ("depth", "the record is nested deeper than 250 levels")


@pytest.mark.parametrize(
    "line",
    [
        b'{"a":NaN}',
        b'{"a":Infinity}',
        b'{"a":-Infinity}',
        b'{"a":"x","b":[1,NaN]}',
        b'{"a":NaN,}',
    ],
    ids=["NaN", "Infinity", "minus Infinity", "nested", "first of two mistakes"],
)
def test_nan_and_infinity_are_refused(line: bytes) -> None:
    """What JSON has no form for is not guessed at."""
    found = refusal_of(line)

    assert found == (
        "json",
        f"not JSON: NaN and Infinity have no form in JSON ({words_of_orjson(line)})",
    )


@pytest.mark.parametrize(
    "line",
    [
        b'{"name":"NaN","b":}',
        b'{"a":nan}',
        b'{"a":1,}',
        b"{'a':1}",
        b'{"a":1}{"b":2}',
        b'{"a":1',
        b'{"a":"cut o',
        b'{"a":"tab\there"}',
        b'{"a":"\\ud800"}',
        b'{"a":01}',
        b'{"a":1e400}',
        b"id,name",
        b"\x00",
    ],
    ids=[
        "NaN in a string only",
        "nan",
        "trailing comma",
        "single quotes",
        "two objects",
        "cut object",
        "cut string",
        "control character",
        "lone surrogate",
        "leading zero",
        "beyond every float",
        "CSV",
        "zero byte",
    ],
)
def test_what_is_not_json_is_refused_with_its_place(line: bytes) -> None:
    """The parser's own words are kept, with the column that it names."""
    found = refusal_of(line)

    assert found == ("json", f"not JSON: {words_of_orjson(line)}")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b'{"a":"\xff"}', "not valid UTF-8: byte 0xff at 6"),
        (b'{"name":"J\xfcrgen"}', "not valid UTF-8: byte 0xfc at 10"),
        (b'{"a":"\xed\xa0\x80"}', "not valid UTF-8: byte 0xed at 6"),
        (b'{"a":"\xe2\x82', "not valid UTF-8: byte 0xe2 at 6"),
    ],
    ids=["no lead byte", "Latin-1", "surrogate", "cut character"],
)
def test_invalid_utf_8_is_refused(line: bytes, message: str) -> None:
    """Bytes are never replaced; the message says which one and where."""
    found = refusal_of(line)

    assert found == ("utf8", message)


def test_a_byte_order_mark_in_the_middle_is_refused() -> None:
    """Two files joined without care show where they were joined."""
    found = refusal_of(b"{}", b'\xef\xbb\xbf{"id":2}', at=1)

    assert found == ("json", "a byte order mark in the middle of the file")


@NEIGHBOURS
def test_the_last_of_two_equal_keys_wins(neighbour: bytes) -> None:
    """As in every parser; the first one gives the place among the keys."""
    found = value_of(b'{"a":1,"b":2,"a":3}', neighbour)

    assert list(found.items()) == [("a", 3), ("b", 2)]


@pytest.mark.parametrize(
    "line",
    [b'{"a":1,"a":1}', b'{"a":1,"\\u0061":2}', b'{"b":[{"a":1,"c":2,"a":3}]}'],
    ids=["equal values", "escaped", "nested"],
)
def test_strict_keys_refuse_a_key_that_comes_twice(line: bytes) -> None:
    """A key twice in one object is a rejection, at any depth and however it is written."""
    found = refusal_of(line, strict_keys=True)

    assert found == ("duplicate_key", "the key 'a' comes twice in one object")


def test_strict_keys_allow_a_key_in_two_objects() -> None:
    """Only the keys of one object have to differ."""
    found = value_of(b'{"a":{"a":1},"b":{"a":18446744073709551616}}', strict_keys=True)

    assert found == {"a": {"a": 1}, "b": {"a": 18446744073709551616}}


def test_doubles_keep_their_17_digits() -> None:
    """The float that is read is the one nearest to the text."""
    found = value_of(b'{"a":0.1,"b":0.30000000000000004,"c":5e-324,"d":-0.0,"e":1.0}')

    assert repr(found) == "{'a': 0.1, 'b': 0.30000000000000004, 'c': 5e-324, 'd': -0.0, 'e': 1.0}"
