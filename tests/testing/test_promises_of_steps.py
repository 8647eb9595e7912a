"""Every verb that there is keeps what check_transformation asks of a step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from etlkit import F
from etlkit.testing import check_transformation
from etlkit.transformations import Derive, Filter, FlatMap, Lookup, Map, Route, Transformation
from etlkit.transformations.dict_form import VERBS
from transformations.every_verb import CALLING, OF_SEVERAL, STEPS


if TYPE_CHECKING:
    from etlkit.transformations import Step

VALUES: list[Any] = [
    *["x", "X X", "yz", "12345", "ny", "2026", "26", "", None],
    *[True, 0, 1, 2, 1.0, 2.5, [1, [2]], [{"b": 1}], [], {"c": None, "b": {"a": 1}}, {}],
]
FIELDS = [
    *({"a": value} for value in VALUES),
    *({"a": value, "b": value, "c": value} for n, value in enumerate(VALUES)),
    *({"b": 1.5, "a": n, "c": "x"} for n in range(3)),
    {"a_b": 1, "b": {"a": 1}, "a": "x"},
    {"c": "x", "b": 1},
]
"""Records for the verbs that see one at a time, whose fields are a, b and c."""

KEYS = [{"k": k, "n": n} for k, n in [(1, 3), (2, 1), (1, 1), (None, 2), (3, None), (1, 3)]]
"""Records for the verbs over several, whose fields are k and n."""

FUNCTIONS: list[Step] = [
    Derive(d=lambda record: record["a"][0]),
    Filter(lambda record: record["a"] == "x"),
    FlatMap(lambda record: [record] * record["a"]),
    Lookup("a", str.lower, missing="reject"),
    Map(lambda record: {**record, "a": record["a"].upper()}),
    Route({"left": lambda record: "b" in record}, default="right"),
    Transformation("first", lambda records: records[:2]),
    Transformation("half", lambda records: records[::2], scope="batch"),
    Transformation("copy", lambda record, n: {**record, "n": n}, {"n": 1}, scope="record"),
]


ONE_BY_ONE = [*STEPS, *CALLING, *FUNCTIONS]


@pytest.mark.parametrize(
    "step",
    ONE_BY_ONE,
    ids=[f"{type(step).__name__}-{number}" for number, step in enumerate(ONE_BY_ONE)],
)
def test_a_step_keeps_its_promises(step: Step) -> None:
    """It changes nothing that it is given, repeats itself, swallows nothing and counts all."""
    assert check_transformation(step, FIELDS) is None


@pytest.mark.parametrize("step", OF_SEVERAL.values(), ids=list(OF_SEVERAL))
def test_a_step_over_several_records_keeps_its_promises(step: Step) -> None:
    """In whatever parts it does its work."""
    assert check_transformation(step, KEYS) is None


@pytest.mark.parametrize(
    "step",
    [Derive(total=F.price * F.n), Filter(F.n > 1), Lookup("id", [{"id": 1, "tax": 2}], take="tax")],
    ids=lambda step: step.label,
)
def test_records_of_a_verb_may_be_made_up(step: Step) -> None:
    """It is asked for the fields that it looks for."""
    assert check_transformation(step) is None


def test_each_verb_is_tried() -> None:
    """A verb that is new is added to ``tests/transformations/every_verb.py``."""
    tried = {type(step).__name__ for step in [*STEPS, *CALLING, *OF_SEVERAL.values()]}

    assert set(VERBS) - tried == set()
