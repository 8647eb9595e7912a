"""The first bytes of a stream are looked at, and none of them is lost."""

from __future__ import annotations

import io

from typing import Any

import pytest

from etlkit.errors import InputError
from etlkit.formats.packed.signatures import PlainStream, kind_of


@pytest.mark.parametrize("most", [1, 100, 5000], ids=["byte by byte", "short", "long"])
@pytest.mark.parametrize("size", [1, 300, -1], ids=["one", "some", "all"])
@pytest.mark.parametrize("length", [0, 5, 3000])
def test_a_plain_stream_gives_all_of_its_bytes(
    trickle: Any, length: int, size: int, most: int
) -> None:
    """However it is read."""
    data = bytes(range(32, 127)) * (length // 95 + 1)
    stream = PlainStream(trickle(data[:length], most), "a.csv", unpacked=False)

    found = b"".join(iter(lambda: stream.read(size), b""))

    assert found == data[:length]


def test_the_rest_can_be_asked_for_after_a_part() -> None:
    """What was looked at comes first."""
    stream = PlainStream(io.BytesIO(b"x" * 1000), "a.csv", unpacked=False)
    stream.read(10)

    found = stream.read()

    assert found == b"x" * 990


def test_a_signature_that_arrives_byte_by_byte_is_seen(trickle: Any) -> None:
    """Before the format gets the first of its bytes."""
    stream = PlainStream(trickle(b"\x1f\x8b\x08" + bytes(20), 1), "a.csv", unpacked=False)

    with pytest.raises(InputError) as caught:
        stream.read(1)

    assert str(caught.value) == (
        "a.csv: the content is gzip, although neither the name nor an option says so; name it with "
        ".gz at the end or pass compression='gzip'"
    )


@pytest.mark.parametrize(
    "data", [b"", b"BZh9 is a code", b"PK,name\n1,x", b"%PDF", b"x" * 257 + b"USTAR", b"P*M\x17"]
)
def test_text_that_begins_like_a_signature_is_text(data: bytes) -> None:
    """Enough bytes are compared that no file of text is taken for another."""
    found = kind_of(data)

    assert found is None
