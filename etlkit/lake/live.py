"""Which parts of a dataset count, worked out from its commit records alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen


if TYPE_CHECKING:
    from collections.abc import Iterable

    from etlkit.runs.commit import CommitRecord, Part


@frozen
class LivePart:
    """A part that counts.

    Attributes:
        part: The part.
        job_id: The job that wrote it.
        nonce: The attempt that wrote it.
    """

    part: Part
    job_id: str
    nonce: str


class Contents:
    """What a dataset holds after some of its commits; used by one thread.

    Args:
        parts: What it holds to begin with, in order. They are taken when something has to be
            known of them, which who looks for a run key alone never needs.
    """

    def __init__(self, parts: Iterable[LivePart] = ()) -> None:
        self._waiting: Iterable[LivePart] = parts
        self._known: dict[str, LivePart] = {}

    @property
    def parts(self) -> tuple[LivePart, ...]:
        """The parts that count, in the order in which readers take them."""
        return tuple(self._parts.values())

    @property
    def _parts(self) -> dict[str, LivePart]:
        waiting, self._waiting = self._waiting, ()
        older = {each.part.name: each for each in waiting}
        if older:
            self._known = {**older, **self._known}
        return self._known

    def take(self, record: CommitRecord) -> list[LivePart]:
        """Go on by one commit, and return the parts that count no more since it."""
        ended = _Ended(record)
        gone = [each for each in self._parts.values() if ended.has(each)] if ended.any else []
        for each in gone:
            del self._parts[each.part.name]
        run = record.run
        for part in record.written.parts:
            self._known[part.name] = LivePart(part, run.job_id, run.nonce)
        return gone


class _Ended:
    """Which earlier parts a commit puts an end to."""

    def __init__(self, record: CommitRecord) -> None:
        self._all = record.mode == "replace"
        self._job_id = record.run.job_id
        self._nonces = frozenset(record.supersedes)
        self._changed = [each.uri for each in record.position.inputs if each.again]
        written = record.written.parts if record.mode == "replace-partition" else ()
        self._partitions = frozenset(part.partition for part in written)
        self.any = bool(self._all or self._nonces or self._changed or self._partitions)

    def has(self, live: LivePart) -> bool:
        part = live.part
        if self._all or live.nonce in self._nonces or part.partition in self._partitions:
            return True
        return live.job_id == self._job_id and self._is_of_changed_file(part.origin)

    def _is_of_changed_file(self, origin: str | None) -> bool:
        """Whether it is one of the files that were read again, or a member of one."""
        if origin is None:
            return False
        return any(origin == uri or origin.startswith(f"{uri}/") for uri in self._changed)


def live_parts(records: Iterable[CommitRecord]) -> tuple[Part, ...]:
    """The parts that count after these commits, in the order in which readers take them.

    A ``replace`` puts an end to all parts before it, a ``replace-partition`` to those of
    the partitions that it has parts in. A forced load puts an end to the parts of the loads
    that it supersedes, and one that read a changed file again to the parts that its job had
    made of that file alone. What has ended does not come back.

    Args:
        records: All commit records of a dataset, oldest first.
    """
    contents = Contents()
    for record in records:
        contents.take(record)
    return tuple(each.part for each in contents.parts)
