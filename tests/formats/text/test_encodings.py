"""Text of any encoding becomes UTF-8, and every slice of it the bytes it was made from."""

from __future__ import annotations

import codecs
import io
import tracemalloc

from encodings.aliases import aliases
from typing import Any

import pytest

from hypothesis import given, settings
from hypothesis import strategies as st

from etlkit.errors import ConfigurationError, InputError, InputTruncated
from etlkit.formats.text.encodings import check_encoding, original, transcoded


KNOWN = "known are the names that Python has, such as 'utf-8', 'utf-16', 'cp1252' and 'shift_jis'"
STATEFUL = "what a byte means depends on those before it, so no record could be kept as it was"
COMBINING = "two of its characters may be written as one, so no record could be kept as it was"
MARKS = {
    "utf-8": codecs.BOM_UTF8,
    "utf-8-sig": codecs.BOM_UTF8,
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
    "utf-32-le": codecs.BOM_UTF32_LE,
    "utf-32-be": codecs.BOM_UTF32_BE,
    "gb18030": "\ufeff".encode("gb18030"),
}


def can_be_read(name: str) -> bool:
    """Whether files in this encoding can be."""
    try:
        check_encoding(name)
    except ConfigurationError:
        return False
    return True


READABLE = sorted(filter(can_be_read, {*aliases.values(), "utf_8_sig"}))
UNMARKED = [name for name in READABLE if check_encoding(name) not in {*MARKS, "utf-16", "utf-32"}]


def read(data: Any, encoding: str, *, size: int = 4096) -> tuple[bytes, str]:
    """The file, which may be a stream, as UTF-8; and the encoding that was found."""
    file = io.BytesIO(data) if isinstance(data, bytes) else data
    stream = transcoded(file, encoding, uri="forms.csv")
    found = b"".join(iter(lambda: stream.read(size), b""))
    return found, stream.encoding


# -- what can be decoded


@pytest.mark.parametrize("encoding", READABLE)
def test_text_is_the_same_in_utf_8(encoding: str) -> None:
    """As Python itself decodes it."""
    text = '{"name":"Zoë Müller, 日本語 Ω ж ש","n":1}\r\n'
    data = text.encode(encoding, "ignore")

    found, _ = read(data, encoding)

    assert found.decode() == data.decode(encoding)


@pytest.mark.parametrize("encoding", [None, 7, b"utf-8"], ids=repr)
def test_an_encoding_is_a_name(encoding: Any) -> None:
    """Nothing else is tried."""
    with pytest.raises(ConfigurationError) as caught:
        check_encoding(encoding)

    assert str(caught.value) == f"encoding is a name such as 'utf-16', got {encoding!r}"


@pytest.mark.parametrize(("encoding", "mark"), list(MARKS.items()), ids=MARKS)
@pytest.mark.parametrize("most", [1, 3, 1000], ids=["byte by byte", "in threes", "at once"])
def test_a_byte_order_mark_is_dropped(trickle: Any, encoding: str, mark: bytes, most: int) -> None:
    """However it arrives, and only the first one."""
    name = encoding.removesuffix("-sig")
    data = mark + "\ufeffé".encode(name)

    found = read(trickle(data, most), encoding)

    assert found == ("\ufeffé".encode(), name)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_a_byte_order_mark_settles_the_order(encoding: str) -> None:
    """The stream tells afterwards what it found."""
    data = MARKS[encoding] + "é".encode(encoding)

    found = read(data, encoding[:6])

    assert found == ("é".encode(), encoding)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_without_a_mark_the_order_is_little_endian(encoding: str) -> None:
    """On every computer alike."""
    found = read("é".encode(f"{encoding}-le"), encoding)

    assert found == ("é".encode(), f"{encoding}-le")


@pytest.mark.parametrize("encoding", READABLE)
def test_a_file_of_nothing_is_empty(encoding: str) -> None:
    """Of no bytes at all."""
    found, _ = read(b"", encoding)

    assert found == b""


