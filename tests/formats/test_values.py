"""JSON values come through exactly, and what cannot is found out."""

from __future__ import annotations

import functools
import json
import math
import tracemalloc

from datetime import date
from decimal import Decimal
from typing import Any

import orjson
import pytest

from hypothesis import example, given, settings
from hypothesis import strategies as st

from etlkit.formats.values import (
    canonical_json,
    depth_exceeds,
    explain_json,
    has_odd_float,
    loads_checked,
    loads_shallow,
    may_have_wide_integers,
)
from etlkit.records import Unfit


INTEGERS = st.integers() | st.integers(-(2**70), 2**70) | st.integers(-(10**500), 10**500)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | INTEGERS
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
TEXTS = st.builds(
    lambda value, ascii_only, indent: json.dumps(
        value, ensure_ascii=ascii_only, indent=indent
    ).encode(),
    VALUES,
    st.booleans(),
    st.sampled_from([None, 1]),
)


class Broken:
    """A value that cannot even be shown."""

    def __repr__(self) -> str:
        raise LookupError


@settings(deadline=None, max_examples=300)
@given(TEXTS)
@example(b"-0")
@example(b"-0.0")
@example(b'"18446744073709551616"')
@example(b'{"a":1,"b":2,"a":18446744073709551616}')
@example(b'["\\ud83d\\ude00", 18446744073709551616]')
@example(b" [1e5, 1E+2, 0.1e-7, 123456789012345678901234567890.5] ")
def test_values_are_those_of_the_standard_library(text: bytes) -> None:
    """The fast way and the plain way read the same values of the same types."""
    value = loads_checked(text)

    assert repr(value) == repr(json.loads(text))


