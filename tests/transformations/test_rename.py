"""Rename: other names for fields."""

from __future__ import annotations

from typing import Any

import pytest

from etlkit.errors import ConfigurationError
from etlkit.transformations import Rename, from_dict, to_dict
from transformations.conftest import Told, both, orders


def test_a_field_stays_at_its_place() -> None:
    """Only its name changes."""
    made = orders(Rename(b="x", c="y"), {"a": 1, "b": 2, "c": None, "d": 4})

    assert made == [[["a", "x", "y", "d"]]] * 2


def test_two_fields_may_change_their_names_for_each_other() -> None:
    """All names change at once."""
    made = both(Rename(a="b", b="a"), {"a": 1, "b": 2})

    assert made == [Told([{"b": 1, "a": 2}])] * 2


def test_a_new_name_that_is_there_already_is_a_failure() -> None:
    """Nothing is written over."""
    made = both(Rename(a="b"), {"a": 1, "b": 2}, {"b": 2, "a": 1}, {"a": 3})

    words = "the record has a field 'b' already; Drop it first, or choose another name"
    refused = [(0, "name_clash", words), (1, "name_clash", words)]
    assert made == [Told([{"b": 3}], refused=refused)] * 2


def test_a_record_without_a_field_fails() -> None:
    """The message has the field, and the one that may have been meant."""
    made = both(Rename(price="p"), {"Price": 5})

    words = "$ the record has no field 'price'; did you mean 'Price'?; missing='ignore' lets"
    assert made == [Told(refused=[(0, "missing_field", f"{words} records without it pass")])] * 2


def test_a_record_without_a_field_may_go_on() -> None:
    """The other fields get their names."""
    made = both(Rename({"a": "x", "b": "y"}, missing="ignore"), {"b": 1}, {})

    assert made == [Told([{"y": 1}, {}])] * 2


@pytest.mark.parametrize("missing", ["error", "ignore"])
def test_every_record_is_accounted_for(missing: Any) -> None:
    """Each goes on or is refused."""
    records: list[Any] = [{"a": 1}, {}, {"a": 1, "x": 2}]

    made = both(Rename({"a": "x"}, missing=missing), *records)

    assert [one.balance for one in made] == [3, 3]
    assert made[0] == made[1]


def test_the_records_of_the_caller_stay_as_they_are() -> None:
    """What was given can be used again."""
    given = [{"a": 1, "b": 2}]

    Rename(a="x").apply(given)

    assert given == [{"a": 1, "b": 2}]


@pytest.mark.parametrize(
    ("names", "more", "words"),
    [
        (None, {}, "Rename has nothing to do; write for example Rename(old='new')"),
        ("a", {}, "Rename takes a dict or keywords, such as Rename(old='new'), got 'a'"),
        ({"a": "b"}, {"a": "c"}, "Rename: 'a' is in the dict and among the keywords"),
        (None, {"a": "c", "b": "c"}, "Rename: 'a' and 'b' would both be called 'c'"),
        (None, {"a": 5}, "Rename: a field is called by its name, a text, got 5"),
        ({5: "a"}, {}, "Rename: a field is called by its name, a text, got 5"),
    ],
    ids=["nothing", "a text", "twice", "one name for two", "to a number", "from a number"],
)
def test_other_names_are_refused_when_the_step_is_made(
    names: Any, more: dict[str, Any], words: str
) -> None:
    """The message says what to write, and where it was written."""
    with pytest.raises(ConfigurationError) as caught:
        Rename(names, **more)

    assert str(caught.value).rpartition(" (")[0] == words
    assert "(test_rename.py:" in str(caught.value)


@pytest.mark.parametrize(
    "step", [Rename(a="b"), Rename({"a b": "c"}), Rename({"a": "b"}, missing="ignore")], ids=repr
)
def test_its_text_and_its_dict_form_read_back(step: Rename) -> None:
    """Both say all there is to say."""
    made = [from_dict(to_dict(step)), eval(repr(step))]

    assert made == [step, step]


def test_it_holds_one_record_at_a_time() -> None:
    """And calls no function of the user."""
    step = Rename(a="b")

    assert (step.label, step.memory, step.opaque) == ("Rename(a='b')", "streaming", None)
