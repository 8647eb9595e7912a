"""etlkit: a CSV file into a JSON Lines file, with the types of five columns."""

from __future__ import annotations

from pathlib import Path

from bench.contestants import csv_etlkit


SCHEMA = {
    "id": {"type": "int"},
    "amount": {"type": "float"},
    "created_at": {"type": "datetime"},
    "active": {"type": "bool"},
    "meta": {"type": "dict"},
}


def run(source: Path, target: Path, rejects: Path) -> None:
    """Do the CSV job with types; a cell of a wrong type sets its record aside."""
    csv_etlkit.run(source, target, rejects, SCHEMA)
