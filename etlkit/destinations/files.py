"""One file: replaced as a whole, or appended to by whole loads."""

from __future__ import annotations

import os

from contextlib import contextmanager
from typing import TYPE_CHECKING

from attrs import frozen

from etlkit._files import appending
from etlkit._files.journal import held_journal, journal_path
from etlkit._files.locking import locked
from etlkit._files.paths import is_url, local_path, real, without_secrets
from etlkit._files.reading import open_for_reading
from etlkit._files.versions import sha256_of
from etlkit._files.writing import AtomicFile, check_writable, has_stamp, identity_of, size_of
from etlkit.destinations.destination import Destination, LoadSession, StoredFile
from etlkit.errors import CommitLost, ConfigurationError, CorruptState, InputError
from etlkit.formats.choice import writer_for
from etlkit.formats.packed.compression import (
    check_compression,
    compressing,
    decompressed,
    split_suffix,
)
from etlkit.formats.writer import HEAD_BYTES
from etlkit.runs.commit import CommitRecord, Part, Written


if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from etlkit._clock import Clock
    from etlkit._files.writing import Identity
    from etlkit.destinations.destination import Finds
    from etlkit.formats.format import ByteStream, Encoder
    from etlkit.formats.packed.compression import Compressor
    from etlkit.formats.writer import Writer, Writing
    from etlkit.records import OutBatch, Refusal
    from etlkit.runs.context import Load, Mode, RunContext


