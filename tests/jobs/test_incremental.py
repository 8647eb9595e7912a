"""Jobs that load only what is new: position, data and quarantine move together."""

from __future__ import annotations

import shutil
import zipfile

from pathlib import Path
from typing import Any

import pytest

from etlkit import (
    DataLoader,
    ETLPipelineService,
    FileSource,
    JobStatus,
    Quarantine,
    Transformation,
)
from etlkit.destinations import DatasetDestination
from etlkit.errors import ConfigurationError
from etlkit.records import Record
from etlkit.sources import CursorSource


class Shop:
    """A service with one pipeline, in a new process for each run.

    Attributes:
        broken: A step fails for every record.
        mode: Of the load.
        lenient: It lets records with a negative id pass, which it refuses otherwise.
    """

    def __init__(self, folder: Path, source: Any, destination: Any, **policy: Any) -> None:
        self.folder = folder
        self.source = source
        self.destination = destination
        self.policy = policy
        self.broken = False
        self.lenient = False
        self.mode = "append"

    def run(self) -> Any:
        """Run the pipeline by a service that knows only what stands under the root."""
        return self.service().run("forms")

    def service(self) -> ETLPipelineService:
        """A service with the pipeline, of a new process."""
        service = ETLPipelineService(self.folder / "state")
        loader = DataLoader(self.destination, self.mode)
        step = Transformation("check", self._check, scope="record")
        service.create_pipeline("Forms", self.source, step, loader, **self.policy)
        return service

    def _check(self, record: Record) -> Record:
        if self.broken:
            message = "broken"
            raise RuntimeError(message)
        if record["id"] < 0 and not self.lenient:
            message = "negative"
            raise ValueError(message)
        return record


def put(path: Path, *ids: int) -> Path:
    """Write a file of JSON lines with these ids."""
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(f'{{"id":{each}}}\n' for each in ids))
    return path


def ids_in(place: Path) -> list[int]:
    """The ids at a destination, sorted."""
    return sorted(record["id"] for record in FileSource(place).extract())


def test_each_file_is_loaded_once_over_many_processes(tmp_path: Path) -> None:
    """The position is found again under the root."""
    shop = Shop(tmp_path, FileSource(tmp_path / "in", incremental=True), tmp_path / "out.jsonl")
    put(tmp_path / "in/a.jsonl", 1, 2)
    shop.run().raise_if_failed()
    put(tmp_path / "in/b.jsonl", 3)

    results = [shop.run(), shop.run()]

    assert [result.rows_loaded for result in results] == [1, 0]
    assert ids_in(tmp_path / "out.jsonl") == [1, 2, 3]


def test_run_that_failed_has_read_nothing(tmp_path: Path) -> None:
    """The next one reads the same files."""
    shop = Shop(tmp_path, FileSource(tmp_path / "in", incremental=True), tmp_path / "out.jsonl")
    put(tmp_path / "in/a.jsonl", 1, 2)
    shop.broken = True
    failed = shop.run()
    shop.broken = False

    result = shop.run()

    assert failed.rows_loaded == 0
    assert result.rows_loaded == 2
    assert ids_in(tmp_path / "out.jsonl") == [1, 2]


def test_changed_file_fails_the_run_and_leaves_the_destination(tmp_path: Path) -> None:
    """A file of lines cannot give its earlier records back."""
    shop = Shop(tmp_path, FileSource(tmp_path / "in", incremental=True), tmp_path / "out.jsonl")
    put(tmp_path / "in/a.jsonl", 1)
    shop.run()
    put(tmp_path / "in/a.jsonl", 2)

    result = shop.run()

    assert "changed since loaded" in result.errors[0]
    assert ids_in(tmp_path / "out.jsonl") == [1]


def test_changed_file_takes_its_own_place_in_a_dataset(tmp_path: Path) -> None:
    """The records of the others stay."""
    destination = DatasetDestination(tmp_path / "out", by_source=True)
    shop = Shop(tmp_path, FileSource(tmp_path / "in", incremental=True), destination)
    put(tmp_path / "in/a.jsonl", 1, 2)
    put(tmp_path / "in/b.jsonl", 3)
    shop.run().raise_if_failed()
    put(tmp_path / "in/a.jsonl", 2, 4)

    result = shop.run()

    assert result.rows_loaded == 2
    assert result.warnings == ("took the place of 2 record(s) of earlier loads",)
    assert ids_in(tmp_path / "out") == [2, 3, 4]


