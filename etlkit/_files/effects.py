"""Every call that changes a file system, so that a test can stop a process before any of them.

A hook is for tests only: it gets the name of each effect and the path or descriptor, just
before it happens, and may kill the process or raise an OSError.
"""

from __future__ import annotations

import os

from typing import TYPE_CHECKING, TypeAlias


if TYPE_CHECKING:
    from collections.abc import Callable

Hook: TypeAlias = "Callable[[str, str | int], None]"

EFFECTS = (
    "create",
    "write",
    "fsync",
    "rename",
    "link",
    "unlink",
    "truncate",
    "mkdir",
    "rmdir",
    "chmod",
)

_PRESENT = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_hook: Hook | None = None


def before_each(hook: Hook | None) -> None:
    """Call this before each effect of this process; None ends that."""
    global _hook  # noqa: PLW0603 -- one hook for the process, as there is one file system
    _hook = hook


def _tell(effect: str, where: str | int) -> None:
    if _hook is not None:
        _hook(effect, where)


def open_file(path: str, flags: int, mode: int = 0o666) -> int:
    """The descriptor of a file; told as ``create`` where it may make or empty the file."""
    if flags & (os.O_CREAT | os.O_TRUNC):
        _tell("create", path)
    return os.open(path, flags | _PRESENT, mode)


def write(file: int, data: bytes | memoryview) -> int:
    """Write, perhaps not all of it; how many bytes."""
    _tell("write", file)
    return os.write(file, data)


def fsync(file: int) -> None:
    """Make the content of a file, or the names in a folder, survive a loss of power."""
    _tell("fsync", file)
    os.fsync(file)


def rename(path: str, to: str) -> None:
    """Give a file another name; what had it is replaced."""
    _tell("rename", to)
    os.replace(path, to)


def link(path: str, to: str) -> None:
    """Give a file a further name that nothing has yet."""
    _tell("link", to)
    os.link(path, to)


def unlink(path: str) -> None:
    """Take a name away."""
    _tell("unlink", path)
    os.unlink(path)


def truncate(file: int, size_bytes: int) -> None:
    """Cut a file."""
    _tell("truncate", file)
    os.ftruncate(file, size_bytes)


def mkdir(path: str, mode: int = 0o777) -> None:
    """Make a folder."""
    _tell("mkdir", path)
    os.mkdir(path, mode)


def rmdir(path: str) -> None:
    """Remove an empty folder."""
    _tell("rmdir", path)
    os.rmdir(path)


def chmod(path: str, mode: int) -> None:
    """Change who may read and write a file."""
    _tell("chmod", path)
    os.chmod(path, mode)
