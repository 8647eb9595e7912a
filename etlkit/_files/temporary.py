"""A private database on disk that is gone when it is closed, or when the process ends."""

from __future__ import annotations

from typing import TYPE_CHECKING


if TYPE_CHECKING:
    import sqlite3


def temporary_database(*, cache_kib: int = 4096) -> sqlite3.Connection:
    """An empty SQLite database whose file has no name; it stays in memory while it is small.

    The file is made in the folder for temporary files (``SQLITE_TMPDIR``, ``TMPDIR``) and
    unlinked at once, so that a crash leaves nothing behind.
    """
    import sqlite3

    database = sqlite3.connect("", isolation_level=None)
    database.execute(f"PRAGMA cache_size = -{cache_kib:d}")
    database.execute("PRAGMA journal_mode = OFF")
    database.execute("PRAGMA synchronous = OFF")
    return database
