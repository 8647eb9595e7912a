"""Jobs by id, their executions with retries, and what is remembered of those."""

from __future__ import annotations

import gc
import logging
import threading
import weakref

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from etlkit import (
    DataLoader,
    DataSource,
    ETLJob,
    ETLScheduler,
    JobResult,
    JobStatus,
    Quarantine,
    RecordsSource,
    RetryPolicy,
    Transformation,
)
from etlkit.destinations import Destination, MemoryDestination
from etlkit.errors import ConfigurationError, UnknownJob
from etlkit.testing import FakeClock
from etlkit.transformations import Map


class Breaks(DataSource):
    """A source that fails a number of times before it can be read."""

    def __init__(self, times: int) -> None:
        self.times = times

    def records(self) -> Iterator[dict[str, int]]:
        """One record, or a failure."""
        if self.times:
            self.times -= 1
            raise ConnectionResetError("cut")
        yield {"id": 1}


class Gate:
    """Stops whoever passes through it until it is opened."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self._open = threading.Event()

    def __call__(self, value: Any = None) -> Any:
        """Wait until the gate is opened."""
        self.reached.set()
        assert self._open.wait(timeout=60)
        return value

    def open(self) -> None:
        """Let everybody through."""
        self._open.set()


class GatedClock(FakeClock):
    """A clock on which a wait lasts until a gate is opened."""

    def __init__(self, gate: Gate) -> None:
        super().__init__()
        self.gate = gate

    def sleep(self, seconds: float) -> None:
        """Wait at the gate."""
        self.gate()
        super().sleep(seconds)


class Running:
    """Work on a thread of its own, which has reached a gate when this is made."""

    def __init__(self, gate: Gate, work: Callable[..., Any], *arguments: Any) -> None:
        self.results: list[Any] = []
        self.gate = gate
        self.thread = threading.Thread(target=self.do, args=(work, *arguments))
        self.thread.start()
        assert gate.reached.wait(timeout=60)

    def do(self, work: Callable[..., Any], *arguments: Any) -> None:
        """Do the work; a gate that it never reaches keeps nobody waiting."""
        try:
            self.results.append(work(*arguments))
        finally:
            self.gate.reached.set()

    def finish(self) -> Any:
        """Open the gate and wait for the result."""
        self.gate.open()
        self.thread.join()
        (result,) = self.results
        return result


def job_of(job_id: str, source: DataSource | None = None, **arguments: Any) -> ETLJob:
    """A job that loads one record into memory, unless told otherwise."""
    parts = {"loader": "memory:", "transformations": None, **arguments}
    return ETLJob(job_id, job_id.title(), source or RecordsSource([{"id": 1}]), **parts)


@pytest.fixture
def scheduler() -> ETLScheduler:
    """A scheduler without a root, on a clock that stands still."""
    return ETLScheduler(root=None, clock=FakeClock())


def register(scheduler: ETLScheduler, *jobs: ETLJob) -> ETLScheduler:
    """The scheduler, with these jobs."""
    for job in jobs:
        scheduler.register_job(job)
    return scheduler


def execute_often(scheduler: ETLScheduler, job_id: str, times: int) -> None:
    """Run a job again and again."""
    for _ in range(times):
        scheduler.execute_job(job_id)


# -- registration


def test_jobs_are_known_in_the_order_of_registration(scheduler: ETLScheduler) -> None:
    """Each by its id."""
    register(scheduler, job_of("b"), job_of("a"), job_of("c"))

    jobs = scheduler.jobs

    assert list(jobs) == ["b", "a", "c"]
    assert jobs["a"].job_id == "a"


def test_the_jobs_are_a_copy(scheduler: ETLScheduler) -> None:
    """Changing it does not change what is registered."""
    register(scheduler, job_of("a"))

    scheduler.jobs.clear()  # type: ignore[attr-defined]  # that is the mistake

    assert list(scheduler.jobs) == ["a"]


def test_an_id_is_taken_once(scheduler: ETLScheduler) -> None:
    """A second job with the id of another is a mistake as a rule; the first one stays."""
    first = job_of("a")
    register(scheduler, first)

    with pytest.raises(ConfigurationError) as caught:
        scheduler.register_job(job_of("a"))

    assert str(caught.value) == "job id 'a' is taken; pass replace=True to replace the job"
    assert scheduler.jobs["a"] is first


def test_a_job_can_be_replaced(scheduler: ETLScheduler) -> None:
    """Its place in the order and what is known of its runs stay."""
    second = job_of("a")
    register(scheduler, job_of("a"), job_of("b"))
    scheduler.execute_job("a")

    scheduler.register_job(second, replace=True)

    assert scheduler.jobs["a"] is second
    assert list(scheduler.jobs) == ["a", "b"]
    assert scheduler.get_statistics("a").runs == 1


def test_only_jobs_are_registered(scheduler: ETLScheduler) -> None:
    """Something else is refused at once."""
    with pytest.raises(ConfigurationError) as caught:
        scheduler.register_job("a")  # type: ignore[arg-type]  # that is the mistake

    assert str(caught.value) == "register_job takes an ETLJob, got 'a'"


def test_a_scheduler_shows_its_root_and_how_many_jobs_it_has(tmp_path: Path) -> None:
    """That is enough to tell two of them apart."""
    scheduler = register(ETLScheduler(tmp_path / "root"), job_of("a"), job_of("b"))

    text = repr(scheduler)

    assert text == f"ETLScheduler(root='{tmp_path}/root', 2 jobs)"


@pytest.mark.parametrize(
    "ask",
    [
        pytest.param(lambda scheduler, job_id: scheduler.execute_job(job_id), id="execute"),
        pytest.param(lambda scheduler, job_id: scheduler.get_job_status(job_id), id="status"),
        pytest.param(lambda scheduler, job_id: scheduler.get_statistics(job_id), id="statistics"),
    ],
)
@pytest.mark.parametrize(
    ("registered", "job_id", "message"),
    [
        pytest.param(
            ["osc-cases", "movies"],
            "osc-case",
            "there is no job 'osc-case'; did you mean 'osc-cases'?; registered are: 'osc-cases', "
            "'movies'",
            id="mistyped",
        ),
        pytest.param(
            ["movies"], "x", "there is no job 'x'; registered are: 'movies'", id="unlike any"
        ),
        pytest.param([], "x", "there is no job 'x'; registered are: none yet", id="none at all"),
    ],
)
def test_an_unknown_id_is_answered_with_the_known_ones(
    ask: Any, registered: list[str], job_id: str, message: str
) -> None:
    """Whatever was asked of it."""
    scheduler = register(ETLScheduler(root=None), *map(job_of, registered))

    with pytest.raises(UnknownJob) as caught:
        ask(scheduler, job_id)

    assert str(caught.value) == message


# -- execution and status


def test_a_job_that_never_ran_is_pending(scheduler: ETLScheduler) -> None:
    """It is known, and nothing is known of it."""
    register(scheduler, job_of("a"))

    status = scheduler.get_job_status("a")

    assert status is JobStatus.PENDING


@pytest.mark.parametrize(
    ("source", "status"),
    [(RecordsSource([{"id": 1}]), JobStatus.COMPLETED), (Breaks(99), JobStatus.FAILED)],
    ids=["completed", "failed"],
)
def test_the_status_of_a_job_is_how_its_last_run_ended(
    source: DataSource, status: JobStatus, scheduler: ETLScheduler
) -> None:
    """Until it runs again."""
    register(scheduler, job_of("a", source))

    result = scheduler.execute_job("a")

    assert result.status is status
    assert scheduler.get_job_status("a") is status


def test_a_job_at_work_is_running(scheduler: ETLScheduler) -> None:
    """Any other thread can see it, and its end."""
    gate = Gate()
    register(scheduler, job_of("a", transformations=Map(gate)))
    run = Running(gate, scheduler.execute_job, "a")

    seen = scheduler.get_job_status("a")

    run.finish()
    assert seen is JobStatus.RUNNING
    assert scheduler.get_job_status("a") is JobStatus.COMPLETED


def test_a_job_that_waits_for_its_next_attempt_is_retrying() -> None:
    """Any other thread can see it, and its end."""
    gate = Gate()
    scheduler = register(ETLScheduler(None, clock=GatedClock(gate)), job_of("a", Breaks(1)))
    run = Running(gate, scheduler.execute_job, "a")

    seen = scheduler.get_job_status("a")

    result = run.finish()
    assert seen is JobStatus.RETRYING
    assert len(result.attempts) == 2
    assert scheduler.get_job_status("a") is JobStatus.COMPLETED


def test_another_job_runs_while_one_waits() -> None:
    """Nothing is locked between two attempts: neither the scheduler nor the destination."""
    gate, memory = Gate(), MemoryDestination()
    scheduler = ETLScheduler(None, clock=GatedClock(gate))
    loader = DataLoader(memory, "append", wait_seconds=0)
    register(scheduler, job_of("a", Breaks(1), loader=loader), job_of("b", loader=loader))
    run = Running(gate, scheduler.execute_job, "a")

    meanwhile = scheduler.execute_job("b")

    run.finish()
    assert meanwhile.status is JobStatus.COMPLETED
    assert [result.job_id for result in scheduler.get_history()] == ["a", "b"]
    assert memory.records == [{"id": 1}, {"id": 1}]


def test_another_job_runs_while_one_is_at_work(scheduler: ETLScheduler) -> None:
    """Jobs with destinations of their own run side by side."""
    gate = Gate()
    register(scheduler, job_of("a", transformations=Map(gate)), job_of("b"))
    run = Running(gate, scheduler.execute_job, "a")

    meanwhile = scheduler.execute_job("b")

    run.finish()
    assert meanwhile.status is JobStatus.COMPLETED


def test_a_job_that_runs_twice_is_running_until_both_are_over(scheduler: ETLScheduler) -> None:
    """The end of one run does not hide the other."""
    gate = Gate()
    first = Once(gate)
    register(scheduler, job_of("a", transformations=Map(first), loader=Unlocked()))
    run = Running(gate, scheduler.execute_job, "a")
    scheduler.execute_job("a")

    seen = scheduler.get_job_status("a")

    run.finish()
    assert seen is JobStatus.RUNNING
    assert scheduler.get_job_status("a") is JobStatus.COMPLETED


class Once:
    """Calls a function the first time, and never again."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        self.function: Callable[[Any], Any] | None = function

    def __call__(self, value: Any) -> Any:
        """Call it, or do nothing."""
        function, self.function = self.function, None
        return value if function is None else function(value)


