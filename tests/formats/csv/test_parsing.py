"""The row-by-row parser, held against the csv module."""

from __future__ import annotations

import csv
import io

import pytest

from hypothesis import given
from hypothesis import strategies as st

from etlkit.formats.csv.parsing import BrokenRow, Dialect, OpenQuote, parse_rows
from etlkit.formats.csv.rows import RowPlaces, cut_rows


DIALECTS = [
    Dialect(","),
    Dialect(";", "'"),
    Dialect("\t", None),
    Dialect(",", '"', "\\"),
    Dialect(",", None, "\\"),
    Dialect(",", skip_spaces=True),
    Dialect(";", "'", "\\", skip_spaces=True),
]
TEXTS = st.text(st.sampled_from("ab,;\t\"'\\\n\r "), max_size=30)
BROKEN = "broken"
OPEN = "open"


def read_by_module(text: str, dialect: Dialect) -> list[object]:
    """The rows of a text, the lines up to each, and what is wrong."""
    reader = csv.reader(
        io.StringIO(text, newline="\n"),
        delimiter=dialect.delimiter,
        quotechar=dialect.quote,
        quoting=csv.QUOTE_MINIMAL if dialect.quote else csv.QUOTE_NONE,
        escapechar=dialect.escape,
        skipinitialspace=dialect.skip_spaces,
        strict=True,
    )
    found: list[object] = []
    while True:
        try:
            found.append((next(reader), reader.line_num))
        except StopIteration:
            return found
        except csv.Error as error:
            if "unexpected end" in str(error):
                return [*found, OPEN]
            found.append((BROKEN, reader.line_num))


def read_by_parser(text: str, dialect: Dialect) -> list[object]:
    """The same by our own parser."""
    found: list[object] = []
    try:
        for row in parse_rows(text, dialect):
            lines = len(text[: row.end].removesuffix("\n").split("\n"))
            found.append((BROKEN if isinstance(row.cells, BrokenRow) else row.cells, lines))
    except OpenQuote:
        found.append(OPEN)
    return found


def read_by_blocks(text: str, dialect: Dialect) -> list[object]:
    """The same by what files are read with."""
    cut = cut_rows(text, dialect)
    block = text.removesuffix("\n").encode()
    places = RowPlaces(block, dialect, cut, first_line=1)
    ends = [places.line(row) - 1 for row in range(1, len(cut.rows))] + [cut.lines]
    rows: list[object] = [
        (BROKEN if isinstance(row, BrokenRow) else row, end)
        for row, end in zip(cut.rows, ends, strict=False)  # none of no row
    ]
    return rows if cut.open_quote is None else [*rows, OPEN]


def has_escaped_line_end(text: str, dialect: Dialect) -> bool:
    """Whether a line end is escaped, for which releases of the csv module differ."""
    return dialect.escape is not None and ("\\\n" in text or "\\\r" in text)


@pytest.mark.parametrize("dialect", DIALECTS, ids=str)
@given(text=TEXTS)
def test_the_parser_agrees_with_the_csv_module(dialect: Dialect, text: str) -> None:
    """Rows, lines, broken rows and open quotes are the same in its strict mode."""
    agree = read_by_parser(text, dialect) == read_by_module(text, dialect)

    assert agree or has_escaped_line_end(text, dialect)


@pytest.mark.parametrize("dialect", DIALECTS, ids=str)
@given(text=TEXTS)
def test_blocks_are_cut_as_the_parser_cuts_them(dialect: Dialect, text: str) -> None:
    """The fast way and the exact one are one way."""
    agree = read_by_blocks(text, dialect) == read_by_parser(text, dialect)

    assert agree or has_escaped_line_end(text, dialect)


def test_a_broken_row_tells_why_when_its_cells_are_taken() -> None:
    """It stands among the rows like any other until then."""
    (row,) = parse_rows('"a"b\n', Dialect(","))

    with pytest.raises(ValueError, match=r"^text follows the closing quote of a cell"):
        list(row.cells)


def test_an_open_quote_is_told_with_its_row() -> None:
    """The row may have begun lines before the quote."""
    with pytest.raises(OpenQuote) as caught:
        list(parse_rows('x\n"a\nb","c', Dialect(",")))

    assert (caught.value.row_start, caught.value.quote_start) == (2, 8)
