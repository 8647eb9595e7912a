"""Text encodings other than UTF-8, on the way in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from etlkit.errors import ConfigurationError


if TYPE_CHECKING:
    from etlkit.formats.format import ByteStream


def transcoded(stream: ByteStream, encoding: str) -> ByteStream:
    """The stream as UTF-8."""
    if encoding != "utf-8":
        message = f"encoding {encoding!r} is not read yet"
        raise ConfigurationError(message)
    return stream


def original(raw: bytes, encoding: str) -> bytes:
    """The bytes of a piece of the stream as the file holds them."""
    del encoding
    return raw
