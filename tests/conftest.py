"""What tests of several rooms share."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import tempfile

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hypothesis import HealthCheck, settings

from etlkit import JobResult, JobStatus
from etlkit.jobs import execution


# How long an example takes depends on what else the machine does.
settings.register_profile(
    "patient", settings.default, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("patient")

# The first look loads every module while the process may still read them.
UNPRIVILEGED = """
import os
from etlkit import FileSource
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


UNBALANCED: list[str] = []
"""Runs of the test that is running whose records do not add up."""


@pytest.fixture(scope="session", autouse=True)
def _weighed() -> Iterator[None]:
    """Weigh every run of the suite: what was read went somewhere, and once."""
    run = execution._Execution.run

    def weighing(self: execution._Execution) -> JobResult:
        result = run(self)
        tally = result.tally
        gone = tally.loaded + tally.filtered + tally.merged + tally.rejected
        if result.status is JobStatus.COMPLETED and tally.read + tally.produced != gone:
            UNBALANCED.append(f"{result.job_id}: {tally}")
        return result

    execution._Execution.run = weighing
    yield
    execution._Execution.run = run


@pytest.fixture(autouse=True)
def unbalanced() -> Iterator[list[str]]:
    """Fails a test in which a run committed although its records do not add up."""
    UNBALANCED.clear()
    yield UNBALANCED
    assert UNBALANCED == []


@pytest.fixture
def open_files() -> Callable[[], int]:
    """Counts the files that this process has open, without what earlier tests left to the collector."""
    gc.collect()
    return lambda: sum(1 for _ in Path("/proc/self/fd").iterdir())


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
