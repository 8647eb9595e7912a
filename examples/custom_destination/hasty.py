"""The broken twin of `table.py`: it commits each batch, as many programs do.

It seems to work, until a run fails or is killed. `test_hasty.py` shows what is found.
"""

from __future__ import annotations

from table import Rows, Table


class HastyTable(Table):
    """Loads that are visible before they are complete."""

    def open(self, load):
        return HastyRows(self)


class HastyRows(Rows):
    """One load in several transactions."""

    def write(self, batch):
        refused = super().write(batch)
        self.connection.execute("COMMIT")
        self.connection.execute("BEGIN IMMEDIATE")
        return refused
