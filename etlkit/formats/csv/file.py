"""One CSV file while it is read: its header, its dialect, and a row that is still open."""

from __future__ import annotations

import re

from typing import TYPE_CHECKING, Protocol

from attrs import evolve

from etlkit._words import shown
from etlkit.errors import InputError, InputTruncated
from etlkit.formats.csv.parsing import BrokenRow
from etlkit.formats.csv.rows import RowPlaces, cut_rows
from etlkit.formats.csv.sniffing import other_delimiter, sniffed_delimiter
from etlkit.records import Batch


if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from etlkit.formats.csv.parsing import Dialect, Row
    from etlkit.formats.csv.rows import Cut
    from etlkit.formats.text.cells import Columns, Decoders
    from etlkit.records import Origin, Refusal

_SEP_LINE = re.compile(rb"sep=(.)\r?")


class CsvOptions(Protocol):
    """What the user said of a file; see :class:`~etlkit.formats.Csv`."""

    @property
    def delimiter(self) -> str | None:
        """The delimiter that was passed."""

    @property
    def dialect(self) -> Dialect:
        """How rows are cut, as far as it is known before the file is read."""

    @property
    def sniffs(self) -> bool:
        """The delimiter is to be found out."""

    @property
    def columns(self) -> Columns:
        """How cells become values."""

    @property
    def names(self) -> Sequence[str] | None:
        """The fields of a file without a header."""

    @property
    def skip_lines(self) -> int:
        """Lines before the header."""

    @property
    def encoding(self) -> str:
        """Of the file."""

    @property
    def max_record_bytes(self) -> int:
        """The most that a row may take."""


