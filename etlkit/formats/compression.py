"""Compressed streams: plain bytes in, plain bytes out, and no silence about a cut end."""

from __future__ import annotations

import gzip
import importlib
import zlib

from typing import TYPE_CHECKING, BinaryIO, Protocol

from etlkit.errors import ConfigurationError, InputError, InputTruncated


if TYPE_CHECKING:
    from etlkit.formats.format import ByteStream

SUFFIXES = {".gz": "gzip", ".bz2": "bz2", ".xz": "xz", ".zst": "zstd"}


def split_suffix(name: str) -> tuple[str, str | None]:
    """A file name without its compression suffix, and the compression that it names."""
    for suffix, compression in SUFFIXES.items():
        if name.lower().endswith(suffix):
            return name[: -len(suffix)], compression
    return name, None


def check_compression(name: str | None) -> None:
    """Look whether users may write this in ``compression=``.

    Raises:
        ConfigurationError: It is unknown.
    """
    if name not in (*SUFFIXES.values(), "infer", None):
        message = f"unknown compression {name!r}; known are 'gzip', 'infer' and None"
        raise ConfigurationError(message)


def decompressed(stream: BinaryIO, compression: str | None, uri: str) -> ByteStream:
    """The stream as plain bytes."""
    if compression in ("bz2", "xz", "zstd"):
        module = {"bz2": "bz2", "xz": "lzma", "zstd": "backports.zstd"}[compression]
        name = {"bz2": "BZ2File", "xz": "LZMAFile", "zstd": "ZstdFile"}[compression]
        opened: ByteStream = getattr(importlib.import_module(module), name)(stream)
        return opened
    return stream if compression is None else _Gzip(stream, uri)


class Compressor(Protocol):
    """What destinations write through."""

    def compress(self, data: bytes, /) -> bytes:
        """Compressed bytes that are ready by now."""

    def flush(self) -> bytes:
        """The rest."""


class _Plain:
    def compress(self, data: bytes, /) -> bytes:
        return data

    def flush(self) -> bytes:
        return b""


def compressing(compression: str | None) -> Compressor:
    """A compressor that makes one member."""
    made: Compressor
    if compression is None:
        made = _Plain()
    elif compression == "gzip":
        made = zlib.compressobj(wbits=zlib.MAX_WBITS + 16)
    else:
        module = {"bz2": "bz2", "xz": "lzma", "zstd": "backports.zstd"}[compression]
        name = {"bz2": "BZ2Compressor", "xz": "LZMACompressor", "zstd": "ZstdCompressor"}
        made = getattr(importlib.import_module(module), name[compression])()
    return made


class _Gzip:
    """A gzip file of one or several members."""

    def __init__(self, stream: BinaryIO, uri: str) -> None:
        self._file = gzip.GzipFile(fileobj=stream, mode="rb")
        self._uri = uri

    def read(self, size: int = -1, /) -> bytes:
        """Up to ``size`` plain bytes.

        Raises:
            InputTruncated: The file ends within a member, or before the first one.
            InputError: It is not gzip, or its checksum is wrong.
        """
        try:
            data = self._file.read(size)
            self._expect_member(data)
        except EOFError as error:
            message = f"{self._uri}: the gzip file is cut off; nothing of it was loaded"
            raise InputTruncated(message) from error
        except (gzip.BadGzipFile, zlib.error) as error:
            message = f"{self._uri}: not a sound gzip file: {error}"
            raise InputError(message) from error
        return data

    def _expect_member(self, data: bytes) -> None:
        """A file without a single header is no gzip file, although Python reads it as empty."""
        if not data and self._file.mtime is None:
            raise EOFError
