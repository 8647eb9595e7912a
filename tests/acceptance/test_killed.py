"""Runs that end in the middle: by Ctrl-C, or by ``kill -9`` at any point."""

from __future__ import annotations

import signal
import subprocess

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from etlkit import ETLPipelineService, JobResult, Quarantine


pytestmark = pytest.mark.acceptance

Run = Callable[..., list[str]]
Start = Callable[..., "subprocess.Popen[str]"]
Names = Callable[[Path], list[str]]
JsonLines = Callable[[Path], list[Any]]

OLD = '{"old":true}\n'
NEW = "".join(f'{{"id":{each}}}\n' for each in range(2000))

# Copies in.jsonl to out.jsonl. At record 1500 it says so, and waits for what will not come.
STOP_IN_THE_MIDDLE = """
import signal, sys
from etlkit import DataLoader, ETLPipelineService, Quarantine
from etlkit.transformations import Map

def wait(record):
    if record["id"] == 1500:
        print("half-way", flush=True)
        sys.stdin.read()
    return record

signal.signal(signal.SIGINT, signal.default_int_handler)
folder, mode = sys.argv[1:]
service = ETLPipelineService(f"{folder}/state")
loader = DataLoader(f"{folder}/out.jsonl", mode)
service.create_pipeline("copy", f"{folder}/in.jsonl", Map(wait), loader, on_error=Quarantine())
service.run("copy")
"""

# The same copy, in a process that dies at the n-th call of a function of the system.
DIE = """
import os, signal, sys
from etlkit import ETLPipelineService, Quarantine

folder, name, number, out = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
service = ETLPipelineService(f"{folder}/state")
path = f"{folder}/{out}"
service.create_pipeline("copy", f"{folder}/in.jsonl", None, path, on_error=Quarantine())
service.scheduler.jobs["copy"].kernels()
real, calls = getattr(os, name), []

def deadly(*arguments, **options):
    calls.append(arguments)
    if len(calls) == number:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*arguments, **options)

setattr(os, name, deadly)
service.run("copy")
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with 2000 good records and a bad one to read, and an old one to replace."""
    (tmp_path / "in.jsonl").write_text("bad\n" + NEW)
    (tmp_path / "out.jsonl").write_text(OLD)
    return tmp_path


def run_again(folder: Path, name: str = "out.jsonl") -> JobResult:
    """Do the whole work, as if nothing had been there before."""
    service = ETLPipelineService(folder / "state")
    out = folder / name
    service.create_pipeline("copy", folder / "in.jsonl", None, out, on_error=Quarantine())
    return service.run("copy")


def read_log(folder: Path) -> list[dict[str, Any]]:
    """The executions in the result log, newest first."""
    return ETLPipelineService(folder / "state").scheduler.search_log()


def ended_by(process: subprocess.Popen[str], number: signal.Signals) -> tuple[int, str]:
    """The exit and the last line of the complaints of a process that is sent a signal."""
    process.send_signal(number)
    _, complaints = process.communicate(timeout=60)
    return process.returncode, complaints.rstrip().rpartition("\n")[2]


@pytest.mark.parametrize("mode", ["replace", "append"])
def test_ctrl_c_in_the_middle_leaves_the_destination_as_it_was(
    mode: str, folder: Path, start_program: Start, names: Names, json_lines: JsonLines
) -> None:
    """The program ends as any program does that is interrupted, and nothing is left lying."""
    process = start_program(STOP_IN_THE_MIDDLE, folder, mode)

    ending = ended_by(process, signal.SIGINT)

    (entry,) = read_log(folder)
    diagnostic = f"{entry['run_id']}.failed.jsonl"
    assert ending == (-signal.SIGINT, "KeyboardInterrupt")
    assert (folder / "out.jsonl").read_text() == OLD
    assert names(folder) == ["in.jsonl", "out.jsonl", "state"]
    assert (entry["job_id"], entry["status"], entry["errors"]) == (
        "copy",
        "interrupted",
        ["KeyboardInterrupt"],
    )
    assert (entry["rows_extracted"], entry["rows_loaded"]) == (2001, 0)
    assert names(folder / "state" / "quarantine") == [diagnostic]
    assert [kept["raw"] for kept in json_lines(folder / "state" / "quarantine" / diagnostic)] == [
        "bad"
    ]


