"""What is known so far of the values of one group, while they come in.

Each class of this module can say what it knows as a plain value and take that from another
one of its kind, so a group may be known in parts: some of them on disk.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, Protocol

from etlkit.transformations.grouping.sums import ExactSum
from etlkit.transformations.typed_keys import typed, untyped


class Running(Protocol):
    """What is known so far of the values of one group.

    One that has ``state`` and ``absorb`` as well, as those of ``Partial``, takes the memory
    that it needs itself; for any other one the values of the group are kept to the end.
    """

    def add(self, values: Sequence[Any]) -> None:
        """Take further values, at least one, in their order."""

    def result(self) -> Any:
        """The value for the group."""


class Partial(Running, Protocol):
    """A running value that can be put together from parts."""

    def kept(self) -> int:
        """How many values it keeps; 0 if what it keeps does not grow with them."""

    def state(self) -> Any:
        """What it knows, as a value of plain types."""

    def absorb(self, state: Any) -> None:
        """Take what another one knew of the values that come next."""


class Counting:
    """How many values there are."""

    __slots__ = ("_count",)

    def __init__(self) -> None:
        self._count = 0

    def add(self, values: Sequence[Any]) -> None:
        """Take further values."""
        self._count += len(values)

    def result(self) -> int:
        """Their number."""
        return self._count

    def kept(self) -> int:
        """None of them."""
        return 0

    def state(self) -> int:
        """Their number."""
        return self._count

    def absorb(self, state: int) -> None:
        """Add another number."""
        self._count += state


class Summing(ExactSum):
    """The sum of numbers."""

    __slots__ = ()

    def result(self) -> int | float | Decimal | None:
        """The sum, or None."""
        return self.total()


class Averaging(ExactSum):
    """The mean of numbers."""

    __slots__ = ()

    def result(self) -> float | Decimal | None:
        """The mean, or None."""
        return self.mean()


class Best:
    """The first of the smallest, or of the largest, of values."""

    __slots__ = ("_best", "_choose")

    def __init__(self, choose: Callable[[Sequence[Any]], Any]) -> None:
        self._choose = choose
        self._best: Any = None

    def add(self, values: Sequence[Any]) -> None:
        """Take further values."""
        best = self._choose(values)
        self._best = best if self._best is None else self._choose((self._best, best))

    def result(self) -> Any:
        """The value, or None."""
        return self._best

    def kept(self) -> int:
        """One value does not count."""
        return 0

    def state(self) -> Any:
        """The value, or None."""
        return self._best

    def absorb(self, state: Any) -> None:
        """Compare with another one."""
        if state is not None:
            self.add((state,))


class End:
    """The first value, or the last one."""

    __slots__ = ("_empty", "_first", "_value")

    def __init__(self, *, first: bool) -> None:
        self._first = first
        self._empty = True
        self._value: Any = None

    def add(self, values: Sequence[Any]) -> None:
        """Take further values."""
        if self._empty or not self._first:
            self._value = values[0] if self._first else values[-1]
            self._empty = False

    def result(self) -> Any:
        """The value, or None."""
        return self._value

    def kept(self) -> int:
        """One value does not count."""
        return 0

    def state(self) -> list[Any]:
        """The value, if there is one."""
        return [] if self._empty else [self._value]

    def absorb(self, state: list[Any]) -> None:
        """Take another one, if there is one."""
        if state:
            self.add(state)


class Keeping:
    """All values in their order."""

    __slots__ = ("_values",)

    def __init__(self) -> None:
        self._values: list[Any] = []

    def add(self, values: Sequence[Any]) -> None:
        """Take further values."""
        self._values.extend(values)

    def result(self) -> Any:
        """The list of them."""
        return self._values

    def kept(self) -> int:
        """All of them."""
        return len(self._values)

    def state(self) -> list[Any]:
        """All of them."""
        return self._values

    def absorb(self, state: list[Any]) -> None:
        """Append others."""
        self._values.extend(state)


class Ranking(Keeping):
    """All numbers, and the one below which a fraction of them lies."""

    __slots__ = ("_fraction",)

    def __init__(self, fraction: float) -> None:
        super().__init__()
        self._fraction = fraction

    def result(self) -> Any:
        """The number, interpolated between its neighbours, or None."""
        if not self._values:
            return None
        ranked = sorted(self._values)
        at = self._fraction * (len(ranked) - 1)
        below = int(at)
        part = at - below
        if part == 0:
            return ranked[below]
        low, high = ranked[below], ranked[below + 1]
        if isinstance(low, Decimal) or isinstance(high, Decimal):
            return low + (high - low) * Decimal(part)
        return (low + high) / 2 if part == 0.5 else low + (high - low) * part  # noqa: PLR2004 -- the middle, rounded once


class Differing:
    """The different values; 1, 1.0 and True are different."""

    __slots__ = ("_seen",)

    def __init__(self) -> None:
        self._seen: set[Any] = set()

    def add(self, values: Sequence[Any]) -> None:
        """Take further values."""
        self._seen.update(map(typed, values))

    def result(self) -> int:
        """How many there are."""
        return len(self._seen)

    def kept(self) -> int:
        """One of each."""
        return len(self._seen)

    def state(self) -> list[Any]:
        """One of each."""
        return list(map(untyped, self._seen))

    def absorb(self, state: list[Any]) -> None:
        """Take others."""
        self.add(state)


class Delayed(Keeping):
    """All values, which are worked with at the end.

    Args:
        work: What is made of a list of all of them.
    """

    __slots__ = ("_work",)

    def __init__(self, work: Callable[[list[Any]], Any]) -> None:
        super().__init__()
        self._work = work

    def result(self) -> Any:
        """What is made of them."""
        return self._work(self._values)


FIXED_SIZE = (Counting, ExactSum, Best, End)
"""Those that do not grow with the values."""
