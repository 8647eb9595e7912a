"""What the first bytes of a file say it is, whatever its name says."""

from __future__ import annotations

import re

from typing import TYPE_CHECKING

from etlkit.errors import InputError


if TYPE_CHECKING:
    from etlkit.formats.format import ByteStream

HEAD_BYTES = 262  # up to the end of the signature that a tar header has

# bzip2 begins with text-like bytes, so the number that opens its first block is asked for too.
_SIGNATURES = {
    "gzip": re.compile(rb"\x1f\x8b"),
    "bz2": re.compile(rb"BZh[1-9](?:1AY&SY|\x17\x72\x45\x38\x50\x90)", re.DOTALL),
    "xz": re.compile(rb"\xfd7zXZ\x00"),
    "zstd": re.compile(rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18", re.DOTALL),
    "zip": re.compile(rb"PK(?:\x03\x04|\x05\x06)"),
    "tar": re.compile(rb".{257}ustar", re.DOTALL),
}
_FIRST_BYTES = {
    "gzip": b"\x1f\x8b",
    "bz2": b"BZh",
    "xz": b"\xfd7zXZ\0",
    "zstd": b"\x28\xb5\x2f\xfd",
    "zip": b"PK",
}
_SIGNATURE_BYTES = 10  # of the longest of these
_ARCHIVES = {"zip": ".zip", "tar": ".tar"}
_SUFFIX_OF = {"gzip": ".gz", "bz2": ".bz2", "xz": ".xz", "zstd": ".zst", **_ARCHIVES}


def kind_of(head: bytes) -> str | None:
    """The compression or archive that begins with these bytes, or None."""
    return next((kind for kind, known in _SIGNATURES.items() if known.match(head)), None)


def may_be_cut(kind: str, head: bytes) -> bool:
    """Whether these are all the bytes there are, and fewer than a signature has."""
    first = _FIRST_BYTES.get(kind, b"")
    return (
        len(head) < _SIGNATURE_BYTES
        and kind_of(head) is None
        and (first.startswith(head) or (bool(first) and head.startswith(first)))
    )


def option_for(kind: str) -> str:
    """How users say that a file is of a kind."""
    return f"archive={kind!r}" if kind in _ARCHIVES else f"compression={kind!r}"


class PlainStream:
    """A stream that fails at its first byte when it is not text, but packed.

    Args:
        stream: What a format is about to read.
        uri: What messages call it.
        unpacked: Whether a layer was taken off already.
    """

    def __init__(self, stream: ByteStream, uri: str, *, unpacked: bool) -> None:
        self._stream = stream
        self._uri = uri
        self._unpacked = unpacked
        self._head: bytes | None = None

    def read(self, size: int = -1, /) -> bytes:
        """Up to ``size`` bytes.

        Raises:
            InputError: The stream is compressed, or an archive.
        """
        if self._head is None:
            self._head = head_of(self._stream, size)
            self._refuse_packed(self._head)
        if not self._head:
            return self._stream.read(size)
        if size < 0:
            data, self._head = self._head + self._stream.read(), b""
        else:
            data, self._head = self._head[:size], self._head[size:]
        return data

    def _refuse_packed(self, head: bytes) -> None:
        kind = kind_of(head)
        if kind is None:
            return
        what = f"{self._uri}: the content is {kind}"
        if self._unpacked:
            message = f"{what}, although a layer was unpacked already; unpack it before"
        else:
            message = (
                f"{what}, although neither the name nor an option says so; name it with "
                f"{_SUFFIX_OF[kind]} at the end or pass {option_for(kind)}"
            )
        raise InputError(message)


def head_of(stream: ByteStream, size: int = HEAD_BYTES) -> bytes:
    """The first bytes of a stream, enough to tell its kind where there are as many."""
    head = stream.read(size if size < 0 else max(size, HEAD_BYTES))
    while len(head) < HEAD_BYTES and (more := stream.read(HEAD_BYTES)):
        head += more
    return head
