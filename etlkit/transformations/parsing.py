"""ParseDate and Extract: what texts hold, as values of their own."""

from __future__ import annotations

import re
import sys

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from attrs import field as attribute
from attrs import frozen

from etlkit._words import shown
from etlkit.records import Record, Unfit
from etlkit.transformations.conversions import Conversion
from etlkit.transformations.mistakes import choice, field_name, mistake, text, truth
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

REMEMBERED = 4096
"""Texts of which a step remembers the date, since few texts come again and again."""

_TIMES = frozenset("HIMSfpzZXc")
_YEARS = frozenset("YyGcx")
_SAMPLE = datetime(2001, 2, 3, 4, 5, 6, tzinfo=UTC)


@frozen(init=False, repr=False)
class ParseDate(Conversion):
    """Make dates of texts.

    The result is a date, or a datetime if one of the formats has a time; a datetime has a
    zone if its format has one. A text that fits no format is the record's failure, and so
    is one of which two formats make different dates. None and dates stay as they are.

    Args:
        field: The name of the field.
        formats: A format as ``datetime.strptime`` has them, or a list of formats. Names of
            months and days are those of the locale of the process.
        strict: A text that fits no format fails; otherwise it becomes None.
        missing: A record without the field fails (``"error"``), or goes on without it
            (``"ignore"``).

    Example:
        >>> step = ParseDate("day", ["%d.%m.%Y", "%Y-%m-%d"])
        >>> step.apply([{"day": "31.01.2026"}, {"day": "2026-01-31"}])
        [{'day': datetime.date(2026, 1, 31)}, {'day': datetime.date(2026, 1, 31)}]
    """

    takes = "field"

    field: str
    formats: tuple[str, ...]
    strict: bool = True
    missing: Missing = "error"
    _parse: Callable[[str], date | None] = attribute(init=False, eq=False)

    def __init__(
        self,
        field: str,
        formats: str | Iterable[str],
        *,
        strict: bool = True,
        missing: Missing = "error",
    ) -> None:
        name = field_name("ParseDate", field)
        self.__attrs_init__(
            name,
            _checked_formats(name, formats),
            truth("ParseDate", "strict", strict),
            choice("ParseDate", "missing", missing, MISSING),
        )

    @_parse.default
    def _(self) -> Callable[[str], date | None]:
        readers = [(one, reader_of(one)) for one in self.formats]
        only_days = self._kind is date

        def parsed(given: str) -> date | None:
            """The date; None for what fits no format. ValueError for what fits two of them."""
            found: dict[datetime, str] = {}
            for one, read in readers:
                made = read(given)
                if made is not None:
                    found.setdefault(made, one)
            if len(found) > 1:
                raise ValueError(_ambiguous(found))
            for only in found:
                return only.date() if only_days else only
            return None

        return lru_cache(REMEMBERED)(parsed)

    @property
    def names(self) -> tuple[str, ...]:
        """The field."""
        return (self.field,)

    def converted(self, name: str, value: Any) -> Any:
        """The date."""
        if type(value) is self._kind:
            return value
        if isinstance(value, str):
            try:
                made = self._parse(value)
            except ValueError as error:
                raise _refused(name, value, str(error)) from None
            if made is None and self.strict:
                raise _refused(name, value, _NO_FORMAT)
            return made
        if not self.strict:
            return None
        words = f"a text or a {self._kind.__name__} is expected, got {{}}"
        raise refused(name, "type", words, shown(value))

    def write_value(self, code: StepCode, name: str, value: str) -> None:
        """A call for each text; what was seen before is remembered."""
        parse, convert = code.bind("parse", self._parse), code.bind("convert", self.converted)
        other = f"{convert}({code.bind('field', name)}, {value})"
        with code.block(f"if {value}.__class__ is {code.bind('str', str)}:"):
            code.line(f"{value} = {parse}({value})")
            if self.strict:
                code.line(f"if {value} is None: raise {code.bind('unfit', ValueError)}")
        code.line(f"elif {value} is not None: {value} = {other}")

    @property
    def _kind(self) -> type[date]:
        return datetime if any(_has(one, _TIMES) for one in self.formats) else date


