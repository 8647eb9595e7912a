"""What would take time or memory without end fails its record at once, or the expression."""

from __future__ import annotations

from decimal import Decimal
from functools import reduce
from typing import Any

import pytest

from etlkit import F
from etlkit.errors import ExpressionError
from etlkit.expressions import Expression, concat, list_of, lit, parse_expression
from etlkit.records import Unfit
from expressions.conftest import both


LONG = "x" * 100_000
NUMBER = 10**4000
GREAT = Decimal("1E+100000000")


def repeated(times: int, make: Any) -> Expression:
    """An expression that grows with each step."""
    return reduce(lambda made, _: make(made), range(times), F.a)


TOO_MUCH: dict[str, tuple[Expression, dict[str, Any], str]] = {
    "a text by a product": (F.a * 16 * 16 * 16 * 16 * 16 * 16, {"a": LONG}, "a number is expected"),
    "a list by a product": (F.a * 15 * 15 * 15 * 15 * 15 * 15, {"a": [1]}, "a number is expected"),
    "a text by a field": (F.a * F.n, {"a": "x", "n": 10**9}, "a number is expected"),
    "a template": (F.a % F.n, {"a": "%1000000000d", "n": 1}, "a number is expected"),
    "a square": (F.a * F.a, {"a": NUMBER}, "more than 4300 digits"),
    "a long product": (repeated(1000, lambda e: e * F.a), {"a": NUMBER}, "more than 4300 digits"),
    "squares of squares": (repeated(12, lambda e: e * e), {"a": 10**9}, "more than 4300 digits"),
    "a power": (F.a**F.n, {"a": 9, "n": 10**9}, "more than 4096 bits"),
    "powers of powers": (parse_expression("9 ** 9 ** 9 ** 9"), {}, "more than 4096 bits"),
    "floor": (F.a.floor(), {"a": GREAT}, "more than 4300 digits"),
    "ceil": (F.a.ceil(), {"a": GREAT.copy_negate()}, "more than 4300 digits"),
    "trunc": (F.a.trunc(), {"a": GREAT}, "more than 4300 digits"),
    "int": (F.a.cast("decimal").cast(int), {"a": "1e999999999"}, "more than 400 digits"),
    "decimal": (F.a.cast("decimal"), {"a": 10**5000}, "more than 4300 digits"),
    "round": (F.a.round(), {"a": GREAT}, "InvalidOperation"),
    "nothing replaced": (F.a.str.replace("", F.a), {"a": LONG}, "more than 16777216 characters"),
    "each replaced": (F.a.str.replace("x", F.b), {"a": LONG, "b": LONG}, "more than 16777216"),
    "replaced again": (
        repeated(4, lambda e: e.str.replace("x", "x" * 5000)),
        {"a": "xx"},
        "more than 16777216 characters",
    ),
    "a pattern": (
        F.a.str.replace_pattern("x", "y" * 90_000),
        {"a": "x" * 9000},
        "more than 16777216 characters",
    ),
    "joined": (
        F.a.list.join(F.s),
        {"a": ["x"] * 100_000, "s": LONG},
        "more than 16777216 characters",
    ),
    "many joined": (concat(*[F.a] * 5000), {"a": LONG}, "more than 16777216 characters"),
    "joined again": (
        repeated(3, lambda e: concat(*[e] * 15)),
        {"a": LONG},
        "more than 16777216 characters",
    ),
    "a list of many": (
        list_of(*[F.a] * 5000).list.join(""),
        {"a": LONG},
        "more than 16777216 characters: <list of 5000>",
    ),
    "a long text for a pattern": (F.a.str.extract(r"a*a*b"), {"a": LONG}, "characters, and the"),
}


@pytest.mark.parametrize(("expression", "record", "words"), TOO_MUCH.values(), ids=list(TOO_MUCH))
def test_what_would_be_too_much_fails_its_record(
    expression: Expression, record: dict[str, Any], words: str
) -> None:
    """In both forms, with the same words, before it is made."""
    plain, compiled = both(expression, record)

    assert plain == compiled
    assert plain[0] == "unfit"
    assert words in plain[2]
    assert len(plain[2]) < 2000


ALLOWED: dict[str, tuple[Expression, dict[str, Any], object]] = {
    "a large product": (F.a * F.a, {"a": 10**2000}, 10**4000),
    "a product with a float": (F.a * F.b * 2, {"a": 10**20, "b": 0.5}, 1e20),
    "a floor": (F.a.floor(), {"a": Decimal("1E+400")}, 10**400),
    "a floor of a bool": (F.a.floor(), {"a": True}, 1),
    "a decimal": (F.a.cast("decimal"), {"a": 10**4000}, Decimal(10**4000)),
    "a long text": (F.a.str.replace("x", "yy"), {"a": LONG}, LONG.replace("x", "yy")),
    "a short text": (F.a.str.replace("x", "yy"), {"a": "axa"}, "ayya"),
    "a shorter text": (F.a.str.replace("xx", "y"), {"a": LONG}, LONG.replace("xx", "y")),
}


@pytest.mark.parametrize(("expression", "record", "value"), ALLOWED.values(), ids=list(ALLOWED))
def test_what_is_large_and_meant_is_worked_out(
    expression: Expression, record: dict[str, Any], value: object
) -> None:
    """In both forms."""
    made = both(expression, record)

    assert made == [("value", type(value), repr(value))] * 2


REFUSED: dict[str, tuple[Any, str]] = {
    "a long number": (lambda: lit(10**5000), "a constant has at most 4300 digits"),
    "a long number in a text": (
        lambda: parse_expression("0x" + "f" * 9000),
        "a constant has at most 4300 digits",
    ),
    "a long text": (lambda: F.a == "x" * 100_001, "at most 100000 characters, got 100001"),
    "many constants": (lambda: F.a.is_in(range(100_001)), "is_in takes at most 100000 constants"),
    "a wide text": (lambda: F.a.str.pad_start(10**9), "width is between 0 and 1000000"),
    "many digits": (lambda: F.a.round(10**9), "digits is between -300 and 300"),
    "a pattern of many ways": (
        lambda: F.a.str.extract("(a+)+$"),
        "can match in so many ways that a text of",
    ),
    "patterns of patterns": (
        lambda: F.a.str.matches("(((a{1,99}){1,99}){1,99}){1,99}"),
        "can match in so many ways that a text of",
    ),
    "a file for a zone": (lambda: F.a.dt.to_zone("../../etc/passwd"), "there is no time zone"),
}


@pytest.mark.parametrize(("make", "words"), REFUSED.values(), ids=list(REFUSED))
def test_an_expression_that_could_only_be_too_much_is_refused(make: Any, words: str) -> None:
    """When it is built."""
    with pytest.raises(ExpressionError) as caught:
        make()

    assert words in str(caught.value)


def test_what_a_function_says_of_a_long_value_is_cut_off() -> None:
    """A message stands in logs and in the file of rejected records."""
    with pytest.raises(Unfit) as caught:
        F.a.str.to_date("%Y").evaluate({"a": "1" * 100_000})

    assert len(str(caught.value)) < 3000
    assert str(caught.value).startswith("$.a unconverted data remains: 1111")
