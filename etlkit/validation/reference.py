"""What the rules mean, as plainly as possible.

Tests hold the generated code against it, and it steps in for records with a value that
cannot be compared at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from etlkit.schema.types import bounded_types, has_type
from etlkit.validation.conditions import Allowed
from etlkit.validation.messages import Complaint, uncheckable


if TYPE_CHECKING:
    from collections.abc import Iterator

    from etlkit.records import Problem, Record
    from etlkit.schema.fields import Field, Schema


def broken_rules(schema: Schema, record: Record) -> list[tuple[str, str]]:
    """The field and the rule of everything that is wrong with a record, in order."""
    return [(field.name, rule) for field in schema.fields for rule in _broken(field, record)]


def problems_one_by_one(schema: Schema, record: Record) -> Iterator[Problem]:
    """Every problem of a record; a field whose check raises has that for its problem."""
    for field in schema.fields:
        try:
            rules = list(_broken(field, record))
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 -- recorded as the problem of the field
            yield uncheckable(field, error)
        else:
            yield from (Complaint(field, rule)(record.get(field.name)) for rule in rules)


def _broken(field: Field, record: Record) -> Iterator[str]:
    if field.name not in record:
        if field.required:
            yield "required"
        return
    value = record[field.name]
    if value is None:
        if not field.nullable:
            yield "nullable"
        return
    if field.types and not has_type(value, field.types):
        yield "type"
        return
    if field.allowed is not None and not Allowed(field.allowed)(value):
        yield "allowed"
    yield from _out_of_bounds(field, value)


def _out_of_bounds(field: Field, value: Any) -> Iterator[str]:
    low, high = field.minimum, field.maximum
    if low is None and high is None:
        return
    comparable = isinstance(value, bounded_types(field.bounds.values())) and not isinstance(
        value, bool
    )
    if low is not None and not (value >= low if comparable else bool(field.types)):
        yield "min"
    if high is not None and not (value <= high if comparable else bool(field.types)):
        yield "max"
