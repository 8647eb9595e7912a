"""Fields and their rules, as users write them."""

from __future__ import annotations

import typing

from datetime import UTC, date, datetime
from decimal import Decimal
from numbers import Number
from typing import Any

import pytest

from etlkit.errors import SchemaError
from etlkit.schema import TYPE_NAMES, Field, RecordCheck, Schema, has_type, parse_schema


RULES = (
    "allowed, check, coerce, exclusive_max, exclusive_min, fields, format, items, max, max_length, "
    "min, min_length, nullable, pattern, required, sensitive, severity, type, unique"
)
NAMES = (
    "array, bool, boolean, date, datetime, decimal, dict, float, int, integer, list, number, "
    "object, str, string, time, uuid"
)


class Document(typing.TypedDict):
    """A class that ``isinstance`` refuses."""


class Shaped(typing.Protocol):
    """Another one."""


def only(rules: dict[str, Any]) -> Field:
    """The field of a schema that has one."""
    (field,) = parse_schema({"x": rules}).fields
    return field


def test_rules_become_fields_in_order() -> None:
    """Every rule has its place."""
    schema = parse_schema(
        {
            "id": {"type": int, "required": True, "min": 1, "max": 9},
            "state": {"type": "string", "nullable": True, "allowed": ["CA", "NY"]},
            "ssn": {"sensitive": True},
            "any": {},
        }
    )

    assert schema.fields == (
        Field("id", (int,), required=True, minimum=1, maximum=9),
        Field("state", (str,), nullable=True, allowed=("CA", "NY")),
        Field("ssn", sensitive=True),
        Field("any"),
    )


@pytest.mark.parametrize("name", sorted(TYPE_NAMES))
def test_a_type_may_be_given_by_name(name: str) -> None:
    """The words of Python and of JSON Schema."""
    field = only({"type": name})

    assert field.types == (TYPE_NAMES[name],)


@pytest.mark.parametrize("types", [[int, "str"], (int, str), ["integer", str]], ids=repr)
def test_several_types_may_be_given(types: Any) -> None:
    """Types and names may be mixed in a list or a tuple."""
    field = only({"type": types})

    assert field.types == (int, str)
    assert field.type_names == "int or str"


@pytest.mark.parametrize("allowed", [{"CA"}, ("CA",), ["CA"], {"CA": 1}.keys()], ids=type)
def test_allowed_values_come_in_any_collection(allowed: Any) -> None:
    """A set will do."""
    field = only({"allowed": allowed})

    assert field.allowed == ("CA",)


