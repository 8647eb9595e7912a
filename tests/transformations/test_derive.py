"""Derive: fields worked out from others."""

from __future__ import annotations

from collections import OrderedDict
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from etlkit import ETLJob, F, RecordsSource
from etlkit.errors import ConfigurationError
from etlkit.expressions import coalesce, concat, lit, when
from etlkit.transformations import Derive, Map, from_dict, to_dict
from transformations.conftest import Told, both, orders


def double(record: dict[str, Any]) -> Any:
    """A function of a user."""
    return record["n"] * 2


def test_every_value_is_worked_out_from_the_record_as_it_came() -> None:
    """No expression sees a field that the same step makes."""
    made = both(Derive(a=F.b, b=F.a, c=F.a + F.b), {"a": 1, "b": 2})

    assert made == [Told([{"a": 2, "b": 1, "c": 3}])] * 2


def test_a_field_that_is_there_keeps_its_place() -> None:
    """A new one comes last, in the order of the step."""
    made = orders(Derive(z=1, b=2, y=3), {"a": 1, "b": 1, "c": 1})

    assert made == [[["a", "b", "c", "z", "y"]]] * 2


def test_functions_and_constants_are_values_as_well() -> None:
    """A text that is always the same is written by lit."""
    step = Derive(d=double, t=lit("x"), k=Decimal("1.50"), day=date(2026, 1, 31), none=None)

    made = both(step, {"n": 2})

    new = {"d": 4, "t": "x", "k": Decimal("1.50"), "day": date(2026, 1, 31), "none": None}
    assert made == [Told([{"n": 2} | new])] * 2


def test_none_makes_most_results_none() -> None:
    """As expressions have it."""
    made = both(Derive(total=F.price * F.n, n=F.n.fill_null(0)), {"price": 2, "n": None})

    assert made == [Told([{"price": 2, "n": 0, "total": None}])] * 2


def test_a_record_without_a_field_fails() -> None:
    """The message has the field, and the one that may have been meant."""
    made = both(Derive(total=F.price * 2), {"prcie": 2}, {"price": 2})

    words = (
        "$ the record has no field 'price'; did you mean 'prcie'?; where it may be missing, "
        "write F.price.default(None)"
    )
    refused = [(0, "missing_field", words)]
    assert made == [Told([{"price": 2, "total": 4}], refused=refused)] * 2


def test_the_first_expression_that_fails_is_named() -> None:
    """With the field to blame and its value."""
    made = both(Derive(a=F.n + 1, b=F.n / F.z, c=double), {"n": 1, "z": 0})

    words = "$ division by zero: 1 by 0 in F.n / F.z"
    assert made == [Told(refused=[(0, "arithmetic", words)])] * 2


def test_a_function_that_fails_is_the_failure_of_the_record() -> None:
    """Nothing of the record was changed before."""
    made = both(Derive(m=F.n + 1, d=lambda record: record["x"]), {"n": 1})

    assert made == [Told(refused=[(0, "KeyError", "'x'")])] * 2


@pytest.mark.parametrize(
    "value",
    [
        F.tags,
        F.inner["tags"],
        coalesce(F.none, F.tags),
        F.tags.default(None),
        when(F.none.is_null()).then(F.tags).otherwise(None),
        lambda record: record["tags"],
    ],
    ids=["a field", "an item", "coalesce", "default", "when", "a function"],
)
def test_two_fields_do_not_share_a_list(value: Any) -> None:
    """A later step may change one of them in place."""
    chain = Derive(copy=value) | Map(lambda record: record["copy"].append("new") or record)
    source = RecordsSource([{"tags": ["a"], "inner": {"tags": ["a"]}, "none": None}])

    job = ETLJob("j", "J", source, chain, "memory:")
    job.execute().raise_if_failed()

    (made,) = job.loader.destination.records  # type: ignore[attr-defined]  # of a memory
    assert (made["tags"], made["inner"], made["copy"]) == (["a"], {"tags": ["a"]}, ["a", "new"])
    assert chain.apply(source.extract()) == [made]


