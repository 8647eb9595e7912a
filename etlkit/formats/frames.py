"""Records as data frames: an Arrow table, and what pandas and Polars make of it.

The type of each column is worked out here and told to Arrow. Left to itself Arrow makes
a date of a datetime, bytes of a text, and 1.0 of true, where the two meet in a column.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import chain
from typing import TYPE_CHECKING, Any

from etlkit._optional import require
from etlkit.errors import RecordError
from etlkit.records import Problem


if TYPE_CHECKING:
    from collections.abc import Callable

    from etlkit.records import Record

    Path = tuple[str | int, ...]

_KINDS: dict[type, type] = {
    bool: bool,
    bytearray: bytes,
    bytes: bytes,
    date: date,
    datetime: datetime,
    Decimal: Decimal,
    dict: dict,
    float: float,
    int: int,
    list: list,
    str: str,
    time: time,
    timedelta: timedelta,
    tuple: list,
}
_EXACT = {date, datetime, time, timedelta}
"""Kinds whose subclasses may hold more, as the timestamps of pandas hold nanoseconds."""

_INT64 = range(-(2**63), 2**63)
_UINT64 = range(2**64)


def arrow_table(records: Iterable[Record], *, purpose: str = "to_arrow()") -> Any:
    """The records as a ``pyarrow.Table``, with a column for each key of any record.

    Raises:
        MissingExtra: pyarrow is not installed.
        RecordError: A column would hold values of several types, or one that Arrow
            cannot hold; the message names it.
    """
    pa = require("pyarrow", extra="parquet", purpose=purpose)
    columns, count = _columns(records)
    if not columns:  # a table without columns has a length all the same
        return pa.Table.from_struct_array(pa.array([{}] * count, pa.struct([])))
    return pa.table({name: _column(pa, name, values) for name, values in columns.items()})


def pandas_frame(records: Iterable[Record]) -> Any:
    """The records as a ``pandas.DataFrame``; whole numbers and booleans stay what they are.

    Raises:
        MissingExtra: pandas or pyarrow is not installed.
        RecordError: As for ``arrow_table``.
    """
    pandas = require("pandas", extra=None, purpose="to_pandas()")
    table = arrow_table(records, purpose="to_pandas()")
    columns = {name: _series(pandas, table.column(name)) for name in table.column_names}
    return pandas.DataFrame(columns, index=pandas.RangeIndex(table.num_rows))


def polars_frame(records: Iterable[Record]) -> Any:
    """The records as a ``polars.DataFrame``.

    Raises:
        MissingExtra: Polars or pyarrow is not installed.
        RecordError: As for ``arrow_table``, and for decimals of more than 38 digits.
    """
    polars = require("polars", extra=None, purpose="to_polars()")
    table = arrow_table(records, purpose="to_polars()")
    for column in table.schema:
        if "decimal256" in str(column.type):
            words = "has decimals of more than 38 digits, which Polars does not hold"
            raise _refused((column.name,), words)
    return polars.DataFrame(table)


def _columns(records: Iterable[Any], path: Path = ()) -> tuple[dict[str, list[Any]], int]:
    """The values of each key, None where a record lacks it, and the number of records."""
    columns: dict[str, list[Any]] = {}
    count = 0
    for count, record in enumerate(records, 1):
        if record is not None:
            for name, value in record.items():
                if name not in columns:
                    columns[_text(name, path)] = [None] * (count - 1)
                columns[name].append(value)
        if record is None or len(record) < len(columns):
            for values in columns.values():
                if len(values) < count:
                    values.append(None)
    return columns, count


def _text(name: object, path: Path) -> str:
    if isinstance(name, str):
        return name
    raise _refused(path, f"has the key {name!r}, and the names of columns are texts")


def _column(pa: Any, name: str, values: list[Any]) -> Any:
    kind = _type_of(pa, values, (name,))
    try:
        return pa.array(values, kind)
    except (pa.ArrowException, ValueError, TypeError, OverflowError) as error:
        raise _refused((name,), f"does not fit a column of {kind}: {error}") from error


def _type_of(pa: Any, values: list[Any], path: Path) -> Any:
    """The Arrow type that holds all of these values as they are."""
    kinds = {_kind(one, path) for one in set(map(type, values)) - {type(None)}}
    if kinds == {int, float}:
        return pa.float64()  # exact, since Arrow refuses whole numbers that a double rounds
    if kinds == {int, Decimal}:
        kinds = {Decimal}
    if len(kinds) > 1:
        names = sorted(kind.__name__ for kind in kinds)
        words = f"holds values of several types ({', '.join(names)}), and a column has one"
        raise _refused(path, words)
    if not kinds:
        return pa.null()
    present = [value for value in values if value is not None]
    return _TYPES[kinds.pop()](pa, present, path)


def _kind(given: type, path: Path) -> type:
    for base in given.__mro__:
        kind = _KINDS.get(base)
        if kind is not None and (given is base or kind not in _EXACT):
            return kind
    raise _refused(path, f"holds a {given.__name__}, which has no column type here")


def _integer(pa: Any, values: list[int], path: Path) -> Any:
    least, most = min(values), max(values)
    if least in _INT64 and most in _INT64:
        return pa.int64()
    if least in _UINT64 and most in _UINT64:
        return pa.uint64()
    raise _refused(path, "holds whole numbers beyond 64 bits")


def _decimal(pa: Any, values: list[Any], path: Path) -> Any:
    try:
        return pa.infer_type(values)
    except pa.ArrowInvalid as error:
        words = "holds a decimal that is no number or has more than 76 digits"
        raise _refused(path, words) from error


def _moment(pa: Any, values: list[datetime], path: Path) -> Any:
    zones = {value.tzinfo for value in values}
    if len(zones) > 1 and None in zones:
        raise _refused(path, "holds datetimes with and without a time zone")
    if zones == {None}:
        return pa.timestamp("us")
    try:
        names = {pa.infer_type([datetime(2000, 1, 1, tzinfo=zone)]).tz for zone in zones}
    except pa.ArrowInvalid as error:
        words = "holds a datetime whose time zone has an offset with seconds"
        raise _refused(path, words) from error
    return pa.timestamp("us", names.pop() if len(names) == 1 else "UTC")


def _clock_time(pa: Any, values: list[time], path: Path) -> Any:
    if any(value.tzinfo is not None for value in values):
        raise _refused(path, "holds a time with a time zone")
    return pa.time64("us")


def _items(pa: Any, values: list[list[Any]], path: Path) -> Any:
    return pa.list_(_type_of(pa, list(chain.from_iterable(values)), (*path, 0)))


def _fields(pa: Any, values: list[Record], path: Path) -> Any:
    columns, _ = _columns(values, path)
    return pa.struct(
        [(name, _type_of(pa, inner, (*path, name))) for name, inner in columns.items()]
    )


_TYPES: dict[type, Callable[[Any, Any, Path], Any]] = {
    bool: lambda pa, _values, _path: pa.bool_(),
    bytes: lambda pa, _values, _path: pa.binary(),
    date: lambda pa, _values, _path: pa.date32(),
    datetime: _moment,
    Decimal: _decimal,
    dict: _fields,
    float: lambda pa, _values, _path: pa.float64(),
    int: _integer,
    list: _items,
    str: lambda pa, _values, _path: pa.string(),
    time: _clock_time,
    timedelta: lambda pa, _values, _path: pa.duration("us"),
}


def _refused(path: Path, words: str) -> RecordError:
    """The error for a field; items of a list are shown as ``[]``."""
    place = Problem(path, "type", "").place.replace("[0]", "[]")
    return RecordError(f"{place} {words}; convert it in a step before making a frame")


def _series(pandas: Any, column: Any) -> Any:
    """A column for pandas, in which a gap does not turn whole numbers into floats."""
    kind = str(column.type)
    if column.type.num_fields:  # lists stay lists, which pandas would make arrays of
        return pandas.Series(column.to_pylist(), dtype=object)
    nullable = {"bool": "boolean", "int64": "Int64", "uint64": "UInt64"}.get(kind)
    if column.null_count and nullable:
        return pandas.Series(column.to_pylist(), dtype=nullable)
    return column.to_pandas()
