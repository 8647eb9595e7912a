"""Records that stay in memory."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from etlkit import DataLoader, ETLJob, JobStatus, RecordsSource
from etlkit.destinations import MemoryDestination
from etlkit.errors import CommitLost, DestinationBusy, RecordError
from etlkit.records import Batch, Origin, OutBatch
from etlkit.runs import CommitRecord, Load, RunContext, Tally
from etlkit.runs.context import random_mark
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


# -- the commit records beside the records


def job_into(memory: MemoryDestination, mode: str, *numbers: int) -> ETLJob:
    """A job that loads a few records."""
    source = RecordsSource([{"id": number} for number in numbers])
    return ETLJob("j", "J", source, None, DataLoader(memory, mode))


@pytest.mark.parametrize("mode", ["replace", "append"])
def test_a_run_key_is_loaded_once(mode: str) -> None:
    """The second run of a key is skipped, for as long as the object lives."""
    memory = MemoryDestination()
    results = [job_into(memory, mode, 1).execute(key) for key in ("monday", "monday", "tuesday")]

    assert [str(result.status) for result in results] == ["completed", "skipped", "completed"]
    assert memory.records == [{"id": 1}] * (1 if mode == "replace" else 2)
    assert [record.run.run_key for record in memory.commits()] == ["monday", "tuesday"]


def test_who_sets_the_records_starts_over() -> None:
    """The keys go with the records that they were loaded with."""
    memory = MemoryDestination()
    job = job_into(memory, "append", 1)
    job.execute("monday")
    memory.records = []

    result = job.execute("monday")

    assert (result.rows_loaded, memory.records) == (1, [{"id": 1}])


def session_of(memory: MemoryDestination, key: str, mode: Any, **more: Any) -> Any:
    """A load of one record, and the commit record that would publish it."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    run = RunContext("j", f"run {key}", key, 1, random_mark(), now)
    session = memory.open(Load(run, mode))
    session.write(OutBatch([{"key": key}], Batch([], Origin("x"), 1, dict)))
    return session, CommitRecord(run, mode, session.prepare(), Tally(), None, now, **more)


@pytest.mark.parametrize(("mode", "key"), [("append", "one"), ("replace", "other")])
def test_a_run_that_another_one_overtook_is_lost(mode: str, key: str) -> None:
    """It had the same key, or would take away what it has not seen; the lock is not needed."""
    memory = MemoryDestination("cases")
    late, record = session_of(memory, key, mode)
    early, earlier = session_of(memory, "one", "append")
    early.commit(earlier)

    with pytest.raises(CommitLost) as caught:
        late.commit(record)

    assert str(caught.value) == "cases: another run has committed meanwhile; run it again"
    assert memory.records == [{"key": "one"}]
    assert (early.committed, late.committed) == (True, False)


def test_a_forced_load_takes_the_place_of_the_earlier_one() -> None:
    """What other loads have added stays."""
    memory = MemoryDestination()
    memory.records = [{"key": "before"}]
    first, earlier = session_of(memory, "one", "append")
    first.commit(earlier)
    second, other = session_of(memory, "other", "append")
    second.commit(other)
    forced, record = session_of(memory, "one", "append", supersedes=(earlier.run.nonce,))

    forced.commit(record)

    assert [each["key"] for each in memory.records] == ["before", "other", "one"]
    assert list(memory.commits()) == [other, record]
    assert memory.find_commit(earlier.run) is record


def test_the_keys_of_the_latest_thousand_runs_are_known() -> None:
    """A service that runs for months does not keep them all."""
    memory = MemoryDestination()
    job = ETLJob("job", "Job", RecordsSource([{"id": 1}]), None, memory)
    job.execute("first")
    job.execute("second")

    results = [job.execute(f"key {number}") for number in range(999)]

    assert all(result.status is JobStatus.COMPLETED for result in results)
    assert job.execute("second").status is JobStatus.SKIPPED
    assert job.execute("first").status is JobStatus.COMPLETED
    assert len(list(memory.commits())) == 1000
