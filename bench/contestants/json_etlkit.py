"""etlkit: one JSON array into a JSON Lines file."""

from __future__ import annotations

from pathlib import Path

from etlkit import DataLoader, ETLJob, FileSource


def run(source: Path, target: Path, rejects: Path) -> None:
    """Read the array element by element."""
    del rejects
    ETLJob(
        "array", "Array", FileSource(source), None, DataLoader(target)
    ).execute().raise_if_failed()
