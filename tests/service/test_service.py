"""Pipelines by name, behind one object."""

from __future__ import annotations

import asyncio
import threading

from pathlib import Path
from typing import Any

import pytest

from etlkit import (
    DataLoader,
    DataValidator,
    ETLPipelineService,
    ETLScheduler,
    FileSource,
    JobStatus,
    Quarantine,
    RecordsSource,
    RetryPolicy,
)
from etlkit.destinations import FileDestination, MemoryDestination
from etlkit.errors import ConfigurationError, UnknownJob
from etlkit.testing import FakeClock
from etlkit.transformations import Map


SOURCE = RecordsSource([{"n": 1}, {"n": 2}])


def double(record: dict[str, Any]) -> dict[str, Any]:
    """The record with its number doubled."""
    return {"n": record["n"] * 2}


@pytest.fixture
def service() -> ETLPipelineService:
    """A service that keeps everything in memory."""
    return ETLPipelineService(root=None, clock=FakeClock())


def below(folder: Path) -> list[str]:
    """Everything below a folder, at any depth."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


# -- making pipelines


def test_a_pipeline_is_made_and_run_by_name(service: ETLPipelineService) -> None:
    """The shortest way from records to a destination."""
    memory = MemoryDestination()
    service.create_pipeline("Double numbers", SOURCE, Map(double), memory)

    result = service.run("double-numbers")

    assert result.status is JobStatus.COMPLETED
    assert memory.records == [{"n": 2}, {"n": 4}]


@pytest.mark.parametrize(
    ("name", "job_id"),
    [
        ("cases", "cases"),
        ("OSC cases", "osc-cases"),
        ("  OSC -- cases, 2024! ", "osc-cases-2024"),
        ("Straße 7", "stra-e-7"),
        ("日本", "日本"),
        ("---", "---"),
    ],
)
def test_the_id_is_made_of_the_name(name: str, job_id: str, service: ETLPipelineService) -> None:
    """Lower case with dashes; a name without any plain letter is its own id."""
    job = service.create_pipeline(name, SOURCE, None, "memory:")

    assert (job.job_id, job.name) == (job_id, name)
    assert list(service.scheduler.jobs) == [job_id]


def test_an_id_can_be_given(service: ETLPipelineService) -> None:
    """The name is then for people only."""
    job = service.create_pipeline("OSC cases", SOURCE, None, "memory:", job_id="osc")

    assert (job.job_id, job.name) == ("osc", "OSC cases")


def test_the_paths_of_files_are_enough(service: ETLPipelineService, tmp_path: Path) -> None:
    """Source and destination need no classes."""
    (tmp_path / "in.jsonl").write_text('{"n":1}\n')
    job = service.create_pipeline("copy", tmp_path / "in.jsonl", None, str(tmp_path / "out.jsonl"))

    result = service.run("copy")

    assert isinstance(job.source, FileSource)
    assert isinstance(job.loader.destination, FileDestination)
    assert result.rows_loaded == 1
    assert (tmp_path / "out.jsonl").read_text() == '{"n":1}\n'


def test_a_loader_is_taken_as_it_is(service: ETLPipelineService) -> None:
    """Mode and all."""
    loader = DataLoader("memory:", "append")

    job = service.create_pipeline("copy", SOURCE, None, loader)

    assert job.loader is loader


def test_every_argument_of_a_job_can_be_given(service: ETLPipelineService) -> None:
    """A pipeline is a job, and its options are those of one."""
    validator, checks = DataValidator({"n": {"min": 0}}), DataValidator({"n": {"type": int}})
    policy, retry = Quarantine(max_errors=1), RetryPolicy.of(1)

    job = service.create_pipeline(
        "copy",
        SOURCE,
        Map(double),
        "memory:",
        validator,
        input_validator=checks,
        on_error=policy,
        retry=retry,
    )

    assert (job.validator, job.input_validator) == (validator, checks)
    assert (job.on_error, job.retry) == (policy, retry)


def test_the_jobs_of_a_service_are_on_its_clock() -> None:
    """A test that stops the clock of a service stops that of its jobs."""
    clock = FakeClock()
    service = ETLPipelineService(root=None, clock=clock)

    job = service.create_pipeline("copy", SOURCE, None, "memory:")

    assert job.clock is clock
    assert service.run("copy").duration_seconds == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(
            ("OSC Cases", SOURCE, None, "memory:"),
            "job id 'osc-cases' is taken; pass replace=True to replace the job",
            id="the name gives an id that is taken",
        ),
        pytest.param(
            ("", SOURCE, None, "memory:"), "ETLJob: job_id is a text, got ''", id="no name"
        ),
        pytest.param(
            (None, SOURCE, None, "memory:"), "ETLJob: name is a text, got None", id="name is None"
        ),
        pytest.param(
            ("new", SOURCE, 5, "memory:"),
            "a step such as Map(...) or Filter(...) is expected, got 5",
            id="no step",
        ),
        pytest.param(
            ("new", SOURCE, None, None),
            "a destination is a path, a URL or a Destination, got None",
            id="no destination",
        ),
        pytest.param(
            ("new", SOURCE, None, "memory:", {"n": {"min": 0}}),
            "ETLJob: validator is a DataValidator such as DataValidator({'id': {'required': "
            "True}}), got {'n': {'min': 0}}",
            id="validator is a schema",
        ),
    ],
)
def test_a_mistaken_pipeline_is_refused(
    arguments: tuple[Any, ...], message: str, service: ETLPipelineService
) -> None:
    """Nothing of it is registered."""
    service.create_pipeline("osc cases", SOURCE, None, "memory:")

    with pytest.raises(ConfigurationError) as caught:
        service.create_pipeline(*arguments)

    assert str(caught.value) == message
    assert list(service.scheduler.jobs) == ["osc-cases"]


def test_a_cell_of_a_notebook_can_be_run_again(service: ETLPipelineService) -> None:
    """``replace`` lets a pipeline take the place of the one that was made before."""
    memory = MemoryDestination()
    service.create_pipeline("copy", SOURCE, None, memory)

    job = service.create_pipeline("copy", SOURCE, Map(double), memory, replace=True)

    assert service.scheduler.jobs == {"copy": job}
    assert service.run("copy").rows_loaded == 2
    assert memory.records == [{"n": 2}, {"n": 4}]


def test_making_a_pipeline_touches_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither source, destination nor root has to exist."""
    monkeypatch.chdir(tmp_path)
    service = ETLPipelineService()

    service.create_pipeline("copy", "missing.jsonl", None, "missing/out.jsonl")

    assert below(tmp_path) == []


