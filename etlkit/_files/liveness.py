"""Signs of life: a file whose lock is held for as long as a process is at something."""

from __future__ import annotations

import os

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from etlkit._files import effects
from etlkit._files.locking import is_named, try_lock
from etlkit._files.naming import naming
from etlkit._files.writing import (
    PRIVATE_FILE,
    PRIVATE_FOLDER,
    held_file,
    make_folder,
    remove_signs_of_life,
)


if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def sign_of_life(folder: str, mark: str) -> Iterator[None]:
    """Show that this process is at something, until the end of the block or of the process.

    The folder is made where it is missing; the signs of dead processes are removed from it.
    """
    make_folder(folder, mode=PRIVATE_FOLDER)
    remove_signs_of_life(folder)
    path = _path(folder, mark)
    with naming(path):
        file = held_file(path, PRIVATE_FILE)
    pid = os.getpid()
    try:
        yield
    finally:
        if os.getpid() == pid:  # and not in a child that a step has forked
            with suppress(OSError):  # without its lock it says nothing
                effects.unlink(path)
        file.close()


def shows_life(folder: str, mark: str) -> bool:
    """Whether a process that lives, perhaps a stopped one, is at what the mark stands for."""
    path = _path(folder, mark)
    try:
        file = open(path, "rb")  # noqa: SIM115 -- closed by the with below
    except FileNotFoundError:
        return False
    with file:
        return not try_lock(file.fileno()) and is_named(os.fstat(file.fileno()), path)


def _path(folder: str, mark: str) -> str:
    return os.path.join(folder, f".{mark}.lock")
