"""JSON Lines are cut at newlines, whatever pieces their bytes arrive in."""

from __future__ import annotations

import io
import json
import re

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from etlkit import ETLJob
from etlkit.errors import ConfigurationError, InputError
from etlkit.formats import JsonLines
from etlkit.formats.text.lines import CHUNK_BYTES
from etlkit.formats.values import explain_json, loads_checked
from etlkit.records import Batch, Origin, Unfit


if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from etlkit.formats.format import ByteStream

BOM = b"\xef\xbb\xbf"
ORIGIN = Origin("forms.jsonl")
# What is refused as a file in another encoding, or as a compressed one.
OTHER = re.compile(rb"\xff\xfe|\xfe\xff|\x1f\x8b|([^\0]\0){2}|(\0[^\0]){2}")


class Pieces:
    """A stream that gives its bytes in pieces of its own choice, as a pipe does."""

    def __init__(self, *pieces: bytes) -> None:
        self._pieces = [piece for piece in pieces if piece]

    def read(self, size: int = -1, /) -> bytes:
        """The rest of the current piece, but no more than ``size`` bytes."""
        if not self._pieces:
            return b""
        piece = self._pieces.pop(0)
        if 0 <= size < len(piece):
            self._pieces.insert(0, piece[size:])
            return piece[:size]
        return piece


def in_pieces(data: bytes, cuts: list[int]) -> Pieces:
    """The data as a stream that is cut at these positions."""
    ends = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    return Pieces(*[data[start:end] for start, end in pairwise(ends)])


def outcome(text: bytes, decode: Callable[[bytes], Any]) -> str:
    """What decoding gives: the value, told apart from its equals, or the code and the reason."""
    try:
        return repr(decode(text))
    except ValueError as error:
        reason = explain_json(text, error)
        assert isinstance(reason, Unfit)
        return f"{reason.code}: {reason}"


def outcome_at(batch: Batch, position: int) -> str:
    """The same of an item, as the batch itself tells it."""
    try:
        return repr(batch.decode(batch.items[position]))
    except ValueError as error:
        reason = batch.reason(batch.items[position], error)
        assert isinstance(reason, Unfit)
        return f"{reason.code}: {reason}"


def raw_lines(batch: Batch) -> list[bytes | None]:
    """The bytes of its records."""
    return [batch.raw(position) for position in range(len(batch.items))]


def seen(stream: ByteStream, **options: Any) -> list[tuple[Any, ...]]:
    """Each line with its number: its bytes and what they mean, or why it was not cut out."""
    found: list[tuple[Any, ...]] = []
    for batch in JsonLines(**options).batches(stream, ORIGIN):
        refused = [(batch.first + one.position, one.code, one.raw_bytes) for one in batch.refused]
        items = [
            (batch.first + position, batch.raw(position), outcome_at(batch, position))
            for position in range(len(batch.items))
        ]
        found += [*refused, *items]
    return found


def expected(data: bytes, limit: int) -> list[tuple[Any, ...]]:
    """The same, said as simply as possible: split, number, decode one by one."""
    lines = data.removeprefix(BOM).split(b"\n")
    if not lines[-1]:
        lines.pop()
    return [
        (number, "too_long", len(line))
        if len(line) > limit
        else (number, line, outcome(line, loads_checked))
        for number, line in enumerate(lines, 1)
    ]


def batches(data: bytes, **options: Any) -> list[Batch]:
    """The batches of a file that is read in one go."""
    return list(JsonLines(**options).batches(io.BytesIO(data), ORIGIN))


def records(data: bytes, **options: Any) -> list[tuple[int, Any]]:
    """The decoded records of a file with their numbers; blank lines are skipped as a run does."""
    return [
        (number, batch.decode(item))
        for batch in batches(data, **options)
        for number, item in enumerate(batch.items, batch.first)
        if item.strip()
    ]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner),
    max_leaves=5,
)
ODD_LINES = [
    b"",
    b" \t",
    b"\r",
    b'{"a":1}\r',
    '{"text":"\u2028\u2029\u0085"}'.encode(),
    b'{"id":18446744073709551616}',
    b'{"id":-9223372036854775809}',
    b'{"id":12345678901234567890123456789012345}',
    b'{"id":' + b"7" * 400 + b"}",
    b'{"amount":NaN}',
    BOM + b"{}",
    b"[" * 300 + b"]" * 300,
    b"[" * 1100 + b"]" * 1100,
]
LINES = (
    st.sampled_from(ODD_LINES)
    | st.dictionaries(st.text(max_size=3), VALUES, max_size=3).map(
        lambda record: json.dumps(record, ensure_ascii=False).encode(errors="replace")
    )
    | st.binary(max_size=30).map(lambda line: line.replace(b"\n", b""))
)
FILES = st.builds(
    lambda mark, lines, end: mark + b"\n".join(lines) + end,
    st.sampled_from([b"", BOM]),
    st.lists(LINES, max_size=8),
    st.sampled_from([b"", b"\n"]),
)


