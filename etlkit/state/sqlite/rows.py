"""Reading and writing rows of a state file; what is read is verified."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING

from etlkit.state.sqlite.verifying import corrupt


if TYPE_CHECKING:
    import sqlite3

    from collections.abc import Iterable, Iterator, Sequence

    from etlkit.state.sqlite.tables import Row, Table, Value

AT_ONCE = 500
"""Rows that are looked up by one statement; SQLite before 3.32 takes up to 999 values."""


class Rows:
    """The rows of a state file within one transaction.

    Args:
        database: In the transaction.
        path: The file, for messages.
    """

    def __init__(self, database: sqlite3.Connection, path: str) -> None:
        self.database = database
        self._path = path

    def find(
        self,
        table: Table,
        condition: str = "",
        values: Sequence[Value] = (),
        *,
        order: str = "ORDER BY seq",
    ) -> list[Row]:
        """The rows that fit, in the order they were added unless told otherwise.

        Raises:
            CorruptState: One of them is damaged.
        """
        query = f"{table.select} {condition} {order}"
        found: list[Row] = self.database.execute(query, values).fetchall()
        if not all(map(table.is_whole, found)):
            raise corrupt(self._path, f"a row of {table.name} does not have its checksum")
        return found

    def find_some(self, table: Table, column: str, values: Sequence[Value]) -> list[Row]:
        """The rows with one of these values, of which there are at most ``AT_ONCE``."""
        return self.find(table, f"WHERE {column} IN ({', '.join('?' * len(values))})", values)

    def numbers(
        self, table: Table, condition: str, values: Sequence[Value], *, limit: int
    ) -> list[Value]:
        """The numbers of the first rows that fit; an index may answer it without the rows."""
        query = f"SELECT seq FROM {table.name} WHERE {condition} ORDER BY seq LIMIT {limit:d}"  # noqa: S608 -- names of ours
        return [row[0] for row in self.database.execute(query, values)]

    def next_number(self, table: Table) -> int:
        """The number of the next row."""
        query = f"SELECT coalesce(max(seq), 0) + 1 FROM {table.name}"  # noqa: S608 -- names of ours
        number: int = self.database.execute(query).fetchone()[0]
        return number

    def add(self, table: Table, *values: Value) -> None:
        """Add one row."""
        self.add_all(table, [values])

    def add_all(self, table: Table, rows: Iterable[Sequence[Value]]) -> None:
        """Add rows, in this order."""
        first = self.next_number(table)
        numbered = (table.sealed((number, *row)) for number, row in enumerate(rows, first))
        self.database.executemany(table.insert, numbered)

    def change_all(self, table: Table, rows: Iterable[Row], columns: Sequence[str]) -> None:
        """Write these columns of rows anew; each row begins with its number."""
        pick = itemgetter(*(table.names.index(name) for name in (*columns, "seq")))
        changed = ((*(values := pick(row))[:-1], table.checksum(row), values[-1]) for row in rows)
        self.database.executemany(table.update(columns), changed)

    def remove(self, table: Table, column: str, values: Sequence[Value]) -> int:
        """Remove the rows with one of these values; how many there were."""
        query = f"DELETE FROM {table.name} WHERE {column} = ?"  # noqa: S608 -- names of ours
        return self.database.executemany(query, [(value,) for value in values]).rowcount


def in_parts(values: Sequence[Value]) -> Iterator[Sequence[Value]]:
    """The values, so many at a time as one statement takes."""
    for start in range(0, len(values), AT_ONCE):
        yield values[start : start + AT_ONCE]
