"""What a service sets aside and what the system refuses: nothing is lost, and nothing half done."""

from __future__ import annotations

import gzip
import re

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from etlkit import DataLoader, ETLJob, ETLScheduler, FileSource, JobStatus, Quarantine
from etlkit.errors import UnknownJob
from etlkit.testing import FakeClock


pytestmark = pytest.mark.acceptance

Run = Callable[..., list[str]]
Names = Callable[[Path], list[str]]
JsonLines = Callable[[Path], list[Any]]

OLD = b'{"old":true}\n'
ONE, TWO = b'{"id":1}\n', b'{"id":2}\n'


def quarantined(folder: Path) -> list[str]:
    """The files of rejected records."""
    return sorted(path.name for path in (folder / "state").glob("quarantine/*"))


def test_records_before_a_cut_are_kept_to_look_at(tmp_path: Path, json_lines: JsonLines) -> None:
    """What was set aside before the input broke off is a diagnostic of a failed run."""
    source, out = tmp_path / "in.jsonl.gz", tmp_path / "out.jsonl"
    source.write_bytes(gzip.compress(b"bad\n" + ONE * 300_000, mtime=0)[:-9])
    out.write_bytes(OLD)
    scheduler = ETLScheduler(tmp_path / "state", clock=FakeClock())
    scheduler.register_job(
        ETLJob("cut", "Cut", FileSource(source), None, DataLoader(out), on_error=Quarantine())
    )

    result = scheduler.execute_job("cut")

    (entry,) = json_lines(Path(result.quarantine_path or ""))
    assert result.status is JobStatus.FAILED
    assert len(result.attempts) == 1  # a cut file gets no longer by trying again
    assert entry["raw"] == "bad"
    assert quarantined(tmp_path) == [f"{result.run_id}.failed.jsonl"]
    assert out.read_bytes() == OLD


def test_an_unknown_job_leaves_no_trace(tmp_path: Path, names: Names) -> None:
    """A mistyped id is no execution."""
    scheduler = ETLScheduler(tmp_path / "state")

    with pytest.raises(UnknownJob) as caught:
        scheduler.execute_job("bad-input")

    assert str(caught.value) == "there is no job 'bad-input'; registered are: none yet"
    assert names(tmp_path) == []


# -- what the system refuses

COPY = """
import resource, signal, sys
from etlkit import ETLPipelineService, Quarantine

folder, most_bytes = sys.argv[1], int(sys.argv[2])
service = ETLPipelineService(f"{folder}/state")
source, out = f"{folder}/in/in.jsonl", f"{folder}/out/out.jsonl"
service.create_pipeline("copy", source, None, out, on_error=Quarantine())
before = resource.getrlimit(resource.RLIMIT_FSIZE)
if most_bytes:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, before[1]))
result = service.scheduler.execute_job("copy", retries=0)
resource.setrlimit(resource.RLIMIT_FSIZE, before)
print(result.status, *result.errors, sep="\\n")
"""


@pytest.fixture
def folders(tmp_path: Path) -> Any:
    """A folder to read from and one to write to; both can be written again afterwards."""
    source, destination = tmp_path / "in", tmp_path / "out"
    source.mkdir()
    destination.mkdir()
    (source / "in.jsonl").write_bytes(ONE + b"bad\n" + TWO)
    (destination / "out.jsonl").write_bytes(OLD)
    yield source, destination
    source.chmod(0o755)
    destination.chmod(0o755)


def test_a_file_that_may_not_be_read_fails_the_run(
    folders: tuple[Path, Path], run_obeying_modes: Run, tmp_path: Path
) -> None:
    """The message names it, and nothing is loaded."""
    path = folders[0] / "in.jsonl"
    path.chmod(0o000)

    printed = run_obeying_modes(COPY, tmp_path, 0)

    assert printed == [
        "failed",
        f"{path}: this process may not read it (Permission denied)",
    ]
    assert (folders[1] / "out.jsonl").read_bytes() == OLD
    assert quarantined(tmp_path) == []


def test_a_folder_that_may_not_be_written_fails_the_run(
    folders: tuple[Path, Path], run_obeying_modes: Run, tmp_path: Path, names: Names
) -> None:
    """It is found out before anything is read, so nothing is set aside either."""
    folder = folders[1]
    folder.chmod(0o555)

    printed = run_obeying_modes(COPY, tmp_path, 0)

    assert printed == [
        "failed",
        f"{folder}/out.jsonl: this process may not write into the folder {folder}",
    ]
    assert (folder / "out.jsonl").read_bytes() == OLD
    assert names(folder) == ["out.jsonl"]
    assert quarantined(tmp_path) == []


def test_a_destination_that_cannot_grow_fails_the_run(
    folders: tuple[Path, Path],
    run_program: Run,
    tmp_path: Path,
    names: Names,
    json_lines: JsonLines,
) -> None:
    """The destination is as it was; what was set aside is a diagnostic of a failed run."""
    source, destination = folders
    (source / "in.jsonl").write_bytes(b"bad\n" + ONE * 60_000)

    printed = run_program(COPY, tmp_path, 300_000)

    (kept,) = quarantined(tmp_path)
    (entry,) = json_lines(tmp_path / "state" / "quarantine" / kept)
    assert printed == [
        "failed",
        f"{destination}/out.jsonl: cannot be written: File too large; it was left as it was",
    ]
    assert (destination / "out.jsonl").read_bytes() == OLD
    assert names(destination) == ["out.jsonl"]
    assert kept.endswith(".failed.jsonl")
    assert entry["raw"] == "bad"


def test_rejected_records_that_find_no_room_fail_the_run(
    folders: tuple[Path, Path], run_program: Run, tmp_path: Path, names: Names
) -> None:
    """No record is dropped because its place is full."""
    source, destination = folders
    (source / "in.jsonl").write_bytes(ONE + b"bad\n" * 6000)

    printed = run_program(COPY, tmp_path, 300_000)

    (kept,) = quarantined(tmp_path)
    run_id = kept.removesuffix(".failed.jsonl")
    assert [re.sub("[.][0-9a-f]{12}[.]", ".attempt.", line) for line in printed] == [
        "failed",
        f"{tmp_path}/state/quarantine/{run_id}.attempt.jsonl: cannot be written: File too large; it was left as it was",
    ]
    assert (destination / "out.jsonl").read_bytes() == OLD
    assert names(destination) == ["out.jsonl"]
