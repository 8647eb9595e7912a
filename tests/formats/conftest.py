"""Streams that tests of formats share."""

from __future__ import annotations

import io

import pytest


class Trickle:
    """A stream that gives few bytes at a time, as a slow connection does."""

    def __init__(self, data: bytes, most: int) -> None:
        self._file = io.BytesIO(data)
        self._most = most

    def read(self, size: int = -1, /) -> bytes:
        """Fewer bytes than were asked for."""
        return self._file.read(min(size, self._most) if size > 0 else size)


@pytest.fixture(scope="session")
def trickle() -> type[Trickle]:
    """The class of a stream that gives few bytes at a time."""
    return Trickle
