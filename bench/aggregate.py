"""Records into fifty groups, beside a dict loop written by hand."""

from __future__ import annotations

import math
import tempfile

from collections import defaultdict
from pathlib import Path
from typing import Any

import orjson

from bench.figures import Figure
from bench.payments import ensure_payments
from bench.processes import ChildFailed, run_module


HAND, FILTER, AGGREGATE = "aggregate_hand_loop", "aggregate_filter", "aggregate_etlkit"
MOST_OF_HAND_LOOP = 1.3


def measure(folder: Path, records: int, rounds: int) -> list[Figure]:
    """CPU time of each, as multiples of that of the hand loop: the least of all rounds.

    Raises:
        ChildFailed: One of them failed, or the groups differ.
    """
    source = ensure_payments(folder, records)
    seconds: dict[str, list[float]] = defaultdict(list)
    groups: dict[str, list[Any]] = {}
    order = (HAND, FILTER, AGGREGATE)
    for number in range(rounds):
        for name in reversed(order) if number % 2 else order:
            cost, groups[name] = _run(folder, source, name)
            seconds[name].append(cost["cpu_seconds"])
    if not _are_alike(groups[AGGREGATE], groups[HAND]):
        message = "the groups differ from those of the hand loop"
        raise ChildFailed(message)
    hand = min(seconds[HAND])
    remark = f"least CPU time of {rounds} rounds, by that of the hand loop"
    return [
        Figure("the dict loop written by hand", hand / records * 1e6, "µs a record"),
        Figure("a job that only filters", min(seconds[FILTER]) / hand, "x", remark=remark),
        Figure(
            "Aggregate: count, two sums, mean and maximum",
            min(seconds[AGGREGATE]) / hand,
            "x",
            most=MOST_OF_HAND_LOOP,
            remark=remark,
        ),
    ]


def _run(folder: Path, source: Path, name: str) -> tuple[Any, list[Any]]:
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        target = Path(scratch) / "out.jsonl"
        contestant = f"bench.contestants.{name}"
        cost = run_module("bench.child", contestant, source, target, scratch).answer
        return cost, [orjson.loads(line) for line in target.read_bytes().splitlines()]


def _are_alike(groups: list[Any], expected: list[Any]) -> bool:
    """Whether groups are equal but for the rounding errors of the hand loop."""
    return len(groups) == len(expected) and all(
        one.keys() == other.keys() and all(_is_close(one[key], other[key]) for key in one)
        for one, other in zip(groups, expected, strict=True)
    )


def _is_close(one: Any, other: Any) -> bool:
    if isinstance(one, float):
        return math.isclose(one, other, rel_tol=1e-9)
    return bool(one == other)