@pytest.mark.parametrize("size", [1, 5, 100], ids=["byte by byte", "in fives", "at once"])
def test_a_read_gives_no_more_than_was_asked_for(size: int) -> None:
    """Although a character may become longer."""
    stream = transcoded(io.BytesIO("日本語".encode("shift_jis")), "shift_jis")

    pieces = list(iter(lambda: stream.read(size), b""))

    assert b"".join(pieces).decode() == "日本語"
    assert max(map(len, pieces)) <= size


def test_a_file_can_be_read_at_once() -> None:
    """For formats that need all of it."""
    stream = transcoded(io.BytesIO("日本語".encode("shift_jis")), "shift_jis")

    found = stream.read()

    assert found.decode() == "日本語"


def test_a_large_file_is_read_in_flat_memory() -> None:
    """A chunk at a time."""
    data = "日本語\n".encode("shift_jis") * 5_000_000
    stream = transcoded(io.BytesIO(data), "shift_jis")
    tracemalloc.start()

    found = sum(map(len, iter(lambda: stream.read(262_144), b"")))

    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found == 50_000_000
    assert most < 5_000_000


# -- what cannot


@pytest.mark.parametrize(
    ("encoding", "data", "expected"),
    [
        ("cp1252", b"a\x81b", b"a\xed\xb2\x81b"),
        ("ascii", b"a\xe9b", b"a\xed\xb3\xa9b"),
        ("shift_jis", b"a\xff\n\x82\xa0", b"a\xed\xb3\xbf\n\xe3\x81\x82"),
        ("utf-16-le", b"a\0\x00\xd8b\0", b"a\xed\xb0\x80\xed\xb3\x98b"),
        ("utf-32-le", b"\xff\xff\xff\xff\n\0\0\0", b"\xed\xb3\xbf" * 4 + b"\n"),
        ("cp932", b"\x87\x90", b"\xed\xb2\x87\xed\xb2\x90"),
    ],
    ids=["no character", "no ascii", "no lead", "surrogate", "no code point", "second way"],
)
def test_what_cannot_be_decoded_is_no_utf_8(encoding: str, data: bytes, expected: bytes) -> None:
    """So its record is rejected as such, and its neighbours are not; the bytes can be told."""
    found, _ = read(data, encoding)

    assert found == expected
    assert original(found, encoding) == data
    with pytest.raises(UnicodeDecodeError):
        found.decode()


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32-be"])
def test_half_a_character_at_the_end_is_a_cut_file(encoding: str) -> None:
    """Where each has the same width, a part of one means that the rest is missing."""
    data = "é\n".encode(encoding)[:-1]

    with pytest.raises(InputTruncated) as caught:
        read(data, encoding)

    assert str(caught.value) == (
        "forms.csv: the file ends within a character; nothing of it was loaded"
    )


@pytest.mark.parametrize(
    ("encoding", "other"),
    [
        ("cp1252", "utf-8"),
        ("shift_jis", "utf-8"),
        ("utf-16-le", "utf-16-be"),
        ("utf-16-be", "utf-16-le"),
        ("utf-16", "utf-8"),
        ("utf-8", "utf-16-le"),
    ],
)
def test_a_mark_of_another_encoding_is_told(encoding: str, other: str) -> None:
    """Otherwise it would become part of the first name or value."""
    found = "utf-16-le" if encoding == "utf-16" else encoding

    with pytest.raises(InputError) as caught:
        read(MARKS[other] + "ab".encode(other), encoding)

    assert str(caught.value) == (
        f"forms.csv: the file begins with the byte order mark of {other}, so it is not {found}; "
        f"pass encoding={other!r}"
    )


# -- which encodings