_NO_FORMAT = "it fits none of the formats"


def _refused(name: str, value: str, why: str) -> Unfit:
    return refused(name, "date", f"no date can be made of {{}}: {why}", shown(value))


def _ambiguous(found: Mapping[datetime, str]) -> str:
    (first, one), (second, other) = list(found.items())[:2]
    return f"it is {_told(first)} by {one!r} and {_told(second)} by {other!r}"


def _told(made: datetime) -> str:
    return made.isoformat().removesuffix("T00:00:00")


def reader_of(one: str) -> Callable[[str], datetime | None]:
    """What reads texts of a format as ``strptime`` does; None for those that do not fit.

    ``strptime`` itself takes several microseconds. A format of numbers only is first tried
    with all their digits, as nearly every text has them; any other text goes there.
    """

    def tried(given: str) -> datetime | None:
        try:
            return datetime.strptime(given, one)  # noqa: DTZ007 -- the format says whether it has a zone
        except ValueError:
            return None

    start, *parts = re.split("%(.)", one)
    directives, texts = parts[::2], parts[1::2]
    order = "".join(sorted(directives, key=_ORDER.find))
    if len(order) < len("Ymd") or not _ORDER.startswith(order):
        return tried
    cut = re.escape(start) + "".join(
        f"(?P<{each}>[0-9]{{{_DIGITS.get(each, 2)}}}){re.escape(text)}"
        for each, text in zip(directives, texts, strict=True)
    )
    match = re.compile(cut).fullmatch

    def read(given: str) -> datetime | None:
        found = match(given)
        if found is None:
            return tried(given)
        try:
            return datetime(*map(int, found.group(*order)))  # type: ignore[arg-type]  # noqa: DTZ001 -- three to six numbers; they tell no zone
        except ValueError:
            return tried(given)

    return read


_ORDER = "YmdHMS"
_DIGITS = {"Y": 4}


def _has(one: str, directives: frozenset[str]) -> bool:
    return not directives.isdisjoint(re.findall(r"%[-#]?(.)", one))


def _checked_formats(name: str, given: object) -> tuple[str, ...]:
    made = (
        (given,)
        if isinstance(given, str)
        else tuple(given)
        if isinstance(given, list | tuple)
        else ()
    )
    if not made:
        message = (
            f"ParseDate({name!r}) takes a format such as '%d.%m.%Y' or a list of formats, "
            f"got {shown(given)}"
        )
        raise mistake(message)
    return tuple(_checked_format(name, one) for one in made)


def _checked_format(name: str, given: object) -> str:
    one = text("ParseDate", "a format", given)
    if not _has(one, _YEARS):
        message = f"ParseDate({name!r}): the format {one!r} has no year, such as %Y"
        raise mistake(message)
    try:
        datetime.strptime(_SAMPLE.strftime(one), one)  # noqa: DTZ007 -- it is only tried
    except (ValueError, re.error) as error:
        message = f"ParseDate({name!r}): {one!r} is no format of dates: {error}"
        raise mistake(message) from None
    return one


