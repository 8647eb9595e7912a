"""Pivot: fields made of the values of a field."""

from __future__ import annotations

import math

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from hypothesis import given, settings
from hypothesis import strategies as st

from etlkit import ETLJob, F, Quarantine, RecordsSource
from etlkit.destinations import MemoryDestination
from etlkit.errors import ConfigurationError
from etlkit.records import Unfit
from etlkit.transformations import (
    Aggregation,
    Collect,
    Count,
    Explode,
    First,
    Max,
    Median,
    Melt,
    Pivot,
    Sum,
)
from etlkit.transformations.cells import Widen


LONG = [
    {"shop": "A", "month": "feb", "sales": 20},
    {"shop": "B", "month": "jan", "sales": 5},
    {"shop": "A", "month": "jan", "sales": 10},
]


def run(step: Any, records: list[Any], **options: Any) -> tuple[list[Any], Any]:
    """What the compiled form makes in a job, and the job's result."""
    destination = MemoryDestination()
    source = RecordsSource(records)
    result = ETLJob("j", "J", source, step, destination, **options).execute()
    return destination.records, result


def test_stated_columns_are_fields_of_every_record() -> None:
    """In the order in which they were stated."""
    step = Pivot("month", index="shop", values="sales", columns=["jan", "feb", "mar"])

    made = [step.apply(LONG), run(step, LONG)[0]]

    records = [
        {"shop": "A", "jan": 10, "feb": 20, "mar": None},
        {"shop": "B", "jan": 5, "feb": None, "mar": None},
    ]
    assert made == [records] * 2
    assert [list(record) for record in made[1]] == [["shop", "jan", "feb", "mar"]] * 2


def test_columns_are_found() -> None:
    """Every record has all of them; those of the first wide record come first."""
    step = Pivot("month", index="shop", values="sales")

    made = [step.apply(LONG), run(step, LONG)[0]]

    records = [{"shop": "A", "feb": 20, "jan": 10}, {"shop": "B", "feb": None, "jan": 5}]
    assert made == [records] * 2
    assert [list(record) for record in made[1]] == [["shop", "feb", "jan"]] * 2


def test_nothing_in_is_nothing_out() -> None:
    """There is no group."""
    steps = [Pivot("a", index="b", values="c"), Pivot("a", index="b", values="c", columns=["x"])]

    assert [step.apply([]) for step in steps] == [[], []]


def test_the_records_count_as_merged_and_produced() -> None:
    """As those of groups."""
    made, result = run(Pivot("month", index="shop", values="sales"), LONG)

    assert (len(made), result.tally.merged, result.tally.produced) == (2, 3, 2)
    assert [step.name for step in result.tally.steps] == [
        "Pivot(month): cell",
        "Pivot(month): cells: key",
        "Pivot(month): cells",
        "Pivot(month)",
    ]


@pytest.mark.parametrize(
    ("values", "cells"),
    [
        (Sum("sales"), [30, None]),
        (Count(), [2, 0]),
        (Count("note"), [1, 0]),
        (Max(F.sales * 2), [40, None]),
        (First("note"), [None, None]),
        (Collect("sales"), [[10, 20], []]),
        (Median("sales"), [15.0, None]),
    ],
    ids=["sum", "count", "count of a field", "expression", "first", "collect", "median"],
)
@pytest.mark.parametrize("columns", [["x", "y"], None], ids=["stated", "found"])
def test_an_aggregation_makes_one_value_of_several(
    values: Aggregation, cells: list[Any], columns: Any
) -> None:
    """An empty cell has what it makes of no value."""
    records = [
        {"k": 1, "on": "x", "sales": 10, "note": None},
        {"k": 1, "on": "x", "sales": 20, "note": "n"},
        {"k": 2, "on": "y", "sales": 1, "note": None},
    ]
    step = Pivot("on", index="k", values=values, columns=columns)

    made = [step.apply(records)[0], run(step, records)[0][0]]

    assert made == [{"k": 1, "x": cells[0], "y": cells[1]}] * 2


def test_empty_cells_share_nothing() -> None:
    """A later step may change one of them in place."""
    records = [{"k": 1, "on": "x"}, {"k": 2, "on": "x"}]

    one, other = Pivot("on", index="k", values=Collect("k"), columns=["x", "y"]).apply(records)

    assert one["y"] is not other["y"]


