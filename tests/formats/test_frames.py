"""Records become data frames without a silent change."""

from __future__ import annotations

import math
import sys

from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from hypothesis import given
from hypothesis import strategies as some

from etlkit import RecordsSource
from etlkit.errors import MissingExtra, RecordError


pa = pytest.importorskip("pyarrow", reason="frames are read and made by pyarrow")

NOON = datetime(2024, 6, 1, 12)  # noqa: DTZ001 -- without a zone on purpose
PARIS = datetime(2024, 6, 1, 12, tzinfo=ZoneInfo("Europe/Paris"))


class State(StrEnum):
    """A text with a name."""

    CA = "ca"


def as_table(*values: object) -> Any:
    """A table with one column of these values."""
    return RecordsSource([{"value": value} for value in values]).to_arrow()


def test_every_key_of_any_record_is_a_column() -> None:
    """In the order in which they are first met; what a record lacks is null."""
    source = RecordsSource([{"a": 1}, {"b": "x", "a": 2}, {"b": "y"}, {}])

    table = source.to_arrow()

    assert table.column_names == ["a", "b"]
    assert table.to_pydict() == {"a": [1, 2, None, None], "b": [None, "x", "y", None]}


def test_a_key_inside_a_record_is_a_column_too() -> None:
    """The same at every depth, in dicts and in lists of dicts."""
    table = as_table({"x": 1}, None, {"y": [{"p": 1}, {"q": None}]})

    assert table.column("value").to_pylist() == [
        {"x": 1, "y": None},
        None,
        {"x": None, "y": [{"p": 1, "q": None}, {"p": None, "q": None}]},
    ]


TYPES: dict[str, tuple[list[Any], str]] = {
    "nothing": ([None], "null"),
    "bool": ([True, None], "bool"),
    "int": ([-(2**63), 2**63 - 1], "int64"),
    "unsigned": ([0, 2**64 - 1], "uint64"),
    "float": ([1.5, None], "double"),
    "int and float": ([1, 2.5], "double"),
    "decimal": ([Decimal("1.50"), Decimal(100)], "decimal128(5, 2)"),
    "int and decimal": ([1, Decimal("1.5")], "decimal128(2, 1)"),
    "text": (["a", State.CA], "string"),
    "bytes": ([b"a", bytearray(b"b")], "binary"),
    "date": ([date(2024, 6, 1)], "date32[day]"),
    "datetime": ([NOON], "timestamp[us]"),
    "datetime of one zone": ([PARIS], "timestamp[us, tz=Europe/Paris]"),
    "datetimes of two zones": ([PARIS, NOON.replace(tzinfo=UTC)], "timestamp[us, tz=UTC]"),
    "time": ([time(1, 2)], "time64[us]"),
    "timedelta": ([timedelta(1)], "duration[us]"),
    "list": ([[1], (2, None), []], "list<item: int64>"),
    "list without items": ([[]], "list<item: null>"),
    "dict": ([{"x": "a"}], "struct<x: string>"),
    "dict without keys": ([{}], "struct<>"),
}


@pytest.mark.parametrize(("values", "kind"), TYPES.values(), ids=TYPES)
def test_a_column_has_the_type_that_holds_its_values(values: list[Any], kind: str) -> None:
    """And the values in it are equal to those of the records."""
    column = as_table(*values).column("value")

    shown = [list(value) if isinstance(value, tuple) else value for value in values]
    assert str(column.type) == kind
    assert column.to_pylist() == shown


MIXED: dict[str, tuple[list[Any], str]] = {
    "int and text": (
        [1, "x"],
        "$.value holds values of several types (int, str), and a column has one",
    ),
    "bool and int": (
        [True, 1],
        "$.value holds values of several types (bool, int), and a column has one",
    ),
    "float and bool": (
        [1.5, True],
        "$.value holds values of several types (bool, float), and a column has one",
    ),
    "date and datetime": (
        [date(2024, 6, 1), NOON],
        "$.value holds values of several types (date, datetime), and a column has one",
    ),
    "text and bytes": (
        ["a", b"b"],
        "$.value holds values of several types (bytes, str), and a column has one",
    ),
    "decimal and float": (
        [Decimal(1), 1.5],
        "$.value holds values of several types (Decimal, float), and a column has one",
    ),
    "in a list": (
        [[1], ["x"]],
        "$.value[] holds values of several types (int, str), and a column has one",
    ),
    "in a dict": (
        [{"k": 1}, {"k": [1]}],
        "$.value.k holds values of several types (int, list), and a column has one",
    ),
    "with and without a zone": (
        [NOON, PARIS],
        "$.value holds datetimes with and without a time zone",
    ),
    "time with a zone": ([time(1, tzinfo=UTC)], "$.value holds a time with a time zone"),
    "zone with seconds": (
        [NOON.replace(tzinfo=timezone(timedelta(seconds=1)))],
        "$.value holds a datetime whose time zone has an offset with seconds",
    ),
    "beyond 64 bits": ([2**64], "$.value holds whole numbers beyond 64 bits"),
    "signed and wide": ([-1, 2**63], "$.value holds whole numbers beyond 64 bits"),
    "int that a double rounds": (
        [2**53 + 1, 0.5],
        "$.value does not fit a column of double: Integer value 9007199254740993 is outside of the range exactly representable by a IEEE 754 double precision value",
    ),
    "decimal that is no number": (
        [Decimal("NaN")],
        "$.value holds a decimal that is no number or has more than 76 digits",
    ),
    "half a character": (
        ["\ud800"],
        "$.value does not fit a column of string: 'utf-8' codec can't encode character '\\ud800' in position 0: surrogates not allowed",
    ),
    "key that is no text": ([{1: 2}], "$.value has the key 1, and the names of columns are texts"),
    "set": ([{1}], "$.value holds a set, which has no column type here"),
    "uuid": ([UUID(int=1)], "$.value holds a UUID, which has no column type here"),
}


