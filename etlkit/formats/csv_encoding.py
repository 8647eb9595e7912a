"""Files of CSV and TSV: a header, and the records as lines of cells (RFC 4180)."""

from __future__ import annotations

import codecs
import csv
import io

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from operator import itemgetter
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from attrs import define, evolve, field, frozen

from etlkit._words import did_you_mean, shown
from etlkit.errors import ConfigurationError
from etlkit.formats.csv_cells import Cells, CellsEncoder
from etlkit.formats.writer import Writer, Writing
from etlkit.records import Refusal, Unfit


if TYPE_CHECKING:
    from etlkit.formats.format import Encoder
    from etlkit.records import OutBatch, Record

_LINE_ENDS = ("\n", "\r\n")
# Python's codecs of these write a mark at the start of each text; a file gets it once.
_MARKED = {"utf-8-sig": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}
_MOST_NAMED = 8

_Row: TypeAlias = tuple[object, ...]


def _names(given: object) -> tuple[str, ...] | None:
    if given is None:
        return None
    if not isinstance(given, str) and isinstance(given, Iterable):
        names = tuple(given)
        if names and all(isinstance(name, str) for name in names) and _are_distinct(names):
            return names
    message = f"columns is a list of different names, got {shown(given)}"
    raise ConfigurationError(message)


def _are_distinct(names: Sequence[str]) -> bool:
    return len(set(names)) == len(names)


@frozen
class CsvWriter(Writer):
    r"""Writes CSV: a header, then a line for each record.

    None is an empty cell, true and false are written so, dates and times as ISO 8601,
    dicts and lists as JSON. A cell is quoted where it has to be. Field order within later
    records does not matter; a missing field is an empty cell; a field without a column
    refuses the record. Whoever reads the file cannot tell None from an empty text.

    Attributes:
        columns: Names of the columns, in order. By default the fields of the first record.
        delimiter: The character between two cells.
        quote: The character around a cell that needs it; within, it is doubled.
        line_end: ``"\n"``, or ``"\r\n"`` as RFC 4180 has it.
        encoding: Any text encoding of Python. A character that it lacks refuses the record.
        bom: Begin with a byte order mark, by which Excel tells UTF-8.
        formulas: Write texts as they are that begin with ``=``, ``+``, ``-``, ``@``, a tab or
            a carriage return. By default they get an apostrophe in front, unless they are a
            plain number such as ``-1.5``, since a spreadsheet would run them as a formula.
    """

    name: ClassVar[str] = "csv"
    suffixes: ClassVar[tuple[str, ...]] = (".csv",)

    columns: tuple[str, ...] | None = field(default=None, kw_only=True, converter=_names)
    delimiter: str = field(default=",", kw_only=True)
    quote: str = field(default='"', kw_only=True)
    line_end: str = field(default="\n", kw_only=True)
    encoding: str = field(default="utf-8", kw_only=True)
    bom: bool = field(default=False, kw_only=True)
    formulas: bool = field(default=False, kw_only=True)

    @delimiter.validator
    @quote.validator
    def _check_mark(self, attribute: Any, value: object) -> None:
        name = attribute.name
        if not isinstance(value, str) or len(value) != 1 or value.isalnum() or value in "+-.\r\n":
            message = (
                f"{name} is one character that is no part of a number or word, got {shown(value)}"
            )
            raise ConfigurationError(message)
        if name == "quote" and value == self.delimiter:
            message = f"delimiter and quote are both {value!r}; they have to differ"
            raise ConfigurationError(message)

    @line_end.validator
    def _check_line_end(self, _: object, value: object) -> None:
        if value not in _LINE_ENDS:
            message = f"line_end is '\\n' or '\\r\\n', got {shown(value)}"
            raise ConfigurationError(message)

    @encoding.validator
    def _check_encoding(self, _: object, value: object) -> None:
        try:
            "".encode(value)  # type: ignore[arg-type]  # TypeError is one of the answers
        except (LookupError, TypeError, ValueError) as error:
            hint = did_you_mean(value, _ENCODINGS) if isinstance(value, str) else ""
            message = f"encoding is a text encoding such as 'utf-8', got {shown(value)}{hint}"
            raise ConfigurationError(message) from error

    @bom.validator
    def _check_bom(self, _: object, value: object) -> None:
        if value and not _codec(self.encoding).startswith("utf"):
            message = f"bom=True is for Unicode encodings such as 'utf-8', got {self.encoding!r}"
            raise ConfigurationError(message)

    @property
    def ending(self) -> bytes:
        """A newline in the encoding."""
        return "\n".encode(_codec(self.encoding))

    def encoder(self) -> Encoder:
        """Copies of records, whose values the load makes cells of."""
        return CellsEncoder()

    def begin(self, place: str, before: bytes = b"") -> Writing:
        """Begin a load; added to is only what has the same columns.

        Raises:
            ConfigurationError: The file has other columns, or no header.
        """
        layout = _Layout(
            self,
            place,
            _header(self, place, before) if before else None,
            Cells(self.delimiter, self.quote, self.formulas),
            _codec(self.encoding),
        )
        if self.columns is not None:
            try:
                layout.settle(self.columns)
            except Unfit as error:
                message = f"{place}: the columns cannot be written: {error}"
                raise ConfigurationError(message) from error
        return _Lines(layout)


