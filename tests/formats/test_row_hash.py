"""The row hash of a record."""

from __future__ import annotations

import json

from collections import OrderedDict, namedtuple
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from hashlib import blake2b
from types import MappingProxyType
from typing import Any
from uuid import UUID

import pytest

from hypothesis import example, given
from hypothesis import strategies as st

from etlkit._codegen import Code
from etlkit.errors import EtlkitError
from etlkit.formats.row_hash import canonical_form, row_hash, slow_row_hash, write_row_hash
from etlkit.records import Unfit


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
RECORDS = st.dictionaries(st.text(max_size=4), JSON, max_size=6)


class Colour(Enum):
    """An enumeration."""

    RED = "red"
    WIDE = 2**70


@dataclass
class Point:
    """Its fields are not in the order of their names."""

    y: Any
    x: Any


class Nameless:
    """A value without a repr."""

    def __repr__(self) -> str:
        raise EtlkitError("no")


class Half(float):
    """A float of the user's."""


Pair = namedtuple("Pair", "b a")  # noqa: PYI024 -- as users write it


def compiled_hash(record: Any) -> bytes:
    """What the lines of a kernel make of a record."""
    code = Code()
    with code.block("def hashed(record):"):
        write_row_hash(code, "record")
        code.line("return row_hash")
    found: bytes = code.function("hashed")(record)
    return found


@given(record=RECORDS)
@example({"big": 1e16, "huge": -1.5e300, "small": 1e-7, "text": "1e5"})
@example({"wide": 2**70, "big": 1e16, "text": "1e5"})
@example({"text": "\ud800", "\ud800": 1.0})
def test_a_kernel_the_function_and_the_slow_way_agree(record: Any) -> None:
    """Whichever is taken, the hash is that of the canonical form."""
    hashes = {compiled_hash(record), row_hash(record), slow_row_hash(record)}

    assert hashes == {blake2b(canonical_form(record), digest_size=16).digest()}


@given(record=RECORDS)
def test_the_order_of_fields_does_not_matter(record: Any) -> None:
    """At no depth."""
    backwards = json.loads(
        json.dumps(record), object_pairs_hook=lambda pairs: dict(reversed(pairs))
    )

    assert row_hash(backwards) == row_hash(record)


@pytest.mark.parametrize(
    ("record", "digits"),
    [
        ({}, "2afb9b83f9314e5d029766197f539792"),
        ({"b": [1, 2.5, True, None], "a": "é"}, "21f6abe4cff9c10ad048af7e6079501d"),
        ({"n": 2**70, "f": 1e16, "d": Decimal("1.50")}, "1f3a8085d38cac3ab70678032e45850a"),
    ],
    ids=["empty", "plain", "wide"],
)
def test_a_hash_stays_the_same_from_version_to_version(record: Any, digits: str) -> None:
    """What was written under version 1 is found again; other digits need another version."""
    found = row_hash(record).hex()

    assert found == digits


FORMS: list[tuple[Any, str]] = [
    (1, "1"),
    (1.0, "1.0"),
    (True, "true"),
    (-0.0, "-0.0"),
    (1e16, "1e+16"),
    (-1.5e300, "-1.5e+300"),
    (1e-7, "1e-7"),
    (float("nan"), "null"),
    ([float("-inf"), None], "[null,null]"),
    (2**70, "1180591620717411303424"),
    (10**5000, f'"{hex(10**5000)}"'),
    ("é\n\u2028", '"é\\n\u2028"'),
    ("\ud800", '"\\ud800"'),
    ((1, 2), "[1,2]"),
    (Pair(1, 2), "[1,2]"),
    ({"b", "a"}, '["a","b"]'),
    (frozenset({2**70, "a"}), '["a",1180591620717411303424]'),
    ({1: 2**70, "b": 0}, '{"1":1180591620717411303424,"b":0}'),
    ({None: 1, (1, 2): 2}, '{"[1,2]":2,"null":1}'),
    (OrderedDict(b=1, a=2), '{"a":2,"b":1}'),
    (MappingProxyType({"b": 1, "a": 2}), '{"a":2,"b":1}'),
    (Decimal("1.50"), '"1.50"'),
    (Half(1.5), "1.5"),
    (b"\x00\xff", '"00ff"'),
    (date(2024, 6, 1), '"2024-06-01"'),
    (datetime(2024, 6, 1, 12, tzinfo=UTC), '"2024-06-01T12:00:00+00:00"'),
    (UUID(int=1), '"00000000-0000-0000-0000-000000000001"'),
    (Colour.RED, '"red"'),
    (Colour.WIDE, "1180591620717411303424"),
    (Point(1, 2), '{"x":2,"y":1}'),
    (Point({2**70}, Point(1e16, 1)), '{"x":{"x":1,"y":1e+16},"y":[1180591620717411303424]}'),
    (complex(1, 2), '"(1+2j)"'),
    (Nameless(), '"<Nameless without a repr: EtlkitError>"'),
]
NAMES = [f"{type(value).__name__} {form[:24]}" for value, form in FORMS]


@pytest.mark.parametrize(("value", "form"), FORMS, ids=NAMES)
def test_the_canonical_form_of_a_value(value: Any, form: str) -> None:
    """The same for a record that orjson takes, and for one beside a value that it does not."""
    alone, beside = {"v": value}, {"v": value, "w": 2**70}

    hashes = [row_hash(alone), compiled_hash(alone), row_hash(beside)]

    assert hashes == [
        blake2b(text.encode(), digest_size=16).digest()
        for text in (
            f'{{"v":{form}}}',
            f'{{"v":{form}}}',
            f'{{"v":{form},"w":1180591620717411303424}}',
        )
    ]


@pytest.mark.parametrize("hashed", [row_hash, compiled_hash], ids=["function", "kernel"])
def test_a_record_that_is_nested_too_deeply_has_no_hash(hashed: Any) -> None:
    """It is refused as such, also where it holds itself."""
    record: dict[str, Any] = {}
    record["self"] = record

    with pytest.raises(Unfit) as caught:
        hashed(record)

    assert (caught.value.code, str(caught.value)) == (
        "depth",
        "the record is nested deeper than 250 levels",
    )
