"""Files as bytes that are read from disk where they are looked at."""

from __future__ import annotations

import mmap

from contextlib import contextmanager
from typing import TYPE_CHECKING

from etlkit._files.reading import open_for_reading


if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def mapped(path: str) -> Iterator[mmap.mmap | bytes]:
    """The bytes of a local file that nobody changes meanwhile.

    Raises:
        SourceNotFound: There is no such file.
        AccessDenied: It may not be read.
        SourceUnavailable: It could not be opened for another reason.
    """
    with open_for_reading(path) as file:
        if not file.seek(0, 2):  # nothing cannot be mapped
            yield b""
            return
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            yield data


def expect(data: mmap.mmap | bytes, start: int, length: int) -> None:
    """Say that these bytes will be looked at soon, so that the system may fetch them now."""
    if isinstance(data, mmap.mmap) and hasattr(mmap, "MADV_WILLNEED"):
        page = start - start % mmap.PAGESIZE
        data.madvise(mmap.MADV_WILLNEED, page, min(start + length, len(data)) - page)
