"""Tar archives as streams: every header has to be sound, and the end has to be there."""

from __future__ import annotations

import io
import tarfile
import tracemalloc

from collections.abc import Callable
from typing import Any

import pytest

from hypothesis import given, settings
from hypothesis import strategies as st

from etlkit.errors import InputError, InputTruncated
from etlkit.formats.packed.limits import Limits, Meter
from etlkit.formats.packed.tars import tar_members


FORMATS = {"pax": tarfile.PAX_FORMAT, "GNU": tarfile.GNU_FORMAT, "ustar": tarfile.USTAR_FORMAT}
NOT_SOUND = "f.tar: not a sound tar archive: "


def header(
    name: str, size: int = 0, kind: bytes = tarfile.REGTYPE, format_: int = tarfile.PAX_FORMAT
) -> bytes:
    """The header of a member."""
    about = tarfile.TarInfo(name)
    about.size, about.type = size, kind
    return about.tobuf(format_)


def padded(data: bytes) -> bytes:
    """Bytes filled up to whole blocks."""
    return data + bytes(-len(data) % 512)


def member(
    name: str, data: bytes, kind: bytes = tarfile.REGTYPE, format_: int = tarfile.PAX_FORMAT
) -> bytes:
    """Header and bytes of a member."""
    return header(name, len(data), kind, format_) + padded(data)


def extended(*fields: bytes, kind: bytes = tarfile.XHDTYPE) -> bytes:
    """An extended header of these fields, as they are."""
    return member("pax", b"".join(fields), kind)


END = bytes(1024)


def read(data: Any) -> list[tuple[str, str, bytes]]:
    """Name, kind and bytes of each member of an archive, which may be a stream."""
    stream = io.BytesIO(data) if isinstance(data, bytes) else data
    meter = Meter(Limits(), "f.tar")
    return [
        (each.name, each.kind, each.opened().read())
        for each in tar_members(stream, "f.tar", meter=meter)
    ]


# -- what is sound


@pytest.mark.parametrize("format_", FORMATS.values(), ids=FORMATS)
@settings(deadline=None, max_examples=40)
@given(
    contents=st.lists(st.binary(max_size=2000), max_size=4),
    most=st.sampled_from([1, 100, 512, 700, 100_000]),
)
def test_archives_of_the_standard_library_are_read(
    trickle: Any, format_: int, contents: list[bytes], most: int
) -> None:
    """Byte for byte, however the bytes arrive."""
    members = [(f"d/{number}.csv", data) for number, data in enumerate(contents)]
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=format_) as archive:
        for name, data in members:
            about = tarfile.TarInfo(name)
            about.size = len(data)
            archive.addfile(about, io.BytesIO(data))

    found = read(trickle(file.getvalue(), most))

    assert found == [(name, "file", data) for name, data in members]


@pytest.mark.parametrize("format_", ["pax", "GNU"])
@pytest.mark.parametrize("name", ["d/" * 100 + "a.csv", "Zürich.csv"], ids=["long", "letters"])
def test_names_that_a_header_cannot_hold_are_read(format_: str, name: str) -> None:
    """They stand in a header of their own, before the member."""
    data = member(name, b"1", format_=FORMATS[format_])

    found = read(data + END)

    assert found == [(name, "file", b"1")]


def test_a_size_that_a_header_cannot_hold_is_read() -> None:
    """An extended header says it, and its word counts."""
    data = extended(b"10 size=3\n") + header("a.csv", 0) + padded(b"1,2") + member("b.csv", b"3")

    found = read(data + END)

    assert found == [("a.csv", "file", b"1,2"), ("b.csv", "file", b"3")]


def test_a_shared_header_holds_for_all_members() -> None:
    """As git writes one with the name of a commit, which nobody needs here."""
    comment = extended(b"17 comment=12345\n", kind=tarfile.XGLTYPE)

    found = read(comment + member("a.csv", b"1") + END)

    assert found == [("a.csv", "file", b"1")]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (tarfile.AREGTYPE, "file"),
        (tarfile.CONTTYPE, "file"),
        (tarfile.DIRTYPE, "folder"),
        (tarfile.SYMTYPE, "link"),
        (tarfile.LNKTYPE, "link"),
        (tarfile.CHRTYPE, "other"),
        (tarfile.FIFOTYPE, "other"),
        (b"V", "other"),
    ],
    ids=["old file", "contiguous", "folder", "link", "hard link", "device", "pipe", "label"],
)
def test_the_kind_of_a_member_is_told(kind: bytes, expected: str) -> None:
    """What follows is found, whatever it was."""
    data = header("a", 0, kind) + member("b.csv", b"1") + END

    found = [(name, kind) for name, kind, _ in read(data)]

    assert found == [("a", expected), ("b.csv", "file")]


def test_a_member_that_nobody_opens_is_passed_over() -> None:
    """Its bytes are read and forgotten."""
    data = member("a.csv", b"1" * 5000) + member("b.csv", b"2") + END
    meter = Meter(Limits(), "f.tar")

    found = [each.name for each in tar_members(io.BytesIO(data), "f.tar", meter=meter)]

    assert found == ["a.csv", "b.csv"]


