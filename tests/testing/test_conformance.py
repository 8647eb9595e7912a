"""The tests that users inherit, on destinations of our own and on some that break promises."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import pytest

from etlkit import FileSource
from etlkit.destinations import DatasetDestination, Destination, FileDestination, LoadSession
from etlkit.records import OutBatch
from etlkit.runs import CommitRecord, Load, Part, Written
from etlkit.testing import DestinationConformance, KillSweep, kill_sweep


def stored(path: Path) -> list[dict[str, object]]:
    """What a reader finds, whether there is a destination yet or none."""
    return FileSource(path).extract() if path.exists() else []


class OfADataset:
    """A dataset folder."""

    def destination(self, folder: Path) -> DatasetDestination:
        """One that is partitioned, so that a record without the field is refused."""
        return DatasetDestination(folder / "out", partition_by="name")

    def read(self, folder: Path) -> list[dict[str, object]]:
        """By the commit log."""
        return stored(folder / "out")


class TestDataset(OfADataset, DestinationConformance):
    """Every promise of a destination, of a dataset that is appended to."""

    refused: ClassVar = {"id": 99}


class TestReplacedDataset(OfADataset, DestinationConformance):
    """Every promise of a destination, of a dataset that is replaced."""

    mode = "replace"


class TestKilledDataset(OfADataset, KillSweep):
    """Killed at some points; the torture tests try more."""

    points = 6


class OfAFile:
    """A file of lines."""

    mode = "replace"

    def destination(self, folder: Path) -> FileDestination:
        """A file."""
        return FileDestination(folder / "out.jsonl")

    def read(self, folder: Path) -> list[dict[str, object]]:
        """The lines."""
        return stored(folder / "out.jsonl")


class TestKilledFile(OfAFile, KillSweep):
    """Killed at some points."""

    points = 6


class TestKilledFileFromWithin(OfAFile, KillSweep):
    """Killed by itself, as where strace is missing."""

    points = 4

    @pytest.fixture(autouse=True)
    def _without_strace(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(kill_sweep, "tracing", lambda: False)


class Heap(Destination):
    """Records in a list, which knows no key."""

    uri = "heap"

    def __init__(self) -> None:
        self.records: list[dict[str, object]] = []

    def open(self, load: Load) -> HeapSession:
        """Begin a load."""
        return HeapSession(self.records)


class HeapSession(LoadSession):
    """What will be put upon the heap."""

    def __init__(self, records: list[dict[str, object]]) -> None:
        self.records = records
        self.new: list[dict[str, object]] = []

    def write(self, batch: OutBatch) -> tuple[()]:
        """Take all of them."""
        self.new += batch.items
        return ()

    def prepare(self) -> Written:
        """Say how many."""
        return Written([Part("heap", len(self.new))])

    def commit(self, record: CommitRecord) -> None:
        """Put them there."""
        self.records += self.new

    def abort(self) -> None:
        """Forget them."""


class Forgetting(DestinationConformance):
    """What is said of the heap."""

    def __init__(self) -> None:
        self.heap = Heap()

    def destination(self, folder: Path) -> Heap:
        """The same one for each run of a test."""
        return self.heap

    def read(self, folder: Path) -> list[dict[str, object]]:
        """What it holds."""
        return self.heap.records


def test_a_key_that_loads_twice_is_named(tmp_path: Path) -> None:
    """The message has the promise, and what there is too much of."""
    tests = Forgetting()

    with pytest.raises(AssertionError) as caught:
        tests.test_the_same_key_loads_once(tmp_path)

    promise, detail = str(caught.value).splitlines()
    assert promise == "promise broken: the same run key loads once, whoever repeats it."
    assert detail.startswith('after a second run: 16 record(s) instead of 8; too many: {"id":0,')
    assert detail.endswith("and 5 more")
