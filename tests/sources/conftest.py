"""What the tests of sources share."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile

from collections.abc import Callable, Iterator
from pathlib import Path

import fsspec
import pytest


# The first look loads every module while the process may still read them.
UNPRIVILEGED = """
import os
from etlkit import FileSource

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
def memory() -> Iterator[Callable[..., None]]:
    """Puts a file of these bytes into the memory file system, which is empty again afterwards."""
    filesystem = fsspec.filesystem("memory")

    def put(path: str, data: bytes) -> None:
        filesystem.pipe_file(path, data)

    yield put
    filesystem.store.clear()
    filesystem.pseudo_dirs[:] = [""]
