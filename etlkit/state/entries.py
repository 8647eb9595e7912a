"""One rejected record as the quarantine knows it, and what has happened to it since."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypeAlias

from attrs import frozen


EntryStatus: TypeAlias = Literal["open", "replayed", "discarded", "parked", "superseded"]
"""What became of a rejected record: nothing yet, loaded after all, given up, set apart after
too many replays that failed, or overtaken: a later load has read again what it came from, and
has not rejected it."""


def met_again(status: EntryStatus) -> EntryStatus:
    """The status of an entry whose record is rejected once more: what was decided stays."""
    return status if status in {"discarded", "parked"} else "open"


@frozen
class StatusEvent:
    """Something that happened to an entry; events are added and never changed.

    Attributes:
        status: What the entry is from then on; ``open`` also for a replay that failed.
        at: When, in UTC.
        by: Who, as the caller says: a run id, a name.
        note: Why, in words.
    """

    status: EntryStatus
    at: datetime
    by: str
    note: str = ""


@frozen
class QuarantineEntry:
    """A rejected record in the index; its bytes are in a file of the run.

    Attributes:
        id: Tells the occurrence: job, source content and record number.
        job_id: The job that rejected it.
        run_id: The run that rejected it last.
        nonce: The attempt that rejected it last.
        uri: The file it came from.
        version: Of the content of that file: its sha256, or else a hint such as its size
            and time.
        record_no: Its number there, from 1.
        line_no: The line where it begins, where there are lines.
        stage: Where it failed: ``read``, ``decode``, ``transform``, ``validate`` ...
        step: The step that it failed in, or None.
        code: Stable word for the reason.
        rule: The first rule that it broke; the code where it broke none.
        message: The reason in words; values of sensitive fields are masked.
        replayable: Its bytes can be read again as they were.
        status: What became of it.
        attempts: How often it was rejected, replays among them.
        first_rejected_at: When it was rejected for the first time, in UTC.
        rejected_at: When it was rejected last, in UTC.
        path: The file of rejected records that has its bytes; a state has the name that it has
            below the root, and ``service.quarantine`` gives its path in full.
        offset: Where its line begins in that file, in bytes.
        length: How long its line is, in bytes.
    """

    id: str
    job_id: str
    run_id: str
    nonce: str
    uri: str
    version: str
    record_no: int
    line_no: int | None
    stage: str
    step: str | None
    code: str
    rule: str
    message: str
    replayable: bool
    status: EntryStatus
    attempts: int
    first_rejected_at: datetime
    rejected_at: datetime
    path: str
    offset: int
    length: int

    @property
    def place(self) -> str:
        """Where the record stands: ``forms.jsonl:17``."""
        return f"{self.uri}:{self.line_no or self.record_no}"


@frozen
class EntryFilter:
    """Which entries are meant; what is None does not matter.

    Attributes:
        ids: These only.
        job_id: Of this job.
        run_id: Rejected last by this run.
        status: With this status.
        uri: From this file.
        record_no: With this number there.
        stage: That failed in this stage.
        step: That failed in this step.
        rule: That broke this rule.
        since: Rejected last at this time or later.
        until: Rejected last before this time.
        limit: So many at most.
    """

    ids: tuple[str, ...] | None = None
    job_id: str | None = None
    run_id: str | None = None
    status: EntryStatus | None = None
    uri: str | None = None
    record_no: int | None = None
    stage: str | None = None
    step: str | None = None
    rule: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    limit: int | None = None

    def passes(self, entry: QuarantineEntry) -> bool:
        """Whether an entry is meant; the limit does not matter."""
        return (
            all(getattr(self, name) in (None, getattr(entry, name)) for name in EQUAL)
            and (self.ids is None or entry.id in self.ids)
            and (self.since is None or entry.rejected_at >= self.since)
            and (self.until is None or entry.rejected_at < self.until)
        )


EQUAL = ("job_id", "run_id", "status", "uri", "record_no", "stage", "step", "rule")
"""Attributes of a filter that those of an entry have to be equal to."""
