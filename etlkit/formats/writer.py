"""The contract of a format's writing side: how files begin, go on and end."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar


if TYPE_CHECKING:
    from collections.abc import Sequence

    from etlkit.formats.format import Encoder, Format
    from etlkit.records import OutBatch, Refusal


class Writer(ABC):
    """How files of a format are written; a value that any number of loads share.

    Its constructor takes the options that users pass to ``DataLoader``.

    Attributes:
        name: What users write in ``format=``.
        suffixes: Endings of file names that mean this format, without compression.
        can_append: Whether records can be added to a file that is complete.
    """

    name: ClassVar[str]
    suffixes: ClassVar[tuple[str, ...]]
    can_append: ClassVar[bool] = True

    @property
    def ending(self) -> bytes:
        """The bytes that a file has to end with before records are added to it.

        A newline, for formats of lines in UTF-8.
        """
        return b"\n"

    def reader(self) -> Format | None:
        """What reads such files back, or None (the default) where nothing here does.

        Called for ``to_pandas()`` of a result and the like.
        """
        return None

    @abstractmethod
    def encoder(self) -> Encoder:
        """What the kernel does to each record of a load."""

    @abstractmethod
    def begin(self, place: str, before: bytes = b"") -> Writing:
        """Begin a load.

        Args:
            place: What messages call the file or folder.
            before: The first bytes of the file that is added to, at most ``HEAD_BYTES`` of
                them; empty for a new file.

        Raises:
            ConfigurationError: The file has another layout than what would be added.
        """


class Writing(ABC):
    """One load on its way into files; used by one thread.

    A file is ``head()``, what ``encode`` returned for its batches with ``join`` between
    one and the next, and ``tail``. After any batch a file may end and the next one begin,
    so that a load can be cut into parts, each of which is complete.

    Attributes:
        join: What stands between the bytes of two batches.
        tail: The end of a file.
    """

    join: bytes = b""
    tail: bytes = b""

    def head(self) -> bytes:
        """The beginning of a file.

        Asked for after ``encode`` returned the first bytes that go into the file, since a
        layout may follow from the first record; or at the end, for a file without records.
        """
        return b""

    @abstractmethod
    def encode(self, batch: OutBatch) -> tuple[bytes, Sequence[Refusal]]:
        """The bytes of a batch, none where it has no record; and the records refused.

        Refused records are not in the bytes, and neither is any other item with the same
        record number: each of them is named.

        Raises:
            ConfigurationError: Records of this kind cannot be added to the file.
        """

    def remarks(self) -> Sequence[str]:
        """What the user should know of the load although nothing failed."""
        return ()


HEAD_BYTES = 1 << 20
"""As much of the beginning of a file as a writer gets to see before it adds to it."""