class FileDestination(Destination):
    """A local file of JSON Lines, JSON, CSV or TSV, plain or compressed.

    ``replace`` writes a new file beside the old one and renames it: readers see the
    whole old file or the whole new one, also after a loss of power. ``append`` spools
    the load first and adds it in one go, exactly once for each run key: a journal beside
    the file (``.{name}.journal``) keeps the commit records, and whoever comes next
    completes what a killed process began. An error puts the file back to its former
    length. Runs into the same file take turns, in threads and processes; a load that
    finds the file changed by somebody else is lost and can be run again.

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
            return "readers may see a part of what is being added"
        return "readers see the whole old file or the whole new one"

    def finds(self, mode: Mode) -> Finds:
        """An append is in the journal; a replace is told by the file that it has put there."""
        return "record" if mode == "append" else "content"

    def find_commit(
        self, run: RunContext, intended: Sequence[CommitRecord] = ()
    ) -> CommitRecord | None:
        """The append of this key from the journal, or the replace whose file is still there.

        An append counts for as long as the file has it: who removes the file, or cuts it,
        starts over. A replace is told by number, length and time of change of the file that
        was renamed, so one that was copied or touched is loaded again. What a killed
        process had begun to add is completed.

        Raises:
            CorruptState: The journal does not verify, or an append that was cut short
                cannot be completed, since somebody else wrote there.
        """
        line = appending.kept_with(self.path, _key(run))
        if line is not None:
            return CommitRecord.from_json(line, journal_path(self.path))
        mine = [each for each in intended if each.is_of(run)]
        if any(each.mode == "append" for each in mine):
            self._check_journal(run)
        replaces = (each for each in reversed(mine) if each.mode == "replace")
        return next(filter(self._holds, replaces), None)

    def _check_journal(self, run: RunContext) -> None:
        """Look whether the journal knows what the state knows, since it forgets nothing."""
        if size_of(self.path) and not appending.was_added(self.path, _key(run)):
            message = (
                f"{journal_path(self.path)}: was cut or removed, since it does not have the load "
                f"of run_key {run.run_key!r} of job {run.job_id!r}, which the state has noted. "
                f"Nothing was changed; put back a copy of it, or remove {self.path}, too, to "
                "start over"
            )
            raise CorruptState(message)

    def _holds(self, record: CommitRecord) -> bool:
        """Whether the file is what this record has published."""
        if len(record.written.parts) != 1:
            return False
        (part,) = record.written.parts
        if part.stamp is not None and has_stamp(self.path, part.stamp):
            return True
        if part.sha256 is None or part.size_bytes is None:
            return False
        return size_of(self.path) == part.size_bytes and sha256_of(self.path) == part.sha256

    def commits(self) -> Iterator[CommitRecord]:
        """The appends that are in the journal and in the file; a replace leaves no record."""
        for line in appending.kept(self.path).values():
            yield CommitRecord.from_json(line, journal_path(self.path))

    def latest_commits(self) -> Iterator[CommitRecord]:
        """The appends that are in the journal, without a look for their bytes."""
        for line in reversed(appending.kept(self.path, looked_for=False).values()):
            yield CommitRecord.from_json(line, journal_path(self.path))

    def discard(self, nonce: str) -> None:
        """Remove the temporary file of a dead attempt."""
        appending.discarded(self.path, nonce)

    def open(self, load: Load) -> LoadSession:
        """Begin a file of a temporary name in the same folder; the caller holds the lock.

        Raises:
            ConfigurationError: The load cannot be added to what is there.
        """
        with held_journal(self.path) as journal:
            appending.recover(journal)
            began = identity_of(journal.target)
        there = self._there(load.mode)
        writing = self._writer.begin(self.path, there.head)
        compressor = compressing(self._compression)
        # not before: of an append of an earlier etlkit that was cut short, which had no
        # journal, a leftover is the only whole copy
        appending.recovered(self.path)
        file = AtomicFile(self.path, mark=load.run.nonce, hashed=load.mode == "append")
        return _FileSession(file, writing, compressor, there, began)

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


def _key(run: RunContext) -> tuple[str, str]:
    """What tells the work of a run in the journal."""
    return run.job_id, run.run_key


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
        self,
        file: AtomicFile,
        writing: Writing,
        compressor: Compressor,
        there: _There,
        began: Identity | None,
    ) -> None:
        self._file = file
        self._writing = writing
        self._compressor = compressor
        self._there = there
        self._began = began
        self._records = 0
        self._header = False
        self._screened: tuple[OutBatch, bytes] | None = None

    @property
    def committed(self) -> bool:
        return self._file.published

    def screen(self, batch: OutBatch) -> Sequence[Refusal]:
        data, refused = self._writing.encode(batch)
        self._screened = None if refused else (batch, data)
        return refused

    def write(self, batch: OutBatch) -> Sequence[Refusal]:
        screened, self._screened = self._screened, None
        refused: Sequence[Refusal] = ()
        if screened is not None and screened[0] is batch:
            data = screened[1]
        else:
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
        file = self._file
        sha256, stamp = file.sha256 or None, file.stamp
        part = Part(file.path, self._records, file.size_bytes, sha256=sha256, stamp=stamp)
        return Written((part,), self._writing.remarks())

    def commit(self, record: CommitRecord) -> None:
        file, key = self._file, _key(record.run)
        with held_journal(file.target, name=file.path) as journal:
            appending.recover(journal)
            if self._there.append and appending.held(journal, key) is not None:
                message = f"{file.path}: another run with the same key was added meanwhile"
                raise CommitLost(message)
            if not self._unchanged():
                message = (
                    f"{file.path}: somebody else has changed or removed the file since the load "
                    "began, so nothing of it was published; run it again"
                )
                raise CommitLost(message)
            if self._there.append:
                appending.append(journal, file, key, record.to_json(), ending=self._there.ending)
            else:
                appending.replace(journal, file)

    def _unchanged(self) -> bool:
        """Whether the load fits the file as it is now, and takes away nothing unseen."""
        now, began = identity_of(self._file.target), self._began
        if self._there.ending and not self._header and now is not None:
            return began is None or began.grown_to(now)  # lines may stand behind any lines
        return now == began

    def abort(self) -> None:
        self._file.discard()

    def _start(self) -> bytes:
        """What stands before the first record."""
        if self._there.head:
            return self._there.mended
        head = self._writing.head()
        self._header = bool(head)
        return head

    def _put(self, data: bytes) -> None:
        packed = self._compressor.compress(data)
        if packed:
            self._file.write(packed)
