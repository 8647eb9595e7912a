"""Lookup: the value that stands for another one, from a mapping, a source or a function."""

from __future__ import annotations

import sys

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from attrs import Factory, define, field, frozen

from etlkit._copying import SHARED, own
from etlkit._functions import is_function
from etlkit._words import did_you_mean, shown
from etlkit.errors import ConfigurationError, RecordError
from etlkit.expressions import F
from etlkit.records import Problem, Record, Unfit
from etlkit.runs.tally import OtherSide
from etlkit.transformations.called import Called
from etlkit.transformations.compound_verbs import CompoundVerb
from etlkit.transformations.mistakes import choice, field_name, mistake
from etlkit.transformations.other_side import Table, Wanted, key_of
from etlkit.transformations.picking import Values, explained_key, step_name
from etlkit.transformations.readable import Beside, Other, Readable, readable
from etlkit.transformations.step import Memory, RecordStep
from etlkit.transformations.verbs import variable


if TYPE_CHECKING:
    from etlkit.runs.tally import StepTally
    from etlkit.schema.fields import Place
    from etlkit.transformations.known_fields import KnownFields
    from etlkit.transformations.step import StepCode

Missing: TypeAlias = Literal["null", "error", "reject"]

MOST_CACHED = 100_000
"""Results of a function that are remembered."""


class Lookup(CompoundVerb):
    """Put beside the value of a field what stands for it elsewhere.

    None and NaN are not looked up, their result is None. 1, 1.0 and True are three values.
    What is looked up in is read before the run, once for each attempt, and held in memory; a
    line of its own in the tally of the step says how many of its entries were asked for, or how
    often a function was called.

    Args:
        field: The field whose value is looked up.
        table: A dict; a function of the value; or a source or list of records.
        key: For records, the field of theirs that is compared; by default ``field``.
        take: For records, the field of theirs that is the result.
        into: The field of the result; by default it takes the place of ``field``.
        missing: What becomes of a value that is not there: the result is None
            (``"null"``), the run fails (``"error"``), or the record does (``"reject"``).
            A function says so by returning None.
        cached: Call a function once for each value, in each attempt: what it returned for the
            first 100 000 values is remembered, None too; beyond them it is called each time.
        name: What messages and counts call the step.

    Example:
        >>> Lookup("state", {"CA": "California"}, into="name").apply([{"state": "CA"}])
        [{'state': 'CA', 'name': 'California'}]
    """

    memory: Memory = "keyed"
    sees = "one record, and the table"
    makes = "one record"
    counts_as = "nothing: it stays one record"

    def __init__(
        self,
        field: str,
        table: Mapping[Any, Any] | Callable[[Any], Any] | Other,
        *,
        key: str | None = None,
        take: str | None = None,
        into: str | None = None,
        missing: Missing = "null",
        cached: bool = True,
        name: str | None = None,
    ) -> None:
        field = field_name("Lookup", field)
        given = table
        if not isinstance(table, Mapping) and not is_function(table):
            table = readable("Lookup", table)
            if take is None:
                message = "Lookup: take= names the field of the other side that is the result"
                raise mistake(message)
        elif key is not None or take is not None:
            message = "Lookup: key= and take= are for a source or a list of records"
            raise mistake(message)
        self._asked = _Asked(
            field,
            table,
            field_name("Lookup", field if key is None else key),
            None if take is None else field_name("Lookup", take),
            field_name("Lookup", field if into is None else into),
            choice("Lookup", "missing", missing, ("null", "error", "reject")),
            bool(cached),
        )
        self._name = step_name("Lookup", name)
        self.given = self.without_defaults(
            {
                "field": field,
                "table": given,
                "key": key,
                "take": take,
                "into": into,
                "missing": missing,
                "cached": bool(cached),
                "name": name,
            }
        )

    def settings(self) -> dict[str, Any]:
        """The arguments by name, without those that are as they are by default.

        Raises:
            ConfigurationError: The table is a function.
        """
        if self._asked.function is not None:
            message = f"{self.label}: the function {self._asked.words} has no dict form"
            raise ConfigurationError(message)
        return dict(self.given)

    def __repr__(self) -> str:
        asked = self._asked
        return f"Lookup({asked.field!r}, {asked.words}, into={asked.into!r})"

    @property
    def label(self) -> str:
        """The name, or ``Lookup(field)``."""
        return self._name or f"Lookup({self._asked.field})"

    @property
    def opaque(self) -> str | None:
        """Where a function is written."""
        return self._asked.opaque

    def leaves(self, known: KnownFields) -> KnownFields:
        """The fields, and the result."""
        return known.reading(self.label, [self._asked.field]).adding([self._asked.into])

    def parts(self) -> tuple[RecordStep, ...]:
        """One step that sees one record at a time."""
        return (_LookUp(self.label, self._asked),)


