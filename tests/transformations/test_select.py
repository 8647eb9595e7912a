"""Select: these fields, in this order."""

from __future__ import annotations

from typing import Any

import pytest

from etlkit import F
from etlkit.errors import ConfigurationError
from etlkit.transformations import Select, from_dict, to_dict
from transformations.conftest import Told, both, orders


def test_the_fields_come_in_the_order_in_which_they_are_named() -> None:
    """Also those that stood elsewhere in the record."""
    made = orders(Select("c", "a"), {"a": 1, "b": 2, "c": 3})

    assert made == [[["c", "a"]]] * 2


def test_a_field_that_is_none_stays_none() -> None:
    """None is a value of a field that is there."""
    made = both(Select("a"), {"a": None, "b": 1})

    assert made == [Told([{"a": None}])] * 2


def test_a_record_without_a_field_fails() -> None:
    """The message has the field, and the one that may have been meant."""
    made = both(Select("id", "price"), {"id": 1, "prcie": 5}, {"id": 2, "price": 6})

    words = "$ the record has no field 'price'; did you mean 'prcie'?; missing='ignore' lets"
    assert (
        made
        == [
            Told(
                [{"id": 2, "price": 6}],
                refused=[(0, "missing_field", f"{words} records without it pass")],
            )
        ]
        * 2
    )


@pytest.mark.parametrize(
    ("missing", "expected"), [("ignore", {"id": 1}), ("null", {"id": 1, "price": None})]
)
def test_a_record_without_a_field_may_go_on(missing: Any, expected: dict[str, Any]) -> None:
    """Without the field, or with None in it."""
    made = both(Select("id", "price", missing=missing), {"n": 2, "id": 1})

    assert made == [Told([expected])] * 2


@pytest.mark.parametrize("missing", ["error", "ignore", "null"])
def test_every_record_is_accounted_for(missing: Any) -> None:
    """Each goes on or is refused."""
    made = both(Select("a", "b", missing=missing), {"a": 1, "b": 2}, {"a": 1}, {})

    assert [one.balance for one in made] == [3, 3]
    assert made[0] == made[1]


def test_the_records_of_the_caller_stay_as_they_are() -> None:
    """What was given can be used again."""
    given = [{"a": [1], "b": 2}]

    made = Select("a").apply(given)

    assert given == [{"a": [1], "b": 2}]
    assert made[0]["a"] is not given[0]["a"]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ([], "Select needs the names of fields, such as Select('id', 'name')"),
        (["a", "a"], "Select: the field 'a' is named twice"),
        (
            [["a", "b"]],
            (
                "Select: a field is called by its name, a text, got ['a', 'b']; write the names "
                "one after the other: Select('a', 'b'), or Select(*names)"
            ),
        ),
        (
            [F.price],
            "Select: a field is called by its name, a text, got F.price; write the name: 'price'",
        ),
        ([5], "Select: a field is called by its name, a text, got 5"),
    ],
    ids=["nothing", "twice", "a list", "an expression", "a number"],
)
def test_other_names_are_refused_when_the_step_is_made(fields: Any, words: str) -> None:
    """The message says what to write, and where it was written."""
    with pytest.raises(ConfigurationError) as caught:
        Select(*fields)

    assert str(caught.value).rpartition(" (")[0] == words
    assert "(test_select.py:" in str(caught.value)


def test_another_word_for_missing_is_refused() -> None:
    """The message has the words that there are."""
    with pytest.raises(ConfigurationError) as caught:
        Select("a", missing="nul")  # type: ignore[arg-type]  # that is the mistake

    words = "Select: missing is 'error' or 'ignore' or 'null', got 'nul'; did you mean 'null'? ("
    assert str(caught.value).startswith(words)


@pytest.mark.parametrize("step", [Select("a", "b c"), Select("a", missing="null")], ids=repr)
def test_its_text_and_its_dict_form_read_back(step: Select) -> None:
    """Both say all there is to say."""
    made = [from_dict(to_dict(step)), eval(repr(step))]

    assert made == [step, step]


def test_it_is_named_by_what_it_does() -> None:
    """A long one is cut short."""
    labels = [Select("a", "b").label, Select(*[f"field_{n}" for n in range(20)]).label]

    assert labels[0] == "Select('a', 'b')"
    assert len(labels[1]) == 80
    assert labels[1].endswith("…")


def test_a_name_cannot_become_code() -> None:
    """Names are bound, never written."""
    name = "a']; raise SystemExit #"

    made = both(Select(name), {name: 1})

    assert made == [Told([{name: 1}])] * 2


def test_it_holds_one_record_at_a_time() -> None:
    """And calls no function of the user."""
    step = Select("a")

    assert (step.memory, step.opaque) == ("streaming", None)
