"""Rows put into order within a budget of memory; what is above it goes to disk.

Sort needs the order of its keys. A verb that gathers what is alike sorts twice: by the hash
of the key, which brings the rows of a key together, and then by a number, which brings what
it made of them back into the order that it promises. Both are external merge sorts (Knuth,
volume 3, 5.4): memory is bounded whatever the keys are, where partitions by hash (as in a
Grace join) have to be cut again and again if one of them is too large, and cannot be if that
is a single key.
"""

from __future__ import annotations

from collections.abc import Iterator
from operator import itemgetter
from typing import Any, Protocol

from attrs import field, frozen

from etlkit._words import shown
from etlkit.transformations.mistakes import mistake
from etlkit.transformations.spilling.runs import BLOCK_ROWS, FAN_IN, Row, Runs, footprint


MEMORY_BYTES = 64 * 1024 * 1024
"""The budget where users give none."""

_SAMPLED = 16
_OUT = 1024


def memory_budget(verb: str, given: object) -> int:
    """What users pass as ``memory_bytes=``.

    Raises:
        ConfigurationError: It is no number of bytes.
    """
    if type(given) is not int or given < 1:
        message = f"{verb}: memory_bytes is a number of bytes, got {shown(given)}"
        raise mistake(message)
    return given


class Order(Protocol):
    """An order of rows."""

    def sorted(self, rows: list[Row]) -> list[Row]:
        """The rows in order; those that are equal keep theirs."""

    def key(self, row: Row) -> Any:
        """What is compared where rows of several runs meet; the order is the same."""


@frozen
class ByItem:
    """The order of an item that all rows have, such as the hash of a key, or a number.

    Attributes:
        place: Where it stands in a row.
        key: The item of a row.
    """

    place: int = 0
    key: Any = field(init=False, eq=False, repr=False)

    @key.default
    def _(self) -> Any:
        return itemgetter(self.place)

    def sorted(self, rows: list[Row]) -> list[Row]:
        """The rows in the order of the item."""
        return sorted(rows, key=self.key)


class Sorter:
    """Takes rows in any order and gives them back in theirs.

    The rows come back exactly as they were. A file belongs to this object as soon as it was
    needed; ``close`` releases it.

    Args:
        owner: The step, for messages.
        order: The order; rows that are equal keep that in which they were added.
        memory_bytes: The budget, of the rows as Python holds them.
    """

    def __init__(self, owner: str, order: Order, *, memory_bytes: int) -> None:
        self._owner = owner
        self._order = order
        self._memory_bytes = memory_bytes
        self._rows: list[Row] = []
        self._held = 0
        self._runs: Runs | None = None

    def add(self, rows: list[Row]) -> None:
        """Take further rows.

        Raises:
            TransientError: There is no room for them.
        """
        self._rows += rows
        self._held += size_of(rows)
        if self._held > self._memory_bytes:
            self._spill()

    def rows(self) -> Iterator[list[Row]]:
        """All rows in order, some at a time; called after the last ``add``.

        It may be called again, also before the rows of an earlier call are at their end.

        Raises:
            TransientError: There is no room for another pass.
        """
        if self._runs is None:
            self._rows = rows = self._order.sorted(self._rows)
            for start in range(0, len(rows), _OUT):
                yield rows[start : start + _OUT]
            return
        if self._rows:
            self._spill()
        yield from self._runs.merged()

    def close(self) -> None:
        """Let go of the rows, and of the file."""
        self._rows = []
        if self._runs is not None:
            self._runs.close()

    def _spill(self) -> None:
        if self._runs is None:
            fitting = fitting_rows(self._memory_bytes, self._held // len(self._rows))
            self._runs = Runs(self._owner, self._order.key, block_rows=fitting)
        self._runs.add(self._order.sorted(self._rows))
        self._rows, self._held = [], 0


def fitting_rows(memory_bytes: int, row_bytes: int) -> int:
    """How many rows of each run may be in memory at once for a merge to stay in the budget."""
    fitting = memory_bytes // (2 * FAN_IN * max(row_bytes, 1))
    return min(max(fitting, 1), BLOCK_ROWS)


def size_of(rows: list[Any]) -> int:
    """About how much memory rows take, as some of them tell."""
    sample = rows[:: max(len(rows) // _SAMPLED, 1)]
    return sum(map(footprint, sample)) * len(rows) // max(len(sample), 1)
