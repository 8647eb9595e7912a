"""Explode: a record for each item of a list."""

from __future__ import annotations

from typing import Any

import pytest

from etlkit import ETLJob, F, Quarantine, RecordsSource
from etlkit.errors import ConfigurationError
from etlkit.transformations import Derive, Explode, Map
from transformations.conftest import Told, both, orders


def test_the_other_fields_are_the_same_in_all_results() -> None:
    """The field keeps its place; the records that were added count as produced."""
    made = both(Explode("tags"), {"id": 1, "tags": ["a", "b", "c"], "n": 2})

    records = [{"id": 1, "tags": tag, "n": 2} for tag in "abc"]
    assert made == [Told(records, produced=2)] * 2
    assert orders(Explode("tags"), {"id": 1, "tags": ["a"], "n": 2}) == [[["id", "tags", "n"]]] * 2


@pytest.mark.parametrize("held", [[], None, ()], ids=repr)
def test_a_record_without_items_goes_on_with_none(held: Any) -> None:
    """No record gets lost by the way."""
    made = both(Explode("tags"), {"id": 1, "tags": held})

    assert made == [Told([{"id": 1, "tags": None}])] * 2


@pytest.mark.parametrize("held", [[], None, ()], ids=repr)
def test_a_record_without_items_may_be_dropped(held: Any) -> None:
    """It counts as filtered."""
    made = both(Explode("tags", empty="drop"), {"id": 1, "tags": held})

    assert made == [Told(filtered=1)] * 2


@pytest.mark.parametrize(
    ("held", "words"),
    [
        ("a,b", "got 'a,b'; .str.split(',') in Derive makes a list of a text"),
        (5, "got 5"),
        ({"a": 1}, "got {'a': 1}"),
    ],
    ids=repr,
)
def test_anything_else_fails(held: Any, words: str) -> None:
    """A text is no list of letters, and an object no list of names."""
    made = both(Explode("tags"), {"tags": held})

    refused = [(0, "type", f"$.tags a list is expected, {words}")]
    assert made == [Told(refused=refused)] * 2


def test_a_record_without_the_field_fails() -> None:
    """The message has the field, and the one that may have been meant."""
    made = both(Explode("tags"), {"tag": ["a"]})

    words = "$ the record has no field 'tags'; did you mean 'tag'?; missing='ignore' lets records without it pass"
    assert made == [Told(refused=[(0, "missing_field", words)])] * 2


@pytest.mark.parametrize("empty", ["null", "drop"])
def test_a_record_without_the_field_may_go_on(empty: Any) -> None:
    """As it is."""
    made = both(Explode("tags", empty=empty, missing="ignore"), {"id": 1}, {"tags": [1, 2]})

    assert made == [Told([{"id": 1}, {"tags": 1}, {"tags": 2}], produced=1)] * 2


def test_results_share_nothing() -> None:
    """A later step may change one of them in place."""
    chain = Explode("tags") | Map(lambda record: record["seen"].append(record["tags"]) or record)
    source = RecordsSource([{"tags": ["a", "b"], "seen": []}])

    job = ETLJob("j", "J", source, chain, "memory:")
    job.execute().raise_if_failed()

    expected = [{"tags": "a", "seen": ["a"]}, {"tags": "b", "seen": ["b"]}]
    assert job.loader.destination.records == expected  # type: ignore[attr-defined]  # of a memory
    assert chain.apply(source.extract()) == expected


def test_a_source_record_is_one_unit() -> None:
    """When one of its results fails later, the others are taken back."""
    chain = Explode("n") | Derive(half=10 / F.n)
    source = RecordsSource([{"n": [1, 0]}, {"n": [2]}])

    job = ETLJob("j", "J", source, chain, "memory:", on_error=Quarantine())
    result = job.execute()

    assert job.loader.destination.records == [{"n": 2, "half": 5.0}]  # type: ignore[attr-defined]  # of a memory
    assert result.rows_rejected == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"field": ["a"]}, "Explode: a field is called by its name, a text, got ['a']; "),
        ({"field": F.a}, "Explode: a field is called by its name, a text, got F.a; write the name"),
        ({"field": "a", "empty": "keep"}, "Explode: empty is 'null' or 'drop', got 'keep'"),
        ({"field": "a", "missing": "null"}, "Explode: missing is 'error' or 'ignore', got 'null'"),
    ],
    ids=["a list", "an expression", "another empty", "another missing"],
)
def test_other_arguments_are_refused_when_the_step_is_made(
    arguments: dict[str, Any], words: str
) -> None:
    """The message says what to write, and where it was written."""
    with pytest.raises(ConfigurationError) as caught:
        Explode(**arguments)

    assert str(caught.value).startswith(words)
    assert "(test_explode.py:" in str(caught.value)
