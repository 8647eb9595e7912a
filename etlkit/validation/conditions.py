"""Field rules as Python expressions: the one source of the accepting and the collecting code.

Both functions are written from the same conditions, so they cannot disagree about what
passes: the one tests a condition, the other its negation.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Protocol

from attrs import frozen

from etlkit.schema.types import bounded_types


if TYPE_CHECKING:
    from etlkit.schema.fields import Field

MISSING: Any = object()
"""Stands for a key that is not there."""


class Binder(Protocol):
    """Gives names to values."""

    def bind(self, hint: str, value: object) -> str:
        """A name for a value of the user."""


@frozen
class Condition:
    """An expression over ``value`` that is true for values that pass a rule.

    Attributes:
        rule: The rule.
        text: The expression; it may be evaluated only when those before it are true.
    """

    rule: str
    text: str


def conditions(field: Field, code: Binder) -> Iterator[Condition]:
    """The conditions on a value that is there and not None, in the order of evaluation."""
    if field.types:
        yield Condition("type", _type_test(field.types, code))
    if field.allowed is not None:
        yield Condition("allowed", _allowed_test(field, code))
    if field.minimum is not None or field.maximum is not None:
        yield from _bound_tests(field, code)


def _type_test(types: tuple[type, ...], code: Binder) -> str:
    exact = [f"value.__class__ is {code.bind('type', type_)}" for type_ in _with_int(types)]
    return f"({' or '.join(exact)} or {_subclass_test(types, code)})"


def _with_int(types: tuple[type, ...]) -> tuple[type, ...]:
    """A float field takes an int as it stands (PEP 484)."""
    return (*types, int) if float in types and int not in types else types


def _subclass_test(types: tuple[type, ...], code: Binder) -> str:
    """The slow half of a type test, for subclasses.

    It is reached only by values that are not exactly of a type; those of records decoded
    from JSON never pass it.
    """
    every = _with_int(types)
    test = f"isinstance(value, {code.bind('types', every)})"
    left_out = {int: bool, date: datetime}
    kinds = {kind for type_, kind in left_out.items() if type_ in every}
    taken = {
        kind
        for kind in kinds
        for type_ in types
        if type_ not in left_out and issubclass(kind, type_)
    }
    no = " and ".join(
        f"not isinstance(value, {code.bind('type', kind)})"
        for kind in sorted(kinds - taken, key=str)
    )
    return f"({test} and {no})" if no else test


def _allowed_test(field: Field, code: Binder) -> str:
    allowed = field.allowed or ()
    if field.types and all(type_ in (str, int, float) for type_ in field.types):
        return f"value in {code.bind('allowed', frozenset(allowed))}"
    return f"{code.bind('is_allowed', Allowed(allowed))}(value)"


@frozen
class Allowed:
    """Whether a value is one of several; True is not 1, and 1.0 is 1."""

    values: tuple[Any, ...]

    def __call__(self, value: Any) -> bool:
        """Whether the value is one of them."""
        return any(
            value == one and isinstance(value, bool) == isinstance(one, bool) for one in self.values
        )


def _bound_tests(field: Field, code: Binder) -> Iterator[Condition]:
    """Least and greatest value, for values of the types that they can be compared with."""
    kinds = bounded_types(field.bounds.values())
    guard = _guard(field, kinds, code)
    if field.minimum is not None:
        yield Condition("min", f"({guard}value >= {code.bind('minimum', field.minimum)})")
    if field.maximum is not None:
        yield Condition("max", f"({guard}value <= {code.bind('maximum', field.maximum)})")


def _guard(field: Field, kinds: tuple[type, ...], code: Binder) -> str:
    """What keeps a comparison from values that it does not apply to."""
    if not field.types:  # a value of any type: one that has no such order does not pass
        test = f"isinstance(value, {code.bind('types', kinds)})"
        return f"{test} and value.__class__ is not bool and "
    if all(issubclass(type_, kinds) and type_ is not bool for type_ in field.types):
        return ""
    test = f"isinstance(value, {code.bind('types', kinds)}) and value.__class__ is not bool"
    return f"not ({test}) or "
