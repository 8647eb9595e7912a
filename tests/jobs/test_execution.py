"""One execution of a job: its attempts, the waits between them, and how it ends."""

from __future__ import annotations

import logging
import threading

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from etlkit import (
    DataLoader,
    DataSource,
    DataValidator,
    ETLJob,
    ETLScheduler,
    FileSource,
    JobResult,
    JobStatus,
    Quarantine,
    RecordsSource,
    RetryPolicy,
    Transformation,
)
from etlkit._clock import Clock
from etlkit.destinations import MemoryDestination
from etlkit.engine.progress import Progress
from etlkit.errors import (
    BudgetExceeded,
    ConfigurationError,
    EmptyReplace,
    RecordError,
    SourceNotFound,
    SourceUnavailable,
)
from etlkit.runs import CommitRecord, Load, RunContext
from etlkit.testing import FakeClock
from etlkit.transformations import Map


class Breaks(DataSource):
    """A source that fails the first few times it is read, each time after its records."""

    def __init__(self, *errors: BaseException, records: int = 1) -> None:
        self.errors = list(errors)
        self.number = records
        self.readings = 0

    def records(self) -> Iterator[dict[str, int]]:
        """The records, and then the next failure, if there is one left."""
        self.readings += 1
        yield from ({"id": each} for each in range(self.number))
        if self.errors:
            raise self.errors.pop(0)


