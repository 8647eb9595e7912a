"""Files of CSV and TSV: a header, and the records as lines of cells (RFC 4180)."""

from __future__ import annotations

import codecs
import csv
import io

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from attrs import field, frozen

from etlkit._words import shown
from etlkit.errors import ConfigurationError
from etlkit.formats.csv.format import Csv, Tsv
from etlkit.formats.csv.texts import Cells, CellsEncoder
from etlkit.formats.csv.writing import Layout, TableWriting, has
from etlkit.formats.text.adding import check_addable
from etlkit.formats.text.encodings import check_encoding
from etlkit.formats.writer import Writer, Writing
from etlkit.records import Unfit


if TYPE_CHECKING:
    from etlkit.formats.format import Encoder, Format

_LINE_ENDS = ("\n", "\r\n")
# Python's codecs of these write a mark at the start of each text; a file gets it once.
_MARKED = {"utf-8-sig": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}


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


def _one_mark(writer: CsvWriter, attribute: Any, value: object) -> None:
    name = attribute.name
    if not isinstance(value, str) or len(value) != 1 or value.isalnum() or value in "+-.\r\n\0":
        message = f"{name} is one character that is no part of a number or word, got {shown(value)}"
        raise ConfigurationError(message)
    if name == "quote" and value == writer.delimiter:
        message = f"delimiter and quote are both {value!r}; they have to differ"
        raise ConfigurationError(message)


@frozen
class CsvWriter(Writer):
    r"""Writes CSV: a header, then a line for each record.

    None is an empty cell, true and false are written so, dates and times as ISO 8601,
    dicts and lists as JSON. A cell is quoted where it has to be. Field order within later
    records does not matter; a missing field is an empty cell; a field without a column
    refuses the record. Whoever reads the file cannot tell None from an empty text.

    Attributes:
        columns: Names of the columns, in order. By default the fields of the first record written.
        delimiter: The character between two cells.
        quote: The character around a cell that needs it; within, it is doubled.
        line_end: ``"\n"``, or ``"\r\n"`` as RFC 4180 has it.
        encoding: One that files can be read in again, such as ``"utf-16"`` or ``"cp1252"``. A
            character that it lacks refuses the record.
        bom: Begin with a byte order mark, by which Excel tells UTF-8.
        formulas: Write texts as they are that begin with ``=``, ``+``, ``-``, ``@``, a tab or
            a carriage return. By default they get an apostrophe in front, unless they are a
            plain number such as ``-1.5``, since a spreadsheet would run them as a formula.
    """

    _reads: ClassVar[type[Csv]] = Csv
    name: ClassVar[str] = Csv.name
    suffixes: ClassVar[tuple[str, ...]] = Csv.suffixes

    columns: tuple[str, ...] | None = field(default=None, kw_only=True, converter=_names)
    delimiter: str = field(default=Csv.usual_delimiter, kw_only=True, validator=_one_mark)
    quote: str = field(default='"', kw_only=True, validator=_one_mark)
    line_end: str = field(default="\n", kw_only=True)
    encoding: str = field(default="utf-8", kw_only=True)
    bom: bool = field(default=False, kw_only=True)
    formulas: bool = field(default=False, kw_only=True)

    @line_end.validator
    def _check_line_end(self, _: object, value: object) -> None:
        if value not in _LINE_ENDS:
            message = f"line_end is '\\n' or '\\r\\n', got {shown(value)}"
            raise ConfigurationError(message)

    @encoding.validator
    def _check_encoding(self, _: object, value: object) -> None:
        check_encoding(value, mend="write the file in 'utf-8' or another one")
        for name, mark in (("delimiter", self.delimiter), ("quote", self.quote)):
            if not has(_codec(self.encoding), mark):
                message = (
                    f"{name}={mark!r} is a character that {self.encoding} lacks; pass another one, "
                    "or encoding='utf-8'"
                )
                raise ConfigurationError(message)

    @bom.validator
    def _check_bom(self, _: object, value: object) -> None:
        if value and not _codec(self.encoding).startswith("utf"):
            message = (
                f"bom=True is for Unicode encodings such as 'utf-8', got {shown(self.encoding)}"
            )
            raise ConfigurationError(message)

    @property
    def ending(self) -> bytes:
        """A newline in the encoding."""
        return "\n".encode(_codec(self.encoding))

    def reader(self) -> Format:
        """The same dialect; each cell is a text then, and one of None an empty text."""
        return self._reads(delimiter=self.delimiter, quote=self.quote, encoding=self.encoding)

    def encoder(self) -> Encoder:
        """Copies of records, whose values the load makes cells of."""
        return CellsEncoder()

    def begin(self, place: str, before: bytes = b"") -> Writing:
        """Begin a load; added to is only what has the same columns.

        Raises:
            ConfigurationError: The file has other columns, no header, or another encoding.
        """
        layout = Layout(
            place,
            _header(self, place, before) if before else None,
            Cells(self.delimiter, self.quote, self.formulas),
            self.encoding,
            _codec(self.encoding),
            self.line_end,
            _mark(self),
            named=self.columns is not None,
        )
        if self.columns is not None:
            try:
                layout.settle(self.columns)
            except Unfit as error:
                message = f"{place}: the columns cannot be written: {error}"
                raise ConfigurationError(message) from error
        return TableWriting(layout)


@frozen
class TsvWriter(CsvWriter):
    """Writes CSV with tabs between the cells."""

    _reads: ClassVar[type[Csv]] = Tsv
    name: ClassVar[str] = Tsv.name
    suffixes: ClassVar[tuple[str, ...]] = Tsv.suffixes

    delimiter: str = field(default=Tsv.usual_delimiter, kw_only=True, validator=_one_mark)


def _codec(encoding: str) -> str:
    """The name of the codec that writes no mark of its own."""
    name = codecs.lookup(encoding).name
    return _MARKED.get(name, name)


def _mark(writer: CsvWriter) -> str:
    marked = writer.bom or codecs.lookup(writer.encoding).name in _MARKED
    return "\ufeff" if marked else ""


def _header(writer: CsvWriter, place: str, before: bytes) -> tuple[str, ...]:
    """The cells of the header of a file, from its first bytes."""
    codec = _codec(writer.encoding)
    check_addable(place, before, codec)
    text = codecs.getincrementaldecoder(codec)().decode(before).removeprefix("\ufeff")
    try:
        rows = csv.reader(
            io.StringIO(text, newline=""), delimiter=writer.delimiter, quotechar=writer.quote
        )
        cells = tuple(next(rows, ()))
    except csv.Error as error:
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
