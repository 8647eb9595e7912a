"""Taking records out of quarantine files for good, so that the files still verify.

A line that is erased is overwritten with spaces, so all other lines stay where the index
has them. A note beside the file says which sha256 it had when its commit record named it,
and which it may have since.
"""

from __future__ import annotations

import hashlib

from typing import TYPE_CHECKING, Any

import orjson

from attrs import frozen

from etlkit._files.locking import locked
from etlkit._files.reading import open_for_reading, read_lines
from etlkit._files.writing import PRIVATE_FILE, AtomicFile, cut_back, size_of
from etlkit.errors import CorruptState
from etlkit.runs.context import random_mark
from etlkit.state.kept_records import ERASED


if TYPE_CHECKING:
    from collections.abc import Callable

    from etlkit._clock import Clock

NOTE_FORMAT = 1
REMOVED = "removed"
"""Stands in a note for the sha256 of a file that is not there any more."""

_WAIT_SECONDS = 60.0


@frozen
class ErasureNote:
    """What a note says of a quarantine file of which lines were erased.

    Attributes:
        sha256: Of the file as its attempt had written it.
        now: What it may be since.
    """

    sha256: str
    now: tuple[str, ...]

    def explains(self, original: str, found: str) -> bool:
        """Whether the file may have another sha256 than its commit record says."""
        return original == self.sha256 and found in self.now


def note_path(path: str) -> str:
    """Where the note of a quarantine file stands."""
    return f"{path}.erased"


def erasure_note(path: str) -> ErasureNote | None:
    """What was erased of a quarantine file, or None.

    Raises:
        CorruptState: The note does not verify.
    """
    content = b"".join(read_lines(note_path(path)))
    if not content:
        return None
    try:
        said: dict[str, Any] = orjson.loads(content)
        checksum = said.pop("checksum")
        if checksum == _checksum(said) and said["format"] == NOTE_FORMAT:
            return ErasureNote(said["sha256"], tuple(said["now"]))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _corrupt(path) from error
    raise _corrupt(path)


def erase_lines(path: str, matches: Callable[[bytes], bool], clock: Clock, *, noted: bool) -> int:
    """Erase the lines of a quarantine file for which it is true; how many there were.

    After a crash the file is as it was or as it should be, and verifies in both cases.
    A file of which nothing is left is removed, and its note stays.

    Args:
        path: The file.
        matches: Says whether a line is meant.
        clock: The time.
        noted: A commit record may name the file, so that it has to verify.
    """
    with locked(path, wait_seconds=_WAIT_SECONDS, clock=clock):
        lines = [number for number, line in enumerate(read_lines(path)) if _hits(line, matches)]
        if lines:
            _rewrite(path, frozenset(lines), noted=noted)
    return len(lines)


def _hits(line: bytes, matches: Callable[[bytes], bool]) -> bool:
    return not line.startswith(ERASED) and matches(line)


def _rewrite(path: str, erased: frozenset[int], *, noted: bool) -> None:
    note = erasure_note(path) or ErasureNote(_sha256(path), ())
    copy = AtomicFile(path, mark=random_mark(), mode=PRIVATE_FILE)
    try:
        left = 0
        for number, line in enumerate(read_lines(path)):
            blank = number in erased
            left += not (blank or line.startswith(ERASED))
            copy.write(ERASED.ljust(len(line) - 1) + b"\n" if blank else line)
        if noted:  # first: until the next step the file is still one that the note knows
            becomes = copy.sha256 if left else REMOVED
            _write_note(path, ErasureNote(note.sha256, (*note.now, becomes)))
        if left:
            copy.publish()
        else:
            copy.discard()
            cut_back(path, None)
    except BaseException:  # also Ctrl-C; it goes on below
        copy.discard()
        raise


def _write_note(path: str, note: ErasureNote) -> None:
    content = {"format": NOTE_FORMAT, "sha256": note.sha256, "now": note.now}
    file = AtomicFile(note_path(path), mark=random_mark(), mode=PRIVATE_FILE)
    try:
        file.write(orjson.dumps({**content, "checksum": _checksum(content)}) + b"\n")
        file.publish()
    except BaseException:  # also Ctrl-C; it goes on below
        file.discard()
        raise


def is_removed(path: str) -> bool:
    """Whether nothing is left of a quarantine file, as its note says."""
    if size_of(path) is not None:
        return False
    note = erasure_note(path)
    return note is not None and REMOVED in note.now


def _sha256(path: str) -> str:
    digest = hashlib.sha256()
    with open_for_reading(path) as file:
        while data := file.read(1 << 20):
            digest.update(data)
    return digest.hexdigest()


def _checksum(content: dict[str, Any]) -> str:
    return hashlib.sha256(orjson.dumps(content, None, orjson.OPT_SORT_KEYS)).hexdigest()


def _corrupt(path: str) -> CorruptState:
    message = f"{note_path(path)}: does not verify as a note of what was erased; it was damaged"
    return CorruptState(message)
