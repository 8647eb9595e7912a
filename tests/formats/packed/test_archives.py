"""Archives are read member by member, and what is left out is told."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from etlkit.errors import ConfigurationError, InputError
from etlkit.formats.packed.archives import LeftOut, Packing, patterns
from etlkit.formats.packed.limits import Limits


Pack = Callable[[Iterable[tuple[str, bytes]]], bytes]


def zipped(members: Iterable[tuple[str, bytes]], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip archive of these names and bytes."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return file.getvalue()


def tarred(members: Iterable[tuple[str, bytes]]) -> bytes:
    """A tar archive of these names and bytes."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name, data in members:
            about = tarfile.TarInfo(name)
            about.size = len(data)
            archive.addfile(about, io.BytesIO(data))
    return file.getvalue()


@pytest.fixture(params=["zip", "tar"])
def kind(request: pytest.FixtureRequest) -> str:
    """Each kind of archive in turn."""
    given: str = request.param
    return given


@pytest.fixture
def pack(kind: str) -> Pack:
    """What makes an archive of this kind."""
    return {"zip": zipped, "tar": tarred}[kind]


def read(
    data: bytes, name: str, *, every: bool = False, **options: Any
) -> tuple[list[tuple[str, bytes]], tuple[str, ...]]:
    """What is read of an archive, with where it comes from; and what is said of the rest."""
    left_out = LeftOut(name)
    contents = Packing(**options).contents(
        io.BytesIO(data),
        name,
        left_out,
        uri=name,
        knows=lambda member: every or ".csv" in member,
    )
    found = [(content.uri, content.stream.read()) for content in contents]
    return found, left_out.remarks


# -- which members


def test_members_come_in_the_order_of_the_archive(kind: str, pack: Pack) -> None:
    """Each says where it comes from, behind the name of the archive."""
    data = pack([("feb.csv", b"2"), ("2025/jan.csv", b"1"), ("empty.csv", b"")])

    found = read(data, f"forms.{kind}")

    assert found == (
        [
            (f"forms.{kind}/feb.csv", b"2"),
            (f"forms.{kind}/2025/jan.csv", b"1"),
            (f"forms.{kind}/empty.csv", b""),
        ],
        (),
    )


def test_members_may_be_compressed(kind: str, pack: Pack) -> None:
    """Their own suffix tells."""
    data = pack([("a.csv.gz", gzip.compress(b"1")), ("b.csv.xz", lzma.compress(b"2"))])

    found = read(data, f"forms.{kind}")

    assert found[0] == [(f"forms.{kind}/a.csv.gz", b"1"), (f"forms.{kind}/b.csv.xz", b"2")]


@pytest.mark.parametrize(
    ("suffix", "compress"),
    [
        (".tar.gz", gzip.compress),
        (".tgz", gzip.compress),
        (".TGZ", gzip.compress),
        (".tar.bz2", bz2.compress),
        (".tbz2", bz2.compress),
        (".tbz", bz2.compress),
        (".tar.xz", lzma.compress),
        (".txz", lzma.compress),
    ],
)
def test_a_tar_archive_may_be_compressed(suffix: str, compress: Callable[[bytes], bytes]) -> None:
    """The suffix tells, in its short form too."""
    data = compress(tarred([("a.csv", b"1")]))

    found = read(data, f"forms{suffix}")

    assert found == ([(f"forms{suffix}/a.csv", b"1")], ())


def test_what_is_left_out_is_told(kind: str, pack: Pack) -> None:
    """How many for which reason, with an example of each."""
    names = ["__MACOSX/._a.csv", "a.csv", ".git/a.csv", "notes.txt", "old.zip", "b/x.tar.gz"]
    data = pack([(name, b"1") for name in names])

    found = read(data, f"forms.{kind}")

    assert found == (
        [(f"forms.{kind}/a.csv", b"1")],
        (
            (
                f"forms.{kind}: 5 member(s) left out: 2 as hidden, such as '__MACOSX/._a.csv'; "
                "1 whose suffix tells no format, such as 'notes.txt'; 2 as an archive within the "
                "archive, such as 'old.zip'; pass format= to read any suffix"
            ),
        ),
    )


def test_with_a_format_every_suffix_is_read(kind: str, pack: Pack) -> None:
    """What is hidden, or an archive, is not."""
    data = pack([("notes.txt", b"1"), (".notes.txt", b"2"), ("a.zip", b"3")])

    found = read(data, f"forms.{kind}", every=True)

    assert found == (
        [(f"forms.{kind}/notes.txt", b"1")],
        (
            (
                f"forms.{kind}: 2 member(s) left out: 1 as hidden, such as '.notes.txt'; 1 as an "
                "archive within the archive, such as 'a.zip'"
            ),
        ),
    )


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ("*.csv", ["a.csv", "2025/b.csv"]),
        ("2025/*", ["2025/b.csv"]),
        (["a.*", "2025/b.csv"], ["a.csv", "2025/b.csv"]),
        ("_c.csv", ["_c.csv"]),
        (["A.CSV", "2025/?.csv"], ["2025/b.csv"]),
    ],
    ids=["pattern", "folder", "list", "hidden but named", "other case"],
)
def test_members_are_chosen_by_patterns(
    kind: str, pack: Pack, members: Any, expected: list[str]
) -> None:
    """A star goes through folders too; what was not chosen is no news."""
    data = pack([(name, b"1") for name in ["a.csv", "2025/b.csv", "_c.csv"]])

    found = read(data, f"forms.{kind}", members=patterns(members))[0]

    assert [uri for uri, _ in found] == [f"forms.{kind}/{name}" for name in expected]


