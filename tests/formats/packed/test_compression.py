"""Compressed files give their plain bytes, and a cut end is never taken for an end."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import sys
import tracemalloc

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from etlkit.errors import ConfigurationError, InputError, InputTruncated, MissingExtra
from etlkit.formats.packed.compression import (
    check_compression,
    compressing,
    decompressed,
    split_suffix,
)
from etlkit.formats.packed.limits import Limits, Meter


if TYPE_CHECKING:
    from etlkit.formats.format import ByteStream

Pack = Callable[[bytes], bytes]

DATA = b'{"id":1}\n{"id":2}\n'
NAMES = ["gzip", "bz2", "xz", "zstd"]
KNOWN = "known are 'gzip', 'bz2', 'xz', 'zstd', 'infer' and None"


def pack_zstd(data: bytes) -> bytes:
    """A frame with a checksum, as the command makes it; skips where there is no zstd."""
    zstd = pytest.importorskip(
        "compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd"
    )
    packed: bytes = zstd.compress(data, options={zstd.CompressionParameter.checksum_flag: 1})
    return packed


PACKS: dict[str, Pack] = {
    "gzip": lambda data: gzip.compress(data, mtime=0),
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zstd": pack_zstd,
}


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    """Each compression in turn."""
    given: str = request.param
    return given


@pytest.fixture
def pack(name: str) -> Pack:
    """What compresses in one go, made by somebody else."""
    return PACKS[name]


def plain(data: bytes, name: str | None, **limits: Any) -> ByteStream:
    """A compressed file as a stream of its plain bytes."""
    meter = Meter(Limits(**limits), "forms")
    return decompressed(meter.reading(io.BytesIO(data)), name, "forms", meter=meter)


def all_of(stream: ByteStream, size: int = -1) -> bytes:
    """Everything a stream gives, read in pieces of a size."""
    return b"".join(iter(lambda: stream.read(size), b""))


def changed(data: bytes, place: int) -> bytes:
    """The bytes with one bit flipped."""
    place %= len(data)
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


# -- what is sound


@pytest.mark.parametrize("size", [1, 7, -1], ids=["byte by byte", "in sevens", "at once"])
@pytest.mark.parametrize("cut", [0, 5], ids=["one member", "two members"])
def test_a_compressed_file_gives_its_plain_bytes(
    name: str, pack: Pack, cut: int, size: int
) -> None:
    """Files of several members read like those of one, even where one of them is empty."""
    packed = pack(DATA[:cut]) + pack(DATA[cut:])

    found = all_of(plain(packed, name), size)

    assert found == DATA


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.binary(max_size=300), min_size=1, max_size=4), st.integers(1, 40))
def test_members_and_chunks_of_any_size_give_the_same(
    trickle: Any, name: str, pack: Pack, parts: list[bytes], most: int
) -> None:
    """Neither where members end nor how the bytes arrive can be seen in the result."""
    stream = decompressed(trickle(b"".join(map(pack, parts)), most), name, "forms")

    found = all_of(stream, most)

    assert found == b"".join(parts)


@pytest.mark.parametrize("name", ["gzip", "xz"])
@pytest.mark.parametrize("zeros", [4, 512, 200_000], ids=["few", "a block", "many"])
def test_zeros_may_follow_a_member(name: str, pack: Pack, zeros: int) -> None:
    """Tapes pad gzip with them, and xz has them in its specification."""
    padding = bytes(zeros)

    found = all_of(plain(pack(DATA[:9]) + padding + pack(DATA[9:]) + padding, name))

    assert found == DATA


def test_a_compressed_file_of_nothing_is_empty(name: str, pack: Pack) -> None:
    """An empty file that was compressed has no bytes, and that is no error."""
    stream = plain(pack(b""), name)

    found = stream.read(10)

    assert found == b""


def test_a_read_gives_as_much_as_was_asked_for(name: str, pack: Pack) -> None:
    """Formats work in large pieces, however small those are that were compressed."""
    stream = plain(b"".join(pack(DATA) for _ in range(50)), name)

    found = stream.read(10 * len(DATA))

    assert found == DATA * 10


def test_a_skippable_frame_of_zstd_is_skipped() -> None:
    """Frames of other programs' own data may stand anywhere."""
    frame = struct.pack("<2I", 0x184D2A50, 4) + b"data"

    found = all_of(plain(frame + pack_zstd(DATA) + frame, "zstd"))

    assert found == DATA