class Unlocked(MemoryDestination):
    """A destination that lets several runs in at once."""

    lock = Destination.lock


@pytest.mark.parametrize(
    ("retries", "waits"),
    [
        pytest.param(3, [1, 2, 4], id="as by default"),
        pytest.param(1, [1], id="one"),
        pytest.param(0, [], id="none"),
        pytest.param(RetryPolicy(max_attempts=3, initial=10, factor=3), [10, 30], id="policy"),
    ],
)
def test_a_job_that_fails_is_tried_again(retries: Any, waits: list[float]) -> None:
    """A number of retries, or a policy."""
    clock = FakeClock()
    scheduler = register(ETLScheduler(None, clock=clock), job_of("a", Breaks(99)))

    result = scheduler.execute_job("a", retries)

    assert result.status is JobStatus.FAILED
    assert clock.sleeps == waits


def test_three_retries_are_the_default() -> None:
    """After one, two and four seconds."""
    clock = FakeClock()
    scheduler = register(ETLScheduler(None, clock=clock), job_of("a", Breaks(3)))

    result = scheduler.execute_job("a")

    assert result.status is JobStatus.COMPLETED
    assert clock.sleeps == [1, 2, 4]


def test_a_job_with_a_policy_of_its_own_keeps_it() -> None:
    """Who wrote the job knows best what it reads from."""
    clock = FakeClock()
    job = job_of("a", Breaks(99), retry=RetryPolicy(max_attempts=2, initial=7))
    scheduler = register(ETLScheduler(None, clock=clock), job)

    scheduler.execute_job("a", retries=5)

    assert clock.sleeps == [7]


