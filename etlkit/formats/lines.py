"""Bytes cut into whole lines, a block at a time, whatever the chunks they come in."""

from __future__ import annotations

import hashlib

from typing import TYPE_CHECKING, Any

from etlkit.errors import InputError
from etlkit.records import Refusal


if TYPE_CHECKING:
    from collections.abc import Iterator

    from etlkit.formats.format import ByteStream
    from etlkit.records import Origin

CHUNK_BYTES = 256 * 1024  # measured: larger ones leave the cache, smaller ones cost calls
MAX_RECORD_BYTES = 16 * 1024 * 1024
KEPT_BYTES = 4096  # of a record that is too long to be kept

_BOM = b"\xef\xbb\xbf"
_GZIP = b"\x1f\x8b"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


def line_blocks(
    stream: ByteStream, origin: Origin, max_line_bytes: int, *, chunk_bytes: int = CHUNK_BYTES
) -> Iterator[tuple[bytes | Refusal, bool]]:
    """Whole lines, joined, without the last newline; and whether that newline was there.

    A line beyond the limit comes as its refusal.
    """
    tail = _Tail(max_line_bytes)
    chunk = _first_chunk(stream, origin, chunk_bytes)
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
            tail = _Tail(max_line_bytes)
            tail.add(chunk[end + 1 :])
        chunk = stream.read(chunk_bytes)
    if tail.overlong:
        yield tail.refusal(), False
    elif tail.size:
        yield tail.take(b""), False


class _Tail:
    """The beginning of a line whose end was not read yet; forgets it once it is too long."""

    def __init__(self, limit: int) -> None:
        self.size = 0
        self._limit = limit
        self._pieces: list[bytes] = []
        self._sha256 = hashlib.sha256()
        self._start = b""

    @property
    def overlong(self) -> bool:
        return self.size > self._limit

    def add(self, piece: bytes) -> None:
        self.size += len(piece)
        self._pieces.append(piece)
        if self.overlong:
            for kept in self._pieces:
                self._sha256.update(kept)
            if not self._start:
                self._start = b"".join(piece[:KEPT_BYTES] for piece in self._pieces)[:KEPT_BYTES]
            self._pieces.clear()

    def take(self, rest: bytes) -> bytes:
        if not self._pieces:
            return rest
        line = b"".join((*self._pieces, rest))
        self._pieces.clear()
        return line

    def refusal(self) -> Refusal:
        return too_long(self._start, self.size, self._sha256)


def too_long(start: bytes, size: int, sha256: Any) -> Refusal:
    """The refusal of a record of which only the beginning is kept."""
    message = (
        f"the record has {size} bytes, more than max_record_bytes allows; kept are its first "
        f"{len(start)} bytes (sha256 of all: {sha256.hexdigest()})"
    )
    return Refusal(0, "too_long", message, start, size)


def _first_chunk(stream: ByteStream, origin: Origin, chunk_bytes: int) -> bytes:
    """The first bytes without their byte order mark, which may come in several short reads."""
    chunk = stream.read(chunk_bytes)
    while len(chunk) <= len(_BOM) and (more := stream.read(chunk_bytes)):
        chunk += more
    if chunk.startswith(_UTF16):
        message = f"{origin.uri}: the file is UTF-16, but JSON Lines are read as UTF-8; convert it"
        raise InputError(message)
    if chunk.startswith(_GZIP):
        message = (
            f"{origin.uri}: the file is gzip; name it with .gz at the end or pass "
            "compression='gzip'"
        )
        raise InputError(message)
    return chunk.removeprefix(_BOM)