# -- running and asking


def test_an_unknown_pipeline_is_answered_with_the_known_ones(service: ETLPipelineService) -> None:
    """The id is what counts; who passes the name of a pipeline is told the id."""
    service.create_pipeline("OSC cases", SOURCE, None, "memory:")

    with pytest.raises(UnknownJob) as caught:
        service.run("OSC cases")

    assert str(caught.value) == (
        "there is no job 'OSC cases'; that is the name of 'osc-cases'; registered are: 'osc-cases'"
    )


def test_a_pipeline_is_run_by_its_job_too(service: ETLPipelineService) -> None:
    """What ``create_pipeline`` returned is as good as the id."""
    job = service.create_pipeline("OSC cases", SOURCE, None, "memory:")

    result = service.run(job)

    assert (result.job_id, result.rows_loaded) == ("osc-cases", 2)
    assert service.history() == [result]


def test_a_run_has_three_retries() -> None:
    """After one, two and four seconds."""
    clock = FakeClock()
    service = ETLPipelineService(root=None, clock=clock)
    service.create_pipeline("cut", RecordsSource(cut), None, "memory:")

    result = service.run("cut")

    assert result.status is JobStatus.FAILED
    assert clock.sleeps == [1, 2, 4]


def cut() -> Any:
    """A source that fails while it is opened."""
    raise ConnectionResetError("cut")


def test_a_run_takes_a_key_and_a_progress_callback(service: ETLPipelineService) -> None:
    """As ``ETLJob.execute`` does."""
    told: list[Any] = []
    service.create_pipeline("copy", SOURCE, None, "memory:")

    result = service.run("copy", "monday", progress=told.append)

    assert result.run_key == "monday"
    assert [(one.read, one.done) for one in told] == [(2, False), (2, True)]


def test_a_service_answers_for_its_pipelines(service: ETLPipelineService) -> None:
    """Status, history and figures, of one or of all."""
    service.create_pipeline("good", SOURCE, None, "memory:")
    service.create_pipeline("bad", SOURCE, Map(lambda _: None), "memory:")
    service.create_pipeline("idle", SOURCE, None, "memory:")
    good, bad, again = service.run("good"), service.run("bad"), service.run("good")

    answers = [str(service.status(job_id)) for job_id in ("good", "bad", "idle")]

    assert answers == ["completed", "failed", "pending"]
    assert service.history() == [again, bad, good]
    assert service.history(1) == [again]
    assert service.history(job_id="bad") == [bad]
    assert (service.stats().runs, service.stats().success_rate) == (3, 2 / 3)
    assert (service.stats("bad").runs, service.stats("bad").success_rate) == (1, 0.0)


def test_all_pipelines_run_in_the_order_of_creation(service: ETLPipelineService) -> None:
    """One that fails does not stop the rest."""
    service.create_pipeline("b", SOURCE, Map(lambda _: None), "memory:")
    service.create_pipeline("a", SOURCE, None, "memory:")

    results = service.run_all()

    assert [(result.job_id, str(result.status)) for result in results] == [
        ("b", "failed"),
        ("a", "completed"),
    ]


def test_the_scheduler_of_a_service_can_be_had(service: ETLPipelineService) -> None:
    """Whatever the facade leaves out is there."""
    service.create_pipeline("copy", SOURCE, None, "memory:")

    result = service.scheduler.execute_job("copy", retries=0)

    assert isinstance(service.scheduler, ETLScheduler)
    assert service.history() == [result]


