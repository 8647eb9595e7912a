"""The points at which a process can die: before each system call that changes a file."""

from __future__ import annotations

import re

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from attrs import frozen

from etlkit.testing.processes import Ending, run


CHANGING = (
    "write",
    "pwrite64",
    "writev",
    "pwritev",
    "fsync",
    "fdatasync",
    "rename",
    "renameat",
    "renameat2",
    "link",
    "linkat",
    "unlink",
    "unlinkat",
    "rmdir",
    "ftruncate",
    "truncate",
    "mkdir",
    "mkdirat",
    "fallocate",
    "copy_file_range",
    "sendfile",
    "sendto",
    "sendmsg",
    "open",
    "openat",
)
"""System calls that change files or folders; the last two only where they may."""

_BY_DESCRIPTOR = {"write", "pwrite64", "writev", "pwritev", "fsync", "fdatasync", "ftruncate"}
_CALL = re.compile(r"(?:\d+ +)?(\w+)\((.*)")
_OPENING = re.compile(r"O_(?:CREAT|TRUNC|TMPFILE)")
_NAMED = re.compile(r'"(/[^"]*)"')
_HELD = re.compile(r"<(/[^>]*)>")


@frozen
class Point:
    """The moment just before a system call.

    Attributes:
        call: Its name.
        number: Which of the calls of this name it is in its process, from 1.
        path: A file that it has to do with, as far as the trace tells.
    """

    call: str
    number: int
    path: str = ""

    def __str__(self) -> str:
        on = f" on {self.path}" if self.path else ""
        return f"before {self.call} number {self.number}{on}"

    def injecting(self, what: str, *, lasting: bool = False) -> list[str]:
        """Options of strace that do something at this point, or from it on."""
        when = f"{self.number}+" if lasting else str(self.number)
        return [
            *("-o", "/dev/null", "-e", f"trace={self.call}", "-e", "signal=none"),
            *("-e", f"inject={self.call}:{what}:when={when}"),
        ]


def changes(work: Callable[[], object], notes: Path) -> tuple[Ending, list[Point]]:
    """Do a piece of work, and tell every point of it at which a file is about to change."""
    log = notes / "trace"
    options = ["-y", "-s", "300", "-o", str(log), "-e", f"trace={','.join(CHANGING)}"]
    options += ["-e", "signal=none"]
    ending = run(work, notes, strace=options)
    return ending, list(_points(log.read_text(encoding="utf-8", errors="replace")))


def _points(log: str) -> Iterator[Point]:
    counts: Counter[str] = Counter()
    for line in log.splitlines():
        found = _CALL.match(line)
        if found is not None:
            call, rest = found.groups()
            counts[call] += 1
            if not call.startswith("open") or _OPENING.search(rest):
                path = (_HELD if call in _BY_DESCRIPTOR else _NAMED).search(rest)
                yield Point(call, counts[call], path[1] if path else "")
