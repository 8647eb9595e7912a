"""Attempts that ended before anybody noted how, and work that was done before."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from etlkit import DataLoader, ETLJob, JobStatus, RecordsSource
from etlkit.destinations import Destination, LoadSession
from etlkit.errors import CommitLost, DestinationBusy, DestinationUnavailable
from etlkit.jobs.execution import Settings, execute
from etlkit.records import Batch, Origin, OutBatch, Refusal, own
from etlkit.retry import RetryPolicy
from etlkit.runs import CommitRecord, Load, Part, Position, RunContext, Tally, Written
from etlkit.sources import Reading
from etlkit.state import MemoryState, OpenAttempt
from etlkit.testing import FakeClock
from etlkit.transformations import Join, Step, Union


Trouble = Callable[[], None]


def nothing() -> None:
    """What most commits meet."""


class Killed(BaseException):
    """Stands for the end of the process: nobody may catch it and go on."""


class Ledger(Destination):
    """Keeps each load with its commit record, as a database would, and has troubles at will."""

    modes = ("append", "replace")
    default_mode = "append"

    def __init__(self, name: str = "ledger") -> None:
        self.name = name
        self.loads: list[tuple[CommitRecord, list[Any]]] = []
        self.discarded: list[str] = []
        self.before_commit: Trouble = nothing
        self.after_commit: Trouble = nothing
        self.on_open: Trouble = nothing
        self.on_find: Trouble = nothing
        self.tells = True
        self.looked = 0

    @property
    def uri(self) -> str:
        """Its name."""
        return self.name

    @property
    def records(self) -> list[Any]:
        """What is loaded, of all loads that count."""
        gone = {nonce for record, _ in self.loads for nonce in record.supersedes}
        return [one for record, each in self.loads if record.run.nonce not in gone for one in each]

    def finds(self, mode: str) -> Any:
        """By the record that it keeps."""
        return "record"

    def can_supersede(self, mode: str) -> bool:
        """It leaves out what was superseded."""
        return self.name != "stubborn"

    def find_commit(
        self, run: RunContext, intended: Sequence[CommitRecord] = ()
    ) -> CommitRecord | None:
        """The newest load of this work."""
        self.on_find()
        found = [record for record, _ in self.loads if record.is_of(run)]
        return found[-1] if found else None

    def commits(self) -> Iterator[CommitRecord]:
        """Those of all loads."""
        return iter([record for record, _ in self.loads])

    def latest_commits(self) -> Iterator[CommitRecord]:
        """The same, the other way round; how many were looked at is noted."""
        for record, _ in reversed(self.loads):
            self.looked += 1
            yield record

    def discard(self, nonce: str) -> None:
        """Note it down."""
        self.discarded.append(nonce)

    def open(self, load: Load) -> LoadSession:
        """Begin a load."""
        self.on_open()
        return LedgerSession(self)


class LedgerSession(LoadSession):
    """One load."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.items: list[Any] = []
        self.visible = False

    @property
    def committed(self) -> bool:
        """Whether it stands in the ledger, if it can tell."""
        return self.visible and self.ledger.tells

    def write(self, batch: OutBatch) -> Sequence[Refusal]:
        """Take everything."""
        self.items += batch.items
        return ()

    def prepare(self) -> Written:
        """One part."""
        return Written([Part(self.ledger.name, len(self.items))])

    def commit(self, record: CommitRecord) -> None:
        """Write it into the ledger, unless trouble comes first."""
        self.ledger.before_commit()
        self.ledger.loads.append((record, self.items))
        self.visible = True
        self.ledger.after_commit()

    def abort(self) -> None:
        """There is nothing to forget."""


@pytest.fixture
def ledger() -> Ledger:
    """A destination that remembers what it has loaded."""
    return Ledger()


@pytest.fixture
def state() -> MemoryState:
    """A state that outlives the runs of a test."""
    return MemoryState()


Run = Callable[..., Any]


