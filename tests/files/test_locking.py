"""One holder at a time, among threads and processes, and none after a crash."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any

import pytest

from etlkit._files.locking import locked
from etlkit.errors import AccessDenied, ConfigurationError, DestinationBusy
from etlkit.testing import FakeClock


HOLD = """
import sys
from etlkit._clock import SYSTEM_CLOCK
from etlkit._files.locking import locked

with locked(sys.argv[1], wait_seconds=0, clock=SYSTEM_CLOCK):
    print("held", flush=True)
    sys.stdin.readline()
"""

COUNT = """
import sys
from etlkit._clock import SYSTEM_CLOCK
from etlkit._files.locking import locked

path, times = sys.argv[1], int(sys.argv[2])
for _ in range(times):
    with locked(path, wait_seconds=60, clock=SYSTEM_CLOCK):
        number = int(open(path).read())
        open(path, "w").write(str(number + 1))
"""


class Patient:
    """A clock that stands still and lets others run, so that nobody waits too long."""

    def monotonic(self) -> float:
        """The same moment for ever."""
        return 0.0

    def sleep(self, seconds: float) -> None:
        """Let another thread run."""
        os.sched_yield()


class Releasing(FakeClock):
    """A clock whose third sleep lasts until the other holder has let go."""

    def __init__(self, holder: ExitStack) -> None:
        super().__init__()
        self.holder = holder

    def sleep(self, seconds: float) -> None:
        """Sleep; after the third time nobody holds the lock."""
        super().sleep(seconds)
        if len(self.sleeps) == 3:
            self.holder.close()


def held(path: Path, wait_seconds: float = 0) -> AbstractContextManager[None]:
    """The lock of a path, on a clock that jumps ahead."""
    return locked(str(path), wait_seconds=wait_seconds, clock=FakeClock())


def test_a_lock_leaves_nothing_behind(tmp_path: Path) -> None:
    """While it is held there is a private file beside the target, afterwards none."""
    with held(tmp_path / "out.jsonl"):
        during = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}

    assert during == {".out.jsonl.lock": 0o600}
    assert list(tmp_path.iterdir()) == []


def test_a_lock_is_let_go_by_an_exception(tmp_path: Path) -> None:
    """The body may fail; the exception surfaces and the lock is free."""
    with pytest.raises(LookupError), held(tmp_path / "out.jsonl"):
        raise LookupError

    assert list(tmp_path.iterdir()) == []


def test_a_lock_can_be_held_again(tmp_path: Path) -> None:
    """One holder after the other needs no waiting."""
    clock = FakeClock()

    with locked(str(tmp_path / "out.jsonl"), wait_seconds=0, clock=clock):
        pass
    with locked(str(tmp_path / "out.jsonl"), wait_seconds=0, clock=clock):
        pass

    assert clock.sleeps == []


def test_different_files_have_different_locks(tmp_path: Path) -> None:
    """Only the same target is kept from others."""
    with held(tmp_path / "a.jsonl"), held(tmp_path / "b.jsonl"):
        found = sorted(path.name for path in tmp_path.iterdir())

    assert found == [".a.jsonl.lock", ".b.jsonl.lock"]


@pytest.mark.parametrize("wait_seconds", [0, 0.5, 60])
def test_a_second_holder_gives_up_after_its_time(tmp_path: Path, wait_seconds: float) -> None:
    """The message says how long the target was held, and the first holder keeps it."""
    path = tmp_path / "out.jsonl"
    clock = FakeClock()

    with held(path), pytest.raises(DestinationBusy) as caught:
        locked(str(path), wait_seconds=wait_seconds, clock=clock).__enter__()

    assert str(caught.value) == (
        f"{path}: another run has held it for {wait_seconds:g} s; try again later"
    )
    assert wait_seconds <= sum(clock.sleeps) < wait_seconds + 0.02


def test_a_second_holder_waits_for_the_first(tmp_path: Path) -> None:
    """Whoever waits gets the lock as soon as it is let go."""
    first = ExitStack()
    first.enter_context(held(tmp_path / "out.jsonl"))
    clock = Releasing(first)

    with locked(str(tmp_path / "out.jsonl"), wait_seconds=60, clock=clock):
        pass

    assert len(clock.sleeps) == 3
    assert list(tmp_path.iterdir()) == []


def test_one_place_has_one_lock_by_any_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Relative paths and symbolic links to the same file exclude each other."""
    monkeypatch.chdir(tmp_path)
    Path("real.jsonl").touch()
    Path("link.jsonl").symlink_to("real.jsonl")

    with held(Path("link.jsonl")), pytest.raises(DestinationBusy) as caught:
        held(tmp_path / "real.jsonl").__enter__()

    assert str(caught.value) == (
        f"{tmp_path}/real.jsonl: another run has held it for 0 s; try again later"
    )


def test_two_threads_exclude_each_other(tmp_path: Path) -> None:
    """The lock holds between the threads of one process as between processes."""
    path = tmp_path / "out.jsonl"
    holding, done = threading.Event(), threading.Event()

    def hold() -> None:
        with held(path):
            holding.set()
            done.wait()

    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(hold)
        holding.wait()
        with pytest.raises(DestinationBusy):
            held(path).__enter__()
        done.set()

    assert other.result() is None


