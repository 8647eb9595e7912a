"""What an expression means: a plain evaluator, which the compiled form has to agree with.

It is written to be read and to say what is wrong, not to be fast.
"""

from __future__ import annotations

import operator

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from functools import singledispatch
from typing import Any

from etlkit._words import said
from etlkit.expressions.bounds import is_finite, power, product
from etlkit.expressions.casting import cast
from etlkit.expressions.failures import failure, label_of, missing, missing_inside
from etlkit.expressions.nodes import (
    Call,
    Case,
    Cast,
    Coalesce,
    Comparison,
    Default,
    Field,
    IsIn,
    IsNull,
    Item,
    Literal,
    Logic,
    Negation,
    Node,
    Not,
    Operation,
)
from etlkit.expressions.registry import NUMBER
from etlkit.records import Record, Unfit


_SEQUENCES = (str, bytes, bytearray, list, tuple, dict)

OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": product,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
    "**": power,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@singledispatch
def evaluate(node: Node, record: Record) -> Any:
    """The value of a node for a record.

    Raises:
        Unfit: It has none.
    """
    raise TypeError(node, record)


def holds(node: Node, record: Record) -> bool:
    """Whether a claim is true of a record, and neither false nor unknown.

    Raises:
        Unfit: It is no claim, or has no value.
    """
    return _claim(node, record) is True


def _claim(node: Node, record: Record) -> bool | None:
    value = evaluate(node, record)
    if value is None or value is True or value is False:
        return value
    hint = "; write a comparison, such as != 0"
    raise failure(node, "type", "true or false is expected, got {}", value, hint=hint)


@evaluate.register
def _(node: Field, record: Record) -> Any:
    try:
        return record[node.name]
    except KeyError:
        raise missing(node, record) from None


@evaluate.register
def _(node: Literal, record: Record) -> Any:  # noqa: ARG001 -- it is the same for each
    return node.value


@evaluate.register
def _(node: Item, record: Record) -> Any:
    held = evaluate(node.of, record)
    if held is None:
        return None
    inside: Any = held
    wanted = (list, tuple) if isinstance(node.key, int) else (dict,)
    if not isinstance(held, wanted):
        what = "a list" if isinstance(node.key, int) else "an object"
        letter = isinstance(held, str) and isinstance(node.key, int)
        hint = "; .str.slice(0, 1) gives a part of a text" if letter else ""
        raise failure(node, "type", f"{what} is expected, got {{}}", held, hint=hint, at=node.of)
    try:
        return inside[node.key]
    except LookupError:
        raise missing_inside(node, held) from None


@evaluate.register
def _(node: Default, record: Record) -> Any:
    try:
        return evaluate(node.of, record)
    except Unfit as error:
        if error.code != "missing_field":
            raise
    return evaluate(node.value, record)


@evaluate.register
def _(node: Operation, record: Record) -> Any:
    first, *others = [evaluate(one, record) for one in node.values]
    if first is None or any(other is None for other in others):
        return None
    for number, other in enumerate(others, 2):
        part = Operation(node.operator, node.values[:number])
        first = _calculated(part, first, other)
    return first


def _calculated(node: Operation, left: Any, right: Any) -> Any:
    for value, at in ((left, node.values[0]), (right, node.values[-1])):
        if isinstance(value, _SEQUENCES):
            hint = _number_hint(node.operator, value)
            raise failure(node, "type", "a number is expected, got {}", value, hint=hint, at=at)
    try:
        result = OPERATORS[node.operator](left, right)
    except ZeroDivisionError:
        raise failure(node, "arithmetic", "division by zero: {} by {}", left, right) from None
    except TypeError as error:
        words = "{} and {} do not go together"
        raise failure(node, "type", words, left, right) from error
    except (ArithmeticError, ValueError) as error:
        raise failure(node, "arithmetic", "{} and {}", left, right, said=_said(error)) from error
    return _finite(node, result, left, right)


def _said(error: Exception) -> str:
    return said(error) or type(error).__name__


def _finite(node: Node, result: Any, *values: object) -> Any:
    """The result of arithmetic, unless it is NaN or infinite."""
    if isinstance(result, float | Decimal) and not is_finite(result):
        words = f"the result is {result}, made of {' and '.join(['{}'] * len(values))}"
        raise failure(node, "arithmetic", words, *values)
    return result


