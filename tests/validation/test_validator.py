"""DataValidator on records at hand."""

from __future__ import annotations

import re
import types

from collections import OrderedDict
from collections.abc import Hashable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from etlkit import DataValidator
from etlkit._codegen import Code
from etlkit.errors import ConfigurationError, SchemaError
from etlkit.records import Problem


def is_even(value: int) -> bool:
    """Whether it is."""
    return value % 2 == 0


def in_words(value: int) -> object:
    """A check that says what is wrong."""
    return value % 2 == 0 or f"{value} is odd"


def forgetful(value: object) -> None:
    """A check without an answer."""


class Contrary:
    """A value that cannot be compared with anything."""

    def __eq__(self, other: object) -> bool:
        raise LookupError("secret")

    __hash__ = None  # type: ignore[assignment]  # what defines __eq__ alone has none

    def __repr__(self) -> str:
        return "Contrary()"


class Greedy:
    """A value that needs more memory than there is, at least the first time."""

    def __init__(self, *, once: bool = False) -> None:
        self.once = once
        self.asked = 0

    def __eq__(self, other: object) -> bool:
        self.asked += 1
        if self.once and self.asked > 1:
            return True
        raise MemoryError

    __hash__ = None  # type: ignore[assignment]  # what defines __eq__ alone has none


def words(rules: dict[str, Any], value: object) -> list[str]:
    """What is wrong with a field of that value."""
    return DataValidator({"x": rules}).validate([{"x": value}])[1]


def test_records_that_keep_every_rule_pass() -> None:
    """True, and no messages."""
    validator = DataValidator(
        {
            "id": {"required": True, "type": int, "min": 1},
            "state": {"type": str, "allowed": ["CA", "NY"], "nullable": True},
            "rate": {"type": float, "max": 1},
        }
    )

    verdict = validator.validate(
        [{"id": 1, "state": None, "rate": 1, "more": []}, {"id": 2, "state": "NY"}]
    )

    assert verdict == (True, [])


def test_every_problem_of_every_record_is_found_at_once() -> None:
    """In the order of the records and of the schema."""
    validator = DataValidator(
        {
            "id": {"required": True, "type": int},
            "state": {"type": str, "allowed": ["CA", "NY"]},
            "car model": {"nullable": False},
            "n": {"type": int, "min": 5, "max": 9},
        }
    )

    verdict = validator.validate(
        [
            {"state": "XX", "car model": None, "n": 4},
            {"id": 1},
            {"id": "1", "state": 5, "n": 10},
        ]
    )

    assert verdict == (
        False,
        [
            "record 1: $.id is required but missing",
            "record 1: $.state is 'XX', allowed is one of 'CA', 'NY'",
            "record 1: $['car model'] is None, and the field is not nullable",
            "record 1: $.n is 4, below the least allowed value 5",
            "record 3: $.id is str '1', expected int; coerce=True turns it into one",
            "record 3: $.state is int 5, expected str",
            "record 3: $.n is 10, above the greatest allowed value 9",
        ],
    )


