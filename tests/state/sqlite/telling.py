"""A state with something of everything, and all that a state can be asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
import orjson

from etlkit.runs import CommitRecord, InputFile, Position
from etlkit.state import EntryFilter, StateStore, StatusEvent
from state.stories import NOON, attempt_of, commit_of, kept_in, record_of, rejection_of, run_of


def fill(state: StateStore, folder: Path, *, rejected: int = 40) -> None:
    """Runs that were committed, one that is open, rejected records, marks, events and history."""
    first, second, third, last = (run_of(number) for number in (1, 2, 3, 4))
    numbers = range(1, rejected + 1)
    kept = kept_in(folder / "first.jsonl", first, *map(rejection_of, numbers))
    position = Position(
        (InputFile("in.jsonl", 9, "etag", "ab", 2), InputFile("b.jsonl")), {"at": 7}
    )
    commit = commit_of(first, quarantine=kept, position=position, events=({"type": "loaded"},))
    state.begin(attempt_of(first))
    state.settle(first.nonce, [commit], history={"job_id": "cases", "status": "completed"})
    ids = [each.id for each in state.entries(EntryFilter(limit=9))]
    state.mark(ids[:3], StatusEvent("discarded", NOON, "me", "known"))
    kept = kept_in(folder / "second.jsonl", second, rejection_of(5, message="no better"))
    state.begin(attempt_of(second, replayed=tuple(ids[4:9])))
    replay = commit_of(second, quarantine=kept, replayed=tuple(ids[5:9]))
    state.settle(second.nonce, [replay], history={"job_id": "cases", "status": "completed"})
    state.begin(attempt_of(third))
    state.intend("out.jsonl", record_of(third))
    state.begin(attempt_of(last))
    failed = {"job_id": "others", "status": "failed"}
    state.settle(last.nonce, (), history=failed)


def told(state: StateStore) -> dict[str, Any]:
    """All that a state says."""
    entries = list(state.entries(EntryFilter()))
    return {
        "open": list(state.open_attempts("cases")),
        "known": [list(state.known("cases", f"key {n}", "out.jsonl")) for n in (1, 2, 3, 4)],
        "commits": list(state.commits()),
        "position": state.position("cases"),
        "entries": entries,
        "one by one": [list(state.entries(EntryFilter(ids=(each.id,)))) for each in entries[:9]],
        "counts": state.count(EntryFilter(), "status"),
        "marks": [list(state.events(each.id)) for each in entries],
        "outbox": list(state.outbox()),
        "history": list(state.history()),
        "others": list(state.history("others")),
    }


def as_json(answers: dict[str, Any]) -> bytes:
    """What a state said, in a form that stays the same."""
    return orjson.dumps(
        answers, _plain, orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE
    )


def _plain(value: Any) -> Any:
    return orjson.loads(value.to_json()) if isinstance(value, CommitRecord) else _fields(value)


def _fields(value: Any) -> dict[str, Any]:
    return {each.name: getattr(value, each.name) for each in attrs.fields(type(value))}
