"""A record becomes one line of JSON, or is refused with the path of what has no form in JSON."""

from __future__ import annotations

import math
import uuid

from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum, StrEnum
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from attrs import frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from etlkit._codegen import Code
from etlkit.formats import Encoder, JsonLinesEncoder, RecordEncoder
from etlkit.formats.values import MAX_DEPTH, loads_checked
from etlkit.records import Record, Unfit


if TYPE_CHECKING:
    from collections.abc import Callable


class State(StrEnum):
    """A string that has a name."""

    OPEN = "open"


class Level(Enum):
    """A number that has a name."""

    HIGH = 3


class Point(NamedTuple):
    """A tuple that has names."""

    x: int
    y: int


@frozen
class Reading:
    """A value of a class that the encoder does not know."""

    celsius: float


@dataclass
class Place:
    """A value of a class that the encoder does know."""

    latitude: float
    longitude: float


def compiled(encoder: Encoder) -> Callable[[Record], Any]:
    """The encoder as a kernel has it: its lines, compiled into a function."""
    code = Code()
    with code.block("def encode(record):"):
        code.line(f"return {encoder.write(code, 'record')}")
    return code.function("encode")


def way_of(encoder: Encoder, name: str) -> Callable[[Record], Any]:
    """One of the two ways to encode a record, which have to agree."""
    return {"called": encoder.encode, "compiled": compiled(encoder)}[name]


def refusal_of(way: str, record: Record, **options: Any) -> tuple[str, str]:
    """The code and the message with which a record is refused."""
    encode = way_of(JsonLinesEncoder(**options), way)
    with pytest.raises(Unfit) as caught:
        encode(record)
    return caught.value.code, str(caught.value)


def nested(levels: int, innermost: object) -> Record:
    """A record with arrays in it, so many levels deep in all."""
    for _ in range(levels - 1):
        innermost = [innermost]
    return {"a": innermost}


OF_DECIMALS = ", for example by str(...), or by float(...) where it need not be exact"
BOTH_WAYS = pytest.mark.parametrize("way", ["called", "compiled"])
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-(2**200), 2**200)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@BOTH_WAYS
@settings(deadline=None)
@given(record=st.dictionaries(st.text(), VALUES))
def test_a_line_reads_back_as_the_record(way: str, record: Record) -> None:
    """Whatever JSON has a form for comes back equal and of the same type, from one line."""
    encode = way_of(JsonLinesEncoder(), way)

    line = encode(record)

    assert (line.count(b"\n"), line[-1:]) == (1, b"\n")
    assert repr(loads_checked(line)) == repr(record)


@BOTH_WAYS
def test_a_record_is_written_compactly_in_utf_8(way: str) -> None:
    """Keys keep their order, and text beyond ASCII is not escaped."""
    encode = way_of(JsonLinesEncoder(), way)

    line = encode({"name": "Zoë\u2028", "id": 1, "tags": ["a", None, True], "x": 0.1})

    assert line == '{"name":"Zoë\u2028","id":1,"tags":["a",null,true],"x":0.1}\n'.encode()


@BOTH_WAYS
@pytest.mark.parametrize(
    ("value", "text"),
    [
        ((1, 2), b"[1,2]"),
        (Point(1, 2), b"[1,2]"),
        (OrderedDict(a=1), b'{"a":1}'),
        (Place(1.5, 2.5), b'{"latitude":1.5,"longitude":2.5}'),
        (State.OPEN, b'"open"'),
        (Level.HIGH, b"3"),
        (datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC), b'"2024-01-02T03:04:05+00:00"'),
        (date(2024, 1, 2), b'"2024-01-02"'),
        (uuid.UUID(int=1), b'"00000000-0000-0000-0000-000000000001"'),
    ],
    ids=[
        "tuple",
        "named tuple",
        "ordered dict",
        "data class",
        "string enum",
        "enum",
        "datetime",
        "date",
        "uuid",
    ],
)
def test_some_types_beyond_json_have_a_form(way: str, value: object, text: bytes) -> None:
    """Types with one customary form in JSON are written in it."""
    encode = way_of(JsonLinesEncoder(), way)

    line = encode({"a": value})

    assert line == b'{"a":%s}\n' % text


