"""One execution of a job: its attempts, the waits between them, and the result."""

from __future__ import annotations

import logging

from typing import TYPE_CHECKING

from attrs import field, frozen

from etlkit._words import named, shown
from etlkit.engine.attempt import attempt
from etlkit.engine.task import Task, Trail
from etlkit.errors import ConfigurationError, EtlkitError
from etlkit.jobs.result import Attempt, JobResult, JobStatus
from etlkit.retry import NO_RETRY, RetryPolicy
from etlkit.runs.context import RunContext, new_run_id, random_mark


if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from etlkit._clock import Clock
    from etlkit.engine.flow import Kernels
    from etlkit.engine.progress import ProgressCallback
    from etlkit.jobs.appends import Appends
    from etlkit.jobs.definition import Definition
    from etlkit.runs.tally import StepTally
    from etlkit.state.store import StateStore

_log = logging.getLogger("etlkit.jobs")

MOST_KEY_CHARACTERS = 512


def _ignore(_: object) -> None:
    """For callers who do not follow the status of a run."""


@frozen
class Settings:
    """How one execution is done.

    Attributes:
        clock: The time.
        retry: When a failed attempt is tried again; None means never.
        state: What is remembered of runs.
        root: Folder of rejected records and lineage, or None to keep neither in files.
        progress: Called after each batch, or None.
        force: Do the work again although its key was loaded.
        replaying: Ids of the quarantine entries that the source of the job reads again.
        appends: The appends before this one, or None to tell no repetition.
        on_status: Told each change of status.
        on_interrupt: Given the result of a run that ends by an exception, such as that of
            Ctrl-C, just before the exception goes on its way.
    """

    clock: Clock
    state: StateStore
    retry: RetryPolicy | None = None
    root: str | None = None
    progress: ProgressCallback | None = None
    appends: Appends | None = None
    force: bool = False
    replaying: tuple[str, ...] = ()
    on_status: Callable[[JobStatus], None] = field(default=_ignore)
    on_interrupt: Callable[[JobResult], object] = field(default=_ignore)