MISTAKES: dict[str, tuple[Any, str]] = {
    "no dict": (
        [("id", int)],
        (
            "a schema is a dict of field names and rules such as "
            "{'id': {'required': True, 'type': int}}, got [('id', <class 'int'>)]"
        ),
    ),
    "field name": ({5: {}}, "field names are strings, got 5"),
    "a type for rules": (
        {"x": int},
        "the rules of field 'x' are a dict such as {'type': int}, got <class 'int'>",
    ),
    "unknown rule": ({"x": {"zzz": 1}}, f"field 'x': unknown rule 'zzz'; the rules are {RULES}"),
    "rule with a typo": (
        {"x": {"require": True}},
        f"field 'x': unknown rule 'require'; did you mean 'required'?; the rules are {RULES}",
    ),
    "rule that is no text": ({"x": {5: 1}}, f"field 'x': unknown rule 5; the rules are {RULES}"),
    "required": ({"x": {"required": 1}}, "field 'x': 'required' is True or False, got 1"),
    "nullable": ({"x": {"nullable": "no"}}, "field 'x': 'nullable' is True or False, got 'no'"),
    "sensitive": ({"x": {"sensitive": None}}, "field 'x': 'sensitive' is True or False, got None"),
    "no types": ({"x": {"type": []}}, "field 'x': 'type' has no types; leave it out to allow any"),
    "type name with a typo": (
        {"x": {"type": "strnig"}},
        f"field 'x': unknown 'type' 'strnig'; did you mean 'string'?; the names are {NAMES}",
    ),
    "type that is a format": (
        {"x": {"type": "email"}},
        (
            "field 'x': unknown 'type' 'email'; write 'type': 'str', 'format': 'email'; the names are "
            f"{NAMES}"
        ),
    ),
    "type name of a database": (
        {"x": {"type": "TIMESTAMP"}},
        f"field 'x': unknown 'type' 'TIMESTAMP'; did you mean 'datetime'?; the names are {NAMES}",
    ),
    "rule of JSON Schema": (
        {"x": {"minLength": 1}},
        f"field 'x': unknown rule 'minLength'; did you mean 'min_length'?; the rules are {RULES}",
    ),
    "rule of other validators": (
        {"x": {"regex": "a"}},
        f"field 'x': unknown rule 'regex'; did you mean 'pattern'?; the rules are {RULES}",
    ),
    "fields without 'fields'": (
        {"x": {"zip": {"type": str}}},
        (
            "field 'x': unknown rule 'zip'; the rules of fields within a field stand below 'fields'; "
            f"the rules are {RULES}"
        ),
    ),
    "JSON Schema": (
        {"type": "object", "properties": {"x": {"type": "string"}}},
        "this is a JSON Schema document: use DataValidator.from_json_schema(document)",
    ),
    "text as the bound of a day": (
        {"x": {"type": "date", "min": "2024-01-01"}},
        (
            "field 'x': 'min' '2024-01-01' cannot be compared with type date; a day is written "
            "date(2024, 1, 31)"
        ),
    ),
    "unknown type name": (
        {"x": {"type": ["int", "zzz"]}},
        f"field 'x': unknown 'type' 'zzz'; the names are {NAMES}",
    ),
    "type that is no type": (
        {"x": {"type": 5}},
        "field 'x': 'type' is a type such as int, or a list of types, got 5",
    ),
    "union": (
        {"x": {"type": int | str}},
        "field 'x': 'type' is a type such as int, or a list of types, got int | str",
    ),
    "generic": (
        {"x": {"type": list[int]}},
        "field 'x': 'type' is a type such as int, or a list of types, got list[int]",
    ),
    "None as a type": (
        {"x": {"type": [str, None]}},
        "field 'x': 'type' has None; write 'nullable': True instead",
    ),
    "type of None": (
        {"x": {"type": [str, type(None)]}},
        "field 'x': 'type' has None; write 'nullable': True instead",
    ),
    "Any": (
        {"x": {"type": typing.Any}},
        "field 'x': 'type' typing.Any is no class that values can be checked against",
    ),
    "typed dict": (
        {"x": {"type": Document}},
        f"field 'x': 'type' {Document!r} is no class that values can be checked against",
    ),
    "protocol": (
        {"x": {"type": [Shaped]}},
        f"field 'x': 'type' {Shaped!r} is no class that values can be checked against",
    ),
    "allowed text": (
        {"x": {"allowed": "CA"}},
        "field 'x': 'allowed' is a list of values, got 'CA'",
    ),
    "allowed dict": (
        {"x": {"allowed": {"CA": 1}}},
        "field 'x': 'allowed' is a list of values, got {'CA': 1}",
    ),
    "allowed number": ({"x": {"allowed": 5}}, "field 'x': 'allowed' is a list of values, got 5"),
    "allowed nothing": (
        {"x": {"allowed": []}},
        "field 'x': 'allowed' is empty, so no value could pass",
    ),
    "allowed None": (
        {"x": {"allowed": ["CA", None]}},
        "field 'x': 'allowed' has None; write 'nullable': True instead",
    ),
    "allowed NaN": (
        {"x": {"allowed": [1.0, float("nan")]}},
        "field 'x': 'allowed' has nan, which equals no value",
    ),
    "allowed of another type": (
        {"x": {"type": [int, str], "allowed": [1, True]}},
        "field 'x': 'allowed' value True can never have type int or str",
    ),
    "min None": (
        {"x": {"min": None}},
        "field 'x': 'min' is a number or another value with an order, got None",
    ),
    "max True": (
        {"x": {"max": True}},
        "field 'x': 'max' is a number or another value with an order, got True",
    ),
    "min NaN": (
        {"x": {"min": float("nan")}},
        "field 'x': 'min' is a number or another value with an order, got nan",
    ),
    "min dict": (
        {"x": {"min": {}}},
        "field 'x': 'min' is a number or another value with an order, got {}",
    ),
    "max complex": (
        {"x": {"max": 1j}},
        "field 'x': 'max' is a number or another value with an order, got 1j",
    ),
    "max decimal NaN": (
        {"x": {"max": Decimal("NaN")}},
        "field 'x': 'max' is a number or another value with an order, got Decimal('NaN')",
    ),
    "min signalling NaN": (
        {"x": {"min": Decimal("sNaN")}},
        "field 'x': 'min' is a number or another value with an order, got Decimal('sNaN')",
    ),
    "bounds of different types": (
        {"x": {"min": 1, "max": "z"}},
        "field 'x': 'min' 1 and 'max' 'z' cannot be compared",
    ),
    "aware and naive bounds": (
        {"x": {"min": datetime(2024, 1, 1), "max": datetime(2025, 1, 1, tzinfo=UTC)}},  # noqa: DTZ001 -- the mistake
        (
            "field 'x': 'min' datetime.datetime(2024, 1, 1, 0, 0) and "
            "'max' datetime.datetime(2025, 1, 1, 0, 0, tzinfo=datetime.timezone.utc) cannot be compared"
        ),
    ),
    "date and datetime": (
        {"x": {"min": date(2024, 1, 1), "max": datetime(2025, 1, 1, tzinfo=UTC)}},
        (
            "field 'x': 'min' datetime.date(2024, 1, 1) and "
            "'max' datetime.datetime(2025, 1, 1, 0, 0, tzinfo=datetime.timezone.utc) cannot be compared"
        ),
    ),
    "min above max": ({"x": {"min": 2, "max": 1.5}}, "field 'x': 'min' 2 is above 'max' 1.5"),
    "min of another type": (
        {"x": {"type": str, "min": 1}},
        (
            "field 'x': 'min' 1 cannot be compared with type str; for the length of a text write "
            "'min_length' or 'max_length'"
        ),
    ),
    "max of another type": (
        {"x": {"type": [bool, dict], "max": 1}},
        "field 'x': 'max' 1 cannot be compared with type bool or dict",
    ),
    "null as a type": (
        {"x": {"type": "null"}},
        "field 'x': 'type' has 'null'; write 'nullable': True instead",
    ),
    "min and exclusive min": (
        {"x": {"min": 1, "exclusive_min": 1}},
        "field 'x': 'min' and 'exclusive_min' say the same; keep one of them",
    ),
    "max and exclusive max": (
        {"x": {"max": 1, "exclusive_max": 1}},
        "field 'x': 'max' and 'exclusive_max' say the same; keep one of them",
    ),
    "nothing between the bounds": (
        {"x": {"min": 1, "exclusive_max": 1}},
        "field 'x': no value is between 'min' 1 and 'exclusive_max' 1",
    ),
    "exclusive min above max": (
        {"x": {"exclusive_min": 2, "max": 1}},
        "field 'x': 'exclusive_min' 2 is above 'max' 1",
    ),
    "negative length": (
        {"x": {"min_length": -1}},
        "field 'x': 'min_length' is a whole number from 0, got -1",
    ),
    "length True": (
        {"x": {"max_length": True}},
        "field 'x': 'max_length' is a whole number from 0, got True",
    ),
    "lengths crossed": (
        {"x": {"min_length": 3, "max_length": 2}},
        "field 'x': 'min_length' 3 is above 'max_length' 2",
    ),
    "length of a number": (
        {"x": {"type": int, "max_length": 2}},
        "field 'x': 'max_length' means nothing for type int",
    ),
    "pattern that is no text": (
        {"x": {"pattern": 5}},
        "field 'x': 'pattern' is a regular expression in a text, got 5",
    ),
    "broken pattern": (
        {"x": {"pattern": "("}},
        (
            "field 'x': 'pattern' '(' is no regular expression: "
            "missing ), unterminated subpattern at position 0"
        ),
    ),
    "pattern of a number": (
        {"x": {"type": [int, float], "pattern": "a"}},
        "field 'x': 'pattern' is for values of type str, not int or float",
    ),
    "format that is no text": (
        {"x": {"format": str}},
        "field 'x': 'format' is the name of a format such as 'email', got <class 'str'>",
    ),
    "unknown format": (
        {"x": {"format": "emial"}},
        (
            "field 'x': unknown 'format' 'emial'; did you mean 'email'?; the names are "
            "date, date-time, email, ipv4, ipv6, time, url, uuid"
        ),
    ),
    "format of a date": (
        {"x": {"type": "date", "format": "date"}},
        "field 'x': 'format' is for values of type str, not date",
    ),
    "severity": (
        {"x": {"severity": "warn"}},
        "field 'x': 'severity' is 'error' or 'warning', got 'warn'",
    ),
    "check": (
        {"x": {"check": "even"}},
        "field 'x': 'check' is a function of the value, got 'even'",
    ),
    "coerce without a type": (
        {"x": {"coerce": True}},
        "field 'x': 'coerce' needs 'type', the type that values are turned into",
    ),
    "coerce to a list": (
        {"x": {"coerce": True, "type": list}},
        (
            "field 'x': 'coerce' cannot make a value of type list; it can make "
            "Decimal, UUID, bool, date, datetime, float, int, str, time"
        ),
    ),
    "fields of a list": (
        {"x": {"type": list, "fields": {}}},
        "field 'x': 'fields' is for values of type dict, not list",
    ),
    "items of a text": (
        {"x": {"type": "str", "items": {}}},
        "field 'x': 'items' is for values of type list, not str",
    ),
    "fields that are no dict": (
        {"x": {"fields": ["a"]}},
        (
            "'fields' of field 'x' is a dict of field names and rules such as "
            "{'id': {'required': True, 'type': int}}, got ['a']"
        ),
    ),
    "a mistake inside": (
        {"x": {"fields": {"y": {"items": {"type": "itn"}}}}},
        f"field 'x.y[*]': unknown 'type' 'itn'; did you mean 'int'?; the names are {NAMES}",
    ),
    "required item": (
        {"x": {"items": {"required": True}}},
        "field 'x[*]': 'required' is for fields of a record; a list has what it has",
    ),
    "unique inside a list": (
        {"x": {"items": {"fields": {"y": {"unique": True}}}}},
        (
            "field 'x[*].y': 'unique' compares a record with others, and the field is inside a "
            "list; a list whose items differ has 'unique' in its 'items'"
        ),
    ),
    "hostile name": (
        {"it's\n{x}": {"type": 5}},
        "field \"it's\\n{x}\": 'type' is a type such as int, or a list of types, got 5",
    ),
}


