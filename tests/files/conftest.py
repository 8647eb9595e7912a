"""What the tests of files share."""

from __future__ import annotations

import subprocess
import sys

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest


@pytest.fixture
def in_process() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts programs that use etlkit, and ends those that are left."""
    started: list[subprocess.Popen[str]] = []

    def start(program: str, *arguments: object) -> subprocess.Popen[str]:
        command = [sys.executable, "-B", "-c", program, *map(str, arguments)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        process = subprocess.Popen(command, text=True, **pipes)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


# Kills a process before each of its effects, and then perhaps the one that mends it, too;
# and prints what each left. A fork takes milliseconds, a new interpreter a tenth of a second.
SWEEP = """
import os, signal, sys
from pathlib import Path
from etlkit._files import effects
from etlkit._files.appending import append_once, recovered, replace
from etlkit._files.journal import held_journal
from etlkit._files.writing import AtomicFile

{program}

def killed_before(number, work):
    pid = os.fork()
    if not pid:
        left = [number]
        def count(*_):
            left[0] -= 1
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)
        effects.before_each(count)
        work()
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

def emptied():
    for path in Path().iterdir():
        path.unlink()
    prepare()

os.chdir(sys.argv[1])
for first in range(1, 100):
    for second in range(1, 100):
        emptied()
        code = killed_before(first, work)
        between = seen()
        again = killed_before(second, work) if sys.argv[2] == "twice" else 0
        once_more = killed_before(0, work)
        print(code, between, seen(), sorted(path.name for path in Path().iterdir()), sep="|")
        assert once_more == 0
        if not again:
            break
    if not code:
        break
"""


@pytest.fixture
def sweep(tmp_path: Path) -> Callable[..., list[list[str]]]:
    """Kills a process at each of its effects: exit code, content then and after the next one."""

    def run(program: str, times: str = "once") -> list[list[str]]:
        command = [sys.executable, "-B", "-c", SWEEP.format(program=program), str(tmp_path), times]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.stderr == ""
        return [line.split("|") for line in done.stdout.splitlines()]

    return run
