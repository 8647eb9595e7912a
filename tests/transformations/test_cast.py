"""Cast: values of other types."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from etlkit.errors import ConfigurationError
from etlkit.transformations import Cast, from_dict, to_dict
from transformations.conftest import Told, both, orders


ID = UUID("12345678-1234-5678-1234-567812345678")


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        (int, "12", 12),
        (int, 12.0, 12),
        (int, True, 1),
        (float, "1e3", 1000.0),
        (float, 7, 7.0),
        (bool, "true", True),
        (bool, 0, False),
        (Decimal, "1.50", Decimal("1.50")),
        (Decimal, 0.1, Decimal("0.1")),
        (date, "2026-01-31", date(2026, 1, 31)),
        (datetime, date(2026, 1, 31), datetime(2026, 1, 31)),  # noqa: DTZ001 -- a date has no zone
        (time, "12:30:00", time(12, 30)),
        (UUID, str(ID), ID),
        (str, 12, "12"),
        (str, True, "true"),
        (str, Decimal("1.50"), "1.50"),
        ("integer", "12", 12),
        ("Date", "2026-01-31", date(2026, 1, 31)),
    ],
    ids=repr,
)
def test_a_value_becomes_one_of_the_type(kind: Any, value: Any, expected: Any) -> None:
    """Without any loss."""
    made = both(Cast(v=kind), {"v": value}, {"v": expected}, {"v": None})

    assert made == [Told([{"v": expected}, {"v": expected}, {"v": None}])] * 2
    assert [type(one.records[0]["v"]) for one in made] == [type(expected)] * 2


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        (int, "1e3", "no int can be made of '1e3'; a whole number is digits, with a sign or "),
        (int, 2.5, "no int can be made of 2.5; it has a fraction; "),
        (int, [1], "no int can be made of [1]; a value of type list has no such form; "),
        (float, 2**53 + 1, "no float can be made of 9007199254740993; a float has no room for "),
        (date, "31.01.2026", "no date can be made of '31.01.2026'; "),
        (bool, "yes", "no bool can be made of 'yes'; "),
        (str, float("inf"), "no str can be made of inf; it is not finite; "),
    ],
    ids=repr,
)
def test_what_would_lose_something_fails(kind: Any, value: Any, words: str) -> None:
    """The message has the field, the value, and why."""
    made = both(Cast(v=kind), {"v": value})

    (refused,), (twin,) = made[0].refused, made[1].refused
    assert refused == twin
    assert refused[:2] == (0, "cast")
    assert refused[2].startswith(f"$.v {words}")
    assert refused[2].endswith("; strict=False makes None of it")


def test_it_may_become_none_instead() -> None:
    """The loss is asked for."""
    made = both(Cast({"v": int}, strict=False), {"v": "many"}, {"v": "5"}, {"v": [5]})

    assert made == [Told([{"v": None}, {"v": 5}, {"v": None}])] * 2


def test_fields_are_cast_in_place_and_the_others_stay() -> None:
    """A record is changed only when all of its fields can be."""
    made = orders(Cast(c=int, a=int), {"a": "1", "b": "2", "c": "3"})

    assert made == [[["a", "b", "c"]]] * 2


def test_a_record_without_a_field_fails() -> None:
    """The message has the field, and the one that may have been meant."""
    made = both(Cast(a=int, price=float), {"a": "1", "prcie": 5})

    words = "$ the record has no field 'price'; did you mean 'prcie'?; missing='ignore' lets"
    assert made == [Told(refused=[(0, "missing_field", f"{words} records without it pass")])] * 2


def test_a_record_without_a_field_may_go_on() -> None:
    """The fields that are there are cast."""
    made = both(Cast({"a": int, "b": int}, missing="ignore"), {"b": "1"}, {"a": None})

    assert made == [Told([{"b": 1}, {"a": None}])] * 2


@pytest.mark.parametrize("missing", ["error", "ignore"])
def test_every_record_is_accounted_for(missing: Any) -> None:
    """Each goes on or is refused."""
    made = both(Cast({"a": int, "b": int}, missing=missing), {"a": 1, "b": "x"}, {"a": "x"}, {})

    assert [one.balance for one in made] == [3, 3]
    assert made[0] == made[1]


def test_the_records_of_the_caller_stay_as_they_are() -> None:
    """What was given can be used again."""
    given = [{"a": "1"}]

    Cast(a=int).apply(given)

    assert given == [{"a": "1"}]


@pytest.mark.parametrize(
    ("types", "more", "words"),
    [
        (None, {}, "Cast has nothing to do; write for example Cast(amount=float)"),
        (
            None,
            {"a": "integr"},
            (
                "Cast: 'a': values are cast to bool, date, datetime, decimal, float, int, str, "
                "time, uuid, got 'integr'; did you mean 'integer'?"
            ),
        ),
        (
            None,
            {"a": list},
            (
                "Cast: 'a': values are cast to bool, date, datetime, decimal, float, int, str, "
                "time, uuid, got <class 'list'>"
            ),
        ),
        (
            None,
            {"a": int, "strict": float},
            (
                "Cast: strict is True or False, got <class 'float'>; for a field of that name "
                "write a dict: Cast({'strict': ...})"
            ),
        ),
        (int, {}, "Cast takes a dict or keywords, such as Cast(amount=float), got <class 'int'>"),
    ],
    ids=["nothing", "a near name", "another type", "a field called strict", "a type only"],
)
def test_other_types_are_refused_when_the_step_is_made(
    types: Any, more: dict[str, Any], words: str
) -> None:
    """The message says what to write, and where it was written."""
    with pytest.raises(ConfigurationError) as caught:
        Cast(types, **more)

    assert str(caught.value).rpartition(" (")[0] == words
    assert "(test_cast.py:" in str(caught.value)


@pytest.mark.parametrize(
    "step",
    [
        Cast(a=int, b=UUID),
        Cast({"a b": Decimal}, strict=False, missing="ignore"),
        Cast({"strict": bool, "missing": int}),
    ],
    ids=repr,
)
def test_its_text_and_its_dict_form_read_back(step: Cast) -> None:
    """Both say all there is to say."""
    made = [from_dict(to_dict(step)), eval(repr(step))]

    assert made == [step, step]


def test_it_holds_one_record_at_a_time() -> None:
    """And calls no function of the user."""
    step = Cast(a="integer")

    assert (step.label, step.memory, step.opaque) == ("Cast(a=int)", "streaming", None)
