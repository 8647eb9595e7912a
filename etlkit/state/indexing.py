"""The entries of a quarantine file, as an index needs them: all but the bytes.

A file is read line by line and compared with what its commit record says of it, so an
index is made of whole files only.
"""

from __future__ import annotations

import hashlib

from datetime import datetime
from typing import TYPE_CHECKING, Any

import orjson

from etlkit._files.reading import read_lines
from etlkit._files.writing import size_of
from etlkit.errors import CorruptState
from etlkit.state.entries import QuarantineEntry
from etlkit.state.entry_lines import ENTRY_FORMAT
from etlkit.state.erasing import erasure_note, is_removed
from etlkit.state.kept_records import ERASED
from etlkit.state.lines import is_sealed
from etlkit.state.rejected import is_delivered


if TYPE_CHECKING:
    from collections.abc import Iterator

    from etlkit.runs.commit import CommitRecord, KeptFile


def index_entries(
    named: KeptFile, record: CommitRecord, root: str | None = None
) -> Iterator[QuarantineEntry]:
    """The entries of the quarantine file that a commit record names, one at a time.

    Args:
        named: The file, as the record names it; so do the entries.
        record: The commit record.
        root: The folder below which the file is, or None where it is named in full.

    Raises:
        CorruptState: The file is missing or is not what the record says; what was given
            before that must not be kept.
    """
    kept = named.at(root)
    if is_delivered(kept) or is_removed(kept.path):
        return
    digest, offset, number = hashlib.sha256(), 0, 0
    for number, line in enumerate(read_lines(kept.path), 1):
        digest.update(line)
        if not line.startswith(ERASED):
            try:
                yield _entry(line, (named.path, offset, len(line)), record)
            except (ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
                message = (
                    f"{kept.path}:{number}: the line at byte {offset} is none of a quarantine "
                    "file; it was damaged, put back a copy of the file"
                )
                raise CorruptState(message) from error
        offset += len(line)
    as_long = (number, offset) == (kept.records, kept.size_bytes)
    if not as_long or not _is_known(kept, digest.hexdigest()):
        message = (
            f"{kept.path}: is not the quarantine file that run {record.run.run_id} committed "
            f"({kept.records} record(s) in {kept.size_bytes} bytes; found {number} in {offset}): "
            f"{_lost(kept.path)}; put back a copy of it"
        )
        raise CorruptState(message)


def _lost(path: str) -> str:
    if size_of(path) is None:
        return "it is not there; was the root moved or cleared?"
    return "it was damaged"


def _is_known(kept: KeptFile, found: str) -> bool:
    """Whether it is the file that was committed, perhaps without what was erased since."""
    if found == kept.sha256:
        return True
    note = erasure_note(kept.path)
    return note is not None and note.explains(kept.sha256, found)


def _entry(content: bytes, place: tuple[str, int, int], record: CommitRecord) -> QuarantineEntry:
    line: dict[str, Any] = orjson.loads(content)
    if line["format"] != ENTRY_FORMAT or not is_sealed(content):
        raise ValueError(line["format"])
    path, offset, length = place
    rejected_at = datetime.fromisoformat(line["rejected_at"])
    return QuarantineEntry(
        id=line["id"],
        job_id=record.run.job_id,
        run_id=record.run.run_id,
        nonce=record.run.nonce,
        uri=line["uri"],
        version=line["version"],
        record_no=line["record_no"],
        line_no=line["line_no"],
        stage=line["stage"],
        step=line["step"],
        code=line["code"],
        rule=line["rule"],
        message=line["message"],
        replayable=line["replayable"],
        status="open",
        attempts=1,
        first_rejected_at=rejected_at,
        rejected_at=rejected_at,
        path=path,
        offset=offset,
        length=length,
    )
