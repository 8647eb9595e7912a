"""Validators from JSON Schema documents."""

from __future__ import annotations

import re

from collections.abc import Callable
from functools import reduce
from typing import Any

import pytest

from etlkit import DataValidator
from etlkit.errors import SchemaError


def passing(schema: Any, values: list[Any], **options: Any) -> list[Any]:
    """Those of some values that a schema lets pass as the property `v`."""
    document = {"properties": {"v": schema}, "$defs": options.pop("defs", {})}
    validator = DataValidator.from_json_schema(document, **options)
    return [value for value in values if validator.validate([{"v": value}])[0]]


def refusal(document: Any, **options: Any) -> str:
    """What is said of a document that is not imported."""
    with pytest.raises(SchemaError) as caught:
        DataValidator.from_json_schema(document, **options)
    return str(caught.value)


def of_property(schema: Any) -> str:
    """What is said of a schema that stands at the property `v`, after its pointer."""
    return refusal({"properties": {"v": schema}}).removeprefix("#/properties/v")


def within(levels: int, wrap: Callable[[Any], Any]) -> Any:
    """A schema within schemas."""
    return reduce(lambda schema, _: wrap(schema), range(levels), {"type": "object"})


@pytest.mark.parametrize(
    ("schema", "passes", "fails"),
    [
        pytest.param({}, [1, "a", None, [], {}, True], [], id="nothing"),
        pytest.param(True, [1, None], [], id="true"),
        pytest.param({"type": "integer"}, [1, 10**30], [True, "1", None, 1.5], id="integer"),
        pytest.param({"type": "integer"}, [], [1.0], id="no-integer-is-a-float"),
        pytest.param({"type": "number"}, [1, 1.5], [True, "1", None], id="number"),
        pytest.param({"type": ["integer", "number"]}, [1, 1.5], ["1"], id="both-numbers"),
        pytest.param({"type": "boolean"}, [True], [1, None], id="boolean"),
        pytest.param({"type": ["string", "null"]}, ["a", None], [1], id="null-among-types"),
        pytest.param({"type": "array"}, [[]], [{}, "a"], id="array"),
        pytest.param({"type": "object"}, [{}], [[], None], id="object"),
        pytest.param({"enum": ["a", 1, None]}, ["a", 1, 1.0, None], [True, "b"], id="enum"),
        pytest.param({"type": "string", "enum": ["a", None]}, ["a"], [None], id="enum-and-type"),
        pytest.param({"type": "integer", "enum": [1.0, "x"]}, [1], ["x", 2], id="enum-cut-by-type"),
        pytest.param({"const": False}, [False], [0, None], id="const"),
        pytest.param({"const": 2, "enum": [1, 2]}, [2], [1], id="const-and-enum"),
        pytest.param({"minimum": 3}, [3, "a", None, [], True], [2.5], id="bound-without-type"),
        pytest.param({"minimum": 3, "exclusiveMinimum": 3}, [4], [3], id="exclusive-says-more"),
        pytest.param({"maximum": 3, "exclusiveMaximum": 5}, [3], [4], id="exclusive-says-less"),
        pytest.param({"type": "string", "minimum": 3}, ["a"], [4], id="keyword-of-another-type"),
        pytest.param({"type": "string", "minLength": 2, "maxLength": 3.0}, ["ab", "😀😀😀"], ["a", "abcd"], id="length-of-texts"),
        pytest.param({"type": "array", "minItems": 1, "maxItems": 2}, [[1]], [[], [1, 2, 3]], id="length-of-arrays"),
        pytest.param({"type": "object", "minProperties": 1}, [{"a": 1}], [{}], id="number-of-properties"),
        pytest.param({"pattern": "^a"}, ["ab", 1, None], ["b"], id="pattern"),
        pytest.param({"items": {"type": "integer"}}, [[1], "a", []], [["a"], [None]], id="items"),
        pytest.param({"items": True}, [["a"]], [], id="any-items"),
        pytest.param({"type": "array", "uniqueItems": True}, [[1, True], [{"a": 1}, {"a": 2}]], [[1, 1.0], [[1], [1]]], id="unique-items"),
        pytest.param({"type": "array", "uniqueItems": True}, [[None, None]], [], id="null-equals-nothing"),
        pytest.param({"type": "array", "uniqueItems": False}, [[1, 1]], [], id="items-that-need-not-be-unique"),
        pytest.param({"properties": {"w": {"type": "string"}}, "required": ["w", "x"]}, [{"w": "a", "x": None, "y": 1}, 1], [{"w": "a"}, {"w": 1, "x": 1}], id="properties"),
        pytest.param({"type": "object", "additionalProperties": False, "properties": {"w": {}}}, [{"w": 1}, {}], [{"x": 1}], id="no-other-properties"),
        pytest.param({"additionalProperties": {}}, [{"x": 1}], [], id="any-other-properties"),
        pytest.param({"anyOf": [{"type": "string", "minLength": 2}, {"type": "null"}]}, ["ab", None], ["a", 1], id="null-or-else"),
        pytest.param({"anyOf": [{"enum": ["a"]}, {"type": "null"}]}, ["a", None], ["b"], id="null-or-listed"),
        pytest.param({"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": "^a"}]}, [1, "ab"], [-1, "b", None], id="a-schema-for-each-type"),
        pytest.param({"oneOf": [{"const": "a"}, {"enum": ["b", "c"]}]}, ["a", "c"], ["d"], id="lists-of-values"),
        pytest.param({"allOf": [{"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}, {"properties": {"b": {"type": "integer"}}, "required": ["b"]}]}, [{"a": 1, "b": 2}], [{"a": 1}, {"b": 2}, {"a": 1, "b": ""}], id="properties-from-two"),
        pytest.param({"allOf": [{"minimum": 1}, {"minimum": 1}], "maximum": 2, "type": "integer"}, [1, 2], [0, 3], id="all-of"),
    ],
)  # fmt: skip
def test_a_schema_lets_pass_what_it_says(schema: Any, passes: list[Any], fails: list[Any]) -> None:
    """As JSON Schema has it, but for what the guide says."""
    passed = passing(schema, [*passes, *fails])

    assert list(map(repr, passed)) == list(map(repr, passes))


@pytest.mark.parametrize(
    ("name", "passes", "fails"),
    [
        ("date", "2024-02-29", "2023-02-29"),
        ("date-time", "2024-01-31T12:30:00Z", "2024-01-31"),
        ("email", "ada@example.org", "ada"),
        ("ipv4", "192.0.2.1", "192.0.2"),
        ("ipv6", "2001:db8::1", "2001:db8"),
        ("time", "12:30:00+02:00", "12:30"),
        ("uuid", "123e4567-e89b-12d3-a456-426614174000", "123e4567"),
    ],
)
def test_a_format_is_checked(name: str, passes: str, fails: str) -> None:
    """Although for other readers it may be an annotation; what is no text passes."""
    assert passing({"format": name}, [passes, fails, 1]) == [passes, 1]


def test_formats_are_annotations_on_request() -> None:
    """Those that etlkit cannot check as well."""
    passed = passing({"format": "email"}, ["x"], check_formats=False)
    passed += passing({"format": "idn-hostname"}, ["x"], check_formats=False)

    assert passed == ["x", "x"]


def test_a_whole_record_is_described() -> None:
    """Required fields need no property; no other fields pass if so said."""
    validator = DataValidator.from_json_schema(
        {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": "https://example.org/case",
            "title": "Case",
            "type": "object",
            "properties": {"id": {"type": "integer", "description": "its number", "x-order": 1}},
            "required": ["id", "note"],
            "additionalProperties": False,
        }
    )

    passed, problems = validator.validate([{"id": 1, "note": None}, {"id": 1, "ID": 2}])

    assert not passed
    assert [problem.partition(" is ")[0] for problem in problems] == [
        "record 2: $.note",
        "record 2: $.ID",
    ]


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#/$defs/positive"},
        {"$ref": "#/$defs/a~1b%20~0c"},
        {"$ref": "#/$defs/list/0", "title": "beside it"},
        {"allOf": [{"$ref": "#/$defs/positive"}]},
        {"anyOf": [{"$ref": "#/$defs/positive"}, {"$ref": "#/$defs/nothing"}]},
    ],
    ids=["name", "escaped", "index", "all-of", "any-of"],
)
def test_a_reference_within_the_document_is_followed(schema: dict[str, Any]) -> None:
    """Names in it may be escaped; the same one may be used again."""
    positive = {"type": "integer", "minimum": 1}
    defs = {
        "positive": positive,
        "a/b ~c": positive,
        "list": [positive],
        "nothing": {"type": "null"},
    }

    passed = passing({"items": schema, "type": "array"}, [[1], [0], ["a"]], defs=defs)

    assert passed == [[1]]


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        ({"multipleOf": 2}, "/multipleOf: no rule of etlkit says what 'multipleOf' says; leave it out, and use a check"),
        ({"not": {}}, "/not: no rule of etlkit says what 'not' says; leave it out, and use a check"),
        ({"$dynamicRef": "#a"}, "/$dynamicRef: no rule of etlkit says what '$dynamicRef' says; leave it out, and use a check"),
        ({"minimumm": 2}, "/minimumm: unknown keyword 'minimumm'; did you mean 'minimum'?"),
        ({"type": "integer", "nullable": True}, "/nullable: 'nullable' is OpenAPI's word; write the type as a list such as ['integer', 'null']"),
        ({"type": "int"}, "/type: unknown type 'int'; did you mean 'integer'?; the types are array, boolean, integer, null, number, object, string"),
        ({"type": []}, "/type: an empty list of types lets nothing pass"),
        ({"type": 1}, "/type: a list of names is expected, got 1"),
        ({"type": "null"}, ": only null may pass, which is not a rule; leave the field out"),
        ({"anyOf": [{"type": "null"}]}, ": only null may pass, which is not a rule; leave the field out"),
        ({"properties": {"w": {"minimum": 2, "maximum": 1}}}, ": field 'w': 'min' 2 is above 'max' 1"),
        ({"x-etlkit-severity": "warning", "x-etlkit-rules": {}, "minimum": 1}, "/minimum: 'minimum' stands beside 'x-etlkit-rules'; write it among these"),
        ({"enum": []}, "/enum: a list of values is expected, got []"),
        ({"enum": ["a", [1]]}, "/enum/1: arrays and objects cannot be among the values that are allowed"),
        ({"const": None}, ": none of the values that are allowed can pass, unless null"),
        ({"enum": ["a"], "type": "integer"}, ": none of the values that are allowed can pass, unless null"),
        ({"minimum": "1"}, "/minimum: a number is expected, got '1'"),
        ({"minimum": True}, "/minimum: a number is expected, got True"),
        ({"type": "string", "minLength": -1}, "/minLength: a whole number of at least 0 is expected, got -1"),
        ({"minLength": 1}, "/minLength: the rule 'min_length' would be for string and array and object alike; name one of these types, or give them the same length"),
        ({"pattern": 1}, "/pattern: a text is expected, got 1"),
        ({"pattern": r"\p{L}"}, r"/pattern: '\\p{L}' has '\\p{L}', a class of Unicode characters, which etlkit does not translate"),
        ({"format": "uri"}, "/format: etlkit cannot check the format 'uri', only date, date-time, email, ipv4, ipv6, time, uuid; check_formats=False takes formats for annotations"),
        ({"items": [{}]}, "/items: a list of schemas, one for each place, is not a rule"),
        ({"uniqueItems": "yes"}, "/uniqueItems: true or false is expected, got 'yes'"),
        ({"properties": []}, "/properties: 'properties' is an object of schemas by name, got []"),
        ({"required": ["a", 1]}, "/required: a list of names is expected, got ['a', 1]"),
        ({"additionalProperties": {"type": "string"}}, "/additionalProperties: a schema for all other fields is not a rule; write true or false"),
        ({"properties": {"a/b~c": False}}, "/properties/a~1b~0c: false lets nothing pass; leave the field out"),
        ("string", ": a schema is an object, true or false, got 'string'"),
        ({"$id": "x"}, "/$id: '$id' stands at the root of a document only"),
        ({"$ref": "https://example.org/x"}, "/$ref: 'https://example.org/x' leads out of the document, and nothing is fetched; copy what it names into '$defs' and refer to '#/$defs/...'"),
        ({"$ref": "#/$defs/x"}, "/$ref: there is nothing at '#/$defs/x'"),
        ({"$ref": "#/properties/v/anyOf/1", "anyOf": [{}]}, "/$ref: there is nothing at '#/properties/v/anyOf/1'"),
        ({"$ref": 1}, "/$ref: '$ref' is a text, got 1"),
        ({"allOf": []}, "/allOf: a list of schemas is expected, got []"),
        ({"allOf": [{"minimum": 1}, {"minimum": 2}]}, "/allOf/1/minimum: 'minimum' differs from the one at #/properties/v/allOf/0/minimum; write one of them"),
        ({"allOf": [{"additionalProperties": False}], "properties": {}}, "/allOf/0/additionalProperties: 'additionalProperties' cannot be combined with properties from elsewhere; write them out side by side"),
        ({"anyOf": [{"type": "string"}, {"minimum": 1}]}, "/anyOf/1: has no 'type', so it cannot be told from the other schemas by type alone"),
        ({"anyOf": [{"type": "string"}, {"type": "integer", "enum": [1]}]}, "/anyOf/1: has 'enum', so it cannot be told from the other schemas by type alone"),
        ({"oneOf": [{"type": "number"}, {"type": "integer"}]}, "/oneOf: more than one of the schemas is about 'integer'; each needs types of its own"),
        ({"oneOf": [{"const": 1}, {"const": 1}]}, "/oneOf: a value is in more than one of the lists in 'oneOf'; write 'anyOf'"),
        ({"oneOf": [{"type": "null"}, {}]}, "/oneOf: null passes more than one of the schemas in 'oneOf', so it never passes"),
        ({"x-etlkit-check": "is_even"}, "/x-etlkit-check: 'is_even' is a function, which a document cannot hold; remove the annotation, and give the check to the validator"),
        ({"x-etlkit-uniqe": True}, "/x-etlkit-uniqe: unknown annotation 'x-etlkit-uniqe'; did you mean 'unique'?"),
        ({"x-etlkit-min": {"date": "today"}}, "/x-etlkit-min: {'date': 'today'}: a date is written such as 2024-01-31"),
        ({"type": "string", "minLength": float("inf")}, "/minLength: a whole number of at least 0 is expected, got inf"),
        ({"type": "string", "minLength": float("nan")}, "/minLength: a whole number of at least 0 is expected, got nan"),
        ({"allOf": [{"required": 5}, {"required": 5}]}, "/allOf/0/required: a list of names is expected, got 5"),
        ({"enum": [1, 10**5000]}, "/enum/1: the number has more digits than Python writes"),
        ({"minimum": 10**5000}, "/minimum: the number has more digits than Python writes"),
        ({"x-etlkit-min_length": 10**5000}, "/x-etlkit-min_length: the number has more digits than Python writes"),
        ({"x-etlkit-min": {"day": 1}}, "/x-etlkit-min: a value such as {'date': '2024-01-31'} is expected, got {'day': 1}"),
    ],
)  # fmt: skip
def test_what_no_rule_can_say_is_refused_by_name(schema: Any, message: str) -> None:
    """The message has the place as a JSON pointer."""
    assert of_property(schema) == message


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("schema.json", "a JSON Schema document is a dict, got 'schema.json'; read a file of one with json.loads()"),
        ({"$schema": "http://json-schema.org/draft-04/schema#"}, "#/$schema: unknown dialect 'http://json-schema.org/draft-04/schema#'; known are https://json-schema.org/draft/2020-12/schema, https://json-schema.org/draft/2019-09/schema, http://json-schema.org/draft-07/schema, http://json-schema.org/draft-06/schema"),
        ({"type": "array"}, "#/type: records are objects, got 'array'"),
        ({"type": "array", "items": {}}, "#/type: records are objects, got 'array'; for the schema of one record pass document['items']"),
        ({"properties": {"a": {"not": {}}, "b": {"type": "string"}, "c": {"properties": {"d": {"if": {}}}}}}, "#/properties/a/not: no rule of etlkit says what 'not' says; leave it out, and use a check; #/properties/c/properties/d/if: no rule of etlkit says what 'if' says; leave it out, and use a check"),
        ({"properties": {str(n): {"not": {}} for n in range(12)}}, "; ".join(f"#/properties/{n}/not: no rule of etlkit says what 'not' says; leave it out, and use a check" for n in range(10))),
        ({"minProperties": 1}, "#/minProperties: 'minProperties' says nothing that a rule can say of a whole record"),
        ({"$ref": "#"}, "#/$ref: '#' refers to itself, and rules have no recursion"),
        ({"properties": {"next": {"$ref": "#"}}}, "#/properties/next/$ref: '#' refers to itself, and rules have no recursion"),
        ({"$schema": "http://json-schema.org/draft-07/schema#", "properties": {"a": {"$ref": "#/definitions/a", "minimum": 1}}, "definitions": {"a": {}}}, "#/properties/a/minimum: draft-07 ignores what stands beside '$ref'"),
    ],
    ids=["file-name", "draft-04", "array", "array-of-records", "several", "many", "keyword", "itself", "recursion", "beside-a-reference"],
)  # fmt: skip
def test_a_document_that_describes_no_record_is_refused(document: Any, message: str) -> None:
    """The message has the place as a JSON pointer."""
    assert refusal(document) == message


