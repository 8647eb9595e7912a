"""Entries whose record was read again by a later load, which has not rejected it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from etlkit._files.versions import full_name
from etlkit.errors import ConfigurationError
from etlkit.state.entries import StatusEvent


if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from etlkit.runs.commit import CommitRecord
    from etlkit.state.entries import EntryStatus, QuarantineEntry

WAITING: tuple[EntryStatus, ...] = ("open", "parked")
"""What an entry is that may still be loaded; one that is done with stays what it is."""


def supersedes(record: CommitRecord) -> bool:
    """Whether a load has read files again whose content had changed."""
    return any(each.again for each in record.position.inputs)


def superseded(entries: Iterable[QuarantineEntry], record: CommitRecord) -> Iterator[str]:
    """The ids of those entries that are of an earlier content of a file that was read again.

    Args:
        entries: Of the job, with those that the load itself has rejected, which stay; as do
            those that are done with.
        record: The commit of the load.
    """
    files, run = [each.uri for each in record.position.inputs if each.again], record.run
    for entry in entries:
        before = entry.nonce != run.nonce and entry.rejected_at <= run.started
        if before and entry.status in WAITING and _is_of(entry.uri, files):
            yield entry.id


def superseding(record: CommitRecord) -> StatusEvent:
    """What happens to such an entry."""
    forced, changed = "the load was done again", "the file was loaded again with another content"
    note = forced if record.supersedes else changed
    return StatusEvent("superseded", record.committed_at, record.run.run_id, note)


def check_reopened(entries: Iterable[QuarantineEntry]) -> None:
    """Look whether entries may be open again.

    Raises:
        ConfigurationError: One is superseded: a replay would put its record beside those
            that took its place.
    """
    for entry in entries:
        if entry.status == "superseded":
            message = (
                f"{entry.id} ({entry.place}) was superseded: a later run has loaded what took its "
                "place; mend the record in the source, and run the job"
            )
            raise ConfigurationError(message)


def _is_of(uri: str, files: Iterable[str]) -> bool:
    """Whether a record is of one of these files, or of a member of one."""
    name = full_name(uri)
    return any(name == file or name.startswith(f"{file}/") for file in files)
