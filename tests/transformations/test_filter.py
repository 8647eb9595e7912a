"""Filter on records at hand."""

from __future__ import annotations

from typing import Any

import pytest

from etlkit import F
from etlkit.errors import ConfigurationError
from etlkit.transformations import Filter, from_dict, to_dict
from transformations.conftest import Told, both


@pytest.mark.parametrize(
    ("answer", "kept"),
    [(True, 1), (1, 1), ("yes", 1), ([0], 1), (False, 0), (0, 0), ("", 0), ([], 0), (None, 0)],
    ids=repr,
)
def test_any_true_answer_keeps_a_record(answer: Any, kept: int) -> None:
    """The predicate need not return a bool."""
    made = Filter(lambda record: answer).apply([{"n": 1}])

    assert made == [{"n": 1}] * kept


def test_a_filter_keeps_the_order() -> None:
    """What stays, stays in its place."""
    made = Filter(lambda record: record["n"] % 2).apply([{"n": n} for n in range(6)])

    assert made == [{"n": 1}, {"n": 3}, {"n": 5}]


def test_a_predicate_that_raises_fails() -> None:
    """An exception is not taken for no."""
    with pytest.raises(KeyError) as caught:
        Filter(lambda record: record["m"], name="has m").apply([{"n": 1}])

    assert caught.value.__notes__ == ["in step has m, record 1"]


@pytest.mark.parametrize(
    ("condition", "kept"),
    [
        (F.n > 1, [2, 3]),
        (~(F.n > 1), [1]),
        (F.n.is_null(), [None]),
        ((F.n == 1) | F.n.is_null(), [1, None]),
        (F.n.is_in([1, 3]), [1, 3]),
    ],
    ids=repr,
)
def test_an_expression_keeps_a_record_only_if_it_is_true(condition: Any, kept: list[Any]) -> None:
    """False and None do not; both count as filtered."""
    made = both(Filter(condition), *[{"n": n} for n in (1, 2, 3, None)])

    assert made == [Told([{"n": n} for n in kept], filtered=4 - len(kept))] * 2


def test_an_expression_that_is_no_claim_fails() -> None:
    """A number is not taken for true."""
    made = both(Filter(F.n), {"n": 1})

    words = "$.n true or false is expected, got 1 in F.n; write a comparison, such as != 0"
    assert made == [Told(refused=[(0, "type", words)])] * 2


def test_a_record_without_a_field_fails() -> None:
    """A missing field is not taken for no."""
    made = both(Filter(F.price > 1), {"prcie": 2}, {"price": 2})

    words = (
        "$ the record has no field 'price'; did you mean 'prcie'?; where it may be missing, "
        "write F.price.default(None)"
    )
    assert made == [Told([{"price": 2}], refused=[(0, "missing_field", words)])] * 2


@pytest.mark.parametrize(
    "condition", [F.n > 1, lambda record: record["n"] > 1], ids=["an expression", "a function"]
)
def test_every_record_is_accounted_for(condition: Any) -> None:
    """Each goes on, is filtered or refused."""
    made = both(Filter(condition), {"n": 1}, {"n": 2}, {"n": "2"}, {})

    assert [one.balance for one in made] == [4, 4]
    assert made[0] == made[1]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("n", "got 'n'; for the value of the field write F.n"),
        ("n > 1", "got 'n > 1'; write F.n > 1"),
        (
            True,
            (
                "got True; two values that Python compared have no field in them: write "
                "F.name == value"
            ),
        ),
        (5, "got 5"),
    ],
    ids=["a field", "a text", "a bool", "a number"],
)
def test_other_conditions_are_refused_when_the_step_is_made(given: Any, words: str) -> None:
    """The message says what to write, and where it was written."""
    with pytest.raises(ConfigurationError) as caught:
        Filter(given)

    begin = "Filter takes an expression such as F.amount > 100, or a function of a record"
    assert str(caught.value).startswith(f"{begin}, {words} (test_filter.py:")


def test_a_function_of_two_arguments_is_refused() -> None:
    """It could not be called."""
    with pytest.raises(ConfigurationError) as caught:
        Filter(lambda key, value: value)  # type: ignore[arg-type,misc]  # that is the mistake

    words = "Filter: the function is called with one record, but it takes (key, value) ("
    assert str(caught.value).startswith(words)


@pytest.mark.parametrize("step", [Filter(F.n > 1), Filter(F.n.is_null(), name="no n")], ids=repr)
def test_its_text_and_its_dict_form_read_back(step: Filter) -> None:
    """Both say all there is to say."""
    made = [from_dict(to_dict(step)), eval(repr(step))]

    assert made == [step, step]


def test_a_plan_shows_an_expression_and_where_a_function_is_written() -> None:
    """An expression can be looked into, a function cannot."""
    steps = [Filter(F.n > 1), Filter(F.n > 1, name="big"), Filter(lambda record: True)]

    shown = [(step.label, step.opaque is None) for step in steps]

    assert shown[:2] == [("Filter(F.n > 1)", True), ("big", True)]
    assert shown[2][0].startswith("Filter(lambda test_filter.py:")
    assert shown[2][1] is False
