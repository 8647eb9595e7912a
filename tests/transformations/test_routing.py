"""What Split, Route and Tap share, which send records to outputs."""

from __future__ import annotations

from typing import Any

import pytest

from etlkit import DataLoader, ETLJob, F, RecordsSource
from etlkit.errors import ConfigurationError
from etlkit.transformations import Route, Split, Tap, to_dict
from transformations.conftest import Told, both


def big(record: dict[str, Any]) -> Any:
    """A function of a user."""
    return record["n"] is not None and record["n"] > 1


@pytest.mark.parametrize(
    "step",
    [
        Split(F.price > 1, matched="a"),
        Route({"a": F.price > 1}, default="b"),
        Tap("a", where=F.price > 1),
    ],
    ids=repr,
)
def test_a_record_without_a_field_fails(step: Any) -> None:
    """It goes nowhere; the message has the field, and the one that may have been meant."""
    made = both(step, {"prcie": 1})

    words = (
        "$ the record has no field 'price'; did you mean 'prcie'?; where it may be missing, "
        "write F.price.default(None)"
    )
    assert made == [Told(refused=[(0, "missing_field", words)])] * 2


def test_a_plan_says_where_functions_are_written() -> None:
    """Expressions are shown, functions are marked; and functions are no data."""
    steps = [Split(big, matched="a"), Route({"a": F.n > 1, "b": big}), Tap("a", where=big)]

    shown = [(step.label, step.opaque or "") for step in steps]

    assert [label for label, _ in shown] == [
        "Split(big, matched='a')",
        "Route({'a': F.n > 1, 'b': big})",
        "Tap('a', where=big)",
    ]
    assert all(place.startswith("test_routing.py:") for _, place in shown)


@pytest.mark.parametrize("step", [Split(big, matched="a"), Tap("a", where=big)], ids=repr)
def test_a_function_is_no_data(step: Any) -> None:
    """The message has the step."""
    with pytest.raises(ConfigurationError, match="has no dict form"):
        to_dict(step)


def takes(record: dict[str, Any]) -> bool:
    """Takes out of the record what it asks for."""
    return bool(record.pop("n"))


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (Tap("copies", where=takes), "Tap: where"),
        (Route({"copies": F.n > 1, "left": takes}), "Route: 'left'"),
        (Split(takes, matched="copies"), "Split"),
        (Split(takes, unmatched="copies"), "Split"),
    ],
    ids=["tap", "route", "split", "the other part"],
)
def test_a_function_that_changes_what_it_looks_at_is_refused(step: Any, words: str) -> None:
    """Nothing is sent anywhere; the compiled form and the plain form tell the same."""
    made = both(step, {"n": 1, "m": 1})

    place = f"test_routing.py:{takes.__code__.co_firstlineno}"
    told = (
        f"{words}: takes ({place}) changed the record that it was to look at; Map changes records, "
        "and Derive gives them fields"
    )
    assert made == [Told(refused=[(0, "step", told)])] * 2


def test_a_main_output_that_gets_nothing_is_told_where_the_records_went() -> None:
    """A replace of what is there by nothing has to be meant."""
    chain = Split(F.n > 1, matched="large", unmatched="small")
    loaders = {"large": DataLoader("memory:"), "small": DataLoader("memory:")}
    source = RecordsSource([{"n": 1}, {"n": 2}, {"n": 3}])

    result = ETLJob("j", "J", source, chain, "memory:", loaders=loaders).execute()

    (told,) = result.errors
    assert told == (
        "job 'j': none of the 3 record(s) read comes to the end of the chain, and a replace would "
        "leave memory: empty, so nothing was done. 2 went to the output 'large'; 1 went to the "
        "output 'small'. If that is meant, use DataLoader(..., allow_empty=True)"
    )
