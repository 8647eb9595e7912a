"""One JSON Lines file: replaced as a whole, or appended to by whole loads."""

from __future__ import annotations

import os

from contextlib import contextmanager
from typing import TYPE_CHECKING

from etlkit._files.locking import locked
from etlkit._files.paths import is_url, local_path, without_secrets
from etlkit._files.writing import AtomicFile, check_writable, remove_leftovers
from etlkit.destinations.destination import Destination, LoadSession
from etlkit.errors import ConfigurationError
from etlkit.formats.jsonl import JsonLinesEncoder
from etlkit.runs import Part, Written


if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from etlkit._clock import Clock
    from etlkit.formats.format import Encoder
    from etlkit.records import OutBatch, Refusal
    from etlkit.runs import CommitRecord, Load, Mode


class JsonLinesFile(Destination):
    """A local file with one JSON object on each line.

    ``replace`` writes a new file beside the old one and renames it: readers see the
    whole old file or the whole new one, also after a loss of power. ``append`` spools
    the load first and adds it in one go; an error puts the file back to its former
    length. Runs that append to the same file take turns, in threads and processes.

    Args:
        path: Where; the folder has to exist.
        strict_floats: Reject records with a NaN or infinity instead of writing null.

    Raises:
        ConfigurationError: The path is a URL or a folder.
    """

    def __init__(self, path: str | os.PathLike[str], *, strict_floats: bool = False) -> None:
        self.path = local_path(path)
        self._encoder = JsonLinesEncoder(strict_floats=strict_floats)
        if is_url(self.path):
            message = f"{without_secrets(self.path)}: only local files can be written so far"
            raise ConfigurationError(message)

    def __repr__(self) -> str:
        return f"JsonLinesFile({self.path!r})"

    @property
    def uri(self) -> str:
        """The path, as it was given."""
        return self.path

    def check(self) -> None:
        """Look whether the folder is there and may be written.

        Raises:
            ConfigurationError: It is not; or the path is a folder itself.
        """
        check_writable(self.path)

    @contextmanager
    def lock(self, *, wait_seconds: float, clock: Clock) -> Iterator[None]:
        """One run at a time, among all processes of this computer."""
        with locked(self.path, wait_seconds=wait_seconds, clock=clock):
            yield

    def encoder(self) -> Encoder:
        """Lines of JSON."""
        return self._encoder

    def guarantee(self, mode: Mode) -> str:
        """What holds for readers, and when a run is repeated."""
        if mode == "append":
            return "whole loads only; a repeated run appends again, whatever its run key"
        return (
            "readers see the whole old file or the whole new one; a repeated run leaves the same "
            "file"
        )

    def open(self, load: Load) -> LoadSession:
        """Begin a file of a temporary name in the same folder; the caller holds the lock."""
        remove_leftovers(self.path)
        return _FileSession(AtomicFile(self.path, mark=load.run.nonce), load.mode)


class _FileSession(LoadSession):
    @property
    def committed(self) -> bool:
        return self._file.published

    def __init__(self, file: AtomicFile, mode: Mode) -> None:
        self._file = file
        self._mode = mode
        self._records = 0

    def write(self, batch: OutBatch) -> Sequence[Refusal]:
        if batch.items:
            self._file.write(b"".join(batch.items))
            self._records += len(batch.items)
        return ()

    def prepare(self) -> Written:
        self._file.sync()
        return Written((Part(self._file.path, self._records, self._file.size_bytes),))

    def commit(self, record: CommitRecord) -> None:
        del record
        if self._mode == "append":
            self._file.append_to_target()
        else:
            self._file.publish()

    def abort(self) -> None:
        self._file.discard()
