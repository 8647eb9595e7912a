"""Copies of records that may be changed in place."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any


def own(record: Any) -> Any:
    """A copy of a record that may be changed in place.

    What holds values (dicts, lists, tuples, sets, and classes made of them) is copied at
    every depth; other values are shared, since the run never changes a value.
    """
    if record.__class__ is not dict and isinstance(record, Mapping):
        record = dict(record)
    return _copied(record)


def _copied(value: Any) -> Any:
    kind = value.__class__
    if kind is dict:
        return {
            key: inner if inner.__class__ in _SHARED else _copied(inner)
            for key, inner in value.items()
        }
    if kind is list:
        return [inner if inner.__class__ in _SHARED else _copied(inner) for inner in value]
    if kind is tuple:
        return tuple([inner if inner.__class__ in _SHARED else _copied(inner) for inner in value])
    if isinstance(value, _CONTAINERS):  # a set, or a class of the user's that has to stay one
        return deepcopy(value)
    return value


_SHARED: frozenset[type[object]] = frozenset({str, int, float, bool, type(None)})
_CONTAINERS = (dict, list, tuple, set, bytearray)
