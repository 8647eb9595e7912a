"""One attempt of a run: read, work, write, check, commit."""

from __future__ import annotations

import os

from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeAlias

from attrs import define, field, frozen

from etlkit._words import named
from etlkit.engine.flow import Flow, Kernels
from etlkit.engine.rejecting import Rejects
from etlkit.errors import ConfigurationError, EmptyReplace
from etlkit.records import Rejection
from etlkit.runs.commit import CommitRecord, Position, Written
from etlkit.runs.context import Load
from etlkit.runs.tally import StepTally, Tally
from etlkit.state.rejected import rejected_file


if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from etlkit._clock import Clock
    from etlkit.destinations.destination import LoadSession
    from etlkit.destinations.loader import DataLoader
    from etlkit.engine.delivering import Outgoing
    from etlkit.engine.plan import Plan
    from etlkit.records import Refusal
    from etlkit.runs.context import RunContext
    from etlkit.schema.fields import Place
    from etlkit.sources.source import DataSource
    from etlkit.state.quarantine import Quarantine


@frozen
class Progress:
    """How far a run is; given to progress callbacks after each batch of the source and at the end.

    Attributes:
        job_id: The job.
        read: Source records so far.
        loaded: Records handed to the destination so far.
        rejected: Records set aside so far.
        seconds: Since the attempt began.
        done: The attempt has committed.
    """

    job_id: str
    read: int
    loaded: int
    rejected: int
    seconds: float
    done: bool = False

    @property
    def records_per_second(self) -> float:
        """Source records a second, from the beginning."""
        return self.read / self.seconds if self.seconds > 0 else 0.0


ProgressCallback: TypeAlias = "Callable[[Progress], None]"


@frozen
class Task:
    """Everything that an attempt needs.

    Attributes:
        source: Where records come from.
        plan: What happens to them.
        kernels: The compiled plan.
        loader: Where they go, and how.
        on_error: The policy for failing records; None stops the run.
        sensitive: Places of fields whose values are masked in messages.
        root: Folder of the state, or None for no state.
        clock: The time.
        progress: Called after each batch, or None.
    """

    source: DataSource
    plan: Plan
    kernels: Kernels
    loader: DataLoader
    on_error: Quarantine | None
    sensitive: tuple[Place, ...]
    root: str | None
    clock: Clock
    progress: ProgressCallback | None = None


@define
class Trail:
    """What an attempt leaves behind, however it ends.

    Attributes:
        tally: Its counts.
        rejections: Rejected records, the first ones when a file has them all.
        quarantine: The file of the rejected records, if there is one.
        skipped: The run key was committed before, so nothing was done.
        committed: The load is visible.
        reading: The source was asked for its records.
        remarks: What the user should know although nothing failed.
    """

    tally: Tally = field(factory=Tally)
    rejections: list[Rejection] = field(factory=list)
    quarantine: str | None = None
    skipped: bool = False
    committed: bool = False
    reading: bool = False
    remarks: list[str] = field(factory=list)


def attempt(task: Task, run: RunContext, trail: Trail) -> None:
    """Do one attempt, and note in ``trail`` what happened as it happens.

    Raises:
        Exception: Whatever ended it. The destination is then as it was before, unless
            ``trail.committed`` is set.
    """
    destination, loader = task.loader.destination, task.loader
    trail.tally.steps = [StepTally(step.label) for step in task.plan.steps]
    destination.check()
    task.source.check()
    if task.source.reads(destination.uri):
        message = (
            f"job {run.job_id!r}: the source {task.source.uri} reads {destination.uri}, which the "
            "job writes; load into a place of its own"
        )
        raise ConfigurationError(message)
    _check_rejects_apart(task, run)
    trail.remarks.extend(task.source.remarks())
    file = None if task.on_error is None else rejected_file(task.on_error, run, task.root)
    with destination.lock(wait_seconds=loader.wait_seconds, clock=task.clock):
        if destination.find_commit(run) is not None:
            trail.skipped = True
            return
        rejects = Rejects(run, task.on_error, file, trail.tally, task.sensitive, trail.rejections)
        session = destination.open(Load(run, loader.mode, loader.key))
        try:
            _load(task, run, trail, session, rejects)
        except BaseException as error:
            trail.committed = trail.committed or session.committed
            if trail.committed:
                with _noting(error):
                    waits = loader.wait_seconds
                    path = rejects.settled(wait_seconds=waits, clock=task.clock)
                    trail.quarantine = trail.quarantine or path
            else:
                _give_up(session, rejects, trail, error)
            raise