def test_a_pattern_without_a_match_is_a_mistake(kind: str, pack: Pack) -> None:
    """The message shows what there is."""
    data = pack([(f"{number}.csv", b"1") for number in range(7)])

    with pytest.raises(ConfigurationError) as caught:
        read(data, f"forms.{kind}", members=("*.jsonl", "x\x1b*"))

    assert str(caught.value) == (
        f"forms.{kind}: no member matches '*.jsonl' or 'x\\x1b*'; there are '0.csv', '1.csv', "
        "'2.csv', '3.csv', '4.csv', …"
    )


def test_an_archive_of_other_things_is_a_mistake(kind: str, pack: Pack) -> None:
    """An archive of which nothing would be read is no empty source."""
    data = pack([("notes.txt", b"1")])

    with pytest.raises(ConfigurationError) as caught:
        read(data, f"forms.{kind}")

    assert str(caught.value) == (
        f"forms.{kind}: no member can be read: 1 whose suffix tells no format, such as "
        "'notes.txt'; pass format= to read any suffix"
    )


def test_an_archive_of_nothing_is_empty(kind: str, pack: Pack) -> None:
    """Like an empty file it has no records, and that is no error."""
    data = pack([])

    found = read(data, f"forms.{kind}")

    assert found == ([], ())


@pytest.mark.parametrize("members", [7, [], [7], b"*.csv", {"a": 1}], ids=repr)
def test_what_is_no_pattern_is_refused(members: Any) -> None:
    """The message shows how one looks."""
    with pytest.raises(ConfigurationError) as caught:
        patterns(members)

    assert str(caught.value) == (
        f"members is a pattern of names such as '*.csv', or a list of them, got {members!r}"
    )


