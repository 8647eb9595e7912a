"""Cells of text as the fields of a record: texts as they stand, or values of a schema's types.

The decoder of a file is generated for its header: one assignment of all cells to names, one
dict. Python's own conversions are the fastest but take more than is meant, such as
underscores and digits of other scripts, so they are used for texts that leave no doubt, and
the strict parsers of the schema for all others.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import orjson

from attrs import field, frozen

from etlkit._codegen import Code
from etlkit._words import did_you_mean, shown
from etlkit.errors import ConfigurationError, InputError
from etlkit.formats.values import (
    MAX_SMALL,
    explain_json,
    loads_checked,
    may_have_wide_integers,
)
from etlkit.records import Problem, Unfit
from etlkit.schema import PARSERS, Field, Schema, parse_schema
from etlkit.schema.texts import MOST_EXACT


if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from etlkit.records import Decoder

    Parser = Callable[[str], Any]

_NUMBERS = (int, float, Decimal)
_TEXT_TYPES = ((), (str,))
_JSON_TYPES = (dict, list)
_JSON_EXPRESSION = (
    f"(v if len({{text}}) <= {MAX_SMALL} and (v := {{loads}}({{text}})).__class__ is {{kind}} "
    "else {slow})"
)
_BOOLS = {"true": True, "false": False, "True": True, "False": False, "TRUE": True, "FALSE": False}


@frozen
class Columns:
    """What the options of a format say of cells.

    Attributes:
        fields: The fields whose types are known, by name.
        null_values: Cells that mean None.
        encoding: Of the file, for messages.
        strip: Spaces around a cell are no part of it.
    """

    fields: dict[str, Field]
    null_values: frozenset[str]
    encoding: str
    strip: bool = False

    def check(self, names: Sequence[str], place: str) -> tuple[str, ...]:
        """What to remark on a header.

        Raises:
            InputError: It lacks a field that the schema requires.
        """
        remarks: list[str] = []
        for name, known in self.fields.items():
            if name in names:
                continue
            what = f"{place}: the header has no field {name!r}{did_you_mean(name, names)}"
            if known.required:
                message = f"{what}; the schema requires it"
                raise InputError(message)
            remarks.append(f"{what}; the schema names it")
        return tuple(remarks)

    def decoders(self, names: Sequence[str]) -> Decoders:
        """The decoders of rows with cells for these fields."""
        cells = tuple(self._cell(name) for name in names)
        strict = _Writer(self, is_plain=False).function(cells)
        has_json = any(cell.is_json for cell in cells)
        plain = _Writer(self, is_plain=True).function(cells) if has_json else strict
        return Decoders(cells, self, plain, strict)

    def _cell(self, name: str) -> Cell:
        return Cell(self.fields.get(name) or Field(name))


def first_repeated(names: Iterable[str]) -> str | None:
    """The first name that stands among those before it."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None


def schema_of(given: object) -> Schema:
    """A schema from rules by field, a Schema, what has one as ``schema``, or None for no rules."""
    found = getattr(given, "schema", None)
    if isinstance(found, Schema):  # of a validator, which has checked it
        return found
    return parse_schema({} if given is None else given)


def texts_of(name: str, given: object) -> tuple[str, ...]:
    """The texts of an option that is a list of them.

    Raises:
        ConfigurationError: It is something else.
    """
    if isinstance(given, Collection) and not isinstance(given, (str, bytes)):
        found = tuple(given)
        if all(isinstance(one, str) for one in found):
            return found
    message = f"{name} is a list of texts, got {shown(given)}"
    raise ConfigurationError(message)


def _null_values(given: object) -> tuple[str, ...]:
    return texts_of("null_values", given)


def null_values_field() -> Collection[str]:
    """The attribute ``null_values`` of a format."""
    values: Collection[str] = field(default=(), converter=_null_values)
    return values


def columns_of(
    schema: object, null_values: frozenset[str], encoding: str, *, strip: bool = False
) -> Columns:
    """What a schema says of cells: rules by field, a Schema, or what has one as ``schema``.

    Raises:
        ConfigurationError: A field has a type that no text is read as.
    """
    parsed = schema_of(schema)
    for each in parsed.fields:
        for kind in each.types:
            if kind is not str and kind not in PARSERS and kind not in _JSON_TYPES:
                known = ", ".join(sorted(one.__name__ for one in (*PARSERS, *_JSON_TYPES, str)))
                message = (
                    f"field {each.name!r}: no text is read as {kind.__name__}; the types of cells "
                    f"are {known}"
                )
                raise ConfigurationError(message)
    return Columns({each.name: each for each in parsed.fields}, null_values, encoding, strip)


