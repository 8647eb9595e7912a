"""What the tests of files share."""

from __future__ import annotations

import subprocess
import sys

from collections.abc import Callable, Iterator

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
