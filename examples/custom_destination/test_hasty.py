"""The same tests for the broken twin, which fail: `pytest test_hasty.py`."""

from __future__ import annotations

from hasty import HastyTable
from table import read

from etlkit.testing import DestinationConformance, KillSweep


class OfTheTwin:
    """What the tests have to be told."""

    def destination(self, folder):
        return HastyTable(folder / "cases.db")

    def read(self, folder):
        return read(folder / "cases.db")


class TestHasty(OfTheTwin, DestinationConformance):
    """The promises that it breaks without a crash."""


class TestKilledHasty(OfTheTwin, KillSweep):
    """Those that it breaks when it is killed."""
