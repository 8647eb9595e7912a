"""Join: records together with those of another source that have the same key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from attrs import Factory, field, frozen

from etlkit._words import shown
from etlkit.errors import ConfigurationError
from etlkit.expressions import F
from etlkit.records import Record, Unfit, own
from etlkit.transformations.mistakes import choice, mistake
from etlkit.transformations.other_side import Table, key_of
from etlkit.transformations.picking import Values, step_name
from etlkit.transformations.readable import Other, Readable, readable
from etlkit.transformations.stage_verbs import StageVerb, without_defaults
from etlkit.transformations.step import Memory, RecordStep, StageStep


if TYPE_CHECKING:
    from etlkit.runs.tally import StepTally
    from etlkit.transformations.step import StepCode

How = Literal["inner", "left", "semi", "anti", "outer"]
Cardinality = Literal["1:1", "1:m", "m:1", "m:m"]

_HOW = ("inner", "left", "semi", "anti", "outer")
_VALIDATE = ("1:1", "1:m", "m:1", "m:m")


class Join(StageVerb):
    """Put records together with those of another source that have the same key.

    The other side is read before the run, once for each attempt, and held in memory; the
    records of the run stay what they are: one that fails keeps its bytes and number. Their
    order is kept, and that of several matches is the order of the other side. None and NaN
    match nothing, and 1, 1.0 and True do not match each other.

    A record gets all fields of its match but those of the key. Names that both sides have
    fail the run, unless ``suffix`` is given, which every field of the other side gets.

    Args:
        other: A source, or a list of records.
        on: The field that is the same on both sides, a list of such fields, or a dict of
            the names here and the names on the other side.
        how: ``"inner"`` keeps records with a match, once for each; ``"left"`` also those
            without, with None in the fields of the other side; ``"semi"`` keeps records
            with a match, and ``"anti"`` those without, as they are; ``"outer"`` adds to
            ``"left"`` the records of the other side that nothing matched, at the end.
        validate: How many records may have one key, here and on the other side:
            ``"1:1"``, ``"1:m"``, ``"m:1"`` or ``"m:m"``. A second one on the other side
            fails the run before anything is read; here it is rejected.
        suffix: What the names of the other side end with in the result.
        name: What messages and counts call the step.

    Example:
        >>> states = [{"code": "CA", "name": "California"}]
        >>> Join(states, on={"state": "code"}, how="left", validate="m:1").apply(
        ...     [{"id": 1, "state": "CA"}, {"id": 2, "state": None}]
        ... )
        [{'id': 1, 'state': 'CA', 'name': 'California'}, {'id': 2, 'state': None, 'name': None}]
    """

    arguments = ("other", "on", "how", "validate", "suffix", "name")
    memory: Memory = "keyed"
    sees = "one record, and the other side"
    makes = "the record with each of its matches"
    counts_as = "filtered, or produced"

    def __init__(
        self,
        other: Other,
        *,
        on: str | Sequence[str] | Mapping[str, str],
        how: How = "inner",
        validate: Cardinality = "m:m",
        suffix: str | None = None,
        name: str | None = None,
    ) -> None:
        here, there = _pairs(on)
        how = choice("Join", "how", how, _HOW)
        validate = choice("Join", "validate", validate, _VALIDATE)
        self._name = step_name("Join", name)
        self._joined = _Joined(readable("Join", other), here, there, how, validate, _suffix(suffix))
        self.given = without_defaults(
            {
                "other": other,
                "on": dict(zip(here, there, strict=True)),
                "how": how,
                "validate": validate,
                "suffix": suffix,
                "name": name,
            },
            {"how": "inner", "validate": "m:m", "suffix": None, "name": None},
        )

    def __repr__(self) -> str:
        joined = self._joined
        on = dict(zip(joined.here, joined.there, strict=True))
        return f"Join({joined.other.uri}, on={on!r}, how={joined.how!r})"

    @property
    def label(self) -> str:
        """The name, or ``Join(other, on fields)``."""
        joined = self._joined
        return self._name or f"Join({joined.other.uri}, on {', '.join(joined.here)})"

    def parts(self) -> tuple[RecordStep | StageStep, ...]:
        """One step; for an outer join the key and then the rest."""
        joined = self._joined
        if joined.how == "outer":
            return (_JoinKey(f"{self.label}: key", joined), _Outer(self.label, joined))
        return (_JoinRecords(self.label, joined),)


def _pairs(on: object) -> tuple[tuple[str, ...], tuple[str, ...]]:
    given = [on] if isinstance(on, str) else on
    if isinstance(given, Mapping):
        here, there = tuple(given), tuple(given.values())
    elif isinstance(given, Sequence) and not isinstance(given, bytes):
        here = there = tuple(given)
    else:
        here = there = ()
    if here and all(isinstance(name, str) for name in (*here, *there)):
        return here, there
    message = (
        "Join: on is a field, a list of fields, or a dict of the names here and on the other "
        f"side, got {shown(on)}"
    )
    raise mistake(message)


def _suffix(given: object) -> str:
    if given is None:
        return ""
    if isinstance(given, str) and given:
        return given
    message = f"Join: suffix is a text such as '_right', got {shown(given)}"
    raise mistake(message)


@frozen(eq=False)
class _Joined:
    """What a join does, whatever runs it."""

    other: Readable
    here: tuple[str, ...]
    there: tuple[str, ...]
    how: str
    validate: str
    suffix: str

    @property
    def values(self) -> Values:
        """The key of a record of the run."""
        return Values(tuple(F[name] for name in self.here))

    def table(self, label: str) -> Table:
        """The other side, read now."""
        table = Table()
        unique = self.validate.endswith(":1")
        try:
            table.fill(self.other, self.there, suffix=self.suffix, unique=unique)
        except Exception as error:
            error.add_note(f"while reading the other side of {label}")
            raise
        key = dict.fromkeys(self.here)
        if self.how not in ("semi", "anti") and not table.names.keys().isdisjoint(key):
            raise self._clash(key, table)
        return table

    def results(self, record: Record, key: Any, table: Table) -> list[Record]:
        """What becomes of a record."""
        matches = None if key is None else table.found.get(key)
        if self.how in ("semi", "anti"):
            return [record] if (matches is None) == (self.how == "anti") else []
        if matches is None and self.how == "inner":
            return []
        if not table.names.keys().isdisjoint(record):
            raise self._clash(record, table)
        if matches is None:
            return [{**record, **dict.fromkeys(table.names)}]
        if len(matches) == 1:
            return [{**record, **own(matches[0])}]
        return [{**own(record), **own(match)} for match in matches]

    def _clash(self, record: Record, table: Table) -> ConfigurationError:
        """What to say of names that both sides have."""
        names = ", ".join(repr(name) for name in table.names if name in record)
        if self.suffix:
            hint = "another suffix is needed"
        else:
            hint = "give a suffix for those of the other side, such as suffix='_right'"
        message = f"Join: both sides have {names}; drop or rename one of each, or {hint}"
        return ConfigurationError(message)


@frozen(eq=False)
class _Seen:
    """Looks whether records of the run have a key of their own, where they should."""

    joined: _Joined
    keys: set[Any] = Factory(set)

    def key(self, values: list[Any]) -> Any:
        key = key_of(values)
        joined = self.joined
        if joined.validate.startswith("1:") and key is not None:
            if key in self.keys:
                fields = " and ".join(map(repr, joined.here))
                message = (
                    f"an earlier record has the same {fields}, but validate={joined.validate!r}"
                )
                raise Unfit("join", message)
            self.keys.add(key)
        return key


@frozen(eq=False)
class _JoinRecords(RecordStep):
    """Joins one record at a time; the table and what was seen belong to one attempt."""

    memory: Memory = field(default="keyed", init=False)

    label: str = field()
    joined: _Joined
    table: Table = Factory(Table)
    seen: _Seen = field()

    @seen.default
    def _(self) -> _Seen:
        return _Seen(self.joined)

    @property
    def fans_out(self) -> bool:  # type: ignore[override]  # it depends on the arguments
        """Whether a record may have several matches."""
        joined = self.joined
        return joined.how in ("inner", "left") and not joined.validate.endswith(":1")

    def fresh(self) -> RecordStep:
        return _JoinRecords(self.label, self.joined, self.joined.table(self.label))

    def finish(self, tally: StepTally) -> None:
        del tally
        self.table.found.clear()
        self.seen.keys.clear()

    def each(self, record: Record) -> list[Record]:
        return self._results(record, self.joined.values.of(record))

    def write(self, code: StepCode) -> None:
        values = ", ".join(self.joined.values.write(code))
        results = f"{code.bind('results', self._results)}(record, [{values}])"
        if self.fans_out:
            code.fan_out(results)
            return
        made = code.bind("made", object())
        code.line(f"{made} = {results}")
        with code.block(f"if not {made}:"):
            code.drop()
        code.line(f"record = {made}[0]")

    def explain(self, error: Exception, record: Record) -> Exception:
        if isinstance(error, ConfigurationError):  # both sides have a name: no record's fault
            raise error
        return self.joined.values.explain(error, record)

    def _results(self, record: Record, values: list[Any]) -> list[Record]:
        return self.joined.results(record, self.seen.key(values), self.table)


@frozen(eq=False)
class _JoinKey(RecordStep):
    """Works out the key, which a record may fail alone; only ``_Outer`` understands the result."""

    shown = False

    label: str = field()
    joined: _Joined
    seen: _Seen = field()

    @seen.default
    def _(self) -> _Seen:
        return _Seen(self.joined)

    def fresh(self) -> RecordStep:
        return _JoinKey(self.label, self.joined)

    def finish(self, tally: StepTally) -> None:
        del tally
        self.seen.keys.clear()

    def each(self, record: Record) -> Any:
        return (self._keyed(record, self.joined.values.of(record)),)

    def write(self, code: StepCode) -> None:
        values = ", ".join(self.joined.values.write(code))
        code.line(f"record = {code.bind('keyed', self._keyed)}(record, [{values}])")

    def explain(self, error: Exception, record: Record) -> Exception:
        return self.joined.values.explain(error, record)

    def _keyed(self, record: Record, values: list[Any]) -> Any:
        return self.seen.key(values), record


@frozen(eq=False)
class _Outer(StageStep):
    """Joins what ``_JoinKey`` made, and then gives what nothing matched on the other side."""

    memory: Memory = field(default="keyed", init=False)

    label: str = field()
    joined: _Joined

    def run(self, batches: Iterator[list[Record]]) -> Iterator[list[Record]]:
        table = self.joined.table(self.label)
        names: dict[str, None] = {}
        matched: set[Any] = set()
        for batch in batches:
            made: list[Record] = []
            for pair in batch:
                key, record = pair
                names.update(dict.fromkeys(record))
                matched.add(key)
                made += self.joined.results(record, key, table)  # type: ignore[arg-type]  # the same
            yield made
        left = [key for key in table.found if key not in matched]
        rest = [(table.values[key], record) for key in left for record in table.found[key]]
        rest += table.keyless
        empty = dict.fromkeys(names)
        here = self.joined.here
        yield [{**empty, **dict(zip(here, values, strict=True)), **one} for values, one in rest]
