"""etlkit: a CSV file into a JSON Lines file; every cell is a text unless a schema is given."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from etlkit import DataLoader, ETLJob, FileSource, Quarantine


def run(source: Path, target: Path, rejects: Path, schema: Mapping[str, Any] | None = None) -> None:
    """Do the CSV job; what is no record is set aside with its line and bytes."""
    job = ETLJob(
        "events",
        "Events",
        FileSource(source, schema=schema),
        None,
        DataLoader(target),
        on_error=Quarantine(to=rejects),
    )
    job.execute().raise_if_failed()
