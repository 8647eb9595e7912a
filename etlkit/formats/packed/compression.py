"""Compressed streams: plain bytes in, plain bytes out, and no silence about a cut end."""

from __future__ import annotations

import sys
import zlib

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from attrs import frozen

from etlkit._optional import require
from etlkit._words import did_you_mean, shown
from etlkit.errors import ConfigurationError, InputError, InputTruncated
from etlkit.formats.packed.limits import Limits, Meter
from etlkit.formats.packed.signatures import HEAD_BYTES, kind_of, may_be_cut, option_for


if TYPE_CHECKING:
    from etlkit.formats.format import ByteStream

SUFFIXES = {".gz": "gzip", ".bz2": "bz2", ".xz": "xz", ".zst": "zstd", ".zstd": "zstd"}
NAMES = ("gzip", "bz2", "xz", "zstd")

READ_BYTES = 64 * 1024
UNPACKED_BYTES = 256 * 1024  # at a time, for callers that ask for everything
# The dictionary of a file is memory of its reader. `xz -9` asks for 65 MiB; zstd stops here too.
XZ_MEMORY_BYTES = 130 * 1024 * 1024


def split_suffix(name: str) -> tuple[str, str | None]:
    """A file name without its compression suffix, and the compression that it names."""
    for suffix, compression in SUFFIXES.items():
        if name.lower().endswith(suffix):
            return name[: -len(suffix)], compression
    return name, None


def check_compression(name: object) -> None:
    """Look whether users may write this in ``compression=``.

    Raises:
        ConfigurationError: It is unknown.
    """
    if name is None or (isinstance(name, str) and name in (*NAMES, "infer")):
        return
    known = ", ".join(repr(each) for each in (*NAMES, "infer"))
    hint = did_you_mean(name, NAMES) if isinstance(name, str) else ""
    if name in ("zip", "tar"):
        hint = f"; did you mean archive={name!r}?"
    message = f"unknown compression {shown(name)}{hint}; known are {known} and None"
    raise ConfigurationError(message)


# -- writing


class Compressor(Protocol):
    """What destinations write through."""

    def compress(self, data: bytes, /) -> bytes:
        """Compressed bytes that are ready by now; often none."""

    def flush(self) -> bytes:
        """The rest, once everything was handed over. The compressor is used up then."""


class _Plain:
    def compress(self, data: bytes, /) -> bytes:
        return data

    def flush(self) -> bytes:
        return b""


def compressing(compression: str | None) -> Compressor:
    """A compressor that makes one member, always the same of the same bytes.

    No time and no name is written. A file may hold several members after each other, so
    a load can be appended as a member of its own.

    Args:
        compression: ``"gzip"``, ``"bz2"``, ``"xz"``, ``"zstd"``, or None to write as it is.

    Raises:
        MissingExtra: zstd needs a package that is not installed.
    """
    if compression is None:
        return _Plain()
    made: Compressor = _CODECS[compression].compressor()
    return made


# -- reading


class _Member(Protocol):
    """The decompressor of one member, with the interface that bz2, lzma and zstd share."""

    @property
    def eof(self) -> bool: ...

    @property
    def needs_input(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, max_length: int) -> bytes: ...


class _Zlib:
    """The same interface over zlib, which hands back what it did not consume."""

    def __init__(self, wbits: int) -> None:
        self._inner = zlib.decompressobj(wbits=wbits)
        self._filled = False

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def needs_input(self) -> bool:
        return not (self._filled or self._inner.unconsumed_tail)

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        tail = self._inner.unconsumed_tail
        found = self._inner.decompress(tail + data if tail else data, max_length)
        self._filled = len(found) == max_length  # there may be more, with no input left
        return found


@frozen
class Codec:
    """How one compression is read and written.

    Attributes:
        name: What users call it.
        member: Makes the decompressor of one member.
        compressor: Makes a compressor.
        errors: What the decompressor raises for broken data.
        padding: Zero bytes may follow a member, as tapes and xz have them.
        single: There is one member, without a signature: deflate within a zip archive.
    """

    name: str
    member: Callable[[], _Member]
    compressor: Callable[[], Any]
    errors: Callable[[], type[Exception]]
    padding: bool = False
    single: bool = False


def codec_named(name: str) -> Codec:
    """The codec of a compression."""
    return _CODECS[name]


def _bz2() -> Any:
    import bz2

    return bz2


def _lzma() -> Any:
    import lzma

    return lzma


def _zstd() -> Any:
    module = "compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd"
    purpose = "compression 'zstd'"
    return require(module, extra="zstd", purpose=purpose, package="backports.zstd")


def _xz_member() -> _Member:
    lzma = _lzma()
    made: _Member = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=XZ_MEMORY_BYTES)
    return made


def _zstd_member() -> _Member:
    made: _Member = _zstd().ZstdDecompressor()
    return made


