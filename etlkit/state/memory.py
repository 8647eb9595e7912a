"""A state that lasts as long as the process."""

from __future__ import annotations

from collections import Counter, OrderedDict, deque
from contextlib import contextmanager
from itertools import chain, islice, takewhile
from threading import Lock
from typing import TYPE_CHECKING, Any

from attrs import evolve

from etlkit.runs.commit import Position
from etlkit.state.forcing import TAKEN, Origins, open_again
from etlkit.state.indexing import index_entries
from etlkit.state.noting import folded, is_before, rejected_again, replaying
from etlkit.state.store import Settled, StateStore, check_counted, commit_lost, event_id
from etlkit.state.superseding import superseded, supersedes, superseding


if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from etlkit.runs.commit import CommitRecord
    from etlkit.runs.inputs import InputFile
    from etlkit.state.entries import EntryFilter, QuarantineEntry, StatusEvent
    from etlkit.state.store import OpenAttempt

KEPT_HISTORY = 1000
"""Lines of history that are kept in memory."""

KEPT_KEYLESS = 1000
"""Commits of runs without a run key that are kept; nobody asks for such a key again."""


class MemoryState(StateStore):
    """What is remembered while the process lives; nothing is written.

    Everything is kept but the history and the commits of runs without a key, of which the
    last 1000 are. It is for jobs
    that run on their own and for services without a root: a process that dies takes it
    along, so that only the commit records of the destinations are left.

    Args:
        root: The folder that names of quarantine files are from, where they are not in full.

    Example:
        >>> from etlkit.state import MemoryState
        >>> MemoryState().open_attempts("cases")
        ()
    """

    def __init__(self, root: str | None = None) -> None:
        self._root = root
        self._lock = Lock()
        self._alive: set[str] = set()
        self._open: dict[str, OpenAttempt] = {}
        self._intended: dict[str, list[Settled]] = {}
        self._settled: dict[tuple[str, str], Settled] = {}
        self._keyless: deque[Settled] = deque()
        self._works: dict[tuple[str, str, str], list[CommitRecord]] = {}
        self._inputs: dict[str, dict[str, InputFile]] = {}
        self._cursors: dict[str, Any] = {}
        self._let_go_of: dict[str, Position] = {}
        self._entries: dict[str, QuarantineEntry] = {}
        self._events: dict[str, list[StatusEvent]] = {}
        self._outbox: dict[str, Mapping[str, Any]] = {}
        self._history: OrderedDict[str, Mapping[str, Any]] = OrderedDict()

    # -- attempts

    @contextmanager
    def alive(self, nonce: str) -> Iterator[None]:
        """Show that an attempt of this process is at work."""
        self._alive.add(nonce)
        try:
            yield
        finally:
            self._alive.discard(nonce)

    def is_alive(self, nonce: str) -> bool:
        """Whether an attempt of this process is at work."""
        return nonce in self._alive

    def begin(self, attempt: OpenAttempt) -> None:
        """Note that an attempt begins."""
        with self._lock:
            self._open[attempt.run.nonce] = attempt

    def intend(self, place: str, record: CommitRecord) -> None:
        """Note what an attempt is about to commit at a place."""
        nonce = record.run.nonce
        with self._lock:
            if nonce not in self._open:
                raise commit_lost(record)
            others = [each for each in self._intended.get(nonce, ()) if not _same(each, record)]
            self._intended[nonce] = [*others, Settled(place, record)]

    def open_attempts(self, job_id: str) -> Sequence[OpenAttempt]:
        """The attempts of a job that were neither settled nor dropped, oldest first."""
        if not self._open:
            return ()
        with self._lock:
            return tuple(each for each in self._open.values() if each.run.job_id == job_id)

    def drop(self, nonce: str) -> None:
        """Forget an attempt that has not committed."""
        with self._lock:
            self._forget(nonce)

    def _forget(self, nonce: str) -> None:
        self._open.pop(nonce, None)
        self._intended.pop(nonce, None)

    def settle(
        self, nonce: str, commits: Sequence[Settled], *, history: Mapping[str, Any] | None = None
    ) -> None:
        """Note what an attempt has committed."""
        rejected = {  # read before anything is noted: a damaged file changes nothing
            id(each): tuple(index_entries(each.record.quarantine, each.record, self._root))
            for each in commits
            if each.record.quarantine is not None
        }
        with self._lock:
            for each in commits:
                work = (each.record.run.nonce, each.record.output)
                if work not in self._settled:
                    later = self._later(each)
                    self._settled[work] = each
                    for one in later:  # they stand behind it
                        behind = (one.record.run.nonce, one.record.output)
                        self._settled[behind] = self._settled.pop(behind)
                    self._note(each, rejected.get(id(each), ()), later)
            if history is not None:
                self._history.setdefault(nonce, history)
                if len(self._history) > KEPT_HISTORY:
                    self._history.popitem(last=False)
            self._forget(nonce)

    def _later(self, commit: Settled) -> list[Settled]:
        """Commits of the job that are noted already and stand behind this one, oldest first."""
        job_id = commit.record.run.job_id
        mine = (one for one in reversed(self._settled.values()) if one.record.run.job_id == job_id)
        return list(takewhile(lambda one: is_before(commit, one.record), mine))[::-1]

    def _let_go(self, commit: Settled) -> None:
        record = commit.record
        run = record.run
        self._settled.pop((run.nonce, record.output), None)
        self._works.pop((run.job_id, run.run_key, commit.place), None)
        before = self._let_go_of.get(run.job_id, Position())
        self._let_go_of[run.job_id] = folded((before, record.position))

    def _note(
        self, commit: Settled, rejected: Iterable[QuarantineEntry], later: Sequence[Settled]
    ) -> None:
        record = commit.record
        run = record.run
        self._works.setdefault((run.job_id, run.run_key, commit.place), []).append(record)
        if run.run_key == run.run_id:
            self._keyless.append(commit)
            if len(self._keyless) > KEPT_KEYLESS:
                self._let_go(self._keyless.popleft())
        self._advance(record, later)
        for entry in rejected:
            self._reject(entry)
        self._supersede(record)
        self._mark(record.replayed, replaying(record))
        for one in later:
            self._supersede(one.record, only=run.nonce)
            self._mark(one.record.replayed, replaying(one.record), only=run.nonce)
        for number, event in enumerate(record.events):
            self._outbox[event_id(record, number)] = event

    def _advance(self, record: CommitRecord, later: Sequence[Settled]) -> None:
        job_id = record.run.job_id
        if later:
            mine = (each.record for each in self._settled.values())
            positions = (each.position for each in mine if each.run.job_id == job_id)
            before = self._let_go_of.get(job_id, Position())
            position = folded((before, *positions))
            self._inputs.pop(job_id, None)
        else:
            position = record.position
        if position.inputs:
            inputs = self._inputs.setdefault(job_id, {})
            inputs.update((each.uri, each) for each in position.inputs)
        if position.cursor is not None:
            self._cursors[job_id] = position.cursor

    def _supersede(self, record: CommitRecord, *, only: str | None = None) -> None:
        """Mark the entries of what was read again, and was not rejected again."""
        job_id = record.run.job_id
        mine = [each for each in self._entries.values() if each.job_id == job_id]
        if supersedes(record):
            self._mark(list(superseded(mine, record)), superseding(record), only=only)
        if record.supersedes and not record.output:
            commits = [each.record for each in self._settled.values()]
            commits = [each for each in commits if each.run.job_id == job_id]
            origins = Origins(commits, lambda one: self._events.get(one, ()))
            taken = (each for each in mine if each.status in TAKEN)
            done, again = origins.overtaken(record, taken)
            self._mark(done, superseding(record), only=only)
            self._mark(again, open_again(record), only=only)

    def _reject(self, entry: QuarantineEntry) -> None:
        earlier = self._entries.get(entry.id)
        if earlier is not None:
            entry, event = rejected_again(earlier, entry)
            if event is not None:
                self._events.setdefault(entry.id, []).append(event)
        self._entries[entry.id] = entry

    # -- commits

    def known(self, job_id: str, run_key: str, place: str) -> Sequence[CommitRecord]:
        """Records of this work at a place: settled ones and those that are intended."""
        with self._lock:
            settled = self._works.get((job_id, run_key, place), ())
            if not self._intended:
                return tuple(settled)
            intended = chain.from_iterable(self._intended.values())
            mine = (each for each in intended if _is(each, job_id, run_key, place))
            return (*settled, *(each.record for each in mine))

    def commits(self, job_id: str | None = None) -> Iterator[Settled]:
        """All settled commits, oldest first."""
        with self._lock:
            found = tuple(self._settled.values())
        return (each for each in found if job_id is None or each.record.run.job_id == job_id)

    def latest(self, job_id: str, place: str) -> CommitRecord | None:
        """The last settled commit of a job at a place, or None."""
        with self._lock:
            found = reversed(self._settled.values())
            mine = (each.record for each in found if each.place == place)
            return next((record for record in mine if record.run.job_id == job_id), None)

    def loaded_elsewhere(self, job_id: str, place: str) -> bool:
        """Whether the job has commits at another place."""
        with self._lock:
            others = (each for each in self._settled.values() if each.place != place)
            return any(each.record.run.job_id == job_id for each in others)

    def position(self, job_id: str) -> Position:
        """How far the source of a job was read by its commits."""
        with self._lock:
            inputs = self._inputs.get(job_id, {})
            return Position(tuple(inputs.values()), self._cursors.get(job_id))

    # -- quarantine

    def entries(self, which: EntryFilter) -> Iterator[QuarantineEntry]:
        """The entries of the quarantine that pass a filter, oldest first, one at a time."""
        with self._lock:
            found = tuple(self._entries.values())
        if which.ids is not None:
            wanted = frozenset(which.ids)
            found = tuple(each for each in found if each.id in wanted)
            which = evolve(which, ids=None)
        return islice(filter(which.passes, found), which.limit)

    def count(self, which: EntryFilter, by: str | None = None) -> Mapping[str, int]:
        """How many entries pass a filter, by one of their attributes such as ``rule``."""
        check_counted(by)
        found = self.entries(evolve(which, limit=None))
        if by is None:
            return {"": sum(1 for _ in found)}
        return dict(sorted(Counter(getattr(each, by) or "" for each in found).items()))

    def mark(self, ids: Iterable[str], event: StatusEvent) -> int:
        """Add an event to the entries of these ids, which changes their status; how many."""
        ids = tuple(ids)  # it may well read from this state
        with self._lock:
            return self._mark(ids, event)

    def _mark(self, ids: Iterable[str], event: StatusEvent, *, only: str | None = None) -> int:
        """Add an event to entries, perhaps only to those that an attempt has rejected last."""
        found = [each for each in dict.fromkeys(ids) if each in self._entries]
        found = [each for each in found if only in (None, self._entries[each].nonce)]
        for each in found:
            self._entries[each] = evolve(self._entries[each], status=event.status)
            self._events.setdefault(each, []).append(event)
        return len(found)

    def events(self, entry_id: str) -> Sequence[StatusEvent]:
        """What has happened to an entry, oldest first."""
        with self._lock:
            return tuple(self._events.get(entry_id, ()))

    def erase(self, ids: Iterable[str]) -> int:
        """Forget entries for good, with all that was noted of them; how many there were."""
        ids = tuple(ids)
        with self._lock:
            found = [each for each in ids if self._entries.pop(each, None) is not None]
            for each in found:
                self._events.pop(each, None)
        return len(found)

    # -- outbox and history

    def outbox(self, limit: int = 100) -> Sequence[tuple[str, Mapping[str, Any]]]:
        """Events of commits that nobody was told of yet, with their ids, oldest first."""
        with self._lock:
            return tuple(islice(self._outbox.items(), limit))

    def sent(self, event_ids: Iterable[str], at: datetime) -> None:  # noqa: ARG002 -- the contract
        """Note that these events were told; here they are forgotten."""
        ids = tuple(event_ids)
        with self._lock:
            for each in ids:
                self._outbox.pop(each, None)

    def history(self, job_id: str | None = None, limit: int = 100) -> Sequence[Mapping[str, Any]]:
        """The lines of history, newest first."""
        with self._lock:
            lines = tuple(reversed(self._history.values()))
        found = (each for each in lines if job_id is None or each.get("job_id") == job_id)
        return tuple(islice(found, limit))


def _same(intended: Settled, record: CommitRecord) -> bool:
    return intended.record.output == record.output


def _is(commit: Settled, job_id: str, run_key: str, place: str) -> bool:
    run = commit.record.run
    return (run.job_id, run.run_key, commit.place) == (job_id, run_key, place)
