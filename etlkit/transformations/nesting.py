"""Explode and Flatten: lists and objects inside of records, taken apart."""

from __future__ import annotations

import sys

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Literal

from attrs import frozen

from etlkit._copying import are_flat, own
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
        items, base, flat = (variable(code, hint) for hint in ("items", "base", "flat"))
        absent = code.bind("absent", _ABSENT)
        reach = f"record[{key}]"
        if self.missing == "ignore":
            reach = f"record.get({key}, {absent})"
        code.line(f"{items} = {reach}")
        with code.block(f"if {items}.__class__ is not list or not {items}:"):
            code.line(f"{items} = {code.bind('listed', self._items)}({items})")
        code.line(f"{base} = {{**record, {key}: None}}")
        code.line(f"{flat} = {code.bind('are_flat', are_flat)}({base}.values())")
        if self.missing == "ignore":
            code.line(f"if {items} is {absent}: {base}, {items} = record, ({absent},)")
        code.fan_out(items)
        made = f"{{**({base} if {flat} else {code.bind('own', own)}({base})), {key}: record}}"
        if self.missing == "ignore":
            made = f"{base} if record is {absent} else {made}"
        code.line(f"record = {made}")

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
        """A call, only for records with something to flatten where no field is named."""
        call = f"record = {code.bind('flatten', self._flat)}(record)"
        if self.field is None:
            kinds = f"map({code.bind('type', type)}, record.values())"
            code.line(f"if {code.bind('dict', dict)} in {kinds}: {call}")
        else:
            code.line(call)

    def _flat(self, record: Record) -> Record:
        if self.field is not None:
            self._check(self.field, record)
        made: Record = {}
        for name, value in record.items():
            wanted = self.field is None or name == self.field
            if wanted and value.__class__ is dict and value:
                for inner, one in self._inside(name, value):
                    _put(made, inner, one)
            else:
                _put(made, name, value)
        return made

    def _check(self, name: str, record: Record) -> None:
        if name not in record:
            if self.missing == "error":
                raise missing(name, record)
            return
        value = record[name]
        if value is not None and value.__class__ is not dict:
            raise refused(name, "type", "an object is expected, got {}", shown(value))

    def _inside(self, name: str, held: Record) -> Iterator[tuple[str, Any]]:
        """The fields of an object and of those in it; they may be nested however deeply."""
        open_objects = [(name, iter(held.items()))]
        while open_objects:
            path, items = open_objects[-1]
            for key, value in items:
                inner = f"{path}{self.separator}{key}"
                if value.__class__ is dict and value:
                    open_objects.append((inner, iter(value.items())))
                    break
                yield inner, value
            else:
                open_objects.pop()


def _put(made: Record, name: str, value: Any) -> None:
    if name in made:
        message = (
            f"two fields would be called {name!r}; Rename or Drop one of them first, or choose "
            "another separator"
        )
        raise Unfit("name_clash", message)
    made[name] = value