def test_a_second_record_for_a_cell_is_rejected() -> None:
    """By itself, and with the way to mend it; None counts as a value."""
    records = [
        {"k": 1, "on": "x", "v": None},
        {"k": 1, "on": "x", "v": 2},
        {"k": 2, "on": "x", "v": 3},
    ]
    step = Pivot("on", index="k", values="v", columns=["x"])

    made, result = run(step, records, on_error=Quarantine())

    words = (
        "an earlier record is for the same cell; give an aggregation, such as "
        "values=Sum('amount'), or First, to make one value of several"
    )
    assert made == [{"k": 1, "x": None}, {"k": 2, "x": 3}]
    assert [(one.record_no, one.code, one.message) for one in result.rejections] == [
        (2, "cell", words)
    ]
    with pytest.raises(Unfit, match="an earlier record is for the same cell"):
        step.apply(records)


def test_a_record_that_fails_is_for_no_cell() -> None:
    """The next one for the same cell takes its place."""
    records = [{"k": 1, "on": "x"}, {"k": 1, "on": "x", "v": 2}]

    made, result = run(Pivot("on", index="k", values="v"), records, on_error=Quarantine())

    assert made == [{"k": 1, "x": 2}]
    assert [(one.record_no, one.code) for one in result.rejections] == [(1, "missing_field")]


def test_each_run_sees_the_records_anew() -> None:
    """The cells of an earlier run are forgotten."""
    step = Pivot("month", index="shop", values="sales")
    job = ETLJob("j", "J", RecordsSource(LONG), step, MemoryDestination())

    results = [job.execute(), job.execute()]

    assert [result.rows_loaded for result in results] == [2, 2]
    assert step.apply(LONG) == step.apply(LONG)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("jam", "'jam' is none of the columns; did you mean 'jan'?"),
        ("{}", "'{}' is none of the columns"),
        (None, "None is none of the columns"),
        (True, "True is none of the columns"),
        (1.0, "1.0 is none of the columns"),
        ([1], "[1] is none of the columns"),
    ],
    ids=["near", "braces", "none", "true", "float", "list"],
)
@pytest.mark.parametrize("values", ["v", Sum("v")], ids=["value", "aggregation"])
def test_a_value_that_is_no_column_fails_its_record(value: Any, words: str, values: Any) -> None:
    """It is not dropped silently."""
    records = [{"k": 1, "on": 1, "v": 1}, {"k": 1, "on": value, "v": 1}]
    step = Pivot("on", index="k", values=values, columns=["jan", 1])

    made, result = run(step, records, on_error=Quarantine())

    assert made == [{"k": 1, "jan": None, "1": 1}]
    assert [(one.record_no, one.code, one.message) for one in result.rejections] == [
        (2, "column", f"$.on {words}")
    ]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (
            2024,
            (
                "a text is expected to name a field, got 2024; write F.on.cast(str), or columns= "
                "with a name for it"
            ),
        ),
        (
            None,
            (
                "a text is expected to name a field, got None; write F.on.fill_null('none'), or "
                "columns= with a name for it"
            ),
        ),
        ("k", "'k' is the name of a field of the index"),
    ],
    ids=["number", "none", "index"],
)
def test_a_value_that_names_no_field_fails_its_record(value: Any, words: str) -> None:
    """Where columns are found."""
    records = [{"k": 1, "on": "x", "v": 1}, {"k": 1, "on": value, "v": 1}]

    made, result = run(Pivot("on", index="k", values="v"), records, on_error=Quarantine())

    assert made == [{"k": 1, "x": 1}]
    assert [(one.code, one.message) for one in result.rejections] == [("column", f"$.on {words}")]


@pytest.mark.parametrize(
    ("record", "code", "words"),
    [
        (
            {"k": 1, "v": 1},
            "missing_field",
            "$ the record has no field 'on'; where it may be missing",
        ),
        ({"on": "x", "v": 1}, "missing_field", "$ the record has no field 'k'"),
        ({"k": 1, "on": "x"}, "missing_field", "$ the record has no field 'v'"),
        ({"k": 1, "on": "x", "v": "1"}, "type", "$.v Sum(F.v) takes numbers, got '1'"),
        ({"k": [1], "on": "x", "v": 1}, "type", "$.k [1] is a list, which cannot be a key"),
    ],
    ids=["on", "index", "value", "no number", "a list"],
)
def test_a_record_that_cannot_be_used_fails_by_itself(
    record: dict[str, Any], code: str, words: str
) -> None:
    """The others are pivoted."""
    step = Pivot("on", index="k", values=Sum("v"))

    made, result = run(step, [{"k": 1, "on": "x", "v": 1}, record], on_error=Quarantine())

    assert made == [{"k": 1, "x": 1}]
    (rejection,) = result.rejections
    assert (rejection.record_no, rejection.code) == (2, code)
    assert rejection.message.startswith(words)