class Remembering(MemoryDestination):
    """A destination that knows which run keys it holds."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[str, CommitRecord] = {}

    def find_commit(self, run: RunContext, intended: object = ()) -> CommitRecord | None:
        """What was committed under a key."""
        return self.kept.get(run.run_key)

    def open(self, load: Load) -> Any:
        """Begin a load whose commit is remembered."""
        session = super().open(load)
        commit = session.commit

        def remembered(record: CommitRecord) -> None:
            commit(record)
            self.kept[record.run.run_key] = record

        session.commit = remembered  # type: ignore[method-assign]  # a double
        return session


def lost(times: int) -> list[Exception]:
    """Failures that may be over the next time."""
    return [ConnectionResetError(f"cut {number}") for number in range(1, times + 1)]


def job_of(source: DataSource, loader: Any = "memory:", **arguments: Any) -> ETLJob:
    """A job without steps, on a clock that stands still."""
    arguments.setdefault("clock", FakeClock())
    return ETLJob("j", "J", source, arguments.pop("steps", None), loader, **arguments)


def raising(error: BaseException) -> Map:
    """A step that fails at every record."""

    def fail(_: dict[str, Any]) -> dict[str, Any]:
        raise error

    return Map(fail, name="fail")


# -- how a run ends


def test_a_run_that_ends_well_is_completed() -> None:
    """The result has the times and the counts."""
    clock, memory = FakeClock(), MemoryDestination()

    def wait(record: dict[str, int]) -> dict[str, int]:
        clock.advance(1.5)
        return record

    job = job_of(RecordsSource([{"id": 1}, {"id": 2}]), memory, steps=Map(wait), clock=clock)

    result = job.execute()

    assert (result.job_id, result.status) == ("j", JobStatus.COMPLETED)
    assert result.start_time == datetime(2026, 1, 1, tzinfo=UTC)
    assert result.end_time == datetime(2026, 1, 1, 0, 0, 3, tzinfo=UTC)
    assert result.duration_seconds == 3.0
    assert (result.rows_extracted, result.rows_transformed, result.rows_loaded) == (2, 2, 2)
    assert (result.errors, result.warnings, result.error) == ((), (), None)
    assert result.succeeded is True
    assert result.raise_if_failed() is result
    assert memory.records == [{"id": 1}, {"id": 2}]


def test_a_run_that_fails_returns_a_result() -> None:
    """Nothing is raised; the exception and its words are in the result."""
    memory, error = MemoryDestination(), ConnectionResetError("cut")
    DataLoader(memory).load([{"old": True}])

    result = job_of(Breaks(error, records=1500), memory).execute()

    assert result.status is JobStatus.FAILED
    assert result.succeeded is False
    assert result.errors == (
        "ConnectionResetError: cut; while reading Breaks, after 1000 record(s)",
    )
    assert result.error is error
    assert (result.rows_extracted, result.rows_transformed, result.rows_loaded) == (1000, 1000, 0)
    assert memory.records == [{"old": True}]


def test_the_original_exception_can_be_raised() -> None:
    """``raise_if_failed`` raises the very object that ended the run."""
    error = ConnectionResetError("cut")
    result = job_of(Breaks(error)).execute()

    with pytest.raises(ConnectionResetError) as caught:
        result.raise_if_failed()

    assert caught.value is error


def test_a_run_key_that_is_loaded_is_skipped() -> None:
    """The second run reads nothing, loads nothing, and counts as done."""
    source, memory = Breaks(), Remembering()
    job = job_of(source, DataLoader(memory, "append"))
    job.execute("monday")

    result = job.execute("monday")

    assert result.status is JobStatus.SKIPPED
    assert result.succeeded is True
    assert result.raise_if_failed() is result
    assert (result.rows_extracted, result.rows_loaded, result.errors) == (0, 0, ())
    assert source.readings == 1
    assert memory.records == [{"id": 0}]


def test_another_run_key_is_loaded() -> None:
    """A key stands for one piece of work only."""
    memory = Remembering()
    job = job_of(Breaks(), DataLoader(memory, "append"))
    job.execute("monday")

    result = job.execute("tuesday")

    assert result.status is JobStatus.COMPLETED
    assert memory.records == [{"id": 0}, {"id": 0}]


def test_without_a_run_key_each_run_has_a_fresh_one() -> None:
    """A run without a key is a piece of work of its own."""
    memory = Remembering()
    job = job_of(Breaks(), DataLoader(memory, "append"))

    results = [job.execute(), job.execute()]

    assert [result.status for result in results] == [JobStatus.COMPLETED] * 2
    assert [result.run_key for result in results] == [result.run_id for result in results]
    assert len({result.run_id for result in results}) == 2


@pytest.mark.parametrize(
    ("run_key", "shown"),
    [
        pytest.param("", "''", id="empty"),
        pytest.param(20240601, "20240601", id="number"),
        pytest.param("x" * 513, f"'{'x' * 79}… (515 characters)", id="too long"),
        pytest.param("caf\udce9", "'caf\\udce9'", id="bytes that are no UTF-8"),
    ],
)
def test_a_mistaken_run_key_runs_nothing(run_key: Any, shown: str) -> None:
    """A key is a text of some length; misuse is raised."""
    memory = MemoryDestination()

    with pytest.raises(ConfigurationError) as caught:
        job_of(Breaks(), memory).execute(run_key)

    assert str(caught.value) == (
        f"run_key is a text of 1 to 512 characters such as '2024-06-01', got {shown}"
    )
    assert memory.records == []


def test_attempts_share_the_key_and_the_id_of_their_run() -> None:
    """A retry is the same piece of work."""
    memory = Remembering()
    job = job_of(Breaks(*lost(1)), memory, retry=RetryPolicy())

    result = job.execute()

    (commit,) = memory.kept.values()
    assert (commit.run.run_id, commit.run.run_key) == (result.run_id, result.run_id)
    assert commit.run.attempt == 2


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(3)], ids=["Ctrl-C", "exit"])
@pytest.mark.parametrize("policy", ["fail", Quarantine()], ids=["fail", "quarantine"])
def test_an_interrupt_goes_through(error: BaseException, policy: Any) -> None:
    """It is never a record's fault, and no result comes back."""
    memory = MemoryDestination()
    DataLoader(memory).load([{"old": True}])
    job = job_of(Breaks(), memory, steps=raising(error), on_error=policy)

    with pytest.raises(type(error)) as caught:
        job.execute()

    assert caught.value is error
    assert memory.records == [{"old": True}]


def in_history(job: ETLJob, **arguments: Any) -> JobResult:
    """What a scheduler remembers of a run that an exception ends."""
    scheduler = ETLScheduler(root=None, clock=job.clock)
    scheduler.register_job(job)
    with pytest.raises(BaseException):  # noqa: B017, PT011 -- which one is asserted by the caller
        scheduler.execute_job(job.job_id, **arguments)
    (result,) = scheduler.get_history()
    return result


