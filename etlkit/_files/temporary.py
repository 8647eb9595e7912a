"""Private files and databases that are gone when they are closed, or when the process ends."""

from __future__ import annotations

from typing import TYPE_CHECKING


if TYPE_CHECKING:
    import sqlite3

    from typing import BinaryIO


def temporary_database(*, cache_kib: int = 4096) -> sqlite3.Connection:
    """An empty SQLite database whose file has no name; it stays in memory while it is small.

    The file is made in the folder for temporary files (``SQLITE_TMPDIR``, ``TMPDIR``) and
    unlinked at once, so that a crash leaves nothing behind. One thread after the other may use
    it: records that are asked for one by one may be so by any thread, and be let go of by any.
    """
    import sqlite3

    database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
    database.execute(f"PRAGMA cache_size = -{cache_kib:d}")
    database.execute("PRAGMA journal_mode = OFF")
    database.execute("PRAGMA synchronous = OFF")
    return database


def temporary_file() -> BinaryIO:
    """An empty file without a name, in the folder for temporary files (``TMPDIR``).

    It has none from the beginning or from right after it was made, so that neither an error
    nor a crash leaves anything behind. Only its owner can read it.
    """
    import tempfile

    return tempfile.TemporaryFile(prefix="etlkit-", buffering=0)
