"""Rules inside of values, over several fields, and over several records."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import reduce
from typing import Any
from uuid import UUID

import pytest

from etlkit import DataValidator
from etlkit._words import shown
from etlkit.errors import TransientError
from etlkit.records import Problem
from etlkit.schema import Field, RecordCheck, Schema
from etlkit.validation.identity import identity
from etlkit.validation.seen import Seen


A_UUID = "123e4567-e89b-12d3-a456-426614174000"
ADDRESS = {
    "contact": {
        "required": True,
        "fields": {
            "email": {"required": True, "format": "email"},
            "phones": {"items": {"type": str, "min_length": 3}},
        },
    }
}


class Full:
    """A database on a disk that is full."""

    def execute(self, *arguments: object) -> None:
        """Fail."""
        import sqlite3

        raise sqlite3.OperationalError("database or disk is full")

    def close(self) -> None:
        """Nothing is open."""


def said(validator: DataValidator, *records: Any) -> list[str]:
    """What is wrong with the records."""
    return validator.validate(records)[1]


def nested_rules(depth: int, rules: dict[str, Any]) -> dict[str, Any]:
    """Rules within rules, a dict and a list in turn."""
    for _ in range(depth):
        rules = {"a": {"items": {"fields": rules}}}
    return rules


def nested_record(depth: int, record: Any) -> Any:
    """A record within records."""
    for _ in range(depth):
        record = {"a": [record]}
    return record


def test_nested_fields_and_items_are_judged_in_their_places() -> None:
    """Each problem has the path to its value."""
    validator = DataValidator(ADDRESS)
    record = {"contact": {"email": "ada", "phones": ["123", 5, "1", None]}}

    problems = validator.problems(record)

    assert problems == [
        Problem(("contact", "email"), "format", "is 'ada', expected a text in the format 'email'"),
        Problem(("contact", "phones", 1), "type", "is int 5, expected str"),
        Problem(("contact", "phones", 2), "min_length", "is '1', expected at least 3 character(s)"),
        Problem(("contact", "phones", 3), "nullable", "is None, and the field is not nullable"),
    ]
    assert said(validator, record)[1] == "record 1: $.contact.phones[1] is int 5, expected str"


@pytest.mark.parametrize(
    ("record", "messages"),
    [
        ({"contact": {"email": "a@b.example", "phones": []}}, []),
        ({}, ["record 1: $.contact is required but missing"]),
        ({"contact": []}, ["record 1: $.contact is list [], expected dict"]),
        ({"contact": {}}, ["record 1: $.contact.email is required but missing"]),
    ],
    ids=["good", "missing", "another type", "missing inside"],
)
def test_nested_rules_need_their_dict(record: Any, messages: list[str]) -> None:
    """A field with fields is a dict, without saying so."""
    assert said(DataValidator(ADDRESS), record) == messages


def test_rules_a_hundred_and_fifty_levels_deep_work() -> None:
    """Neither Python's parser nor its stack is in the way."""
    validator = DataValidator(nested_rules(75, {"n": {"required": True, "type": int}}))

    passing = said(validator, nested_record(75, {"n": 1}))
    failing = said(validator, nested_record(75, {"n": "x"}), nested_record(74, {"a": 5}))

    assert passing == []
    assert failing == [
        f"record 1: ${'.a[0]' * 75}.n is str 'x', expected int",
        f"record 2: ${'.a[0]' * 74}.a is int 5, expected list",
    ]


def test_a_long_list_of_broken_items_is_told_in_part() -> None:
    """A record of sixteen megabytes may have millions of them."""
    validator = DataValidator({"a": {"items": {"type": int}}})

    messages = said(validator, {"a": ["x"] * 1_000})

    assert len(messages) == 100


@pytest.mark.parametrize(
    ("unknown", "messages"),
    [
        ("allow", []),
        ("drop", []),
        (
            "refuse",
            [
                "record 1: $.a.naem is not a field of the schema; did you mean 'name'?",
                "record 1: $.more is not a field of the schema",
                "record 1: $[5] is not a field of the schema",
            ],
        ),
    ],
)
def test_unknown_fields_are_allowed_dropped_or_refused(unknown: str, messages: list[str]) -> None:
    """In nested dicts as in records."""
    validator = DataValidator({"a": {"fields": {"name": {}}}}, unknown=unknown)
    record = {"a": {"naem": 1}, "more": 2, 5: 6}

    found = said(validator, record)

    assert found == messages
    assert record == {"a": {"naem": 1}, "more": 2, 5: 6}


