"""What makes two records the same in a test: values of the same type that are equal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from etlkit.transformations.typed_keys import typed


def exact(value: Any) -> Any:
    """What tells values apart at every depth; it is equal for the same values only.

    1, 1.0 and True are three values, and so are a list and a tuple of the same items. All
    NaN are one value. The order of the fields of a dict does not matter.
    """
    make = _MAKERS.get(value.__class__)
    if make is not None:
        return make(value)
    try:
        return typed(value)
    except TypeError:  # it has no hash
        return _by_parts(value)


def _by_parts(value: Any) -> Any:
    if isinstance(value, Mapping):
        return value.__class__, _of_dict(value)
    if isinstance(value, (list, set)):
        return value.__class__, tuple(map(exact, value))
    return value.__class__, repr(value)


def _of_dict(value: Mapping[Any, Any]) -> Any:
    return dict, frozenset((exact(key), exact(inner)) for key, inner in value.items())


def _of_items(value: Iterable[Any]) -> Any:
    return value.__class__, tuple(map(exact, value))


def _of_set(value: Iterable[Any]) -> Any:
    return value.__class__, frozenset(map(exact, value))


_MAKERS: Mapping[type, Callable[[Any], Any]] = MappingProxyType(
    {dict: _of_dict, frozenset: _of_set, list: _of_items, set: _of_set, tuple: _of_items}
)