MESSAGES: dict[str, tuple[dict[str, Any], Any, list[str]]] = {
    "type": ({"type": int}, "a", ["is str 'a', expected int"]),
    "several types": ({"type": [int, "str"]}, 1.5, ["is float 1.5, expected int or str"]),
    "bool is no int": ({"type": int}, True, ["is bool True, expected int"]),
    "bool is no float": ({"type": float}, True, ["is bool True, expected float"]),
    "one problem for a wrong type": (
        {"type": int, "allowed": [1], "min": 1, "max": 2},
        "a",
        ["is str 'a', expected int"],
    ),
    "nullable": ({"type": int}, None, ["is None, and the field is not nullable"]),
    "None without a type": ({"min": 1}, None, ["is None, and the field is not nullable"]),
    "allowed": ({"allowed": ["CA"]}, "XX", ["is 'XX', allowed is one of 'CA'"]),
    "True is not 1": ({"allowed": [1]}, True, ["is True, allowed is one of 1"]),
    "ten allowed values": (
        {"allowed": list(range(10))},
        -1,
        ["is -1, allowed is one of 0, 1, 2, 3, 4, 5, 6, 7, 8, 9"],
    ),
    "eleven allowed values": (
        {"allowed": list(range(11))},
        -1,
        ["is -1, allowed is one of 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 1 more"],
    ),
    "min": ({"min": 1}, 0, ["is 0, below the least allowed value 1"]),
    "max": ({"max": 1.5}, 2, ["is 2, above the greatest allowed value 1.5"]),
    "max of texts": ({"max": "m"}, "z", ["is 'z', above the greatest allowed value 'm'"]),
    "infinity": ({"max": 1}, float("inf"), ["is inf, above the greatest allowed value 1"]),
    "NaN": (
        {"min": 1, "max": 2},
        float("nan"),
        ["is float nan, expected at least 1", "is float nan, expected at most 2"],
    ),
    "no number": (
        {"min": 1, "max": 2},
        "a",
        ["is str 'a', expected at least 1", "is str 'a', expected at most 2"],
    ),
    "bool is no number": ({"min": 0}, True, ["is bool True, expected at least 0"]),
    "allowed and bounds": (
        {"type": int, "allowed": [1, 2], "max": 2},
        3,
        ["is 3, allowed is one of 1, 2", "is 3, above the greatest allowed value 2"],
    ),
    "long value": (
        {"type": int},
        "x" * 100,
        [f"is str '{'x' * 79}… (102 characters), expected int"],
    ),
    "huge number": ({"max": 1}, 10**5000, ["is <int>, above the greatest allowed value 1"]),
    "with and without a zone": (
        {"type": datetime, "min": datetime(2024, 1, 1)},  # noqa: DTZ001 -- the mistake
        datetime(2024, 1, 1, tzinfo=UTC),
        ["cannot be checked: TypeError: can't compare offset-naive and offset-aware datetimes"],
    ),
    "decimal NaN": (
        {"type": Decimal, "min": Decimal(1)},
        Decimal("NaN"),
        ["cannot be checked: InvalidOperation: [<class 'decimal.InvalidOperation'>]"],
    ),
    "exclusive min": ({"exclusive_min": 1}, 1, ["is 1, which is not above 1"]),
    "exclusive max": ({"exclusive_max": 1}, 1.5, ["is 1.5, which is not below 1"]),
    "exclusive of no number": (
        {"exclusive_min": 1, "exclusive_max": 2},
        "a",
        ["is str 'a', expected above 1", "is str 'a', expected below 2"],
    ),
    "short text": (
        {"type": str, "min_length": 2},
        "a",
        ["is 'a', expected at least 2 character(s)"],
    ),
    "long list": ({"max_length": 1}, [1, 2], ["is [1, 2], expected at most 1 item(s)"]),
    "small dict": ({"min_length": 1}, {}, ["is {}, expected at least 1 field(s)"]),
    "no length": ({"min_length": 1}, 5, ["is int 5, expected a length of at least 1"]),
    "pattern": (
        {"pattern": r"\d+"},
        "12\n",
        [r"is '12\n', expected a text that matches '\\d+'"],
    ),
    "pattern of no text": (
        {"pattern": "a"},
        5,
        ["is int 5, expected a text that matches 'a'"],
    ),
    "format": ({"format": "email"}, "ada", ["is 'ada', expected a text in the format 'email'"]),
    "check": ({"check": is_even}, 3, ["is 3: does not pass the check 'is_even'"]),
    "check in words": ({"check": in_words}, 3, ["is 3: 3 is odd"]),
    "check that raises": (
        {"check": is_even},
        "3",
        [
            "is '3': the check 'is_even' raised TypeError: not all arguments converted during string formatting"
        ],
    ),
    "check without an answer": (
        {"check": forgetful},
        3,
        [
            "is 3: does not pass the check 'forgetful'; it returned None, and has to return True, False or a text"
        ],
    ),
    "date is no datetime": (
        {"type": "date"},
        datetime(2024, 1, 1, tzinfo=UTC),
        [
            "is datetime datetime.datetime(2024, 1, 1, 0, 0, tzinfo=datetime.timezone.utc), expected date"
        ],
    ),
    "coercion that fails": (
        {"type": "int", "coerce": True},
        "1_000",
        [
            "is str '1_000', expected int; a whole number is digits, with a sign or without, such as -12"
        ],
    ),
    "coercion of no text": (
        {"type": "int", "coerce": True},
        1.5,
        ["is float 1.5, expected int"],
    ),
    "equal items": (
        {"items": {"unique": True}},
        [1, True, 1.0],
        ["is [1, True, 1.0], expected items that differ"],
    ),
    "incomparable items": (
        {"items": {"unique": True}},
        [1, 1j],
        ["cannot be checked: IncomparableError: complex"],
    ),
    "no comparison": ({"allowed": [1]}, Contrary(), ["cannot be checked: LookupError: secret"]),
}


