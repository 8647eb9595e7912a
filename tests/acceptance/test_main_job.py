"""The main job as a user meets it: JSON Lines in, steps, rules, JSON Lines out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from etlkit import (
    DataLoader,
    ETLJob,
    ETLPipelineService,
    FileSource,
    JobResult,
    JobStatus,
    Quarantine,
)
from etlkit.transformations import Filter, Map


pytestmark = pytest.mark.acceptance

Run = Callable[..., list[str]]
Names = Callable[[Path], list[str]]
JsonLines = Callable[[Path], list[Any]]

OLD = '{"old":true}\n'

# Everything that a first program does, where each warning is an error.
FIRST_PROGRAM = """
import sys
from etlkit import DataValidator, ETLPipelineService, FileSource, Quarantine
from etlkit.transformations import Aggregate, Filter, FlatMap, Map

folder = sys.argv[1]
service = ETLPipelineService(f"{folder}/state")
job = service.create_pipeline(
    "Numbers",
    FileSource(f"{folder}/in.jsonl"),
    Map(lambda record: {**record, "double": record["id"] * 2})
    | Filter(lambda record: record["id"] < 900)
    | FlatMap(lambda record: [record, dict(record)])
    | Aggregate("id", count=len),
    f"{folder}/out.jsonl",
    DataValidator({"id": {"required": True, "type": int}, "count": {"min": 2}}),
    on_error=Quarantine(max_error_rate=0.1),
)
result = service.run("numbers")
print(result.status, result.rows_loaded, result.rows_rejected, len(result._repr_html_()) > 0)
print(job.explain().splitlines()[0], job.to_mermaid().splitlines()[0])
print(service.stats().runs, [str(one.status) for one in service.history()])
"""

IMPORT_EVERYTHING = """
import importlib, pkgutil
import etlkit

for module in pkgutil.walk_packages(etlkit.__path__, "etlkit."):
    importlib.import_module(module.name)
