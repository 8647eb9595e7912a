"""Jobs that load into datasets, with all that the commit protocol does around them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from destinations.dataset.conftest import Session, run_of
from etlkit import DataLoader, ETLJob, ETLPipelineService, FileSource, Quarantine, RecordsSource
from etlkit.destinations import DatasetDestination
from etlkit.runs.context import Load
from etlkit.transformations import RecordStep
from etlkit.transformations.step import StepCode


Read = Callable[[Path], list[dict[str, Any]]]


class Copy(RecordStep):
    """Sends each record to the output ``csv``, and goes on with it."""

    label = "copy"
    outputs = ("csv",)

    def each(self, record: dict[str, Any]) -> list[dict[str, Any]]:
        """The record goes on."""
        return [record]

    def routed(self, record: dict[str, Any]) -> list[tuple[str | None, dict[str, Any]]]:
        """To the output, and on."""
        return [("csv", record), (None, record)]

    def write(self, code: StepCode) -> None:
        """The same."""
        code.emit("csv", "record")


def died(*_: object) -> None:
    """End as a process ends that is killed."""
    raise KeyboardInterrupt


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A file with two good records and a bad one."""
    file = tmp_path / "in.jsonl"
    file.write_text('{"id":1}\nbad\n{"id":2}\n')
    return file


@pytest.fixture
def service(tmp_path: Path) -> ETLPipelineService:
    """A service with a root."""
    return ETLPipelineService(tmp_path / "root")


def test_force_takes_the_place_of_what_the_key_had_loaded(path: Path, read: Read) -> None:
    """Other keys stay, and the key may be forced again."""
    records = [{"id": 1}]
    job = ETLJob("sales", "Sales", RecordsSource(records), [], DataLoader(f"{path}/", "append"))
    job.execute(run_key="may").raise_if_failed()
    job.execute(run_key="june").raise_if_failed()
    records[0] = {"id": 2}
    job.execute(run_key="may", force=True).raise_if_failed()
    records[0] = {"id": 3}

    result = job.execute(run_key="may", force=True)

    assert result.rows_loaded == 1
    assert "took the place of 1 record(s) of earlier loads" in result.warnings
    assert read(path) == [{"id": 1}, {"id": 3}]
    assert str(job.execute(run_key="may").status) == "skipped"


def test_the_record_names_the_rejected_records(
    path: Path, source: Path, service: ETLPipelineService
) -> None:
    """Data and quarantine are published by one entry."""
    service.create_pipeline(
        "sales",
        FileSource(source),
        [],
        DataLoader(f"{path}/", "append"),
        on_error=Quarantine(),
    )

    result = service.run("sales", run_key="may")

    (record,) = DatasetDestination(path).commits()
    assert (result.rows_loaded, result.tally.rejected) == (2, 1)
    assert record.quarantine is not None
    assert record.quarantine.records == 1
    assert record.tally.to_dict() == result.tally.to_dict()


def test_a_dead_attempt_is_cleared_away_by_the_next_run(
    path: Path, read: Read, service: ETLPipelineService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The state knows what was open, and the dataset removes the parts of it."""
    loader = DataLoader(f"{path}/", "append", partition_by="id")
    service.create_pipeline("sales", RecordsSource([{"id": 1}]), [], loader)
    monkeypatch.setattr("etlkit.destinations.dataset.session.DatasetSession.commit", died)
    monkeypatch.setattr("etlkit.destinations.dataset.session.DatasetSession.abort", died)
    with pytest.raises(KeyboardInterrupt):
        service.run("sales", run_key="may")
    left = list(path.glob("id=1/part-*"))
    monkeypatch.undo()

    result = service.run("sales", run_key="may")

    assert str(result.status) == "completed"
    assert len(left) == 1
    assert not left[0].exists()
    assert read(path) == [{"id": 1}]


def test_a_changed_file_is_loaded_again_by_a_job(
    path: Path, source: Path, read: Read, service: ETLPipelineService
) -> None:
    """Its records take the place of the earlier ones, where parts are kept apart by file."""
    service.create_pipeline(
        "sales",
        FileSource(source, incremental=True),
        [],
        DataLoader(f"{path}/", "append", by_source=True),
        on_error=Quarantine(),
    )
    service.run("sales").raise_if_failed()
    source.write_text('{"id":1}\n{"id":3}\n{"id":2}\n')

    result = service.run("sales")

    result.raise_if_failed()
    assert read(path) == [{"id": 1}, {"id": 3}, {"id": 2}]


def test_lineage_knows_each_record_of_a_dataset(
    path: Path, source: Path, service: ETLPipelineService
) -> None:
    """The file of it is named by the same entry of the log."""
    service.create_pipeline(
        "sales",
        FileSource(source),
        [],
        DataLoader(f"{path}/", "append", partition_by="id"),
        on_error=Quarantine(),
        lineage=True,
    )

    service.run("sales").raise_if_failed()

    (record,) = DatasetDestination(path).commits()
    assert record.lineage is not None
    assert record.lineage.records == 2


def test_what_one_output_refuses_no_output_has(path: Path, tmp_path: Path, read: Read) -> None:
    """A record that has no column is in neither of the two datasets."""
    other = tmp_path / "other"
    first = DatasetDestination(path, format="csv", columns=["id"])
    job = ETLJob(
        "sales",
        "Sales",
        RecordsSource([{"id": "1"}, {"id": "2", "more": "x"}, {"id": "3"}]),
        [Copy()],
        DataLoader(f"{other}/", "append"),
        loaders={"csv": DataLoader(first, "append")},
        on_error=Quarantine(),
    )

    result = job.execute()

    result.raise_if_failed()
    assert result.tally.rejected == 1
    assert read(path) == [{"id": "1"}, {"id": "3"}]
    assert read(other) == [{"id": "1"}, {"id": "3"}]


def test_a_state_can_be_built_again_of_a_log(path: Path) -> None:
    """The log gives every record that was committed, with its run, in order."""
    dataset = DatasetDestination(path)
    first = Session(dataset, Load(run_of("1"), "append")).write([{"id": 1}]).commit()
    second = Session(dataset, Load(run_of("2"), "replace")).write([{"id": 2}]).commit()

    found = list(dataset.commits())

    assert found == [first, second]
