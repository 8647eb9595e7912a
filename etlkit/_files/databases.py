"""SQLite databases below the root, each a file of etlkit's own."""

from __future__ import annotations

import os

from typing import TYPE_CHECKING
from urllib.parse import quote

from etlkit._files import effects
from etlkit._files.naming import naming
from etlkit._files.writing import PRIVATE_FILE


if TYPE_CHECKING:
    import sqlite3


def private_database(path: str, *, busy_seconds: float = 60.0) -> sqlite3.Connection:
    """A database that only its owner can read; made when it is not there.

    Transactions are begun by statements, and another process that writes is waited for.
    """
    import sqlite3

    with naming(path):
        os.close(effects.open_file(path, os.O_RDWR | os.O_CREAT, PRIVATE_FILE))
    return sqlite3.connect(path, timeout=busy_seconds, isolation_level=None)


def read_only_database(path: str, *, busy_seconds: float = 60.0) -> sqlite3.Connection:
    """A database that is there already and is not changed."""
    import sqlite3

    place = f"file:{quote(path)}?mode=ro"
    return sqlite3.connect(place, uri=True, timeout=busy_seconds, isolation_level=None)
