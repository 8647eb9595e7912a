"""A root that is moved between two runs, by hand or since a container mounts it elsewhere."""

from __future__ import annotations

import shutil

from pathlib import Path
from typing import Any

import pytest

from attrs import define

from etlkit import DataLoader, ETLPipelineService, Quarantine
from etlkit.errors import CorruptState
from etlkit.transformations import Map


def halve(record: dict[str, Any]) -> dict[str, Any]:
    """Half of the number; fails where it is none."""
    return {"id": record["id"], "half": record["n"] / 2}


def halve_texts(record: dict[str, Any]) -> dict[str, Any]:
    """The mended step."""
    return {"id": record["id"], "half": float(record["n"]) / 2}


@define
class House:
    """A service that has loaded one record and rejected another, and moves to other folders."""

    folder: Path
    service: ETLPipelineService

    def make(self, step: Any) -> None:
        """Make the job, or make it anew."""
        self.service.create_pipeline(
            "halves",
            self.folder / "in.jsonl",
            Map(step),
            DataLoader(self.folder / "out.jsonl", "append"),
            on_error=Quarantine(),
            lineage=True,
            replace=True,
        )

    def move(self, *, without_state: bool = False) -> None:
        """Give the root another name, and go on there."""
        self.service.state.close()
        moved = self.folder / "elsewhere" / "moved"
        moved.parent.mkdir()
        shutil.move(self.folder / "state", moved)
        if without_state:
            (moved / "state.db").unlink()
        self.service = ETLPipelineService(moved)
        self.make(halve_texts)


@pytest.fixture
def house(tmp_path: Path) -> House:
    """The service, before it moves."""
    lines = '{"id": 1, "n": 4}\n{"id": 2, "n": "6"}\n'
    (tmp_path / "in.jsonl").write_text(lines, encoding="utf-8")
    house = House(tmp_path, ETLPipelineService(tmp_path / "state"))
    house.make(halve)
    house.service.run("halves", "monday").raise_if_failed()
    return house


def test_rejected_records_move_along(house: House) -> None:
    """They are shown, with the path of the file as it is now."""
    house.move()

    (entry,) = house.service.quarantine.list()
    shown = house.service.quarantine.show(entry.id)

    assert shown.raw == b'{"id": 2, "n": "6"}'
    assert Path(entry.path).parent == house.folder / "elsewhere" / "moved" / "quarantine"
    assert Path(entry.path).is_file()


def test_rejected_records_are_exported_from_there(house: House) -> None:
    """With their bytes."""
    house.move()

    exported = house.service.quarantine.export(house.folder / "rejected.jsonl")

    assert exported == 1


@pytest.mark.parametrize("dry_run", [True, False])
def test_rejected_records_are_replayed_from_there(dry_run: bool, house: House) -> None:
    """Through the mended job."""
    house.move()

    done = house.service.quarantine.replay(dry_run=dry_run)

    assert (done.loaded, done.rejected) == (1, 0)


def test_lineage_moves_along(house: House) -> None:
    """By record, by place and in SQL."""
    house.move()

    lineage = house.service.lineage
    found = lineage.find(record={"id": 1, "half": 2.0})
    placed = lineage.of(str(house.folder / "in.jsonl"), 1)
    told = lineage.sql("SELECT record_no FROM hms_lineage")

    assert [row.record_no for row in (*found, *placed)] == [1, 1]
    assert told == [{"record_no": 1}]


def test_why_answers_from_there(house: House) -> None:
    """By what the runs have noted."""
    house.move()

    answers = [house.service.why(house.folder / "in.jsonl", n).answer for n in (1, 2)]

    assert answers == ["loaded", "rejected"]


def test_runs_go_on_there(house: House) -> None:
    """What was loaded is known, and where its rejected records are."""
    house.move()

    result = house.service.run("halves", "monday")

    assert str(result.status) == "skipped"


def test_a_state_is_built_again_there(house: House) -> None:
    """Commit records name the files below the root without it."""
    house.move(without_state=True)

    rebuilt = house.service.rebuild_state()

    (entry,) = house.service.quarantine.list()
    assert (rebuilt.commits, rebuilt.missing) == (1, ())
    assert house.service.quarantine.show(entry.id).raw == b'{"id": 2, "n": "6"}'


def test_a_run_hears_of_rejected_records_there(house: House) -> None:
    """Where the state was left behind."""
    house.move(without_state=True)

    result = house.service.run("halves", "monday")

    assert result.warnings[0].startswith("run_key 'monday' was loaded by run")
    assert house.service.quarantine.count() == {"total": 1}


def test_a_file_that_was_left_behind_is_told(house: House) -> None:
    """It need not be damaged."""
    house.move()
    (entry,) = house.service.quarantine.list()
    Path(entry.path).unlink()

    with pytest.raises(CorruptState) as caught:
        house.service.quarantine.show(entry.id)

    assert str(caught.value) == (
        f"{entry.path}: the file of the rejected record {entry.id} is not there; was the root "
        "moved or cleared?"
    )


def test_a_lineage_file_that_was_left_behind_is_told(house: House) -> None:
    """The loaded records are where they were."""
    house.move()
    (load,) = house.service.lineage.loads()
    Path(load.kept.path).unlink()

    with pytest.raises(CorruptState, match=r"is not there, although .* \(was the root moved or"):
        house.service.lineage.find(record={"id": 1, "half": 2.0})


def test_an_erased_file_is_not_missing_when_the_state_is_built_again(house: House) -> None:
    """It was meant to be gone."""
    (entry,) = house.service.quarantine.list()
    house.service.quarantine.erase(entry.id)
    house.move(without_state=True)

    rebuilt = house.service.rebuild_state()

    assert rebuilt.missing == ()


def test_lineage_says_whose_it_is(house: House) -> None:
    """By its folder."""
    words = repr(house.service.lineage)

    assert words == f"Lineage(root='{house.folder}/state')"
