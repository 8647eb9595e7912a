"""The commit log of a dataset: one small file for each load, numbered without a gap."""

from __future__ import annotations

import re

from contextlib import suppress
from typing import TYPE_CHECKING

from etlkit._files.folders import content_of, files_below, is_folder, names_in
from etlkit._files.paths import inside
from etlkit._files.placing import OnceFile, remove_hidden
from etlkit._files.removing import remove_named
from etlkit._files.versions import sha256_of
from etlkit._files.writing import AtomicFile, make_folder, remove_all_leftovers, size_of
from etlkit.errors import CorruptState, EtlkitError, SourceNotFound
from etlkit.lake.live import live_parts
from etlkit.lake.names import LOG_FOLDER, nonce_of
from etlkit.lake.state import LogState
from etlkit.runs.commit import CommitRecord


if TYPE_CHECKING:
    from collections.abc import Iterator

    from etlkit.runs.context import RunContext

CHECKPOINT_ENTRIES = 100
"""So many entries are read at most to know what a log says, and somewhat more while it grows."""

_ENTRY = re.compile(r"(\d{20})\.json")
_CHECKPOINT = re.compile(r"checkpoint-(\d{20})\.json")


class CommitLog:
    """The commit log in the folder ``_commits`` of a dataset; it opens nothing when made.

    The file ``_commits/00000000000000000001.json`` holds the commit record of the first
    load, and so on. Each is published whole under a number that nothing had yet, so that
    the numbers put all loads in one order, whoever wrote them.

    Args:
        folder: The dataset.

    Example:
        >>> from etlkit import DataLoader
        >>> DataLoader("people/", "append").load([{"id": 1}, {"id": 2}])
        2
        >>> [record.written.records for record in CommitLog("people").records()]
        [2]
        >>> len(CommitLog("people").files())
        1
    """

    def __init__(self, folder: str) -> None:
        self.dataset = folder
        self.folder = inside(folder, LOG_FOLDER)

    def exists(self) -> bool:
        """Whether the folder of the log is there, which makes a folder a dataset."""
        return is_folder(self.folder)

    def make(self) -> None:
        """Make the dataset and its log; they may be there already."""
        make_folder(self.folder)

    def tidy(self) -> None:
        """Remove what processes left that died while they wrote an entry or a checkpoint."""
        if self.exists():
            remove_all_leftovers(self.folder)

    def records(self, *, latest_first: bool = False) -> Iterator[CommitRecord]:
        """Every commit record, oldest first or latest first.

        Raises:
            CorruptState: One does not verify, or is missing; the message has its path.
        """
        numbers = range(1, self._ends()[0] + 1)
        for number in reversed(numbers) if latest_first else numbers:
            yield self.record(number)

    def record(self, number: int) -> CommitRecord:
        """One commit record.

        Raises:
            CorruptState: It does not verify, or is missing.
        """
        path = self._path(number)
        line = content_of(path)
        if line is None:
            raise _missing(path)
        return CommitRecord.from_json(line, path)

    def state(self) -> LogState:
        """What the log says now.

        Raises:
            CorruptState: An entry does not verify, or is missing.
        """
        head, checkpoint = self._ends()
        state = self._from_checkpoint(checkpoint) or LogState()
        for number in range(state.head + 1, head + 1):
            state.take(self.record(number))
        return state

    def advance(self, state: LogState) -> list[CommitRecord]:
        """Take what was added to the log since a state was read, and return it."""
        added = []
        while size_of(self._path(state.head + 1)) is not None:
            record = self.record(state.head + 1)
            state.take(record)
            added.append(record)
        return added

    def loads_of(self, run: RunContext, state: LogState) -> list[CommitRecord]:
        """The records of the same work as a run, oldest first."""
        found = [self.record(number) for number in state.entries_of(run)]
        return [record for record in found if record.is_of(run)]

    def entry(self, record: CommitRecord) -> OnceFile:
        """An entry that waits for its number; nothing is visible yet."""
        return OnceFile(self.folder, record.to_json() + b"\n", mark=record.run.nonce)

    def forget(self, nonce: str) -> None:
        """Remove what is left of an entry that was placed, or never will be."""
        remove_hidden(self.folder, nonce)

    def files(self) -> list[str]:
        """The paths of the parts that count, in order; for readers other than etlkit, too.

        Raises:
            SourceNotFound: There is no dataset.
            CorruptState: The log does not verify, or a part is missing or has another size.
        """
        self._expect()
        parts = [each.part for each in self.state().contents.parts]
        return [self.path_of(part.name, part.size_bytes) for part in parts]

    def path_of(self, name: str, size_bytes: int | None) -> str:
        """The path of a part, once it was looked whether it is there and has its size.

        Raises:
            CorruptState: It is not, or has another.
        """
        path = inside(self.dataset, name)
        if not name or ".." in name.split("/") or path == name:
            message = f"{self.folder}: names the part {name!r}, which is not in the dataset"
            raise CorruptState(message)
        found = size_of(path)
        if found is None or found != size_bytes:
            what = "is missing" if found is None else f"has {found} bytes instead of {size_bytes}"
            message = (
                f"{path}: {what}, although the commit log names it. Nothing was changed; put back "
                "a copy of the file, or load its records again with mode='replace'"
            )
            raise CorruptState(message)
        return path

    def verify(self) -> int:
        """Read the whole log and every part that counts, and return how many parts those are.

        Raises:
            SourceNotFound: There is no dataset.
            CorruptState: Something does not verify or is missing; the message has the paths.
        """
        self._expect()
        parts = live_parts(self.records())
        wrong: list[str] = []
        for part in parts:
            try:
                path = self.path_of(part.name, part.size_bytes)
            except CorruptState as error:
                wrong.append(str(error))
                continue
            if sha256_of(path) != part.sha256:
                wrong.append(
                    f"{path}: its bytes are not those that were loaded. Nothing was changed; put "
                    "back a copy of the file"
                )
        if wrong:
            more = f"; and {len(wrong) - _MOST_NAMED} more" if len(wrong) > _MOST_NAMED else ""
            raise CorruptState("; ".join(wrong[:_MOST_NAMED]) + more)
        return len(parts)

    def keep_checkpoint(self, state: LogState, *, mark: str) -> None:
        """Write a checkpoint of a state, once enough entries came since the last one.

        It is an index, so it is no failure when it cannot be written.
        """
        if state.head - state.checkpoint < CHECKPOINT_ENTRIES:
            return
        with suppress(EtlkitError, OSError, TypeError):  # the last for a name that is no Unicode
            data = state.to_json(content_of(self._path(state.head)) or b"")
            file = AtomicFile(inside(self.folder, f"checkpoint-{state.head:020d}.json"), mark=mark)
            try:
                file.write(data)
                file.publish()
            finally:
                file.discard()
            older = rf"checkpoint-(?!{state.head:020d})\d{{20}}\.json"
            remove_named(self.folder, older)
            state.checkpoint = state.head

    def _expect(self) -> None:
        """Look whether there is a log.

        Raises:
            SourceNotFound: There is none, and no part either.
            CorruptState: It is gone.
        """
        if self.exists():
            return
        if any(nonce_of(each.name) for each in files_below(self.dataset, without=LOG_FOLDER)):
            raise log_is_gone(self.dataset)
        message = f"{self.dataset}: there is no dataset, since there is no folder {self.folder}"
        raise SourceNotFound(message)

    def _from_checkpoint(self, number: int) -> LogState | None:
        """What the checkpoint of an entry says, or None where there is none that verifies."""
        data = content_of(inside(self.folder, f"checkpoint-{number:020d}.json"))
        entry = content_of(self._path(number))
        if data is None or entry is None:
            return None
        state = LogState.from_json(data, entry)
        return state if state is not None and state.head == number else None

    def _path(self, number: int) -> str:
        return inside(self.folder, entry_name(number))

    def _ends(self) -> tuple[int, int]:
        """The number of the last entry, and of the last one that a checkpoint tells; 0 for none.

        Raises:
            CorruptState: An entry before the last one is missing.
        """
        names = names_in(self.folder)
        entries = {int(match[1]) for match in map(_ENTRY.fullmatch, names) if match}
        told = max(
            (int(match[1]) for match in map(_CHECKPOINT.fullmatch, names) if match), default=0
        )
        head = max(told, max(entries, default=0))
        for number in range(1, head + 1) if len(entries - {0}) < head else ():
            # one that was added while the folder was listed may be missing in the list alone
            if number not in entries and size_of(self._path(number)) is None:
                raise _missing(self._path(number))
        return head, told


def entry_name(number: int) -> str:
    """The name of an entry of the log."""
    return f"{number:020d}.json"


def log_is_gone(folder: str) -> CorruptState:
    """What is raised for parts without the log that says which of them count."""
    pattern = inside(folder, "**/part-*")
    message = (
        f"{folder}: holds parts of a dataset and no commit log, the folder {LOG_FOLDER}, so nobody "
        "can tell which of them count: some may have been replaced, or belong to loads that never "
        f"ended. Put back a copy of the log; the pattern {pattern!r} reads all parts, whatever "
        "they are"
    )
    return CorruptState(message)


_MOST_NAMED = 5


def _missing(path: str) -> CorruptState:
    message = (
        f"{path}: is missing, although later entries of the commit log are there. Nothing was "
        "changed; put back a copy of the file"
    )
    return CorruptState(message)
