"""Entries whose source file was loaded again with another content."""

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


def files_again(record: CommitRecord) -> tuple[str, ...]:
    """The files that a load has read again, since their content had changed."""
    return tuple(each.uri for each in record.position.inputs if each.again)


def superseded(entries: Iterable[QuarantineEntry], record: CommitRecord) -> Iterator[str]:
    """The ids of those entries that are of an earlier content of a file that was read again.

    Args:
        entries: Of the job, from before the commit; those that are done with stay.
        record: The commit.
    """
    files, run = files_again(record), record.run
    for entry in entries:
        before = entry.nonce != run.nonce and entry.rejected_at <= run.started
        if before and entry.status in WAITING and _is_of(entry.uri, files):
            yield entry.id


def superseding(record: CommitRecord) -> StatusEvent:
    """What happens to such an entry."""
    note = "the file was loaded again with another content"
    return StatusEvent("superseded", record.committed_at, record.run.run_id, note)


def check_reopened(entries: Iterable[QuarantineEntry]) -> None:
    """Look whether entries may be open again.

    Raises:
        ConfigurationError: One is superseded: a replay would put its record beside those
            of the file as it is now.
    """
    for entry in entries:
        if entry.status == "superseded":
            message = (
                f"{entry.id} ({entry.place}) is of an earlier content of its file, which was "
                "loaded again since; mend the record in the file, and run the job"
            )
            raise ConfigurationError(message)


def _is_of(uri: str, files: Iterable[str]) -> bool:
    """Whether a record is of one of these files, or of a member of one."""
    name = full_name(uri)
    return any(name == file or name.startswith(f"{file}/") for file in files)
