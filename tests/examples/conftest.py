"""Examples run as users run them: as scripts, in processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys

from collections.abc import Callable
from pathlib import Path

import pytest


# Tests and examples may be copied elsewhere, but stay side by side.
EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="session")
def examples() -> Path:
    """The folder of the examples."""
    return EXAMPLES


@pytest.fixture(scope="session")
def run_python() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs Python in a folder; temporary files go where `temp` says, and warnings are errors."""

    def run(*arguments: object, cwd: Path, temp: Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-B", "-W", "error", *map(str, arguments)],
            capture_output=True,
            check=False,
            cwd=cwd,
            encoding="utf-8",
            env={**os.environ, "TMPDIR": str(temp)},
        )

    return run
