"""Compressed files and archives as a user meets them: sources, runs, warnings."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile

from pathlib import Path
from typing import Any

import pytest

from etlkit import ETLJob, FileSource, JobStatus, Quarantine
from etlkit.errors import ConfigurationError, EtlkitError, InputError
from etlkit.formats import Format
from etlkit.formats.packed.compression import compressing
from etlkit.records import Batch, Origin


def lines(*ids: int) -> bytes:
    """JSON Lines with these ids."""
    return b"".join(b'{"id":%d}\n' % number for number in ids)


BLANK = (b" " * 9_999 + b"\n") * 3_000  # 30 MB of no record


def put_zip(path: Path, **members: bytes) -> None:
    """A zip archive of JSON Lines."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(f"{name}.jsonl", data)


def put_tar(path: Path, **members: bytes) -> None:
    """A tar archive of JSON Lines, compressed as its suffix says."""
    mode: Any = {".gz": "w:gz", ".tgz": "w:gz", ".xz": "w:xz"}.get(path.suffix, "w")
    with tarfile.open(path, mode) as archive:
        for name, data in members.items():
            about = tarfile.TarInfo(f"{name}.jsonl")
            about.size = len(data)
            archive.addfile(about, io.BytesIO(data))


# -- reading


@pytest.mark.parametrize(
    ("suffix", "compress"),
    [(".gz", gzip.compress), (".bz2", bz2.compress), (".xz", lzma.compress)],
)
def test_the_suffix_tells_the_compression(tmp_path: Path, suffix: str, compress: Any) -> None:
    """Nothing has to be said."""
    (tmp_path / f"a.jsonl{suffix}").write_bytes(compress(lines(1, 2)))

    found = FileSource(tmp_path).extract()

    assert found == [{"id": 1}, {"id": 2}]


@pytest.mark.parametrize("suffix", [".zst", ".zstd"])
def test_zstd_is_read_with_its_extra(tmp_path: Path, suffix: str) -> None:
    """Like the others."""
    pytest.importorskip("backports.zstd")
    compressor = compressing("zstd")
    data = compressor.compress(lines(1, 2)) + compressor.flush()
    (tmp_path / f"a.jsonl{suffix}").write_bytes(data)

    found = FileSource(tmp_path).extract()

    assert found == [{"id": 1}, {"id": 2}]


def test_a_folder_may_hold_files_and_archives(tmp_path: Path) -> None:
    """Each is read by its own suffix, in the order of the paths."""
    put_zip(tmp_path / "a.zip", x=lines(1), y=lines(2, 3))
    (tmp_path / "b.jsonl").write_bytes(lines(4))
    put_tar(tmp_path / "c.tar.gz", x=lines(5))
    put_tar(tmp_path / "d.tar", x=lines(6))

    found = FileSource(tmp_path).extract()

    assert found == [{"id": number} for number in range(1, 7)]


def test_members_are_chosen_by_name(tmp_path: Path) -> None:
    """A pattern, or several."""
    put_zip(tmp_path / "a.zip", jan=lines(1), feb=lines(2), mar=lines(3))

    found = FileSource(tmp_path / "a.zip", members=["jan*", "mar.jsonl"]).extract()

    assert found == [{"id": 1}, {"id": 3}]


def test_a_format_holds_for_members_too(tmp_path: Path) -> None:
    """Whatever their suffix."""
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.log", lines(1))

    found = FileSource(tmp_path / "a.zip", format="jsonl").extract()

    assert found == [{"id": 1}]


def test_an_option_that_a_member_does_not_know_is_told_with_the_member(tmp_path: Path) -> None:
    """The message says how to read only the members that the option is meant for."""
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("notes.json", "[]")
        archive.writestr("t.csv", "a;b\n1;2\n")
    source = FileSource(tmp_path / "a.zip", delimiter=";")

    with pytest.raises(ConfigurationError) as caught:
        source.extract()

    assert str(caught.value) == (
        f"{tmp_path / 'a.zip'}/notes.json: format 'json' has no option 'delimiter'; its options "
        "are: encoding, exact_integers, max_record_bytes, strict_keys; format='csv' takes what "
        "was passed: read only such files, with members='*.csv'"
    )


