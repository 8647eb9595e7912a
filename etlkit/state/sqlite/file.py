"""The file of a state: opening it, and transactions by which threads and processes share it."""

from __future__ import annotations

import os
import weakref

from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from functools import cache
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING

from etlkit._clock import SYSTEM_CLOCK
from etlkit._files.paths import real
from etlkit._files.swapping import identity_of, make_database, same_identity, staying, sweep
from etlkit.runs.context import random_mark
from etlkit.state.sqlite.rows import Rows
from etlkit.state.sqlite.verifying import blank, corrupt, fresh, is_busy, telling, verify


if TYPE_CHECKING:
    import sqlite3

    from collections.abc import Iterator

    from etlkit._clock import Clock

_POLL_SECONDS = 0.01
_SETTINGS = (
    "PRAGMA trusted_schema = OFF",
    "PRAGMA cell_size_check = ON",
    "PRAGMA cache_size = -8192",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA synchronous = EXTRA",  # with the folder: a commit that returned stays
)
_UNSHARED = ("PRAGMA journal_mode = OFF", "PRAGMA synchronous = OFF")

_files: weakref.WeakSet[StateFile] = weakref.WeakSet()


@cache
def _closing() -> type[sqlite3.Connection]:
    import sqlite3

    class Closing(sqlite3.Connection):
        """A connection that is closed when it is found, and not warned of.

        The collector may come to it before it comes to its StateFile, as where an exception
        that somebody keeps holds both.
        """

        def __del__(self) -> None:
            with suppress(sqlite3.Error):  # one that could not be opened cannot be closed
                self.close()

    return Closing


class StateFile:
    """One state file; nothing is opened before its first use.

    A rollback journal and not a write-ahead log: a damaged log is cut where the damage
    begins, and what is left looks like an older state.

    Args:
        path: The file; a missing one is a fresh state, made by the first transaction
            that writes.
        wait_seconds: How long a transaction waits for those of others.
        clock: The clock by which it waits.
        shared: Others know of the file. One that nobody knows of has no journal and is
            not durable before it gets its name.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        wait_seconds: float,
        clock: Clock = SYSTEM_CLOCK,
        shared: bool = True,
    ) -> None:
        self.path = real(path)
        self._wait_seconds = wait_seconds
        self._clock = clock
        self._shared = shared
        self._lock = RLock()
        self._database: sqlite3.Connection | None = None
        self._identity: os.stat_result | None = None
        self._verified: os.stat_result | None = None
        _watch_forks(self)

    def __del__(self) -> None:
        """Close the file with the last look at it; newer Pythons warn of what is left open."""
        database = getattr(self, "_database", None)
        if database is not None:
            database.close()

    @contextmanager
    def reading(self) -> Iterator[Rows]:
        """A transaction that reads; of a missing file it reads a fresh state."""
        with self._lock, telling(self.path):
            database = self._opened()
            if database is None:
                database = blank()
                try:
                    yield Rows(database, self.path)
                finally:
                    database.close()
                return
            self._begin(database, "BEGIN", "SELECT count(*) FROM totals")
            try:
                yield Rows(database, self.path)
            finally:
                self._end(database)

    @contextmanager
    def writing(self) -> Iterator[Rows]:
        """A transaction that writes: all of it is durable at the end, or nothing of it happened."""
        with self._lock, telling(self.path):
            self._make()
            with self._staying():
                database = self._opened_for_writing()
                try:
                    yield Rows(database, self.path)
                    self._patiently(database, "COMMIT")
                finally:
                    self._end(database)

    def exists(self) -> bool:
        """Whether there is a file."""
        return identity_of(self.path) is not None

    def close(self) -> None:
        """Close the file; the next transaction opens it again."""
        with self._lock:
            database, self._database = self._database, None
            if database is not None:
                database.close()

    def _staying(self) -> AbstractContextManager[None]:
        if not self._shared:
            return nullcontext()
        return staying(self.path, alone=False, wait_seconds=self._wait_seconds, clock=self._clock)

    def _make(self) -> None:
        if identity_of(self.path) is None:
            self._close_replaced()
            make_database(
                self.path,
                fresh(),
                mark=random_mark(),
                wait_seconds=self._wait_seconds,
                clock=self._clock,
            )

    def _opened_for_writing(self) -> sqlite3.Connection:
        while True:
            database = self._opened()
            if database is not None:
                self._begin(database, "BEGIN IMMEDIATE")
                if same_identity(self._identity, identity_of(self.path)):
                    return database
                self._end(database)  # moved away between the two calls
            self._make()

    def _opened(self) -> sqlite3.Connection | None:
        """The file that has the name now, verified; None where there is none."""
        found = identity_of(self.path)
        if self._database is not None and same_identity(self._identity, found):
            return self._database
        self._close_replaced()
        if found is None:
            return None
        if not found.st_size:
            raise corrupt(self.path, "it is empty")
        self._open(found)
        return self._database

    def _open(self, found: os.stat_result) -> None:
        import sqlite3

        database = sqlite3.connect(
            f"{Path(self.path).as_uri()}?mode=rw",
            uri=True,
            timeout=0,
            isolation_level=None,
            check_same_thread=False,
            factory=_closing(),
        )
        try:
            for setting in _SETTINGS:
                self._patiently(database, setting)
            if not same_identity(self._verified, found):
                self._begin(
                    database, "BEGIN", "PRAGMA application_id", "SELECT 1 FROM sqlite_master"
                )
                verify(database, self.path)
                self._end(database)
                self._verified = found
                sweep(self.path)
            for setting in () if self._shared else _UNSHARED:
                self._patiently(database, setting)
        except BaseException:  # also Ctrl-C; it goes on below
            database.close()
            raise
        self._database, self._identity = database, found

    def _close_replaced(self) -> None:
        database, self._database = self._database, None
        if database is not None:
            database.close()

    def _begin(self, database: sqlite3.Connection, *statements: str) -> None:
        for statement in statements:
            try:
                self._patiently(database, statement)
            except BaseException:  # also Ctrl-C; it goes on below
                self._end(database)
                raise

    def _patiently(self, database: sqlite3.Connection, statement: str) -> None:
        """Execute a statement; where others hold the file, again and again."""
        import sqlite3

        deadline = self._clock.monotonic() + self._wait_seconds
        while True:
            try:
                database.execute(statement).fetchall()
            except sqlite3.OperationalError as error:
                if not is_busy(error) or self._clock.monotonic() >= deadline:
                    raise
            else:
                return
            self._clock.sleep(_POLL_SECONDS)

    def _end(self, database: sqlite3.Connection) -> None:
        """Take back what was not committed."""
        import sqlite3

        with suppress(sqlite3.Error):  # of a file that is damaged; the next look at it tells
            if database.in_transaction:
                database.execute("ROLLBACK")

    def before_fork(self) -> None:
        """Wait for the end of the transaction and close: a child cannot share a connection."""
        self._lock.acquire()
        if self._database is not None and not self._database.in_transaction:
            self.close()

    def after_fork(self) -> None:
        """Go on, in the parent and in the child."""
        self._lock.release()


_held: list[StateFile] = []
_hooks: list[str] = []


def _watch_forks(file: StateFile) -> None:
    _files.add(file)
    if not _hooks and hasattr(os, "register_at_fork"):
        _hooks.append("registered")
        os.register_at_fork(
            before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork
        )


def _before_fork() -> None:
    for each in tuple(_files):
        each.before_fork()
        _held.append(each)


def _after_fork() -> None:
    while _held:
        _held.pop().after_fork()
