"""Loads that die, and loads that race: nothing lost, nothing doubled."""

from __future__ import annotations

import os
import signal
import sys

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from attrs import frozen

from etlkit import DataLoader, ETLJob, FileSource, JobResult, RecordsSource, RetryPolicy
from etlkit._files import effects
from etlkit.destinations import DatasetDestination
from etlkit.testing.processes import KILLED, run, start


OLD = [{"id": number, "part": number % 2} for number in range(3)]
NEW = [{"id": number, "part": number % 2} for number in range(10, 17)]
RACERS = 8


@frozen
class Work:
    """A load of new records into a dataset that holds old ones."""

    folder: Path
    mode: str
    options: dict[str, Any]

    @property
    def dataset(self) -> DatasetDestination:
        """The destination."""
        return DatasetDestination(self.folder, **self.options)

    def load(self, key: str = "key", retry: RetryPolicy | None = None) -> JobResult:
        """Load the new records."""
        loader = DataLoader(self.dataset, self.mode)
        return ETLJob("job", "Job", RecordsSource(NEW), [], loader, retry=retry).execute(
            run_key=key
        )

    def read(self) -> list[int]:
        """The ids that a reader sees."""
        return sorted(int(record["id"]) for record in FileSource(self.folder).records())


def ids(*records: list[dict[str, int]]) -> list[int]:
    """The ids in lists of records."""
    return sorted(record["id"] for each in records for record in each)


def effects_of(work: Work, notes: Path) -> int:
    """How often a load is about to change a file."""

    def counted() -> None:
        seen: list[str] = []
        effects.before_each(lambda effect, _: seen.append(effect))
        work.load().raise_if_failed()
        sys.stdout.write(str(len(seen)))

    ending = run(counted, notes)
    assert ending.status == 0, ending.complaints
    return int(ending.output)


def killed_at(work: Work, number: int, notes: Path) -> int:
    """How a load ends that is killed at its change of this number."""

    def dying() -> None:
        left = iter(range(number))

        def die(_: str, __: str | int) -> None:
            if next(left, None) is None:
                os.kill(os.getpid(), signal.SIGKILL)

        effects.before_each(die)
        work.load().raise_if_failed()

    return run(dying, notes).status


def violations(make: Callable[[], Work], notes: Path, after: list[int]) -> Iterator[str]:
    """What is wrong when a load is killed at any change of a file, and done again."""
    points = effects_of(make(), notes)
    assert points > 10
    for number in range(points):
        work = make()
        status = killed_at(work, number, notes)
        if status != KILLED:
            yield f"{number}: ended with {status}"
        if work.read() not in (ids(OLD), after):
            yield f"{number}: a reader sees {work.read()}"
        statuses = [str(work.load().status) for _ in range(2)]
        if "failed" in statuses or statuses[1] != "skipped":
            yield f"{number}: the next runs ended as {statuses}"
        if work.read() != after:
            yield f"{number}: in the end there are {work.read()}"
        work.dataset.verify()


@pytest.mark.parametrize(
    ("mode", "options", "after"),
    [
        ("append", {"compression": "gzip"}, ids(OLD, NEW)),
        ("replace", {"format": "csv"}, ids(NEW)),
        ("replace-partition", {"partition_by": "part", "max_records": 2}, ids(NEW)),
    ],
    ids=["append", "replace", "replace-partition"],
)
def test_killed_before_any_change_of_a_file(
    mode: str, options: dict[str, Any], after: list[int], tmp_path: Path
) -> None:
    """Readers see the old state or the new one, and the same key loads once."""
    folders = (tmp_path / f"dataset-{number}" for number in range(1000))

    def make() -> Work:
        work = Work(next(folders), mode, options)
        DataLoader(work.dataset).load(OLD)
        return work

    found = list(violations(make, tmp_path, after))

    assert found == []


def raced(work: Work, notes: Path, load: Callable[[int], JobResult]) -> list[str]:
    """How loads end that several processes do at once."""

    def once(number: int) -> Callable[[], object]:
        return lambda: sys.stdout.write(load(number).status.value)

    racers = [start(once(number), notes, name=f"racer{number}") for number in range(RACERS)]
    endings = [racer.ended() for racer in racers]
    assert [each.status for each in endings] == [0] * RACERS, endings
    return sorted(each.output.strip() for each in endings)


@pytest.fixture(params=["with the lock", "without the lock"])
def lock(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lock saves work; what is promised holds without it."""
    if request.param == "without the lock":
        monkeypatch.setattr(DatasetDestination, "lock", lambda *_, **__: nullcontext())


@pytest.mark.usefixtures("lock")
def test_one_key_in_many_processes_loads_once(tmp_path: Path) -> None:
    """The others find that it was done, or lose the race."""
    work = Work(tmp_path / "dataset", "append", {})

    statuses = raced(work, tmp_path, lambda _: work.load())

    assert statuses.count("completed") == 1
    assert work.read() == ids(NEW)
    assert work.dataset.verify() == 1


@pytest.mark.usefixtures("lock")
def test_many_keys_in_many_processes_all_load(tmp_path: Path) -> None:
    """Appends have no quarrel: each takes the next number."""
    work = Work(tmp_path / "dataset", "append", {"partition_by": "part"})

    statuses = raced(work, tmp_path, lambda number: work.load(f"key {number}"))

    assert statuses == ["completed"] * RACERS
    assert work.read() == ids(*[NEW] * RACERS)
    assert len(list(work.dataset.commits())) == RACERS


@pytest.mark.usefixtures("lock")
def test_many_replaces_in_many_processes_take_turns(tmp_path: Path) -> None:
    """One that lost the race is tried again by its retry policy."""
    work = Work(tmp_path / "dataset", "replace", {})
    retry = RetryPolicy(max_attempts=50, initial=0.01, factor=1.0)

    statuses = raced(work, tmp_path, lambda number: work.load(f"key {number}", retry))

    assert statuses == ["completed"] * RACERS
    assert work.read() == ids(NEW)
    assert len(list(work.dataset.commits())) == RACERS
