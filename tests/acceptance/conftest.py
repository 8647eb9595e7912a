"""Programs of users, in processes of their own."""

from __future__ import annotations

import re
import subprocess
import sys

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest


# Root may read and write anywhere. Without these two capabilities it has to obey the modes of
# files as everybody else does. Numbers of linux/prctl.h and linux/capability.h.
OBEY = """
import ctypes, os, sys

PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 24, 1, 2
if os.geteuid() == 0:
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    for capability in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):
        if prctl(PR_CAPBSET_DROP, capability, 0, 0, 0):
            sys.exit(os.strerror(ctypes.get_errno()))
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""

FAILED = re.compile(r"job \S+ failed: ")

Run = Callable[..., list[str]]
Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def run_program() -> Run:
    """Runs a program to its end and gives the lines it printed; only failed runs are logged."""

    def run(program: str, *arguments: object, options: tuple[str, ...] = ()) -> list[str]:
        command = [sys.executable, "-P", *options, "-c", program, *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        complaints = [line for line in done.stderr.splitlines() if not FAILED.match(line)]
        assert complaints == []
        return done.stdout.splitlines()

    return run


@pytest.fixture
def run_obeying_modes(run_program: Run) -> Run:
    """As ``run_program``, by a user who has to obey the modes of files and folders."""
    return lambda program, *arguments: run_program(OBEY, "-P", "-c", program, *arguments)


@pytest.fixture
def start_program() -> Iterator[Start]:
    """Starts a program, and returns once it has printed a line or is over."""
    started: list[subprocess.Popen[str]] = []

    def start(program: str, *arguments: object) -> subprocess.Popen[str]:
        command = [sys.executable, "-P", "-c", program, *map(str, arguments)]
        pipe = subprocess.PIPE
        process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True)
        started.append(process)
        assert process.stdout is not None
        process.stdout.readline()
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def names() -> Callable[[Path], list[str]]:
    """The names of everything in a folder, hidden or not."""
    return lambda folder: sorted(path.name for path in folder.iterdir())


@pytest.fixture
def json_lines() -> Callable[[Path], list[Any]]:
    """The values of a file with one JSON text on each line; each line is whole."""
    import orjson

    def read(path: Path) -> list[Any]:
        content = path.read_bytes()
        assert content.endswith(b"\n")
        return [orjson.loads(line) for line in content.splitlines()]

    return read
