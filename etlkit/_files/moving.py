"""Giving a whole file another name, or adding it to the end of another one."""

from __future__ import annotations

import os

from etlkit._files import effects
from etlkit._files.appending import append_once
from etlkit._files.naming import naming
from etlkit._files.reading import open_for_reading
from etlkit._files.writing import AtomicFile, sync_folder


_COPIED_BYTES = 1 << 20


def move(path: str, to: str) -> None:
    """Give a file another name in its folder, durably; what had that name is replaced."""
    with naming(to):
        effects.rename(path, to)
        sync_folder(os.path.dirname(to))


def append_file(path: str, added: str, *, mark: str, mode: int) -> None:
    """Add the bytes of a file to the end of another one, once however often it is called.

    ``mark`` is the key by which a repetition is known.
    """
    copy = AtomicFile(path, mark=mark, mode=mode)
    try:
        with open_for_reading(added) as source:
            while data := source.read(_COPIED_BYTES):
                copy.write(data)
        append_once(copy, (mark,))
    except BaseException:
        copy.discard()
        raise
