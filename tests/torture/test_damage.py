"""Damaged files of etlkit's own: never taken for empty, never believed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from torture.damage import damaged
from torture.sweeps import Bench
from torture.work import WORKS


pytestmark = [pytest.mark.torture, pytest.mark.timeout(1800)]


@pytest.mark.parametrize("name", WORKS)
def test_a_damaged_file_is_an_error_or_makes_no_difference(
    name: str, plain_bench: Callable[[str], Bench]
) -> None:
    """Bytes are flipped and files cut; what is said is the truth, or an error with the path."""
    report = damaged(plain_bench(name), most=10)

    assert report.violations == [], report.shown()
