"""Expressions in a job: what becomes of the records for which they have no value."""

from __future__ import annotations

import json

from pathlib import Path
from typing import Any

import pytest

from etlkit import DataValidator, ETLJob, F, Quarantine, RecordsSource
from etlkit.expressions import Expression
from etlkit.transformations import Derive, Filter, RecordStep


FIRST = F.ssn.str.slice(0, 5).cast(int)


@pytest.mark.parametrize(
    "step",
    [Filter(FIRST > 1), Derive(first=FIRST * F.n), Derive(first=FIRST)],
    ids=["filter", "two fields", "one field"],
)
def test_a_part_of_a_sensitive_value_is_in_no_message(step: RecordStep, tmp_path: Path) -> None:
    """Although the expression cut it out of the value."""
    records = [{"ssn": "123-45-6789", "n": 1}, {"ssn": "12345", "n": 2}]
    validator = DataValidator({"ssn": {"type": str, "sensitive": True}})
    job = ETLJob(
        *("a", "A", RecordsSource(records), step, tmp_path / "out.jsonl"),
        validator=validator,
        on_error=Quarantine(),
    )

    result = job.execute()

    (rejection,) = result.rejections
    assert rejection.code == "cast"
    assert "123-" not in rejection.message
    assert "no int can be made of *** in F.ssn.str.slice(stop=5).cast(int)" in rejection.message


@pytest.mark.parametrize(
    ("condition", "kept", "code"),
    [
        (F.n > 1, [2], None),
        (F.n != 1, [2], None),
        (F.n.is_null() | (F.n > 1), [None, 2], None),
        (F.n, [], "type"),
        (10 / F.zero > 1, [], "arithmetic"),
    ],
    ids=repr,
)
def test_a_filter_keeps_what_is_true(
    condition: Expression, kept: list[Any], code: str | None, tmp_path: Path
) -> None:
    """None counts as filtered; what has no value is rejected."""
    records = [{"n": 1, "zero": 0}, {"n": None, "zero": 0}, {"n": 2, "zero": 0}]
    out = tmp_path / "out.jsonl"
    out.touch()
    job = ETLJob(*("a", "A", RecordsSource(records), Filter(condition), out), on_error=Quarantine())

    result = job.execute()

    lines = out.read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["n"] for line in lines] == kept
    assert {rejection.code for rejection in result.rejections} == ({code} - {None})