def test_unknown_fields_are_told_where_all_fields_are_required() -> None:
    """Ten of them at most, however many there are."""
    validator = DataValidator({"a": {"required": True}}, unknown="refuse")

    found = said(validator, {"a": 1}, {"a": 1, **{f"x{n}": n for n in range(99)}})

    assert len(found) == 10
    assert found[0] == "record 2: $.x0 is not a field of the schema"


def test_dropping_and_coercing_change_a_record_of_the_run() -> None:
    """Whatever passes is as the schema says, and each change is told."""
    validator = DataValidator(
        {"n": {"type": int}, "a": {"items": {"fields": {"d": {"type": "date"}}}}},
        unknown="drop",
        coerce=True,
    )
    record: dict[str, Any] = {"n": "5", "x": 1, "a": [{"d": "2024-01-31", "y": 2}, {"d": None}]}
    changes: list[Any] = []

    validator.rewrite(record, changes)

    assert record == {"n": 5, "a": [{"d": date(2024, 1, 31)}, {"d": None}]}
    assert changes == [
        ("coerced", "$.n"),
        ("coerced", "$.a[*].d"),
        ("dropped", "$.a[*]"),
        ("dropped", "$"),
    ]


@pytest.mark.parametrize(
    ("types", "value", "expected"),
    [
        ("int", "12", 12),
        ("int", 12.0, 12),
        ("int", Decimal("12.0"), 12),
        ("int", 12.5, 12.5),
        ("int", True, True),
        ("int", "12 ", "12 "),
        ("int", Decimal("1e999999"), Decimal("1e999999")),
        ("int", float("inf"), float("inf")),
        ("float", "0.5", 0.5),
        ("float", 1, 1),
        ("float", "nan", "nan"),
        ("bool", "true", True),
        ("bool", 1, True),
        ("bool", 2, 2),
        ("decimal", "0.10", Decimal("0.10")),
        ("decimal", 0.1, Decimal("0.1")),
        ("decimal", 10**30, Decimal(10**30)),
        ("decimal", float("inf"), float("inf")),
        ("str", 5, "5"),
        ("str", 0.1, "0.1"),
        ("str", True, True),
        ("str", 10**5000, 10**5000),
        ("str", float("inf"), float("inf")),
        ("str", date(2024, 1, 31), "2024-01-31"),
        ("str", time(12, 30), "12:30:00"),
        ("str", UUID(A_UUID), A_UUID),
        ("date", "2024-01-31", date(2024, 1, 31)),
        ("date", datetime(2024, 1, 31, tzinfo=UTC), datetime(2024, 1, 31, tzinfo=UTC)),
        ("datetime", "2024-01-31T12:00Z", datetime(2024, 1, 31, 12, tzinfo=UTC)),
        ("time", "12:30", time(12, 30)),
        ("uuid", A_UUID, UUID(A_UUID)),
        (["int", "float"], "5", 5),
        (["int", "float"], "5.5", 5.5),
        (["int", "str"], "5", "5"),
        (["int", "bool"], "x", "x"),
        ([int, list], "5", 5),
        (["list"], "5", "5"),
    ],
    ids=shown,
)
def test_a_value_is_coerced_where_that_loses_nothing(types: Any, value: Any, expected: Any) -> None:
    """Otherwise it stays, for the rule of the type to find."""
    validator = DataValidator({"x": {"type": types}}, coerce=True)

    found = validator.own({"x": value})["x"]

    assert found == expected
    assert type(found) is type(expected)


def test_a_check_over_fields_sees_records_whose_fields_are_right() -> None:
    """It need not look out for anything."""
    validator = DataValidator(
        {"from": {"required": True, "type": int}, "to": {"required": True, "type": int}},
        checks={
            "in order": lambda stay: stay["from"] <= stay["to"] or "ends before it begins",
            "short": lambda stay: 10 // stay["from"] > 0,
        },
    )

    found = said(
        validator,
        {"from": 1, "to": 2},
        {"from": "1", "to": 0},
        {"from": 1, "to": 0},
        {"from": 0, "to": 0},
        {"from": 11, "to": 0},
    )

    assert found == [
        "record 2: $.from is str '1', expected int; coerce=True turns it into one",
        "record 3: $ ends before it begins",
        "record 4: $ the check 'short' raised ZeroDivisionError: integer division or modulo by zero",
        "record 5: $ ends before it begins",
        "record 5: $ does not pass the check 'short'",
    ]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ((), "does not pass the check 'c'"),
        (("ssn",), "does not pass the check 'c'"),
        (("age",), "says 123-45"),
    ],
    ids=["no fields named", "a sensitive one", "another one"],
)
def test_what_a_check_says_of_sensitive_fields_is_withheld(fields: Any, message: str) -> None:
    """It may have any form of the value in it."""
    check = RecordCheck("c", lambda record: f"says {record['ssn']}", fields=fields)
    validator = DataValidator({"ssn": {"sensitive": True}, "age": {}}, checks=[check])

    assert said(validator, {"ssn": "123-45"}) == [f"record 1: $ {message}"]


