"""Schemas of etlkit as JSON Schema documents (draft 2020-12).

A document never refuses what the rules let pass. A rule that no keyword says exactly is
an annotation (see ``extras``), which an import turns into the rule again.
"""

from __future__ import annotations

from typing import Any

from etlkit.errors import SchemaError
from etlkit.schema.consistency import COERCIBLE
from etlkit.schema.fields import Field, Schema
from etlkit.validation.json_schema.extras import TEXTUAL, encoded
from etlkit.validation.json_schema.keywords import EXACT_FORMATS, PREFIX, TYPES
from etlkit.validation.json_schema.pattern_export import ecma_pattern
from etlkit.validation.value_space import value_types


__all__ = ["document_from"]

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_WORDS: dict[type, str] = {kind: name for name, kind in TYPES.items()}
_BOUNDS = {
    "min": "minimum",
    "max": "maximum",
    "exclusive_min": "exclusiveMinimum",
    "exclusive_max": "exclusiveMaximum",
}
_LENGTHS: dict[type, tuple[str, str]] = {
    str: ("minLength", "maxLength"),
    list: ("minItems", "maxItems"),
    dict: ("minProperties", "maxProperties"),
}
_WIDER_FORMATS = {"url": "uri"}

Document = dict[str, Any]


def document_from(schema: Schema) -> Document:
    """The JSON Schema document of the records that a schema describes.

    Raises:
        SchemaError: A field has a type that JSON has no form for.
    """
    return {"$schema": DIALECT, **_object(schema, "")}


def _object(schema: Schema, place: str) -> Document:
    names = [(field, f"{place}.{field.name}" if place else field.name) for field in schema.fields]
    document: Document = {
        "type": "object",
        "properties": {field.name: _field(field, inner) for field, inner in names},
    }
    required = [f.name for f in schema.fields if f.required and f.severity == "error"]
    if required:
        document["required"] = required
    if schema.unknown == "refuse":
        document["additionalProperties"] = False
    elif schema.unknown == "drop":
        document[f"{PREFIX}unknown"] = "drop"
    if schema.unique:
        document[f"{PREFIX}unique_together"] = [list(names) for names in schema.unique]
    if schema.checks:
        document[f"{PREFIX}checks"] = [check.name for check in schema.checks]
    return document


def _field(field: Field, place: str) -> Document:
    if field.severity == "error":
        return _rules(field, place)
    document = {f"{PREFIX}severity": field.severity, f"{PREFIX}rules": _rules(field, place)}
    return {**document, f"{PREFIX}required": True} if field.required else document


def _rules(field: Field, place: str) -> Document:
    kinds = value_types(field)
    try:
        document = _types(field, kinds) | _allowed(field, kinds) | _bounds(field)
        document |= _lengths(field, kinds) | _pattern(field, kinds) | _format(field, kinds)
    except ValueError as error:
        message = f"field {place!r}: JSON Schema has no form for {error}"
        raise SchemaError(message) from error
    if field.fields is not None:
        inner = _object(field.fields, place)
        document |= {key: value for key, value in inner.items() if key != "type"}
    if field.items is not None:
        document |= _items(field.items, f"{place}[*]")
    for rule in ("unique", "coerce", "sensitive"):
        if getattr(field, rule) and (rule != "coerce" or set(field.types) & set(COERCIBLE)):
            document[PREFIX + rule] = True
    if field.check is not None:
        document[f"{PREFIX}check"] = getattr(field.check, "__name__", type(field.check).__name__)
    return document


def _items(item: Field, place: str) -> Document:
    document: Document = {"items": _field(item, place)}
    # null equals nothing for the rule, but itself for the keyword
    exact = bool(item.types) and not item.nullable and not set(item.types) & {dict, list}
    if item.unique and exact and item.severity == "error":
        del document["items"][f"{PREFIX}unique"]
        document["uniqueItems"] = True
    return document


def _has_textual(kinds: tuple[type, ...]) -> bool:
    return any(kind in TEXTUAL for kind in kinds)


def _types(field: Field, kinds: tuple[type, ...]) -> Document:
    for kind in kinds:
        if kind not in _WORDS and kind not in TEXTUAL:
            message = f"values of type {kind.__name__}"
            raise ValueError(message)
    words = dict.fromkeys(_WORDS.get(kind, "string") for kind in kinds)
    if "number" in words:
        words.pop("integer", None)
    if not words and not field.nullable and field.allowed is None:
        words = dict.fromkeys(name for name in TYPES if name != "integer")  # any but null
    if not words:
        return {}
    names = [*words, "null"] if field.nullable else list(words)
    document: Document = {"type": names[0] if len(names) == 1 else names}
    if _has_textual(kinds):
        document[f"{PREFIX}type"] = [_WORDS.get(kind) or TEXTUAL[kind] for kind in kinds]
    return document


def _allowed(field: Field, kinds: tuple[type, ...]) -> Document:
    if field.allowed is None:
        return {}
    values = [encoded(one) for one in field.allowed]
    if _has_textual(kinds) or any(isinstance(one, (dict, list)) for one in values):
        return {f"{PREFIX}allowed": values}
    return {"enum": [*values, None] if field.nullable else values}


def _bounds(field: Field) -> Document:
    document = {}
    for rule, bound in field.bounds.items():
        value = encoded(bound)
        plain = not isinstance(value, (dict, str))
        document[_BOUNDS[rule] if plain else PREFIX + rule] = value
    return document


def _lengths(field: Field, kinds: tuple[type, ...]) -> Document:
    document = {}
    for index, rule in enumerate(("min_length", "max_length")):
        length = getattr(field, rule)
        if length is None:
            continue
        if _has_textual(kinds):
            document[PREFIX + rule] = length
        else:
            document |= {_LENGTHS[kind][index]: length for kind in kinds if kind in _LENGTHS}
    return document


def _pattern(field: Field, kinds: tuple[type, ...]) -> Document:
    if field.pattern is None:
        return {}
    if not _has_textual(kinds):
        try:
            return {"pattern": ecma_pattern(field.pattern)}
        except ValueError:  # what ECMA-262 cannot say
            pass
    return {f"{PREFIX}pattern": field.pattern}


def _format(field: Field, kinds: tuple[type, ...]) -> Document:
    if field.format is None:
        name = TEXTUAL.get(kinds[0]) if len(kinds) == 1 else None
        return {"format": name} if name in EXACT_FORMATS else {}
    if _has_textual(kinds):
        return {f"{PREFIX}format": field.format}
    if field.format in EXACT_FORMATS:
        return {"format": field.format}
    wider = _WIDER_FORMATS.get(field.format)
    annotation = {f"{PREFIX}format": field.format}
    return annotation if wider is None else {"format": wider, **annotation}
