"""The interval of cursor values that a run reads, and how the cursor moves through it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast

from attrs import evolve, field, frozen

from etlkit._words import missing_field, shown
from etlkit.errors import ConfigurationError
from etlkit.formats.row_hash import row_hash
from etlkit.records import Problem, Unfit
from etlkit.sources.cursor_values import (
    KINDS,
    CursorKind,
    bound,
    check_lag,
    from_text,
    kind_for,
)
from etlkit.sources.remembered import Remembered


if TYPE_CHECKING:
    from etlkit.records import Record

CURSOR_FORMAT = 1
_MARK_DIGITS = 24


@frozen
class Window:
    """What a user says of the interval.

    Attributes:
        path: The names that lead to the value of a record.
        kind: The kind of the values, or None until the first one is seen.
        start: Where the first run begins, or None.
        end: Where every run ends, or None.
        closed_start: The start belongs to the interval.
        closed_end: The end does.
        lag: How far before the cursor a run begins, or None.
        missing: What becomes of a record without a value.
        key: Fields that tell records of one value apart; none for all.
        most: How many records may be remembered.
    """

    path: tuple[str, ...]
    kind: CursorKind | None
    start: Any = field(kw_only=True)
    end: Any = field(kw_only=True)
    closed_start: bool = field(kw_only=True)
    closed_end: bool = field(kw_only=True)
    lag: Any = field(kw_only=True)
    missing: str = field(kw_only=True)
    key: tuple[str, ...] = field(kw_only=True)
    most: int = field(kw_only=True)

    @property
    def field(self) -> str:
        """The name of the field in messages."""
        return ".".join(self.path)

    def limits(self) -> Iterator[str]:
        """Where it begins and ends, and its lag, in words; without those that it lacks."""
        if self.start is not None:
            yield f"{'from' if self.closed_start else 'after'} {self.start}"
        if self.end is not None:
            yield f"{'up to' if self.closed_end else 'before'} {self.end}"
        if self.lag is not None:
            yield f"with a lag of {self.lag}"

    def between(self, start: Any, end: Any) -> Window:
        """The same with other ends, and without a lag."""
        kind = self.kind or kind_for(end if start is None else start, self.field)
        if kind is None:
            message = f"a slice has a start or an end, got {shown(start)} and {shown(end)}"
            raise ConfigurationError(message)
        ends = {"start": bound(kind, start, "start"), "end": bound(kind, end, "end")}
        return evolve(self, kind=kind, lag=None, **ends)

    def opened(self, cursor: object) -> OpenWindow:
        """The window of one reading, behind a cursor that was kept; None for the first.

        Raises:
            ConfigurationError: The cursor is of another field or kind.
        """
        if cursor is None:
            return OpenWindow(self, self.kind, None)
        self._expect_mine(cursor)
        kept: Mapping[str, Any] = cast("Mapping[str, Any]", cursor)
        kind = KINDS[kept["kind"]]
        check_lag(kind, self.lag)
        return OpenWindow(self, kind, Cursor.of(kept, kind))

    def _expect_mine(self, cursor: object) -> None:
        """Refuse a cursor from which this window cannot go on."""
        if not isinstance(cursor, Mapping) or cursor.get("format") != CURSOR_FORMAT:
            differs = "by another source"
        elif cursor["field"] != self.field:
            differs = f"for the field {cursor['field']!r}"
        elif self.kind is not None and self.kind.name != cursor["kind"]:
            differs = f"for {KINDS[cursor['kind']].words} and not for {self.kind.words}"
        elif tuple(cursor["key"]) != self.key:
            differs = f"with key={cursor['key']!r}"
        else:
            return
        message = (
            f"the cursor of this job was kept {differs}, and does not tell where to go on with "
            f"{self.field!r}; leave the source as it was, or give the job another id and start= "
            "where the new cursor begins"
        )
        raise ConfigurationError(message)


@frozen
class Edge:
    """The lower end of an interval: a value, and whether it belongs to the interval."""

    value: Any
    closed: bool

    def or_tighter(self, other: Edge | None) -> Edge:
        """Of two lower ends the one that lets less in."""
        if other is None or self.value > other.value:
            return self
        if other.value > self.value:
            return other
        return Edge(self.value, self.closed and other.closed)

    def lets(self, value: Any) -> bool:
        """Whether a value lies above."""
        return bool(value >= self.value if self.closed else value > self.value)


@frozen
class Cursor:
    """How far committed runs have read.

    Attributes:
        last: The greatest value.
        known: From here on ``seen`` has every record that was read. A run does not begin
            before it, though the lag or the closed ends be others than they were.
        seen: How many records of each mark were read at each value.
    """

    last: Any
    known: Edge
    seen: Mapping[Any, Mapping[str, int]]

    @classmethod
    def of(cls, kept: Mapping[str, Any], kind: CursorKind) -> Cursor:
        """The cursor of what ``to_keep`` gave."""
        seen = {from_text(kind, value): marks for value, marks in kept["seen"].items()}
        known = Edge(from_text(kind, kept["known_from"]), kept["known_closed"])
        return cls(from_text(kind, kept["last"]), known, seen)

    def to_keep(self, window: Window, kind: CursorKind) -> Mapping[str, Any]:
        """What is kept in the commit record, ready for JSON."""
        return {
            "format": CURSOR_FORMAT,
            "field": window.field,
            "key": list(window.key),
            "kind": kind.name,
            "last": kind.text(self.last),
            "known_from": kind.text(self.known.value),
            "known_closed": self.known.closed,
            "seen": {kind.text(value): dict(marks) for value, marks in self.seen.items()},
        }


class OpenWindow:
    """The window of one reading: says which records are in it, and moves the cursor."""

    def __init__(self, window: Window, kind: CursorKind | None, cursor: Cursor | None) -> None:
        self.window = window
        self._kind = kind
        self._last = None if cursor is None else cursor.last
        self._known = None if cursor is None else cursor.known
        self._remembers = window.closed_start or window.lag is not None
        self._remembered = Remembered(
            {} if cursor is None else cursor.seen,
            most=window.most,
            floor=self._floor,
            field=window.field,
        )
        self._edge = self._lower_edge()

    @property
    def start(self) -> Any:
        """Where the reading begins, or None."""
        return None if self._edge is None else self._edge.value

    @property
    def end(self) -> Any:
        """Where the reading ends, or None."""
        return self.window.end

    @property
    def is_empty(self) -> bool:
        """Whether no value can lie in it, since the cursor is beyond its end."""
        return self.start is not None and self.end is not None and self.start > self.end

    @property
    def cursor(self) -> Any:
        """The cursor to keep, ready for JSON; None where no value was seen yet."""
        if self._kind is None or self._last is None:
            return None
        known, seen = Edge(self._last, closed=False), self._remembered.held
        if self._remembers:
            known = Edge(self._floor(self._last), closed=True).or_tighter(self._known)
        return Cursor(self._last, known, seen if self._remembers else {}).to_keep(
            self.window, self._kind
        )

    def takes(self, record: Record) -> bool:
        """Whether the reading includes a record; moves the cursor to one that it does.

        Raises:
            Unfit: It has no value, or one that cannot be compared.
        """
        value = self._value_of(record)
        if value is None:
            return True
        if not self._holds(value):
            return False
        if not self._remembers:
            self._last = value if self._last is None else max(self._last, value)
            return True
        return self._takes_once(value, record)

    def expect_fit(self, record: Record) -> None:
        """Say again why a record was refused.

        Raises:
            Unfit: It has no value or key, or a value that cannot be compared.
        """
        self._value_of(record)
        self._mark(record)

    def _value_of(self, record: Record) -> Any:
        """The value of a record; None where it has none and is included all the same.

        Raises:
            Unfit: It has no value, or one that cannot be compared.
        """
        found: Any = record
        for name in self.window.path:
            if not isinstance(found, Mapping) or name not in found:
                return self._missing(missing_field(self.window.field, record))
            found = found[name]
        if found is None:
            return self._missing("the field is null")
        try:
            return self._kind_of(found).value(found)
        except ValueError as error:
            raise self._unfit("cursor_value", f"cannot be a cursor: {error}") from error

    def _kind_of(self, value: object) -> CursorKind:
        if self._kind is None:
            kind = kind_for(value, self.window.field)
            if kind is None:
                message = f"{type(value).__name__} is no number, text, date or moment"
                raise ValueError(message)
            kind.value(value)  # the first good one decides
            check_lag(kind, self.window.lag)
            self._kind = kind
        return self._kind

    def _missing(self, message: str) -> None:
        if self.window.missing != "include":
            raise self._unfit("cursor_missing", message)

    def _unfit(self, code: str, message: str) -> Unfit:
        return Unfit.of(code, (Problem(self.window.path, code, message),))

    def _holds(self, value: Any) -> bool:
        if self._edge is not None and not self._edge.lets(value):
            return False
        end = self.window.end
        return bool(end is None or value < end or (value == end and self.window.closed_end))

    def _takes_once(self, value: Any, record: Record) -> bool:
        """Whether a record was not read before; remembers it where the next run asks for it."""
        last = value if self._last is None else max(self._last, value)
        stays = value >= self._floor(last)
        if not stays and not self._remembered.expects(value):
            return True
        mark = self._mark(record)
        if self._remembered.recognises(value, mark):
            return False
        self._last = last
        self._remembered.forget_before(last)
        if stays:
            self._remembered.take(value, mark)
        return True

    def _mark(self, record: Record) -> str:
        key = self.window.key
        missing = [name for name in key if name not in record]
        if missing:
            raise self._unfit("cursor_key", missing_field(missing[0], record))
        told = {name: record[name] for name in key} if key else record
        return row_hash(told).hex()[:_MARK_DIGITS]

    def _floor(self, last: Any) -> Any:
        """The least value that a run reads when the cursor stands at ``last``."""
        lag = self.window.lag
        return last if lag is None or self._kind is None else self._kind.back(last, lag)

    def _lower_edge(self) -> Edge | None:
        window = self.window
        first = None if window.start is None else Edge(window.start, window.closed_start)
        if self._last is None:
            return first
        again = Edge(self._floor(self._last), window.closed_start)
        return again.or_tighter(self._known).or_tighter(first)
