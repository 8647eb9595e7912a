"""Records for property tests of users."""

from __future__ import annotations

import sys

from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from hypothesis import find, given, settings
from hypothesis import strategies as st

from etlkit import DataValidator
from etlkit.errors import ConfigurationError, MissingExtra
from etlkit.testing import records


EAST = timezone(timedelta(hours=2))
EVERY_RULE: dict[str, Any] = {
    "id": {"required": True, "type": int, "min": 1, "exclusive_max": 9},
    "rate": {"type": float, "exclusive_min": 0, "max": 1, "nullable": True},
    "beyond": {"type": float, "min": 10**400},
    "price": {"type": "decimal", "min": Decimal("0.01"), "max": Decimal(9)},
    "day": {"type": "date", "min": date(2024, 1, 1)},
    "at": {"type": "datetime", "max": datetime(2024, 1, 1, tzinfo=EAST)},
    "naive": {"type": "datetime", "min": datetime.fromisoformat("2024-01-01")},
    "opens": {"type": "time", "min": time(8, tzinfo=UTC)},
    "key": {"type": "uuid"},
    "state": {"allowed": ["CA", "NY"]},
    "code": {"pattern": r"[A-Z]{2}-\d", "min_length": 4},
    "mail": {"format": "email"},
    "link": {"format": "url"},
    "moment": {"format": "date-time"},
    "even": {"type": int, "check": lambda value: value % 2 == 0},
    "tags": {"items": {"type": str, "unique": True}, "min_length": 1},
    "pairs": {"type": dict, "max_length": 1},
    "inner": {"fields": {"a": {"required": True, "type": bool}, "b": {}}},
    "ratio": {"type": Fraction},
}


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_drawn_records_pass(data: st.DataObject) -> None:
    """By every kind of rule."""
    validator = DataValidator(EVERY_RULE, checks=[lambda record: record["id"] != 5])

    record = data.draw(records(validator))

    assert validator.validate([record]) == (True, [])


def test_a_record_shrinks_to_the_smallest_one() -> None:
    """Without optional fields, and with values near to nothing."""
    validator = DataValidator(EVERY_RULE)

    smallest = find(records(validator), lambda record: record["id"] >= 3)

    assert smallest == {"id": 3}


def test_optional_fields_are_drawn_too() -> None:
    """Sometimes, and nullable ones as None."""
    validator = DataValidator({"a": {"type": int, "nullable": True}})

    smallest = find(records(validator), lambda record: "a" in record and record["a"] is None)

    assert smallest == {"a": None}


def test_a_strategy_is_drawn_for_a_validator() -> None:
    """Rules alone are not enough."""
    with pytest.raises(ConfigurationError) as caught:
        records({"id": {}})  # type: ignore[arg-type]  # what is tested

    assert str(caught.value) == "records() draws for a DataValidator, got {'id': {}}"


def test_hypothesis_is_an_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message has the line that installs it."""
    monkeypatch.setitem(sys.modules, "hypothesis.strategies", None)

    with pytest.raises(MissingExtra) as caught:
        records(DataValidator({}))

    assert str(caught.value) == (
        "etlkit.testing.records needs the package 'hypothesis', which is not installed: "
        "run  python -m pip install '.[testing]'  in a checkout of etlkit"
    )
