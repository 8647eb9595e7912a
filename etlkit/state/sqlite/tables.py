"""The tables of a state file, and how they show that nothing of them was damaged or lost.

Each row ends with a checksum of its columns, and ``totals`` has the number of rows of each
table and the sum of their checksums, which triggers keep.
"""

from __future__ import annotations

import zlib

from collections.abc import Iterator, Sequence
from typing import TypeAlias

import orjson

from attrs import field, frozen


APPLICATION_ID = 0x65746C6B  # "etlk"
STATE_FORMAT = 1

Value: TypeAlias = str | int | None
Row: TypeAlias = tuple[Value, ...]


@frozen
class Table:
    """One table; its first column is the number of the row, in the order they were added.

    Attributes:
        name: Of the table.
        columns: Name and type of each column between the number and the checksum.
        keys: What is unique: each a list of columns.
        indexes: What is looked for: each a list of columns.
    """

    name: str
    columns: tuple[tuple[str, str], ...]
    keys: tuple[str, ...] = ()
    indexes: tuple[str, ...] = ()
    _seed: int = field(init=False, repr=False)

    @_seed.default
    def _checksum_of_name(self) -> int:
        return zlib.crc32(self.name.encode())

    @property
    def names(self) -> tuple[str, ...]:
        """All columns but the checksum."""
        return ("seq", *(name for name, _ in self.columns))

    def checksum(self, values: Sequence[Value]) -> int:
        """Of a row without its checksum."""
        return zlib.crc32(orjson.dumps(values), self._seed)

    def sealed(self, values: Row) -> Row:
        """A row with its checksum."""
        return (*values, self.checksum(values))

    def is_whole(self, row: Row) -> bool:
        """Whether a row is as it was written."""
        try:
            return self.checksum(row[:-1]) == row[-1]
        except TypeError:  # bytes in place of a text
            return False

    @property
    def insert(self) -> str:
        """The statement that adds a row."""
        return f"INSERT INTO {self.name} VALUES ({', '.join('?' * (len(self.columns) + 2))})"  # noqa: S608 -- names of ours

    def update(self, changed: Sequence[str]) -> str:
        """The statement that changes these columns; the number of the row comes last."""
        values = ", ".join(f"{name} = ?" for name in (*changed, "checksum"))
        return f"UPDATE {self.name} SET {values} WHERE seq = ?"  # noqa: S608 -- names of ours

    @property
    def select(self) -> str:
        """The statement that reads whole rows, up to its condition."""
        return f"SELECT {', '.join(self.names)}, checksum FROM {self.name}"  # noqa: S608 -- names of ours

    def statements(self) -> Iterator[str]:
        """What makes the table."""
        columns = ", ".join(f"{name} {kind}" for name, kind in self.columns)
        keys = "".join(f", UNIQUE ({key})" for key in self.keys)
        yield (
            f"CREATE TABLE {self.name} (seq INTEGER PRIMARY KEY, {columns}, "
            f"checksum INTEGER NOT NULL{keys})"
        )
        for number, index in enumerate(self.indexes, 1):
            yield f"CREATE INDEX {self.name}_by_{number} ON {self.name} ({index})"
        changes = {
            "INSERT": "number = number + 1, total = total + NEW.checksum",
            "DELETE": "number = number - 1, total = total - OLD.checksum",
            "UPDATE": "total = total - OLD.checksum + NEW.checksum",
        }
        for change, counted in changes.items():
            yield (
                f"CREATE TRIGGER {self.name}_{change.lower()} AFTER {change} ON {self.name} BEGIN "  # noqa: S608 -- names of ours
                f"UPDATE totals SET {counted} WHERE name = '{self.name}'; END"
            )


def _texts(names: str) -> tuple[tuple[str, str], ...]:
    return tuple((name, "TEXT NOT NULL") for name in names.split())


ATTEMPTS = Table("attempts", _texts("nonce job_id body"), keys=("nonce",))
INTENTS = Table("intents", _texts("nonce output place record"), keys=("nonce, output",))
COMMITS = Table(
    "commits",
    _texts("nonce output job_id run_key place record"),
    keys=("nonce, output",),
    indexes=("job_id, run_key",),
)
INPUTS = Table("inputs", _texts("job_id uri body"), keys=("job_id, uri",))
CURSORS = Table("cursors", _texts("job_id body"), keys=("job_id",))
ENTRIES = Table(
    "entries",
    (
        *_texts("id job_id run_id nonce uri version"),
        ("record_no", "INTEGER NOT NULL"),
        ("line_no", "INTEGER"),
        ("stage", "TEXT NOT NULL"),
        ("step", "TEXT"),
        *_texts("code rule message"),
        ("replayable", "INTEGER NOT NULL"),
        ("status", "TEXT NOT NULL"),
        ("attempts", "INTEGER NOT NULL"),
        *_texts("first_rejected_at rejected_at path"),
        ("start", "INTEGER NOT NULL"),
        ("length", "INTEGER NOT NULL"),
    ),
    keys=("id",),
)
MARKS = Table("marks", _texts("entry_id status at by_whom note"), indexes=("entry_id",))
OUTBOX = Table("outbox", _texts("event_id body"), keys=("event_id",))
HISTORY = Table("history", _texts("nonce job_id body"), keys=("nonce",), indexes=("job_id",))

TABLES = (ATTEMPTS, INTENTS, COMMITS, INPUTS, CURSORS, ENTRIES, MARKS, OUTBOX, HISTORY)


def schema() -> Iterator[str]:
    """What makes a fresh state, statement by statement."""
    yield f"PRAGMA application_id = {APPLICATION_ID:d}"
    yield f"PRAGMA user_version = {STATE_FORMAT:d}"
    yield "CREATE TABLE totals (name TEXT PRIMARY KEY, number INTEGER, total INTEGER)"
    for table in TABLES:
        yield f"INSERT INTO totals VALUES ('{table.name}', 0, 0)"  # noqa: S608 -- names of ours
        yield from table.statements()
