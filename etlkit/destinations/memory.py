"""A destination in memory: for tests, notebooks and small results."""

from __future__ import annotations

import threading
import weakref

from contextlib import contextmanager
from typing import TYPE_CHECKING

from attrs import field, frozen

from etlkit._clock import SYSTEM_CLOCK
from etlkit.destinations.destination import Destination, LoadSession
from etlkit.errors import CommitLost, DestinationBusy
from etlkit.runs.commit import CommitRecord, Part, Written


if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from etlkit._clock import Clock
    from etlkit.destinations.destination import Finds
    from etlkit.records import OutBatch, Record, Refusal
    from etlkit.runs.context import Load, Mode, RunContext

_POLL_SECONDS = 0.01


class _Holder:
    """Has the destination for as long as it lives.

    A lock that is acquired stays so if Ctrl-C comes before that is noted down.
    """


def _nobody() -> None:
    """For a destination that no run has had yet."""


MOST_KEYS = 1000
"""Run keys that are remembered, the latest ones."""


@frozen
class _Content:
    """What a destination in memory holds at a moment.

    Attributes:
        records: All records.
        loads: Those that have records here, oldest first, each with how many.
        known: The commits by job and run key, oldest first.
    """

    records: list[Record]
    loads: tuple[tuple[CommitRecord, int], ...] = ()
    known: Mapping[tuple[str, str], CommitRecord] = field(factory=dict)

    def then(self, record: CommitRecord, new: list[Record]) -> _Content:
        """The content after a further load."""
        known = dict(self.known)
        known.pop(_work(record.run), None)  # a forced one is the latest
        known[_work(record.run)] = record
        if len(known) > MOST_KEYS:
            del known[next(iter(known))]
        if record.mode == "replace":
            return _Content(new, ((record, len(new)),), known)
        left = self._without(record.supersedes)
        return _Content([*left.records, *new], (*left.loads, (record, len(new))), known)

    def _without(self, nonces: tuple[str, ...]) -> _Content:
        """The content without the records of these loads."""
        if not nonces:
            return self
        end, kept, loads = len(self.records), list(self.records), []
        for record, number in reversed(self.loads):
            if record.run.nonce in nonces:
                del kept[end - number : end]
            else:
                loads.append((record, number))
            end -= number
        return _Content(kept, tuple(reversed(loads)))


def _work(run: RunContext) -> tuple[str, str]:
    """What makes two runs the same work."""
    return run.job_id, run.run_key


class MemoryDestination(Destination):
    """Keeps the loaded records in a list, and the commit records beside it.

    A run whose key was loaded is recognised for as long as the object lives.

    Attributes:
        records: What was loaded. The list is replaced as a whole by each commit; who sets
            another one starts over.

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
        self._content = _Content([])
        self._name = name
        self._lock = threading.Lock()
        self._holder: Callable[[], _Holder | None] = _nobody

    def __repr__(self) -> str:
        return f"MemoryDestination({len(self.records)} records)"

    @property
    def records(self) -> list[Record]:
        """What was loaded."""
        return self._content.records

    @records.setter
    def records(self, records: list[Record]) -> None:
        self._content = _Content(records)

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

    def find_commit(
        self, run: RunContext, intended: Sequence[CommitRecord] = ()
    ) -> CommitRecord | None:
        """The commit record beside the records."""
        del intended
        return self._content.known.get(_work(run))

    def commits(self) -> Iterator[CommitRecord]:
        """The commit records of the latest thousand keys."""
        return iter(tuple(self._content.known.values()))

    def finds(self, mode: Mode) -> Finds:
        """By the record, whatever the mode."""
        del mode
        return "record"

    def can_supersede(self, mode: Mode) -> bool:
        """A forced load takes the place of the earlier one, also where it is added."""
        return mode in self.modes

    def guarantee(self, mode: Mode) -> str:
        """The same in every mode."""
        del mode
        return "records and run keys live as long as the process"

    def stored(self) -> Sequence[Record]:
        """The records."""
        return self.records

    def open(self, load: Load) -> LoadSession:
        """Begin a load into a list of its own."""
        return _MemorySession(self, load, self._content)

    def _commit(self, record: CommitRecord, new: list[Record], began: _Content) -> None:
        """Add or replace, unless another run was faster."""
        with self._lock:
            now = self._content
            other = now.known.get(_work(record.run))
            again = other is not None and other.run.nonce not in record.supersedes
            if again or (record.mode == "replace" and now is not began):
                message = f"{self._name}: another run has committed meanwhile; run it again"
                raise CommitLost(message)
            self._content = now.then(record, new)


class _MemorySession(LoadSession):
    def __init__(self, destination: MemoryDestination, load: Load, began: _Content) -> None:
        self._destination = destination
        self._run = load.run
        self._began = began
        self._new: list[Record] = []

    @property
    def committed(self) -> bool:
        found = self._destination.find_commit(self._run)
        return found is not None and found.run.nonce == self._run.nonce

    def write(self, batch: OutBatch) -> Sequence[Refusal]:
        self._new.extend(batch.items)
        return ()

    def prepare(self) -> Written:
        return Written((Part(self._destination.uri, len(self._new)),))

    def commit(self, record: CommitRecord) -> None:
        self._destination._commit(record, self._new, self._began)  # noqa: SLF001 -- its own module

    def abort(self) -> None:
        self._new.clear()