@pytest.mark.parametrize(("rules", "value", "found"), MESSAGES.values(), ids=list(MESSAGES))
def test_a_broken_rule_has_its_message(rules: dict[str, Any], value: Any, found: list[str]) -> None:
    """Value, rule and what would have passed."""
    messages = words(rules, value)

    assert messages == [f"record 1: $.x {message}" for message in found]


@pytest.mark.parametrize(
    ("rules", "value", "found"),
    [
        ({"type": int}, "123-45", ["is str ***, expected int"]),
        ({"allowed": ["a"]}, "123-45", ["is ***, allowed is one of 'a'"]),
        ({"min": "2"}, "123-45", ["is ***, below the least allowed value '2'"]),
        ({"max": 1}, 12345, ["is ***, above the greatest allowed value 1"]),
        ({"min": 1}, "123-45", ["is str ***, expected at least 1"]),
        ({"allowed": [1]}, Contrary(), ["cannot be checked: LookupError"]),
        ({"pattern": "a"}, "123-45", ["is ***, expected a text that matches 'a'"]),
        ({"max_length": 2}, "123-45", ["is ***, expected at most 2 character(s)"]),
        ({"check": in_words}, 12345, ["is ***: does not pass the check 'in_words'"]),
        ({"check": is_even}, "123-45", ["is ***: the check 'is_even' raised TypeError"]),
        (
            {"type": "int", "coerce": True},
            "123-45",
            [
                "is str ***, expected int; a whole number is digits, with a sign or without, such as -12"
            ],
        ),
    ],
    ids=[
        "type",
        "allowed",
        "min",
        "max",
        "no number",
        "no comparison",
        "pattern",
        "length",
        "check",
        "raising check",
        "coercion",
    ],
)
def test_a_sensitive_value_is_in_no_message(
    rules: dict[str, Any], value: Any, found: list[str]
) -> None:
    """Three asterisks stand for it, however long it is."""
    messages = words({"sensitive": True, **rules}, value)

    assert messages == [f"record 1: $.x {message}" for message in found]


@pytest.mark.parametrize(
    ("rules", "value"),
    [
        ({"type": float}, 1),
        ({"type": float, "min": 1}, 1),
        ({"type": float}, 10**400),
        ({"type": [int, bool]}, True),
        ({"type": object}, True),
        ({"type": dict}, OrderedDict()),
        ({"allowed": [1]}, 1.0),
        ({"type": float, "allowed": [1]}, 1.0),
        ({"allowed": [[1]]}, [1]),
        ({"min": 1, "max": 1}, 1),
        ({"type": [int, str], "min": 5}, "a"),
        ({"nullable": True, "min": 5}, None),
        ({}, None.__class__),
        ({"exclusive_min": 0, "exclusive_max": 2}, 1),
        ({"type": [int, str], "min_length": 5}, 1),
        ({"type": [int, str], "pattern": "a", "format": "email"}, 1),
        ({"pattern": r"\d{3}"}, "123"),
        ({"check": lambda value: 1}, 1),
        (
            {"items": {"unique": True, "nullable": True}},
            [1, True, None, None, float("nan"), float("nan")],
        ),
        ({"type": ["date", "datetime"]}, datetime(2024, 1, 1, tzinfo=UTC)),
    ],
    ids=lambda each: re.sub(" at 0x[0-9a-f]+", "", repr(each)),
)
def test_a_value_that_keeps_the_rules_passes(rules: dict[str, Any], value: Any) -> None:
    """The uncommon ones among them."""
    messages = words(rules, value)

    assert messages == []