def test_a_dict_names_the_columns() -> None:
    """Of values that Python takes for equal each has its own, as with groups."""
    columns = {1: "one", 2.5: "real", None: "none", date(2024, 1, 1): "day", math.nan: "nan"}
    records = [{"k": 1, "on": value, "v": repr(value)} for value in columns]
    step = Pivot("on", index="k", values="v", columns=columns)

    made = [step.apply(records), run(step, records)[0]]

    expected = {
        "k": 1,
        "one": "1",
        "real": "2.5",
        "none": "None",
        "day": "datetime.date(2024, 1, 1)",
        "nan": "nan",
    }
    assert made == [[expected]] * 2


def test_columns_are_named_by_their_texts() -> None:
    """1, 1.0 and True are three columns."""
    columns = [1, 1.0, True, Decimal("2.50"), date(2024, 1, 1), "x"]
    records = [{"k": 1, "on": value, "v": n} for n, value in enumerate(columns)]

    made = Pivot("on", index="k", values="v", columns=columns).apply(records)

    expected = {"k": 1, "1": 0, "1.0": 1, "true": 2, "2.50": 3, "2024-01-01": 4, "x": 5}
    assert made == [expected]


def test_keys_are_told_apart_as_groups_are() -> None:
    """None and NaN are groups, and 1, 1.0 and True are three."""
    keys = [None, math.nan, 1, 1.0, True, math.nan]
    records = [{"k": key, "on": "x", "v": 1} for key in keys]

    made = Pivot("on", index="k", values=Count()).apply(records)

    shown = [(repr(record["k"]), record["x"]) for record in made]
    assert shown == [("None", 1), ("nan", 2), ("1", 1), ("1.0", 1), ("True", 1)]


def test_expressions_are_pivoted() -> None:
    """For the column, the index and the value."""
    step = Pivot(
        F.month.str.upper(), index={"first": F.shop == "A"}, values=F.sales + 1, columns=["JAN"]
    )

    made = step.apply(LONG[1:])

    assert made == [{"first": False, "JAN": 6}, {"first": True, "JAN": 11}]


def test_a_group_may_have_the_field_that_the_cells_have_on_the_way() -> None:
    """There is no name that an index cannot have."""
    records = [{"cells": 1, "cells_": 2, "on": "x", "v": 3}]

    made = Pivot("on", index=["cells", "cells_"], values="v").apply(records)

    assert made == [{"cells": 1, "cells_": 2, "x": 3}]


def test_the_wide_records_wait_on_disk() -> None:
    """Above a budget, and come back in their order."""
    records = [{"k": n, "cells": {f"c{n % 3}": n}} for n in range(100)]
    step = Widen("w", "cells", Count(), memory_bytes=1)

    made = [record for batch in step.run(iter([records[:50], records[50:]])) for record in batch]

    assert [list(record) for record in made] == [["k", "c0", "c1", "c2"]] * 100
    assert [record[f"c{n % 3}"] for n, record in enumerate(made)] == list(range(100))


NAMES = st.sampled_from(["x", "y", "z"])


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from([1, 1.0, None, "1"]), NAMES, st.none() | st.integers())),
    st.none() | st.permutations(["x", "y", "z"]),
    st.sampled_from([1, 2000, 10**9]),
)
def test_it_does_what_a_plain_loop_does(rows: list[Any], columns: Any, memory_bytes: int) -> None:
    """With sums, and whether or not the columns are stated, or the groups were on disk."""
    records = [{"k": key, "on": name, "v": value} for key, name, value in rows]
    wide: dict[str, dict[str, Any]] = {}
    for record in records:
        cells = wide.setdefault(repr(record["k"]), {"k": record["k"]})
        given_before = cells.get(record["on"])
        both = [one for one in (given_before, record["v"]) if one is not None]
        cells[record["on"]] = sum(both) if both else None
    found = dict.fromkeys(name for cells in wide.values() for name in cells if name != "k")
    names = ["k", *(columns or found)]

    step = Pivot("on", index="k", values=Sum("v"), columns=columns, memory_bytes=memory_bytes)
    made, _ = run(step, records)

    expected = [{name: cells.get(name) for name in names} for cells in wide.values()]
    assert repr(made) == repr(expected)


def test_a_pivot_undoes_a_melt() -> None:
    """In one chain."""
    wide = [{"id": 1, "jan": 10, "feb": None}, {"id": 2, "jan": None, "feb": 3}]
    chain = Melt(["jan", "feb"]) | Pivot("variable", index="id", values="value")

    made, _ = run(chain, wide)

    assert made == wide


