"""Polars: one lazy query, streamed to two sinks, good records and rejects, on all cores.

The schema is given, which spares inference and keeps the types exact. A value of another type makes
the whole read fail (or, with `ignore_errors`, null): Polars rejects no single record, so the
validator is a null test here.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from bench.task import SSN_DIGITS_KEPT, STATE_CODES, TEST_STATUS


SCHEMA = pl.Schema(
    {
        "case_id": pl.String,
        "state": pl.String,
        "ssn": pl.String,
        "received": pl.String,
        "contact": pl.Struct({"email": pl.String, "phone": pl.String}),
        "tags": pl.List(pl.String),
        "severity": pl.Int64,
        "amount": pl.Float64,
        "status": pl.String,
        "description": pl.String,
    }
)


def run(source: Path, target: Path, rejects: Path) -> None:
    """Do the main job; rejects have their record number, the raw line is gone after parsing."""
    state = pl.col("state").str.strip_chars().str.to_lowercase()
    email = pl.field("email").str.strip_chars().str.to_lowercase()
    changed = (
        pl.scan_ndjson(source, schema=SCHEMA, row_index_name="record", row_index_offset=1)
        .with_columns(
            state.replace_strict(STATE_CODES, default=None),
            pl.col("contact").struct.with_fields(email),
            pl.col("ssn").str.tail(SSN_DIGITS_KEPT),
            pl.col("tags").list.len().alias("tag_count"),
        )
        .filter(pl.col("status") != TEST_STATUS)
    )
    valid = pl.all_horizontal(pl.col("case_id", "state", "severity").is_not_null())
    reason = pl.lit("case_id, state or severity").alias("reason")
    pl.collect_all(
        [
            changed.filter(valid).drop("record").sink_ndjson(target, lazy=True),
            changed.filter(~valid).select("record", reason).sink_ndjson(rejects, lazy=True),
        ],
        engine="streaming",
    )
