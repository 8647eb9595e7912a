"""Fields and their rules: what validation, typing and destinations know of a record."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from attrs import field, frozen

from etlkit._words import did_you_mean
from etlkit.errors import SchemaError


__all__ = ["TYPE_NAMES", "Field", "Schema", "bounded_types", "has_type"]

TYPE_NAMES: dict[str, type] = {
    "array": list,
    "bool": bool,
    "boolean": bool,
    "dict": dict,
    "float": float,
    "int": int,
    "integer": int,
    "list": list,
    "number": float,
    "object": dict,
    "str": str,
    "string": str,
}

_NUMBERS = (int, float)


@frozen
class Field:
    """The rules of one field.

    Attributes:
        name: The key in the record.
        types: The Python types a value may have; empty for any. ``bool`` is no ``int``;
            a ``float`` field takes an ``int`` as it stands (as PEP 484 has it).
        required: The key must be there.
        nullable: The value may be None.
        allowed: The values it may have, or None for any.
        minimum: Least value, itself allowed; NaN is never within bounds.
        maximum: Greatest value, itself allowed.
        sensitive: The value is masked in every message.
    """

    name: str
    types: tuple[type, ...] = ()
    required: bool = field(default=False, kw_only=True)
    nullable: bool = field(default=False, kw_only=True)
    allowed: tuple[Any, ...] | None = field(default=None, kw_only=True)
    minimum: Any = field(default=None, kw_only=True)
    maximum: Any = field(default=None, kw_only=True)
    sensitive: bool = field(default=False, kw_only=True)

    @property
    def type_names(self) -> str:
        """The types in words: ``int or str``."""
        return " or ".join(type_.__name__ for type_ in self.types)


@frozen
class Schema:
    """The fields of a record, by name and in order."""

    fields: tuple[Field, ...]

    @classmethod
    def parse(cls, rules: object) -> Schema:
        """A schema from plain rules: ``{"id": {"required": True, "type": int}}``.

        Raises:
            SchemaError: A rule is unknown or cannot mean anything; the message names
                the field and the rule.
        """
        if not isinstance(rules, Mapping):
            message = (
                "a schema is a dict of field names and rules such as "
                f"{{'id': {{'required': True, 'type': int}}}}, got {rules!r}"
            )
            raise SchemaError(message)
        return cls(tuple(_field(name, rule) for name, rule in rules.items()))


def _field(name: object, rules: object) -> Field:
    if not isinstance(name, str):
        message = f"field names are strings, got {name!r}"
        raise SchemaError(message)
    if not isinstance(rules, Mapping):
        message = f"the rules of field {name!r} are a dict such as {{'type': int}}, got {rules!r}"
        raise SchemaError(message)
    values: dict[str, Any] = {}
    for key, value in rules.items():
        if key not in _RULES:
            known = ", ".join(sorted(_RULES))
            hint = did_you_mean(str(key), _RULES)
            raise _mistake(name, f"unknown rule {key!r}{hint}; the rules are {known}")
        attribute, read = _RULES[key]
        values[attribute] = read(name, key, value)
    parsed = Field(name, **values)
    _check_bounds(parsed)
    _check_allowed(parsed)
    return parsed


def _mistake(name: str, what: str) -> SchemaError:
    return SchemaError(f"field {name!r}: {what}")


def _claim(name: str, rule: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise _mistake(name, f"{rule!r} is True or False, got {value!r}")
    return value


def _types(name: str, rule: str, value: object) -> tuple[type, ...]:
    given: Sequence[object] = value if isinstance(value, (list, tuple)) else (value,)
    if not given:
        raise _mistake(name, f"{rule!r} has no types; leave it out to allow any")
    return tuple(_type(name, rule, one) for one in given)


def _type(name: str, rule: str, value: object) -> type:
    if value is None or value is type(None):
        raise _mistake(name, f"{rule!r} has None; write 'nullable': True instead")
    if isinstance(value, type):
        if not _is_checkable(value):
            raise _mistake(
                name, f"{rule!r} {value!r} is no class that values can be checked against"
            )
        return value
    if isinstance(value, str):
        if value in TYPE_NAMES:
            return TYPE_NAMES[value]
        known = ", ".join(sorted(TYPE_NAMES))
        hint = did_you_mean(value, TYPE_NAMES)
        raise _mistake(name, f"unknown {rule!r} {value!r}{hint}; the names are {known}")
    raise _mistake(name, f"{rule!r} is a type such as int, or a list of types, got {value!r}")


def _is_checkable(kind: type) -> bool:
    """Whether ``isinstance`` takes it; not so Any, a TypedDict and most protocols."""
    try:
        isinstance(None, kind)
    except TypeError:
        return False
    return True


def _allowed(name: str, rule: str, value: object) -> tuple[Any, ...]:
    if isinstance(value, (str, bytes, Mapping)) or not isinstance(value, Collection):
        raise _mistake(name, f"{rule!r} is a list of values, got {value!r}")
    if not value:
        raise _mistake(name, f"{rule!r} is empty, so no value could pass")
    if None in value:
        raise _mistake(name, f"{rule!r} has None; write 'nullable': True instead")
    for one in value:
        if one != one:  # noqa: PLR0124 -- NaN
            raise _mistake(name, f"{rule!r} has {one!r}, which equals no value")
    return tuple(value)


def _bound(name: str, rule: str, value: object) -> object:
    if isinstance(value, bool) or not _has_order(value):
        raise _mistake(name, f"{rule!r} is a number or another value with an order, got {value!r}")
    return value


def _has_order(value: Any) -> bool:
    """Whether values of its type have an order, and this one a place in it; NaN has none."""
    try:
        return bool(value <= value)  # noqa: PLR0124 -- NaN
    except (ArithmeticError, TypeError, ValueError):
        return False


_Reader = Callable[[str, str, Any], Any]

_RULES: dict[str, tuple[str, _Reader]] = {
    "allowed": ("allowed", _allowed),
    "max": ("maximum", _bound),
    "min": ("minimum", _bound),
    "nullable": ("nullable", _claim),
    "required": ("required", _claim),
    "sensitive": ("sensitive", _claim),
    "type": ("types", _types),
}


def bounded_types(minimum: object, maximum: object) -> tuple[type, ...]:
    """The types of values that the bounds apply to."""
    bound = maximum if minimum is None else minimum
    return _NUMBERS if isinstance(bound, _NUMBERS) else (type(bound),)


def _check_bounds(rules: Field) -> None:
    low, high = rules.minimum, rules.maximum
    if low is None and high is None:
        return
    kinds = bounded_types(low, high)
    if low is not None and high is not None:
        _check_order(rules, kinds)
    if rules.types and not any(issubclass(t, kinds) and t is not bool for t in rules.types):
        bound = "'max'" if low is None else "'min'"
        raise _mistake(rules.name, f"{bound} cannot be compared with type {rules.type_names}")


def _check_order(rules: Field, kinds: tuple[type, ...]) -> None:
    low, high = rules.minimum, rules.maximum
    try:
        above = low > high if isinstance(high, kinds) else None
    except TypeError:  # two dates, one of them with a zone or a time
        above = None
    if above is None:
        raise _mistake(rules.name, f"'min' {low!r} and 'max' {high!r} cannot be compared")
    if above:
        raise _mistake(rules.name, f"'min' {low!r} is above 'max' {high!r}")


def _check_allowed(rules: Field) -> None:
    if not rules.types or rules.allowed is None:
        return
    for value in rules.allowed:
        if not has_type(value, rules.types):
            raise _mistake(
                rules.name, f"'allowed' value {value!r} can never have type {rules.type_names}"
            )


def has_type(value: object, types: tuple[type, ...]) -> bool:
    """Whether a value has one of the types; the reference for generated checks."""
    for type_ in types:
        if type_ is float and isinstance(value, int) and not isinstance(value, bool):
            return True
        if isinstance(value, type_) and not (type_ is int and isinstance(value, bool)):
            return True
    return False
