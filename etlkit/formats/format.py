"""The two contracts of a format: cutting bytes into records, and encoding one record."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, Protocol


if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from etlkit.records import Batch, Origin, Record
    from etlkit.schema.fields import Place


class KernelCode(Protocol):
    """A kernel in the making, as encoders see it."""

    def bind(self, hint: str, value: object) -> str:
        """A name for a value; values never enter the text."""

    def line(self, *texts: str) -> None:
        """Add lines."""

    def block(self, header: str) -> AbstractContextManager[None]:
        """The lines added inside stand one level below ``header``."""


class ByteStream(Protocol):
    """What a format reads from."""

    def read(self, size: int = -1, /) -> bytes:
        """Up to ``size`` bytes, fewer only when the stream gives fewer; none at the end."""


class Format(ABC):
    """Cuts the bytes of one file into records without decoding them.

    Formats are values: one is shared by all files of a source and by all threads, so
    whatever changes while reading lives in the generator that ``batches`` returns.

    Attributes:
        name: What users write in ``format=``.
        suffixes: Endings of file names that mean this format, without compression.
        is_text: What is read is text, so content that begins like a compressed file or
            an archive is refused before the format sees it.
        may_hold_nan: A record may hold a NaN or an infinity.
    """

    name: ClassVar[str]
    suffixes: ClassVar[tuple[str, ...]]
    is_text: ClassVar[bool] = True
    may_hold_nan: ClassVar[bool] = False

    @property
    def sensitive_places(self) -> tuple[Place, ...]:
        """Places of the fields that a schema for reading calls sensitive."""
        return ()

    @property
    def known_fields(self) -> tuple[str, ...] | None:
        """The fields that every record has, and no others; None where the files have to tell."""
        return None

    @abstractmethod
    def batches(self, stream: ByteStream, origin: Origin) -> Iterator[Batch]:
        """The records of one file, in order, in batches of some 64 to 128 KiB.

        Smaller ones cost calls, and the records of larger ones leave the cache.

        Called once for each file of a run, on the thread of the run; may block on the
        stream. Memory stays flat whatever the size of the file, unless the class says
        otherwise. What cannot be cut out, but can be told apart from its neighbours,
        becomes a ``Refusal``; for anything else the iterator raises.

        Raises:
            InputError: The bytes cannot be cut into records; the run fails.
        """


class Encoder(ABC):
    """Turns one record into what a destination writes.

    It is the last step of a kernel, so a record that cannot be encoded is rejected like
    any other, with its number and its raw bytes at hand.
    """

    @abstractmethod
    def encode(self, record: Record) -> Any:
        """The encoded record.

        It shares nothing with the record that could change: steps may go on with it.

        Raises:
            Unfit: The record has no form in this encoding.
        """

    def strict(self) -> Encoder:
        """The encoder for records that may hold values which it would change in silence.

        Used where the records do not come from text of a format, such as those of
        another program; there a change would be one of input. By default the encoder
        itself, since most change nothing.
        """
        return self

    def taking(self) -> Encoder:
        """The encoder for records that nobody else has and that nothing changes any more.

        By default the encoder itself, since most make something else of a record anyway.
        """
        return self

    def write(self, code: KernelCode, record: str) -> str:
        """Add lines to a kernel, and return the expression of the encoded record.

        Args:
            code: The kernel in the making.
            record: Name of the variable that holds the record.
        """
        return f"{code.bind('encode', self.encode)}({record})"
