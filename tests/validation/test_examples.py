"""Records that a validator makes up."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from etlkit import DataValidator
from etlkit.errors import ConfigurationError, SchemaError


MOMENT = datetime.fromisoformat("2024-01-01T00:00:00.000005")
JERUSALEM = timezone(timedelta(hours=2))


def values(rules: dict[str, Any], n: int = 300, **options: Any) -> list[Any]:
    """Examples of a field that is always there; all of them pass."""
    validator = DataValidator({"v": {"required": True, **rules}}, **options)
    made = validator.examples(n)
    assert validator.validate(made) == (True, [])
    return [record["v"] for record in made]


def refusal(rules: dict[str, Any], **options: Any) -> str:
    """What is said of a field without examples."""
    validator = DataValidator({"v": {"required": True, **rules}}, **options)
    with pytest.raises(SchemaError) as caught:
        validator.examples(20)
    return str(caught.value)


def test_a_seed_gives_the_same_records_each_time() -> None:
    """Another seed gives others."""
    validator = DataValidator(
        {"a": {"type": str}, "b": {"type": "datetime"}, "c": {"format": "uuid"}}
    )

    first, again, other = (validator.examples(20, seed) for seed in (1, 1, 2))

    assert first == again
    assert first != other


def test_a_seed_gives_the_same_records_in_every_process() -> None:
    """Neither the process nor the order of a set plays a part."""
    validator = DataValidator(
        {"id": {"required": True, "type": int, "min": 1}, "code": {"pattern": "[A-Z]{2}"}}
    )

    made = validator.examples(2, seed=7)

    assert made == [{"id": 1098, "code": "CR"}, {"id": 813}]


def test_fields_are_sometimes_missing_and_sometimes_none() -> None:
    """Those that may be; required ones never are."""
    validator = DataValidator(
        {"a": {"type": int, "nullable": True}, "b": {"type": int, "required": True}}
    )

    made = validator.examples(100)

    assert {"a" in record for record in made} == {True, False}
    assert {record.get("a", 0) is None for record in made} == {True, False}
    assert all(isinstance(record["b"], int) for record in made)


@pytest.mark.parametrize(
    ("rules", "met"),
    [
        pytest.param({"type": int, "min": 3, "max": 900}, {3, 900}, id="int"),
        pytest.param({"type": int, "exclusive_min": 3, "exclusive_max": 900}, {4, 899}, id="exclusive"),
        pytest.param({"type": int, "min": 10**30}, {10**30}, id="huge"),
        pytest.param({"type": float, "min": 0.5, "max": 2}, {0.5, 2}, id="float"),
        pytest.param({"type": float, "exclusive_min": 0, "max": 1}, {1.0}, id="float-exclusive"),
        pytest.param({"type": float, "min": 10**400}, {10**400}, id="beyond-floats"),
        pytest.param({"min": 1, "max": 1}, {1}, id="without-type"),
        pytest.param({"type": [int, str], "min": 7}, {7}, id="several-types"),
        pytest.param({"type": "decimal", "min": Decimal("0.1"), "max": Decimal("0.2")}, {Decimal("0.1"), Decimal("0.2")}, id="decimal"),
        pytest.param({"type": "date", "min": date(2024, 2, 28), "max": date(2024, 3, 1)}, {date(2024, 2, 28), date(2024, 2, 29), date(2024, 3, 1)}, id="date"),
        pytest.param({"type": "date", "min": date(9999, 12, 31)}, {date(9999, 12, 31)}, id="last-date"),
        pytest.param({"type": "datetime", "min": MOMENT}, {MOMENT}, id="datetime"),
        pytest.param({"type": "datetime", "max": datetime(2024, 1, 1, tzinfo=JERUSALEM)}, {datetime(2024, 1, 1, tzinfo=JERUSALEM)}, id="datetime-with-zone"),
        pytest.param({"type": "datetime", "min": datetime(9999, 12, 31, tzinfo=UTC)}, {datetime(9999, 12, 31, tzinfo=UTC)}, id="last-datetime"),
        pytest.param({"type": "time", "min": time(8, tzinfo=UTC), "max": time(9, tzinfo=UTC)}, {time(8, tzinfo=UTC), time(9, tzinfo=UTC)}, id="time"),
        pytest.param({"allowed": ["new", "open"]}, {"new", "open"}, id="allowed"),
        pytest.param({"allowed": [1, 5, 9], "max": 5}, {1, 5}, id="allowed-within-bounds"),
        pytest.param({"type": bool}, {True, False}, id="bool"),
    ],
)  # fmt: skip
def test_bounds_and_allowed_values_are_met(rules: dict[str, Any], met: set[Any]) -> None:
    """Among a few hundred examples, each at least once."""
    assert met <= set(values(rules))


@pytest.mark.parametrize(
    "rules",
    [
        pytest.param({"type": str, "min_length": 2, "max_length": 3}, id="short"),
        pytest.param({"pattern": "[a-z]*", "min_length": 2, "max_length": 3}, id="pattern"),
        pytest.param({"items": {"type": int}, "min_length": 2, "max_length": 3}, id="items"),
        pytest.param({"type": list, "min_length": 2, "max_length": 3}, id="list"),
        pytest.param({"type": dict, "min_length": 2, "max_length": 3}, id="dict"),
        pytest.param({"min_length": 2, "max_length": 3}, id="any"),
    ],
)
def test_lengths_are_met(rules: dict[str, Any]) -> None:
    """Both ends, and nothing outside."""
    assert {len(value) for value in values(rules)} == {2, 3}


@pytest.mark.parametrize(
    "pattern",
    [
        r"[A-Z]{3}-\d{4}(?:-\w+)?",
        r"a|bc|",
        r"(?P<day>\d\d)/(?P=day)",
        r"[^a-z\s]+.\S\W\D",
        r"[^\x00-\x7f][^\x00-\xff][\u0370-\u03ff][\x00-\x05]\x7f",
        r"(?=.*\d)(?=.*[a-z])[a-z0-9]{8,}",
        r"\b\w+\b",
        r"(?>a+)b*+c?",
        r"^\Aa$",
        "[a-z]{200}",
        "(?i)[xyz]",
    ],
)
def test_texts_match_a_pattern(pattern: str) -> None:
    """They are drawn along it; what looks around is left to chance."""
    assert all(isinstance(text, str) for text in values({"pattern": pattern}, 50))


@pytest.mark.parametrize(
    "name", ["date", "date-time", "email", "ipv4", "ipv6", "time", "url", "uuid"]
)
def test_texts_have_a_format(name: str) -> None:
    """And differ."""
    assert len(set(values({"format": name}, 50))) > 1


def test_unique_values_differ_in_all_records() -> None:
    """Also in nested fields and in groups; 1 and 1.0 are the same, None is the same as nothing."""
    validator = DataValidator(
        {
            "a": {"type": [int, float], "min": 1, "max": 200, "unique": True, "required": True},
            "b": {"fields": {"c": {"type": int, "min": 1, "max": 300, "unique": True}}},
            "d": {"type": bool, "nullable": True},
            "e": {"type": int, "min": 1, "max": 60, "required": True},
        },
        unique=[("d", "e")],
    )

    made = validator.examples(100)

    assert validator.validate(made) == (True, [])


def test_items_of_a_list_differ_where_they_have_to() -> None:
    """Out of few values as well."""
    made = values(
        {"items": {"allowed": [1, 2, 3], "unique": True}, "min_length": 3, "max_length": 3}
    )

    assert {tuple(sorted(items)) for items in made} == {(1, 2, 3)}


def test_checks_are_kept_by_trying() -> None:
    """Those of a field, deep inside too, and those over several fields."""
    rules = {"fields": {"n": {"required": True, "type": int, "check": lambda n: n % 7 == 0}}}
    checks = {"no leap": lambda record: record["v"]["n"] % 4 != 0}

    made = values(rules, 50, checks=checks)

    assert {(value["n"] % 7, value["n"] % 4 > 0) for value in made} == {(0, True)}


def test_examples_break_no_rule_that_only_warns() -> None:
    """Required fields whose absence warns are there."""
    validator = DataValidator(
        {"a": {"required": True, "type": int, "check": lambda a: a > 0}}, severity="warning"
    )

    made = validator.examples(50)

    assert all(record["a"] > 0 for record in made)


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        pytest.param({"type": bytes}, "field 'v': there are no examples of type bytes; give the field 'allowed' values", id="type"),
        pytest.param({"items": {"type": bytes}, "min_length": 1}, "field 'v[*]': there are no examples of type bytes; give the field 'allowed' values", id="type-of-items"),
        pytest.param({"check": lambda v: False}, "field 'v': none of 1000 examples passes 'check'; with 'allowed' values there is less to guess", id="check"),
        pytest.param({"type": int, "min": 0.1, "max": 0.9}, "field 'v': none of 1000 examples passes 'max'; with 'allowed' values there is less to guess", id="bounds"),
        pytest.param({"pattern": "(?!a)a"}, "field 'v': none of 1000 examples passes 'pattern'; with 'allowed' values there is less to guess", id="pattern"),
        pytest.param({"type": bool, "unique": True}, "field 'v': none of 1000 examples passes 'unique'; with 'allowed' values there is less to guess", id="unique"),
        pytest.param({"fields": {"w": {"required": True, "type": int, "check": lambda v: False}}}, "field 'v.w': none of 1000 examples passes 'check'; with 'allowed' values there is less to guess", id="nested"),
    ],
)  # fmt: skip
def test_a_field_without_examples_is_named(rules: dict[str, Any], message: str) -> None:
    """With the rule that no value was found for."""
    assert refusal(rules) == message


def test_a_check_over_several_fields_that_nothing_passes_is_named() -> None:
    """It is a matter of the whole record."""
    said = refusal({"type": int}, checks={"never": lambda record: False})

    assert said == (
        "a whole record: none of 1000 examples passes 'check'; with 'allowed' values there is less to guess"
    )


@pytest.mark.parametrize("n", [-1, 1.5, True, "3"])
def test_the_number_of_examples_is_checked(n: Any) -> None:
    """It is a whole number from 0."""
    with pytest.raises(ConfigurationError) as caught:
        DataValidator({}).examples(n)

    assert str(caught.value) == f"examples: n is a whole number from 0, got {n!r}"


def test_examples_share_nothing_with_the_rules() -> None:
    """Changing one changes no later one."""
    validator = DataValidator({"v": {"required": True, "allowed": [[1]]}})
    validator.examples(1)[0]["v"].append(2)

    assert validator.examples(1) == [{"v": [1]}]