def _zstd_compressor() -> Any:
    """With a checksum, as the command has it and the library has not."""
    zstd = _zstd()
    return zstd.ZstdCompressor(options={zstd.CompressionParameter.checksum_flag: 1})


_GZIP_BITS = zlib.MAX_WBITS + 16  # with header and checksum

_CODECS = {
    codec.name: codec
    for codec in (
        Codec(
            "gzip",
            lambda: _Zlib(_GZIP_BITS),
            lambda: zlib.compressobj(wbits=_GZIP_BITS),
            lambda: zlib.error,
            padding=True,
        ),
        Codec(
            "bz2",
            lambda: _bz2().BZ2Decompressor(),
            lambda: _bz2().BZ2Compressor(),
            lambda: OSError,
        ),
        Codec(
            "xz",
            _xz_member,
            lambda: _lzma().LZMACompressor(),
            lambda: _lzma().LZMAError,
            padding=True,
        ),
        Codec(
            "zstd",
            _zstd_member,
            _zstd_compressor,
            lambda: _zstd().ZstdError,
        ),
        Codec(
            "deflate",
            lambda: _Zlib(-zlib.MAX_WBITS),
            lambda: zlib.compressobj(wbits=-zlib.MAX_WBITS),
            lambda: zlib.error,
            single=True,
        ),
    )
}


def decompressed(
    stream: ByteStream, compression: str | None, uri: str, *, meter: Meter | None = None
) -> ByteStream:
    """The stream as plain bytes.

    Args:
        stream: The compressed bytes.
        compression: One of the names, or None to hand the stream through.
        uri: What messages call the file.
        meter: Counts what is unpacked, and limits it; None for a file of one's own.

    Raises:
        MissingExtra: zstd needs a package that is not installed.
    """
    if compression is None:
        return stream
    if meter is None:
        meter = Meter(Limits(max_ratio=None), uri)
    return Unpacked(stream, _CODECS[compression], uri, meter=meter)


class Unpacked:
    """The plain bytes of one or several compressed members, checked to the last one."""

    def __init__(self, stream: ByteStream, codec: Codec, uri: str, *, meter: Meter) -> None:
        self._stream = stream
        self._codec = codec
        self._uri = uri
        self._meter = meter
        self._errors = codec.errors()
        self._member: _Member | None = None
        self._members = 0
        self._input = b""

    def read(self, size: int = -1, /) -> bytes:
        """Up to ``size`` plain bytes, fewer at the end only.

        Raises:
            InputTruncated: The file ends within a member, or before the first one.
            InputError: It is damaged, is something else, or unpacks to more than allowed.
        """
        pieces: list[bytes] = []
        left = size
        while left and (piece := self._piece(left if left > 0 else UNPACKED_BYTES)):
            pieces.append(piece)
            if left > 0:
                left -= len(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _piece(self, most: int) -> bytes:
        """Some plain bytes; none at the end."""
        while member := self._member or self._begun():
            piece = self._from(member, most)
            if piece:
                self._meter.unpacked(len(piece))
                return piece
        return b""

    def _from(self, member: _Member, most: int) -> bytes:
        data = b""
        if member.needs_input:
            data, self._input = self._input or self._stream.read(READ_BYTES), b""
            if not data:
                raise self._cut()
        try:
            piece = member.decompress(data, most)
        except self._errors as error:
            message = f"{self._uri}: not a sound {self._codec.name} file: {error}"
            raise InputError(message) from error
        if member.eof:
            self._input = member.unused_data
            self._member = None
        return piece

    def _begun(self) -> _Member | None:
        """The member that begins here, or None at the end; there is at least one."""
        self._fill()
        if self._members and self._codec.padding:
            self._skip_padding()
        if not self._input and self._members:
            return None
        self._expect_signature()
        self._members += 1
        self._member = self._codec.member()
        return self._member

    def _fill(self) -> None:
        """Have as many bytes at hand as a signature needs, where there are as many."""
        while len(self._input) < HEAD_BYTES and (more := self._stream.read(READ_BYTES)):
            self._input += more

    def _skip_padding(self) -> None:
        self._input = self._input.lstrip(b"\0")
        while not self._input and (more := self._stream.read(READ_BYTES)):
            self._input = more.lstrip(b"\0")
        self._fill()

    def _expect_signature(self) -> None:
        name, kind = self._codec.name, kind_of(self._input)
        if not self._input or may_be_cut(name, self._input):
            raise self._cut()
        if kind == name or (self._codec.single and not self._members):
            return
        what = f"{self._uri}: no {name} file, although its name or an option says so"
        if self._members:
            what = f"{self._uri}: not a sound {name} file"
            advice = "something else follows the compressed data"
        elif kind is None:
            advice = "pass compression=None to read it as it is"
        else:
            advice = f"it is {kind}, so pass {option_for(kind)}"
        message = f"{what}: {advice}"
        raise InputError(message)

    def _cut(self) -> InputTruncated:
        message = f"{self._uri}: the {self._codec.name} file is cut off; nothing of it was loaded"
        return InputTruncated(message)
