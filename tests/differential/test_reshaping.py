"""Melt and Pivot do what DuckDB does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hypothesis import given, settings
from hypothesis import strategies as st

from etlkit.transformations import Aggregation, Count, Max, Mean, Melt, Min, Pivot, Sum


Records = list[dict[str, Any]]
Query = Callable[..., Records]

NUMBERS = st.none() | st.integers(-1000, 1000)
LONG = st.lists(
    st.fixed_dictionaries(
        {
            "k": st.none() | st.sampled_from(["a", "b"]),
            "on": st.sampled_from(["x", "y", "z"]),
            "v": NUMBERS,
        }
    ),
    min_size=1,
    max_size=12,
)
WIDE = st.lists(
    st.fixed_dictionaries({"id": st.integers(0, 9), "x": NUMBERS, "y": NUMBERS}),
    min_size=1,
    max_size=6,
)


def unordered(records: Records) -> list[str]:
    """The records in an order that does not depend on the program."""
    return sorted(map(repr, records))


@pytest.mark.parametrize(
    ("values", "sql"),
    [
        (Sum("v"), "sum(v)::BIGINT"),
        (Count("v"), "count(v)"),
        (Count(), "count(*)"),
        (Min("v"), "min(v)"),
        (Max("v"), "max(v)"),
        (Mean("v"), "avg(v)"),
    ],
    ids=["sum", "count", "records", "min", "max", "mean"],
)
@settings(deadline=None, max_examples=25)
@given(records=LONG)
def test_a_pivot_has_the_cells_of_duckdb(
    query: Query, values: Aggregation, sql: str, records: Records
) -> None:
    """Empty ones included."""
    made = Pivot("on", index="k", values=values, columns=["x", "y", "z"]).apply(records)

    columns = {"k": "VARCHAR", "on": "VARCHAR", "v": "BIGINT"}
    pivot = f"PIVOT records ON \"on\" IN ('x', 'y', 'z') USING {sql} GROUP BY k"
    assert unordered(made) == unordered(query(columns, records, pivot))


@pytest.mark.parametrize(
    ("nulls", "sql"), [("keep", "INCLUDE NULLS"), ("drop", "")], ids=["keep", "drop"]
)
@settings(deadline=None, max_examples=25)
@given(records=WIDE)
def test_a_melt_has_the_records_of_duckdb(
    query: Query, nulls: Any, sql: str, records: Records
) -> None:
    """In their order, with the other fields."""
    made = Melt(["x", "y"], variable_name="name", nulls=nulls).apply(records)

    unpivot = f"FROM records UNPIVOT {sql} (value FOR name IN (x, y))"
    assert made == query(dict.fromkeys(["id", "x", "y"], "BIGINT"), records, unpivot)
