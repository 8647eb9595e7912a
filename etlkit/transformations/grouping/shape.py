"""What the groups of an Aggregate are made of: what is known of each, and asked at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from attrs import frozen

from etlkit.records import Record
from etlkit.transformations.grouping.aggregations import Aggregation
from etlkit.transformations.grouping.running import FIXED_SIZE, Delayed, Partial
from etlkit.transformations.grouping.sums import ExactSum


Output: TypeAlias = Aggregation | Callable[[list[Record]], Any]


@frozen(eq=False)
class Fact:
    """One thing that is known of each group.

    Attributes:
        name: The output that it is for, or the first of them.
        begin: Makes what is known of no values.
        column: The number of the column whose values it takes; None if it only counts records.
        grows: Whether it grows with the values.
    """

    name: str
    begin: Callable[[], Partial]
    column: int | None
    grows: bool


@frozen(eq=False)
class Shape:
    """What groups are made of.

    Attributes:
        label: The step, for messages.
        names: The fields of the key.
        facts: What is known of each group.
        outputs: The name of each output, which of the ``facts`` it asks, and its question.
        keeps_nulls: For each column whether None is one of its values.
    """

    label: str
    names: tuple[str, ...]
    facts: tuple[Fact, ...]
    outputs: tuple[tuple[str, int, Callable[[Any], Any]], ...]
    keeps_nulls: tuple[bool, ...]

    @classmethod
    def of(
        cls,
        label: str,
        keys: Iterable[str],
        outputs: Mapping[str, Output],
        columns: Sequence[int | None],
        keeps_nulls: Iterable[bool],
    ) -> Shape:
        """Groups with such outputs; sum and mean of a column are questions to one exact sum."""
        facts: dict[object, Fact] = {}
        asked = []
        for (name, output), column in zip(outputs.items(), columns, strict=True):
            begin = beginning(output)
            first = begin()
            is_sum = isinstance(first, ExactSum)
            grows = not isinstance(first, FIXED_SIZE)
            one = (ExactSum, column) if is_sum else name
            facts.setdefault(one, Fact(name, begin, column, grows))
            asked.append((name, list(facts).index(one), type(first).result))
        return cls(label, tuple(keys), tuple(facts.values()), tuple(asked), tuple(keeps_nulls))


def beginning(output: Output) -> Callable[[], Partial]:
    """What makes the running value of an output for a group.

    Values are kept for a function of the user's, and for a running value that cannot be put
    together from parts.
    """
    if not isinstance(output, Aggregation):
        return lambda: Delayed(output)
    begin: Callable[[], Any] = output.begin
    if hasattr(begin(), "absorb"):
        return begin

    def work(values: list[Any]) -> Any:
        running = begin()
        if values:
            running.add(values)
        return running.result()

    return lambda: Delayed(work)
