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
from etlkit.formats.csv.waiting import Waiting
from etlkit.formats.text.cells import first_repeated
from etlkit.formats.text.lines import without_long_lines
from etlkit.records import Batch, Refusal


if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from etlkit.formats.csv.parsing import Dialect, Row
    from etlkit.formats.csv.rows import Cut
    from etlkit.formats.text.cells import Columns, Decoders
    from etlkit.records import Origin

_SEP_LINE = re.compile(r"sep=(.)\r?")


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
    def strip(self) -> bool:
        """Spaces around names and cells are no part of them."""

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
        self._waiting = Waiting((options.dialect.quote or "").encode())
        self._remarks: list[str] = []
        self._before = b"\n" * options.skip_lines  # what makes a file of a row

    def batches(self, block: bytes, *, ends_open: bool) -> Iterator[Batch]:
        """The rows of a block of whole lines, without its last newline.

        ``ends_open`` says that the file ends here, and not with a newline.
        """
        held: bytes | None = None
        for piece in without_long_lines(block, self._options.max_record_bytes):
            if held is not None:
                yield from self._rows(held, ends_open=False)
                held = None
            if isinstance(piece, Refusal):
                yield from self.refused(piece)
            else:
                held = piece
        if held is not None:
            yield from self._rows(held, ends_open=ends_open)

    def refused(self, refusal: Refusal) -> Iterator[Batch]:
        """A batch without records, for a line that is too long."""
        yield from self._cut(self._waiting.taken())
        if self._skip:
            self._skip -= 1
            self._line += 1
            return
        if not self._begun:
            self._begin(b"")
        if self._waiting or self._decoders is None:
            message = f"{self._origin.uri}:{self._line}: {refusal.message}"
            raise InputError(message)
        number, line = self._number, self._line
        self._number += 1
        self._line += 1
        yield Batch(
            (),
            self._origin,
            number,
            self._decoders.plain,
            refused=(evolve(refusal, line_no=line),),
        )

    def end(self) -> Iterator[Batch]:
        """What is left when the file is over: rows that waited for more, or remarks."""
        yield from self._cut(self._waiting.taken(), is_last=True)
        if self._remarks:
            yield Batch((), self._origin, self._number, list, remarks=self._taken_remarks())

    def _rows(self, block: bytes, *, ends_open: bool) -> Iterator[Batch]:
        lines = self._begin(block) if self._skip or not self._begun else block
        if lines is None:
            return
        self._waiting.add(lines)
        if ends_open or self._waiting.is_ready(self._options.max_record_bytes):
            yield from self._cut(self._waiting.taken(), is_last=ends_open, ends_open=ends_open)

    # -- the beginning of the file

    def _begin(self, block: bytes) -> bytes | None:
        """The block without lines that are no rows; None where nothing is left of it."""
        lines: bytes | None = block
        while self._skip and lines is not None:
            self._skip -= 1
            lines = self._next_line(lines)
        if lines is None or self._begun:
            return lines
        self._begun = True
        if self._options.names is not None:
            self._name(self._options.names, self._origin.uri)
        said = _SEP_LINE.fullmatch(lines.partition(b"\n")[0].decode(errors="replace"))
        if said is not None:
            self._use(said[1], "its first line says")
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
        if delimiter in {self._dialect.quote, self._dialect.escape}:
            message = (
                f"{self._origin.uri}: {because} that the delimiter is {delimiter!r}, which is the "
                "quote or the escape; pass quote= or escape="
            )
            raise InputError(message)
        if self._dialect.skip_spaces and delimiter == " ":
            message = (
                f"{self._origin.uri}: {because} that the delimiter is a space, and strip=True "
                "takes spaces away; leave it out"
            )
            raise InputError(message)
        self._dialect = evolve(self._dialect, delimiter=delimiter)
        self._before += f"sep={delimiter}\n".encode()
        self._remarks.append(f"{self._origin.uri}: {because} that the delimiter is {delimiter!r}")

    def _taken_remarks(self) -> tuple[str, ...]:
        remarks, self._remarks = tuple(self._remarks), []
        return remarks

    # -- the header

    def _header(self, cut: Cut, places: RowPlaces) -> int:
        """Take the names of the fields; gives the number of rows that they take."""
        for index, row in enumerate(cut.rows):
            if row:
                line = self._line + (cut.ends[index - 1] if cut.ends and index else index)
                self._name(self._checked(row, line), f"{self._origin.uri}:{line}")
                self._before += places.raw(index) + b"\n"
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
        row = [name.strip(" ") for name in row] if self._options.strip else row
        try:
            "".join(row).encode()
        except UnicodeEncodeError as error:
            message = (
                f"{place}: the header is not valid {self._options.encoding}; pass the encoding of "
                "the file, for example encoding='cp1252'"
            )
            raise InputError(message) from error
        twice = first_repeated(row)
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

    def _cut(
        self, block: bytes | None, *, is_last: bool = False, ends_open: bool = False
    ) -> Iterator[Batch]:
        """The rows of whole lines; what is open at their end waits for the lines after it."""
        if block is None:
            return
        whole = block if ends_open else block + b"\n"  # an empty last line is a line, too
        is_text = True
        try:
            text = whole.decode()
        except UnicodeDecodeError:
            text, is_text = whole.decode(errors="surrogateescape"), False
        cut = cut_rows(text, self._dialect)
        opened: bytes | None = None
        if cut.open_row is not None:
            start = len(text[: cut.open_row].encode(errors="surrogateescape"))
            opened, block = block[start:], block[: max(start - 1, 0)]
        if cut.rows:
            yield from self._decoded(block, cut, is_text=is_text, ends_open=ends_open)
        if opened is not None:
            self._keep_open(opened, cut, is_last=is_last)

    def _keep_open(self, opened: bytes, cut: Cut, *, is_last: bool) -> None:
        """Let a row wait for its end, if it may be open any longer."""
        if len(opened) > self._options.max_record_bytes:
            raise self._too_long(self._line)
        if is_last:
            line = self._line - cut.lines + (cut.open_quote or 0)  # the rows are behind
            message = (
                f"{self._origin.uri}:{line}: the quote that opens here is not closed before the "
                "end of the file; nothing was loaded"
            )
            raise InputTruncated(message)
        self._waiting.begin(opened)

    def _too_long(self, line: int) -> InputTruncated:
        message = (
            f"{self._origin.uri}:{line}: the row that begins here goes over several lines and is "
            "longer than max_record_bytes allows; is there a quote that is not closed? "
            "Nothing was loaded"
        )
        return InputTruncated(message)

    def _decoded(
        self, block: bytes, cut: Cut, *, is_text: bool, ends_open: bool
    ) -> Iterator[Batch]:
        line, number = self._line, self._number
        places = RowPlaces(block, self._dialect, cut, first_line=line)
        if self._decoders is None:
            places.skipped = self._header(cut, places)
        rows = cut.rows[places.skipped :] if places.skipped else cut.rows
        self._line += cut.lines
        self._number += len(rows)
        if cut.lines > len(cut.rows):
            self._waiting.spans_lines = True
            longest = places.first_longer(self._options.max_record_bytes)
            if longest is not None:
                raise self._too_long(longest)
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
            places=places,
            remarks=self._taken_remarks(),
            frame=(self._before, b""),
        )
