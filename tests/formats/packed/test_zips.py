"""Zip archives: what their list says has to hold for every member."""

from __future__ import annotations

import io
import lzma
import stat
import struct
import tracemalloc
import zipfile
import zlib

from collections.abc import Callable
from typing import Any, BinaryIO

import pytest

from hypothesis import given, settings
from hypothesis import strategies as st

from etlkit.errors import EtlkitError, InputError, InputTruncated
from etlkit.formats.packed.limits import Limits, Meter
from etlkit.formats.packed.zips import zip_members


LIST = b"PK\x01\x02"
END = b"PK\x05\x06"


def zipped(*members: tuple[Any, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip archive of these names and bytes."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return file.getvalue()


def read(file: bytes | BinaryIO, **limits: Any) -> list[tuple[str, str, bytes]]:
    """Name, kind and bytes of each member."""
    stream = io.BytesIO(file) if isinstance(file, bytes) else file
    meter = Meter(Limits(**limits), "f.zip")
    return [
        (member.name, member.kind, member.opened().read())
        for member in zip_members(stream, "f.zip", meter=meter)
    ]


def put(data: bytes, mark: bytes, offset: int, value: bytes, *, last: bool = False) -> bytes:
    """The bytes with a value at so many after a signature."""
    place = (data.rindex(mark) if last else data.index(mark)) + offset
    return data[:place] + value + data[place + len(value) :]


def entry(name: bytes, data: bytes, start: int, *, method: int = 0, size: int = -1) -> bytes:
    """An entry of the list for a member that stands at a place."""
    return (
        struct.pack(
            "<4s6H3I5H2I",
            LIST,
            20,
            20,
            0,
            method,
            0,
            0,
            zlib.crc32(data),
            len(data),
            len(data) if size < 0 else size,
            len(name),
            0,
            0,
            0,
            0,
            0,
            start,
        )
        + name
    )  # fmt: skip -- as the specification lists them


def local(name: bytes, data: bytes, extra: bytes = b"") -> bytes:
    """A stored member: header, name and bytes."""
    return (
        struct.pack(
            "<4s5H3I2H",
            b"PK\x03\x04",
            20,
            0,
            0,
            0,
            0,
            zlib.crc32(data),
            len(data),
            len(data),
            len(name),
            len(extra),
        )
        + name
        + extra
        + data
    )  # fmt: skip -- as the specification lists them


def end(entries: bytes, start: int, count: int = 1) -> bytes:
    """The list with its end."""
    return entries + struct.pack("<4s4H2IH", END, 0, 0, count, count, len(entries), start, 0)


# -- what is sound


@pytest.mark.parametrize(
    "method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2], ids=str
)
@settings(deadline=None, max_examples=30)
@given(contents=st.lists(st.binary(max_size=2000), max_size=4), prefix=st.binary(max_size=20))
def test_archives_of_the_standard_library_are_read(
    method: int, contents: list[bytes], prefix: bytes
) -> None:
    """Byte for byte, whatever is in them, and also behind a program that unpacks them."""
    members = [(f"{number}.csv", data) for number, data in enumerate(contents)]

    found = read(prefix + zipped(*members, method=method))

    assert found == [(name, "file", data) for name, data in members]


class _Unseekable(io.RawIOBase):
    """Makes zipfile write the sizes behind the bytes, as it does into a pipe."""

    def __init__(self) -> None:
        self.data = bytearray()

    def writable(self) -> bool:
        """Yes, and nothing else."""
        return True

    def write(self, data: Any) -> int:
        """Keep the bytes."""
        self.data += bytes(data)
        return len(data)


def test_an_archive_that_was_streamed_is_read() -> None:
    """Its members tell their sizes behind their bytes; the list has them too."""
    file = _Unseekable()
    with zipfile.ZipFile(file, "w") as archive, archive.open("a.csv", "w") as member:
        member.write(b"1,2")

    found = read(bytes(file.data))

    assert found == [("a.csv", "file", b"1,2")]


def test_an_archive_with_numbers_of_64_bits_is_read() -> None:
    """They stand in an extra field of the member and in a record before the end."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        with archive.open("a.csv", "w", force_zip64=True) as member:
            member.write(b"1,2")
        for number in range(0x10000):
            archive.writestr(zipfile.ZipInfo(f"{number}.csv"), b"")

    found = read(file.getvalue(), max_entries=None)

    assert (found[0], len(found)) == (("a.csv", "file", b"1,2"), 0x10001)


def test_a_wide_size_and_place_are_taken_from_the_extra_field() -> None:
    """As programs write them that use 64 bits throughout."""
    wide = struct.pack("<2H3Q", 1, 24, 3, 3, 0)
    data = local(b"a.csv", b"1,2")
    listed = entry(b"a.csv", b"1,2", 0xFFFFFFFF)
    listed = listed[:20] + b"\xff" * 8 + listed[28:30] + struct.pack("<H", 28) + listed[32:] + wide

    found = read(data + end(listed, len(data)))

    assert found == [("a.csv", "file", b"1,2")]


def test_xz_within_zip_is_read() -> None:
    """Method 95 of the specification; its stream has a checksum of its own."""
    packed = lzma.compress(b"1,2")
    data = local(b"a.csv", packed)
    listed = entry(b"a.csv", packed, 0, method=95, size=3)
    listed = put(listed, LIST, 16, struct.pack("<I", zlib.crc32(b"1,2")))

    found = read(data + end(listed, len(data)))

    assert found == [("a.csv", "file", b"1,2")]


@pytest.mark.parametrize("comment", [b"made by hand", END + b" in a comment" * 3], ids=len)
def test_a_comment_may_follow_the_end(comment: bytes) -> None:
    """Even one that looks like an end."""
    file = io.BytesIO(zipped(("a.csv", b"1")))
    with zipfile.ZipFile(file, "a") as archive:
        archive.comment = comment

    found = read(file.getvalue())

    assert found == [("a.csv", "file", b"1")]


@pytest.mark.parametrize(
    ("name", "mode", "kind"),
    [
        ("a/", 0, "folder"),
        ("a", stat.S_IFLNK, "link"),
        ("a", stat.S_IFREG, "file"),
        ("a", stat.S_IFIFO, "other"),
    ],
    ids=["folder", "link", "file", "pipe"],
)
def test_the_kind_of_a_member_is_told(name: str, mode: int, kind: str) -> None:
    """Unix keeps it beside the permissions."""
    about = zipfile.ZipInfo(name)
    about.create_system = 3
    about.external_attr = (mode | 0o644) << 16

    found = read(zipped((about, b"")))

    assert found == [(name, kind, b"")]


def test_names_are_decoded_as_the_archive_says() -> None:
    """UTF-8 with its flag, and the character set of the first PCs without."""
    data = zipped(("Zürich.csv", b"1"))
    plain = data.replace("ü".encode(), b"\x81")
    shorter = local(b"Z\x81rich.csv", b"1")

    found = read(data), read(shorter + end(entry(b"Z\x81rich.csv", b"1", 0), len(shorter)))

    assert b"\x81" in plain
    assert found == ([("Zürich.csv", "file", b"1")], [("Zürich.csv", "file", b"1")])


# -- what is not


DATA = zipped(("a.csv", b"1,2\n" * 50), ("b.csv", b"3,4"))


def test_a_cut_archive_says_so_wherever_it_is_cut() -> None:
    """Its end is what is read first, so nothing else is."""
    found = {_failure(DATA[:size]) for size in range(len(DATA))}

    assert found == {
        (InputTruncated, "f.zip: the zip archive is cut off; nothing of it was loaded")
    }


def _failure(data: bytes, **limits: Any) -> tuple[type, str]:
    with pytest.raises(InputError) as caught:
        read(data, **limits)
    return caught.type, str(caught.value)


def overlapping() -> bytes:
    """Two entries for the same bytes, as in CVE-2024-0450."""
    data = local(b"a", b"1" * 50)
    return data + end(entry(b"a", b"1" * 50, 0) + entry(b"a", b"1" * 50, 0), len(data), 2)


def quoting() -> bytes:
    """A member whose bytes are the header and bytes of the next one."""
    inner = local(b"b", b"1" * 50)
    data = local(b"a", inner)
    return data + end(
        entry(b"a", inner, 0) + entry(b"b", b"1" * 50, len(data) - len(inner)), len(data), 2
    )


def quoting_late() -> bytes:
    """The same by means of an extra field that only the header of the member has."""
    inner = local(b"b", b"1" * 50)
    first = local(b"a", b"2" * 60, extra=b"\0" * 40)
    start = len(first) - 20
    data = first[:start] + inner
    return data + end(entry(b"a", b"2" * 60, 0) + entry(b"b", b"1" * 50, start), len(data), 2)


LONG_NAME = local(b"x" * 4097, b"")
OVERLAP = "not a sound zip archive: members overlap, as in an archive that is made to harm"
LISTED = "not a sound zip archive: its list of members is damaged"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (overlapping(), OVERLAP),
        (quoting(), OVERLAP),
        (quoting_late(), OVERLAP),
        (put(DATA, LIST, 42, b"\xff\xff\xff\x7f"), OVERLAP),
        (DATA + b"junk", "not a sound zip archive: something else follows its end"),
        (
            put(DATA, LIST, 16, b"\0\0\0\0"),
            "the member 'a.csv' is damaged: its checksum is wrong",
        ),
        (
            put(DATA, LIST, 24, struct.pack("<I", 199)),
            "the member 'a.csv' has another size than the list of the archive says",
        ),
        (
            put(DATA, LIST, 24, struct.pack("<I", 201)),
            "the member 'a.csv' has another size than the list of the archive says",
        ),
        (
            put(DATA, LIST, 20, struct.pack("<I", 5)),
            "the member 'a.csv': the deflate file is cut off; nothing of it was loaded",
        ),
        (
            put(DATA, LIST, 8, b"\x01\0"),
            "the member 'a.csv' is encrypted; only members without a password are read",
        ),
        (
            put(DATA, LIST, 10, b"\x0e\0"),
            (
                "the member 'a.csv' is compressed by method 14; those that are read are stored, "
                "deflate, bzip2, xz and zstd"
            ),
        ),
        (
            put(DATA, LIST, 46, b"x"),
            "not a sound zip archive: the header of the member 'x.csv' is not the one of the list",
        ),
        (
            put(DATA, b"PK\x03\x04", 0, b"XX"),
            "not a sound zip archive: the header of the member 'a.csv' is not the one of the list",
        ),
        (
            put(DATA, b"PK\x03\x04", 35, b"\xff"),
            (
                "the member 'a.csv': not a sound deflate file: Error -3 while decompressing data: "
                "invalid block type"
            ),
        ),
        (put(DATA, LIST, 0, b"XX"), LISTED),
        (put(DATA, LIST, 28, b"\xff\x0f", last=True), LISTED),
        (
            put(DATA, END, 12, b"\xff\xff\xff\0"),
            "not a sound zip archive: its list of members lies outside of it",
        ),
        (
            put(DATA, END, 12, bytes(4)),
            "not a sound zip archive: its list has 0 members, where its end says 2",
        ),
        (
            put(DATA, END, 10, b"\3\0"),
            "not a sound zip archive: its list has 2 members, where its end says 3",
        ),
        (
            put(DATA, END, 4, b"\1\0"),
            "not a sound zip archive: it is one part of several, and has to be joined first",
        ),
        (
            put(DATA, LIST, 24, b"\xff" * 4),
            "not a sound zip archive: a number of its list is missing",
        ),
        (
            LONG_NAME + end(entry(b"x" * 4097, b"", 0), len(LONG_NAME)),
            "the name of a member has more than 4096 bytes",
        ),
    ],
    ids=[
        "overlap",
        "quoted",
        "quoted late",
        "place",
        "followed by something else",
        "checksum",
        "more bytes than said",
        "fewer bytes than said",
        "compressed size",
        "encrypted",
        "method",
        "name",
        "signature",
        "bytes",
        "entry",
        "cut entry",
        "size of the list",
        "no list",
        "count",
        "disk",
        "64 bits",
        "long name",
    ],
)
def test_a_damaged_or_hostile_archive_is_refused(data: bytes, words: str) -> None:
    """The message says what does not fit, and nothing is loaded."""
    found = _failure(data)

    assert found[1] == f"f.zip: {words}"


def test_the_record_of_64_bits_has_to_be_there() -> None:
    """A pointer to it that leads nowhere is damage."""
    place = DATA.index(END)
    data = DATA[:place] + bytes(56) + b"PK\x06\x07" + bytes(16) + DATA[place:]

    found = _failure(data)

    assert found == (
        InputError,
        "f.zip: not a sound zip archive: the record of its end is missing",
    )


def test_bytes_after_a_compressed_member_are_refused() -> None:
    """Nothing of a member is passed over."""
    packed = zlib.compress(b"1,2", wbits=-15) + b"more"
    data = local(b"a.csv", packed)
    listed = put(
        entry(b"a.csv", packed, 0, method=8, size=3),
        LIST,
        16,
        struct.pack("<I", zlib.crc32(b"1,2")),
    )

    found = _failure(data + end(listed, len(data)))

    assert found[1] == (
        "f.zip: the member 'a.csv': not a sound deflate file: something else follows the "
        "compressed data"
    )


def test_a_list_of_a_million_entries_costs_no_memory() -> None:
    """It is walked through, and stops at the limit."""
    listed = entry(b"a", b"", 0) * 1_000_000
    file = io.BytesIO(end(listed, 0))
    del listed
    tracemalloc.start()

    with pytest.raises(InputError):
        read(file)

    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 10_000_000


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2], ids=str)
def test_a_large_member_is_read_in_flat_memory(method: int) -> None:
    """Whatever the method, a piece at a time is unpacked."""
    archive = zipped(("a.csv", bytes(50_000_000)), method=method)
    meter = Meter(Limits(max_ratio=None), "f.zip")
    member = next(zip_members(io.BytesIO(archive), "f.zip", meter=meter))
    stream = member.opened()
    tracemalloc.start()

    found = sum(map(len, iter(lambda: stream.read(262_144), b"")))

    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found == 50_000_000
    assert most < 5_000_000


class _Pipe(io.BytesIO):
    """A file that is read forwards only."""

    def seek(self, *_: Any) -> int:
        """Not here."""
        raise io.UnsupportedOperation("seek")


def test_a_place_that_cannot_be_read_from_its_end_is_told() -> None:
    """The message says what to do instead."""
    with pytest.raises(InputError) as caught:
        read(_Pipe(DATA))

    assert str(caught.value) == (
        "f.zip: a zip archive is read from its end, which this place does not allow; copy it to a "
        "local file, or use tar"
    )


@settings(deadline=None, max_examples=300)
@given(st.data())
def test_any_damage_is_an_error_or_no_matter(data: st.DataObject) -> None:
    """A flipped byte never gives other bytes, and never another exception."""
    place = data.draw(st.integers(0, len(DATA) - 1))
    value = data.draw(st.binary(min_size=1, max_size=1))
    damaged = DATA[:place] + value + DATA[place + 1 :]

    found = _outcome(lambda: [content for _, _, content in read(damaged)])

    assert found in ("refused", [b"1,2\n" * 50, b"3,4"])


def _outcome(act: Callable[[], Any]) -> Any:
    try:
        return act()
    except EtlkitError:  # a method may ask for an extra
        return "refused"
