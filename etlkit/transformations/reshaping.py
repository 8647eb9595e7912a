"""Melt: fields that hold one kind of value, as records of their own."""

from __future__ import annotations

import sys

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal

from attrs import frozen

from etlkit._copying import own
from etlkit._words import shown
from etlkit.expressions import Expression
from etlkit.records import Record, Unfit
from etlkit.transformations.mistakes import choice, field_name, field_names, mistake
from etlkit.transformations.verbs import MISSING, Missing, Verb, expected_field, missing, variable


if TYPE_CHECKING:
    from etlkit.transformations.step import StepCode

_PLAIN = frozenset({str, int, float, bool, type(None)})


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
        base, pairs, plain = (variable(code, hint) for hint in ("base", "pairs", "plain"))
        new = [code.bind("new", sys.intern(name)) for name in (self.variable_name, self.value_name)]
        self._write_shared(code, base)
        if self.index is None:
            with code.block(f"if {new[0]} in {base} or {new[1]} in {base}:"):
                code.line(f"raise {code.bind('clash', self._clash)}({base})")
        self._write_pairs(code, pairs)
        plain_types = code.bind("are_plain", _PLAIN.issuperset)
        code.line(f"{plain} = {plain_types}(map({code.bind('type', type)}, {base}.values()))")
        code.fan_out(pairs)
        shared = f"({base} if {plain} else {code.bind('own', own)}({base}))"
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