@frozen(eq=False)
class _Asked:
    """What a lookup does."""

    field: str
    table: Any
    key: str
    take: str | None
    into: str
    missing: str
    cached: bool

    @property
    def function(self) -> Callable[[Any], Any] | None:
        """The table, where it is a function."""
        is_function = callable(self.table) and not isinstance(self.table, Mapping)
        return self.table if is_function else None

    @property
    def reads(self) -> tuple[Readable, ...]:
        """The table, where it is a source or records at hand."""
        if isinstance(self.table, Mapping) or self.function is not None:
            return ()
        return (self.table,)

    @property
    def opaque(self) -> str | None:
        """Where the function is written."""
        return None if self.function is None else Called(self.function).place

    @property
    def words(self) -> str:
        """The table as plans show it."""
        if isinstance(self.table, Mapping):
            return f"a dict of {len(self.table)}"
        return str(self.table.uri) if self.function is None else Called(self.table).name

    def entries(self, label: str, line: OtherSide) -> _Entries:
        """What is known before the run; ``line`` gets what was read."""
        entries = _Entries()
        if isinstance(self.table, Mapping):
            line.read = len(self.table)
            for one, value in self.table.items():
                entries.add(key_of([one]), value)
        elif self.function is None:
            self._read(entries, Beside(self.table, line), label)
        return entries

    def _read(self, entries: _Entries, beside: Beside, label: str) -> None:
        wanted = Wanted((self.key,), unique=True, rest=True)
        table = Table(label, wanted, sys.maxsize)
        try:
            table.fill(beside)
        except Exception as error:
            error.add_note(f"while reading the table of {label}")
            raise
        take = str(self.take)
        if take not in table.names and table.found and take != self.key:
            near = did_you_mean(take, table.names)
            message = f"Lookup: no record of the table has the field {take!r} (take=){near}"
            raise ConfigurationError(message)
        for _, (value,), record in table.rest():
            entries.add(key_of([value]), value if take == self.key else record[take])


@define(eq=False)
class _Entries:
    """Values by what is looked up, which of them were asked for, and what has none."""

    found: dict[Any, int] = Factory(dict)
    values: list[Any] = Factory(list)
    used: bytearray = Factory(bytearray)
    missed: set[Any] = Factory(set)

    @property
    def has_room(self) -> bool:
        """Whether a further result of a function may be remembered."""
        return len(self.values) + len(self.missed) < MOST_CACHED

    def note(self, key: Any, result: Any) -> None:
        """Remember what a function has returned."""
        if result is None:
            self.missed.add(key)
        else:
            self.add(key, result)

    def add(self, key: Any, value: Any) -> None:
        """Remember a value; nothing is looked up by None."""
        if key is not None:
            self.found[key] = len(self.values)
            self.values.append(value)
            self.used.append(0)

    def clear(self) -> None:
        """Forget all."""
        self.found.clear()
        self.values.clear()
        self.missed.clear()


