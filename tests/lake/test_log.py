"""The commit log: numbered entries, and a checkpoint that saves reading them."""

from __future__ import annotations

import shutil

from collections.abc import Callable
from pathlib import Path

import pytest

from destinations.dataset.conftest import Session, run_of
from etlkit import DataLoader, FileSource
from etlkit.destinations import DatasetDestination
from etlkit.errors import CorruptState, SourceNotFound
from etlkit.lake import CommitLog, log
from etlkit.runs.context import Load


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a dataset may be made."""
    return tmp_path / "sales"


@pytest.fixture
def load(path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Adds loads of one record each; each tenth makes a checkpoint."""
    monkeypatch.setattr(log, "CHECKPOINT_ENTRIES", 10)

    def add(*numbers: int) -> None:
        for number in numbers:
            session = Session(DatasetDestination(path), Load(run_of(f"key {number}"), "append"))
            session.write([{"id": number}]).commit()

    return add


def ids(path: Path) -> list[int]:
    """The records that a source finds."""
    return [record["id"] for record in FileSource(path).records()]


def parts_of(path: Path) -> list[str]:
    """The names of the parts, in the order of their loads."""
    return [record.written.parts[0].name for record in CommitLog(str(path)).records()]


def checkpoints(path: Path) -> list[str]:
    """The names of the checkpoints."""
    return sorted(each.name for each in path.glob("_commits/*checkpoint*"))


def test_a_checkpoint_takes_the_place_of_the_one_before(
    path: Path, load: Callable[..., None]
) -> None:
    """There is one, and it covers all entries but the last few."""
    load(*range(25))

    assert checkpoints(path) == ["checkpoint-00000000000000000020.json"]
    assert ids(path) == list(range(25))


def test_entries_behind_a_checkpoint_are_not_read(path: Path, load: Callable[..., None]) -> None:
    """A long log is not read from its beginning by each run."""
    load(*range(12))
    (path / "_commits/00000000000000000003.json").write_text("damaged")

    found = ids(path)

    assert found == list(range(12))


def test_the_whole_log_is_looked_at_on_request(path: Path, load: Callable[..., None]) -> None:
    """An entry that does not verify is named, wherever it stands."""
    load(*range(12))
    entry = path / "_commits/00000000000000000003.json"
    entry.write_text("damaged")

    with pytest.raises(CorruptState, match=f"^{entry}: does not verify as a commit record"):
        DatasetDestination(path).verify()


def test_a_key_is_found_behind_a_checkpoint(path: Path, load: Callable[..., None]) -> None:
    """The checkpoint knows which entry to read."""
    load(*range(12))

    found = DatasetDestination(path).find_commit(run_of("key 2"))

    assert found is not None
    assert found.run.run_key == "key 2"


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:-20],
        lambda data: data.replace(b'"head":10', b'"head":11'),
        lambda data: b"",
        lambda data: b"[]",
    ],
    ids=["cut", "changed", "empty", "list"],
)
def test_a_damaged_checkpoint_is_as_good_as_none(
    damage: Callable[[bytes], bytes], path: Path, load: Callable[..., None]
) -> None:
    """The entries are all there, so the log is read from its beginning."""
    load(*range(12))
    file = path / "_commits/checkpoint-00000000000000000010.json"
    file.write_bytes(damage(file.read_bytes()))

    load(*range(12, 14))

    assert ids(path) == list(range(14))


def test_a_missing_entry_is_an_error(path: Path, load: Callable[..., None]) -> None:
    """A gap is told with the path, not read over."""
    load(*range(4))
    entry = path / "_commits/00000000000000000002.json"
    entry.unlink()

    with pytest.raises(CorruptState) as caught:
        ids(path)

    assert str(caught.value) == (
        f"{entry}: is missing, although later entries of the commit log are there. Nothing was "
        "changed; put back a copy of the file"
    )


def test_entries_lost_at_the_end_are_told_by_a_checkpoint(
    path: Path, load: Callable[..., None]
) -> None:
    """A log that ends before its checkpoint was cut off."""
    load(*range(10))
    entry = path / "_commits/00000000000000000010.json"
    entry.unlink()

    with pytest.raises(CorruptState, match=f"^{entry}: is missing"):
        ids(path)


@pytest.mark.parametrize("position", [0, 40, 200, -10])
def test_a_flipped_byte_is_an_error_with_the_path(
    position: int, path: Path, load: Callable[..., None]
) -> None:
    """Neither a reader nor a load goes on with a log that does not verify."""
    load(1)
    (entry,) = path.glob("_commits/*.json")
    data = bytearray(entry.read_bytes())
    data[position] ^= 1
    entry.write_bytes(data)

    with pytest.raises(CorruptState, match=f"^{entry}: does not verify as a commit record"):
        load(2)

    with pytest.raises(CorruptState, match=f"^{entry}: does not verify as a commit record"):
        ids(path)


