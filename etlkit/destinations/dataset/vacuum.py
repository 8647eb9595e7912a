"""Parts that count no more, or never did, and how they go."""

from __future__ import annotations

import re

from typing import TYPE_CHECKING

from etlkit._files.folders import files_below
from etlkit._files.paths import inside, parent_of
from etlkit._files.placing import fenced_off, remove, remove_folder
from etlkit.lake.log import LOG_FOLDER


if TYPE_CHECKING:
    from etlkit.lake.log import CommitLog

_PART = re.compile(r"part-([0-9a-f]{12})-\d{5,}\.[^/]+")


def discard_attempt(log: CommitLog, nonce: str) -> None:
    """Remove the parts of an attempt that never committed, and keep it from doing so.

    Safe without the lock: an attempt that wakes up again cannot place its entry while it
    is fenced off, and afterwards finds its parts gone.
    """
    if not log.exists():
        return
    with fenced_off(log.folder, nonce):
        if any(record.run.nonce == nonce for record in log.records()):
            return
        names = [each.name for each in files_below(log.dataset, without=LOG_FOLDER)]
        for name in names:
            if nonce_of(name) == nonce:
                remove(inside(log.dataset, name))
        remove_empty_folders(log.dataset, names)


def nonce_of(name: str) -> str | None:
    """The attempt that wrote a part, by its path in the dataset; None for another file."""
    match = _PART.fullmatch(parent_of(name)[1])
    return match[1] if match else None


def remove_empty_folders(dataset: str, names: list[str]) -> None:
    """Remove the folders of partitions that these files stood in and that are empty now."""
    folders = {parent_of(name)[0] for name in names} - {""}
    while folders:
        for folder in folders:
            remove_folder(inside(dataset, folder))
        folders = {parent_of(folder)[0] for folder in folders} - {""}
