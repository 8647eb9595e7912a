"""The compiled form of an expression against the plain evaluator."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings

from etlkit.expressions import Expression
from expressions.conftest import both
from expressions.strategies import EXPRESSIONS, RECORDS


@settings(max_examples=400, deadline=None)
@given(expression=EXPRESSIONS, record=RECORDS)
def test_both_forms_give_the_same_values_and_errors(
    expression: Expression, record: dict[str, Any]
) -> None:
    """Whatever the expression, and whatever the record holds."""
    meant, compiled = both(expression, record)

    assert compiled == meant