def test_references_that_multiply_are_refused() -> None:
    """Twenty levels of two references each would be a million fields."""
    two = {"type": "object", "properties": {"a": {"$ref": "#/$defs/0"}, "b": {"$ref": "#/$defs/0"}}}
    defs = {
        str(level): {
            "type": "object",
            "properties": {name: {"$ref": f"#/$defs/{level + 1}"} for name in "ab"},
        }
        for level in range(20)
    }

    said = refusal({**two, "$defs": {**defs, "20": {}}})

    assert said.endswith(": the references make more than 10000 subschemas")


def test_fields_that_are_nested_too_deeply_are_refused() -> None:
    """Rather than with an error of Python."""
    deep = within(300, lambda schema: {"type": "object", "properties": {"a": schema}})

    said = refusal(deep)

    assert re.fullmatch(r"#(/properties/a)+: fields are nested deeper than 150 levels", said)


def test_lists_that_are_nested_too_deeply_are_refused() -> None:
    """As fields are."""
    deep = within(300, lambda schema: {"type": "array", "items": schema})

    said = refusal({"properties": {"a": deep}})

    assert re.fullmatch(r"#/properties/a(/items)+: lists are nested deeper than 150 levels", said)


def test_alternatives_that_are_nested_too_deeply_are_refused() -> None:
    """Rather than with an error of Python."""
    deep = within(5000, lambda schema: {"allOf": [schema]})

    said = refusal({"properties": {"a": deep}})

    assert said.endswith("/allOf/0: schemas stand within each other more than 150 times")