@settings(deadline=None)
@given(FILES, st.lists(st.integers(0, 400), max_size=12), st.sampled_from([1, 20, 650, 1 << 24]))
@example(BOM + b'{"a":1}\n', [1], 1 << 24)
@example(BOM + b'{"a":1}\n', [3], 1 << 24)
def test_any_pieces_of_a_file_give_the_same_records(
    data: bytes, cuts: list[int], limit: int
) -> None:
    """Lines, numbers, values and refusals do not depend on how the bytes arrive."""
    assume(not OTHER.match(data))
    stream = in_pieces(data, cuts)

    found = seen(stream, max_record_bytes=limit)

    assert found == expected(data, limit)


@settings(deadline=None)
@given(FILES, st.lists(st.integers(0, 400), max_size=5))
def test_only_the_last_batch_of_an_open_file_says_so(data: bytes, cuts: list[int]) -> None:
    """A file without a final newline may be cut off, and its last batch is marked."""
    assume(not OTHER.match(data))
    stream = in_pieces(data, cuts)

    marks = [batch.ends_open for batch in JsonLines().batches(stream, ORIGIN)]

    text = data.removeprefix(BOM)
    assert marks[:-1] == [False] * len(marks[:-1])
    assert marks[-1:] == ([not text.endswith(b"\n")] if text else [])


def test_a_large_file_comes_in_batches_of_about_a_chunk() -> None:
    """A file of several chunks is cut into several batches, and their numbers go on."""
    lines = [b'{"id":%d}' % number for number in range(1, 60_001)]

    found = batches(b"\n".join(lines))

    assert [line for batch in found for line in raw_lines(batch)] == lines
    assert [batch.first for batch in found[1:]] == [
        before.first + len(before.items) for before in found[:-1]
    ]
    sizes = [sum(len(line or b"") for line in raw_lines(batch)) for batch in found]
    assert [size <= CHUNK_BYTES for size in sizes] == [True] * 7


@pytest.mark.parametrize("before", [1, 5, 19, 24])
def test_a_wide_integer_across_two_chunks_stays_exact(before: int) -> None:
    """Whether an integer is wide is asked of whole lines, not of what was read at once."""
    start = b'{"pad":"' + b"x" * (CHUNK_BYTES - before - 16) + b'","id":'
    data = start + b"1234567890123456789012345}\n"

    found = records(data)

    assert len(start) + before == CHUNK_BYTES - 1
    assert found[0][1]["id"] == 1234567890123456789012345


@pytest.mark.parametrize(
    "separator",
    ["\u2028", "\u2029", "\u0085", "\v", "\f", "\x1c", "\x1e", "\r"],
    ids=lambda text: f"U+{ord(text):04X}",
)
def test_no_other_character_ends_a_line(separator: str) -> None:
    """What `str.splitlines` takes for a line end belongs to the text of a record."""
    data = f"{{}}{separator}{{}}\n".encode()

    found = batches(data)

    assert [raw_lines(batch) for batch in found] == [[data.removesuffix(b"\n")]]


def test_separators_inside_strings_are_read_as_they_are() -> None:
    """U+2028 and U+0085 come through a string unchanged."""
    data = '{"text":"a\u2028b\u0085c"}\n'.encode()

    found = records(data)

    assert found == [(1, {"text": "a\u2028b\u0085c"})]


def test_windows_line_ends_are_read() -> None:
    """CRLF ends a line, and a line of CR alone is blank."""
    data = b'{"id":1}\r\n\r\n{"id":2}\r\n'

    found = records(data)

    assert found == [(1, {"id": 1}), (3, {"id": 2})]


def test_a_carriage_return_stays_with_the_bytes_of_the_line() -> None:
    """What is kept of a record is what the file holds."""
    data = b'{"id":1}\r\n'

    (batch,) = batches(data)

    assert raw_lines(batch) == [b'{"id":1}\r']


def test_blank_lines_keep_their_numbers() -> None:
    """Record numbers are line numbers, so blank lines count although they are no records."""
    data = b'\n  \n{"id":3}\n\t\n\n{"id":6}\n\n'

    found = records(data)

    assert found == [(3, {"id": 3}), (6, {"id": 6})]


def test_blank_lines_are_left_to_the_run_to_count() -> None:
    """Blank lines come as items, marked as no records."""
    (batch,) = batches(b"{}\n\n \n")

    assert batch.is_blank is not None
    assert [batch.is_blank(item) for item in batch.items] == [False, True, True]


