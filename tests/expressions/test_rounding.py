"""Rounding to digits before and after the point."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from etlkit import F
from expressions.conftest import both


@pytest.mark.parametrize(
    ("value", "digits", "mode", "rounded"),
    [
        (2.5, 0, "half_even", 2.0),
        (2.5, 0, "half_up", 3.0),
        (-2.5, 0, "half_up", -3.0),
        (2.675, 2, "half_up", 2.68),
        (2.675, 2, "half_even", 2.67),
        (0.004, 2, "half_up", 0.0),
        (1e300, 2, "half_up", 1e300),
        (5e-324, 300, "half_up", 0.0),
        (25, 0, "half_up", 25),
        (25, -1, "half_up", 30),
        (25, -1, "half_even", 20),
        (10**40 + 5, -1, "half_up", 10**40 + 10),
        (True, 0, "half_up", True),
        (Decimal("2.5"), 0, "half_up", Decimal(3)),
        (Decimal("2.5"), 0, "half_even", Decimal(2)),
    ],
)
def test_a_number_is_rounded(value: Any, digits: int, mode: str, rounded: Any) -> None:
    """By the digits that it is written with, and kept in its type."""
    outcomes = both(F.n.round(digits, mode=mode), {"n": value})

    assert outcomes == [("value", type(rounded), repr(rounded))] * 2
