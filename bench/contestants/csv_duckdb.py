"""DuckDB: one COPY statement over the CSV file; its columns are given, which spares sniffing."""

from __future__ import annotations

from pathlib import Path

import duckdb

from bench.events import COLUMNS


TYPES = ("BIGINT", "VARCHAR", "VARCHAR", "DOUBLE", "TIMESTAMP", "BOOLEAN", "JSON")


def run(source: Path, target: Path, rejects: Path, *, threads: int | None = None) -> None:
    """Do the CSV job with types; the first cell of a wrong type ends it."""
    del rejects
    columns = ", ".join(f"{name}: '{kind}'" for name, kind in zip(COLUMNS, TYPES, strict=True))
    settings = {} if threads is None else {"threads": threads}
    with duckdb.connect(config=settings) as connection:
        connection.execute(
            f"COPY (FROM read_csv($1, header = true, auto_detect = false, quote = '\"', "
            f"escape = '\"', columns = {{{columns}}})) TO $2 (FORMAT json)",
            [str(source), str(target)],
        )
