"""Values as the columns of a state file hold them: texts, numbers and JSON."""

from __future__ import annotations

import json

from datetime import UTC, datetime
from functools import lru_cache
from operator import attrgetter
from typing import Any

import orjson

from attrs import asdict

from etlkit.runs.commit import CommitRecord
from etlkit.runs.context import RunContext
from etlkit.runs.inputs import InputFile
from etlkit.state.entries import QuarantineEntry, StatusEvent
from etlkit.state.sqlite.tables import ENTRIES, Row
from etlkit.state.store import OpenAttempt, Settled


COLUMN = {name: position for position, name in enumerate(ENTRIES.names)}
"""Where each column of an entry stands in its row."""

_ESCAPED = "\x01"
_NAMES = {"start": "offset"}  # OFFSET is a word of SQL
_values = attrgetter(*(_NAMES.get(name, name) for name in ENTRIES.names[1:]))
_FIELDS = tuple(_NAMES.get(name, name) for name in ENTRIES.names)


@lru_cache(64)  # the rejected records of a run have one moment
def as_text(at: datetime) -> str:
    """A moment as text of a fixed length, so that texts compare as moments do."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def body(value: Any) -> str:
    """A value as JSON; names of files that are no UTF-8 are lone surrogates, escaped."""
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        return json.dumps(value)


def loaded(text: Any) -> Any:
    """The value of a body; its integers are exact, whatever their length."""
    return json.loads(text)


def stored(text: str) -> str:
    """A text as a column takes it, also where it is a name that is no UTF-8."""
    return text if text.isascii() or _is_text(text) else _ESCAPED + json.dumps(text)


def given(text: str) -> str:
    """The text of a column."""
    return json.loads(text[1:]) if text.startswith(_ESCAPED) else text


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def attempt_body(attempt: OpenAttempt) -> str:
    """An open attempt as JSON."""
    run = {**asdict(attempt.run), "started": attempt.run.started.isoformat()}
    return body({**asdict(attempt, recurse=False), "run": run})


def attempt_of(text: str) -> OpenAttempt:
    """The open attempt of a body."""
    content = loaded(text)
    run = content["run"]
    return OpenAttempt(
        RunContext(**{**run, "started": datetime.fromisoformat(run["started"])}),
        content["outputs"],
        content["plan_hash"],
        tuple(content["replayed"]),
    )


def input_of(text: str) -> InputFile:
    """The input file of a body."""
    return InputFile(**loaded(text))


def settled_of(place: Any, text: Any, path: str) -> Settled:
    """The commit of a place and of a record that stands in a file."""
    return Settled(given(place), CommitRecord.from_json(text, path))


def entry_values(entry: QuarantineEntry) -> list[Any]:
    """The columns of an entry, behind the number of its row."""
    row = [0, *_values(entry)]
    for name in ("first_rejected_at", "rejected_at"):
        row[COLUMN[name]] = as_text(row[COLUMN[name]])
    row[COLUMN["replayable"]] = int(entry.replayable)
    return row[1:]


def entry_of(row: Row) -> QuarantineEntry:
    """The entry of a row."""
    values: dict[str, Any] = dict(zip(_FIELDS[1:], row[1:], strict=False))
    for name in ("first_rejected_at", "rejected_at"):
        values[name] = datetime.fromisoformat(values[name])
    return QuarantineEntry(**{**values, "replayable": bool(values["replayable"])})


def mark_values(entry_id: str, event: StatusEvent) -> tuple[str, ...]:
    """The columns of an event of an entry, behind the number of its row."""
    return (entry_id, event.status, as_text(event.at), event.by, event.note)


def mark_of(row: Row) -> StatusEvent:
    """The event of a row."""
    _, _, status, at, by, note, _ = row
    values: tuple[Any, ...] = (status, datetime.fromisoformat(str(at)), by, note)
    return StatusEvent(*values)
