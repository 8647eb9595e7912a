"""What became of one source record, run by run, as a value that can be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from attrs import frozen


if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from etlkit.engine.traces import Trace

Became: TypeAlias = Literal[
    "loaded", "rejected", "filtered", "merged", "taken", "blank", "not_there", "unknown"
]
"""What became of a record in a run: ``merged`` with others into groups, ``taken`` together
with others by a function over all of them, ``not_there`` while the file was shorter."""

Since: TypeAlias = Literal["as it was", "rewritten", "changed", "unknown"]
"""What is known of a file since a run read it; ``rewritten`` perhaps with the same bytes."""

Answer: TypeAlias = Became | Literal["not_read", "missing"]
"""``not_read`` by any run that loaded something, or ``missing``: there is no such record."""


@frozen
class RunAnswer:
    """What became of the record in one run that read its file and loaded something.

    Attributes:
        run_id: The run.
        committed_at: When it was committed, in UTC.
        became: What became of the record.
        evidence: How that is known: by the ``lineage`` of the load, by its ``quarantine``,
            by the ``position`` of its source, or only by the ``trace``, which says what the
            chain does today.
        destinations: Where it was loaded; else where the run loaded others.
        row_hashes: Of what was loaded of it, in hexadecimal digits.
        step: The step that ended it, or None.
        message: Why it was rejected, or is not known.
        status: What became of the rejected record since: ``open``, ``replayed`` ...
        is_replaced: A later load has taken the place of what was loaded.
        plan_hash: Tells the plan of the run from others.
        same_plan: It is the plan that the job has now.
        file_since: What is known of the file since then.
    """

    run_id: str
    committed_at: datetime
    became: Became
    evidence: str
    destinations: tuple[str, ...] = ()
    row_hashes: tuple[str, ...] = ()
    step: str | None = None
    message: str = ""
    status: str | None = None
    is_replaced: bool = False
    plan_hash: str = ""
    same_plan: bool = True
    file_since: Since = "unknown"

    @property
    def is_certain(self) -> bool:
        """It was noted by the run itself, and not worked out now."""
        return self.evidence != "trace"

    def __str__(self) -> str:
        words = [f"run {self.run_id} of {self.committed_at:%Y-%m-%d %H:%M:%SZ}: {self._words()}"]
        if self.file_since == "changed":
            words.append("the file has changed since")
        if self.file_since == "rewritten":
            words.append("the file was written again since, perhaps with the same content")
        if not self.same_plan:
            words.append(f"that was by another plan ({self.plan_hash}) than the job has now")
        if not self.is_certain:
            words.append("as the chain does now, since the run kept nothing of it")
        return "; ".join(words)

    def _words(self) -> str:
        where = ", ".join(self.destinations)
        if self.became == "loaded":
            gone = ", and replaced since" if self.is_replaced else ""
            hashes = f" as {', '.join(self.row_hashes)}" if self.row_hashes else ""
            return f"loaded into {where}{hashes}{gone}"
        if self.became == "rejected":
            step = "" if self.step is None else f" by {self.step}"
            now = "" if self.status is None else f" (now {self.status})"
            return f"rejected{step}: {self.message}{now}"
        step = self.step or "a step"
        return {
            "filtered": f"filtered by {step}",
            "merged": f"merged with other records by {step}",
            "taken": f"taken together with other records by {step}",
            "blank": "a blank line, which is no record",
            "not_there": "the file had fewer records then",
        }.get(self.became, self.message or "not loaded and not rejected; why is not known")

    def to_dict(self) -> dict[str, Any]:
        """All of it, ready for JSON."""
        return {
            "run_id": self.run_id,
            "committed_at": self.committed_at.isoformat(),
            "became": self.became,
            "evidence": self.evidence,
            "destinations": list(self.destinations),
            "row_hashes": list(self.row_hashes),
            "step": self.step,
            "message": self.message,
            "status": self.status,
            "is_replaced": self.is_replaced,
            "plan_hash": self.plan_hash,
            "same_plan": self.same_plan,
            "file_since": self.file_since,
        }


@frozen(repr=False)
class Why:
    """Why a source record is, or is not, at the destination.

    Printing it shows all of it; values of sensitive fields are masked.

    Attributes:
        job_id: The job.
        file: The file, or the name of the source.
        record_no: The number of the record there, from 1; None where it was not found, or
            a loaded record was asked for that was made of several.
        runs: The runs that read it, oldest first.
        trace: What each step makes of it now; None where it cannot be read.
        plan_hash: Of the job as it is now.
        remarks: What else should be known.
    """

    job_id: str
    file: str
    record_no: int | None
    runs: tuple[RunAnswer, ...]
    trace: Trace | None
    plan_hash: str = ""
    remarks: tuple[str, ...] = ()

    @property
    def answer(self) -> Answer:
        """In one word: what the last run that read it made of it."""
        if self.runs:
            return self.runs[-1].became
        return "missing" if self.trace is None or self.trace.outcome == "missing" else "not_read"

    def __str__(self) -> str:
        return "\n".join(self._lines())

    __repr__ = __str__

    def _lines(self) -> Iterator[str]:
        place = self.file if self.record_no is None else f"{self.file}, record {self.record_no}"
        yield f"{place}, in job {self.job_id!r}: {self.answer.replace('_', ' ')}"
        yield from (f"  {run}" for run in self.runs)
        if not self.runs:
            yield "  no run that loaded something has read it"
        yield from (f"  note: {remark}" for remark in self.remarks)
        if self.trace is not None:
            yield from self.trace.lines()

    def to_dict(self) -> dict[str, Any]:
        """All of it, ready for JSON."""
        return {
            "job_id": self.job_id,
            "file": self.file,
            "record_no": self.record_no,
            "answer": self.answer,
            "plan_hash": self.plan_hash,
            "runs": [run.to_dict() for run in self.runs],
            "trace": None if self.trace is None else self.trace.to_dict(),
            "remarks": list(self.remarks),
        }
