"""Counters of runs that do not forget, and percentiles of the recent ones."""

from __future__ import annotations

import math

from collections import Counter, deque
from typing import TYPE_CHECKING, Any

from attrs import define, field, frozen

from etlkit.jobs.result import JobStatus


if TYPE_CHECKING:
    from collections.abc import Iterable

    from etlkit.jobs.result import JobResult

WINDOW = 1000
"""Recent runs whose durations the percentiles are taken of."""


@frozen
class JobStatistics:
    """What is known of the runs of one job, or of all.

    Attributes:
        runs: Executions since the scheduler was made.
        by_status: How they ended.
        success_rate: Share of them that completed or were skipped, from 0 to 1; None
            before the first.
        rows_extracted: Records read by all of them.
        rows_loaded: Records loaded by all of them.
        rows_rejected: Records rejected by those that completed.
        p50_seconds: Median duration of the last 1000; None before the first.
        p95_seconds: Duration that 95 % of the last 1000 did not exceed.
    """

    runs: int
    by_status: dict[str, int]
    success_rate: float | None
    rows_extracted: int
    rows_loaded: int
    rows_rejected: int
    p50_seconds: float | None
    p95_seconds: float | None

    def to_dict(self) -> dict[str, Any]:
        """The figures by name, ready for JSON."""
        return {name: getattr(self, name) for name in self.__match_args__}


@define
class Counters:
    """Adds up results; its owner guards it against other threads."""

    by_status: Counter[str] = field(factory=Counter)
    rows_extracted: int = 0
    rows_loaded: int = 0
    rows_rejected: int = 0
    durations: deque[float] = field(factory=lambda: deque(maxlen=WINDOW))

    def add(self, result: JobResult) -> None:
        """Count one result."""
        self.by_status[result.status.value] += 1
        self.rows_extracted += result.rows_extracted
        self.rows_loaded += result.rows_loaded
        if result.status is JobStatus.COMPLETED:
            self.rows_rejected += result.rows_rejected
        self.durations.append(result.duration_seconds)

    def statistics(self) -> JobStatistics:
        """The figures as they are now."""
        runs = self.by_status.total()
        good = self.by_status["completed"] + self.by_status["skipped"]
        return JobStatistics(
            runs,
            {name: number for name, number in self.by_status.items() if number},
            good / runs if runs else None,
            self.rows_extracted,
            self.rows_loaded,
            self.rows_rejected,
            percentile(self.durations, 0.5),
            percentile(self.durations, 0.95),
        )


def percentile(values: Iterable[float], share: float) -> float | None:
    """The least value that at least this share of the values does not exceed (nearest rank).

    Example:
        >>> percentile([4.0, 1.0, 3.0, 2.0], 0.5)
        2.0
    """
    ordered = sorted(values)
    if not ordered:
        return None
    return ordered[max(math.ceil(share * len(ordered)), 1) - 1]
