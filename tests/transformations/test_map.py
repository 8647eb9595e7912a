"""Map on records at hand."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import pytest

from etlkit.records import Unfit
from etlkit.transformations import FlatMap, Map
from transformations.conftest import every_wrong_result


def test_a_map_may_change_in_place_or_replace() -> None:
    """Both ways of writing a function give the same records."""
    records = [{"n": 1}]

    made = [
        Map(lambda record: record | {"m": 2}).apply(records),
        Map(lambda record: record.update(m=2) or record).apply(records),
    ]

    assert made == [[{"n": 1, "m": 2}]] * 2


def test_a_map_makes_plain_dicts_of_other_dicts() -> None:
    """An OrderedDict that a function returns goes on as a dict."""
    made = Map(OrderedDict).apply([{"n": 1}])

    assert made == [{"n": 1}]
    assert type(made[0]) is dict


@every_wrong_result
def test_a_map_that_returns_no_record_is_told_so(wrong: object, words: str) -> None:
    """The message has the step, and the type of what it returned."""
    with pytest.raises(Unfit) as caught:
        Map(lambda record: wrong, name="clean").apply([{"n": 1}])

    assert str(caught.value).partition("; ")[0] == f"clean returned {words}"
    assert caught.value.code == "step"


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        pytest.param(
            None,
            "; to change the record in place, end the function with 'return record'; a lambda "
            "makes a new one: {**record, 'name': value}",
            id="None",
        ),
        pytest.param(
            True, "; Filter(...) keeps the records for which a function is true", id="a claim"
        ),
        pytest.param([{}], "; FlatMap(...) makes several records of one", id="a list"),
        pytest.param("n", "; Derive(name=...) gives records a field with this value", id="a text"),
        pytest.param(b"n", "", id="something else"),
    ],
)
def test_a_map_that_returns_something_else_is_told_what_does_that(wrong: object, hint: str) -> None:
    """Most of them are what another step is for."""
    with pytest.raises(Unfit) as caught:
        Map(lambda record: wrong, name="clean").apply([{"n": 1}])

    assert str(caught.value).endswith(f" instead of a record (a dict){hint}")


@pytest.mark.parametrize("kind", [Map, FlatMap])
def test_a_step_knows_whether_it_fans_out(kind: Any) -> None:
    """Only a flat map makes several records of one."""
    step = kind(dict)

    assert step.fans_out is (kind is FlatMap)
