"""What a forced load takes the place of: a load, and the replays of what it had rejected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import field, frozen

from etlkit.errors import ConfigurationError
from etlkit.state.entries import EntryFilter, StatusEvent
from etlkit.state.superseding import WAITING


if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from etlkit.runs.commit import CommitRecord
    from etlkit.runs.context import RunContext
    from etlkit.state.entries import EntryStatus, QuarantineEntry
    from etlkit.state.store import StateStore

REPLAY = "replay "
"""What the run keys of replays begin with."""

_DIGITS = 64  # of a sha256

TAKEN: tuple[EntryStatus, ...] = (*WAITING, "replayed")
"""What an entry is that a forced load may take the place of."""


def is_replay(run: RunContext) -> bool:
    """Whether a run has read entries of the quarantine, and not the source."""
    return run.run_key.startswith(REPLAY) and len(run.run_key) == len(REPLAY) + _DIGITS


@frozen
class Origins:
    """Tells which load has rejected a record, which replays may have rejected again since.

    Args:
        commits: Of the job.
        events: Gives the events of an entry.
    """

    commits: Sequence[CommitRecord]
    events: Callable[[str], Iterable[StatusEvent]]
    _replays: dict[str, CommitRecord] = field(init=False)

    @_replays.default
    def _those_that_replay(self) -> dict[str, CommitRecord]:
        return {each.run.nonce: each for each in self.commits if is_replay(each.run)}

    @property
    def replays(self) -> Iterable[CommitRecord]:
        """The commits of replays."""
        return self._replays.values()

    def of(self, entry: QuarantineEntry) -> str:
        """The nonce of the last run that has rejected the record and was no replay."""
        if entry.nonce not in self._replays:
            return entry.nonce
        loads = [each.run for each in self.commits if not is_replay(each.run)]
        rejected = {(run.run_id, run.started): run.nonce for run in loads}
        for event in reversed(tuple(self.events(entry.id))):
            if (event.by, event.at) in rejected:
                return rejected[event.by, event.at]
        first = (run.nonce for run in loads if run.started == entry.first_rejected_at)
        return next(first, entry.nonce)

    def overtaken(
        self, record: CommitRecord, entries: Iterable[QuarantineEntry]
    ) -> tuple[list[str], list[str]]:
        """The ids of entries that a forced load is done with, and of those that are open again.

        The load has read their records again, and has not rejected them. A replay that it
        takes the place of may have loaded records of other loads too, which nobody has now.

        Args:
            record: The commit of the forced load.
            entries: Of the job, of a status that is ``TAKEN``.
        """
        gone = set(record.supersedes)
        replayed = {one for each in self.replays if each.run.nonce in gone for one in each.replayed}
        loads = gone - self._replays.keys()
        done, again = [], []
        for entry in entries:
            if entry.nonce == record.run.nonce:
                continue
            is_taken = entry.status in WAITING or entry.id in replayed
            if is_taken and self.of(entry) in loads:
                done.append(entry.id)
            elif entry.status == "replayed" and entry.id in replayed:
                again.append(entry.id)
        return done, again


def open_again(record: CommitRecord) -> StatusEvent:
    """What happens to an entry whose replay counts no more."""
    note = "the replay that had loaded it was superseded by a load that was done again"
    return StatusEvent("open", record.committed_at, record.run.run_id, note)


def replays_of(state: StateStore, load: CommitRecord) -> tuple[str, ...]:
    """Nonces of the replays that have loaded records which a load had rejected.

    Raises:
        ConfigurationError: Entries that were replayed since are erased, so nobody knows.
    """
    job_id, nonce = load.run.job_id, load.run.nonce
    origins = Origins([each.record for each in state.commits(job_id)], state.events)
    found = []
    for replay in origins.replays:
        if replay.output != load.output or not replay.replayed or replay.run.nonce == nonce:
            continue
        entries = list(state.entries(EntryFilter(ids=replay.replayed)))
        if any(origins.of(entry) == nonce for entry in entries):
            found.append(replay.run.nonce)
        elif len(entries) < len(replay.replayed) and replay.committed_at > load.committed_at:
            message = (
                f"job {job_id!r}: rejected records were replayed by run {replay.run.run_id} and "
                f"erased since, so it is not known whether run_key {load.run.run_key!r} had "
                "rejected them, and force=True might load them twice; use another run_key, or "
                "load everything anew with mode='replace'"
            )
            raise ConfigurationError(message)
    return tuple(found)
