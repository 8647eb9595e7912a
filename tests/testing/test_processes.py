"""Work in processes of its own, traced and disturbed."""

from __future__ import annotations

import sys

from pathlib import Path
from typing import Any

import pytest

from etlkit.testing import processes
from etlkit.testing.points import Point, changes
from etlkit.testing.processes import KILLED, run, start, tracing


traced = pytest.mark.skipif(not tracing(), reason="strace cannot trace processes here")


def test_work_tells_what_it_printed(tmp_path: Path) -> None:
    """Its output is kept apart from that of the process that started it."""
    ending = run(lambda: sys.stdout.write("done\n"), tmp_path)

    assert (ending.status, ending.output, ending.complaints) == (0, "done\n", "")


def test_work_that_raises_ends_with_status_1(tmp_path: Path) -> None:
    """The traceback is what it complains of."""
    ending = run(lambda: {}["nothing"], tmp_path)

    assert ending.status == 1
    assert ending.complaints.endswith("KeyError: 'nothing'\n")


def test_several_workers_work_at_once(tmp_path: Path) -> None:
    """Each has a name of its own, and all have started before the first one is waited for."""
    workers = [
        start(lambda name=name: sys.stdout.write(name), tmp_path, name=name) for name in "abc"
    ]

    endings = [worker.ended() for worker in workers]

    assert [ending.output for ending in endings] == ["a", "b", "c"]


@traced
def test_every_change_of_a_file_is_a_point(tmp_path: Path) -> None:
    """Reading is none; opening is one where it may make the file."""
    path = tmp_path / "x"

    _, points = changes(
        lambda: (path.write_bytes(b"1"), path.read_bytes(), path.unlink()), tmp_path
    )

    assert [point.call for point in points] == ["openat", "write", "unlink"]
    assert {point.path for point in points} == {str(path)}
    assert str(points[1]) == f"before write number 1 on {path}"


@traced
def test_a_slow_start_adds_no_points(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tracer that watches from the first line on sees nothing but the work."""

    def late(*arguments: Any) -> None:
        while "TracerPid:\t0\n" in Path("/proc/self/status").read_text():
            pass
        begin(*arguments)

    begin = processes._work
    monkeypatch.setattr(processes, "_work", late)

    _, points = changes((tmp_path / "x").mkdir, tmp_path)

    assert [point.call for point in points] == ["mkdir"]


@traced
def test_a_process_is_killed_before_the_call(tmp_path: Path) -> None:
    """The call itself does not happen any more."""
    path = tmp_path / "x"

    ending = run(
        lambda: path.write_bytes(b"1"), tmp_path, strace=Point("write", 1).injecting("signal=KILL")
    )

    assert ending.status == KILLED
    assert path.read_bytes() == b""


@traced
@pytest.mark.parametrize(("lasting", "left"), [(False, [2]), (True, [])])
def test_a_call_fails_once_or_from_then_on(lasting: bool, left: list[int], tmp_path: Path) -> None:
    """A disk that was full for a moment, or that stays so."""

    def work() -> None:
        for number in (1, 2):
            try:
                (tmp_path / f"made-{number}").mkdir()
            except OSError:
                continue

    run(work, tmp_path, strace=Point("mkdir", 1).injecting("error=ENOSPC", lasting=lasting))

    assert [number for number in (1, 2) if (tmp_path / f"made-{number}").exists()] == left
