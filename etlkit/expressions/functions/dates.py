"""Functions of dates, times and durations."""

from __future__ import annotations

import re

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from typing import Any

from etlkit.expressions.registry import (
    CLOCK,
    DAY,
    DURATION,
    MOMENT,
    NUMBER,
    TEXT,
    WHOLE,
    Example,
    choice,
    function,
    option,
)


_DAY = date(2026, 1, 31)
_AT = datetime(2026, 1, 31, 12, 30, 15, tzinfo=UTC)


@function(
    "dt.year", DAY, WHOLE, Example("F.day.dt.year()", {"day": _DAY}, 2026), template="{0}.year"
)
def year(day: Any, /) -> int:
    """The year."""
    return int(day.year)


@function(
    "dt.month", DAY, WHOLE, Example("F.day.dt.month()", {"day": _DAY}, 1), template="{0}.month"
)
def month(day: Any, /) -> int:
    """The month, from 1 to 12."""
    return int(day.month)


@function("dt.day", DAY, WHOLE, Example("F.day.dt.day()", {"day": _DAY}, 31), template="{0}.day")
def day_of_month(day: Any, /) -> int:
    """The day of the month, from 1 to 31."""
    return int(day.day)


@function(
    "dt.quarter",
    DAY,
    WHOLE,
    Example("F.day.dt.quarter()", {"day": _DAY}, 1),
    inline="({0}.month + 2) // 3",
)
def quarter(day: Any, /) -> int:
    """The quarter of the year, from 1 to 4."""
    return (int(day.month) + 2) // 3


@function(
    "dt.week",
    DAY,
    WHOLE,
    Example("F.day.dt.week()", {"day": _DAY}, 5),
    inline="{0}.isocalendar()[1]",
)
def week(day: Any, /) -> int:
    """The week of the year by ISO 8601, from 1 to 53."""
    return int(day.isocalendar()[1])


@function(
    "dt.weekday",
    DAY,
    WHOLE,
    Example("F.day.dt.weekday()", {"day": _DAY}, 6),
    template="{0}.isoweekday()",
)
def weekday(day: Any, /) -> int:
    """The day of the week, from 1 for Monday to 7 for Sunday."""
    return int(day.isoweekday())


@function(
    "dt.day_of_year",
    DAY,
    WHOLE,
    Example("F.day.dt.day_of_year()", {"day": _DAY}, 31),
    inline="{0}.timetuple().tm_yday",
)
def day_of_year(day: Any, /) -> int:
    """The day of the year, from 1 to 366."""
    return int(day.timetuple().tm_yday)


@function("dt.hour", CLOCK, WHOLE, Example("F.at.dt.hour()", {"at": _AT}, 12), template="{0}.hour")
def hour(at: Any, /) -> int:
    """The hour, from 0 to 23."""
    return int(at.hour)


@function(
    "dt.minute", CLOCK, WHOLE, Example("F.at.dt.minute()", {"at": _AT}, 30), template="{0}.minute"
)
def minute(at: Any, /) -> int:
    """The minute, from 0 to 59."""
    return int(at.minute)


@function(
    "dt.second", CLOCK, WHOLE, Example("F.at.dt.second()", {"at": _AT}, 15), template="{0}.second"
)
def second(at: Any, /) -> int:
    """The second, from 0 to 59."""
    return int(at.second)


@function("dt.date", DAY, DAY, Example("F.at.dt.date()", {"at": _AT}, _DAY))
def date_of(day: Any, /) -> date:
    """The date, without the time."""
    return date(day.year, day.month, day.day)


@function(
    "dt.time",
    MOMENT,
    CLOCK,
    Example("F.at.dt.time()", {"at": _AT}, time(12, 30, 15)),
    inline="{0}.time()",
)
def time_of(at: Any, /) -> Any:
    """The time of the day, without the date and the time zone."""
    return at.time()


_UNITS = ("year", "quarter", "month", "week", "day", "hour", "minute", "second")
_BELOW = {
    "day": {"hour": 0, "minute": 0, "second": 0, "microsecond": 0},
    "hour": {"minute": 0, "second": 0, "microsecond": 0},
    "minute": {"second": 0, "microsecond": 0},
    "second": {"microsecond": 0},
}


def _check_unit(options: Mapping[str, Any]) -> None:
    choice("unit", options.get("unit"), _UNITS)


@function(
    "dt.truncate",
    DAY,
    DAY,
    Example("F.day.dt.truncate('month')", {"day": _DAY}, date(2026, 1, 1)),
    Example("F.at.dt.truncate('hour')", {"at": _AT}, datetime(2026, 1, 31, 12, tzinfo=UTC)),
    check=_check_unit,
)
def truncate(day: Any, /, unit: str) -> Any:
    """The beginning of the year, quarter, month, week, day, hour, minute or second."""
    if isinstance(day, datetime):
        parts: Any = _BELOW.get(unit, _BELOW["day"])
        day = day.replace(**parts)
    if unit == "week":
        return day - timedelta(days=day.weekday())
    if unit == "quarter":
        return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
    if unit == "year":
        return day.replace(month=1, day=1)
    return day.replace(day=1) if unit == "month" else day


_NO_SIGN = "it has no sign such as %Y"


def _check_format(options: Mapping[str, Any]) -> None:
    option("format", options.get("format"), str, "a text")
    try:
        if "%" not in options["format"]:
            raise ValueError(_NO_SIGN)  # noqa: TRY301 -- said as what strptime raises
        datetime.strptime(_AT.strftime(options["format"]), options["format"])  # noqa: DTZ007 -- only looked at
    except (ValueError, re.error) as error:
        message = f"{options['format']!r} is no format of dates such as '%d.%m.%Y': {error}"
        raise ValueError(message) from error


