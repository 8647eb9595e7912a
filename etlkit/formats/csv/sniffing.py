"""A guess at the delimiter of a CSV file, by its first rows."""

from __future__ import annotations

from attrs import evolve

from etlkit.formats.csv.parsing import BrokenRow, Dialect
from etlkit.formats.csv.rows import cut_rows


DELIMITERS = (",", ";", "\t", "|", ":")
ROWS = 50  # by which the delimiter is told


def sniffed_delimiter(block: bytes, dialect: Dialect) -> str | None:
    """The delimiter that gives the first rows the same number of cells, and the most.

    None where no delimiter gives them more than one.
    """
    text = b"\n".join(block.split(b"\n")[: ROWS * 4]).decode(errors="replace")
    found = [(_cells(text, evolve(dialect, delimiter=one)), one) for one in DELIMITERS]
    cells, delimiter = max(found, key=lambda pair: pair[0])
    return delimiter if cells > 1 else None


def _cells(text: str, dialect: Dialect) -> int:
    """How many cells each of the first rows has; 0 where they differ."""
    rows = [row for row in cut_rows(text, dialect).rows[:ROWS] if row]
    if any(isinstance(row, BrokenRow) for row in rows):
        return 0
    counts = {len(list(row)) for row in rows}
    return counts.pop() if len(counts) == 1 else 0


def other_delimiter(header: str, delimiter: str) -> str | None:
    """What else may be the delimiter of a header that has only one cell."""
    return next((one for one in DELIMITERS[:4] if one != delimiter and one in header), None)
