"""Window does what the window functions of DuckDB do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hypothesis import given, settings
from hypothesis import strategies as st

from etlkit.transformations import (
    Count,
    DenseRank,
    First,
    Lag,
    Last,
    Lead,
    Max,
    Mean,
    Min,
    Rank,
    RowNumber,
    Sum,
    Window,
)


Records = list[dict[str, Any]]
Query = Callable[..., Records]

COLUMNS = dict.fromkeys(["id", "k", "o", "v"], "BIGINT")
ROWS = st.lists(
    st.tuples(
        st.none() | st.integers(0, 2),
        st.none() | st.integers(0, 4),
        st.none() | st.integers(-50, 50),
    ),
    min_size=1,
    max_size=15,
)
UP_TO_HERE = "ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW"
ALL = "ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING"


@pytest.mark.parametrize(
    ("output", "function", "frame"),
    [
        (RowNumber(), "row_number()", ""),
        (Lag("v"), "lag(v)", ""),
        (Lag("v", 3, default=0), "lag(v, 3, 0)", ""),
        (Lead("v"), "lead(v)", ""),
        (Lead("v", 2, default=-1), "lead(v, 2, -1)", ""),
        (Sum("v"), "sum(v)", UP_TO_HERE),
        (Count("v"), "count(v)", UP_TO_HERE),
        (Count(), "count(*)", UP_TO_HERE),
        (Min("v"), "min(v)", UP_TO_HERE),
        (Max("v"), "max(v)", UP_TO_HERE),
        (Mean("v"), "avg(v)", UP_TO_HERE),
        (First("v"), "first_value(v)", ALL),
        (Last("v"), "last_value(v)", ALL),
    ],
    ids=lambda given: given.replace(" ", "-") if isinstance(given, str) else "",
)
@pytest.mark.parametrize(
    ("down", "nulls", "order"),
    [(False, "last", "ASC NULLS LAST"), (True, "first", "DESC NULLS FIRST")],
    ids=["up", "down"],
)
@settings(deadline=None, max_examples=12)
@given(rows=ROWS)
def test_a_window_has_the_values_of_duckdb(
    query: Query,
    output: Any,
    function: str,
    frame: str,
    *,
    down: bool,
    nulls: Any,
    order: str,
    rows: list[Any],
) -> None:
    """In an order that leaves nothing open, which etlkit has from that of the records."""
    records = [{"id": n, "k": k, "o": o, "v": v} for n, (k, o, v) in enumerate(rows)]

    step = Window("k", order_by="o", descending=down, nulls=nulls, memory_bytes=1, made=output)
    made = step.apply(records)

    over = f"(PARTITION BY k ORDER BY o {order}, id {frame})"
    sql = f"SELECT *, {function} OVER {over} AS made FROM records ORDER BY id"
    assert made == query(COLUMNS, records, sql)


@pytest.mark.parametrize(
    ("output", "function"),
    [(Rank(), "rank()"), (DenseRank(), "dense_rank()")],
    ids=["rank", "dense rank"],
)
@settings(deadline=None, max_examples=25)
@given(rows=ROWS)
def test_ranks_are_those_of_duckdb(
    query: Query, output: Any, function: str, rows: list[Any]
) -> None:
    """Equal for records that are equal in the order."""
    records = [{"id": n, "k": k, "o": o, "v": v} for n, (k, o, v) in enumerate(rows)]

    made = Window("k", order_by="o", made=output).apply(records)

    over = "(PARTITION BY k ORDER BY o NULLS LAST)"
    sql = f"SELECT *, {function} OVER {over} AS made FROM records ORDER BY id"
    assert made == query(COLUMNS, records, sql)
