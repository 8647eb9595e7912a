"""The lineage of all loads as tables, for questions in SQL.

The lineage files are the truth; ``{root}/lineage/index.db`` is made of them when somebody
asks, load by load, and may be deleted at any time.
"""

from __future__ import annotations

from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

from etlkit._files.databases import private_database, read_only_database
from etlkit._files.temporary import temporary_database
from etlkit.errors import ConfigurationError, CorruptState, DestinationBusy
from etlkit.state.lineage.layout import ENTRY, MERGED
from etlkit.state.lineage.reading import LineageFile, opened


if TYPE_CHECKING:
    import sqlite3

    from collections.abc import Callable, Iterator, Mapping, Sequence

    from etlkit.state.lineage.loads import LineageLoad

    Parameters = Sequence[Any] | Mapping[str, Any]

_VERSION = 1

_SCHEMA = """
CREATE TABLE etl_load(
    load_id INTEGER PRIMARY KEY, nonce TEXT, output TEXT, run_id TEXT, job_id TEXT,
    destination TEXT, mode TEXT, loaded_at TEXT, live INTEGER, UNIQUE (nonce, output));
CREATE TABLE etl_source(
    source_id INTEGER PRIMARY KEY, load_id INTEGER, file TEXT, path TEXT, live INTEGER);
CREATE TABLE etl_input(load_id INTEGER, file TEXT, PRIMARY KEY (load_id, file)) WITHOUT ROWID;
CREATE TABLE etl_row(
    source_id INTEGER, record_no INTEGER, entry INTEGER, row_hash BLOB,
    PRIMARY KEY (source_id, record_no, entry)) WITHOUT ROWID;
CREATE INDEX etl_source_load ON etl_source(load_id);
CREATE VIEW hms_lineage_all AS
    SELECT s.file AS file, lower(hex(r.row_hash)) AS row_hash, l.loaded_at AS loaded_at,
           r.record_no AS record_no, l.run_id AS run_id, l.job_id AS job_id,
           l.destination AS destination, l.live AND s.live AS live
    FROM etl_source s JOIN etl_load l USING (load_id) JOIN etl_row r USING (source_id)
    WHERE s.file IS NOT NULL
    UNION ALL
    SELECT i.file, lower(hex(r.row_hash)), l.loaded_at, NULL, l.run_id, l.job_id,
           l.destination, l.live
    FROM etl_input i JOIN etl_load l USING (load_id)
    JOIN etl_source s USING (load_id) JOIN etl_row r USING (source_id)
    WHERE s.file IS NULL;
CREATE VIEW hms_lineage AS
    SELECT file, row_hash, loaded_at, record_no, run_id FROM hms_lineage_all WHERE live;
"""

_DROP = """
DELETE FROM etl_row WHERE source_id IN (SELECT source_id FROM etl_source WHERE load_id = :load);
DELETE FROM etl_source WHERE load_id = :load;
DELETE FROM etl_input WHERE load_id = :load;
DELETE FROM etl_load WHERE load_id = :load
"""

_ONLY = "only SELECT statements are answered"

VIEWS = (
    "hms_lineage(file, row_hash, loaded_at, record_no, run_id), and hms_lineage_all, which has "
    "loads that were replaced since too, and job_id, destination and live"
)


def answer(
    path: str | None, loads: Sequence[LineageLoad], query: str, parameters: Parameters
) -> list[dict[str, Any]]:
    """The rows of a query over these loads, after the index was brought up to date.

    Raises:
        ConfigurationError: It is no query, or it would change something.
        CorruptState: The index or a lineage file does not verify.
    """
    if path is None or not loads:
        with closing(temporary_database()) as database:
            database.executescript(_SCHEMA)
            return _rows(database, query, parameters)
    with _telling(path):
        with closing(private_database(path)) as database:
            _refresh(database, path, loads)
        with closing(read_only_database(path)) as database:
            return _rows(database, query, parameters)


def _rows(database: sqlite3.Connection, query: str, parameters: Parameters) -> list[dict[str, Any]]:
    import sqlite3

    database.set_authorizer(_only_reading(sqlite3))
    try:
        cursor = database.execute(query, parameters)
        if cursor.description is None:
            message = f"lineage.sql: no statement was given; there are {VIEWS}"
            raise ConfigurationError(message)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]
    except (sqlite3.Error, sqlite3.Warning) as error:
        code = getattr(error, "sqlite_errorcode", 0)
        if code & 0xFF in _of_the_file(sqlite3):
            raise
        hint = _ONLY if code == sqlite3.SQLITE_AUTH else f"there are {VIEWS}"
        message = f"lineage.sql: {error}; {hint}"
        raise ConfigurationError(message) from error


def _only_reading(sqlite3: Any) -> Callable[..., int]:
    """An authorizer that lets queries read, and nothing else happen."""
    allowed = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_RECURSIVE}

    def authorize(action: int, _: Any, name: Any, *__: Any) -> int:
        harmless = action == sqlite3.SQLITE_FUNCTION and name != "load_extension"
        granted = action in allowed or harmless
        return int(sqlite3.SQLITE_OK if granted else sqlite3.SQLITE_DENY)

    return authorize