def test_a_plain_file_is_handed_through() -> None:
    """Without compression there is no layer between file and format."""
    file = io.BytesIO(DATA)

    stream = decompressed(file, None, "forms.jsonl")

    assert stream is file


# -- what is not


def test_a_cut_file_says_so_wherever_it_is_cut(name: str, pack: Pack) -> None:
    """Each beginning of a file is one that ends early, the empty one too."""
    packed = pack(DATA)

    found = {_failure(packed[:size], name) for size in range(len(packed))}

    assert found == {
        (InputTruncated, f"forms: the {name} file is cut off; nothing of it was loaded")
    }


def test_a_cut_second_member_says_so(name: str, pack: Pack) -> None:
    """What was whole before it makes no difference."""
    packed = pack(DATA)

    found = {_failure(packed + packed[:size], name) for size in range(1, len(packed))}

    assert found == {
        (InputTruncated, f"forms: the {name} file is cut off; nothing of it was loaded")
    }


def _failure(data: bytes, name: str) -> tuple[type, str]:
    with pytest.raises(InputError) as caught:
        all_of(plain(data, name), 7)
    return caught.type, str(caught.value)


@pytest.mark.parametrize(
    ("name", "place", "words"),
    [
        ("gzip", -8, "Error -3 while decompressing data: incorrect data check"),
        ("gzip", -4, "Error -3 while decompressing data: incorrect length check"),
        ("gzip", 2, "Error -3 while decompressing data: unknown compression method"),
        ("bz2", 10, "Invalid data stream"),
        ("xz", 8, "Corrupt input data"),
        ("xz", -13, "Corrupt input data"),
        (
            "zstd",
            -1,
            "Unable to decompress Zstandard data: Restored data doesn't match checksum",
        ),
    ],
)
def test_a_damaged_file_is_found(name: str, pack: Pack, place: int, words: str) -> None:
    """Bytes that changed on their way fail although they could be decompressed."""
    packed = changed(pack(DATA), place)

    found = _failure(packed, name)

    assert found == (InputError, f"forms: not a sound {name} file: {words}")


def test_what_follows_a_member_has_to_be_another_one(name: str, pack: Pack) -> None:
    """Whatever it is, leaving it out would lose it without a word."""
    packed = pack(DATA) + b"and text"

    found = _failure(packed, name)

    assert found == (
        InputError,
        f"forms: not a sound {name} file: something else follows the compressed data",
    )


@pytest.mark.parametrize("name", ["bz2", "zstd"])
def test_zeros_after_a_member_are_no_padding_everywhere(name: str, pack: Pack) -> None:
    """Where the format knows none, zeros are what a disk puts in place of lost data."""
    packed = pack(DATA) + bytes(512)

    found = _failure(packed, name)

    assert found == (
        InputError,
        f"forms: not a sound {name} file: something else follows the compressed data",
    )


def test_plain_text_under_a_compressed_name_is_told(name: str, pack: Pack) -> None:
    """The message says how to have it read."""
    pack(b"")

    found = _failure(DATA, name)

    assert found == (
        InputError,
        (
            f"forms: no {name} file, although its name or an option says so: pass compression=None to "
            "read it as it is"
        ),
    )


