"""Records as a text table, which a test can be read by."""

from __future__ import annotations

import json
import re

from typing import TYPE_CHECKING, Any, NoReturn

from attrs import frozen

from etlkit._words import nearest, shown
from etlkit.errors import ConfigurationError
from etlkit.schema.texts import PARSERS
from etlkit.schema.types import TYPE_NAMES, TYPES_ELSEWHERE


if TYPE_CHECKING:
    from collections.abc import Iterator

    from etlkit.records import Record

ABSENT = "..."
"""What a table has in place of a field that a record does not have."""

_SHOWN = 200
_RULE = re.compile(r"[\s|+:=-]*---[\s|+:=-]*")
_JSON = json.JSONDecoder()
_NESTED = (dict, list)


def rows(text: str) -> list[Record]:
    r"""The records of a text table.

    The first line names the fields, ``|`` stands between cells, and spaces around a cell
    do not count. A name may have a type, ``id:int``; the words are those of schemas:
    ``int``, ``float``, ``decimal``, ``bool``, ``str``, ``date``, ``datetime``, ``time``,
    ``uuid``, ``list``, ``dict``. A field without a type is text, whatever it looks like.

    - An empty cell is None, and ``""`` is the empty text.
    - ``...`` leaves the field out of the record.
    - A text in double quotes is read as JSON: ``"a | b"``, ``"two\nlines"``,
      ``" spaces "``, ``"..."``. A name may be quoted, too.
    - Lists and dicts are JSON: ``["a", "b"]``, ``{"n": 1}``.
    - Lines may begin and end with ``|`` if the header does, and a line of dashes may
      follow it, as in Markdown. Empty lines are skipped.

    Args:
        text: The table.

    Raises:
        ConfigurationError: It is no such table; the message has line, column and field.

    Example:
        >>> rows('''
        ...     id:int | name   | paid_on:date | tags:list
        ...     1      | Ada    | 2024-01-31   | ["new"]
        ...     2      | ""     |              | ...
        ... ''')
        [{'id': 1, 'name': 'Ada', 'paid_on': datetime.date(2024, 1, 31), 'tags': ['new']},
         {'id': 2, 'name': '', 'paid_on': None}]
    """
    given: object = text
    if not isinstance(given, str):
        message = f"rows() takes the text of a table, got {shown(text)}"
        raise ConfigurationError(message)
    lines = _lines(text)
    header = next(lines, None)
    if header is None:
        message = "rows(): the text has no line; a table begins with names: id:int | name"
        raise ConfigurationError(message)
    columns = _columns(header)
    framed = header.text.lstrip().startswith("|")
    return [_record(line, columns, framed=framed) for line in lines]


@frozen
class _Line:
    """A line of the table, and its number in the text."""

    text: str
    number: int

    def fail(self, at: int, words: str, field: str | None = None) -> NoReturn:
        where = f"line {self.number}, column {at + 1}"
        named = "" if field is None else f", field {field!r}"
        message = f"rows(): {where}{named}: {words}\n    {self.text.strip()[:_SHOWN]}"
        raise ConfigurationError(message)


@frozen
class _Cell:
    """What stands between two bars.

    Attributes:
        at: Where it begins in the line.
        text: As it is written, without the spaces around it.
        value: What is written in quotes or as JSON; None for other cells.
        rest: What follows the quotes.
    """

    at: int
    text: str
    value: Any = None
    rest: str = ""


@frozen
class _Column:
    """A field of the table."""

    name: str
    kind: type
    word: str


def _lines(text: str) -> Iterator[_Line]:
    """The lines that are neither empty nor the rule below the header."""
    before = 0
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        before += 1
        if before == 2 and _RULE.fullmatch(line):  # noqa: PLR2004 -- right below the header
            continue
        yield _Line(line.rstrip(), number)


def _columns(header: _Line) -> list[_Column]:
    framed = header.text.lstrip().startswith("|")
    columns: list[_Column] = []
    for cell in _cells(header, (), framed=framed):
        column = _column(header, cell)
        if any(column.name == other.name for other in columns):
            header.fail(cell.at, "the name comes twice", column.name)
        columns.append(column)
    return columns


