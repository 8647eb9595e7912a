"""What a run says of itself when it is over."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from etlkit.jobs.contents import contents
from etlkit.jobs.html import paragraph, table
from etlkit.records import Rejection
from etlkit.runs.tally import Tally


if TYPE_CHECKING:
    from etlkit.destinations.destination import Destination
    from etlkit.records import Record
    from etlkit.runs.tally import OtherSide


__all__ = ["Attempt", "JobResult", "JobStatus"]


RESULT_FORMAT = 1
SHOWN_REJECTIONS = 10  # in a notebook


class JobStatus(StrEnum):
    """Where a job stands.

    ``PENDING`` was never run, ``RUNNING`` is at work, ``RETRYING`` waits for its next
    attempt; the others are how a run ended: ``COMPLETED``, ``FAILED``, ``SKIPPED`` (its
    run key was loaded before) and ``INTERRUPTED`` (by Ctrl-C or the end of the program).
    """

    PENDING = "pending"
    RUNNING = "running"
    RETRYING = "retrying"
    COMPLETED = "completed"
    FAILED = "failed"
    SKIPPED = "skipped"
    INTERRUPTED = "interrupted"

    def __str__(self) -> str:
        return self.value


@frozen
class Attempt:
    """One try of a run.

    Attributes:
        number: From 1.
        started: When it began, in UTC.
        duration_seconds: How long it took.
        error: What it failed with, in words; None when it did not fail.
        waited_seconds: How long the run waited before the next attempt.
    """

    number: int
    started: datetime
    duration_seconds: float
    error: str | None = None
    waited_seconds: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """The attempt, ready for JSON."""
        return {
            "number": self.number,
            "started": self.started.isoformat(),
            "duration_seconds": round(self.duration_seconds, 6),
            "error": self.error,
            "waited_seconds": self.waited_seconds,
        }


@frozen(repr=False)
class JobResult:
    """How a run ended, and what became of its records; true when it succeeded.

    Attributes:
        job_id: The job.
        status: How it ended.
        start_time: When it began, in UTC.
        end_time: When it ended, in UTC.
        duration_seconds: How long it took, waits between attempts among it.
        rows_extracted: Records read from the source, rejected ones among them.
        rows_transformed: Records that came out of the chain and passed validation.
        rows_loaded: Records that the destination holds from this run; 0 when it failed.
        errors: Why it failed, in words; empty when it did not.
        warnings: What should be known although it did not fail.
        run_id: The id of this run; unlike the run key it never comes again.
        run_key: The unit of work.
        tally: Every count of the last attempt.
        attempts: Every try.
        rejections: Records that were set aside; the first hundred when a file has all.
        quarantine_path: The file that keeps all of them, or None.
        error: The exception that ended the run, or None.
        destination: Where the run loads into; for a file its path, in full.
        mode: ``"replace"``, ``"append"`` ..., as the loader has it; ``"replay"`` where rejected
            records were replayed.
        target: The destination itself; None in a history that does not keep it.
    """

    job_id: str
    status: JobStatus
    start_time: datetime
    end_time: datetime
    duration_seconds: float
    rows_extracted: int = 0
    rows_transformed: int = 0
    rows_loaded: int = 0
    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    run_id: str = field(default="", kw_only=True)
    run_key: str = field(default="", kw_only=True)
    tally: Tally = field(factory=Tally, kw_only=True)
    attempts: tuple[Attempt, ...] = field(default=(), kw_only=True)
    rejections: tuple[Rejection, ...] = field(default=(), kw_only=True, repr=False)
    quarantine_path: str | None = field(default=None, kw_only=True)
    error: BaseException | None = field(default=None, kw_only=True, repr=False, eq=False)
    destination: str = field(default="", kw_only=True)
    mode: str = field(default="", kw_only=True)
    target: Destination | None = field(default=None, kw_only=True, repr=False, eq=False)

    @property
    def succeeded(self) -> bool:
        """Whether the work is done, by this run or by one before it."""
        return self.status in (JobStatus.COMPLETED, JobStatus.SKIPPED)

    @property
    def rows_rejected(self) -> int:
        """Records that were set aside."""
        return self.tally.rejected

    def raise_if_failed(self) -> JobResult:
        """The result itself, so that a call can be chained.

        Raises:
            Exception: The one that ended the run, where it failed.
        """
        if self.error is not None:
            raise self.error
        return self

    def records(self) -> list[Record]:
        """What the destination holds now, as a list of records.

        These are all records of the destination, whichever run loaded them; those of a
        file are read back as its format gives them, so that cells of CSV are texts.

        Raises:
            ConfigurationError: The destination cannot be read back.
            EtlkitError: As for :meth:`etlkit.DataSource.extract`.

        Example:
            >>> from etlkit import ETLJob, RecordsSource
            >>> job = ETLJob("one", "One", RecordsSource([{"id": 1}]), None, "memory:")
            >>> job.execute().records()
            [{'id': 1}]
        """
        return contents(self.target).extract()

    def to_arrow(self) -> Any:
        """What the destination holds now, as a ``pyarrow.Table``.

        These are all records of the destination, whichever run loaded them; they are
        read back, and held in memory as a whole. See :meth:`etlkit.DataSource.to_arrow`.

        Raises:
            ConfigurationError: The destination cannot be read back.
            EtlkitError: As for :meth:`etlkit.DataSource.to_arrow`.

        Example:
            >>> from etlkit import ETLJob, RecordsSource
            >>> job = ETLJob("one", "One", RecordsSource([{"id": 1}]), None, "memory:")
            >>> job.execute().to_arrow().to_pydict()
            {'id': [1]}
        """
        return contents(self.target).to_arrow()

    def to_pandas(self) -> Any:
        """What the destination holds now, as a ``pandas.DataFrame``.

        See ``to_arrow`` and :meth:`etlkit.DataSource.to_pandas`.
        """
        return contents(self.target).to_pandas()

    def to_polars(self) -> Any:
        """What the destination holds now, as a ``polars.DataFrame``.

        See ``to_arrow`` and :meth:`etlkit.DataSource.to_polars`.
        """
        return contents(self.target).to_polars()

    def to_dict(self) -> dict[str, Any]:
        """Everything but the rejected records themselves, ready for JSON.

        This is the line that the result log keeps.
        """
        return {
            "format": RESULT_FORMAT,
            "job_id": self.job_id,
            "run_id": self.run_id,
            "run_key": self.run_key,
            "status": self.status.value,
            "destination": self.destination,
            "mode": self.mode,
            "start_time": self.start_time.isoformat(),
            "end_time": self.end_time.isoformat(),
            "duration_seconds": round(self.duration_seconds, 6),
            "rows_extracted": self.rows_extracted,
            "rows_transformed": self.rows_transformed,
            "rows_loaded": self.rows_loaded,
            "rows_rejected": self.rows_rejected,
            "errors": list(self.errors),
            "warnings": list(self.warnings),
            "tally": self.tally.to_dict(),
            "attempts": [attempt.to_dict() for attempt in self.attempts],
            "quarantine_path": self.quarantine_path,
        }

    def __bool__(self) -> bool:
        return self.succeeded

    def __repr__(self) -> str:
        return f"<JobResult {str(self).partition(chr(10))[0]}>"

    def __str__(self) -> str:
        counts = self.tally
        words = [f"{self.job_id}: {self.status}", f"read {counts.read:,}"]
        if counts.produced:
            words.append(f"produced {counts.produced:,}")
        words.append(f"loaded {self.rows_loaded:,}")
        words += [
            f"{name} {number:,}"
            for name, number in (
                ("filtered", counts.filtered),
                ("merged", counts.merged),
                ("rejected", counts.rejected),
            )
            if number
        ]
        lines = [f"{', '.join(words)} in {self.duration_seconds:.2f} s"]
        lines += [f"  other side of {step}: {other}" for step, other in self._others()]
        lines += [f"  error: {error}" for error in self.errors]
        lines += [f"  warning: {warning}" for warning in self.warnings]
        if self.quarantine_path:
            lines.append(f"  rejected records: {self.quarantine_path}")
        # a path may hold bytes that are no UTF-8, which no terminal takes as they are
        return "\n".join(lines).encode(errors="backslashreplace").decode()

    def _others(self) -> list[tuple[str, OtherSide]]:
        """What the steps read beside the source, each with the step."""
        return [(step.name, other) for step in self.tally.steps for other in step.others]

    def _repr_html_(self) -> str:
        tally = self.tally
        caption = f"{self.job_id}: {self.status} in {self.duration_seconds:.2f} s"
        head = ("read", "produced", "loaded", "filtered", "merged", "rejected")
        parts = [table(caption, head, [[getattr(tally, name) for name in head]])]
        if tally.steps:
            columns = ("name", "filtered", "produced", "merged", "rejected")
            steps = [[getattr(step, name) for name in columns] for step in tally.steps]
            parts.append(table("steps", columns, steps))
        if others := self._others():
            columns = ("read", "matched", "unmatched", "added", "calls")
            lines = [
                [step, other.uri, *(getattr(other, name) for name in columns)]
                for step, other in others
            ]
            parts.append(table("other sides", ("step", "of", *columns), lines))
        if self.rejections:
            shown = self.rejections[:SHOWN_REJECTIONS]
            rows = [(one.place, one.step or one.stage, one.code, one.message) for one in shown]
            caption = f"rejected records, {len(shown)} of {tally.rejected}"
            parts.append(table(caption, ("where", "step", "code", "why"), rows))
        parts += [paragraph("error", message) for message in self.errors]
        parts += [paragraph("warning", message) for message in self.warnings]
        return "".join(parts)