@pytest.mark.parametrize(("rules", "message"), MISTAKES.values(), ids=list(MISTAKES))
def test_a_mistaken_schema_says_which_field_and_rule(rules: Any, message: str) -> None:
    """It fails where it is made, with field, rule and value."""
    with pytest.raises(SchemaError) as caught:
        parse_schema(rules)

    assert str(caught.value) == message


@pytest.mark.parametrize(
    "rules",
    [
        {"min": 1, "max": 1.0},
        {"min": "a", "max": "b", "type": str},
        {"min": date(2024, 1, 1), "type": date},
        {"max": Decimal(5), "type": [Decimal, int]},
        {"min": [1], "type": list},
        {"min": -float("inf"), "max": float("inf")},
        {"allowed": [1, 1.5], "type": float},
        {"allowed": [[1], {"a": 1}]},
        {"type": [Number, bytes]},
        {"type": object},
    ],
    ids=repr,
)
def test_an_uncommon_schema_is_no_mistake(rules: dict[str, Any]) -> None:
    """Whatever has an order may be a bound, whatever is a class may be a type."""
    field = only(rules)

    assert field.name == "x"


@pytest.mark.parametrize(
    ("value", "types", "expected"),
    [
        (1, (int,), True),
        (True, (int,), False),
        (True, (bool,), True),
        (True, (int, bool), True),
        (True, (object,), True),
        (True, (int, Number), True),
        (1, (bool,), False),
        (1, (float,), True),
        (True, (float,), False),
        (1.5, (int,), False),
        (10**30, (float,), True),
        (Decimal(1), (float,), False),
        ("a", (int, str), True),
        (None, (str,), False),
        (date(2024, 1, 1), (date,), True),
        (datetime(2024, 1, 1, tzinfo=UTC), (date,), False),
        (datetime(2024, 1, 1, tzinfo=UTC), (date, datetime), True),
        (datetime(2024, 1, 1, tzinfo=UTC), (datetime,), True),
    ],
    ids=repr,
)
def test_a_bool_is_no_int_and_an_int_passes_for_a_float(
    value: object, types: tuple[type, ...], expected: object
) -> None:
    """Another class that bools belong to takes them."""
    found = has_type(value, types)

    assert found is expected