def test_an_archive_behind_a_url_is_read(memory: Any) -> None:
    """Zip from its end, tar from its beginning."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("x.jsonl", lines(1))
    memory("/a.zip", data.getvalue())

    found = FileSource("memory://a.zip")

    assert [(batch.origin.uri, batch.first) for batch in found.batches()] == [
        ("memory://a.zip/x.jsonl", 1)
    ]


def test_splits_keep_how_files_are_packed(tmp_path: Path) -> None:
    """Each part reads its files as the whole would."""
    put_zip(tmp_path / "a", jan=lines(1), feb=lines(2))
    put_zip(tmp_path / "b", jan=lines(3))
    source = FileSource(tmp_path, archive="zip", members="jan.*")

    parts = source.splits(2)

    assert [part.extract() for part in parts] == [[{"id": 1}], [{"id": 3}]]


def test_check_passes_an_archive_that_is_there(tmp_path: Path) -> None:
    """What is in it, a run finds out."""
    put_zip(tmp_path / "a.zip", x=b"")

    found = FileSource(tmp_path / "a.zip").validate()

    assert found


# -- a name that lies


@pytest.mark.parametrize("name", ["a.jsonl", "a.json"])
@pytest.mark.parametrize(
    ("data", "kind", "words"),
    [
        (gzip.compress(lines(1)), "gzip", ".gz at the end or pass compression='gzip'"),
        (bz2.compress(lines(1)), "bz2", ".bz2 at the end or pass compression='bz2'"),
        (lzma.compress(lines(1)), "xz", ".xz at the end or pass compression='xz'"),
        (b"\x28\xb5\x2f\xfd" + bytes(9), "zstd", ".zst at the end or pass compression='zstd'"),
        (b"PK\x03\x04" + bytes(30), "zip", ".zip at the end or pass archive='zip'"),
        (bytes(257) + b"ustar" + bytes(250), "tar", ".tar at the end or pass archive='tar'"),
    ],
    ids=["gzip", "bz2", "xz", "zstd", "zip", "tar"],
)
def test_packed_content_under_a_plain_name_is_told(
    tmp_path: Path, name: str, data: bytes, kind: str, words: str
) -> None:
    """In every format of text alike."""
    (tmp_path / name).write_bytes(data)

    with pytest.raises(InputError) as caught:
        FileSource(tmp_path / name).extract()

    assert str(caught.value) == (
        f"{tmp_path}/{name}: the content is {kind}, although neither the name nor an option says "
        f"so; name it with {words}"
    )


def test_a_file_that_was_packed_twice_is_told(tmp_path: Path) -> None:
    """As by a browser that hands over a compressed file compressed."""
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(gzip.compress(lines(1))))

    with pytest.raises(InputError) as caught:
        FileSource(tmp_path / "a.jsonl.gz").extract()

    assert str(caught.value) == (
        f"{tmp_path}/a.jsonl.gz: the content is gzip, although a layer was unpacked already; "
        "unpack it before"
    )


class Whole(Format):
    """A format of bytes that may be anything."""

    name = "whole"
    suffixes = (".bin",)
    is_text = False

    def batches(self, stream: Any, origin: Origin) -> Any:
        """One record, without reading to the end."""
        yield Batch([stream.read(4)], origin, 1, lambda item: {"raw": item})


def test_a_format_of_bytes_may_read_packed_content(tmp_path: Path) -> None:
    """A spreadsheet is a zip archive, and that is nobody's mistake."""
    (tmp_path / "a.xlsx").write_bytes(b"PK\x03\x04" + bytes(9))

    found = FileSource(tmp_path / "a.xlsx", format=Whole()).extract()

    assert found == [{"raw": b"PK\x03\x04"}]


