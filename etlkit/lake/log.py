"""The commit log of a dataset: one small file for each load, numbered without a gap."""

from __future__ import annotations

import hashlib
import re

from typing import TYPE_CHECKING

import orjson

from attrs import define, field

from etlkit._files.folders import content_of, is_folder, names_in
from etlkit._files.paths import inside
from etlkit._files.placing import OnceFile
from etlkit._files.writing import make_folder, size_of
from etlkit.errors import CorruptState
from etlkit.lake.live import Contents
from etlkit.runs.commit import CommitRecord


if TYPE_CHECKING:
    from collections.abc import Iterator

    from etlkit.runs.context import RunContext

LOG_FOLDER = "_commits"

_ENTRY = re.compile(r"(\d{20})\.json")


@define
class LogState:
    """What the log says up to one of its entries; used by one thread.

    Attributes:
        head: Number of the last entry; 0 for a log without any.
        contents: The parts that count.
        loads: The numbers of the entries of each unit of work, by its digest.
    """

    head: int = 0
    contents: Contents = field(factory=Contents)
    loads: dict[str, list[int]] = field(factory=dict)

    def take(self, record: CommitRecord) -> None:
        """Go on by one entry."""
        self.head += 1
        self.contents.take(record)
        self.loads.setdefault(_work(record.run), []).append(self.head)


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

    def records(self) -> Iterator[CommitRecord]:
        """Every commit record, oldest first.

        Raises:
            CorruptState: One does not verify, or is missing; the message has its path.
        """
        for number in range(1, self._head() + 1):
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
        state = LogState()
        for number in range(1, self._head() + 1):
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
        found = [self.record(number) for number in state.loads.get(_work(run), ())]
        return [record for record in found if record.is_of(run)]

    def entry(self, record: CommitRecord) -> OnceFile:
        """An entry that waits for its number; nothing is visible yet."""
        return OnceFile(self.folder, record.to_json() + b"\n", mark=record.run.nonce)

    def files(self) -> list[str]:
        """The paths of the parts that count, in order; for readers other than etlkit, too.

        Raises:
            CorruptState: The log does not verify, or a part is missing or has another size.
        """
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

    def _path(self, number: int) -> str:
        return inside(self.folder, entry_name(number))

    def _head(self) -> int:
        """The number of the last entry, once it was looked whether all are there."""
        found = map(_ENTRY.fullmatch, names_in(self.folder))
        numbers = {int(match[1]) for match in found if match}
        head = max(numbers, default=0)
        for number in range(1, head + 1):
            # one that was added while the folder was listed may be missing in the list alone
            if number not in numbers and size_of(self._path(number)) is None:
                raise _missing(self._path(number))
        return head


def entry_name(number: int) -> str:
    """The name of an entry of the log."""
    return f"{number:020d}.json"


def _work(run: RunContext) -> str:
    """A digest of what makes two runs the same work."""
    return hashlib.sha256(orjson.dumps([run.job_id, run.run_key])).hexdigest()[:32]


def _missing(path: str) -> CorruptState:
    message = (
        f"{path}: is missing, although later entries of the commit log are there. Nothing was "
        "changed; put back a copy of the file"
    )
    return CorruptState(message)