def test_a_value_that_defies_comparison_hides_no_other_problem() -> None:
    """The field is named, and the fields around it are judged."""
    validator = DataValidator(
        {
            "a": {"type": int},
            "b": {"allowed": [1]},
            "c": {"required": True},
            "d": {"nullable": True},
            "e": {"type": int},
            "f": {"type": int},
        }
    )

    problems = validator.problems({"a": "a", "b": Contrary(), "d": None, "e": None})

    assert problems == [
        Problem(("a",), "type", "is str 'a', expected int"),
        Problem(("b",), "type", "cannot be checked: LookupError: secret"),
        Problem(("c",), "required", "is required but missing"),
        Problem(("e",), "nullable", "is None, and the field is not nullable"),
    ]


@pytest.mark.parametrize(
    "make",
    [
        lambda: {"x": Greedy()},
        lambda: {"x": Greedy(once=True)},
        lambda: {"w": Contrary(), "x": Greedy()},
    ],
    ids=["alone", "for a moment", "behind another odd value"],
)
@pytest.mark.parametrize(
    "ask",
    [lambda validator, record: validator.validate([record]), DataValidator.problems],
    ids=["validate", "problems"],
)
def test_a_lack_of_memory_is_not_the_fault_of_a_record(make: Any, ask: Any) -> None:
    """It surfaces as it is."""
    validator = DataValidator({"w": {"allowed": [1]}, "x": {"allowed": [1]}})

    with pytest.raises(MemoryError):
        ask(validator, make())


@pytest.mark.parametrize(
    "rules",
    [{}, {"id": {}}, {"id": {"nullable": True}}, {"id": {"required": True}}],
    ids=["no fields", "no rules", "no required field", "a required field"],
)
@pytest.mark.parametrize(
    ("wrong", "found"),
    [
        (5, "is int 5, expected a record (a dict)"),
        (None, "is NoneType None, expected a record (a dict)"),
        ("id", "is str 'id', expected a record (a dict)"),
        ([1], "is list [1], expected a record (a dict)"),
        (
            types.MappingProxyType({"id": 1}),
            "is mappingproxy mappingproxy({'id': 1}), expected a record (a dict)",
        ),
    ],
    ids=["number", "None", "text", "list", "read-only view"],
)
def test_what_is_no_record_does_not_pass(rules: Any, wrong: Any, found: str) -> None:
    """Whatever the schema, each record is a dict."""
    verdict = DataValidator(rules).validate([{"id": 1}, wrong])

    assert verdict == (False, [f"record 2: $ {found}"])


def test_a_record_may_be_any_dict() -> None:
    """Subclasses are looked at like dicts."""
    validator = DataValidator({"id": {"required": True, "type": int}})

    verdict = validator.validate([OrderedDict(id=1), OrderedDict(id="a")])

    assert verdict == (False, ["record 2: $.id is str 'a', expected int"])


def test_records_may_come_from_an_iterator() -> None:
    """Nothing is read twice."""
    validator = DataValidator({"id": {"type": int}})

    verdict = validator.validate({"id": n} for n in (1, "a", 3))

    assert verdict == (False, ["record 2: $.id is str 'a', expected int"])


def test_a_refusal_has_every_problem() -> None:
    """Code, message and problems of a rejection."""
    validator = DataValidator({"id": {"required": True}, "n": {"type": int}})

    refusal = validator.refuse({"n": "a"})

    assert str(refusal) == "$.id is required but missing; $.n is str 'a', expected int"
    assert refusal.code == "invalid"
    assert [problem.rule for problem in refusal.problems] == ["required", "type"]


