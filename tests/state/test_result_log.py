"""The log of results: one JSON line for each execution."""

from __future__ import annotations

import subprocess
import sys

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from etlkit.errors import AccessDenied, CorruptState
from etlkit.state import ResultLog


Names = Callable[[Path], list[str]]
JsonLines = Callable[[Path], list[Any]]

APPEND_FIFTY = """
import sys
from etlkit.state import ResultLog

log = ResultLog(sys.argv[1])
for number in range(50):
    log.append({"job_id": sys.argv[2], "number": number, "text": "x" * 5000})
"""


@pytest.fixture
def log(tmp_path: Path) -> ResultLog:
    """A log below a folder that does not exist yet."""
    return ResultLog(tmp_path / "root")


def file_of(log: ResultLog) -> Path:
    """The file of a log."""
    return Path(log.path)


def append_all(log: ResultLog, *entries: dict[str, Any]) -> None:
    """Add one entry after the other."""
    for entry in entries:
        log.append(entry)


def test_each_execution_is_one_line(log: ResultLog, json_lines: JsonLines) -> None:
    """Lines stand in the order in which executions ended."""
    append_all(log, {"job_id": "a", "text": "two\nlines"}, {"job_id": "b"})

    entries = json_lines(file_of(log))

    assert [(entry["job_id"], entry.get("text")) for entry in entries] == [
        ("a", "two\nlines"),
        ("b", None),
    ]
    assert [len(entry["checksum"]) for entry in entries] == [8, 8]


def test_the_log_lies_below_the_root(log: ResultLog, tmp_path: Path) -> None:
    """Its place is part of what is promised."""
    path = log.path

    assert path == str(tmp_path / "root" / "logs" / "etl-jobs.jsonl")


def test_the_log_is_for_its_owner_only(log: ResultLog, permissions: Callable[[Path], str]) -> None:
    """Messages may tell of data; neither folder nor file is for others."""
    log.append({"job_id": "a"})

    assert permissions(file_of(log)) == "600"
    assert permissions(file_of(log).parent) == "700"


def test_making_and_reading_a_log_writes_nothing(
    log: ResultLog, tmp_path: Path, names: Names
) -> None:
    """The root is made by the first execution, not by a look."""
    entries = list(log.entries())

    assert entries == []
    assert names(tmp_path) == []


def test_a_relative_root_stays_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, names: Names
) -> None:
    """Changing the working directory does not move the log."""
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    log = ResultLog("root")
    monkeypatch.chdir(tmp_path / "elsewhere")

    log.append({"job_id": "a"})

    assert names(tmp_path) == ["elsewhere", "root"]
    assert names(tmp_path / "elsewhere") == []


@pytest.mark.parametrize(
    ("job_id", "numbers"),
    [
        pytest.param(None, [1, 2, 3, 4, 5], id="all"),
        pytest.param("a", [1, 4], id="one of several"),
        pytest.param("ab", [2], id="an id that begins like another"),
        pytest.param('quote " and umlaut ü', [3], id="an id that JSON escapes"),
        pytest.param("b", [], id="an id that only a message names"),
        pytest.param("z", [], id="an unknown id"),
    ],
)
def test_executions_are_found_by_job(
    job_id: str | None, numbers: list[int], log: ResultLog
) -> None:
    """The id has to be equal; oldest first."""
    append_all(
        log,
        {"job_id": "a", "number": 1},
        {"job_id": "ab", "number": 2},
        {"job_id": 'quote " and umlaut ü', "number": 3},
        {"job_id": "a", "number": 4, "errors": ["b"]},
        {"job_id": "c", "number": 5, "errors": ["b"], "next": {"job_id": "z"}},
    )

    found = [entry["number"] for entry in log.entries(job_id=job_id)]

    assert found == numbers


def test_a_log_that_is_none_is_told_of(log: ResultLog) -> None:
    """What no crash leaves behind is damage, never taken for an empty log."""
    log.append({"job_id": "a"})
    with Path(log.path).open("ab") as file:
        file.write(b"something else\n")

    with pytest.raises(CorruptState) as caught:
        list(log.entries())

    assert str(caught.value) == (f"{log.path}:2: is no line of a result log; the file was damaged")


@pytest.mark.parametrize("position", range(0, 42, 5))
def test_a_flipped_byte_is_told_of(log: ResultLog, position: int) -> None:
    """No line vanishes from a log, whichever of its bytes was damaged."""
    append_all(log, {"job_id": "a", "number": 1}, {"job_id": "a", "number": 2})
    content = bytearray(file_of(log).read_bytes())
    content[position] ^= 1
    file_of(log).write_bytes(content)

    with pytest.raises(CorruptState, match=r"etl-jobs.jsonl:1: is no line of a result log"):
        list(log.entries(job_id="z"))


@pytest.mark.parametrize(
    "torn",
    [
        pytest.param(b'{"job_id":"a","number":3,"tal', id="half a line"),
        pytest.param(b'{"job_id":"a","number":3,"text":"\xc3', id="half a character"),
        pytest.param(b"\x00\x00\x00\x00", id="zeros, as some file systems leave them"),
    ],
)
def test_a_line_that_a_crash_tore_off_is_left_out(torn: bytes, log: ResultLog) -> None:
    """Those before it are read as ever."""
    append_all(log, {"job_id": "a", "number": 1}, {"job_id": "a", "number": 2})
    with file_of(log).open("ab") as file:
        file.write(torn)

    found = [entry["number"] for entry in log.entries(job_id="a")]

    assert found == [1, 2]


def test_the_next_line_does_not_hang_on_a_torn_one(log: ResultLog) -> None:
    """An append ends a torn line first, so it tears off nothing but itself."""
    log.append({"job_id": "a", "number": 1})
    with file_of(log).open("ab") as file:
        file.write(b'{"job_id":"a","number":2,"tal')

    log.append({"job_id": "a", "number": 3})

    assert [entry["number"] for entry in log.entries()] == [1, 3]
    assert file_of(log).read_bytes().count(b"\n") == 3


def test_several_processes_share_a_log(
    log: ResultLog, tmp_path: Path, json_lines: JsonLines
) -> None:
    """Four processes with fifty long lines each lose and tear none."""
    command = [sys.executable, "-P", "-c", APPEND_FIFTY, str(tmp_path / "root")]
    processes = [subprocess.Popen([*command, job_id]) for job_id in "abcd"]

    exits = [process.wait() for process in processes]

    found = [(entry["job_id"], entry["number"]) for entry in json_lines(file_of(log))]
    assert exits == [0, 0, 0, 0]
    assert sorted(found) == [(job_id, number) for job_id in "abcd" for number in range(50)]


def test_text_that_is_no_unicode_is_shown_as_a_question_mark(log: ResultLog) -> None:
    """The name of a file may have bytes that are no UTF-8; its execution is logged all the same."""
    log.append({"job_id": "a", "errors": ["caf\udce9.jsonl: there is no such file"]})

    (entry,) = log.entries(job_id="a")

    assert entry["errors"] == ["caf?.jsonl: there is no such file"]


def test_a_root_that_is_a_file_is_named(tmp_path: Path) -> None:
    """A log has no place below a file."""
    (tmp_path / "root").write_text("a file")
    log = ResultLog(tmp_path / "root")

    with pytest.raises(AccessDenied) as caught:
        log.append({"job_id": "a"})

    assert str(caught.value) == (
        f"{tmp_path / 'root' / 'logs'}: cannot be written: Not a directory; it was left as it was"
    )
    assert (tmp_path / "root").read_text() == "a file"
