"""What a commit changes in a state: the rules that all stores share, without where it is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve

from etlkit.runs.commit import Position
from etlkit.state.entries import StatusEvent, met_again


if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from etlkit.runs.commit import CommitRecord
    from etlkit.runs.inputs import InputFile
    from etlkit.state.entries import QuarantineEntry
    from etlkit.state.store import Settled


def folded(positions: Iterable[Position]) -> Position:
    """How far a source was read by loads, of which these are the positions, oldest first."""
    inputs: dict[str, InputFile] = {}
    cursor = None
    for each in positions:
        inputs.update((one.uri, one) for one in each.inputs)
        cursor = cursor if each.cursor is None else each.cursor
    return Position(tuple(inputs.values()), cursor)


def counts_from(commit: Settled) -> datetime:
    """The moment that says where a commit stands among those of its job."""
    return commit.record.committed_at if commit.at is None else commit.at


def is_before(commit: Settled, noted: CommitRecord) -> bool:
    """Whether a commit that is noted only now stands before one that was noted earlier."""
    return counts_from(commit) < noted.committed_at


def rejected_again(
    earlier: QuarantineEntry, entry: QuarantineEntry
) -> tuple[QuarantineEntry, StatusEvent | None]:
    """What is known of a record that was rejected before, and what is added to its events.

    What was rejected last counts, whatever is noted last.
    """
    first = min(earlier.first_rejected_at, entry.first_rejected_at)
    if entry.nonce == earlier.nonce:  # the outputs of a run share a quarantine file
        status, attempts = met_again(earlier.status), earlier.attempts
        return evolve(entry, first_rejected_at=first, attempts=attempts, status=status), None
    attempts = earlier.attempts + 1
    if entry.rejected_at < earlier.rejected_at:
        event = StatusEvent(earlier.status, entry.rejected_at, entry.run_id, entry.message)
        return evolve(earlier, first_rejected_at=first, attempts=attempts), event
    status = met_again(earlier.status)
    event = StatusEvent(status, entry.rejected_at, entry.run_id, entry.message)
    return evolve(entry, first_rejected_at=first, attempts=attempts, status=status), event


def replaying(record: CommitRecord) -> StatusEvent:
    """What happens to the entries that a load has loaded after all."""
    return StatusEvent("replayed", record.committed_at, record.run.run_id)
