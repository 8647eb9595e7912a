"""A line that is too long is one rejected record, and costs no more memory than the limit."""

from __future__ import annotations

import hashlib
import io
import tracemalloc

from typing import Any

import pytest

from etlkit.formats import JsonLines
from etlkit.formats.text.lines import CHUNK_BYTES, KEPT_BYTES, MAX_RECORD_BYTES
from etlkit.records import Batch, Origin, Refusal


ORIGIN = Origin("forms.jsonl")
MEBIBYTE = 1024 * 1024
END = b"\n{}\n"


class LongLines:
    """A file that is made while it is read: long lines, with a short one after each."""

    def __init__(self, length: int, count: int = 1) -> None:
        self._parts = [length, len(END)] * count

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes, never more than a chunk."""
        data = b""
        while self._parts and len(data) < size:
            taken = min(self._parts[0], size - len(data))
            data += b"x" * taken if len(self._parts) % 2 == 0 else END[-self._parts[0] :][:taken]
            self._parts[0] -= taken
            self._parts = self._parts[self._parts[0] == 0 :]
        return data


def batches(data: bytes, limit: int) -> list[Batch]:
    """The batches of a file that is read in one go."""
    return list(JsonLines(max_record_bytes=limit).batches(io.BytesIO(data), ORIGIN))


def outline(found: list[Batch]) -> list[tuple[int, object]]:
    """Each line with its number: its bytes, or the code of its refusal."""
    lines: list[tuple[int, object]] = []
    for batch in found:
        lines += [(batch.first + one.position, one.code) for one in batch.refused]
        raw = map(batch.raw, range(len(batch.items)))
        lines += enumerate(raw, batch.first)
    return lines


def refusals(stream: Any, limit: int) -> list[tuple[int, Refusal]]:
    """The refused lines of a stream, with their numbers."""
    read = JsonLines(max_record_bytes=limit).batches(stream, ORIGIN)
    return [(batch.first, refusal) for batch in read for refusal in batch.refused]


def peak_of_reading(stream: LongLines, limit: int) -> int:
    """The most bytes that were held at once while a stream was cut into lines."""
    tracemalloc.start()
    try:
        for batch in JsonLines(max_record_bytes=limit).batches(stream, ORIGIN):
            del batch
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


SHORT = [b'{"id":1}', b'{"id":22}']


@pytest.mark.parametrize("length", [21, 5_000, CHUNK_BYTES, 3 * CHUNK_BYTES + 7])
@pytest.mark.parametrize("at", [0, 1, 2], ids=["first", "in the middle", "last"])
@pytest.mark.parametrize("end", [b"\n", b""], ids=["closed", "open"])
def test_a_long_line_takes_its_number_and_leaves_the_others_theirs(
    length: int, at: int, end: bytes
) -> None:
    """Whatever its place and length, it is one record, and its neighbours are read."""
    lines = [*SHORT[:at], b"x" * length, *SHORT[at:]]

    found = outline(batches(b"\n".join(lines) + end, limit=20))

    assert found == [
        (number, "too_long" if line not in SHORT else line) for number, line in enumerate(lines, 1)
    ]


def test_long_lines_in_a_row_are_numbered_one_by_one() -> None:
    """Neighbouring long lines neither merge nor swallow the blank line between them."""
    data = b"\n".join([b"x" * 30, b"y" * 31, b"", b"z" * (2 * CHUNK_BYTES), b"", b"{}"])

    found = outline(batches(data, limit=20))

    assert found == [
        (1, "too_long"),
        (2, "too_long"),
        (3, b""),
        (4, "too_long"),
        (5, b""),
        (6, b"{}"),
    ]


def test_a_line_of_exactly_the_limit_is_read() -> None:
    """The limit is the longest line that is allowed, without its newline."""
    found = outline(batches(b"x" * 20 + b"\n" + b"y" * 21 + b"\n", limit=20))

    assert found == [(1, b"x" * 20), (2, "too_long")]


@pytest.mark.parametrize("length", [30, 6_000, 2 * CHUNK_BYTES + 5])
def test_the_refusal_tells_the_line_by_its_beginning_length_and_hash(length: int) -> None:
    """What is kept of a long line identifies it, and the message says what was kept."""
    line = (b"0123456789" * (length // 10 + 1))[:length]
    kept = min(length, KEPT_BYTES)

    found = refusals(io.BytesIO(b"{}\n" + line + b"\n"), limit=20)

    message = (
        f"the record has {length} bytes, more than max_record_bytes=20; pass a higher one to read "
        f"it; kept are its first {kept} bytes (sha256 of all: {hashlib.sha256(line).hexdigest()})"
    )
    assert found == [(2, Refusal(0, "too_long", message, line[:kept], length))]


def test_a_line_of_20_mb_is_refused_by_default() -> None:
    """The limit that nobody set is 16 MiB."""
    ((number, refusal),) = refusals(LongLines(20_000_000), MAX_RECORD_BYTES)

    assert (number, refusal.code, refusal.raw_bytes, len(refusal.raw or b"")) == (
        1,
        "too_long",
        20_000_000,
        4096,
    )


def test_the_default_limit_is_16_mib() -> None:
    """A format that nobody configured has the documented limit."""
    limit = JsonLines().max_record_bytes

    assert limit == 16 * MEBIBYTE


@pytest.mark.parametrize(
    ("length", "count"),
    [(20_000_000, 1), (MEBIBYTE, 1), (MEBIBYTE - 1, 3), (MEBIBYTE + CHUNK_BYTES, 3)],
    ids=["20 MB", "the limit", "three of the limit", "three above it"],
)
def test_no_more_than_about_twice_the_limit_is_held(length: int, count: int) -> None:
    """Long lines cost memory by the limit, not by their own length."""
    stream = LongLines(length, count)

    peak = peak_of_reading(stream, limit=MEBIBYTE)

    assert peak < 2 * MEBIBYTE + 3 * CHUNK_BYTES
