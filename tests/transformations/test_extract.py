"""Extract: parts of texts as fields."""

from __future__ import annotations

import re

from typing import Any

import pytest

from etlkit.errors import ConfigurationError
from etlkit.transformations import Extract
from transformations.conftest import Told, both


FLIGHT = r"^(?P<carrier>[A-Z]{2})(?P<number>[0-9]+)(?P<suffix>[a-z])?$"


def test_each_named_group_is_a_field() -> None:
    """None for a group that took no part; the text stays."""
    made = both(Extract("flight", FLIGHT), {"flight": "LH400"}, {"flight": "AF7a", "n": 1})

    records = [
        {"flight": "LH400", "carrier": "LH", "number": "400", "suffix": None},
        {"flight": "AF7a", "n": 1, "carrier": "AF", "number": "7", "suffix": "a"},
    ]
    assert made == [Told(records)] * 2


def test_a_pattern_matches_anywhere() -> None:
    """A group may be the field itself, and one without a name is none."""
    made = both(Extract("a", "(x|y)(?P<a>[0-9]+)"), {"a": "with x12 in it"})

    assert made == [Told([{"a": "12"}])] * 2


def test_of_none_all_parts_are_none() -> None:
    """As expressions have it."""
    made = both(Extract("a", "(?P<b>x)"), {"a": None})

    assert made == [Told([{"a": None, "b": None}])] * 2


def test_a_text_that_does_not_match_fails() -> None:
    """The message has the field, the value and the pattern."""
    made = both(Extract("a", "^(?P<b>x+)$"), {"a": "xy"}, {"a": 5})

    refused = [
        (0, "pattern", "$.a 'xy' does not match '^(?P<b>x+)$'"),
        (1, "type", "$.a a text is expected, got 5"),
    ]
    assert made == [Told(refused=refused)] * 2


def test_a_pattern_with_braces_is_told_as_it_is() -> None:
    """They count characters, and are no place for the value."""
    made = both(Extract("a", r"(?P<year>\d{4})-{}"), {"a": "no year"})

    words = "$.a 'no year' does not match '(?P<year>\\\\d{4})-{}'"
    assert made == [Told(refused=[(0, "pattern", words)])] * 2


def test_it_may_give_none_instead() -> None:
    """The loss is asked for."""
    made = both(Extract("a", "(?P<b>x)", strict=False), {"a": "y"}, {"a": 5})

    assert made == [Told([{"a": "y", "b": None}, {"a": 5, "b": None}])] * 2


def test_a_record_without_the_field_fails() -> None:
    """The message has the field, and the one that may have been meant."""
    made = both(Extract("flight", FLIGHT), {"fligth": "LH400"})

    words = "$ the record has no field 'flight'; did you mean 'fligth'?; missing='ignore' lets records without it pass"
    assert made == [Told(refused=[(0, "missing_field", words)])] * 2


def test_a_record_without_the_field_may_go_on() -> None:
    """As it is."""
    made = both(Extract("flight", FLIGHT, missing="ignore"), {"n": 1})

    assert made == [Told([{"n": 1}])] * 2


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("(x", "Extract('a'): '(x' is no regular expression: missing ), unterminated subpattern"),
        ("x+", "Extract('a'): the pattern 'x+' has no named group, such as (?P<year>[0-9]{4}), to"),
        (5, "Extract('a'): the pattern is a text, got 5"),
        ("(?P<b>" + "(" * 5000 + ")" * 5001, "Extract('a'): '(?P<b>((((((((((((((((((((((((((("),
        (
            re.compile("(?P<b>x)", re.IGNORECASE),
            "Extract('a') takes the text of a pattern; write flags into it, such as (?i): got ",
        ),
    ],
    ids=["broken", "no name", "a number", "nested", "compiled"],
)
def test_other_patterns_are_refused_when_the_step_is_made(pattern: Any, words: str) -> None:
    """The message says what to write, and where it was written."""
    with pytest.raises(ConfigurationError) as caught:
        Extract("a", pattern)

    assert str(caught.value).startswith(words)
    assert "(test_extract.py:" in str(caught.value)
