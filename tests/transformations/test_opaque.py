"""A plan shows by file and line where it calls a function, which nobody can look into."""

from __future__ import annotations

from typing import Any

import pytest

from etlkit import ETLJob, F, RecordsSource, Transformation
from etlkit.transformations import (
    Aggregate,
    Count,
    Deduplicate,
    Derive,
    Filter,
    FlatMap,
    Lookup,
    Map,
    Route,
    Sample,
    Split,
    Step,
    Tap,
    Window,
)


def asked(record: dict[str, Any]) -> Any:
    """A function of a user."""
    return record["k"]


PLACE = f"test_opaque.py:{asked.__code__.co_firstlineno}"


@pytest.mark.parametrize(
    ("step", "line"),
    [
        pytest.param(Map(asked), f"Map(asked) (opaque: {PLACE})", id="map"),
        pytest.param(FlatMap(asked), f"FlatMap(asked) (opaque: {PLACE})", id="flat map"),
        pytest.param(Filter(asked), f"Filter(asked) (opaque: {PLACE})", id="filter"),
        pytest.param(
            Derive(x=asked, y=F.a), f"Derive(x=asked, y=F.a) (opaque: x: {PLACE})", id="derive"
        ),
        pytest.param(Tap("o", where=asked), f"(opaque: {PLACE})", id="tap"),
        pytest.param(Split(asked, matched="o"), f"(opaque: {PLACE})", id="split"),
        pytest.param(Route({"o": asked}), f"(opaque: {PLACE})", id="route"),
        pytest.param(
            Aggregate({"low": asked}),
            f"Aggregate(by low): key (opaque: low: {PLACE})",
            id="key of a group",
        ),
        pytest.param(
            Aggregate("k", n=asked),
            f"spilling: Aggregate(by k) (opaque: n: {PLACE})",
            id="output of a group",
        ),
        pytest.param(
            Deduplicate({"low": asked}),
            f"Deduplicate(by low), spilling (opaque: {PLACE})",
            id="first",
        ),
        pytest.param(
            Deduplicate({"low": asked}, keep="last"),
            f"Deduplicate(by low): key (opaque: {PLACE})",
            id="last",
        ),
        pytest.param(Lookup("k", asked), f"Lookup(k), keyed (opaque: {PLACE})", id="lookup"),
        pytest.param(Sample(0.5, by={"low": asked}), f"(opaque: {PLACE})", id="sample"),
        pytest.param(Window({"low": asked}, n=Count()), f"key (opaque: {PLACE})", id="window"),
        pytest.param(
            Transformation("all", asked), f"materialising: all (opaque: {PLACE})", id="dataset"
        ),
    ],
)
def test_a_plan_shows_where_a_function_is_written(step: Step, line: str) -> None:
    """At the part of the step that calls it, in a flow and in a job, also as a table."""
    flow = RecordsSource([{"k": 1}]) | step
    outputs = {"o": "memory:"} if isinstance(step, Route | Split | Tap) else None
    job = ETLJob("j", "J", RecordsSource([]), step, "memory:", loaders=outputs)

    assert line in flow.explain()
    assert line in job.explain()
    assert PLACE in flow._repr_html_()
    assert step.opaque is not None
    assert PLACE in step.opaque


@pytest.mark.parametrize(
    "step",
    [Filter(F.a > 1), Aggregate("a", n=Count()), Deduplicate("a"), Lookup("a", {1: 2})],
    ids=["filter", "aggregate", "deduplicate", "lookup"],
)
def test_what_calls_no_function_is_not_opaque(step: Step) -> None:
    """Expressions and tables can be looked into."""
    flow = RecordsSource([]) | step

    assert "opaque" not in flow.explain()
    assert step.opaque is None