@frozen(eq=False)
class _LookUp(RecordStep):
    """Looks up; what is known, and what a function has returned, belongs to one attempt."""

    memory: Memory = field(default="keyed", init=False)

    label: str = field()
    asked: _Asked
    entries: _Entries = field(factory=_Entries)
    line: OtherSide = field()

    @line.default
    def _(self) -> OtherSide:
        return OtherSide(self.asked.words)

    @property
    def releases(self) -> bool:  # type: ignore[override]  # a function may keep what it returns
        """Whether nobody else has what is passed on."""
        return self.asked.function is None

    @property
    def reads(self) -> tuple[Readable, ...]:  # type: ignore[override]  # it depends on arguments
        """The table, where it is a source."""
        return self.asked.reads

    @property
    def sensitive_places(self) -> tuple[Place, ...]:
        """Those of the table, and the result where it is taken from one of them."""
        asked = self.asked
        places = [place for one in self.reads for place in one.sensitive_places]
        taken = [(asked.into, *place[1:]) for place in places if place[0] == asked.take]
        return (*places, *taken)

    @property
    def opaque(self) -> str | None:
        return self.asked.opaque

    def fresh(self) -> RecordStep:
        line = OtherSide(self.asked.words)
        return _LookUp(self.label, self.asked, self.asked.entries(self.label, line), line)

    def finish(self, tally: StepTally) -> None:
        line = self.line
        if self.asked.function is None:
            line.matched = self.entries.used.count(1)
            line.unmatched = line.read - line.matched
        tally.others = [line]
        self.entries.clear()

    @property
    def _values(self) -> Values:
        return Values((F[self.asked.field],))

    def each(self, record: Record) -> tuple[Record]:
        (value,) = self._values.of(record)
        at = self.entries.found.get((value.__class__, value))
        record[self.asked.into] = self._other(value) if at is None else self._at(at)
        return (record,)

    def write(self, code: StepCode) -> None:
        (value,) = self._values.write(code)
        into, entries = code.bind("into", self.asked.into), self.entries
        at, made = variable(code, "at"), variable(code, "made")
        code.line(f"{at} = {code.bind('find', entries.found.get)}(({value}.__class__, {value}))")
        with code.block(f"if {at} is None:"):
            code.line(f"record[{into}] = {code.bind('other', self._other)}({value})")
        with code.block("else:"):
            code.line(f"{code.bind('used', entries.used)}[{at}] = 1")
            code.line(f"{made} = {code.bind('values', entries.values)}[{at}]")
            with code.block(f"if {made}.__class__ not in {code.bind('shared', SHARED)}:"):
                code.line(f"{made} = {code.bind('own', own)}({made})")
            code.line(f"record[{into}] = {made}")

    def explain(self, error: Exception, record: Record) -> Exception:
        if isinstance(error, RecordError):  # missing="error": the run fails, whatever the policy
            raise error
        keys = self._values
        told = keys.explain(error, record)
        return explained_key(keys.given, told, record, code="lookup", use="be looked up")

    def _at(self, at: int) -> Any:
        self.entries.used[at] = 1
        return own(self.entries.values[at])

    def _other(self, value: Any) -> Any:
        """The result for what is not known by the value as it is."""
        key = key_of([value])
        if key is None:
            return None
        if key in self.entries.found:  # a tuple, whose items have types of their own
            return self._at(self.entries.found[key])
        result = None if key in self.entries.missed else self._called(value)
        if self.asked.cached and self.entries.has_room:
            self.entries.note(key, result)
        if result is None:
            self._miss(value)
        return own(result)

    def _called(self, value: Any) -> Any:
        function = self.asked.function
        if function is None:
            return None
        self.line.calls += 1
        return function(value)

    def _miss(self, value: Any) -> None:
        asked = self.asked
        if asked.missing == "null":
            return
        words = f"is not in the table of {self.label}"
        problem = Problem(
            (asked.field,), "lookup", f"{shown(value)} {words}", masked=f"*** {words}"
        )
        if asked.missing == "reject":
            raise Unfit.of("lookup", (problem,))
        message = f"$.{asked.field} {words}, and missing='error'"
        raise RecordError(message)
