"""Records behind a cursor: each run goes on where the committed runs of its job have ended."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from etlkit._words import did_you_mean, shown
from etlkit.errors import ConfigurationError
from etlkit.runs.commit import Position
from etlkit.sources.cursor_reading import CursorReading
from etlkit.sources.cursor_values import KIND_OF, CursorKind, bound, check_lag, kind_for
from etlkit.sources.memory import RecordsSource
from etlkit.sources.source import DataSource, Reading, decoded
from etlkit.sources.window import Window


if TYPE_CHECKING:
    from collections.abc import Iterator

    from etlkit.formats.format import Format
    from etlkit.records import Batch, Record
    from etlkit.schema.fields import Place

Fetch: TypeAlias = Callable[[Any, Any], Iterable[Mapping[str, Any]]]
"""Gives at least the records from a start to an end, either of which may be None."""

Closed: TypeAlias = Literal["left", "right", "both", "neither"]

_CLOSED = ("left", "right", "both", "neither")
_MISSING = ("reject", "include", "error")


class CursorSource(DataSource):
    """Records whose value of one field is beyond what committed runs have read.

    The cursor is the greatest value among the records that were read, whether they were
    loaded, filtered or rejected. It moves with the commit, and never back. Records may
    come in any order. A record that appears later with a lesser value is not read,
    unless it lies within the lag.

    Args:
        source: A function of ``(start, end)`` that returns at least the records from
            start to end, either of which may be None; or a source, which is read whole.
            What lies outside is left out in either case.
        field: The field whose values order the records, or the names of a path to it.
        start: Where the first run begins; None for the beginning.
        end: Where every run ends; None for the end.
        closed: Which ends belong to the interval: ``"left"``, ``"right"``, ``"both"`` or
            ``"neither"``. Where the start does, a run reads the records at the cursor
            again and leaves out those that were read before. Where it does not, a
            record that is added later at the very value of the cursor is never read.
        lag: How far before the cursor a run begins, for records that come late; a
            timedelta or a number. Records that were read before are left out; one that
            has changed since is new, so load with ``upsert`` where that happens.
        missing: What becomes of a record without a value: ``"reject"``; ``"include"``,
            which reads it each time that it is given; or ``"error"``, which fails the run
            whatever its policy.
        key: Fields that tell records of one value apart; by default all fields do.
        type: ``int``, ``float``, ``str``, ``datetime`` or ``date``; by default that of
            ``start``, or of the first value. Texts are read as dates and times where it
            says so.
        name: What messages call a function.
        max_remembered: How many records at the end of the cursor may be remembered,
            in the commit record, to be left out by the next run.

    Raises:
        ConfigurationError: An argument is not as described; a start or end has no time
            zone; or the source is incremental itself.

    Example:
        >>> issues = [{"id": 1, "seen": 10}, {"id": 2, "seen": 11}]
        >>> source = CursorSource(lambda start, end: issues, "seen", start=11)
        >>> source.extract()
        [{'id': 2, 'seen': 11}]
    """

    def __init__(
        self,
        source: Fetch | DataSource,
        field: str | Sequence[str],
        *,
        start: Any = None,
        end: Any = None,
        closed: Closed = "left",
        lag: timedelta | float | None = None,
        missing: Literal["reject", "include", "error"] = "reject",
        key: str | Sequence[str] | None = None,
        type: type | None = None,  # noqa: A002 -- the word that schemas use for the same
        name: str = "records",
        max_remembered: int = 10_000,
    ) -> None:
        _check_source(source)
        _check_word("closed", closed, _CLOSED)
        _check_word("missing", missing, _MISSING)
        path = _names(field, "field")
        kind = _kind(type, start, end, ".".join(path))
        check_lag(kind, lag)
        _check_most(max_remembered)
        self._source = source
        self._name = name
        self._incremental = True
        self._window = Window(
            path,
            kind,
            start=start if kind is None else bound(kind, start, "start"),
            end=end if kind is None else bound(kind, end, "end"),
            closed_start=closed in {"left", "both"},
            closed_end=closed in {"right", "both"},
            lag=lag,
            missing=missing,
            key=() if key is None else _names(key, "key"),
            most=max_remembered,
        )

    def __repr__(self) -> str:
        return f"CursorSource({self.uri!r}, {self._window.field!r})"

    @property
    def uri(self) -> str:
        """That of the source, or the name that was given to the function."""
        return self._source.uri if isinstance(self._source, DataSource) else self._name

    @property
    def readable_again(self) -> bool:
        """Whether the source is; a function is called again."""
        return not isinstance(self._source, DataSource) or self._source.readable_again

    @property
    def may_hold_nan(self) -> bool:
        """Whether the source may; a function may."""
        return not isinstance(self._source, DataSource) or self._source.may_hold_nan

    @property
    def sensitive_places(self) -> tuple[Place, ...]:
        """Those of the source."""
        return self._source.sensitive_places if isinstance(self._source, DataSource) else ()

    @property
    def incremental(self) -> bool:
        """True, but for a slice made by ``between``."""
        return self._incremental

    @property
    def extent(self) -> str:
        """The field, and the limits of what a run reads."""
        limits = ", ".join(self._window.limits())
        if not self.incremental:
            return f"the slice of {self._window.field!r} {limits}"
        return f"only what is new by {self._window.field!r}" + (limits and f", {limits}")

    def between(self, start: Any, end: Any) -> CursorSource:
        """A source of one fixed slice, to load it once more or for the first time.

        It takes no notice of the cursor and does not move it.

        Example:
            >>> issues = [{"id": 1, "seen": 10}, {"id": 2, "seen": 11}]
            >>> source = CursorSource(lambda start, end: issues, "seen")
            >>> source.between(10, 11).extract()
            [{'id': 1, 'seen': 10}]
        """
        part = copy(self)
        part._incremental = False  # noqa: SLF001 -- a copy of this very object
        part._window = self._window.between(start, end)  # noqa: SLF001 -- the same
        return part

    def reads(self, uri: str) -> bool:
        """Whether the source does."""
        return isinstance(self._source, DataSource) and self._source.reads(uri)

    def format_for(self, uri: str) -> Format | None:
        """That of the source, for replays."""
        return self._source.format_for(uri) if isinstance(self._source, DataSource) else None

    def check(self) -> None:
        """Check the source; a function is not called."""
        if isinstance(self._source, DataSource):
            self._source.check()

    def remarks(self) -> Sequence[str]:
        """Those of the source."""
        return self._source.remarks() if isinstance(self._source, DataSource) else ()

    def records(self) -> Iterator[Record]:
        """The records from ``start`` to ``end``.

        Raises:
            RecordError: A record cannot be decoded, or has no value.
        """
        return (record for batch in self.batches() for record in decoded(batch))

    def batches(self) -> Iterator[Batch]:
        """The records from ``start`` to ``end`` in batches, with their numbers."""
        return self.reading(Position()).batches()

    def reading(self, known: Position, *, supersedes: bool = False) -> Reading:
        """Begin one reading, behind the cursor that committed runs have left.

        Raises:
            ConfigurationError: The cursor was kept for another field or kind of values.
        """
        del supersedes
        cursor = known.cursor if self._incremental else None
        return CursorReading(
            self, self._begun, self._window.opened(cursor), moves=self._incremental
        )

    def _begun(self, start: Any, end: Any) -> Reading:
        source = self._source
        if isinstance(source, DataSource):
            return source.reading(Position())
        return RecordsSource(lambda: source(start, end), name=self._name).reading(Position())


def _check_source(source: object) -> None:
    if isinstance(source, DataSource):
        if source.incremental:
            message = (
                f"{source.uri} is incremental itself; pass one that reads everything to a "
                "CursorSource, which leaves out what was read"
            )
            raise ConfigurationError(message)
        return
    if not callable(source):
        message = (
            "CursorSource takes a function of (start, end) that returns records, or a source, got "
            f"{shown(source)}"
        )
        raise ConfigurationError(message)


def _check_most(given: object) -> None:
    if isinstance(given, bool) or not isinstance(given, int) or given < 1:
        message = f"max_remembered is a whole number above 0, got {shown(given)}"
        raise ConfigurationError(message)


def _check_word(name: str, given: object, words: Sequence[str]) -> None:
    if given in words:
        return
    hint = did_you_mean(given, words) if isinstance(given, str) else ""
    known = ", ".join(map(repr, words[:-1])) + f" or {words[-1]!r}"
    message = f"{name} is {known}, got {shown(given)}{hint}"
    raise ConfigurationError(message)


def _names(given: object, argument: str) -> tuple[str, ...]:
    names = (given,) if isinstance(given, str) else given
    if isinstance(names, (list, tuple)) and names and all(isinstance(each, str) for each in names):
        return tuple(names)
    message = f"{argument} is the name of a field, or a list of names, got {shown(given)}"
    raise ConfigurationError(message)


def _kind(type_: object, start: object, end: object, field: str) -> CursorKind | None:
    if type_ is not None:
        kind = KIND_OF.get(type_) if isinstance(type_, type) else None
        if kind is None:
            message = f"type is int, float, str, datetime or date, got {shown(type_)}"
            raise ConfigurationError(message)
        return kind
    given = end if start is None else start
    if given is None:
        return None
    kind = kind_for(given, field)
    if kind is None:
        message = (
            f"a cursor is a number, a text, a date or a date with time and zone, got {shown(given)}"
        )
        raise ConfigurationError(message)
    return kind
