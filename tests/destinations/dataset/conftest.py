"""Datasets with a few loads in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from attrs import evolve

from etlkit import FileSource
from etlkit.destinations import DatasetDestination
from etlkit.records import Batch, Origin, OutBatch, own
from etlkit.runs.commit import CommitRecord, Position
from etlkit.runs.context import Load, RunContext
from etlkit.runs.inputs import InputFile
from etlkit.runs.tally import Tally


NOW = datetime(2024, 6, 1, tzinfo=UTC)
_ATTEMPTS = count(1)


def run_of(key: str, job_id: str = "sales") -> RunContext:
    """A new attempt at some work."""
    number = next(_ATTEMPTS)
    return RunContext(job_id, f"run-{number}", key, 1, f"{number:012x}", NOW)


def batch_of(
    destination: DatasetDestination,
    records: Iterable[dict[str, Any]],
    *,
    origin: str = "records",
    numbers: list[int] | None = None,
    derived: bool = False,
) -> OutBatch:
    """Records as a kernel hands them over."""
    encode = destination.encoder().encode
    items = [encode(record) for record in records]
    source = Batch(items, Origin(origin, derived=derived), 1, own)
    return OutBatch(items, source, numbers=numbers)


class Session:
    """One load, step by step."""

    def __init__(self, destination: DatasetDestination, load: Load) -> None:
        self.load = load
        self.destination = destination
        self.session = destination.open(load)

    def write(self, records: Iterable[dict[str, Any]], **about: Any) -> Session:
        """Write a batch that nothing of is refused."""
        assert self.session.write(batch_of(self.destination, records, **about)) == []
        return self

    def prepared(self, *, again: Iterable[str] = ()) -> CommitRecord:
        """The record that would be committed."""
        written = self.session.prepare()
        inputs = tuple(InputFile(str(uri), again=True) for uri in again)
        tally = Tally(read=written.records, loaded=written.records)
        record = CommitRecord(self.load.run, self.load.mode, written, tally, None, NOW)
        return evolve(record, supersedes=self.load.supersedes, position=Position(inputs))

    def commit(self, *, again: Iterable[str] = ()) -> CommitRecord:
        """Commit it."""
        record = self.prepared(again=again)
        self.session.commit(record)
        return record


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a dataset may be made."""
    return tmp_path / "sales"


@pytest.fixture
def read() -> Callable[[Path], list[dict[str, Any]]]:
    """The records that a source finds."""
    return lambda path: FileSource(path).extract()


@pytest.fixture
def files() -> Callable[[Path], list[str]]:
    """The names of everything below a folder, hidden or not."""

    def below(folder: Path) -> list[str]:
        return sorted(
            each.relative_to(folder).as_posix() for each in folder.rglob("*") if each.is_file()
        )

    return below