def test_warnings_let_a_record_pass() -> None:
    """They are told, marked, and checks over fields are made all the same."""
    validator = DataValidator(
        {"age": {"type": int, "max": 120, "severity": "warning"}, "id": {"required": True}},
        checks=[RecordCheck("c", lambda record: record["age"] < 200, severity="warning")],
    )

    verdict = validator.validate([{"id": 1, "age": 130}, {"id": 2, "age": 300}])

    assert verdict == (
        True,
        [
            "record 1: warning: $.age is 130, above the greatest allowed value 120",
            "record 2: warning: $.age is 300, above the greatest allowed value 120",
            "record 2: warning: $ does not pass the check 'c'",
        ],
    )
    assert validator.problems({"id": 1, "age": 130}) == []
    assert [problem.rule for problem in validator.warnings({"age": 130})] == ["max"]


def test_a_required_field_may_be_missed_with_a_warning() -> None:
    """Severity is for all rules of a field."""
    validator = DataValidator({"id": {"required": True}}, severity="warning")

    assert validator.validate([{}]) == (True, ["record 1: warning: $.id is required but missing"])


def test_a_unique_value_may_come_once() -> None:
    """A record counts as seen when it keeps every other rule."""
    circle: list[Any] = []
    circle.append(circle)
    validator = DataValidator(
        {
            "id": {"unique": True, "nullable": True},
            "n": {"type": int},
            "a": {"fields": {"b": {"unique": True}}},
        }
    )

    found = said(
        validator,
        {"id": 1, "n": "x"},
        {"id": 1},
        {"id": 1.0},
        {"id": True},
        {"id": None},
        {"id": None},
        {"a": {"b": [1]}},
        {"a": {"b": [1]}},
        {"a": 5},
        {"id": 1j},
        {"id": circle},
    )

    assert found == [
        "record 1: $.n is str 'x', expected int",
        "record 3: $.id is 1.0, which an earlier record has too",
        "record 8: $.a.b is [1], which an earlier record has too",
        "record 9: $.a is int 5, expected dict",
        "record 10: $.id has a value of type complex, and it is not known when two of these are the same",
        "record 11: $.id cannot be compared with earlier records: RecursionError",
    ]
    assert said(validator, {"id": 1}) == []


def test_nested_values_may_be_unique_together() -> None:
    """In the field that has them; where one of them is missing there is nothing to compare."""
    stay = Schema((Field("room"), Field("day", sensitive=True)), unique=(("room", "day"),))
    validator = DataValidator({"stay": {"fields": Schema((Field("at", fields=stay),))}})
    stays = [{"room": 1, "day": 2}, {"room": 1, "day": 3}, {"room": 1, "day": 2}, {"room": 1}]
    records: list[Any] = [{"stay": {"at": one}} for one in [*stays, {"room": 1}, {"room": [{1}]}]]
    records[-1]["stay"]["at"]["day"] = 2

    passed, messages = validator.validate(records)

    assert passed is False
    assert messages == [
        "record 3: $.stay.at has 1, *** in room and day, which an earlier record has too",
        (
            "record 6: $.stay.at has a value of type set, and it is not known when two of these "
            "are the same"
        ),
    ]
    assert validator.describe() == (
        "stay (dict, with at (dict, with room; day (sensitive); room and day unique together))"
    )


def test_values_of_several_fields_may_be_unique_together() -> None:
    """None in one of them is the same as nothing; sensitive values are masked."""
    validator = DataValidator(
        {"a": {}, "b": {"sensitive": True}, "c": {"nullable": True}}, unique=[("a", "b"), "c"]
    )

    found = said(
        validator,
        {"a": "x", "b": "yz", "c": 1},
        {"a": "xy", "b": "z", "c": None},
        {"a": "x"},
        {"a": "x"},
        {"a": "x", "b": "yz", "c": 1},
    )

    assert found == [
        "record 5: $ has 'x', *** in a and b, which an earlier record has too",
        "record 5: $ has 1 in c, which an earlier record has too",
    ]


def test_a_repeated_value_may_be_a_warning() -> None:
    """Then the record passes."""
    validator = DataValidator({"id": {"unique": True, "severity": "warning"}})

    verdict = validator.validate([{"id": 1}, {"id": 1}])

    assert verdict == (True, ["record 2: warning: $.id is 1, which an earlier record has too"])


