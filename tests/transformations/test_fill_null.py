"""FillNull: values for fields that are None."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from etlkit import F
from etlkit.errors import ConfigurationError
from etlkit.transformations import FillNull, from_dict, to_dict
from transformations.conftest import Told, both, orders


def test_only_none_is_filled() -> None:
    """Zero, false and an empty text are values."""
    records: list[Any] = [{"a": None}, {"a": 0}, {"a": False}, {"a": ""}, {"a": []}]

    made = both(FillNull(a=5), *records)

    assert made == [Told([{"a": 5}, {"a": 0}, {"a": False}, {"a": ""}, {"a": []}])] * 2


def test_one_value_may_be_for_every_field() -> None:
    """Nested fields stay as they are."""
    made = both(FillNull("?"), {"a": None, "b": 1, "c": {"d": None}}, {}, {"a": None, "b": None})

    filled = [{"a": "?", "b": 1, "c": {"d": None}}, {}, {"a": "?", "b": "?"}]
    assert made == [Told(filled)] * 2


@pytest.mark.parametrize("step", [FillNull(a=[]), FillNull([])], ids=repr)
def test_each_record_gets_a_list_of_its_own(step: FillNull) -> None:
    """A later step may change one of them in place."""
    made = both(step, {"a": None}, {"a": None})

    assert made == [Told([{"a": []}, {"a": []}])] * 2
    assert all(one.records[0]["a"] is not one.records[1]["a"] for one in made)


def test_a_record_without_a_field_fails() -> None:
    """Missing is not None: the message has the field, and what may have been meant."""
    made = both(FillNull(a=1, price=0), {"a": None, "prcie": 5})

    words = "$ the record has no field 'price'; did you mean 'prcie'?; missing='ignore' lets"
    assert made == [Told(refused=[(0, "missing_field", f"{words} records without it pass")])] * 2


@pytest.mark.parametrize(
    ("missing", "expected"), [("ignore", {"b": 2}), ("fill", {"b": 2, "a": 1})]
)
def test_a_record_without_a_field_may_go_on(missing: Any, expected: dict[str, Any]) -> None:
    """Without it, or with the value."""
    made = both(FillNull({"a": 1, "b": 2}, missing=missing), {"b": None})

    assert made == [Told([expected])] * 2


def test_a_field_keeps_its_place() -> None:
    """One that was missing comes last."""
    made = orders(FillNull({"c": 1, "a": 1}, missing="fill"), {"a": None, "b": 2})

    assert made == [[["a", "b", "c"]]] * 2


@pytest.mark.parametrize("missing", ["error", "ignore", "fill"])
def test_every_record_is_accounted_for(missing: Any) -> None:
    """Each goes on or is refused."""
    made = both(FillNull({"a": 1, "b": 2}, missing=missing), {"a": None, "b": 1}, {"a": 1}, {})

    assert [one.balance for one in made] == [3, 3]
    assert made[0] == made[1]


def test_what_the_caller_does_with_a_value_later_changes_no_step() -> None:
    """Steps are values; the text and the dict form say what they do."""
    values: Any = {"a": [1], "b": {"c": []}}
    step = FillNull(values)

    values["a"].append(2)
    values["b"]["c"] = 5

    assert step.apply([{"a": None, "b": None}]) == [{"a": [1], "b": {"c": []}}]


def test_the_records_of_the_caller_stay_as_they_are() -> None:
    """What was given can be used again."""
    given = [{"a": None}]

    FillNull(a=1).apply(given)

    assert given == [{"a": None}]


@pytest.mark.parametrize(
    ("values", "more", "words"),
    [
        (None, {}, "FillNull has nothing to do; write for example FillNull(amount=0)"),
        (None, {"a": None}, "FillNull takes constants, got None; None is what it fills"),
        (
            None,
            {"a": F.b},
            (
                "FillNull takes constants, got F.b; a value that is worked out is "
                "Derive(name=F.name.fill_null(F.b))"
            ),
        ),
        (
            len,
            {},
            (
                "FillNull takes constants, got <built-in function len>; a value that is worked "
                "out is Derive(name=F.name.fill_null(...))"
            ),
        ),
        (
            0,
            {"a": 1},
            "FillNull takes a dict or keywords, such as FillNull(amount=0), got 0",
        ),
    ],
    ids=["nothing", "None", "an expression", "a function", "both"],
)
def test_other_values_are_refused_when_the_step_is_made(
    values: Any, more: dict[str, Any], words: str
) -> None:
    """The message says what to write, and where it was written."""
    with pytest.raises(ConfigurationError) as caught:
        FillNull(values, **more)

    assert str(caught.value).rpartition(" (")[0] == words
    assert "(test_fill_null.py:" in str(caught.value)


@pytest.mark.parametrize(
    "step",
    [
        FillNull(a=0, b="?", c=[]),
        FillNull("?"),
        FillNull({"a b": 1.5}, missing="fill"),
        FillNull({"a": {"$x": 1}}),
    ],
    ids=repr,
)
def test_its_text_and_its_dict_form_read_back(step: FillNull) -> None:
    """Both say all there is to say."""
    made = [from_dict(to_dict(step)), eval(repr(step))]

    assert made == [step, step]


def test_a_date_is_data_as_well() -> None:
    """What JSON does not have is written as text with its type."""
    step = FillNull(day=date(2026, 1, 31))

    made = to_dict(step)

    assert made == {"verb": "FillNull", "values": {"day": {"$constant": ["date", "2026-01-31"]}}}
    assert from_dict(made) == step


def test_it_holds_one_record_at_a_time() -> None:
    """And calls no function of the user."""
    step = FillNull(a=1)

    assert (step.label, step.memory, step.opaque) == ("FillNull(a=1)", "streaming", None)
