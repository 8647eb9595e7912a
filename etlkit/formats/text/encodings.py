"""Text in any encoding as UTF-8, and back to the very bytes of the source.

Formats read UTF-8 only. What cannot be decoded takes part as characters that no UTF-8 has,
one for each byte, so its record is rejected like any other of broken UTF-8, and the bytes
can be told from it again.
"""

from __future__ import annotations

import codecs
import re

from typing import TYPE_CHECKING

from etlkit._words import did_you_mean, shown
from etlkit.errors import ConfigurationError, InputError, InputTruncated


if TYPE_CHECKING:
    from etlkit.formats.format import ByteStream

READ_BYTES = 256 * 1024

MARKS = {
    "utf-8": codecs.BOM_UTF8,
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
    "utf-32-le": codecs.BOM_UTF32_LE,
    "utf-32-be": codecs.BOM_UTF32_BE,
    "gb18030": b"\x84\x31\x95\x33",
}
_MARK_BYTES = 4
_ORDERS = {"utf-8-sig": ("utf-8",)} | {
    name: (f"{name}-le", f"{name}-be") for name in ("utf-16", "utf-32")
}
_UNIT_BYTES = {"utf-16-le": 2, "utf-16-be": 2, "utf-32-le": 4, "utf-32-be": 4}
MARKS_TELL = _UNIT_BYTES.keys()  # the encodings of which the first bytes tell the byte order

_STATEFUL = "what a byte means depends on those before it, so no record could be kept as it was"
_COMBINING = "two of its characters may be written as one, so no record could be kept as it was"
_NO_FILES = "it is not made for files"
_REFUSED = {
    "utf-7": _STATEFUL,
    "hz": _STATEFUL,
    "shift_jis_2004": _COMBINING,
    "shift_jisx0213": _COMBINING,
    "euc_jis_2004": _COMBINING,
    "euc_jisx0213": _COMBINING,
    "idna": _NO_FILES,
    "mbcs": _NO_FILES,
    "oem": _NO_FILES,
    "punycode": _NO_FILES,
    "raw-unicode-escape": _NO_FILES,
    "undefined": _NO_FILES,
    "unicode-escape": _NO_FILES,
}

_ESCAPE = "etlkit_escape"
_ESCAPED = 0xDC00  # a lone surrogate, which no decoder gives and no UTF-8 holds
_ESCAPES = re.compile("([\udc00-\udcff]+)")


def check_encoding(name: object, *, mend: str = "convert the file to UTF-8 before") -> str:
    """The name of an encoding as Python has it, if files in it can be read.

    Args:
        name: What the user calls it.
        mend: What to do instead, where no record in it could be kept.

    Raises:
        ConfigurationError: It is unknown, or no record in it could be kept byte for byte.
    """
    if not isinstance(name, str):
        message = f"encoding is a name such as 'utf-16', got {shown(name)}"
        raise ConfigurationError(message)
    try:
        found = codecs.lookup(name).name
    except (LookupError, ValueError) as error:
        message = (
            f"unknown encoding {shown(name)}{did_you_mean(name, _known_names())}; known are the "
            "names that Python has, such as 'utf-8', 'utf-16', 'cp1252' and 'shift_jis'"
        )
        raise ConfigurationError(message) from error
    reason = _STATEFUL if found.startswith("iso2022") else _REFUSED.get(found)
    if reason is None and not _is_of_text(name):
        reason = "it is no encoding of text"
    if reason is not None:
        message = f"encoding {name!r} cannot be read: {reason}; {mend}"
        raise ConfigurationError(message)
    return found


def _is_of_text(name: str) -> bool:
    try:
        "a".encode(name)
    except LookupError:
        return False
    return True


def _known_names() -> list[str]:
    from encodings.aliases import aliases

    names = {
        name.replace("_", "-")
        for alias, codec in aliases.items()
        if not codec.startswith("iso2022") and not codec.endswith("_codec")
        for name in (alias, codec)
    }
    names.add("utf-8-sig")  # which has no alias, and so is not in the table
    return sorted(names - {name.replace("_", "-") for name in _REFUSED} - {"rot-13", "rot13"})


def transcoded(stream: ByteStream, encoding: str, *, uri: str = "the file") -> Transcoded:
    """A stream of text as UTF-8, without its byte order mark.

    Args:
        stream: The bytes as the source has them.
        encoding: Their encoding. ``utf-16`` and ``utf-32`` go by the byte order mark, and
            are little endian without one.
        uri: What messages call the file.

    Raises:
        ConfigurationError: The encoding is unknown, or cannot be restored.
        InputError: The file has the byte order mark of another encoding.
    """
    return Transcoded(stream, check_encoding(encoding), uri)