@pytest.mark.parametrize("retries", [-1, "3", None, 1.5])
def test_a_mistaken_number_of_retries_runs_nothing(retries: Any, scheduler: ETLScheduler) -> None:
    """It is found out before the job begins, not when it has failed."""
    register(scheduler, job_of("a"))

    with pytest.raises(ConfigurationError) as caught:
        scheduler.execute_job("a", retries)

    assert str(caught.value) == f"retries is a whole number from 0 on, got {retries!r}"
    assert scheduler.get_history() == []


def test_a_job_is_run_by_itself_too(scheduler: ETLScheduler) -> None:
    """The job is as good as its id."""
    job = job_of("a")
    register(scheduler, job)

    result = scheduler.execute_job(job)

    assert (result.job_id, result.rows_loaded) == ("a", 1)


def test_a_job_has_to_be_registered_to_be_run(scheduler: ETLScheduler) -> None:
    """A job on its own runs by ``execute``; its scheduler would not know what to remember."""
    with pytest.raises(UnknownJob) as caught:
        scheduler.execute_job(job_of("a"))

    assert str(caught.value) == "there is no job 'a'; registered are: none yet"


def test_a_run_key_and_a_progress_callback_are_passed_on(scheduler: ETLScheduler) -> None:
    """The scheduler adds retries and memory, and takes nothing away."""
    told: list[Any] = []
    register(scheduler, job_of("a"))

    result = scheduler.execute_job("a", run_key="monday", progress=told.append)

    assert result.run_key == "monday"
    assert [one.done for one in told] == [False, True]


