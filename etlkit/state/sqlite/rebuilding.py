"""Building a damaged state file anew from commit records."""

from __future__ import annotations

import os

from contextlib import closing
from typing import TYPE_CHECKING

from attrs import evolve

from etlkit._clock import SYSTEM_CLOCK
from etlkit._files.paths import absolute, parent, real
from etlkit._files.swapping import made_anew
from etlkit.errors import CorruptState
from etlkit.runs.context import random_mark
from etlkit.state.rebuilding import Rebuilt, rebuild
from etlkit.state.sqlite.file import StateFile
from etlkit.state.sqlite.store import SqliteState
from etlkit.state.sqlite.verifying import fresh


if TYPE_CHECKING:
    from collections.abc import Iterable

    from etlkit._clock import Clock
    from etlkit.state.store import Settled


def rebuild_state(
    path: str | os.PathLike[str],
    commits: Iterable[Settled],
    *,
    wait_seconds: float = 30.0,
    clock: Clock = SYSTEM_CLOCK,
) -> Rebuilt:
    """Make the state of a file whole again, from the commit records of the destinations.

    A file that verifies, to its last row, keeps what it knows and gets the commits that it
    does not know of, as ``rebuild`` says. A damaged or missing one is built anew beside
    its name and takes the place of the old one at once; the old one is kept as
    ``state.db.replaced``. Killed at any point, it leaves the old file or the new one.

    Args:
        path: The file.
        commits: Of all destinations; those of one destination oldest first.
        wait_seconds: How long it waits for those who write.
        clock: The clock by which it waits.

    Raises:
        CorruptState: A quarantine file is damaged; a damaged state stays as it is.
        DestinationBusy: Others held the file for that long.
    """
    commits = tuple(commits)  # read before others are kept waiting
    root = parent(absolute(path))
    with closing(SqliteState(path, wait_seconds=wait_seconds, clock=clock)) as state:
        if _is_whole(state):
            return rebuild(state, commits, root=root)
    return _built_anew(real(path), root, commits, wait_seconds=wait_seconds, clock=clock)


def _is_whole(state: SqliteState) -> bool:
    try:
        return state.verify()
    except CorruptState:
        return False


def _built_anew(
    path: str, root: str, commits: Iterable[Settled], *, wait_seconds: float, clock: Clock
) -> Rebuilt:
    mark = random_mark()
    making = made_anew(path, fresh(), mark=mark, wait_seconds=wait_seconds, clock=clock)
    with making as place, closing(_UnsharedState(place, root)) as state:
        rebuilt = rebuild(state, commits, root=root)
    return evolve(rebuilt, anew=True)


class _UnsharedState(SqliteState):
    """A state in a file that nobody else knows of."""

    def __init__(self, path: str, root: str) -> None:
        self._root = root
        self._file = StateFile(path, wait_seconds=0, shared=False)
