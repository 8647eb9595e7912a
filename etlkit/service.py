"""ETLPipelineService: pipelines by name, behind one object."""

from __future__ import annotations

import os
import re

from typing import TYPE_CHECKING

from etlkit._clock import SYSTEM_CLOCK
from etlkit._files.paths import inside
from etlkit.destinations.loader import DataLoader
from etlkit.errors import ConfigurationError
from etlkit.jobs.job import ETLJob
from etlkit.scheduling.scheduler import STATE_FILE, ETLScheduler
from etlkit.sources.files import FileSource
from etlkit.sources.source import DataSource


if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from etlkit._clock import Clock
    from etlkit.destinations.destination import Destination
    from etlkit.engine.progress import ProgressCallback
    from etlkit.jobs.becoming import Why
    from etlkit.jobs.quarantined import QuarantineView
    from etlkit.jobs.result import JobResult, JobStatus
    from etlkit.records import Record
    from etlkit.retry import RetryPolicy
    from etlkit.scheduling.statistics import JobStatistics
    from etlkit.state.lineage.questions import Lineage
    from etlkit.state.quarantine import Quarantine
    from etlkit.state.rebuilding import Rebuilt
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

    @property
    def lineage(self) -> Lineage:
        r"""Answers where loaded records came from, for jobs with ``lineage=True``.

        Example:
            >>> from etlkit import ETLPipelineService, FileSource
            >>> from pathlib import Path
            >>> _ = Path("forms.jsonl").write_text('{"id":1}\n{"id":2}\n', encoding="utf-8")
            >>> service = ETLPipelineService("state")
            >>> job = service.create_pipeline(
            ...     "Forms", "forms.jsonl", None, "cases.jsonl", lineage=True
            ... )
            >>> service.run("forms").rows_loaded
            2
            >>> [row.record_no for row in service.lineage.find(record={"id": 2})]
            [2]
        """
        from etlkit.state.lineage.questions import Lineage

        return Lineage(self.state, self.root)

    def why(
        self,
        file: str | os.PathLike[str] | None = None,
        record_no: int | None = None,
        *,
        job_id: str | None = None,
        raw: bytes | None = None,
        record: Record | None = None,
    ) -> Why:
        """Why a record of a source is, or is not, at its destination.

        It reads the source up to the record and sends the record through the chain as it
        is now; nothing is written. Ask by file and number, or by what the record is.

        Args:
            file: The file, as the job names it or in full; the name of another source.
            record_no: The number of the record there, from 1.
            job_id: The job; not needed where only one reads the file.
            raw: Or the bytes of the record, as they stand in the source.
            record: Or its values, as they are in the source or as they were loaded.

        Raises:
            UnknownJob: No job has this id.
            ConfigurationError: The question is not whole, or several jobs may be meant.

        Example:
            >>> from etlkit import ETLPipelineService, RecordsSource
            >>> from etlkit.transformations import Filter
            >>> service = ETLPipelineService(root=None)
            >>> adults = Filter(lambda record: record["age"] >= 18, name="adults only")
            >>> people = RecordsSource([{"age": 17}, {"age": 42}])
            >>> job = service.create_pipeline("Adults", people, adults, "memory:")
            >>> service.run("adults").rows_loaded
            1
            >>> print(service.why(record={"age": 17}).answer)
            filtered
        """
        from etlkit.jobs.why import Question, job_reading, why

        place = None if file is None else os.fspath(file)
        question = Question(place, record_no, raw, record)
        jobs = self.scheduler.jobs
        if job_id is not None:
            definition = self.scheduler.job(job_id).definition
        else:
            every = [job.definition for job in jobs.values()]
            definition = job_reading(every, self.state, place)
        return why(definition, self.state, self.root, question)

    def rebuild_state(self) -> Rebuilt:
        """Build the state again from the commit records of the registered jobs' destinations.

        For a state that was lost or damaged: what destinations do not keep themselves,
        such as marks on quarantine entries, is gone with it.

        Raises:
            ConfigurationError: No job is registered.
            CorruptState: A commit record or a quarantine file is damaged; the message
                names it, and the state stays as it is.
        """
        from etlkit.state.rebuilding import rebuild
        from etlkit.state.sqlite.rebuilding import rebuild_state

        if not self.scheduler.jobs:
            message = (
                "no job is registered, so there is no destination whose commit records could be "
                "read; make all jobs with create_pipeline(...) first, then call rebuild_state()"
            )
            raise ConfigurationError(message)
        commits = self.scheduler.commits()
        if self.root is None:
            return rebuild(self.state, commits)
        self.state.close()
        return rebuild_state(inside(self.root, STATE_FILE), commits)

    @property
    def quarantine(self) -> QuarantineView:
        """The rejected records: to look at, to replay, to mark, to erase.

        Raises:
            ConfigurationError: The service has no root, so nothing of them is kept.
        """
        from etlkit.jobs.quarantined import QuarantineView

        if self.root is None:
            message = (
                "a service without a root keeps no quarantine: the rejected records of a run are "
                "in its result; make the service with one, such as ETLPipelineService('.etlkit')"
            )
            raise ConfigurationError(message)
        scheduler = self.scheduler
        return QuarantineView(
            self.state,
            self.root,
            jobs=lambda: scheduler.jobs,
            clock=self._clock,
            remember=scheduler.remember,
        )

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
