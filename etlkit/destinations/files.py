"""One file: replaced as a whole, or appended to by whole loads."""

from __future__ import annotations

import os

from contextlib import contextmanager
from typing import TYPE_CHECKING

from attrs import frozen

from etlkit._files.locking import locked
from etlkit._files.paths import is_url, local_path, real, without_secrets
from etlkit._files.reading import open_for_reading
from etlkit._files.writing import AtomicFile, check_writable, remove_leftovers, size_of
from etlkit.destinations.destination import Destination, LoadSession, StoredFile
from etlkit.errors import ConfigurationError, InputError
from etlkit.formats.choice import writer_for
from etlkit.formats.packed.compression import (
    check_compression,
    compressing,
    decompressed,
    split_suffix,
)
from etlkit.formats.writer import HEAD_BYTES
from etlkit.runs.commit import Part, Written


if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from etlkit._clock import Clock
    from etlkit.formats.format import ByteStream, Encoder
    from etlkit.formats.packed.compression import Compressor
    from etlkit.formats.writer import Writer, Writing
    from etlkit.records import OutBatch, Refusal
    from etlkit.runs.commit import CommitRecord
    from etlkit.runs.context import Load, Mode


class FileDestination(Destination):
    """A local file of JSON Lines, JSON, CSV or TSV, plain or compressed.

    ``replace`` writes a new file beside the old one and renames it: readers see the
    whole old file or the whole new one, also after a loss of power. ``append`` spools
    the load first and adds it in one go; an error puts the file back to its former
    length. Runs that append to the same file take turns, in threads and processes.

    An append to a compressed file adds a member of its own, after the whole file was read
    to make sure that it is sound. An append needs a file in the same encoding, and one to
    CSV the same columns; it writes no second header. A JSON array is complete, so it is only
    replaced.

    Args:
        path: Where; the folder has to exist.
        format: ``"jsonl"``, ``"json"``, ``"csv"``, ``"tsv"``, or a
            :class:`~etlkit.formats.Writer`; by default the suffix tells.
        compression: ``"gzip"``, ``"bz2"``, ``"xz"``, ``"zstd"``, None, or ``"infer"`` to go
            by the suffix.
        options: Options of the format, such as ``columns=[...]``; see
            :class:`~etlkit.formats.JsonLinesWriter`, :class:`~etlkit.formats.JsonWriter`
            and :class:`~etlkit.formats.CsvWriter`.

    Raises:
        ConfigurationError: The path is a URL, the format or the compression is unknown, or
            the format has no such option.

    Example:
        >>> from pathlib import Path
        >>> from etlkit import DataLoader
        >>> people = FileDestination("people.csv", columns=["id", "name"])
        >>> DataLoader(people).load([{"name": "Zoë", "id": 1}, {"id": 2}])
        2
        >>> print(Path("people.csv").read_text(encoding="utf-8"))
        id,name
        1,Zoë
        2,
        <BLANKLINE>
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        format: str | Writer | None = None,  # noqa: A002 -- as in FileSource
        compression: str | None = "infer",
        **options: object,
    ) -> None:
        self.path = local_file(path)
        check_compression(compression)
        self._writer = writer_for(self.path, format, options)
        inferred = compression == "infer"
        self._compression = split_suffix(self.path)[1] if inferred else compression
        if not self._writer.can_append:
            self.modes = ("replace",)

    def __repr__(self) -> str:
        return f"FileDestination({self.path!r})"

    @property
    def uri(self) -> str:
        """The path, as it was given."""
        return self.path

    @property
    def place(self) -> str:
        """The path in full, of what it leads to through symbolic links."""
        return real(self.path)

    def check(self) -> None:
        """Look whether the folder is there and may be written.

        Raises:
            ConfigurationError: It is not; or the path is a folder itself; or the
                compression needs a package that is not installed.
        """
        compressing(self._compression)
        check_writable(self.path)

    @contextmanager
    def lock(self, *, wait_seconds: float, clock: Clock) -> Iterator[None]:
        """One run at a time, among all processes of this computer."""
        with locked(self.path, wait_seconds=wait_seconds, clock=clock):
            yield

    def stored(self) -> StoredFile | None:
        """The file, with what reads it; None where its writer knows nothing that does."""
        reader = self._writer.reader()
        return None if reader is None else StoredFile(self.path, reader, self._compression)

    def encoder(self) -> Encoder:
        """As the format has it."""
        return self._writer.encoder()

    def guarantee(self, mode: Mode) -> str:
        """What holds for readers, and when a run is repeated."""
        if mode == "append":
            return "whole loads only; a repeated run appends again, whatever its run key"
        return (
            "readers see the whole old file or the whole new one; a repeated run leaves the same "
            "file"
        )

    def open(self, load: Load) -> LoadSession:
        """Begin a file of a temporary name in the same folder; the caller holds the lock.

        Raises:
            ConfigurationError: The load cannot be added to what is there.
        """
        there = self._there(load.mode)
        writing = self._writer.begin(self.path, there.head)
        compressor = compressing(self._compression)
        # not before: of a load whose append was cut short, a leftover is the only whole copy
        remove_leftovers(self.path)
        file = AtomicFile(self.path, mark=load.run.nonce)
        return _FileSession(file, writing, compressor, there)

    def _there(self, mode: Mode) -> _There:
        """What stands in the file that is added to."""
        ending = self._writer.ending
        in_file = b"" if self._compression else ending  # or within what is compressed
        if mode != "append":
            return _There()
        if not size_of(self.path):
            return _There(append=True, ending=in_file)
        with open_for_reading(self.path) as stream:
            try:
                plain = decompressed(stream, self._compression, self.path)
                head = end = _read(plain, HEAD_BYTES)
                if in_file:
                    return _There(head, append=True, ending=in_file)
                while chunk := plain.read(HEAD_BYTES):
                    end = (end + chunk)[-len(ending) :]
            except InputError as error:
                message = (
                    f"{error}. So nothing can be appended to the file, which is as it was; replace "
                    "it, or load into another one"
                )
                raise ConfigurationError(message) from error
        mended = ending if head and not end.endswith(ending) else b""
        return _There(head, append=True, mended=mended)


def local_file(path: str | os.PathLike[str]) -> str:
    """The path of a file that can be written.

    Raises:
        ConfigurationError: It is a URL.
    """
    location = local_path(path)
    if is_url(location):
        message = f"{without_secrets(location)}: only local files can be written so far"
        raise ConfigurationError(message)
    return location


@frozen
class _There:
    """What a load finds in the file.

    Attributes:
        head: The beginning of the content; empty where the load begins the file.
        append: The load is added to the file instead of replacing it.
        ending: What the file has to end with, byte for byte, before the load is added.
        mended: What the load has to begin with, so that the last line before it has an end.
    """

    head: bytes = b""
    append: bool = False
    ending: bytes = b""
    mended: bytes = b""


def _read(stream: ByteStream, size: int) -> bytes:
    """So many bytes, or all there are."""
    data = b""
    while len(data) < size and (more := stream.read(size - len(data))):
        data += more
    return data


class _FileSession(LoadSession):
    def __init__(
        self, file: AtomicFile, writing: Writing, compressor: Compressor, there: _There
    ) -> None:
        self._file = file
        self._writing = writing
        self._compressor = compressor
        self._there = there
        self._records = 0

    @property
    def committed(self) -> bool:
        return self._file.published

    def write(self, batch: OutBatch) -> Sequence[Refusal]:
        data, refused = self._writing.encode(batch)
        if data:
            start = self._writing.join if self._records else self._start()
            self._put(start + data)
            self._records += len(batch.items) - len(refused)
        return refused

    def prepare(self) -> Written:
        if not self._records and not self._there.head:
            self._put(self._start())
        if self._records or not self._there.head:
            self._put(self._writing.tail)
            self._file.write(self._compressor.flush())
        self._file.sync()
        part = Part(self._file.path, self._records, self._file.size_bytes)
        return Written((part,), self._writing.remarks())

    def commit(self, record: CommitRecord) -> None:
        del record
        if self._there.append:
            self._file.append_to_target(ending=self._there.ending)
        else:
            self._file.publish()

    def abort(self) -> None:
        self._file.discard()

    def _start(self) -> bytes:
        """What stands before the first record."""
        return self._there.mended if self._there.head else self._writing.head()

    def _put(self, data: bytes) -> None:
        packed = self._compressor.compress(data)
        if packed:
            self._file.write(packed)
