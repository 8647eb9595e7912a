"""Which values are the same: for the rule ``unique``.

Values are the same when they are equal, with two exceptions: True is not 1, and NaN and
None are the same as nothing, as in SQL. 1, 1.0 and Decimal(1) are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from math import isinf
from typing import Any
from uuid import UUID


class IncomparableError(TypeError):
    """A value of a type for which it is not known when two are the same."""


class Nothing(Exception):  # noqa: N818 -- it says what a value is, and is never shown
    """A value that is the same as no other: None, or NaN."""


def identity(value: Any) -> bytes:
    """Bytes that two values share just if they are the same.

    Raises:
        IncomparableError: It is not known.
        Nothing: The value is None or NaN, or has one of them inside.
    """
    write = _EXACT.get(value.__class__)
    if write is not None:
        return write(value)
    for type_, write in _WRITERS:
        if isinstance(value, type_):
            return write(value)
    raise IncomparableError(type(value).__name__)


def all_differ(values: Iterable[Any]) -> bool:
    """Whether no two values of a list are the same.

    Raises:
        IncomparableError: It is not known.
    """
    seen: set[bytes] = set()
    for value in values:
        try:
            one = identity(value)
        except Nothing:
            continue
        if one in seen:
            return False
        seen.add(one)
    return True


def joined(parts: Iterable[bytes]) -> bytes:
    """Parts one after the other, each with its length, so that no two lists run together."""
    return b"".join(b"%d:%b" % (len(part), part) for part in parts)


def _of_none(_: None) -> bytes:
    raise Nothing


def _of_str(value: str) -> bytes:
    return b"s" + value.encode("utf-8", "surrogatepass")


def _of_bool(value: bool) -> bytes:  # noqa: FBT001 -- the value itself
    return b"b1" if value else b"b0"


def _of_int(value: int) -> bytes:
    # hexadecimal: decimal takes quadratic time, and Python refuses it beyond 4 300 digits
    return b"n%x" % value if value >= 0 else b"n-%x" % -value


def _of_float(value: float) -> bytes:
    if value != value:  # noqa: PLR0124 -- NaN
        raise Nothing
    if isinf(value):
        return b"i+" if value > 0 else b"i-"
    return _of_int(int(value)) if value.is_integer() else b"r" + _ratio(value)


def _ratio(value: Any) -> bytes:
    above, below = value.as_integer_ratio()
    return b"%x/%x" % (above, below) if above >= 0 else b"-%x/%x" % (-above, below)


_MOST_DIGITS = 400  # floats have at most 309 before the point


def _of_decimal(value: Decimal) -> bytes:
    if value.is_nan():
        raise Nothing
    if value.is_infinite():
        return _of_float(float(value))
    if abs(value.adjusted()) > _MOST_DIGITS and value:  # 1e999999 would be a number of that length
        sign, digits, exponent = value.normalize().as_tuple()
        return b"d" + repr((sign, digits, exponent)).encode()
    whole = value == value.to_integral_value()
    return _of_int(int(value)) if whole else b"r" + _ratio(value)


def _of_datetime(value: datetime) -> bytes:
    # naive ones are never equal to those with a zone
    if value.utcoffset() is None:
        return b"l" + value.isoformat().encode()
    return b"z" + value.astimezone(UTC).isoformat().encode()


def _of_list(value: Iterable[Any]) -> bytes:
    return b"[" + joined([identity(one) for one in value])


def _of_dict(value: dict[Any, Any]) -> bytes:
    pairs = sorted((identity(key), identity(one)) for key, one in value.items())
    return b"{" + joined([part for pair in pairs for part in pair])


_WRITERS: tuple[tuple[type, Callable[[Any], bytes]], ...] = (
    (type(None), _of_none),
    (str, _of_str),
    (bool, _of_bool),  # before int, which it is too
    (int, _of_int),
    (float, _of_float),
    (Decimal, _of_decimal),
    (datetime, _of_datetime),  # before date, which it is too
    (date, lambda value: b"y" + value.isoformat().encode()),
    (time, lambda value: b"t" + value.isoformat().encode()),
    (UUID, lambda value: b"u" + value.bytes),
    (bytes, lambda value: b"x" + value),
    (list, _of_list),
    (tuple, _of_list),
    (dict, _of_dict),
)

_EXACT = dict(_WRITERS)