@pytest.fixture
def run(ledger: Ledger, state: MemoryState) -> Run:
    """Does one execution of a job into the ledger."""

    def do(key: str | None = None, *, n: int = 3, force: bool = False, retries: int = 0) -> Any:
        source = RecordsSource([{"id": each} for each in range(n)])
        job = ETLJob("job", "Job", source, None, DataLoader(ledger))
        policy = RetryPolicy.of(retries)
        settings = Settings(FakeClock(), state, policy, force=force)
        return execute(job.definition, job.kernels(), key, settings)

    return do


def raising(error: BaseException) -> Trouble:
    """A trouble that raises."""

    def trouble() -> None:
        raise error

    return trouble


def raising_once(error: BaseException) -> Trouble:
    """A trouble that raises the first time, and is over then."""
    errors = [error]

    def trouble() -> None:
        if errors:
            raise errors.pop()

    return trouble


def test_what_was_loaded_under_a_key_is_not_loaded_again(run: Run, ledger: Ledger) -> None:
    """The second run reads nothing, and is skipped."""
    run("monday")

    result = run("monday", n=5)

    loaded = ledger.loads[0][0].run
    assert (result.status, result.rows_extracted) == (JobStatus.SKIPPED, 0)
    assert len(ledger.records) == 3
    assert "; ".join(result.warnings) == (
        f"run_key 'monday' was loaded by run {loaded.run_id} at 2026-01-01 00:00:00 UTC, "
        "3 record(s); force=True does the work again"
    )


def test_another_key_is_other_work(run: Run, ledger: Ledger) -> None:
    """So are two runs without one."""
    run("monday")
    run()

    results = [run("tuesday"), run()]

    assert [one.status for one in results] == [JobStatus.COMPLETED] * 2
    assert len(ledger.records) == 12


def test_a_forced_run_takes_the_place_of_the_earlier_load(run: Run, ledger: Ledger) -> None:
    """The record of it names the load that counts no more."""
    run("monday")

    result = run("monday", n=5, force=True)

    first, second = (record for record, _ in ledger.loads)
    assert result.status is JobStatus.COMPLETED
    assert second.supersedes == (first.run.nonce,)
    assert len(ledger.records) == 5


def test_a_forced_run_is_refused_where_nothing_can_be_taken_back(run: Run, ledger: Ledger) -> None:
    """It would load everything twice."""
    run("monday")
    ledger.name = "stubborn"

    result = run("monday", force=True)

    assert str(result.error) == (
        "job 'job': run_key 'monday' was loaded into stubborn before, and mode 'append' cannot "
        "take that back, so force=True would load it twice; use another run_key, a dataset "
        "folder, or mode='replace'"
    )
    assert len(ledger.records) == 3


def test_a_reply_that_got_lost_is_answered_by_the_destination(run: Run, ledger: Ledger) -> None:
    """The commit raised although it had happened, and the load is there once."""
    ledger.after_commit = raising(DestinationUnavailable("the line went dead"))

    result = run("monday", retries=3)

    assert result.status is JobStatus.COMPLETED
    assert len(ledger.loads) == 1
    assert result.warnings == ("after the load was committed: the line went dead",)


def test_a_commit_that_failed_is_tried_again(run: Run, ledger: Ledger) -> None:
    """The attempt is forgotten, and the next one loads."""
    ledger.before_commit = raising_once(DestinationUnavailable("full"))

    result = run("monday", retries=3)

    assert result.status is JobStatus.COMPLETED
    assert len(result.attempts) == 2
    assert len(ledger.loads) == 1


def test_a_run_that_died_after_its_commit_is_noted_by_the_next_one(
    run: Run, ledger: Ledger, state: MemoryState
) -> None:
    """Whatever key the next one has: it says so in its warnings, and loads its own work."""
    ledger.after_commit = raising(Killed())
    settle = state.settle
    state.settle = raising(Killed())  # type: ignore[method-assign, assignment] -- the process is gone by then
    with pytest.raises(Killed):
        run("monday")
    ledger.after_commit, state.settle = nothing, settle  # type: ignore[method-assign] -- a new process

    result = run("tuesday", n=2)

    monday = ledger.loads[0][0].run
    assert [one.record.run.run_key for one in state.commits("job")] == ["monday", "tuesday"]
    assert list(state.open_attempts("job")) == []
    assert "; ".join(result.warnings) == (
        f"run {monday.run_id} (run_key 'monday') had loaded 3 record(s) and ended before that was "
        "noted; it is noted now"
    )


