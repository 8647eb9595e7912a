"""Filter and Limit: keep the records for which something holds, or the first ones."""

from __future__ import annotations

import sys

from collections.abc import Iterator, Mapping, Sequence
from operator import length_hint
from typing import TYPE_CHECKING

from attrs import field, frozen

from etlkit._words import shown
from etlkit.expressions import Expression
from etlkit.records import Record
from etlkit.transformations.called import Called
from etlkit.transformations.conditions import Condition, holds, write_holds
from etlkit.transformations.known_fields import fields_needed
from etlkit.transformations.mistakes import condition, mistake
from etlkit.transformations.verbs import Verb, comparable, explained


if TYPE_CHECKING:
    from etlkit.transformations.known_fields import KnownFields
    from etlkit.transformations.step import StepCode


def _checked(given: object) -> Condition:
    made: Condition = condition("Filter", given)
    return made


@frozen(repr=False)
class Filter(Verb):
    """Keep the records for which a condition is true; the others count as filtered.

    Attributes:
        predicate: An expression, of which True keeps a record, and False and None do not.
            Or a function that takes a record, of which any true value keeps it.
        name: What messages and counts call the step; by default the condition.

    Example:
        >>> from etlkit import F
        >>> Filter(F.n > 1).apply([{"n": 1}, {"n": 2}, {"n": None}])
        [{'n': 2}]
        >>> Filter(lambda record: "n" in record).apply([{"n": 1}, {}])
        [{'n': 1}]
    """

    takes = "predicate"
    expression = "predicate"
    makes = "the record, or nothing"
    counts_as = "filtered"

    predicate: Condition = field(converter=_checked, eq=comparable)
    name: str | None = field(default=None, kw_only=True)

    @classmethod
    def _usage(cls, given: Sequence[object], named: Mapping[str, object], /) -> str:
        if len(given) > 1:
            return "; join conditions by &: Filter((F.a > 1) & (F.b < 2))"
        fields = [name for name in named if name not in {"predicate", "name"}]
        if fields and not given:
            equal = [f"F.{name} == {shown(named[name])}" for name in fields]
            text = equal[0] if len(equal) == 1 else " & ".join(f"({one})" for one in equal)
            return f"; write Filter({text})"
        return super()._usage(given, named)

    @property
    def label(self) -> str:
        """The name, or ``Filter(condition)``."""
        if self.name:
            return self.name
        said = self.predicate
        text = said.label if isinstance(said, Expression) else Called(said).name
        return f"Filter({text})"

    @property
    def opaque(self) -> str | None:
        """Where the function is written; None for an expression."""
        said = self.predicate
        return None if isinstance(said, Expression) else Called(said).place

    def leaves(self, known: KnownFields) -> KnownFields:
        """The same fields."""
        return known.reading(self.label, fields_needed(self.predicate))

    def each(self, record: Record) -> tuple[Record, ...]:
        """The record, or nothing."""
        return (record,) if holds("Filter", self.predicate, record) else ()

    def write(self, code: StepCode) -> None:
        """The lines of the expression, or one call."""
        with code.block(f"if not {write_holds(code, 'Filter', self.predicate)}:"):
            code.drop()

    def explain(self, error: Exception, record: Record) -> Exception:
        """Why the expression has no value for the record."""
        said = self.predicate
        return explained([said.holds] if isinstance(said, Expression) else [], error, record)


@frozen(repr=False)
class Limit(Verb):
    """Keep the first records that come to the step; the others count as filtered.

    A record that a later step refuses has taken its place. Once there are enough, the batch
    at hand is finished and no further one is read: what is left in the source takes no part
    in the run. It is read to its end where somebody has to see all of it: a validator, an
    output or a step over several records before this one, or a source that reads only what is
    new. A rejected record cannot be replayed alone, since the others have taken the places.

    Attributes:
        n: How many to keep, in each run.

    Example:
        >>> Limit(2).apply([{"n": 1}, {"n": 2}, {"n": 3}])
        [{'n': 1}, {'n': 2}]
    """

    takes = "n"
    makes = "the record, or nothing"
    counts_as = "filtered"
    depends_on_earlier = True

    n: int = field()
    _left: Iterator[int] = field(init=False, eq=False)

    @n.validator
    def _check(self, _: object, n: object) -> None:
        if not _is_number(n):
            message = f"Limit: n is a number of records, got {shown(n)}"
            raise mistake(message)

    @_left.default
    def _(self) -> Iterator[int]:
        return iter(range(min(self.n, sys.maxsize) if _is_number(self.n) else 0))

    def leaves(self, known: KnownFields) -> KnownFields:
        """The same fields."""
        return known

    def each(self, record: Record) -> tuple[Record, ...]:
        """The record, while there is room."""
        return () if next(self._left, None) is None else (record,)

    def write(self, code: StepCode) -> None:
        """A look at what is left."""
        with code.block(f"if next({code.bind('left', self._left)}, None) is None:"):
            code.drop()

    @property
    def is_done(self) -> bool:
        """Whether there is no room left."""
        return length_hint(self._left) == 0

    def fresh(self) -> Limit:
        """A step that begins to count."""
        return Limit(self.n)


def _is_number(given: object) -> bool:
    return isinstance(given, int) and not isinstance(given, bool) and given >= 0
