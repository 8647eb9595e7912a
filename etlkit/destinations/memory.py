"""A destination in memory: for tests, notebooks and small results."""

from __future__ import annotations

import threading

from contextlib import contextmanager
from typing import TYPE_CHECKING

from etlkit.destinations.destination import Destination, LoadSession
from etlkit.errors import DestinationBusy
from etlkit.runs import Part, Written


if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from etlkit._clock import Clock
    from etlkit.records import OutBatch, Record, Refusal
    from etlkit.runs import CommitRecord, Load, Mode


class MemoryDestination(Destination):
    """Keeps the loaded records in a list.

    Attributes:
        records: What was loaded. The list is replaced as a whole by each commit.

    Example:
        >>> from etlkit import DataLoader
        >>> memory = MemoryDestination()
        >>> DataLoader(memory).load([{"id": 1}])
        1
        >>> memory.records
        [{'id': 1}]
    """

    lasting = False

    def __init__(self, name: str = "memory:") -> None:
        self.records: list[Record] = []
        self._name = name
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"MemoryDestination({len(self.records)} records)"

    @property
    def uri(self) -> str:
        """The name it was given."""
        return self._name

    @contextmanager
    def lock(self, *, wait_seconds: float, clock: Clock) -> Iterator[None]:
        """One run at a time, among the threads of this process."""
        del clock  # a thread waits on the lock itself
        if not self._lock.acquire(timeout=wait_seconds):
            message = (
                f"{self._name}: another run has held it for {wait_seconds:g} s; try again later"
            )
            raise DestinationBusy(message)
        try:
            yield
        finally:
            self._lock.release()

    def guarantee(self, mode: Mode) -> str:
        """The same in every mode."""
        del mode
        return "best effort: the records live as long as the process"

    def stored(self) -> Sequence[Record]:
        """The records."""
        return self.records

    def open(self, load: Load) -> LoadSession:
        """Begin a load into a list of its own."""
        return _MemorySession(self, [] if load.mode == "replace" else self.records)


class _MemorySession(LoadSession):
    def __init__(self, destination: MemoryDestination, before: list[Record]) -> None:
        self._destination = destination
        self._before = before
        self._new: list[Record] = []

    def write(self, batch: OutBatch) -> Sequence[Refusal]:
        self._new.extend(batch.items)
        return ()

    def prepare(self) -> Written:
        return Written((Part(self._destination.uri, len(self._new)),))

    def commit(self, record: CommitRecord) -> None:
        del record
        self._destination.records = [*self._before, *self._new]

    def abort(self) -> None:
        self._new.clear()