def test_an_interrupted_run_is_remembered() -> None:
    """The history tells that the run began, and what ended it."""
    error = KeyboardInterrupt()

    result = in_history(job_of(Breaks(), steps=raising(error)))

    assert result.status is JobStatus.INTERRUPTED
    assert result.error is error
    assert result.errors == ("KeyboardInterrupt",)
    assert [attempt.error for attempt in result.attempts] == ["KeyboardInterrupt"]


class Impatient(FakeClock):
    """A clock on which nobody waits to the end."""

    def sleep(self, seconds: float) -> None:
        """Press Ctrl-C."""
        raise KeyboardInterrupt


def test_a_run_that_is_interrupted_while_it_waits_is_remembered() -> None:
    """Ctrl-C between two attempts ends a run as Ctrl-C within one does."""
    job = job_of(Breaks(*lost(1)), clock=Impatient())

    result = in_history(job)

    assert result.status is JobStatus.INTERRUPTED
    assert result.errors == ("KeyboardInterrupt",)
    assert [attempt.error for attempt in result.attempts] == [
        "ConnectionResetError: cut 1; while reading Breaks, after 0 record(s)"
    ]


def test_a_policy_that_fails_itself_is_remembered() -> None:
    """A mistake in ``retry_on`` surfaces; the run that it ended is a failed one."""
    mistake = ZeroDivisionError("a mistake in the policy")

    def decide(_: BaseException) -> bool:
        raise mistake

    result = in_history(job_of(Breaks(*lost(1))), retries=RetryPolicy(retry_on=decide))

    assert result.status is JobStatus.FAILED
    assert result.error is mistake


# -- attempts


def test_a_run_is_tried_again_after_one_two_and_four_seconds() -> None:
    """Each attempt is in the result with what it failed with and the wait after it."""
    clock = FakeClock()
    job = job_of(Breaks(*lost(4)), retry=RetryPolicy(), clock=clock)

    result = job.execute()

    assert clock.sleeps == [1, 2, 4]
    assert result.status is JobStatus.FAILED
    assert result.duration_seconds == 7
    assert [
        (attempt.number, attempt.started.second, attempt.error, attempt.waited_seconds)
        for attempt in result.attempts
    ] == [
        (1, 0, "ConnectionResetError: cut 1; while reading Breaks, after 0 record(s)", 1),
        (2, 1, "ConnectionResetError: cut 2; while reading Breaks, after 0 record(s)", 2),
        (3, 3, "ConnectionResetError: cut 3; while reading Breaks, after 0 record(s)", 4),
        (4, 7, "ConnectionResetError: cut 4; while reading Breaks, after 0 record(s)", 0),
    ]
    assert result.errors == (
        "ConnectionResetError: cut 4; while reading Breaks, after 0 record(s)",
    )


def test_a_run_that_succeeds_in_the_end_says_so() -> None:
    """The counts are those of the attempt that succeeded."""
    clock, memory = FakeClock(), MemoryDestination()
    job = job_of(Breaks(*lost(2)), DataLoader(memory, "append"), retry=RetryPolicy(), clock=clock)

    result = job.execute()

    assert result.status is JobStatus.COMPLETED
    assert result.warnings == ("succeeded at attempt 3",)
    assert [attempt.error is None for attempt in result.attempts] == [False, False, True]
    assert clock.sleeps == [1, 2]
    assert (result.rows_extracted, memory.records) == (1, [{"id": 0}])


def test_a_job_on_its_own_is_tried_once() -> None:
    """Retries are asked for, by a policy or through a scheduler."""
    clock = FakeClock()

    result = job_of(Breaks(*lost(1)), clock=clock).execute()

    assert result.status is JobStatus.FAILED
    assert clock.sleeps == []


def test_retries_stop_where_the_time_is_over() -> None:
    """``max_elapsed`` counts the attempts and the waits before."""
    clock = FakeClock()
    job = job_of(Breaks(*lost(9)), retry=RetryPolicy.of(9), clock=clock)

    result = job.replace(retry=RetryPolicy(max_attempts=9, max_elapsed=5)).execute()

    assert clock.sleeps == [1, 2]
    assert len(result.attempts) == 3