print([name for name in etlkit.__all__ if not hasattr(etlkit, name)])
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a thousand records to read, and an old one to replace."""
    lines = [f'{{"id": {each}, "share": {each - 617}}}\n' for each in range(1000)]
    (tmp_path / "in.jsonl").write_text("".join(lines))
    (tmp_path / "out.jsonl").write_text(OLD)
    return tmp_path


def share(record: dict[str, Any]) -> dict[str, Any]:
    """A step that one of the thousand records does not survive."""
    return {"id": record["id"], "part": 1 // record["share"]}


def run(folder: Path, **options: Any) -> JobResult:
    """Run the job over the thousand records."""
    service = ETLPipelineService(folder / "state")
    source, out = FileSource(folder / "in.jsonl"), folder / "out.jsonl"
    service.create_pipeline("shares", source, Map(share), out, **options)
    return service.run("shares")


def test_by_default_one_bad_record_of_a_thousand_stops_the_run(folder: Path, names: Names) -> None:
    """The destination is untouched; the message says which record, why, and what to do."""
    result = run(folder)

    assert result.status is JobStatus.FAILED
    assert result.errors[0] == (
        f"job 'shares', step Map(share): {folder}/in.jsonl:618: ZeroDivisionError: integer "
        "division or modulo by zero. Nothing was loaded. Mend the record or the step, or set such "
        "records aside with on_error=Quarantine()"
    )
    assert result.rows_loaded == 0
    assert (folder / "out.jsonl").read_text() == OLD
    assert names(folder) == ["in.jsonl", "out.jsonl", "state"]
    assert names(folder / "state") == ["logs", "state.db"]


def test_by_policy_999_of_a_thousand_are_loaded_and_one_is_kept(
    folder: Path, json_lines: JsonLines, names: Names
) -> None:
    """With its raw bytes, its file and its record number."""
    result = run(folder, on_error=Quarantine())

    loaded = [record["id"] for record in json_lines(folder / "out.jsonl")]
    (kept,) = json_lines(Path(result.quarantine_path or ""))
    (shown,) = result.rejections
    assert result.status is JobStatus.COMPLETED
    assert (result.rows_extracted, result.rows_loaded, result.rows_rejected) == (1000, 999, 1)
    assert loaded == [each for each in range(1000) if each != 617]
    assert (kept["uri"], kept["record_no"]) == (f"{folder}/in.jsonl", 618)
    assert kept["raw"] == '{"id": 617, "share": 0}'
    assert shown.raw == b'{"id": 617, "share": 0}'
    assert shown.place == f"{folder}/in.jsonl:618"
    assert names(folder) == ["in.jsonl", "out.jsonl", "state"]


def test_a_mended_step_loads_what_was_rejected(folder: Path, json_lines: JsonLines) -> None:
    """The job is run again; a replace needs no clearing up."""
    run(folder, on_error=Quarantine())
    keep = Filter(lambda record: record["id"] >= 0)
    job = ETLJob("s", "S", FileSource(folder / "in.jsonl"), keep, folder / "out.jsonl")

    result = job.execute()

    assert result.rows_loaded == 1000
    assert len(json_lines(folder / "out.jsonl")) == 1000


@pytest.mark.parametrize("mode", ["replace", "append"])
@pytest.mark.parametrize("location", ["numbers.jsonl", "*.jsonl", ".", "link.jsonl"])
def test_a_job_that_would_read_what_it_writes_does_not_run(
    location: str, mode: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would take its own output for input the next time, or lose what it leaves out."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "numbers.jsonl"
    path.write_text('{"n":1}\n')
    (tmp_path / "link.jsonl").symlink_to(path)
    job = ETLJob("j", "J", FileSource(location), None, DataLoader(path, mode))

    result = job.execute()

    place = f"the source {location} reads {path}, which the job writes"
    assert result.errors == (f"job 'j': {place}; load into a place of its own",)
    assert path.read_text() == '{"n":1}\n'


@pytest.mark.parametrize("location", ["numbers.jsonl", "*.jsonl", ".", "link.jsonl"])
def test_a_job_that_would_add_rejected_records_to_its_source_does_not_run(
    location: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The source stays as it is, byte for byte."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "numbers.jsonl"
    path.write_text('{"n":1}\n{"n":\n')
    (tmp_path / "link.jsonl").symlink_to(path)
    job = ETLJob(
        "j", "J", FileSource(location), None, "memory:", on_error=Quarantine(to="numbers.jsonl")
    )

    result = job.execute()

    (message,) = result.errors
    assert message == (
        f"job 'j': the source {location} reads numbers.jsonl, to which the job adds rejected "
        "records; give Quarantine(to=...) a file of its own"
    )
    assert path.read_text() == '{"n":1}\n{"n":\n'


@pytest.mark.parametrize("mode", ["replace", "append"])
def test_a_job_that_fails_leaves_the_file_that_it_reads(mode: str, tmp_path: Path) -> None:
    """Input that is output too is as it was."""
    path = tmp_path / "numbers.jsonl"
    path.write_text('{"n":1}\n{"n":"x"}\n')
    double = Map(lambda record: {"n": record["n"] / 2})
    job = ETLJob("double", "Double", FileSource(path), double, DataLoader(path, mode))

    result = job.execute()

    assert result.status is JobStatus.FAILED
    assert path.read_text() == '{"n":1}\n{"n":"x"}\n'


def test_a_first_program_runs_without_a_warning(folder: Path, run_program: Run) -> None:
    """Warnings are errors there, and files that are left open would be told of."""
    printed = run_program(FIRST_PROGRAM, folder, options=("-W", "error", "-X", "dev"))

    assert printed == [
        "completed 900 0 True",
        "job numbers: Numbers flowchart TD",
        "1 ['completed']",
    ]


def test_every_module_can_be_imported_without_a_warning(run_program: Run) -> None:
    """Nothing that is used is deprecated in this version of Python."""
    printed = run_program(IMPORT_EVERYTHING, options=("-W", "error"))

    assert printed == ["[]"]