class CsvFile:
    """The state of reading one file; given its lines block by block.

    Raises:
        InputError: From each method: the header cannot be used, or a quote is not closed.
    """

    def __init__(self, options: CsvOptions, origin: Origin) -> None:
        self._options = options
        self._dialect = options.dialect
        self._origin = origin
        self._skip = options.skip_lines
        self._begun = False
        self._decoders: Decoders | None = None
        self._line = 1  # of the next line that was not cut yet
        self._number = 1  # of the next record
        self._open = b""  # lines of a row whose quote is not closed yet
        self._spans_lines = False
        self._remarks: list[str] = []

    def batches(self, block: bytes, *, is_last: bool) -> Iterator[Batch]:
        """The rows of a block of whole lines, without its last newline."""
        lines = self._first_lines(block) if self._skip or not self._begun else block
        if lines is None:
            return
        if self._open:
            lines, self._open = b"\n".join((self._open, lines)), b""
        lines, later = (lines, b"") if is_last else self._balanced(lines)
        if lines is not None:
            yield from self._cut(lines, later, is_last=is_last)

    def refused(self, refusal: Refusal) -> Batch:
        """A batch without records, for a line that is too long."""
        if self._open or self._decoders is None:
            message = f"{self._origin.uri}:{self._line}: {refusal.message}"
            raise InputError(message)
        number, line = self._number, self._line
        self._number += 1
        self._line += 1
        return Batch(
            (),
            self._origin,
            number,
            self._decoders.plain,
            refused=(evolve(refusal, line_no=line),),
        )

    def end(self) -> Iterator[Batch]:
        """What is left when the file is over: a row that is still open, or remarks."""
        if self._open:
            lines, self._open = self._open, b""
            yield from self._cut(lines, b"", is_last=True)
        if self._remarks:
            yield Batch((), self._origin, self._number, list, remarks=self._taken_remarks())

    # -- the beginning of the file

    def _first_lines(self, block: bytes) -> bytes | None:
        """The block without lines that are no rows; None where nothing is left of it."""
        lines: bytes | None = block
        while self._skip and lines is not None:
            self._skip -= 1
            lines = self._next_line(lines)
        if lines is None or self._begun:
            return lines
        self._begun = True
        said = _SEP_LINE.fullmatch(lines.partition(b"\n")[0])
        if said is not None:
            self._use(said[1].decode(errors="replace"), "its first line says")
            return self._next_line(lines)
        if self._options.sniffs:
            self._sniff(lines)
        return lines

    def _next_line(self, lines: bytes) -> bytes | None:
        self._line += 1
        _, newline, rest = lines.partition(b"\n")
        return rest if newline else None

    def _sniff(self, lines: bytes) -> None:
        found = sniffed_delimiter(lines, self._dialect)
        if found is None:
            message = (
                f"{self._origin.uri}: the delimiter cannot be told from the first rows; "
                "pass it, for example delimiter=';'"
            )
            raise InputError(message)
        self._use(found, "its first rows say")

    def _use(self, delimiter: str, because: str) -> None:
        given = self._options.delimiter
        if given is not None and not self._options.sniffs and given != delimiter:
            message = (
                f"{self._origin.uri}: {because} that the delimiter is {delimiter!r}, but "
                f"delimiter={given!r} was passed"
            )
            raise InputError(message)
        self._dialect = evolve(self._dialect, delimiter=delimiter)
        self._remarks.append(f"{self._origin.uri}: {because} that the delimiter is {delimiter!r}")

    def _taken_remarks(self) -> tuple[str, ...]:
        remarks, self._remarks = tuple(self._remarks), []
        return remarks

    # -- the header

    def _header(self, cut: Cut) -> int:
        """Take the names of the fields; gives the number of rows that they take."""
        options = self._options
        if options.names is not None:
            self._name(options.names, self._origin.uri)
            return 0
        for index, row in enumerate(cut.rows):
            if row:
                line = self._line + (cut.ends[index - 1] if cut.ends and index else index)
                self._name(self._checked(row, line), f"{self._origin.uri}:{line}")
                return index + 1
        return len(cut.rows)

    def _name(self, names: Sequence[str], place: str) -> None:
        self._remarks.extend(self._options.columns.check(names, place))
        self._decoders = self._options.columns.decoders(names)

    def _checked(self, row: Row, line: int) -> list[str]:
        """The cells of a header that can be used."""
        place = f"{self._origin.uri}:{line}"
        if isinstance(row, BrokenRow):
            message = f"{place}: the header cannot be read: {row.message}"
            raise InputError(message)
        try:
            "".join(row).encode()
        except UnicodeEncodeError as error:
            message = (
                f"{place}: the header is not valid {self._options.encoding}; pass the encoding of "
                "the file, for example encoding='cp1252'"
            )
            raise InputError(message) from error
        twice = next((name for index, name in enumerate(row) if name in row[:index]), None)
        if twice is not None:
            message = (
                f"{place}: the header names the field {twice!r} twice; name the fields yourself "
                f"with names=[...] and skip_lines={line}"
            )
            raise InputError(message)
        other = other_delimiter(row[0], self._dialect.delimiter) if len(row) == 1 else None
        if other is not None:
            self._remarks.append(
                f"{place}: the header is one field, {shown(row[0])}; is delimiter={other!r} meant?"
            )
        return row

    # -- rows

    def _balanced(self, lines: bytes) -> tuple[bytes | None, bytes]:
        """The lines up to one that is likely to stand outside of quotes, and the others.

        It is looked for only once a row has taken several lines, when most blocks would
        end within one. A wrong guess costs time and nothing else, since whether a quote is
        open is found out when the rows are cut.
        """
        quote = (self._dialect.quote or "").encode()
        if not quote or not self._spans_lines or len(lines) > self._options.max_record_bytes:
            return lines, b""
        odd, end = lines.count(quote) % 2, len(lines)
        while odd:
            start = lines.rfind(b"\n", 0, end)
            if start < 0:
                self._open = lines
                return None, b""
            odd ^= lines.count(quote, start, end) % 2
            end = start
        return lines[:end], lines[end + 1 :]

    def _cut(self, block: bytes, later: bytes, *, is_last: bool) -> Iterator[Batch]:
        """The rows of a block; what is open at its end waits with the lines after it."""
        whole = block if is_last else block + b"\n"  # an empty last line is a line, too
        is_text = True
        try:
            text = whole.decode()
        except UnicodeDecodeError:
            text, is_text = whole.decode(errors="surrogateescape"), False
        cut = cut_rows(text, self._dialect)
        if cut.open_quote is not None:
            self._spans_lines = True
            lines = block.split(b"\n")
            opened = b"\n".join(lines[cut.lines :])
            self._check_open(opened, self._line + cut.open_quote, is_last=is_last)
            block = b"\n".join(lines[: cut.lines])
            later = b"\n".join((opened, later)) if later else opened
        self._open = later
        if cut.rows:
            yield from self._decoded(block, cut, is_text=is_text, ends_open=is_last)

    def _check_open(self, opened: bytes, line: int, *, is_last: bool) -> None:
        """Look whether a row may be open any longer."""
        if not is_last and len(opened) <= self._options.max_record_bytes:
            return
        until = "before the end of the file" if is_last else "within max_record_bytes"
        message = (
            f"{self._origin.uri}:{line}: the quote that opens here is not closed {until}; "
            "nothing was loaded"
        )
        raise InputTruncated(message)

    def _decoded(
        self, block: bytes, cut: Cut, *, is_text: bool, ends_open: bool
    ) -> Iterator[Batch]:
        skipped = self._header(cut) if self._decoders is None else 0
        line, number = self._line, self._number
        rows = cut.rows[skipped:] if skipped else cut.rows
        self._line += cut.lines
        self._number += len(rows)
        self._spans_lines = self._spans_lines or cut.lines > len(cut.rows)
        if self._decoders is None or not rows:
            return
        decoders = self._decoders
        yield Batch(
            rows,
            self._origin,
            number,
            decoders.of_block(block, is_text=is_text),
            ends_open=ends_open,
            is_blank=decoders.is_blank,
            explain=decoders.explain,
            places=RowPlaces(block, self._dialect, cut, skipped=skipped, first_line=line),
            remarks=self._taken_remarks(),
        )
