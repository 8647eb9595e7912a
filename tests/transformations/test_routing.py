"""What Split, Route and Tap share, which send records to outputs."""

from __future__ import annotations

from typing import Any

import pytest

from etlkit import F
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
