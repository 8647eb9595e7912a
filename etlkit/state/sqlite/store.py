"""A state that lasts, in one file."""

from __future__ import annotations

import os

from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from attrs import evolve

from etlkit._clock import SYSTEM_CLOCK
from etlkit._files.liveness import shows_life, sign_of_life
from etlkit._files.paths import absolute, parent
from etlkit.runs.commit import Position
from etlkit.state.entries import EQUAL
from etlkit.state.sqlite.bodies import (
    COLUMN,
    as_text,
    attempt_body,
    attempt_of,
    body,
    entry_of,
    input_of,
    loaded,
    settled_of,
    stored,
)
from etlkit.state.sqlite.file import StateFile
from etlkit.state.sqlite.rows import AT_ONCE, in_parts
from etlkit.state.sqlite.settling import events_of, mark, note, prepared_entries
from etlkit.state.sqlite.tables import (
    ATTEMPTS,
    COMMITS,
    CURSORS,
    ENTRIES,
    HISTORY,
    INPUTS,
    INTENTS,
    MARKS,
    OUTBOX,
    TABLES,
)
from etlkit.state.store import StateStore, check_counted, commit_lost


if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from etlkit._clock import Clock
    from etlkit.runs.commit import CommitRecord
    from etlkit.state.entries import EntryFilter, QuarantineEntry, StatusEvent
    from etlkit.state.sqlite.rows import Rows
    from etlkit.state.sqlite.tables import Row, Table
    from etlkit.state.store import OpenAttempt, Settled

_PAGE = 1000


