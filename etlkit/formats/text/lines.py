"""Bytes cut into whole lines, a block at a time, whatever the chunks they come in."""

from __future__ import annotations

import hashlib
import re

from typing import TYPE_CHECKING

from attrs import field

from etlkit._words import shown
from etlkit.errors import ConfigurationError, InputError
from etlkit.records import Refusal


if TYPE_CHECKING:
    from collections.abc import Iterator

    from etlkit.formats.format import ByteStream
    from etlkit.records import Origin

CHUNK_BYTES = 128 * 1024  # measured: larger ones leave the cache, smaller ones cost calls
MAX_RECORD_BYTES = 16 * 1024 * 1024
KEPT_BYTES = 4096  # of a record that is too long to be kept

_BOM = b"\xef\xbb\xbf"
_FIRST_BYTES = 4  # which tell the encoding
_UTF_32 = (b"\xff\xfe\0\0", b"\0\0\xfe\xff")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
# Two characters of ASCII in UTF-16, whose other bytes are zeros, as no text in UTF-8 begins.
_UNMARKED = {
    "utf-16-le": re.compile(rb"[^\0]\0[^\0]\0"),
    "utf-16-be": re.compile(rb"\0[^\0]\0[^\0]"),
}


def line_blocks(
    stream: ByteStream,
    origin: Origin,
    max_line_bytes: int,
    *,
    chunk_bytes: int = CHUNK_BYTES,
    whole_first: bool = False,
) -> Iterator[tuple[bytes | Refusal, bool]]:
    """Whole lines, joined, without the last newline; and whether that newline was there.

    A line beyond the limit comes as its refusal.

    Args:
        stream: The bytes of the file.
        origin: The file.
        max_line_bytes: The most that a line may have.
        chunk_bytes: How much is asked for at a time.
        whole_first: Have as much as that before the first block, however little the
            stream gives at a time, so that what is told from it does not depend on that.
    """
    tail = Growing(max_line_bytes)
    chunk = first_chunk(
        stream, origin, chunk_bytes, least=chunk_bytes if whole_first else _FIRST_BYTES
    )
    while chunk:
        end = chunk.rfind(b"\n")
        if end < 0:
            tail.add(chunk)
        else:
            if tail.overlong:
                start = chunk.find(b"\n")
                tail.add(chunk[:start])
                yield tail.refusal(), True
                if end > start:
                    yield chunk[start + 1 : end], True
            else:
                yield tail.take(chunk[:end]), True
            tail = Growing(max_line_bytes)
            tail.add(chunk[end + 1 :])
        chunk = stream.read(chunk_bytes)
    if tail.overlong:
        yield tail.refusal(), False
    elif tail.size:
        yield tail.take(b""), False


class Growing:
    """A record whose end was not read yet; forgets it once it is too long."""

    def __init__(self, limit: int) -> None:
        self.size = 0
        self._limit = limit
        self._pieces: list[bytes] = []
        self._sha256 = hashlib.sha256()
        self._start = b""

    @property
    def overlong(self) -> bool:
        """Whether it is longer than the limit."""
        return self.size > self._limit

    def add(self, piece: bytes) -> None:
        """Take the next bytes of it."""
        self.size += len(piece)
        self._pieces.append(piece)
        if self.overlong:
            for kept in self._pieces:
                self._sha256.update(kept)
                self._start += kept[: KEPT_BYTES - len(self._start)]
            self._pieces.clear()

    def take(self, rest: bytes = b"") -> bytes:
        """All of it and what follows; it is empty afterwards."""
        if not self._pieces:
            return rest
        record = b"".join((*self._pieces, rest))
        self._pieces.clear()
        return record

    def refusal(self, line_no: int | None = None) -> Refusal:
        """The refusal of a record that is too long."""
        message = (
            f"the record has {self.size} bytes, more than max_record_bytes={self._limit}; pass a "
            f"higher one to read it; kept are its first {len(self._start)} bytes (sha256 of all: "
            f"{self._sha256.hexdigest()})"
        )
        return Refusal(0, "too_long", message, self._start, self.size, line_no)


def without_long_lines(block: bytes, most_bytes: int) -> Iterator[bytes | Refusal]:
    """The lines of a block, joined, and the refusals of those that are too long between them."""
    if len(block) <= most_bytes:
        yield block
        return
    lines = block.split(b"\n")
    start = 0
    for index, line in enumerate(lines):
        if len(line) > most_bytes:
            if index > start:
                yield b"\n".join(lines[start:index])
            yield too_long(line, most_bytes)
            start = index + 1
    if start < len(lines):
        yield b"\n".join(lines[start:]) if start else block


def too_long(line: bytes, most_bytes: int) -> Refusal:
    """The refusal of a whole line."""
    record = Growing(most_bytes)
    record.add(line)
    return record.refusal()


def first_chunk(
    stream: ByteStream,
    origin: Origin,
    chunk_bytes: int = CHUNK_BYTES,
    *,
    least: int = _FIRST_BYTES,
) -> bytes:
    """The first bytes without their byte order mark, which may come in several short reads.

    Raises:
        InputError: They are those of another encoding.
    """
    chunk = stream.read(chunk_bytes)
    while len(chunk) < least and (more := stream.read(least - len(chunk))):
        chunk += more
    if chunk.startswith(_UTF_32):
        raise _encoded(origin, "32")
    if chunk.startswith(_UTF_16):
        raise _encoded(origin, "16")
    for encoding, beginning in _UNMARKED.items():
        if beginning.match(chunk):
            message = (
                f"{origin.uri}: the file looks like UTF-16 without a byte order mark, but is read "
                f"as UTF-8; pass encoding={encoding!r}"
            )
            raise InputError(message)
    return chunk.removeprefix(_BOM)


def _encoded(origin: Origin, bits: str) -> InputError:
    message = (
        f"{origin.uri}: the file is UTF-{bits}, but is read as UTF-8; pass encoding='utf-{bits}'"
    )
    return InputError(message)


def _check_limit(_: object, __: object, value: object) -> None:
    if type(value) is not int or value < 1:
        message = f"max_record_bytes is a whole number above 0, got {shown(value)}"
        raise ConfigurationError(message)


def limit_field() -> int:
    """The attribute ``max_record_bytes`` of a format."""
    limit: int = field(default=MAX_RECORD_BYTES, validator=_check_limit)
    return limit
