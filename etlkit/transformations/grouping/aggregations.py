"""What Aggregate makes of the values of a group: their count, sum, mean and others.

All but First, Last and Collect take no notice of None, as in SQL, and give None where there
is no other value.
"""

from __future__ import annotations

from abc import ABC, ABCMeta, abstractmethod
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from math import isfinite
from typing import Any, ClassVar, Literal, TypeAlias

from attrs import field, frozen

from etlkit._words import shown
from etlkit.errors import ConfigurationError
from etlkit.expressions import Expression, F
from etlkit.records import Problem, Unfit
from etlkit.transformations.calls import Fitting
from etlkit.transformations.grouping.running import (
    Averaging,
    Best,
    Counting,
    Differing,
    End,
    Keeping,
    Ranking,
    Running,
    Summing,
)
from etlkit.transformations.mistakes import mistake, unfinished
from etlkit.transformations.step import Memory


Needs: TypeAlias = Literal["number", "order", "hash", "nothing", "check"]
"""What an aggregation needs of a value for it to be fit; ``check`` if only it can tell."""


def _expression(given: object) -> Expression:
    if isinstance(given, Expression):
        return given
    if isinstance(given, str):
        return F[given]
    hint = unfinished(given)
    if not hint and callable(given):
        hint = "; to work with all records of a group pass a function as the output"
    message = f"an aggregation takes a field or an expression, got {shown(given)}{hint}"
    raise mistake(message)


def _perhaps(given: object) -> Expression | None:
    return None if given is None else _expression(given)


def _node(given: Any) -> object:
    return None if given is None else given.node


@frozen
class Aggregation(Fitting, ABC):
    """One value made of those of a group.

    Attributes:
        of: The field or expression whose values are taken.
    """

    memory: ClassVar[Memory] = "keyed"
    needs: ClassVar[Needs] = "nothing"
    keeps_nulls: ClassVar[bool] = False

    of: Expression | None = field(converter=_expression, eq=_node)

    @abstractmethod
    def begin(self) -> Running:
        """What takes the values of one group."""

    def check(self, value: Any) -> None:
        """Look whether it can take a value, so that the record can be rejected by itself.

        Raises:
            Unfit: It cannot.
        """
        if value is not None:
            _check_fit(self, value)


@frozen
class Count(Aggregation):
    """How many records there are; of a field or expression, how many have a value.

    Example:
        >>> from etlkit.transformations import Aggregate, Count
        >>> Aggregate("state", cases=Count(), graded=Count("grade")).apply(
        ...     [{"state": "CA", "grade": None}, {"state": "CA", "grade": 3}]
        ... )
        [{'state': 'CA', 'cases': 2, 'graded': 1}]
    """

    of: Expression | None = field(default=None, converter=_perhaps, eq=_node)

    def begin(self) -> Running:
        """A counter."""
        return Counting()


@frozen
class Sum(Aggregation):
    """The exact sum of numbers; that of floats is rounded once, at the end.

    True counts as 1, so ``Sum(F.severity > 3)`` tells how many are above.
    """

    needs: ClassVar[Needs] = "number"

    def begin(self) -> Running:
        """An exact sum."""
        return Summing()


@frozen
class Mean(Aggregation):
    """The mean of numbers, worked out from their exact sum: a float, or a Decimal."""

    needs: ClassVar[Needs] = "number"

    def begin(self) -> Running:
        """An exact sum."""
        return Averaging()


@frozen
class Min(Aggregation):
    """The smallest of numbers, texts, dates or times."""

    needs: ClassVar[Needs] = "order"

    def begin(self) -> Running:
        """The smallest so far."""
        return Best(min)


@frozen
class Max(Aggregation):
    """The largest of numbers, texts, dates or times."""

    needs: ClassVar[Needs] = "order"

    def begin(self) -> Running:
        """The largest so far."""
        return Best(max)


