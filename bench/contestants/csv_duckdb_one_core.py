"""DuckDB with one thread."""

from __future__ import annotations

from pathlib import Path

from bench.contestants import csv_duckdb


def run(source: Path, target: Path, rejects: Path) -> None:
    """Do the CSV job with types on one core."""
    csv_duckdb.run(source, target, rejects, threads=1)