@pytest.mark.parametrize("mode", ["replace", "append"])
def test_kill_9_in_the_middle_leaves_the_destination_as_it_was(
    mode: str, folder: Path, start_program: Start
) -> None:
    """Nothing can be cleaned up, and nothing of the load is to be seen."""
    process = start_program(STOP_IN_THE_MIDDLE, folder, mode)

    ending = ended_by(process, signal.SIGKILL)

    assert ending == (-signal.SIGKILL, "")
    assert (folder / "out.jsonl").read_text() == OLD
    assert read_log(folder) == []


@pytest.mark.parametrize("mode", ["replace", "append"])
def test_after_kill_9_the_next_run_works(
    mode: str, folder: Path, start_program: Start, names: Names, json_lines: JsonLines
) -> None:
    """What the killed run left behind is in nobody's way, and beside the file it is removed."""
    ended_by(start_program(STOP_IN_THE_MIDDLE, folder, mode), signal.SIGKILL)
    before = names(folder)

    result = run_again(folder)

    assert len(before) == 5  # the lock and the temporary file besides
    assert names(folder) == ["in.jsonl", "out.jsonl", "state"]
    assert (folder / "out.jsonl").read_text() == NEW
    assert [kept["raw"] for kept in json_lines(Path(result.quarantine_path or ""))] == ["bad"]
    assert [entry["status"] for entry in read_log(folder)] == ["completed"]


@pytest.mark.parametrize(
    ("call", "number"),
    [
        *[("open", number) for number in range(1, 8)],
        *[("write", number) for number in range(1, 4)],
        *[("fsync", number) for number in range(1, 7)],
        ("chmod", 1),
        *[("replace", number) for number in range(1, 3)],
        *[("unlink", number) for number in range(1, 3)],
    ],
)
def test_kill_9_at_any_call_leaves_the_old_file_or_the_new_one(
    call: str, number: int, folder: Path, start_program: Start, names: Names
) -> None:
    """Wherever a replace dies, readers see one of the two whole, and the next run works."""
    process = start_program(DIE, folder, call, number, "out.jsonl")
    process.wait(timeout=60)
    left = (folder / "out.jsonl").read_text()

    result = run_again(folder)

    assert process.returncode == -signal.SIGKILL
    assert left in {OLD, NEW}
    assert (result.rows_loaded, result.rows_rejected) == (2000, 1)
    assert (folder / "out.jsonl").read_text() == NEW
    assert names(folder) == ["in.jsonl", "out.jsonl", "state"]


@pytest.mark.parametrize(
    ("call", "number"),
    [("write", 2), ("fsync", 1), ("fsync", 3), ("replace", 1), ("unlink", 1)],
)
@pytest.mark.parametrize("name", ["out.csv.gz", "out.json.xz"])
def test_kill_9_leaves_a_compressed_file_whole(
    name: str, call: str, number: int, folder: Path, start_program: Start
) -> None:
    """An array, a header or a member that was begun is never seen without its end."""
    out = folder / name
    out.write_bytes(b"old")
    process = start_program(DIE, folder, call, number, name)
    process.wait(timeout=60)
    left = out.read_bytes()

    result = run_again(folder, name)

    assert process.returncode == -signal.SIGKILL
    assert left in {b"old", out.read_bytes()}
    assert (result.rows_loaded, result.rows_rejected) == (2000, 1)


# A child that a step has forked goes on, as if the run were its own.
FORK_IN_A_STEP = """
import os, sys, warnings
from etlkit import ETLPipelineService
from etlkit.transformations import Map

warnings.simplefilter("ignore")

def fork(record):
    if record["id"] == 1500:
        child = os.fork()
        if child:
            os.waitpid(child, 0)
    return record

folder = sys.argv[1]
service = ETLPipelineService(f"{folder}/state")
service.create_pipeline("copy", f"{folder}/in.jsonl", Map(fork), f"{folder}/out.jsonl")
parent = os.getpid()
result = service.scheduler.execute_job("copy", retries=0)
if os.getpid() == parent:
    print(result.status, result.rows_loaded)
else:
    os._exit(0)
"""


def test_a_child_that_a_step_forks_cannot_go_on_with_the_run(
    tmp_path: Path, run_program: Run
) -> None:
    """The file has what its own process has written, and nothing of the child."""
    (tmp_path / "in.jsonl").write_text(NEW)

    printed = run_program(FORK_IN_A_STEP, tmp_path)

    assert printed[-1] == "completed 2000"
    assert (tmp_path / "out.jsonl").read_text() == NEW