def test_all_jobs_run_in_order_whatever_fails(scheduler: ETLScheduler) -> None:
    """A job that fails does not keep the others from running."""
    register(scheduler, job_of("a"), job_of("b", Breaks(99)), job_of("c"))

    results = scheduler.execute_all(retries=0)

    assert [(result.job_id, str(result.status)) for result in results] == [
        ("a", "completed"),
        ("b", "failed"),
        ("c", "completed"),
    ]


def test_no_job_is_no_work(scheduler: ETLScheduler) -> None:
    """Running all of nothing is fine."""
    results = scheduler.execute_all()

    assert results == []


# -- what is remembered


def test_history_is_the_last_thousand_and_counters_go_on(scheduler: ETLScheduler) -> None:
    """Memory does not grow with the number of runs, and no count is forgotten."""
    register(scheduler, job_of("a"), job_of("b"))
    execute_often(scheduler, "a", 5)

    execute_often(scheduler, "b", 1000)

    assert scheduler.job_history.maxlen == 1000
    assert {result.job_id for result in scheduler.job_history} == {"b"}
    assert scheduler.get_statistics().runs == 1005
    assert scheduler.get_statistics("a").runs == 5
    assert scheduler.get_job_status("a") is JobStatus.COMPLETED


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        pytest.param({}, ["b", "a", "b", "a"], id="all"),
        pytest.param({"limit": 3}, ["b", "a", "b"], id="some"),
        pytest.param({"limit": 100}, ["b", "a", "b", "a"], id="more than there are"),
        pytest.param({"limit": 0}, [], id="none"),
        pytest.param({"limit": -1}, [], id="less than none"),
        pytest.param({"job_id": "a"}, ["a", "a"], id="of one job"),
        pytest.param({"job_id": "a", "limit": 1}, ["a"], id="the last one of one job"),
    ],
)
def test_history_is_told_newest_first(
    arguments: dict[str, Any], found: list[str], scheduler: ETLScheduler
) -> None:
    """At most as many as one asks for."""
    register(scheduler, job_of("a"), job_of("b"))
    scheduler.execute_all()
    scheduler.execute_all()

    history = scheduler.get_history(**arguments)

    assert [result.job_id for result in history] == found


