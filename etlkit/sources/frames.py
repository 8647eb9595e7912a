"""Data frames as records: whatever hands out an Arrow stream, a batch at a time.

Arrow tables and readers, Polars, pandas and DuckDB speak the Arrow PyCapsule interface:
a method ``__arrow_c_stream__`` that gives record batches without copying them.
"""

from __future__ import annotations

import re

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from attrs import frozen

from etlkit._optional import require
from etlkit.errors import ConfigurationError, InputError
from etlkit.formats.objects import BATCH_RECORDS
from etlkit.records import Batch, Origin, Problem, Unfit, own


if TYPE_CHECKING:
    from etlkit.records import Record

_UNNAMED_INDEX = re.compile(r"__index_level_\d+__")


def is_frame(value: object) -> bool:
    """Whether an object, and not a class, hands out an Arrow stream."""
    return hasattr(value, "__arrow_c_stream__") and not isinstance(value, type)


def columns_of(frame: object) -> tuple[str, ...] | None:
    """The names of its columns, where it tells them without being read.

    An index of pandas becomes a column, too, whose name only the Arrow stream has.
    """
    names: Any = getattr(frame, "column_names", None) or getattr(frame, "columns", None)
    if names is None or callable(names) or hasattr(frame, "index"):
        return None
    found = tuple(names)
    return found if all(isinstance(name, str) for name in found) else None


class _Inexact(dict[str, Any]):
    """A record with a value that no Python value is equal to, with that value as text."""

    unfit: Unfit


def _taken(item: Record) -> Record:
    """A copy of a record for a run, or the reason why there is none."""
    if isinstance(item, _Inexact):
        raise item.unfit
    copy: Record = own(item)
    return copy


def frame_batches(frame: object, uri: str) -> Iterator[Batch]:
    """The records of a frame in batches, converted when they are asked for.

    Raises:
        MissingExtra: pyarrow is not installed.
        ConfigurationError: The frame is no table, or has two columns of one name.
        InputError: It has a column that Arrow cannot hold.
    """
    pa = require("pyarrow", extra="parquet", purpose=f"{uri}: reading a data frame")
    origin, first = Origin(uri), 1
    with _opened(pa, frame, uri) as reader:
        reading = _reading(pa, reader.schema, uri)
        remarks = reading.remarks(uri)
        for chunk in reader:
            for start in range(0, chunk.num_rows, BATCH_RECORDS):
                items = reading.records(chunk.slice(start, BATCH_RECORDS))
                yield Batch(items, origin, first, _taken, remarks=remarks)
                first, remarks = first + len(items), ()


def _opened(pa: Any, frame: object, uri: str) -> Any:
    try:
        return pa.RecordBatchReader.from_stream(frame)
    except (pa.ArrowException, ValueError, TypeError) as error:
        if "non-struct" in str(error):
            message = (
                f"{uri}: {type(frame).__name__} is a single column; pass a frame, whose columns "
                "have names"
            )
            raise ConfigurationError(message) from error
        # The last argument names the column; the ones before it may show values.
        message = (
            f"{uri}: the {type(frame).__name__} has a column that Arrow cannot hold "
            f"({error.args[-1]}); convert it, or pass the records as a list of dicts"
        )
        raise InputError(message) from error


@frozen
class _Reading:
    """How the batches of one stream become records.

    Attributes:
        pa: The module pyarrow.
        schema: The columns as Python can hold them: times in microseconds.
        cast: Whether that differs from the stream's own.
        left_out: Columns that pandas added for an index without a name.
    """

    pa: Any
    schema: Any
    cast: bool
    left_out: tuple[str, ...]

    def remarks(self, uri: str) -> tuple[str, ...]:
        if not self.left_out:
            return ()
        return (f"{uri}: the index of the frame has no name and was left out",)

    def records(self, chunk: Any) -> list[Record]:
        """The records of a chunk, as plain Python values."""
        chunk = chunk.select(self.schema.names)
        try:
            return self._converted(chunk)
        except (self.pa.ArrowException, ValueError, OverflowError, KeyError):
            return [self._one(chunk.slice(row, 1)) for row in range(chunk.num_rows)]

    def _converted(self, chunk: Any) -> list[Record]:
        plain = chunk.cast(self.schema) if self.cast else chunk
        found: list[Record] = plain.to_pylist(maps_as_pydicts="strict")
        return found

    def _one(self, row: Any) -> Record:
        """The one record of a row; with the reason where it has no Python form."""
        try:
            return self._converted(row)[0]
        except (self.pa.ArrowException, ValueError, OverflowError, KeyError):
            return self._inexact(row)

    def _inexact(self, row: Any) -> _Inexact:
        record, problems = _Inexact(), []
        for field in self.schema:
            column = row.column(field.name)
            try:
                (record[field.name],) = column.cast(field.type).to_pylist(maps_as_pydicts="strict")
            except (self.pa.ArrowException, ValueError, OverflowError, KeyError):
                record[field.name] = _as_text(self.pa, column)
                problems.append(Problem((field.name,), "type", _why(column.type)))
        words = "; ".join(f"{problem.place} {problem.message}" for problem in problems)
        record.unfit = Unfit("inexact", words, tuple(problems))
        return record


