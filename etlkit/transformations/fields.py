"""Select, Drop, Reorder and Rename: which fields a record has, in which order, and their names."""

from __future__ import annotations

import sys

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal, TypeAlias

from attrs import field, frozen

from etlkit.records import Record
from etlkit.transformations.mistakes import choice, field_name, field_names, mistake, named
from etlkit.transformations.verbs import (
    MISSING,
    MISSING_HINT,
    Missing,
    Verb,
    clash,
    comparable,
    expected_field,
    missing,
    variable,
)


if TYPE_CHECKING:
    from etlkit.transformations.known_fields import KnownFields
    from etlkit.transformations.step import StepCode

MissingOrNull: TypeAlias = Literal["error", "ignore", "null"]
Side: TypeAlias = Literal["first", "last"]
"""Where in a record fields are put: before all others, or behind them."""

MISSING_OR_NULL = ("error", "ignore", "null")
SIDES = ("first", "last")


_FEW = 3
"""Names that are compared one by one; more of them are looked up."""


def _key(code: StepCode, name: str) -> str:
    return code.bind("field", sys.intern(name))


def _picked(names: tuple[str, ...], record: Record, without: MissingOrNull) -> Record:
    """The fields of these names, in this order."""
    made: Record = {}
    for name in names:
        if name in record:
            made[name] = record[name]
        elif without == "error":
            raise missing(name, record)
        elif without == "null":
            made[name] = None
    return made


@frozen(init=False, repr=False)
class Select(Verb):
    """Keep these fields, in this order, and no others.

    Args:
        fields: The names of the fields.
        missing: A record without one of them fails (``"error"``), goes on without it
            (``"ignore"``), or gets it with None (``"null"``). A field that is None stays.

    Example:
        >>> Select("id", "name").apply([{"name": "Ann", "age": 41, "id": 1}])
        [{'id': 1, 'name': 'Ann'}]
    """

    takes = "fields"
    spread = "many"

    fields: tuple[str, ...]
    missing: MissingOrNull = "error"

    def __init__(self, *fields: str, missing: MissingOrNull = "error") -> None:
        self.__attrs_init__(
            field_names("Select", fields), choice("Select", "missing", missing, MISSING_OR_NULL)
        )

    def leaves(self, known: KnownFields) -> KnownFields:
        """These fields only."""
        known.reading(self.label, self.fields if self.missing == "error" else ())
        return known.only(self.fields)

    def each(self, record: Record) -> tuple[Record]:
        """The record with these fields only."""
        return (_picked(self.fields, record, self.missing),)

    def write(self, code: StepCode) -> None:
        """One dict."""
        keys = [_key(code, name) for name in self.fields]
        if self.missing == "ignore":
            given = variable(code, "given")
            code.line(f"{given} = record", "record = {}")
            for key in keys:
                code.line(f"if {key} in {given}: record[{key}] = {given}[{key}]")
            return
        value = "record.get({0})" if self.missing == "null" else "record[{0}]"
        items = ", ".join(f"{key}: {value.format(key)}" for key in keys)
        code.line(f"record = {{{items}}}")

    def explain(self, error: Exception, record: Record) -> Exception:
        """The field that is missing, and what may have been meant."""
        return expected_field(self.fields, error, record)


@frozen(init=False, repr=False)
class Drop(Verb):
    """Leave these fields out, and keep the others.

    Args:
        fields: The names of the fields.
        missing: A record without one of them fails (``"error"``), or is as good as one
            that had it (``"ignore"``).

    Example:
        >>> Drop("age").apply([{"id": 1, "name": "Ann", "age": 41}])
        [{'id': 1, 'name': 'Ann'}]
    """

    takes = "fields"
    spread = "many"

    fields: tuple[str, ...]
    missing: Missing = "error"

    def __init__(self, *fields: str, missing: Missing = "error") -> None:
        self.__attrs_init__(
            field_names("Drop", fields), choice("Drop", "missing", missing, MISSING)
        )

    def leaves(self, known: KnownFields) -> KnownFields:
        """All but these fields."""
        known.reading(self.label, self.fields if self.missing == "error" else ())
        return known.without(self.fields)

    def each(self, record: Record) -> tuple[Record]:
        """The record without these fields."""
        if self.missing == "error":
            for name in self.fields:
                if name not in record:
                    raise missing(name, record)
        return ({name: value for name, value in record.items() if name not in self.fields},)

    def write(self, code: StepCode) -> None:
        """One deletion for each field, after all of them were found."""
        keys = [_key(code, name) for name in self.fields]
        if self.missing == "ignore":
            code.line(*[f"record.pop({key}, None)" for key in keys])
            return
        if len(keys) > 1:
            code.line(*[f"record[{key}]" for key in keys])
        code.line(f"del {', '.join(f'record[{key}]' for key in keys)}")

    def explain(self, error: Exception, record: Record) -> Exception:
        """The field that is missing, and what may have been meant."""
        return expected_field(self.fields, error, record)