def test_a_run_that_fails_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """So a script that never looks at the result does not fail in silence."""
    job = job_of(Breaks(SourceUnavailable("in.jsonl: reading failed")))

    with caplog.at_level(logging.ERROR, logger="etlkit.jobs"):
        result = job.execute()

    (record,) = caplog.records
    assert record.getMessage() == (
        "job j failed: in.jsonl: reading failed; while reading Breaks, after 0 record(s)"
    )
    assert (record.action, record.job_id, record.run_id) == ("run_failed", "j", result.run_id)


def test_a_retry_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """A line tells how often it was tried, when the next attempt comes, and why."""
    job = job_of(Breaks(SourceUnavailable("in.jsonl: reading failed")), retry=RetryPolicy())

    with caplog.at_level(logging.WARNING, logger="etlkit.jobs"):
        result = job.execute()

    (record,) = caplog.records
    assert record.getMessage() == (
        "job j: attempt 1 of 4 failed, next one in 1 s: in.jsonl: reading failed; "
        "while reading Breaks, after 0 record(s)"
    )
    assert (record.action, record.job_id, record.run_id) == ("run_retried", "j", result.run_id)


RULES = DataValidator({"id": {"type": str}})
TWO = RecordsSource([{"id": 1}, {"id": 2}])


@pytest.mark.parametrize(
    ("job", "error"),
    [
        pytest.param(job_of(FileSource("missing.jsonl")), SourceNotFound, id="configuration"),
        pytest.param(job_of(TWO, steps=raising(OSError("x"))), RecordError, id="record"),
        pytest.param(job_of(TWO, validator=RULES), RecordError, id="validation"),
        pytest.param(
            job_of(TWO, validator=RULES, on_error=Quarantine(max_errors=1)),
            BudgetExceeded,
            id="budget",
        ),
        pytest.param(
            job_of(TWO, validator=RULES, on_error=Quarantine()), EmptyReplace, id="empty replace"
        ),
        pytest.param(
            job_of(TWO, steps=Transformation("divide", lambda _: 1 / 0)),
            ZeroDivisionError,
            id="mistake in a function over the dataset",
        ),
        pytest.param(
            job_of(Breaks(MemoryError())),
            MemoryError,
            id="memory",
        ),
    ],
)
def test_what_cannot_get_better_is_not_tried_again(job: ETLJob, error: type[Exception]) -> None:
    """The same input fails in the same way, so nobody waits for it."""
    clock = FakeClock()

    result = job.replace(retry=RetryPolicy(), clock=clock).execute()

    assert type(result.error) is error
    assert len(result.attempts) == 1
    assert clock.sleeps == []


def once(number: int, error: Exception) -> Iterator[dict[str, int]]:
    """Records that can be read once, and a failure after them."""
    yield from ({"id": each} for each in range(number))
    raise error


@pytest.mark.parametrize(
    ("number", "batched"),
    [
        pytest.param(1500, 1000, id="in the second batch"),
        pytest.param(1, 0, id="before a batch was full"),
        pytest.param(0, 0, id="at the first record"),
    ],
)
def test_what_can_be_read_only_once_is_not_tried_again(number: int, batched: int) -> None:
    """A second attempt would miss the records that the first one took."""
    clock = FakeClock()
    source = RecordsSource(once(number, ConnectionResetError("cut")))
    job = job_of(source, retry=RetryPolicy(), clock=clock)

    result = job.execute()

    assert result.errors[0] == (
        f"ConnectionResetError: cut; while reading records, after {batched} record(s); "
        "not tried again: records can be read only once"
    )
    assert clock.sleeps == []


@pytest.mark.parametrize(
    ("error", "retry"),
    [
        pytest.param(ValueError("wrong"), RetryPolicy(), id="no retry would help"),
        pytest.param(ConnectionResetError("cut"), None, id="no retry was asked for"),
    ],
)
def test_reading_once_is_no_excuse_for_another_failure(
    error: Exception, retry: RetryPolicy | None
) -> None:
    """The message does not speak of retries where there would have been none."""
    job = job_of(RecordsSource(once(1500, error)), retry=retry)

    result = job.execute()

    assert result.errors == (
        f"{type(error).__name__}: {error}; while reading records, after 1000 record(s)",
    )


