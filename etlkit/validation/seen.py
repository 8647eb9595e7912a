"""What was seen before, exactly and in bounded memory."""

from __future__ import annotations

import hashlib
import os

from contextlib import contextmanager
from typing import TYPE_CHECKING

from etlkit._files.temporary import temporary_database
from etlkit._words import named
from etlkit.errors import TransientError


if TYPE_CHECKING:
    import sqlite3

    from collections.abc import Iterator

IN_MEMORY = 100_000
"""Values that are remembered in memory, about 9 MB of them; older ones are on disk."""

_DIGEST_BYTES = 16


class Seen:
    """A set of byte strings that grows on disk.

    It remembers 128-bit digests under a random key, so that neither the memory nor the
    file tells the values, and nobody can make two that collide.
    """

    def __init__(self, most: int = IN_MEMORY) -> None:
        self._most = most
        self._recent: set[bytes] = set()
        self._key = os.urandom(_DIGEST_BYTES)
        self._database: sqlite3.Connection | None = None

    def digest(self, value: bytes) -> bytes:
        """What is remembered of a value."""
        return hashlib.blake2b(value, digest_size=_DIGEST_BYTES, key=self._key).digest()

    def __contains__(self, digest: bytes) -> bool:
        if digest in self._recent:
            return True
        if self._database is None:
            return False
        with _naming():
            found = self._database.execute("SELECT 1 FROM seen WHERE digest = ?", (digest,))
            return found.fetchone() is not None

    def add(self, digest: bytes) -> None:
        """Remember a digest.

        Raises:
            TransientError: There is no room on disk for what no longer fits in memory.
        """
        self._recent.add(digest)
        if len(self._recent) >= self._most:
            with _naming():
                self._move_to_disk()

    def close(self) -> None:
        """Forget everything."""
        self._recent.clear()
        if self._database is not None:
            self._database.close()
            self._database = None

    def _move_to_disk(self) -> None:
        if self._database is None:
            self._database = temporary_database()
            self._database.execute("CREATE TABLE seen (digest BLOB PRIMARY KEY) WITHOUT ROWID")
        self._database.execute("BEGIN")
        # in order, so that each page of the tree is written once
        rows = [(digest,) for digest in sorted(self._recent)]
        self._database.executemany("INSERT INTO seen VALUES (?)", rows)
        self._database.execute("COMMIT")
        self._recent.clear()


@contextmanager
def _naming() -> Iterator[None]:
    """Errors of the database in words of ours; none of them is the fault of a record."""
    import sqlite3

    try:
        yield
    except sqlite3.Error as error:
        message = (
            "the temporary database that remembers the values of a 'unique' field failed: "
            f"{named(error)}; is the folder for temporary files full? TMPDIR names another one"
        )
        raise TransientError(message) from error