@frozen
class Cell:
    """One cell of each row: its field, and how its text becomes a value."""

    rules: Field
    parsers: tuple[Parser, ...] = field(init=False)

    @parsers.default
    def _parsers(self) -> tuple[Parser, ...]:
        return tuple(_parser(kind) for kind in self.rules.types)

    @property
    def is_text(self) -> bool:
        """Whether the text is the value."""
        return self.rules.types in _TEXT_TYPES

    @property
    def is_json(self) -> bool:
        """Whether the text is JSON."""
        return self.rules.types in ((dict,), (list,))

    def value(self, text: str) -> Any:
        """The value of a text, of the first type that takes it.

        Raises:
            ValueError: No type does; it says what the only type expects.
        """
        for parser in self.parsers[:-1]:
            try:
                return parser(text)
            except ValueError:
                continue
        return self.parsers[-1](text)


def _parser(kind: type) -> Parser:
    if kind is str:
        return str
    if kind in _JSON_TYPES:
        return _JsonCell(kind)
    return _Stripped(PARSERS[kind]) if kind in _NUMBERS else PARSERS[kind]


@frozen
class _Stripped:
    """A parser that lets spaces stand around a value, as tables for people have them."""

    parser: Parser

    def __call__(self, text: str) -> Any:
        return self.parser(text.strip())


@frozen
class _JsonCell:
    """Reads a cell that holds JSON."""

    kind: type

    def __call__(self, text: str) -> Any:
        raw = text.encode()
        try:
            value = loads_checked(raw)
        except (orjson.JSONDecodeError, Unfit) as error:
            raise ValueError(str(explain_json(raw, error))) from error
        if not isinstance(value, self.kind):
            what = "a JSON object" if self.kind is dict else "a JSON array"
            message = f"{what} is expected"
            raise ValueError(message)  # noqa: TRY004 -- it is the text that is wrong
        return value


@frozen
class _Writer:
    """Writes the function that makes a record of a row; it raises what a cell does to it.

    Attributes:
        columns: What the options say.
        is_plain: For blocks of bytes without integers that orjson would change.
    """

    columns: Columns
    is_plain: bool
    code: Code = field(factory=Code, init=False)

    def function(self, cells: Sequence[Cell]) -> Decoder:
        names = [f"c{number}" for number in range(len(cells))]
        pairs = [
            f"{self.code.bind('field', cell.rules.name)}: {self._value_or_none(cell, name)}"
            for cell, name in zip(cells, names, strict=True)
        ]
        row = "[cell.strip(' ') for cell in row]" if self.columns.strip else "row"
        with self.code.block("def decode(row):"):
            self.code.line(f"{', '.join(names)}, = {row}", f"return {{{', '.join(pairs)}}}")
        return self.code.function("decode")

    def _value_or_none(self, cell: Cell, name: str) -> str:
        bind, nulls = self.code.bind, self.columns.null_values
        if cell.is_text and not nulls:
            return name
        if cell.is_text:
            return f"None if {name} in {bind('nulls', nulls)} else {name}"
        value = self._value(cell, name)
        if nulls:
            return f"None if {name} in {bind('nulls', nulls | {''})} else {value}"
        return f"{value} if {name} else None"

    def _value(self, cell: Cell, name: str) -> str:
        """The expression of a value: Python's own conversion where its text leaves no doubt."""
        slow = f"{self.code.bind('value', cell.value)}({name})"
        fast = _FAST.get(cell.rules.types)
        if fast is None or (cell.is_json and not self.is_plain):
            return slow
        expression, values = fast
        bound = {hint: self.code.bind(hint, value) for hint, value in values.items()}
        return expression.format(text=name, slow=slow, **bound)


_FLOAT_EXPRESSION = (
    # a NaN is not between anything; what became zero may have been too small
    "(v if {text}.isascii() and '_' not in {text} "
    # floats on both sides: Python compares those with integers the long way
    f"and -{float(MOST_EXACT)!r} < (v := float({{text}})) < {float(MOST_EXACT)!r} "
    "and (v or not {text}.strip('+-0.')) else {slow})"
)

