"""Tar archives as a stream: a member's bytes are read where they stand, and none is kept.

The archive has to end with its end mark. Headers are taken apart by the standard library;
walking from one to the next is done here, because there a damaged header reads as the end.
"""

from __future__ import annotations

import tarfile

from typing import TYPE_CHECKING, NoReturn

from etlkit.errors import InputError, InputTruncated
from etlkit.formats.packed.members import Member, Slice, check_name, skip
from etlkit.formats.packed.signatures import kind_of, option_for


if TYPE_CHECKING:
    from collections.abc import Iterator

    from etlkit.formats.format import ByteStream
    from etlkit.formats.packed.limits import Meter
    from etlkit.formats.packed.members import Kind

BLOCK_BYTES = 512
MAX_EXTENSION_BYTES = 1024 * 1024  # of an extended header, which is held in memory

_FILES = (tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.CONTTYPE)
_LINKS = (tarfile.LNKTYPE, tarfile.SYMTYPE)
_LONG = {tarfile.GNUTYPE_LONGNAME: "path", tarfile.GNUTYPE_LONGLINK: "linkpath"}
_SPARSE = "a sparse file in it cannot be read; pack it without --sparse"
_USED = (b"path", b"size")
_LENGTH_DIGITS = 8
_SIZE_DIGITS = 18
_PAX = (tarfile.XHDTYPE, tarfile.SOLARIS_XHDTYPE)


def tar_members(
    stream: ByteStream, uri: str, *, meter: Meter, is_packed: bool = False
) -> Iterator[Member]:
    """The members of a tar archive, in its order.

    Args:
        stream: The archive.
        uri: What messages call it.
        meter: Counts members, and their bytes.
        is_packed: The archive came out of a compression, where all its bytes were counted.

    Raises:
        InputTruncated: The archive has no end.
        InputError: It is damaged, or no tar archive.
    """
    return _Tar(stream, uri, meter=meter, is_packed=is_packed).members()


class _Tar:
    def __init__(self, stream: ByteStream, uri: str, *, meter: Meter, is_packed: bool) -> None:
        self._stream = stream
        self._is_packed = is_packed
        self._uri = uri
        self._meter = meter
        self._shared: dict[str, str] = {}
        self._next: dict[str, str] = {}
        self._first = True

    def members(self) -> Iterator[Member]:
        while header := self._header():
            if header.type in _LONG:
                self._next[_LONG[header.type]] = self._long(header)
            elif header.type in _PAX:
                self._next.update(self._extension(header))
            elif header.type == tarfile.XGLTYPE:
                self._shared.update(self._extension(header))
            elif header.type == tarfile.GNUTYPE_SPARSE:
                self._refuse(_SPARSE)
            else:
                self._meter.entry()
                yield from self._member(header)
        self._expect_end()

    def _member(self, header: tarfile.TarInfo) -> Iterator[Member]:
        """The member, and then the way to the header after it."""
        said = {**self._shared, **self._next}
        self._next = {}
        name = said.get("path", header.name)
        check_name(name.encode("utf-8", "surrogateescape"), self._uri)
        has_bytes = header.isreg() or header.type not in tarfile.SUPPORTED_TYPES
        size = self._size(said.get("size"), header) if has_bytes else 0
        content = Slice(self._stream, size, self._what)

        def opened() -> ByteStream:
            if "sparse" in said:
                self._refuse(_SPARSE)
            return content if self._is_packed else self._meter.stored(content)

        yield Member(name.removeprefix("./"), _kind(header), opened)
        skip(content)
        self._exactly(-size % BLOCK_BYTES)

    @property
    def _what(self) -> str:
        return f"{self._uri}: the tar archive"

    def _header(self) -> tarfile.TarInfo | None:
        """The next header, or None at the end mark."""
        block = self._first_block() if self._first else self._exactly(BLOCK_BYTES)
        if not any(block):
            return None
        try:
            header = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
        except tarfile.HeaderError as error:
            if self._first:
                raise self._no_tar(block) from error
            self._refuse(f"a header is damaged ({error})")
        self._first = False
        return header

    def _first_block(self) -> bytes:
        """A file that is too short for a header is a cut archive, or none at all."""
        block = b""
        while len(block) < BLOCK_BYTES and (more := self._stream.read(BLOCK_BYTES - len(block))):
            block += more
        if len(block) < BLOCK_BYTES:
            kind = kind_of(block)
            if block and kind != "tar" and (kind or b"\0" not in block):  # a header has some
                raise self._no_tar(block)
            message = f"{self._what} is cut off; nothing of it was loaded"
            raise InputTruncated(message)
        return block

    def _no_tar(self, block: bytes) -> InputError:
        kind = kind_of(block)
        advice = f"it is {kind}, so pass {option_for(kind)}" if kind else "pass archive=None"
        message = f"{self._uri}: no tar archive, although its name or an option says so: {advice}"
        return InputError(message)

    def _size(self, said: str | None, header: tarfile.TarInfo) -> int:
        """The size of a member; an extended header says it where the plain one cannot."""
        if said is None:
            size = header.size
        elif said.isascii() and said.isdigit() and len(said) <= _SIZE_DIGITS:
            size = int(said)
        else:
            size = -1
        if size < 0:
            self._refuse("a member of impossible size")
        return size

    def _long(self, header: tarfile.TarInfo) -> str:
        return self._body(header).rstrip(b"\0").decode("utf-8", "surrogateescape")

    def _extension(self, header: tarfile.TarInfo) -> dict[str, str]:
        """What counts of an extended header: ``length key=value`` and a newline each."""
        found: dict[str, str] = {}
        body = self._body(header).rstrip(b"\0")
        start = 0
        while start < len(body):
            length = body[start : start + _LENGTH_DIGITS].partition(b" ")[0]
            end = start + int(length) if length.isdigit() else start
            key, equals, value = body[start + len(length) + 1 : end].partition(b"=")
            if not equals or not value.endswith(b"\n"):
                self._refuse("an extended header is damaged")
            if key in _USED:
                found[key.decode()] = value[:-1].decode("utf-8", "surrogateescape")
            elif key.startswith(b"GNU.sparse."):
                found["sparse"] = ""
            start = end
        return found

    def _body(self, header: tarfile.TarInfo) -> bytes:
        size = self._size(None, header)
        if size > MAX_EXTENSION_BYTES:
            self._refuse(f"an extended header of {size} bytes")
        body = self._exactly(size)
        self._exactly(-size % BLOCK_BYTES)
        return body

    def _exactly(self, size: int) -> bytes:
        return Slice(self._stream, size, self._what).read()

    def _refuse(self, why: str) -> NoReturn:
        message = f"{self._uri}: not a sound tar archive: {why}"
        raise InputError(message)

    def _expect_end(self) -> None:
        """Zeros alone follow the end mark, as many as fill the blocks of the archiver."""
        while rest := self._stream.read(64 * BLOCK_BYTES):
            if any(rest):
                self._refuse("something else follows its end, such as a second archive")


def _kind(header: tarfile.TarInfo) -> Kind:
    if header.type in _FILES:
        return "file"
    if header.type == tarfile.DIRTYPE:
        return "folder"
    return "link" if header.type in _LINKS else "other"
