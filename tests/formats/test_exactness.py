"""Whether JSON holds a record as it was."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from etlkit.formats.exactness import json_holds
from etlkit.formats.values import canonical_json


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"z": 1, "a": [1.5, True, None, {"b": "é"}]},
        {"n": 10**30},
        {"text": "\u2028"},
    ],
    ids=["empty", "nested", "wide integer", "odd text"],
)
def test_what_json_gives_back_is_held(record: Any) -> None:
    """The order of the fields aside."""
    assert json_holds(record, canonical_json(record))


@pytest.mark.parametrize(
    "record",
    [
        {"day": date(2026, 1, 1)},
        {"n": Decimal(1)},
        {"pair": (1, 2)},
        {"n": float("nan")},
        {1: "a"},
        {"deep": [Decimal(2)]},
    ],
    ids=["date", "decimal", "tuple", "NaN", "number as a key", "inside of a list"],
)
def test_what_json_changes_is_not_held(record: Any) -> None:
    """A replay would load another value without a word."""
    assert not json_holds(record, canonical_json(record))


def test_a_text_that_is_no_json_holds_nothing() -> None:
    """Such as the words for a record that has no form."""
    assert not json_holds({"n": 1}, b"<object>")