# -- asyncio


def test_a_run_can_be_awaited(service: ETLPipelineService) -> None:
    """The work is done on another thread, so that the loop goes on meanwhile."""
    threads: list[threading.Thread] = []

    def note(record: dict[str, int]) -> dict[str, int]:
        threads.append(threading.current_thread())
        return record

    service.create_pipeline("copy", SOURCE, Map(note), "memory:")

    result = asyncio.run(service.arun("copy", "monday"))

    assert (result.status, result.run_key) == (JobStatus.COMPLETED, "monday")
    assert threading.main_thread() not in threads


def test_an_awaited_run_tells_its_progress(service: ETLPipelineService) -> None:
    """The callback is called on the thread that does the work."""
    told: list[tuple[bool, bool]] = []

    def tell(progress: Any) -> None:
        told.append((progress.done, threading.current_thread() is threading.main_thread()))

    job = service.create_pipeline("copy", SOURCE, None, "memory:")

    asyncio.run(service.arun(job, progress=tell))

    assert told == [(False, False), (True, False)]


def test_several_runs_are_awaited_at_once(service: ETLPipelineService) -> None:
    """Each waits for the other, which works only where they run side by side."""
    meeting = threading.Barrier(2)

    def meet(record: dict[str, int]) -> dict[str, int]:
        meeting.wait(timeout=60)
        return record

    service.create_pipeline("a", SOURCE, Map(meet), "memory:")
    service.create_pipeline("b", SOURCE, Map(meet), "memory:")

    async def both() -> list[Any]:
        return await asyncio.gather(service.arun("a"), service.arun("b"))

    results = asyncio.run(both())

    assert [(result.job_id, result.rows_loaded) for result in results] == [("a", 2), ("b", 2)]


def test_an_unknown_pipeline_raises_where_it_is_awaited(service: ETLPipelineService) -> None:
    """Misuse is raised, in asyncio too."""
    with pytest.raises(UnknownJob) as caught:
        asyncio.run(service.arun("copy"))

    assert str(caught.value) == "there is no job 'copy'; registered are: none yet"


# -- the root


def test_a_root_becomes_absolute_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Changing the working directory later does not move the state."""
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    service = ETLPipelineService("state")
    service.create_pipeline("copy", SOURCE, None, "memory:")
    monkeypatch.chdir(tmp_path / "elsewhere")

    service.run("copy")

    assert service.root == str(tmp_path / "state")
    assert repr(service) == f"ETLPipelineService(root='{tmp_path}/state')"
    assert below(tmp_path) == [
        "elsewhere",
        "state",
        "state/logs",
        "state/logs/etl-jobs.jsonl",
        "state/state.db",
    ]


def test_the_root_has_a_name_by_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hidden folder right here, made by the first run."""
    monkeypatch.chdir(tmp_path)

    service = ETLPipelineService()

    assert service.root == str(tmp_path / ".etlkit")
    assert below(tmp_path) == []


def test_without_a_root_nothing_is_written(
    service: ETLPipelineService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not a file; rejected records are in the result."""
    monkeypatch.chdir(tmp_path)
    service.create_pipeline(
        "copy", RecordsSource([{"n": 1}, None]), None, "memory:", on_error=Quarantine()
    )

    result = service.run("copy")

    assert [rejection.place for rejection in result.rejections] == ["records:2"]
    assert below(tmp_path) == []
    assert (service.root, repr(service)) == (None, "ETLPipelineService(root=None)")


def test_everything_a_service_keeps_is_below_its_root(tmp_path: Path) -> None:
    """The log of results and the rejected records, and nothing anywhere else."""
    service = ETLPipelineService(tmp_path / "state")
    service.create_pipeline(
        "copy",
        RecordsSource([{"n": 1}, None]),
        None,
        tmp_path / "out.jsonl",
        on_error=Quarantine(),
    )

    result = service.run("copy")

    assert below(tmp_path) == [
        "out.jsonl",
        "state",
        "state/logs",
        "state/logs/etl-jobs.jsonl",
        "state/quarantine",
        f"state/quarantine/{Path(result.quarantine_path or '').name}",
        "state/state.db",
    ]


def test_two_services_do_not_meet(tmp_path: Path) -> None:
    """The same name may stand for different things in one process."""
    one, two = ETLPipelineService(tmp_path / "one"), ETLPipelineService(tmp_path / "two")
    one.create_pipeline("copy", SOURCE, None, "memory:")
    two.create_pipeline("copy", SOURCE, Map(lambda _: None), "memory:")

    results = one.run("copy"), two.run("copy")

    assert [str(result.status) for result in results] == ["completed", "failed"]
    assert (one.history(), two.history()) == ([results[0]], [results[1]])
    assert (one.stats().success_rate, two.stats().success_rate) == (1.0, 0.0)
    assert one.scheduler.search_log() == [results[0].to_dict()]
    assert two.scheduler.search_log() == [results[1].to_dict()]
