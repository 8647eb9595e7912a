"""Incremental sources into datasets whose parts are of one file each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from attrs import evolve

from destinations.dataset.conftest import Session, run_of
from etlkit import FileSource
from etlkit.destinations import DatasetDestination
from etlkit.records import OutBatch
from etlkit.runs.commit import Position
from etlkit.runs.context import Load


Loaded = Callable[[], list[Any]]


@pytest.fixture
def inbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of files that is given by a relative path."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "inbox"
    folder.mkdir()
    (folder / "a.jsonl").write_text('{"a":1}\n{"a":2}\n')
    (folder / "b.jsonl").write_text('{"b":1}\n')
    return folder


@pytest.fixture
def load(inbox: Path, path: Path) -> Loaded:
    """Loads what the committed loads have not read, and returns what readers find then."""
    dataset = DatasetDestination(path, by_source=True)

    def once() -> list[Any]:
        known = Position()
        for record in dataset.commits():
            known = known.then(record.position)
        source = FileSource("inbox", incremental=True)
        reading = source.reading(known, supersedes=dataset.supersedes_files("append"))
        session = Session(dataset, Load(run_of(f"key {len(list(dataset.commits()))}"), "append"))
        encode = dataset.encoder().encode
        for batch in reading.batches():
            items = [encode(batch.decode(item)) for item in batch.items]
            assert session.session.write(OutBatch(items, batch)) == []
        record = session.prepared()
        session.session.commit(evolve(record, position=reading.position()))
        return FileSource(path).extract()

    return once


def test_a_changed_file_replaces_its_earlier_records(inbox: Path, load: Loaded) -> None:
    """Those of the other file stay where they are."""
    load()
    (inbox / "a.jsonl").write_text('{"a":1}\n{"a":3}\n{"a":4}\n')

    found = load()

    assert found == [{"b": 1}, {"a": 1}, {"a": 3}, {"a": 4}]


def test_a_new_file_is_added(inbox: Path, load: Loaded) -> None:
    """What was read before is not read again."""
    load()
    (inbox / "c.jsonl").write_text('{"c":1}\n')

    found = load()

    assert found == [{"a": 1}, {"a": 2}, {"b": 1}, {"c": 1}]


def test_a_dataset_is_read_as_far_as_it_was_added_to(path: Path, inbox: Path, load: Loaded) -> None:
    """Parts never change, so an incremental source of a dataset reads the new ones."""
    load()
    source = FileSource(path, incremental=True)
    first = source.reading(Position())
    list(first.batches())
    (inbox / "c.jsonl").write_text('{"c":1}\n')
    load()

    later = source.reading(first.position())

    assert [item for batch in later.batches() for item in batch.items] == [b'{"c":1}']


def test_an_empty_dataset_has_nothing_new(path: Path) -> None:
    """It is no missing folder."""
    (path / "_commits").mkdir(parents=True)
    reading = FileSource(path, incremental=True).reading(Position())

    found = [item for batch in reading.batches() for item in batch.items]

    assert found == []
