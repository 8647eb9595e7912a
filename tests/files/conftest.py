"""What the tests of files share."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest


# The first look loads every module while the process may still read them.
UNPRIVILEGED = """
import os
from etlkit._clock import SYSTEM_CLOCK
from etlkit._files.locking import locked
from etlkit._files.reading import matching_files, open_for_reading
from etlkit._files.writing import AtomicFile, append_line, check_writable, make_folder

def look():
    try:
        return repr({expression})
    except Exception as error:
        return f"{{type(error).__name__}}: {{error}}"

look()
if os.getuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
print(look())
"""


@pytest.fixture
def reachable() -> Iterator[Path]:
    """A folder that other users can reach, which pytest's own is not."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        folder.chmod(0o755)
        yield folder


@pytest.fixture
def unprivileged(reachable: Path) -> Callable[[str], str]:
    """What an expression gives, or raises, in a process to which permissions apply."""

    def look(expression: str) -> str:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
        done = subprocess.run(
            [sys.executable, "-B", "-c", UNPRIVILEGED.format(expression=expression)],
            capture_output=True,
            text=True,
            check=True,
            cwd=reachable,
            env=kept,
        )
        return done.stdout.removesuffix("\n")

    return look


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