@pytest.mark.parametrize(("values", "message"), MIXED.values(), ids=MIXED)
def test_what_would_be_changed_is_refused(values: list[Any], message: str) -> None:
    """Arrow alone makes 1.0 of true and a date of a datetime; the message names the field."""
    with pytest.raises(RecordError) as caught:
        as_table(*values)

    assert str(caught.value) == f"{message}; convert it in a step before making a frame"


def test_a_timestamp_with_nanoseconds_is_refused() -> None:
    """That of pandas is a datetime, and has more digits than a column of microseconds."""
    moment = pytest.importorskip("pandas").Timestamp(1)

    with pytest.raises(RecordError) as caught:
        as_table(moment)

    assert str(caught.value) == (
        "$.value holds a Timestamp, which has no column type here; "
        "convert it in a step before making a frame"
    )


SCALARS = [
    some.none(),
    some.booleans(),
    some.integers(-(2**63), 2**63 - 1),
    some.floats(allow_nan=False),
    some.text(some.characters(exclude_categories=["Cs"])),
    some.binary(),
    some.dates(),
    some.datetimes(),
]
COLUMNS = some.one_of(
    *(some.lists(one, min_size=1, max_size=5) for one in SCALARS),
    *(some.lists(some.lists(one, max_size=3), min_size=1, max_size=5) for one in SCALARS),
)


@given(COLUMNS)
def test_records_come_back_from_a_table_as_they_went_in(values: list[Any]) -> None:
    """To Arrow and back, whatever the one type of the column."""
    records = [{"value": value} for value in values]

    found = RecordsSource(RecordsSource(records).to_arrow()).extract()

    assert found == records


@pytest.mark.parametrize("records", [[], [{}, {}]], ids=["none", "empty ones"])
@pytest.mark.parametrize("method", ["to_arrow", "to_pandas", "to_polars"])
def test_records_without_keys_are_counted(records: list[Any], method: str) -> None:
    """A frame without columns has as many rows as there are records."""
    pytest.importorskip(method.removeprefix("to_").replace("arrow", "pyarrow"))

    frame = getattr(RecordsSource(records), method)()

    assert frame.shape == (len(records), 0)


def test_pandas_gets_whole_numbers_and_booleans_with_gaps_as_they_are() -> None:
    """Its plain types would turn them into floats and objects."""
    pandas = pytest.importorskip("pandas")
    wide = 2**53 + 1
    records = [{"n": wide, "ok": True, "full": 1}, {"n": None, "ok": None, "full": 2}]

    frame = RecordsSource(records).to_pandas()

    assert [str(kind) for kind in frame.dtypes] == ["Int64", "boolean", "int64"]
    assert frame["n"][0] == wide
    assert frame["n"][1] is frame["ok"][1] is pandas.NA


def test_pandas_gets_lists_and_dicts_as_they_are() -> None:
    """Its own conversion makes arrays of floats of lists with gaps."""
    pytest.importorskip("pandas")

    frame = RecordsSource([{"tags": [1, None], "contact": {"zip": "04109"}}]).to_pandas()

    assert frame["tags"][0] == [1, None]
    assert frame["contact"][0] == {"zip": "04109"}


def test_polars_gets_the_columns_of_the_table() -> None:
    """Types and gaps are those of Arrow."""
    pytest.importorskip("polars")

    frame = RecordsSource([{"n": 1, "x": math.inf}, {"n": None, "at": NOON}]).to_polars()

    assert frame.rows() == [(1, math.inf, None), (None, None, NOON)]


def test_polars_is_not_given_decimals_that_it_cannot_hold() -> None:
    """It would end in a panic, which names no column."""
    pytest.importorskip("polars")

    with pytest.raises(RecordError) as caught:
        RecordsSource([{"n": Decimal(10) ** 60}]).to_polars()

    assert str(caught.value) == (
        "$.n has decimals of more than 38 digits, which Polars does not hold; "
        "convert it in a step before making a frame"
    )


@pytest.mark.parametrize(
    ("method", "package", "line"),
    [
        ("to_arrow", "pyarrow", "'.[parquet]'  in a checkout of etlkit"),
        ("to_pandas", "pandas", "pandas"),
        ("to_polars", "polars", "polars"),
    ],
)
def test_a_package_that_is_missing_is_named(
    method: str, package: str, line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the line that installs it."""
    source = RecordsSource([{"id": 1}])
    monkeypatch.setitem(sys.modules, package, None)

    with pytest.raises(MissingExtra) as caught:
        getattr(source, method)()

    assert str(caught.value) == (
        f"{method}() needs the package {package!r}, which is not installed: "
        f"run  python -m pip install {line}"
    )