def test_all_damaged_parts_are_named(path: Path, load: Callable[..., None]) -> None:
    """One that is missing, one of another length, and one with other bytes."""
    load(*range(4))
    parts = [Path(each) for each in CommitLog(str(path)).files()]
    parts[0].unlink()
    parts[1].write_text("{}\n")
    parts[2].write_text('{"id":7}\n')

    with pytest.raises(CorruptState) as caught:
        CommitLog(str(path)).verify()

    assert str(caught.value) == (
        f"{parts[0]}: is missing, although the commit log names it. Nothing was changed; put back a "
        "copy of the file, or load its records again with mode='replace'; "
        f"{parts[1]}: has 3 bytes instead of 9, although the commit log names it. Nothing was "
        "changed; put back a copy of the file, or load its records again with mode='replace'; "
        f"{parts[2]}: its bytes are not those that were loaded. Nothing was changed; put back a "
        "copy of the file"
    )


def test_a_sound_dataset_verifies(path: Path, load: Callable[..., None]) -> None:
    """The answer is how many parts count."""
    load(*range(4))
    DataLoader(f"{path}/", "replace").load([{"id": 1}])

    found = CommitLog(str(path)).verify()

    assert found == 1


@pytest.mark.parametrize("look", [CommitLog.verify, CommitLog.files], ids=["verify", "files"])
def test_a_missing_dataset_is_told(path: Path, look: Callable[[CommitLog], object]) -> None:
    """A misspelt name is no sound dataset without parts."""
    with pytest.raises(SourceNotFound) as caught:
        look(CommitLog(str(path)))

    assert str(caught.value) == (
        f"{path}: there is no dataset, since there is no folder {path}/_commits"
    )


LOOKS: dict[str, Callable[[str], object]] = {
    "verify": lambda path: CommitLog(path).verify(),
    "extract": lambda path: FileSource(path).extract(),
    "files": lambda path: FileSource(f"{path}/").files(),
}


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("fields", [[], ["id"]], ids=["plain", "partitioned"])
def test_parts_without_their_log_are_told(path: Path, look: str, fields: list[str]) -> None:
    """Nobody can tell which of them count."""
    DataLoader(DatasetDestination(path, partition_by=fields)).load([{"id": 1}])
    DataLoader(DatasetDestination(path, partition_by=fields)).load([{"id": 2}])
    shutil.rmtree(path / "_commits")

    with pytest.raises(CorruptState, match="holds parts of a dataset and no commit log"):
        LOOKS[look](str(path))


def test_parts_without_their_log_are_read_by_a_pattern(path: Path) -> None:
    """As the message says."""
    DataLoader(DatasetDestination(path)).load([{"id": 1}])
    DataLoader(DatasetDestination(path)).load([{"id": 2}])
    shutil.rmtree(path / "_commits")

    found = ids(path / "**" / "part-*")

    assert sorted(found) == [1, 2]


def test_datasets_below_a_folder_have_their_own_logs(tmp_path: Path) -> None:
    """The folder has parts alone, and all logs are there."""
    DataLoader(DatasetDestination(tmp_path / "a")).load([{"id": 1}])
    DataLoader(DatasetDestination(tmp_path / "b")).load([{"id": 2}])

    found = ids(tmp_path)

    assert found == [1, 2]


def test_a_folder_whose_first_load_died_is_an_empty_dataset(path: Path) -> None:
    """There is a log without entries, so there are no records."""
    (path / "_commits").mkdir(parents=True)

    found = ids(path)

    assert found == []


def test_a_key_is_looked_for_without_making_parts(path: Path, load: Callable[..., None]) -> None:
    """A checkpoint whose parts nobody asked for goes on as any other does."""
    load(*range(30))

    state = CommitLog(str(path)).state()
    state.take(CommitLog(str(path)).record(30))

    assert state.head == 31
    assert [each.part.name for each in state.contents.parts] == parts_of(path)
    assert len(state.contents.parts) == 30


def test_an_entry_of_number_0_hides_no_gap(path: Path, load: Callable[..., None]) -> None:
    """It is none of ours, so it counts for nothing."""
    load(*range(3))
    first = path / "_commits/00000000000000000001.json"
    first.rename(path / "_commits/00000000000000000000.json")

    with pytest.raises(CorruptState, match=r"0001\.json: is missing"):
        CommitLog(str(path)).state()
