"""What expressions mean: values, None, missing fields."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from etlkit import F
from etlkit.expressions import Expression, coalesce, concat, list_of, lit, when
from etlkit.records import Unfit
from expressions.conftest import both


RECORD: dict[str, Any] = {
    "n": 7,
    "m": -7,
    "x": 2.5,
    "none": None,
    "yes": True,
    "no": False,
    "text": "abc",
    "digits": "12",
    "zero": 0,
    "tags": ["a", None],
    "contact": {"email": "a@b.example", "phone": None},
    "car model": "T",
    "day": date(2026, 1, 31),
    "at": datetime(2026, 1, 31, 12, tzinfo=UTC),
}

VALUES: list[tuple[Expression, object]] = [
    (F.n + 1, 8),
    (1 - F.n, -6),
    (F.n / 2, 3.5),
    (F.m // 2, -4),
    (F.m % 3, 2),
    (2**F.n, 128),
    (-F.n, -7),
    (F.n + F.m + F.x, 2.5),
    (F.n + F.none, None),
    (F.n > 5, True),
    (F.n < 5, False),
    (F.none > 5, None),
    (F.none != 5, None),
    (F.n == 7.0, True),
    (F.digits == 12, False),
    (F.n.between(7, 8), True),
    (F.n.between(8, 9), False),
    (F.yes & F.none, None),
    (F.no & F.none, False),
    (F.none & F.no, False),
    (F.yes | F.none, True),
    (F.none | F.yes, True),
    (F.none | F.no, None),
    (~F.none, None),
    (~F.yes, False),
    (F.no & (F.n / F.zero > 1), False),
    (F.yes | (F.n / F.zero > 1), True),
    (F.none.is_null(), True),
    (F.n.is_null(), False),
    (F.none.is_not_null(), False),
    (F.none.fill_null(0), 0),
    (F.zero.fill_null(F.n), 0),
    (coalesce(F.none, F.none, F.n), 7),
    (coalesce(F.none), None),
    (F.n.is_in([1, 7]), True),
    (F.yes.is_in([1]), True),
    (F.text.is_in({"x", "y"}), False),
    (F.none.is_in([1]), None),
    (F["car model"], "T"),
    (F.contact["email"], "a@b.example"),
    (F.contact["phone"], None),
    (F.none["email"], None),
    (F.tags[0], "a"),
    (F.tags[-1], None),
    (F.gone.default(5), 5),
    (F.gone.default(F.n + 1), 8),
    (F.none.default(5), None),
    (F.contact["gone"].default("-"), "-"),
    (F.tags[9].default("-"), "-"),
    (when(F.n > 5).then("big").otherwise("small"), "big"),
    (when(F.none > 5).then("big").otherwise("small"), "small"),
    (when(F.n > 9).then("big").when(F.n > 6).then(F.x).otherwise(1), 2.5),
    (when(F.n > 9).then("big"), None),
    (when(F.zero == 0).then(0).otherwise(F.n / F.zero), 0),
    (concat(F.text, "-", F.digits), "abc-12"),
    (concat(F.text, F.none), None),
    (list_of(F.n, F.none), [7, None]),
    (F.none.fill_null([]), []),
    (F.digits.cast(int), 12),
    (F.text.cast(int, strict=False), None),
    (F.none.cast(int), None),
    (F.n.cast(str), "7"),
    (F.yes.cast("string"), "true"),
    (F.n.cast("decimal"), Decimal(7)),
    (F.day.cast(datetime), datetime(2026, 1, 31)),  # noqa: DTZ001 -- a date has no zone
    (F.x.round(), 2.0),
    (abs(F.m), 7),
    (round(F.x, 1), 2.5),
    (lit(5), 5),
    (F.at > datetime(2026, 1, 1, tzinfo=UTC), True),
]


@pytest.mark.parametrize(("expression", "value"), VALUES, ids=[repr(one) for one, _ in VALUES])
def test_an_expression_has_its_value(expression: Expression, value: object) -> None:
    """In both forms, and of the type that is written here."""
    meant, compiled = both(expression, RECORD)

    assert meant == ("value", type(value), repr(value))
    assert compiled == meant


FAILURES: list[tuple[Expression, str, str]] = [
    (
        F.amuont > 1,
        "missing_field",
        (
            "$ the record has no field 'amuont'; did you mean 'amount'?; where it may be missing, "
            "write F.amuont.default(None)"
        ),
    ),
    (
        F.contact["emial"],
        "missing_field",
        (
            "$.contact the object has no field 'emial'; did you mean 'email'?; where it may be "
            "missing, write F.contact['emial'].default(None)"
        ),
    ),
    (
        F.tags[5],
        "missing_field",
        (
            "$.tags the list has no item 5, its length is 1; where it may be missing, write "
            "F.tags[5].default(None)"
        ),
    ),
    (
        F.text * 2,
        "type",
        (
            "$.text a number is expected, got '12' in F.text * 2; .cast(float) or .cast(int) makes "
            "a number of a text"
        ),
    ),
    (
        F.text + F.text,
        "type",
        (
            "$.text a number is expected, got '12' in F.text + F.text; .cast(float) or .cast(int) "
            "makes a number of a text; concat(...) joins texts"
        ),
    ),
    (
        F.amount > "5",
        "type",
        (
            "$.amount 5 and '5' cannot be compared in F.amount > '5'; .cast(...) makes one type of "
            "the other"
        ),
    ),
    (
        F.amount / F.zero,
        "arithmetic",
        "$ division by zero: 5 by 0 in F.amount / F.zero",
    ),
    (
        F.huge * F.huge,
        "arithmetic",
        "$.huge the result is inf, made of 1e+308 and 1e+308 in F.huge * F.huge",
    ),
    (
        F.amount**F.wide,
        "arithmetic",
        (
            "$ the power has more than 4096 bits; make a float of the base: 5 and "
            "1000000000000000000 in F.amount ** F.wide"
        ),
    ),
    (
        F.amount & F.yes,
        "type",
        "$.amount true or false is expected, got 5 in F.amount; write a comparison, such as != 0",
    ),
    (
        F.tags.is_in([1]),
        "type",
        "$.tags a single value is expected, got ['a'] in F.tags.is_in([1])",
    ),
    (
        F.half.cast(int),
        "cast",
        (
            "$.half no int can be made of 2.5 in F.half.cast(int); it has a fraction; .round(), "
            ".floor() or .ceil() first; strict=False makes None of it"
        ),
    ),
    (
        F.text["a"],
        "type",
        "$.text an object is expected, got '12' in F.text['a']",
    ),
    (
        F.amount.str.upper(),
        "type",
        "$.amount a text is expected, got 5 in F.amount.str.upper(); .cast(str) makes a text",
    ),
]


@pytest.mark.parametrize(
    ("expression", "code", "message"), FAILURES, ids=[repr(one[0]) for one in FAILURES]
)
def test_a_record_without_a_value_is_refused_in_words(
    expression: Expression, code: str, message: str
) -> None:
    """The message names the field, the value, the part of the expression, and a way out."""
    record = {
        "amount": 5,
        "zero": 0,
        "huge": 1e308,
        "wide": 10**18,
        "text": "12",
        "half": 2.5,
        "yes": True,
        "tags": ["a"],
        "contact": {"email": "a@b.example"},
    }

    outcomes = both(expression, record)

    assert outcomes == [("unfit", code, message)] * 2


def test_a_refusal_has_the_place_and_a_text_without_the_value() -> None:
    """The engine masks the values of sensitive fields by the path."""
    with pytest.raises(Unfit) as caught:
        F.contact["ssn"].cast(int).evaluate({"contact": {"ssn": "12-34"}})

    (problem,) = caught.value.problems
    assert problem.path == ("contact", "ssn")
    assert problem.rule == "cast"
    assert problem.masked is not None
    assert "12-34" in problem.message
    assert "12-34" not in problem.masked


@pytest.mark.parametrize("value", [True, None, False, 5, "gone"])
def test_a_condition_holds_only_where_it_is_true(value: object) -> None:
    """None counts as not true."""
    record = {"n": value}

    held = (F.n == 5).holds(record)

    assert held is (value == 5)


def test_fields_are_those_that_are_read() -> None:
    """Each once, in the order of reading."""
    expression = when(F.b > F.a).then(F.contact["email"]).otherwise(F.b)

    assert expression.fields() == ("b", "a", "contact")


def test_every_name_is_a_field() -> None:
    """Also the names of functions and of methods of dicts."""
    expression = F.count + F.items + F.cast + F["__class__"]

    assert expression.fields() == ("count", "items", "cast", "__class__")


class Moment(datetime):
    """A date with time of a class of its own, as data frames have."""


def test_a_value_of_a_subclass_is_cast_as_one_of_its_class() -> None:
    """Its time is not lost on the way to a date with time."""
    record = {"at": Moment(2026, 1, 31, 12, 30, tzinfo=UTC)}

    outcomes = [both(F.at.cast(kind), record) for kind in ("datetime", "str", "date")]

    assert outcomes[0] == [("value", Moment, repr(record["at"]))] * 2
    assert outcomes[1] == [("value", str, "'2026-01-31T12:30:00+00:00'")] * 2
    assert [one[1] for one in outcomes[2]] == ["cast", "cast"]


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (9007199254740993, "float"),
        (10**400, "float"),
        (2, "bool"),
        (float("inf"), "int"),
        (float("nan"), "str"),
        (Decimal("1e999999"), "int"),
        (" 12", "int"),
        ("1_000", "int"),
        ("٣", "int"),
        ("nan", "float"),
        ("yes", "bool"),
        ("31.01.2026", "date"),
        ([1], "str"),
        ({}, "str"),
        (b"a", "str"),
        (datetime(2026, 1, 31, tzinfo=UTC), "date"),
    ],
)
def test_a_cast_that_would_lose_something_is_refused(value: object, kind: str) -> None:
    """Or gives None, where that is asked for."""
    record = {"x": value}

    outcomes = both(F.x.cast(kind), record)
    instead = both(F.x.cast(kind, strict=False), record)

    assert [one[1] for one in outcomes] == ["cast", "cast"]
    assert instead == [("value", type(None), "None")] * 2
