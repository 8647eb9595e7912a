"""JSON Schema documents from validators."""

from __future__ import annotations

import json

from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import reduce
from typing import Any
from uuid import UUID

import pytest

from etlkit import DataValidator
from etlkit.errors import SchemaError
from etlkit.schema import RecordCheck


ANY_BUT_NULL = ["array", "boolean", "number", "object", "string"]


def is_even(value: int) -> bool:
    """A check."""
    return value % 2 == 0


def exported(rules: dict[str, Any]) -> Any:
    """What a field becomes."""
    return DataValidator({"v": rules}).to_json_schema()["properties"]["v"]


def again(validator: DataValidator) -> DataValidator:
    """What becomes of a validator that is written to a file of JSON and read from it."""
    return DataValidator.from_json_schema(json.loads(json.dumps(validator.to_json_schema())))


@pytest.mark.parametrize(
    ("rules", "schema"),
    [
        pytest.param({"nullable": True}, {}, id="anything"),
        pytest.param({}, {"type": ANY_BUT_NULL}, id="anything-but-none"),
        pytest.param({"type": int}, {"type": "integer"}, id="type"),
        pytest.param({"type": [int, float], "nullable": True}, {"type": ["number", "null"]}, id="types"),
        pytest.param({"allowed": ["a", 1], "nullable": True}, {"enum": ["a", 1, None]}, id="allowed"),
        pytest.param({"min": 1, "exclusive_max": 2.5}, {"type": "number", "minimum": 1, "exclusiveMaximum": 2.5}, id="bounds"),
        pytest.param({"type": str, "min_length": 1}, {"type": "string", "minLength": 1}, id="length-of-texts"),
        pytest.param({"max_length": 2}, {"type": ["string", "array", "object"], "maxLength": 2, "maxItems": 2, "maxProperties": 2}, id="length"),
        pytest.param({"pattern": r"\d+"}, {"type": "string", "pattern": r"^\d+$"}, id="pattern"),
        pytest.param({"pattern": "(?i)a"}, {"type": "string", "x-etlkit-pattern": "(?i)a"}, id="pattern-of-python"),
        pytest.param({"format": "email"}, {"type": "string", "format": "email"}, id="format"),
        pytest.param({"format": "url"}, {"type": "string", "format": "uri", "x-etlkit-format": "url"}, id="format-that-is-narrower"),
        pytest.param({"format": "time"}, {"type": "string", "x-etlkit-format": "time"}, id="format-that-is-wider"),
        pytest.param({"type": date, "min": date(2024, 1, 31)}, {"type": "string", "format": "date", "x-etlkit-type": ["date"], "x-etlkit-min": {"date": "2024-01-31"}}, id="date"),
        pytest.param({"type": ["decimal", str], "min_length": 1, "pattern": "a", "format": "email"}, {"type": "string", "x-etlkit-type": ["decimal", "string"], "x-etlkit-min_length": 1, "x-etlkit-pattern": "a", "x-etlkit-format": "email"}, id="text-or-decimal"),
        pytest.param({"allowed": [UUID(int=0), [1, 2]]}, {"x-etlkit-allowed": [{"uuid": "00000000-0000-0000-0000-000000000000"}, [1, 2]]}, id="allowed-that-json-has-not"),
        pytest.param({"max": float("inf")}, {"type": "number", "x-etlkit-max": {"float": "inf"}}, id="infinity"),
        pytest.param({"type": int, "unique": True, "coerce": True, "sensitive": True}, {"type": "integer", "x-etlkit-unique": True, "x-etlkit-coerce": True, "x-etlkit-sensitive": True}, id="rules-without-keyword"),
        pytest.param({"type": int, "check": is_even}, {"type": "integer", "x-etlkit-check": "is_even"}, id="check"),
        pytest.param({"type": int, "required": True, "severity": "warning"}, {"x-etlkit-severity": "warning", "x-etlkit-rules": {"type": "integer"}, "x-etlkit-required": True}, id="warning"),
        pytest.param({"items": {"type": int, "unique": True}}, {"type": "array", "items": {"type": "integer"}, "uniqueItems": True}, id="items"),
        pytest.param({"items": {"nullable": True, "unique": True}}, {"type": "array", "items": {"x-etlkit-unique": True}}, id="items-that-may-be-none"),
        pytest.param({"fields": {"a": {"required": True, "type": str}}}, {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}, id="fields"),
    ],
)  # fmt: skip
def test_a_field_becomes_keywords_or_annotations(rules: dict[str, Any], schema: Any) -> None:
    """A rule that no keyword says exactly is an annotation."""
    assert exported(rules) == schema


