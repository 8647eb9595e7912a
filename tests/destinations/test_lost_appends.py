"""Keys of loads that a file does not have any more, though it is long enough."""

from __future__ import annotations

import os

from pathlib import Path

import pytest

from etlkit import DataLoader, ETLPipelineService, RecordsSource
from etlkit.destinations import FileDestination
from etlkit.jobs import JobStatus


class House:
    """Jobs that load into one file."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.file = folder, folder / "out.jsonl"

    def load(self, mode: str, key: str, *ids: int) -> JobStatus:
        """Load records; what became of it."""
        service = ETLPipelineService(self.folder / "state")
        source = RecordsSource([{"id": each} for each in ids])
        service.create_pipeline(mode, source, None, DataLoader(self.file, mode))
        return service.run(mode, run_key=key).raise_if_failed().status


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A file with two loads."""
    house = House(tmp_path)
    house.load("append", "K1", 1)
    house.load("append", "K2", 2)
    return house


def test_a_load_is_found_where_it_stands(house: House) -> None:
    """Behind it others may write what they like."""
    with house.file.open("a") as file:
        file.write('{"id":3}\n')

    assert [house.load("append", key, 9) for key in ("K1", "K2")] == [JobStatus.SKIPPED] * 2


def test_a_file_that_another_program_began_anew_has_no_loads(house: House) -> None:
    """Log rotation: the file is moved, and one as long takes its name."""
    house.file.rename(f"{house.file}.1")
    house.file.write_text('{"id":900}\n{"id":901}\n')

    assert house.load("append", "K1", 1) is JobStatus.COMPLETED
    assert house.file.read_text() == '{"id":900}\n{"id":901}\n{"id":1}\n'


def test_a_load_that_was_cut_off_is_loaded_again(house: House) -> None:
    """Others have written in its place since; the load before is still there."""
    os.truncate(house.file, len('{"id":1}\n'))
    with house.file.open("a") as file:
        file.write('{"id":777}\n')

    assert house.load("append", "K2", 2) is JobStatus.COMPLETED
    assert house.load("append", "K1", 1) is JobStatus.SKIPPED
    assert house.file.read_text() == '{"id":1}\n{"id":777}\n{"id":2}\n'


def test_a_lost_load_is_no_commit_of_the_file(house: House) -> None:
    """What builds a state anew, or reads increments again, does not go by it."""
    house.file.write_text('{"id":1}\n{"id":9}\n')

    keys = [record.run.run_key for record in FileDestination(house.file).commits()]

    assert keys == ["K1"]


def test_a_replace_takes_over_only_what_was_in_the_file(house: House) -> None:
    """It was removed before, so its loads are done again."""
    house.file.unlink()
    house.load("replace", "R", 100, 101, 102, 103, 104)

    assert house.load("append", "K1", 1) is JobStatus.COMPLETED
    assert house.file.read_text().endswith('{"id":104}\n{"id":1}\n')


def test_a_replace_takes_the_place_of_what_was_in_the_file(house: House) -> None:
    """Its loads are in what replaced them, so to speak, and are not done again."""
    house.load("replace", "R", 100, 101, 102, 103, 104)

    assert house.load("append", "K1", 1) is JobStatus.SKIPPED
