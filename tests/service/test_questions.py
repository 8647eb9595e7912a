"""What a service can be asked about records, and how its state is made whole again."""

from __future__ import annotations

from pathlib import Path

import pytest

from etlkit import DataLoader, ETLPipelineService, JobStatus
from etlkit.errors import ConfigurationError, CorruptState, UnknownJob
from etlkit.transformations import Filter


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