def test_a_document_describes_the_whole_record() -> None:
    """Required fields, other fields, and what concerns several fields."""
    validator = DataValidator(
        {"id": {"required": True, "type": int}, "day": {"type": str}},
        unknown="refuse",
        unique=[("id", "day")],
        checks=[RecordCheck("in order", is_even)],
    )

    document = validator.to_json_schema()

    assert document == {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": {"id": {"type": "integer"}, "day": {"type": "string"}},
        "required": ["id"],
        "additionalProperties": False,
        "x-etlkit-unique_together": [["id", "day"]],
        "x-etlkit-checks": ["in order"],
    }


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ({"type": bytes}, "field 'o.v': JSON Schema has no form for values of type bytes"),
        ({"allowed": [(1, 2)]}, "field 'o.v': JSON Schema has no form for (1, 2), which is of type tuple"),
    ],
    ids=["type", "value"],
)  # fmt: skip
def test_values_that_json_does_not_have_are_refused(rules: dict[str, Any], message: str) -> None:
    """The message names the field."""
    validator = DataValidator({"o": {"fields": {"v": rules}}})

    with pytest.raises(SchemaError) as caught:
        validator.to_json_schema()

    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("rules", "passes", "fails"),
    [
        pytest.param({"type": date, "min": date(2024, 1, 1)}, date(2024, 1, 1), date(2023, 1, 1), id="date"),
        pytest.param({"type": "datetime", "max": datetime(2024, 1, 1, tzinfo=UTC)}, datetime(2024, 1, 1, tzinfo=UTC), "2024-01-01", id="datetime"),
        pytest.param({"type": "time"}, time(12), "12:00", id="time"),
        pytest.param({"type": "decimal", "min": Decimal("0.10")}, Decimal("0.1"), Decimal("0.09"), id="decimal"),
        pytest.param({"type": "uuid"}, UUID(int=1), str(UUID(int=1)), id="uuid"),
        pytest.param({"type": ["uuid", str], "format": "ipv4"}, UUID(int=1), "1", id="uuid-or-text"),
        pytest.param({"allowed": [date(2024, 1, 1), [1, 2]]}, [1, 2], date(2024, 1, 2), id="allowed"),
        pytest.param({"max": float("inf")}, 10**400, float("nan"), id="infinity"),
        pytest.param({"format": "url"}, "http://a.example", "mailto:a@b.example", id="url"),
        pytest.param({"format": "time"}, "12:30", "12", id="time-of-a-text"),
        pytest.param({"pattern": "(?i)a"}, "A", "b", id="pattern-of-python"),
        pytest.param({"type": int, "coerce": True}, "1", "x", id="coerce"),
        pytest.param({"items": {"unique": True, "nullable": True}}, [None, None], [1, 1], id="unique-items"),
    ],
)  # fmt: skip
def test_rules_without_keyword_survive_the_journey(
    rules: dict[str, Any], passes: Any, fails: Any
) -> None:
    """What is exported and imported again judges as before."""
    validator = again(DataValidator({"v": rules}))

    verdicts = [validator.validate([{"v": value}])[0] for value in (passes, fails)]

    assert verdicts == [True, False]


def test_what_concerns_records_survives_the_journey() -> None:
    """Groups of unique fields, unknown fields, warnings and sensitive values."""
    validator = again(
        DataValidator(
            {
                "a": {"type": int, "sensitive": True},
                "b": {"required": True, "type": int, "severity": "warning"},
                "c": {"fields": {"d": {"type": int, "unique": True}}},
            },
            unknown="drop",
            unique=[("a", "b")],
        )
    )

    passed, messages = validator.validate(
        [{"a": "x", "b": 1}, {}, {"a": 1, "b": 1, "c": {"d": 1}}, {"a": 1, "b": 1, "c": {"d": 1}}]
    )

    assert not passed
    assert validator.schema.unknown == "drop"
    assert messages == [
        "record 1: $.a is str ***, expected int",
        "record 2: warning: $.b is required but missing",
        "record 4: $.c.d is 1, which an earlier record has too",
        "record 4: $ has ***, 1 in a and b, which an earlier record has too",
    ]


def test_a_check_has_to_be_given_again() -> None:
    """An import names the function that the document cannot hold."""
    document = DataValidator({"v": {"check": is_even}}).to_json_schema()

    with pytest.raises(SchemaError) as caught:
        DataValidator.from_json_schema(document)

    assert str(caught.value).startswith("#/properties/v/x-etlkit-check: 'is_even' is a function")


def test_deeply_nested_fields_make_the_journey() -> None:
    """As deep as an import may be; examples are as deep."""
    deep: Any = reduce(lambda rules, _: {"required": True, "fields": {"v": rules}}, range(150), {})
    validator = DataValidator({"v": deep})

    imported = again(validator)

    assert imported.validate(validator.examples(3)) == (True, [])
