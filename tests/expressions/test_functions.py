"""Every function of the registry: its examples, and both forms for any operand."""

from __future__ import annotations

from typing import Any

import pytest

from hypothesis import given, settings
from hypothesis import strategies as st

from etlkit import F
from etlkit.expressions import namespaces, parse_expression
from etlkit.expressions.registry import FUNCTIONS, Example, Function
from expressions.conftest import both
from expressions.page import PAGE, page
from expressions.strategies import VALUES


EXAMPLES = [
    pytest.param(example, id=f"{name} {number}")
    for name, function in FUNCTIONS.items()
    for number, example in enumerate(function.examples)
]


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_of_the_reference_is_true(example: Example) -> None:
    """In both forms, with the type of the result."""
    expression = parse_expression(example.expression)

    meant, compiled = both(expression, example.record)

    assert meant == ("value", type(example.result), repr(example.result))
    assert compiled == meant


@pytest.mark.parametrize("name", FUNCTIONS)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_both_forms_of_a_function_agree(name: str, data: Any) -> None:
    """Whatever its operands are."""
    example = FUNCTIONS[name].examples[0]
    expression = parse_expression(example.expression)
    values = st.one_of(VALUES, *map(st.just, example.record.values()))
    record = {field: data.draw(values) for field in example.record}

    meant, compiled = both(expression, record)

    assert compiled == meant


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_has_what_the_reference_says_of_it(name: str) -> None:
    """One sentence, and an example at least."""
    function = FUNCTIONS[name]

    assert function.sentence.endswith(".")
    assert function.examples


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_stands_where_its_name_says(name: str) -> None:
    """In the namespace of its values, or among the functions that are called by themselves."""
    function = FUNCTIONS[name]
    space, _, word = name.rpartition(".")
    owners: dict[str, Any] = {each.word: each for each in namespaces.SPACES}
    owner = owners.get(space, namespaces.Functions)

    found = None if function.is_free else getattr(owner, word).function

    assert found is (None if function.is_free else function)


def test_a_method_tells_what_it_does() -> None:
    """As help() and editors show it."""
    method = F.name.str.upper

    assert method.__name__ == "upper"
    assert method.__doc__ == "The text in capital letters."


def optional(function: Function[Any]) -> bool:
    """Whether an example of a function gives None for operands that are not."""
    return any(
        example.result is None and None not in example.record.values()
        for example in function.examples
    )


@pytest.mark.parametrize(
    "name", [name for name, function in FUNCTIONS.items() if function.nulls == "propagate"]
)
def test_a_function_that_may_give_none_says_so(name: str) -> None:
    """So that what comes after it looks for None."""
    function = FUNCTIONS[name]

    assert function.optional or not optional(function)


def test_the_reference_is_made_of_the_registry() -> None:
    """`python -m expressions`, run in the folder of the tests, writes it anew."""
    text = PAGE.read_text(encoding="utf-8")

    assert text == page()
