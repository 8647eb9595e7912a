"""The files that readers of datasets take, by the commit logs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from etlkit._files.folders import is_folder
from etlkit._files.paths import is_url, normal, parent_of
from etlkit.lake.log import CommitLog, log_is_gone
from etlkit.lake.names import nonce_of


if TYPE_CHECKING:
    from collections.abc import Sequence


def files_of_dataset(location: str) -> list[str] | None:
    """The parts that count in a dataset, or in one of its partitions, in order.

    Args:
        location: The folder of a dataset, or one below it such as ``sales/state=CA``.

    Returns:
        Their paths, none where the dataset holds nothing; None where there is no dataset.

    Raises:
        CorruptState: The log does not verify, or a part is missing.
    """
    if is_url(location) or not is_folder(location):
        return None
    found = _dataset_of(location.rstrip("/") or "/")
    if found is None:
        return None
    log, below = found
    return _counting(log, f"{below}/" if below else "")


def without_uncommitted(location: str, paths: Sequence[str]) -> list[str]:
    """Those of some paths that are no parts of datasets, or are parts that count.

    Args:
        location: What they were found at: a pattern, or a folder that may have datasets
            below it.
        paths: What was found.

    Raises:
        CorruptState: A log does not verify, or a part is missing; or a folder has nothing
            but parts, and a log is gone.
    """
    logs: dict[str, CommitLog | None] = {}
    counting: dict[str, frozenset[str]] = {}
    kept = []
    for path in paths:
        folder = parent_of(path)[0]
        if folder not in logs:
            found = None if is_url(path) else _dataset_of(folder)
            logs[folder] = found[0] if found else None
        log = logs[folder]
        if log is not None and log.dataset not in counting:
            counting[log.dataset] = frozenset(map(normal, _counting(log)))
        if log is None or normal(path) in counting[log.dataset]:
            kept.append(path)
    if None in logs.values() and all(map(nonce_of, paths)) and is_folder(location):
        raise log_is_gone(location)
    return kept


def _dataset_of(folder: str) -> tuple[CommitLog, str] | None:
    """The log of the dataset that a folder is, or is a partition of, and its path in there."""
    below: list[str] = []
    while not CommitLog(folder).exists():
        parent, name = parent_of(folder)
        if "=" not in name:  # no folder of a partition, so nothing above it is its dataset
            return None
        folder, below = parent, [name, *below]
    return CommitLog(folder), "/".join(below)


def _counting(log: CommitLog, below: str = "") -> list[str]:
    """The paths of the parts that count whose names begin so."""
    parts = [each.part for each in log.state().contents.parts]
    inside = [part for part in parts if part.name.startswith(below)]
    return [log.path_of(part.name, part.size_bytes) for part in inside]
