"""Rejected records as the files of the quarantine keep them, read back."""

from __future__ import annotations

import base64
import json

from typing import TYPE_CHECKING, Any, BinaryIO

import orjson

from attrs import field, frozen

from etlkit._files.paths import located
from etlkit._files.reading import open_for_reading
from etlkit.errors import CorruptState, SourceNotFound
from etlkit.records import Problem
from etlkit.state.entry_lines import entry_id
from etlkit.state.lines import is_sealed


if TYPE_CHECKING:
    from collections.abc import Mapping

    from etlkit.records import Record
    from etlkit.state.entries import QuarantineEntry

ERASED = b'{"erased":true}'
"""How a line begins of which nothing is left; spaces follow, so that all others stay in place."""


@frozen
class KeptRecord:
    """A rejected record with its bytes.

    Attributes:
        id: Tells the occurrence.
        job_id: The job that rejected it.
        uri: The file it came from.
        record_no: Its number there, from 1.
        line_no: The line where it begins, or None.
        message: Why it was rejected; values of sensitive fields are masked.
        problems: For a record that broke rules, all of them.
        exception: Name of the exception's type, or None.
        raw: Its bytes, as they stood in the file; None where nobody could get at them.
        raw_bytes: Its length, where ``raw`` is only the beginning.
        derived: ``raw`` is canonical JSON, and not what the source held.
        replayable: It can be read again from ``raw``.
        frame: What has to stand before and after ``raw`` for a file of its format.
        rejected_at: When the attempt began that rejected it, as text in ISO 8601.
    """

    id: str
    job_id: str
    uri: str
    record_no: int
    line_no: int | None
    message: str
    problems: tuple[Problem, ...]
    exception: str | None
    raw: bytes | None = field(repr=False)
    raw_bytes: int | None
    derived: bool
    replayable: bool
    frame: tuple[bytes, bytes] = field(repr=False)
    rejected_at: str

    @property
    def record(self) -> Record | None:
        """The record as it was in the source, or None where ``raw`` is no JSON object."""
        try:
            found = json.loads(self.raw or b"")  # exact, whatever the width of an integer
        except (ValueError, RecursionError):
            return None
        return found if isinstance(found, dict) else None

    @classmethod
    def of_line(cls, line: bytes) -> KeptRecord:
        """The record of a line of a quarantine file, of an older format, too.

        Its checksum is not looked at, since what is damaged has to be erased as well.

        Raises:
            ValueError: It is none; as are KeyError and TypeError.
        """
        content: dict[str, Any] = orjson.loads(line)
        return cls(
            id=content.get("id") or _old_id(content),
            job_id=content["job_id"],
            uri=content["uri"],
            record_no=content["record_no"],
            line_no=content["line_no"],
            message=content["message"],
            problems=tuple(
                Problem(tuple(each["path"]), each["rule"], each["message"])
                for each in content["problems"]
            ),
            exception=content["exception"],
            raw=_raw(content),
            raw_bytes=content["raw_bytes"],
            derived=content["derived"],
            replayable=content.get("replayable", False),
            frame=_frame(content),
            rejected_at=content["rejected_at"],
        )


def _old_id(content: Mapping[str, Any]) -> str:
    """An id for a line of format 1, which has none and is in no index."""
    uri, number, derived = content["uri"], content["record_no"], content["derived"]
    return entry_id(content["job_id"], uri, "", number, derived=derived)


def _raw(content: Mapping[str, Any]) -> bytes | None:
    if "raw_base64" in content:
        return base64.b64decode(content["raw_base64"])
    text: str | None = content["raw"]
    return None if text is None else text.encode()


def _frame(content: Mapping[str, Any]) -> tuple[bytes, bytes]:
    before, after = (base64.b64decode(part) for part in content.get("frame", ("", "")))
    return before, after


class KeptRecords:
    """Reads records by their entries; keeps the file open that it has read last.

    Its owner closes it.

    Args:
        root: The folder that names of files are from, where they are not in full.
    """

    def __init__(self, root: str | None = None) -> None:
        self._root = root
        self._path = ""
        self._file: BinaryIO | None = None

    def read(self, entry: QuarantineEntry) -> KeptRecord:
        """The record of an entry.

        Raises:
            CorruptState: Its line is not there, was damaged, or is that of another record.
        """
        line = self._line(entry)
        if not is_sealed(line):
            raise _corrupt(entry, line)
        try:
            kept = KeptRecord.of_line(line)
        except (ValueError, KeyError, TypeError) as error:
            raise _corrupt(entry, line) from error
        if kept.id != entry.id:
            raise _corrupt(entry, line)
        return kept

    def _line(self, entry: QuarantineEntry) -> bytes:
        if self._file is None or self._path != entry.path:
            self.close()
            try:
                self._file = open_for_reading(located(self._root, entry.path))
            except SourceNotFound as error:
                message = (
                    f"{entry.path}: the file of the rejected record {entry.id} is not there; was "
                    "the root moved or cleared?"
                )
                raise CorruptState(message) from error
            self._path = entry.path
        self._file.seek(entry.offset)
        line = b""
        while len(line) < entry.length and (more := self._file.read(entry.length - len(line))):
            line += more
        return line

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None


def _corrupt(entry: QuarantineEntry, line: bytes) -> CorruptState:
    what = "was erased" if line.startswith(ERASED) else "does not verify: the file was damaged"
    message = f"{entry.path}: the rejected record {entry.id} at byte {entry.offset} {what}"
    return CorruptState(message)
