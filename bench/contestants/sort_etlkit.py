"""etlkit: a file sorted by `Sort`, which goes to disk above its usual budget of memory."""

from __future__ import annotations

from pathlib import Path

from bench.sort import KEY
from etlkit import DataLoader, ETLJob, FileSource
from etlkit.transformations import Sort


def run(source: Path, target: Path, rejects: Path) -> None:
    """Sort the file; nothing is rejected."""
    del rejects
    job = ETLJob("sort", "Sort", FileSource(source), Sort(KEY), DataLoader(target))
    job.execute().raise_if_failed()
