"""Steps as data."""

from __future__ import annotations

import json

from functools import reduce
from typing import Any

import pytest

from hypothesis import example, given, settings
from hypothesis import strategies as st

from etlkit import F, RecordsSource, Transformation
from etlkit.errors import ConfigurationError
from etlkit.expressions import Expression, lit
from etlkit.transformations import (
    Aggregate,
    Derive,
    Drop,
    Filter,
    Join,
    Limit,
    Map,
    Mask,
    Rename,
    Route,
    Select,
    Sort,
    Split,
    Step,
    Tap,
    from_dict,
    to_dict,
)
from etlkit.transformations.dict_form import VERBS
from expressions.strategies import EXPRESSIONS
from transformations.every_verb import OF_SEVERAL, STEPS


def test_a_chain_is_data_as_well() -> None:
    """JSON can hold it."""
    chain = Rename(a="b") | Select("b", "c", missing="null") | Drop("c")

    made = from_dict(json.loads(json.dumps(to_dict(chain))))

    assert made == chain


def test_a_step_that_is_no_verb_is_no_data() -> None:
    """The message has the step."""
    with pytest.raises(ConfigurationError) as caught:
        to_dict(Transformation("copy", list))

    words = "copy has no dict form: it is no verb, as Select and Derive are"
    assert str(caught.value) == words


def test_a_verb_with_a_function_is_no_data() -> None:
    """The message has the step and the function."""
    with pytest.raises(ConfigurationError) as caught:
        to_dict(Derive(size=len))

    words = (
        "Derive(size=len): the function <built-in function len> has no dict form; "
        "to_dict(..., names={'a name': ...}) gives it one"
    )
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
@example(verb="Drop", data={"fields": {"$constant": None, "$expression": None}})
@given(verb=st.sampled_from([*VERBS, "Chain"]), data=st.dictionaries(KEYS, DATA, max_size=3))
def test_any_data_makes_a_step_or_is_refused(verb: str, data: dict[str, Any]) -> None:
    """There is one kind of error for it, and what is made reads back."""
    made = step_or_none({**data, "verb": verb})

    assert made is None or from_dict(to_dict(made)) == made


@pytest.mark.parametrize(
    ("step", "data"),
    [
        (Derive(total=F.price * F.n), {"verb": "Derive", "values": {"total": "price * n"}}),
        (Derive(kind=lit("new")), {"verb": "Derive", "values": {"kind": "lit('new')"}}),
        (Derive(n=1, none=None), {"verb": "Derive", "values": {"n": 1, "none": None}}),
        (
            Filter(F["least amount"].is_null()),
            {"verb": "Filter", "predicate": "F['least amount'].is_null()"},
        ),
        (
            Route({"big": F.n > 9}, default="rest"),
            {"verb": "Route", "routes": {"big": "n > 9"}, "default": "rest"},
        ),
        (
            Split(F.a & ~F.b, matched="a"),
            {"verb": "Split", "predicate": "a & ~b", "matched": "a"},
        ),
        (
            Tap("out", where=F.F.is_in(["x"])),
            {"verb": "Tap", "output": "out", "where": "F.F.is_in(['x'])"},
        ),
        (Sort(["n", "first-name"]), {"verb": "Sort", "by": ["n", "first-name"]}),
        (Sort(F.first - F.name), {"verb": "Sort", "by": [{"$expression": "first - name"}]}),
    ],
    ids=lambda one: one["verb"] if isinstance(one, dict) else None,
)
def test_an_expression_is_a_text(step: Step, data: dict[str, Any]) -> None:
    """As a person writes it; where a verb takes the name of a field, a text is the name."""
    made = to_dict(step)

    assert made == data
    assert from_dict(data) == step


LONG = F.state.is_in([f"a code of a state, number {number}" for number in range(1000)])


def test_an_expression_that_is_too_long_for_a_text_is_data() -> None:
    """It reads back all the same."""
    made = json.loads(json.dumps(to_dict(Filter(LONG))))

    assert made == {"verb": "Filter", "predicate": {"$expression": LONG.to_dict()}}
    assert from_dict(made) == Filter(LONG)


