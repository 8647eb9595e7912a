"""Records that keep the rules of a schema, drawn at random.

A value is drawn so that it is likely to pass; the validator then judges the record, and
what does not pass is drawn anew, up to a limit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from copy import deepcopy
from random import Random
from typing import TYPE_CHECKING, Any

from attrs import define, field

from etlkit._words import shown
from etlkit.errors import ConfigurationError, SchemaError
from etlkit.records import Problem
from etlkit.schema.fields import Field
from etlkit.validation.identity import IncomparableError, Nothing, identity
from etlkit.validation.text_examples import FORMAT_EXAMPLES, PatternExamples, plain_text
from etlkit.validation.value_examples import SCALARS
from etlkit.validation.value_space import value_types


if TYPE_CHECKING:
    from etlkit.records import Record
    from etlkit.schema.fields import Schema

__all__ = ["MOST_TRIES", "examples"]

MOST_TRIES = 1000
"""Times that parts of one record are drawn anew before its rules are given up."""

_ANY = (str, int, float, bool)
_ANY_ITEM = Field("item", (str, int))
_LONG = 10_000
_PRESENT = 0.8
_NULL = 0.1


def examples(
    schema: Schema, n: int, seed: int, problems_of: Callable[[Record], Sequence[Problem]]
) -> list[Record]:
    """Records that pass, the same ones for the same seed.

    Args:
        schema: What they are drawn from.
        n: How many.
        seed: What the random numbers begin with.
        problems_of: Everything that is wrong with a record.

    Raises:
        ConfigurationError: ``n`` is not a whole number from 0.
        SchemaError: No record is found that passes; the message names the field.
    """
    if type(n) is not int or n < 0:
        message = f"examples: n is a whole number from 0, got {shown(n)}"
        raise ConfigurationError(message)
    maker = _Maker(schema, problems_of, Random(seed))  # noqa: S311 -- made-up data, and the same for the same seed
    return [maker.record() for _ in range(n)]


@define
class _Maker:
    """Draws records.

    Attributes:
        seen: Unique values of earlier records, with the fields that they are of.
        patterns: What draws texts for a pattern, which takes a while to set up.
    """

    schema: Schema
    problems_of: Callable[[Record], Sequence[Problem]]
    random: Random
    seen: set[tuple[tuple[str, ...], bytes]] = field(init=False, factory=set)
    patterns: dict[str, PatternExamples] = field(init=False, factory=dict)

    def record(self) -> Record:
        """A record that passes, and has no unique value that an earlier one had.

        Raises:
            SchemaError: None is found.
        """
        record = self._fields(self.schema, "")
        for _ in range(MOST_TRIES):
            failed = self._failed(record)
            if not failed:
                self.seen.update(_unique_values(self.schema, record))
                return record
            for problem in failed:
                record = self._mended(record, problem)
        raise _given_up(failed[0])

    def _failed(self, record: Record) -> list[Problem]:
        """What is wrong with a record, also when it is seen with the earlier ones."""
        found = list(self.problems_of(record))
        for names, value in _unique_values(self.schema, record):
            if (names, value) in self.seen:
                found.append(Problem((names[0],), "unique", ""))
        return found

    def _mended(self, record: Record, problem: Problem) -> Record:
        """The record with what is wrong in it drawn anew."""
        holder: Any = record
        rules = _named(self.schema, problem.path[0]) if problem.path else None
        if rules is None:
            return self._fields(self.schema, "")
        *_, key = parts = problem.path[:1]
        for part in problem.path[1:]:
            inner = rules.items if isinstance(part, int) else _named(rules.fields, part)
            if inner is None:
                break
            holder, key, rules = holder[key], part, inner
            parts = (*parts, part)
        holder[key] = self._value(rules, ".".join(map(str, parts)))
        return record

    def _fields(self, schema: Schema, place: str) -> Record:
        return {
            each.name: self._value(each, f"{place}.{each.name}" if place else each.name)
            for each in schema.fields
            if each.required or self.random.random() < _PRESENT
        }

    def _value(self, rules: Field, place: str) -> Any:
        if rules.nullable and self.random.random() < _NULL:
            return None
        if rules.allowed is not None:
            return deepcopy(self.random.choice(rules.allowed))
        kind = self.random.choice(value_types(rules) or _ANY)
        if kind in SCALARS:
            return SCALARS[kind](rules, self.random)
        if kind is str:
            return self._text(rules)
        if kind is list:
            return self._list(rules, place)
        if kind is dict:
            return self._dict(rules, place)
        message = (
            f"field {place!r}: there are no examples of type {kind.__name__}; "
            "give the field 'allowed' values"
        )
        raise SchemaError(message)

    def _text(self, rules: Field) -> str:
        makers: list[Callable[[], str]] = []
        if rules.pattern is not None:
            makers.append(lambda: self._pattern(rules).draw(self.random))
        if rules.format is not None:
            makers.append(lambda: FORMAT_EXAMPLES[rules.format or ""](self.random))
        if makers:
            return self.random.choice(makers)()
        return plain_text(self.random, self._length(rules, 12))

    def _pattern(self, rules: Field) -> PatternExamples:
        pattern = rules.pattern or ""
        if pattern not in self.patterns:
            lengths = [rules.min_length, rules.max_length]
            given = tuple(length for length in lengths if length is not None)
            self.patterns[pattern] = PatternExamples(pattern, given)
        return self.patterns[pattern]

    def _length(self, rules: Field, most: int) -> int:
        low = rules.min_length or 0
        high = low + most if rules.max_length is None else rules.max_length
        near = min(high, low + most)
        return self.random.choice(
            (low, near, high if high <= _LONG else near, *self._between(low, near))
        )

    def _between(self, low: int, high: int) -> list[int]:
        return [self.random.randint(low, high) for _ in range(6)]

    def _list(self, rules: Field, place: str) -> list[Any]:
        item = rules.items or _ANY_ITEM
        return [self._value(item, f"{place}[*]") for _ in range(self._length(rules, 3))]

    def _dict(self, rules: Field, place: str) -> Record:
        if rules.fields is not None:
            return self._fields(rules.fields, place)
        return {f"key {number}": number for number in range(self._length(rules, 3))}


def _named(schema: Schema | None, name: str | int) -> Field | None:
    """The field of that name, if there is one."""
    fields = () if schema is None else schema.fields
    return next((each for each in fields if each.name == name), None)


def _unique_values(schema: Schema, record: Record) -> Iterator[tuple[tuple[str, ...], bytes]]:
    """What must differ from record to record, with the names of the fields that it is of."""
    for each in schema.fields:
        value = record.get(each.name)
        if each.unique:
            yield from (((each.name,), one) for one in _identities(value))
        if each.fields is not None and isinstance(value, dict):
            for names, inner in _unique_values(each.fields, value):
                yield (each.name, *names), inner
    for group in schema.unique:
        yield from ((group, one) for one in _identities([record.get(name) for name in group]))


def _identities(value: object) -> Iterator[bytes]:
    """What a value shares with those that are the same; nothing if it is the same as none."""
    with suppress(IncomparableError, Nothing):
        yield identity(value)


def _given_up(problem: Problem) -> SchemaError:
    place = ".".join(map(str, problem.path))
    whose = f"field {place!r}" if place else "a whole record"
    return SchemaError(
        f"{whose}: none of {MOST_TRIES} examples passes {problem.rule!r}; "
        "with 'allowed' values there is less to guess"
    )
