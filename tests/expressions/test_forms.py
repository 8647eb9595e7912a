"""Expressions as text and as data, and back."""

from __future__ import annotations

import json
import pickle

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from hypothesis import given, settings

from etlkit import F
from etlkit import expressions as names
from etlkit.errors import ExpressionError
from etlkit.expressions import Expression, coalesce, concat, lit, parse_expression, when
from expressions.strategies import EXPRESSIONS


WITHIN = {name: getattr(names, name) for name in names.__all__}

EVERY: list[Expression] = [
    F["car model"] + F["class"] + F["__len__"],
    F.contact["email"].str.lower(),
    F.tags[-1].default("none"),
    1 - F.n * (2 - F.m),
    -F.n - (-2),
    (-F.n) ** -2,
    2**F.n**F.m,
    (F.a - F.b) - (F.c - F.d),
    F.a / (F.b / F.c) / F.d,
    lit(1) + 2,
    lit(7) % F.b,
    (F.a == 1) == (F.b == 2),
    ~(F.a & F.b) | F.c & (F.d | F.e),
    True & F.a,
    ~F.a.is_null(),
    (F.a > 1).is_null(),
    F.a.is_in([1, "x", 2.5, True]),
    F.day.is_in([date(2026, 1, 31)]),
    lit(1).is_in([]),
    coalesce(F.a, None, lit(None)),
    F.a.fill_null([]),
    F.a.fill_null([1, [F.b, None]]),
    when(F.a > 1).then(None).when(F.b).then("x").otherwise(F.c + 1),
    F.a.cast(int, strict=False).cast("decimal").cast(datetime),
    concat(F.a, " ", separator="\n"),
    F.a.str.slice(1, 3).str.strip("'\"").round(1, mode="half_up"),
    F.at > datetime(2026, 1, 31, 12, tzinfo=UTC),
    F.at - timedelta(days=1, microseconds=3),
    F.clock == time(12, 30),
    F.price == Decimal("1.50"),
    F.id == UUID(int=7),
    F.a.eq_missing(None),
    lit(None).fill_null(1),
    lit(-0.0) + F.a,
    lit(10**20),
]


@pytest.mark.parametrize("expression", EVERY, ids=repr)
def test_the_text_of_an_expression_reads_back(expression: Expression) -> None:
    """By Python, and by the parser that runs nothing."""
    text = repr(expression)

    assert expression.same_as(eval(text, {**WITHIN}))
    assert expression.same_as(parse_expression(text))


@pytest.mark.parametrize("expression", EVERY, ids=repr)
def test_the_data_of_an_expression_reads_back(expression: Expression) -> None:
    """Through JSON."""
    text = json.dumps(expression.to_dict())

    assert expression.same_as(Expression.from_dict(json.loads(text)))


@settings(max_examples=200, deadline=None)
@given(expression=EXPRESSIONS)
def test_every_expression_reads_back(expression: Expression) -> None:
    """Whatever it is made of."""
    text, data = repr(expression), json.loads(json.dumps(expression.to_dict()))

    assert expression.same_as(eval(text, {**WITHIN}))
    assert expression.same_as(parse_expression(text))
    assert expression.same_as(Expression.from_dict(data))


@pytest.mark.parametrize("expression", EVERY, ids=repr)
def test_an_expression_goes_to_another_process(expression: Expression) -> None:
    """As programs send values to workers."""
    sent: Expression = pickle.loads(pickle.dumps(expression))

    assert expression.same_as(sent)


DIFFERENT: list[tuple[Expression, Expression]] = [
    (F.a == 1, F.a == 1.0),
    (F.a == 1, F.a == True),  # noqa: E712 -- a constant that differs from 1
    (F.a + 0.0, F.a + -0.0),
    (F.a.is_in([1]), F.a.is_in([True])),
    (F.a[0], F.a["0"]),
    (F.price == Decimal("1.5"), F.price == Decimal("1.50")),
    (F.a + F.b, F.b + F.a),
]


@pytest.mark.parametrize(("one", "other"), DIFFERENT, ids=[repr(both) for both in DIFFERENT])
def test_expressions_that_look_alike_are_told_apart(one: Expression, other: Expression) -> None:
    """1, 1.0 and True are three constants."""
    same = one.same_as(other)

    assert not same
    assert one.same_as(one)