@pytest.mark.parametrize(
    "deep",
    [
        within(5000, lambda schema: {"x-etlkit-rules": schema}),
        reduce(
            lambda schema, _: {"properties": {"a": schema}},
            range(150),
            within(145, lambda schema: {"allOf": [schema]}),
        ),
    ],
    ids=["rules", "fields-and-allOf"],
)
def test_schemas_that_python_cannot_follow_are_refused(deep: Any) -> None:
    """Whatever they stand within each other by."""
    said = refusal({"properties": {"a": deep}})

    assert said == "#: schemas stand within each other more often than Python can follow"


@pytest.mark.parametrize(
    "schemas",
    [
        [{"$ref": "#/$defs/x"}, {"$ref": "#/$defs/y"}] * 2000,
        [{"required": [f"n{number}"]} for number in range(9000)],
        [{"properties": {f"n{number}": {}}} for number in range(9000)],
        [{"const": "x" * 10_000, "title": f"{number}"} for number in range(9000)],
    ],
    ids=["required-by-reference", "required", "properties", "const"],
)
def test_schemas_with_too_much_to_combine_are_refused(schemas: list[Any]) -> None:
    """Each would be gone through once more with every further one."""
    names = {"required": [f"n{number}" for number in range(1000)]}
    other = {"required": [f"m{number}" for number in range(1000)]}

    said = refusal({"$defs": {"x": names, "y": other}, "properties": {"a": {"allOf": schemas}}})

    assert said == "#/properties/a: its schemas have too many names and values to be combined"


def test_a_reference_that_is_given_often_is_combined_once() -> None:
    """What is the same need not be gone through again."""
    names = [f"n{number}" for number in range(1000)]
    schema = {"type": "object", "allOf": [{"$ref": "#/$defs/x"}] * 4000}

    passed = passing(schema, [dict.fromkeys(names), {}], defs={"x": {"required": names}})

    assert passed == [dict.fromkeys(names)]
