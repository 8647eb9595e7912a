"""Whether a file is a whole state file, and what is said when it is not."""

from __future__ import annotations

from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

from etlkit._files.swapping import is_in_writable_folder
from etlkit.errors import (
    AccessDenied,
    CorruptState,
    DestinationBusy,
    DestinationUnavailable,
    EtlkitError,
)
from etlkit.state.sqlite.tables import APPLICATION_ID, STATE_FORMAT, TABLES, schema


if TYPE_CHECKING:
    import sqlite3

    from collections.abc import Iterator

_STRUCTURE = "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY name"
_BUSY = ("SQLITE_BUSY", "SQLITE_LOCKED")
_DENIED = ("SQLITE_READONLY", "SQLITE_PERM", "SQLITE_AUTH")
_FAILED = (
    "SQLITE_CANTOPEN",
    "SQLITE_FULL",
    "SQLITE_INTERRUPT",
    "SQLITE_IOERR",
    "SQLITE_NOLFS",
    "SQLITE_NOMEM",
    "SQLITE_PROTOCOL",
)


def corrupt(path: str, what: object) -> CorruptState:
    """What is raised for a damaged state file."""
    message = (
        f"{path}: does not verify as a state file of format {STATE_FORMAT} ({what}): it was "
        "damaged, or written by a newer etlkit. Nothing was changed; put back a copy of it, or "
        "build it again from the commit records with service.rebuild_state()"
    )
    return CorruptState(message)


@contextmanager
def telling(path: str) -> Iterator[None]:
    """Turn errors of SQLite into errors that name the file and what to do."""
    import sqlite3

    try:
        yield
    except (sqlite3.ProgrammingError, sqlite3.InterfaceError):
        raise  # a defect of etlkit
    except sqlite3.Error as error:
        raise _told(error, path) from error
    except UnicodeDecodeError as error:  # in the words of an error of SQLite
        raise corrupt(path, error.reason) from error


def is_busy(error: sqlite3.Error) -> bool:
    """Whether another process or thread holds the file."""
    return _named(error).startswith(_BUSY)


def _named(error: sqlite3.Error) -> str:
    return str(getattr(error, "sqlite_errorname", ""))


def _told(error: sqlite3.Error, path: str) -> EtlkitError:
    name = _named(error)
    if name.startswith(_BUSY):
        return DestinationBusy(f"{path}: somebody else has held it for too long; try again later")
    if name.startswith(_DENIED):
        return AccessDenied(f"{path}: cannot be written: {error}; it was left as it was")
    if name.startswith(_FAILED) and name != "SQLITE_IOERR_CORRUPTFS":
        if not is_in_writable_folder(path):
            return AccessDenied(f"{path}: its folder may not be written by this process")
        return DestinationUnavailable(f"{path}: cannot be used: {error}; it was left as it was")
    return corrupt(path, error)


@cache
def fresh() -> bytes:
    """The bytes of a state that remembers nothing."""
    import sqlite3

    database = sqlite3.connect(":memory:", isolation_level=None)
    try:
        for statement in schema():
            database.execute(statement)
        return database.serialize()
    finally:
        database.close()


def blank() -> sqlite3.Connection:
    """A state that remembers nothing, in memory."""
    import sqlite3

    database = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    database.deserialize(fresh())
    return database


@cache
def _structure() -> list[tuple[str, ...]]:
    database = blank()
    try:
        return database.execute(_STRUCTURE).fetchall()
    finally:
        database.close()


def verify(database: sqlite3.Connection, path: str) -> None:
    """Look whether a file is a state file with all that was written to it.

    Raises:
        CorruptState: It is not.
    """
    (application,) = database.execute("PRAGMA application_id").fetchone()
    if application != APPLICATION_ID:
        raise corrupt(path, "it is no state of etlkit")
    (version,) = database.execute("PRAGMA user_version").fetchone()
    if version != STATE_FORMAT:
        raise corrupt(path, f"its format is {version}")
    (journal,) = database.execute("PRAGMA journal_mode").fetchone()
    if journal != "delete":
        raise corrupt(path, f"its journal mode is {journal}")
    if database.execute(_STRUCTURE).fetchall() != _structure():
        raise corrupt(path, "its tables are not those of a state")
    # Not quick_check, which does not compare indexes with their tables: a row that is looked
    # up by a damaged index would be missing without a word.
    (found,) = database.execute("PRAGMA integrity_check(1)").fetchone()
    if found != "ok":
        raise corrupt(path, found)
    _verify_totals(database, path)


def _verify_totals(database: sqlite3.Connection, path: str) -> None:
    noted = {
        name: (number, total)
        for name, number, total in database.execute("SELECT name, number, total FROM totals")
    }
    for table in TABLES:
        query = f"SELECT count(*), coalesce(sum(checksum), 0) FROM {table.name}"  # noqa: S608 -- names of ours
        if noted.pop(table.name, None) != database.execute(query).fetchone():
            raise corrupt(path, f"rows of {table.name} are missing or damaged")
