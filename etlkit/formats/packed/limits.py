"""How much unpacking may give, so that a small file cannot become an endless one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from etlkit._words import shown
from etlkit.errors import ConfigurationError, InputError


if TYPE_CHECKING:
    from collections.abc import Callable

    from attrs import Attribute

    from etlkit.formats.format import ByteStream

RATIO_FREE_BYTES = 10_000_000  # a few repeated lines pack very well, and harm nobody


def _whole(_: Any, attribute: Attribute[Any], value: object) -> None:
    if value is not None and (type(value) is not int or value < 1):
        message = (
            f"{attribute.name} is a whole number above 0, or None for no limit, got {shown(value)}"
        )
        raise ConfigurationError(message)


def _above_one(_: Any, attribute: Attribute[Any], value: object) -> None:
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not value >= 1:
        message = (
            f"{attribute.name} is a number from 1 on, or None for no limit, got {shown(value)}"
        )
        raise ConfigurationError(message)


@frozen
class Limits:
    """What one file may unpack to; None is no limit.

    Attributes:
        max_unpacked_bytes: Bytes that all layers of a file may give together, members that
            are stored as they are among them.
        max_ratio: How many times the bytes that were read so far they may be. It counts
            from 10 MB on.
        max_entries: Members that an archive may list.
    """

    max_unpacked_bytes: int | None = field(default=None, kw_only=True, validator=_whole)
    max_ratio: float | None = field(default=200, kw_only=True, validator=_above_one)
    max_entries: int | None = field(default=10_000, kw_only=True, validator=_whole)


class Meter:
    """Counts what is read of one file and what is unpacked from it; belongs to one reading.

    Unpacked bytes of all layers are added up: an archive within gzip whose members are
    gzip has two, and a bomb may lie in either.
    """

    def __init__(self, limits: Limits, uri: str) -> None:
        self.uri = uri
        self._limits = limits
        self._read = 0
        self._unpacked = 0
        self._entries = 0

    def reading(self, stream: ByteStream) -> ByteStream:
        """The file itself, with its bytes counted."""
        return _Counted(stream, self.read)

    def stored(self, stream: ByteStream) -> ByteStream:
        """A member that stands in an archive as it is; its bytes count as unpacked."""
        return _Counted(stream, self.unpacked)

    def read(self, size: int) -> None:
        """Count bytes that were read."""
        self._read += size

    def unpacked(self, size: int) -> None:
        """Count bytes that came out of a layer.

        Raises:
            InputError: They are more than allowed.
        """
        self._unpacked += size
        most, ratio = self._limits.max_unpacked_bytes, self._limits.max_ratio
        if most is not None and self._unpacked > most:
            raise self._exceeded("max_unpacked_bytes", f"unpacks to more than {most} bytes")
        if (
            ratio is not None
            and self._unpacked > RATIO_FREE_BYTES
            and self._unpacked > ratio * self._read
        ):
            raise self._exceeded("max_ratio", f"unpacks to more than {ratio} times its size")

    def entry(self) -> None:
        """Count a member of an archive.

        Raises:
            InputError: There are more than allowed.
        """
        self._entries += 1
        most = self._limits.max_entries
        if most is not None and self._entries > most:
            raise self._exceeded("max_entries", f"the archive has more than {most} members")

    def _exceeded(self, limit: str, what: str) -> InputError:
        message = (
            f"{self.uri}: {what}; nothing of it was loaded; if the file is to be trusted, pass a "
            f"higher {limit}, or {limit}=None for no limit"
        )
        return InputError(message)


class _Counted:
    """A stream whose bytes are counted as they are read."""

    def __init__(self, stream: ByteStream, count: Callable[[int], None]) -> None:
        self._stream = stream
        self._count = count

    def read(self, size: int = -1, /) -> bytes:
        """Up to ``size`` bytes."""
        data = self._stream.read(size)
        self._count(len(data))
        return data
