"""A table that does not fit into memory: looked up on disk, one key at a time.

Records of the run are joined one after the other, whatever the size of the other side, so each
keeps its place, number and bytes, where a join by partitions would give up all three. The price
is a look into a database for each record whose key is not among those asked for lately.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeAlias

from etlkit._files.temporary import temporary_database
from etlkit._words import named
from etlkit.errors import TransientError
from etlkit.transformations.spilling.runs import Forms


if TYPE_CHECKING:
    from etlkit.records import Record

Key: TypeAlias = "tuple[Any, ...]"
Row: TypeAlias = "tuple[int, list[Any], Record]"
"""The number of a record, the values of its key, and its other fields."""

_LEAST_CACHE = 256
_MOST_CACHE = 65_536


class OnDisk:
    """Rows in a database without a name, found by the hash of their keys.

    It belongs to one attempt; ``close`` removes it.

    Args:
        owner: The step, for messages.
        key_of: The key of values.
        cached: Records that stay in memory for a while once they were found.
        memory_bytes: The budget, half of which the pages of the database may take.
    """

    def __init__(
        self,
        owner: str,
        key_of: Callable[[Iterable[Any]], Key | None],
        *,
        cached: int,
        memory_bytes: int,
    ) -> None:
        self._owner = owner
        self._key_of = key_of
        self._cached = cached
        self._forms = Forms()
        self._recent: dict[Key, list[Record] | None] = {}
        self._room = cached
        self._nulls: dict[str, None] = {}
        self._used = bytearray()
        self._last = 0
        pages = min(max(memory_bytes // 2048, _LEAST_CACHE), _MOST_CACHE)
        with naming(owner):
            self._database = temporary_database(cache_kib=pages)
            self._database.execute("BEGIN")
            self._database.execute(
                "CREATE TABLE other (number INTEGER PRIMARY KEY, hash INTEGER, row BLOB)"
            )

    def add(self, rows: Iterable[tuple[Key | None, Row]]) -> None:
        """Write further rows, which come in the order of their numbers.

        Raises:
            TransientError: There is no room for them.
        """
        with naming(self._owner):
            self._database.executemany("INSERT INTO other VALUES (?, ?, ?)", self._written(rows))

    def index(self, names: Mapping[str, None]) -> bool:
        """Make the rows ready to be found; whether a key may have several.

        Args:
            names: The fields that all of them have.
        """
        self._nulls = dict.fromkeys(names)
        self._used = bytearray(self._last // 8 + 1)
        with naming(self._owner):
            self._database.execute("CREATE INDEX by_hash ON other (hash) WHERE hash IS NOT NULL")
            return self._database.execute(f"{_AGAIN} LIMIT 1").fetchone() is not None

    def first_again(self) -> int | None:
        """The number of the first row whose key an earlier one has."""
        found = []
        with naming(self._owner):
            for (hashed,) in self._database.execute(_AGAIN).fetchall():
                seen = set()
                for number, key, _ in self._of_hash(hashed):
                    if key in seen:
                        found.append(number)
                        break
                    seen.add(key)
        return min(found, default=None)

    def find(self, key: Key) -> Sequence[Record] | None:
        """The records of a key, in order; None for none.

        Raises:
            TransientError: The database fails.
        """
        if key in self._recent:
            return self._recent[key]
        found = []
        with naming(self._owner):
            for number, other, record in self._of_hash(hash(key)):
                if other == key:
                    self._used[number >> 3] |= 1 << (number & 7)
                    found.append(record)
        self._room -= len(found) + 1
        if self._room < 0:
            self._recent.clear()
            self._room = self._cached
        elif len(found) < self._cached:
            self._recent[key] = found or None
        return found or None

    def matched(self) -> int:
        """How many rows were found."""
        return int.from_bytes(self._used).bit_count()

    def rest(self) -> Iterator[Row]:
        """The rows that were not found, in the order of their numbers."""
        with naming(self._owner):
            for number, data in self._database.execute(
                "SELECT number, row FROM other ORDER BY number"
            ):
                if not self._used[number >> 3] >> (number & 7) & 1:
                    (row,) = self._forms.read(data)
                    _, values, record = row
                    yield number, values, self._whole(record)

    def close(self) -> None:
        """Remove the database."""
        self._recent.clear()
        self._forms.clear()
        self._database.close()

    def _written(
        self, rows: Iterable[tuple[Key | None, Row]]
    ) -> Iterator[tuple[int, int | None, bytes]]:
        """The rows of the table, one at a time: many short texts of orjson take much memory."""
        for key, row in rows:
            self._last = row[0]
            yield row[0], None if key is None else hash(key), self._forms.written([row])

    def _of_hash(self, hashed: int) -> Iterator[tuple[int, Key | None, Record]]:
        for (data,) in self._database.execute(_FOUND, (hashed,)).fetchall():
            ((number, values, record),) = self._forms.read(data)
            yield number, self._key_of(values), self._whole(record)

    def _whole(self, record: Record) -> Record:
        return record if len(record) == len(self._nulls) else {**self._nulls, **record}


_FOUND = "SELECT row FROM other WHERE hash = ? AND hash IS NOT NULL ORDER BY number"
_AGAIN = "SELECT hash FROM other WHERE hash IS NOT NULL GROUP BY hash HAVING count(*) > 1"


@contextmanager
def naming(owner: str) -> Iterator[None]:
    """Errors of the database in words of ours; none of them is the fault of a record."""
    import sqlite3

    try:
        yield
    except sqlite3.Error as error:
        message = (
            f"the temporary database of {owner} failed: {named(error)}; is the folder for "
            "temporary files full? TMPDIR names another one"
        )
        raise TransientError(message) from error
