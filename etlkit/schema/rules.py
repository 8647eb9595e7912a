"""The rules of a field as users write them: their names, and what each may say."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from etlkit._functions import is_function
from etlkit._words import did_you_mean, shown
from etlkit.errors import SchemaError
from etlkit.schema.patterns import matcher
from etlkit.schema.text_formats import FORMATS
from etlkit.schema.types import TYPE_NAMES, TYPES_ELSEWHERE, is_checkable


SEVERITIES = ("error", "warning")

_RULES_ELSEWHERE = {
    "choices": "allowed",
    "enum": "allowed",
    "exclusivemaximum": "exclusive_max",
    "exclusiveminimum": "exclusive_min",
    "ge": "min",
    "gt": "exclusive_min",
    "le": "max",
    "lt": "exclusive_max",
    "maximum": "max",
    "maxlength": "max_length",
    "minimum": "min",
    "minlength": "min_length",
    "optional": "required",
    "properties": "fields",
    "regex": "pattern",
    "schema": "fields",
    "values": "allowed",
}
"""What JSON Schema and other validators call a rule, in small letters."""


def mistake(name: str, what: str) -> SchemaError:
    """What is wrong with the rules of a field; ``name`` is its place: ``contact.email``."""
    return SchemaError(f"field {name!r}: {what}")


def claim(name: str, rule: str, value: object) -> bool:
    """True or False.

    Raises:
        SchemaError: It is something else.
    """
    if not isinstance(value, bool):
        raise mistake(name, f"{rule!r} is True or False, got {shown(value)}")
    return value


def _types(name: str, rule: str, value: object) -> tuple[type, ...]:
    given: Sequence[object] = value if isinstance(value, (list, tuple)) else (value,)
    if not given:
        raise mistake(name, f"{rule!r} has no types; leave it out to allow any")
    return tuple(_type(name, rule, one) for one in given)


def _type(name: str, rule: str, value: object) -> type:
    if value is None or value is type(None) or value == "null":
        got = repr(value) if isinstance(value, str) else "None"
        raise mistake(name, f"{rule!r} has {got}; write 'nullable': True instead")
    if isinstance(value, type):
        if not is_checkable(value):
            raise mistake(
                name, f"{rule!r} {shown(value)} is no class that values can be checked against"
            )
        return value
    if isinstance(value, str):
        return TYPE_NAMES[_one_of(name, rule, value, TYPE_NAMES, TYPES_ELSEWHERE)]
    raise mistake(name, f"{rule!r} is a type such as int, or a list of types, got {shown(value)}")


def _one_of(
    name: str,
    rule: str,
    value: str,
    known: Collection[str],
    elsewhere: Mapping[str, str] = MappingProxyType({}),
) -> str:
    if value in known:
        return value
    names = ", ".join(sorted(known))
    hint = did_you_mean(value, known, elsewhere)
    if rule == "type" and value in FORMATS:
        hint = f"; write 'type': 'str', 'format': {value!r}"
    raise mistake(name, f"unknown {rule!r} {shown(value)}{hint}; the names are {names}")


def _allowed(name: str, rule: str, value: object) -> tuple[Any, ...]:
    if isinstance(value, (str, bytes, Mapping)) or not isinstance(value, Collection):
        raise mistake(name, f"{rule!r} is a list of values, got {shown(value)}")
    if not value:
        raise mistake(name, f"{rule!r} is empty, so no value could pass")
    if None in value:
        raise mistake(name, f"{rule!r} has None; write 'nullable': True instead")
    for one in value:
        if one != one:  # noqa: PLR0124 -- NaN
            raise mistake(name, f"{rule!r} has {one!r}, which equals no value")
    return tuple(value)


def _bound(name: str, rule: str, value: object) -> object:
    if isinstance(value, bool) or not _has_order(value):
        raise mistake(
            name, f"{rule!r} is a number or another value with an order, got {shown(value)}"
        )
    return value


def _has_order(value: Any) -> bool:
    """Whether values of its type have an order, and this one a place in it; NaN has none."""
    try:
        return bool(value <= value)  # noqa: PLR0124 -- NaN
    except (ArithmeticError, TypeError, ValueError):
        return False


def _length(name: str, rule: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise mistake(name, f"{rule!r} is a whole number from 0, got {shown(value)}")
    return value


def _pattern(name: str, rule: str, value: object) -> str:
    if not isinstance(value, str):
        raise mistake(name, f"{rule!r} is a regular expression in a text, got {shown(value)}")
    try:
        matcher(value)
    except ValueError as error:
        message = f"{rule!r} {shown(value)} {error}"
        raise mistake(name, message) from error
    return value


def _format(name: str, rule: str, value: object) -> str:
    if not isinstance(value, str):
        raise mistake(name, f"{rule!r} is the name of a format such as 'email', got {shown(value)}")
    return _one_of(name, rule, value, FORMATS)


def _severity(name: str, rule: str, value: object) -> str:
    if value not in SEVERITIES:
        raise mistake(name, f"{rule!r} is 'error' or 'warning', got {shown(value)}")
    return str(value)


def _check(name: str, rule: str, value: object) -> object:
    if not is_function(value):
        raise mistake(name, f"{rule!r} is a function of the value, got {shown(value)}")
    return value


Reader = Callable[[str, str, Any], Any]

RULES: dict[str, tuple[str, Reader]] = {
    "allowed": ("allowed", _allowed),
    "check": ("check", _check),
    "coerce": ("coerce", claim),
    "exclusive_max": ("exclusive_maximum", _bound),
    "exclusive_min": ("exclusive_minimum", _bound),
    "format": ("format", _format),
    "max": ("maximum", _bound),
    "max_length": ("max_length", _length),
    "min": ("minimum", _bound),
    "min_length": ("min_length", _length),
    "nullable": ("nullable", claim),
    "pattern": ("pattern", _pattern),
    "required": ("required", claim),
    "sensitive": ("sensitive", claim),
    "severity": ("severity", _severity),
    "type": ("types", _types),
    "unique": ("unique", claim),
}
"""Attribute of a field, and reader, by the name of the rule; ``fields`` and ``items`` have
rules of their own inside, so whoever reads these reads them too."""

NESTED = ("fields", "items")


def check_names(name: str, rules: Mapping[Any, object]) -> None:
    """Check that each rule is one.

    Raises:
        SchemaError: One is not; the message names the rules.
    """
    known = sorted((*RULES, *NESTED))
    for key in rules:
        if key not in known:
            hint = did_you_mean(str(key), known, _RULES_ELSEWHERE)
            if not hint and isinstance(rules[key], Mapping):
                hint = "; the rules of fields within a field stand below 'fields'"
            raise mistake(
                name, f"unknown rule {shown(key)}{hint}; the rules are {', '.join(known)}"
            )
