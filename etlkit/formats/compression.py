"""Compressed streams: plain bytes in, plain bytes out, and no silence about a cut end."""

from __future__ import annotations

import gzip
import zlib

from typing import TYPE_CHECKING, BinaryIO

from etlkit.errors import ConfigurationError, InputError, InputTruncated


if TYPE_CHECKING:
    from etlkit.formats.format import ByteStream

SUFFIXES = {".gz": "gzip"}


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
    return stream if compression is None else _Gzip(stream, uri)


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
