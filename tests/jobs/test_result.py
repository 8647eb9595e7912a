"""What a run says of itself when it is over."""

from __future__ import annotations

import json

from pathlib import Path
from typing import Any

import pytest

from etlkit import (
    DataLoader,
    ETLJob,
    ETLScheduler,
    FileSource,
    JobResult,
    JobStatus,
    Quarantine,
    RecordsSource,
)
from etlkit.destinations import MemoryDestination
from etlkit.testing import FakeClock
from etlkit.transformations import Aggregate, Filter, FlatMap, Map


CAPTION = "style='text-align:left;font-weight:bold;white-space:nowrap'"
CELL = "style='text-align:left;vertical-align:top'"
SCRIPT = "<script>alert('x')</script>"


def halve(record: dict[str, Any]) -> dict[str, Any]:
    """The record with half of its number."""
    return {"n": record["n"] / 2}


def result_of(records: list[Any], steps: Any = None, **arguments: Any) -> JobResult:
    """The result of a run over these records, on a clock that stands still."""
    arguments = {
        "source": RecordsSource(records),
        "loader": DataLoader("memory:", allow_empty=True),
        "on_error": Quarantine(),
        "run_key": "monday",
        **arguments,
    }
    run_key = arguments.pop("run_key")
    job = ETLJob("halves", "Halves", transformations=steps, clock=FakeClock(), **arguments)
    return job.execute(run_key)


def test_a_result_is_plain_json() -> None:
    """Every field but the rejected records themselves, by its name."""
    result = result_of([{"n": 4}, {"n": "x"}, {"n": 8}], Map(halve))

    values = json.loads(json.dumps(result.to_dict()))

    assert values == {
        "format": 1,
        "job_id": "halves",
        "run_id": result.run_id,
        "run_key": "monday",
        "status": "completed",
        "destination": "memory:",
        "mode": "replace",
        "start_time": "2026-01-01T00:00:00+00:00",
        "end_time": "2026-01-01T00:00:00+00:00",
        "duration_seconds": 0.0,
        "rows_extracted": 3,
        "rows_transformed": 2,
        "rows_loaded": 2,
        "rows_rejected": 1,
        "errors": [],
        "warnings": ["1 of 3 record(s) rejected"],
        "tally": {
            "read": 3,
            "produced": 0,
            "loaded": 2,
            "filtered": 0,
            "merged": 0,
            "rejected": 1,
            "rejected_derived": 0,
            "blank": 0,
            "steps": [
                {
                    "name": "Map(halve)",
                    "filtered": 0,
                    "produced": 0,
                    "merged": 0,
                    "rejected": 1,
                    "warned": {},
                    "coerced": {},
                    "dropped": {},
                    "by_difference": False,
                    "sampled_seconds": 0.0,
                    "sampled_records": 0,
                }
            ],
        },
        "attempts": [
            {
                "number": 1,
                "started": "2026-01-01T00:00:00+00:00",
                "duration_seconds": 0.0,
                "error": None,
                "waited_seconds": 0.0,
            }
        ],
        "quarantine_path": None,
    }


def test_a_failed_result_is_plain_json_too(tmp_path: Path) -> None:
    """The error is told in words; the exception stays out."""
    path = tmp_path / "missing.jsonl"
    result = result_of([], source=FileSource(path))

    values = json.loads(json.dumps(result.to_dict()))

    (words,) = values["errors"]
    assert words == f"{path}: there is no such file or folder (looked from {Path.cwd()})"
    assert [attempt["error"] for attempt in values["attempts"]] == [words]
    assert values["status"] == "failed"


def test_a_result_is_one_line_when_all_is_well() -> None:
    """What was read and what was loaded."""
    result = result_of([{"n": 4}] * 1500)

    text = str(result)

    assert text == "halves: completed, read 1,500, loaded 1,500 in 0.00 s"


