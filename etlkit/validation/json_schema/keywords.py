"""The keywords of JSON Schema: what is imported, and what is accepted or refused by name."""

from __future__ import annotations

from etlkit._words import did_you_mean


__all__ = [
    "ANNOTATIONS",
    "DIALECTS",
    "EXACT_FORMATS",
    "IMPORTED",
    "PREFIX",
    "SCOPES",
    "TYPES",
    "why_refused",
]

DIALECTS = {
    "https://json-schema.org/draft/2020-12/schema": "2020-12",
    "https://json-schema.org/draft/2019-09/schema": "2019-09",
    "http://json-schema.org/draft-07/schema": "draft-07",
    "http://json-schema.org/draft-06/schema": "draft-06",
}
"""The drafts that are read, by what ``$schema`` says without a last ``#``."""

PREFIX = "x-etlkit-"
"""What begins the name of an annotation that carries a rule without a keyword."""

TYPES: dict[str, type] = {
    "array": list,
    "boolean": bool,
    "integer": int,
    "number": float,
    "object": dict,
    "string": str,
}
"""The types of JSON but null, and what etlkit takes for them."""

EXACT_FORMATS = frozenset({"date", "date-time", "email", "ipv4", "ipv6", "uuid"})
"""The formats that say the same in both directions."""

ANNOTATIONS = frozenset(
    {
        "$comment",
        "$defs",
        "$id",
        "$schema",
        "default",
        "definitions",
        "deprecated",
        "description",
        "examples",
        "readOnly",
        "title",
        "writeOnly",
    }
)
"""Keywords that are accepted and change nothing; names beginning with ``x-`` are others."""

_NUMBERS = frozenset({"integer", "number"})
_TEXTS = frozenset({"string"})
_ARRAYS = frozenset({"array"})
_OBJECTS = frozenset({"object"})

SCOPES: dict[str, frozenset[str]] = {
    "additionalProperties": _OBJECTS,
    "exclusiveMaximum": _NUMBERS,
    "exclusiveMinimum": _NUMBERS,
    "format": _TEXTS,
    "items": _ARRAYS,
    "maxItems": _ARRAYS,
    "maxLength": _TEXTS,
    "maxProperties": _OBJECTS,
    "maximum": _NUMBERS,
    "minItems": _ARRAYS,
    "minLength": _TEXTS,
    "minProperties": _OBJECTS,
    "minimum": _NUMBERS,
    "pattern": _TEXTS,
    "properties": _OBJECTS,
    "required": _OBJECTS,
    "uniqueItems": _ARRAYS,
}
"""The types that a keyword says something of; values of other types pass it."""

IMPORTED = frozenset({*SCOPES, "$ref", "allOf", "anyOf", "const", "enum", "oneOf", "type"})

_REFUSED = frozenset(
    {
        "$anchor",
        "$dynamicAnchor",
        "$dynamicRef",
        "$recursiveAnchor",
        "$recursiveRef",
        "$vocabulary",
        "additionalItems",
        "contains",
        "contentEncoding",
        "contentMediaType",
        "contentSchema",
        "dependencies",
        "dependentRequired",
        "dependentSchemas",
        "else",
        "if",
        "maxContains",
        "minContains",
        "multipleOf",
        "not",
        "patternProperties",
        "prefixItems",
        "propertyNames",
        "then",
        "unevaluatedItems",
        "unevaluatedProperties",
    }
)


def why_refused(keyword: str) -> str:
    """What to say of a keyword that is not imported."""
    if keyword in _REFUSED:
        return f"no rule of etlkit says what {keyword!r} says; leave it out, and use a check"
    if keyword == "nullable":
        return "'nullable' is OpenAPI's word; write the type as a list such as ['integer', 'null']"
    hint = did_you_mean(keyword, IMPORTED | ANNOTATIONS | _REFUSED)
    return f"unknown keyword {keyword!r}{hint}"