def test_links_and_devices_are_told_and_folders_are_not() -> None:
    """A folder holds nothing that could be missed."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name, kind in {
            "d": tarfile.DIRTYPE,
            "d/a.csv": tarfile.SYMTYPE,
            "b.csv": tarfile.LNKTYPE,
            "c.csv": tarfile.FIFOTYPE,
            "e.csv": tarfile.REGTYPE,
        }.items():
            about = tarfile.TarInfo(name)
            about.type = kind
            archive.addfile(about)

    found = read(file.getvalue(), "forms.tar")

    assert found == (
        [("forms.tar/e.csv", b"")],
        (
            (
                "forms.tar: 3 member(s) left out: 2 as a link, such as 'd/a.csv'; 1 as no file, "
                "such as 'c.csv'"
            ),
        ),
    )


# -- by option


def test_the_archive_can_be_said(kind: str, pack: Pack) -> None:
    """A file of another name is read as one."""
    data = pack([("a.csv", b"1")])

    found = read(data, "forms", archive=kind)

    assert found == ([("forms/a.csv", b"1")], ())


def test_an_archive_can_be_denied(kind: str, pack: Pack) -> None:
    """Then its bytes are those of a file like any other."""
    data = pack([("a.csv", b"1")])

    found = read(data, f"forms.{kind}", archive=None)

    assert found == ([(f"forms.{kind}", data)], ())


def test_archive_and_compression_can_be_said_together() -> None:
    """For a tar archive within gzip that has no suffix at all."""
    data = gzip.compress(tarred([("a.csv", b"1")]))

    found = read(data, "forms", archive="tar", compression="gzip")

    assert found == ([("forms/a.csv", b"1")], ())


@pytest.mark.parametrize(("archive", "hint"), [("rar", "; did you mean 'tar'?"), (7, "")])
def test_an_unknown_archive_is_refused(archive: Any, hint: str) -> None:
    """The message lists what there is."""
    with pytest.raises(ConfigurationError) as caught:
        Packing(archive=archive)

    assert str(caught.value) == (
        f"unknown archive {archive!r}{hint}; known are 'zip', 'tar', 'infer' and None"
    )


def test_a_zip_archive_within_gzip_is_refused() -> None:
    """It is read from its end, which gzip does not let anybody see first."""
    data = gzip.compress(zipped([("a.csv", b"1")]))

    with pytest.raises(ConfigurationError) as caught:
        read(data, "forms.zip.gz")

    assert str(caught.value) == (
        "forms.zip.gz: a zip archive is read from its end, so it cannot be within gzip; unpack "
        "that before"
    )


# -- hostile


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd.csv", "../../etc/passwd.csv"),
        ("/etc/passwd.csv", "/etc/passwd.csv"),
        ("C:\\a.csv", "C:\\a.csv"),
        ("a\x1b[2J\n.csv", "a\\x1b[2J\\n.csv"),
        ("a\u202ecod.csv", "a\\u202ecod.csv"),
        ("Zürich.csv", "Zürich.csv"),
        ("x" * 300 + ".csv", "x" * 300 + ".csv"),
    ],
    ids=["parents", "absolute", "drive", "control", "bidirectional", "letters", "long"],
)
def test_a_name_is_only_a_name(kind: str, pack: Pack, name: str, shown: str) -> None:
    """No path is made of it, and what a terminal could obey is escaped."""
    data = pack([(name, b"1")])

    found = read(data, f"forms.{kind}")

    assert found == ([(f"forms.{kind}/{shown}", b"1")], ())


@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")
@pytest.mark.parametrize("second", ["a.csv", "./a.csv"])
def test_two_members_of_one_name_are_refused(kind: str, pack: Pack, second: str) -> None:
    """Programs differ in which of them they take."""
    data = pack([("a.csv", b"1"), (second, b"2")])

    with pytest.raises(InputError) as caught:
        read(data, f"forms.{kind}")

    assert str(caught.value) == (
        f"forms.{kind}: the archive has two members 'a.csv'; which one counts cannot be told, so "
        "nothing of it was loaded; pack it anew"
    )


def test_an_archive_of_too_many_members_is_refused(kind: str, pack: Pack) -> None:
    """Those count too that would not be read."""
    data = pack([(f"{number}.txt", b"") for number in range(11)])

    with pytest.raises(InputError) as caught:
        read(data, f"forms.{kind}", limits=Limits(max_entries=10))

    assert str(caught.value) == (
        f"forms.{kind}: the archive has more than 10 members; nothing of it was loaded; if the "
        "file is to be trusted, pass a higher max_entries, or max_entries=None for no limit"
    )


MEMBERS = [(f"{number}.csv", bytes(1_000_000)) for number in range(10)]
PACKED = [
    pytest.param("forms.zip", zipped(MEMBERS), id="deflated"),
    pytest.param("forms.zip", zipped(MEMBERS, zipfile.ZIP_STORED), id="stored"),
    pytest.param("forms.tar", tarred(MEMBERS), id="tar"),
]


@pytest.mark.parametrize(
    ("name", "data"),
    [*PACKED, pytest.param("forms.tgz", gzip.compress(tarred(MEMBERS)), id="compressed tar")],
)
def test_all_members_together_are_limited(name: str, data: bytes) -> None:
    """Ten members of a megabyte each are ten megabytes, however they are packed."""
    with pytest.raises(InputError) as caught:
        read(data, name, limits=Limits(max_unpacked_bytes=9_999_999))

    assert str(caught.value) == (
        f"{name}: unpacks to more than 9999999 bytes; nothing of it was loaded; if the file is to "
        "be trusted, pass a higher max_unpacked_bytes, or max_unpacked_bytes=None for no limit"
    )


@pytest.mark.parametrize(("name", "data"), PACKED)
def test_each_byte_of_a_member_counts_once(name: str, data: bytes) -> None:
    """A limit of just what there is lets an archive pass."""
    found, _ = read(data, name, limits=Limits(max_unpacked_bytes=10_000_000))

    assert [len(content) for _, content in found] == [1_000_000] * 10


def test_a_compressed_archive_counts_once() -> None:
    """All its bytes come out of the compression, those between its members too."""
    archive = tarred(MEMBERS)
    limits = Limits(max_unpacked_bytes=len(archive), max_ratio=None)

    found, _ = read(gzip.compress(archive), "forms.tgz", limits=limits)

    assert len(found) == 10


def test_a_bomb_within_a_bomb_is_found(kind: str, pack: Pack) -> None:
    """All layers of a file are counted together."""
    inner = gzip.compress(bytes(20_000_000))
    data = pack([("a.csv.gz", inner)])

    with pytest.raises(InputError) as caught:
        read(data, f"forms.{kind}")

    assert str(caught.value) == (
        f"forms.{kind}: unpacks to more than 200 times its size; nothing of it was loaded; if the "
        "file is to be trusted, pass a higher max_ratio, or max_ratio=None for no limit"
    )


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (
            b'{"a":1}\n' * 100,
            "no {} archive, although its name or an option says so: pass archive=None",
        ),
        (
            gzip.compress(bytes(1000)),
            (
                "no {} archive, although its name or an option says so: it is gzip, so pass "
                "compression='gzip'"
            ),
        ),
        (b"", "the {} archive is cut off; nothing of it was loaded"),
    ],
    ids=["text", "gzip", "nothing"],
)
def test_what_is_no_archive_is_told(kind: str, content: bytes, words: str) -> None:
    """The first bytes say what it is; a file without any is cut off."""
    with pytest.raises(InputError) as caught:
        read(content, f"forms.{kind}")

    assert str(caught.value) == f"forms.{kind}: {words.format(kind)}"
