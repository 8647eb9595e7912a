"""What an archive holds, one member after the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from attrs import field, frozen

from etlkit.errors import InputError, InputTruncated


if TYPE_CHECKING:
    from etlkit.formats.format import ByteStream

MAX_NAME_BYTES = 4096  # PATH_MAX of Linux: a longer name was never a file's
SKIP_BYTES = 256 * 1024

Kind = Literal["file", "folder", "link", "other"]


@frozen
class Member:
    """One entry of an archive.

    Attributes:
        name: As the archive has it, without ``./`` at its start. It is only a name:
            nothing is ever written to, or read from, a path made of it.
        kind: Only a file has bytes.
        opened: Gives the bytes; called at most once, and before the next member.
    """

    name: str
    kind: Kind
    opened: Callable[[], ByteStream] = field(repr=False, eq=False)

    @property
    def printable(self) -> str:
        """The name as messages and results show it: control characters are escaped."""
        return printable(self.name)


def printable(name: str) -> str:
    """A text from outside with what a terminal could obey, or nobody could see, escaped."""
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode() for each in name
    )


def check_name(name: bytes, uri: str) -> None:
    """Look whether a name is short enough to be one.

    Raises:
        InputError: It is not.
    """
    if len(name) > MAX_NAME_BYTES:
        message = f"{uri}: the name of a member has more than {MAX_NAME_BYTES} bytes"
        raise InputError(message)


class Slice:
    """The next ``size`` bytes of a stream that is read by nobody else meanwhile."""

    def __init__(self, stream: ByteStream, size: int, what: str) -> None:
        self._stream = stream
        self._left = size
        self._what = what

    def read(self, size: int = -1, /) -> bytes:
        """Up to ``size`` bytes.

        Raises:
            InputTruncated: The stream ends before the slice does.
        """
        wanted = self._left if size < 0 else min(size, self._left)
        data = self._stream.read(wanted) if wanted else b""
        while len(data) < wanted and (size < 0 or not data):
            more = self._stream.read(wanted - len(data))
            if not more:
                message = f"{self._what} is cut off; nothing of it was loaded"
                raise InputTruncated(message)
            data += more
        self._left -= len(data)
        return data


def skip(stream: ByteStream) -> None:
    """Read a stream to its end, so that whatever is checked there is checked."""
    while stream.read(SKIP_BYTES):
        pass
