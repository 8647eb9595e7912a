"""What the rules mean, as plainly as possible.

Tests hold the generated code against it, and it steps in for records with a value that
cannot be compared at all.
"""

from __future__ import annotations

import operator

from collections.abc import Iterator, Sized
from typing import TYPE_CHECKING, Any

from etlkit.schema.patterns import matcher
from etlkit.schema.text_formats import FORMATS
from etlkit.schema.types import bounded_types, has_type
from etlkit.validation.answers import Answered, Asked
from etlkit.validation.conditions import Allowed
from etlkit.validation.identity import all_differ
from etlkit.validation.messages import (
    MOST_BROKEN_ITEMS,
    check_complaint,
    complaint,
    required_complaint,
    uncheckable,
    unknown_complaint,
    unknown_fields,
)
from etlkit.validation.traits import has_warnings


if TYPE_CHECKING:
    from etlkit.records import Record
    from etlkit.schema.fields import Field, Place, Schema
    from etlkit.validation.messages import Finding, Path


def findings(
    schema: Schema, record: Record, at: Path = (), place: Place = (), *, is_masked: bool = False
) -> Iterator[Finding]:
    """Every broken rule of a record; a field whose check raises has that for its problem.

    ``is_masked`` is for the inside of a sensitive field, where names are masked too.
    """
    found: list[Finding] = []
    for field in schema.fields:
        if field.name in record:
            found += _of_value(
                field, record[field.name], at, (*at, field.name), (*place, field.name)
            )
        elif field.required:
            found.append((required_complaint(schema, field, (*place, field.name)), record, at))
    if schema.unknown == "refuse":
        names = frozenset(field.name for field in schema.fields)
        words = unknown_complaint(schema, place)
        found += unknown_fields(words, names, record, at, is_masked=is_masked)
    yield from found
    if any(not complaint.is_warning for complaint, _, _ in found):
        return  # checks are made for records whose fields are as they should be
    for check in schema.checks:
        answer = Asked(check.func)(record)
        if answer is not True:
            yield check_complaint(schema, check, place), answer, at


def _of_value(field: Field, value: Any, at: Path, path: Path, place: Place) -> list[Finding]:
    """The findings for a value: ``at`` is where the record or list is, ``path`` its own path."""
    if value is None:
        return [] if field.nullable else [(complaint(field, "nullable", place), None, at)]
    try:
        broken = list(_broken(field, value))
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 -- recorded as the problem of the field
        return [(uncheckable(field, place, error), value, at)]
    found = [(complaint(field, rule, place), given, at) for rule, given in broken]
    if found and broken[0][0] == "type":
        return found
    if field.fields is not None and isinstance(value, dict):
        found += findings(field.fields, value, path, place, is_masked=field.sensitive)
    if field.items is not None and isinstance(value, list):
        found += _of_items(field.items, value, path, (*place, None))
    return found


def _of_items(items: Field, values: list[Any], path: Path, place: Place) -> list[Finding]:
    found: list[Finding] = []
    can_stop = not has_warnings(items)  # an error may come after any number of warnings
    for index, value in enumerate(values):
        inside = (*path, index)
        found += _of_value(items, value, inside, inside, place)
        if len(found) >= MOST_BROKEN_ITEMS and can_stop:
            break
    return found


def _broken(field: Field, value: Any) -> Iterator[tuple[str, Any]]:
    """The broken rules of a value that is not None, and what to say them of."""
    if field.types and not has_type(value, field.types):
        yield "type", value
        return
    if field.allowed is not None and not Allowed(field.allowed)(value):
        yield "allowed", value
    for rule in (
        *_out_of_bounds(field, value),
        *_of_wrong_length(field, value),
        *_of_wrong_look(field, value),
    ):
        yield rule, value
    if field.check is not None and (answer := Asked(field.check)(value)) is not True:
        yield "check", Answered(value, answer)


def _out_of_bounds(field: Field, value: Any) -> Iterator[str]:
    bounds = field.bounds
    if not bounds:
        return
    comparable = isinstance(value, bounded_types(bounds.values())) and not isinstance(value, bool)
    for rule, bound in bounds.items():
        if not (_COMPARISONS[rule](value, bound) if comparable else bool(field.types)):
            yield rule


_COMPARISONS = {
    "min": operator.ge,
    "max": operator.le,
    "exclusive_min": operator.gt,
    "exclusive_max": operator.lt,
}


def _of_wrong_length(field: Field, value: Any) -> Iterator[str]:
    sized = isinstance(value, Sized)
    low, high = field.min_length, field.max_length
    if low is not None and not (len(value) >= low if sized else bool(field.types)):
        yield "min_length"
    if high is not None and not (len(value) <= high if sized else bool(field.types)):
        yield "max_length"


def _of_wrong_look(field: Field, value: Any) -> Iterator[str]:
    other = bool(field.types)  # a value of another type that the field names
    is_text = isinstance(value, str)
    if field.pattern is not None and not (matcher(field.pattern)(value) if is_text else other):
        yield "pattern"
    if field.format is not None and not (FORMATS[field.format](value) if is_text else other):
        yield "format"
    if field.items is not None and field.items.unique:
        fits = all_differ(value) if isinstance(value, list) else other
        yield from () if fits else ("unique",)
