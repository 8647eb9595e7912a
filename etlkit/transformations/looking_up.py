"""Lookup: the value that stands for another one, from a mapping, a source or a function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from attrs import Factory, field, frozen

from etlkit._copying import own
from etlkit._words import shown
from etlkit.errors import ConfigurationError, RecordError
from etlkit.expressions import F
from etlkit.records import Problem, Record, Unfit
from etlkit.transformations.mistakes import choice, field_name, mistake
from etlkit.transformations.other_side import Table, key_of
from etlkit.transformations.picking import Values, step_name
from etlkit.transformations.readable import Other, readable
from etlkit.transformations.stage_verbs import StageVerb, without_defaults
from etlkit.transformations.step import Called, Memory, RecordStep


if TYPE_CHECKING:
    from etlkit.runs.tally import StepTally
    from etlkit.transformations.step import StepCode

Missing: TypeAlias = Literal["null", "error", "reject"]

_MOST_CACHED = 100_000


class Lookup(StageVerb):
    """Put beside the value of a field what stands for it elsewhere.

    None is not looked up, its result is None. 1, 1.0 and True are three values.

    Args:
        field: The field whose value is looked up.
        table: A dict; a function of the value; or a source or list of records.
        key: For records, the field of theirs that is compared; by default ``field``.
        take: For records, the field of theirs that is the result.
        into: The field of the result; by default it takes the place of ``field``.
        missing: What becomes of a value that is not there: the result is None
            (``"null"``), the run fails (``"error"``), or the record does (``"reject"``).
            A function says so by returning None.
        cached: Call a function once for each value, of which the first 100 000 are remembered.
        name: What messages and counts call the step.

    Example:
        >>> Lookup("state", {"CA": "California"}, into="name").apply([{"state": "CA"}])
        [{'state': 'CA', 'name': 'California'}]
    """

    arguments = ("field", "table", "key", "take", "into", "missing", "cached", "name")
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
        if not isinstance(table, Mapping) and not callable(table):
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
        self.given = without_defaults(
            {
                "field": field,
                "table": given,
                "key": key,
                "take": take,
                "into": into,
                "missing": missing,
                "cached": bool(cached),
                "name": name,
            },
            dict.fromkeys(("key", "take", "into", "name")) | {"missing": "null", "cached": True},
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
        table = self._asked.table
        return None if self._asked.function is None else Called(table).place

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
    def words(self) -> str:
        """The table as plans show it."""
        if isinstance(self.table, Mapping):
            return f"a dict of {len(self.table)}"
        return str(self.table.uri) if self.function is None else Called(self.table).name

    def found(self, label: str) -> dict[Any, Any]:
        """What is known before the run, by what is looked up."""
        if isinstance(self.table, Mapping):
            return {key_of([one]): value for one, value in self.table.items() if one is not None}
        if self.function is not None or self.take is None:
            return {}
        table = Table()
        try:
            table.fill(self.table, [self.key], suffix="", unique=True)
        except Exception as error:
            error.add_note(f"while reading the table of {label}")
            raise
        if self.take not in table.names and table.found and self.take != self.key:
            message = f"Lookup: no record of the table has the field {self.take!r} (take=)"
            raise ConfigurationError(message)
        if self.take == self.key:
            return {key: values[0] for key, values in table.values.items()}
        return {key: group[0].get(self.take) for key, group in table.found.items()}


@frozen(eq=False)
class _LookUp(RecordStep):
    """Looks up; what is known, and what a function has returned, belongs to one attempt."""

    memory: Memory = field(default="keyed", init=False)

    label: str = field()
    asked: _Asked
    found: dict[Any, Any] = Factory(dict)

    def fresh(self) -> RecordStep:
        return _LookUp(self.label, self.asked, self.asked.found(self.label))

    def finish(self, tally: StepTally) -> None:
        del tally
        self.found.clear()

    @property
    def _values(self) -> Values:
        return Values((F[self.asked.field],))

    def each(self, record: Record) -> tuple[Record]:
        (value,) = self._values.of(record)
        record[self.asked.into] = self._result(value)
        return (record,)

    def write(self, code: StepCode) -> None:
        (value,) = self._values.write(code)
        into = code.bind("into", self.asked.into)
        code.line(f"record[{into}] = {code.bind('result', self._result)}({value})")

    def explain(self, error: Exception, record: Record) -> Exception:
        if isinstance(error, RecordError):  # missing="error": the run fails, whatever the policy
            raise error
        return self._values.explain(error, record)

    def _result(self, value: Any) -> Any:
        key = key_of([value])
        if key is None:
            return None
        if key in self.found:
            return own(self.found[key])
        function = self.asked.function
        result = None if function is None else function(value)
        if result is None:
            self._miss(value)
        elif self.asked.cached and len(self.found) < _MOST_CACHED:
            self.found[key] = result
        return own(result)

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
        message = f"$.{asked.field} of a record {words}, and missing='error'"
        raise RecordError(message)