@frozen
class TsvWriter(CsvWriter):
    """Writes CSV with tabs between the cells."""

    name: ClassVar[str] = "tsv"
    suffixes: ClassVar[tuple[str, ...]] = (".tsv", ".tab")

    delimiter: str = field(default="\t", kw_only=True, validator=CsvWriter._check_mark)  # noqa: SLF001 -- of the same class


_ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "latin-1", "cp1252", "ascii")


def _codec(encoding: str) -> str:
    """The name of the codec that writes no mark of its own."""
    name = codecs.lookup(encoding).name
    return _MARKED.get(name, name)


def _mark(writer: CsvWriter) -> str:
    marked = writer.bom or codecs.lookup(writer.encoding).name in _MARKED
    return "\ufeff" if marked else ""


def _header(writer: CsvWriter, place: str, before: bytes) -> tuple[str, ...]:
    """The cells of the header of a file, from its first bytes."""
    decoder = codecs.getincrementaldecoder(_codec(writer.encoding))()
    try:
        text = decoder.decode(before).removeprefix("\ufeff")
        rows = csv.reader(
            io.StringIO(text, newline=""), delimiter=writer.delimiter, quotechar=writer.quote
        )
        cells = tuple(next(rows, ()))
    except (UnicodeError, csv.Error) as error:
        message = (
            f"{place}: cannot be added to, since its header cannot be read as {writer.name} in "
            f"{writer.encoding}: {error}"
        )
        raise ConfigurationError(message) from error
    if not cells or not _are_distinct(cells):
        message = (
            f"{place}: cannot be added to, since its first line is no header: {shown(list(cells))}"
        )
        raise ConfigurationError(message)
    return cells


@define
class _Layout:
    """The columns of a load: as the user says, or as the first record has them.

    Attributes:
        writer: The options.
        place: What messages call the file.
        header: The cells of the header that the file has already; None for a new file.
        cells: How values are written.
        codec: How texts are encoded.
        columns: Fields in the order of the columns; none until they are known.
    """

    writer: CsvWriter
    place: str
    header: tuple[str, ...] | None
    cells: Cells
    codec: str
    columns: tuple[str, ...] = ()

    def settle(self, names: tuple[str, ...]) -> None:
        """Take these columns; those of a file that is added to keep the order they have there.

        Raises:
            Unfit: The names cannot be those of columns.
            ConfigurationError: The file has others.
        """
        by_cell = {self.cells.guarded(name): name for name in names}
        if len(by_cell) < len(names):
            message = "two names are the same once they have an apostrophe; rename one in a step"
            raise Unfit("columns", message)
        try:
            self.cells.line(names).encode(self.codec)
        except UnicodeEncodeError as error:
            raise Unfit("encode", self.lacking(error)) from error
        if self.header is not None:
            if by_cell.keys() != set(self.header):
                raise self._other(tuple(by_cell))
            names = tuple(by_cell[cell] for cell in self.header)
        self.columns = names

    def head(self) -> bytes:
        """The mark and the header, where the file has none yet."""
        if self.header is not None or not self.columns:
            return b""
        line = self.cells.line(self.columns) + self.writer.line_end
        return f"{_mark(self.writer)}{line}".encode(self.codec)

    def lacking(self, error: UnicodeEncodeError) -> str:
        """What to say of a character that the encoding lacks."""
        wider = "" if self.codec.startswith("utf") else "pass encoding='utf-8', or "
        character = error.object[error.start]
        return f"{self.writer.encoding} has no {character!r}; {wider}change the text in a step"

    def unknown(self, names: Sequence[object]) -> str:
        """What to say of a record that has more fields than there are columns."""
        if self.writer.columns is None:
            whose = "the columns are the fields of the first record"
            mend = "name all of them with columns=[...]"
        else:
            whose, mend = "columns= does not name it", "name it there"
        return f"no column for {listed(names)}: {whose}; {mend}, or remove the field in a step"

    def _other(self, cells: tuple[str, ...]) -> ConfigurationError:
        header = self.header or ()
        only_there = [cell for cell in header if cell not in cells]
        only_here = [cell for cell in cells if cell not in header]
        told = [f"only the file has {listed(only_there)}"] if only_there else []
        told += [f"only the records have {listed(only_here)}"] if only_here else []
        hint = ""
        if self.writer.columns is None and not only_here:
            hint = f"; pass columns={list(header)!r} to leave what is missing empty"
        message = (
            f"{self.place}: cannot be added to, since the columns differ: {', '.join(told)}{hint}"
        )
        return ConfigurationError(message)


