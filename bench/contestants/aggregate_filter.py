"""A filter that keeps one payment in a million: what reading and one condition cost."""

from __future__ import annotations

from pathlib import Path

from etlkit import DataLoader, ETLJob, F, FileSource
from etlkit.transformations import Filter


def run(source: Path, target: Path, rejects: Path) -> None:
    """Keep the first payment."""
    del rejects
    first = Filter(F.id == 1)
    job = ETLJob("f", "The first", FileSource(source), first, DataLoader(str(target)))
    job.execute().raise_if_failed()
