"""Explode and Flatten: lists and objects inside of records, taken apart."""

from __future__ import annotations

import sys

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Literal

from attrs import frozen

from etlkit._copying import SHARED, are_flat, own
from etlkit._words import shown
from etlkit.records import Record, Unfit
from etlkit.transformations.mistakes import choice, field_name, text
from etlkit.transformations.verbs import (
    MISSING,
    Missing,
    Verb,
    expected_field,
    missing,
    refused,
    variable,
)


if TYPE_CHECKING:
    from etlkit.transformations.known_fields import KnownFields
    from etlkit.transformations.step import StepCode


@frozen(init=False, repr=False)
class Explode(Verb):
    """Make a record of each item of a list; the other fields are the same in all of them.

    The source record stays one unit: when one of its results fails in a later step, the
    source record is rejected and its other results are taken back.

    Args:
        field: The name of the field that has the list. Anything else in it is the
            record's failure; a text is no list.
        empty: A record whose list is empty, or None, goes on with None in the field
            (``"null"``), or is filtered (``"drop"``).
        missing: A record without the field fails (``"error"``), or goes on as it is
            (``"ignore"``).

    Example:
        >>> Explode("tags").apply([{"id": 1, "tags": ["a", "b"]}, {"id": 2, "tags": []}])
        [{'id': 1, 'tags': 'a'}, {'id': 1, 'tags': 'b'}, {'id': 2, 'tags': None}]
    """

    fans_out = True
    takes = "field"
    makes = "none, one or more records"
    counts_as = "filtered, or produced"

    field: str
    empty: Literal["null", "drop"] = "null"
    missing: Missing = "error"

    def __init__(
        self, field: str, *, empty: Literal["null", "drop"] = "null", missing: Missing = "error"
    ) -> None:
        self.__attrs_init__(
            field_name("Explode", field),
            choice("Explode", "empty", empty, ("null", "drop")),
            choice("Explode", "missing", missing, MISSING),
        )

    def leaves(self, known: KnownFields) -> KnownFields:
        """The same fields."""
        return known.reading(self.label, [self.field] if self.missing == "error" else ())

    def each(self, record: Record) -> Iterable[Record]:
        """A record for each item."""
        if self.field not in record:
            if self.missing == "error":
                raise missing(self.field, record)
            return (record,)
        return self._results(record)

    def _results(self, record: Record) -> Iterator[Record]:
        items = self._items(record[self.field])
        return ({**own({**record, self.field: None}), self.field: item} for item in items)

    def write(self, code: StepCode) -> None:
        """A loop around the rest of the chain; records are copied as deeply as they need."""
        key = code.bind("field", sys.intern(self.field))
        items, base, nested = (variable(code, hint) for hint in ("items", "base", "nested"))
        absent = code.bind("absent", _ABSENT)
        reach = f"record[{key}]"
        if self.missing == "ignore":
            reach = f"record.get({key}, {absent})"
        code.line(f"{items} = {reach}")
        with code.block(f"if {items}.__class__ is not list or not {items}:"):
            code.line(f"{items} = {code.bind('listed', self._items)}({items})")
        code.line(f"{base} = {{**record, {key}: None}}")
        shared = code.bind("shared", SHARED)
        held = f"[name for name in {base} if {base}[name].__class__ not in {shared}]"
        flat = f"{code.bind('are_flat', are_flat)}({base}.values())"
        code.line(f"{nested} = () if {flat} else {held}")
        if self.missing == "ignore":
            code.line(
                f"if {items} is {absent}: {base}, {items}, {nested} = record, ({absent},), ()"
            )
        code.fan_out(items)
        made = f"{{**{base}, {key}: record}}"
        if self.missing == "ignore":
            made = f"{base} if record is {absent} else {made}"
        code.line(f"record = {made}")
        code.line(f"for name in {nested}: record[name] = {code.bind('own', own)}({base}[name])")

    def explain(self, error: Exception, record: Record) -> Exception:
        """The field that is missing, and what may have been meant."""
        return expected_field([self.field], error, record)

    def _items(self, value: Any) -> Any:
        if value is _ABSENT:
            return value
        if value is None or value.__class__ in {list, tuple}:
            return value or ((None,) if self.empty == "null" else ())
        if isinstance(value, (list, tuple)):
            return self._items(list(value))
        hint = (
            "; .str.split(',') in Derive makes a list of a text" if isinstance(value, str) else ""
        )
        raise refused(self.field, "type", "a list is expected, got {}", shown(value), hint)


_ABSENT = object()


