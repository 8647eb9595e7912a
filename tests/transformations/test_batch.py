"""Batch: several records in one."""

from __future__ import annotations

from typing import Any

import pytest

from hypothesis import given
from hypothesis import strategies as st

from etlkit import ETLJob, F, Quarantine, RecordsSource
from etlkit.destinations import MemoryDestination
from etlkit.errors import ConfigurationError
from etlkit.transformations import Batch, Filter, FlatMap, Map
from transformations.conftest import after_a_retry


@given(
    st.lists(st.lists(st.integers(0, 9).map(lambda n: {"n": n}), max_size=7)),
    st.integers(1, 9),
)
def test_so_many_records_are_gathered_however_they_come(
    batches: list[list[dict[str, Any]]], size: int
) -> None:
    """In their order; only the last has fewer."""
    records = [record for batch in batches for record in batch]

    made = [one for batch in Batch(size).run(iter(batches)) for one in batch]

    assert [record for one in made for record in one["records"]] == records
    assert [len(one["records"]) for one in made[:-1]] == [size] * (len(made) - 1)
    assert all(0 < len(one["records"]) <= size for one in made)


def test_nothing_is_gathered_of_nothing() -> None:
    """No record with an empty list comes out."""
    assert Batch(2).apply([]) == []


def test_the_list_may_have_another_name() -> None:
    """It is the only field."""
    made = Batch(2, into="forms").apply([{"id": 1}, {"id": 2}, {"id": 3}])

    assert made == [{"forms": [{"id": 1}, {"id": 2}]}, {"forms": [{"id": 3}]}]


def test_flat_map_takes_it_apart_again() -> None:
    """Each record is as it was."""
    records = [{"id": n, "tags": [n]} for n in range(5)]
    chain = Batch(2) | FlatMap(lambda record: record["records"])

    assert chain.apply(records) == records


def test_a_service_is_asked_for_many_at_once() -> None:
    """The function behind it gets the list."""
    asked: list[list[int]] = []

    def ask(record: dict[str, Any]) -> dict[str, Any]:
        asked.append([one["id"] for one in record["records"]])
        return record

    destination = MemoryDestination()
    source = RecordsSource([{"id": n} for n in range(5)])
    chain = Batch(2) | Map(ask) | FlatMap(lambda record: record["records"])

    ETLJob("j", "J", source, chain, destination).execute().raise_if_failed()

    assert asked == [[0, 1], [2, 3], [4]]
    assert destination.records == [{"id": n} for n in range(5)]


def test_a_batch_goes_on_before_the_next_one_is_read() -> None:
    """It does not wait for the end of the input."""
    read: list[int] = []

    def batches() -> Any:
        for n in range(100):
            read.append(n)
            yield [{"n": n}]

    first = next(Batch(3).run(batches()))

    assert first == [{"records": [{"n": 0}, {"n": 1}, {"n": 2}]}]
    assert read == [0, 1, 2]


def test_records_count_as_merged_and_batches_as_produced() -> None:
    """The balance of the run holds, over batches of the source."""
    source = RecordsSource([{"n": n} for n in range(10_001)])

    result = ETLJob("j", "J", source, Batch(1000), "memory:").execute().raise_if_failed()

    assert result.rows_loaded == 11
    assert [(one.merged, one.produced) for one in result.tally.steps] == [(10_001, 11)]


def test_what_is_left_out_before_is_in_no_batch() -> None:
    """And a batch that a later step refuses is rejected as one."""
    destination = MemoryDestination()
    source = RecordsSource([{"n": n} for n in range(6)])

    def ask(record: dict[str, Any]) -> dict[str, Any]:
        return {"mean": 12 / (sum(one["n"] for one in record["records"]) - 3)}

    chain = Filter(F.n > 0) | Batch(2) | Map(ask)

    job = ETLJob("j", "J", source, chain, destination, on_error=Quarantine())
    result = job.execute().raise_if_failed()

    assert destination.records == [{"mean": 3.0}, {"mean": 6.0}]
    assert [one.record for one in result.rejections] == [{"records": [{"n": 1}, {"n": 2}]}]
    assert (result.tally.read, result.tally.rejected) == (6, 1)


def test_each_run_and_each_attempt_begins_anew() -> None:
    """Nothing is left of the one before."""
    records = [{"n": 1}, {"n": 2}, {"n": 3}]
    step = Batch(2)

    made = [step.apply(records), step.apply(records), after_a_retry(step, records)]

    assert made == [[{"records": records[:2]}, {"records": records[2:]}]] * 3


def test_the_records_of_the_caller_stay_as_they_are() -> None:
    """What comes out can be changed."""
    records = [{"n": 1}]

    (made,) = Batch(2).apply(records)
    made["records"][0]["n"] = 2

    assert records == [{"n": 1}]


def test_the_step_says_what_it_is() -> None:
    """Label, memory and repr."""
    step = Batch(100, into="forms")

    assert (step.label, step.memory, step.opaque) == ("Batch(100)", "bounded", None)
    assert repr(step) == "Batch(size=100, into='forms')"
    assert eval(repr(step)) == step
    assert Batch(2, name="pairs").label == "pairs"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"size": 0}, "Batch: size is a number of records, at least 1, got 0 ("),
        ({"size": True}, "Batch: size is a number of records, at least 1, got True ("),
        ({"size": "100"}, "Batch: size is a number of records, at least 1, got '100' ("),
        (
            {"into": F.forms},
            "Batch: a field is called by its name, a text, got F.forms; write the name: 'forms' (",
        ),
        ({"name": 5}, "Batch: name is what messages call the step, got 5"),
    ],
    ids=["none", "bool", "text", "into", "name"],
)
def test_wrong_arguments_are_told_at_once(arguments: Any, told: str) -> None:
    """Not when the job runs."""
    with pytest.raises(ConfigurationError) as caught:
        Batch(**{"size": 2, **arguments})

    assert str(caught.value).startswith(told)