def _number_hint(operator: str, value: object) -> str:
    if not isinstance(value, str):
        return ""
    joins = "; concat(...) joins texts" if operator == "+" else ""
    return f"; .cast(float) or .cast(int) makes a number of a text{joins}"


@evaluate.register
def _(node: Negation, record: Record) -> Any:
    value = evaluate(node.of, record)
    if value is None:
        return None
    try:
        return -value
    except TypeError:
        hint = _number_hint("-", value)
        raise failure(node, "type", "a number is expected, got {}", value, hint=hint) from None


@evaluate.register
def _(node: Comparison, record: Record) -> Any:
    left, right = evaluate(node.left, record), evaluate(node.right, record)
    if left is None or right is None:
        return None
    try:
        return OPERATORS[node.operator](left, right)
    except (TypeError, ArithmeticError) as error:  # a Decimal is not compared with NaN
        words = "{} and {} cannot be compared"
        raise failure(node, "type", words, left, right, hint=_cast_hint(left, right)) from error


def _cast_hint(left: object, right: object) -> str:
    if isinstance(left, str) is not isinstance(right, str):
        return "; .cast(...) makes one type of the other"
    if isinstance(left, datetime) and isinstance(right, datetime):
        return "; one of them has a time zone: .dt.set_zone('UTC') gives the other one, too"
    return ""


@evaluate.register
def _(node: Logic, record: Record) -> Any:
    decided = node.operator == "|"
    result: bool | None = not decided
    for claim in node.claims:
        value = _claim(claim, record)
        if value is decided:
            return decided
        if value is None:
            result = None
    return result


@evaluate.register
def _(node: Not, record: Record) -> Any:
    value = _claim(node.of, record)
    return None if value is None else not value


@evaluate.register
def _(node: IsNull, record: Record) -> Any:
    return evaluate(node.of, record) is None


@evaluate.register
def _(node: IsIn, record: Record) -> Any:
    value = evaluate(node.of, record)
    if value is None:
        return None
    try:
        return value in frozenset(node.values)
    except TypeError as error:
        words = "a single value is expected, got {}"
        raise failure(node, "type", words, value) from error


@evaluate.register
def _(node: Coalesce, record: Record) -> Any:
    for one in node.values:
        value = evaluate(one, record)
        if value is not None:
            return value
    return None


@evaluate.register
def _(node: Case, record: Record) -> Any:
    for condition, value in node.branches:
        if holds(condition, record):
            return evaluate(value, record)
    return evaluate(node.otherwise, record)


@evaluate.register
def _(node: Cast, record: Record) -> Any:
    value = evaluate(node.of, record)
    try:
        return cast(value, node.type, strict=node.strict)
    except ValueError as error:
        hint = f"; {error}; strict=False makes None of it"
        words = f"no {node.type.__name__} can be made of {{}}"
        raise failure(node, "cast", words, value, hint=hint) from error


@evaluate.register
def _(node: Call, record: Record) -> Any:
    return called(node, [evaluate(one, record) for one in node.values])


def called(node: Call, values: Sequence[Any]) -> Any:
    """What the function of a call makes of the values of its operands.

    Raises:
        Unfit: One of them is of another kind, or it makes nothing of them.
    """
    function = node.function
    if function.nulls == "propagate" and any(value is None for value in values):
        return None
    for number, value in enumerate(values):
        kind = function.kind(number)
        if value is not None and not kind.takes(value):
            hint = "; .cast(str) makes a text" if kind.types == (str,) else ""
            words, at = f"{kind.words} is expected, got {{}}", node.values[number]
            raise failure(node, "type", words, value, hint=hint, at=at)
    try:
        result = function.plain(*values, **dict(node.options))
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        told = values[:_MOST_TOLD]
        shown = " and ".join(["{}"] * len(told))
        raise failure(node, "value", shown, *told, said=_said(error)) from error
    return _finite(node, result, *values[:_MOST_TOLD]) if function.gives is NUMBER else result


_MOST_TOLD = 5
"""Operands whose values a message shows."""


def explained(node: Node, error: Exception, record: Record) -> Exception:
    """What is wrong with the record for which the compiled form raised an error."""
    try:
        evaluate(node, record)
    except Unfit as better:
        better.__cause__ = error if better.__cause__ is None else better.__cause__
        return better
    except Exception as same:  # noqa: BLE001 -- what an object of the user's raises by itself
        error = same
    error.add_note(f"in {label_of(node)}")
    return error
