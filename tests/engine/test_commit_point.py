"""What holds around the moment in which a load becomes visible."""

from __future__ import annotations

import os

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from etlkit import DataLoader, ETLJob, FileSource, JobStatus, Quarantine, RecordsSource, RetryPolicy
from etlkit._files import writing
from etlkit._files.journal import Journal
from etlkit.testing import FakeClock
from etlkit.transformations import Map


if TYPE_CHECKING:
    from collections.abc import Callable

ONE_BAD = [{"n": 1}, {"n": "x"}]


def double(record: dict[str, Any]) -> dict[str, Any]:
    """Twice the number; fails for a text."""
    return {"n": record["n"] * 2.0}


def job_into(out: Path, mode: str, rejected: Path) -> ETLJob:
    """A job with one good record and one bad one, which would be tried four times."""
    return ETLJob(
        "j",
        "J",
        RecordsSource(ONE_BAD),
        Map(double),
        DataLoader(out, mode),
        on_error=Quarantine(to=rejected),
        retry=RetryPolicy(),
        clock=FakeClock(),
    )


@pytest.fixture
def folder_sync_fails(monkeypatch: pytest.MonkeyPatch) -> Callable[[BaseException], None]:
    """Let the sync of a folder, which follows every publishing, fail with an exception."""

    def arrange(error: BaseException) -> None:
        def fail(path: str) -> None:
            raise error

        monkeypatch.setattr(writing, "sync_folder", fail)

    return arrange


def test_a_folder_that_cannot_be_synced_is_a_warning(
    tmp_path: Path, folder_sync_fails: Callable[[BaseException], None]
) -> None:
    """The load is there: it is neither tried again nor taken back, and the doubt is told."""
    out, rejected = tmp_path / "out.jsonl", tmp_path / "rejected.jsonl"
    rejected.write_text("")
    job = job_into(out, "replace", rejected)
    job = job.replace(on_error="fail", source=RecordsSource([{"n": 1}]))
    folder_sync_fails(OSError(5, "Input/output error"))

    result = job.execute()

    assert (result.status, result.rows_loaded, len(result.attempts)) == (JobStatus.COMPLETED, 1, 1)
    assert result.warnings == (
        "after the load was committed: OSError: [Errno 5] Input/output error",
    )
    assert out.read_text() == '{"n":2.0}\n'


@pytest.mark.parametrize(
    ("mode", "owner", "name", "call"),
    [
        pytest.param("replace", writing, "sync_folder", 2, id="replace"),  # the first: rejected
        pytest.param("append", Journal, "done", 1, id="append"),
    ],
)
def test_ctrl_c_after_the_commit_keeps_data_and_rejected_records(  # noqa: PLR0917 -- a table
    mode: str,
    owner: Any,
    name: str,
    call: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Both are there, or neither is: they are delivered on the way out."""
    out, rejected = tmp_path / "out.jsonl", tmp_path / "rejected.jsonl"
    job = job_into(out, mode, rejected)
    called: list[Any] = []
    really = getattr(owner, name)

    def interrupted(about: Any) -> None:
        called.append(about)
        really(about)
        if len(called) == call:
            raise KeyboardInterrupt

    monkeypatch.setattr(owner, name, interrupted)

    with pytest.raises(KeyboardInterrupt):
        job.execute()

    assert out.read_text() == '{"n":2.0}\n'
    assert len(rejected.read_text().splitlines()) == 1


@pytest.mark.parametrize("mode", ["replace", "append"])
def test_ctrl_c_before_the_commit_keeps_neither(
    mode: str, tmp_path: Path, folder_sync_fails: Callable[[BaseException], None]
) -> None:
    """Rejected records that were just published go back with the data that never was."""
    out, rejected = tmp_path / "out.jsonl", tmp_path / "rejected.jsonl"
    job = job_into(out, mode, rejected)
    folder_sync_fails(KeyboardInterrupt())

    with pytest.raises(KeyboardInterrupt):
        job.execute()

    assert not out.exists()
    assert not rejected.exists()


def test_a_step_that_changes_the_working_directory_moves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A relative path means what it meant when the run began."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "elsewhere").mkdir()

    def wander(record: dict[str, Any]) -> dict[str, Any]:
        os.chdir(tmp_path / "elsewhere")
        return record

    result = ETLJob("j", "J", RecordsSource([{"n": 1}]), Map(wander), "out.jsonl").execute()

    assert result.status is JobStatus.COMPLETED
    assert (tmp_path / "out.jsonl").read_text() == '{"n":1}\n'
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_failed_runs_keep_no_file_open(tmp_path: Path, open_files: Callable[[], int]) -> None:
    """Whoever keeps the results of failed runs does not keep their sources open."""
    source = tmp_path / "in.jsonl"
    source.write_text('{"n":"x"}\n' * 3)
    job = job_into(tmp_path / "out.jsonl", "replace", tmp_path / "r.jsonl").replace(
        source=FileSource(source), on_error="fail"
    )
    before = open_files()

    results = [job.execute() for _ in range(5)]

    assert {result.status for result in results} == {JobStatus.FAILED}
    assert open_files() == before
