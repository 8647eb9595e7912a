"""DuckDB with one thread: what it does per core."""

from __future__ import annotations

from functools import partial

from bench.contestants import duckdb_sql


run = partial(duckdb_sql.run, threads=1)
