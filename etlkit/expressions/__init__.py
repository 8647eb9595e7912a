"""Expressions: ``F.amount > 100``, a value or condition worked out from a record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from etlkit._lazy import lazy_names


if TYPE_CHECKING:
    from etlkit.expressions.building import F, coalesce, concat, greatest, least, list_of, lit, when
    from etlkit.expressions.expression import Expression
    from etlkit.expressions.parsing import parse_expression
    from etlkit.expressions.writing import ExpressionWriter

__all__ = [
    "Expression",
    "ExpressionWriter",
    "F",
    "coalesce",
    "concat",
    "greatest",
    "least",
    "list_of",
    "lit",
    "parse_expression",
    "when",
]

_HOMES = {
    "Expression": "etlkit.expressions.expression",
    "ExpressionWriter": "etlkit.expressions.writing",
    "F": "etlkit.expressions.building",
    "coalesce": "etlkit.expressions.building",
    "concat": "etlkit.expressions.building",
    "greatest": "etlkit.expressions.building",
    "least": "etlkit.expressions.building",
    "list_of": "etlkit.expressions.building",
    "lit": "etlkit.expressions.building",
    "parse_expression": "etlkit.expressions.parsing",
    "when": "etlkit.expressions.building",
}

__getattr__, __dir__ = lazy_names(__name__, _HOMES)
