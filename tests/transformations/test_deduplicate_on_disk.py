"""Deduplicate above its budget of memory: the same records, by way of a file."""

from __future__ import annotations

import math
import sqlite3

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from hypothesis import given, settings
from hypothesis import strategies as st

from etlkit import DataLoader, ETLJob, FileSource, Quarantine, RecordsSource
from etlkit.destinations import MemoryDestination
from etlkit.errors import ConfigurationError, TransientError
from etlkit.transformations import Deduplicate, Map


HUGE = 10**9
THING = object()
KEYS: list[Any] = [
    None,
    1,
    1.0,
    True,
    "1",
    "",
    "\ud800",
    "x" * 31,
    "x" * 40,
    -1,
    10**30,
    10**60,
    math.nan,
    Decimal(1),
    date(2024, 1, 1),
    (1,),
    b"\x00",
]
VALUES: list[Any] = [*KEYS, THING, [1, {"a": (2,)}], {"a": {1: THING}}]
RECORDS = st.lists(
    st.fixed_dictionaries({"k": st.sampled_from(KEYS), "v": st.sampled_from(VALUES)}), max_size=40
)


def last_of(records: list[Any], memory_bytes: int, batch: int) -> list[Any]:
    """What is left of records that come in batches."""
    keyed, last = Deduplicate("k", keep="last", memory_bytes=memory_bytes).parts()
    pairs = [pair for record in records for pair in keyed.each(record)]  # type: ignore[union-attr]  # a record step
    batches = (pairs[start : start + batch] for start in range(0, len(pairs), batch))
    return [record for made in last.run(batches) for record in made]  # type: ignore[union-attr]  # a stage


@settings(deadline=None)
@given(RECORDS)
def test_the_first_of_each_key_is_the_same(records: list[Any]) -> None:
    """Whatever the keys are, and with each of them on disk."""
    tiny = Deduplicate("k", memory_bytes=1).apply(records)

    assert repr(tiny) == repr(Deduplicate("k", memory_bytes=HUGE).apply(records))


@settings(deadline=None)
@given(RECORDS, st.integers(1, 3000), st.integers(1, 5))
def test_the_last_of_each_key_is_the_same(
    records: list[Any], memory_bytes: int, batch: int
) -> None:
    """Records come back as they were, in the order of the last occurrences."""
    tiny = last_of(records, memory_bytes, batch)

    assert repr(tiny) == repr(last_of(records, HUGE, batch))


def test_what_cannot_be_written_is_the_same_object() -> None:
    """A record with a value of a class that is not known to us stays in memory."""
    made = last_of([{"k": n, "v": THING} for n in (1, 2, 1)], 1, 1)

    assert [(record["k"], record["v"] is THING) for record in made] == [(2, True), (1, True)]


def test_more_parts_than_are_merged_at_once_take_several_passes() -> None:
    """A thousand records of ten keys, one by one."""
    records = [{"k": n * 7919 % 10, "v": n} for n in range(1009)]

    made = last_of(records, 1, 1)

    assert made == last_of(records, HUGE, 1)