@settings(deadline=None)
@given(TEXTS)
def test_a_text_that_is_cut_is_refused(text: bytes) -> None:
    """No beginning of an array passes for the whole."""
    whole = b"[" + text + b"]"
    cut = whole[: len(whole) // 2 + 1]

    with pytest.raises(orjson.JSONDecodeError):
        loads_checked(cut)


@settings(deadline=None)
@given(INTEGERS, st.binary(max_size=30), st.binary(max_size=30))
@example(2**64, b"", b"")
@example(-(2**63) - 1, b"   ", b"")
@example(-(2**63) - 1, b"\x00", b"-")
def test_no_wide_integer_is_overlooked(number: int, before: bytes, after: bytes) -> None:
    """The quick look at a block may suspect too much, never too little."""
    block = before + str(number).encode() + after

    suspected = may_have_wide_integers(block)

    assert suspected or -(2**63) <= number < 2**64


@pytest.mark.parametrize(
    "block",
    [b'{"id":1}\n' * 9, b"1700000000123456789,9007199254740993", b"2024-01-02T03:04:05.123456Z"],
    ids=["small integers", "nanoseconds", "a timestamp"],
)
def test_ordinary_numbers_are_not_suspected(block: bytes) -> None:
    """Timestamps in nanoseconds do not cost the exact way."""
    suspected = may_have_wide_integers(block)

    assert not suspected


@pytest.mark.parametrize(
    ("value", "limit", "deeper"),
    [
        (1, 0, False),
        ({}, 0, True),
        ({}, 1, False),
        ({"a": [1]}, 1, True),
        ({"a": ({"b": 1},)}, 2, True),
        ({"a": ({"b": 1},)}, 3, False),
    ],
)
def test_depth_counts_objects_and_arrays(value: object, limit: int, deeper: bool) -> None:
    """A scalar has no depth, an empty object has one level."""
    found = depth_exceeds(value, limit)

    assert found is deeper


def test_depth_of_a_wide_value_is_counted_once() -> None:
    """Many containers on one level are as deep as one of them."""
    value = [[number] for number in range(20_000)]

    found = (depth_exceeds(value, 1), depth_exceeds(value, 2))

    assert found == (True, False)


def test_the_shallow_way_has_the_same_limit_of_depth() -> None:
    """Reading without exact integers refuses deep records, too."""
    text = b'{"a":' + b"[" * 250 + b"]" * 250 + b"}"

    with pytest.raises(Unfit) as caught:
        loads_shallow(text)

    assert (caught.value.code, str(caught.value)) == (
        "depth",
        "the record is nested deeper than 250 levels",
    )


def test_an_explanation_of_our_own_stays_as_it_is() -> None:
    """A refusal that has its words already keeps them."""
    refusal = Unfit("depth", "too deep")

    found = explain_json(b"\xff", refusal)

    assert found is refusal


@pytest.mark.parametrize(
    ("value", "odd"),
    [(1.5, False), (math.nan, True), (-math.inf, True), ("nan", False), (10**400, False)],
    ids=["float", "NaN", "minus Infinity", "text", "wide integer"],
)
def test_odd_floats_are_told_from_other_values(value: object, odd: bool) -> None:
    """Only a NaN or an infinity is odd."""
    found = has_odd_float([{"a": (value,)}])

    assert found is odd


@pytest.mark.parametrize(
    ("record", "text"),
    [
        ({"b": 1, "a": "ä"}, '{"a":"ä","b":1}'),
        ({"b": 2**70, "a": 1}, '{"a":1,"b":1180591620717411303424}'),
        ({"b": {2: 1, None: 2}, "a": {1}}, '{"a":"{1}","b":{"2":1,"null":2}}'),
        ({"a": Decimal("1.50")}, """{"a":"Decimal('1.50')"}"""),
        ({"a": b"\xff"}, r"""{"a":"b'\\xff'"}"""),
        ({"b": 2**70, "a": date(2024, 1, 2)}, '{"a":"2024-01-02","b":1180591620717411303424}'),
        ({"b": 2**70, "a": (math.nan, {1})}, '{"a":[NaN,"{1}"],"b":1180591620717411303424}'),
        ({"b": 2**70, (1, 2): 3}, '{"(1, 2)":3,"b":1180591620717411303424}'),
        ({"b": "x\ud800", "a": "ä"}, '{"a":"ä","b":"x\\ud800"}'),
        ({"a": Broken()}, '{"a":"<Broken without a repr: LookupError>"}'),
        (
            {"b": 2**70, "a": Broken()},
            '{"a":"<Broken without a repr: LookupError>","b":1180591620717411303424}',
        ),
        ([1], "[1]"),
        ("text", '"text"'),
    ],
    ids=[
        "sorted",
        "wide integer",
        "keys of any type",
        "decimal",
        "bytes",
        "date beside a wide integer",
        "NaN beside a wide integer",
        "tuple as key",
        "lone surrogate",
        "no repr",
        "no repr beside a wide integer",
        "array",
        "scalar",
    ],
)
def test_canonical_json_shows_any_record(record: object, text: str) -> None:
    """A rejected record can always be kept: sorted, exact, and what has no form by its repr."""
    found = canonical_json(record)

    assert found.decode() == text


@settings(deadline=None)
@given(st.dictionaries(st.text(), VALUES))
def test_canonical_json_does_not_depend_on_the_order_of_keys(record: dict[str, Any]) -> None:
    """Equal records have equal canonical JSON, and it reads back."""
    turned = dict(reversed(record.items()))

    found = canonical_json(turned)

    assert found == canonical_json(record)
    assert loads_checked(found) == record


def test_canonical_json_shows_an_integer_of_5000_digits_in_hexadecimal() -> None:
    """Beyond what Python writes in decimal, the value is still kept exactly."""
    found = canonical_json({"id": 16**5000})

    assert found == b'{"id":"0x1%s"}' % (b"0" * 5000)


def test_canonical_json_of_a_record_that_holds_itself_ends() -> None:
    """Where a circle closes, dots stand."""
    record: dict[str, Any] = {"id": 1}
    record["again"] = [record, record]

    found = canonical_json(record)

    assert found == b'{"again":["...","..."],"id":1}'


def test_canonical_json_of_a_deep_record_ends() -> None:
    """What is nested beyond the limit is cut there, and the rest is valid JSON."""
    record = {"a": functools.reduce(lambda inner, _: [inner], range(5_000), 1)}

    found = canonical_json(record)

    assert found == b'{"a":' + b"[" * 250 + b'"..."' + b"]" * 250 + b"}"
    assert orjson.loads(found)


def test_a_text_that_is_not_closed_is_told_without_a_place_to_go_back_to_for_each_byte() -> None:
    """What is wrong with a long line costs a few times its length."""
    line = b'{"a": "' + b"x" * 1_000_000
    tracemalloc.start()

    try:
        explained = explain_json(line, ValueError("broken"))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert str(explained) == "not JSON: broken"
    assert peak < 8 * len(line)
