"""ETLScheduler: jobs by id, their executions with retries, and the history of those."""

from __future__ import annotations

import logging
import os
import threading
import traceback

from collections import deque
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from attrs import evolve

from etlkit._clock import SYSTEM_CLOCK
from etlkit._files.paths import absolute, inside
from etlkit._words import did_you_mean, shown
from etlkit.errors import ConfigurationError, UnknownJob
from etlkit.jobs.appends import Appends
from etlkit.jobs.execution import Settings, execute
from etlkit.jobs.job import ETLJob
from etlkit.jobs.result import JobResult, JobStatus
from etlkit.retry import RetryPolicy
from etlkit.scheduling.statistics import Counters, JobStatistics
from etlkit.state.memory import MemoryState
from etlkit.state.result_log import ResultLog
from etlkit.state.sqlite.store import SqliteState
from etlkit.state.store import Settled, StateStore


if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from etlkit._clock import Clock
    from etlkit.engine.progress import ProgressCallback

_log = logging.getLogger("etlkit.scheduling")

STATE_FILE = "state.db"

HISTORY = 1000
"""Results that the scheduler holds in memory; the log on disk holds all of them."""


class ETLScheduler:
    """Runs registered jobs and remembers how the runs ended.

    All methods are safe to call from several threads. No lock is held while a job runs
    or waits for its next attempt, so jobs run side by side; two runs into the same
    destination take turns.

    Args:
        root: Folder for the result log and the rejected records; made when something is
            written. None keeps everything in memory.
        clock: The time, for tests.

    Example:
        >>> from etlkit import DataLoader, ETLJob, ETLScheduler, RecordsSource
        >>> scheduler = ETLScheduler(root=None)
        >>> job = ETLJob("one", "One", RecordsSource([{"id": 1}]), None, DataLoader("memory:"))
        >>> scheduler.register_job(job)
        >>> str(scheduler.execute_job("one").status)
        'completed'
        >>> scheduler.get_statistics().success_rate
        1.0
    """

    def __init__(
        self, root: str | os.PathLike[str] | None = ".etlkit", *, clock: Clock = SYSTEM_CLOCK
    ) -> None:
        self.root = None if root is None else absolute(root)
        self.job_history: deque[JobResult] = deque(maxlen=HISTORY)
        self._clock = clock
        self._log = None if self.root is None else ResultLog(self.root)
        self.state = _state(self.root)
        self._lock = threading.Lock()
        self._jobs: dict[str, ETLJob] = {}
        self._running: dict[str, dict[object, JobStatus]] = {}
        self._last: dict[str, JobStatus] = {}
        self._all = Counters()
        self._by_job: dict[str, Counters] = {}
        self._appends = Appends(_entries_of(self._log))

    def __repr__(self) -> str:
        return f"ETLScheduler(root={self.root!r}, {len(self._jobs)} jobs)"

    @property
    def jobs(self) -> Mapping[str, ETLJob]:
        """The registered jobs by id, in the order of registration; a copy."""
        with self._lock:
            return dict(self._jobs)

    def register_job(self, job: ETLJob, *, replace: bool = False) -> None:
        """Make a job known by its id.

        Raises:
            ConfigurationError: It is no job, or the id is taken and ``replace`` is not set.
        """
        _check_job(job)
        with self._lock:
            if job.job_id in self._jobs and not replace:
                message = f"job id {job.job_id!r} is taken; pass replace=True to replace the job"
                raise ConfigurationError(message)
            self._jobs[job.job_id] = job

    def execute_job(
        self,
        job_id: str | ETLJob,
        retries: int | RetryPolicy = 3,
        *,
        run_key: str | None = None,
        force: bool = False,
        progress: ProgressCallback | None = None,
    ) -> JobResult:
        """Run a job now, on this thread, and remember how it ended.

        Args:
            job_id: The id of a registered job, or the job itself.
            retries: How often it is tried again after a failure that may be over next
                time (after 1, 2, 4 seconds …), or a policy. A job with a policy of its
                own keeps that one.
            run_key: The unit of work; see :meth:`ETLJob.execute`.
            force: Load the work of the key again; see :meth:`ETLJob.execute`.
            progress: Called after each batch.

        Returns:
            The result, also of a run that failed.

        Raises:
            UnknownJob: No job has this id; the message lists the ids.
        """
        job = self.job(job_id)
        job_id = job.job_id
        given = retries if isinstance(retries, RetryPolicy) else RetryPolicy.of(retries)
        with self._following(job_id) as on_status:
            settings = Settings(
                self._clock,
                self.state,
                job.retry or given,
                self.root,
                progress,
                self._appends,
                force=force,
                on_status=on_status,
                on_interrupt=self.remember,
            )
            return self.remember(execute(job.definition, job.kernels(), run_key, settings))

    def execute_all(self, retries: int | RetryPolicy = 3) -> list[JobResult]:
        """Run every registered job once, in the order of registration.

        A job that fails does not keep the others from running.
        """
        return [self.execute_job(job_id, retries) for job_id in self.jobs]

    def get_job_status(self, job_id: str) -> JobStatus:
        """Where a job stands: at work, or how its last run ended, or PENDING.

        Raises:
            UnknownJob: No job has this id.
        """
        self.job(job_id)
        with self._lock:
            running = self._running.get(job_id)
            if running:
                return list(running.values())[-1]
            return self._last.get(job_id, JobStatus.PENDING)

    def get_history(self, limit: int = 100, *, job_id: str | None = None) -> list[JobResult]:
        """The last results in memory, newest first; at most ``limit``."""
        with self._lock:
            results = list(self.job_history)
        found = [one for one in reversed(results) if job_id is None or one.job_id == job_id]
        return found[: max(limit, 0)]

    def get_statistics(self, job_id: str | None = None) -> JobStatistics:
        """Counts of all executions since the scheduler was made, of one job or of all.

        Raises:
            UnknownJob: No job has this id.
        """
        if job_id is not None:
            self.job(job_id)
        with self._lock:
            counters = self._all if job_id is None else self._by_job.get(job_id, Counters())
            return counters.statistics()

    def search_log(self, job_id: str | None = None, *, limit: int = 100) -> list[dict[str, Any]]:
        """Executions in the result log, newest first, those of earlier processes too.

        Without a root there is no log and the list is empty.
        """
        if self._log is None or limit <= 0:
            return []
        newest = deque(self._log.entries(job_id=job_id), maxlen=limit)
        return list(reversed(newest))

    def commits(self) -> Iterator[Settled]:
        """The commits that the destinations of all registered jobs keep; each place once."""
        loaders = {
            loader.destination.place: loader
            for job in self.jobs.values()
            for loader in job.definition.loaders.values()
        }
        for place, loader in loaders.items():
            yield from (Settled(place, record) for record in loader.destination.commits())

    def job(self, wanted: str | ETLJob) -> ETLJob:
        """A registered job.

        Raises:
            UnknownJob: No job has this id; the message lists the ids.
        """
        job_id = wanted.job_id if isinstance(wanted, ETLJob) else wanted
        with self._lock:
            if job_id in self._jobs:
                return self._jobs[job_id]
            known = {job.job_id: job.name for job in self._jobs.values()}
        ids = [each for each, name in known.items() if name == job_id]
        hint = f"; that is the name of {ids[0]!r}" if ids else did_you_mean(str(job_id), known)
        listed = ", ".join(repr(each) for each in known) or "none yet"
        message = f"there is no job {job_id!r}{hint}; registered are: {listed}"
        raise UnknownJob(message)

    @contextmanager
    def _following(self, job_id: str) -> Iterator[Callable[[JobStatus], None]]:
        """Keep the status of one execution while it lasts; a job may have several."""
        run = object()

        def on_status(status: JobStatus) -> None:
            with self._lock:
                self._running.setdefault(job_id, {})[run] = status

        try:
            yield on_status
        finally:
            with self._lock:
                self._running.get(job_id, {}).pop(run, None)

    def remember(self, result: JobResult) -> JobResult:
        """The result, counted and logged; with a warning where it could not be logged.

        What was run by ``execute_job`` is remembered already.
        """
        if result.error is not None:  # the history outlives what the frames hold
            traceback.clear_frames(result.error.__traceback__)
        with self._lock:  # first: the log takes longer, and Ctrl-C may end it
            self.job_history.append(_kept(result))
            self._last[result.job_id] = result.status
            self._all.add(result)
            self._by_job.setdefault(result.job_id, Counters()).add(result)
        logged = self._logged(result)
        if logged is not result:
            with self._lock, suppress(ValueError):  # a thousand later ones may have pushed it out
                self.job_history[self.job_history.index(result)] = _kept(logged)
        return logged

    def _logged(self, result: JobResult) -> JobResult:
        if self._log is None:
            return result
        try:
            self._log.append(result.to_dict())
        except Exception as error:  # noqa: BLE001 -- the run is over: its result must not get lost with the log
            extra = {"action": "result_not_logged", "job_id": result.job_id}
            _log.error("job %s: not in the result log: %s", result.job_id, error, extra=extra)
            warnings = (*result.warnings, f"the result log lacks this run: {error}")
            return evolve(result, warnings=warnings)
        return result


def _entries_of(log: ResultLog | None) -> Callable[[str], Iterator[dict[str, Any]]]:
    """What gives the logged results of a job, without a hold on the scheduler.

    A scheduler that holds itself would close its state whenever Python comes by.
    """
    if log is None:
        return lambda _: iter(())
    return lambda job_id: log.entries(job_id=job_id)


def _state(root: str | None) -> StateStore:
    return MemoryState() if root is None else SqliteState(inside(root, STATE_FILE))


def _kept(result: JobResult) -> JobResult:
    """A result for the history, which does not keep the records of replaced jobs alive."""
    target = result.target
    return result if target is None or target.lasting else evolve(result, target=None)


def _check_job(value: object) -> None:
    if not isinstance(value, ETLJob):
        message = f"register_job takes an ETLJob, got {shown(value)}"
        raise ConfigurationError(message)
