"""What the tests of state share."""

from __future__ import annotations

import stat

from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest


@pytest.fixture
def names() -> Callable[[Path], list[str]]:
    """The names of everything in a folder, hidden or not."""
    return lambda folder: sorted(path.name for path in folder.iterdir())


@pytest.fixture
def permissions() -> Callable[[Path], str]:
    """The permissions of a file or folder, as ``chmod`` takes them."""
    return lambda path: f"{stat.S_IMODE(path.stat().st_mode):o}"


@pytest.fixture
def json_lines() -> Callable[[Path], list[Any]]:
    """The values of a file with one JSON text on each line; each line is whole."""

    def read(path: Path) -> list[Any]:
        content = path.read_bytes()
        assert content.endswith(b"\n")
        return [orjson.loads(line) for line in content.splitlines()]

    return read
