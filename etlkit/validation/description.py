"""The rules of a schema in words, for plans."""

from __future__ import annotations

from typing import TYPE_CHECKING

from etlkit.schema.fields import check_name
from etlkit.schema.patterns import most_characters
from etlkit.validation.messages import listed
from etlkit.validation.traits import coerces


if TYPE_CHECKING:
    from collections.abc import Iterator

    from etlkit.schema.fields import Field, Schema


def described(schema: Schema) -> str:
    """``case_id (required, str); severity (int, from 1 to 5)``."""
    return "; ".join([*map(_field, schema.fields), *_whole(schema)])


def _field(field: Field) -> str:
    words = ", ".join(_words(field))
    return f"{field.name} ({words})" if words else field.name


def _words(field: Field) -> Iterator[str]:
    yield from (word for word in ("required", "nullable", "sensitive") if getattr(field, word))
    if field.severity == "warning":
        yield "warns only"
    if field.types:
        yield f"{'coerced to ' if coerces(field) else ''}{field.type_names}"
    yield from _limits(field)
    if field.allowed is not None:
        yield f"one of {listed(field.allowed)}"
    if field.pattern is not None:
        most = most_characters(field.pattern)
        yield f"matching {field.pattern!r}{f' up to {most} characters' if most else ''}"
    if field.format is not None:
        yield f"in the format {field.format}"
    if field.unique:
        yield "unique"
    if field.check is not None:
        yield f"checked by {check_name(field.check)}"
    yield from _inside(field)


def _limits(field: Field) -> Iterator[str]:
    names = {"min": "from", "exclusive_min": "above", "max": "to", "exclusive_max": "below"}
    limits = [
        f"{word} {field.bounds[rule]!r}" for rule, word in names.items() if rule in field.bounds
    ]
    if limits:
        yield " ".join(limits)
    lengths = (("from", field.min_length), ("to", field.max_length))
    words = [f"{word} {length}" for word, length in lengths if length is not None]
    if words:
        yield f"length {' '.join(words)}"


def _inside(field: Field) -> Iterator[str]:
    if field.fields is not None:
        yield f"with {described(field.fields)}"
    if field.items is not None:
        items = ", ".join(_words(field.items))
        yield f"items {items}" if items else "any items"


def _whole(schema: Schema) -> Iterator[str]:
    if schema.unknown != "allow":
        yield "other fields are dropped" if schema.unknown == "drop" else "no other fields"
    yield from (f"{' and '.join(names)} unique together" for names in schema.unique)
    yield from (f"check {check.name}" for check in schema.checks)
