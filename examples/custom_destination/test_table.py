"""The table keeps every promise of a destination: `pytest test_table.py`."""

from __future__ import annotations

from table import Table, read

from etlkit.testing import DestinationConformance, KillSweep


class OfTheTable:
    """What the tests have to be told."""

    def destination(self, folder):
        return Table(folder / "cases.db")

    def read(self, folder):
        return read(folder / "cases.db")


class TestTable(OfTheTable, DestinationConformance):
    """One test for each promise."""


class TestKilledTable(OfTheTable, KillSweep):
    """Killed before any change of a file, the load can be repeated."""
