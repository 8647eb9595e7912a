"""A disk that loses what was not forced to it: every state that a loss of power may leave.

It is built from the system calls of one run. The content of a file is safe once the file
was synced, a name once its folder was; of the rest any beginning may be there, or zeros.
"""

from __future__ import annotations

import os
import re
import shutil

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from attrs import define, field, frozen


Kept = Literal["none", "half", "all", "zeros"]
"""What is left of data that was not synced."""

KEPT: tuple[Kept, ...] = ("none", "half", "all", "zeros")

CALLS = (
    *("open", "openat", "close", "dup", "dup2", "dup3", "read", "readv", "lseek"),
    *("write", "writev", "pwrite64", "fsync", "fdatasync", "ftruncate", "truncate"),
    *("rename", "renameat", "renameat2", "link", "linkat", "unlink", "unlinkat"),
    *("mkdir", "mkdirat", "rmdir", "fallocate", "copy_file_range", "sendfile"),
)
_LINE = re.compile(r"(?:\d+ +)?(\w+)\((.*)\) += (-?\d+)")
_TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')


@frozen
class Call:
    """One system call that succeeded.

    Attributes:
        name: Its name.
        words: Its arguments, as the trace writes them, without texts.
        texts: Its texts: paths or data.
        result: What it gave back.
    """

    name: str
    words: list[str]
    texts: list[bytes]
    result: int

    def number(self, index: int) -> int:
        """An argument that is a number."""
        return int(self.words[index], 0)

    def path(self, index: int = 0) -> str:
        """A text that is a path."""
        return os.fsdecode(self.texts[index])


def parsed(log: str) -> list[Call]:
    """The calls of a log that ``strace -xx`` wrote; those that failed changed nothing."""
    calls = []
    for line in log.splitlines():
        found = _LINE.match(line)
        if found is not None and int(found[3]) >= 0:
            texts = [bytes.fromhex(each.replace("\\x", "")) for each in _TEXT.findall(found[2])]
            words = [word.strip() for word in _TEXT.sub("", found[2]).split(",")]
            calls.append(Call(found[1], words, texts, int(found[3])))
    return calls


