"""What a service can be asked about records, and how its state is made whole again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from etlkit import DataLoader, ETLPipelineService, JobStatus, Quarantine, RecordsSource
from etlkit.errors import ConfigurationError, CorruptState, UnknownJob
from etlkit.state import Lineage
from etlkit.transformations import Filter, Map


@pytest.fixture
def service(tmp_path: Path) -> ETLPipelineService:
    """A service with a job that adds the adults of a file to another one."""
    (tmp_path / "people.jsonl").write_text('{"age":17}\n{"age":42}\n', encoding="utf-8")
    service = ETLPipelineService(tmp_path / "state")
    service.create_pipeline(
        "adults",
        tmp_path / "people.jsonl",
        Filter(lambda record: record["age"] >= 18, name="adults only"),
        DataLoader(tmp_path / "adults.jsonl", "append"),
        lineage=True,
    )
    return service


def test_where_a_loaded_record_came_from_can_be_asked_in_sql(
    service: ETLPipelineService, tmp_path: Path
) -> None:
    """The view has a row for each loaded record."""
    service.run("adults", "monday")

    query = "SELECT file, record_no, run_id FROM hms_lineage WHERE file LIKE '%people%'"
    rows = service.lineage.sql(query)

    (run_id,) = {result.run_id for result in service.history()}
    assert [dict(row) for row in rows] == [
        {"file": str(tmp_path / "people.jsonl"), "record_no": 2, "run_id": run_id}
    ]


def test_a_record_that_is_not_there_can_be_asked_for(
    service: ETLPipelineService, tmp_path: Path
) -> None:
    """The step that dropped it is named, although no job was said."""
    service.run("adults")

    why = service.why(tmp_path / "people.jsonl", 1)

    assert why.answer == "filtered"
    assert "adults only" in str(why)


def test_a_question_names_a_job_that_there_is(service: ETLPipelineService) -> None:
    """As everywhere."""
    with pytest.raises(UnknownJob, match="did you mean 'adults'"):
        service.why("people.jsonl", 1, job_id="adult")


def test_a_question_without_a_record_is_refused(service: ETLPipelineService) -> None:
    """It says what a question takes."""
    with pytest.raises(ConfigurationError, match="why takes a file and record_no"):
        service.why("people.jsonl")


def test_a_damaged_state_is_built_again_from_the_commits(
    service: ETLPipelineService, tmp_path: Path
) -> None:
    """What was loaded is known again, so it is not loaded twice."""
    service.run("adults", "monday")
    (tmp_path / "state" / "state.db").write_bytes(b"rubbish")
    with pytest.raises(CorruptState, match=r"state\.db"):
        list(service.state.commits())

    rebuilt = service.rebuild_state()

    assert rebuilt.commits == 1
    assert service.run("adults", "monday").status is JobStatus.SKIPPED
    assert (tmp_path / "adults.jsonl").read_text(encoding="utf-8") == '{"age":42}\n'


def test_a_state_in_memory_can_be_built_again_too() -> None:
    """There it adds what is not known."""
    service = ETLPipelineService(root=None)
    service.create_pipeline("copy", "in.jsonl", None, "memory:")

    rebuilt = service.rebuild_state()

    assert rebuilt.commits == 0


def test_a_state_is_not_built_again_of_no_jobs(tmp_path: Path) -> None:
    """It would be empty, and take the place of what can still be looked at."""
    service = ETLPipelineService(tmp_path / "state")

    with pytest.raises(ConfigurationError) as caught:
        service.rebuild_state()

    assert str(caught.value) == (
        "no job is registered, so there is no destination whose commit records could be read; "
        "make all jobs with create_pipeline(...) first, then call rebuild_state()"
    )


@pytest.mark.parametrize(
    "ask",
    [
        lambda lineage: lineage.find(record={"age": 42}),
        lambda lineage: lineage.of("people.jsonl", 2),
        lambda lineage: lineage.sql("SELECT * FROM hms_lineage"),
    ],
    ids=["find", "of", "sql"],
)
def test_lineage_that_no_load_has_kept_is_told(
    ask: Callable[[Lineage], object], tmp_path: Path
) -> None:
    """Nothing found would say that nothing was loaded."""
    service = ETLPipelineService(tmp_path / "state")
    service.create_pipeline("adults", RecordsSource([{"age": 42}]), None, tmp_path / "out.jsonl")
    service.run("adults").raise_if_failed()

    with pytest.raises(ConfigurationError, match="no load has kept its lineage: pass lineage=True"):
        ask(service.lineage)


def test_a_source_record_may_be_named_by_a_path(
    service: ETLPipelineService, tmp_path: Path
) -> None:
    """As everywhere else."""
    service.run("adults").raise_if_failed()

    rows = service.lineage.of(tmp_path / "people.jsonl", 2)

    assert [row.record_no for row in rows] == [2]


def test_a_record_number_that_is_none_is_refused(service: ETLPipelineService) -> None:
    """A text would be found nowhere."""
    with pytest.raises(ConfigurationError, match="record_no is a number from 1 on, got '2'"):
        service.lineage.of("people.jsonl", "2")  # type: ignore[arg-type]  # that is the mistake


def test_bytes_that_are_a_text_are_refused(service: ETLPipelineService) -> None:
    """A source holds bytes."""
    with pytest.raises(ConfigurationError, match="raw is the bytes of the record, got 'x'"):
        service.why(raw="x")  # type: ignore[arg-type]  # that is the mistake


def test_why_says_that_the_lineage_was_pruned(tmp_path: Path) -> None:
    """And not that the record was not loaded."""
    service = ETLPipelineService(tmp_path / "state")
    (tmp_path / "people.jsonl").write_text('{"age":42}\n', encoding="utf-8")
    service.create_pipeline(
        "adults", tmp_path / "people.jsonl", None, tmp_path / "out.jsonl", lineage=True
    )
    service.run("adults").raise_if_failed()
    service.run("adults").raise_if_failed()
    service.lineage.prune()

    first, last = service.why(tmp_path / "people.jsonl", 1).runs

    assert (first.became, last.became) == ("unknown", "loaded")
    assert "the lineage of this load is not kept any more" in str(first)


def test_why_leaves_out_replays_of_other_records(tmp_path: Path) -> None:
    """They have read the quarantine, even where all of it has failed again."""
    service = ETLPipelineService(tmp_path / "state")
    source = RecordsSource([{"age": 42}, {"age": "x"}])
    service.create_pipeline(
        "adults",
        source,
        Map(lambda record: {"age": record["age"] + 1}),
        DataLoader(tmp_path / "out.jsonl", "append"),
        on_error=Quarantine(),
    )
    run = service.run("adults").raise_if_failed()
    service.quarantine.replay()

    found = service.why(record={"age": 42}).runs

    assert [each.run_id for each in found] == [run.run_id]
