"""Values as texts of cells, a column at a time."""

from __future__ import annotations

import math
import re

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import orjson

from attrs import field, frozen

from etlkit.formats.format import Encoder, KernelCode
from etlkit.formats.values import encode_wide, has_odd_float
from etlkit.records import Problem, Record, Unfit


_NONE = type(None)

SIMPLE = frozenset({str, int, float, bool, _NONE, Decimal, date, datetime, time, UUID})
"""Classes whose values cannot change and become the text of a cell in one way."""

GUARDED = "=+-@\t\r"
"""A text that begins with one of these may be run as a formula by a spreadsheet (OWASP)."""

_MAY_BE_FORMULA = re.compile(rf"\n[{re.escape(GUARDED)}]").search
_PLAIN_NUMBER = re.compile(r"[+-](?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?").fullmatch
_NUMERIC = frozenset({int, float, bool, _NONE, Decimal})


@frozen
class CellsEncoder(Encoder):
    """A record whose values become cells: a copy with nothing in it that may still change.

    Dicts, lists and data classes become texts of JSON, values of other classes are
    refused.
    """

    def encode(self, record: Record) -> Record:
        """The copy.

        Raises:
            Unfit: A value has no form in CSV.
        """
        if SIMPLE.issuperset(map(type, record.values())):
            return {**record}
        return _simplified(record)

    def write(self, code: KernelCode, record: str) -> str:
        """The same as lines of a kernel."""
        simple, simplified = (
            code.bind("simple", SIMPLE.issuperset),
            code.bind("simplified", _simplified),
        )
        with code.block(f"if {simple}(map(type, {record}.values())):"):
            code.line(f"cells = {{**{record}}}")
        with code.block("else:"):
            code.line(f"cells = {simplified}({record})")
        return "cells"


def _simplified(record: Record) -> Record:
    return {
        name: value if value.__class__ in SIMPLE else _simple(name, value)
        for name, value in record.items()
    }


def _simple(name: str, value: Any) -> object:
    """A value of one of the simple classes in place of one of another class."""
    if value.__class__ in _NESTED:
        return _json(name, value)
    if isinstance(value, Enum):
        inner = value.value
        return inner if inner.__class__ in SIMPLE else _simple(name, inner)
    for kind, plain in _SUBCLASSED.items():
        if isinstance(value, kind):
            return plain(value)
    if isinstance(value, (dict, list, tuple)) or hasattr(value, "__dataclass_fields__"):
        return _json(name, value)
    place = Problem((name,), "encode", "").place
    what = f"{place} is a {type(value).__name__}, which CSV has no form for"
    raise Unfit("encode", f"{what}; turn it into a text in a step")


def _moment(value: datetime) -> object:
    """The text of a class of somebody else's; its "not a time" becomes a NaN, which it is."""
    return value.isoformat() if value == value else math.nan  # noqa: PLR0124 -- see above


_NESTED: frozenset[type[object]] = frozenset({dict, list, tuple})
_SUBCLASSED: dict[type, Callable[[Any], object]] = {
    str: str.__str__,
    int: int.__int__,
    float: float.__float__,
    datetime: _moment,
    date: lambda value: value.isoformat(),
    Decimal: Decimal,
    UUID: str,
}


def _json(name: str, value: object) -> str:
    try:
        text = orjson.dumps(value)
    except TypeError as error:
        try:
            text = encode_wide(value, error, 0)
        except Unfit:
            encode_wide({name: value}, error, 0)  # raises the same, with the path from the record
            raise
    if b"null" in text and has_odd_float(value):
        raise _odd_float()
    return text.decode()


def _odd_float() -> Unfit:
    what = "the record has a NaN or an infinity, which is no value of CSV"
    return Unfit("nan", f"{what}; turn it into None or a text in a step")


def _float(value: float) -> str:
    if value - value != 0:
        raise _odd_float()
    return repr(value)


def _decimal(value: Decimal) -> str:
    if not value.is_finite():
        raise _odd_float()
    return str(value)


