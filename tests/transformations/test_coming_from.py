"""The page for those who know other tools: what it tells them to write can be written."""

from __future__ import annotations

import re

from pathlib import Path
from typing import Any

import pytest

from etlkit import F, RecordsSource, expressions, transformations
from etlkit.expressions import Expression
from etlkit.transformations.step import Step


PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "coming-from.md"
NAMES: dict[str, Any] = {
    **{name: getattr(expressions, name) for name in expressions.__all__},
    **{name: getattr(transformations, name) for name in transformations.__all__},
    "F": F,
    "clean": lambda record: record,
    "more": RecordsSource([]),
    "states": RecordsSource([]),
}


def advice(heading: str) -> list[Any]:
    """The last cell of each row of a table, as parameters."""
    section = PAGE.read_text(encoding="utf-8").partition(f"## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")][2:]
    cells = [re.split(r"(?<!\\)\|", line)[-2].strip().strip("`") for line in lines]
    return [pytest.param(cell, id=str(number)) for number, cell in enumerate(cells)]


@pytest.mark.parametrize("code", advice("Steps"))
def test_each_step_of_the_page_can_be_made(code: str) -> None:
    """So nobody is told a name or an argument that there is not."""
    made = eval(code, dict(NAMES))

    assert isinstance(made, Step)


@pytest.mark.parametrize("code", advice("Expressions"))
def test_each_expression_of_the_page_can_be_made(code: str) -> None:
    """So nobody is told a function that there is not."""
    made = eval(code, dict(NAMES))

    assert isinstance(made, Expression)
