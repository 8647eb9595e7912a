"""Rules for fields that no record has are told, since they never fail."""

from __future__ import annotations

from typing import Any

import pytest

from etlkit import DataValidator, ETLJob, RecordsSource
from etlkit.transformations import Filter, FlatMap


RULES = {"emial": {"format": "email"}, "age": {"type": int}}


def warnings(records: list[Any], rules: dict[str, Any], **options: Any) -> tuple[str, ...]:
    """What a run over these records warns of."""
    validator = DataValidator(rules, **options)
    job = ETLJob("people", "People", RecordsSource(records), None, "memory:", validator)
    return job.execute().warnings


@pytest.mark.parametrize("unknown", ["allow", "drop"])
def test_a_field_that_no_record_has_is_told_where_a_near_one_is_there(unknown: str) -> None:
    """Even where the near one is dropped before it is judged."""
    records = [{"email": "not one", "age": 1}, {"email": "x", "age": 2}]

    found = warnings(records, RULES, unknown=unknown)

    assert [words for words in found if "first records" in words] == [
        (
            "validate: none of the first records has the field 'emial', so its rules had "
            "nothing to judge; they have 'email'"
        )
    ]


@pytest.mark.parametrize(
    ("records", "rules"),
    [
        ([{"email": "a"}, {"emial": "ada@example.org"}], RULES),
        ([{"age": 1, "name": "Ada"}], RULES),
        ([{"age": 1}], RULES),
        ([{}], RULES),
        ([], RULES),
        ([{"age": 1}], {}),
    ],
    ids=["some have it", "nothing near", "nothing else", "no fields", "no records", "no rules"],
)
def test_a_field_that_may_be_left_out_is_no_warning(
    records: list[Any], rules: dict[str, Any]
) -> None:
    """Only what looks like a mistake is told."""
    found = warnings(records, rules)

    assert [words for words in found if "first records" in words] == []


def test_rules_of_which_none_applies_are_told() -> None:
    """They were written for other records."""
    found = warnings([{"name": "Ada"}], {"id": {"type": int}})

    assert found == (
        (
            "validate: none of the first records has the field 'id', so its rules had "
            "nothing to judge"
        ),
    )


def test_each_validator_says_what_it_did_not_see() -> None:
    """Before the first step and after the last one."""
    records = [{"email": "a"}]
    rules = {"emial": {"format": "email"}}
    job = ETLJob(
        "people",
        "People",
        RecordsSource(records),
        Filter(lambda record: record["email"]),
        "memory:",
        DataValidator({"email": {}}),
        input_validator=DataValidator(rules),
    )

    result = job.execute()

    assert result.warnings == (
        (
            "validate input: none of the first records has the field 'emial', so its rules "
            "had nothing to judge; they have 'email'"
        ),
    )


def test_a_chain_that_is_never_compiled_sees_the_same() -> None:
    """Its steps run one by one, and the validator among them."""
    steps = [FlatMap(lambda record: [record])] * 9
    validator = DataValidator({"emial": {}})
    job = ETLJob("j", "J", RecordsSource([{"email": "a"}]), steps, "memory:", validator)

    result = job.execute()

    assert result.warnings == (
        (
            "validate: none of the first records has the field 'emial', so its rules had nothing "
            "to judge; they have 'email'"
        ),
    )
