"""The values that a cursor may have: how they are told, compared and kept."""

from __future__ import annotations

import math
import re

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any, NoReturn

from attrs import frozen

from etlkit._words import shown
from etlkit.errors import ConfigurationError
from etlkit.schema.texts import PARSERS


_LOOKS_LIKE_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:?\d\d")
_MOST_BITS = 1000  # a lag that is a float can be taken from any of them


@frozen
class CursorKind:
    """One kind of values; values of one kind can be compared.

    Attributes:
        name: The word for it in what is kept.
        words: The word for it in messages.
        value: Makes a value comparable; raises ValueError with the reason.
        text: Writes a value down.
        lag_type: What the lag has to be; None where there can be none.
    """

    name: str
    words: str
    value: Callable[[object], Any]
    text: Callable[[Any], str]
    lag_type: type | tuple[type, ...] | None = None

    def back(self, value: Any, lag: Any) -> Any:
        """The value that lies by the lag before another one."""
        try:
            return min(value, value - lag)  # a float may round up
        except OverflowError:  # before the year 1
            return datetime.min.replace(tzinfo=UTC) if self is MOMENT else date.min


def _number(given: object) -> int | float:
    if isinstance(given, bool) or not isinstance(given, (int, float)):
        _refuse("a number", given)
    if isinstance(given, float) and not math.isfinite(given):
        message = "NaN and infinity have no place in an order"
        raise ValueError(message)
    if isinstance(given, int) and given.bit_length() > _MOST_BITS:
        message = f"the number has more than {_MOST_BITS} bits"
        raise ValueError(message)
    return given


def _number_from(given: object) -> int | float:
    if not isinstance(given, str):
        return _number(given)
    return _number(float(given) if set(".e") & set(given) else int(given))


def _text(given: object) -> str:
    if not isinstance(given, str):
        _refuse("a text", given)
    try:
        given.encode()
    except UnicodeEncodeError as error:
        message = "the text has half of a surrogate pair"
        raise ValueError(message) from error
    return given


def _moment(given: object) -> datetime:
    if isinstance(given, datetime) and type(given) is not datetime:
        given = given.isoformat()  # that of pandas has nanoseconds, which must not be lost
    if isinstance(given, str):
        given = PARSERS[datetime](given)
    if not isinstance(given, datetime):
        _refuse("a date with time", given)
    if given.utcoffset() is None:
        message = "it has no time zone, so it is no moment in time"
        raise ValueError(message)
    try:
        return given.astimezone(UTC)
    except OverflowError as error:
        message = "in UTC it lies outside of the years 1 to 9999"
        raise ValueError(message) from error


def _day(given: object) -> date:
    if isinstance(given, str):
        given = PARSERS[date](given)
    if isinstance(given, datetime) or not isinstance(given, date):
        _refuse("a date", given)
    return given


def _refuse(expected: str, given: object) -> NoReturn:
    message = f"{expected} is expected, got {type(given).__name__}"
    raise ValueError(message)


NUMBER = CursorKind("number", "numbers", _number, repr, (int, float))
TEXT = CursorKind("text", "texts", _text, str)
MOMENT = CursorKind("moment", "moments", _moment, datetime.isoformat, timedelta)
DAY = CursorKind("date", "dates", _day, date.isoformat, timedelta)

KINDS = {kind.name: kind for kind in (NUMBER, TEXT, MOMENT, DAY)}
KIND_OF = {int: NUMBER, float: NUMBER, str: TEXT, datetime: MOMENT, date: DAY}


def from_text(kind: CursorKind, text: str) -> Any:
    """The value of a text that was kept."""
    return _number_from(text) if kind is NUMBER else kind.value(text)


def kind_for(value: object, field: str) -> CursorKind | None:
    """The kind of a value that nobody named; None for what cannot be a cursor.

    Raises:
        ConfigurationError: It is a text that looks like a moment, which would not be
            compared as one.
    """
    if isinstance(value, str) and _LOOKS_LIKE_MOMENT.match(value):
        message = (
            f"values of the cursor field {field!r} are texts that look like moments; pass "
            "type=datetime to compare them as moments, or type=str to compare them as texts, "
            "which is right only if all are written alike"
        )
        raise ConfigurationError(message)
    for type_ in (bool, datetime, date, int, float, str):
        if isinstance(value, type_):
            return KIND_OF.get(type_)
    return None


def bound(kind: CursorKind, given: object, name: str) -> Any:
    """A value that was passed as ``start`` or ``end``.

    Raises:
        ConfigurationError: It is of another kind, or a time without a zone.
    """
    if given is None:
        return None
    try:
        return kind.value(given)
    except ValueError as error:
        hint = ""
        if isinstance(given, datetime) and given.tzinfo is None:
            hint = "; pass one with a zone, such as datetime(2024, 1, 31, tzinfo=UTC)"
        message = f"{name} is {shown(given)}: {error}{hint}"
        raise ConfigurationError(message) from error


def check_lag(kind: CursorKind | None, lag: object) -> None:
    """Check a lag against the kind of the values, where that is known.

    Raises:
        ConfigurationError: It cannot be taken from such values, or is not above 0.
    """
    if lag is None:
        return
    if isinstance(lag, bool) or not isinstance(lag, (int, float, timedelta)):
        message = f"lag is a timedelta, or a number for cursors that are numbers, got {shown(lag)}"
        raise ConfigurationError(message)
    zero: Any = timedelta(0) if isinstance(lag, timedelta) else 0
    if not zero < lag or lag == math.inf:
        message = f"lag is above 0, got {shown(lag)}"
        raise ConfigurationError(message)
    if kind is None:
        return
    if kind.lag_type is None or not isinstance(lag, kind.lag_type):
        message = f"a lag of {shown(lag)} cannot be taken from cursors that are {kind.words}"
        raise ConfigurationError(message)
    if kind is DAY and isinstance(lag, timedelta) and lag % timedelta(days=1):
        message = f"a lag from dates is of whole days, got {shown(lag)}"
        raise ConfigurationError(message)
