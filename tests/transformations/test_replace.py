"""Replace: values from a dict."""

from __future__ import annotations

from typing import Any

import pytest

from etlkit import F
from etlkit.errors import ConfigurationError
from etlkit.transformations import Replace
from transformations.conftest import Told, both


KEPT = "; default= gives such values another one, unmapped='keep' leaves them"
SIZES = {"S": "small", "L": "large"}


def test_values_are_replaced_by_those_of_the_dict() -> None:
    """None stays None, and the field keeps its place."""
    made = both(Replace("size", SIZES), {"size": "S", "n": 1}, {"size": None}, {"size": "L"})

    replaced = [{"size": "small", "n": 1}, {"size": None}, {"size": "large"}]
    assert made == [Told(replaced)] * 2


def test_a_value_that_the_dict_does_not_have_fails() -> None:
    """The message has the field, the value, and what may have been meant."""
    made = both(Replace("size", SIZES), {"size": "s"}, {"size": ["S"]}, {"size": 5})

    refused = [
        (0, "unmapped", "$.size there is no replacement for 's'; did you mean 'S'?"),
        (1, "unmapped", f"$.size there is no replacement for ['S']{KEPT}"),
        (2, "unmapped", f"$.size there is no replacement for 5{KEPT}"),
    ]
    assert made == [Told(refused=refused)] * 2


@pytest.mark.parametrize(
    ("more", "expected"),
    [({"default": "other"}, "other"), ({"default": None}, None), ({"unmapped": "keep"}, "XL")],
    ids=["a default", "None", "keep"],
)
def test_such_a_value_may_become_another_or_stay(more: Any, expected: Any) -> None:
    """As it was asked for; None stays None all the same."""
    made = both(Replace("size", SIZES, **more), {"size": "XL"}, {"size": None}, {"size": "S"})

    assert made == [Told([{"size": expected}, {"size": None}, {"size": "small"}])] * 2


def test_none_is_replaced_where_the_dict_has_it() -> None:
    """It is a key like another."""
    made = both(Replace("a", {None: "none", "x": None}), {"a": None}, {"a": "x"})

    assert made == [Told([{"a": "none"}, {"a": None}])] * 2


def test_numbers_of_other_types_are_other_values() -> None:
    """For Python 1, 1.0 and True are equal."""
    made = both(Replace("a", {1: "one"}, unmapped="keep"), {"a": 1}, {"a": 1.0}, {"a": True})

    assert [repr(one.records) for one in made] == ["[{'a': 'one'}, {'a': 1.0}, {'a': True}]"] * 2


def test_each_record_gets_a_list_of_its_own() -> None:
    """A later step may change one of them in place."""
    made = both(Replace("a", {"x": []}, default=[]), {"a": "x"}, {"a": "x"}, {"a": "y"})

    assert made == [Told([{"a": []}] * 3)] * 2
    assert all(len({id(record["a"]) for record in one.records}) == 3 for one in made)


def test_a_record_without_the_field_fails() -> None:
    """The message has the field, and the one that may have been meant."""
    made = both(Replace("size", SIZES), {"sise": "S"})

    words = "$ the record has no field 'size'; did you mean 'sise'?; missing='ignore' lets records without it pass"
    assert made == [Told(refused=[(0, "missing_field", words)])] * 2


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Replace("a", {}), "Replace('a') takes a dict of old and new values, got {}"),
        (
            lambda: Replace("a", {"x": F.b}),
            ("Replace('a') takes constants, got F.b; a value that is worked out is made by Derive"),
        ),
        (
            lambda: Replace("a", SIZES, default=1, unmapped="keep"),
            "Replace('a'): a default and unmapped='keep' exclude each other",
        ),
        (
            lambda: Replace("a", SIZES, unmapped="null"),  # type: ignore[arg-type]  # that is the mistake
            "Replace: unmapped is 'error' or 'keep', got 'null'",
        ),
    ],
    ids=["nothing", "expression", "both", "a word"],
)
def test_other_arguments_are_refused_when_the_step_is_made(make: Any, words: str) -> None:
    """The message says what to write, and where it was written."""
    with pytest.raises(ConfigurationError) as caught:
        make()

    assert str(caught.value).rpartition(" (")[0] == words
    assert "(test_replace.py:" in str(caught.value)


def test_what_the_caller_does_with_a_value_later_changes_no_step() -> None:
    """Neither with a new value nor with the default."""
    new: list[int] = [1]
    step = Replace("a", {"x": new}, default=new)

    new.append(2)

    assert step.apply([{"a": "x"}, {"a": "y"}]) == [{"a": [1]}, {"a": [1]}]
