"""Expressions as Python that reads back to an equal expression."""

from __future__ import annotations

import keyword

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import singledispatch
from uuid import UUID

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


TYPE_WORDS: dict[type, str] = {
    bool: "bool",
    date: "date",
    datetime: "datetime",
    Decimal: "decimal",
    float: "float",
    int: "int",
    str: "str",
    time: "time",
    UUID: "uuid",
}
"""The types that values are cast to, and their names in text and data."""

PLAIN = (bool, int, float, str, type(None))
_OPERATORS = (Operation, Comparison, Logic, Not, Negation)


def whole(node: Node) -> str:
    """The text of an expression that stands alone."""
    if isinstance(node, Literal) and isinstance(node.value, PLAIN):
        return f"lit({node.value!r})"
    return printed(node)


@singledispatch
def printed(node: Node) -> str:
    """The text of a node."""
    raise TypeError(node)


def scalar(value: object) -> str:
    """The text of a constant where an expression or a constant may stand."""
    if isinstance(value, timedelta):
        return f"lit({value // timedelta(microseconds=1)}, 'microseconds')"
    if isinstance(value, PLAIN):
        text = repr(value)
        return f"({text})" if text.startswith("-") else text
    text = value.isoformat() if isinstance(value, date | time) else str(value)
    return f"lit({text!r}, {TYPE_WORDS[type(value)]!r})"


def type_text(kind: type) -> str:
    """A type as the argument of a cast."""
    word = TYPE_WORDS[kind]
    return word if kind in {bool, float, int, str} else repr(word)


def _inside(node: Node) -> str:
    """The text of a node as an operand."""
    text = printed(node)
    is_method = isinstance(node, Not) and isinstance(node.of, IsNull)
    return f"({text})" if isinstance(node, _OPERATORS) and not is_method else text


def before_dot(node: Node) -> str:
    """The text of a node that has to be an expression by itself."""
    if isinstance(node, Literal) and isinstance(node.value, PLAIN):
        return f"lit({node.value!r})"
    return _inside(node)


def _argument(node: Node) -> str:
    text = printed(node)
    return "lit(None)" if text == "None" else text


@printed.register
def _(node: Field) -> str:
    name = node.name
    plain = name.isidentifier() and name.isascii() and not name.startswith("__")
    if plain and not keyword.iskeyword(name):
        return f"F.{name}"
    return f"F[{name!r}]"


@printed.register
def _(node: Literal) -> str:
    return scalar(node.value)


@printed.register
def _(node: Item) -> str:
    return f"{before_dot(node.of)}[{node.key!r}]"


@printed.register
def _(node: Default) -> str:
    return f"{printed(node.of)}.default({printed(node.value)})"


@printed.register
def _(node: Operation) -> str:
    first, *others = node.values
    number = isinstance(first, Literal) and isinstance(first.value, int | float)
    text = printed(first) if number and not isinstance(others[0], Literal) else before_dot(first)
    return f" {node.operator} ".join([text, *(_operand(one) for one in others)])


def _operand(node: Node) -> str:
    text = _inside(node)
    return "lit(None)" if text == "None" else text


@printed.register
def _(node: Negation) -> str:
    return f"-{before_dot(node.of)}"


@printed.register
def _(node: Comparison) -> str:
    left, right = _compared(node.left), _compared(node.right)
    return f"{left or before_dot(node.left)} {node.operator} {right or _operand(node.right)}"


def _compared(node: Node) -> str | None:
    """The text of arithmetic, which binds more tightly than a comparison."""
    return printed(node) if isinstance(node, Operation | Negation) else None


@printed.register
def _(node: Logic) -> str:
    first, *others = node.claims
    return f" {node.operator} ".join([before_dot(first), *(_operand(one) for one in others)])


@printed.register
def _(node: Not) -> str:
    if isinstance(node.of, IsNull):
        return f"{before_dot(node.of.of)}.is_not_null()"
    return f"~{before_dot(node.of)}"


@printed.register
def _(node: IsNull) -> str:
    return f"{before_dot(node.of)}.is_null()"


@printed.register
def _(node: IsIn) -> str:
    values = ", ".join(scalar(value) for value in node.values)
    return f"{before_dot(node.of)}.is_in([{values}])"


@printed.register
def _(node: Coalesce) -> str:
    return f"coalesce({', '.join(_argument(one) for one in node.values)})"


@printed.register
def _(node: Case) -> str:
    branches = ".".join(
        f"when({printed(condition)}).then({printed(value)})" for condition, value in node.branches
    )
    return f"{branches}.otherwise({printed(node.otherwise)})"


@printed.register
def _(node: Cast) -> str:
    strict = "" if node.strict else ", strict=False"
    return f"{before_dot(node.of)}.cast({type_text(node.type)}{strict})"


@printed.register
def _(node: Call) -> str:
    options = [f"{name}={_option(value)}" for name, value in node.options]
    values = [_argument(one) for one in node.values]
    if node.function.is_free:
        return f"{node.function.name}({', '.join([*values, *options])})"
    arguments = ", ".join([*values[1:], *options])
    return f"{before_dot(node.values[0])}.{node.function.name}({arguments})"


def _option(value: object) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(_option(one) for one in value)}]"
    return repr(value)