def test_changed_archive_takes_its_own_place_in_a_dataset(tmp_path: Path) -> None:
    """With all of its members, also those that it has no more."""
    destination = DatasetDestination(tmp_path / "out", by_source=True)
    shop = Shop(tmp_path, FileSource(tmp_path / "in", incremental=True), destination)
    put(tmp_path / "in/b.jsonl", 3)
    with zipfile.ZipFile(tmp_path / "in/a.zip", "w") as archive:
        archive.writestr("x.jsonl", '{"id":1}\n')
        archive.writestr("y.jsonl", '{"id":2}\n')
    shop.run().raise_if_failed()
    with zipfile.ZipFile(tmp_path / "in/a.zip", "w") as archive:
        archive.writestr("x.jsonl", '{"id":5}\n')

    shop.run().raise_if_failed()

    assert ids_in(tmp_path / "out") == [3, 5]


def test_changed_file_without_records_takes_its_own_place_too(tmp_path: Path) -> None:
    """It has no part any more, and its earlier ones count no longer."""
    destination = DatasetDestination(tmp_path / "out", by_source=True)
    shop = Shop(tmp_path, FileSource(tmp_path / "in", incremental=True), destination)
    put(tmp_path / "in/a.jsonl", 1)
    put(tmp_path / "in/b.jsonl", 3)
    shop.run().raise_if_failed()
    put(tmp_path / "in/a.jsonl")

    shop.run().raise_if_failed()

    assert ids_in(tmp_path / "out") == [3]


@pytest.fixture
def mixed(tmp_path: Path) -> Shop:
    """A job that has loaded two files into one part, and puts parts of one file from now on."""
    source = FileSource(tmp_path / "in", incremental=True)
    shop = Shop(tmp_path, source, DatasetDestination(tmp_path / "out"))
    put(tmp_path / "in/a.jsonl", 1)
    put(tmp_path / "in/b.jsonl", 2)
    shop.run().raise_if_failed()
    shop.destination = DatasetDestination(tmp_path / "out", by_source=True)
    return shop


def test_changed_file_is_refused_where_its_records_stand_among_others(
    tmp_path: Path, mixed: Shop
) -> None:
    """They would stay beside the new ones."""
    put(tmp_path / "in/a.jsonl", 10)

    result = mixed.run()

    assert (
        "was written without by_source=True and may hold those of other files" in result.errors[0]
    )
    assert ids_in(tmp_path / "out") == [1, 2]


def test_the_advice_for_mixed_parts_mends_them(tmp_path: Path, mixed: Shop) -> None:
    """One replace of everything, and from then on changed files take their own place."""
    put(tmp_path / "in/a.jsonl", 10)
    incremental, mixed.source, mixed.mode = mixed.source, FileSource(tmp_path / "in"), "replace"
    mixed.run().raise_if_failed()
    mixed.source, mixed.mode = incremental, "append"
    put(tmp_path / "in/a.jsonl", 11)

    mixed.run().raise_if_failed()

    assert ids_in(tmp_path / "out") == [2, 11]


def test_changed_file_is_loaded_again_where_others_stand_mixed(tmp_path: Path, mixed: Shop) -> None:
    """A file that came later has parts of its own."""
    put(tmp_path / "in/c.jsonl", 3)
    mixed.run().raise_if_failed()
    put(tmp_path / "in/c.jsonl", 4)

    mixed.run().raise_if_failed()

    assert ids_in(tmp_path / "out") == [1, 2, 4]


@pytest.fixture
def replaced(tmp_path: Path) -> Shop:
    """A job that loads changed files again, and has rejected a record of one."""
    destination = DatasetDestination(tmp_path / "out", by_source=True)
    source = FileSource(tmp_path / "in", incremental=True)
    shop = Shop(tmp_path, source, destination, on_error=Quarantine())
    put(tmp_path / "in/a.jsonl", 1, -1)
    put(tmp_path / "in/b.jsonl", 3)
    shop.run().raise_if_failed()
    shop.lenient = True
    return shop


def test_replayed_record_goes_with_its_file(tmp_path: Path, replaced: Shop) -> None:
    """Its part is of the file that it came from."""
    replaced.service().quarantine.replay().raise_if_failed()
    loaded = ids_in(tmp_path / "out")
    put(tmp_path / "in/a.jsonl", 1, 2)

    replaced.run().raise_if_failed()

    assert loaded == [-1, 1, 3]
    assert ids_in(tmp_path / "out") == [1, 2, 3]


def test_rejected_record_of_an_earlier_content_is_not_replayed(
    tmp_path: Path, replaced: Shop
) -> None:
    """Its file has other records now, which are loaded."""
    put(tmp_path / "in/a.jsonl", 1, 2)
    replaced.run().raise_if_failed()
    quarantine = replaced.service().quarantine
    (entry,) = quarantine.list()

    done = [quarantine.replay(), quarantine.replay(ids=entry.id, status="superseded")]

    assert [each.loaded for each in done] == [0, 0]
    assert entry.status == "superseded"
    assert ids_in(tmp_path / "out") == [1, 2, 3]
    with pytest.raises(ConfigurationError, match="was superseded: a later run has loaded"):
        quarantine.reopen(entry.id)