@pytest.mark.parametrize(
    "value", [bytearray(b"a"), OrderedDict(a=[1])], ids=["bytes", "a class of the user's"]
)
def test_two_fields_do_not_share_any_value_that_can_change(value: Any) -> None:
    """In a compiled form that nobody copies behind it, as in the plain one."""
    job = ETLJob("j", "J", RecordsSource([{"a": value}]), Derive(b=F.a), "memory:")
    job.execute().raise_if_failed()

    (made,) = job.loader.destination.records  # type: ignore[attr-defined]  # of a memory
    assert made == {"a": value, "b": value}
    assert made["a"] is not made["b"]


def test_the_records_of_the_caller_stay_as_they_are() -> None:
    """What was given can be used again."""
    given = [{"n": 1}]

    Derive(n=F.n + 1, m=F.n).apply(given)

    assert given == [{"n": 1}]


def test_every_record_is_accounted_for() -> None:
    """Each goes on or is refused."""
    made = both(Derive(m=F.n + 1), {"n": 1}, {"n": "1"}, {}, {"n": None})

    assert [one.balance for one in made] == [4, 4]
    assert made[0] == made[1]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (
            "price",
            (
                "'x' is an expression or a function of a record, got 'price'; for a text that is "
                "always the same write lit('price'), for the value of a field F.price"
            ),
        ),
        (
            "price * 2",
            (
                "'x' is an expression or a function of a record, got 'price * 2'; for a text that "
                "is always the same write lit('price * 2')"
            ),
        ),
        (
            int,
            (
                "'x' is an expression or a function of a record, got <class 'int'>; another type "
                "of a value is F.name.cast(int)"
            ),
        ),
        (
            lambda one, two: one,
            "'x': the function is called with one record, but it takes (one, two)",
        ),
        (float("nan"), "'x': nan is no number to calculate or compare with; write None for no"),
        ({"a": 1}, "'x' is an expression or a function of a record, got {'a': 1}"),
    ],
    ids=["a field", "a text", "a type", "two arguments", "NaN", "a dict"],
)
def test_other_values_are_refused_when_the_step_is_made(value: Any, words: str) -> None:
    """The message says what to write, and where it was written."""
    with pytest.raises(ConfigurationError) as caught:
        Derive(x=value)

    assert str(caught.value).startswith(f"Derive: {words}")
    assert "(test_derive.py:" in str(caught.value)


def test_nothing_to_derive_is_refused() -> None:
    """An example is shown."""
    with pytest.raises(ConfigurationError) as caught:
        Derive()

    words = "Derive has nothing to do; write for example Derive(total=F.price * F.n) ("
    assert str(caught.value).startswith(words)


@pytest.mark.parametrize(
    "step",
    [
        Derive(total=F.price * F.n, none=None, t=lit("x")),
        Derive({"a b": concat(F.first, " ", F.last), "day": date(2026, 1, 31)}),
        Derive(values=F.a, name=F.b, self=F.c),
    ],
    ids=repr,
)
def test_its_text_and_its_dict_form_read_back(step: Derive) -> None:
    """Both say all there is to say."""
    made = [from_dict(to_dict(step)), eval(repr(step))]

    assert made == [step, step]


def test_expressions_that_differ_make_steps_that_differ() -> None:
    """Although ``==`` of expressions makes another expression."""
    steps = [Derive(a=F.b + 1), Derive(a=F.b + 1), Derive(a=F.b + 1.0), Derive(a=double)]

    equal = [steps[0] == other for other in steps]

    assert equal == [True, True, False, False]
    assert len(set(steps)) == 3


def test_a_plan_shows_expressions_and_where_functions_are_written() -> None:
    """An expression can be looked into, a function cannot."""
    step = Derive(total=F.price * F.n, twice=double)

    text = ETLJob("j", "J", RecordsSource([]), step, "memory:").explain()

    assert "Derive(total=F.price * F.n, twice=double) (opaque: twice: test_derive.py:" in text
    assert Derive(total=F.price).opaque is None


def test_it_holds_one_record_at_a_time() -> None:
    """Whatever it works out."""
    assert Derive(a=F.b).memory == "streaming"
