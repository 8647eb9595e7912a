"""CSV to JSON Lines: contestants in alternating rounds, each run in a process of its own."""

from __future__ import annotations

import importlib.util
import tempfile

from collections import defaultdict
from pathlib import Path
from statistics import median
from typing import Any

from bench.comparison import count_lines
from bench.events import ensure_csv
from bench.figures import Figure
from bench.processes import ChildFailed, run_module


HAND, HAND_TYPED = "hand loop", "hand loop, typed"
ETLKIT, ETLKIT_TYPED = "etlkit", "etlkit, typed"
CONTESTANTS = {
    HAND: "csv_hand_loop",
    ETLKIT: "csv_etlkit",
    HAND_TYPED: "csv_hand_typed",
    ETLKIT_TYPED: "csv_etlkit_typed",
    "duckdb, typed, all cores": "csv_duckdb",
    "duckdb, typed, one core": "csv_duckdb_one_core",
    "polars, typed, all cores, JSON column as text": "csv_polars",
}
NEEDS = {"csv_duckdb": "duckdb", "csv_duckdb_one_core": "duckdb", "csv_polars": "polars"}

LEAST_SHARE_OF_HAND_LOOP = 0.85
LEAST_TYPED_PER_SECOND = 350_000
MOST_MEGABYTES = 40.0


def measure(folder: Path, records: int, rounds: int) -> list[Figure]:
    """Records a second and peak memory of each contestant.

    Raises:
        ChildFailed: One of them failed, or lost a record.
    """
    source = ensure_csv(folder, records)
    runs: dict[str, list[Any]] = defaultdict(list)
    present = [name for name, module in CONTESTANTS.items() if _is_installed(module)]
    for number in range(rounds):
        for name in reversed(present) if number % 2 else present:
            runs[name].append(_run(folder, source, CONTESTANTS[name], records))
    return [_speed(name, runs, records) for name in present] + [
        _share(ETLKIT, HAND, runs, LEAST_SHARE_OF_HAND_LOOP),
        _share(ETLKIT_TYPED, HAND_TYPED, runs, None),
        *[_memory(name, runs) for name in present],
    ]


def _is_installed(module: str) -> bool:
    return module not in NEEDS or importlib.util.find_spec(NEEDS[module]) is not None


def _run(folder: Path, source: Path, module: str, records: int) -> Any:
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        target, rejects = Path(scratch) / "out.jsonl", Path(scratch) / "rejects.jsonl"
        contestant = f"bench.contestants.{module}"
        cost = run_module("bench.child", contestant, source, target, rejects).answer
        if (written := count_lines(target)) != records:
            message = f"{module}: {written:,} records in the output instead of {records:,}"
            raise ChildFailed(message)
    return cost


def _speed(name: str, runs: dict[str, list[Any]], records: int) -> Figure:
    seconds = [run["seconds"] for run in runs[name]]
    least = LEAST_TYPED_PER_SECOND if name == ETLKIT_TYPED else None
    remark = f"{min(seconds):.2f} to {max(seconds):.2f} s, {len(seconds)} rounds"
    return Figure(name, records / median(seconds), "records/s", least=least, remark=remark)


def _share(name: str, other: str, runs: dict[str, list[Any]], least: float | None) -> Figure:
    shares = [
        theirs["seconds"] / ours["seconds"]
        for ours, theirs in zip(runs[name], runs[other], strict=True)
    ]
    what = f"speed of {name}, of that of the {other}"
    return Figure(what, median(shares), "x", least=least, remark="median of the rounds")


def _memory(name: str, runs: dict[str, list[Any]]) -> Figure:
    most = MOST_MEGABYTES if name in {ETLKIT, ETLKIT_TYPED} else None
    peak = max(run["peak_bytes"] for run in runs[name]) / 1e6
    return Figure(f"{name}: peak memory", peak, "MB", most=most)