class _Execution:
    """The state of one execution; used by one thread."""

    def __init__(
        self, job: Definition, kernels: Kernels, run_key: str | None, settings: Settings
    ) -> None:
        self.job = job
        self.kernels = kernels
        self.settings = settings
        self.clock = settings.clock
        self.policy = settings.retry or NO_RETRY
        self.started = self.clock.now()
        self.began = self.clock.monotonic()
        self.run_id = new_run_id(self.started)
        self.run_key = self.run_id if run_key is None else _checked_key(run_key)
        self.attempts: list[Attempt] = []
        self.trail = Trail()
        self.repetition: str | None = None

    def run(self) -> JobResult:
        try:
            return self._tried()
        except BaseException as error:  # also Ctrl-C; it goes on below
            status = JobStatus.FAILED if isinstance(error, Exception) else JobStatus.INTERRUPTED
            self.settings.on_interrupt(self.result(status, error))
            raise

    def _tried(self) -> JobResult:
        self.repetition = self._repetition()
        while True:
            error = self._attempt(len(self.attempts) + 1)
            if error is not None and self.trail.committed:
                self.trail.remarks.append(f"after the load was committed: {self._words(error)}")
                error = None
            if error is None:
                return self._done()
            delay = self._delay(error)
            if delay is None:
                self._log_failure(error)
                return self.result(JobStatus.FAILED, error)
            self._wait(delay, error)

    def _done(self) -> JobResult:
        if self.trail.skipped:
            return self.result(JobStatus.SKIPPED)
        result = self.result(JobStatus.COMPLETED)
        if self.settings.appends is not None:
            self.settings.appends.add(self.job, result)
        return result

    def _repetition(self) -> str | None:
        """What to say if this run appends what an earlier one has appended."""
        if self.settings.appends is None:
            return None
        try:
            return self.settings.appends.warning(self.job, self.run_key, self.run_id)
        except (EtlkitError, OSError) as error:  # the log is no reason not to run
            return f"whether this append is a repeated one is not known: {error}"

    def _attempt(self, number: int) -> Exception | None:
        self.settings.on_status(JobStatus.RUNNING)
        self.trail = Trail(settled=self.trail.settled)
        began, started = self.clock.monotonic(), self.clock.now()
        failure: Exception | None = None
        try:
            context = RunContext(
                self.job.job_id,
                self.run_id,
                self.run_key,
                number,
                random_mark(),
                started,
                force=self.settings.force,
            )
            attempt(self._task(), context, self.trail)
        except Exception as error:  # noqa: BLE001 -- recorded in the result, which can raise it
            failure = error
        except BaseException as error:  # also Ctrl-C; it goes on below
            self._add(number, started, began, error)
            raise
        self._add(number, started, began, failure)
        return failure

    def _task(self) -> Task:
        job, settings = self.job, self.settings
        return Task(
            job.source,
            job.plan,
            self.kernels,
            job.loaders,
            job.on_error,
            job.sensitive_places,
            settings.root,
            settings.state,
            self.clock,
            plan_hash=job.plan_hash,
            lineage=job.lineage,
            replaying=settings.replaying,
            progress=settings.progress,
        )

    def _add(
        self, number: int, started: datetime, began: float, error: BaseException | None
    ) -> None:
        seconds = self.clock.monotonic() - began
        words = None if error is None else self._words(error)
        self.attempts.append(Attempt(number, started, seconds, words))

    def _delay(self, error: Exception) -> float | None:
        elapsed = self.clock.monotonic() - self.began
        delay = self.policy.delay(len(self.attempts), error, elapsed_seconds=elapsed)
        if delay is None:
            return None
        if self.trail.reading and not self.job.source.readable_again:
            error.add_note(f"not tried again: {self.job.source.uri} can be read only once")
            return None
        return delay

    def _wait(self, delay: float, error: Exception) -> None:
        from attrs import evolve

        self.settings.on_status(JobStatus.RETRYING)
        self.attempts[-1] = evolve(self.attempts[-1], waited_seconds=delay)
        _log.warning(
            "job %s: attempt %d of %d failed, next one in %g s: %s",
            self.job.job_id,
            len(self.attempts),
            self.policy.max_attempts,
            delay,
            self._words(error),
            extra={"action": "run_retried", "job_id": self.job.job_id, "run_id": self.run_id},
        )
        self.clock.sleep(delay)

    def _log_failure(self, error: Exception) -> None:
        """So that a program that never looks at the result does not fail in silence."""
        extra = {"action": "run_failed", "job_id": self.job.job_id, "run_id": self.run_id}
        _log.error("job %s failed: %s", self.job.job_id, self._words(error), extra=extra)

    def result(self, status: JobStatus, error: BaseException | None = None) -> JobResult:
        tally, trail = self.trail.tally, self.trail
        loaded = tally.loaded if trail.committed else 0
        return JobResult(
            self.job.job_id,
            status,
            self.started,
            self.clock.now(),
            self.clock.monotonic() - self.began,
            tally.read,
            tally.transformed,
            loaded,
            () if error is None else (self._words(error),),
            tuple(self._warnings()),
            run_id=self.run_id,
            run_key=self.run_key,
            tally=tally,
            attempts=tuple(self.attempts),
            rejections=tuple(trail.rejections),
            quarantine_path=trail.quarantine,
            error=error,
            destination=self.job.loader.destination.place,
            mode="replay" if self.settings.replaying else self.job.loader.mode,
            target=self.job.loader.destination,
        )

    def _words(self, error: BaseException) -> str:
        """The error in words; what a function of the user says may hold sensitive values."""
        if isinstance(error, EtlkitError):
            words = str(error)
        elif isinstance(error, Exception):
            words = named(error, withheld=bool(self.job.sensitive_places))
        else:
            words = type(error).__name__
        return "; ".join([words, *getattr(error, "__notes__", ())])

    def _warnings(self) -> list[str]:
        tally = self.trail.tally
        warnings = [*self.trail.settled, *self.trail.remarks]
        if tally.blank:
            warnings.append(f"{tally.blank} blank line(s) skipped")
        if self.trail.committed and tally.rejected:
            shown = len(self.trail.rejections)
            more = f"; result.rejections has the first {shown}" if shown < tally.rejected else ""
            read = tally.read + tally.added
            warnings.append(f"{tally.rejected} of {read} record(s) rejected{more}")
        if self.trail.committed and self.repetition:
            warnings.append(self.repetition)
        warnings += [_warned(step) for step in tally.steps if step.warned]
        if len(self.attempts) > 1 and self.trail.committed:
            warnings.append(f"succeeded at attempt {len(self.attempts)}")
        return warnings


MOST_RULES = 10
"""Rules that a warning names."""


def _warned(step: StepTally) -> str:
    """``validate: 12 warning(s): $.age max (12)``, the most frequent first."""
    counts = sorted(step.warned.items(), key=lambda pair: (-pair[1], pair[0]))
    rules = [f"{rule} ({count})" for rule, count in counts[:MOST_RULES]]
    more = len(counts) - len(rules)
    words = ", ".join(rules) + (f" and {more} more rule(s)" if more else "")
    return f"{step.name}: {sum(step.warned.values())} warning(s): {words}"


def _is_text(key: str) -> bool:
    """Whether a commit record can hold it: bytes of a file name that are no UTF-8 are none."""
    return not any("\ud800" <= character <= "\udfff" for character in key)


def _checked_key(run_key: object) -> str:
    if isinstance(run_key, str) and 0 < len(run_key) <= MOST_KEY_CHARACTERS and _is_text(run_key):
        return run_key
    message = (
        f"run_key is a text of 1 to {MOST_KEY_CHARACTERS} characters such as '2024-06-01', "
        f"got {shown(run_key)}"
    )
    raise ConfigurationError(message)


def execute(
    job: Definition, kernels: Kernels, run_key: str | None, settings: Settings
) -> JobResult:
    """Run a job and return how it ended; only what is no ``Exception`` goes through."""
    return _Execution(job, kernels, run_key, settings).run()
