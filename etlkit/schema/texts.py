"""Texts as values: how a text has to look to be a number, a date, and so on.

The parsers take what is meant without doubt and nothing else: Python's own ones also take
underscores, spaces around, digits of other scripts and ``nan``. What they say of a text
that they refuse does not quote it, since it may be sensitive.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from math import isfinite
from typing import Any
from uuid import UUID

from etlkit.schema.text_formats import is_date, is_uuid


_BOOLS = {"true": True, "false": False, "1": True, "0": False}
_NUMBER_CHARACTERS = "0123456789+-.eE"
_TIME_CHARACTERS = "0123456789:.,+-TtZz "
_DATETIME_CHARACTERS = _TIME_CHARACTERS + "Ww"

_WRITTEN: dict[type, str] = {
    bool: "true and false are written true and false, or 1 and 0",
    date: "a date is written such as 2024-01-31",
    datetime: "a date with time is written such as 2024-01-31T12:30:00 or …12:30:00+02:00",
    Decimal: "a decimal number is written such as 12, -0.50 or 1e-3",
    float: "a number is written such as 12, -0.5 or 1e-3",
    int: "a whole number is digits, with a sign or without, such as -12",
    time: "a time is written such as 12:30 or 12:30:00",
    UUID: "a UUID is written such as 123e4567-e89b-12d3-a456-426614174000",
}


def _int(text: str) -> int:
    digits = text[1:] if text.startswith(("+", "-")) else text
    if not (digits.isdigit() and digits.isascii()):
        raise ValueError(_WRITTEN[int])
    try:
        return int(text)
    except ValueError as error:  # sys.set_int_max_str_digits
        message = f"the number has {len(digits)} digits, which is more than Python reads"
        raise ValueError(message) from error


def _float(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = None
    # what strip() leaves is not made of these characters only
    if number is None or text.strip(_NUMBER_CHARACTERS):
        raise ValueError(_WRITTEN[float])
    if not isfinite(number):
        message = "the number is too great for a float"
        raise ValueError(message)
    return number


def _bool(text: str) -> bool:
    value = _BOOLS.get(text.lower())
    if value is None:
        raise ValueError(_WRITTEN[bool])
    return value


def _decimal(text: str) -> Decimal:
    if not text.strip(_NUMBER_CHARACTERS):
        try:
            return Decimal(text)
        except ArithmeticError:
            pass
    raise ValueError(_WRITTEN[Decimal])


def _date(text: str) -> date:
    if not is_date(text):
        raise ValueError(_WRITTEN[date])
    return date.fromisoformat(text)


def _datetime(text: str) -> datetime:
    # Python takes any character between date and time
    if (text[10:11] in ("", "T", "t", " ") or "T" in text) and not text.strip(_DATETIME_CHARACTERS):
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            pass
    raise ValueError(_WRITTEN[datetime])


def _time(text: str) -> time:
    if text[2:3] == ":" and not text.strip(_TIME_CHARACTERS):
        try:
            return time.fromisoformat(text)
        except ValueError:
            pass
    raise ValueError(_WRITTEN[time])


def _uuid(text: str) -> UUID:
    if not is_uuid(text):
        raise ValueError(_WRITTEN[UUID])
    return UUID(text)


PARSERS: dict[type, Callable[[str], Any]] = {
    bool: _bool,
    date: _date,
    datetime: _datetime,
    Decimal: _decimal,
    float: _float,
    int: _int,
    time: _time,
    UUID: _uuid,
}
"""How to read a text as a value of a type; each raises ValueError with what it expects."""
