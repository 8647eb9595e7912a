"""What a record gets by its place in the order of a partition: RowNumber, Lag and others."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Protocol

from attrs import field, frozen

from etlkit._copying import own, own_values
from etlkit._words import shown
from etlkit.expressions import Expression, F
from etlkit.transformations.calls import Fitting
from etlkit.transformations.mistakes import mistake


class Cursor(Protocol):
    """Goes through the records of one partition in their order."""

    def take(self, values: list[Any], equal: list[bool]) -> Sequence[Any]:
        """What the next records get, one value for each.

        Args:
            values: What the function takes of them; anything where it takes nothing.
            equal: For each of them, whether its place in the order is that of the record
                before it.
        """


@frozen
class WindowFunction(Fitting, ABC):
    """A value that depends on where a record stands in the order of its partition.

    Attributes:
        of: The field or expression whose values are taken; None where there is none.
    """

    of: Expression | None = field(default=None, init=False, repr=False)

    @abstractmethod
    def begin(self) -> Cursor:
        """What goes through one partition."""


@frozen
class RowNumber(WindowFunction):
    """The number of the record in its partition: 1, 2, 3, also for records that are equal.

    Example:
        >>> from etlkit.transformations import RowNumber, Window
        >>> Window(order_by="n", place=RowNumber()).apply([{"n": 7}, {"n": 5}, {"n": 7}])
        [{'n': 7, 'place': 2}, {'n': 5, 'place': 1}, {'n': 7, 'place': 3}]
    """

    def begin(self) -> Cursor:
        """A counter."""
        return _Numbering()


class _Numbering:
    __slots__ = ("_number",)

    def __init__(self) -> None:
        self._number = 0

    def take(self, values: list[Any], equal: list[bool]) -> Sequence[int]:
        del equal
        first = self._number + 1
        self._number += len(values)
        return range(first, self._number + 1)


@frozen
class Rank(WindowFunction):
    """One more than how many records come before: 1, 2, 2, 4, equal for those that are equal.

    Example:
        >>> from etlkit.transformations import Rank, Window
        >>> Window(order_by="n", place=Rank()).apply([{"n": 7}, {"n": 9}, {"n": 7}])
        [{'n': 7, 'place': 1}, {'n': 9, 'place': 3}, {'n': 7, 'place': 1}]
    """

    def begin(self) -> Cursor:
        """A counter."""
        return _Ranking()


class _Ranking:
    __slots__ = ("_number", "_rank")

    def __init__(self) -> None:
        self._number = 0
        self._rank = 0

    def take(self, values: list[Any], equal: list[bool]) -> Sequence[int]:
        del values
        made = []
        for same in equal:
            self._number += 1
            if not same:
                self._rank = self._number
            made.append(self._rank)
        return made


@frozen
class DenseRank(WindowFunction):
    """The number of the value in the order: 1, 2, 2, 3, equal for those that are equal.

    Example:
        >>> from etlkit.transformations import DenseRank, Window
        >>> Window(order_by="n", place=DenseRank()).apply([{"n": 7}, {"n": 9}, {"n": 7}])
        [{'n': 7, 'place': 1}, {'n': 9, 'place': 2}, {'n': 7, 'place': 1}]
    """

    def begin(self) -> Cursor:
        """A counter."""
        return _DenseRanking()


class _DenseRanking:
    __slots__ = ("_rank",)

    def __init__(self) -> None:
        self._rank = 0

    def take(self, values: list[Any], equal: list[bool]) -> Sequence[int]:
        del values
        made = []
        for same in equal:
            self._rank += not same
            made.append(self._rank)
        return made


def _checked_of(given: object) -> Expression:
    if isinstance(given, str):
        return F[given]
    if isinstance(given, Expression):
        return given
    message = f"Lag and Lead take a field or an expression, got {shown(given)}"
    raise mistake(message)


def _checked_count(_: object, __: object, given: object) -> None:
    if type(given) is not int or given < 1:
        message = f"Lag and Lead: n is a number of records, from 1 on, got {shown(given)}"
        raise mistake(message)


def _node(given: Any) -> object:
    return given.node


@frozen
class Lag(WindowFunction):
    """The value of the record before, None included.

    Attributes:
        of: A field or expression.
        n: How many records before.
        default: For the records that have none before.

    Example:
        >>> from etlkit.transformations import Lag, Window
        >>> Window(order_by="day", before=Lag("n")).apply([{"day": 1, "n": 7}, {"day": 2, "n": 9}])
        [{'day': 1, 'n': 7, 'before': None}, {'day': 2, 'n': 9, 'before': 7}]
    """

    of: Expression = field(converter=_checked_of, eq=_node)
    n: int = field(default=1, validator=_checked_count)
    default: Any = field(default=None, converter=own)

    def begin(self) -> Cursor:
        """The last values."""
        return _Lagging(self.n, self.default)


class _Lagging:
    __slots__ = ("_before", "_n")

    def __init__(self, n: int, default: Any) -> None:
        self._n = n
        self._before = [default] * n

    def take(self, values: list[Any], equal: list[bool]) -> Sequence[Any]:
        del equal
        every = self._before + values
        self._before = every[-self._n :]
        return own_values(every[: -self._n])


@frozen
class Lead(WindowFunction):
    """The value of the record behind, None included; so many records wait for theirs.

    Attributes:
        of: A field or expression.
        n: How many records behind.
        default: For the records that have none behind.

    Example:
        >>> from etlkit.transformations import Lead, Window
        >>> Window(order_by="day", next=Lead("n")).apply([{"day": 1, "n": 7}, {"day": 2, "n": 9}])
        [{'day': 1, 'n': 7, 'next': 9}, {'day': 2, 'n': 9, 'next': None}]
    """

    of: Expression = field(converter=_checked_of, eq=_node)
    n: int = field(default=1, validator=_checked_count)
    default: Any = field(default=None, converter=own)

    def begin(self) -> Cursor:
        """The default, for a record that waits for its value."""
        return Same(self.default)


class Same:
    """One value for all records of a partition."""

    __slots__ = ("_value",)

    def __init__(self, value: Any) -> None:
        self._value = value

    def take(self, values: list[Any], equal: list[bool]) -> Sequence[Any]:
        """The value; copies if it can be changed."""
        del equal
        return own_values([self._value] * len(values))
