"""Payments by state with Aggregate; sums and means are exact, and so are integers."""

from __future__ import annotations

from pathlib import Path

from etlkit import DataLoader, ETLJob, FileSource
from etlkit.transformations import Aggregate, Count, Max, Mean, Sum


def run(source: Path, target: Path, rejects: Path) -> None:
    """Count, sum, mean and maximum of each group."""
    del rejects
    by_state = Aggregate(
        "state",
        count=Count(),
        total=Sum("amount"),
        quantity=Sum("quantity"),
        mean=Mean("amount"),
        largest=Max("amount"),
    )
    job = ETLJob("a", "By state", FileSource(source), by_state, DataLoader(str(target)))
    job.execute().raise_if_failed()