def test_a_hundred_results_are_told_by_default(scheduler: ETLScheduler) -> None:
    """More are there for who asks."""
    register(scheduler, job_of("a"))
    execute_often(scheduler, "a", 101)

    history = scheduler.get_history()

    assert len(history) == 100
    assert len(scheduler.get_history(1000)) == 101


def test_history_holds_the_results_of_all_runs(scheduler: ETLScheduler) -> None:
    """What ``execute_job`` returned can be found again."""
    register(scheduler, job_of("a"))

    result = scheduler.execute_job("a")

    assert scheduler.get_history() == [result]
    assert scheduler.job_history[0] == result


def test_history_does_not_keep_the_records_of_replaced_jobs(scheduler: ETLScheduler) -> None:
    """A cell of a notebook that is run again and again makes a new list of records each time."""
    register(scheduler, job_of("a"))
    scheduler.execute_job("a")
    before = weakref.ref(scheduler.jobs["a"].loader.destination)

    scheduler.register_job(job_of("a"), replace=True)

    gc.collect()
    assert before() is None
    assert len(scheduler.job_history) == 1


class Large:
    """Something that one does not want to keep in memory."""


def test_the_history_does_not_keep_what_a_failed_run_had_in_hand(scheduler: ETLScheduler) -> None:
    """An exception is remembered with its traceback, without the values of the variables."""
    held: list[weakref.ref[Large]] = []

    def fail(records: list[dict[str, int]]) -> None:
        large = Large()
        held.append(weakref.ref(large))
        raise ZeroDivisionError

    register(scheduler, job_of("a", transformations=Transformation("fail", fail)))

    result = scheduler.execute_job("a")

    assert isinstance(result.error, ZeroDivisionError)
    assert result.error.__traceback__ is not None
    assert [reference() for reference in held] == [None]


def test_statistics_are_of_one_job_or_of_all() -> None:
    """Rates, totals and durations."""
    clock = FakeClock()
    scheduler = ETLScheduler(None, clock=clock)
    halve = Map(lambda record: clock.advance(record["seconds"]) or {"half": record["n"] / 2})
    good = RecordsSource([{"n": 2, "seconds": 3.0}, {"n": "x", "seconds": 1.0}])
    register(
        scheduler,
        job_of("a", good, transformations=halve, on_error=Quarantine()),
        job_of("b", Breaks(99)),
    )
    execute_often(scheduler, "a", 2)
    scheduler.execute_job("b", retries=0)

    of_all, of_a = scheduler.get_statistics(), scheduler.get_statistics("a")

    assert of_all.to_dict() == {
        "runs": 3,
        "by_status": {"completed": 2, "failed": 1},
        "success_rate": 2 / 3,
        "rows_extracted": 4,
        "rows_loaded": 2,
        "rows_rejected": 2,
        "p50_seconds": 4.0,
        "p95_seconds": 4.0,
    }
    assert (of_a.runs, of_a.success_rate) == (2, 1.0)


def test_a_registered_job_has_statistics_before_it_runs(scheduler: ETLScheduler) -> None:
    """They are empty."""
    register(scheduler, job_of("a"))

    statistics = scheduler.get_statistics("a")

    assert (statistics.runs, statistics.success_rate) == (0, None)


