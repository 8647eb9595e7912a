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
from etlkit.transformations import Filter, Map, Step


def run(source: Path, target: Path, rejects: Path, *, exact_integers: bool = True) -> None:
    """Do the main job; the guard on integers beyond 64 bits is on unless said otherwise."""
    given = FileSource(source, exact_integers=exact_integers)
    main_job(given, DataLoader(target), rejects).execute().raise_if_failed()


STEPS = (
    Map(with_state_code)
    | Map(with_clean_email)
    | Map(with_short_ssn)
    | Map(with_tag_count)
    | Filter(is_no_test)
)


def main_job(
    source: Path | FileSource, loader: DataLoader, rejects: Path, steps: Step = STEPS
) -> ETLJob:
    """The job of five steps, called ones by default, and a validator, into any destination."""
    rules = {name: {"required": True, "type": kind} for name, kind in REQUIRED_FIELDS.items()}
    return ETLJob(
        "forms",
        "Forms",
        source if isinstance(source, FileSource) else FileSource(source),
        steps,
        loader,
        DataValidator(rules),
        on_error=Quarantine(to=rejects),
    )
