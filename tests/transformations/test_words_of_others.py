"""Arguments as other tools have them, and what is said instead: each message is read whole."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from etlkit import F, RecordsSource
from etlkit.errors import ConfigurationError
from etlkit.records import Record
from etlkit.transformations import (
    Aggregate,
    Collect,
    Count,
    Deduplicate,
    Derive,
    Filter,
    Flatten,
    Join,
    Lag,
    Limit,
    Lookup,
    Map,
    Melt,
    ParseDate,
    Quantile,
    RecordStep,
    Sort,
    Sum,
    TopK,
    Window,
)
from transformations.conftest import Told, both


STATES = [{"code": "CA", "name": "California"}]
NEEDS = "needs an aggregation such as Sum('amount'), or a function of a list of records, got"
OF_EACH = (
    "Window('group', order_by='value', descending=True, place=RowNumber()) and "
    "Filter(F.place <= 10) keep the largest of each group"
)


@pytest.mark.parametrize(
    ("mistake", "message"),
    [
        pytest.param(
            lambda: Aggregate("state", "year", n=Count()),  # type: ignore[misc]  # the mistake
            "Aggregate: too many positional arguments; several are a list: "
            "Aggregate(['state', 'year'])",
            id="groups one after the other",
        ),
        pytest.param(
            lambda: Sort("state", F.year),  # type: ignore[misc]  # the mistake
            "Sort: too many positional arguments; several are a list: Sort(['state', F.year])",
            id="keys one after the other",
        ),
        pytest.param(
            lambda: TopK(3, "state", "year"),  # type: ignore[misc]  # the mistake
            "TopK: too many positional arguments; several are a list: TopK(3, ['state', 'year'])",
            id="keys behind another argument",
        ),
        pytest.param(
            lambda: ParseDate("day", "%Y-%m-%d", "%d.%m.%Y"),  # type: ignore[misc]  # the mistake
            "ParseDate: too many positional arguments; several are a list: "
            "ParseDate('day', ['%Y-%m-%d', '%d.%m.%Y'])",
            id="formats one after the other",
        ),
        pytest.param(
            lambda: TopK(3, "n", group="state"),  # type: ignore[call-arg]  # the mistake
            f"TopK has no argument 'group'; {OF_EACH}",
            id="the largest of each group",
        ),
        pytest.param(
            lambda: Deduplicate("id", order_by="day"),  # type: ignore[call-arg]  # the mistake
            "Deduplicate has no argument 'order_by'; Sort('day', descending=True) | "
            "Deduplicate('id') keeps the latest of each",
            id="the latest of each",
        ),
        pytest.param(
            lambda: Join(STATES, left_on="state", right_on="code"),  # type: ignore[call-arg]  # the mistake
            "Join has no argument 'left_on'; fields of two names are "
            "on={'name here': 'name there'}",
            id="fields of two names",
        ),
        pytest.param(
            lambda: Lookup("state", {}, default="?"),  # type: ignore[call-arg]  # the mistake
            "Lookup has no argument 'default'; missing='null' gives None, and FillNull behind it "
            "another value",
            id="a value for what is not found",
        ),
        pytest.param(
            lambda: Join(STATES, on="code", how="full"),  # type: ignore[arg-type]  # the mistake
            "Join: how is 'inner' or 'left' or 'semi' or 'anti' or 'outer', got 'full'; did you "
            "mean 'outer'?",
            id="a full join",
        ),
        pytest.param(
            lambda: Join(STATES, on="code", how="right"),  # type: ignore[arg-type]  # the mistake
            "Join: how='right' is how='left' with the other source first: "
            "other | Join(source, how='left', ...)",
            id="a right join",
        ),
        pytest.param(
            lambda: Join(STATES, on="code", validate="many_to_one"),  # type: ignore[arg-type]  # the mistake
            "Join: validate is '1:1' or '1:m' or 'm:1' or 'm:m', got 'many_to_one'; did you mean "
            "'m:1'?",
            id="a relation in words",
        ),
        pytest.param(
            lambda: Aggregate("state", total="sum"),  # type: ignore[arg-type]  # the mistake
            f"Aggregate: 'total' {NEEDS} 'sum'; write Sum('amount')",
            id="the name of an aggregation",
        ),
        pytest.param(
            lambda: Aggregate("state", total=("n", "mean")),  # type: ignore[arg-type]  # the mistake
            f"Aggregate: 'total' {NEEDS} ('n', 'mean'); write Mean('n')",
            id="a field and the name of an aggregation",
        ),
        pytest.param(
            lambda: Aggregate("state", total=F.n),  # type: ignore[arg-type]  # the mistake
            f"Aggregate: 'total' {NEEDS} F.n; write Sum(F.n), or another aggregation of it",
            id="an expression",
        ),
        pytest.param(
            lambda: Aggregate("state", total=max),
            f"Aggregate: 'total' {NEEDS} <built-in function max>; write Max('amount')",
            id="a function of numbers",
        ),
        pytest.param(
            lambda: Aggregate("state", total=Sum),  # type: ignore[arg-type]  # the mistake
            f"Aggregate: 'total' {NEEDS} <class 'etlkit.transformations.grouping.aggregations.Sum'>; "
            "write Sum(...)",
            id="a class",
        ),
        pytest.param(
            lambda: Aggregate(group_by="state", n=Count()),  # type: ignore[arg-type]  # the mistake
            f"Aggregate: 'group_by' {NEEDS} 'state'; what to group by comes first: "
            "Aggregate('state', ...)",
            id="another word for by",
        ),
        pytest.param(
            lambda: Window(partition_by="state", n=Count()),  # type: ignore[arg-type]  # the mistake
            "Window: 'partition_by' needs a function such as RowNumber(), or an aggregation such "
            "as Sum('amount'), got 'state'; what to group by comes first: Window('state', ...)",
            id="another word for by in a window",
        ),
        pytest.param(
            lambda: Derive(name=F.name.str.upper),
            "Derive: 'name' is an expression or a function of a record, got <a function that is "
            "called: F.name.str.upper()>; write F.name.str.upper()",
            id="a function without its parentheses",
        ),
        pytest.param(
            lambda: Filter(F.name.str.upper),
            "Filter takes an expression such as F.amount > 100, or a function of a record, got "
            "<a function that is called: F.name.str.upper()>; write F.name.str.upper()",
            id="a condition without its parentheses",
        ),
        pytest.param(
            lambda: Map(F.name.str.upper),
            "Map: a function is expected, got <a function that is called: F.name.str.upper()>; "
            "write F.name.str.upper()",
            id="an expression in the place of a function",
        ),
        pytest.param(
            lambda: Sort(F.name.str.upper),
            "Sort sorts by a field, an expression, or a list of them, got <a function that is "
            "called: F.name.str.upper()>; write F.name.str.upper()",
            id="a key without its parentheses",
        ),
        pytest.param(
            lambda: Sum(F.name.str.length),
            "an aggregation takes a field or an expression, got <a function that is called: "
            "F.name.str.length()>; write F.name.str.length()",
            id="a summand without its parentheses",
        ),
        pytest.param(
            Sum,
            "Sum: missing a required argument: 'of'; it is written Sum(of)",
            id="an aggregation of nothing",
        ),
        pytest.param(
            lambda: Quantile(0.5, "n"),  # type: ignore[arg-type]  # the mistake
            "an aggregation takes a field or an expression, got 0.5",
            id="the fraction first",
        ),
        pytest.param(
            lambda: Collect("n", distinct=True),  # type: ignore[call-arg]  # the mistake
            "Collect has no argument 'distinct'; it is written Collect(of)",
            id="an argument that an aggregation has not",
        ),
        pytest.param(
            Lag,
            "Lag: missing a required argument: 'of'; it is written Lag(of, n=1, default=None)",
            id="a window function of nothing",
        ),
        pytest.param(
            lambda: Melt(id_vars="id"),  # type: ignore[call-arg]  # the mistake
            "Melt has no argument 'id_vars'; did you mean 'index'?; it is written "
            "Melt(on=None, *, index=None, variable_name='variable', value_name='value', "
            "nulls='keep', missing='error')",
            id="an argument of pandas",
        ),
        pytest.param(
            lambda: Flatten("a", sep="."),  # type: ignore[call-arg]  # the mistake
            "Flatten has no argument 'sep'; did you mean 'separator'?; it is written "
            "Flatten(field=None, *, separator='_', missing='error')",
            id="an abbreviation",
        ),
    ],
)
def test_the_words_of_others_are_understood(mistake: Callable[[], Any], message: str) -> None:
    """At the line where they are written, with what to write here."""
    with pytest.raises(ConfigurationError) as caught:
        mistake()

    said, _, where = str(caught.value).rpartition(" (")
    assert said == message
    assert where.startswith("test_words_of_others.py:")


def test_an_aggregate_of_groups_alone_is_shown_without_a_gap() -> None:
    """It makes a record of each group, with its key."""
    step = Aggregate("state")

    assert repr(step) == "Aggregate(['state'])"
    assert step.apply([{"state": "CA"}, {"state": "CA"}]) == [{"state": "CA"}]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        pytest.param(
            {"n": 1},
            "Limit.apply takes an iterable of dicts, got dict; put a single record into a list",
            id="one record",
        ),
        pytest.param(
            "a.csv",
            "Limit.apply takes an iterable of dicts, got str; pass FileSource(...).extract() for "
            "the records of a file",
            id="the name of a file",
        ),
        pytest.param(
            RecordsSource([]),
            "Limit.apply takes an iterable of dicts, got RecordsSource; pass what its extract() "
            "gives",
            id="a source",
        ),
        pytest.param(None, "Limit.apply takes an iterable of dicts, got NoneType", id="nothing"),
        pytest.param([5], "a record is a dict, got 5", id="what is no record"),
    ],
)
def test_what_is_no_list_of_records_is_not_applied_to(given: Any, message: str) -> None:
    """The message says how to make records of it."""
    with pytest.raises(ConfigurationError) as caught:
        Limit(1).apply(given)

    assert str(caught.value) == message


def test_a_value_that_builds_on_one_of_the_same_step_is_told() -> None:
    """As those who know a table that changes line by line write it."""
    made = both(Derive(twice=F.n * 2, more=F.twice + 1), {"n": 1}, {"n": 1, "twice": 7})

    words = (
        "$ the record has no field 'twice'; this step makes it of the record as it came, so what "
        "builds on it comes behind: | Derive(more=...)"
    )
    refused = [(0, "missing_field", words)]
    assert made == [Told([{"n": 1, "twice": 2, "more": 8}], refused=refused)] * 2


def test_a_class_of_a_step_that_is_not_finished_is_told_with_what_it_lacks() -> None:
    """A step says twice what it does; where that is too much, a function is enough."""

    class Upper(RecordStep):
        label = "Upper"

        def each(self, record: Record) -> list[Record]:
            return [{**record, "state": record["state"].upper()}]

    with pytest.raises(ConfigurationError) as caught:
        Upper()  # type: ignore[abstract]  # the mistake

    said, _, where = str(caught.value).rpartition(" (")
    assert said == (
        "Upper has no write; where a function is enough, write Map(function) or FlatMap(function)"
    )
    assert where.startswith("test_words_of_others.py:")
