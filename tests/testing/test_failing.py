"""A source and a destination that fail when a test says so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from etlkit import ETLJob, ETLPipelineService, JobResult, RecordsSource, RetryPolicy
from etlkit.destinations import DatasetDestination, Destination, LoadSession
from etlkit.errors import ConfigurationError, SchemaError
from etlkit.testing import (
    DestinationConformance,
    FailingDestination,
    FailingSource,
    FakeClock,
    assert_records,
)
from etlkit.testing.failing import _FailingSession


RECORDS = [{"id": 1}, {"id": 2}, {"id": 3}]


def run(source: Any, destination: Any, **options: Any) -> JobResult:
    """A run with the usual four attempts."""
    options = {"retry": RetryPolicy(), "clock": FakeClock(), **options}
    return ETLJob("j", "J", source, None, destination, **options).execute()


def test_a_source_fails_after_some_records() -> None:
    """Nothing of what it gave before is loaded."""
    source = FailingSource("id:int\n1\n2\n3", after=2, times=None)
    iterator = source.records()

    given = [next(iterator), next(iterator)]
    result = run(source, "memory:", retry=None)

    assert given == [{"id": 1}, {"id": 2}]
    assert result.rows_loaded == 0
    assert result.errors[0].startswith(
        "ConnectionError: FailingSource fails, as the test asked for; while reading FailingSource"
    )


def test_a_source_fails_as_often_as_it_is_told() -> None:
    """Then it gives everything, so that a retry succeeds."""
    source = FailingSource(RECORDS, times=3)
    clock = FakeClock()

    result = run(source, "memory:", clock=clock)

    assert result.rows_loaded == 3
    assert clock.sleeps == [1.0, 2.0, 4.0]
    assert source.readings == 4


def test_a_source_that_fails_at_its_end_has_given_everything() -> None:
    """As when a connection breaks before the last word."""
    iterator = FailingSource(RECORDS).records()

    given = [next(iterator) for _ in RECORDS]

    assert given == RECORDS
    with pytest.raises(ConnectionError):
        next(iterator)


@pytest.mark.parametrize(
    ("at", "calls"), [("check", 0), ("open", 0), ("write", 1), ("prepare", 1), ("commit", 1)]
)
def test_a_destination_fails_at_a_place(at: Any, calls: int) -> None:
    """Nothing is loaded until it works, and then everything once."""
    destination = FailingDestination(at, times=2)
    source = FailingSource(RECORDS, times=0)

    result = run(source, destination)

    assert_records(destination.records, RECORDS)
    assert [len(result.attempts), destination.failed] == [3, 2]
    assert source.readings == 1 + 2 * calls


def test_a_reply_that_gets_lost_is_asked_for() -> None:
    """The load is there, which the next look finds, so nothing is loaded twice."""
    destination = FailingDestination("reply")

    result = run(RecordsSource(RECORDS), destination)

    assert_records(destination.records, RECORDS)
    assert result.rows_loaded == 3
    assert destination.failed == 1


def test_what_fails_may_be_said_anew() -> None:
    """One destination serves a test that has several parts."""
    destination = FailingDestination("prepare", times=0)
    first = run(RecordsSource(RECORDS), destination)
    destination.fail("open", error=SchemaError("no such column"), times=None)

    second = run(RecordsSource([{"id": 4}]), destination)

    assert [first.rows_loaded, second.rows_loaded] == [3, 0]
    assert second.errors == ("no such column",)
    assert_records(destination.records, RECORDS)


@pytest.mark.parametrize(
    "error",
    [OSError(28, "no space"), lambda: OSError(28, "no space")],
    ids=["an exception", "a function"],
)
def test_an_error_is_a_new_one_each_time(error: Any) -> None:
    """What one attempt notes on it is not on that of the next one."""
    result = run(RecordsSource(RECORDS), FailingDestination(error=error, times=None))

    assert [attempt.error for attempt in result.attempts] == ["OSError: [Errno 28] no space"] * 4


def test_it_loads_into_another_destination(tmp_path: Path) -> None:
    """Whose guarantees it has."""
    folder = tmp_path / "cases"
    destination = FailingDestination("commit", into=DatasetDestination(folder))
    service = ETLPipelineService(tmp_path / "state", clock=FakeClock())
    service.create_pipeline("Cases", RecordsSource(RECORDS), None, destination)

    service.run("cases", run_key="1")

    (file,) = folder.glob("*.jsonl")
    assert file.read_bytes().count(b"\n") == 3
    with pytest.raises(ConfigurationError, match="keeps no records in memory; read them from"):
        _ = destination.records


class TestOfTheOther(DestinationConformance):
    """When it does not fail, it keeps every promise of the other."""

    def destination(self, folder: Path) -> Destination:
        """A dataset."""
        return FailingDestination(times=0, into=DatasetDestination(folder / "out"))

    def read(self, folder: Path) -> list[dict[str, Any]]:
        """What the dataset holds."""
        from etlkit import FileSource

        out = folder / "out"
        return FileSource(out).extract() if out.exists() else []


@pytest.mark.parametrize(
    ("ours", "contract"),
    [(FailingDestination, Destination), (_FailingSession, LoadSession)],
    ids=["destination", "session"],
)
def test_nothing_of_the_contract_is_left_out(ours: type, contract: type) -> None:
    """A method that it did not pass on would be that of no destination at all."""
    promised = {name for name in vars(contract) if not name.startswith("_")}

    assert promised - set(vars(ours)) <= {"modes", "default_mode", "lasting"}


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (
            lambda: FailingDestination("commits"),  # type: ignore[arg-type]  # the mistake
            (
                "FailingDestination: at is one of 'check', 'open', 'write', 'prepare', 'commit', "
                "'reply', got 'commits'; did you mean 'commit'?"
            ),
        ),
        (
            lambda: FailingDestination(into="out.jsonl"),  # type: ignore[arg-type]  # the mistake
            "FailingDestination: into is a Destination, got 'out.jsonl'",
        ),
        (
            lambda: FailingDestination(times=-1),
            "FailingDestination: times is a whole number from 0 on, got -1",
        ),
        (
            lambda: FailingSource([], error="no"),  # type: ignore[arg-type]  # the mistake
            "FailingSource: error is an exception, or makes one, got 'no'",
        ),
        (
            lambda: FailingSource([], after=True),
            "FailingSource: after is a whole number from 0 on, got True",
        ),
        (
            lambda: FailingSource({"id": 1}),  # type: ignore[arg-type]  # the mistake
            ("FailingSource takes an iterable of dicts, got dict; put a single record into a list"),
        ),
    ],
    ids=["a place", "a path", "a number", "an error", "a bool", "one record"],
)
def test_what_cannot_be_meant_is_refused(make: Any, words: str) -> None:
    """The message says what is possible."""
    with pytest.raises(ConfigurationError) as caught:
        make()

    assert str(caught.value) == words
