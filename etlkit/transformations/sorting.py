"""Sort: records in the order of what they hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

from attrs import Factory, field, frozen

from etlkit._words import shown
from etlkit.errors import ConfigurationError
from etlkit.expressions import Expression, F
from etlkit.records import Problem, Record, Unfit
from etlkit.transformations.mistakes import choice, mistake
from etlkit.transformations.picking import Values, step_name
from etlkit.transformations.sorter import MEMORY_BYTES, Sorter, memory_budget
from etlkit.transformations.spilling import Row
from etlkit.transformations.stage_verbs import StageVerb, without_defaults
from etlkit.transformations.step import Memory, RecordStep, StageStep


if TYPE_CHECKING:
    from etlkit.runs.tally import StepTally
    from etlkit.transformations.step import StepCode

Nulls = Literal["first", "last"]


class Sort(StageVerb):
    """Put the records into the order of the values of fields or expressions.

    Records that are equal there keep their order. None comes last, or first, whatever the
    direction. The values of one key are of one kind: numbers, texts, dates, times ...; that
    of the first record decides, and a record with another kind, or with NaN, is rejected by
    itself. Texts are compared by their code points.

    Above a budget of memory the records go to a file without a name in the folder for
    temporary files (``TMPDIR``), of which nothing is left however the run ends. They come
    back exactly as they were.

    Args:
        by: A field, an expression, or a list of them: of records that are equal by the
            first the second decides, and so on.
        descending: From the largest to the smallest; for several a list of bools may say
            so for each.
        nulls: Where None stands: ``"last"`` or ``"first"``.
        memory_bytes: The budget, of the records as Python holds them.
        name: What messages and counts call the step.

    Example:
        >>> Sort("n", descending=True).apply([{"n": 1}, {"n": None}, {"n": 3}])
        [{'n': 3}, {'n': 1}, {'n': None}]
    """

    arguments = ("by", "descending", "nulls", "memory_bytes", "name")

    def __init__(
        self,
        by: str | Expression | Iterable[str | Expression],
        *,
        descending: bool | Iterable[bool] = False,
        nulls: Nulls = "last",
        memory_bytes: int = MEMORY_BYTES,
        name: str | None = None,
    ) -> None:
        self._by = _keys(by)
        self._order = _Order(
            _directions(descending, len(self._by)),
            choice("Sort", "nulls", nulls, ("last", "first")) == "first",
        )
        self._memory_bytes = memory_budget("Sort", memory_bytes)
        self._name = step_name("Sort", name)
        self.memory: Memory = "spilling"
        down = self._order.descending
        self.given = without_defaults(
            {
                "by": [_written(one) for one in self._by],
                "descending": list(down) if any(down) else False,
                "nulls": nulls,
                "memory_bytes": memory_bytes,
                "name": name,
            },
            {"descending": False, "nulls": "last", "memory_bytes": MEMORY_BYTES, "name": None},
        )

    def __repr__(self) -> str:
        more = "".join(
            [
                f", descending={self._order.descending!r}" if any(self._order.descending) else "",
                ", nulls='first'" if self._order.nulls_first else "",
            ]
        )
        return f"Sort([{', '.join(map(repr, self._by))}]{more})"

    @property
    def label(self) -> str:
        """The name, or ``Sort(by fields)``."""
        return self._name or f"Sort(by {', '.join(_called(one) for one in self._by)})"

    def parts(self) -> tuple[RecordStep | StageStep, ...]:
        """Working out the keys, which a record may fail alone, and then the sorting."""
        return (
            _SortKeys(f"{self.label}: key", Values(self._by)),
            _Sorted(self.label, self._order, self._memory_bytes),
        )


def _written(by: Expression) -> str | Expression:
    """A key as it may be written again: the name of a field, or the expression."""
    fields = by.fields()
    return fields[0] if fields and by.same_as(F[fields[0]]) else by


def _called(by: Expression) -> str:
    written = _written(by)
    return written if isinstance(written, str) else by.label


def _keys(by: object) -> tuple[Expression, ...]:
    given = [by] if isinstance(by, str | Expression) else by
    if isinstance(given, Iterable) and not isinstance(given, bytes | dict):
        every = list(given)
        if every and all(isinstance(one, str | Expression) for one in every):
            return tuple(F[one] if isinstance(one, str) else one for one in every)
    hint = "; Derive makes a field of a function, to sort by" if callable(by) else ""
    message = f"Sort sorts by a field, an expression, or a list of them, got {shown(by)}{hint}"
    raise ConfigurationError(message)


def _directions(given: object, count: int) -> tuple[bool, ...]:
    if isinstance(given, bool):
        return (given,) * count
    if isinstance(given, Iterable) and not isinstance(given, str | bytes):
        every = tuple(given)
        if len(every) == count and all(isinstance(one, bool) for one in every):
            return every
    message = f"Sort: descending is True, False, or a list of {count} of them, got {shown(given)}"
    raise mistake(message)


@frozen
class _Order:
    """The order of rows, whose first items are the values of the keys."""

    descending: tuple[bool, ...]
    nulls_first: bool

    def sorted(self, rows: list[Row]) -> list[Row]:
        """The rows in order, by one stable sort for each key, the last key first."""
        for place in reversed(range(len(self.descending))):
            none = [row for row in rows if row[place] is None]
            some = [row for row in rows if row[place] is not None] if none else rows
            some.sort(key=itemgetter(place), reverse=self.descending[place])
            rows = none + some if self.nulls_first else some + none if none else some
        return rows

    def key(self, row: Row) -> tuple[Any, ...]:
        """What is compared where rows of several runs meet; the order is the same."""
        found: list[Any] = []
        for value, down in zip(row, self.descending, strict=False):
            if value is None:
                found.append((not self.nulls_first, 0))
            elif down:
                found.append((self.nulls_first, _Reversed(value)))
            else:
                found.append((self.nulls_first, value))
        return tuple(found)


class _Reversed:
    """A value that comes the earlier the larger it is."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __lt__(self, other: _Reversed) -> bool:
        return bool(other.value < self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Reversed) and bool(self.value == other.value)

    __hash__ = None  # type: ignore[assignment]  # it is compared only


