"""Loads that cannot be written: the message says why, and the dataset is as it was."""

from __future__ import annotations

import errno
import os

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from destinations.dataset.conftest import Session, batch_of, run_of
from etlkit import DataLoader, ETLJob, FileSource, RecordsSource
from etlkit._files import effects
from etlkit.destinations import DatasetDestination
from etlkit.errors import ConfigurationError, DestinationBusy, DestinationUnavailable
from etlkit.runs.context import Load
from etlkit.testing import FakeClock


Files = Callable[[Path], list[str]]


@contextmanager
def failing(effect: str, error: int) -> Iterator[None]:
    """Let an effect fail from now on, for files of this dataset's parts and log."""

    def fail(name: str, _: str | int) -> None:
        if name == effect:
            raise OSError(error, os.strerror(error))

    effects.before_each(fail)
    try:
        yield
    finally:
        effects.before_each(None)


def test_a_file_is_no_place_for_a_dataset(path: Path) -> None:
    """It is refused before anything is read."""
    path.write_text("mine")

    with pytest.raises(ConfigurationError) as caught:
        DataLoader(DatasetDestination(path)).load([])

    assert str(caught.value) == (
        f"{path}: is a file, so no dataset can be there; pass the path of a folder"
    )


def test_a_file_with_a_slash_behind_its_name_is_no_place_either(path: Path) -> None:
    """The message says what may be meant, and nothing is tried again."""
    path.write_text("mine")
    job = ETLJob("sales", "Sales", RecordsSource([{"id": 1}]), [], DataLoader(f"{path}/"))

    result = job.execute()

    assert len(result.attempts) == 1
    assert result.errors[0] == (
        f"{path}/: is a file, so no dataset can be there; pass the path of a folder, or "
        f"'{path}' to write the file"
    )


def test_a_dataset_that_is_held_is_named(path: Path) -> None:
    """And not the folder of its log."""
    dataset = DatasetDestination(path)
    clock = FakeClock()

    with dataset.lock(wait_seconds=0, clock=clock), pytest.raises(DestinationBusy) as caught:
        dataset.lock(wait_seconds=0, clock=clock).__enter__()

    assert str(caught.value) == f"{path}: another run has held it for 0 s; try again later"


def test_the_folder_above_has_to_exist(path: Path) -> None:
    """A misspelt path makes no tree of folders."""
    with pytest.raises(ConfigurationError) as caught:
        DataLoader(DatasetDestination(path / "2024")).load([])

    assert str(caught.value) == f"{path}/2024: the folder {path} does not exist; make it first"


def test_a_folder_with_other_files_is_refused(path: Path) -> None:
    """Once it had a log, readers would not find these files any more."""
    path.mkdir()
    (path / "old.jsonl").write_text("{}\n")

    with pytest.raises(ConfigurationError) as caught:
        DataLoader(DatasetDestination(path)).load([])

    assert str(caught.value) == (
        f"{path}: holds files such as 'old.jsonl' and no commit log, so it is no dataset, and "
        "readers would no longer find these files if it became one; pass a folder of its own"
    )


def test_a_folder_that_may_not_be_written_is_refused(
    reachable: Path, unprivileged: Callable[[str], str]
) -> None:
    """It is refused before anything is read."""
    folder = reachable / "sales"
    folder.mkdir(mode=0o755)
    look = "__import__('etlkit.destinations').destinations.DatasetDestination"

    found = unprivileged(f"{look}({str(folder)!r}).check()")

    assert found == f"AccessDenied: {folder}: this process may not write into the folder {folder}"


@pytest.mark.parametrize("effect", ["create", "write", "fsync", "link"])
def test_a_full_disk_leaves_the_dataset_as_it_was(effect: str, path: Path, files: Files) -> None:
    """The run may be tried again; nothing of the failed one is left."""
    dataset = DatasetDestination(path, partition_by="id")
    DataLoader(dataset).load([{"id": 1}])
    before = files(path)
    session = Session(dataset, Load(run_of("k"), "append"))

    with failing(effect, errno.ENOSPC), pytest.raises(DestinationUnavailable) as caught:
        session.write([{"id": 2}]).commit()

    session.session.abort()
    assert str(caught.value).endswith(
        ": cannot be written: No space left on device; it was left as it was"
    )
    assert not session.session.committed
    assert files(path) == before
    assert FileSource(path).extract() == [{"id": 1}]


def test_a_file_system_without_links_is_told(path: Path) -> None:
    """There is no other way to take a number that nobody else has."""
    session = Session(DatasetDestination(path), Load(run_of("k"), "append")).write([{"id": 1}])
    record = session.prepared()

    with failing("link", errno.EPERM), pytest.raises(ConfigurationError) as caught:
        session.session.commit(record)

    assert str(caught.value) == (
        f"{path}/_commits: this file system has no hard links, by which a commit takes its number, "
        "so no dataset can be written there; use another disk, or a single file"
    )


@pytest.mark.parametrize("by", [(), ("group",)], ids=["plain", "partitioned"])
def test_all_results_of_a_record_are_refused_or_none(by: Any, path: Path) -> None:
    """One that the format refuses takes its siblings with it, in whatever partition they go."""
    dataset = DatasetDestination(path, format="csv", partition_by=by)
    records = [{"group": "a"}, {"group": "a"}, {"group": "b", "more": 1}, {"group": "b"}]
    batch = batch_of(dataset, records, numbers=[1, 2, 2, 3])
    session = Session(dataset, Load(run_of("k"), "append"))

    refused = session.session.write(batch)

    session.commit()
    assert sorted(each.position for each in refused) == [1, 2]
    assert FileSource(path).extract() == [{"group": "a"}, {"group": "b"}]


def test_what_would_be_refused_can_be_asked_before(path: Path) -> None:
    """A batch that was screened and is clean is encoded once."""
    dataset = DatasetDestination(path, format="csv", partition_by="group")
    session = Session(dataset, Load(run_of("k"), "append"))
    bad = batch_of(dataset, [{"group": "a"}, {"group": "b", "more": 1}])
    good = batch_of(dataset, [{"group": "a"}])

    refused = session.session.screen(bad)
    clean = session.session.screen(good)
    taken = session.session.write(good)

    session.commit()
    assert [each.position for each in refused] == [1]
    assert (list(clean), list(taken)) == ([], [])
    assert FileSource(path).extract() == [{"group": "a"}]