def test_a_preview_shows_wide_records_only() -> None:
    """And nothing that is on the way to them."""
    step = Pivot("month", index="shop", values="sales")

    shown = ETLJob("j", "J", RecordsSource(LONG), step, MemoryDestination()).preview(3)

    assert [one.label for one in shown.snapshots] == ["records", "Pivot(month)"]


def test_it_goes_on_behind_a_step_that_fans_out() -> None:
    """A source record whose results are for one cell is rejected as a whole."""
    chain = Explode("on") | Pivot("on", index="k", values="k", columns=["x", "y"])

    made, result = run(
        chain, [{"k": 1, "on": ["x", "y"]}, {"k": 2, "on": ["x", "x"]}], on_error=Quarantine()
    )

    assert made == [{"k": 1, "x": 1, "y": 1}]
    assert [one.record_no for one in result.rejections] == [2]


@pytest.mark.parametrize(
    ("values", "memory"),
    [("sales", "keyed"), (Sum("sales"), "spilling"), (Median("sales"), "spilling")],
    ids=["value", "sum", "median"],
)
def test_memory_is_what_the_aggregation_keeps(values: Any, memory: str) -> None:
    """Of each cell."""
    assert Pivot("month", index="shop", values=values).memory == memory


def test_the_step_says_what_it_is() -> None:
    """Label and repr."""
    step = Pivot(F.month.str.upper(), index=["shop"], values=F.a, columns={1: "one"})

    assert step.label == "Pivot(F.month.str.upper())"
    assert repr(step) == (
        "Pivot(on=F.month.str.upper(), index='shop', values='a', columns={1: 'one'})"
    )
    assert Pivot("a", index=["b", "c"], values="d", name="wide").label == "wide"
    assert (
        repr(Pivot("a", index={"b": F.c}, values="d"))
        == "Pivot(on='a', index={'b': F.c}, values='d')"
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"on": 5}, "Pivot: on is a field or an expression, got 5"),
        (
            {"on": ["a", "b"]},
            (
                "Pivot: on is a field or an expression, got ['a', 'b']; concat(F.a, '_', F.b) "
                "makes one text of several"
            ),
        ),
        (
            {"index": {"a": len}},
            (
                "Pivot: 'a' of index is an expression, got <built-in function len>; Derive makes "
                "a field of a function"
            ),
        ),
        (
            {"values": Sum},
            (
                "Pivot: values is a field, an expression, or an aggregation such as "
                "Sum('amount'), got <class 'etlkit.transformations.grouping.aggregations.Sum'>; write "
                "Sum(...)"
            ),
        ),
        (
            {"values": 5},
            (
                "Pivot: values is a field, an expression, or an aggregation such as "
                "Sum('amount'), got 5"
            ),
        ),
        (
            {"columns": "jan"},
            "Pivot: columns is a list of values, or a dict of values and names, got 'jan'",
        ),
        (
            {"columns": []},
            "Pivot: columns is a list of values, or a dict of values and names, got []",
        ),
        ({"columns": ["jan", "jan"]}, "Pivot: two columns would be called 'jan'"),
        ({"columns": [1, "1"]}, "Pivot: two columns would be called '1'"),
        ({"columns": {1: "a", 2: "a"}}, "Pivot: two columns would be called 'a'"),
        ({"memory_bytes": 0}, "Pivot: memory_bytes is a number of bytes, got 0"),
        ({"columns": {1: 2}}, "Pivot: a field is called by its name, a text, got 2"),
        ({"columns": ["k"]}, "Pivot: 'k' is a field of index and a column"),
        (
            {"columns": ["x", None]},
            (
                "Pivot: the column None has no text to be called by; write a dict: "
                "columns={None: 'name'}"
            ),
        ),
        (
            {"columns": [[1]]},
            (
                "Pivot: the column [1] has no text to be called by; write a dict: "
                "columns={[1]: 'name'}"
            ),
        ),
    ],
    ids=[
        "on",
        "several",
        "a function",
        "a class",
        "a number",
        "a text",
        "no column",
        "twice",
        "one text",
        "one name",
        "memory",
        "no name",
        "a field of the index",
        "none",
        "a list",
    ],
)
def test_wrong_arguments_are_told_at_once(arguments: dict[str, Any], words: str) -> None:
    """With the line of the user's program."""
    with pytest.raises(ConfigurationError) as caught:
        Pivot(**{"on": "on", "index": "k", "values": "v", **arguments})

    assert str(caught.value).startswith(f"{words} (test_pivot.py:")