def _check_writing(options: Mapping[str, Any]) -> None:
    option("format", options.get("format"), str, "a text")


@function(
    "dt.format",
    DAY,
    TEXT,
    Example("F.day.dt.format('%d.%m.%Y')", {"day": _DAY}, "31.01.2026"),
    check=_check_writing,
    inline="{0}.strftime({format})",
)
def formatted(day: Any, /, format: str) -> str:  # noqa: A002 -- the field's word
    """The date or time as a text, with the signs of ``strftime``; ``.cast(str)`` is ISO 8601."""
    return str(day.strftime(format))


@function(
    "str.to_date",
    TEXT,
    DAY,
    Example("F.day.str.to_date('%d.%m.%Y')", {"day": "31.01.2026"}, _DAY),
    check=_check_format,
)
def to_date(text: str, /, format: str) -> date:  # noqa: A002 -- the field's word
    """The date that a text of a format stands for; ``.cast('date')`` reads ISO 8601."""
    return datetime.strptime(text, format).date()  # noqa: DTZ007 -- a date has no zone


@function(
    "str.to_datetime",
    TEXT,
    MOMENT,
    Example(
        "F.at.str.to_datetime('%Y-%m-%d %H:%M:%S %z')", {"at": "2026-01-31 12:30:15 +0000"}, _AT
    ),
    check=_check_format,
)
def to_datetime(text: str, /, format: str) -> datetime:  # noqa: A002 -- the field's word
    """The date with time that a text of a format stands for; it has a zone if the text has."""
    return datetime.strptime(text, format)  # noqa: DTZ007 -- with %z there is a zone


_PER_SECOND = {"s": 1, "ms": 1_000, "us": 1_000_000}
_BEGIN = datetime(1970, 1, 1, tzinfo=UTC)


def _check_since(options: Mapping[str, Any]) -> None:
    choice("unit", options["unit"], _PER_SECOND)


@function(
    "from_epoch",
    NUMBER,
    MOMENT,
    Example("F.ts.from_epoch('ms')", {"ts": 1769862615000}, _AT),
    check=_check_since,
)
def from_epoch(number: Any, /, unit: str = "s") -> datetime:
    """The time, in UTC, so many seconds (``s``, ``ms`` or ``us``) after the begin of 1970."""
    if isinstance(number, int):
        return _BEGIN + timedelta(microseconds=number * 1_000_000 // _PER_SECOND[unit])
    return _BEGIN + timedelta(seconds=float(number) / _PER_SECOND[unit])


@function(
    "dt.epoch",
    MOMENT,
    WHOLE,
    Example("F.at.dt.epoch()", {"at": _AT}, 1769862615),
    check=_check_since,
)
def epoch(at: Any, /, unit: str = "s") -> int:
    """The whole seconds (``s``, ``ms`` or ``us``) since the begin of 1970."""
    return int((_aware(at) - _BEGIN) // timedelta(microseconds=1_000_000 // _PER_SECOND[unit]))


def _aware(at: Any) -> Any:
    if at.tzinfo is None:
        message = "the time has no zone; .dt.set_zone('UTC') says which it is"
        raise ValueError(message)
    return at


@lru_cache(maxsize=64)
def _zone(name: str) -> tzinfo:
    if name == "UTC":
        return UTC
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name)
    except (LookupError, OSError, ValueError) as error:
        message = f"there is no time zone {name!r}; their names are such as 'Europe/Berlin'"
        raise ValueError(message) from error


def _check_zone(options: Mapping[str, Any]) -> None:
    option("zone", options.get("zone"), str, "the name of a time zone")
    _zone(options["zone"])


@function(
    "dt.to_zone",
    MOMENT,
    MOMENT,
    Example("F.at.dt.to_zone('UTC')", {"at": _AT}, _AT),
    check=_check_zone,
)
def to_zone(at: Any, /, zone: str) -> Any:
    """The same moment on the clocks of another time zone."""
    return _aware(at).astimezone(_zone(zone))


@function(
    "dt.set_zone",
    MOMENT,
    MOMENT,
    Example("F.at.dt.set_zone('UTC')", {"at": _AT.replace(tzinfo=None)}, _AT),
    check=_check_zone,
)
def set_zone(at: Any, /, zone: str) -> Any:
    """The time with the zone that it was meant in; one that has a zone is refused."""
    if at.tzinfo is not None:
        message = "the time has a zone; .dt.to_zone(...) shows it on other clocks"
        raise ValueError(message)
    return at.replace(tzinfo=_zone(zone))


@function(
    "dt.total_seconds",
    DURATION,
    NUMBER,
    Example(
        "(F.end - F.start).dt.total_seconds()",
        {"start": _AT, "end": _AT + timedelta(minutes=1)},
        60.0,
    ),
    template="{0}.total_seconds()",
)
def total_seconds(duration: Any, /) -> float:
    """The duration in seconds."""
    return float(duration.total_seconds())


@function(
    "dt.total_days",
    DURATION,
    NUMBER,
    Example(
        "(F.end - F.start).dt.total_days()",
        {"start": _DAY, "end": _DAY + timedelta(days=7)},
        7.0,
    ),
    inline="{0} / {day}",
    uses={"day": timedelta(days=1)},
)
def total_days(duration: Any, /) -> float:
    """The duration in days of 24 hours."""
    return float(duration / timedelta(days=1))
