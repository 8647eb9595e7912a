"""The piece of a file that is looked at, and where in the file it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from etlkit.formats.json.elements import after_blanks
from etlkit.formats.text.lines import first_chunk


if TYPE_CHECKING:
    from collections.abc import Iterable

    from etlkit.formats.format import ByteStream
    from etlkit.records import Origin

CHUNK_BYTES = 64 * 1024  # measured: the records of a larger piece leave the cache

_INNER_BYTES = bytes(range(0x80, 0xC0))  # of a character in UTF-8, but its first


class Window:
    """A piece of a stream, which moves forward over it.

    Attributes:
        data: The piece; at least ``chunk_bytes`` of it, unless the stream ended.
        at: How much of it is done with.
        ended: Whether nothing follows it.
        line: The line of the file in which it begins, from 1.
        chunk_bytes: How much is read at once.

    Raises:
        InputError: The file has another encoding, or is compressed.
    """

    def __init__(self, stream: ByteStream, origin: Origin, chunk_bytes: int = CHUNK_BYTES) -> None:
        self.data = first_chunk(stream, origin, chunk_bytes)
        self.at = 0
        self.ended = False
        self.line = 1
        self.chunk_bytes = chunk_bytes
        self._column = 1
        self._stream = stream
        self.more()

    def more(self) -> None:
        """Forget what is done with, and read on."""
        self._pass(self.data[: self.at])
        pieces = [self.data[self.at :]]
        size = len(pieces[0])
        while size < self.chunk_bytes and not self.ended:
            piece = self._stream.read(self.chunk_bytes)
            pieces.append(piece)
            size += len(piece)
            self.ended = not piece
        self.data, self.at = b"".join(pieces), 0

    def peek(self) -> bytes:
        """The first byte that is not done with and no white space; none at the end."""
        self.at = after_blanks(self.data, self.at)
        while self.at == len(self.data) and not self.ended:
            self.more()
            self.at = after_blanks(self.data, self.at)
        return self.data[self.at : self.at + 1]

    def place(self) -> str:
        """The line and the column of what comes next: ``17:4``."""
        line, column = self._behind(self.data[: self.at])
        return f"{line}:{column}"

    def line_at(self, index: int) -> int:
        """The line of the file where a byte of the piece stands."""
        return self.line + self.data.count(b"\n", 0, index)

    def _pass(self, passed: bytes) -> None:
        self.line, self._column = self._behind(passed)

    def _behind(self, passed: bytes) -> tuple[int, int]:
        """Line and column behind the first bytes of the piece; columns count characters."""
        newlines = passed.count(b"\n")
        column = 1 if newlines else self._column
        rest = passed[passed.rfind(b"\n") + 1 :]
        return self.line + newlines, column + len(rest.translate(None, _INNER_BYTES))


class Spans:
    """Where items stand in a piece of a file; looked up when one of them fails."""

    def __init__(self, data: bytes, line: int, spans: Iterable[tuple[int, int]]) -> None:
        self._data = data
        self._line = line
        self._spans = spans
        self._lines: list[int] = []

    def raw(self, position: int) -> bytes:
        """The bytes of an item."""
        start, end = self._listed()[position]
        return self._data[start:end]

    def line(self, position: int) -> int:
        """The line where an item begins."""
        if not self._lines:
            line, before = self._line, 0
            for start, _ in self._listed():
                line += self._data.count(b"\n", before, start)
                before = start
                self._lines.append(line)
        return self._lines[position]

    def _listed(self) -> list[tuple[int, int]]:
        if not isinstance(self._spans, list):
            self._spans = list(self._spans)
        return self._spans