OPTIONS: dict[str, tuple[dict[str, Any], str]] = {
    "unknown": (
        {"unknown": "forbid"},
        "unknown is one of 'allow', 'drop', 'refuse', got 'forbid'",
    ),
    "severity": (
        {"severity": "warnings"},
        "severity is one of 'error', 'warning', got 'warnings'; did you mean 'warning'?",
    ),
    "coerce": ({"coerce": 1}, "coerce is True or False, got 1"),
    "checks": (
        {"checks": "even"},
        "checks is a dict of names and functions, or a list, got 'even'",
    ),
    "check": ({"checks": {"even": True}}, "a check is a function of the record, got True"),
    "fields of a check": (
        {"checks": [RecordCheck("c", bool, fields=("idd",))]},
        "check 'c' names the field 'idd', which has no rules; did you mean 'id'?",
    ),
    "unique": ({"unique": "id"}, "unique is a list of fields such as ['id'], got 'id'"),
    "unique field": (
        {"unique": [("id", "idd")]},
        "unique names the field 'idd', which has no rules; did you mean 'id'?",
    ),
    "group": ({"unique": [5]}, "each of unique is a list of fields, got 5"),
}


@pytest.mark.parametrize(("options", "message"), OPTIONS.values(), ids=list(OPTIONS))
def test_a_mistaken_option_of_a_schema_is_named(options: dict[str, Any], message: str) -> None:
    """With the valid values, or what was meant."""
    with pytest.raises(SchemaError) as caught:
        parse_schema({"id": {}}, **options)

    assert str(caught.value) == message