def test_a_settled_crash_is_told_also_by_a_run_that_is_tried_again(
    run: Run, ledger: Ledger, state: MemoryState
) -> None:
    """The first attempt settles it, and the second one succeeds."""
    ledger.after_commit = raising(Killed())
    settle = state.settle
    state.settle = raising(Killed())  # type: ignore[method-assign, assignment] -- the process is gone by then
    with pytest.raises(Killed):
        run("monday")
    ledger.after_commit, state.settle = nothing, settle  # type: ignore[method-assign] -- a new process
    ledger.before_commit = raising_once(DestinationUnavailable("full"))

    result = run("tuesday", retries=1)

    assert "(run_key 'monday') had loaded 3 record(s)" in result.warnings[0]


def test_a_dead_attempt_that_committed_nothing_is_forgotten(
    run: Run, ledger: Ledger, state: MemoryState
) -> None:
    """The destination is told to remove what it left."""
    at = datetime(2024, 6, 1, tzinfo=UTC)
    dead = RunContext("job", "run", "monday", 1, "0123456789ab", at)
    state.begin(OpenAttempt(dead, {"": "ledger"}, "plan"))

    result = run("tuesday")

    assert ledger.discarded == ["0123456789ab"]
    assert list(state.open_attempts("job")) == []
    assert result.warnings == ()


def test_an_attempt_into_other_destinations_is_left_alone(run: Run, state: MemoryState) -> None:
    """Whoever has that destination will ask it."""
    at = datetime(2024, 6, 1, tzinfo=UTC)
    other = OpenAttempt(RunContext("job", "run", "k", 1, "0123456789ab", at), {"": "else"}, "plan")
    state.begin(other)

    run("tuesday")

    assert list(state.open_attempts("job")) == [other]


def test_a_race_that_was_lost_to_the_same_work_is_skipped(run: Run, ledger: Ledger) -> None:
    """Another process committed the same key while this one was at work."""

    def lose() -> None:
        at = datetime(2024, 6, 1, tzinfo=UTC)
        winner = RunContext("job", "run", "monday", 1, "0123456789ab", at)
        other = Ledger()
        execute_into(other, winner)
        ledger.loads += other.loads
        raise CommitLost("another run was first")

    ledger.before_commit = lose

    result = run("monday")

    assert result.status is JobStatus.SKIPPED
    assert len(ledger.loads) == 1


def test_a_race_that_was_lost_to_other_work_fails_and_may_be_tried_again(
    run: Run, ledger: Ledger
) -> None:
    """Nothing of the loser is there until the next attempt."""
    ledger.before_commit = raising_once(CommitLost("another run replaced it"))

    result = run("monday", retries=1)

    assert [attempt.error for attempt in result.attempts] == ["another run replaced it", None]
    assert len(ledger.loads) == 1


def test_a_state_that_was_lost_hears_from_the_destination(run: Run, ledger: Ledger) -> None:
    """A job of a new process begins with an empty state, and the key is known all the same."""
    run("monday")
    fresh = MemoryState()
    job = ETLJob("job", "Job", RecordsSource([{"id": 9}]), None, DataLoader(ledger))

    result = execute(job.definition, job.kernels(), "monday", Settings(FakeClock(), fresh))

    assert result.status is JobStatus.SKIPPED
    assert [one.record.run.run_key for one in fresh.commits("job")] == ["monday"]


def execute_into(ledger: Ledger, run: RunContext) -> None:
    """One load of the same work by somebody else."""
    record = CommitRecord(
        run, "append", Written([Part("ledger", 3)]), Tally(read=3, loaded=3), None, run.started
    )
    ledger.loads.append((record, [1, 2, 3]))


class Increments(RecordsSource):
    """Says that it reads only what is new."""

    incremental = True  # type: ignore[assignment]  # a constant serves as the property


