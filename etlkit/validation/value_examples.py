"""Numbers, dates and times within bounds, drawn at random; the bounds themselves now and then."""

from __future__ import annotations

import math

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import TYPE_CHECKING, Any
from uuid import UUID

from etlkit.validation.value_space import value_ends


if TYPE_CHECKING:
    from etlkit.schema.fields import Field

__all__ = ["SCALARS"]

_MICROSECOND = timedelta(microseconds=1)
_SECOND = timedelta(seconds=1)
_FIRST_DAY = date(2000, 1, 1).toordinal()
_DAYS = 30 * 365
_DAY = 86_400


def _whole(low: int | None, high: int | None, start: int, span: int, random: Random) -> int:
    """A whole number within bounds, which are themselves likely."""
    if low is None:
        low = start if high is None or start <= high else high - span
    if high is None:
        high = max(start, low) + span
    if low >= high:
        return low
    return random.choice((low, low + 1, high - 1, high, *_several(low, high, random)))


def _several(low: int, high: int, random: Random) -> list[int]:
    return [random.randint(low, high) for _ in range(8)]


def _int(field: Field, random: Random) -> int:
    low, high = value_ends(field, (int, float))
    return _whole(
        None if low is None else math.ceil(low),
        None if high is None else math.floor(high),
        start=-100,
        span=1100,
        random=random,
    )


def _real(low: Any, high: Any, random: Random) -> Fraction:
    """A number within bounds, mostly one of few digits."""
    least = Fraction(-100 if low is None and high is None else high - 1000 if low is None else low)
    most = least + 1100 if high is None else Fraction(high)
    drawn = least + (most - least) * Fraction(random.randint(1, 999), 1000)
    short = Fraction(round(drawn, 2))
    inside = short if least < short < most else drawn
    return random.choice((least, most, inside, inside, inside, inside))


def _float(field: Field, random: Random) -> float | int:
    number = _real(*value_ends(field, (int, float)), random)
    try:
        return float(number)
    except OverflowError:  # a bound beyond the floats; an int passes as well
        return round(number)


def _decimal(field: Field, random: Random) -> Decimal:
    number = _real(*value_ends(field, (Decimal,)), random)
    exact = Decimal(number.numerator) / Decimal(number.denominator)
    return random.choice((exact, exact, exact.normalize()))


def _date(field: Field, random: Random) -> date:
    low, high = (end and end.toordinal() for end in value_ends(field, (date,)))
    day = _whole(low, high, start=_FIRST_DAY, span=_DAYS, random=random)
    return date.fromordinal(min(max(day, 1), date.max.toordinal()))


def _datetime(field: Field, random: Random) -> datetime:
    low, high = value_ends(field, (datetime,))
    bound: datetime | None = low or high
    zone = random.choice((None, UTC)) if bound is None else bound.tzinfo
    start = datetime(2000, 1, 1, tzinfo=zone)
    least, most = (None if end is None else (end - start) // _SECOND for end in (low, high))
    seconds = _whole(least, most, start=0, span=_DAYS * _DAY, random=random)
    if low is not None and seconds == least:  # a bound between two seconds is met exactly
        first: datetime = random.choice((low, low + _MICROSECOND))
        return first
    try:
        return start + seconds * _SECOND
    except OverflowError:  # beyond the years that Python has
        return bound or start


def _time(field: Field, random: Random) -> time:
    low, high = value_ends(field, (time,))
    least = 0 if low is None else _seconds(low)
    most = _DAY - 1 if high is None else _seconds(high)
    seconds = _whole(least, most, start=0, span=_DAY, random=random)
    if low is not None and seconds == least:
        first: time = random.choice((low, low.replace(microsecond=999_999)))
        return first
    minutes, second = divmod(seconds, 60)
    bound: time | None = low or high
    return time(*divmod(minutes, 60), second, tzinfo=bound.tzinfo if bound else None)


def _seconds(of_day: time) -> int:
    return of_day.hour * 3600 + of_day.minute * 60 + of_day.second


SCALARS: dict[type, Callable[[Field, Random], Any]] = {
    bool: lambda field, random: random.random() < 0.5,  # noqa: ARG005, PLR2004 -- as likely as not
    date: _date,
    datetime: _datetime,
    Decimal: _decimal,
    float: _float,
    int: _int,
    time: _time,
    UUID: lambda field, random: UUID(int=random.getrandbits(128), version=4),  # noqa: ARG005 -- bounds on it are rare
}
"""A value of a type that is likely to keep the rules of a field; who draws has to see."""