@frozen(init=False, repr=False)
class Reorder(Verb):
    """Put these fields first, in this order, and the others behind them as they stand.

    Args:
        fields: The names of the fields.
        side: ``"first"``; or ``"last"`` puts them behind the others.
        missing: A record without one of them fails (``"error"``), goes on without it
            (``"ignore"``), or gets it with None (``"null"``).

    Example:
        >>> Reorder("id", "name").apply([{"age": 41, "name": "Ann", "id": 1}])
        [{'id': 1, 'name': 'Ann', 'age': 41}]
        >>> Reorder("notes", side="last").apply([{"notes": "", "id": 1}])
        [{'id': 1, 'notes': ''}]
    """

    takes = "fields"
    spread = "many"

    fields: tuple[str, ...]
    side: Side = "first"
    missing: MissingOrNull = "error"

    def __init__(
        self, *fields: str, side: Side = "first", missing: MissingOrNull = "error"
    ) -> None:
        self.__attrs_init__(
            field_names("Reorder", fields),
            choice("Reorder", "side", side, SIDES),
            choice("Reorder", "missing", missing, MISSING_OR_NULL),
        )

    def leaves(self, known: KnownFields) -> KnownFields:
        """The same fields."""
        return known.reading(self.label, self.fields if self.missing == "error" else ())

    def each(self, record: Record) -> tuple[Record]:
        """The record in another order."""
        moved = _picked(self.fields, record, self.missing)
        others = {name: value for name, value in record.items() if name not in moved}
        return ({**moved, **others} if self.side == "first" else {**others, **moved},)

    def write(self, code: StepCode) -> None:
        """One dict for fields that come first; each that comes last is taken out and put back."""
        keys = [_key(code, name) for name in self.fields]
        if self.side == "first" and self.missing != "ignore":
            value = "record.get({0})" if self.missing == "null" else "record[{0}]"
            items = ", ".join(f"{key}: {value.format(key)}" for key in keys)
            code.line(f"record = {{{items}, **record}}")
        elif self.side == "first":
            given = variable(code, "given")
            code.line(f"{given} = record", "record = {}")
            for key in keys:
                code.line(f"if {key} in {given}: record[{key}] = {given}[{key}]")
            code.line(f"record = {{**record, **{given}}}")
        else:
            self._write_last(code, keys)

    def _write_last(self, code: StepCode, keys: list[str]) -> None:
        if self.missing == "error":
            code.line(*[f"record[{key}]" for key in keys])  # all are there, or nothing is moved
        default = ", None" if self.missing == "null" else ""
        for key in keys:
            found = f"if {key} in record: " if self.missing == "ignore" else ""
            code.line(f"{found}record[{key}] = record.pop({key}{default})")

    def explain(self, error: Exception, record: Record) -> Exception:
        """The field that is missing, and what may have been meant."""
        return expected_field(self.fields, error, record)


@frozen(init=False, repr=False)
class Rename(Verb):
    """Call fields by other names; each stays at its place in the record.

    All names change at once, so two fields may change theirs for each other. A new name
    that the record has already is the record's failure.

    Args:
        names: A dict of old names and new names; or keywords, ``old="new"``.
        missing: A record without one of them fails (``"error"``), or goes on without it
            (``"ignore"``).

    Example:
        >>> Rename(fname="first_name").apply([{"id": 1, "fname": "Ann"}])
        [{'id': 1, 'first_name': 'Ann'}]
        >>> Rename({"e-mail": "email"}, missing="ignore").apply([{"id": 1}])
        [{'id': 1}]
    """

    takes = "names"
    spread = "named"
    example = "Rename(old='new')"

    names: Mapping[str, str] = field(eq=comparable)
    missing: Missing = "error"

    def __init__(
        self,
        names: Mapping[str, str] | None = None,
        /,
        *,
        missing: Missing = "error",
        **more: str,
    ) -> None:
        found = named("Rename", names, more, example=self.example)
        taken: dict[str, str] = {}
        for old, new in found.items():
            field_name("Rename", new)
            if new in taken:
                message = f"Rename: {taken[new]!r} and {old!r} would both be called {new!r}"
                raise mistake(message)
            taken[new] = old
        self.__attrs_init__(found, choice("Rename", "missing", missing, MISSING))

    def leaves(self, known: KnownFields) -> KnownFields:
        """The same fields by their new names."""
        known.reading(self.label, self.names if self.missing == "error" else ())
        return known.renamed(self.names)

    def each(self, record: Record) -> tuple[Record]:
        """The record with other names."""
        if self.missing == "error":
            for name in self.names:
                if name not in record:
                    raise missing(name, record, self._hint(record))
        made: Record = {}
        for name, value in record.items():
            new = self.names.get(name, name)
            if new in made:
                raise clash(new)
            made[new] = value
        return (made,)

    def write(self, code: StepCode) -> None:
        """A dict of new names and the values as they stand."""
        if self.missing == "error":
            code.line(*[f"record[{_key(code, name)}]" for name in self.names])
        made = variable(code, "renamed")
        if len(self.names) <= _FEW:
            chosen = "name"
            for old, new in self.names.items():
                chosen = f"{_key(code, new)} if name == {_key(code, old)} else {chosen}"
            code.line(f"{made} = {{({chosen}): one for name, one in record.items()}}")
        else:
            get = code.bind("name_of", dict(self.names).get)
            code.line(f"{made} = dict(zip(map({get}, record, record), record.values()))")
        with code.block(f"if len({made}) != len(record):"):
            code.line(f"raise {code.bind('clash', LookupError)}")
        code.line(f"record = {made}")

    def _hint(self, record: Record) -> str:
        """What to write instead, perhaps the names the other way round."""
        if all(new in record and old not in record for old, new in self.names.items()):
            return f"; the old name comes first: {Rename({n: o for o, n in self.names.items()})!r}"
        return MISSING_HINT

    def explain(self, error: Exception, record: Record) -> Exception:
        """The field that is missing or there already."""
        if type(error) is not LookupError:
            return expected_field(self.names, error, record, self._hint(record))
        seen = set()
        for name in record:
            new = self.names.get(name, name)
            if new in seen:
                return clash(new)
            seen.add(new)
        return error
