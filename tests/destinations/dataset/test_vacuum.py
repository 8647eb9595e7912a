"""What a vacuum removes, and what it leaves."""

from __future__ import annotations

import os

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from destinations.dataset.conftest import NOW, Session, run_of
from etlkit import DataLoader
from etlkit.destinations import DatasetDestination
from etlkit.errors import CommitLost, ConfigurationError
from etlkit.runs.context import Load
from etlkit.testing import FakeClock


Read = Callable[[Path], list[dict[str, Any]]]
DAY = timedelta(days=1)


def at(moment: datetime) -> FakeClock:
    """A clock that shows this."""
    return FakeClock(moment)


def age(path: Path, moment: datetime) -> None:
    """Make every file look as if it was written then."""
    for each in path.rglob("*"):
        os.utime(each, (moment.timestamp(), moment.timestamp()))


def test_parts_that_were_replaced_stay_for_a_while(path: Path, read: Read) -> None:
    """A reader that began before the replace may still be at work."""
    dataset = DatasetDestination(path)
    Session(dataset, Load(run_of("1"), "append")).write([{"id": 1}]).commit()
    Session(dataset, Load(run_of("2"), "replace")).write([{"id": 2}]).commit()

    early = dataset.vacuum(DAY, clock=at(NOW + DAY / 2))
    late = dataset.vacuum(DAY, clock=at(NOW + DAY))
    again = dataset.vacuum(DAY, clock=at(NOW + DAY))

    assert (len(early), len(late), len(again)) == (0, 1, 0)
    assert read(path) == [{"id": 2}]
    assert dataset.verify() == 1


def test_what_a_dead_attempt_left_goes(path: Path, read: Read) -> None:
    """Its parts are in no entry, and nothing of it was written lately."""
    dataset = DatasetDestination(path, partition_by="id")
    Session(dataset, Load(run_of("1"), "append")).write([{"id": 1}]).commit()
    Session(dataset, Load(run_of("2"), "append")).write([{"id": 2}]).prepared()
    age(path, NOW)

    early = dataset.vacuum(DAY, clock=at(NOW + DAY / 2))
    late = dataset.vacuum(DAY, clock=at(NOW + DAY))

    assert (len(early), len(late)) == (0, 1)
    assert late[0].startswith("id=2/part-")
    assert not (path / "id=2").exists()
    assert read(path) == [{"id": 1}]


def test_an_attempt_whose_parts_went_cannot_commit(path: Path, read: Read) -> None:
    """A run that slept longer than the time given is refused, and nothing is lost."""
    dataset = DatasetDestination(path)
    late = Session(dataset, Load(run_of("1"), "append")).write([{"id": 1}])
    record = late.prepared()
    age(path, NOW)
    dataset.vacuum(DAY, clock=at(NOW + 2 * DAY))

    with pytest.raises(CommitLost, match="was removed or changed before the load was committed"):
        late.session.commit(record)

    assert read(path) == []


def test_files_of_others_stay(path: Path) -> None:
    """Only what has the name of a part is looked at."""
    dataset = DatasetDestination(path)
    DataLoader(dataset).load([{"id": 1}])
    (path / "README.txt").write_text("mine")
    (path / "part-1.jsonl").write_text("mine, too")
    age(path, NOW)

    dataset.vacuum(timedelta(), clock=at(datetime(2100, 1, 1, tzinfo=UTC)))

    assert (path / "README.txt").exists()
    assert (path / "part-1.jsonl").exists()
    assert dataset.verify() == 1


def test_hidden_leftovers_of_the_log_go(path: Path) -> None:
    """Entries that never got a number, checkpoints cut short, and fences."""
    dataset = DatasetDestination(path)
    DataLoader(dataset).load([{"id": 1}])
    log = path / "_commits"
    (log / ".entry.0123456789ab.tmp").write_text("entry")
    (log / ".checkpoint-00000000000000000001.json.0123456789ab.tmp").write_text("checkpoint")
    (log / ".entry.0123456789ac.tmp").mkdir()

    dataset.vacuum(DAY)

    assert [each.name for each in log.iterdir()] == ["00000000000000000001.json"]


def test_a_folder_that_is_no_dataset_is_left_alone(path: Path) -> None:
    """Nothing is made there either."""
    found = DatasetDestination(path).vacuum(DAY)

    assert found == []
    assert not path.exists()


@pytest.mark.parametrize("given", [5, timedelta(seconds=-1), None], ids=repr)
def test_an_age_is_a_length_of_time(given: Any, path: Path) -> None:
    """A number would leave open whether seconds or days are meant."""
    with pytest.raises(ConfigurationError, match="older_than is a timedelta such as"):
        DatasetDestination(path).vacuum(given)


def test_a_dataset_inside_of_another_one_is_left_alone(path: Path, read: Read) -> None:
    """Its parts are in a log of its own."""
    dataset, inner = DatasetDestination(path), DatasetDestination(path / "archive")
    Session(dataset, Load(run_of("1"), "append")).write([{"id": 1}]).commit()
    (path / "archive").mkdir()
    Session(inner, Load(run_of("2"), "append")).write([{"id": 2}]).commit()
    age(path, NOW - 9 * DAY)

    dataset.vacuum(DAY, clock=at(NOW + 9 * DAY))

    assert (read(path), read(path / "archive")) == ([{"id": 1}], [{"id": 2}])