class Transcoded:
    """A stream as UTF-8.

    Attributes:
        encoding: What the bytes are in, for ``original``; with its byte order, which the
            first bytes have told.
    """

    def __init__(self, stream: ByteStream, encoding: str, uri: str) -> None:
        self._stream = stream
        self._uri = uri
        self._head = head = self._first_bytes()
        said = _ORDERS.get(encoding, (encoding,))
        marked = [name for name in said if name in MARKS and head.startswith(MARKS[name])]
        self.encoding = (marked or said)[0]
        if marked:
            self._head = head.removeprefix(MARKS[self.encoding])
        else:
            self._refuse_other_mark(head)
        self._decoder = _Decoder(self.encoding)
        self._ready = b""
        self._ended = False

    def read(self, size: int = -1, /) -> bytes:
        """Up to ``size`` bytes of UTF-8.

        Raises:
            InputTruncated: The end lies within a character of fixed width.
        """
        if size < 0:
            return b"".join(iter(lambda: self.read(READ_BYTES), b""))
        while size and not self._ready and not self._ended:
            self._ready = self._next(size)
        data, self._ready = self._ready[:size], self._ready[size:]
        return data

    def _next(self, size: int) -> bytes:
        """Some more, which may be nothing although the end is not reached."""
        chunk, self._head = self._head + self._stream.read(size), b""
        self._ended = not chunk
        if self.encoding == "utf-8":
            return chunk
        if self._ended and len(self._decoder.pending) % _UNIT_BYTES.get(self.encoding, 1):
            message = f"{self._uri}: the file ends within a character; nothing of it was loaded"
            raise InputTruncated(message)
        text = self._decoder.text(chunk, final=self._ended)
        return text.encode("utf-8", "surrogatepass")

    def _first_bytes(self) -> bytes:
        head = b""
        while len(head) < _MARK_BYTES and (more := self._stream.read(_MARK_BYTES)):
            head += more
        return head

    def _refuse_other_mark(self, head: bytes) -> None:
        unicode = self.encoding in {"utf-8", "utf-16-le", "utf-16-be"}
        for other in ("utf-8", "utf-16-le", "utf-16-be") if unicode else ("utf-8",):
            if head.startswith(MARKS[other]):
                message = (
                    f"{self._uri}: the file begins with the byte order mark of {other}, so it is "
                    f"not {self.encoding}; pass encoding={other!r}"
                )
                raise InputError(message)


class _Decoder:
    """Bytes to text that can be made the same bytes again, whatever they are."""

    def __init__(self, encoding: str) -> None:
        codecs.register_error(_ESCAPE, _escape_error)
        self._encoding = encoding
        self._inner = self._new()
        self._is_exact = encoding in _UNIT_BYTES or self._is_one_to_one()

    def _new(self) -> codecs.IncrementalDecoder:
        return codecs.getincrementaldecoder(self._encoding)(_ESCAPE)

    def _is_one_to_one(self) -> bool:
        """Whether each byte is a character of its own, so that nothing has to be compared."""
        inner = self._new()
        text = [inner.decode(bytes((byte,))) for byte in range(256)]
        return all(
            len(each) == 1 and _restored(each, self._encoding) == bytes((byte,))
            for byte, each in enumerate(text)
        )

    @property
    def pending(self) -> bytes:
        """The beginning of a character whose end was not read yet."""
        return self._inner.getstate()[0]

    def text(self, chunk: bytes, *, final: bool) -> str:
        data = self.pending + chunk
        text = self._inner.decode(chunk, final)
        if self._is_exact:
            return text
        data = data[: len(data) - len(self.pending)]
        return text if _restored(text, self._encoding) == data else self._one_by_one(data)

    def _one_by_one(self, data: bytes) -> str:
        """Whole characters, where one that the encoding would write in another way is escaped.

        Some encodings have two ways to write a character, and read both.
        """
        inner = self._new()
        found: list[str] = []
        piece = b""
        for number in range(len(data)):
            piece += data[number : number + 1]
            text = inner.decode(data[number : number + 1], number + 1 == len(data))
            rest = inner.getstate()[0]
            whole, piece = piece[: len(piece) - len(rest)], rest
            found.append(text if _restored(text, self._encoding) == whole else _escaped(whole))
        return "".join(found)


def _escape_error(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return _escaped(error.object[error.start : error.end]), error.end


def _escaped(data: bytes) -> str:
    return "".join(chr(_ESCAPED + byte) for byte in data)


def _restored(text: str, encoding: str) -> bytes:
    """The bytes of a text, those of escapes among them."""
    try:
        return text.encode(encoding)
    except UnicodeEncodeError:
        return b"".join(
            bytes(ord(each) - _ESCAPED for each in part) if place % 2 else part.encode(encoding)
            for place, part in enumerate(_ESCAPES.split(text))
        )


def original(raw: bytes, encoding: str) -> bytes:
    """The bytes of the source that a slice of a transcoded stream was made from.

    Args:
        raw: UTF-8 from a stream of ``transcoded``, cut at whole characters; an unfinished
            one at its end is left out.
        encoding: The ``encoding`` of that stream.
    """
    encoding = _ORDERS.get(encoding, (encoding,))[0]
    if encoding == "utf-8":
        return raw
    text, _ = codecs.utf_8_decode(raw, "surrogatepass", False)
    return _restored(text, encoding)
