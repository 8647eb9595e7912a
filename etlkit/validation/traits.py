"""What a schema asks of its validator, all levels of it together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from etlkit.schema.consistency import is_coercible
from etlkit.schema.fields import Field, Schema


if TYPE_CHECKING:
    from etlkit.schema.fields import Place


def parts(root: Schema | Field) -> Iterator[tuple[Place, Schema | Field]]:
    """Every schema and field below a root, the root among them, each with its place."""
    waiting: list[tuple[Place, Schema | Field]] = [((), root)]
    while waiting:
        place, one = waiting.pop()
        yield place, one
        if isinstance(one, Schema):
            waiting += [((*place, field.name), field) for field in reversed(one.fields)]
            continue
        if one.items is not None:
            waiting.append(((*place, None), one.items))
        if one.fields is not None:
            waiting.append((place, one.fields))


def has_warnings(root: Schema | Field) -> bool:
    """Whether a record can break a rule and pass."""
    for _, one in parts(root):
        severities = [one] if isinstance(one, Field) else [*one.checks]
        if any(each.severity == "warning" for each in severities):
            return True
    return False


def coerces(field: Field) -> bool:
    """Whether values of the field may be turned into another type."""
    return field.coerce and is_coercible(field)


def rewrites(root: Schema | Field) -> bool:
    """Whether records are changed before they are judged: by coercion or by dropping."""
    return any(
        one.unknown == "drop" if isinstance(one, Schema) else coerces(one) for _, one in parts(root)
    )


def unique_fields(schema: Schema) -> Iterator[tuple[Place, Field]]:
    """The fields whose values differ from record to record, with their places."""
    for place, one in parts(schema):
        if isinstance(one, Field) and one.unique and None not in place:
            yield place, one


def unique_groups(schema: Schema) -> Iterator[tuple[Place, Schema, tuple[str, ...]]]:
    """The names of fields whose values together differ, with the schema and where that is."""
    for place, one in parts(schema):
        if isinstance(one, Schema):
            yield from ((place, one, names) for names in one.unique)


def is_compared(schema: Schema) -> bool:
    """Whether records are compared with those that came before."""
    return any(True for _ in unique_groups(schema)) or any(True for _ in unique_fields(schema))


def is_stateful(schema: Schema) -> bool:
    """Whether a run has to remember or to count something."""
    return is_compared(schema) or rewrites(schema) or has_warnings(schema)
