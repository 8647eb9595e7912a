"""The files that readers of a dataset take, by its commit log."""

from __future__ import annotations

from etlkit._files.paths import is_url, parent_of
from etlkit.lake.log import CommitLog


def files_of_dataset(location: str) -> list[str] | None:
    """The parts that count in a dataset, or in one of its partitions, in order.

    Args:
        location: The folder of a dataset, or one below it such as ``sales/state=CA``.

    Returns:
        Their paths, none where the dataset holds nothing; None where there is no dataset.

    Raises:
        CorruptState: The log does not verify, or a part is missing.
    """
    if is_url(location):
        return None
    folder, below = location.rstrip("/") or "/", ""
    while not CommitLog(folder).exists():
        parent, name = parent_of(folder)
        if "=" not in name:  # no folder of a partition, so nothing above it is its dataset
            return None
        folder, below = parent, f"{name}/{below}"
    log = CommitLog(folder)
    parts = [each.part for each in log.state().contents.parts]
    inside = [part for part in parts if part.name.startswith(below)]
    return [log.path_of(part.name, part.size_bytes) for part in inside]
