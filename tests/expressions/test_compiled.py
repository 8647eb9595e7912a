"""The compiled form of an expression against the plain evaluator."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings

from etlkit import F
from etlkit._codegen import Code
from etlkit.expressions import Expression, ExpressionWriter, concat, when
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


def test_nothing_that_a_user_wrote_becomes_text() -> None:
    """Names, constants and options are bound; two expressions of one shape have one text."""
    code = Code()
    hostile = "'] or print('written by the user') or record['"
    expression = when(F[hostile]["written"].str.replace("written", "") == "written").then(
        F.written.is_in(["written"])
        & (F[hostile].cast(str) < concat(F.x, "a", separator="written"))
    )

    expression.write(code, "record")

    assert "written" not in code.text()


def test_a_part_that_comes_twice_is_computed_once() -> None:
    """Also in several expressions about one record."""
    code = Code()
    writer = ExpressionWriter(code, "record")
    total = F.price * F.n

    texts = [writer.value(one.node) for one in (total, total + 1, (total > 5) & (F.n > 1))]

    assert len(set(texts)) == 3
    assert code.text().count(" * ") == 1
    assert code.text().count("record[") == 2


def test_what_was_computed_in_a_branch_is_not_relied_on_after_it() -> None:
    """The right side of a condition is not always looked at."""
    expression = ((F.a > 1) & (F.b > 1)) | (F.b > 0)

    found = [expression.function()({"a": a, "b": 1}) for a in (0, 2)]

    assert found == [True, True]