@define(eq=False)
class _File:
    """The content of a file, whatever names it has.

    Attributes:
        safe: What was synced.
        now: What a process reads.
        steps: Contents between the two, one for each change that was not synced.
    """

    safe: bytes = b""
    now: bytes = b""
    steps: list[bytes] = field(factory=list)

    def change(self, content: bytes) -> None:
        self.now = content
        self.steps.append(content)

    def write(self, data: bytes, at: int) -> None:
        padded = self.now.ljust(at, b"\0")
        self.change(padded[:at] + data + padded[at + len(data) :])

    def sync(self) -> None:
        self.safe = self.now
        self.steps = []

    def left(self, kept: Kept) -> bytes:
        """What is there after a loss of power."""
        if kept == "all" or not self.steps:
            return self.now
        if kept == "zeros":
            return self.safe.ljust(len(self.now), b"\0")[: max(len(self.now), len(self.safe))]
        if kept == "none":
            return self.safe
        states = [self.safe, *self.steps]
        before, after = states[len(self.steps) // 2], states[len(self.steps) // 2 + 1]
        longer = len(after) > len(before)
        cut = (len(before) + len(after)) // 2 if longer else len(after) // 2
        return after[:cut] + before[cut:]


FOLDER = _File()
"""Stands for a folder among the names."""

Names = dict[str, _File]


@frozen
class _Renaming:
    """A change of names that happens as a whole: each name gets a file, or None ends it."""

    folders: tuple[str, ...]
    names: tuple[tuple[str, _File | None], ...]

    def apply(self, names: Names) -> None:
        for path, file in self.names:
            if file is None:
                names.pop(path, None)
            else:
                names[path] = file


@define
class _Open:
    file: _File
    path: str
    at: int = 0
    append: bool = False


@define
class Disk:
    """The files below a folder while calls are replayed on them.

    Attributes:
        root: The folder; what lies elsewhere is not looked at.
        safe: Names that survive.
        now: Names that a process sees.
        pending: Changes of names that were not synced, oldest first.
        printed: What was written to the standard output.
    """

    root: str
    safe: Names = field(factory=dict)
    now: Names = field(factory=dict)
    pending: list[_Renaming] = field(factory=list)
    printed: bytes = b""
    _open: dict[int, _Open] = field(factory=dict)

    @classmethod
    def of(cls, root: Path) -> Disk:
        """A disk on which everything below a folder is safe."""
        disk = cls(str(root))
        for path in [root, *sorted(root.rglob("*"))]:
            content = b"" if path.is_dir() else path.read_bytes()
            disk.now[str(path)] = FOLDER if path.is_dir() else _File(content, content)
        disk.safe = dict(disk.now)
        return disk

    def apply(self, call: Call) -> bool:
        """Do a call; whether it has changed what a loss of power may leave."""
        do = getattr(self, f"_{_SAME.get(call.name, call.name)}", None)
        if do is None:
            assert call.name in {"read", "dup", "dup2", "dup3", "readv"}, call.name
            return False
        return bool(do(call))

    def states(self) -> Iterator[tuple[str, dict[str, bytes | None]]]:
        """What a loss of power may leave now, by a description; None is a folder."""
        for count in range(len(self.pending) + 1):
            names = dict(self.safe)
            for renaming in self.pending[:count]:
                renaming.apply(names)
            for kept in KEPT:
                words = f"{kept} of the data, {count} of {len(self.pending)} changes of names"
                yield words, _tree(names, kept)

    # -- calls

    def _openat(self, call: Call) -> bool:
        path, flags = call.path(), next(word for word in call.words if "O_" in word)
        if not self._has(path):
            return False
        made = path not in self.now
        if made:
            self._rename((path, _File()))
        file = self.now[path]
        emptied = "O_TRUNC" in flags and file.now != b""
        if emptied:
            file.change(b"")
        self._open[call.result] = _Open(file, path, append="O_APPEND" in flags)
        return made or emptied

    def _close(self, call: Call) -> bool:
        self._open.pop(call.number(0), None)
        return False

    def _read(self, call: Call) -> bool:
        if call.number(0) in self._open:
            self._open[call.number(0)].at += call.result
        return False

    def _lseek(self, call: Call) -> bool:
        if call.number(0) in self._open:
            self._open[call.number(0)].at = call.result
        return False

    def _write(self, call: Call) -> bool:
        data = b"".join(call.texts)[: call.result]
        handle = self._open.get(call.number(0))
        if handle is None:
            self.printed += data if call.number(0) == 1 else b""
            return call.number(0) == 1
        at = len(handle.file.now) if handle.append else handle.at
        handle.file.write(data, at)
        handle.at = at + len(data)
        return True

    def _pwrite64(self, call: Call) -> bool:
        handle = self._open.get(call.number(0))
        if handle is not None:
            handle.file.write(call.texts[0][: call.result], call.number(-1))
        return handle is not None

    def _fsync(self, call: Call) -> bool:
        handle = self._open.get(call.number(0))
        if handle is None:
            return False
        if handle.file is not FOLDER:
            handle.file.sync()
            return True
        for renaming in [each for each in self.pending if handle.path in each.folders]:
            renaming.apply(self.safe)
            self.pending.remove(renaming)
        return True

    def _ftruncate(self, call: Call) -> bool:
        handle = self._open.get(call.number(0))
        if handle is not None:
            size = call.number(1)
            handle.file.change(handle.file.now[:size].ljust(size, b"\0"))
        return handle is not None

    def _rename_(self, call: Call) -> bool:
        old, new = call.path(0), call.path(1)
        return self._has(new) and self._rename((new, self.now[old]), (old, None))

    def _linkat(self, call: Call) -> bool:
        old, new = call.path(0), call.path(1)
        return self._has(new) and self._rename((new, self.now[old]))

    def _unlink(self, call: Call) -> bool:
        return self._has(call.path()) and self._rename((call.path(), None))

    def _mkdir(self, call: Call) -> bool:
        return self._has(call.path()) and self._rename((call.path(), FOLDER))

    def _rename(self, *names: tuple[str, _File | None]) -> bool:
        folders = tuple({str(Path(path).parent) for path, _ in names})
        renaming = _Renaming(folders, names)
        renaming.apply(self.now)
        self.pending.append(renaming)
        return True

    def _has(self, path: str) -> bool:
        return path == self.root or path.startswith(f"{self.root}/")


_SAME = {
    "open": "openat",
    "writev": "write",
    "fdatasync": "fsync",
    "rename": "rename_",
    "renameat": "rename_",
    "renameat2": "rename_",
    "link": "linkat",
    "unlinkat": "unlink",
    "rmdir": "unlink",
    "mkdirat": "mkdir",
    "readv": "read",
}


def _tree(names: Names, kept: Kept) -> dict[str, bytes | None]:
    """Every file and folder that can be reached from the root."""
    tree: dict[str, bytes | None] = {}
    for path in sorted(names):
        parent = str(Path(path).parent)
        if not tree or tree.get(parent, b"") is None:
            tree[path] = None if names[path] is FOLDER else names[path].left(kept)
    return tree


def materialised(tree: dict[str, bytes | None], kept: Path) -> None:
    """Make the files and folders of a state, in the place of those that are there.

    ``kept`` is a folder with links to files that are told by their number; one of them is
    used where it has the content that the state has.
    """
    root = next(iter(tree))
    shutil.rmtree(root)
    for path, content in tree.items():
        if content is None:
            Path(path).mkdir(mode=0o700)
            continue
        same = kept / Path(path).name
        if same.exists() and same.read_bytes() == content:
            os.link(same, path)
        else:
            Path(path).write_bytes(content)


def keep(path: Path, kept: Path) -> None:
    """Keep a file that is only ever replaced, so that it can be put back as the same file."""
    shutil.rmtree(kept, ignore_errors=True)
    kept.mkdir()
    if path.is_file():
        os.link(path, kept / path.name)


def tree_of(root: Path) -> dict[str, bytes | None]:
    """The files and folders that are there."""
    paths = [root, *sorted(root.rglob("*"))]
    return {str(path): None if path.is_dir() else path.read_bytes() for path in paths}