@frozen(init=False, repr=False)
class Extract(Verb):
    r"""Take parts out of a text, by a regular expression, into fields of their own.

    Each named group gives a field of its name, the text of the group, or None for a group
    that took no part; a field of that name that is there gets the new value. The pattern
    may match anywhere in the text: write ``^`` and ``$`` for the whole of it. A text that
    does not match is the record's failure. Of None all fields are None.

    Args:
        field: The name of the field that has the text; it stays as it is.
        pattern: A regular expression with named groups: ``(?P<year>\d{4})``. Flags are
            written into it: ``(?i)``. It is yours to trust: on a text that somebody else
            chose, one such as ``(x+)+$`` takes a time without end. Expressions refuse
            such patterns: ``Derive(kind=F.ref.str.extract(...))``.
        strict: A text that does not match fails; otherwise all fields are None.
        missing: A record without the field fails (``"error"``), or goes on as it is
            (``"ignore"``).

    Example:
        >>> step = Extract("flight", r"^(?P<carrier>[A-Z]{2})(?P<number>[0-9]+)$")
        >>> step.apply([{"flight": "LH400"}])
        [{'flight': 'LH400', 'carrier': 'LH', 'number': '400'}]
    """

    takes = "field"

    field: str
    pattern: str
    strict: bool = True
    missing: Missing = "error"
    _compiled: re.Pattern[str] = attribute(init=False, eq=False)

    def __init__(
        self, field: str, pattern: str, *, strict: bool = True, missing: Missing = "error"
    ) -> None:
        name = field_name("Extract", field)
        _check_pattern(name, pattern)
        self.__attrs_init__(
            name,
            pattern,
            truth("Extract", "strict", strict),
            choice("Extract", "missing", missing, MISSING),
        )

    @_compiled.default
    def _(self) -> re.Pattern[str]:
        return re.compile(self.pattern)

    def leaves(self, known: KnownFields) -> KnownFields:
        """The fields, and those of the groups."""
        known.reading(self.label, [self.field] if self.missing == "error" else ())
        return known.adding(self._compiled.groupindex)

    def each(self, record: Record) -> tuple[Record]:
        """The record with the parts."""
        if self.field in record:
            record.update(self._parts(record[self.field]))
        elif self.missing == "error":
            raise missing(self.field, record)
        return (record,)

    def write(self, code: StepCode) -> None:
        """One search, and a field for each group."""
        key = code.bind("field", sys.intern(self.field))
        if self.missing == "error":
            self._write_parts(code, key)
            return
        with code.block(f"if {key} in record:"):
            self._write_parts(code, key)

    def explain(self, error: Exception, record: Record) -> Exception:
        """The field that is missing, and what may have been meant."""
        return expected_field([self.field], error, record)

    def _write_parts(self, code: StepCode, key: str) -> None:
        value, match = variable(code, "value"), variable(code, "match")
        groups = self._compiled.groupindex
        parts = [variable(code, "part") for _ in groups]
        search, kind = code.bind("search", self._compiled.search), code.bind("str", str)
        code.line(f"{value} = record[{key}]")
        code.line(f"{match} = {search}({value}) if isinstance({value}, {kind}) else None")
        with code.block(f"if {match} is not None:"):
            numbers = ", ".join(map(str, groups.values()))
            code.line(f"{', '.join(parts)} = {match}.group({numbers})")
        with code.block("else:"):
            code.line(f"{code.bind('parts', self._parts)}({value})")
            code.line(f"{' = '.join(parts)} = None")
        for name, part in zip(groups, parts, strict=True):
            code.line(f"record[{code.bind('field', sys.intern(name))}] = {part}")

    def _parts(self, value: Any) -> dict[str, Any]:
        match = self._compiled.search(value) if isinstance(value, str) else None
        if match is not None:
            return match.groupdict()
        if value is None or not self.strict:
            return dict.fromkeys(self._compiled.groupindex)
        if not isinstance(value, str):
            raise refused(self.field, "type", "a text is expected, got {}", shown(value))
        words = f"{{}} does not match {shown(self.pattern)}"
        raise refused(self.field, "pattern", words, shown(value))


def _check_pattern(name: str, given: object) -> None:
    if isinstance(given, re.Pattern):
        message = (
            f"Extract({name!r}) takes the text of a pattern; write flags into it, such as (?i): "
            f"got {shown(given)}"
        )
        raise mistake(message)
    pattern = text(f"Extract({name!r})", "the pattern", given)
    try:
        compiled = re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        message = f"Extract({name!r}): {shown(pattern)} is no regular expression: {error}"
        raise mistake(message) from None
    if not compiled.groupindex:
        message = (
            f"Extract({name!r}): the pattern {shown(pattern)} has no named group, such as "
            "(?P<year>[0-9]{4}), to name a field"
        )
        raise mistake(message)
