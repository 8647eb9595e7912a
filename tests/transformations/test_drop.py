"""Drop: all fields but these."""

from __future__ import annotations

from typing import Any

import pytest

from etlkit.errors import ConfigurationError
from etlkit.transformations import Drop, from_dict, to_dict
from transformations.conftest import Told, both, orders


def test_the_other_fields_keep_their_order() -> None:
    """What is dropped leaves no gap."""
    made = orders(Drop("b", "d"), {"a": 1, "b": 2, "c": 3, "d": 4, "e": 5})

    assert made == [[["a", "c", "e"]]] * 2


def test_a_field_that_is_none_is_dropped_as_well() -> None:
    """None is a value of a field that is there."""
    made = both(Drop("a"), {"a": None, "b": 1})

    assert made == [Told([{"b": 1}])] * 2


def test_a_record_without_a_field_fails() -> None:
    """The message has the field, and the one that may have been meant."""
    made = both(Drop("id", "price"), {"id": 1, "prcie": 5}, {"id": 2, "price": 6, "n": 7})

    words = "$ the record has no field 'price'; did you mean 'prcie'?; missing='ignore' lets"
    assert (
        made
        == [Told([{"n": 7}], refused=[(0, "missing_field", f"{words} records without it pass")])]
        * 2
    )


def test_a_record_without_a_field_may_go_on() -> None:
    """There is nothing to drop."""
    made = both(Drop("id", "price", missing="ignore"), {"id": 1, "n": 2}, {"n": 3})

    assert made == [Told([{"n": 2}, {"n": 3}])] * 2


@pytest.mark.parametrize("missing", ["error", "ignore"])
def test_every_record_is_accounted_for(missing: Any) -> None:
    """Each goes on or is refused."""
    made = both(Drop("a", "b", missing=missing), {"a": 1, "b": 2}, {"a": 1}, {})

    assert [one.balance for one in made] == [3, 3]
    assert made[0] == made[1]


def test_the_records_of_the_caller_stay_as_they_are() -> None:
    """What was given can be used again."""
    given = [{"a": 1, "b": 2}]

    Drop("a").apply(given)

    assert given == [{"a": 1, "b": 2}]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ([], "Drop needs the names of fields, such as Drop('id', 'name')"),
        (["a", "b", "a"], "Drop: the field 'a' is named twice"),
        (
            [("a", "b")],
            (
                "Drop: a field is called by its name, a text, got ('a', 'b'); write the names one "
                "after the other: Drop('a', 'b'), or Drop(*names)"
            ),
        ),
    ],
    ids=["nothing", "twice", "a tuple"],
)
def test_other_names_are_refused_when_the_step_is_made(fields: Any, words: str) -> None:
    """The message says what to write, and where it was written."""
    with pytest.raises(ConfigurationError) as caught:
        Drop(*fields)

    assert str(caught.value).rpartition(" (")[0] == words
    assert "(test_drop.py:" in str(caught.value)


@pytest.mark.parametrize("step", [Drop("a", "b c"), Drop("a", missing="ignore")], ids=repr)
def test_its_text_and_its_dict_form_read_back(step: Drop) -> None:
    """Both say all there is to say."""
    made = [from_dict(to_dict(step)), eval(repr(step))]

    assert made == [step, step]


def test_it_holds_one_record_at_a_time() -> None:
    """And calls no function of the user."""
    step = Drop("a")

    assert (step.label, step.memory, step.opaque) == ("Drop('a')", "streaming", None)
