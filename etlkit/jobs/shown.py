"""An entry of the quarantine as it is shown to people, and as an export has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen


if TYPE_CHECKING:
    from etlkit.records import Record
    from etlkit.state.entries import QuarantineEntry, StatusEvent
    from etlkit.state.kept_records import KeptRecord


@frozen
class ShownEntry:
    """All that is known of a rejected record.

    Attributes:
        entry: What the index has.
        kept: What its file has: the bytes, every problem.
        events: What has happened to it, oldest first.
    """

    entry: QuarantineEntry
    kept: KeptRecord
    events: tuple[StatusEvent, ...]

    @property
    def raw(self) -> bytes | None:
        """Its bytes as they stood in the source."""
        return self.kept.raw

    @property
    def record(self) -> Record | None:
        """The record as it was in the source, or None where its bytes are no JSON object."""
        return self.kept.record

    def __str__(self) -> str:
        entry = self.entry
        step = f" in step {entry.step}" if entry.step else ""
        lines = [
            f"{entry.id} {entry.status}: {entry.place}",
            f"  {entry.stage}{step}, rule {entry.rule}: {entry.message}",
            f"  rejected {entry.attempts} time(s), last by run {entry.run_id}",
        ]
        lines += [
            f"  {each.at:%Y-%m-%d %H:%M:%SZ} {each.status} by {each.by}"
            + (f": {each.note}" if each.note else "")
            for each in self.events
        ]
        return "\n".join(lines)


def row_of(entry: QuarantineEntry, kept: KeptRecord, *, raw: bool) -> Record:
    """An entry as a record of an export."""
    row: Record = {
        "id": entry.id,
        "job_id": entry.job_id,
        "run_id": entry.run_id,
        "uri": entry.uri,
        "record_no": entry.record_no,
        "line_no": entry.line_no,
        "stage": entry.stage,
        "step": entry.step,
        "code": entry.code,
        "rule": entry.rule,
        "message": entry.message,
        "problems": [
            {"path": [*each.path], "rule": each.rule, "message": each.message}
            for each in kept.problems
        ],
        "exception": kept.exception,
        "status": entry.status,
        "attempts": entry.attempts,
        "replayable": entry.replayable,
        "first_rejected_at": entry.first_rejected_at.isoformat(),
        "rejected_at": entry.rejected_at.isoformat(),
    }
    return {**row, **_as_text(kept.raw)} if raw else row


def _as_text(raw: bytes | None) -> Record:
    import base64

    try:
        return {"raw": None if raw is None else raw.decode(), "raw_base64": None}
    except UnicodeDecodeError:
        return {"raw": None, "raw_base64": base64.b64encode(raw or b"").decode()}
