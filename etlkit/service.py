"""ETLPipelineService: pipelines by name, behind one object."""

from __future__ import annotations

import os
import re

from typing import TYPE_CHECKING

from etlkit._clock import SYSTEM_CLOCK
from etlkit.destinations.loader import DataLoader
from etlkit.jobs.job import ETLJob
from etlkit.scheduling.scheduler import ETLScheduler
from etlkit.sources.files import FileSource
from etlkit.sources.source import DataSource


if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from etlkit._clock import Clock
    from etlkit.destinations.destination import Destination
    from etlkit.engine.progress import ProgressCallback
    from etlkit.jobs.result import JobResult, JobStatus
    from etlkit.retry import RetryPolicy
    from etlkit.scheduling.statistics import JobStatistics
    from etlkit.state.quarantine import Quarantine
    from etlkit.state.store import StateStore
    from etlkit.transformations.step import Step
    from etlkit.validation.validator import DataValidator


__all__ = ["ETLPipelineService"]


class ETLPipelineService:
    """The one object that an application needs.

    Services are independent of each other: two in one process share nothing but the
    destinations that both write to, and runs into one destination take turns.

    Args:
        root: Folder for the result log and the rejected records. It becomes absolute
            now and is made when something is first written. None keeps everything in
            memory.
        clock: The time, for tests.

    Example:
        >>> from etlkit import ETLPipelineService, RecordsSource
        >>> service = ETLPipelineService(root=None)
        >>> job = service.create_pipeline(
        ...     "Adult users", RecordsSource([{"age": 17}, {"age": 42}]), None, "memory:"
        ... )
        >>> service.run("adult-users").rows_loaded
        2
    """

    def __init__(
        self, root: str | os.PathLike[str] | None = ".etlkit", *, clock: Clock = SYSTEM_CLOCK
    ) -> None:
        self.scheduler = ETLScheduler(root, clock=clock)
        self._clock = clock

    def __repr__(self) -> str:
        return f"ETLPipelineService(root={self.root!r})"

    @property
    def root(self) -> str | None:
        """The folder of the state, absolute, or None."""
        return self.scheduler.root

    @property
    def state(self) -> StateStore:
        """What is remembered of runs; in ``state.db`` below the root, or in memory."""
        return self.scheduler.state

    def create_pipeline(
        self,
        name: str,
        source: DataSource | str | os.PathLike[str],
        transformations: Step | Sequence[Step] | None,
        destination: DataLoader | Destination | str | os.PathLike[str],
        validator: DataValidator | None = None,
        *,
        job_id: str | None = None,
        input_validator: DataValidator | None = None,
        loaders: Mapping[str, DataLoader | Destination | str | os.PathLike[str]] | None = None,
        lineage: bool = False,
        on_error: str | Quarantine = "fail",
        retry: RetryPolicy | None = None,
        replace: bool = False,
    ) -> ETLJob:
        """Make a job and register it.

        Run it by ``service.run``: only then are its rejected records and its result kept
        below the root. ``job.execute()`` runs it on its own.

        Args:
            name: The name for people.
            source: A source, or the path of files.
            transformations: A step, steps joined by ``|``, a list of steps, or None.
            destination: A loader, or what one takes.
            validator: Checks records after the last step.
            job_id: The short name; by default the name in lower case with dashes, so
                ``"OSC cases"`` becomes ``"osc-cases"``.
            input_validator: Checks records before the first step.
            loaders: Where the named outputs of steps go; see :class:`~etlkit.ETLJob`.
            lineage: Keep for each loaded record the file and record number that it came
                from.
            on_error: ``"fail"`` or a :class:`~etlkit.Quarantine`.
            retry: The job's own policy; by default three retries.
            replace: Take the place of a job with the same id, as when a cell of a
                notebook is run again.

        Raises:
            ConfigurationError: An argument is mistaken, or the id is taken.
        """
        job = ETLJob(
            job_id or _job_id(name),
            name,
            source if isinstance(source, DataSource) else FileSource(source),
            transformations,
            destination if isinstance(destination, DataLoader) else DataLoader(destination),
            validator,
            input_validator=input_validator,
            loaders=loaders,
            lineage=lineage,
            on_error=on_error,
            retry=retry,
            clock=self._clock,
        )
        self.scheduler.register_job(job, replace=replace)
        return job

    def run(
        self,
        job_id: str | ETLJob,
        run_key: str | None = None,
        *,
        force: bool = False,
        progress: ProgressCallback | None = None,
    ) -> JobResult:
        """Run a job now, on this thread, with three retries of what may get better.

        Args:
            job_id: The id of a job, or the job that ``create_pipeline`` returned.
            run_key: The unit of work; see :meth:`~etlkit.ETLJob.execute`.
            force: Load the work of the key again; see :meth:`~etlkit.ETLJob.execute`.
            progress: Called after each batch.

        Raises:
            UnknownJob: No job has this id.
        """
        return self.scheduler.execute_job(job_id, run_key=run_key, force=force, progress=progress)

    async def arun(
        self,
        job_id: str | ETLJob,
        run_key: str | None = None,
        *,
        force: bool = False,
        progress: ProgressCallback | None = None,
    ) -> JobResult:
        """As ``run``, on a worker thread, for use in asyncio; ``progress`` is called there.

        Cancelling the task does not stop the run: its thread ends by itself.
        """
        import asyncio

        return await asyncio.to_thread(self.run, job_id, run_key, force=force, progress=progress)

    def run_all(self) -> list[JobResult]:
        """Run every job once, in the order of creation; one that fails does not stop the rest."""
        return self.scheduler.execute_all()

    def status(self, job_id: str) -> JobStatus:
        """Where a job stands."""
        return self.scheduler.get_job_status(job_id)

    def history(self, limit: int = 100, *, job_id: str | None = None) -> list[JobResult]:
        """The last results, newest first."""
        return self.scheduler.get_history(limit, job_id=job_id)

    def stats(self, job_id: str | None = None) -> JobStatistics:
        """Counts of all executions since the service was made."""
        return self.scheduler.get_statistics(job_id)


def _job_id(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", str(name).lower()).strip("-") or str(name)
