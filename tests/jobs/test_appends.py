"""A repeated append is told in the result, since its records may be there twice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from etlkit import DataLoader, ETLJob, ETLPipelineService, FileSource, RecordsSource
from etlkit.destinations import Destination, LoadSession, MemoryDestination
from etlkit.records import OutBatch, Refusal
from etlkit.runs import CommitRecord, Load, Part, Tally, Written
from etlkit.testing import FakeClock


RECORDS = [{"id": 1}, {"id": 2}, {"id": 3}]
MEND = "pass run_key= for each unit of work, or use mode='replace'"


class Remembers(MemoryDestination):
    """Keeps the keys of its runs, as a table would."""

    def __init__(self) -> None:
        super().__init__()
        self.keys: set[str] = set()

    def find_commit(self, run: Any, intended: object = ()) -> CommitRecord | None:
        """The first run of a key is new."""
        known = run.run_key in self.keys
        self.keys.add(run.run_key)
        return (
            CommitRecord(run, "append", Written([]), Tally(), None, run.started) if known else None
        )


class Forgets(Destination):
    """Keeps no keys, and no records either."""

    uri = "somewhere"

    def open(self, load: Load) -> LoadSession:
        """Begin a load."""
        return Counting()


class Counting(LoadSession):
    """Counts what it is given."""

    def __init__(self) -> None:
        self.records = 0

    def write(self, batch: OutBatch) -> Sequence[Refusal]:
        """Count."""
        self.records += len(batch.items)
        return ()

    def prepare(self) -> Written:
        """Say how many there were."""
        return Written([Part("somewhere", self.records)])

    def commit(self, record: CommitRecord) -> None:
        """Do nothing."""

    def abort(self) -> None:
        """Do nothing."""


@pytest.fixture
def clock() -> FakeClock:
    """New Year's day."""
    return FakeClock(datetime(2026, 1, 1, tzinfo=UTC))


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """The file that is appended to."""
    return tmp_path.resolve() / "cases.jsonl"


@pytest.fixture
def job_of(clock: FakeClock) -> Callable[..., ETLJob]:
    """Makes a job that loads three records."""

    def make(destination: Any, mode: str = "append", records: Any = RECORDS) -> ETLJob:
        source = RecordsSource(records)
        loader = DataLoader(destination, mode, allow_empty=True)
        return ETLJob("cases", "Cases", source, None, loader, clock=clock)

    return make


@pytest.fixture
def service_at(clock: FakeClock, place: Path) -> Callable[..., ETLPipelineService]:
    """Makes a service with a pipeline that appends three records."""

    def make(root: Path | None, destination: Any = None) -> ETLPipelineService:
        service = ETLPipelineService(root, clock=clock)
        create(service, destination or place)
        return service

    return make


def create(service: ETLPipelineService, destination: Any, name: str = "Cases") -> None:
    """A pipeline that appends three records, as a cell of a notebook makes it."""
    loader = DataLoader(destination, "append")
    service.create_pipeline(name, RecordsSource(RECORDS), None, loader, replace=True)


def repeated(run_id: str, place: object) -> str:
    """The warning about an append without a key."""
    return (
        f"a repeated append: run {run_id} of this job had appended 3 record(s) to {place} at "
        "2026-01-01 00:00:00 UTC, and neither run had a run_key, so that records may be there "
        f"twice; {MEND}"
    )


def test_a_second_append_of_a_job_is_warned_about(job_of: Any, place: Path) -> None:
    """It says what happened before, and how to mend it; the first run has no warning."""
    job = job_of(place)
    first = job.execute()

    second = job.execute()

    assert first.warnings == ()
    assert second.rows_loaded == 3
    assert second.warnings == (repeated(first.run_id, place),)


def test_an_append_to_the_same_records_in_memory_is_warned_about(job_of: Any) -> None:
    """A notebook appends to those as easily."""
    job = job_of("memory:")
    first = job.execute()

    second = job.execute()

    assert second.warnings == (repeated(first.run_id, "memory:"),)


def test_a_second_append_of_a_service_is_warned_about(service_at: Any, place: Path) -> None:
    """Also where the cell that made the pipeline was run again in between."""
    service = service_at(None)
    first = service.run("cases")
    create(service, place)

    second = service.run("cases")

    assert second.warnings == (repeated(first.run_id, place),)