def test_a_raw_file_may_be_anything(tmp_path: Path) -> None:
    """Its function knows what to make of it; members of archives are told by their suffix."""
    (tmp_path / "a.xlsx").write_bytes(b"PK\x03\x04")
    put_zip(tmp_path / "b.zip", x=b"\x1f\x8b")

    found = FileSource(tmp_path, format="raw", decode=lambda data: {"raw": data}).extract()

    assert found == [{"raw": b"PK\x03\x04"}, {"raw": b"\x1f\x8b"}]


@pytest.mark.parametrize("name", ["a.bin.gz", "a.tar.gz"])
def test_damage_behind_what_a_format_reads_is_found(tmp_path: Path, name: str) -> None:
    """Every file is read to its end, whatever its format needs of it."""
    put_tar(tmp_path / "a.tar.gz", x=bytes(3000))
    (tmp_path / "a.bin.gz").write_bytes(gzip.compress(bytes(3000)))
    (tmp_path / name).write_bytes((tmp_path / name).read_bytes()[:-8])

    with pytest.raises(EtlkitError) as caught:
        FileSource(tmp_path / name, format=Whole()).extract()

    assert str(caught.value) == (
        f"{tmp_path}/{name}: the gzip file is cut off; nothing of it was loaded"
    )


# -- runs


def test_a_rejected_record_says_which_member_it_was_in(tmp_path: Path) -> None:
    """With its number there, and its bytes."""
    put_zip(tmp_path / "a.zip", jan=lines(1), feb=lines(2) + b"bad\n")
    source = FileSource(tmp_path / "a.zip")
    job = ETLJob("a", "A", source, None, str(tmp_path / "out.jsonl"), on_error=Quarantine())

    result = job.execute()

    (rejection,) = result.rejections
    assert (rejection.place, rejection.raw) == (f"{tmp_path}/a.zip/feb.jsonl:2", b"bad")
    assert (result.rows_loaded, result.rows_rejected) == (2, 1)


def test_what_was_left_out_of_an_archive_is_a_warning(tmp_path: Path) -> None:
    """Members that nobody asked for do not vanish without a word."""
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.jsonl", lines(1))
        archive.writestr("README.md", b"hello")

    result = ETLJob("a", "A", FileSource(tmp_path / "a.zip"), None, "memory:").execute()

    assert result.status is JobStatus.COMPLETED
    assert result.warnings == (
        (
            f"{tmp_path}/a.zip: 1 member(s) left out: 1 whose suffix tells no format, such as "
            "'README.md'; pass format= to read any suffix"
        ),
    )


@pytest.mark.parametrize("name", ["a.jsonl.gz", "a.zip", "a.tar.gz"])
def test_a_bomb_leaves_the_destination_as_it_was(tmp_path: Path, name: str) -> None:
    """The run fails at the limit, and nothing of it is loaded."""
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(BLANK))
    put_zip(tmp_path / "a.zip", x=BLANK)
    put_tar(tmp_path / "a.tar.gz", x=BLANK)
    out = tmp_path / "out" / "out.jsonl"
    out.parent.mkdir()
    out.write_bytes(lines(7))

    result = ETLJob("a", "A", FileSource(tmp_path / name), None, str(out)).execute()

    assert result.status is JobStatus.FAILED
    assert "pass a higher max_ratio" in result.errors[0]
    assert out.read_bytes() == lines(7)


def test_limits_can_be_changed(tmp_path: Path) -> None:
    """Each is an option of the source."""
    put_zip(tmp_path / "a.zip", x=BLANK + lines(1))

    found = FileSource(
        tmp_path / "a.zip", max_ratio=None, max_unpacked_bytes=40_000_000, max_entries=1
    ).extract()

    assert found == [{"id": 1}]


def test_an_archive_of_which_nothing_would_be_read_fails_the_run(tmp_path: Path) -> None:
    """As a folder does."""
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("README.md", b"hello")

    with pytest.raises(ConfigurationError) as caught:
        FileSource(tmp_path / "a.zip").extract()

    assert str(caught.value) == (
        f"{tmp_path}/a.zip: no member can be read: 1 whose suffix tells no format, such as "
        "'README.md'; pass format= to read any suffix"
    )
