"""Gzip gives its plain bytes, and a cut end is never taken for an end."""

from __future__ import annotations

import gzip
import io
import zlib

from typing import TYPE_CHECKING, Any

import pytest

from hypothesis import given, settings
from hypothesis import strategies as st

from etlkit.errors import ConfigurationError, DataError, InputError, InputTruncated
from etlkit.formats.compression import check_compression, decompressed, split_suffix


if TYPE_CHECKING:
    from etlkit.formats.format import ByteStream

DATA = b'{"id":1}\n{"id":2}\n'
MEMBER = gzip.compress(DATA, mtime=0)
CUT_OFF = "forms.jsonl.gz: the gzip file is cut off; nothing of it was loaded"


def plain(data: bytes, compression: str | None = "gzip") -> ByteStream:
    """A compressed file as a stream of its plain bytes."""
    return decompressed(io.BytesIO(data), compression, "forms.jsonl.gz")


def all_of(stream: ByteStream, size: int = -1) -> bytes:
    """Everything a stream gives, read in pieces of a size."""
    return b"".join(iter(lambda: stream.read(size), b""))


@pytest.mark.parametrize("size", [1, 7, -1], ids=["byte by byte", "in sevens", "at once"])
@pytest.mark.parametrize(
    "data",
    [MEMBER, gzip.compress(DATA[:5]) + gzip.compress(DATA[5:]), MEMBER + b"\0" * 512],
    ids=["one member", "two members", "zero padding"],
)
def test_a_gzip_file_gives_its_plain_bytes(data: bytes, size: int) -> None:
    """Files of one or several members, and those of tapes, read like plain ones."""
    stream = plain(data)

    found = all_of(stream, size)

    assert found == DATA


def test_a_gzip_file_of_nothing_is_empty() -> None:
    """An empty file that was compressed has no bytes, and that is no error."""
    stream = plain(gzip.compress(b""))

    found = stream.read(10)

    assert found == b""


@settings(deadline=None)
@given(st.integers(0, len(MEMBER) - 1))
def test_a_cut_gzip_file_is_never_read_to_an_end(size: int) -> None:
    """Wherever a file is cut, reading it fails."""
    stream = plain(MEMBER[:size])

    with pytest.raises(DataError):
        all_of(stream)


@pytest.mark.parametrize(
    "data",
    [MEMBER[:-1], MEMBER[:-8], MEMBER[:15], MEMBER[:5], b"", MEMBER + MEMBER[:12]],
    ids=["length", "checksum", "data", "header", "everything", "second member"],
)
def test_a_cut_gzip_file_says_so(data: bytes) -> None:
    """The message names the file, and that nothing of it counts."""
    stream = plain(data)

    with pytest.raises(InputTruncated) as caught:
        all_of(stream)

    assert str(caught.value) == CUT_OFF


def test_a_wrong_checksum_is_found() -> None:
    """Bytes that changed on their way fail although they could be decompressed."""
    changed = bytes([MEMBER[-8] ^ 1])
    stream = plain(MEMBER[:-8] + changed + MEMBER[-7:])

    with pytest.raises(InputError) as caught:
        all_of(stream)

    expected, stored = zlib.crc32(DATA), zlib.crc32(DATA) ^ 1
    assert str(caught.value) == (
        f"forms.jsonl.gz: not a sound gzip file: CRC check failed {hex(stored)} != {hex(expected)}"
    )


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (DATA, """Not a gzipped file (b'{"')"""),
        (MEMBER + b"text", "Not a gzipped file (b'te')"),
        (MEMBER[:2] + b"\x07" + MEMBER[3:], "Unknown compression method"),
        (
            MEMBER[:10] + b"\xff\xff\xff" + MEMBER[13:],
            "Error -3 while decompressing data: invalid block type",
        ),
    ],
    ids=["plain text", "text after it", "unknown method", "broken block"],
)
def test_what_is_no_gzip_file_is_refused(data: bytes, words: str) -> None:
    """A file of a wrong name fails with what it is not."""
    stream = plain(data)

    with pytest.raises(InputError) as caught:
        all_of(stream)

    assert str(caught.value) == f"forms.jsonl.gz: not a sound gzip file: {words}"


def test_a_plain_file_is_handed_through() -> None:
    """Without compression there is no layer between file and format."""
    file = io.BytesIO(DATA)

    stream = decompressed(file, None, "forms.jsonl")

    assert stream is file


@pytest.mark.parametrize("name", ["gzip", "infer", None])
def test_the_known_compressions_pass(name: str | None) -> None:
    """What the message offers is accepted."""
    found = check_compression(name)

    assert found is None


@pytest.mark.parametrize("name", ["zip", "", ["gzip"], True], ids=repr)
def test_an_unknown_compression_is_refused(name: Any) -> None:
    """The message lists what there is."""
    with pytest.raises(ConfigurationError) as caught:
        check_compression(name)

    assert str(caught.value) == f"unknown compression {name!r}; known are 'gzip', 'infer' and None"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a/forms.jsonl.gz", ("a/forms.jsonl", "gzip")),
        ("FORMS.JSONL.GZ", ("FORMS.JSONL", "gzip")),
        ("forms.jsonl", ("forms.jsonl", None)),
        ("gz", ("gz", None)),
    ],
)
def test_the_suffix_tells_the_compression(name: str, expected: tuple[str, str | None]) -> None:
    """The last suffix, in any case, is taken off."""
    found = split_suffix(name)

    assert found == expected
