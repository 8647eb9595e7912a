"""etlkit: the main job into a dataset folder, in parts of 64 MB."""

from __future__ import annotations

from pathlib import Path

from bench.contestants.etlkit_job import main_job
from etlkit import DataLoader
from etlkit.destinations import DatasetDestination
from etlkit.runs.context import Mode


PART_BYTES = 64_000_000


def run(source: Path, target: Path, rejects: Path, *, mode: Mode = "replace") -> None:
    """Do the main job into a folder beside the target."""
    folder = DatasetDestination(target.with_suffix(""), max_bytes=PART_BYTES)
    main_job(source, DataLoader(folder, mode), rejects).execute().raise_if_failed()