def _of_the_file(sqlite3: Any) -> dict[int, str]:
    """Errors that are about the file of the index, and not about a query."""
    return {
        sqlite3.SQLITE_BUSY: "busy",
        sqlite3.SQLITE_CORRUPT: "damaged",
        sqlite3.SQLITE_NOTADB: "damaged",
    }


@contextmanager
def _telling(path: str) -> Iterator[None]:
    """Turn errors of SQLite that are about the file into such that name it."""
    import sqlite3

    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        kind = _of_the_file(sqlite3).get(code)
        if kind == "busy":
            message = f"{path}: another process is writing it; ask again later"
            raise DestinationBusy(message) from error
        if kind == "damaged":
            message = (
                f"{path}: is damaged ({error}); delete it, and it is made again of the lineage "
                "files"
            )
            raise CorruptState(message) from error
        message = f"{path}: cannot be written: {error}"
        raise ConfigurationError(message) from error


# -- bringing it up to date


def _refresh(database: sqlite3.Connection, path: str, loads: Sequence[LineageLoad]) -> None:
    with _transaction(database):
        _make(database, path)
        known = {
            (nonce, output): load_id
            for load_id, nonce, output in database.execute(
                "SELECT load_id, nonce, output FROM etl_load"
            )
        }
        wanted = {(load.nonce, load.output) for load in loads}
        for name in known.keys() - wanted:
            for statement in _DROP.split(";"):
                database.execute(statement, {"load": known[name]})
    for load in loads:
        if (load.nonce, load.output) not in known:
            with _transaction(database), opened(load.kept) as lineage:
                _add(database, load, lineage)
    with _transaction(database):
        _mark(database, loads)


def _make(database: sqlite3.Connection, path: str) -> None:
    (version,) = database.execute("PRAGMA user_version").fetchone()
    if version == 0:
        for statement in _SCHEMA.split(";"):
            database.execute(statement)
        database.execute(f"PRAGMA user_version = {_VERSION:d}")
    elif version != _VERSION:
        message = (
            f"{path}: was made by another version of etlkit; delete it, and it is made again of "
            "the lineage files"
        )
        raise CorruptState(message)


def _add(database: sqlite3.Connection, load: LineageLoad, lineage: LineageFile) -> None:
    """Put one load into the tables; the first source of the load stands for merged records."""
    cursor = database.execute(
        "INSERT INTO etl_load(nonce, output, run_id, job_id, destination, mode, loaded_at, live) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, 1) ON CONFLICT DO NOTHING",
        (
            load.nonce,
            load.output,
            load.run_id,
            load.job_id,
            load.destination,
            load.mode,
            load.loaded_at.isoformat(),
        ),
    )
    if not cursor.rowcount:  # another process was faster
        return
    load_id = cursor.lastrowid
    ids: dict[int, int | None] = {}
    names = [(MERGED, None)] if lineage.merged else []
    for number, file in [*names, *enumerate(lineage.sources)]:
        names_of = (None, None) if file is None else (_text(file), _text(lineage.in_full(file)))
        cursor.execute(
            "INSERT INTO etl_source(load_id, file, path, live) VALUES (?, ?, ?, 1)",
            (load_id, *names_of),
        )
        ids[number] = cursor.lastrowid
    if lineage.merged:
        inputs = {(load_id, _text(file)) for file in lineage.files}
        cursor.executemany("INSERT INTO etl_input VALUES (?, ?)", inputs)
    entry = 0
    for block in lineage.read():
        rows = [
            (ids[source], record_no, entry + at, row_hash)
            for at, (row_hash, record_no, source) in enumerate(ENTRY.iter_unpack(block))
        ]
        rows.sort()  # in the order of the table, which is filled at its end then
        cursor.executemany("INSERT INTO etl_row VALUES (?, ?, ?, ?)", rows)
        entry += len(rows)


def _mark(database: sqlite3.Connection, loads: Sequence[LineageLoad]) -> None:
    """Note which loads, and which of their files, are still what the destination holds."""
    for load in loads:
        database.execute(
            "UPDATE etl_load SET live = ?1 WHERE nonce = ?2 AND output = ?3 AND live <> ?1",
            (not load.is_replaced, load.nonce, load.output),
        )
        if load.reread:
            _mark_reread(database, load)


def _mark_reread(database: sqlite3.Connection, load: LineageLoad) -> None:
    sources = database.execute(
        "SELECT source_id, file, path FROM etl_source JOIN etl_load USING (load_id) "
        "WHERE nonce = ? AND output = ? AND file IS NOT NULL AND etl_source.live",
        (load.nonce, load.output),
    ).fetchall()
    gone = [(number,) for number, file, path in sources if load.was_reread(file, path)]
    database.executemany("UPDATE etl_source SET live = 0 WHERE source_id = ?", gone)


@contextmanager
def _transaction(database: sqlite3.Connection) -> Iterator[None]:
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:  # also Ctrl-C; it goes on below
        database.execute("ROLLBACK")
        raise
    database.execute("COMMIT")


def _text(file: str) -> str:
    """A name as SQLite takes it: bytes that are no UTF-8 are escaped."""
    return file.encode(errors="backslashreplace").decode()