def _int(value: int) -> str:
    try:
        return str(value)
    except ValueError as error:  # more digits than Python writes
        raise Unfit("encode", f"an integer that Python does not write: {error}") from error


def _bool(value: object) -> str:
    return "true" if value else "false"


def _nothing(_: object) -> str:
    return ""


_TEXTS: Mapping[type, Callable[[Any], str]] = {
    str: str,
    int: _int,
    float: _float,
    bool: _bool,
    _NONE: _nothing,
    Decimal: _decimal,
    date: date.isoformat,
    datetime: datetime.isoformat,
    time: time.isoformat,
    UUID: str,
}
_TEXT_OR_NOTHING = frozenset({str, _NONE})


@frozen
class Cells:
    """How values become cells of lines.

    Attributes:
        delimiter: What stands between two cells.
        quote: What stands around a cell that has a delimiter, a quote or a line end in it.
        formulas: Leave texts alone that a spreadsheet would run as a formula.
    """

    delimiter: str
    quote: str
    formulas: bool
    _odd: Callable[[str], object] = field(init=False, eq=False, repr=False)

    @_odd.default
    def _find_odd(self) -> Callable[[str], object]:
        return re.compile(f"[{re.escape(self.delimiter + self.quote)}\r\n]").search

    def column(self, values: Sequence[object]) -> tuple[Sequence[str], int]:
        """The cells of a column, and how many of its texts were guarded.

        Raises:
            Unfit: A value is a NaN or an infinity, or has too many digits.
        """
        kinds = set(map(type, values))
        texts = _texts(values, kinds)
        guarded = 0
        if kinds <= _NUMERIC:
            return texts, guarded
        joined = "\n" + "\n".join(texts)
        if str in kinds and not self.formulas and _MAY_BE_FORMULA(joined):
            plain, texts = texts, [self._guard(text) for text in texts]
            guarded = sum(map(str.__ne__, plain, texts))
            joined = "\n" + "\n".join(texts)  # an apostrophe may be the quote or delimiter
        if (
            self.delimiter in joined
            or self.quote in joined
            or "\r" in joined
            or joined.count("\n") != len(texts)
        ):
            texts = self._quoted(texts)
        return texts, guarded

    def line(self, texts: Sequence[str]) -> str:
        """The cells of the header as a line without its end."""
        shown = self._quoted([self.guarded(text) for text in texts])
        return self.delimiter.join(shown) or self.quote * 2

    def guarded(self, text: str) -> str:
        """A text as it stands in a cell, before quoting."""
        return text if self.formulas else self._guard(text)

    def guards(self, values: Sequence[object]) -> int:
        """How many of the values are texts that get an apostrophe."""
        return sum(value.__class__ is str and self.guarded(value) != value for value in values)

    def _guard(self, text: str) -> str:
        """An apostrophe before what a spreadsheet would run; a plain number is none of that."""
        return f"'{text}" if text[:1] in _HEADS and not _PLAIN_NUMBER(text) else text

    def _quoted(self, texts: Sequence[str]) -> list[str]:
        odd, quote, twice = self._odd, self.quote, self.quote * 2
        return [
            f"{quote}{text.replace(quote, twice)}{quote}" if odd(text) else text for text in texts
        ]


_HEADS = frozenset(GUARDED)


def _texts(values: Sequence[Any], kinds: set[type]) -> Sequence[str]:
    """The values as texts; loops that stay within C where a column is of one class."""
    if kinds == {str}:
        return values
    if kinds == {float} and math.isfinite(sum(values)):
        return list(map(repr, values))
    if len(kinds) == 1:
        return list(map(_TEXTS[next(iter(kinds))], values))
    if kinds == _TEXT_OR_NOTHING:
        return ["" if value is None else value for value in values]
    return [_TEXTS[value.__class__](value) for value in values]


def text_of(value: object) -> str:
    """The text of a value of one of the simple classes.

    Raises:
        Unfit: It is a NaN or an infinity, or has too many digits.
    """
    return _TEXTS[value.__class__](value)
