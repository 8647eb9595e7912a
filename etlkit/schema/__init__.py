"""Fields and their rules: what validation, typing and destinations know of a record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from etlkit._lazy import lazy_names


if TYPE_CHECKING:
    from etlkit.schema.fields import Field, RecordCheck, Schema
    from etlkit.schema.parsing import parse_schema
    from etlkit.schema.text_formats import FORMATS
    from etlkit.schema.texts import PARSERS
    from etlkit.schema.types import TYPE_NAMES, has_type

__all__ = [
    "FORMATS",
    "PARSERS",
    "TYPE_NAMES",
    "Field",
    "RecordCheck",
    "Schema",
    "has_type",
    "parse_schema",
]

_HOMES = {
    "FORMATS": "etlkit.schema.text_formats",
    "PARSERS": "etlkit.schema.texts",
    "TYPE_NAMES": "etlkit.schema.types",
    "Field": "etlkit.schema.fields",
    "RecordCheck": "etlkit.schema.fields",
    "Schema": "etlkit.schema.fields",
    "has_type": "etlkit.schema.types",
    "parse_schema": "etlkit.schema.parsing",
}

__getattr__, __dir__ = lazy_names(__name__, _HOMES)
