"""`list.sort` with a key that puts None last, over all records in memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

from bench.sort import KEY


def run(source: Path, target: Path, rejects: Path) -> None:
    """Sort the file; nothing is rejected."""
    del rejects

    def nulls_last(record: dict[str, Any]) -> tuple[bool, float]:
        value = record[KEY]
        return value is None, 0.0 if value is None else value

    with source.open("rb") as reader:
        records = sorted(map(orjson.loads, reader), key=nulls_last)
    with target.open("wb") as writer:
        writer.writelines(
            orjson.dumps(record, None, orjson.OPT_APPEND_NEWLINE) for record in records
        )