@pytest.mark.parametrize("zeros", [512, 1024, 10_240, 1_000_000])
def test_the_end_mark_may_have_any_length(zeros: int) -> None:
    """Archivers fill up to the block of a tape."""
    found = read(member("a.csv", b"1") + bytes(zeros))

    assert found == [("a.csv", "file", b"1")]


# -- what is not

DATA = member("a.csv", b"1,2\n" * 200) + member("b.csv", b"3,4")


def test_a_cut_archive_says_so_wherever_it_is_cut() -> None:
    """Also between two members, where the standard library sees an end."""
    found = {_failure(DATA[:size]) for size in range(0, len(DATA) + 512, 64)}

    assert found == {
        (InputTruncated, "f.tar: the tar archive is cut off; nothing of it was loaded")
    }


def _failure(data: bytes) -> tuple[type, str]:
    with pytest.raises(InputError) as caught:
        read(data)
    return caught.type, str(caught.value)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (
            DATA[:-1024] + b"x" + DATA[-1023:] + END,
            "a header is damaged (bad checksum)",
        ),
        (DATA + b"x" * 512 + END, "a header is damaged (invalid header)"),
        (
            DATA + END + DATA + END,
            "something else follows its end, such as a second archive",
        ),
        (extended(b"10 size=-1\n") + DATA + END, "an extended header is damaged"),
        (extended(b"11 size=-1\n") + DATA + END, "a member of impossible size"),
        (extended(b"12 size=1e3\n") + DATA + END, "a member of impossible size"),
        (
            extended(b"33 size=%d\n" % 10**23) + DATA + END,
            "a member of impossible size",
        ),
        (header("a.csv", -512, format_=tarfile.GNU_FORMAT) + END, "a member of impossible size"),
        (extended(b"0 size=1\n") + DATA + END, "an extended header is damaged"),
        (extended(b"x") + DATA + END, "an extended header is damaged"),
        (
            header("pax", 1 << 30, tarfile.XHDTYPE) + END,
            "an extended header of 1073741824 bytes",
        ),
        (
            header("long", 1 << 30, tarfile.GNUTYPE_LONGNAME) + END,
            "an extended header of 1073741824 bytes",
        ),
        (
            header("a.csv", 0, tarfile.GNUTYPE_SPARSE) + END,
            "a sparse file in it cannot be read; pack it without --sparse",
        ),
        (
            extended(b"22 GNU.sparse.major=1\n") + DATA + END,
            "a sparse file in it cannot be read; pack it without --sparse",
        ),
    ],
    ids=[
        "checksum",
        "no header",
        "second archive",
        "length of a field",
        "negative size",
        "size of other digits",
        "endless size",
        "negative size in the header",
        "field without length",
        "no field",
        "huge extended header",
        "huge name",
        "sparse",
        "sparse of pax",
    ],
)
def test_a_damaged_or_hostile_archive_is_refused(data: bytes, words: str) -> None:
    """The message says what does not fit; nothing reads as the end that is none."""
    found = _failure(data)

    assert found == (InputError, NOT_SOUND + words)


def test_a_name_longer_than_any_path_is_refused() -> None:
    """Names are kept, so they cannot have any length."""
    name = b"x" * 5000

    found = _failure(member("long", name, tarfile.GNUTYPE_LONGNAME) + DATA + END)

    assert found == (InputError, "f.tar: the name of a member has more than 4096 bytes")


def test_shared_headers_without_end_cost_no_memory() -> None:
    """Fields that nobody needs are not kept."""
    fields = [b"1019 x%06d=%s\n" % (number, b"y" * 1005) for number in range(1000)]
    data = extended(*fields, kind=tarfile.XGLTYPE) * 20 + END
    tracemalloc.start()

    found = read(data)

    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found == []
    assert most < 10_000_000 + len(data)


def test_a_large_member_is_read_in_flat_memory() -> None:
    """Nothing of it is kept."""
    size = 50_000_000
    stream = io.BytesIO(member("a.csv", bytes(size)) + END)
    meter = Meter(Limits(), "f.tar")
    each = next(tar_members(meter.reading(stream), "f.tar", meter=meter))
    content = each.opened()
    tracemalloc.start()

    found = sum(map(len, iter(lambda: content.read(262_144), b"")))

    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found == size
    assert most < 5_000_000


@settings(deadline=None, max_examples=300)
@given(st.integers(0, len(DATA) - 1), st.binary(min_size=1, max_size=1))
def test_any_damage_of_a_header_is_an_error_or_no_matter(place: int, value: bytes) -> None:
    """A changed byte gives no other exception; tar has no checksum of contents."""
    damaged = DATA[:place] + value + DATA[place + 1 :] + END

    found = _outcome(lambda: [name for name, _, _ in read(damaged)])

    assert found in ("refused", ["a.csv", "b.csv"])


def _outcome(act: Callable[[], Any]) -> Any:
    try:
        return act()
    except InputError:
        return "refused"
