"""Sorted rows on disk: runs in one file without a name, and their merge.

A row is a tuple of whatever its owner needs. What JSON cannot hold exactly is written with
the names of its types, and what cannot be written at all stays in memory.
"""

from __future__ import annotations

import sys

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from operator import itemgetter
from typing import TYPE_CHECKING, Any, TypeAlias

import orjson

from etlkit._files.temporary import temporary_file
from etlkit._words import named
from etlkit.errors import TransientError
from etlkit.transformations.spilling.packing import Unpackable, are_exact, tagged, untagged


if TYPE_CHECKING:
    from typing import BinaryIO

Row: TypeAlias = "tuple[Any, ...]"
Block: TypeAlias = "tuple[int, int]"
"""Where some rows stand in the file: offset and length."""

FAN_IN = 32
"""Runs that are merged at once; more are merged in several passes."""

BLOCK_ROWS = 512

_KEY = itemgetter(0)


class Forms:
    """Rows as bytes, and back; what cannot be written stays here, and its bytes say where."""

    def __init__(self) -> None:
        self._kept: list[Row] = []

    def written(self, rows: list[Row]) -> bytes:
        """The rows as bytes."""
        forms = [row if are_exact(row) else self._form(row) for row in rows]
        try:
            return orjson.dumps(forms)
        except TypeError:  # a long whole number, or a text that is no Unicode
            return orjson.dumps([self._form(row) for row in rows])

    def read(self, data: bytes) -> list[Row]:
        """The rows of these bytes, exactly as they were."""
        return [self._row(form) for form in orjson.loads(data)]

    def clear(self) -> None:
        """Forget what could not be written."""
        self._kept.clear()

    def _form(self, row: Row) -> dict[str, Any]:
        try:
            return {"tagged": tagged(row)}
        except Unpackable:
            self._kept.append(row)
            return {"kept": len(self._kept) - 1}

    def _row(self, form: Any) -> Row:
        if form.__class__ is list:
            return tuple(form)
        if "kept" in form:
            kept: Row = self._kept[form["kept"]]
            return kept
        row: Row = untagged(form["tagged"])
        return row


class Runs:
    """Runs of rows, each sorted, in the order in which they were added.

    The file belongs to this object; ``close`` releases it.

    Args:
        owner: The step, for messages.
        order: The key of a row; equal keys keep the order of the runs.
        block_rows: Rows that are read at once of a run.
    """

    def __init__(
        self, owner: str, order: Callable[[Row], Any], *, block_rows: int = BLOCK_ROWS
    ) -> None:
        self._owner = owner
        self._order = order
        self._block_rows = block_rows
        self._forms = Forms()
        self._runs: list[list[Block]] = []
        with _naming(owner):
            self._file = temporary_file()

    @property
    def count(self) -> int:
        """How many runs there are."""
        return len(self._runs)

    def add(self, rows: Iterable[Row]) -> None:
        """Write a further run.

        Raises:
            TransientError: There is no room for it.
        """
        iterator, run = iter(rows), []
        while block := list(islice(iterator, self._block_rows)):
            data = self._forms.written(block)
            with _naming(self._owner):
                at = self._file.seek(0, 2)
                _write_all(self._file, data)
            run.append((at, len(data)))
        self._runs.append(run)

    def merged(self) -> Iterator[list[Row]]:
        """All rows in order; closing the iterator leaves the runs as they are."""
        while len(self._runs) > FAN_IN:
            self._merge_some()
        yield from self._merge(self._runs, self._file)

    def close(self) -> None:
        """Remove the file."""
        self._file.close()
        self._runs.clear()
        self._forms.clear()

    def _merge_some(self) -> None:
        """One pass: every few runs become one, in another file."""
        runs, old = self._runs, self._file
        with _naming(self._owner):
            self._file = temporary_file()
        self._runs = []
        try:
            for start in range(0, len(runs), FAN_IN):
                merged = self._merge(runs[start : start + FAN_IN], old)
                self.add(row for rows in merged for row in rows)
        finally:
            old.close()

    def _merge(self, runs: Sequence[list[Block]], file: BinaryIO) -> Iterator[list[Row]]:
        readers = [_Reader(self._rows(run, file)) for run in runs]
        readers = [reader for reader in readers if reader.fill()]
        while readers:
            # what is not behind the end of any buffer is complete: sorting it is a merge,
            # since it consists of as many sorted parts as there are runs
            ends = [(reader.buffer[-1][0], number) for number, reader in enumerate(readers)]
            bound, which = min(ends)
            ready: list[tuple[Any, Row]] = []
            for number, reader in enumerate(readers):
                ready += reader.until(bound, included=number <= which)
            ready.sort(key=_KEY)
            yield [row for _, row in ready]
            readers = [reader for reader in readers if reader.fill()]

    def _rows(self, run: list[Block], file: BinaryIO) -> Iterator[list[tuple[Any, Row]]]:
        for at, length in run:
            with _naming(self._owner):
                file.seek(at)
                data = _read_all(file, length)
            yield [(self._order(row), row) for row in self._forms.read(data)]


class _Reader:
    """The rows of a run with their keys, some at a time."""

    def __init__(self, blocks: Iterator[list[tuple[Any, Row]]]) -> None:
        self._blocks = blocks
        self.buffer: list[tuple[Any, Row]] = []
        self._at = 0

    def fill(self) -> bool:
        """Whether there are rows left, which are in the buffer then."""
        if self._at == len(self.buffer):
            self.buffer, self._at = next(self._blocks, []), 0
        return bool(self.buffer)

    def until(self, bound: Any, *, included: bool) -> list[tuple[Any, Row]]:
        """Take the rows up to a key."""
        search = bisect_right if included else bisect_left
        start, self._at = self._at, search(self.buffer, bound, lo=self._at, key=_KEY)
        return self.buffer[start : self._at]


def footprint(value: Any, depth: int = 0) -> int:
    """About how many bytes of memory a value takes."""
    size = sys.getsizeof(value, 64)
    kind = value.__class__
    if depth > 20:  # noqa: PLR2004 -- about
        return size
    if kind is dict:
        return size + sum(footprint(inner, depth + 1) for inner in value.values())
    if kind in (list, tuple):
        return size + sum(footprint(inner, depth + 1) for inner in value)
    return size


def _write_all(file: BinaryIO, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[file.write(left) :]


def _read_all(file: BinaryIO, length: int) -> bytes:
    parts = []
    while length:
        part = file.read(length)
        if not part:
            message = "the file is shorter than what was written"
            raise OSError(message)
        parts.append(part)
        length -= len(part)
    return b"".join(parts)


@contextmanager
def _naming(owner: str) -> Iterator[None]:
    """Errors of the file in words of ours; none of them is the fault of a record."""
    try:
        yield
    except OSError as error:
        message = (
            f"the temporary file of {owner} failed: {named(error)}; is the folder for temporary "
            "files full? TMPDIR names another one"
        )
        raise TransientError(message) from error
