"""Derive: new fields, worked out from those that a record has."""

from __future__ import annotations

import sys

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from etlkit._copying import SHARED, own
from etlkit.expressions import Expression, ExpressionWriter
from etlkit.expressions.nodes import (
    Call,
    Case,
    Coalesce,
    Default,
    Field,
    Item,
    Node,
)
from etlkit.records import Record, Unfit
from etlkit.transformations.called import Called
from etlkit.transformations.known_fields import fields_needed
from etlkit.transformations.mistakes import computed, named
from etlkit.transformations.verbs import (
    Verb,
    changed,
    comparable,
    explained,
    missing,
    variable,
    write_call,
)


if TYPE_CHECKING:
    from etlkit.transformations.known_fields import KnownFields
    from etlkit.transformations.step import StepCode

_HOLDING = frozenset({dict, list, set, tuple})


@frozen(init=False, repr=False)
class Derive(Verb):
    """Add fields, or give fields other values.

    All values are worked out from the record as it came: an expression sees none of the
    fields that the same step makes. A field that is there keeps its place, a new one comes
    last. Of a field that an expression reads, None makes most results None, and a record
    without it fails (see ``F.name.default``).

    Args:
        values: A dict of names and values; or keywords, ``name=value``. A value is an
            expression, a number, date or None, a text as ``lit("text")``, or a function
            that takes the record, which it must not change, and returns the value.

    Example:
        >>> from etlkit import F
        >>> step = Derive(total=F.price * F.n, initial=lambda record: record["name"][:1])
        >>> step.apply([{"name": "Ann", "price": 2.5, "n": 4}])
        [{'name': 'Ann', 'price': 2.5, 'n': 4, 'total': 10.0, 'initial': 'A'}]
    """

    takes = "values"
    expressions = "values"
    spread = "named"
    example = "Derive(total=F.price * F.n)"

    values: Mapping[str, Expression | Callable[[Record], Any]] = field(eq=comparable)

    def __init__(self, values: Mapping[str, object] | None = None, /, **more: object) -> None:
        found = named("Derive", values, more, example=self.example)
        self.__attrs_init__(
            {name: computed(f"Derive: {name!r}", value) for name, value in found.items()}
        )

    @property
    def opaque(self) -> str | None:
        """Where the functions are written; None where there are none."""
        places = [f"{name}: {Called(function).place}" for name, function in self._functions()]
        return ", ".join(places) or None

    def leaves(self, known: KnownFields) -> KnownFields:
        """The fields, and those that are made."""
        known.reading(self.label, fields_needed(*self.values.values()))
        return known.adding(self.values)

    def each(self, record: Record) -> tuple[Record]:
        """The record with the fields."""
        try:
            made = {name: one.evaluate(record) for name, one in self._expressions()}
        except Unfit as error:
            raise self._told(error, record) from error.__cause__
        size = len(record)
        for name, function in self._functions():
            made[name] = function(record)
            if len(record) != size:
                self._refuse_change(name)
        record.update((name, own(made[name])) for name in self.values)
        return (record,)

    def write(self, code: StepCode) -> None:
        """The lines of the expressions, a call for each function, and then the fields."""
        writer = ExpressionWriter(code, "record")
        made = {name: writer.value(one.node) for name, one in self._expressions()}
        for name, function in self._functions():
            made[name] = variable(code, "made")
            write_call(code, made[name], function, partial(self._refuse_change, name))
        for name, value in self.values.items():
            text = made[name]
            if not isinstance(value, Expression) or _may_hold(value.node):
                shared, copy = code.bind("shared", SHARED), code.bind("own", own)
                text = f"{text} if {text}.__class__ in {shared} else {copy}({text})"
            made[name] = text
        for name in self.values:
            code.line(f"record[{code.bind('field', sys.intern(name))}] = {made[name]}")

    def _refuse_change(self, name: str) -> None:
        words = f"Derive: {name!r}"
        raise changed(words, self.values[name])

    def explain(self, error: Exception, record: Record) -> Exception:
        """The expression that has no value for the record, and why."""
        works = [one.evaluate for _, one in self._expressions()]
        return self._told(explained(works, error, record), record)

    def _told(self, error: Exception, record: Record) -> Exception:
        """What is said of a field that only the step itself gives the record."""
        for name, one in self._expressions() if isinstance(error, Unfit) else ():
            for read in one.fields():
                is_own = read in self.values and read not in record
                if is_own and f"has no field {read!r}" in str(error):
                    better = missing(read, record, _OWN.format(name=name))
                    better.__cause__ = error.__cause__
                    return better
        return error

    def _expressions(self) -> list[tuple[str, Expression]]:
        values = self.values.items()
        return [(name, one) for name, one in values if isinstance(one, Expression)]

    def _functions(self) -> list[tuple[str, Callable[[Record], Any]]]:
        values = self.values.items()
        return [(name, one) for name, one in values if not isinstance(one, Expression)]


_OWN = (
    "; this step makes it of the record as it came, so what builds on it comes behind: "
    "| Derive({name}=...)"
)


def _may_hold(node: Node) -> bool:
    """Whether the value of a node may be a list or an object of the record."""
    if isinstance(node, Call):
        return not node.function.gives.types or bool(_HOLDING & {*node.function.gives.types})
    return isinstance(node, (Case, Coalesce, Default, Field, Item))