def test_a_refusal_of_a_record_that_passes_says_so() -> None:
    """A condition may raise where collecting finds nothing."""
    refusal = DataValidator({}).refuse({})

    assert str(refusal) == "the record does not pass"


def test_a_validator_describes_itself() -> None:
    """Fields for repr, plans and masking."""
    validator = DataValidator(
        {
            "id": {"required": True, "type": [int, str]},
            "ssn": {"sensitive": True},
            "n": {"type": int},
        }
    )

    assert repr(validator) == "DataValidator(['id', 'ssn', 'n'])"
    assert validator.describe() == "id (required, int or str); ssn (sensitive); n (int)"
    assert validator.sensitive_fields == ("ssn",)
    assert DataValidator({}).describe() == "no rules"


def test_a_description_has_every_rule() -> None:
    """In the words of a plan."""
    validator = DataValidator(
        {
            "a": {"type": int, "exclusive_min": 0, "max": 9, "coerce": True, "unique": True},
            "b": {"min_length": 1, "max_length": 5, "pattern": "x+", "severity": "warning"},
            "c": {"fields": {"d": {"format": "email"}, "e": {}}, "check": is_even},
            "f": {"items": {"allowed": [1, 2]}, "nullable": True},
            "g": {"items": {}},
        },
        unknown="refuse",
        unique=[("a", "b")],
        checks={"in order": bool},
    )

    assert validator.describe() == (
        "a (coerced to int, above 0 to 9, unique); "
        "b (warns only, length from 1 to 5, matching 'x+'); "
        "c (dict, checked by is_even, with d (in the format email); e; no other fields); "
        "f (nullable, list, items one of 1, 2); g (list, any items); "
        "no other fields; a and b unique together; check in order"
    )
    assert DataValidator({}, unknown="drop").describe() == "other fields are dropped"


def test_a_mistaken_schema_fails_where_the_validator_is_made() -> None:
    """And not at the first record."""
    with pytest.raises(SchemaError) as caught:
        DataValidator({"id": {"type": "itn"}})

    assert str(caught.value).startswith("field 'id': unknown 'type' 'itn'; did you mean 'int'?")


def test_the_condition_of_a_kernel_is_an_expression() -> None:
    """It can be put into any code that binds values."""
    validator, code = DataValidator({"id": {"required": True, "type": int}}), Code()

    with code.block("def passes(record):"):
        code.line(f"return ({validator.condition(code)})")

    assert code.function("passes")({"id": 1}) is True
    assert code.function("passes")({"id": "a"}) is False


@pytest.mark.parametrize("type_", [object, Hashable], ids=["object", "an ABC that None passes"])
def test_none_is_refused_whatever_type_it_may_have(type_: type) -> None:
    """A type that None has makes a field nullable no more than any other."""
    validator = DataValidator({"x": {"required": True, "type": type_}})

    found = validator.validate([{"x": None}, {"x": 1}])

    assert found == (False, ["record 1: $.x is None, and the field is not nullable"])


def test_what_is_no_iterable_of_records_is_not_judged() -> None:
    """The keys of a record, or the characters of a path, are no records."""
    validator = DataValidator({"id": {"type": int}})

    with pytest.raises(ConfigurationError) as caught:
        validator.validate({"id": 1})

    assert str(caught.value) == (
        "validate takes an iterable of dicts, got dict; put a single record into a list"
    )


def test_a_missing_field_is_told_with_a_near_one_that_has_no_rules() -> None:
    """Fields that have rules of their own are not meant, and keys may be anything."""
    validator = DataValidator({"email": {"required": True}, "emails": {}})

    passed, messages = validator.validate([{"emails": [], "emial": "", 7: ""}, {"emails": []}])

    assert not passed
    assert messages == [
        "record 1: $.email is required but missing; the record has 'emial'",
        "record 2: $.email is required but missing",
    ]
