"""Blocks of lines cut into rows of cells by the csv module, and the way back to the lines."""

from __future__ import annotations

import csv
import io

from typing import TYPE_CHECKING, Any

from attrs import frozen

from etlkit.formats.csv.parsing import AFTER_QUOTE, LONE_RETURN, BrokenRow, OpenQuote, parse_rows


if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from etlkit.formats.csv.parsing import Dialect, ParsedRow, Row

_OPEN = "unexpected end of data"
_TOO_LARGE = "field larger than field limit"
_LONE_RETURN = "new-line character seen in unquoted field"


@frozen
class Cut:
    """What a block of lines holds.

    Attributes:
        rows: The cells of each row; none for a blank line.
        lines: How many lines these rows take.
        ends: How many lines there are up to the end of each row; None where it was not
            looked at.
        open_row: Where in the text a row begins that has a quote which is not closed; None
            when all are. It is not among the rows.
        open_quote: How many lines stand before that of the quote.
    """

    rows: list[Row]
    lines: int
    ends: Sequence[int] | None = None
    open_row: int | None = None
    open_quote: int | None = None


def cut_rows(text: str, dialect: Dialect) -> Cut:
    """The rows of whole lines."""
    reader = _reader(io.StringIO(text, newline="\n"), dialect)
    rows: list[Row] = []
    try:
        rows.extend(reader)  # what came before an error is kept there, but not its lines
    except csv.Error:
        return _cut_carefully(text, dialect)
    return Cut(rows, reader.line_num)


def _reader(lines: io.StringIO, dialect: Dialect) -> Any:
    return csv.reader(
        lines,
        delimiter=dialect.delimiter,
        quotechar=dialect.quote,
        quoting=csv.QUOTE_MINIMAL if dialect.quote else csv.QUOTE_NONE,
        escapechar=dialect.escape,
        skipinitialspace=dialect.skip_spaces,
        strict=True,
    )


def _cut_carefully(text: str, dialect: Dialect) -> Cut:
    """The same for text with a row that the csv module refuses: it goes on after it."""
    lines = io.StringIO(text, newline="\n")
    reader = _reader(lines, dialect)
    rows: list[Row] = []
    ends: list[int] = []
    while True:
        start = lines.tell()
        try:
            row = next(reader)
        except StopIteration:
            return Cut(rows, reader.line_num, ends)
        except csv.Error as error:
            words = str(error)
            if words.startswith((_OPEN, _TOO_LARGE)):
                return _cut_by_cell(text, dialect, start, rows, ends)
            row = BrokenRow(LONE_RETURN if words.startswith(_LONE_RETURN) else AFTER_QUOTE)
        rows.append(row)
        ends.append(reader.line_num)


def _cut_by_cell(
    text: str, dialect: Dialect, position: int, rows: list[Row], ends: list[int]
) -> Cut:
    """The same from a row on that the csv module cannot read to its end."""
    lines = ends[-1] if ends else 0
    try:
        for parsed in parse_rows(text, dialect, position):
            lines += _lines_of(text, parsed)
            rows.append(parsed.cells)
            ends.append(lines)
    except OpenQuote as quote:
        before = text.count("\n", quote.row_start, quote.quote_start)
        return Cut(rows, lines, ends, quote.row_start, lines + before)
    return Cut(rows, lines, ends)


def _lines_of(text: str, row: ParsedRow) -> int:
    ended = text.endswith("\n", row.start, row.end)
    return text.count("\n", row.start, row.end) + (not ended)


class RowPlaces:
    """The lines that the rows of a block came from; worked out when it is first asked.

    Args:
        block: The lines of the rows, as UTF-8.
        dialect: How they were cut.
        cut: What they hold.
        first_line: Number of the first line in the file.

    Attributes:
        skipped: Rows at the beginning that are no items, such as the header.
    """

    def __init__(self, block: bytes, dialect: Dialect, cut: Cut, *, first_line: int) -> None:
        self._block = block
        self._dialect = dialect
        self._ends = cut.ends
        self._rows = len(cut.rows)
        self._single = self._rows == cut.lines
        self.skipped = 0
        self._first_line = first_line
        self._lines: list[bytes] | None = None

    def raw(self, position: int) -> bytes:
        """The lines of a row without the last newline, as the file holds them."""
        if self._lines is None:
            self._lines = self._block.split(b"\n")
        start, end = self._span(position + self.skipped)
        return b"\n".join(self._lines[start:end])

    def line(self, position: int) -> int:
        """The first line of a row."""
        return self._first_line + self._span(position + self.skipped)[0]

    def first_longer(self, size_bytes: int) -> int | None:
        """The line where the first row of several lines begins that is longer than this."""
        if len(self._block) <= size_bytes:
            return None
        for row in range(self._rows):
            start, end = self._span(row)
            if end - start > 1 and len(self.raw(row - self.skipped)) > size_bytes:
                return self._first_line + start
        return None

    def _span(self, row: int) -> tuple[int, int]:
        if self._single:
            return row, row + 1
        if self._ends is None:
            self._ends = list(self._each_end())
        return (self._ends[row - 1] if row else 0), self._ends[row]

    def _each_end(self) -> Iterator[int]:
        text = self._block.decode(errors="surrogateescape") + "\n"
        reader = _reader(io.StringIO(text, newline="\n"), self._dialect)
        for _ in reader:
            yield reader.line_num