def _check_rejects_apart(task: Task, run: RunContext) -> None:
    """Keep rejected records from being added to what the source reads."""
    to = None if task.on_error is None else task.on_error.to
    if to is not None and task.source.reads(os.fspath(to)):
        message = (
            f"job {run.job_id!r}: the source {task.source.uri} reads {os.fspath(to)}, to which the "
            "job adds rejected records; give Quarantine(to=...) a file of its own"
        )
        raise ConfigurationError(message)


def _load(
    task: Task, run: RunContext, trail: Trail, session: LoadSession, rejects: Rejects
) -> None:
    loader, tally, clock = task.loader, trail.tally, task.clock
    watch = _Watch(task, run, tally, clock.monotonic())
    with task.plan.fresh(tally.steps) as plan:
        # the text of the kernels is compiled already, so that new ones cost little
        kernels = task.kernels if plan is task.plan else Kernels.compile(plan)
        reading = task.source.reading(Position())
        flow = Flow(reading, plan, kernels, rejects, remarks=trail.remarks, on_batch=watch.tell)
        trail.reading = True
        flow.run(_OneOutput(session))
    rejects.check_rate()
    written = _prepared(session)
    tally.loaded = written.records
    trail.remarks.extend(written.remarks)
    tally.check()
    _check_not_empty(task, run, trail)

    kept = rejects.finish()
    session.commit(CommitRecord(run, loader.mode, written, tally, kept, clock.now()))
    trail.committed = True
    trail.quarantine = rejects.settled(wait_seconds=loader.wait_seconds, clock=clock)
    watch.tell(done=True)


@frozen
class _OneOutput:
    """The session of a job with one output."""

    session: LoadSession

    def screen(self, outgoing: Sequence[Outgoing]) -> Mapping[str, Sequence[Refusal]]:
        return {one.output: self.session.screen(one.batch) for one in outgoing}

    def write(self, outgoing: Sequence[Outgoing]) -> Mapping[str, Sequence[Refusal]]:
        return {one.output: self.session.write(one.batch) for one in outgoing}


def _check_not_empty(task: Task, run: RunContext, trail: Trail) -> None:
    """Keep a replace from emptying the destination by mistake."""
    tally, destination = trail.tally, task.loader.destination
    if task.loader.mode != "replace" or tally.loaded or task.loader.allow_empty:
        return
    if not tally.read:
        trail.remarks.append(f"the source has no records, so {destination.uri} is empty now")
        return
    message = (
        f"job {run.job_id!r}: none of the {tally.read} record(s) read would be loaded, and a "
        f"replace would leave {destination.uri} empty, so nothing was done. {_why(trail)}"
        "If that is meant, use DataLoader(..., allow_empty=True)"
    )
    raise EmptyReplace(message)


def _why(trail: Trail) -> str:
    """What became of the records of a run that has none to load."""
    words = [f"{step.name} filtered {step.filtered}" for step in trail.tally.steps if step.filtered]
    if trail.rejections:
        first = trail.rejections[0]
        words.append(
            f"{trail.tally.rejected} rejected, the first at {first.place}: {first.message}"
        )
    return f"{'; '.join(words)}. " if words else ""


def _prepared(session: LoadSession) -> Written:
    written: object = session.prepare()
    if not isinstance(written, Written):
        message = (
            f"{type(session).__name__}.prepare() returned {type(written).__name__}; it says what "
            "was written as Written([Part(name, records)])"
        )
        raise ConfigurationError(message)
    return written


def _give_up(session: LoadSession, rejects: Rejects, trail: Trail, error: BaseException) -> None:
    """Forget the load; what goes wrong with that is noted on the error that ended it."""
    trail.quarantine = None
    with _noting(error):
        session.abort()
    with _noting(error):
        trail.quarantine = rejects.give_up()


@contextmanager
def _noting(error: BaseException) -> Iterator[None]:
    try:
        yield
    except Exception as further:  # noqa: BLE001 -- recorded on the error that is raised
        error.add_note(f"cleaning up failed too: {named(further)}")


@define
class _Watch:
    """Tells a progress callback; one that raises is not called again."""

    task: Task
    run: RunContext
    tally: Tally
    started: float
    silent: bool = False

    def tell(self, *, done: bool = False) -> None:
        callback = self.task.progress
        if callback is None or self.silent:
            return
        tally = self.tally
        seconds = self.task.clock.monotonic() - self.started
        progress = Progress(
            self.run.job_id, tally.read, tally.transformed, tally.rejected, seconds, done
        )
        try:
            callback(progress)
        except Exception:
            import logging

            self.silent = True
            logging.getLogger("etlkit.engine").warning(
                "the progress callback of job %s failed and is not called again",
                self.run.job_id,
                exc_info=True,
                extra={"action": "progress_failed", "job_id": self.run.job_id},
            )
