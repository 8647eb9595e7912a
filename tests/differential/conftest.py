"""Other programs that read the same files, or make the same of records."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from etlkit import ETLJob, FileSource, RecordsSource


Records = list[dict[str, Any]]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all examples of a property share."""
    return tmp_path_factory.mktemp("differential")


@pytest.fixture(scope="session")
def duckdb_rows() -> Callable[..., Records]:
    """What DuckDB reads: ``rows("read_csv", path, columns=...)``."""
    duckdb = pytest.importorskip("duckdb")
    connection = duckdb.connect()

    def rows(function: str, path: Path, **options: Any) -> Records:
        names = ", ".join(f"{name}=${name}" for name in options)
        query = f"SELECT * FROM {function}($path, {names})"
        found = connection.execute(query, {"path": str(path), **options})
        columns = [column[0] for column in found.description]
        return [dict(zip(columns, row, strict=True)) for row in found.fetchall()]

    return rows


@pytest.fixture(scope="session")
def read(folder: Path) -> Callable[..., Records]:
    """What etlkit reads from a file with these bytes."""

    def records(name: str, data: bytes, **options: Any) -> Records:
        path = folder / name
        path.write_bytes(data)
        return FileSource(path, **options).extract()

    return records


@pytest.fixture(scope="session")
def write(folder: Path) -> Callable[..., Path]:
    """The file that etlkit makes of records."""

    def written(name: str, records: Records) -> Path:
        path = folder / name
        ETLJob("write", "Write", RecordsSource(records), None, path).execute().raise_if_failed()
        return path

    return written


@pytest.fixture(scope="session")
def query() -> Callable[..., Records]:
    """What DuckDB makes of records: ``query({"id": "BIGINT"}, records, "FROM records")``."""
    duckdb = pytest.importorskip("duckdb")
    connection = duckdb.connect()

    def made(columns: dict[str, str], records: Records, sql: str) -> Records:
        typed = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
        connection.execute(f"CREATE OR REPLACE TABLE records ({typed})")
        places = ", ".join("?" for _ in columns)
        values = [[record[name] for name in columns] for record in records]
        connection.executemany(f"INSERT INTO records VALUES ({places})", values)
        found = connection.execute(sql)
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    return made
