"""What a state file notes of a commit, within the transaction that settles it."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, cast

from attrs import asdict

from etlkit.state.entries import StatusEvent, met_again
from etlkit.state.indexing import index_entries
from etlkit.state.sqlite.bodies import COLUMN, body, entry_of, entry_values, mark_values, stored
from etlkit.state.sqlite.rows import AT_ONCE, in_parts
from etlkit.state.sqlite.tables import COMMITS, CURSORS, ENTRIES, INPUTS, MARKS, OUTBOX
from etlkit.state.store import event_id
from etlkit.state.superseding import WAITING, superseded, supersedes, superseding


if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from etlkit.runs.commit import CommitRecord, Position
    from etlkit.state.entries import EntryStatus, QuarantineEntry
    from etlkit.state.sqlite.rows import Rows
    from etlkit.state.sqlite.tables import Row, Table
    from etlkit.state.store import Settled

_RUN, _NONCE, _STATUS = COLUMN["run_id"], COLUMN["nonce"], COLUMN["status"]
_ATTEMPTS, _FIRST = COLUMN["attempts"], COLUMN["first_rejected_at"]
_LAST, _MESSAGE = COLUMN["rejected_at"], COLUMN["message"]


def note(rows: Rows, commit: Settled, root: str) -> None:
    """Note a commit, unless it is noted already; its quarantine file is below the root."""
    record = commit.record
    run = record.run
    work = (run.nonce, record.output)
    if rows.find(COMMITS, "WHERE nonce = ? AND output = ?", work):
        return
    text = record.to_json().decode()
    rows.add(COMMITS, *work, run.job_id, run.run_key, stored(commit.place), text)
    _advance(rows, run.job_id, record.position)
    if record.quarantine is not None:
        entries = index_entries(record.quarantine, record, root)
        while some := list(islice(entries, AT_ONCE)):
            _reject(rows, some)
    if supersedes(record):
        _supersede(rows, record)
    if record.replayed:
        mark(rows, record.replayed, StatusEvent("replayed", record.committed_at, run.run_id))
    told = ((event_id(record, n), body(event)) for n, event in enumerate(record.events))
    rows.add_all(OUTBOX, told)


def _advance(rows: Rows, job_id: str, position: Position) -> None:
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


def _supersede(rows: Rows, record: CommitRecord) -> None:
    """Mark the entries of what was read again, and was not rejected again."""
    condition = f"WHERE job_id = ? AND status IN ({', '.join('?' * len(WAITING))})"
    waiting = rows.find(ENTRIES, condition, (record.run.job_id, *WAITING))
    mark(rows, tuple(superseded(map(entry_of, waiting), record)), superseding(record))


def _reject(rows: Rows, entries: Iterable[QuarantineEntry]) -> None:
    """Add entries; those of records that were rejected before are superseded."""
    met = {each.id: entry_values(each) for each in entries}
    marks: list[Sequence[str]] = []
    changed: list[Row] = []
    for earlier in rows.find_some(ENTRIES, "id", tuple(met)):
        row = [earlier[0], *met.pop(str(earlier[1]))]
        row[_FIRST], row[_ATTEMPTS] = earlier[_FIRST], earlier[_ATTEMPTS]
        row[_STATUS] = met_again(cast("EntryStatus", earlier[_STATUS]))
        if row[_NONCE] != earlier[_NONCE]:  # the outputs of a run share a quarantine file
            row[_ATTEMPTS] += 1
            marks.append((row[1], row[_STATUS], row[_LAST], row[_RUN], row[_MESSAGE]))
        changed.append(tuple(row))
    rows.change_all(ENTRIES, changed, ENTRIES.names[2:])
    rows.add_all(ENTRIES, met.values())
    rows.add_all(MARKS, marks)


def mark(rows: Rows, ids: Sequence[str], event: StatusEvent) -> int:
    """Add an event to the entries of these ids; how many there are."""
    marked = 0
    for some in in_parts(tuple(dict.fromkeys(ids))):
        found: list[Any] = rows.find_some(ENTRIES, "id", some)
        changed = ((*row[:_STATUS], event.status, *row[_STATUS + 1 : -1]) for row in found)
        rows.change_all(ENTRIES, changed, ("status",))
        rows.add_all(MARKS, (mark_values(row[1], event) for row in found))
        marked += len(found)
    return marked