@pytest.mark.parametrize(
    "values",
    [
        (1, 1.0, Decimal("1.00")),
        (0, 0.0, -0.0, Decimal("-0")),
        (0.5, Decimal("0.5")),
        (float("inf"), Decimal("Infinity")),
        (datetime(2024, 1, 1, tzinfo=UTC), datetime.fromisoformat("2024-01-01T02:00:00+02:00")),
        ([1, {"a": 2, "b": 3}], (1.0, {"b": 3, "a": 2})),
        (Decimal("1e1000"), Decimal("10e999")),
        (10**5000, 10**5000),
        ("\ud800", "\ud800"),
        (b"a", b"a"),
        (UUID(A_UUID), UUID(A_UUID)),
    ],
    ids=shown,
)
def test_equal_values_are_the_same(values: tuple[Any, ...]) -> None:
    """Whatever their types."""
    assert len(set(map(identity, values))) == 1


def test_different_values_are_not_the_same() -> None:
    """However alike they look."""
    values: list[Any] = [
        1,
        True,
        "1",
        b"1",
        -1,
        0.1,
        Decimal("0.1"),
        float("inf"),
        Decimal("1e1000"),
        date(2024, 1, 1),
        datetime(2024, 1, 1),  # noqa: DTZ001 -- naive on purpose
        datetime(2024, 1, 1, tzinfo=UTC),
        time(0),
        "2024-01-01",
        ["a", "b"],
        ["ab"],
        [["a"], "b"],
        [],
        {},
        {"a": 1},
        {"a": "1"},
    ]

    assert len(set(map(identity, values))) == len(values)


def test_what_was_seen_moves_to_disk_and_stays_exact() -> None:
    """Beyond what fits in memory, each value is still known."""
    seen = Seen(most=10)
    digests = [seen.digest(b"%d" % number) for number in range(95)]

    for_all = [(digest in seen, seen.add(digest)) for digest in digests]

    assert not any(known for known, _ in for_all)
    assert all(digest in seen for digest in digests)
    assert seen.digest(b"95") not in seen
    assert len(seen._recent) == 5
    seen.close()


def test_a_full_disk_is_not_the_fault_of_a_record() -> None:
    """The message says what to look at."""
    seen = Seen(most=1)
    full: Any = Full()
    seen._database = full

    with pytest.raises(TransientError) as caught:
        seen.add(b"x")

    assert str(caught.value) == (
        "the temporary database that remembers the values of a 'unique' field failed: "
        "OperationalError: database or disk is full; is the folder for temporary files full? "
        "TMPDIR names another one"
    )


@pytest.mark.parametrize("sensitive", [False, True])
def test_a_text_that_is_too_long_for_its_pattern_is_told_so(*, sensitive: bool) -> None:
    """It may match, but to find out might take years."""
    rules = {"pattern": r"(\w+)-\1", "sensitive": sensitive}
    validator = DataValidator({"a": {"type": str, **rules}, "b": rules})
    long = "a" * 499 + "-" + "a" * 499 + "a"

    found = said(validator, {"a": long[:-1]}, {"a": long}, {"b": long}, {"a": "x-y"}, {"b": 1})

    limit = r"the 999 characters up to which the pattern '(\\w+)-\\1' is tried"
    expected = r"expected a text that matches '(\\w+)-\\1'"
    got, short, number = ("***", "***", "***") if sensitive else (shown(long), "'x-y'", "1")
    assert found == [
        f"record 2: $.a is {got}, longer than {limit}",
        f"record 3: $.b is {got}, longer than {limit}",
        f"record 4: $.a is {short}, {expected}",
        f"record 5: $.b is int {number}, {expected}",
    ]
    assert r"matching '(\\w+)-\\1' up to 999 characters" in validator.describe()


@pytest.mark.parametrize("circular", [True, False], ids=["circular", "deep"])
def test_a_record_that_cannot_be_copied_for_coercion_does_not_pass(circular: bool) -> None:
    """It is told by number, and the records after it are judged."""
    validator = DataValidator({"n": {"type": int, "coerce": True}})
    circle: dict[str, Any] = {}
    circle["a"] = circle
    deep: Any = reduce(lambda inner, _: {"a": inner}, range(3000), {})
    record = circle if circular else deep

    found = said(validator, record, {"n": "1"}, {"n": "x"})

    assert found == [
        "record 1: $ is nested too deeply to be copied, or holds itself, so nothing in it can be coerced",
        "record 3: $.n is str 'x', expected int; a whole number is digits, with a sign or without, such as -12",
    ]
    assert [problem.rule for problem in validator.problems(record)] == ["depth"]
