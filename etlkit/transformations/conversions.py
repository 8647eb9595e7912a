"""Cast and FillNull: other values for fields, each made of the value that it had."""

from __future__ import annotations

import sys

from abc import abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias

from attrs import field, frozen

from etlkit._copying import own
from etlkit._words import shown
from etlkit.errors import ExpressionError
from etlkit.expressions import Expression
from etlkit.expressions.casting import cast
from etlkit.expressions.operands import cast_type
from etlkit.records import Record, Unfit
from etlkit.schema.texts import PARSERS
from etlkit.transformations.mistakes import choice, mistake, named, reworded, truth
from etlkit.transformations.verbs import (
    MISSING,
    Missing,
    Verb,
    comparable,
    missing,
    refused,
    variable,
)


if TYPE_CHECKING:
    from etlkit.transformations.known_fields import KnownFields
    from etlkit.transformations.step import StepCode


class Conversion(Verb):
    """A verb that makes another value of each value of some fields.

    Every value is made before the record is changed. None stays None, but for verbs that
    take it.

    Attributes:
        takes_none: The verb makes something of None, too.
    """

    takes_none: ClassVar[bool] = False

    missing: Missing | Literal["fill"]

    @property
    @abstractmethod
    def names(self) -> tuple[str, ...]:
        """The fields."""

    @abstractmethod
    def converted(self, name: str, value: Any) -> Any:
        """What becomes of a value.

        Raises:
            Unfit: Nothing.
        """

    def write_value(self, code: StepCode, name: str, value: str) -> None:
        """Add the lines that do the same to the value in a variable.

        They may raise what they like: ``converted`` says what it means.
        """
        made = f"{code.bind('converted', self.converted)}({code.bind('field', name)}, {value})"
        guard = "" if self.takes_none else f"if {value} is not None: "
        code.line(f"{guard}{value} = {made}")

    def leaves(self, known: KnownFields) -> KnownFields:
        """The same fields."""
        known.reading(self.label, self.names if self.missing == "error" else ())
        return known.adding(self.names) if self.missing == "fill" else known

    def each(self, record: Record) -> tuple[Record]:
        """The record with other values."""
        made = {}
        for name in self.names:
            if name in record:
                made[name] = self._made(name, record[name])
            elif self.missing == "error":
                raise missing(name, record)
        record.update(made)
        return (record,)

    def write(self, code: StepCode) -> None:
        """A few lines for each field, and then its new value."""
        values = [(code.bind("field", name), variable(code, "value")) for name in self._interned()]
        for name, (key, value) in zip(self._interned(), values, strict=True):
            if self.missing == "error":
                code.line(f"{value} = record[{key}]")
                self.write_value(code, name, value)
                continue
            with code.block(f"if {key} in record:"):
                code.line(f"{value} = record[{key}]")
                self.write_value(code, name, value)
        for key, value in values:
            guard = "" if self.missing == "error" else f"if {key} in record: "
            code.line(f"{guard}record[{key}] = {value}")

    def explain(self, error: Exception, record: Record) -> Exception:
        """The field and value that nothing could be made of."""
        if isinstance(error, Unfit):
            return error
        for name in self.names:
            better = self._trouble(name, record)
            if better is not None:
                better.__cause__ = better.__cause__ or error
                return better
        return error

    def _interned(self) -> list[str]:
        return [sys.intern(name) for name in self.names]

    def _made(self, name: str, value: Any) -> Any:
        return value if value is None and not self.takes_none else self.converted(name, value)

    def _trouble(self, name: str, record: Record) -> Unfit | None:
        if name not in record:
            return missing(name, record) if self.missing == "error" else None
        try:
            self._made(name, record[name])
        except Unfit as better:
            return better
        return None


@frozen(init=False, repr=False)
class Cast(Conversion):
    """Give fields values of other types; what would lose something fails, or gives None.

    Texts are read as a schema reads them, so ``"1e3"`` is no int; a float with a fraction
    is none either, and no float is made of an int that is too great for it. None stays
    None.

    Args:
        types: A dict of fields and types; or keywords, ``field=int``. The types are
            ``int``, ``float``, ``str``, ``bool``, ``Decimal``, ``date``, ``datetime``,
            ``time``, ``UUID``, or the name of one.
        strict: A value that is none of the type is the record's failure; otherwise it
            becomes None.
        missing: A record without one of the fields fails (``"error"``), or goes on without
            it (``"ignore"``).

    Example:
        >>> Cast(n=int, day="date").apply([{"n": "12", "day": "2026-01-31"}])
        [{'n': 12, 'day': datetime.date(2026, 1, 31)}]
        >>> Cast({"n": int}, strict=False).apply([{"n": "many"}])
        [{'n': None}]
    """

    takes = "types"
    spread = "named"
    example = "Cast(amount=float)"

    types: Mapping[str, type] = field(eq=comparable)
    strict: bool = True
    missing: Missing = "error"

    def __init__(
        self,
        types: Mapping[str, type | str] | None = None,
        /,
        *,
        strict: bool = True,
        missing: Missing = "error",
        **more: type | str,
    ) -> None:
        found = named("Cast", types, more, example=self.example)
        self.__attrs_init__(
            {name: _cast_type(name, kind) for name, kind in found.items()},
            truth("Cast", "strict", strict),
            choice("Cast", "missing", missing, MISSING),
        )

    @property
    def names(self) -> tuple[str, ...]:
        """The fields."""
        return tuple(self.types)

    def converted(self, name: str, value: Any) -> Any:
        """The value as the type."""
        kind = self.types[name]
        try:
            return cast(value, kind, strict=self.strict)
        except ValueError as error:
            words = f"no {kind.__name__} can be made of {{}}"
            hint = f"; {error}; strict=False makes None of it"
            raise refused(name, "cast", words, shown(value), hint) from error

    def write_value(self, code: StepCode, name: str, value: str) -> None:
        """A look at the type, and then the parser of texts, or the cast."""
        kind = self.types[name]
        wanted, other = code.bind("type", kind), code.bind("cast", cast)
        made = f"{other}({value}, {wanted}, strict={self.strict})"
        with code.block(f"if {value}.__class__ is not {wanted} and {value} is not None:"):
            if kind not in PARSERS:
                code.line(f"{value} = {made}")
                return
            with code.block(f"if {value}.__class__ is not {code.bind('str', str)}:"):
                code.line(f"{value} = {made}")
            parsed = f"{value} = {code.bind('parse', PARSERS[kind])}({value})"
            if self.strict:
                code.line(f"else: {parsed}")
                return
            with code.block("else:"):
                with code.block("try:"):
                    code.line(parsed)
                with code.block(f"except {code.bind('unfit', ValueError)}:"):
                    code.line(f"{value} = None")