class Freeing(FakeClock):
    """A clock on which whatever is held is let go of as soon as somebody waits."""

    def __init__(self, held: ExitStack) -> None:
        super().__init__()
        self.held = held

    def sleep(self, seconds: float) -> None:
        """Let go."""
        super().sleep(seconds)
        self.held.close()


def test_an_iterator_that_was_not_read_yet_is_tried_again() -> None:
    """A run that could not begin has taken nothing from it."""
    memory, held = MemoryDestination("cases"), ExitStack()
    clock = Freeing(held)
    held.enter_context(memory.lock(wait_seconds=0, clock=clock))
    loader = DataLoader(memory, wait_seconds=0)
    job = job_of(RecordsSource(iter([{"id": 1}])), loader, retry=RetryPolicy(), clock=clock)

    result = job.execute()

    assert result.status is JobStatus.COMPLETED
    assert [attempt.error for attempt in result.attempts] == [
        "cases: another run has held it for 0 s; try again later",
        None,
    ]
    assert memory.records == [{"id": 1}]


class LosesTheLock(MemoryDestination):
    """A destination that fails when a run lets go of it, its records being there already."""

    @contextmanager
    def lock(self, *, wait_seconds: float, clock: Clock) -> Iterator[None]:
        """Fail at the end."""
        yield
        raise ConnectionResetError("cut after the commit")


def test_a_run_that_has_committed_is_not_tried_again() -> None:
    """Whatever fails after the commit, the work is done: a warning says what failed."""
    clock, memory = FakeClock(), LosesTheLock()
    job = job_of(Breaks(), DataLoader(memory, "append"), retry=RetryPolicy(), clock=clock)

    result = job.execute()

    assert memory.records == [{"id": 0}]
    assert clock.sleeps == []
    assert (result.status, result.rows_loaded) == (JobStatus.COMPLETED, 1)
    assert result.warnings == (
        "after the load was committed: ConnectionResetError: cut after the commit",
    )


def test_a_function_over_the_dataset_fails_the_run_and_says_what_helps() -> None:
    """Its failure cannot be set aside with one record."""
    step = Transformation("shares", lambda records: [1 / 0 for _ in records])

    result = job_of(TWO, steps=step, on_error=Quarantine()).execute()

    assert result.errors[0] == (
        "ZeroDivisionError: division by zero; in step shares, a function over the whole dataset: "
        "its failure cannot be blamed on one record. With scope='record' the record would be "
        "named, and Quarantine could set it aside."
    )


