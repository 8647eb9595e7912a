"""Each value has one form in a cell, or refuses its record."""

from __future__ import annotations

import math
import sys

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from hypothesis import given, settings
from hypothesis import strategies as st

from etlkit._codegen import Code
from etlkit.formats import CellsEncoder
from etlkit.formats.csv.texts import Cells
from etlkit.records import Record, Unfit


if TYPE_CHECKING:
    from collections.abc import Callable


class State(StrEnum):
    """A text that has a name."""

    OPEN = "open"


class Old(str, Enum):  # noqa: UP042 -- its str() is not its text, which is the point
    """A text that has a name and shows it."""

    OPEN = "open"


class Level(IntEnum):
    """A number that has a name."""

    HIGH = 3


class Wrapped(Enum):
    """A list that has a name."""

    LIST = (1, 2)


class NotATime(datetime):
    """What pandas has for a time that is missing."""

    def __eq__(self, other: object) -> bool:
        """Not even itself."""
        return False

    __hash__ = None  # type: ignore[assignment]  # as it compares


@dataclass
class Place:
    """A value with fields."""

    x: float


class Ratio(float):
    """A number of somebody else's."""

    def __repr__(self) -> str:
        """Not a number."""
        return "Ratio!"


def compiled(encoder: CellsEncoder) -> Callable[[Record], Any]:
    """The encoder as a kernel has it."""
    code = Code()
    with code.block("def encode(record):"):
        code.line(f"return {encoder.write(code, 'record')}")
    return code.function("encode")


BOTH_WAYS = pytest.mark.parametrize(
    "encode", [CellsEncoder().encode, compiled(CellsEncoder())], ids=["called", "compiled"]
)


def cell(value: object) -> str:
    """The text of a value, through the encoder and a column of its own."""
    texts, _ = Cells(",", '"', formulas=True).column([CellsEncoder().encode({"v": value})["v"]])
    (text,) = texts
    return text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        ("", ""),
        ("text", "text"),
        (True, "true"),
        (False, "false"),
        (0, "0"),
        (10**30, "1" + "0" * 30),
        (-7, "-7"),
        (0.1, "0.1"),
        (1e22, "1e+22"),
        (-0.0, "-0.0"),
        (Decimal("1.50"), "1.50"),
        (Decimal("1E+5"), "1E+5"),
        (date(2024, 1, 31), "2024-01-31"),
        (datetime(2024, 1, 31, 12, 5, tzinfo=UTC), "2024-01-31T12:05:00+00:00"),
        (datetime(2024, 1, 31, 12, 5, 0, 7), "2024-01-31T12:05:00.000007"),  # noqa: DTZ001 -- naive times are values too
        (time(12, 5), "12:05:00"),
        (UUID(int=5), "00000000-0000-0000-0000-000000000005"),
        (State.OPEN, "open"),
        (Old.OPEN, "open"),
        (Level.HIGH, "3"),
        (Wrapped.LIST, '"[1,2]"'),
        (Ratio(0.5), "0.5"),
        ([], "[]"),
        ([1, "a", None, 10**20], '"[1,""a"",null,100000000000000000000]"'),
        ((1, 2), '"[1,2]"'),
        ({"a": {"b": 1}}, '"{""a"":{""b"":1}}"'),
        (Place(0.5), '"{""x"":0.5}"'),
    ],
    ids=repr,
)
def test_a_value_has_one_form(value: object, text: str) -> None:
    """Numbers keep every digit, times are ISO 8601, what has parts is JSON."""
    found = cell(value)

    assert found == text


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text("=-,\n\"'ab"),
    st.decimals(allow_nan=False, allow_infinity=False),
    st.dates(),
    st.datetimes(timezones=st.none() | st.just(UTC)),
    st.uuids(),
)


@settings(deadline=None)
@given(values=st.lists(VALUES, min_size=1))
def test_a_column_is_the_cells_of_its_values(values: list[object]) -> None:
    """Which way a column is turned into texts depends on its classes, and nobody can tell."""
    cells = Cells(",", '"', formulas=False)

    texts, guarded = cells.column(values)

    alone = [cells.column([value]) for value in values]
    assert list(texts) == [text for (text,), _ in alone]
    assert guarded == sum(number for _, number in alone)


@BOTH_WAYS
def test_a_record_is_copied(encode: Callable[[Record], Record]) -> None:
    """A step may return the same dict again and again, and change it in between."""
    record = {"a": 1, "b": [1]}
    plain = {"a": 1}

    found = [encode(record), encode(plain)]

    record["b"].append(2)  # type: ignore[attr-defined]  # it is the list
    plain["a"] = 2
    assert found == [{"a": 1, "b": "[1]"}, {"a": 1}]


@BOTH_WAYS
@pytest.mark.parametrize(
    ("value", "code", "message"),
    [
        pytest.param(
            b"raw",
            "encode",
            "$.v is a bytes, which CSV has no form for; turn it into a text in a step",
            id="bytes",
        ),
        pytest.param(
            {1, 2},
            "encode",
            "$.v is a set, which CSV has no form for; turn it into a text in a step",
            id="set",
        ),
        pytest.param(
            Fraction(1, 3),
            "encode",
            "$.v is a Fraction, which CSV has no form for; turn it into a text in a step",
            id="fraction",
        ),
        pytest.param(
            timedelta(days=1),
            "encode",
            "$.v is a timedelta, which CSV has no form for; turn it into a text in a step",
            id="duration",
        ),
        pytest.param(
            [{"x": {1}}],
            "encode",
            "$.v[0].x is a set that JSON has no form for (Type is not JSON serializable: set); "
            "change it in a step, for example by sorted(...)",
            id="set within a list",
        ),
        pytest.param(
            [math.nan],
            "nan",
            "the record has a NaN or an infinity, which is no value of CSV; turn it into None or a "
            "text in a step",
            id="NaN within a list",
        ),
    ],
)
def test_a_value_without_a_form_refuses_the_record(
    value: object, code: str, message: str, encode: Callable[[Record], Record]
) -> None:
    """The message has its place."""
    with pytest.raises(Unfit) as caught:
        encode({"v": value})

    assert (caught.value.code, str(caught.value)) == (code, message)


@pytest.mark.parametrize(
    "value", [math.nan, -math.inf, Decimal("sNaN"), Decimal("Infinity"), NotATime(2024, 1, 1)]
)
def test_what_is_no_number_refuses_the_record(value: object) -> None:
    """It would read back as a text."""
    with pytest.raises(Unfit) as caught:
        cell(value)

    assert caught.value.code == "nan"


def test_an_integer_that_python_does_not_write_refuses_the_record() -> None:
    """Python stops at a number of digits, for safety."""
    with pytest.raises(Unfit) as caught:
        cell(10 ** sys.get_int_max_str_digits())

    assert caught.value.code == "encode"
    assert str(caught.value) == (
        "an integer that Python does not write: Exceeds the limit (4300 digits) for integer string "
        "conversion; use sys.set_int_max_str_digits() to increase the limit"
    )
