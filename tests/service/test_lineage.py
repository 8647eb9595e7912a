"""Where loaded records came from, and why others are not there, asked of a service."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from etlkit import (
    DataLoader,
    DataSource,
    ETLJob,
    ETLPipelineService,
    FileSource,
    Quarantine,
    RecordsSource,
)
from etlkit.errors import ConfigurationError, UnknownJob
from etlkit.testing import FakeClock
from etlkit.transformations import Aggregate, Filter, FlatMap, Map


LINES = b'{"id": 1, "n": 4}\n{"id": 2, "n": "x"}\n{"id": 3, "n": 1}\n'
HALVE = Map(lambda record: {**record, "half": record["n"] / 2}, name="halve")
BIG = Filter(lambda record: record["n"] > 2, name="big")


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ETLPipelineService:
    """A service in a folder with a file of three records."""
    monkeypatch.chdir(tmp_path)
    Path("cases.jsonl").write_bytes(LINES)
    return ETLPipelineService(root="state", clock=FakeClock())


def loaded(
    service: ETLPipelineService,
    steps: Any = HALVE | BIG,
    source: str | DataSource = "cases.jsonl",
    to: Any = "out.jsonl",
) -> ETLJob:
    """A job with lineage that has run once."""
    job = service.create_pipeline(
        "Cases", source, steps, to, on_error=Quarantine(), lineage=True, replace=True
    )
    service.run("cases").raise_if_failed()
    return job


def places(service: ETLPipelineService, record: dict[str, Any]) -> list[tuple[str, int | None]]:
    """File and number of what was loaded as a record."""
    return [(row.file, row.record_no) for row in service.lineage.find(record=record)]


def test_a_loaded_record_is_traced_to_file_and_number(service: ETLPipelineService) -> None:
    """By the record as it stands at the destination."""
    loaded(service)

    assert places(service, {"id": 1, "n": 4, "half": 2.0}) == [("cases.jsonl", 1)]
    assert places(service, {"id": 3, "n": 1, "half": 0.5}) == []


def test_the_lineage_of_a_run_is_in_the_promised_view(service: ETLPipelineService) -> None:
    """With the run that loaded it."""
    loaded(service)

    rows = service.lineage.sql("SELECT file, record_no, run_id FROM hms_lineage")

    run_id = service.history()[0].run_id
    assert rows == [{"file": "cases.jsonl", "record_no": 1, "run_id": run_id}]


def test_a_replace_leaves_what_it_has_loaded(service: ETLPipelineService) -> None:
    """The file was mended, and the earlier load is gone."""
    loaded(service)
    Path("cases.jsonl").write_bytes(b'\n{"id": 1, "n": 4}\n')
    service.run("cases")

    assert places(service, {"id": 1, "n": 4, "half": 2.0}) == [("cases.jsonl", 2)]


def test_several_records_of_one_have_its_number(service: ETLPipelineService) -> None:
    """Each has a hash of its own."""
    loaded(service, FlatMap(lambda record: [{"a": record["id"]}, {"b": record["id"]}]))

    assert places(service, {"a": 3}) == places(service, {"b": 3}) == [("cases.jsonl", 3)]


def test_a_record_of_several_has_the_files_of_its_load(service: ETLPipelineService) -> None:
    """And no number."""
    loaded(service, Aggregate("id", n=len))

    ((file, record_no),) = places(service, {"id": 2, "n": 1})

    assert file.endswith("cases.jsonl")
    assert record_no is None


def test_two_identical_lines_are_two_records(service: ETLPipelineService) -> None:
    """Their numbers tell them apart."""
    Path("cases.jsonl").write_bytes(b'{"id": 1, "n": 4}\n' * 2)
    loaded(service)

    assert places(service, {"id": 1, "n": 4, "half": 2.0}) == [
        ("cases.jsonl", 1),
        ("cases.jsonl", 2),
    ]


@pytest.mark.parametrize(
    "to",
    ["out.csv", "out.json", DataLoader("memory:", mode="append")],
    ids=["csv", "json", "memory"],
)
def test_the_hash_is_the_same_whatever_the_destination(
    service: ETLPipelineService, to: Any
) -> None:
    """It is made of the record before the destination encodes it."""
    loaded(service, to=to)

    assert places(service, {"id": 1, "n": 4, "half": 2.0}) == [("cases.jsonl", 1)]


def test_a_failed_run_leaves_no_lineage(service: ETLPipelineService) -> None:
    """Neither in the answers nor on disk."""
    service.create_pipeline("Cases", "cases.jsonl", HALVE, "out.jsonl", lineage=True)

    service.run("cases")

    assert service.lineage.loads() == ()
    assert list(Path("state").rglob("*.lineage")) == []


@pytest.mark.parametrize(
    ("number", "answer"), [(1, "loaded"), (2, "rejected"), (3, "filtered"), (9, "not_there")]
)
def test_why_answers_for_any_source_record(
    service: ETLPipelineService, number: int, answer: str
) -> None:
    """Loaded, rejected or filtered; and a record that was never there."""
    loaded(service)

    found = service.why("cases.jsonl", number)

    assert found.answer == answer


def test_why_says_which_step_and_what_each_made_of_it(service: ETLPipelineService) -> None:
    """The whole answer, as it is printed."""
    loaded(service)

    lines = str(service.why("cases.jsonl", 3)).splitlines()

    assert lines[0] == "cases.jsonl, record 3, in job 'cases': filtered"
    assert ": filtered by big; as the chain does now, since the run kept nothing of it" in lines[1]
    assert lines[2:] == [
        "cases.jsonl:3, as the chain is now:",
        "  read: {'id': 3, 'n': 1}",
        "  halve: adds 'half': 0.5",
        "  big: filters it",
        "  note: the function of halve, big was called again now",
    ]


def test_why_tells_a_plan_that_has_changed(service: ETLPipelineService) -> None:
    """The chain of now is not the one of the run."""
    loaded(service)
    service.create_pipeline("Cases", "cases.jsonl", HALVE, "out.jsonl", lineage=True, replace=True)

    found = service.why("cases.jsonl", 3)

    assert not found.runs[0].same_plan
    assert found.runs[0].plan_hash != found.plan_hash
    assert "by another plan" in str(found)


def test_why_takes_the_content_of_a_record(service: ETLPipelineService) -> None:
    """Its bytes, or its values before and after the chain."""
    loaded(service)

    found = [
        service.why(raw=b'{"id": 2, "n": "x"}'),
        service.why(record={"id": 3, "n": 1}),
        service.why(record={"id": 1, "n": 4, "half": 2.0}),
    ]

    assert [(each.record_no, each.answer) for each in found] == [
        (2, "rejected"),
        (3, "filtered"),
        (1, "loaded"),
    ]


def test_why_finds_the_job_by_the_file(service: ETLPipelineService) -> None:
    """A path object is as good as a text."""
    loaded(service)
    service.create_pipeline("Other", RecordsSource([], name="others"), None, "memory:")

    assert service.why(Path("cases.jsonl"), 1).job_id == "cases"
    assert service.why("cases.jsonl", 1, job_id="other").answer == "missing"


def test_why_needs_a_job_that_is_there(service: ETLPipelineService) -> None:
    """The message says which there are."""
    with pytest.raises(ConfigurationError, match="no job is known to read it; pass job_id=, "):
        service.why("cases.jsonl", 1)
    with pytest.raises(UnknownJob):
        service.why("cases.jsonl", 1, job_id="nothing")


def test_an_incremental_job_tells_the_run_that_read_the_file(service: ETLPipelineService) -> None:
    """The others had nothing to do with it."""
    source = FileSource("*.jsonl", incremental=True)
    loaded(service, source=source, to=DataLoader("all.csv", mode="append"))
    Path("more.jsonl").write_bytes(b'{"id": 5, "n": 8}\n')
    service.run("cases").raise_if_failed()

    first, second = service.why("cases.jsonl", 1), service.why("more.jsonl", 1)

    assert [len(first.runs), len(second.runs)] == [1, 1]
    assert first.runs[0].run_id != second.runs[0].run_id
    assert [first.answer, second.answer] == ["loaded", "loaded"]


def test_a_replayed_record_is_traced_to_its_source(service: ETLPipelineService) -> None:
    """And not to the file of rejected records that the replay has read."""
    loaded(service, to=DataLoader("all.csv", mode="append"))
    mended = Map(lambda record: {**record, "half": 0.0}, name="halve")
    service.create_pipeline(
        "Cases",
        "cases.jsonl",
        mended,
        DataLoader("all.csv", mode="append"),
        on_error=Quarantine(),
        lineage=True,
        replace=True,
    )
    service.quarantine.replay(job_id="cases")

    found = service.why("cases.jsonl", 2)

    assert places(service, {"id": 2, "n": "x", "half": 0.0}) == [("cases.jsonl", 2)]
    assert [run.became for run in found.runs] == ["rejected", "loaded"]
    assert [run.same_plan for run in found.runs] == [False, True]


def test_a_service_without_a_root_answers_too(service: ETLPipelineService) -> None:
    """What it knows is in memory, and there is no lineage."""
    alone = ETLPipelineService(root=None, clock=FakeClock())
    alone.create_pipeline("Cases", "cases.jsonl", HALVE | BIG, "memory:", on_error=Quarantine())
    alone.run("cases").raise_if_failed()

    answers = [alone.why("cases.jsonl", number).answer for number in (1, 2, 3)]

    assert answers == ["loaded", "rejected", "filtered"]
    assert alone.lineage.loads() == ()