@pytest.mark.parametrize(
    ("encoding", "reason"),
    [
        ("utf-7", STATEFUL),
        ("hz", STATEFUL),
        ("iso2022_jp", STATEFUL),
        ("iso-2022-kr", STATEFUL),
        ("shift_jis_2004", COMBINING),
        ("euc_jisx0213", COMBINING),
        ("idna", "it is not made for files"),
        ("unicode_escape", "it is not made for files"),
        ("undefined", "it is not made for files"),
        ("hex", "it is no encoding of text"),
        ("rot13", "it is no encoding of text"),
        ("zlib", "it is no encoding of text"),
    ],
)
def test_an_encoding_that_cannot_be_restored_is_refused(encoding: str, reason: str) -> None:
    """By its name, with the reason."""
    with pytest.raises(ConfigurationError) as caught:
        check_encoding(encoding)

    assert str(caught.value) == (
        f"encoding {encoding!r} cannot be read: {reason}; convert the file to UTF-8 before"
    )


@pytest.mark.parametrize(
    ("encoding", "hint"),
    [
        ("utf-61", "; did you mean 'utf-16'?"),
        ("utf8-sig", "; did you mean 'utf-8-sig'?"),
        ("cp-1252x", "; did you mean 'cp1252'?"),
        ("gzip", ""),
        ("iso-2022-jpx", ""),
        ("", ""),
        ("a\0b", ""),
        ("日本", ""),
    ],
    ids=ascii,
)
def test_an_unknown_encoding_is_refused(encoding: str, hint: str) -> None:
    """With the nearest one that there is."""
    with pytest.raises(ConfigurationError) as caught:
        check_encoding(encoding)

    assert str(caught.value) == f"unknown encoding {encoding!r}{hint}; {KNOWN}"


# -- the way back

# Bytes that lead, trail, escape or delimit somewhere, and some of ASCII.
HARD = st.lists(
    st.sampled_from(list(b'ab0"\\{,\n\r\x1a\x1b\x30\x81\x82\x87\x90\xa1\xc8\xd8\xdc\xed\xfe\xff')),
    max_size=40,
).map(bytes)
SIZES = st.sampled_from([1, 2, 3, 5, 1000])


@pytest.mark.parametrize("encoding", READABLE)
@settings(deadline=None, max_examples=40)
@given(st.one_of(HARD, st.binary(max_size=40)), SIZES, SIZES)
def test_any_bytes_come_back_from_any_chunks(
    trickle: Any, encoding: str, data: bytes, most: int, size: int
) -> None:
    """Whatever they are: no byte is lost, and none is changed."""
    expected, name = _read_or_none(data, encoding)

    found, _ = _read_or_none(trickle(data, most), encoding, size=size)

    assert found == expected
    assert expected is None or data in (
        original(expected, name),
        MARKS.get(name, b"") + original(expected, name),
    )


def _read_or_none(data: Any, encoding: str, **sizes: int) -> tuple[bytes | None, str]:
    """None where the file has the mark of another encoding, or ends within a character."""
    try:
        return read(data, encoding, **sizes)
    except InputError:
        return None, ""


@pytest.mark.parametrize("encoding", READABLE)
@settings(deadline=None, max_examples=30)
@given(st.lists(st.text(max_size=10), max_size=5), SIZES)
def test_any_line_of_any_text_comes_back(
    trickle: Any, encoding: str, lines: list[str], most: int
) -> None:
    """A record is cut out of the UTF-8, and is what stood in the file."""
    name = check_encoding(encoding).replace("-sig", "")
    name = {"utf-16": "utf-16-le", "utf-32": "utf-32-le"}.get(name, name)
    raws = [line.replace("\n", " ").lstrip("\ufeff").encode(name, "ignore") for line in lines]
    found, resolved = read(trickle("\n".encode(name).join(raws), most), encoding)

    pieces = [original(piece, resolved) for piece in found.split(b"\n")]

    assert pieces == (raws or [b""])


@pytest.mark.parametrize("encoding", ["utf-16-le", "cp1252"])
def test_a_slice_that_ends_within_a_character_gives_the_whole_ones(encoding: str) -> None:
    """As the beginning of a record that is too long to be kept."""
    raw = "aéé".encode()[:-1]

    found = original(raw, encoding)

    assert found == "aé".encode(encoding)
