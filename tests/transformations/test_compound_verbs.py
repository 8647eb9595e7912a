"""The verbs over several records as data, and back."""

from __future__ import annotations

import json

from typing import Any

import pytest

from hypothesis import given, settings
from hypothesis import strategies as st

from etlkit import F, FileSource, transformations
from etlkit.errors import ConfigurationError
from etlkit.transformations import (
    Aggregate,
    Count,
    Deduplicate,
    Join,
    Lookup,
    Pivot,
    Sort,
    Sum,
    from_dict,
    to_dict,
)
from etlkit.transformations.compound_verbs import CompoundVerb
from etlkit.transformations.dict_form import VERBS as REGISTRY
from etlkit.transformations.step import RecordStep
from transformations.conftest import both
from transformations.every_verb import OF_SEVERAL


RECORDS = [{"k": 1, "n": 3}, {"k": 1, "n": 1}]


@pytest.mark.parametrize("verb", OF_SEVERAL.values(), ids=list(OF_SEVERAL))
def test_a_verb_comes_back_from_its_dict(verb: Any) -> None:
    """It is JSON, and what comes back does the same."""
    data = json.loads(json.dumps(to_dict(verb)))

    back = from_dict(data)

    assert to_dict(back) == data
    assert repr(back) == repr(verb)
    assert back.apply(RECORDS) == verb.apply(RECORDS)


VALUES = st.sampled_from([None, 0, 1, 1.0, True, -2.5, "x", "", "y" * 50, float("nan"), [1], {}])
FIELDS = st.dictionaries(st.sampled_from(["k", "n", "j"]), VALUES, max_size=3)
OF_ONE = {
    f"{name}, part {number}": part
    for name, verb in OF_SEVERAL.items()
    if not isinstance(verb, Aggregate | Pivot)  # their two forms gather in other portions
    for number, part in enumerate(verb.parts(), 1)
    if isinstance(part, RecordStep)
}


@pytest.mark.parametrize("part", OF_ONE.values(), ids=list(OF_ONE))
@settings(deadline=None, max_examples=30)
@given(records=st.lists(FIELDS, max_size=5))
def test_what_a_verb_does_record_by_record_is_compiled(part: Any, records: list[Any]) -> None:
    """The compiled form does what the plain form does, and accounts for each record."""
    compiled, plain = both(part, *records)

    assert repr(compiled) == repr(plain)
    assert compiled.balance == len(records)


def test_each_verb_over_several_records_is_among_these() -> None:
    """A new verb is tested like the others."""
    kinds = {name: getattr(transformations, name) for name in REGISTRY}

    of_several = {name for name, kind in kinds.items() if issubclass(kind, CompoundVerb)}

    assert {type(verb).__name__ for verb in OF_SEVERAL.values()} == of_several


def test_a_chain_comes_back() -> None:
    """With verbs of both kinds."""
    chain = Deduplicate("k") | Sort("n")

    assert to_dict(from_dict(to_dict(chain))) == to_dict(chain)


def test_the_dict_holds_what_was_written() -> None:
    """Without what is as it is by default."""
    assert to_dict(
        Aggregate("state", cases=Count(), total=Sum("amount"), twice=Sum(F.amount * 2))
    ) == {
        "verb": "Aggregate",
        "by": ["state"],
        "outputs": {
            "cases": {"$aggregation": "Count"},
            "total": {"$aggregation": "Sum", "of": "amount"},
            "twice": {"$aggregation": "Sum", "of": {"$expression": "amount * 2"}},
        },
    }


@pytest.mark.parametrize(
    "verb",
    [
        Aggregate("k", last=list),
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
            {"verb": "Aggregate", "by": "k", "outputs": {"n": {"$aggregation": "Smu"}}},
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