def test_a_ready_schema_takes_no_options() -> None:
    """It has them itself."""
    with pytest.raises(SchemaError) as caught:
        parse_schema(Schema((Field("id"),)), unknown="drop")

    assert str(caught.value) == (
        "a Schema says itself what unknown, checks, unique, coerce and severity are"
    )


def test_rules_nested_too_deep_are_refused() -> None:
    """With a message, and before Python runs out of calls."""
    rules: dict[str, Any] = {}
    for _ in range(152):
        rules = {"a": {"fields": rules}}

    with pytest.raises(SchemaError) as caught:
        parse_schema(rules)

    assert str(caught.value) == "the rules are nested more than 150 levels deep"


def test_nested_rules_take_over_what_those_around_them_say() -> None:
    """Severity and coercion, unless they say otherwise, and what becomes of unknown fields.

    Fields that no value can be coerced for do without.
    """
    schema = parse_schema(
        {
            "a": {
                "severity": "warning",
                "fields": {"b": {"type": int}, "c": {"severity": "error"}},
            },
            "d": {"coerce": False, "items": {"type": int}},
        },
        unknown="drop",
        coerce=True,
    )

    inside = Schema(
        (Field("b", (int,), severity="warning", coerce=True), Field("c")), unknown="drop"
    )
    assert schema.fields == (
        Field("a", (dict,), fields=inside, severity="warning"),
        Field("d", (list,), items=Field("item", (int,))),
    )


def test_what_is_inside_of_something_sensitive_is_sensitive() -> None:
    """In rules as in a ready schema."""
    rules = {"a": {"sensitive": True, "fields": {"b": {"items": {"type": str}}}}, "c": {}}
    ready = Schema((Field("a", sensitive=True, fields=Schema((Field("b"),))), Field("c")))

    parsed, taken = parse_schema(rules), parse_schema(ready)

    assert list(parsed.sensitive_places()) == [("a",), ("a", "b"), ("a", "b", None)]
    assert list(taken.sensitive_places()) == [("a",), ("a", "b")]
    assert parsed.fields[0].fields is not None
    assert parsed.fields[0].fields.fields[0].items == Field("item", (str,), sensitive=True)
    assert taken.fields[0].fields == Schema((Field("b", sensitive=True),))


def test_ready_parts_may_stand_among_rules() -> None:
    """A schema for fields, a field for items."""
    schema = parse_schema(
        {"a": {"fields": Schema((Field("b"),))}, "c": {"items": Field("x", (int,))}}
    )

    assert schema.fields == (
        Field("a", (dict,), fields=Schema((Field("b"),))),
        Field("c", (list,), items=Field("x", (int,))),
    )


