"""The order of records by their keys: what the verbs that sort share."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from operator import ge, gt, itemgetter, le, lt
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

from attrs import Factory, field, frozen

from etlkit._words import shown
from etlkit.expressions import Expression, F
from etlkit.records import Problem, Record, Unfit
from etlkit.transformations.mistakes import choice, mistake, unfinished
from etlkit.transformations.picking import Values
from etlkit.transformations.step import RecordStep


if TYPE_CHECKING:
    from etlkit.transformations.spilling.runs import Row
    from etlkit.transformations.step import StepCode

Nulls = Literal["first", "last"]


def key_as_data(by: Expression) -> str | Expression:
    """A key as it may be written again: the name of a field, or the expression."""
    fields = by.fields()
    return fields[0] if fields and by.same_as(F[fields[0]]) else by


def key_label(by: Expression) -> str:
    """A key as labels have it."""
    written = key_as_data(by)
    return written if isinstance(written, str) else by.label


def sort_keys(verb: str, by: object) -> tuple[Expression, ...]:
    """What users pass as ``by=``: a field, an expression, or a list of them.

    Raises:
        ConfigurationError: It is something else.
    """
    given = [by] if isinstance(by, str | Expression) else by
    if isinstance(given, Iterable) and not isinstance(given, bytes | dict):
        every = list(given)
        if every and all(isinstance(one, str | Expression) for one in every):
            return tuple(F[one] if isinstance(one, str) else one for one in every)
    hint = unfinished(by)
    if not hint and callable(by):
        hint = "; Derive makes a field of a function, to sort by"
    message = f"{verb} sorts by a field, an expression, or a list of them, got {shown(by)}{hint}"
    raise mistake(message)


def directions(verb: str, given: object, count: int) -> tuple[bool, ...]:
    """What users pass as ``descending=``: one bool, or one for each key.

    Raises:
        ConfigurationError: It is something else.
    """
    if isinstance(given, bool):
        return (given,) * count
    if isinstance(given, Iterable) and not isinstance(given, str | bytes):
        every = tuple(given)
        if len(every) == count and all(isinstance(one, bool) for one in every):
            return every
    message = f"{verb}: descending is True, False, or a list of {count} of them, got {shown(given)}"
    raise mistake(message)


@frozen
class OrderBy:
    """What users say of an order: the keys, and which way each of them goes.

    Attributes:
        keys: What is compared, one after the other.
        order: The order of rows that begin with the values of the keys.
    """

    keys: tuple[Expression, ...]
    order: Order

    @classmethod
    def of(cls, verb: str, by: object, descending: object, nulls: object) -> OrderBy:
        """The order that arguments of a verb say.

        Raises:
            ConfigurationError: They say none.
        """
        keys = sort_keys(verb, by)
        down = directions(verb, descending, len(keys))
        nulls_first = choice(verb, "nulls", nulls, ("last", "first")) == "first"
        return cls(keys, Order(down, nulls_first))

    @property
    def label(self) -> str:
        """The keys as labels have them."""
        return ", ".join(map(key_label, self.keys))

    def settings(self) -> dict[str, Any]:
        """The arguments as they may be written again."""
        down = self.order.descending
        return {
            "by": [key_as_data(one) for one in self.keys],
            "descending": down[0] if len(set(down)) == 1 else list(down),
            "nulls": "first" if self.order.nulls_first else "last",
        }

    def key_step(self, label: str) -> SortKeys:
        """The step that puts the keys before each record, which may fail alone."""
        return SortKeys(f"{label}: key", Values(self.keys))


@frozen
class Order:
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

    def sooner(self, rows: list[Row], bound: Row) -> list[Row]:
        """The rows without those whose first key says that they come behind ``bound``.

        Of a single key also without those that are equal to it, which come behind it if it
        came first.
        """
        value, down, single = bound[0], self.descending[0], len(self.descending) == 1
        if value is None and self.nulls_first:
            return [] if single else [row for row in rows if row[0] is None]
        if value is None:
            return [row for row in rows if row[0] is not None] if single else rows
        before = (gt if down else lt) if single else (ge if down else le)
        if self.nulls_first:
            return [row for row in rows if row[0] is None or before(row[0], value)]
        return [row for row in rows if row[0] is not None and before(row[0], value)]


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
class OneKind:
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
        """Look at a value.

        Raises:
            Unfit: It has no order, or is of another kind.
        """
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

    def write(self, code: StepCode, text: str) -> None:
        """Add the lines that look at a value of another class."""
        known, check = code.bind("known", self.known), code.bind("check", self.check)
        code.line(f"if {text}.__class__ not in {known} or {text} != {text}: {check}({text})")

    def _refuse(self, words: str, value: object) -> None:
        told, masked = words.format(shown(value)), words.format("***")
        hint = f"; sort by {self.by!r}.cast(...) to make them of one kind"
        path = self.by.fields()[:1]
        raise Unfit.of("type", (Problem(path, "type", told + hint, masked=masked + hint),))


@frozen(eq=False)
class SortKeys(RecordStep):
    """Puts the keys before the record; only the step behind it understands the result."""

    shown = False

    label: str = field()
    values: Values
    kinds: tuple[OneKind, ...] = field()

    @kinds.default
    def _(self) -> tuple[OneKind, ...]:
        return tuple(OneKind(by) for by in self.values.given if isinstance(by, Expression))

    def fresh(self) -> RecordStep:
        """A step that has not seen yet of what kind the keys are."""
        return SortKeys(self.label, self.values)

    def each(self, record: Record) -> Any:
        """The keys and the record."""
        values = self.values.of(record)
        for kind, value in zip(self.kinds, values, strict=True):
            kind.check(value)
        return ((*values, record),)

    def write(self, code: StepCode) -> None:
        """The lines of the keys, and a look at their classes."""
        texts = self.values.write(code)
        for kind, text in zip(self.kinds, texts, strict=True):
            kind.write(code, text)
        code.line(f"record = ({', '.join(texts)}, record)")

    def explain(self, error: Exception, record: Record) -> Exception:
        """The key that could not be worked out, and why."""
        return self.values.explain(error, record)
