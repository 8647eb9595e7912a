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
from etlkit.errors import CorruptState
from etlkit.state.entries import QuarantineEntry


if TYPE_CHECKING:
    from collections.abc import Iterator

    from etlkit.runs.commit import CommitRecord, KeptFile

KNOWN_FORMATS = (1, 2)
"""Layouts of a line that can be read."""

_ID_BYTES = 16


def entry_id(job_id: str, uri: str, version: str, record_no: int) -> str:
    """What tells the occurrence of a record: job, source content and record number."""
    occurrence = orjson.dumps([job_id, uri, version, record_no])
    return hashlib.blake2b(occurrence, digest_size=_ID_BYTES).hexdigest()


def index_entries(kept: KeptFile, record: CommitRecord) -> Iterator[QuarantineEntry]:
    """The entries of the quarantine file that a commit record names, one at a time.

    Raises:
        CorruptState: The file is missing or is not what the record says; what was given
            before that must not be kept.
    """
    versions = {each.uri: each.sha256 or each.etag or "" for each in record.position.inputs}
    digest, offset, number = hashlib.sha256(), 0, 0
    for number, line in enumerate(read_lines(kept.path), 1):
        digest.update(line)
        try:
            yield _entry(orjson.loads(line), (kept.path, offset, len(line)), record, versions)
        except (ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
            message = f"{kept.path}:{number}: is no line of a quarantine file; it was damaged"
            raise CorruptState(message) from error
        offset += len(line)
    if (number, offset, digest.hexdigest()) != (kept.records, kept.size_bytes, kept.sha256):
        message = (
            f"{kept.path}: is not the quarantine file that run {record.run.run_id} committed "
            f"({kept.records} record(s) in {kept.size_bytes} bytes; found {number} in {offset}): "
            "it was damaged or removed; put back a copy of it"
        )
        raise CorruptState(message)


def _entry(
    line: dict[str, Any],
    place: tuple[str, int, int],
    record: CommitRecord,
    versions: dict[str, str],
) -> QuarantineEntry:
    if line["format"] not in KNOWN_FORMATS:
        raise ValueError(line["format"])
    path, offset, length = place
    uri, number = line["uri"], line["record_no"]
    version = line.get("version", versions.get(uri, ""))
    whole = not line["derived"] and line.get("raw", "") is not None and line["raw_bytes"] is None
    problems = line["problems"]
    rejected_at = datetime.fromisoformat(line["rejected_at"])
    return QuarantineEntry(
        id=line.get("id") or entry_id(record.run.job_id, uri, version, number),
        job_id=record.run.job_id,
        run_id=record.run.run_id,
        nonce=record.run.nonce,
        uri=uri,
        version=version,
        record_no=number,
        line_no=line["line_no"],
        stage=line["stage"],
        step=line["step"],
        code=line["code"],
        rule=line.get("rule") or (problems[0]["rule"] if problems else line["code"]),
        message=line["message"],
        replayable=line.get("replayable", whole),
        status="open",
        attempts=1,
        first_rejected_at=rejected_at,
        rejected_at=rejected_at,
        path=path,
        offset=offset,
        length=length,
    )
