"""One execution of a job: its attempts, the waits between them, and the result."""

from __future__ import annotations

import logging

from typing import TYPE_CHECKING

from attrs import field, frozen

from etlkit.engine.attempt import Task, Trail, attempt
from etlkit.jobs.result import Attempt, JobResult, JobStatus
from etlkit.retry import NO_RETRY, RetryPolicy
from etlkit.runs import RunContext, new_run_id, random_mark


if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from etlkit._clock import Clock
    from etlkit.engine.attempt import ProgressCallback
    from etlkit.engine.flow import Workers
    from etlkit.jobs.definition import Definition

_log = logging.getLogger("etlkit.jobs")


def _ignore(_: object) -> None:
    """For callers who do not follow the status of a run."""


@frozen
class Settings:
    """How one execution is done.

    Attributes:
        clock: The time.
        retry: When a failed attempt is tried again; None means never.
        root: Folder of the state, or None for no state.
        progress: Called after each batch, or None.
        on_status: Told each change of status.
        on_interrupt: Given the result of a run that ends by an exception, such as that of
            Ctrl-C, just before the exception goes on its way.
    """

    clock: Clock
    retry: RetryPolicy | None = None
    root: str | None = None
    progress: ProgressCallback | None = None
    on_status: Callable[[JobStatus], None] = field(default=_ignore)
    on_interrupt: Callable[[JobResult], object] = field(default=_ignore)


class _Execution:
    """The state of one execution; used by one thread."""

    def __init__(
        self, job: Definition, workers: Workers, run_key: str | None, settings: Settings
    ) -> None:
        self.job = job
        self.workers = workers
        self.settings = settings
        self.clock = settings.clock
        self.policy = settings.retry or NO_RETRY
        self.started = self.clock.now()
        self.began = self.clock.monotonic()
        self.run_id = new_run_id(self.started)
        self.run_key = self.run_id if run_key is None else run_key
        self.attempts: list[Attempt] = []
        self.trail = Trail()

    def run(self) -> JobResult:
        try:
            return self._tried()
        except BaseException as error:
            status = JobStatus.FAILED if isinstance(error, Exception) else JobStatus.INTERRUPTED
            self.settings.on_interrupt(self.result(status, error))
            raise

    def _tried(self) -> JobResult:
        while True:
            error = self._attempt(len(self.attempts) + 1)
            if error is None:
                status = JobStatus.SKIPPED if self.trail.skipped else JobStatus.COMPLETED
                return self.result(status)
            delay = None if self.trail.committed else self._delay(error)
            if delay is None:
                return self.result(JobStatus.FAILED, error)
            self._wait(delay, error)

    def _attempt(self, number: int) -> Exception | None:
        self.settings.on_status(JobStatus.RUNNING)
        self.trail = Trail()
        began, started = self.clock.monotonic(), self.clock.now()
        failure: Exception | None = None
        try:
            context = RunContext(
                self.job.job_id, self.run_id, self.run_key, number, random_mark(), started
            )
            attempt(self._task(), context, self.trail)
        except Exception as error:  # noqa: BLE001 -- recorded in the result, which can raise it
            failure = error
        except BaseException as error:
            self._add(number, started, began, error)
            raise
        self._add(number, started, began, failure)
        return failure

    def _task(self) -> Task:
        job = self.job
        return Task(
            job.source,
            job.plan,
            self.workers,
            job.loader,
            job.on_error,
            job.sensitive_fields,
            self.settings.root,
            self.clock,
            self.settings.progress,
        )

    def _add(
        self, number: int, started: datetime, began: float, error: BaseException | None
    ) -> None:
        seconds = self.clock.monotonic() - began
        words = None if error is None else _in_words(error)
        self.attempts.append(Attempt(number, started, seconds, words))

    def _delay(self, error: Exception) -> float | None:
        elapsed = self.clock.monotonic() - self.began
        delay = self.policy.delay(len(self.attempts), error, elapsed_seconds=elapsed)
        if delay is None:
            return None
        if self.trail.tally.read and not self.job.source.readable_again:
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
            error,
            extra={"action": "run_retried", "job_id": self.job.job_id, "run_id": self.run_id},
        )
        self.clock.sleep(delay)

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
            max(tally.outgoing, 0),
            loaded,
            () if error is None else (_in_words(error),),
            tuple(self._warnings()),
            run_id=self.run_id,
            run_key=self.run_key,
            tally=tally,
            attempts=tuple(self.attempts),
            rejections=tuple(trail.rejections),
            quarantine_path=trail.quarantine,
            error=error,
        )

    def _warnings(self) -> list[str]:
        tally = self.trail.tally
        warnings = list(self.trail.remarks)
        if tally.blank:
            warnings.append(f"{tally.blank} blank line(s) skipped")
        if self.trail.committed and tally.rejected:
            warnings.append(f"{tally.rejected} of {tally.read} record(s) rejected")
        if len(self.attempts) > 1 and self.trail.committed:
            warnings.append(f"succeeded at attempt {len(self.attempts)}")
        return warnings


def _in_words(error: BaseException) -> str:
    from etlkit.errors import EtlkitError

    words = str(error) if isinstance(error, EtlkitError) else f"{type(error).__name__}: {error}"
    notes = getattr(error, "__notes__", ())
    return "; ".join([words, *notes]).rstrip(": ")


def execute(
    job: Definition, workers: Workers, run_key: str | None, settings: Settings
) -> JobResult:
    """Run a job and return how it ended; only what is no ``Exception`` goes through."""
    return _Execution(job, workers, run_key, settings).run()
