"""The table of the documentation that compares expressions with Python, SQL and Polars."""

from __future__ import annotations

import re

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from etlkit import F
from etlkit import expressions as names


PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "expressions.md"
CELL = re.compile(r"`(.+)` → (error|`(.+)`)")
RECORD: dict[str, Any] = {
    "none": None,
    "yes": True,
    "no": False,
    "seven": 7,
    "big": 2**62,
    "half": 2.5,
    "text": "12",
    "empty": [],
}


def rows() -> list[list[str]]:
    """The rows of the table: what it is about, and four cells."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    found = [re.split(r"(?<!\\)\|", line)[1:-1] for line in lines if " → " in line]
    return [[cell.strip().replace("\\|", "|") for cell in row] for row in found]


def cells(column: int) -> Any:
    """The cells of a column, as parameters."""
    return pytest.mark.parametrize("cell", [pytest.param(row[column], id=row[0]) for row in rows()])


def check(cell: str, work: Callable[[str], object]) -> tuple[str, str]:
    """What a cell says, and what there is."""
    found = CELL.fullmatch(cell)
    assert found is not None, cell
    code, said = found[1], found[3] or "error"
    try:
        return said, repr(work(code))
    except Exception:  # noqa: BLE001 -- whatever it is, the table says error
        return said, "error"


def test_the_table_has_its_rows() -> None:
    """Each with four cells."""
    every = rows()

    assert len(every) > 25
    assert {len(row) for row in every} == {5}


@cells(1)
def test_a_cell_of_etlkit_is_true(cell: str) -> None:
    """In the compiled form and the plain one."""
    within = {name: getattr(names, name) for name in names.__all__}

    said, plain = check(cell, lambda code: eval(code, {**within}).evaluate(RECORD))
    _, compiled = check(cell, lambda code: eval(code, {**within}).function()(RECORD))

    assert (plain, compiled) == (said, said)


@cells(2)
def test_a_cell_of_python_is_true(cell: str) -> None:
    """By Python itself."""
    said, found = check(cell, lambda code: eval(code, {"re": re}))

    assert found == said


@cells(3)
def test_a_cell_of_sql_is_true(cell: str) -> None:
    """By DuckDB, of the version that the page names."""
    duckdb = pytest.importorskip("duckdb", "2.0")

    with duckdb.connect() as connection:
        said, found = check(cell, lambda code: connection.execute(f"SELECT {code}").fetchone()[0])

    assert found == said


@cells(4)
def test_a_cell_of_polars_is_true(cell: str) -> None:
    """By Polars, of the version that the page names."""
    polars = pytest.importorskip("polars", "2.1")

    said, found = check(cell, lambda code: polars.select(eval(code, {"pl": polars})).item())

    assert found == said


def test_a_field_of_the_record_is_what_the_page_says() -> None:
    """The page shows the record that the cells are about."""
    text = PAGE.read_text(encoding="utf-8")

    shown = [f'"{name}": ' for name in RECORD]

    assert [one for one in shown if one not in text] == []
    assert F.seven.evaluate(RECORD) == 7
