"""Melt and Pivot: wide records made long, and long records made wide."""

from __future__ import annotations

import sys

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal

from attrs import frozen

from etlkit._copying import are_flat, own
from etlkit._words import shown
from etlkit.expressions import Expression, F, list_of, lit
from etlkit.records import Record, Unfit
from etlkit.transformations.aggregating import Aggregate
from etlkit.transformations.cells import Cells, Columns, Once, Spread, Widen, stated_columns
from etlkit.transformations.compound_verbs import CompoundVerb, by_as_data
from etlkit.transformations.grouping.aggregations import Aggregation, First
from etlkit.transformations.known_fields import fields_needed
from etlkit.transformations.mistakes import choice, field_name, field_names, mistake
from etlkit.transformations.ordering import key_as_data, key_label
from etlkit.transformations.picking import Values, named_values, step_name
from etlkit.transformations.spilling.sorter import MEMORY_BYTES, memory_budget
from etlkit.transformations.step import Memory, RecordStep, StageStep
from etlkit.transformations.verbs import MISSING, Missing, Verb, expected_field, missing, variable


if TYPE_CHECKING:
    from etlkit.transformations.known_fields import KnownFields
    from etlkit.transformations.step import StepCode


@frozen(init=False, repr=False)
class Melt(Verb):
    """Make a record of each of several fields: its name in one field, its value in another.

    Wide records become long ones; SQL and Polars call it unpivot. The source record stays
    one unit: when one of its results fails in a later step, the source record is rejected
    and its other results are taken back.

    Args:
        on: The name of a field that becomes a record, or a list of them; by default all
            that are not in ``index``.
        index: The name of a field that all results have, or a list of them; by default all
            that are not in ``on``. What is neither in ``on`` nor in ``index`` is left out.
        variable_name: The new field with the name.
        value_name: The new field with the value.
        nulls: A field that is None becomes a record as well (``"keep"``), or is left out
            (``"drop"``). A record of which nothing is left is filtered.
        missing: A record without one of the fields fails (``"error"``), or the results do
            without it (``"ignore"``).

    Example:
        >>> Melt(["jan", "feb"], variable_name="month", value_name="sales").apply(
        ...     [{"shop": "A", "jan": 10, "feb": 20}]
        ... )
        [{'shop': 'A', 'month': 'jan', 'sales': 10}, {'shop': 'A', 'month': 'feb', 'sales': 20}]
    """

    fans_out = True
    takes = "on"
    makes = "none, one or more records"
    counts_as = "filtered, or produced"

    on: tuple[str, ...] | None = None
    index: tuple[str, ...] | None = None
    variable_name: str = "variable"
    value_name: str = "value"
    nulls: Literal["keep", "drop"] = "keep"
    missing: Missing = "error"

    def __init__(
        self,
        on: str | Iterable[str] | None = None,
        *,
        index: str | Iterable[str] | None = None,
        variable_name: str = "variable",
        value_name: str = "value",
        nulls: Literal["keep", "drop"] = "keep",
        missing: Missing = "error",
    ) -> None:
        self.__attrs_init__(
            _names("on", on),
            _names("index", index),
            field_name("Melt", variable_name),
            field_name("Melt", value_name),
            choice("Melt", "nulls", nulls, ("keep", "drop")),
            choice("Melt", "missing", missing, MISSING),
        )
        self._check()

    def leaves(self, known: KnownFields) -> KnownFields:
        """What all results have, and the two new fields."""
        if self.missing == "error":
            known.reading(self.label, (*(self.index or ()), *(self.on or ())))
        left = known.without(self.on or ()) if self.index is None else known.only(self.index)
        return left.adding((self.variable_name, self.value_name))

    def each(self, record: Record) -> Iterator[Record]:
        """A record for each field that becomes one."""
        shared = self._shared(record)
        new = {self.variable_name, self.value_name}
        if not new.isdisjoint(shared):
            raise self._clash(shared)
        pairs = self._pairs(record)
        return (
            {**own(shared), self.variable_name: name, self.value_name: value}
            for name, value in pairs
            if self.nulls == "keep" or value is not None
        )

    def write(self, code: StepCode) -> None:
        """A loop around the rest of the chain; records are copied as deeply as they need."""
        base, pairs, flat = (variable(code, hint) for hint in ("base", "pairs", "flat"))
        new = [code.bind("new", sys.intern(name)) for name in (self.variable_name, self.value_name)]
        self._write_shared(code, base)
        if self.index is None:
            with code.block(f"if {new[0]} in {base} or {new[1]} in {base}:"):
                code.line(f"raise {code.bind('clash', self._clash)}({base})")
        self._write_pairs(code, pairs)
        code.line(f"{flat} = {code.bind('are_flat', are_flat)}({base}.values())")
        code.fan_out(pairs)
        shared = f"({base} if {flat} else {code.bind('own', own)}({base}))"
        code.line(f"record = {{**{shared}, {new[0]}: record[0], {new[1]}: record[1]}}")

    def explain(self, error: Exception, record: Record) -> Exception:
        """The field that is missing, and what may have been meant."""
        return expected_field([*(self.index or ()), *(self.on or ())], error, record)

    def _shared(self, record: Record) -> Record:
        """The fields that all results have."""
        if self.index is None:
            return {name: value for name, value in record.items() if name not in (self.on or ())}
        return {name: record[name] for name in self._there(self.index, record)}

    def _pairs(self, record: Record) -> list[tuple[str, Any]]:
        """The fields that become records."""
        if self.on is None:
            return [pair for pair in record.items() if pair[0] not in (self.index or ())]
        return [(name, record[name]) for name in self._there(self.on, record)]

    def _there(self, names: Iterable[str], record: Record) -> list[str]:
        found = [name for name in names if name in record]
        for name in names:
            if name not in record and self.missing == "error":
                raise missing(name, record)
        return found

    def _write_shared(self, code: StepCode, base: str) -> None:
        if self.index is None:
            rest = f"if name not in {code.bind('melted', frozenset(self.on or ()))}"
            code.line(f"{base} = {{name: value for name, value in record.items() {rest}}}")
        elif self.missing == "ignore":
            there = f"for name in {code.bind('index', self.index)} if name in record"
            code.line(f"{base} = {{name: record[name] {there}}}")
        else:
            keys = [code.bind("field", sys.intern(name)) for name in self.index]
            items = ", ".join(f"{key}: record[{key}]" for key in keys)
            code.line(f"{base} = {{{items}}}")

    def _write_pairs(self, code: StepCode, pairs: str) -> None:
        if self.on is None:
            rest = f"if pair[0] not in {code.bind('kept', frozenset(self.index or ()))}"
            code.line(f"{pairs} = [pair for pair in record.items() {rest}]")
        elif self.missing == "ignore":
            there = f"for name in {code.bind('on', self.on)} if name in record"
            code.line(f"{pairs} = [(name, record[name]) {there}]")
        else:
            keys = [code.bind("field", sys.intern(name)) for name in self.on]
            code.line(f"{pairs} = [{', '.join(f'({key}, record[{key}])' for key in keys)}]")
        if self.nulls == "drop":
            code.line(f"{pairs} = [pair for pair in {pairs} if pair[1] is not None]")

    def _check(self) -> None:
        if self.on is None and self.index is None:
            message = (
                "Melt needs the fields that become records, such as Melt(['jan', 'feb']), or "
                "those that do not: Melt(index='id')"
            )
            raise mistake(message)
        for name in self.index or ():
            if name in (self.on or ()):
                message = f"Melt: {name!r} is in on and in index"
                raise mistake(message)
            if name in (self.variable_name, self.value_name):
                message = f"Melt: {name!r} is in index and the name of a new field"
                raise mistake(message)
        if self.variable_name == self.value_name:
            message = f"Melt: both new fields would be called {self.value_name!r}"
            raise mistake(message)

    def _clash(self, shared: Record) -> Unfit:
        (name, *_) = (one for one in (self.variable_name, self.value_name) if one in shared)
        argument = "variable_name" if name == self.variable_name else "value_name"
        message = (
            f"the record has a field {name!r} already; Drop it first, or give {argument}= another "
            "name"
        )
        return Unfit("name_clash", message)


