"""What the compiled form of an expression calls, where lines of its own are not worth it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from etlkit.expressions import evaluating
from etlkit.expressions.nodes import Call, Default, Literal, Node
from etlkit.records import Unfit


MISSING = object()
"""Where a path leads to nothing."""


def element(held: Any, place: int) -> Any:
    """The item of a list at a place.

    Raises:
        TypeError: It is no list.
        LookupError: There is none.
    """
    if not isinstance(held, list | tuple):
        raise TypeError
    return held[place]


def reaching(node: Node) -> Callable[[dict[str, Any]], Any]:
    """The function that gives what a path leads to, or ``MISSING``."""
    default = Default(node, Literal(None))  # type: ignore[arg-type]  # what stands in a Default

    def reach(record: dict[str, Any]) -> Any:
        try:
            return evaluating.evaluate(default.of, record)
        except Unfit as error:
            if error.code != "missing_field":
                raise
        return MISSING

    return reach


def calling(node: Call) -> Callable[..., Any]:
    """The function of a call with its operands checked, as the evaluator does."""
    function = node.function
    options = dict(node.options)
    kinds = [function.kind(number) for number in range(len(node.values))]
    sure = [frozenset(kind.types).difference(kind.not_types) for kind in kinds]

    def call(*values: Any) -> Any:
        # The usual types need no further look; whatever is wrong is told by the evaluator.
        for value, types in zip(values, sure, strict=True):
            if value.__class__ not in types:
                return evaluating.called(node, values)
        try:
            return function.plain(*values, **options)
        except (ArithmeticError, LookupError, TypeError, ValueError):
            return evaluating.called(node, values)

    return call