def test_a_result_tells_what_became_of_the_rest() -> None:
    """Counts that are nought are left out; warnings follow."""
    steps = (
        Map(lambda record: {"n": 10 // record["n"]}, name="divide")
        | Filter(lambda record: record["n"] > 1)
        | FlatMap(lambda record: [record, record])
        | Aggregate("n", count=len)
    )
    result = result_of([{"n": 0}, {"n": 1}, {"n": 5}, {"n": 10}], steps)

    text = str(result)

    assert text == (
        "halves: completed, read 4, produced 4, loaded 2, filtered 1, merged 4, rejected 1 in "
        "0.00 s\n"
        "  warning: 1 of 4 record(s) rejected"
    )


def test_a_failed_result_tells_why() -> None:
    """The error stands on a line of its own."""
    result = result_of([{"n": "x"}], Map(halve), on_error="fail")

    text = str(result)

    assert text == (
        "halves: failed, read 1, loaded 0, rejected 1 in 0.00 s\n"
        "  error: job 'halves', step Map(halve): records:1: TypeError: unsupported operand type(s) "
        "for /: 'str' and 'int'. Nothing was loaded. Mend the record or the step, or set such "
        "records aside with on_error=Quarantine()"
    )


def test_a_result_tells_where_the_rejected_records_are(tmp_path: Path) -> None:
    """The path can be copied from the terminal."""
    to = tmp_path / "rejected.jsonl"
    result = result_of([{"n": 2}, {"n": "x"}], Map(halve), on_error=Quarantine(to=to))

    text = str(result)

    assert text == (
        "halves: completed, read 2, loaded 1, rejected 1 in 0.00 s\n"
        "  warning: 1 of 2 record(s) rejected\n"
        f"  rejected records: {to}"
    )


def head(*names: str) -> str:
    """The head of a table."""
    cells = "".join(f"<th {CELL}>{name}</th>" for name in names)
    return f"<thead><tr>{cells}</tr></thead>"


def row(*values: object) -> str:
    """A row of a table."""
    cells = "".join(f"<td {CELL}>{value}</td>" for value in values)
    return f"<tr>{cells}</tr>"


def test_a_notebook_shows_a_result_as_tables() -> None:
    """The counts, those of each step, and the rejected records with their reasons."""
    result = result_of([{"n": 4}, {"n": "x"}], Map(halve))

    html = result._repr_html_()

    counts = ("read", "produced", "loaded", "filtered", "merged", "rejected")
    reason = "TypeError: unsupported operand type(s) for /: &#x27;str&#x27; and &#x27;int&#x27;"
    assert html == (
        f"<table><caption {CAPTION}>halves: completed in 0.00 s</caption>{head(*counts)}"
        f"<tbody>{row(2, 0, 1, 0, 0, 1)}</tbody></table>"
        f"<table><caption {CAPTION}>steps</caption>"
        f"{head('name', 'filtered', 'produced', 'merged', 'rejected')}"
        f"<tbody>{row('Map(halve)', 0, 0, 0, 1)}</tbody></table>"
        f"<table><caption {CAPTION}>rejected records, 1 of 1</caption>"
        f"{head('where', 'step', 'code', 'why')}"
        f"<tbody>{row('records:2', 'Map(halve)', 'step', reason)}</tbody></table>"
        "<p><b>warning</b> 1 of 2 record(s) rejected</p>"
    )


def test_a_notebook_shows_the_first_rejected_records() -> None:
    """Ten are enough to see what is wrong; the caption says how many there are."""
    result = result_of([{"n": "x"}] * 25, Map(halve))

    html = result._repr_html_()

    assert html.count("<td " + CELL + ">records:") == 10
    assert f"<caption {CAPTION}>rejected records, 10 of 25</caption>" in html


def test_a_notebook_shows_why_a_run_failed() -> None:
    """The error is a line below the tables."""
    result = result_of([{"n": "x"}], Map(halve), on_error="fail")

    html = result._repr_html_()

    assert html.endswith(
        "<p><b>error</b> job &#x27;halves&#x27;, step Map(halve): records:1: TypeError: "
        "unsupported operand type(s) for /: &#x27;str&#x27; and &#x27;int&#x27;. Nothing was "
        "loaded. Mend the record or the step, or set such records aside with "
        "on_error=Quarantine()</p>"
    )


@pytest.mark.parametrize("policy", ["fail", Quarantine()], ids=["fail", "quarantine"])
def test_nothing_from_outside_becomes_markup(policy: Any) -> None:
    """Names and messages may hold anything; a notebook shows them as text."""

    def fail(record: dict[str, Any]) -> dict[str, Any]:
        raise ValueError(record["text"])

    job = ETLJob(
        f"id {SCRIPT}",
        f"name {SCRIPT}",
        RecordsSource([{"text": SCRIPT}], name=f"source {SCRIPT}"),
        Map(fail, name=f"step {SCRIPT}"),
        DataLoader(MemoryDestination(f"memory {SCRIPT}")),
        on_error=policy,
    )

    html = job.execute()._repr_html_()

    escaped = "&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt;"
    assert "<script>" not in html
    assert [f"{word} {escaped}" in html for word in ("id", "source", "step", "ValueError:")] == [
        True
    ] * 4


@pytest.mark.parametrize(
    ("status", "succeeded"),
    [
        (JobStatus.COMPLETED, True),
        (JobStatus.SKIPPED, True),
        (JobStatus.FAILED, False),
        (JobStatus.INTERRUPTED, False),
    ],
)
def test_a_result_succeeded_when_the_work_is_done(status: JobStatus, succeeded: bool) -> None:
    """By this run or by one before it."""
    now = FakeClock().now()

    result = JobResult("j", status, now, now, 0.0)

    assert result.succeeded is succeeded


def test_a_status_is_a_word() -> None:
    """It can be compared, printed and written as text."""
    words = [str(status) for status in JobStatus]

    assert words == [
        "pending",
        "running",
        "retrying",
        "completed",
        "failed",
        "skipped",
        "interrupted",
    ]
    assert f"{JobStatus.FAILED}" == JobStatus.FAILED == "failed"


def test_the_result_of_a_scheduler_is_the_line_of_its_log(tmp_path: Path) -> None:
    """What ``to_dict`` gives is what can be found in the log later on."""
    scheduler = ETLScheduler(tmp_path, clock=FakeClock())
    scheduler.register_job(ETLJob("j", "J", RecordsSource([{"n": 1}]), None, "memory:"))

    result = scheduler.execute_job("j")

    assert scheduler.search_log() == [result.to_dict()]


def test_what_was_loaded_is_given_as_records(tmp_path: Path) -> None:
    """Those of a file are read back from it."""
    job = ETLJob("j", "J", RecordsSource([{"id": 1}]), None, tmp_path / "out.csv")

    records = job.execute().records()

    assert records == [{"id": "1"}]