@pytest.mark.parametrize(
    ("name", "data", "kind", "option"),
    [
        ("gzip", bz2.compress(DATA), "bz2", "compression='bz2'"),
        ("bz2", gzip.compress(DATA), "gzip", "compression='gzip'"),
        ("gzip", lzma.compress(DATA), "xz", "compression='xz'"),
        ("xz", b"\x28\xb5\x2f\xfd" + bytes(20), "zstd", "compression='zstd'"),
        ("gzip", b"PK\x03\x04" + bytes(30), "zip", "archive='zip'"),
        ("bz2", bytes(257) + b"ustar" + bytes(250), "tar", "archive='tar'"),
    ],
    ids=["bz2", "gzip", "xz", "zstd", "zip", "tar"],
)
def test_another_content_than_the_name_says_is_told(
    name: str, data: bytes, kind: str, option: str
) -> None:
    """The first bytes say what it is, and the message which option fits."""
    found = _failure(data, name)

    assert found == (
        InputError,
        (
            f"forms: no {name} file, although its name or an option says so: it is {kind}, so pass "
            f"{option}"
        ),
    )


def test_an_xz_file_cannot_ask_for_any_amount_of_memory() -> None:
    """A few bytes that want a dictionary of 1.5 GiB get none."""
    packed = lzma.compress(
        DATA, filters=[{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 256 << 20}]
    )

    found = _failure(packed, "xz")

    assert found == (InputError, "forms: not a sound xz file: Memory usage limit exceeded")


# -- bombs


@pytest.mark.parametrize("size", [262_144, -1], ids=["in chunks", "at once"])
def test_a_bomb_fails_in_flat_memory(name: str, pack: Pack, size: int) -> None:
    """A few kilobytes of 100 MB stop at the limit, and were never held as a whole."""
    packed = pack(bytes(2_000_000)) * 50
    stream = plain(packed, name)
    tracemalloc.start()

    with pytest.raises(InputError) as caught:
        all_of(stream, size)

    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 40_000_000
    assert str(caught.value) == (
        "forms: unpacks to more than 200 times its size; nothing of it was loaded; if the file is "
        "to be trusted, pass a higher max_ratio, or max_ratio=None for no limit"
    )


def test_the_number_of_unpacked_bytes_can_be_limited(name: str, pack: Pack) -> None:
    """Up to the limit itself is allowed, and a byte more is not."""
    packed = pack(DATA)

    with pytest.raises(InputError) as caught:
        all_of(plain(packed, name, max_unpacked_bytes=len(DATA) - 1))

    assert all_of(plain(packed, name, max_unpacked_bytes=len(DATA))) == DATA
    assert str(caught.value) == (
        f"forms: unpacks to more than {len(DATA) - 1} bytes; nothing of it was loaded; if the file "
        "is to be trusted, pass a higher max_unpacked_bytes, or max_unpacked_bytes=None for no "
        "limit"
    )


@pytest.mark.parametrize(
    ("size", "ratio"), [(9_000_000, 200), (20_000_000, None), (20_000_000, 2e6)]
)
def test_what_packs_well_is_read_within_the_limits(size: int, ratio: float | None) -> None:
    """The ratio counts from 10 MB on, and can be raised or taken away."""
    stream = plain(gzip.compress(bytes(size)), "gzip", max_ratio=ratio)

    found = sum(map(len, iter(lambda: stream.read(262_144), b"")))

    assert found == size


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        (
            {"max_unpacked_bytes": 0},
            "max_unpacked_bytes is a whole number above 0, or None for no limit, got 0",
        ),
        (
            {"max_entries": True},
            "max_entries is a whole number above 0, or None for no limit, got True",
        ),
        (
            {"max_ratio": float("nan")},
            "max_ratio is a number from 1 on, or None for no limit, got nan",
        ),
        ({"max_ratio": "9"}, "max_ratio is a number from 1 on, or None for no limit, got '9'"),
        ({"max_ratio": True}, "max_ratio is a number from 1 on, or None for no limit, got True"),
    ],
    ids=["bytes", "entries", "NaN", "text", "bool"],
)
def test_a_limit_is_a_number_or_none(limits: dict[str, Any], message: str) -> None:
    """A limit that limits nothing by accident is no limit."""
    with pytest.raises(ConfigurationError) as caught:
        Limits(**limits)

    assert str(caught.value) == message


# -- writing


