"""Steps as data."""

from __future__ import annotations

import json

from typing import Any

import pytest

from hypothesis import given, settings
from hypothesis import strategies as st

from etlkit.errors import ConfigurationError
from etlkit.transformations import Derive, Drop, Map, Rename, Select, Step, from_dict, to_dict
from etlkit.transformations.dict_form import VERBS


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
        (5, "a dict with a verb such as {'verb': 'Drop', ...}, got 5"),
        ({"verb": "Chain"}, "a chain has a list of steps, and nothing else, got {}"),
        ({"verb": "Replace", "field": "a"}, "Replace: "),
        (
            {"verb": "FillNull", "values": {"a": {"$constant": ["date", "?"]}}},
            "FillNull: ",
        ),
        ({"verb": "Drop", "fields": "a"}, "Drop: fields is a list of names, got 'a'"),
    ],
    ids=[
        "nothing",
        "a near name",
        "another argument",
        "a name of Python",
        "no dict",
        "no steps",
        "too few",
        "no date",
        "no list",
    ],
)
def test_other_data_is_refused(given: Any, words: str) -> None:
    """The message says what is wrong with it."""
    with pytest.raises(ConfigurationError) as caught:
        from_dict(given)

    assert str(caught.value).startswith(words)


LEAVES: Any = st.sampled_from([None, True, 0, 1.5, "a", "F.a", "$pairs", "error", "int", "%Y"])
NAMES = "a verb fields field values mapping steps missing types n predicate routes default"
KEYS = st.sampled_from([*NAMES.split(), "$pairs", "$constant", "$expression", "+"])
DATA: Any = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)


def step_or_none(data: dict[str, Any]) -> Step | None:
    """The step of some data; None where it is refused."""
    try:
        return from_dict(data)
    except ConfigurationError:
        return None


@settings(deadline=None, max_examples=300)
@given(verb=st.sampled_from([*VERBS, "Chain"]), data=st.dictionaries(KEYS, DATA, max_size=3))
def test_any_data_makes_a_step_or_is_refused(verb: str, data: dict[str, Any]) -> None:
    """There is one kind of error for it, and what is made reads back."""
    made = step_or_none({**data, "verb": verb})

    assert made is None or from_dict(to_dict(made)) == made
