"""Reorder: some fields first, or last, and the others as they stand."""

from __future__ import annotations

from typing import Any

import pytest

from etlkit import F
from etlkit.errors import ConfigurationError
from etlkit.transformations import Reorder, from_dict, to_dict
from transformations.conftest import Told, both, orders


def test_the_fields_come_first_and_the_others_behind_them() -> None:
    """In the order in which they are named; the others keep theirs."""
    made = orders(Reorder("d", "b"), {"a": 1, "b": 2, "c": 3, "d": 4})

    assert made == [[["d", "b", "a", "c"]]] * 2


def test_the_fields_may_come_last() -> None:
    """As notes do."""
    made = orders(Reorder("d", "b", side="last"), {"a": 1, "b": 2, "c": 3, "d": 4})

    assert made == [[["a", "c", "d", "b"]]] * 2


@pytest.mark.parametrize("side", ["first", "last"])
def test_the_values_stay_what_they_are(side: Any) -> None:
    """None among them."""
    made = both(Reorder("b", "a", side=side), {"a": None, "b": [1], "c": 3})

    assert made == [Told([{"a": None, "b": [1], "c": 3}])] * 2


@pytest.mark.parametrize("side", ["first", "last"])
def test_a_record_without_a_field_fails(side: Any) -> None:
    """The message has the field, and the one that may have been meant."""
    made = both(Reorder("id", "price", side=side), {"id": 1, "prcie": 5}, {"price": 6, "id": 2})

    words = "$ the record has no field 'price'; did you mean 'prcie'?; missing='ignore' lets"
    refused = [(0, "missing_field", f"{words} records without it pass")]
    assert made == [Told([{"id": 2, "price": 6}], refused=refused)] * 2


@pytest.mark.parametrize(
    ("side", "missing", "order"),
    [
        ("first", "ignore", ["c", "a"]),
        ("first", "null", ["c", "b", "a"]),
        ("last", "ignore", ["a", "c"]),
        ("last", "null", ["a", "c", "b"]),
    ],
)
def test_a_record_without_a_field_may_go_on(side: Any, missing: Any, order: list[str]) -> None:
    """Without it, or with None at its place."""
    made = orders(Reorder("c", "b", side=side, missing=missing), {"a": 1, "c": 3})

    assert made == [[order]] * 2


def test_the_records_of_the_caller_stay_as_they_are() -> None:
    """What was given can be used again."""
    given = {"a": 1, "b": 2}

    Reorder("a", side="last").apply([given])

    assert list(given) == ["a", "b"]


@pytest.mark.parametrize(
    ("arguments", "more", "words"),
    [
        ([], {}, "Reorder needs the names of fields, such as Reorder('id', 'name')"),
        (["a", "b", "a"], {}, "Reorder: the field 'a' is named twice"),
        (
            [["a", "b"]],
            {},
            (
                "Reorder: a field is called by its name, a text, got ['a', 'b']; write the names "
                "one after the other: Reorder('a', 'b'), or Reorder(*names)"
            ),
        ),
        (
            [F.a],
            {},
            "Reorder: a field is called by its name, a text, got F.a; write the name: 'a'",
        ),
        (
            ["a"],
            {"side": "lats"},
            "Reorder: side is 'first' or 'last', got 'lats'; did you mean 'last'?",
        ),
        (
            ["a"],
            {"missing": "nul"},
            ("Reorder: missing is 'error' or 'ignore' or 'null', got 'nul'; did you mean 'null'?"),
        ),
    ],
    ids=["nothing", "twice", "a list", "an expression", "side", "missing"],
)
def test_other_arguments_are_refused_when_the_step_is_made(
    arguments: Any, more: Any, words: str
) -> None:
    """The message says what to write, and where it was written."""
    with pytest.raises(ConfigurationError) as caught:
        Reorder(*arguments, **more)

    assert str(caught.value).rpartition(" (")[0] == words
    assert "(test_reorder.py:" in str(caught.value)


@pytest.mark.parametrize(
    "step", [Reorder("a", "b c"), Reorder("a", side="last", missing="null")], ids=repr
)
def test_its_text_and_its_dict_form_read_back(step: Reorder) -> None:
    """Both say all there is to say."""
    made = [from_dict(to_dict(step)), eval(repr(step))]

    assert made == [step, step]


def test_it_holds_one_record_at_a_time() -> None:
    """And calls no function of the user."""
    step = Reorder("a")

    assert (step.label, step.memory, step.opaque) == ("Reorder('a')", "streaming", None)
