"""Groups while their records come in, in memory as far as a budget allows.

The values of some thousand records wait in lists, one for each field of each group, and are
then added to what is known of the group, many in one call. Above the budget, what is known
of all groups goes to disk as rows sorted by the hash of the key, and gathering begins anew.
In the end the rows are merged: those of one hash stand together, and what is known of a
group in several rows is put together. The records that are made of them are sorted by the
place where their group was first seen.

This is sort-based aggregation with early aggregation (Larson, "Data reduction by partial
preaggregation", 2002). Groups that come often cost a row each time the budget is reached,
not one for each record, and a group too large for anything else is still merged as any
other; it has to fit into memory only where its values are asked for as one list.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from itertools import chain, groupby, islice
from operator import itemgetter
from typing import Any

from attrs import define

from etlkit.records import Record
from etlkit.transformations.grouping.running import Partial
from etlkit.transformations.grouping.shape import Shape
from etlkit.transformations.spilling.runs import Row, Runs, footprint
from etlkit.transformations.spilling.sorter import ByItem, Sorter, fitting_rows
from etlkit.transformations.typed_keys import typed_key, untyped_key


_MOST_WAITING = 16_384
_OUT = 4096
_GROUP_BYTES = 400
_RUNNING_BYTES = 120
_WAITING_BYTES = 150
_SAMPLED_GROUPS = 16
_SAMPLED_VALUES = 4

_HASH = itemgetter(0)


@define(eq=False)
class _Group:
    """What is known of one group.

    Attributes:
        number: That of the group, by the place where it was first seen.
        running: What is known for each output.
        kept_bytes: What the values take that are kept.
    """

    number: int
    running: list[Partial]
    kept_bytes: int = 0


class Groups:
    """The groups of one run.

    A file belongs to this object as soon as it was needed; ``close`` releases it.

    Args:
        shape: What they are made of.
        memory_bytes: The budget.

    Attributes:
        waiting: The values that wait, by the key of their group: how many of the first
            column are None, then for each column what appends a value, then their lists.
    """

    def __init__(self, shape: Shape, memory_bytes: int) -> None:
        self._shape = shape
        self._width = len(shape.keeps_nulls)
        self._growing = [
            (place, one.column)
            for place, one in enumerate(shape.facts)
            if one.grows and one.column is not None
        ]
        self._budget = memory_bytes
        self._half = max(memory_bytes // 2, 1)  # for the merge and the sort at the end, each
        self._most_waiting = 1
        self._held = 0
        self.waiting: dict[Any, list[Any]] = {}
        self._groups: dict[Any, _Group] = {}
        self._seen = 0
        self._counted = 0
        self._used = 0
        self._runs: Runs | None = None

    def begin(self, key: Any) -> list[Any]:
        """Room for the values of a group that has none waiting."""
        lists: list[list[Any]] = [[] for _ in range(self._width)]
        slots = self.waiting[key] = [0, *[column.append for column in lists], lists]
        return slots

    def put(self, key: Any, values: list[Any]) -> None:
        """Let the values of a record wait, as the lines do that ``Pick`` writes."""
        slots = self.waiting.get(key) or self.begin(key)
        if not values:
            slots[0] += 1
        for number, (value, keeps) in enumerate(zip(values, self._shape.keeps_nulls, strict=True)):
            if keeps or value is not None:
                slots[number + 1](value)
            elif number == 0:
                slots[0] += 1

    def hold(self, records: int) -> None:
        """So many more records wait; adds all that do to their groups if they are many.

        Raises:
            Exception: What an output raises for its values.
            TransientError: There is no room on disk.
        """
        self._held += records
        if self._held >= self._most_waiting:
            self._add()

    def records(self) -> Iterator[list[Record]]:
        """One record for each group, in the order in which they were first seen.

        Raises:
            Exception: What an output raises for its values.
            TransientError: There is no room on disk.
        """
        self._add()
        made = self._made() if self._runs is None else self._merged(self._runs)
        while batch := list(islice(made, _OUT)):
            yield batch

    def close(self) -> None:
        """Let go of everything."""
        self.waiting.clear()
        self._groups.clear()
        if self._runs is not None:
            self._runs.close()

    # -- what is in memory

    def _add(self) -> None:
        """Add what waits to its groups."""
        sizes = self._sizes()
        for key, slots in self.waiting.items():
            group = self._groups.get(key) or self._begun(key)
            self._fill(group, slots[0], slots[-1])
            if self._growing:
                self._measure(group, sizes)
        self._used += (self._seen - self._counted) * self._group_bytes(sizes)
        self._counted = self._seen
        self._limit_waiting(sizes)
        self.waiting.clear()
        self._held = 0
        if self._used > self._budget:
            self._spill()

    def _begun(self, key: Any) -> _Group:
        self._seen += 1
        group = self._groups[key] = _Group(self._seen, self._nothing())
        return group

    def _nothing(self) -> list[Partial]:
        return [one.begin() for one in self._shape.facts]

    def _measure(self, group: _Group, sizes: list[int]) -> None:
        """Add what a group took since the last time for the values that it keeps."""
        kept = sum(
            group.running[place].kept() * (sizes[column] + 8) for place, column in self._growing
        )
        self._used += kept - group.kept_bytes
        group.kept_bytes = kept

    def _fill(self, group: _Group, nulls: int, lists: list[list[Any]]) -> None:
        count = nulls + len(lists[0]) if lists else nulls
        for fact, running in zip(self._shape.facts, group.running, strict=True):
            values: Sequence[Any] = range(count) if fact.column is None else lists[fact.column]
            if values:
                try:
                    running.add(values)
                except Exception as error:
                    self._note(error, fact.name, group.number)
                    raise

    def _sizes(self) -> list[int]:
        """About how many bytes a waiting value of each column takes, as some of them tell."""
        some = [slots[-1] for slots in islice(self.waiting.values(), _SAMPLED_GROUPS)]
        sizes = []
        for column in range(self._width):
            values = [value for lists in some for value in lists[column][:_SAMPLED_VALUES]]
            sizes.append(sum(map(footprint, values)) // max(len(values), 1))
        return sizes

    def _group_bytes(self, sizes: list[int]) -> int:
        """About how many bytes a group takes, without the values of outputs that keep them."""
        keys = [self._key(key) for key in islice(self.waiting, _SAMPLED_GROUPS)]
        of_key = sum(map(footprint, keys)) // max(len(keys), 1)
        return _GROUP_BYTES + of_key + sum(sizes) + _RUNNING_BYTES * len(self._shape.facts)

    def _limit_waiting(self, sizes: list[int]) -> None:
        """Let no more records wait than a quarter of the budget holds."""
        room = len(self.waiting) * _WAITING_BYTES * (1 + self._width)
        of_record = room // max(self._held, 1) + sum(sizes) + 8 * self._width
        fitting = self._budget // (4 * max(of_record, 1))
        self._most_waiting = min(max(fitting, 1), _MOST_WAITING)

    def _key(self, key: Any) -> list[Any]:
        return untyped_key(key, len(self._shape.names))

    def _made(self) -> Iterator[Record]:
        for key, group in self._groups.items():
            yield self._record(self._key(key), group.running, group.number)

    def _record(self, key: list[Any], running: list[Partial], number: int | None) -> Record:
        record = dict(zip(self._shape.names, key, strict=True))
        for name, place, ask in self._shape.outputs:
            try:
                record[name] = ask(running[place])
            except Exception as error:
                self._note(error, name, number)
                raise
        return record

    def _note(self, error: Exception, name: str, number: int | None) -> None:
        # told by its number: the key of a group may be a sensitive value
        group = "one of the groups" if number is None else f"group {number}"
        error.add_note(f"in step {self._shape.label}, output {name!r} of {group}")

    # -- what is on disk

    def _spill(self) -> None:
        """Write down what is known of each group, and forget it."""
        rows: list[Row] = [
            (hash(key), group.number, self._key(key), [one.state() for one in group.running])
            for key, group in self._groups.items()
        ]
        if self._runs is None:
            fitting = fitting_rows(self._half, self._used // len(rows))
            self._runs = Runs(self._shape.label, _HASH, block_rows=fitting)
        rows.sort(key=_HASH)
        self._runs.add(rows)
        self._groups.clear()
        self._used = 0

    def _merged(self, runs: Runs) -> Iterator[Record]:
        if self._groups:
            self._spill()
        order = ByItem(0)
        with closing(Sorter(self._shape.label, order, memory_bytes=self._half)) as made:
            together = groupby(chain.from_iterable(runs.merged()), key=_HASH)
            pairs = (pair for _, rows in together for pair in self._of_one_hash(rows))
            while batch := list(islice(pairs, _OUT)):
                made.add(batch)
            yield from (row[1] for rows in made.rows() for row in rows)

    def _of_one_hash(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Where each group was first seen, and its record."""
        groups: dict[Any, tuple[Row, list[Partial]]] = {}
        for row in rows:
            key = typed_key(row[2])
            if key not in groups:
                groups[key] = row, self._nothing()
            for one, state in zip(groups[key][1], row[3], strict=True):
                one.absorb(state)
        for first, running in groups.values():
            yield first[1], self._record(first[2], running, None)
