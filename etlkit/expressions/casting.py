"""Values as another type: strictly, so that a cast loses nothing or fails."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

from etlkit.expressions.bounds import check_digits, is_finite
from etlkit.schema.texts import PARSERS


MOST_DIGITS = 400
"""Of a whole number that a Decimal such as 1E+999999 would be."""


def cast(value: Any, kind: type, *, strict: bool = True) -> Any:
    """The value as a type; None stays None.

    Raises:
        ValueError: There is no such value, and ``strict`` is true. What it says does not
            quote the value.
    """
    if value is None or value.__class__ is kind:
        return value
    try:
        return _cast(value, kind)
    except ValueError:
        if strict:
            raise
        return None


def _cast(value: Any, kind: type) -> Any:
    if isinstance(value, str):
        text = str.__str__(value)
        return text if kind is str else PARSERS[kind](text)
    for type_ in type(value).__mro__:
        make = _MAKERS.get((kind, type_))
        if make is not None:
            return make(value)
    message = f"a value of type {type(value).__name__} has no such form"
    raise ValueError(message)


def _whole(value: Any) -> int:
    if not is_finite(value):
        raise ValueError(_NOT_FINITE)
    if isinstance(value, Decimal) and value.adjusted() > MOST_DIGITS:
        message = f"the number has more than {MOST_DIGITS} digits"
        raise ValueError(message)
    whole = int(value)
    if whole != value:
        message = "it has a fraction; .round(), .floor() or .ceil() first"
        raise ValueError(message)
    return whole


_NOT_FINITE = "it is not finite"


def _real(value: int | Decimal) -> float:
    try:
        number = float(value)
    except (OverflowError, ValueError) as error:
        message = "the number is too great for a float"
        raise ValueError(message) from error
    if not is_finite(number):
        raise ValueError(_NOT_FINITE)
    if isinstance(value, int) and number != value:
        message = "a float has no room for all its digits; decimal has"
        raise ValueError(message)
    return number


def _truth(value: int) -> bool:
    if value in {0, 1}:
        return value == 1
    message = "of numbers, 0 and 1 are false and true"
    raise ValueError(message)


def _decimal(value: float) -> Decimal:
    if not is_finite(value):
        raise ValueError(_NOT_FINITE)
    return Decimal(repr(value))


def _decimal_of_whole(value: int) -> Decimal:
    return Decimal(check_digits(value))


def _written(value: Any) -> str:
    if not is_finite(value):
        raise ValueError(_NOT_FINITE)
    return repr(value) if isinstance(value, float) else str(value)


def _written_whole(value: int) -> str:
    return int.__repr__(value)  # raises ValueError beyond what Python writes


def _written_truth(value: bool) -> str:  # noqa: FBT001 -- it is the value
    return "true" if value else "false"


def _same(value: Any) -> Any:
    return value


def _midnight(value: date) -> datetime:
    return datetime(value.year, value.month, value.day)  # noqa: DTZ001 -- a date has no zone


def _no_date(value: datetime) -> date:  # noqa: ARG001 -- whatever it is
    message = "it has a time; .dt.date() takes its date"
    raise ValueError(message)


_MAKERS: dict[tuple[type, type], Callable[[Any], Any]] = {
    (bool, int): _truth,
    (date, date): _same,
    (date, datetime): _no_date,
    (datetime, date): _midnight,
    (datetime, datetime): _same,
    (Decimal, bool): Decimal,
    (Decimal, Decimal): _same,
    (Decimal, float): _decimal,
    (Decimal, int): _decimal_of_whole,
    (float, Decimal): _real,
    (float, int): _real,
    (int, bool): int,
    (int, Decimal): _whole,
    (int, float): _whole,
    (int, int): int,
    (float, float): float,
    (str, bool): _written_truth,
    (str, date): date.isoformat,
    (str, datetime): datetime.isoformat,
    (str, Decimal): _written,
    (str, float): _written,
    (str, int): _written_whole,
    (str, time): time.isoformat,
    (str, UUID): str,
    (time, time): _same,
    (UUID, UUID): _same,
}
"""How to make a value of the first type of one of the second, or of a subclass of it."""