def test_a_forced_run_of_increments_is_refused(ledger: Ledger) -> None:
    """It would put what is new in the place of what the key had loaded."""
    job = ETLJob("job", "Job", Increments([{"id": 1}]), None, DataLoader(ledger))

    result = job.execute("monday", force=True)

    assert str(result.error).startswith(
        "job 'job': records is read in increments, so force=True would put what is new in the "
        "place of what the key had loaded"
    )


def test_work_that_was_done_before_the_load_began_is_not_done_again(
    run: Run, ledger: Ledger
) -> None:
    """Another process, which no lock kept out, committed between the two looks."""
    at = datetime(2024, 6, 1, tzinfo=UTC)
    winner = RunContext("job", "run", "monday", 1, "0123456789ab", at)
    ledger.on_open = lambda: execute_into(ledger, winner)

    result = run("monday")

    assert (result.status, result.rows_extracted) == (JobStatus.SKIPPED, 0)
    assert len(ledger.loads) == 1


def test_an_attempt_that_was_taken_for_dead_says_so(
    run: Run, ledger: Ledger, state: MemoryState
) -> None:
    """What it had written is gone, whatever the error of that was; it may be tried again."""

    def buried() -> None:
        (attempt,) = state.open_attempts("job")
        state.drop(attempt.run.nonce)
        raise FileNotFoundError("its file is gone")

    ledger.before_commit = buried

    result = run("monday")

    assert isinstance(result.error, CommitLost)
    assert str(result.error) == (
        "job 'job': another run took this one for dead, since it did not hold the lock of its "
        "destination, and cleared its files away; nothing was loaded by it: FileNotFoundError: "
        "its file is gone"
    )


def test_an_attempt_that_is_alive_is_left_to_itself(
    run: Run, ledger: Ledger, state: MemoryState
) -> None:
    """No lock kept the other run out, and neither takes the other for dead."""
    at = datetime(2024, 6, 1, tzinfo=UTC)
    other = OpenAttempt(
        RunContext("job", "run", "monday", 1, "0123456789ab", at), {"": "ledger"}, "plan"
    )
    state.begin(other)

    with state.alive("0123456789ab"):
        run("tuesday")

    assert list(state.open_attempts("job")) == [other]
    assert ledger.discarded == []


def test_a_session_that_cannot_tell_is_answered_by_the_destination(
    run: Run, ledger: Ledger, state: MemoryState
) -> None:
    """The commit had happened; nothing of it is loaded again, and nothing is thrown away."""
    ledger.tells = False
    ledger.after_commit = raising(DestinationUnavailable("the line went dead"))

    result = run("monday", retries=3)

    assert (result.status, len(result.attempts), len(ledger.loads)) == (JobStatus.COMPLETED, 1, 1)
    assert [one.record.run.run_key for one in state.commits("job")] == ["monday"]


def test_a_commit_whose_outcome_cannot_be_asked_is_settled_by_the_next_attempt(
    run: Run, ledger: Ledger, state: MemoryState
) -> None:
    """Neither yes nor no is guessed while the destination is away."""
    ledger.tells = False

    def away() -> None:
        ledger.on_find = raising_once(DestinationUnavailable("still away"))
        raise DestinationUnavailable("away")

    ledger.after_commit = away

    result = run("monday", retries=1)

    assert [attempt.error for attempt in result.attempts] == [
        "away; whether it was loaded is not known; the next run asks and settles it",
        None,
    ]
    assert (result.status, result.rows_loaded, len(ledger.loads)) == (JobStatus.COMPLETED, 3, 1)
    assert list(state.open_attempts("job")) == []


def test_ctrl_c_just_after_a_commit_loses_nothing_of_it(
    run: Run, ledger: Ledger, state: MemoryState
) -> None:
    """The commit is noted, whether or not the session could tell."""
    ledger.tells = False
    ledger.after_commit = raising(KeyboardInterrupt())

    with pytest.raises(KeyboardInterrupt):
        run("monday")

    assert [one.record.run.run_key for one in state.commits("job")] == ["monday"]
    assert list(state.open_attempts("job")) == []


