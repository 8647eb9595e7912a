"""Records that stay in memory."""

from __future__ import annotations

import pytest

from etlkit import DataLoader, ETLJob, RecordsSource
from etlkit.destinations import MemoryDestination
from etlkit.errors import DestinationBusy, RecordError
from etlkit.testing import FakeClock
from etlkit.transformations import Map


def test_replace_leaves_the_new_records_only() -> None:
    """The list holds the last load."""
    memory = MemoryDestination()
    loader = DataLoader(memory)
    loader.load([{"id": 1}])

    loaded = loader.load([{"id": 2}, {"id": 3}])

    assert loaded == 2
    assert memory.records == [{"id": 2}, {"id": 3}]


def test_append_adds_the_new_records() -> None:
    """The list holds every load, in order."""
    memory = MemoryDestination()
    loader = DataLoader(memory, "append")
    loader.load([{"id": 1}])

    loaded = loader.load([{"id": 2}])

    assert loaded == 1
    assert memory.records == [{"id": 1}, {"id": 2}]


@pytest.mark.parametrize("mode", ["replace", "append"])
def test_a_list_that_was_taken_stays_as_it_is(mode: str) -> None:
    """A load makes a new list; whoever holds the old one keeps it."""
    memory = MemoryDestination()
    loader = DataLoader(memory, mode)
    loader.load([{"id": 1}])
    taken = memory.records

    loader.load([{"id": 2}])

    assert taken == [{"id": 1}]


def test_a_load_that_fails_leaves_the_records_as_they_were() -> None:
    """All of a load or none."""
    memory = MemoryDestination()
    loader = DataLoader(memory)
    loader.load([{"id": 1}])

    with pytest.raises(RecordError) as caught:
        loader.load([{"id": 2}, ["id", 3]])

    assert str(caught.value) == ("record 2: a record is a dict, got ['id', 3]; nothing was loaded")
    assert memory.records == [{"id": 1}]


def test_python_values_stay_as_they_are() -> None:
    """Nothing becomes JSON on the way."""
    value = {1, 2}
    memory = MemoryDestination()

    DataLoader(memory).load([{"set": value, "number": float("inf")}])

    assert memory.records == [{"set": {1, 2}, "number": float("inf")}]


def test_loaded_records_are_copies() -> None:
    """Whoever changes a record afterwards changes their own."""
    record = {"tags": ["a"], "contact": {"email": "e"}}
    memory = MemoryDestination()
    DataLoader(memory).load([record])

    record["tags"].append("b")
    record["contact"]["email"] = "f"

    assert memory.records == [{"tags": ["a"], "contact": {"email": "e"}}]


def test_a_job_loads_copies_too() -> None:
    """Neither the steps nor the reader of the result change what the caller has."""
    records = [{"tags": ["a"]}]
    memory = MemoryDestination()
    tag = Map(lambda record: record["tags"].append("b") or record, name="tag")

    ETLJob("j", "J", RecordsSource(records), tag, memory).execute()

    assert records == [{"tags": ["a"]}]
    assert memory.records == [{"tags": ["a", "b"]}]


def test_a_destination_in_memory_has_a_name() -> None:
    """Messages can tell two of them apart."""
    memory = MemoryDestination("cases")
    DataLoader(memory).load([{"id": 1}])

    named = memory.uri, repr(memory)

    assert named == ("cases", "MemoryDestination(1 records)")


def test_two_runs_take_turns() -> None:
    """Waiting ends at the time that was said."""
    memory, clock = MemoryDestination("cases"), FakeClock()

    with (
        memory.lock(wait_seconds=0, clock=clock),
        pytest.raises(DestinationBusy) as caught,
        memory.lock(wait_seconds=0, clock=clock),
    ):
        pytest.fail("two runs hold one destination")

    assert str(caught.value) == "cases: another run has held it for 0 s; try again later"


def test_a_run_that_failed_lets_the_next_one_in() -> None:
    """The lock is let go of however a run ends."""
    memory = MemoryDestination()
    loader = DataLoader(memory, wait_seconds=0)
    with pytest.raises(RecordError):
        loader.load([None])

    loader.load([{"id": 1}])

    assert memory.records == [{"id": 1}]
