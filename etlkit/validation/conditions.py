"""Field rules as Python expressions: the one source of the accepting and the collecting code.

Both functions are written from the same conditions, so they cannot disagree about what
passes: the one tests a condition, the other its negation.
"""

from __future__ import annotations

from collections.abc import Iterator, Sized
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Protocol

from attrs import frozen

from etlkit.schema.patterns import matcher
from etlkit.schema.text_formats import FORMATS
from etlkit.schema.types import bounded_types
from etlkit.validation.answers import is_yes
from etlkit.validation.identity import all_differ


if TYPE_CHECKING:
    from etlkit.schema.fields import Field

MISSING: Any = object()
"""Stands for a key that is not there."""

_COMPARISONS = {"min": ">=", "max": "<=", "exclusive_min": ">", "exclusive_max": "<"}


class Binder(Protocol):
    """Gives names to values."""

    def bind(self, hint: str, value: object) -> str:
        """A name for a value of the user."""


@frozen
class Condition:
    """An expression over ``value`` that is true for values that pass a rule.

    Attributes:
        rule: The rule.
        text: The expression; it may be evaluated only when the value has its type.
    """

    rule: str
    text: str


def conditions(field: Field, code: Binder) -> Iterator[Condition]:
    """The conditions on a value that is there and not None, in the order of evaluation.

    The rules of nested fields and of items are not among them; ``guarded`` is for those.
    """
    if field.types:
        yield Condition("type", _type_test(field.types, code))
    if field.allowed is not None:
        yield Condition("allowed", _allowed_test(field, code))
    for rule, bound in field.bounds.items():
        test = f"value {_COMPARISONS[rule]} {code.bind(rule, bound)}"
        yield Condition(rule, _for_comparable(field, test, code))
    yield from _length_tests(field, code)
    if field.pattern is not None:
        match = code.bind("match", matcher(field.pattern))
        yield Condition("pattern", guarded(field, str, f"{match}(value)", code))
    if field.format is not None:
        has_format = code.bind("has_format", FORMATS[field.format])
        yield Condition("format", guarded(field, str, f"{has_format}(value)", code))
    if field.items is not None and field.items.unique:
        test = f"{code.bind('all_differ', all_differ)}(value)"
        yield Condition("unique", guarded(field, list, test, code))
    if field.check is not None:
        yield Condition("check", says_yes(code.bind("check", field.check), "value", code))


def says_yes(check: str, argument: str, code: Binder) -> str:
    """The test that a check of the user lets something pass; True is the fast answer."""
    yes = code.bind("is_yes", is_yes)
    return f"((answer := {check}({argument})) is True or {yes}(answer))"


def guarded(field: Field, kind: type, test: str, code: Binder) -> str:
    """A test for values of one kind.

    A value of another type does not pass, unless the field names that type.
    """
    if field.types and all(issubclass(type_, kind) for type_ in field.types):
        return test
    is_kind = f"isinstance(value, {code.bind('kind', kind)})"
    return f"(not {is_kind} or {test})" if field.types else f"({is_kind} and {test})"


def _type_test(types: tuple[type, ...], code: Binder) -> str:
    exact = [f"value.__class__ is {code.bind('type', type_)}" for type_ in _with_int(types)]
    return f"({' or '.join(exact)} or {_subclass_test(types, code)})"


def _with_int(types: tuple[type, ...]) -> tuple[type, ...]:
    """A float field takes an int as it stands (PEP 484)."""
    return (*types, int) if float in types and int not in types else types


_LEFT_OUT = ((int, bool), (date, datetime))
"""Classes, and the subclass of each whose values are not meant by it."""


def _subclass_test(types: tuple[type, ...], code: Binder) -> str:
    """The slow half of a type test, for subclasses.

    It is reached only by values that are not exactly of a type; those of records decoded
    from JSON never pass it.
    """
    every = _with_int(types)
    tests = [f"isinstance(value, {code.bind('types', every)})"]
    for type_, subclass in _LEFT_OUT:
        others = [one for one in types if one is not type_]
        if type_ in every and not any(issubclass(subclass, one) for one in others):
            tests.append(f"not isinstance(value, {code.bind('subclass', subclass)})")
    return f"({' and '.join(tests)})"


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


def _for_comparable(field: Field, test: str, code: Binder) -> str:
    """A comparison, for values of the types that the bounds can be compared with."""
    kinds = bounded_types(field.bounds.values())
    is_kind = f"isinstance(value, {code.bind('kinds', kinds)}) and value.__class__ is not bool"
    if not field.types:  # a value of any type: one that has no such order does not pass
        return f"({is_kind} and {test})"
    if all(issubclass(type_, kinds) and type_ is not bool for type_ in field.types):
        return f"({test})"
    return f"(not ({is_kind}) or {test})"


def _length_tests(field: Field, code: Binder) -> Iterator[Condition]:
    lengths = (("min_length", ">=", field.min_length), ("max_length", "<=", field.max_length))
    for rule, comparison, length in lengths:
        if length is not None:
            test = f"len(value) {comparison} {code.bind(rule, length)}"
            yield Condition(rule, guarded(field, Sized, test, code))