def test_cursor_goes_on_where_the_last_commit_has_ended(tmp_path: Path) -> None:
    """A rejected record has moved it, and is not read again."""
    rows = [{"id": 1, "at": 10}, {"id": -1, "at": 20}]
    shop = Shop(
        tmp_path,
        CursorSource(lambda *_: list(rows), "at"),
        tmp_path / "out.jsonl",
        on_error=Quarantine(),
    )
    first = shop.run()
    rows += [{"id": 2, "at": 20}, {"id": 3, "at": 15}, {"id": 4, "at": 25}]

    later = shop.run()

    assert (first.rows_loaded, first.tally.rejected) == (1, 1)
    assert (later.rows_loaded, later.tally.rejected) == (2, 0)
    assert ids_in(tmp_path / "out.jsonl") == [1, 2, 4]


def test_files_of_a_plain_run_are_known_when_it_becomes_incremental(tmp_path: Path) -> None:
    """Its commit records name them, by size and times."""
    put(tmp_path / "in/a.jsonl", 1)
    shop = Shop(tmp_path, FileSource(tmp_path / "in"), tmp_path / "out.jsonl")
    shop.run()
    shop.source = FileSource(tmp_path / "in", incremental=True)
    put(tmp_path / "in/b.jsonl", 2)

    result = shop.run()

    assert result.rows_loaded == 1
    assert ids_in(tmp_path / "out.jsonl") == [1, 2]


def test_a_run_that_finds_nothing_new_leaves_no_commit(tmp_path: Path) -> None:
    """A job that runs each minute would otherwise fill the log of its dataset with nothing."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.jsonl").write_text('{"id":1}\n', encoding="utf-8")
    service = ETLPipelineService(tmp_path / "state")
    source = FileSource(tmp_path / "in", incremental=True)
    service.create_pipeline("copy", source, None, DataLoader(f"{tmp_path}/out/", "append"))
    service.run("copy")
    service.run("copy")  # a file this young is hashed once more

    result = service.run("copy")

    assert (result.status, result.rows_loaded) == (JobStatus.COMPLETED, 0)
    assert result.warnings == ("nothing new: 1 file(s) were loaded before",)
    assert len(list((tmp_path / "out" / "_commits").iterdir())) <= 2
    assert FileSource(f"{tmp_path}/out/").extract() == [{"id": 1}]


def test_why_does_not_take_a_file_that_was_looked_at_for_one_that_was_read(
    tmp_path: Path,
) -> None:
    """Two runs looked at it, and one has read it."""
    (tmp_path / "a.jsonl").write_text('{"id":1}\n', encoding="utf-8")
    service = ETLPipelineService(tmp_path / "state")
    source = FileSource(tmp_path / "a.jsonl", incremental=True)
    loader = DataLoader(f"{tmp_path}/out/", "append")
    service.create_pipeline("copy", source, None, loader, lineage=True)
    service.run("copy")
    service.run("copy")

    why = service.why(tmp_path / "a.jsonl", 1)

    assert why.answer == "loaded"
    assert len(why.runs) == 1


def increments(folder: Path, out: str) -> ETLPipelineService:
    """A service whose job adds what is new in a folder to a destination."""
    (folder / "in").mkdir(exist_ok=True)
    service = ETLPipelineService(folder / "state")
    source = FileSource(folder / "in", incremental=True)
    loader = DataLoader(f"{folder}/{out}", "append")
    service.create_pipeline("copy", source, None, loader, replace=True)
    return service


@pytest.mark.parametrize("out", ["out.jsonl", "out/"])
def test_a_destination_that_was_removed_gets_everything_again(tmp_path: Path, out: str) -> None:
    """Whoever removes it starts over; what is new is not all there is of it."""
    service = increments(tmp_path, out)
    (tmp_path / "in" / "a.jsonl").write_text('{"id":1}\n', encoding="utf-8")
    service.run("copy")
    remove(tmp_path / out.rstrip("/"))
    (tmp_path / "in" / "b.jsonl").write_text('{"id":2}\n', encoding="utf-8")

    result = service.run("copy")

    assert FileSource(f"{tmp_path}/{out}").extract() == [{"id": 1}, {"id": 2}]
    assert "does not hold what run" in result.warnings[0]
    assert service.run("copy").rows_loaded == 0


def test_a_job_that_gets_another_destination_fills_it(tmp_path: Path) -> None:
    """What one destination holds says nothing of another one."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.jsonl").write_text('{"id":1}\n', encoding="utf-8")
    increments(tmp_path, "one/").run("copy")

    result = increments(tmp_path, "other/").run("copy")

    assert (result.rows_loaded, result.warnings) == (1, ())
    assert increments(tmp_path, "other/").run("copy").rows_loaded == 0


def remove(path: Path) -> None:
    """Remove a file or a folder."""
    shutil.rmtree(path) if path.is_dir() else path.unlink()
