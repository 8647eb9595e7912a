"""Enumerate: records with numbers, in the order in which they come."""

from __future__ import annotations

import sys

from collections.abc import Iterator
from itertools import count
from typing import TYPE_CHECKING

import attrs

from etlkit._words import shown
from etlkit.records import Record
from etlkit.transformations.fields import SIDES, Side
from etlkit.transformations.mistakes import choice, field_name, mistake
from etlkit.transformations.verbs import Verb, clash


if TYPE_CHECKING:
    from etlkit.transformations.known_fields import KnownFields
    from etlkit.transformations.step import StepCode


@attrs.frozen(init=False, repr=False)
class Enumerate(Verb):
    """Number the records in the order in which they come to the step.

    Every run begins anew, and so does each attempt of a run: equal records give equal
    numbers. What an earlier step left out has no number, and a record that a later step
    refuses has used up its own; it cannot be replayed alone, since it would get another one.
    A record that has a field of that name already fails.

    Args:
        field: The name of the new field.
        start: The first number.
        side: The field stands before all others (``"first"``), or behind them (``"last"``).

    Example:
        >>> Enumerate("n").apply([{"id": "a"}, {"id": "b"}])
        [{'n': 1, 'id': 'a'}, {'n': 2, 'id': 'b'}]
    """

    takes = "field"
    depends_on_earlier = True

    field: str = "record_number"
    start: int = 1
    side: Side = "first"
    _numbers: Iterator[int] = attrs.field(init=False, eq=False)

    def __init__(
        self, field: str = "record_number", *, start: int = 1, side: Side = "first"
    ) -> None:
        self.__attrs_init__(
            field_name("Enumerate", field),
            _checked(start),
            choice("Enumerate", "side", side, SIDES),
        )

    @_numbers.default
    def _(self) -> Iterator[int]:
        return count(self.start)

    def fresh(self) -> Enumerate:
        """A step that begins to count."""
        return Enumerate(self.field, start=self.start, side=self.side)

    def leaves(self, known: KnownFields) -> KnownFields:
        """The fields, and the number."""
        return known.adding([self.field])

    def each(self, record: Record) -> tuple[Record]:
        """The record with its number."""
        if self.field in record:
            raise clash(self.field)
        number = {self.field: next(self._numbers)}
        return ({**number, **record} if self.side == "first" else {**record, **number},)

    def write(self, code: StepCode) -> None:
        """A look at the fields, and one number more."""
        key, number = code.bind("field", sys.intern(self.field)), code.bind("number", self._numbers)
        with code.block(f"if {key} in record:"):
            code.line(f"raise {code.bind('clash', LookupError)}")
        if self.side == "first":
            code.line(f"record = {{{key}: next({number}), **record}}")
        else:
            code.line(f"record[{key}] = next({number})")

    def explain(self, error: Exception, record: Record) -> Exception:
        """The field that is there already."""
        del record
        return clash(self.field) if type(error) is LookupError else error


def _checked(start: object) -> int:
    if isinstance(start, int) and not isinstance(start, bool):
        return start
    message = f"Enumerate: start is a whole number, got {shown(start)}"
    raise mistake(message)
