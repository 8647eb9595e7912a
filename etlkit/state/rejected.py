"""The file of rejected records that one attempt writes, and that its commit record names."""

from __future__ import annotations

import os

from typing import TYPE_CHECKING

from etlkit._files.appending import recovered
from etlkit._files.locking import locked
from etlkit._files.moving import append_file, move
from etlkit._files.paths import absolute, inside
from etlkit._files.writing import (
    PRIVATE_FILE,
    PRIVATE_FOLDER,
    AtomicFile,
    check_writable,
    cut_back,
    make_folder,
    remove_all_leftovers,
    size_of,
)
from etlkit.runs.commit import KeptFile
from etlkit.runs.context import random_mark
from etlkit.state.entry_lines import entry_line


if TYPE_CHECKING:
    from etlkit._clock import Clock
    from etlkit.records import Rejection
    from etlkit.runs.context import RunContext
    from etlkit.state.entry_lines import Occurrence
    from etlkit.state.quarantine import Quarantine

KEPT_IN_MEMORY = 10_000
"""Rejected records that a run without a place for them keeps in its result."""

KEPT_BYTES = 64 * 1024 * 1024
"""Bytes that these records may have altogether."""

SHOWN = 100
"""Rejected records that a result shows when a file keeps them all."""

SHOWN_BYTES = 1024 * 1024
"""Bytes that those records may have altogether."""

_WRITTEN_AT_ONCE = 1 << 16


class RejectedFile:
    """The rejected records of one attempt, in a file whose name carries the attempt.

    The file counts only once a commit record names it. Its owner calls ``finish`` before
    the commit, and ``forget_diagnostic`` after it; or, for an attempt that has not
    committed, ``keep_as_diagnostic`` or ``discard``.

    Args:
        path: The file; nobody else writes it.
        diagnostic: Where the records of a failed attempt go, in the same folder.
        run: The attempt.
        folder: The folder of both, where it has to be made for the first record.
        to: The user's file, where the file waits beside it.
    """

    def __init__(
        self,
        path: str,
        diagnostic: str,
        run: RunContext,
        *,
        folder: str | None = None,
        to: str | None = None,
    ) -> None:
        self.path = path
        self._diagnostic = diagnostic
        self._run = run
        self._folder = folder
        self._to = to
        self._rejected_at = run.started.isoformat()
        self._file: AtomicFile | None = None
        self._kept: KeptFile | None = None
        self._records = 0
        self._lines: list[bytes] = []
        self._waiting_bytes = 0

    def add(self, rejection: Rejection, known: Occurrence) -> None:
        """Write one rejected record."""
        if self._file is None:
            self._begin()
        line = entry_line(rejection, self._run, known, rejected_at=self._rejected_at)
        self._lines.append(line)
        self._records += 1
        self._waiting_bytes += len(line)
        if self._waiting_bytes >= _WRITTEN_AT_ONCE:
            self._write()

    def _begin(self) -> None:
        mark = f"{self._run.nonce}.rejected"
        if self._to is not None:
            recovered(self._to)
            self._file = AtomicFile(self._to, mark=mark, mode=PRIVATE_FILE)
            return
        if self._folder is not None:
            make_folder(self._folder, mode=PRIVATE_FOLDER)
            remove_all_leftovers(self._folder)
        self._file = AtomicFile(self.path, mark=mark, mode=PRIVATE_FILE)

    def _write(self) -> None:
        if self._file is not None and self._lines:
            text = b"".join(self._lines)
            self._lines, self._waiting_bytes = [], 0
            self._file.write(text)

    def finish(self) -> KeptFile | None:
        """Make the file last, before the commit; None when there are no records."""
        if self._file is None:
            return None
        self._write()
        size, sha256 = self._file.size_bytes, self._file.sha256
        self._kept = KeptFile(self._file.publish(self.path), self._records, size, sha256)
        self._file = None
        return self._kept

    def forget_diagnostic(self) -> None:
        """Remove what an earlier attempt of the same run left; this one has succeeded."""
        cut_back(self._diagnostic, None)

    def keep_as_diagnostic(self) -> str | None:
        """Keep the records of a failed attempt to look at; they are not for replay."""
        if self._file is None and self._kept is None:
            return None
        if self._file is None or self._file.published:
            move(self.path, self._diagnostic)
        else:
            self._write()
            self._file.publish(self._diagnostic)
        self._file = self._kept = None
        return self._diagnostic

    def discard(self) -> None:
        """Forget the records, of an attempt that was not committed."""
        if self._file is not None:
            self._file.discard()
        cut_back(self.path, None)
        self._file = self._kept = None


def rejected_file(policy: Quarantine, run: RunContext, root: str | None) -> RejectedFile | None:
    """Where the rejected records of a run go, or None for its result only.

    Raises:
        ConfigurationError: The file that the policy names cannot be written.
    """
    to = None if policy.to is None else absolute(policy.to)
    if to is not None:
        check_writable(to)
    if root is not None:
        folder = inside(root, "quarantine")
        name = inside(folder, run.run_id)
        diagnostic = f"{name}.failed.jsonl"
        return RejectedFile(f"{name}.{run.nonce}.jsonl", diagnostic, run, folder=folder)
    if to is None:
        return None
    return RejectedFile(hidden_file(to, run.nonce), f"{to}.{run.run_id}.failed", run, to=to)


def hidden_file(to: str, nonce: str) -> str:
    """Where the records of an attempt wait beside the user's file, if there is no root."""
    folder, name = os.path.split(to)
    return inside(folder, f".{name}.{nonce}.rejected")


def is_delivered(kept: KeptFile) -> bool:
    """Whether the file had waited for the user's file beside it, which has the records now."""
    return os.path.split(kept.path)[1].startswith(".") and size_of(kept.path) is None


def deliver(
    policy: Quarantine | None,
    kept: KeptFile | None,
    nonce: str,
    *,
    wait_seconds: float,
    clock: Clock,
) -> str | None:
    """Give the user's file the rejected records that a commit of this attempt names.

    They are there once, however often this is called, and after a crash at any moment.

    Returns:
        The path of the file in which the user finds them, or None when there are none.
    """
    if kept is None or policy is None or policy.to is None:
        return None if kept is None else kept.path
    to = absolute(policy.to)
    if is_delivered(kept):
        return to
    with locked(to, wait_seconds=wait_seconds, clock=clock):
        append_file(to, kept.path, key=nonce, mark=random_mark(), mode=PRIVATE_FILE)
    if kept.path == hidden_file(to, nonce):
        cut_back(kept.path, None)
    return to
