"""Locks between processes, and between threads, on the name of a file."""

from __future__ import annotations

import io
import os
import sys

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Protocol

from etlkit._files import effects
from etlkit._files.naming import naming
from etlkit.errors import DestinationBusy


if sys.platform == "win32":  # runs without locks; the docs say what is untested there
    LOCK_EX = LOCK_NB = LOCK_SH = LOCK_UN = 0

    def flock(_: int, __: int, /) -> None:
        """There are no such locks."""

else:
    from fcntl import LOCK_EX, LOCK_NB, LOCK_SH, LOCK_UN, flock

if TYPE_CHECKING:
    from collections.abc import Iterator

_LOCK_POLL_SECONDS = 0.01
_PRIVATE_FILE = 0o600


class Waiter(Protocol):
    """The part of a clock that waiting needs."""

    def monotonic(self) -> float:
        """Seconds that never go back."""

    def sleep(self, seconds: float) -> None:
        """Wait that many seconds."""


@contextmanager
def locked(
    path: str, *, wait_seconds: float, clock: Waiter, called: str | None = None
) -> Iterator[None]:
    """Hold the lock of a destination; another holder is waited for.

    The lock is ``flock`` on a hidden file beside the target, so a killed process lets go
    of it at once. The file is removed while the lock is held; whoever waited on it sees
    that its name is gone and starts again.

    Args:
        path: What is locked.
        wait_seconds: How long another holder is waited for.
        clock: By which it waits.
        called: What messages call it, where that is not the path.

    Raises:
        DestinationBusy: Somebody else held it for that long.
    """
    folder, name = os.path.split(os.path.realpath(path))
    lock = os.path.join(folder, f".{name}.lock")
    deadline = clock.monotonic() + wait_seconds
    file, pid = None, os.getpid()
    try:
        while True:
            with naming(path):
                file = open_raw(lock, os.O_RDWR | os.O_CREAT, _PRIVATE_FILE)
                if try_lock(file.fileno()) and is_named(os.fstat(file.fileno()), lock):
                    break
                file.close()
            if clock.monotonic() >= deadline:
                message = (
                    f"{called or path}: another run has held it for {wait_seconds:g} s; try again "
                    "later"
                )
                raise DestinationBusy(message)
            clock.sleep(_LOCK_POLL_SECONDS)
        try:
            yield
        finally:
            if os.getpid() == pid:  # and not in a child that a step has forked
                with suppress(OSError):  # gone already, or in a folder that was closed meanwhile
                    effects.unlink(lock)
    finally:
        if file is not None:  # also when Ctrl-C came before the file was used
            file.close()


class RawFile(io.FileIO):
    """An open file whose lock ends when this process closes it.

    A child that was forked meanwhile has it open, too, and the lock is that of both: so it is
    let go of, and not just closed. The child itself lets go of nothing.
    """

    def __init__(self, path: str, flags: int, mode: int) -> None:
        self._pid = os.getpid()

        def opener(name: str, _: int) -> int:
            return effects.open_file(name, flags, mode)

        super().__init__(path, "rb+" if flags & os.O_RDWR else "wb", opener=opener)

    def close(self) -> None:
        """Let go of the lock, and close the file."""
        if not self.closed and self._pid == os.getpid():
            let_go(self.fileno())
        super().close()


def open_raw(path: str, flags: int, mode: int) -> io.FileIO:
    """A file whose descriptor is closed with the object, also when a signal comes between."""
    return RawFile(path, flags, mode)


def let_go(file: int) -> None:
    """End the lock of an open file, whoever else has it open."""
    with suppress(OSError):  # a file system without locks has none to end
        flock(file, LOCK_UN)


def wait_for(file: int) -> None:
    """Hold the lock of an open file until it is closed; waits for as long as it takes."""
    flock(file, LOCK_EX)


def try_lock(file: int, *, shared: bool = False) -> bool:
    """Hold the lock of an open file, alone or with others, unless somebody else does."""
    try:
        flock(file, (LOCK_SH if shared else LOCK_EX) | LOCK_NB)
    except BlockingIOError:
        return False
    return True


def is_named(identity: os.stat_result, path: str) -> bool:
    """Whether the file that was looked at is the one that has this name now."""
    try:
        return os.path.samestat(identity, os.stat(path))
    except OSError:
        return False
