"""Rows of CSV, cell by cell: what the csv module does, for the rows that it cannot do.

It is the reference that the fast way is held against, and it steps in where the csv module
gives up: a cell beyond its limit of 131 072 characters (which holds for the whole process,
so a library leaves it alone), and a quote that is not closed.
"""

from __future__ import annotations

import re

from collections.abc import Iterator
from functools import lru_cache
from typing import TypeAlias

from attrs import define, field, frozen

from etlkit.records import Unfit


LONE_RETURN = (
    "a carriage return outside of quotes does not end a row; put quotes around the cell, or "
    "convert the file if its lines end in CR"
)
AFTER_QUOTE = (
    "text follows the closing quote of a cell; a quote within quotes is doubled, "
    "or escaped where the option escape= says how"
)


@frozen
class Dialect:
    """What separates cells, stands around them, and makes a character mean itself.

    With ``skip_spaces`` those before a cell are no part of it, so that a quote may follow.
    """

    delimiter: str
    quote: str | None = '"'
    escape: str | None = None
    skip_spaces: bool = False


class BrokenRow:
    """A row that cannot be cut into cells; whoever takes its cells is told why."""

    def __init__(self, message: str) -> None:
        self.message = message

    def __iter__(self) -> Iterator[str]:
        raise Unfit("csv", self.message)

    def __repr__(self) -> str:
        return f"BrokenRow({self.message!r})"


Row: TypeAlias = list[str] | BrokenRow


class OpenQuote(Exception):  # noqa: N818 -- it says how far a text can be read, and is no failure yet
    """A text that ends within quotes.

    Attributes:
        row_start: Where in the text the row begins.
        quote_start: Where the quote stands that is not closed.
    """

    def __init__(self, row_start: int, quote_start: int) -> None:
        super().__init__(row_start, quote_start)
        self.row_start = row_start
        self.quote_start = quote_start


@frozen
class ParsedRow:
    """One row and where it stands in the text.

    Attributes:
        cells: Its cells, none for a blank line; or what is wrong with it.
        start: Where it begins.
        end: Where the next one begins.
    """

    cells: Row
    start: int
    end: int


def parse_rows(text: str, dialect: Dialect, position: int = 0) -> Iterator[ParsedRow]:
    """The rows of a text from a position on, one after the other.

    Raises:
        OpenQuote: The text ends within quotes.
    """
    while position < len(text):
        row = _Row(text, dialect, position)
        try:
            row.parse()
            cells: Row = row.cells
        except Unfit as broken:
            cells = BrokenRow(str(broken))
            row.skip_line()
        yield ParsedRow(cells, position, row.position)
        position = row.position


@define
class _Row:
    """A row in the making."""

    text: str
    dialect: Dialect
    start: int
    position: int = field(init=False)
    cells: list[str] = field(init=False, factory=list)

    def __attrs_post_init__(self) -> None:
        self.position = self.start

    def parse(self) -> None:
        if self._ends_here():
            return
        while True:
            self.cells.append(self._cell())
            if self._ends_here():
                return
            self.position += 1  # the delimiter

    def skip_line(self) -> None:
        """Go to the beginning of the next line."""
        self.position = min(self._find("\n", self.position) + 1, len(self.text))

    def _find(self, what: str, start: int) -> int:
        found = self.text.find(what, start)
        return len(self.text) if found < 0 else found

    def _ends_here(self) -> bool:
        """Whether the row is over; then its line end is behind."""
        rest = _LINE_END.match(self.text, self.position)
        if rest is None:
            return False
        self.position = rest.end()
        if rest[0].startswith("\r") and not rest[0].endswith("\n") and rest.end() < len(self.text):
            raise Unfit("csv", LONE_RETURN)
        return True

    def _cell(self) -> str:
        quote = self.dialect.quote
        while self.dialect.skip_spaces and self.text.startswith(" ", self.position):
            self.position += 1
        if quote is not None and self.text.startswith(quote, self.position):
            return self._quoted(quote)
        return self._plain()

    def _quoted(self, quote: str) -> str:
        opened = self.position
        self.position += 1
        parts: list[str] = []
        while True:
            stop = _first(self.text, self.position, quote, self.dialect.escape)
            parts.append(self.text[self.position : stop])
            following = self.text[stop + 1 : stop + 2]
            if stop == len(self.text) or (self.text[stop] != quote and not following):
                raise OpenQuote(self.start, opened)
            if self.text[stop] == quote and following != quote:
                self.position = stop + 1
                break
            parts.append(following)
            self.position = stop + 2
        if following and following not in (self.dialect.delimiter, "\r", "\n"):
            raise Unfit("csv", AFTER_QUOTE)
        return "".join(parts)

    def _plain(self) -> str:
        opened = self.position
        parts: list[str] = []
        while True:
            stop = _first(
                self.text, self.position, self.dialect.delimiter, self.dialect.escape, *"\r\n"
            )
            parts.append(self.text[self.position : stop])
            self.position = stop
            if stop == len(self.text) or self.text[stop] != self.dialect.escape:
                return "".join(parts)
            if self.text[stop + 1 : stop + 3] in {
                "",
                "\n",
            }:  # an escaped line end goes on in the next line
                raise OpenQuote(self.start, opened)
            parts.append(self.text[stop + 1])
            self.position = stop + 2


_LINE_END = re.compile(r"\r*\n|\r+|\Z")


@lru_cache(maxsize=64)
def _any_of(characters: tuple[str | None, ...]) -> re.Pattern[str]:
    return re.compile(f"[{re.escape(''.join(filter(None, characters)))}]")


def _first(text: str, start: int, *characters: str | None) -> int:
    """Where the first of some characters stands, or the end of the text.

    One search for all of them: one for each would go through the whole text, again and
    again, for those that it does not hold.
    """
    found = _any_of(characters).search(text, start)
    return len(text) if found is None else found.start()