def _names(argument: str, given: object) -> tuple[str, ...] | None:
    if given is None:
        return None
    names = [given] if isinstance(given, str | Expression) else given
    if isinstance(names, Iterable) and not isinstance(names, Mapping | set | frozenset | bytes):
        every = list(names)
        if every:
            return field_names("Melt", every)
    message = f"Melt: {argument} is a field, or a list of fields, got {shown(given)}"
    raise mistake(message)


class Pivot(CompoundVerb):
    """Make fields of the values of a field: one record of each group, a field for each value.

    Long records become wide ones. They come out in the order in which their groups were
    first seen, and keys of groups are told apart as by ``Aggregate``. A field for which a
    group has no record gets what the aggregation makes of no value: None, or 0 for ``Count``.

    With ``columns`` every wide record has these fields, in this order, and a record with
    another value is rejected by itself. Without, the values have to be texts, which name the
    fields: those of the first wide record come first. The wide records wait until the last
    name is known.

    Args:
        on: The field, or expression, whose values become fields.
        index: The field of which each value makes one wide record, a list of fields, or a
            dict of new names and expressions.
        values: What goes into the new fields. Of a field or an expression there may be one
            value: a further record for the same cell is rejected, for which each cell is
            remembered in some 200 bytes. An aggregation such as ``Sum("amount")`` makes one
            value of any number.
        columns: The values that become fields, each named by its text; or a dict of values
            and names.
        memory_bytes: The budget, of the groups as Python holds them. Above it what is known
            of them goes to a file without a name, as with ``Aggregate``.
        name: What messages and counts call the step.

    Example:
        >>> Pivot("month", index="shop", values="sales", columns=["jan", "feb"]).apply(
        ...     [
        ...         {"shop": "A", "month": "feb", "sales": 2},
        ...         {"shop": "B", "month": "jan", "sales": 5},
        ...     ]
        ... )
        [{'shop': 'A', 'jan': None, 'feb': 2}, {'shop': 'B', 'jan': 5, 'feb': None}]
    """

    memory: Memory = "keyed"
    sees = "all records"
    makes = "one record for each group"
    counts_as = "merged and produced"

    def __init__(
        self,
        on: str | Expression,
        *,
        index: str | Expression | Iterable[str | Expression] | Mapping[str, Expression],
        values: str | Expression | Aggregation,
        columns: Iterable[Any] | Mapping[Any, str] | None = None,
        memory_bytes: int = MEMORY_BYTES,
        name: str | None = None,
    ) -> None:
        self._on = _pivoted(on)
        self._index = _index(index)
        self._once = not isinstance(values, Aggregation)
        inner = values if isinstance(values, Aggregation) else First(_value(values))
        given = _listed(columns)
        self._columns = Columns(
            self._on, stated_columns(given, self._index), frozenset(self._index)
        )
        pair = list_of(self._on, lit(None) if inner.of is None else inner.of)
        self._cells = Cells(pair, inner, self._columns)
        self._name = step_name("Pivot", name)
        self._memory_bytes = memory_budget("Pivot", memory_bytes)
        self.memory = "keyed" if self._once else "spilling"
        taken = key_as_data(_value(values)) if self._once else values
        index = by_as_data(self._index)
        self.given = self.without_defaults(
            {
                "on": key_as_data(self._on),
                "index": index[0] if isinstance(index, list) and len(index) == 1 else index,
                "values": taken,
                "columns": given,
                "memory_bytes": memory_bytes,
                "name": name,
            }
        )

    @property
    def label(self) -> str:
        """The name, or ``Pivot(field)``."""
        return self._name or f"Pivot({key_label(self._on)})"

    def leaves(self, known: KnownFields) -> KnownFields | None:
        """The index and the columns, if they were stated."""
        taken = self._cells.inner.of
        known.reading(self.label, fields_needed(*self._index.values(), self._on, taken))
        stated = self._columns.stated
        return None if stated is None else known.only((*self._index, *stated.values()))

    def parts(self) -> tuple[RecordStep | StageStep, ...]:
        """Gathering the cells of each group, which a record may fail alone; then the fields."""
        cells = "cells"
        while cells in self._index:
            cells += "_"
        label, budget = f"{self.label}: cells", self._memory_bytes
        outputs: dict[str, Any] = {cells: self._cells}
        gathering = Aggregate(self._index, memory_bytes=budget, name=label, **outputs).parts(
            shown=False
        )
        if self._columns.stated is not None:
            wide: RecordStep | StageStep = Spread(self.label, cells)
        else:
            wide = Widen(self.label, cells, self._cells.inner, budget)
        if not self._once:
            return (*gathering, wide)
        cell = Values((*self._index.values(), self._on, _value(self._cells.inner.of)))
        return (Once(f"{self.label}: cell", cell, self._columns), *gathering, wide)


