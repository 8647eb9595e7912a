"""Whether JSON holds a record as it was."""

from __future__ import annotations

import json


def json_holds(record: object, text: bytes) -> bool:
    """Whether a text of JSON gives the very record: each value equal, and of the same class."""
    try:
        return _same(record, json.loads(text))
    except (ValueError, RecursionError):
        return False


def _same(one: object, other: object) -> bool:
    if one.__class__ is not other.__class__:
        return False
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return one == other
