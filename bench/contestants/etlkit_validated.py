"""etlkit: forms into a JSON Lines file, with a validator that refuses those without a case_id."""

from __future__ import annotations

from pathlib import Path

from bench.task import REQUIRED_FIELDS
from etlkit import DataLoader, DataValidator, ETLJob, FileSource, Quarantine


def run(source: Path, target: Path, rejects: Path) -> None:
    """Validate, and set aside what is refused."""
    rules = {name: {"required": True, "type": kind} for name, kind in REQUIRED_FIELDS.items()}
    job = ETLJob(
        "forms",
        "Forms",
        FileSource(source),
        None,
        DataLoader(target),
        DataValidator(rules),
        on_error=Quarantine(to=rejects),
    )
    job.execute().raise_if_failed()
