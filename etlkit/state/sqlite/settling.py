"""What a state file notes of a commit, within the transaction that settles it."""

from __future__ import annotations

from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from attrs import asdict

from etlkit.runs.commit import CommitRecord, Position
from etlkit.state.forcing import TAKEN, Origins, open_again
from etlkit.state.indexing import index_entries
from etlkit.state.noting import folded, is_before, rejected_again, replaying
from etlkit.state.sqlite.bodies import (
    COLUMN,
    body,
    entry_of,
    entry_values,
    mark_of,
    mark_values,
    stored,
)
from etlkit.state.sqlite.rows import AT_ONCE, in_parts
from etlkit.state.sqlite.tables import COMMITS, CURSORS, ENTRIES, INPUTS, MARKS, OUTBOX
from etlkit.state.store import event_id
from etlkit.state.superseding import WAITING, superseded, supersedes, superseding


if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from etlkit.state.entries import EntryStatus, QuarantineEntry, StatusEvent
    from etlkit.state.sqlite.rows import Rows
    from etlkit.state.sqlite.tables import Row, Table, Value
    from etlkit.state.store import Settled

_NONCE, _STATUS = COLUMN["nonce"], COLUMN["status"]
_BEHIND_ALL = 1 << 62
_PREPARED = 5_000


def prepared_entries(record: CommitRecord, root: str) -> Iterable[QuarantineEntry]:
    """The entries of the quarantine file of a commit, read before others have to wait for it.

    The file is below the root. What it has beyond ``_PREPARED`` of them is read when they
    are noted, since they take memory.
    """
    if record.quarantine is None:
        return ()
    entries = index_entries(record.quarantine, record, root)
    return chain(list(islice(entries, _PREPARED)), entries)


def note(rows: Rows, commit: Settled, prepared: Iterable[QuarantineEntry]) -> None:
    """Note a commit, unless it is noted already, and the entries of its quarantine file."""
    record = commit.record
    run = record.run
    work = (run.nonce, record.output)
    if rows.find(COMMITS, "WHERE nonce = ? AND output = ?", work):
        return
    text = record.to_json().decode()
    later = _later(rows, commit)
    rows.remove(COMMITS, "seq", [row[0] for row in later])
    rows.add(COMMITS, *work, run.job_id, run.run_key, stored(commit.place), text)
    rows.add_all(COMMITS, [row[1:-1] for row in later])  # they stand behind it
    _advance(rows, record, late=bool(later))
    entries = iter(prepared)
    while some := list(islice(entries, AT_ONCE)):
        _reject(rows, some)
    _supersede(rows, record)
    mark(rows, record.replayed, replaying(record))
    for row in later:
        after = record_of(row)
        _supersede(rows, after, only=run.nonce)
        mark(rows, after.replayed, replaying(after), only=run.nonce)
    told = ((event_id(record, n), body(event)) for n, event in enumerate(record.events))
    rows.add_all(OUTBOX, told)


def _later(rows: Rows, commit: Settled) -> list[Row]:
    """Commits of the job that are noted already and stand behind this one, oldest first."""
    found: list[Row] = []
    before: Value = _BEHIND_ALL
    while True:
        newest = "seq = (SELECT max(seq) FROM commits WHERE job_id = ? AND seq < ?)"
        one = rows.find(COMMITS, f"WHERE {newest}", (commit.record.run.job_id, before))
        if not one or not is_before(commit, record_of(one[0])):
            return found[::-1]
        found.extend(one)
        before = one[0][0]


def record_of(row: Row) -> CommitRecord:
    """The commit record of a row, whose checksum was compared."""
    return CommitRecord.from_json(str(row[-2]).encode(), "state")


def _advance(rows: Rows, record: CommitRecord, *, late: bool) -> None:
    job_id, position = record.run.job_id, record.position
    if late and position != Position():
        every = rows.find(COMMITS, "WHERE job_id = ?", (job_id,))
        position = folded(record_of(row).position for row in every)
    for each in position.inputs:
        _put(rows, INPUTS, (job_id, stored(each.uri)), body(asdict(each)))
    if position.cursor is not None:
        _put(rows, CURSORS, (job_id,), body(position.cursor))


def _put(rows: Rows, table: Table, key: tuple[str, ...], text: str) -> None:
    """Add a row, or change the one with this key."""
    condition = " AND ".join(f"{name} = ?" for name in table.names[1 : len(key) + 1])
    found = rows.find(table, f"WHERE {condition}", key)
    if found:
        rows.change_all(table, [(found[0][0], *key, text)], ("body",))
    else:
        rows.add(table, *key, text)


def _supersede(rows: Rows, record: CommitRecord, *, only: str | None = None) -> None:
    """Mark the entries of what was read again, and was not rejected again."""
    job_id = record.run.job_id
    if supersedes(record):
        done = superseded(_entries_of(rows, job_id, WAITING), record)
        mark(rows, tuple(done), superseding(record), only=only)
    if record.supersedes and not record.output:
        commits = [record_of(row) for row in rows.find(COMMITS, "WHERE job_id = ?", (job_id,))]
        origins = Origins(commits, lambda one: events_of(rows, one))
        over, again = origins.overtaken(record, _entries_of(rows, job_id, TAKEN))
        mark(rows, over, superseding(record), only=only)
        mark(rows, again, open_again(record), only=only)


def _entries_of(
    rows: Rows, job_id: str, statuses: Sequence[EntryStatus]
) -> Iterable[QuarantineEntry]:
    condition = f"WHERE job_id = ? AND status IN ({', '.join('?' * len(statuses))})"
    return map(entry_of, rows.find(ENTRIES, condition, (job_id, *statuses)))


def events_of(rows: Rows, entry_id: str) -> tuple[StatusEvent, ...]:
    """What has happened to an entry, oldest first."""
    return tuple(map(mark_of, rows.find(MARKS, "WHERE entry_id = ?", (entry_id,))))


def _reject(rows: Rows, entries: Iterable[QuarantineEntry]) -> None:
    """Add entries; those of records that were rejected before are superseded."""
    met = {each.id: each for each in entries}
    marks: list[Sequence[str]] = []
    changed: list[Row] = []
    for earlier in rows.find_some(ENTRIES, "id", tuple(met)):
        entry, event = rejected_again(entry_of(earlier), met.pop(str(earlier[1])))
        if event is not None:
            marks.append(mark_values(entry.id, event))
        changed.append((earlier[0], *entry_values(entry)))
    rows.change_all(ENTRIES, changed, ENTRIES.names[2:])
    rows.add_all(ENTRIES, map(entry_values, met.values()))
    rows.add_all(MARKS, marks)


def mark(rows: Rows, ids: Sequence[str], event: StatusEvent, *, only: str | None = None) -> int:
    """Add an event to the entries of these ids; how many there are.

    Args:
        rows: In the transaction.
        ids: Of the entries.
        event: What has happened to them.
        only: Only those that the attempt of this nonce has rejected last.
    """
    marked = 0
    for some in in_parts(tuple(dict.fromkeys(ids))):
        found: list[Any] = rows.find_some(ENTRIES, "id", some)
        found = found if only is None else [row for row in found if row[_NONCE] == only]
        changed = ((*row[:_STATUS], event.status, *row[_STATUS + 1 : -1]) for row in found)
        rows.change_all(ENTRIES, changed, ("status",))
        rows.add_all(MARKS, (mark_values(row[1], event) for row in found))
        marked += len(found)
    return marked