@frozen(init=False, repr=False)
class Flatten(Verb):
    """Put the fields of nested objects into the record itself: ``address_city``.

    What is nested in nested objects comes up as well; lists stay as they are, and so does
    an object without fields. The new fields stand where the object stood. A name that the
    record has already is the record's failure.

    Args:
        field: The name of the field to flatten, which may be None; or None for every field
            that has an object. What is neither an object nor None is the record's failure
            where the field is named, and stays as it is otherwise.
        separator: What stands between the names.
        missing: A record without the field fails (``"error"``), or goes on as it is
            (``"ignore"``).

    Example:
        >>> Flatten().apply([{"id": 1, "address": {"city": "Rome", "geo": {"lat": 41.9}}}])
        [{'id': 1, 'address_city': 'Rome', 'address_geo_lat': 41.9}]
    """

    takes = "field"

    field: str | None = None
    separator: str = "_"
    missing: Missing = "error"

    def __init__(
        self, field: str | None = None, *, separator: str = "_", missing: Missing = "error"
    ) -> None:
        self.__attrs_init__(
            None if field is None else field_name("Flatten", field),
            text("Flatten", "separator", separator),
            choice("Flatten", "missing", missing, MISSING),
        )

    def each(self, record: Record) -> tuple[Record]:
        """The record without objects."""
        return (self._flat(record),)

    def write(self, code: StepCode) -> None:
        """A loop for an object without others in it; a call for everything else."""
        flatten, kind = code.bind("flatten", self._flat), code.bind("dict", dict)
        if self.field is None:
            types = f"map({code.bind('type', type)}, record.values())"
            code.line(f"if {kind} in {types}: record = {flatten}(record)")
            return
        key, held = code.bind("field", sys.intern(self.field)), variable(code, "held")
        code.line(f"{held} = {_reached(key, self.missing)}")
        types = f"map({code.bind('type', type)}, {held}.values())"
        with code.block(f"if {held}.__class__ is {kind} and {held} and {kind} not in {types}:"):
            self._write_fields(code, key, held)
        code.line(f"elif {held} is not None: record = {flatten}(record)")

    def _write_fields(self, code: StepCode, key: str, held: str) -> None:
        made, start = variable(code, "made"), code.bind("start", f"{self.field}{self.separator}")
        code.line(f"{made} = {{}}")
        with code.block("for name, one in record.items():"):
            code.line(f"if name != {key}: {made}[name] = one")
            with code.block("else:"), code.block(f"for name, one in {held}.items():"):
                code.line(f'{made}[f"{{{start}}}{{name}}"] = one')
        with code.block(f"if len({made}) != len(record) + len({held}) - 1:"):
            code.line(f"raise {code.bind('clash', LookupError)}")
        code.line(f"record = {made}")

    def explain(self, error: Exception, record: Record) -> Exception:
        """The field that is missing, or the name that two fields would have."""
        if isinstance(error, Unfit):
            return error
        try:
            self._flat(record)
        except Unfit as better:
            better.__cause__ = error
            return better
        return error

    def _flat(self, record: Record) -> Record:
        if self.field is not None:
            self._check(self.field, record)
        made: Record = {}
        fields = len(record)
        for name, value in record.items():
            if value.__class__ is dict and value and self.field in {None, name}:
                inside = self._inside(name, value)
                fields += len(inside) - 1
                made.update(inside)
            else:
                made[name] = value
        if len(made) != fields:
            raise self._clash(record)
        return made

    def _check(self, name: str, record: Record) -> None:
        if name not in record:
            if self.missing == "error":
                raise missing(name, record)
            return
        value = record[name]
        if value is not None and value.__class__ is not dict:
            raise refused(name, "type", "an object is expected, got {}", shown(value))

    def _inside(self, name: str, held: Record) -> list[tuple[str, Any]]:
        """The fields of an object and of those in it; they may be nested however deeply."""
        start = name + self.separator
        if dict not in map(type, held.values()):
            return [(f"{start}{key}", value) for key, value in held.items()]
        made = []
        open_objects = [(start, iter(held.items()))]
        while open_objects:
            path, items = open_objects[-1]
            for key, value in items:
                if value.__class__ is dict and value:
                    open_objects.append((f"{path}{key}{self.separator}", iter(value.items())))
                    break
                made.append((f"{path}{key}", value))
            else:
                open_objects.pop()
        return made

    def _clash(self, record: Record) -> Unfit:
        """The first name that two fields would have."""
        seen = set()
        for name, value in record.items():
            nested = value.__class__ is dict and value and self.field in {None, name}
            for inner, _ in self._inside(name, value) if nested else [(name, value)]:
                if inner in seen:
                    return _clash(inner)
                seen.add(inner)
        raise AssertionError


def _reached(key: str, missing: Missing) -> str:
    return f"record.get({key})" if missing == "ignore" else f"record[{key}]"


def _clash(name: str) -> Unfit:
    message = (
        f"two fields would be called {shown(name)}; Rename or Drop one of them first, or choose "
        "another separator"
    )
    return Unfit("name_clash", message)
