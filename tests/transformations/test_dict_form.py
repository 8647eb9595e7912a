"""Steps as data."""

from __future__ import annotations

import json

from typing import Any

import pytest

from etlkit.errors import ConfigurationError
from etlkit.transformations import Derive, Drop, Map, Rename, Select, from_dict, to_dict


def test_a_chain_is_data_as_well() -> None:
    """JSON can hold it."""
    chain = Rename(a="b") | Select("b", "c", missing="null") | Drop("c")

    made = from_dict(json.loads(json.dumps(to_dict(chain))))

    assert made == chain


def test_a_function_is_no_data() -> None:
    """The message has the step."""
    with pytest.raises(ConfigurationError) as caught:
        to_dict(Map(dict, name="copy"))

    words = "copy has no dict form: it is no verb, as Select and Derive are"
    assert str(caught.value) == words


def test_a_verb_with_a_function_is_no_data() -> None:
    """The message has the step and the function."""
    with pytest.raises(ConfigurationError) as caught:
        to_dict(Derive(size=len))

    words = "Derive(size=len): the function <built-in function len> has no dict form"
    assert str(caught.value) == words


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "a dict with a verb such as {'verb': 'Drop', ...}, got {}"),
        (
            {"verb": "select"},
            (
                "a dict with a verb such as {'verb': 'Drop', ...}, got {'verb': 'select'}; "
                "did you mean 'Select'?"
            ),
        ),
        (
            {"verb": "Select", "field": ["a"]},
            "Select has no argument 'field'; did you mean 'fields'?",
        ),
        ({"verb": "__import__"}, "a dict with a verb such as {'verb': 'Drop', ...}, got "),
        ({"verb": "Drop", "fields": "a"}, "Drop: fields is a list of names, got 'a'"),
    ],
    ids=["nothing", "a near name", "another argument", "a name of Python", "no list"],
)
def test_other_data_is_refused(given: dict[str, Any], words: str) -> None:
    """The message says what is wrong with it."""
    with pytest.raises(ConfigurationError) as caught:
        from_dict(given)

    assert str(caught.value).startswith(words)
