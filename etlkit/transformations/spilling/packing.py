"""Values as bytes that read back exactly, for what does not stay in memory.

What JSON holds exactly is written as JSON. Any other value, such as a Decimal, a date, a
tuple or a whole number beyond 64 bits, is written with the name of its type. Nothing that is
read back can run code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, Context, Decimal
from typing import Any
from uuid import UUID

import orjson


_PLAIN: frozenset[type] = frozenset({str, int, bool, type(None)})
_KEYS: frozenset[type] = frozenset({str})
_MOST_NESTED = 100
_TOO_DEEP = "nested too deeply"


class Unpackable(Exception):  # noqa: N818 -- caught where it is known what to do with the value
    """A value is of a class that is not known here, or is nested too deeply."""


def is_exact(value: Any, depth: int = 0) -> bool:
    """Whether JSON holds a value exactly, as far as its classes tell."""
    kind = value.__class__
    if kind in _PLAIN:
        return True
    if kind is float:
        return bool(value - value == 0)
    if depth > _MOST_NESTED:
        return False
    if kind is list:
        return are_exact(value, depth)
    if kind is dict:
        return _KEYS.issuperset(map(type, value)) and are_exact(value.values(), depth)
    return False


def are_exact(values: Iterable[Any], depth: int = 0) -> bool:
    """Whether JSON holds each of these values exactly."""
    for value in values:
        kind = value.__class__
        if kind in _PLAIN or (kind is float and value - value == 0):
            continue
        if not is_exact(value, depth + 1):
            return False
    return True


def packed(value: Any) -> bytes:
    """A value as bytes; equal values of equal types have equal bytes, and others have not.

    Raises:
        Unpackable: It cannot be written exactly.
    """
    if is_exact(value):
        try:
            data = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
        except TypeError:  # a long whole number, or a text that is no Unicode
            pass
        else:
            if b"-0.0" not in data:
                return b"j" + data
            return b"j" + orjson.dumps(_alike(value), option=orjson.OPT_SORT_KEYS)
    return b"t" + orjson.dumps(_sorted(tagged(_alike(value))))


def _alike(value: Any, depth: int = 0) -> Any:
    """The value with one form for each of those in it that have several.

    They are 0.0 and -0.0, a Decimal with zeros at its end, and a moment, which each zone writes
    in its own way.
    """
    kind = value.__class__
    if kind in _FORMS:
        return _FORMS[kind](value)
    if depth > _MOST_NESTED:
        raise Unpackable(_TOO_DEEP)
    if kind is dict:
        return {_alike(key, depth + 1): _alike(one, depth + 1) for key, one in value.items()}
    if kind in _SEQUENCES or kind in _SETS:
        return kind([_alike(one, depth + 1) for one in value])
    return value


def _shortest(value: Decimal) -> Decimal:
    if not value.is_finite():
        return value
    return _AS_LONG_AS_NEEDED.normalize(value) if value else Decimal(0)


def _moment(value: datetime) -> datetime:
    """In UTC, unless the calendar ends before."""
    try:
        return value.replace(fold=0) if value.utcoffset() is None else value.astimezone(UTC)
    except OverflowError:
        return value


def _sorted(form: Any) -> Any:
    """What ``tagged`` made, with the keys of each dict in one order."""
    if form.__class__ is not list:
        return form
    inside = list(map(_sorted, form))
    if inside[0] == "dict":
        inside[1:] = sorted(inside[1:], key=orjson.dumps)
    return inside


def tagged(value: Any, depth: int = 0) -> Any:
    """A value as JSON in which every list begins with the name of the type it stands for.

    Raises:
        Unpackable: It cannot be written exactly.
    """
    kind = value.__class__
    if kind is float or kind in _PLAIN:
        return _tagged_plain(value)
    if depth > _MOST_NESTED:
        raise Unpackable(_TOO_DEEP)
    if kind is dict:
        pairs = [[tagged(key, depth + 1), tagged(one, depth + 1)] for key, one in value.items()]
        return ["dict", *pairs]
    if kind in _SEQUENCES:
        return [_SEQUENCES[kind], *[tagged(one, depth + 1) for one in value]]
    if kind in _SETS:
        forms = [tagged(one, depth + 1) for one in value]
        return [_SETS[kind], *sorted(forms, key=orjson.dumps)]
    if kind not in _WRITERS:
        raise Unpackable(kind.__name__)
    name, write = _WRITERS[kind]
    return [name, write(value)]


def _tagged_plain(value: Any) -> Any:
    kind = value.__class__
    if kind is int and not -(2**63) <= value < 2**64:
        return ["int", hex(value)]
    if kind is float and value - value != 0:
        return ["float", repr(value)]
    if kind is str and not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            return ["str", value.encode("utf-8", "surrogatepass").hex()]
    return value


def _instant(value: Any) -> list[Any]:
    """A date and time, or a time; of its zone only a fixed offset can be written."""
    zone = value.tzinfo
    if zone is not None and zone.__class__ is not timezone:
        raise Unpackable(type(zone).__name__)
    return [value.isoformat(), value.fold]


def untagged(form: Any) -> Any:
    """The value that ``tagged`` made this of."""
    if form.__class__ is not list:
        return form
    name, *inside = form
    if name == "dict":
        return {untagged(key): untagged(one) for key, one in inside}
    if name in _GATHERED:
        return _GATHERED[name](map(untagged, inside))
    return _READERS[name](inside[0])


_AS_LONG_AS_NEEDED = Context(prec=MAX_PREC, Emax=MAX_EMAX, Emin=MIN_EMIN)
_FORMS: dict[type, Callable[[Any], Any]] = {
    float: lambda value: value + 0.0,
    Decimal: _shortest,
    datetime: _moment,
    time: lambda value: value.replace(fold=0),
}
_SEQUENCES: dict[type, str] = {list: "list", tuple: "tuple"}
_SETS: dict[type, str] = {set: "set", frozenset: "frozenset"}
_GATHERED: dict[str, Callable[[Any], Any]] = {
    "list": list,
    "tuple": tuple,
    "set": set,
    "frozenset": frozenset,
}
_WRITERS: dict[type, tuple[str, Callable[[Any], Any]]] = {
    Decimal: ("decimal", str),
    datetime: ("datetime", _instant),
    date: ("date", date.isoformat),
    time: ("time", _instant),
    timedelta: ("timedelta", lambda value: [value.days, value.seconds, value.microseconds]),
    UUID: ("uuid", str),
    bytes: ("bytes", bytes.hex),
    bytearray: ("bytearray", bytearray.hex),
}
_READERS: dict[str, Callable[[Any], Any]] = {
    "int": lambda text: int(text, 16),
    "float": float,
    "str": lambda text: bytes.fromhex(text).decode("utf-8", "surrogatepass"),
    "decimal": Decimal,
    "datetime": lambda parts: datetime.fromisoformat(parts[0]).replace(fold=parts[1]),
    "date": date.fromisoformat,
    "time": lambda parts: time.fromisoformat(parts[0]).replace(fold=parts[1]),
    "timedelta": lambda parts: timedelta(*parts),
    "uuid": UUID,
    "bytes": bytes.fromhex,
    "bytearray": bytearray.fromhex,
}