def test_a_forced_run_that_lost_a_race_is_not_taken_for_done(run: Run, ledger: Ledger) -> None:
    """What is there is the load that it should have superseded."""
    run("monday")
    ledger.before_commit = raising(CommitLost("another run was first"))

    result = run("monday", force=True)

    assert result.status is JobStatus.FAILED


class Numbers(RecordsSource):
    """Numbers, of which each run reads those that no committed run has read."""

    incremental = True  # type: ignore[assignment] -- a constant serves as the property

    def __init__(self, n: int) -> None:
        super().__init__([])
        self.n = n

    def reading(self, known: Position, *, supersedes: bool = False) -> Reading:
        """From where the position is to the end."""
        return Numbered(self, known.cursor or 0)


class Numbered(Reading):
    """One reading of numbers."""

    def __init__(self, source: Numbers, start: int) -> None:
        super().__init__(source)
        self.start, self.end = start, source.n

    def batches(self) -> Iterator[Batch]:
        """One batch."""
        numbers = [{"n": each} for each in range(self.start, self.end)]
        return iter([Batch(numbers, Origin("numbers"), self.start + 1, own)])

    def position(self) -> Position:
        """The end."""
        return Position(cursor=self.end)


def numbers_into(ledger: Ledger, n: int, state: MemoryState) -> Any:
    """A run that reads numbers up to n."""
    job = ETLJob("job", "Job", Numbers(n), None, DataLoader(ledger))
    return execute(job.definition, job.kernels(), None, Settings(FakeClock(), state))


def test_increments_go_by_what_the_destination_has_and_the_state_has_not(
    ledger: Ledger, state: MemoryState
) -> None:
    """Another process, with a state of its own, was ahead; or the state is an older copy."""
    numbers_into(ledger, 3, state)
    other = MemoryState()
    numbers_into(ledger, 5, other)

    numbers_into(ledger, 7, state)

    assert ledger.records == [{"n": each} for each in range(7)]


def test_commits_that_are_known_are_not_looked_at_again(ledger: Ledger, state: MemoryState) -> None:
    """The latest one of the job tells that those before it are known, too."""
    for_each = [numbers_into(ledger, n, state) for n in range(1, 20)]
    ledger.looked = 0

    numbers_into(ledger, 20, state)

    assert len(for_each) == 19
    assert ledger.looked == 1


def test_two_runs_of_one_increment_do_not_meet(ledger: Ledger, state: MemoryState) -> None:
    """No lock of a destination is needed for that: the second one fails as busy."""
    inner: list[Any] = []

    def again() -> None:
        ledger.on_open = nothing
        inner.append(numbers_into(ledger, 3, state))

    ledger.on_open = again

    outer = numbers_into(ledger, 3, state)

    assert isinstance(inner[0].error, DestinationBusy)
    assert outer.status is JobStatus.COMPLETED
    assert len(ledger.records) == 3


def test_an_increment_with_nothing_new_is_no_commit(ledger: Ledger, state: MemoryState) -> None:
    """The cursor stands where it stood."""
    numbers_into(ledger, 3, state)

    result = numbers_into(ledger, 3, state)

    assert (result.status, len(ledger.loads)) == (JobStatus.COMPLETED, 1)


@pytest.mark.parametrize(
    ("step", "label"),
    [
        (Union([{"id": 2}]), "Union(more records)"),
        (Join([{"id": 2}], on="id", how="outer"), "Join(1 records, on id)"),
    ],
    ids=["union", "outer join"],
)
def test_a_step_that_adds_records_is_refused_with_increments(
    step: Step, label: str, ledger: Ledger
) -> None:
    """It would add the same ones to each increment."""
    job = ETLJob("job", "Job", Increments([{"id": 1}]), step, DataLoader(ledger))

    result = job.execute()

    assert str(result.error) == (
        f"job 'job': records is read in increments, and step {label} would add the same records "
        "to each of them; load those by a job of their own with the same destination"
    )
    assert not ledger.loads
