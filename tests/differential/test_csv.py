"""Clean CSV files mean the same to etlkit, to DuckDB and to the csv module."""

from __future__ import annotations

import csv
import io

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st


Records = list[dict[str, Any]]
Read = Callable[..., Records]
Write = Callable[..., Path]

NAMES = ["id", "name", "note"]
CELLS = st.text(st.sampled_from("ab,\"\n ;é1-'\t"), max_size=8)
ROWS = st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=6)
WILD_CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\0"))
WILD_ROWS = st.lists(st.lists(WILD_CELLS, min_size=3, max_size=3), max_size=6)

# The text of a moment has no word for the fold of an hour that comes twice.
MOMENTS = st.datetimes(datetime(1000, 1, 1)).map(lambda moment: moment.replace(fold=0))  # noqa: DTZ001 -- DuckDB's TIMESTAMP has no zone
TYPES: dict[str, tuple[Any, str, st.SearchStrategy[Any]]] = {
    "whole": (int, "BIGINT", st.integers(-(2**63), 2**63 - 1)),
    "real": (float, "DOUBLE", st.floats(allow_nan=False, allow_infinity=False)),
    "flag": (bool, "BOOLEAN", st.booleans()),
    "day": ("date", "DATE", st.dates(date(1000, 1, 1))),
    "moment": ("datetime", "TIMESTAMP", MOMENTS),
    "price": (
        "decimal",
        "DECIMAL(38, 6)",
        st.decimals(-(10**12), 10**12, places=6, allow_nan=False),
    ),
}
TYPED = st.lists(
    st.tuples(*(values | st.none() for _, _, values in TYPES.values())).map(
        lambda row: dict(zip(TYPES, row, strict=True))
    ),
    min_size=1,
    max_size=5,
)
# How etlkit is told the types, and how DuckDB is.
SCHEMA = {name: {"type": kind} for name, (kind, _, _) in TYPES.items()}
COLUMNS = {name: kind for name, (_, kind, _) in TYPES.items()}
PLAIN = {"header": True, "delim": ",", "quote": '"', "escape": '"', "auto_detect": False}


def table(names: list[str], rows: list[list[Any]]) -> bytes:
    """A CSV file, as the csv module writes it."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([names, *rows])
    return text.getvalue().encode()


def as_text(value: Any) -> str:
    """A value as a cell that both programs know."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def told_apart(records: Records) -> list[list[tuple[str, str]]]:
    """Records with the types of their values, and with -0.0 for what it is."""
    return [[(name, repr(value)) for name, value in record.items()] for record in records]


@settings(deadline=None, max_examples=30)
@given(rows=ROWS)
def test_duckdb_reads_the_same_texts(
    rows: list[list[str]], read: Read, folder: Path, duckdb_rows: Read
) -> None:
    """Quotes, delimiters and newlines within cells included; a NULL is an empty text here."""
    found = read("texts.csv", table(NAMES, rows))

    theirs = duckdb_rows(
        "read_csv", folder / "texts.csv", columns=dict.fromkeys(NAMES, "VARCHAR"), **PLAIN
    )
    assert found == [{name: cell or "" for name, cell in row.items()} for row in theirs]


@settings(deadline=None, max_examples=30)
@given(records=TYPED)
def test_duckdb_reads_the_same_values(
    records: Records, read: Read, folder: Path, duckdb_rows: Read
) -> None:
    """Every double to its last bit, and every decimal with its places."""
    data = table(list(TYPES), [[as_text(value) for value in row.values()] for row in records])

    found = read("values.csv", data, schema=SCHEMA)

    theirs = duckdb_rows("read_csv", folder / "values.csv", columns=COLUMNS, **PLAIN)
    assert told_apart(found) == told_apart(theirs) == told_apart(records)


@settings(deadline=None, max_examples=100)
@given(rows=WILD_ROWS)
def test_the_csv_module_reads_the_same_texts(rows: list[list[str]], read: Read) -> None:
    """Any characters of Unicode in any cell."""
    data = table(NAMES, rows)

    found = read("wild.csv", data)

    assert found == list(csv.DictReader(io.StringIO(data.decode(), newline="\n")))


@settings(deadline=None, max_examples=30)
@given(rows=ROWS)
def test_duckdb_reads_what_is_written(
    rows: list[list[str]], write: Write, duckdb_rows: Read
) -> None:
    """A file made by etlkit gives its records to DuckDB."""
    records = [dict(zip(NAMES, (f"x{cell}" for cell in row), strict=True)) for row in rows]

    path = write("written.csv", records)

    columns = dict.fromkeys(NAMES, "VARCHAR")
    assert duckdb_rows("read_csv", path, columns=columns, **PLAIN) == records


@settings(deadline=None, max_examples=30)
@given(records=TYPED)
def test_duckdb_reads_the_values_that_are_written(
    records: Records, write: Write, duckdb_rows: Read
) -> None:
    """Numbers, dates and booleans of Python included."""
    path = write("written-values.csv", records)

    theirs = duckdb_rows("read_csv", path, columns=COLUMNS, **PLAIN)

    assert told_apart(theirs) == told_apart(records)


@settings(deadline=None, max_examples=100)
@given(rows=WILD_ROWS.filter(bool))
def test_the_csv_module_reads_what_is_written(rows: list[list[str]], write: Write) -> None:
    """A file made by etlkit gives its records to the csv module."""
    records = [dict(zip(NAMES, (f"x{cell}" for cell in row), strict=True)) for row in rows]

    path = write("written-wild.csv", records)

    text = path.read_bytes().decode()
    assert list(csv.DictReader(io.StringIO(text, newline="\n"))) == records
