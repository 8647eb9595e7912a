"""Among which values those of a field are: their types, and both ends."""

from __future__ import annotations

import math

from typing import TYPE_CHECKING, Any

from etlkit.schema.types import bounded_types


if TYPE_CHECKING:
    from etlkit.schema.fields import Field


def value_types(field: Field) -> tuple[type, ...]:
    """The types of a field; where it names none, those that its other rules are about.

    A value that such a rule says nothing of passes only where the types are named.
    """
    if field.types:
        return field.types
    if field.pattern is not None or field.format is not None:
        return (str,)
    if field.bounds:
        return bounded_types(field.bounds.values())
    if field.min_length is not None or field.max_length is not None:
        return (str, list, dict)
    return ()


def value_ends(field: Field, kinds: tuple[type, ...]) -> tuple[Any, Any]:
    """The bounds on both sides, exclusive ones too, for values of these types.

    None stands where there is no bound, or one that is about other types.
    """
    bounds = field.bounds
    if not bounds or not set(bounded_types(bounds.values())) & set(kinds):
        return None, None
    low = bounds.get("exclusive_min", bounds.get("min"))
    high = bounds.get("exclusive_max", bounds.get("max"))
    return _finite(low), _finite(high)


def _finite(bound: Any) -> Any:
    return None if isinstance(bound, float) and math.isinf(bound) else bound