TEXTS: list[tuple[str, Expression]] = [
    ("amount > 100 and state in ['CA', 'NY']", (F.amount > 100) & F.state.is_in(["CA", "NY"])),
    ("not (a or b)", ~(F.a | F.b)),
    ("1 < x <= 5", (lit(1) < F.x) & (F.x <= 5)),
    ("x is None or y is not None", F.x.is_null() | F.y.is_not_null()),
    ("x not in (1, 2)", ~F.x.is_in([1, 2])),
    ("'big' if n > 10 else 'small'", when(F.n > 10).then("big").otherwise("small")),
    ("name.str.strip().str.upper()", F.name.str.strip().str.upper()),
    ("contact['email'].default(None)", F.contact["email"].default(None)),
    ("F['car model'] + F.n", F["car model"] + F.n),
    ("total.cast(float) / n.cast('int')", F.total.cast(float) / F.n.cast(int)),
    ("coalesce(a, b, 0) + least(a, b)", coalesce(F.a, F.b, 0) + names.least(F.a, F.b)),
    ("count - list", F.count - F.list),
    ("-x + -1", -F.x + -1),
    ("tags[0]", F.tags[0]),
    (" 5 ", lit(5)),
    ("a > 1\n  and b in [\n    'x',\n    'y',\n  ]\n", (F.a > 1) & F.b.is_in(["x", "y"])),
    ("a > 1  # of all", F.a > 1),
    ("F.str.str.upper()", F.str.str.upper()),
]


@pytest.mark.parametrize(("text", "expression"), TEXTS, ids=[text for text, _ in TEXTS])
def test_a_text_is_an_expression(text: str, expression: Expression) -> None:
    """Names are fields, and the words of Python may be used for logic."""
    parsed = parse_expression(text)

    assert parsed.same_as(expression), parsed


def test_a_text_with_another_zone_keeps_the_moment() -> None:
    """A constant has the offset of its zone, so that it can be written down."""
    from zoneinfo import ZoneInfo

    at = datetime(2026, 7, 1, 12, tzinfo=ZoneInfo("Europe/Berlin"))

    expression = F.at == at

    assert repr(expression) == "F.at == lit('2026-07-01T12:00:00+02:00', 'datetime')"
    assert expression.evaluate({"at": at}) is True


def data_of(value: Any) -> Any:
    """The data of an expression that has a value in it."""
    return {"+": [{"field": "a"}, value]}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"feild": "a"}, "did you mean 'field'?"),
        ({"call": "str.uper", "of": [{"field": "a"}]}, "did you mean 'str.upper'?"),
        ({"call": "str.upper", "of": []}, "str.upper()"),
        (
            {"call": "round", "of": [1], "options": {"digit": 1}},
            "round(digits=0, mode='half_even')",
        ),
        ({">": [1]}, "{'>': ...} takes a list of 2, got [1]"),
        ({"+": [1]}, "{'+': ...} takes a list of at least 2, got [1]"),
        ({"field": 1}, "{'field': ...} takes a text, got 1"),
        ({"cast": 1, "type": "integre"}, "did you mean 'integer'?"),
        ({"cast": 1, "type": "int", "strikt": True}, "did you mean 'strict'?"),
        ({"default": [1, 2]}, "only fields have a default"),
        ({"item": [{"field": "a"}, 1.5]}, "a name or a place in a list"),
        ([1], "a field such as F.name or a constant is expected"),
        (data_of({"is_in": [{"field": "a"}, "CA"]}), "takes a list of at least 0"),
    ],
)
def test_data_that_is_no_expression_is_refused(data: object, message: str) -> None:
    """With what may stand there."""
    with pytest.raises(ExpressionError) as caught:
        Expression.from_dict(data)

    assert message in str(caught.value)


def test_data_that_has_one_part_twice_again_and_again_is_refused() -> None:
    """Forty lines of YAML with anchors make a million million values."""
    data: Any = {"field": "a"}
    for _ in range(40):
        data = {"and": [data, data]}

    with pytest.raises(ExpressionError, match="or has more than 1000000 values"):
        Expression.from_dict(data)


def test_data_that_is_nested_too_deeply_is_refused() -> None:
    """Before anything calls itself."""
    data: Any = 1
    for _ in range(100_000):
        data = [data]

    with pytest.raises(ExpressionError, match="nested more than 100 levels"):
        Expression.from_dict(data)
