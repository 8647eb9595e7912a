"""A destination in memory: for tests, notebooks and small results."""

from __future__ import annotations

import threading
import weakref

from contextlib import contextmanager
from typing import TYPE_CHECKING

from etlkit._clock import SYSTEM_CLOCK
from etlkit.destinations.destination import Destination, LoadSession
from etlkit.errors import DestinationBusy
from etlkit.runs.commit import Part, Written


if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from etlkit._clock import Clock
    from etlkit.records import OutBatch, Record, Refusal
    from etlkit.runs.commit import CommitRecord
    from etlkit.runs.context import Load, Mode

_POLL_SECONDS = 0.01


class _Holder:
    """Has the destination for as long as it lives.

    A lock that is acquired stays so if Ctrl-C comes before that is noted down.
    """


def _nobody() -> None:
    """For a destination that no run has had yet."""


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
        self._holder: Callable[[], _Holder | None] = _nobody

    def __repr__(self) -> str:
        return f"MemoryDestination({len(self.records)} records)"

    @property
    def uri(self) -> str:
        """The name it was given."""
        return self._name

    @contextmanager
    def lock(self, *, wait_seconds: float, clock: Clock) -> Iterator[None]:
        """One run at a time, among the threads of this process."""
        del clock  # the other run needs real time
        holder = _Holder()
        mine = weakref.ref(holder)
        deadline = SYSTEM_CLOCK.monotonic() + wait_seconds
        try:
            while not self._taken_as(mine):
                if SYSTEM_CLOCK.monotonic() >= deadline:
                    message = (
                        f"{self._name}: another run has held it for {wait_seconds:g} s; try again "
                        "later"
                    )
                    raise DestinationBusy(message)
                SYSTEM_CLOCK.sleep(_POLL_SECONDS)
            yield
        finally:
            del holder  # no call, so that no Ctrl-C can come before it

    def _taken_as(self, holder: weakref.ref[_Holder]) -> bool:
        """Take the destination, unless somebody who still lives has it."""
        with self._lock:
            if self._holder() is None:
                self._holder = holder
            return self._holder is holder

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