def test_runs_on_several_threads_are_all_remembered(tmp_path: Path) -> None:
    """No count and no line of the log gets lost."""
    scheduler = ETLScheduler(tmp_path / "root")
    register(scheduler, *map(job_of, "abcd"))
    threads = [
        threading.Thread(target=execute_often, args=(scheduler, job_id, 25))
        for job_id in "abcdabcd"
    ]

    start_and_join(threads)

    assert scheduler.get_statistics().runs == 200
    assert [scheduler.get_statistics(job_id).runs for job_id in "abcd"] == [50] * 4
    assert len(scheduler.search_log(limit=1000)) == 200


def start_and_join(threads: list[threading.Thread]) -> None:
    """Let threads work at the same time."""
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


# -- the log and the root


def test_every_execution_is_in_the_log(tmp_path: Path) -> None:
    """Failed ones too; newest first."""
    scheduler = ETLScheduler(tmp_path / "root", clock=FakeClock())
    register(scheduler, job_of("a"), job_of("b", Breaks(99)))
    results = scheduler.execute_all(retries=0)

    logged = scheduler.search_log()

    assert logged == [result.to_dict() for result in reversed(results)]
    assert [entry["status"] for entry in logged] == ["failed", "completed"]


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        pytest.param({}, ["b", "a", "b", "a"], id="all"),
        pytest.param({"job_id": "a"}, ["a", "a"], id="of one job"),
        pytest.param({"limit": 3}, ["b", "a", "b"], id="some"),
        pytest.param({"job_id": "b", "limit": 1}, ["b"], id="the last one of one job"),
        pytest.param({"job_id": "c"}, [], id="of a job that never ran"),
        pytest.param({"limit": 0}, [], id="none"),
        pytest.param({"limit": -5}, [], id="less than none"),
    ],
)
def test_the_log_is_searched_by_another_scheduler(
    arguments: dict[str, Any], found: list[str], tmp_path: Path
) -> None:
    """What an earlier process did can be looked up later, jobs unknown here too."""
    earlier = register(ETLScheduler(tmp_path), job_of("a"), job_of("b"))
    earlier.execute_all()
    earlier.execute_all()
    later = ETLScheduler(tmp_path)

    logged = later.search_log(**arguments)

    assert [entry["job_id"] for entry in logged] == found


def test_the_log_holds_more_than_memory(tmp_path: Path) -> None:
    """A new scheduler begins with an empty history; the log goes on."""
    register(ETLScheduler(tmp_path), job_of("a")).execute_job("a")
    scheduler = register(ETLScheduler(tmp_path), job_of("a"))

    scheduler.execute_job("a")

    assert len(scheduler.get_history()) == 1
    assert len(scheduler.search_log()) == 2


@pytest.fixture
def working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that the process is in."""
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def below(folder: Path) -> list[str]:
    """Everything below a folder, at any depth."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_without_a_root_nothing_is_written(working_folder: Path) -> None:
    """Not a file, whatever the runs do; and there is no log to search."""
    bad = RecordsSource([{"id": 1}, 5])
    scheduler = register(
        ETLScheduler(root=None), job_of("a", bad, on_error=Quarantine()), job_of("b", Breaks(99))
    )

    results = scheduler.execute_all(retries=0)

    assert [str(result.status) for result in results] == ["completed", "failed"]
    assert below(working_folder) == []
    assert scheduler.search_log() == []
    assert scheduler.root is None


def test_the_root_is_made_by_the_first_execution(working_folder: Path) -> None:
    """Making a scheduler, registering a job and asking around write nothing."""
    scheduler = register(ETLScheduler("state"), job_of("a"))
    questions = [scheduler.search_log(), scheduler.get_history(), scheduler.get_job_status("a")]
    before = below(working_folder)

    scheduler.execute_job("a")

    assert questions == [[], [], JobStatus.PENDING]
    assert before == []
    assert below(working_folder) == [
        "state",
        "state/logs",
        "state/logs/etl-jobs.jsonl",
        "state/state.db",
    ]


