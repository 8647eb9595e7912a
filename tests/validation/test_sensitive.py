"""A sensitive value is in nothing that a run leaves behind, but for the raw record."""

from __future__ import annotations

import json
import logging
import traceback

from pathlib import Path
from typing import Any

import pytest

from etlkit import (
    DataLoader,
    DataValidator,
    ETLJob,
    ETLPipelineService,
    Quarantine,
    RecordsSource,
)
from etlkit.schema import RecordCheck
from etlkit.transformations import Map


CANARY = "900-48-9065"
OTHER_FORMS = ["900489065", "9065"]


def leaking(value: Any) -> bool:
    """A check that fails with the value in its message."""
    message = f"bad number {value}, ends with {str(value)[-4:]}"
    raise ValueError(message)


def telling(value: Any) -> str:
    """A check that answers with the value."""
    return f"{value} is wrong, {str(value)[-4:]}"


def shouting(record: Any) -> Any:
    """A step that fails with the value in its message, for records that ask for it."""
    if record.get("fail"):
        message = f"cannot digest {record['ssn']} of {record!r}"
        raise ValueError(message)
    return record


SSN: dict[str, Any] = {"sensitive": True, "type": str, "nullable": True}
VALIDATOR = DataValidator(
    {
        "ssn": {**SSN, "pattern": r"\d{9}"},
        "short": {**SSN, "max_length": 5},
        "one_of": {**SSN, "allowed": ["none"]},
        "checked": {**SSN, "check": leaking},
        "told": {**SSN, "check": telling},
        "number": {"sensitive": True, "type": int, "max": 5, "coerce": True},
        "quiet": SSN,
        "unique": {**SSN, "unique": True},
        "warned": {**SSN, "format": "email", "severity": "warning"},
        "person": {"fields": {"ssn": {**SSN, "format": "uuid"}, "name": {}}},
        "people": {"items": {"fields": {"ssn": {**SSN, "min_length": 50}}}},
        "numbers": {"items": {**SSN, "pattern": "x", "unique": True}},
        "all": {"sensitive": True, "fields": {"inner": {"type": int}}},
    },
    checks=[
        RecordCheck(
            "says", lambda record: record.get("quiet") is None or f"it is {record['quiet']}"
        ),
        RecordCheck(
            "raises", lambda record: record.get("quiet") is None or leaking(record["quiet"])
        ),
    ],
    unique=[("ssn", "short")],
)
FAILING: dict[str, Any] = {
    "pattern": {"ssn": CANARY},
    "length": {"short": CANARY},
    "allowed": {"one_of": CANARY},
    "raising check": {"checked": CANARY},
    "answering check": {"told": CANARY},
    "coercion": {"number": CANARY},
    "coerced": {"number": "900489065"},
    "nested": {"person": {"ssn": CANARY, "name": 1}},
    "of another type around": {"person": [{"ssn": CANARY}]},
    "a text around": {"person": CANARY},
    "list item": {"people": [{"ssn": None}, {"ssn": CANARY}]},
    "item": {"numbers": [CANARY]},
    "items twice": {"numbers": [CANARY, CANARY]},
    "inside": {"all": {"inner": CANARY}},
    "over fields": {"quiet": CANARY},
    "of a step": {"ssn": CANARY, "fail": True},
}
PASSING = {"unique": CANARY, "warned": CANARY, "ssn": None}


def text_of(*parts: Any) -> str:
    """Everything that somebody may look at."""
    shown = [str(part) + repr(part) for part in parts]
    return "\n".join(shown + [part._repr_html_() for part in parts if hasattr(part, "_repr_html_")])


def leaks(text: str) -> list[str]:
    """The forms of the canary that are in a text."""
    return [form for form in (CANARY, *OTHER_FORMS) if form in text]


def without_raw(path: Path) -> str:
    """The lines of a quarantine file, but for the raw records, which are kept as they are."""
    entries = [json.loads(line) for line in path.read_bytes().splitlines()]
    raw = ("raw", "raw_base64")
    return json.dumps([{key: one[key] for key in one if key not in raw} for one in entries])


def run_all(root: Path, records: list[Any]) -> tuple[Any, Any]:
    """A run that sets bad records aside, and a preview of the same."""
    service = ETLPipelineService(root=root)
    job = service.create_pipeline(
        "People",
        RecordsSource(records),
        Map(shouting),
        "memory:",
        VALIDATOR,
        on_error=Quarantine(),
    )
    return service.run("people"), job.preview(len(records))


def test_a_sensitive_value_is_in_no_artefact(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Result, notebook, log, preview, result log and quarantine file are looked through."""
    caplog.set_level(logging.DEBUG)
    records = [*FAILING.values(), PASSING, PASSING]

    result, preview = run_all(tmp_path, records)

    assert (result.rows_loaded, len(result.rejections)) == (1, len(records) - 1)
    seen = text_of(result, result.to_dict(), result.tally, result.warnings, VALIDATOR, preview)
    told = [text_of(one.message, one.problems, one) for one in result.rejections]
    files = [path.read_text() for path in sorted(tmp_path.rglob("*.jsonl")) if "logs" in str(path)]
    quarantine = without_raw(Path(result.quarantine_path))
    assert len(files) == 1
    assert leaks(seen) == leaks(VALIDATOR.describe()) == leaks("".join(told)) == []
    assert leaks("".join(files)) == leaks(quarantine) == leaks(caplog.text) == []
    assert CANARY in Path(result.quarantine_path).read_text()


@pytest.mark.parametrize("record", FAILING.values(), ids=list(FAILING))
def test_a_sensitive_value_is_in_no_traceback(record: dict[str, Any]) -> None:
    """A run that stops at the record says what is wrong without it."""
    job = ETLJob("j", "J", RecordsSource([record]), Map(shouting), DataLoader("memory:"), VALIDATOR)

    result = job.execute()

    error = result.error
    assert error is not None
    shown = "".join(traceback.format_exception(error))
    assert leaks(shown + text_of(result, result.errors, error.args)) == []


@pytest.mark.parametrize("record", [*FAILING.values(), CANARY, [CANARY]], ids=ascii)
def test_a_sensitive_value_is_in_no_message_of_validate(record: Any) -> None:
    """On records at hand as in a run."""
    passed, messages = VALIDATOR.validate([record])

    assert passed is False
    assert leaks("".join(messages)) == []
