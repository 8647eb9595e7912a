"""What a run says of itself: its identity, its counts, and the record of its commit."""

from __future__ import annotations

import os

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, TypeAlias

from attrs import Factory, define, field, frozen

from etlkit.errors import BalanceError


__all__ = [
    "COMMIT_FORMAT",
    "CommitRecord",
    "Load",
    "Mode",
    "Part",
    "RunContext",
    "StepTally",
    "Tally",
    "Written",
    "new_run_id",
    "random_mark",
]

COMMIT_FORMAT = 1


@frozen
class RunContext:
    """The identity of one attempt.

    Attributes:
        job_id: The job that runs.
        run_id: One call of ``execute``; its retries share it.
        run_key: The unit of work, the same when the same work is done again.
        attempt: Number of the try, from 1.
        nonce: Random mark of this attempt; temporary files carry it, and a commit
            record is recognised by it.
        started: When the attempt began, in UTC.
    """

    job_id: str
    run_id: str
    run_key: str
    attempt: int
    nonce: str
    started: datetime


Mode: TypeAlias = Literal["replace", "append", "upsert"]
"""What a load does with what the destination held before."""


@frozen
class Load:
    """What a destination has to know of a load before it begins.

    Attributes:
        run: The attempt.
        mode: What happens to what is there already.
        key: Fields that identify a record; for ``upsert`` only.
    """

    run: RunContext
    mode: Mode
    key: tuple[str, ...] = ()


def new_run_id(now: datetime) -> str:
    """An id that sorts by time and is safe as a file name: ``20240601T120000Z-1f2e3d4c5b6a``."""
    return f"{now:%Y%m%dT%H%M%SZ}-{random_mark()}"


def random_mark() -> str:
    """Twelve random hexadecimal digits."""
    return os.urandom(6).hex()


@define
class StepTally:
    """Exact counts of one step of a run.

    Attributes:
        name: The step.
        filtered: Records it dropped on purpose.
        produced: Records it added: k results of one record count k - 1, groups count g.
        merged: Records that went into groups.
        rejected: Source records that failed in it.
        warned: Rules that records broke and passed all the same, by place and rule:
            ``{"$.age max": 12}``.
        coerced: Values that it turned into another type, by place: ``{"$.age": 40}``.
        dropped: Fields that it removed from records, by the place of the record:
            ``{"$": 7}``.
        by_difference: The counts are what went in less what came out, since the
            function is opaque.
        sampled_seconds: Seconds spent in the step during the batches that were timed.
        sampled_records: Records that entered it during those batches.
    """

    name: str
    filtered: int = 0
    produced: int = 0
    merged: int = 0
    rejected: int = 0
    warned: dict[str, int] = Factory(dict)
    coerced: dict[str, int] = Factory(dict)
    dropped: dict[str, int] = Factory(dict)
    by_difference: bool = False
    sampled_seconds: float = 0.0
    sampled_records: int = 0

    def to_dict(self) -> dict[str, Any]:
        """The counts by name, ready for JSON."""
        return {name: getattr(self, name) for name in self.__slots__ if not name.startswith("_")}


@define
class Tally:
    """Where every record of a run went.

    ``read + produced = loaded + filtered + merged + rejected`` holds for every run that
    publishes something; it is checked before.

    Attributes:
        read: Source records.
        loaded: Records the destination holds, as it says itself.
        rejected: Records that were set aside, derived ones among them.
        rejected_derived: Those of them that a step over several records had made.
        transformed: Records that came out of the chain and were handed to the destination.
        blank: Blank lines, which are no records.
        extracted_from: Files or other origins that were read.
        steps: Counts of each step, in order.
    """

    read: int = 0
    loaded: int = 0
    rejected: int = 0
    rejected_derived: int = 0
    transformed: int = 0
    blank: int = 0
    extracted_from: int = 0
    steps: list[StepTally] = Factory(list)

    @property
    def filtered(self) -> int:
        """Records that steps dropped on purpose."""
        return sum(step.filtered for step in self.steps)

    @property
    def produced(self) -> int:
        """Records that steps added."""
        return sum(step.produced for step in self.steps)

    @property
    def merged(self) -> int:
        """Records that went into groups."""
        return sum(step.merged for step in self.steps)

    @property
    def outgoing(self) -> int:
        """Records that came out of the chain and were handed to the destination."""
        return self.read + self.produced - self.filtered - self.merged - self.rejected

    def check(self) -> None:
        """Check the balance.

        Raises:
            BalanceError: A record is unaccounted for; the message has both sides.
        """
        if self.outgoing != self.loaded:
            message = (
                "the accounting of the run does not add up, so nothing was published: "
                f"read {self.read} + produced {self.produced} is not loaded {self.loaded} + "
                f"filtered {self.filtered} + merged {self.merged} + rejected {self.rejected}; "
                "a destination that counts wrongly, or a defect of etlkit that should be reported"
            )
            raise BalanceError(message)

    def __str__(self) -> str:
        return (
            f"read {self.read} + produced {self.produced} = loaded {self.loaded} + "
            f"filtered {self.filtered} + merged {self.merged} + rejected {self.rejected}"
        )

    def to_dict(self) -> dict[str, Any]:
        """All counts by name, ready for JSON."""
        return {
            "read": self.read,
            "produced": self.produced,
            "loaded": self.loaded,
            "filtered": self.filtered,
            "merged": self.merged,
            "rejected": self.rejected,
            "rejected_derived": self.rejected_derived,
            "blank": self.blank,
            "steps": [step.to_dict() for step in self.steps],
        }


@frozen
class Part:
    """One thing that a destination will publish: a file, an object, the rows of a table."""

    name: str
    records: int
    size_bytes: int | None = None


@frozen
class Written:
    """What a load session has really written, before it is published.

    Attributes:
        parts: What will be published.
        remarks: What the user should know of it although nothing failed.
    """

    parts: Sequence[Part]
    remarks: Sequence[str] = ()

    @property
    def records(self) -> int:
        """Records in all parts."""
        return sum(part.records for part in self.parts)


@frozen
class CommitRecord:
    """What a destination is given to keep of one load, together with its data.

    Attributes:
        run: The attempt that commits.
        mode: ``replace``, ``append`` or ``upsert``.
        written: The parts that are published.
        tally: The counts of the run.
        quarantine: File of the rejected records, or None.
        committed_at: When, in UTC.
        format: Version of this layout.
    """

    run: RunContext
    mode: Mode
    written: Written
    tally: Tally
    quarantine: str | None
    committed_at: datetime
    format: int = field(default=COMMIT_FORMAT, kw_only=True)
