"""Copies of records that may be changed in place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import deepcopy
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any


def own(record: Any) -> Any:
    """A copy of a record that may be changed in place.

    What holds values (dicts, lists, tuples, sets, and classes made of them) is copied at
    every depth; other values are shared, since the run never changes a value.
    """
    if record.__class__ is dict:
        # Most records hold nothing that has to be copied: a look at all types at once and one
        # copy of the dict take half the time of a look at each value.
        made = record.copy()
        if not _are_shared(map(type, record.values())):
            for key, inner in record.items():
                if inner.__class__ not in SHARED:
                    made[key] = _copied(inner)
        return made
    return own(dict(record)) if isinstance(record, Mapping) else _copied(record)


def own_values(values: Iterable[Any]) -> list[Any]:
    """Values that may be changed in place, such as those of one field of several records."""
    return [value if value.__class__ in SHARED else _copied(value) for value in values]


def are_flat(values: Iterable[object]) -> bool:
    """Whether none of these values holds others, so that they need no copies."""
    return _are_shared(map(type, values))


def _copied(value: Any) -> Any:
    kind = value.__class__
    if kind is dict:
        return own(value)
    if kind is list:
        return [inner if inner.__class__ in SHARED else _copied(inner) for inner in value]
    if kind is tuple:
        return tuple([inner if inner.__class__ in SHARED else _copied(inner) for inner in value])
    if isinstance(value, _CONTAINERS):  # a set, or a class of the user's that has to stay one
        return deepcopy(value)
    return value


SHARED: frozenset[type[object]] = frozenset(
    {str, int, float, bool, type(None), bytes, Decimal, date, datetime, time, timedelta}
)
"""Types of values that need no copy."""

_CONTAINERS = (dict, list, tuple, set, bytearray)
_are_shared = SHARED.issuperset