def test_words_of_the_user_are_withheld_where_there_are_sensitive_fields(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A function over the dataset may put any value into its message; none is told or logged."""

    def fail(records: list[dict[str, str]]) -> None:
        raise ConnectionResetError(records[0]["ssn"])

    job = job_of(
        RecordsSource([{"ssn": "123-45-6789"}]),
        steps=Transformation("send", fail),
        validator=DataValidator({"ssn": {"sensitive": True}}),
        retry=RetryPolicy.of(1),
    )

    with caplog.at_level(logging.WARNING, logger="etlkit"):
        result = job.execute()

    assert result.errors[0] == (
        "ConnectionResetError (its message is withheld: there are sensitive fields); in step send, "
        "a function over the whole dataset: its failure cannot be blamed on one record. With "
        "scope='record' the record would be named, and Quarantine could set it aside."
    )
    assert "123-45-6789" not in f"{caplog.text}{result.to_dict()}{result}{result._repr_html_()}"


def test_a_replace_that_would_publish_nothing_fails() -> None:
    """A validator that refuses everything does not empty the destination."""
    memory = MemoryDestination("cases")
    DataLoader(memory).load([{"old": True}])

    result = job_of(TWO, memory, validator=RULES, on_error=Quarantine()).execute()

    assert result.errors[0] == (
        "job 'j': none of the 2 record(s) read would be loaded, and a replace would leave cases "
        "empty, so nothing was done. 2 rejected, the first at records:1: $.id is int 1, expected "
        "str. If that is meant, use DataLoader(..., allow_empty=True)"
    )
    assert memory.records == [{"old": True}]


def test_a_replace_may_publish_nothing_when_that_is_meant() -> None:
    """``allow_empty`` of the loader says so."""
    memory = MemoryDestination()
    DataLoader(memory).load([{"old": True}])
    loader = DataLoader(memory, allow_empty=True)

    result = job_of(TWO, loader, validator=RULES, on_error=Quarantine()).execute()

    assert result.status is JobStatus.COMPLETED
    assert memory.records == []


@pytest.mark.parametrize("policy", ["fail", Quarantine()], ids=["fail", "quarantine"])
def test_running_out_of_memory_is_no_records_fault(policy: Any) -> None:
    """The run fails, whatever is to become of failing records."""
    error = MemoryError("no more")

    result = job_of(TWO, steps=raising(error), on_error=policy).execute()

    assert result.error is error
    assert (result.errors, result.rows_rejected) == (("MemoryError: no more",), 0)


def test_what_the_user_should_know_becomes_a_warning(tmp_path: Path) -> None:
    """Blank lines and rejected records are told of although the run succeeded."""
    path = tmp_path / "in.jsonl"
    path.write_text('{"id":1}\n\n  \nnull\n{"id":2}\n')

    result = job_of(FileSource(path), on_error=Quarantine()).execute()

    assert result.status is JobStatus.COMPLETED
    assert result.warnings == ("2 blank line(s) skipped", "1 of 3 record(s) rejected")


# -- progress


def test_progress_is_told_after_each_batch_and_at_the_end() -> None:
    """Counts grow; the last call says that the load is there."""
    told: list[Progress] = []
    clock = FakeClock()
    records = [{"id": each} for each in range(2500)]

    def odd(record: dict[str, int]) -> dict[str, int]:
        clock.advance(0.001)
        return {"id": 1 // (record["id"] % 2)}

    job = job_of(RecordsSource(records), steps=Map(odd), on_error=Quarantine(), clock=clock)

    job.execute(progress=told.append)

    assert [(one.read, one.loaded, one.rejected, one.done) for one in told] == [
        (1000, 500, 500, False),
        (2000, 1000, 1000, False),
        (2500, 1250, 1250, False),
        (2500, 1250, 1250, True),
    ]
    assert {one.job_id for one in told} == {"j"}
    assert [round(one.seconds, 3) for one in told] == [1.0, 2.0, 2.5, 2.5]
    assert [round(one.records_per_second) for one in told] == [1000] * 4


def test_progress_of_no_time_is_no_division_by_zero() -> None:
    """The first batch may be over before the clock moves."""
    progress = Progress("j", 1000, 1000, 0, 0.0)

    speed = progress.records_per_second

    assert speed == 0.0


def test_a_progress_callback_that_fails_changes_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """It is logged once with its traceback, and not called again."""
    calls: list[Progress] = []
    memory = MemoryDestination()

    def fail(progress: Progress) -> None:
        calls.append(progress)
        raise ZeroDivisionError

    job = job_of(RecordsSource([{"id": each} for each in range(2500)]), memory)

    with caplog.at_level(logging.WARNING, logger="etlkit.engine"):
        result = job.execute(progress=fail)

    (record,) = caplog.records
    assert record.getMessage() == ("the progress callback of job j failed and is not called again")
    assert (record.action, record.job_id) == ("progress_failed", "j")
    assert record.exc_info is not None
    assert len(calls) == 1
    assert result.status is JobStatus.COMPLETED
    assert (result.warnings, len(memory.records)) == ((), 2500)


# -- threads


def at_once(number: int, work: Callable[[], object]) -> list[Any]:
    """The results of the same work on several threads that start together."""
    results: list[Any] = []
    start = threading.Barrier(number)

    def one() -> None:
        start.wait()
        results.append(work())

    threads = [threading.Thread(target=one) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_one_job_runs_on_several_threads() -> None:
    """Each run is whole, and none loses or mixes the records of another."""
    memory = MemoryDestination()
    source = RecordsSource([{"id": each} for each in range(3000)])
    negate = Map(lambda record: {"id": -record["id"]})
    job = job_of(source, DataLoader(memory, "append"), steps=negate)

    results = at_once(4, job.execute)

    assert [result.rows_loaded for result in results] == [3000] * 4
    assert len({result.run_id for result in results}) == 4
    assert memory.records == [{"id": -each} for each in range(3000)] * 4