def _column(header: _Line, cell: _Cell) -> _Column:
    name, word = _name_and_type(cell)
    if cell.value is not None and cell.rest and not cell.rest.startswith(":"):
        header.fail(cell.at, f"{cell.rest!r} follows the end of the name", name)
    if not name:
        header.fail(cell.at, "a field needs a name")
    if word is None:
        return _Column(name, str, "str")
    if word not in TYPE_NAMES:
        near = nearest(word, TYPE_NAMES, TYPES_ELSEWHERE)
        hint = f"did you mean {near!r}?" if near else f"the names are {', '.join(TYPE_NAMES)}"
        header.fail(cell.at, f"unknown type {word!r}; {hint}", name)
    return _Column(name, TYPE_NAMES[word], word)


def _name_and_type(cell: _Cell) -> tuple[str, str | None]:
    """The name and the word for the type; a name without quotes ends with the last colon."""
    if cell.value is not None:
        return cell.value, cell.rest[1:].strip() if cell.rest else None
    name, colon, word = cell.text.rpartition(":")
    return (name.strip(), word.strip()) if colon else (word, None)


def _record(line: _Line, columns: list[_Column], *, framed: bool) -> Record:
    cells = list(_cells(line, columns, framed=framed))
    if len(cells) != len(columns):
        names = ", ".join(column.name for column in columns)
        words = f"{len(cells)} cell(s) for {len(columns)} field(s), which are {names}"
        line.fail(cells[-1].at, words)
    pairs = zip(columns, cells, strict=True)
    return {
        column.name: _value(line, column, cell)
        for column, cell in pairs
        if cell.value is not None or cell.text != ABSENT
    }


def _value(line: _Line, column: _Column, cell: _Cell) -> Any:
    if cell.rest:
        line.fail(cell.at, f"{cell.rest!r} follows the end of the value", column.name)
    if cell.value is not None:
        if isinstance(cell.value, column.kind):
            return cell.value
        line.fail(cell.at, f"{column.word} is expected, got {cell.text}", column.name)
    if not cell.text:
        return None
    if column.kind is str:
        return cell.text
    if column.kind in _NESTED:
        line.fail(cell.at, f"{column.word} is written as JSON, got {cell.text!r}", column.name)
    try:
        return PARSERS[column.kind](cell.text)
    except ValueError as error:
        line.fail(cell.at, f"{error}, got {cell.text!r}", column.name)


def _cells(line: _Line, columns: list[_Column] | tuple[()], *, framed: bool) -> Iterator[_Cell]:
    """The cells of a line; JSON is looked for where the column holds some."""
    text = line.text
    at, end = len(text) - len(text.lstrip()), len(text)
    if framed:
        if not (text[at] == "|" and text.endswith("|") and at < end - 1):
            line.fail(at, "the header begins with |, so each line begins and ends with it")
        at, end = at + 1, end - 1
    count = 0
    while True:
        kind = columns[count].kind if count < len(columns) else str
        cell, at = _cell(line, at, end, kind)
        yield cell
        count += 1
        if at >= end:
            return
        at += 1


def _cell(line: _Line, at: int, end: int, kind: type) -> tuple[_Cell, int]:
    """The cell that begins here, and where the bar behind it stands."""
    text = line.text[:end]
    start = len(text) - len(text[at:].lstrip())
    value, behind = None, start
    if text.startswith('"', start) or (kind in _NESTED and text.startswith(("[", "{"), start)):
        try:
            value, behind = _JSON.raw_decode(text, start)
        except json.JSONDecodeError as error:
            line.fail(error.pos, f"the text in quotes, or the JSON, has a mistake: {error.msg}")
    bar = text.find("|", behind)
    bar = end if bar < 0 else bar
    whole = text[start:bar].strip()
    rest = "" if value is None else text[behind:bar].strip()
    return _Cell(min(start, bar), whole, value, rest), bar
