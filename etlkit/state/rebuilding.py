"""Filling a state from the commit records that the destinations keep."""

from __future__ import annotations

from heapq import merge
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from etlkit._files.writing import size_of
from etlkit.state.erasing import is_removed


if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from etlkit.state.store import Settled, StateStore


@frozen
class Rebuilt:
    """What a state was filled with.

    Attributes:
        commits: Commits that the destinations know of.
        missing: Quarantine files that commits name and that are not there, though nobody has
            erased them; their entries are not in the state.
        anew: The state was made anew, so it holds nothing but what commit records say.
    """

    commits: int
    missing: tuple[str, ...] = ()
    anew: bool = False


def rebuild(state: StateStore, commits: Iterable[Settled], *, root: str | None = None) -> Rebuilt:
    """Settle every commit that a state does not know of yet.

    Positions, rejected records, replays, events and references to lineage come back.
    Events are told again if they were told before, under the same ids. What no commit
    record says does not come back to a state that lost it: history, open attempts, and
    entries that were discarded or parked by hand. To do it twice changes nothing.

    Args:
        state: What is filled.
        commits: Of all destinations; those of one destination oldest first.
        root: The folder below which quarantine files are, or None.

    Returns:
        How many commits there are, and what could not be read because it is gone.

    Raises:
        CorruptState: A quarantine file is damaged; what was settled before stays.

    Example:
        >>> from etlkit.state import MemoryState, rebuild
        >>> rebuild(MemoryState(), []).commits
        0
    """
    settled, missing = 0, []
    at = None
    for commit in in_order(commits):
        record = commit.record
        at = record.committed_at if at is None else max(at, record.committed_at)
        kept = None if record.quarantine is None else record.quarantine.at(root)
        if kept is not None and size_of(kept.path) is None and not is_removed(kept.path):
            missing.append(kept.path)
            record = evolve(record, quarantine=None)
        state.settle(record.run.nonce, [evolve(commit, record=record, at=at)])
        settled += 1
    return Rebuilt(settled, tuple(dict.fromkeys(missing)))


def in_order(commits: Iterable[Settled]) -> Iterator[Settled]:
    """Commits by their time, but those of one destination in the order that it gives.

    A clock that went back cannot turn the order of a destination around.
    """
    by_place: dict[str, list[Settled]] = {}
    for each in commits:
        by_place.setdefault(each.place, []).append(each)
    return merge(*by_place.values(), key=_time)


def _time(commit: Settled) -> datetime:
    return commit.record.committed_at
