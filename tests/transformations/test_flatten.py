"""Flatten: nested objects as fields of the record."""

from __future__ import annotations

from typing import Any

import pytest

from etlkit.errors import ConfigurationError
from etlkit.transformations import Flatten
from transformations.conftest import Told, both, orders


def test_fields_of_nested_objects_come_up() -> None:
    """At the place of the object, with both names."""
    made = orders(Flatten(), {"id": 1, "a": {"b": 2, "c": {"d": 3}}, "n": None})

    assert made == [[["id", "a_b", "a_c_d", "n"]]] * 2


def test_only_one_field_may_be_flattened() -> None:
    """With everything that is nested in it."""
    made = both(Flatten("a", separator="."), {"a": {"b": {"c": 1}}, "x": {"y": 2}})

    assert made == [Told([{"a.b.c": 1, "x": {"y": 2}}])] * 2


def test_lists_and_objects_without_fields_stay() -> None:
    """Nothing gets lost."""
    record = {"a": {"list": [{"b": 1}], "empty": {}}, "none": None, "e": {}}

    made = both(Flatten(), record)

    flat = {"a_list": [{"b": 1}], "a_empty": {}, "none": None, "e": {}}
    assert made == [Told([flat])] * 2


def test_a_name_that_is_there_already_is_a_failure() -> None:
    """Nothing is written over, whichever comes first."""
    made = both(Flatten(), {"a": {"b": 1}, "a_b": 2}, {"a_b": 2, "a": {"b": 1}})

    words = (
        "two fields would be called 'a_b'; Rename or Drop one of them first, or choose another "
        "separator"
    )
    assert made == [Told(refused=[(0, "name_clash", words), (1, "name_clash", words)])] * 2


def test_a_named_field_is_an_object_or_none() -> None:
    """Anything else fails."""
    made = both(Flatten("a"), {"a": None}, {"a": [1]}, {"b": 1})

    missing = "$ the record has no field 'a'; did you mean 'b'?; missing='ignore' lets records without it pass"
    assert [one.records for one in made] == [[{"a": None}]] * 2
    assert made[0].refused[0] == (1, "type", "$.a an object is expected, got [1]")
    assert made[0].refused[1][:2] == (2, "missing_field")
    assert made[0].refused[1][2] in {missing, missing.replace("; did you mean 'b'?", "")}
    assert made[0] == made[1]


def test_a_record_without_the_field_may_go_on() -> None:
    """As it is."""
    made = both(Flatten("a", missing="ignore"), {"b": {"c": 1}})

    assert made == [Told([{"b": {"c": 1}}])] * 2


def test_however_deeply_it_is_nested() -> None:
    """A thousand levels are flattened as well."""
    record: dict[str, Any] = {"x": 1}
    for _ in range(1000):
        record = {"a": record}

    made = Flatten().each(record)

    assert [*made[0].values()] == [1]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"field": 5}, "Flatten: a field is called by its name, a text, got 5"),
        ({"separator": None}, "Flatten: separator is a text, got None"),
        ({"missing": "drop"}, "Flatten: missing is 'error' or 'ignore', got 'drop'"),
    ],
    ids=["a number", "no separator", "another missing"],
)
def test_other_arguments_are_refused_when_the_step_is_made(
    arguments: dict[str, Any], words: str
) -> None:
    """The message says what to write, and where it was written."""
    with pytest.raises(ConfigurationError) as caught:
        Flatten(**arguments)

    assert str(caught.value).rpartition(" (")[0] == words
    assert "(test_flatten.py:" in str(caught.value)