@BOTH_WAYS
@pytest.mark.parametrize("number", [2**63, 2**64 - 1, 2**64, -(2**63) - 1, 10**24, -(10**400)])
@pytest.mark.parametrize("levels", [1, 2, MAX_DEPTH], ids="level {}".format)
def test_wide_integers_are_written_exactly(way: str, number: int, levels: int) -> None:
    """Integers beyond 64 bits are written digit by digit, at any depth."""
    encode = way_of(JsonLinesEncoder(), way)

    line = encode(nested(levels, number))

    inside = b"[" * (levels - 1) + str(number).encode() + b"]" * (levels - 1)
    assert line == b'{"a":' + inside + b"}\n"


@BOTH_WAYS
def test_wide_integers_leave_other_values_as_they_are(way: str) -> None:
    """A record with a wide integer is written like any other."""
    encode = way_of(JsonLinesEncoder(), way)

    line = encode({"b": (2**64, 0.1), "a": {"d": date(2024, 1, 2)}, "c": True})

    assert line == b'{"b":[18446744073709551616,0.1],"a":{"d":"2024-01-02"},"c":true}\n'


@BOTH_WAYS
@pytest.mark.parametrize(
    ("value", "kind", "words", "mend"),
    [
        ({1}, "set", "set", ", for example by sorted(...)"),
        (frozenset(), "frozenset", "frozenset", ", for example by sorted(...)"),
        (Decimal("1.50"), "Decimal", "decimal.Decimal", OF_DECIMALS),
        (b"raw", "bytes", "bytes", ", for example by .decode() or .hex()"),
        (bytearray(b"raw"), "bytearray", "bytearray", ", for example by .decode() or .hex()"),
        (timedelta(1), "timedelta", "datetime.timedelta", ", for example by .total_seconds()"),
        (PurePosixPath("a"), "PurePosixPath", "PurePosixPath", ", for example by str(...)"),
        (1j, "complex", "complex", ""),
        (range(3), "range", "range", ""),
        (Reading(20.5), "Reading", "Reading", ""),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_value_without_a_form_is_named_by_its_path(
    way: str, value: object, kind: str, words: str, mend: str
) -> None:
    """The message has the path, the type, the parser's words, and what to turn it into."""
    record = {"id": 2**70, "contact": {"phones": [1, {"home phone": value}]}}

    found = refusal_of(way, record)

    assert found == (
        "encode",
        (
            f"$.contact.phones[1]['home phone'] is a {kind} that JSON has no form for "
            f"(Type is not JSON serializable: {words}); change it in a step{mend}"
        ),
    )


@BOTH_WAYS
def test_the_first_of_several_values_is_named(way: str) -> None:
    """Path and reason belong together: both are of the value that stands first."""
    found = refusal_of(way, {"a": [1, Decimal(1)], "b": {1, 2}, "c": {3: 4}})

    assert found == (
        "encode",
        (
            "$.a[1] is a Decimal that JSON has no form for "
            f"(Type is not JSON serializable: decimal.Decimal); change it in a step{OF_DECIMALS}"
        ),
    )


@BOTH_WAYS
@pytest.mark.parametrize(
    ("key", "kind", "words"),
    [
        (1, "int", "Dict key must be str"),
        (None, "NoneType", "Dict key must be str"),
        ((1, 2), "tuple", "Dict key must be str"),
        (State.OPEN, "State", "Dict key must be str"),
        ("\ud800", "str", "str is not valid UTF-8: surrogates not allowed"),
    ],
    ids=["int", "None", "tuple", "string enum", "lone surrogate"],
)
def test_a_key_without_a_form_is_told_from_a_value(
    way: str, key: object, kind: str, words: str
) -> None:
    """Keys are not turned into strings; the message has the object that they belong to."""
    found = refusal_of(way, {"a": [{"fine": 1, key: 2}]})

    assert found == (
        "encode",
        f"$.a[0] has a key of type {kind} that JSON has no form for ({words}); change it in a step",
    )


@BOTH_WAYS
def test_a_string_with_a_lone_surrogate_is_refused(way: str) -> None:
    """Text that is no Unicode is not written as something else."""
    found = refusal_of(way, {"name": "\ud800"})

    assert found == (
        "encode",
        "$.name is a str that JSON has no form for (str is not valid UTF-8: surrogates not allowed); change it in a step",
    )


@BOTH_WAYS
def test_an_integer_beyond_what_python_writes_is_refused(way: str) -> None:
    """An integer of more than 4300 digits is set aside with the way out."""
    found = refusal_of(way, {"id": 10**5000})

    assert found == (
        "encode",
        (
            "$.id is a int that JSON has no form for (Exceeds the limit (4300 digits) for integer "
            "string conversion; use sys.set_int_max_str_digits() to increase the limit); change it in a step"
        ),
    )


@BOTH_WAYS
@pytest.mark.parametrize("innermost", [1, 2**64, {1}], ids=["plain", "wide", "unfit"])
@pytest.mark.parametrize("levels", [300, 5_000])
def test_a_record_that_is_too_deep_is_refused(way: str, innermost: object, levels: int) -> None:
    """Nesting without end is one refused record."""
    found = refusal_of(way, nested(levels, innermost))

    assert found == ("depth", "the record is nested deeper than 250 levels")


@BOTH_WAYS
@pytest.mark.parametrize("times", [1, 2], ids=["once", "twice"])
def test_a_record_that_holds_itself_is_refused(way: str, times: int) -> None:
    """A circle has no end, and the refusal does not look for one."""
    record: Record = {"id": 2**64}
    record["selves"] = [record] * times

    found = refusal_of(way, record)

    assert found == ("depth", "the record is nested deeper than 250 levels")


@BOTH_WAYS
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf], ids=str)
def test_nan_becomes_null_by_default(way: str, value: float) -> None:
    """Computed values that JSON has no form for are written as null, as documented."""
    encode = way_of(JsonLinesEncoder(), way)

    line = encode({"a": [value], "b": None})

    assert line == b'{"a":[null],"b":null}\n'