def test_the_root_has_a_name_by_default(working_folder: Path) -> None:
    """A hidden folder right here."""
    scheduler = register(ETLScheduler(), job_of("a"))

    scheduler.execute_job("a")

    assert below(working_folder) == [
        ".etlkit",
        ".etlkit/logs",
        ".etlkit/logs/etl-jobs.jsonl",
        ".etlkit/state.db",
    ]


def test_a_relative_root_stays_where_it_was(
    working_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Changing the working directory later does not move the state."""
    (working_folder / "elsewhere").mkdir()
    scheduler = register(ETLScheduler("state"), job_of("a"))
    monkeypatch.chdir(working_folder / "elsewhere")

    scheduler.execute_job("a")

    assert scheduler.root == str(working_folder / "state")
    assert below(working_folder / "elsewhere") == []
    assert len(scheduler.search_log()) == 1


def test_a_log_that_cannot_be_written_does_not_hide_a_result(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The records are loaded by then: the result comes back, with a warning."""
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "logs").write_text("a file")
    memory = MemoryDestination()
    scheduler = register(
        ETLScheduler(tmp_path / "root"), job_of("a", loader=memory), job_of("b", loader=memory)
    )

    with caplog.at_level(logging.ERROR, logger="etlkit.scheduling"):
        results = scheduler.execute_all()

    reason = f"{tmp_path / 'root' / 'logs'}: cannot be written: File exists; it was left as it was"
    assert [result.status for result in results] == [JobStatus.COMPLETED] * 2
    assert [result.warnings for result in results] == [
        (f"the result log lacks this run: {reason}",)
    ] * 2
    assert [(record.getMessage(), record.action) for record in caplog.records] == [
        (f"job {job_id}: not in the result log: {reason}", "result_not_logged") for job_id in "ab"
    ]
    assert scheduler.get_history() == results[::-1]
    assert memory.records == [{"id": 1}]


def test_a_log_that_cannot_be_written_does_not_hide_an_interrupt(tmp_path: Path) -> None:
    """Ctrl-C stays Ctrl-C."""
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "logs").write_text("a file")
    scheduler = register(
        ETLScheduler(tmp_path / "root"), job_of("a", transformations=Map(interrupt))
    )

    with pytest.raises(KeyboardInterrupt):
        scheduler.execute_job("a")

    assert scheduler.get_job_status("a") is JobStatus.INTERRUPTED


def interrupt(_: dict[str, int]) -> dict[str, int]:
    """Press Ctrl-C."""
    raise KeyboardInterrupt


def test_an_interrupted_run_is_in_the_log(tmp_path: Path) -> None:
    """It was an execution, so it is a line; the run goes on to no other job."""
    scheduler = ETLScheduler(tmp_path)
    register(scheduler, job_of("a", transformations=Map(interrupt)), job_of("b"))

    with pytest.raises(KeyboardInterrupt):
        scheduler.execute_all()

    assert [(entry["job_id"], entry["status"]) for entry in scheduler.search_log()] == [
        ("a", "interrupted")
    ]
    assert scheduler.get_job_status("b") is JobStatus.PENDING


def test_results_can_be_looked_at_one_by_one(scheduler: ETLScheduler) -> None:
    """The history itself is there for who wants to go through it."""
    register(scheduler, job_of("a"))
    execute_often(scheduler, "a", 3)

    results: list[JobResult] = list(scheduler.job_history)

    assert [result.rows_loaded for result in results] == [1, 1, 1]


def test_a_scheduler_that_nobody_holds_is_gone_at_once(tmp_path: Path) -> None:
    """It holds nothing that holds it, so its state is closed before Python comes by."""
    scheduler = ETLScheduler(root=tmp_path)
    scheduler.register_job(
        ETLJob("one", "One", RecordsSource([{"id": 1}]), None, DataLoader("memory:"))
    )
    scheduler.execute_job("one")
    held = weakref.ref(scheduler)

    del scheduler

    assert held() is None
