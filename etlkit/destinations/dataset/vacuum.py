"""Parts that count no more, or never did, and how they go."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from etlkit._files.folders import files_below, is_folder, names_in
from etlkit._files.paths import inside, parent_of
from etlkit._files.placing import fenced_off, remove, remove_folder
from etlkit.lake.names import LOG_FOLDER, nonce_of
from etlkit.lake.state import LogState


if TYPE_CHECKING:
    from collections.abc import Iterable

    from etlkit._files.folders import Found
    from etlkit.lake.log import CommitLog


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


def vacuum(log: CommitLog, before: datetime) -> list[str]:
    """Remove the parts that count no more since ``before``, and what attempts left by then.

    The caller holds the lock of the dataset.

    Returns:
        The names of the parts that are gone, in order.
    """
    state, ended = LogState(), dict[str, datetime]()
    for record in log.records():
        gone = state.take(record)
        ended.update({each.part.name: record.committed_at for each in gone})
    found = [each for each in files_below(log.dataset, without=LOG_FOLDER) if nonce_of(each.name)]
    live = {each.part.name for each in state.contents.parts}
    old = [each.name for each in found if each.name in ended and ended[each.name] <= before]
    removed = [name for name in old if remove(inside(log.dataset, name))]
    left = [each for each in found if each.name not in live and each.name not in ended]
    for nonce, names in _dead(left, before).items():
        with fenced_off(log.folder, nonce):
            log.advance(state)  # it may have committed after all, by a clock that stood still
            counting = {each.part.name for each in state.contents.parts}
            dead = [name for name in names if name not in counting]
            removed += [name for name in dead if remove(inside(log.dataset, name))]
    log.tidy()
    _remove_fences(log.folder)
    remove_empty_folders(log.dataset, removed)
    return sorted(removed)


def _dead(left: Iterable[Found], before: datetime) -> dict[str, list[str]]:
    """The files of attempts that have written nothing since ``before``, by attempt."""
    by_nonce: dict[str, list[Found]] = {}
    for each in left:
        by_nonce.setdefault(nonce_of(each.name) or "", []).append(each)
    latest = before.timestamp()
    return {
        nonce: [each.name for each in files]
        for nonce, files in by_nonce.items()
        if max(each.modified for each in files) <= latest
    }


def _remove_fences(folder: str) -> None:
    """Remove the fences that were left standing by a process that died; the lock is held."""
    for name in names_in(folder):
        path = inside(folder, name)
        if name.endswith(".tmp") and is_folder(path):
            remove_folder(path)


def remove_empty_folders(dataset: str, names: list[str]) -> None:
    """Remove the folders of partitions that these files stood in and that are empty now."""
    folders = {parent_of(name)[0] for name in names} - {""}
    while folders:
        for folder in folders:
            remove_folder(inside(dataset, folder))
        folders = {parent_of(folder)[0] for folder in folders} - {""}