@pytest.mark.parametrize("keep", ["first", "last"])
def test_a_run_that_spills_counts_right(
    keep: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, open_files: Callable[[], int]
) -> None:
    """Duplicates are filtered, and no file is left."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("SQLITE_TMPDIR", str(tmp_path))
    before = open_files()
    records = [{"k": n % 997, "n": n} for n in range(3000)]
    destination = MemoryDestination()
    step = Deduplicate("k", keep=keep, memory_bytes=20_000)

    job = ETLJob("j", "J", RecordsSource(records), step, destination)
    result = job.execute().raise_if_failed()

    assert destination.records == (records[:997] if keep == "first" else records[-997:])
    assert sum(one.filtered for one in result.tally.steps) == 3000 - 997
    assert (open_files(), list(tmp_path.iterdir())) == (before, [])


def test_a_record_keeps_its_bytes_beside_keys_on_disk(tmp_path: Path) -> None:
    """The first of each key is decided on when it comes, so a later failure has its line."""
    path = tmp_path / "in.jsonl"
    path.write_bytes(b'{"k": 1}\n{"k":1}\n{"k": 2}\n{"k": 3}\n')
    chain = Deduplicate("k", memory_bytes=1) | Map(lambda record: {"n": 6 // (record["k"] - 2)})
    job = ETLJob("j", "J", FileSource(path), chain, MemoryDestination(), on_error=Quarantine())

    result = job.execute()

    assert [(one.record_no, one.raw) for one in result.rejections] == [(3, b'{"k": 2}')]
    assert (result.rows_loaded, result.tally.steps[0].filtered) == (2, 1)


@pytest.mark.parametrize("keep", ["first", "last"])
def test_nothing_is_left_of_a_run_that_fails(
    keep: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, open_files: Callable[[], int]
) -> None:
    """When what comes before it raises, after something was on disk."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("SQLITE_TMPDIR", str(tmp_path))
    before = open_files()

    def failing() -> Iterator[Any]:
        yield from ({"k": n} for n in range(5000))
        raise RuntimeError

    step = Deduplicate("k", keep=keep, memory_bytes=1000)
    result = ETLJob("j", "J", RecordsSource(failing), step, MemoryDestination()).execute()

    assert result.status.name == "FAILED"
    assert (open_files(), list(tmp_path.iterdir())) == (before, [])


def test_nothing_is_left_of_an_abandoned_deduplicate(open_files: Callable[[], int]) -> None:
    """Closing the iterator closes the files."""
    before = open_files()
    keyed, last = Deduplicate("k", keep="last", memory_bytes=1).parts()
    pairs = [[pair] for n in range(3000) for pair in keyed.each({"k": n})]  # type: ignore[union-attr]  # a record step

    iterator = last.run(iter(pairs))  # type: ignore[union-attr]  # a stage
    next(iterator)
    during = open_files()
    iterator.close()  # type: ignore[attr-defined]  # a generator

    assert during > before
    assert open_files() == before


def test_a_preview_leaves_nothing_open(open_files: Callable[[], int]) -> None:
    """It takes a few records, and forgets what it saw."""
    before = open_files()
    source = RecordsSource([{"k": n} for n in range(100)])
    job = ETLJob("j", "J", source, Deduplicate("k", memory_bytes=1), DataLoader("memory:"))

    job.preview(5)

    assert open_files() == before


def test_a_full_disk_ends_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is no fault of a record, though a record was at hand: none is rejected for it."""

    def full(**_: object) -> None:
        message = "database or disk is full"
        raise sqlite3.OperationalError(message)

    monkeypatch.setattr("etlkit.transformations.spilling.seen_keys.temporary_database", full)
    job = ETLJob(
        "j",
        "J",
        RecordsSource([{"k": 1}, {"k": 2}]),
        Deduplicate("k", memory_bytes=1),
        MemoryDestination(),
        on_error=Quarantine(),
    )

    result = job.execute()

    with pytest.raises(TransientError) as caught:
        result.raise_if_failed()
    assert result.rejections == ()
    assert str(caught.value) == (
        "the temporary database of Deduplicate(by k) failed: OperationalError: database or disk "
        "is full; is the folder for temporary files full? TMPDIR names another one"
    )


def test_a_full_disk_is_no_fault_of_the_last_record(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same words as for other steps that go to disk."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("etlkit.transformations.spilling.runs._write_all", full)

    with pytest.raises(TransientError) as caught:
        last_of([{"k": 1}, {"k": 2}], 1, 1)

    assert str(caught.value) == (
        "the temporary file of Deduplicate(by k) failed: OSError: [Errno 28] No space left on "
        "device; is the folder for temporary files full? TMPDIR names another one"
    )


def test_memory_bytes_is_a_number() -> None:
    """Else the line of the user is named."""
    with pytest.raises(ConfigurationError) as caught:
        Deduplicate("k", memory_bytes=0)

    assert str(caught.value).startswith(
        "Deduplicate: memory_bytes is a number of bytes, got 0 (test_deduplicate_on_disk.py:"
    )