@pytest.mark.parametrize(
    ("data", "step"),
    [
        ({"Derive": {"total": "price * n"}}, Derive(total=F.price * F.n)),
        ({"Derive": {"total": {"*": [{"field": "n"}, 2]}}}, Derive(total=F.n * 2)),
        ({"Derive": {"kind": "'new'", "n": 5}}, Derive(kind=lit("new"), n=5)),
        (
            {"Filter": "amount > 100 and state in ['CA', 'NY']"},
            Filter((F.amount > 100) & F.state.is_in(["CA", "NY"])),
        ),
        ({"Filter": {"predicate": "a", "name": "with a"}}, Filter(F.a, name="with a")),
        ({"Filter": {"$expression": {"field": "a"}}}, Filter(F.a)),
        ({"Select": ["id", "name"]}, Select("id", "name")),
        ({"Drop": "id"}, Drop("id")),
        ({"Mask": {"fields": ["card"], "keep_last": 2}}, Mask("card", keep_last=2)),
        ({"Rename": {"a": "b"}}, Rename(a="b")),
        ({"Limit": 10}, Limit(10)),
        ({"Sort": "n"}, Sort("n")),
        ({"Sort": {"by": "n", "descending": True}}, Sort("n", descending=True)),
        ({"Sort": {"$expression": "a + b"}}, Sort(F.a + F.b)),
        ({"Aggregate": {"by": "state"}}, Aggregate("state")),
        ([{"Drop": "a"}, {"Limit": 1}], Drop("a") | Limit(1)),
    ],
    ids=lambda one: json.dumps(one) if isinstance(one, dict | list) else None,
)
def test_the_short_form_is_a_verb_with_its_first_argument(data: dict[str, Any], step: Step) -> None:
    """As people write it in YAML."""
    made = from_dict(data)

    assert made == step


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (
            {"Derive": {"total": "price ** * n"}},
            "Derive: values['total']: 'price ** * n', character 10: invalid syntax",
        ),
        (
            {"Filter": "a == 1 and b.uper() == 2"},
            (
                "Filter: predicate: 'a == 1 and b.uper() == 2', character 12: expressions have no "
                "function .uper; "
            ),
        ),
        (
            {"Route": {"routes": {"a": "x if y"}}},
            "Route: routes['a']: 'x if y', character 1: expected 'else' after 'if' expression",
        ),
        (
            {"Sort": {"$expression": "a +"}},
            "Sort: $expression: 'a +', character 4: invalid syntax",
        ),
        (
            {"Derive": {"total": {"feild": "a"}}},
            "Derive: values['total']: an expression as data is a constant, or a dict such as ",
        ),
    ],
    ids=["syntax", "function", "half", "in a name's place", "data"],
)
def test_a_mistake_in_an_expression_is_told_with_its_place(
    data: dict[str, Any], words: str
) -> None:
    """The verb, its argument, and the character of the text."""
    with pytest.raises(ConfigurationError) as caught:
        from_dict(data)

    assert str(caught.value).startswith(words)


def test_what_has_no_data_has_a_name() -> None:
    """Functions and sources of the program."""
    states = RecordsSource([{"k": 1}])
    chain = Map(dict) | Derive(size=len) | Filter(bool) | Join(states, on="k")
    names = {"copied": dict, "size": len, "not empty": bool, "states": states}

    data = json.loads(json.dumps(to_dict(chain, names=names)))

    assert data["steps"] == [
        {"verb": "Map", "func": {"$name": "copied"}},
        {"verb": "Derive", "values": {"size": {"$name": "size"}}},
        {"verb": "Filter", "predicate": {"$name": "not empty"}},
        {"verb": "Join", "other": {"$name": "states"}, "on": {"k": "k"}},
    ]
    assert from_dict(data, names=names) == chain


def test_a_name_that_nobody_gave_is_told() -> None:
    """With the near one."""
    with pytest.raises(ConfigurationError) as caught:
        from_dict({"Map": {"$name": "cleaned"}}, names={"clean": dict})

    words = (
        "Map needs what is called 'cleaned': from_dict(..., names={'cleaned': ...}); "
        "did you mean 'clean'?"
    )
    assert str(caught.value) == words


@settings(deadline=None, max_examples=200)
@given(expression=EXPRESSIONS)
def test_every_expression_reads_back_wherever_it_stands(expression: Expression) -> None:
    """Whatever it is made of, and through JSON."""
    chain = (
        Derive({"a": expression, "$b": expression}) | Filter(expression) | Sort([expression, "a"])
    )

    data = json.loads(json.dumps(to_dict(chain)))

    assert from_dict(data) == chain


def test_the_data_of_the_built_in_verbs_is_readable() -> None:
    """Each of their expressions has a text."""
    every = [*STEPS, *OF_SEVERAL.values()]

    texts = [json.dumps(to_dict(step)) for step in every]

    assert [text for text in texts if '"$expression": {' in text] == []


def doubled(times: int) -> Any:
    """A list that has another one twice, and so on, as YAML with anchors makes it."""
    return reduce(lambda inner, _: [inner, inner], range(times), [1])


@pytest.mark.parametrize(
    "data",
    [
        reduce(lambda inner, _: [inner], range(5000), []),
        {"verb": "Derive", "values": {"a": reduce(lambda inner, _: [inner], range(5000), [])}},
        {"Replace": {"field": "a", "mapping": {"a": doubled(60)}}},
    ],
    ids=["a chain", "a value", "doubled"],
)
def test_data_that_is_too_large_is_refused_at_once(data: Any) -> None:
    """It may come from somebody else."""
    with pytest.raises(ConfigurationError) as caught:
        from_dict(data)

    assert str(caught.value) == (
        "the data of a step is nested more than 150 levels deep, or has more than 1000000 values"
    )