@pytest.mark.parametrize("data", [b"", BOM], ids=["nothing", "a byte order mark alone"])
def test_an_empty_file_has_no_records(data: bytes) -> None:
    """An empty file is not an error."""
    found = batches(data)

    assert found == []


def test_a_byte_order_mark_at_the_start_is_skipped() -> None:
    """Files of Windows programs read like any other."""
    found = records(BOM + b'{"id":1}\n')

    assert found == [(1, {"id": 1})]


@pytest.mark.parametrize("cut", [1, 2, 3], ids=["byte 1", "byte 2", "byte 3"])
def test_a_byte_order_mark_may_arrive_in_pieces(cut: int) -> None:
    """A short first read neither ends the file nor leaves the mark in the first record."""
    stream = in_pieces(BOM + b'{"id":1}\n', [cut])

    found = seen(stream)

    assert found == [(1, b'{"id":1}', "{'id': 1}")]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("cuts", [[], [1]], ids=["at once", "in pieces"])
def test_another_encoding_is_refused_as_a_whole(encoding: str, cuts: list[int]) -> None:
    """A UTF-16 file fails with what to do, instead of thousands of broken records."""
    stream = in_pieces("\ufeff{}\n".encode(encoding), cuts)

    with pytest.raises(InputError) as caught:
        seen(stream)

    name = encoding[:6]
    assert str(caught.value) == (
        f"forms.jsonl: the file is {name.upper()}, but is read as UTF-8; pass encoding='{name}'"
    )


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_without_a_byte_order_mark_is_named(encoding: str) -> None:
    """Every other byte of its first characters is a zero, as in no text of UTF-8."""
    stream = io.BytesIO('{"id": 1}\n'.encode(encoding))

    with pytest.raises(InputError) as caught:
        list(JsonLines().batches(stream, ORIGIN))

    assert str(caught.value) == (
        "forms.jsonl: the file looks like UTF-16 without a byte order mark, but is read as UTF-8; "
        f"pass encoding='{encoding}'"
    )


def test_a_last_line_without_a_newline_is_read() -> None:
    """The final newline is customary, not required."""
    found = batches(b'{"id":1}\n{"id":2}')

    assert [(batch.first, raw_lines(batch), batch.ends_open) for batch in found] == [
        (1, [b'{"id":1}'], False),
        (2, [b'{"id":2}'], True),
    ]


def test_a_batch_knows_its_file_and_how_failures_are_explained() -> None:
    """A record can be traced to its file from any batch."""
    (batch,) = batches(b"{}\n1\n")
    error = Unfit("json", "not JSON")

    found = [batch.explain(item, error) for item in batch.items]

    assert batch.origin == ORIGIN
    assert found == [error, error]


@pytest.mark.parametrize("value", [0, -1, "16 MB", 1.5, None, True], ids=repr)
def test_a_limit_that_is_no_number_of_bytes_is_refused(value: object) -> None:
    """A mistaken option fails where it is written, not in the middle of a run."""
    with pytest.raises(ConfigurationError) as caught:
        JsonLines(max_record_bytes=value)  # type: ignore[arg-type]  # that is the point

    assert str(caught.value) == f"max_record_bytes is a whole number above 0, got {value!r}"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (
            b'[{"n": 1}, {"n": 2}]',
            (
                "f.jsonl:1: the record is an array, expected a JSON object (a dict); if the file is "
                "one array, pass format='json'"
            ),
        ),
        (
            b'[\n  {"n": 1}\n]\n',
            (
                "f.jsonl:1: not JSON: unexpected end of data at character 2; if the file is one "
                "array, pass format='json'"
            ),
        ),
        (
            b'{\n  "n": 1\n}\n',
            (
                "f.jsonl:1: not JSON: unexpected end of data at character 2; if the file is an object "
                "over several lines, pass format='json'"
            ),
        ),
        (
            b'{"n": 1}\n[{"n": 1}]\n',
            "f.jsonl:2: the record is an array, expected a JSON object (a dict)",
        ),
    ],
    ids=["array on a line", "array", "object", "array later on"],
)
def test_a_json_document_under_the_suffix_of_lines_is_told(
    tmp_path: Path, data: bytes, message: str
) -> None:
    """By its first line; and what is read to its end is not said to be cut off."""
    (tmp_path / "f.jsonl").write_bytes(data)
    job = ETLJob("j", "J", tmp_path / "f.jsonl", None, "memory:")

    result = job.execute()

    assert result.errors == (
        (
            f"job 'j', to decode the record: {tmp_path}/{message}. Nothing was loaded. Mend the "
            "record or the step, or set such records aside with on_error=Quarantine()"
        ),
    )
