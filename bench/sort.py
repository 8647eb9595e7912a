"""A file of records of 100 bytes, sorted: in bounded memory, and by `sorted` in all the memory.

Both read JSON Lines and write JSON Lines. One key in a hundred is None. The results must be equal,
byte for byte.
"""

from __future__ import annotations

import filecmp
import json
import random
import tempfile

from pathlib import Path
from typing import Any

from bench.figures import Figure
from bench.processes import run_module


KEY = "amount"
FACTOR = 5  # times the records of the main job: five million
RECORD_BYTES = 100
MOST_MEGABYTES = 200.0
BLOCK = 10_000


def measure(folder: Path, records: int) -> list[Figure]:
    """Peak memory and time of both, in processes of their own.

    Raises:
        ChildFailed: One of them failed.
    """
    number = FACTOR * records
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        source = Path(scratch) / "unsorted.jsonl"
        _write(source, number)
        targets = [Path(scratch) / f"{name}.jsonl" for name in ("sort_etlkit", "sort_by_hand")]
        ours, theirs = (_run(source, target) for target in targets)
        same = filecmp.cmp(*targets, shallow=False)
    assert same, "the two orders differ"
    remark = f"{number:,} records of {RECORD_BYTES} bytes, from file to file"
    return [
        Figure("peak memory", ours["peak_bytes"] / 1e6, "MB", most=MOST_MEGABYTES, remark=remark),
        Figure("peak memory of sorted()", theirs["peak_bytes"] / 1e6, "MB"),
        Figure("time", ours["seconds"], "s"),
        Figure("time of sorted() with a key that puts None last", theirs["seconds"], "s"),
        Figure("time, of that of sorted()", ours["seconds"] / theirs["seconds"], "x"),
    ]


def _run(source: Path, target: Path) -> dict[str, Any]:
    module = f"bench.contestants.{target.stem}"
    cost: dict[str, Any] = run_module(
        "bench.child", module, source, target, target.with_name("none")
    ).answer
    return cost


def _write(path: Path, number: int) -> None:
    draw = random.Random(number).random
    with path.open("w", encoding="utf-8") as file:
        for start in range(0, number, BLOCK):
            file.writelines(
                _line(serial, draw()) for serial in range(start, min(start + BLOCK, number))
            )


def _line(serial: int, drawn: float) -> str:
    amount = None if serial % 100 == 0 else round(drawn * 1e6, 2)
    record = {"id": serial, KEY: amount, "note": ""}
    missing = RECORD_BYTES - len(json.dumps(record, separators=(",", ":"))) - 1
    record["note"] = "x" * missing
    return json.dumps(record, separators=(",", ":")) + "\n"
