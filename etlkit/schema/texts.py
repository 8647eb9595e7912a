"""Texts as values: how a text has to look to be a number, a date, and so on.

The parsers take what is meant without doubt and nothing else: Python's own ones also take
underscores, spaces around, digits of other scripts and ``nan``. Nor do they take what the
value would not keep: digits of a second beyond the sixth, or those of a whole number that
no float is equal to. What they say of a text that they refuse does not quote it, since it
may be sensitive.
"""

from __future__ import annotations

import re

from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from functools import cache
from math import isfinite
from re import Pattern
from typing import Any, TypeVar
from uuid import UUID

from etlkit.schema.text_formats import is_date, is_uuid


_BOOLS = {"true": True, "false": False, "1": True, "0": False}
_NUMBER_CHARACTERS = "0123456789+-.eE"

MOST_EXACT = 2.0**53
"""Up to here each whole number is a float."""

# Python also takes half a minute for half a second (12:30.5), and offsets of 60 minutes
_HOUR, _SIXTY = "(?:[01][0-9]|2[0-3])", "[0-5][0-9]"
_OFFSET = rf"[+-]{_HOUR}(?::?{_SIXTY}(?::?{_SIXTY}(?:\.[0-9]{{1,6}})?)?)?"
_CLOCK = rf"{_HOUR}:{_SIXTY}(?::{_SIXTY}(?:[.,][0-9]{{1,6}}([0-9]*))?)?(?:[Zz]|{_OFFSET})?"
_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"

_TOO_FINE = "the seconds have more than 6 digits after the point, which a time does not keep"
_TOO_LONG = "a float has no room for all digits of the number; int and decimal have"

_Moment = TypeVar("_Moment", datetime, time)

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
    digits, exponent, _ = text.lower().partition("e")
    if number == 0 and digits.strip("+-0."):
        message = "the number is too near to zero for a float"
        raise ValueError(message)
    if abs(number) >= MOST_EXACT and not exponent and Decimal(text) != Decimal(number):
        raise ValueError(_TOO_LONG)
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


@cache
def _date_and_clock() -> Pattern[str]:
    return re.compile(f"{_DAY}[Tt ]{_CLOCK}")


@cache
def _clock() -> Pattern[str]:
    return re.compile(_CLOCK)


def _datetime(text: str) -> datetime:
    return _moment(text, _date_and_clock(), datetime)


def _time(text: str) -> time:
    return _moment(text, _clock(), time)


def _moment(text: str, form: Pattern[str], type_: type[_Moment]) -> _Moment:
    found = form.fullmatch(text)
    if found is None:
        raise ValueError(_WRITTEN[type_])
    if found[1] and found[1].strip("0"):
        raise ValueError(_TOO_FINE)
    try:
        return type_.fromisoformat(text.upper())
    except ValueError as error:
        raise ValueError(_WRITTEN[type_]) from error


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