def _pivoted(given: object) -> Expression:
    if isinstance(given, str):
        return F[given]
    if isinstance(given, Expression):
        return given
    hint = "; concat(F.a, '_', F.b) makes one text of several"
    message = f"Pivot: on is a field or an expression, got {shown(given)}"
    raise mistake(message + (hint if isinstance(_listed(given), list) else ""))


def _index(given: object) -> dict[str, Expression]:
    index = named_values(given, "Pivot", "groups")
    for name, one in index.items():
        if not isinstance(one, Expression):
            message = (
                f"Pivot: {name!r} of index is an expression, got {shown(one)}; Derive makes a "
                "field of a function"
            )
            raise mistake(message)
    return index  # type: ignore[return-value]  # no function is left


def _value(given: object) -> Expression:
    if isinstance(given, str):
        return F[given]
    if isinstance(given, Expression):
        return given
    hint = ""
    if isinstance(given, type) and issubclass(given, Aggregation):
        hint = f"; write {given.__name__}(...)"
    message = (
        "Pivot: values is a field, an expression, or an aggregation such as Sum('amount'), got "
        f"{shown(given)}{hint}"
    )
    raise mistake(message)


def _listed(given: Any) -> Any:
    """A list of what can be gone through in an order of its own; anything else as it is."""
    if isinstance(given, Mapping):
        return dict(given)
    if isinstance(given, str | bytes | set | frozenset | Expression):
        return given
    return list(given) if isinstance(given, Iterable) else given