def test_a_check_is_called_after_its_function() -> None:
    """A lambda has no name, so it is told where it is written."""

    def is_even(record: object) -> bool:
        return True

    checks = parse_schema({}, checks=[is_even, lambda record: True]).checks

    assert checks[0].name == "is_even"
    assert checks[1].name.startswith("lambda test_schema.py:")


def test_a_parsed_schema_may_be_parsed_again() -> None:
    """It stays what it is, with everything that a field and a schema may say."""
    rules = {
        "a": {"type": int, "min": 1, "exclusive_max": 9, "severity": "warning", "check": bool},
        "b": {"type": [str, list], "pattern": "a+", "format": "date", "max_length": 3},
        "c": {"fields": {"d": {"allowed": [[1], 2], "nullable": True}}, "sensitive": True},
        "e": {"items": {"items": {"type": "date", "unique": True}}, "required": True},
    }
    schema = parse_schema(
        rules, unknown="drop", coerce=True, unique=["a", ("a", "b")], checks={"any": bool}
    )

    again = parse_schema(schema)

    assert again == schema


WRONG_PARTS: dict[str, tuple[Any, str]] = {
    "a mistaken pattern": (
        Schema((Field("a", pattern="("),)),
        (
            "field 'a': 'pattern' '(' is no regular expression: "
            "missing ), unterminated subpattern at position 0"
        ),
    ),
    "a pattern inside": (
        {"a": {"fields": Schema((Field("b", items=Field("x", pattern="(")),))}},
        (
            "field 'a.b[*]': 'pattern' '(' is no regular expression: "
            "missing ), unterminated subpattern at position 0"
        ),
    ),
    "another name": (
        {"x": Field("y")},
        "field 'x': its Field has the name 'y'; let them be the same",
    ),
    "no type": (
        Schema((Field("a", (5,)),)),  # type: ignore[arg-type]  # the mistake
        "field 'a': 'type' is a type such as int, or a list of types, got 5",
    ),
    "a flag that is none": (
        {"a": Field("a", required=1)},  # type: ignore[arg-type]  # the mistake
        "field 'a': 'required' is True or False, got 1",
    ),
    "bounds": (
        Schema((Field("a", minimum=2, maximum=1),)),
        "field 'a': 'min' 2 is above 'max' 1",
    ),
    "coercion to nothing": (
        Schema((Field("a", coerce=True),)),
        "field 'a': 'coerce' needs 'type', the type that values are turned into",
    ),
    "a name that is none": (
        Schema((Field(1),)),  # type: ignore[arg-type]  # the mistake
        "field names are strings, got 1",
    ),
    "no field": (
        Schema(({"a": {}},)),  # type: ignore[arg-type]  # the mistake
        "a Schema has Field objects, got {'a': {}}",
    ),
    "a field twice": (
        {"a": {"fields": Schema((Field("b"), Field("b")))}},
        "'fields' of field 'a' has the field 'b' twice",
    ),
    "unknown": (
        Schema((), unknown="forget"),  # type: ignore[arg-type]  # the mistake
        "unknown is one of 'allow', 'drop', 'refuse', got 'forget'",
    ),
    "a group of unknown fields": (
        Schema((Field("name"),), unique=(("nam",),)),
        "unique names the field 'nam', which has no rules; did you mean 'name'?",
    ),
    "a group inside a list": (
        {"a": {"items": {"fields": Schema((Field("b"),), unique=(("b",),))}}},
        (
            "field 'a[*]': 'unique' compares a record with others, and the field is inside a list; "
            "a list whose items differ has 'unique' in its 'items'"
        ),
    ),
    "no check": (
        Schema((), checks=(RecordCheck("c", 5),)),  # type: ignore[arg-type]  # the mistake
        "check 'c' has a function of the record, got 5",
    ),
    "a severity that is none": (
        Schema((), checks=(RecordCheck("c", bool, severity="warn"),)),  # type: ignore[arg-type]  # the mistake
        "the severity of check 'c' is one of 'error', 'warning', got 'warn'; did you mean 'warning'?",
    ),
}


@pytest.mark.parametrize(("rules", "message"), WRONG_PARTS.values(), ids=list(WRONG_PARTS))
def test_ready_parts_are_checked_like_rules(rules: Any, message: str) -> None:
    """Whoever makes fields by hand learns of a mistake at once, and where it is."""
    with pytest.raises(SchemaError) as caught:
        parse_schema(rules)

    assert str(caught.value) == message