class SqliteState(StateStore):
    """What is remembered in a SQLite file, for any number of threads and processes.

    The file is made whole by the first method that writes, with mode 0600, and a missing
    one is a state that remembers nothing. Nothing is opened before the first use, and a
    child process opens the file anew. When it is opened everything is verified that can
    be without reading each row, and each row is verified when it is read: damage is an
    error that names the file, never an empty or an older state.

    A transaction waits for those of others, and then raises ``DestinationBusy``. What is
    given one at a time is read in pages, so that nobody waits for a reader.

    Args:
        path: The file, on a local disk; names of quarantine files are from its folder.
        wait_seconds: How long a method waits for others.
        clock: The clock by which it waits.

    Example:
        >>> from etlkit.state import SqliteState
        >>> state = SqliteState("state/state.db")
        >>> state.open_attempts("cases")
        ()
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        wait_seconds: float = 30.0,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        self._root = parent(absolute(path))
        self._file = StateFile(path, wait_seconds=wait_seconds, clock=clock)

    @property
    def path(self) -> str:
        """The file, in full."""
        return self._file.path

    def close(self) -> None:
        """Close the file; further use opens it again."""
        self._file.close()

    def verify(self) -> bool:
        """Read every row; False where there is no file.

        Raises:
            CorruptState: Something is damaged.
        """
        for table in TABLES:
            for _ in self._pages(table):
                pass
        return self._file.exists()

    # -- attempts

    @contextmanager
    def alive(self, nonce: str) -> Iterator[None]:
        """Show that an attempt is at work, by the lock of a file beside the state."""
        with sign_of_life(parent(self.path), nonce):
            yield

    def is_alive(self, nonce: str) -> bool:
        """Whether a process of this computer is at an attempt."""
        return shows_life(parent(self.path), nonce)

    def begin(self, attempt: OpenAttempt) -> None:
        """Note that an attempt begins."""
        run = attempt.run
        with self._file.writing() as rows:
            rows.remove(ATTEMPTS, "nonce", [run.nonce])
            rows.add(ATTEMPTS, run.nonce, run.job_id, attempt_body(attempt))

    def intend(self, place: str, record: CommitRecord) -> None:
        """Note what an attempt is about to commit at a place."""
        nonce, output = record.run.nonce, record.output
        with self._file.writing() as rows:
            if not rows.find(ATTEMPTS, "WHERE nonce = ?", (nonce,)):
                raise commit_lost(record)
            others = rows.find(INTENTS, "WHERE nonce = ? AND output <> ?", (nonce, output))
            rows.remove(INTENTS, "nonce", [nonce])
            rows.add_all(INTENTS, [row[1:-1] for row in others])
            rows.add(INTENTS, nonce, output, stored(place), record.to_json().decode())

    def open_attempts(self, job_id: str) -> Sequence[OpenAttempt]:
        """The attempts of a job that were neither settled nor dropped, oldest first."""
        with self._file.reading() as rows:
            found = rows.find(ATTEMPTS)
        return tuple(attempt_of(str(text)) for _, _, job, text, _ in found if job == job_id)

    def drop(self, nonce: str) -> None:
        """Forget an attempt that has not committed."""
        with self._file.writing() as rows:
            _forget(rows, nonce)

    def settle(
        self, nonce: str, commits: Sequence[Settled], *, history: Mapping[str, Any] | None = None
    ) -> None:
        """Note, in one transaction, what an attempt has committed."""
        prepared = [self._entries_of(each.record) for each in commits]
        with self._file.writing() as rows:
            for each, entries in zip(commits, prepared, strict=True):
                note(rows, each, entries)
            if history is not None and not rows.find(HISTORY, "WHERE nonce = ?", (nonce,)):
                rows.add(HISTORY, nonce, str(history.get("job_id", "")), body(history))
            _forget(rows, nonce)

    def _entries_of(self, record: CommitRecord) -> Iterable[QuarantineEntry]:
        """The entries that are noted with a commit; none if it is noted already."""
        if record.quarantine is None:
            return ()
        work = (record.run.nonce, record.output)
        with self._file.reading() as rows:
            noted = rows.numbers(COMMITS, "nonce = ? AND output = ?", work, limit=1)
        return () if noted else prepared_entries(record, self._root)

    # -- commits

    def known(self, job_id: str, run_key: str, place: str) -> Sequence[CommitRecord]:
        """Records of this work at a place: settled ones and those that are intended."""
        work = (job_id, run_key)
        with self._file.reading() as rows:
            settled = rows.find(COMMITS, "WHERE job_id = ? AND run_key = ?", work)
            intended = rows.find(INTENTS)
        mine = [each for each in (*settled, *intended) if each[-3] == stored(place)]
        found = [settled_of(each[-3], each[-2], self.path).record for each in mine]
        return tuple(each for each in found if (each.run.job_id, each.run.run_key) == work)

    def commits(self, job_id: str | None = None) -> Iterator[Settled]:
        """All settled commits, oldest first."""
        rows = self._pages(COMMITS) if job_id is None else self._commits_of(job_id)
        return (settled_of(row[-3], row[-2], self.path) for row in rows)

    def _commits_of(self, job_id: str) -> Iterator[Row]:
        """The rows of a job; their numbers come from the index, and the rows in pages."""
        number: Any = 0
        size = 1
        while True:
            with self._file.reading() as rows:
                numbers = rows.numbers(
                    COMMITS, "job_id = ? AND seq > ?", (job_id, number), limit=size
                )
                page = rows.find_some(COMMITS, "seq", numbers) if numbers else []
            if not page:
                return
            yield from page
            number, size = page[-1][0], min(10 * size, AT_ONCE)

    def latest(self, job_id: str, place: str) -> CommitRecord | None:
        """The last settled commit of a job at a place, or None."""
        with self._file.reading() as rows:
            found = rows.find(
                COMMITS,
                "WHERE job_id = ? AND place = ?",
                (job_id, place),
                order="ORDER BY seq DESC LIMIT 1",
            )
        return settled_of(found[0][-3], found[0][-2], self.path).record if found else None

    def loaded_elsewhere(self, job_id: str, place: str) -> bool:
        """Whether the job has commits at another place."""
        with self._file.reading() as rows:
            found = rows.find(
                COMMITS,
                "WHERE job_id = ? AND place <> ?",
                (job_id, place),
                order="ORDER BY seq LIMIT 1",
            )
        return bool(found)

    def position(self, job_id: str) -> Position:
        """How far the source of a job was read by its commits."""
        with self._file.reading() as rows:
            inputs = rows.find(INPUTS, "WHERE job_id = ?", (job_id,))
            cursors = rows.find(CURSORS, "WHERE job_id = ?", (job_id,))
        files = tuple(input_of(str(row[-2])) for row in inputs)
        return Position(files, loaded(cursors[0][-2]) if cursors else None)

    def _pages(self, table: Table) -> Iterator[Row]:
        """All rows of a table, a page in each transaction, so that nobody waits for it.

        The first page has one row, since a run asks only whether there is any.
        """
        number: Any = 0
        size = 1
        while True:
            with self._file.reading() as rows:
                page = rows.find(
                    table, "WHERE seq > ?", (number,), order=f"ORDER BY seq LIMIT {size:d}"
                )
            if not page:
                return
            yield from page
            number, size = page[-1][0], min(10 * size, _PAGE)

    # -- quarantine

    def entries(self, which: EntryFilter) -> Iterator[QuarantineEntry]:
        """The entries of the quarantine that pass a filter, oldest first, one at a time."""
        left = which.limit
        if left == 0:
            return
        for row in self._passing(which):
            yield entry_of(row)
            left = None if left is None else left - 1
            if left == 0:
                return

    def _passing(self, which: EntryFilter) -> Iterator[Row]:
        """The rows that pass a filter.

        It is compared here and not by SQL, which would leave out a row whose columns are
        damaged without a word.
        """
        passes = _comparing(which)
        if which.ids is None:
            return filter(passes, self._pages(ENTRIES))
        return filter(passes, self._of_ids(which.ids))

    def _of_ids(self, ids: Sequence[str]) -> Iterator[Row]:
        numbers: list[Any] = []
        for some in in_parts(ids):
            with self._file.reading() as rows:
                numbers.extend(row[0] for row in rows.find_some(ENTRIES, "id", some))
        for some in in_parts(sorted(set(numbers))):
            with self._file.reading() as rows:
                page = rows.find_some(ENTRIES, "seq", some)
            yield from page

    def count(self, which: EntryFilter, by: str | None = None) -> Mapping[str, int]:
        """How many entries pass a filter, by one of their attributes such as ``rule``."""
        check_counted(by)
        found = self._passing(evolve(which, limit=None))
        if by is None:
            return {"": sum(1 for _ in found)}
        column = COLUMN[by]
        return dict(sorted(Counter(str(row[column] or "") for row in found).items()))

    def mark(self, ids: Iterable[str], event: StatusEvent) -> int:
        """Add an event to the entries of these ids, which changes their status; how many."""
        ids = tuple(ids)  # before the transaction: it may well read from this state
        with self._file.writing() as rows:
            return mark(rows, ids, event)

    def events(self, entry_id: str) -> Sequence[StatusEvent]:
        """What has happened to an entry, oldest first."""
        with self._file.reading() as rows:
            return events_of(rows, entry_id)

    def erase(self, ids: Iterable[str]) -> int:
        """Forget entries for good, with all that was noted of them; how many there were."""
        ids = tuple(ids)
        with self._file.writing() as rows:
            rows.remove(MARKS, "entry_id", ids)
            return rows.remove(ENTRIES, "id", ids)

    # -- outbox and history

    def outbox(self, limit: int = 100) -> Sequence[tuple[str, Mapping[str, Any]]]:
        """Events of commits that nobody was told of yet, with their ids, oldest first."""
        with self._file.reading() as rows:
            found = rows.find(OUTBOX, values=(limit,), order="ORDER BY seq LIMIT ?")
        return tuple((str(name), loaded(text)) for _, name, text, _ in found)

    def sent(self, event_ids: Iterable[str], at: datetime) -> None:  # noqa: ARG002 -- the contract
        """Note that these events were told; they are forgotten, but not told again."""
        ids = tuple(event_ids)
        with self._file.writing() as rows:
            rows.remove(OUTBOX, "event_id", ids)

    def history(self, job_id: str | None = None, limit: int = 100) -> Sequence[Mapping[str, Any]]:
        """The lines of history, newest first."""
        condition, values = ("", ()) if job_id is None else ("WHERE job_id = ?", (job_id,))
        with self._file.reading() as rows:
            found = rows.find(
                HISTORY, condition, (*values, limit), order="ORDER BY seq DESC LIMIT ?"
            )
        return tuple(loaded(row[-2]) for row in found)


def _forget(rows: Rows, nonce: str) -> None:
    rows.remove(ATTEMPTS, "nonce", [nonce])
    rows.remove(INTENTS, "nonce", [nonce])


def _comparing(which: EntryFilter) -> Callable[[Row], bool]:
    """Whether a row passes a filter, but for its ids."""
    equal = [(COLUMN[name], getattr(which, name)) for name in EQUAL]
    equal = [(column, value) for column, value in equal if value is not None]
    column = COLUMN["rejected_at"]
    since = "" if which.since is None else as_text(which.since)
    until = "~" if which.until is None else as_text(which.until)  # behind all digits

    def passes(row: Row) -> bool:
        if not since <= str(row[column]) < until:
            return False
        return all(row[position] == value for position, value in equal)

    return passes
