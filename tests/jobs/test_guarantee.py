"""What is guaranteed, as it is printed and as the documentation has it."""

from __future__ import annotations

from typing import Any

import pytest

from etlkit import DataLoader, ETLJob, FileSource, RecordsSource
from guarantees.page import DESTINATIONS, PAGE, Elsewhere, page


def test_the_page_of_guarantees_is_up_to_date() -> None:
    """It is made by the code that prints them: `python -m guarantees` in tests/ writes it."""
    written = PAGE.read_text(encoding="utf-8")

    assert written == page()


@pytest.mark.parametrize(
    ("destination", "mode"),
    [each[1:] for each in DESTINATIONS],
    ids=[f"{name} {mode}" for name, _, mode in DESTINATIONS],
)
def test_a_level_is_that_of_the_declaration_the_engine_goes_by(destination: Any, mode: str) -> None:
    """Only what recognises a load, or puts it in the place of the earlier one, is exact."""
    job = ETLJob("job", "Job", RecordsSource([]), None, DataLoader(destination, mode))

    printed = job.explain()

    exact = destination.finds(mode) != "nothing" or mode == "replace"
    level = "exactly once" if exact else "at least once"
    expected = level if destination.lasting else "best effort"
    assert f"guarantee: {expected} for each run key, since " in printed


def test_increments_need_no_run_key() -> None:
    """The position of the source tells what was loaded."""
    source = FileSource("in/", format="jsonl", incremental=True)
    job = ETLJob("job", "Job", source, None, DataLoader("out.jsonl", "append"))

    printed = job.explain()

    assert (
        "guarantee: exactly once for each part of the source, with or without a run key" in printed
    )
    assert "a run without run_key= appends again" not in printed


def test_an_append_that_nobody_recognises_is_advised_no_run_key() -> None:
    """A key would not help there."""
    job = ETLJob("job", "Job", RecordsSource([]), None, DataLoader(Elsewhere(), "append"))

    printed = job.explain()

    assert (
        "note: a repeated run appends again, also one with the same run_key=, since the "
        "destination keeps no record of it; use mode='replace', or load into a dataset folder"
        in printed
    )
    assert "pass run_key=" not in printed


def test_what_limits_a_job_is_said() -> None:
    """A source that is gone once it was read, and lineage that is kept."""
    source = RecordsSource(iter([{"id": 1}]))
    job = ETLJob("job", "Job", source, None, "memory:", lineage=True)

    printed = job.explain()

    assert (
        "note: the source can be read only once, so a run that failed half-way cannot be repeated"
        in printed
    )
    assert "lineage: kept for each loaded record: file, record number, run and time" in printed