def listed(names: Sequence[object]) -> str:
    """Names as messages show them, the first ones where there are many."""
    more = len(names) - _MOST_NAMED
    shown_names = ", ".join(map(repr, names[:_MOST_NAMED]))
    return f"{shown_names} and {more} more" if more > 0 else shown_names


class _Lines(Writing):
    """The records of one load as lines.

    A batch is turned by columns: each is made texts in one go. Where that fails, the rows
    are looked at one after the other for those that are to blame.
    """

    def __init__(self, layout: _Layout) -> None:
        self._layout = layout
        self._guarded = 0
        self._known: frozenset[str] = frozenset()
        self._row: Callable[[Record], _Row] = tuple
        if layout.columns:
            self._settled()

    def head(self) -> bytes:
        return self._layout.head()

    def encode(self, batch: OutBatch) -> tuple[bytes, Sequence[Refusal]]:
        refused: dict[int, Refusal] = {}
        rows = self._rows(batch.items, refused)
        refusals = _with_siblings(batch, refused)
        try:
            return self._lines(_without(rows, refusals)), refusals
        except (Unfit, UnicodeEncodeError):
            self._look_at_each(rows, refused)
        refusals = _with_siblings(batch, refused)
        return self._lines(_without(rows, refusals)), refusals

    def remarks(self) -> Sequence[str]:
        if not self._guarded:
            return ()
        return (
            (
                f"{self._guarded} text(s) that a spreadsheet would run as a formula have an "
                "apostrophe in front now; formulas=True writes them as they are"
            ),
        )

    def _settled(self) -> None:
        columns = self._layout.columns
        getter = itemgetter(*columns)
        self._known = frozenset(columns)
        self._row = getter if len(columns) > 1 else lambda record: (getter(record),)

    def _rows(self, items: Sequence[Record], refused: dict[int, Refusal]) -> list[_Row]:
        """The values in the order of the columns; an empty row for a record that is refused."""
        if self._known and set(map(len, items)) == {len(self._known)}:
            with suppress(KeyError):
                return list(map(self._row, items))  # no record lacks a field or has another
        rows: list[_Row] = []
        for position, record in enumerate(items):
            try:
                rows.append(self._fitted(record))
            except Unfit as error:
                refused[position] = Refusal(position, error.code, str(error))
                rows.append(())
        return rows

    def _fitted(self, record: Record) -> _Row:
        if not self._known:
            self._begin_with(record)
        if not self._known.issuperset(record):
            unknown = [name for name in record if name not in self._known]
            raise Unfit("columns", self._layout.unknown(unknown))
        return tuple(map(record.get, self._layout.columns))

    def _begin_with(self, record: Mapping[Any, object]) -> None:
        names = tuple(record)
        if not names:
            message = "the first record has no fields, so there are no columns; pass columns=[...]"
            raise Unfit("columns", message)
        odd = next((name for name in names if not isinstance(name, str)), None)
        if odd is not None:
            message = f"the name of a column is a text, got {shown(odd)}; change the key in a step"
            raise Unfit("columns", message)
        self._layout.settle(names)
        self._settled()

    def _lines(self, rows: Sequence[_Row]) -> bytes:
        if not rows:
            return b""
        layout, guarded, columns = self._layout, 0, []
        for values in zip(*rows, strict=True):
            texts, number = layout.cells.column(values)
            guarded += number
            columns.append(texts)
        if len(columns) == 1:  # a line with nothing in it would be no record
            nothing = layout.cells.quote * 2
            columns = [[text or nothing for text in columns[0]]]
        end = layout.writer.line_end
        lines = map(layout.cells.delimiter.join, zip(*columns, strict=True))
        data = (end.join(lines) + end).encode(layout.codec)
        self._guarded += guarded
        return data

    def _look_at_each(self, rows: Sequence[_Row], refused: dict[int, Refusal]) -> None:
        """Find the rows that cannot be written."""
        before = self._guarded
        for position, row in enumerate(rows):
            try:
                self._lines([row] if row else [])
            except Unfit as error:
                refused[position] = Refusal(position, error.code, str(error))
            except UnicodeEncodeError as error:
                refused[position] = Refusal(position, "encode", self._layout.lacking(error))
        self._guarded = before  # the others are written together, and counted then


def _without(rows: list[_Row], refusals: Sequence[Refusal]) -> list[_Row]:
    if not refusals:
        return rows
    left_out = {each.position for each in refusals}
    return [row for position, row in enumerate(rows) if position not in left_out]


def _with_siblings(batch: OutBatch, refused: Mapping[int, Refusal]) -> list[Refusal]:
    """The refusals, and one for every other item that came from the same record."""
    if not refused:
        return []
    numbers = batch.record_numbers
    by_number = {numbers[position]: refusal for position, refusal in refused.items()}
    return [
        refused.get(position) or evolve(by_number[number], position=position)
        for position, number in enumerate(numbers)
        if number in by_number
    ]
