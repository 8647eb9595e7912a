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


def decompressed(stream: BinaryIO, compression: str | None, uri: str) -> ByteStream:
    """The stream as plain bytes.

    Raises:
        ConfigurationError: The compression is unknown.
    """
    if compression is None:
        return stream
    if compression == "gzip":
        return _Gzip(stream, uri)
    message = f"unknown compression {compression!r}; known are 'gzip', 'infer' and None"
    raise ConfigurationError(message)


class _Gzip:
    """A gzip file of one or several members."""

    def __init__(self, stream: BinaryIO, uri: str) -> None:
        self._file = gzip.GzipFile(fileobj=stream, mode="rb")
        self._uri = uri

    def read(self, size: int = -1, /) -> bytes:
        """Up to ``size`` plain bytes.

        Raises:
            InputTruncated: The file ends within a member.
            InputError: It is not gzip, or its checksum is wrong.
        """
        try:
            return self._file.read(size)
        except EOFError as error:
            message = f"{self._uri}: the gzip file is cut off; nothing of it was loaded"
            raise InputTruncated(message) from error
        except (gzip.BadGzipFile, zlib.error) as error:
            message = f"{self._uri}: not a sound gzip file: {error}"
            raise InputError(message) from error
