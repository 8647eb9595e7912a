"""Fuzzing of expressions that are written as text."""

from __future__ import annotations

from etlkit.errors import ExpressionError
from etlkit.expressions import Expression, nodes, parse_expression
from etlkit.expressions.registry import FUNCTIONS


CONTROL_BYTES = 4
KINDS = frozenset(
    {
        nodes.Call,
        nodes.Case,
        nodes.Cast,
        nodes.Coalesce,
        nodes.Comparison,
        nodes.Default,
        nodes.Field,
        nodes.IsIn,
        nodes.IsNull,
        nodes.Item,
        nodes.Literal,
        nodes.Logic,
        nodes.Negation,
        nodes.Not,
        nodes.Operation,
    }
)

SEEDS: list[bytes] = [
    b"amount > 100 and state in ['CA', 'NY']",
    b"when(n > 10).then('big').otherwise(F['car model'].str.strip().str.slice(0, 3))",
    b"contact['email'].default(None).cast('date', strict=False) is not None",
    b"coalesce(a, b, -1.5e3) ** 2 // (c % 7) if not d else list_of(1, 'x', None)",
    *(example.expression.encode() for one in FUNCTIONS.values() for example in one.examples),
]


def check_expressions(data: bytes) -> None:
    """A text is refused in words, or it is an expression of known nodes that reads back."""
    text = data[CONTROL_BYTES:].decode("utf-8", "replace")
    try:
        expression = parse_expression(text)
    except ExpressionError:
        return
    every = [expression.node]
    while every:
        node = every.pop()
        if type(node) not in KINDS:
            raise AssertionError(text, node)
        if isinstance(node, nodes.Call) and FUNCTIONS[node.function.name] is not node.function:
            raise AssertionError(text, node)
        every.extend(node.operands)
    data_form = expression.to_dict()
    back = [parse_expression(repr(expression)), Expression.from_dict(data_form)]
    if not all(expression.same_as(one) for one in back):
        raise AssertionError(text, back)
