"""What holds for whatever rules somebody writes: their examples, and their documents."""

from __future__ import annotations

import json

from datetime import UTC, date
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from etlkit import DataValidator
from etlkit.testing import records


NAMES = st.sampled_from(["a", "b c", "ü", "type", "'\"\n"])
PATTERNS = ["[A-Z]{2}-\\d+", "a|bc|", "[^a-z]?x*", ".\\s\\w", "(?:ab){0,3}\\.?", "\\S+"]
FORMATS = ["date", "date-time", "email", "ipv4", "ipv6", "time", "url", "uuid"]
SCALARS = st.sampled_from([True, False, 0, 1, 1.5, -3, "a", "", "ß"])
PLAIN = [int, float, str, bool, list, dict]


def ends(values: st.SearchStrategy[Any], low: str, high: str) -> st.SearchStrategy[dict[str, Any]]:
    """Two values in order, neither or one of them."""
    both = st.tuples(values, values).map(sorted).map(lambda pair: {low: pair[0], high: pair[1]})
    return both | st.just({}) | values.map(lambda one: {low: one})


def of_type(kind: Any, *more: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[Any]:
    """Rules for values of a type."""
    parts = st.tuples(*more).map(
        lambda each: {key: value for one in each for key, value in one.items()}
    )
    return parts.map(lambda rules: {"type": kind, **rules})


LENGTHS = ends(st.integers(0, 4), "min_length", "max_length")
LEAVES = st.one_of(
    st.just({}),
    of_type(int, ends(st.integers(-5, 5) | st.integers(), "min", "max")),
    of_type(float, ends(st.floats(-1e9, 1e9) | st.integers(-9, 9), "min", "max")),
    of_type(float, ends(st.integers(-9, 9), "exclusive_min", "max").filter(lambda rules: len(set(rules.values())) == len(rules))),
    of_type("decimal", ends(st.decimals(-9, 9, places=3), "min", "max")),
    of_type("date", ends(st.dates(date(1900, 1, 1), date(2100, 1, 1)), "min", "max")),
    of_type("datetime", ends(st.datetimes(timezones=st.just(UTC)), "min", "max")),
    of_type("time"),
    of_type("uuid"),
    of_type(bool),
    of_type(str, LENGTHS),
    of_type(list, LENGTHS),
    of_type(dict, LENGTHS),
    of_type([str, int], st.just({"min": 2, "min_length": 1})),
    of_type([str, "date"], st.just({"max_length": 9})),
    LENGTHS,
    st.sampled_from(PATTERNS).map(lambda pattern: {"pattern": pattern}),
    st.sampled_from(FORMATS).map(lambda name: {"format": name}),
    st.lists(SCALARS, min_size=1, max_size=4).map(lambda allowed: {"allowed": allowed}),
)  # fmt: skip
FLAGS = st.fixed_dictionaries(
    {}, optional={"required": st.booleans(), "nullable": st.booleans(), "sensitive": st.booleans(), "severity": st.sampled_from(["error", "warning"])}
)  # fmt: skip


def with_flags(rules: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Rules with what any field may have."""
    return st.tuples(rules, FLAGS).map(lambda pair: {**pair[0], **pair[1]})


def within(rules: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Rules of fields or items that have such rules."""
    fields = st.dictionaries(NAMES, with_flags(rules), max_size=3)
    nullable = st.tuples(rules, st.booleans()).map(lambda pair: {**pair[0], "nullable": pair[1]})
    return fields.map(lambda each: {"fields": each}) | nullable.map(lambda each: {"items": each})


RULES = st.dictionaries(NAMES, with_flags(st.recursive(LEAVES, within, max_leaves=4)), max_size=4)
UNKNOWN = st.sampled_from(["allow", "drop", "refuse"])
JSON = st.recursive(
    SCALARS | st.none() | st.sampled_from(["AB-1", "2024-01-31", "ada@a.example"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=5,
)
QUICK = settings(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))


@QUICK
@given(RULES, UNKNOWN, st.integers(0, 9))
def test_every_example_passes(rules: dict[str, Any], unknown: str, seed: int) -> None:
    """Whatever the rules are, without an error and without a warning."""
    validator = DataValidator(rules, unknown=unknown)

    verdict = validator.validate(validator.examples(10, seed))

    assert verdict == (True, [])


@QUICK
@given(st.data(), RULES, UNKNOWN)
def test_every_drawn_record_passes(
    data: st.DataObject, rules: dict[str, Any], unknown: str
) -> None:
    """The strategy of Hypothesis draws nothing else."""
    validator = DataValidator(rules, unknown=unknown)

    record = data.draw(records(validator))

    assert validator.validate([record])[0]


@QUICK
@given(RULES, UNKNOWN, st.lists(st.dictionaries(NAMES, JSON, max_size=4), max_size=5))
def test_an_exported_validator_judges_as_before(
    rules: dict[str, Any], unknown: str, others: list[dict[str, Any]]
) -> None:
    """After a journey through JSON, of its own examples and of any other records."""
    validator = DataValidator(rules, unknown=unknown)
    candidates = [*validator.examples(5), *others]

    imported = DataValidator.from_json_schema(json.loads(json.dumps(validator.to_json_schema())))

    verdicts = [
        [judge.validate([each])[0] for each in candidates] for judge in (validator, imported)
    ]
    assert verdicts[0] == verdicts[1]
