"""What the tests of sources share."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import fsspec
import pytest


@pytest.fixture
def memory() -> Iterator[Callable[..., None]]:
    """Puts a file of these bytes into the memory file system, which is empty again afterwards."""
    filesystem = fsspec.filesystem("memory")

    def put(path: str, data: bytes) -> None:
        filesystem.pipe_file(path, data)

    yield put
    filesystem.store.clear()
    filesystem.pseudo_dirs[:] = [""]
