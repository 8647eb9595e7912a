"""The types that values may have, their names, and what belongs to a type."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time
from decimal import Decimal
from uuid import UUID


TYPE_NAMES: dict[str, type] = {
    "array": list,
    "bool": bool,
    "boolean": bool,
    "date": date,
    "datetime": datetime,
    "decimal": Decimal,
    "dict": dict,
    "float": float,
    "int": int,
    "integer": int,
    "list": list,
    "number": float,
    "object": dict,
    "str": str,
    "string": str,
    "time": time,
    "uuid": UUID,
}
"""What a type may be called in a schema: the words of Python and of JSON Schema."""

TYPES_ELSEWHERE = {
    "bigint": "int",
    "datetime64": "datetime",
    "double": "float",
    "long": "int",
    "numeric": "decimal",
    "text": "str",
    "timestamp": "datetime",
    "varchar": "str",
}
"""What databases and libraries of data frames call a type."""

_NUMBERS = (int, float)


def has_type(value: object, types: tuple[type, ...]) -> bool:
    """Whether a value has one of the types.

    A bool is no int, an int passes for a float (as PEP 484 has it), and a datetime is no
    date, although Python's classes say otherwise.

    Example:
        >>> has_type(True, (int,)), has_type(1, (float,)), has_type(1.0, (int,))
        (False, True, False)
    """
    for type_ in types:
        if type_ is float and isinstance(value, int) and not isinstance(value, bool):
            return True
        if isinstance(value, type_) and not isinstance(value, _LEFT_OUT.get(type_, ())):
            return True
    return False


_LEFT_OUT: dict[type, type] = {int: bool, date: datetime}
"""Subclasses whose values are not what somebody who names the class means."""


def is_checkable(kind: type) -> bool:
    """Whether ``isinstance`` takes it; not so Any, a TypedDict and most protocols."""
    try:
        isinstance(None, kind)
    except TypeError:
        return False
    return True


def bounded_types(bounds: Iterable[object]) -> tuple[type, ...]:
    """The types of values that bounds such as these apply to."""
    bound = next(iter(bounds))
    return _NUMBERS if isinstance(bound, _NUMBERS) else (type(bound),)