_DATETIME_EXPRESSION = (
    # to the second, which most are: looked at character by character, as is fastest
    "({datetime}({text}) if len({text}) == 19 and {text}[7] == '-' and {text}[10] in 'T ' "
    "and {text}[13] == {text}[16] == ':' and ({text}[11] != '2' or {text}[12] != '4') else "
    # the same with Z, with an offset of less than 60 minutes, or with six digits more; of the
    # five what stands between the numbers, at every third place
    "{datetime}({text}) if {text}[4:17:3] in {marks} and {text}[11:13] != '24' "
    "and ((n := len({text})) == 20 and {text}[19] == 'Z' "
    "or n == 25 and {text}[19] in '+-' and {text}[22] == ':' and {text}[23] < '6' "
    "or n == 26 and {text}[19] == '.' and {text}[20:].isdigit()) else {slow})"
)
_DATETIME_MARKS = frozenset({"--T::", "-- ::"})

_FAST: dict[tuple[type, ...], tuple[str, dict[str, object]]] = {
    (int,): ("(int({text}) if {text}.isdecimal() and {text}.isascii() else {slow})", {}),
    (float,): (_FLOAT_EXPRESSION, {}),
    (bool,): ("({bools}[{text}] if {text} in {bools} else {slow})", {"bools": _BOOLS}),
    (date,): (
        "({date}({text}) if len({text}) == 10 and {text}[4] == {text}[7] == '-' else {slow})",
        {"date": date.fromisoformat},
    ),
    (datetime,): (
        _DATETIME_EXPRESSION,
        {"datetime": datetime.fromisoformat, "marks": _DATETIME_MARKS},
    ),
    (dict,): (_JSON_EXPRESSION, {"loads": orjson.loads, "kind": dict}),
    (list,): (_JSON_EXPRESSION, {"loads": orjson.loads, "kind": list}),
}
"""By type: an expression of ours, and the values that it names."""


class Decoders:
    """The decoders of the rows of one file, and what is wrong with a row that they refuse."""

    def __init__(
        self, cells: tuple[Cell, ...], columns: Columns, plain: Decoder, strict: Decoder
    ) -> None:
        self.plain = plain
        self._cells = cells
        self._columns = columns
        self._strict = strict

    def of_block(self, block: bytes, *, is_text: bool) -> Decoder:
        """The decoder for the rows of these bytes; ``is_text`` says that they are UTF-8."""
        if not is_text:
            return self._checked
        is_plain = self.plain is self._strict or not may_have_wide_integers(block)
        return self.plain if is_plain else self._strict

    def _checked(self, row: Sequence[str]) -> Any:
        """As strict, for rows that may hold bytes of another encoding."""
        for cell in row:
            if not _is_text(cell):
                raise Unfit("utf8", self._not_text(row))
        return self._strict(row)

    def is_blank(self, row: Any) -> bool:
        """Whether a row is an empty line, or one of white space where there are several cells."""
        if not isinstance(row, list):
            return False
        return not row or (len(row) == 1 < len(self._cells) and not row[0].strip())

    def explain(self, row: Any, error: Exception) -> Exception:
        """Why a row is no record: the number of its cells, or every cell of a wrong type."""
        if isinstance(error, Unfit):
            return error
        if len(row) != len(self._cells):
            few = "too few" if len(row) < len(self._cells) else "too many"
            fields = len(self._cells)
            return Unfit("columns", f"{few} cells: {len(row)}, where the header names {fields}")
        problems = tuple(filter(None, map(self._problem, self._cells, row)))
        return Unfit.of("type", problems) if problems else error

    def _problem(self, cell: Cell, text: str) -> Problem | None:
        text = text.strip(" ") if self._columns.strip else text
        if cell.is_text or not text or text in self._columns.null_values:
            return None
        try:
            cell.value(text)
        except ValueError as error:
            expected = f"expected {cell.rules.type_names}"
            why = f": {error}" if len(cell.parsers) == 1 else ""
            masked = f"is {shown(text, sensitive=True)}, {expected}"
            plain = f"is {shown(text)}, {expected}{why}"
            words = masked if cell.rules.is_masked else plain
            return Problem((cell.rules.name,), "type", words, masked=masked)
        return None

    def _not_text(self, row: Sequence[str]) -> str:
        """Where the first byte stands that is not of the encoding."""
        number = next(index for index, cell in enumerate(row, 1) if not _is_text(cell))
        return (
            f"not valid {self._columns.encoding} in cell {number}; pass the encoding of the file, "
            "for example encoding='cp1252'"
        )


def _is_text(cell: str) -> bool:
    """Whether a cell has no byte that could not be decoded."""
    try:
        cell.encode()
    except UnicodeEncodeError:
        return False
    return True
