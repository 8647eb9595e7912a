"""Several threads and processes with one destination."""

from __future__ import annotations

import subprocess
import threading

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from etlkit import DataLoader, ETLJob, RecordsSource


pytestmark = pytest.mark.acceptance

Start = Callable[..., "subprocess.Popen[str]"]
Names = Callable[[Path], list[str]]
JsonLines = Callable[[Path], list[Any]]

# Loads ten times five records as soon as it is told to.
LOAD = """
import sys
from etlkit import DataLoader, ETLJob, RecordsSource

path, mode, writer = sys.argv[1:]
print("ready", flush=True)
sys.stdin.readline()
for load in range(10):
    records = [{"writer": writer, "load": load, "number": number} for number in range(5)]
    job = ETLJob("load", "Load", RecordsSource(records), None, DataLoader(path, mode))
    job.execute().raise_if_failed()
"""


def load(path: Path, mode: str, writer: str) -> None:
    """Load ten times five records."""
    for number_of_load in range(10):
        records = [
            {"writer": writer, "load": number_of_load, "number": number} for number in range(5)
        ]
        job = ETLJob("load", "Load", RecordsSource(records), None, DataLoader(path, mode))
        job.execute().raise_if_failed()


def load_together(processes: list[subprocess.Popen[str]], path: Path, mode: str) -> list[int]:
    """Let processes and four threads load at the same time; gives the exits of the processes."""
    threads = [threading.Thread(target=load, args=(path, mode, f"thread {n}")) for n in range(4)]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [process.wait() for process in processes]


WRITERS = [f"{kind} {number}" for kind in ("process", "thread") for number in range(4)]


def test_eight_writers_append_to_one_file(
    start_program: Start, tmp_path: Path, names: Names, json_lines: JsonLines
) -> None:
    """Of 400 records 400 are there, each whole, and those of a load stand together."""
    path = tmp_path / "out.jsonl"
    processes = [start_program(LOAD, path, "append", f"process {n}") for n in range(4)]

    exits = load_together(processes, path, "append")

    records = [tuple(record.values()) for record in json_lines(path)]
    loads = [records[start : start + 5] for start in range(0, 400, 5)]
    assert exits == [0, 0, 0, 0]
    assert len(records) == 400
    assert sorted(loads) == [
        [(writer, number_of_load, number) for number in range(5)]
        for writer in WRITERS
        for number_of_load in range(10)
    ]
    assert names(tmp_path) == [".out.jsonl.journal", "out.jsonl"]


def test_eight_writers_replace_one_file(
    start_program: Start, tmp_path: Path, names: Names, json_lines: JsonLines
) -> None:
    """What is left is one load, whole."""
    path = tmp_path / "out.jsonl"
    processes = [start_program(LOAD, path, "replace", f"process {n}") for n in range(4)]

    exits = load_together(processes, path, "replace")

    records = json_lines(path)
    assert exits == [0, 0, 0, 0]
    assert [record["number"] for record in records] == [0, 1, 2, 3, 4]
    assert {record["load"] for record in records} == {9}
    assert len({record["writer"] for record in records}) == 1
    assert names(tmp_path) == ["out.jsonl"]
