"""The loads that have a lineage, and which of their records are still where they were put."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define, field, frozen


if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from etlkit.runs.commit import KeptFile
    from etlkit.state.store import Settled


@frozen
class LineageLoad:
    """A committed load of which it is known where each record came from.

    Attributes:
        job_id: The job.
        run_id: Its run.
        nonce: The attempt that committed.
        output: Name of the output in a job with several; else empty.
        destination: Where the records went.
        mode: ``replace``, ``replace-partition``, ``append`` or ``upsert``.
        loaded_at: When it was committed, in UTC.
        records: How many records it loaded.
        is_replaced: A later load has taken its place, so its records are gone. Where single
            partitions were replaced, it is once this has happened to each that it wrote.
        reread: Files whose records a later load has replaced by those that they have since.
        kept: The lineage file.
    """

    job_id: str
    run_id: str
    nonce: str
    output: str
    destination: str
    mode: str
    loaded_at: datetime
    records: int
    kept: KeptFile = field(repr=False)
    is_replaced: bool = False
    reread: frozenset[str] = frozenset()

    def was_reread(self, *names: str) -> bool:
        """Whether a file of one of these names, or the archive that it is in, was read again."""
        return any(f"{name}/".startswith(f"{each}/") for name in names for each in self.reread)


@define
class _Standing:
    """A commit while the later ones are looked at."""

    commit: Settled
    is_replaced: bool = False
    reread: set[str] = field(factory=set)
    partitions: set[str | None] = field(init=False)

    @partitions.default
    def _(self) -> set[str | None]:
        """The partitions where records of it still are."""
        return {part.partition for part in self.commit.record.written.parts}


def loads_of(commits: Iterable[Settled]) -> tuple[LineageLoad, ...]:
    """The loads with a lineage among commits that are given oldest first."""
    standings: list[_Standing] = []
    by_place: dict[str, list[_Standing]] = {}
    for commit in commits:
        at_place = by_place.setdefault(commit.place, [])
        for earlier in at_place:
            _end(earlier, commit)
        at_place[:] = [each for each in at_place if not each.is_replaced]
        standing = _Standing(commit)
        standings.append(standing)
        at_place.append(standing)
    return tuple(_load(each) for each in standings if each.commit.record.lineage is not None)


def _end(earlier: _Standing, later: Settled) -> None:
    record = later.record
    replaced = record.mode == "replace" or earlier.commit.record.run.nonce in record.supersedes
    mode: str = record.mode
    if mode == "replace-partition":
        earlier.partitions -= {part.partition for part in record.written.parts}
        replaced = replaced or not earlier.partitions
    earlier.is_replaced = earlier.is_replaced or replaced
    earlier.reread.update(each.uri for each in record.position.inputs if each.again)


def _load(standing: _Standing) -> LineageLoad:
    record = standing.commit.record
    kept = record.lineage
    assert kept is not None  # noqa: S101 -- the caller has looked
    return LineageLoad(
        record.run.job_id,
        record.run.run_id,
        record.run.nonce,
        record.output,
        standing.commit.place,
        record.mode,
        record.committed_at,
        kept.records,
        kept,
        is_replaced=standing.is_replaced,
        reread=frozenset(standing.reread),
    )
