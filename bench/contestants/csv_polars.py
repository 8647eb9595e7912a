"""Polars: one lazy query from the CSV file to a sink; the types are given.

The JSON of the last column stays a text: decoding it would need its type.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl


SCHEMA = pl.Schema(
    {
        "id": pl.Int64,
        "name": pl.String,
        "city": pl.String,
        "amount": pl.Float64,
        "created_at": pl.Datetime("us"),
        "active": pl.Boolean,
        "meta": pl.String,
    }
)


def run(source: Path, target: Path, rejects: Path) -> None:
    """Do the CSV job with types; the first cell of a wrong type ends it."""
    del rejects
    pl.scan_csv(source, schema=SCHEMA).sink_ndjson(target, engine="streaming")
