"""Giving a whole file another name, or adding it to the end of another one."""

from __future__ import annotations

import os

from etlkit._files import effects
from etlkit._files.appending import append_once, recovered
from etlkit._files.naming import naming
from etlkit._files.reading import open_for_reading
from etlkit._files.writing import AtomicFile, sync_folder


_COPIED_BYTES = 1 << 20


def move(path: str, to: str) -> None:
    """Give a file another name in its folder, durably; what had that name is replaced."""
    with naming(to):
        effects.rename(path, to)
        sync_folder(os.path.dirname(to))


def append_file(path: str, added: str, *, key: str, mark: str, mode: int) -> None:
    """Add the bytes of a file to the end of another one, once however often it is called.

    Args:
        path: The file that grows.
        added: The file whose bytes are added.
        key: By which a repetition is known.
        mark: Random mark of the temporary file, which a killed process may leave behind.
        mode: Of the file, where it has to be made.
    """
    recovered(path)
    copy = AtomicFile(path, mark=mark, mode=mode)
    try:
        with open_for_reading(added) as source:
            while data := source.read(_COPIED_BYTES):
                copy.write(data)
        append_once(copy, (key,))
    except BaseException:  # also Ctrl-C; it goes on below
        copy.discard()
        raise