def _cast_type(name: str, given: object) -> type:
    try:
        return cast_type(given)
    except ExpressionError as error:
        where = f"Cast: {name!r}"
        raise reworded(where, error) from None


FillMissing: TypeAlias = Literal["error", "ignore", "fill"]


@frozen(init=False, repr=False)
class FillNull(Conversion):
    """Give fields that are None a value.

    Args:
        values: A dict of fields and values; or keywords, ``field=value``; or one constant
            for every field of the record. A list or dict is copied for each record.
        missing: A record without one of the fields fails (``"error"``), goes on without it
            (``"ignore"``), or gets it with the value (``"fill"``).

    Example:
        >>> FillNull(n=0, tags=[]).apply([{"n": None, "tags": None}, {"n": 1, "tags": ["a"]}])
        [{'n': 0, 'tags': []}, {'n': 1, 'tags': ['a']}]
        >>> FillNull("unknown").apply([{"city": None, "state": "CA"}])
        [{'city': 'unknown', 'state': 'CA'}]
    """

    takes = "values"
    spread = "named"
    example = "FillNull(amount=0)"
    takes_none = True

    values: Any = field(eq=comparable)
    missing: FillMissing = "error"

    def __init__(
        self, values: object = None, /, *, missing: FillMissing = "error", **more: object
    ) -> None:
        if values is None or more or isinstance(values, Mapping):
            values = named("FillNull", values, more, example=self.example)
        for value in values.values() if isinstance(values, Mapping) else (values,):
            _check_fill(value)
        words = ("error", "ignore", "fill")
        self.__attrs_init__(own(values), choice("FillNull", "missing", missing, words))

    @property
    def names(self) -> tuple[str, ...]:
        """The fields; none where the value is for every field."""
        return tuple(self.values) if isinstance(self.values, Mapping) else ()

    def each(self, record: Record) -> tuple[Record]:
        """The record with values where it had None."""
        if self.names:
            super().each(record)
            if self.missing == "fill":
                absent = [name for name in self.names if name not in record]
                record.update((name, own(self.values[name])) for name in absent)
            return (record,)
        record.update([(name, own(self.values)) for name, one in record.items() if one is None])
        return (record,)

    def converted(self, name: str, value: Any) -> Any:
        """The value, or another one for None."""
        return own(self.values[name]) if value is None else value

    def write(self, code: StepCode) -> None:
        """A look at each field, and its value where it is None."""
        if not self.names:
            key = variable(code, "key")
            value = _constant(code, self.values)
            with code.block("if None in record.values():"), code.block(f"for {key} in record:"):
                code.line(f"if record[{key}] is None: record[{key}] = {value}")
            return
        keys = [code.bind("field", name) for name in self._interned()]
        if self.missing == "error" and len(keys) > 1:
            code.line(*[f"record[{key}]" for key in keys])
        reach = {
            "error": "record[{0}] is None",
            "fill": "record.get({0}) is None",
            "ignore": "{0} in record and record[{0}] is None",
        }[self.missing]
        for key, name in zip(keys, self.names, strict=True):
            value = _constant(code, self.values[name])
            code.line(f"if {reach.format(key)}: record[{key}] = {value}")


def _constant(code: StepCode, value: object) -> str:
    bound = code.bind("constant", value)
    return f"{code.bind('own', own)}({bound})" if isinstance(value, (list, dict)) else bound


def _check_fill(value: object) -> None:
    hint = ""
    if value is None:
        hint = "; None is what it fills"
    elif isinstance(value, Expression):
        hint = f"; a value that is worked out is Derive(name=F.name.fill_null({value!r}))"
    elif callable(value):
        hint = "; a value that is worked out is Derive(name=F.name.fill_null(...))"
    if hint:
        message = f"FillNull takes constants, got {shown(value)}{hint}"
        raise mistake(message)