def test_an_append_of_an_incremental_source_repeats_nothing(
    clock: FakeClock, place: Path, tmp_path: Path
) -> None:
    """Each of its runs has records of its own."""
    (tmp_path / "a.jsonl").write_text('{"id":1}\n')
    source = FileSource(tmp_path / "a.jsonl", incremental=True)
    job = ETLJob("cases", "Cases", source, None, DataLoader(place, "append"), clock=clock)
    job.execute()

    result = job.execute()

    assert not [each for each in result.warnings if "repeated" in each]


def test_an_append_of_an_earlier_process_counts(
    service_at: Any, place: Path, tmp_path: Path
) -> None:
    """The log below the root tells of a script that was run twice."""
    first = service_at(tmp_path / "state").run("cases")

    second = service_at(tmp_path / "state").run("cases")

    assert second.warnings == (repeated(first.run_id, place),)


def test_a_new_list_in_memory_holds_nothing_twice(service_at: Any, tmp_path: Path) -> None:
    """What has the same name in another process, or in a new pipeline, is another thing."""
    service_at(tmp_path / "state", "memory:").run("cases")
    service = service_at(tmp_path / "state", "memory:")

    first = service.run("cases")
    create(service, "memory:")
    second = service.run("cases")

    assert first.warnings == second.warnings == ()


def test_the_same_run_key_is_warned_about_where_nobody_remembers_it(job_of: Any) -> None:
    """A destination of one's own need not keep the keys."""
    job = job_of(Forgets())
    first = job.execute("monday")

    second = job.execute("monday")

    assert second.warnings == (
        (
            f"a repeated append: run {first.run_id} of this job had appended 3 record(s) to "
            "somewhere at 2026-01-01 00:00:00 UTC, and both runs had the run_key 'monday', which the "
            "destination does not keep, so that records may be there twice; use mode='replace'"
        ),
    )


def run_keys(job: ETLJob, *keys: str | None) -> Any:
    """The result of the last of several runs."""
    return [job.execute(key) for key in keys][-1]


QUIET: dict[str, Callable[[Any, Path], Any]] = {
    "replace": lambda job_of, place: run_keys(job_of(place, "replace"), None, None),
    "other keys": lambda job_of, place: run_keys(job_of(place), "monday", "tuesday"),
    "key after none": lambda job_of, place: run_keys(job_of(place), None, "monday"),
    "none after key": lambda job_of, place: run_keys(job_of(place), "monday", None),
    "nothing appended": lambda job_of, place: run_keys(job_of(place, records=[]), None, None),
    "another job": lambda job_of, place: [job_of(place).execute() for _ in range(2)][-1],
    "skipped": lambda job_of, _: run_keys(job_of(Remembers()), "monday", "monday"),
}


@pytest.mark.parametrize("run", QUIET.values(), ids=QUIET)
def test_what_repeats_nothing_is_not_warned_about(run: Any, job_of: Any, place: Path) -> None:
    """A warning that comes too often is not read."""
    result = run(job_of, place)

    assert result.succeeded
    assert result.warnings == ()


def test_another_job_of_the_service_is_no_repetition(service_at: Any, place: Path) -> None:
    """Several jobs may append to one file."""
    service = service_at(None)
    service.run("cases")
    create(service, place, "More cases")

    result = service.run("more-cases")

    assert result.warnings == ()


def test_a_failed_run_repeats_nothing(clock: FakeClock, place: Path) -> None:
    """Nothing was appended, neither by the first one nor by the second."""
    source = RecordsSource([{"id": 1}, "broken"])
    job = ETLJob("cases", "Cases", source, None, DataLoader(place, "append"), clock=clock)
    job.execute()

    result = job.execute()

    assert not result.succeeded
    assert result.warnings == ()


def test_a_damaged_log_is_no_reason_not_to_run(
    service_at: Any, place: Path, tmp_path: Path
) -> None:
    """The run is done, and says what it could not look up."""
    log = tmp_path.resolve() / "state" / "logs" / "etl-jobs.jsonl"
    log.parent.mkdir(parents=True)
    log.write_text("no log at all\n")

    result = service_at(tmp_path / "state").run("cases")

    assert result.rows_loaded == 3
    assert result.warnings == (
        (
            f"whether this append is a repeated one is not known: {log}:1: is no line of a result "
            "log; the file was damaged"
        ),
    )
