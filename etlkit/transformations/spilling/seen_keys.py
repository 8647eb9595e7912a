"""Which keys were seen: the latest in memory, and above a budget the others on disk.

Keys gather in a set. When it is full they go, sorted, into the tree of a database without a
name, and the set is empty again. So each record is decided on when it comes, in memory that
does not grow: the two levels of a log-structured merge tree (O'Neil and others, 1996), where
what is written comes in order, and only questions go to any place of the tree.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Any, TypeAlias

from etlkit._files.temporary import temporary_database
from etlkit.transformations.spilling.on_disk import naming
from etlkit.transformations.spilling.packing import packed


if TYPE_CHECKING:
    import sqlite3

SeenKey: TypeAlias = "str | int | bytes"
"""A short text, a whole number, or the digest of anything else."""

SHORT = 32
"""Characters from which on a text is remembered by its digest."""

_DIGEST_BYTES = 16

_KEY_BYTES = 200
"""What a key takes in the set, and for a moment in the list that is sorted."""

_LEAST_CACHE_KIB = 64
_MOST_CACHE_KIB = 16_384


def seen_key(found: Any) -> SeenKey:
    """The key of a record or of a list of values; equal ones of equal types have the same.

    Raises:
        Unpackable: It holds a value that cannot be written exactly.
    """
    if found.__class__ is list and len(found) == 1:
        (value,) = found
        if value.__class__ is str and len(value) < SHORT:
            return str(value)
        if value.__class__ is int and value.bit_length() < 8 * _DIGEST_BYTES:
            return int(value)
    return blake2b(packed(found), digest_size=_DIGEST_BYTES).digest()


class SeenKeys:
    """The keys that one run saw.

    A file belongs to this object as soon as it was needed; ``close`` releases it.

    Args:
        owner: The step, for messages.
        memory_bytes: The budget.

    Attributes:
        recent: The latest keys. Whoever adds one calls ``spill`` when there are more than
            ``most``.
        most: How many are in memory at once.
        on_disk: The database; empty as long as it was not needed.
    """

    def __init__(self, owner: str, memory_bytes: int) -> None:
        self._owner = owner
        self._cache_kib = min(max(memory_bytes // 4096, _LEAST_CACHE_KIB), _MOST_CACHE_KIB)
        self.recent: set[SeenKey] = set()
        self.most = max(memory_bytes // _KEY_BYTES, 1)
        self.on_disk: list[sqlite3.Connection] = []

    def add(self, key: SeenKey) -> bool:
        """Remember a key; whether it is a new one.

        Raises:
            TransientError: The database fails.
        """
        if key in self.recent or (self.on_disk and self.is_on_disk(key)):
            return False
        self.recent.add(key)
        if len(self.recent) > self.most:
            self.spill()
        return True

    def is_on_disk(self, key: SeenKey) -> bool:
        """Whether a key is on disk.

        Raises:
            TransientError: The database fails.
        """
        with naming(self._owner):
            (database,) = self.on_disk
            return database.execute(_FOUND, (_digest(key),)).fetchone() is not None

    def spill(self) -> None:
        """Write the latest keys to disk.

        Raises:
            TransientError: There is no room for them.
        """
        with naming(self._owner):
            if not self.on_disk:
                self.on_disk.append(temporary_database(cache_kib=self._cache_kib))
                self.on_disk[0].execute("CREATE TABLE seen (key BLOB PRIMARY KEY) WITHOUT ROWID")
                self.on_disk[0].execute("BEGIN")
            digests = sorted(map(_digest, self.recent))
            self.on_disk[0].executemany(
                "INSERT INTO seen VALUES (?)", ((digest,) for digest in digests)
            )
        self.recent.clear()

    def close(self) -> None:
        """Forget all keys, and release the file."""
        self.recent.clear()
        while self.on_disk:
            self.on_disk.pop().close()


_FOUND = "SELECT 1 FROM seen WHERE key = ?"


def _digest(key: SeenKey) -> bytes:
    """What stands on disk for a key; what is one already stays as it is."""
    if isinstance(key, bytes):
        return key
    text = f"s{key}" if isinstance(key, str) else f"i{key:x}"
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_DIGEST_BYTES).digest()
