"""Which of the records that came are which of those expected."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from attrs import field, frozen

from etlkit.testing.sameness import exact


if TYPE_CHECKING:
    from etlkit.records import Record

_MOST_COMPARED = 10_000
"""Pairs of records that are looked at to tell which of them belong together."""


@frozen
class Match:
    """Which records are which.

    Attributes:
        found: The records that came.
        wanted: Those that are expected.
        same: The places of records that are the same, as they came and as expected.
        differing: The places of records that belong together and differ.
        missing: The places of expected records that did not come.
        extra: The places of records that are not expected.
        subset: Only the fields of the expected records count.
    """

    found: Sequence[Record]
    wanted: Sequence[Record]
    same: Sequence[tuple[int, int]]
    differing: Sequence[tuple[int, int]]
    missing: Sequence[int]
    extra: Sequence[int]
    subset: bool = field(kw_only=True)


def compared(
    found: Sequence[Record], wanted: Sequence[Record], *, ordered: bool, subset: bool = False
) -> Match | None:
    """Which records are which, or None if they are those expected."""
    if ordered and _in_order(found, wanted, subset=subset):
        return None
    match = _match(found, wanted, subset=subset)
    return match if ordered or match.differing or match.missing or match.extra else None


def _part(record: Record, fields: Iterable[str]) -> Record:
    return {name: record[name] for name in fields if name in record}


def _in_order(found: Sequence[Record], wanted: Sequence[Record], *, subset: bool) -> bool:
    if len(found) != len(wanted):
        return False
    pairs = zip(found, wanted, strict=True)
    return all(exact(_part(a, b) if subset else a) == exact(b) for a, b in pairs)


def _match(found: Sequence[Record], wanted: Sequence[Record], *, subset: bool) -> Match:
    assigned = _Assigned(_candidates(found, wanted, subset=subset))
    same = sorted((place, number) for number, place in assigned.places.items())
    missing = [number for number in range(len(wanted)) if number not in assigned.places]
    taken = set(assigned.places.values())
    extra = [place for place in range(len(found)) if place not in taken]
    differing = _alike(found, wanted, extra, missing)
    gone = {number for _, number in differing}
    came = {place for place, _ in differing}
    return Match(
        found,
        wanted,
        same,
        differing,
        [number for number in missing if number not in gone],
        [place for place in extra if place not in came],
        subset=subset,
    )


def _candidates(
    found: Sequence[Record], wanted: Sequence[Record], *, subset: bool
) -> list[list[int]]:
    """For each expected record the places of those that are the same; equal ones share it."""
    shapes = [frozenset(record) if subset else frozenset() for record in wanted]
    places: dict[object, list[int]] = {}
    for shape in set(shapes):
        for place, record in enumerate(found):
            key = exact(_part(record, shape) if subset else record)
            places.setdefault((shape, key), []).append(place)
    keys = zip(shapes, map(exact, wanted), strict=True)
    return [places.setdefault(key, []) for key in keys]


class _Assigned:
    """As many expected records as possible, each with a record that came and is the same.

    Records that have other fields may compete for one that came, so what was given away
    first may have to be given to another one: these are the augmenting paths of bipartite
    matching.

    Attributes:
        places: Of expected records, by their number.
    """

    def __init__(self, candidates: Sequence[list[int]]) -> None:
        self._candidates = candidates
        self._ahead = {id(one): iter(one) for one in candidates}
        self._owners: dict[int, int] = {}
        self.places: dict[int, int] = {}
        left = [number for number in range(len(candidates)) if not self._take(number)]
        if len(self._ahead) > 1:
            for number in left:
                self._rearrange(number)

    def _take(self, number: int) -> bool:
        for place in self._ahead[id(self._candidates[number])]:
            if place not in self._owners:
                self._owners[place], self.places[number] = number, place
                return True
        return False

    def _rearrange(self, number: int) -> None:
        asked: dict[int, int] = {}
        queue = deque([number])
        while queue:
            asking = queue.popleft()
            for place in self._candidates[asking]:
                if place in asked:
                    continue
                asked[place] = asking
                if place not in self._owners:
                    self._hand_on(place, asked)
                    return
                queue.append(self._owners[place])

    def _hand_on(self, place: int | None, asked: dict[int, int]) -> None:
        while place is not None:
            number = asked[place]
            before = self.places.get(number)
            self._owners[place], self.places[number] = number, place
            place = before


def _alike(
    found: Sequence[Record], wanted: Sequence[Record], extra: Sequence[int], missing: Sequence[int]
) -> list[tuple[int, int]]:
    """Pairs that probably belong together: with most fields the same, or in the same place."""
    if len(extra) * len(missing) > _MOST_COMPARED:
        return sorted((place, place) for place in set(extra) & set(missing))
    ranked = sorted(
        (-_common(found[place], wanted[number]), abs(place - number), place, number)
        for place in extra
        for number in missing
    )
    pairs: dict[int, int] = {}
    for common, apart, place, number in ranked:
        if (common or not apart) and place not in pairs and number not in pairs.values():
            pairs[place] = number
    return sorted(pairs.items())


def _common(found: Record, wanted: Record) -> int:
    """How many fields are the same."""
    return sum(
        name in found and exact(found[name]) == exact(value) for name, value in wanted.items()
    )