def test_what_is_compressed_can_be_read_again(name: str, pack: Pack) -> None:
    """By us, and by others."""
    pack(b"")
    compressor = compressing(name)

    packed = compressor.compress(DATA[:9]) + compressor.compress(DATA[9:]) + compressor.flush()

    assert all_of(plain(packed, name)) == DATA


def test_the_same_bytes_are_compressed_to_the_same_bytes(name: str, pack: Pack) -> None:
    """There is no time and no name in it, so a repeated run leaves the same file."""
    pack(b"")
    first, second = compressing(name), compressing(name)

    found = first.compress(DATA) + first.flush(), second.compress(DATA) + second.flush()

    assert found[0] == found[1]


def test_a_gzip_file_holds_no_time() -> None:
    """Bytes four to eight of its header are the time, by RFC 1952."""
    compressor = compressing("gzip")

    packed = compressor.compress(DATA) + compressor.flush()

    assert packed[4:8] == bytes(4)


def test_a_load_can_be_appended_as_a_member(name: str, pack: Pack) -> None:
    """A file of somebody else's grows by a member of ours."""
    there = pack(DATA)
    compressor = compressing(name)

    packed = there + compressor.compress(DATA) + compressor.flush()

    assert all_of(plain(packed, name)) == DATA + DATA


def test_a_zstd_file_is_written_with_a_checksum() -> None:
    """Damage is found when it is read."""
    pack_zstd(b"")
    compressor = compressing("zstd")
    packed = compressor.compress(DATA) + compressor.flush()

    found = _failure(changed(packed, -1), "zstd")

    assert found[0] is InputError


def test_without_compression_bytes_are_written_as_they_are() -> None:
    """Who writes needs no case for it."""
    compressor = compressing(None)

    found = compressor.compress(DATA), compressor.flush()

    assert found == (DATA, b"")


def test_a_missing_package_for_zstd_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The line that installs it stands in the message."""
    for each in ("backports.zstd", "compression.zstd"):
        monkeypatch.setitem(sys.modules, each, None)

    with pytest.raises(MissingExtra) as caught:
        plain(b"", "zstd")

    assert str(caught.value) == (
        "compression 'zstd' needs the package 'backports.zstd', which is not installed: run  "
        "python -m pip install '.[zstd]'  in a checkout of etlkit"
    )


# -- names


@pytest.mark.parametrize("given_", ["gzip", "bz2", "xz", "zstd", "infer", None])
def test_the_known_compressions_pass(given_: str | None) -> None:
    """What the message offers is accepted."""
    found = check_compression(given_)

    assert found is None


@pytest.mark.parametrize(
    ("given_", "hint"),
    [
        ("gzipp", "; did you mean 'gzip'?"),
        ("zip", "; did you mean archive='zip'?"),
        ("tar", "; did you mean archive='tar'?"),
        ("", ""),
        (["gzip"], ""),
        (True, ""),
        ("deflate", ""),
    ],
    ids=repr,
)
def test_an_unknown_compression_is_refused(given_: Any, hint: str) -> None:
    """The message lists what there is."""
    with pytest.raises(ConfigurationError) as caught:
        check_compression(given_)

    assert str(caught.value) == f"unknown compression {given_!r}{hint}; {KNOWN}"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a/forms.jsonl.gz", ("a/forms.jsonl", "gzip")),
        ("FORMS.JSONL.GZ", ("FORMS.JSONL", "gzip")),
        ("forms.csv.bz2", ("forms.csv", "bz2")),
        ("forms.csv.xz", ("forms.csv", "xz")),
        ("forms.csv.zst", ("forms.csv", "zstd")),
        ("forms.csv.zstd", ("forms.csv", "zstd")),
        ("forms.jsonl", ("forms.jsonl", None)),
        ("gz", ("gz", None)),
    ],
)
def test_the_suffix_tells_the_compression(path: str, expected: tuple[str, str | None]) -> None:
    """The last suffix, in any case, is taken off."""
    found = split_suffix(path)

    assert found == expected
