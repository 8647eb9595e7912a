"""What the tests of expressions share: records, and expressions about them."""

from __future__ import annotations

from typing import Any

from etlkit.expressions import Expression
from etlkit.records import Unfit


def outcome(work: Any, record: dict[str, Any]) -> tuple[str, object, str]:
    """What a function of a record does: the type and repr of its value, or its failure."""
    try:
        value = work(record)
    except Unfit as unfit:
        return "unfit", unfit.code, str(unfit)
    return "value", type(value), repr(value)


def both(expression: Expression, record: dict[str, Any]) -> list[tuple[str, object, str]]:
    """What the evaluator and the compiled form do."""
    return [outcome(expression.evaluate, record), outcome(expression.function(), record)]
