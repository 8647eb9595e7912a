"""Rules of one field that contradict each other, or that can never apply."""

from __future__ import annotations

from collections.abc import Sized
from datetime import date, datetime
from decimal import Decimal
from itertools import product
from typing import TYPE_CHECKING, Any

from etlkit._words import shown
from etlkit.schema.rules import mistake
from etlkit.schema.texts import PARSERS
from etlkit.schema.types import bounded_types, has_type


if TYPE_CHECKING:
    from etlkit.schema.fields import Field

COERCIBLE = (*PARSERS, str)
"""Types that values of another type can be turned into."""


def check_field(place: str, rules: Field) -> None:
    """Check the rules of a field against each other.

    Raises:
        SchemaError: No value could pass, or a rule says nothing; the message says why.
    """
    _check_bounds(place, rules)
    _check_lengths(place, rules)
    _check_allowed(place, rules)
    for rule in ("pattern", "format"):
        if getattr(rules, rule) is not None:
            _check_applies(place, rules, rule, str)
    if rules.fields is not None:
        _check_applies(place, rules, "fields", dict)
    if rules.items is not None:
        _check_applies(place, rules, "items", list)


def check_coercion(place: str, rules: Field) -> None:
    """Check that there is a type to turn values into.

    Raises:
        SchemaError: There is none.
    """
    if not rules.types:
        raise mistake(place, "'coerce' needs 'type', the type that values are turned into")
    if not is_coercible(rules):
        known = ", ".join(sorted(type_.__name__ for type_ in COERCIBLE))
        what = f"'coerce' cannot make a value of type {rules.type_names}; it can make {known}"
        raise mistake(place, what)


def is_coercible(rules: Field) -> bool:
    """Whether there is a type that values of another one can be turned into."""
    return any(type_ in COERCIBLE for type_ in rules.types)


def _check_bounds(place: str, rules: Field) -> None:
    bounds = rules.bounds
    if not bounds:
        return
    kinds = bounded_types(bounds.values())
    lower = {rule: bounds[rule] for rule in ("min", "exclusive_min") if rule in bounds}
    upper = {rule: bounds[rule] for rule in ("max", "exclusive_max") if rule in bounds}
    for rule, names in (("min", lower), ("max", upper)):
        if len(names) > 1:
            raise mistake(place, f"{rule!r} and 'exclusive_{rule}' say the same; keep one of them")
    for low, high in product(lower.items(), upper.items()):
        _check_order(place, low, high, kinds)
    if rules.types and not any(issubclass(t, kinds) and t is not bool for t in rules.types):
        first, bound = next(iter(bounds.items()))
        hint = next((_BOUND_HINTS[one] for one in rules.types if one in _BOUND_HINTS), "")
        words = f"{first!r} {shown(bound)} cannot be compared with type {rules.type_names}"
        raise mistake(place, f"{words}{hint}")


_BOUND_HINTS = {
    date: "; a day is written date(2024, 1, 31)",
    datetime: "; a time is written datetime(2024, 1, 31, 12, 30, tzinfo=UTC)",
    str: "; for the length of a text write 'min_length' or 'max_length'",
    Decimal: "; a decimal is written Decimal('1.50')",
}


def _check_order(
    place: str, low: tuple[str, Any], high: tuple[str, Any], kinds: tuple[type, ...]
) -> None:
    (low_rule, least), (high_rule, most) = low, high
    low_words, high_words = f"{low_rule!r} {least!r}", f"{high_rule!r} {most!r}"
    try:
        above = least > most if isinstance(most, kinds) else None
    except TypeError:  # two dates, one of them with a zone or a time
        above = None
    if above is None:
        raise mistake(place, f"{low_words} and {high_words} cannot be compared")
    if above:
        raise mistake(place, f"{low_words} is above {high_words}")
    if least == most and (low_rule, high_rule) != ("min", "max"):
        raise mistake(place, f"no value is between {low_words} and {high_words}")


def _check_lengths(place: str, rules: Field) -> None:
    low, high = rules.min_length, rules.max_length
    if low is not None and high is not None and low > high:
        raise mistake(place, f"'min_length' {low} is above 'max_length' {high}")
    for rule in ("min_length", "max_length"):
        sized = not rules.types or any(issubclass(type_, Sized) for type_ in rules.types)
        if getattr(rules, rule) is not None and not sized:
            raise mistake(place, f"{rule!r} means nothing for type {rules.type_names}")


def _check_allowed(place: str, rules: Field) -> None:
    if not rules.types or rules.allowed is None:
        return
    for value in rules.allowed:
        if not has_type(value, rules.types):
            raise mistake(
                place, f"'allowed' value {shown(value)} can never have type {rules.type_names}"
            )


def _check_applies(place: str, rules: Field, rule: str, kind: type) -> None:
    if rules.types and not any(issubclass(type_, kind) for type_ in rules.types):
        what = f"{rule!r} is for values of type {kind.__name__}, not {rules.type_names}"
        raise mistake(place, what)