def _check_fraction(_: object, __: object, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        message = f"a quantile is between 0 and 1, such as 0.95, got {shown(value)}"
        raise ConfigurationError(message)


@frozen
class Quantile(Aggregation):
    """The value below which a fraction of the numbers lies; all of them are kept.

    Between two numbers it is interpolated, as ``percentile_cont`` in SQL does.

    Attributes:
        fraction: From 0, the smallest, to 1, the largest.
    """

    memory: ClassVar[Memory] = "materialising"
    needs: ClassVar[Needs] = "number"

    fraction: float = field(validator=_check_fraction)

    def begin(self) -> Running:
        """All numbers."""
        return Ranking(self.fraction)


@frozen
class Median(Aggregation):
    """The number in the middle, or the mean of the two there; all numbers are kept."""

    memory: ClassVar[Memory] = "materialising"
    needs: ClassVar[Needs] = "number"

    def begin(self) -> Running:
        """All numbers."""
        return Ranking(0.5)


@frozen
class CountDistinct(Aggregation):
    """How many different values there are; 1, 1.0 and True are different. It keeps them."""

    memory: ClassVar[Memory] = "materialising"
    needs: ClassVar[Needs] = "hash"

    def begin(self) -> Running:
        """The different values."""
        return Differing()


@frozen
class First(Aggregation):
    """The value of the first record, None included."""

    keeps_nulls: ClassVar[bool] = True

    def begin(self) -> Running:
        """The first value."""
        return End(first=True)


@frozen
class Last(Aggregation):
    """The value of the last record, None included."""

    keeps_nulls: ClassVar[bool] = True

    def begin(self) -> Running:
        """The last value so far."""
        return End(first=False)


@frozen
class Collect(Aggregation):
    """The list of the values in the order of the records, None included."""

    memory: ClassVar[Memory] = "materialising"
    keeps_nulls: ClassVar[bool] = True

    def begin(self) -> Running:
        """All values."""
        return Keeping()


_ORDERED = (int, float, Decimal, str, bytes, date, datetime, time, timedelta)


def _check_fit(aggregation: Aggregation, value: Any) -> None:
    needs = aggregation.needs
    if needs in ("nothing", "check"):
        return
    if needs == "hash":
        try:
            hash(value)
        except TypeError:
            raise _unfit(aggregation, "values that can be compared", value) from None
        return
    kinds = (int, float, Decimal) if needs == "number" else _ORDERED
    if not isinstance(value, kinds):
        what = "numbers" if needs == "number" else "numbers, texts, dates or times"
        raise _unfit(aggregation, what, value)
    if isinstance(value, float | Decimal) and not isfinite(value):
        raise _unfit(aggregation, "finite numbers", value)


def _unfit(aggregation: Aggregation, what: str, value: object) -> Unfit:
    of = aggregation.of
    label = "" if of is None else of.label
    told = f"{type(aggregation).__name__}({label}) takes {what}, got "
    path = () if of is None else of.fields()[:1]
    masked = f"{told}{type(value).__name__}"
    return Unfit.of("type", (Problem(path, "type", f"{told}{shown(value)}", masked=masked),))


def output_hint(verb: str, name: str, given: object) -> str:
    """What to write where an aggregation belongs, for what other tools have there."""
    if isinstance(given, ABCMeta):
        return f"; write {given.__name__}(...)"
    if isinstance(given, Expression):
        return f"; write Sum({given!r}), or another aggregation of it"
    of, word = given if isinstance(given, tuple) and len(given) == 2 else ("amount", given)  # noqa: PLR2004 -- a field and a word
    text = word if isinstance(word, str) else getattr(word, "__name__", "")
    if text in _WORDS:
        return f"; write {_WORDS[text]}({of!r})"
    if name in _GROUPED and isinstance(given, str | list):
        return f"; what to group by comes first: {verb}({given!r}, ...)"
    return ""


_WORDS = {
    **{each.__name__.lower(): each.__name__ for each in (Count, Sum, Mean, Min, Max, Median)},
    **{each.__name__.lower(): each.__name__ for each in (First, Last, Collect)},
    "avg": "Mean",
    "average": "Mean",
    "list": "Collect",
    "n_unique": "CountDistinct",
    "nunique": "CountDistinct",
}
"""What pandas, Polars and SQL call aggregations."""

_GROUPED = frozenset({"group_by", "groupby", "keys", "on", "over", "partition_by"})