@BOTH_WAYS
@pytest.mark.parametrize(
    "value",
    [
        math.nan,
        math.inf,
        -math.inf,
        [1.5, (math.nan,)],
        {"x": {"y": math.inf}},
        Place(1.5, math.nan),
        [2**64, math.nan],
    ],
    ids=["NaN", "Infinity", "minus Infinity", "tuple", "object", "data class", "wide integer"],
)
def test_strict_floats_refuse_nan_at_any_depth(way: str, value: object) -> None:
    """With strict floats no NaN or infinity is written as null."""
    found = refusal_of(way, {"id": 1, "ratio": value}, strict_floats=True)

    what = "the record has a NaN or an infinity, which JSON has no form for"
    assert found == ("nan", f"{what}; turn it into None or a text in a step")


@BOTH_WAYS
def test_strict_floats_let_null_through(way: str) -> None:
    """None, the word null in a text, and ordinary floats are no NaN."""
    encode = way_of(JsonLinesEncoder(strict_floats=True), way)

    line = encode({"a": None, "b": "null", "c": [1.5, {"d": None}], "e": 2**64})

    assert line == b'{"a":null,"b":"null","c":[1.5,{"d":null}],"e":18446744073709551616}\n'


@BOTH_WAYS
def test_a_destination_of_objects_gets_a_copy_of_the_record(way: str) -> None:
    """It is equal, and whoever changes the record later does not change it."""
    record = {"a": {1, 2}}
    encode = way_of(RecordEncoder(), way)

    encoded = encode(record)

    assert encoded == record
    assert encoded is not record
    assert encoded["a"] is not record["a"]


class Shout(Encoder):
    """An encoder of somebody else, who wrote one method."""

    def encode(self, record: Record) -> str:
        """The name, loud."""
        return str(record["name"]).upper()


@BOTH_WAYS
def test_an_encoder_needs_one_method(way: str) -> None:
    """Without lines of its own an encoder is called by the kernel."""
    encode = way_of(Shout(), way)

    encoded = encode({"name": "ada"})

    assert encoded == "ADA"