_KINDS: tuple[tuple[type, str], ...] = (
    (bool, "true or false"),
    (int, "a number"),
    (float, "a number"),
    (Decimal, "a number"),
    (str, "a text"),
    (bytes, "bytes"),
    (datetime, "a date and time"),
    (date, "a date"),
    (time, "a time"),
    (timedelta, "a length of time"),
    (UUID, "a UUID"),
)
_VARIED = (datetime, time)


def _kind_of(value: Any) -> str | None:
    for kind, words in _KINDS:
        if isinstance(value, kind):
            if isinstance(value, _VARIED):
                return f"{words} {'without' if value.tzinfo is None else 'with'} a zone"
            return None if value != value else words  # noqa: PLR0124 -- NaN
    return None


@frozen(eq=False)
class _OneKind:
    """Looks whether all values of a key are of one kind.

    Attributes:
        by: The key.
        kinds: The kind, once there was a value.
        known: The classes that need no further look.
    """

    by: Expression
    kinds: list[str] = Factory(list)
    known: set[type] = field(factory=lambda: {type(None)})

    def check(self, value: Any) -> None:
        if value is None:
            return
        kind = _kind_of(value)
        if kind is None:
            self._refuse("{} has no order", value)
        if not self.kinds:
            self.kinds.append(str(kind))
        if kind != self.kinds[0]:
            self._refuse(f"{{}} is {kind}, where the first record has {self.kinds[0]}", value)
        if not isinstance(value, _VARIED):
            self.known.add(value.__class__)

    def _refuse(self, words: str, value: object) -> None:
        told, masked = words.format(shown(value)), words.format("***")
        hint = f"; sort by {self.by!r}.cast(...) to make them of one kind"
        path = self.by.fields()[:1]
        raise Unfit.of("type", (Problem(path, "type", told + hint, masked=masked + hint),))


@frozen(eq=False)
class _SortKeys(RecordStep):
    """Puts the keys before the record; only ``_Sorted`` understands the result."""

    shown = False

    label: str = field()
    values: Values
    kinds: tuple[_OneKind, ...] = field()

    @kinds.default
    def _(self) -> tuple[_OneKind, ...]:
        return tuple(_OneKind(by) for by in self.values.given if isinstance(by, Expression))

    def fresh(self) -> RecordStep:
        return _SortKeys(self.label, self.values)

    def finish(self, tally: StepTally) -> None:
        del tally

    def each(self, record: Record) -> Any:
        values = self.values.of(record)
        for kind, value in zip(self.kinds, values, strict=True):
            kind.check(value)
        return ((*values, record),)

    def write(self, code: StepCode) -> None:
        texts = self.values.write(code)
        for kind, text in zip(self.kinds, texts, strict=True):
            known, check = code.bind("known", kind.known), code.bind("check", kind.check)
            code.line(f"if {text}.__class__ not in {known} or {text} != {text}: {check}({text})")
        code.line(f"record = ({', '.join(texts)}, record)")

    def explain(self, error: Exception, record: Record) -> Exception:
        return self.values.explain(error, record)

    def _applied(self, records: list[Record]) -> list[Record]:
        fresh = _SortKeys(self.label, self.values)
        return RecordStep._applied(fresh, records)  # noqa: SLF001 -- a step's own machinery


@frozen(eq=False)
class _Sorted(StageStep):
    """Sorts what ``_SortKeys`` made."""

    memory: Memory = field(default="spilling", init=False)

    label: str = field()
    order: _Order
    memory_bytes: int

    def run(self, batches: Iterator[list[Record]]) -> Iterator[list[Record]]:
        with closing(Sorter(self.label, self.order, memory_bytes=self.memory_bytes)) as sorter:
            for batch in batches:
                rows: list[Any] = batch
                sorter.add(rows)
            for made in sorter.rows():
                yield [row[-1] for row in made]
