"""etlkit: a job of five called steps, a validator and a quarantine, on one core."""

from __future__ import annotations

from pathlib import Path

from bench.steps import (
    is_no_test,
    with_clean_email,
    with_short_ssn,
    with_state_code,
    with_tag_count,
)
from bench.task import REQUIRED_FIELDS
from etlkit import DataLoader, DataValidator, ETLJob, FileSource, Quarantine
from etlkit.transformations import Filter, Map


def run(source: Path, target: Path, rejects: Path, *, exact_integers: bool = True) -> None:
    """Do the main job; the guard on integers beyond 64 bits is on unless said otherwise."""
    steps = (
        Map(with_state_code)
        | Map(with_clean_email)
        | Map(with_short_ssn)
        | Map(with_tag_count)
        | Filter(is_no_test)
    )
    job = ETLJob(
        "forms",
        "Forms",
        FileSource(source, exact_integers=exact_integers),
        steps,
        DataLoader(target),
        DataValidator(
            {name: {"required": True, "type": kind} for name, kind in REQUIRED_FIELDS.items()}
        ),
        on_error=Quarantine(to=rejects),
    )
    job.execute().raise_if_failed()