def _why(kind: Any) -> str:
    """Why a value of a column has no Python form; without the value, which may be secret."""
    if "map<" in str(kind):
        return f"is a {kind} in which a key comes twice or a time is beyond Python's"
    return (
        f"is a {kind} beyond what Python holds (microseconds, the years 1 to 9999); convert the "
        "column in the frame"
    )


def _as_text(pa: Any, column: Any) -> str:
    try:
        return str(column.cast(pa.string())[0])
    except (pa.ArrowException, ValueError):
        return str(column.slice(0, 1)).strip()


def _reading(pa: Any, schema: Any, uri: str) -> _Reading:
    _check_names(schema.names, uri, "")
    from_pandas = b"pandas" in (schema.metadata or {})
    left_out = [name for name in schema.names if from_pandas and _UNNAMED_INDEX.fullmatch(name)]
    kept = [field for field in schema if field.name not in left_out]
    plain = pa.schema([field.with_type(_plain(pa, field.type, uri)) for field in kept])
    return _Reading(pa, plain, plain.types != [field.type for field in kept], tuple(left_out))


def _check_names(names: list[str], uri: str, inside: str) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        message = (
            f"{uri}: several columns{inside} are called {', '.join(map(repr, twice))}, and a "
            "record has each key once; rename them"
        )
        raise ConfigurationError(message)


def _plain(pa: Any, kind: Any, uri: str) -> Any:
    """The type whose values Python can hold: times in microseconds."""
    types = pa.types
    if types.is_dictionary(kind):
        value = _plain(pa, kind.value_type, uri)
        return kind if value == kind.value_type else value
    if types.is_struct(kind):
        fields = [kind.field(number) for number in range(kind.num_fields)]
        _check_names([field.name for field in fields], uri, " of a struct")
        return pa.struct([field.with_type(_plain(pa, field.type, uri)) for field in fields])
    if types.is_map(kind):
        return pa.map_(_plain(pa, kind.key_type, uri), _plain(pa, kind.item_type, uri))
    if types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind):
        return _plain_list(pa, kind, uri)
    if any(_plain(pa, inside, uri) != inside for inside in _inside(pa, kind)):
        message = (
            f"{uri}: a column holds a {kind}, in which nanoseconds cannot be converted to what "
            "Python holds (microseconds); convert the column in the frame"
        )
        raise ConfigurationError(message)
    return _in_microseconds(pa, kind)


def _plain_list(pa: Any, kind: Any, uri: str) -> Any:
    value = _plain(pa, kind.value_type, uri)
    if value == kind.value_type:
        return kind
    # not to a fixed-size list: that cast looks at the values outside of a slice too
    make = pa.large_list if pa.types.is_large_list(kind) else pa.list_
    return make(kind.value_field.with_type(value))


def _inside(pa: Any, kind: Any) -> list[Any]:
    """The types inside of one that Arrow cannot cast, or casts wrongly (list views)."""
    types = pa.types
    if types.is_union(kind):
        return [kind.field(number).type for number in range(kind.num_fields)]
    if types.is_list_view(kind) or types.is_large_list_view(kind):
        return [kind.value_type]
    return [kind.value_type] if types.is_run_end_encoded(kind) else []


def _in_microseconds(pa: Any, kind: Any) -> Any:
    if getattr(kind, "unit", None) != "ns":
        return kind
    if pa.types.is_timestamp(kind):
        return pa.timestamp("us", kind.tz)
    return pa.time64("us") if pa.types.is_time(kind) else pa.duration("us")
