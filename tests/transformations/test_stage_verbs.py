"""The verbs over several records as data, and back."""

from __future__ import annotations

import json

from datetime import date
from typing import Any

import pytest

from etlkit import F, FileSource, transformations
from etlkit.errors import ConfigurationError
from etlkit.transformations import (
    Aggregate,
    Batch,
    Collect,
    Count,
    Deduplicate,
    Join,
    Lookup,
    Pivot,
    Quantile,
    Sample,
    Sort,
    Sum,
    TopK,
    Union,
    from_dict,
    to_dict,
)
from etlkit.transformations.dict_form import VERBS as REGISTRY
from etlkit.transformations.stage_verbs import StageVerb


VERBS: dict[str, Any] = {
    "aggregate": Aggregate("k"),
    "aggregations": Aggregate(
        {"k": F.k, "low": F.n < 2},
        name="groups",
        n=Count(),
        total=Sum(F.n * 2),
        high=Quantile("n", 0.9),
        all=Collect("n"),
    ),
    "batch": Batch(2),
    "batched": Batch(3, into="all", name="b"),
    "deduplicate": Deduplicate(),
    "last": Deduplicate(["k", "n"], keep="last", name="last"),
    "computed": Deduplicate({"k": F.k % 2}),
    "sample": Sample(0.5),
    "sampled": Sample(1, by=["k", "n"], seed=7, name="s"),
    "drawn by": Sample(0.5, by={"low": F.n < 2}),
    "reservoir": Sample(n=2, seed=-1),
    "sort": Sort("n"),
    "sorted": Sort(
        ["k", F.n + 1], descending=[True, False], nulls="first", memory_bytes=1, name="s"
    ),
    "top": TopK(2, by="n"),
    "tops": TopK(2, by=["k", F.n + 1], descending=[True, False], nulls="first", name="t"),
    "union": Union([{"k": 2, "n": 2}]),
    "join": Join([{"k": 1, "v": 1}], on="k"),
    "left": Join(
        [{"j": 1, "n": 1}], on={"k": "j"}, how="left", validate="m:1", suffix="_r", name="j"
    ),
    "lookup": Lookup("k", {1: "one"}),
    "pivot": Pivot("k", index="n", values="k", columns=[1]),
    "wide": Pivot(
        F.k.cast(str), index={"k": F.k, "low": F.n < 2}, values=Sum(F.n * 2), name="wide"
    ),
    "named": Pivot(
        "k", index=["k", "n"], values=Count(), columns={1: "one", date(2024, 1, 1): "day"}
    ),
    "records": Lookup(
        "k", [{"j": 1, "v": 1}], key="j", take="v", into="v", missing="reject", cached=False
    ),
}
RECORDS = [{"k": 1, "n": 3}, {"k": 1, "n": 1}]


@pytest.mark.parametrize("verb", VERBS.values(), ids=list(VERBS))
def test_a_verb_comes_back_from_its_dict(verb: Any) -> None:
    """It is JSON, and what comes back does the same."""
    data = json.loads(json.dumps(to_dict(verb)))

    back = from_dict(data)

    assert to_dict(back) == data
    assert repr(back) == repr(verb)
    assert back.apply(RECORDS) == verb.apply(RECORDS)


def test_each_verb_over_several_records_is_among_these() -> None:
    """A new verb is tested like the others."""
    kinds = {name: getattr(transformations, name) for name in REGISTRY}

    of_several = {name for name, kind in kinds.items() if issubclass(kind, StageVerb)}

    assert {type(verb).__name__ for verb in VERBS.values()} == of_several


def test_a_chain_comes_back() -> None:
    """With verbs of both kinds."""
    chain = Deduplicate("k") | Sort("n")

    assert to_dict(from_dict(to_dict(chain))) == to_dict(chain)


def test_the_dict_holds_what_was_written() -> None:
    """Without what is as it is by default."""
    assert to_dict(Aggregate("state", cases=Count(), total=Sum("amount"))) == {
        "verb": "Aggregate",
        "by": ["state"],
        "outputs": {
            "cases": {"$aggregation": ["Count", None]},
            "total": {"$aggregation": ["Sum", {"$expression": F.amount.to_dict()}]},
        },
    }


@pytest.mark.parametrize(
    "verb",
    [
        Aggregate("k", worst=max),
        Deduplicate({"k": lambda record: record}),
        Lookup("k", str),
        Join(FileSource("x.jsonl"), on="k"),
    ],
    ids=["output", "key", "table", "source"],
)
def test_functions_and_sources_have_no_dict_form(verb: Any) -> None:
    """The message names the step and what it is."""
    with pytest.raises(ConfigurationError, match="has no dict form"):
        to_dict(verb)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({"verb": "Sort", "bye": ["k"]}, "Sort has no argument 'bye'; did you mean 'by'?"),
        (
            {"verb": "Aggregate", "by": "k", "outputs": {"n": {"$aggregation": ["Smu", None]}}},
            "an aggregation is one of ",
        ),
    ],
    ids=["argument", "aggregation"],
)
def test_a_mistake_in_the_data_is_told(data: Any, told: str) -> None:
    """With the near name."""
    with pytest.raises(ConfigurationError) as caught:
        from_dict(data)

    assert str(caught.value).startswith(told)