def test_two_processes_exclude_each_other(tmp_path: Path, in_process: Callable[..., Any]) -> None:
    """A lock of another process is respected until that process lets go."""
    path = tmp_path / "out.jsonl"
    process = in_process(HOLD, path)
    assert process.stdout.readline() == "held\n"

    with pytest.raises(DestinationBusy) as caught:
        held(path).__enter__()

    process.communicate("go\n")
    assert str(caught.value) == f"{path}: another run has held it for 0 s; try again later"
    assert (process.returncode, list(tmp_path.iterdir())) == (0, [])


def test_a_killed_holder_lets_go(tmp_path: Path, in_process: Callable[..., Any]) -> None:
    """After `kill -9` the next holder need not wait, and clears away what was left."""
    path = tmp_path / "out.jsonl"
    process = in_process(HOLD, path)
    assert process.stdout.readline() == "held\n"
    process.kill()
    code = process.wait()

    with held(path):
        during = [each.name for each in tmp_path.iterdir()]

    assert (code, during) == (-signal.SIGKILL, [".out.jsonl.lock"])
    assert list(tmp_path.iterdir()) == []


def test_a_lock_file_of_an_old_crash_is_no_lock(tmp_path: Path) -> None:
    """What counts is who holds it, not that there is a file."""
    (tmp_path / ".out.jsonl.lock").write_text("left behind")

    with held(tmp_path / "out.jsonl"):
        pass

    assert list(tmp_path.iterdir()) == []


def test_a_lock_file_that_was_removed_by_hand_is_no_harm(tmp_path: Path) -> None:
    """Whoever tidies up while a run works does not break the end of that run."""
    with held(tmp_path / "out.jsonl"):
        (tmp_path / ".out.jsonl.lock").unlink()

    assert list(tmp_path.iterdir()) == []


def test_no_update_is_lost_between_threads(tmp_path: Path) -> None:
    """Eight threads add fifty times each, although every holder removes the file it locked."""
    counter = tmp_path / "counter"
    counter.write_text("0")

    def add(_: int) -> None:
        with locked(str(counter), wait_seconds=1, clock=Patient()):
            counter.write_text(str(int(counter.read_text()) + 1))

    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(add, range(400)))

    assert (len(done), counter.read_text()) == (400, "400")
    assert [path.name for path in tmp_path.iterdir()] == ["counter"]


def test_no_update_is_lost_between_processes(
    tmp_path: Path, in_process: Callable[..., Any]
) -> None:
    """Four processes add twenty-five times each."""
    counter = tmp_path / "counter"
    counter.write_text("0")
    processes = [in_process(COUNT, counter, 25) for _ in range(4)]

    codes = [process.wait() for process in processes]

    assert (codes, counter.read_text()) == ([0] * 4, "100")
    assert [path.name for path in tmp_path.iterdir()] == ["counter"]


def test_a_lock_in_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    """The message names the folder, and no folder is made."""
    path = tmp_path / "missing" / "out.jsonl"

    with pytest.raises(ConfigurationError) as caught:
        held(path).__enter__()

    assert str(caught.value) == (
        f"{path}: cannot be written: the folder {tmp_path}/missing does not exist"
    )


def test_a_lock_below_a_file_is_an_error(tmp_path: Path) -> None:
    """A path that leads through a file cannot be locked."""
    (tmp_path / "file").touch()
    path = tmp_path / "file" / "out.jsonl"

    with pytest.raises(AccessDenied) as caught:
        held(path).__enter__()

    assert str(caught.value) == (
        f"{path}: cannot be written: Not a directory; it was left as it was"
    )


def test_a_lock_in_a_closed_folder_is_an_error(
    reachable: Path, unprivileged: Callable[[str], str]
) -> None:
    """Where no lock file can be made, no run may begin."""
    found = unprivileged("locked('out.jsonl', wait_seconds=0, clock=SYSTEM_CLOCK).__enter__()")

    assert found == (
        "AccessDenied: out.jsonl: cannot be written: Permission denied; it was left as it was"
    )


HOLD_AND_FORK = """
import os, sys
from etlkit._clock import SYSTEM_CLOCK
from etlkit._files.locking import locked

with locked(sys.argv[1], wait_seconds=0, clock=SYSTEM_CLOCK):
    child = os.fork()
    if child == 0:
        sys.stdin.read()  # lives on, and has never heard of the lock
        os._exit(0)
with locked(sys.argv[1], wait_seconds=0, clock=SYSTEM_CLOCK):
    print("held again", flush=True)
"""


def test_a_forked_child_that_lives_on_does_not_keep_a_lock(tmp_path: Path) -> None:
    """It has the file open as well, so closing it would not do."""
    command = [sys.executable, "-W", "ignore", "-c", HOLD_AND_FORK, str(tmp_path / "out.jsonl")]

    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        process.kill()

    assert line == "held again\n"
