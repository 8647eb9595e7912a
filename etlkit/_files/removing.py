"""Removing files of etlkit's own by what their names say."""

from __future__ import annotations

import os
import re

from contextlib import suppress

from etlkit._files import effects
from etlkit._files.naming import naming
from etlkit._files.writing import sync_folder


def remove_file(path: str) -> bool:
    """Remove a file for good; whether it was there."""
    with naming(path):
        try:
            effects.unlink(path)
        except FileNotFoundError:
            return False
        sync_folder(os.path.dirname(path))
    return True


def remove_named(folder: str, pattern: str) -> int:
    """Remove the files right in a folder whose whole name matches; how many there were.

    Nothing happens where there is no such folder.
    """
    wanted = re.compile(pattern)
    try:
        names = [name for name in os.listdir(folder) if wanted.fullmatch(name)]
    except FileNotFoundError:
        return 0
    with naming(folder):
        for name in names:
            with suppress(FileNotFoundError):
                effects.unlink(os.path.join(folder, name))
        if names:
            sync_folder(folder)
    return len(names)
