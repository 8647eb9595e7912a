"""One large JSON array: its elements are read one after the other, in flat memory."""

from __future__ import annotations

import tempfile

from pathlib import Path

from bench.comparison import count_lines
from bench.events import ensure_json
from bench.figures import Figure
from bench.processes import run_module


ARRAY_BYTES = 500_000_000
MOST_MEGABYTES = 60.0


def measure(folder: Path) -> list[Figure]:
    """Peak memory and speed.

    Raises:
        ChildFailed: The run failed.
    """
    source = ensure_json(folder, ARRAY_BYTES)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        target = Path(scratch) / "out.jsonl"
        module = "bench.contestants.json_etlkit"
        cost = run_module("bench.child", module, source, target, Path(scratch) / "none").answer
        records = count_lines(target)
    return [
        Figure("peak memory", cost["peak_bytes"] / 1e6, "MB", most=MOST_MEGABYTES),
        Figure("a record, from array to lines", cost["seconds"] / records * 1e6, "µs"),
        Figure("records", records, ""),
    ]
