"""Files of which only new ones are read: what is new, what has changed, what is kept of each."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import tempfile
import zipfile

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any, ClassVar

import fsspec
import orjson
import pytest

from fsspec.implementations.memory import MemoryFileSystem
from hypothesis import given
from hypothesis import strategies as st

from etlkit import FileSource
from etlkit._files.versions import FileVersion, HashedFile, version_of
from etlkit.errors import ConfigurationError, SourceNotFound, SourceUnavailable
from etlkit.records import Record
from etlkit.runs import InputFile, Position
from etlkit.sources import Reading
from etlkit.sources.increments import NewFiles
from etlkit.sources.source import decoded
from etlkit.testing import FakeClock


YEARS_LATER = FakeClock(datetime(2100, 1, 1, tzinfo=UTC))


def lines(*numbers: int) -> bytes:
    """JSON lines with these numbers."""
    return b"".join(b'{"n":%d}\n' % number for number in numbers)


def put(folder: Path, name: str, *numbers: int) -> Path:
    """Write a file of JSON lines."""
    path = folder / name
    path.write_bytes(lines(*numbers))
    return path


def numbers_in(reading: Reading) -> list[int]:
    """The numbers of all records of a reading."""
    return [record["n"] for batch in reading.batches() for record in decoded(batch)]


def remarks_of(reading: Reading) -> list[str]:
    """What the user is told of a reading."""
    return [remark for batch in reading.batches() for remark in batch.remarks]


def loaded(source: FileSource, known: Position | None = None) -> Position:
    """The position after a run that read everything it should and was committed."""
    known = known or Position()
    reading = source.reading(known)
    list(reading.batches())
    return known.then(reading.position())


def new_files(source: FileSource, known: Position, **options: Any) -> NewFiles:
    """A reading years after the files were written, so that their times are settled."""

    def read(file: Any, path: str, uri: str) -> Iterator[Any]:
        del file, uri
        return FileSource(path).batches()

    asked = {"supersedes": False, "trusts_hints": True, **options}
    return NewFiles(source, source.files, read, known=known, clock=YEARS_LATER, **asked)


# -- what is read


def test_first_run_reads_every_file(tmp_path: Path) -> None:
    """Without a position all files are new."""
    put(tmp_path, "a.jsonl", 1, 2)
    put(tmp_path, "b.jsonl", 3)
    source = FileSource(tmp_path, incremental=True)

    numbers = numbers_in(source.reading(Position()))

    assert numbers == [1, 2, 3]


def test_later_run_reads_new_files_only(tmp_path: Path) -> None:
    """What a committed run has read is not read again."""
    put(tmp_path, "b.jsonl", 1)
    source = FileSource(tmp_path, incremental=True)
    known = loaded(source)
    put(tmp_path, "a.jsonl", 2)

    numbers = numbers_in(source.reading(known))

    assert numbers == [2]


def test_run_without_new_files_says_so(tmp_path: Path) -> None:
    """It reads nothing, and tells how many files it knows."""
    put(tmp_path, "a.jsonl", 1)
    put(tmp_path, "b.jsonl", 2)
    source = FileSource(tmp_path, incremental=True)
    known = loaded(source)

    remarks = remarks_of(source.reading(known))

    assert remarks == ["nothing new: 2 file(s) were loaded before"]


def test_source_reads_everything_outside_a_run(tmp_path: Path) -> None:
    """``extract`` knows no runs."""
    put(tmp_path, "a.jsonl", 1)
    source = FileSource(tmp_path, incremental=True)
    loaded(source)

    records = source.extract()

    assert records == [{"n": 1}]


def test_vanished_file_stays_known(tmp_path: Path) -> None:
    """When it comes back as it was, it is not loaded again."""
    path = put(tmp_path, "a.jsonl", 1)
    put(tmp_path, "b.jsonl", 2)
    source = FileSource(tmp_path, incremental=True)
    known = loaded(source)
    path.unlink()
    known = loaded(source, known)
    put(tmp_path, "a.jsonl", 1)

    numbers = numbers_in(source.reading(known))

    assert numbers == []


def test_same_folder_by_another_path_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files are known by their full path, wherever the process stands."""
    put(tmp_path, "a.jsonl", 1)
    known = loaded(FileSource(tmp_path, incremental=True))
    monkeypatch.chdir(tmp_path)
    source = FileSource("a.jsonl", incremental=True)

    numbers = numbers_in(source.reading(known))

    assert numbers == []


def test_files_whose_names_are_no_text_are_told_apart(tmp_path: Path) -> None:
    """A commit record is JSON, which has no form for such names."""
    names = [os.fsdecode(b"caf\xe8.jsonl"), os.fsdecode(b"caf\xe9.jsonl")]
    put(tmp_path, names[0], 1)
    source = FileSource(tmp_path, incremental=True)
    known = loaded(source)
    put(tmp_path, names[1], 2)
    reading = source.reading(known)

    numbers = numbers_in(reading)

    assert numbers == [2]
    assert [Path(each.uri).name for each in reading.position().inputs] == [r"caf\udce9.jsonl"]
    assert orjson.dumps([each.uri for each in known.inputs])


def test_renamed_file_is_read_and_told_of(tmp_path: Path) -> None:
    """Two files may hold the same by right, so it is for the user to judge."""
    old = put(tmp_path, "a.jsonl", 1)
    source = FileSource(tmp_path, incremental=True)
    known = loaded(source)
    new = old.rename(tmp_path / "b.jsonl")
    reading = source.reading(known)

    remarks = remarks_of(reading)

    assert [each.uri for each in reading.position().inputs] == [str(new)]
    (remark,) = remarks
    assert remark == (
        "1 file(s) with the content of files loaded before were loaded again under their new "
        f"names, such as {new}, once {old}"
    )


@pytest.mark.parametrize("location", ["", "*.jsonl", "2024/**/*.jsonl"])
def test_inbox_that_was_emptied_has_nothing_new(tmp_path: Path, location: str) -> None:
    """Others may move files away once they are loaded."""
    (tmp_path / "2024").mkdir()
    source = FileSource(f"{tmp_path}/{location}", incremental=True)

    remarks = remarks_of(source.reading(Position()))

    assert source.validate()
    assert remarks == ["nothing new: there is no file now"]


def test_emptied_inbox_behind_a_url_has_nothing_new(memory: Callable[..., None]) -> None:
    """A pattern tells that files may come; stores of objects have no empty folders."""
    memory("/inbox/a.csv", b"n\n1\n")
    source = FileSource("memory://inbox/*.jsonl", incremental=True)

    remarks = remarks_of(source.reading(Position()))

    assert remarks == ["nothing new: there is no file now"]


@pytest.mark.parametrize("location", ["a.jsonl", "missing/*.jsonl", "missing/"])
def test_place_that_is_not_there_is_an_error_all_the_same(tmp_path: Path, location: str) -> None:
    """A path that is misspelt is no empty inbox."""
    source = FileSource(f"{tmp_path}/{location}", incremental=True)

    with pytest.raises(SourceNotFound):
        numbers_in(source.reading(Position()))


# -- what has changed


def test_changed_file_is_an_error(tmp_path: Path) -> None:
    """Its earlier records would stay where they are, so nothing is read."""
    path = put(tmp_path, "a.jsonl", 1)
    source = FileSource(tmp_path, incremental=True)
    known = loaded(source)
    put(tmp_path, "a.jsonl", 2)
    put(tmp_path, "b.jsonl", 3)

    with pytest.raises(ConfigurationError) as caught:
        numbers_in(source.reading(known))

    assert str(caught.value) == (
        f"{path}: changed since loaded, and what was loaded of it would stay beside it, so "
        "nothing was read. Load into a dataset with by_source=True from the first load on, or "
        "with mode 'upsert' and a key where the destination has it, or put corrections into "
        "files of new names"
    )


def test_many_changed_files_are_named_by_some(tmp_path: Path) -> None:
    """The message stays short."""
    paths = [put(tmp_path, f"{name}.jsonl", 1) for name in "abcdefg"]
    source = FileSource(tmp_path, incremental=True)
    known = loaded(source)
    [path.write_bytes(lines(1, 2)) for path in paths]

    with pytest.raises(ConfigurationError, match=r"e\.jsonl and 2 more: changed .* of them would"):
        numbers_in(source.reading(known))


def test_changed_file_is_read_again_where_it_can_be_superseded(tmp_path: Path) -> None:
    """It is marked, so that the destination puts it in the place of the earlier one."""
    put(tmp_path, "a.jsonl", 1)
    source = FileSource(tmp_path, incremental=True)
    known = loaded(source)
    put(tmp_path, "a.jsonl", 2, 3)
    put(tmp_path, "b.jsonl", 4)
    reading = source.reading(known, supersedes=True)

    numbers = numbers_in(reading)

    assert numbers == [2, 3, 4]
    assert [(each.again, each.records) for each in reading.position().inputs] == [
        (True, 2),
        (False, 1),
    ]


@pytest.mark.parametrize("incremental", [True, "hash"])
def test_touched_file_is_not_read_again(tmp_path: Path, incremental: Any) -> None:
    """Its times are a hint; its bytes decide. The new hint is kept with the next commit."""
    path = put(tmp_path, "a.jsonl", 1)
    source = FileSource(tmp_path, incremental=incremental)
    known = loaded(source)
    os.utime(path, (1, 1))
    reading = source.reading(known)

    numbers = numbers_in(reading)

    (entry,) = reading.position().inputs
    assert numbers == []
    assert (entry.sha256, entry.records) == (known.inputs[0].sha256, 1)
    assert entry.etag != known.inputs[0].etag


def test_change_that_keeps_size_and_time_is_found(tmp_path: Path) -> None:
    """A copy may keep both, but not the time when the file itself was changed."""
    path = put(tmp_path, "a.jsonl", 1)
    source = FileSource(tmp_path, incremental=True)
    known = loaded(source)
    times = path.stat()
    put(tmp_path, "a.jsonl", 2)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))

    with pytest.raises(ConfigurationError, match="changed since loaded"):
        numbers_in(source.reading(known))


def test_settled_hint_spares_reading_the_file(tmp_path: Path) -> None:
    """Whether it was hashed shows by a sha256 that is not that of the file."""
    path = put(tmp_path, "a.jsonl", 1)
    version = version_of(str(path), YEARS_LATER.now().timestamp())
    known = Position((InputFile(str(path), version.size_bytes, version.etag, "another"),))

    numbers = numbers_in(new_files(FileSource(tmp_path), known))

    assert numbers == []


def test_hash_does_not_trust_a_settled_hint(tmp_path: Path) -> None:
    """``incremental="hash"`` reads every file to compare it."""
    path = put(tmp_path, "a.jsonl", 1)
    version = version_of(str(path), YEARS_LATER.now().timestamp())
    known = Position((InputFile(str(path), version.size_bytes, version.etag, "another"),))

    with pytest.raises(ConfigurationError, match="changed since loaded"):
        numbers_in(new_files(FileSource(tmp_path), known, trusts_hints=False))


def test_hint_of_a_file_just_written_is_not_trusted(tmp_path: Path) -> None:
    """A second change within the same tick of the clock would not show in its times."""
    path = put(tmp_path, "a.jsonl", 1)
    now = path.stat().st_mtime

    just_written, later = version_of(str(path), now + 1), version_of(str(path), now + 10)

    assert not just_written.is_hint_of(just_written.size_bytes, just_written.etag)
    assert later.is_hint_of(later.size_bytes, later.etag)
    assert later.resembles(just_written.size_bytes, just_written.etag)


def test_files_of_a_run_that_was_not_incremental_are_known(tmp_path: Path) -> None:
    """Without a sha256 the hint is all there is."""
    put(tmp_path, "a.jsonl", 1)
    known = loaded(FileSource(tmp_path))
    source = FileSource(tmp_path, incremental=True)

    numbers = numbers_in(source.reading(known))

    assert numbers == []


# -- what is kept of each file


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.jsonl", lines(1, 2)),
        ("a.jsonl.gz", gzip.compress(lines(1, 2))),
        ("a.csv", b"n\n1\n2\n"),
        ("a.json", b'[{"n":1},{"n":2}]  \n'),
    ],
    ids=["lines", "gzip", "csv", "array"],
)
def test_sha256_is_that_of_the_bytes_of_the_file(tmp_path: Path, name: str, data: bytes) -> None:
    """Packed as it is, to its last byte."""
    path = tmp_path / name
    path.write_bytes(data)

    known = loaded(FileSource(path, incremental=True))

    (entry,) = known.inputs
    assert (entry.uri, entry.size_bytes, entry.records) == (str(path), len(data), 2)
    assert entry.sha256 == hashlib.sha256(data).hexdigest()


def test_archive_is_known_as_one_file(tmp_path: Path) -> None:
    """A zip archive is read from its end, and hashed from its beginning."""
    path = tmp_path / "forms.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.jsonl", lines(1))
        archive.writestr("notes.txt", b"left out " * 100)
        archive.writestr("b.jsonl", lines(2, 3))
    source = FileSource(path, incremental=True)
    reading = source.reading(Position())

    numbers = numbers_in(reading)

    (entry,) = reading.position().inputs
    assert numbers == [1, 2, 3]
    assert (entry.uri, entry.records) == (str(path), 3)
    assert entry.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert reading.version(f"{path}/b.jsonl") == f"{entry.size_bytes}-{hint_of(path)}"


def test_ordinary_source_lists_its_files_without_sha256(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So a commit record names its inputs, at the price of a look at each."""
    put(tmp_path, "a.jsonl", 1, 2)
    monkeypatch.chdir(tmp_path)
    reading = FileSource("a.jsonl").reading(Position())
    before = reading.version("a.jsonl")

    numbers = numbers_in(reading)

    (entry,) = reading.position().inputs
    path = tmp_path / "a.jsonl"
    assert numbers == [1, 2]
    assert (entry.uri, entry.size_bytes, entry.records) == (str(tmp_path / "a.jsonl"), 16, 2)
    assert entry.sha256 is None
    assert before is None
    assert reading.version("a.jsonl") == f"16-{hint_of(path)}"


def test_records_of_an_incremental_source_name_the_file_in_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that the same file has the same name in each run."""
    put(tmp_path, "a.jsonl", 1)
    monkeypatch.chdir(tmp_path)
    reading = FileSource("a.jsonl", incremental=True).reading(Position())

    origins = [batch.origin.uri for batch in reading.batches()]

    assert origins == [entry.uri for entry in reading.position().inputs]
    assert origins == [str(tmp_path / "a.jsonl")]


def test_reading_that_was_not_finished_keeps_what_was_read_to_its_end(tmp_path: Path) -> None:
    """A file that was begun is no part of the position."""
    put(tmp_path, "a.jsonl", 1)
    put(tmp_path, "b.jsonl", 2)
    reading = FileSource(tmp_path, incremental=True).reading(Position())
    batches = reading.batches()
    next(batches)
    next(batches)

    batches.close()  # type: ignore[attr-defined]  # it is a generator

    assert [each.uri for each in reading.position().inputs] == [str(tmp_path / "a.jsonl")]


# -- files that change under the reader


@pytest.mark.parametrize(
    "how",
    [lambda old: old + lines(9), lambda old: old.replace(b"1", b"7")],
    ids=["grows", "is overwritten"],
)
def test_file_that_changes_while_it_is_read_is_refused(
    tmp_path: Path, how: Callable[[bytes], bytes]
) -> None:
    """The run may be tried again; what was read is not loaded."""
    path = put(tmp_path, "a.jsonl", 1, 2)
    reading = FileSource(path, incremental=True).reading(Position())
    batches = reading.batches()
    next(batches)
    path.write_bytes(how(path.read_bytes()))

    with pytest.raises(SourceUnavailable) as caught:
        list(batches)

    assert str(caught.value) == (
        f"{path}: the file was changed while it was read, so nothing was loaded; write files "
        "under another name and rename them when they are complete"
    )


def test_file_that_is_replaced_while_it_is_read_is_read_as_it_was(tmp_path: Path) -> None:
    """The next run finds that it has changed."""
    path = put(tmp_path, "a.jsonl", 1)
    reading = FileSource(path, incremental=True).reading(Position())
    batches = reading.batches()
    next(batches)
    put(tmp_path, "other", 2).replace(path)

    list(batches)

    (entry,) = reading.position().inputs
    assert entry.sha256 == hashlib.sha256(lines(1)).hexdigest()


@pytest.mark.parametrize("incremental", [False, True])
def test_version_of_a_file_is_the_same_from_its_first_record_on(
    tmp_path: Path, incremental: bool
) -> None:
    """The identity of a rejected record is made of it while the file is still being read."""
    path = put(tmp_path, "a.jsonl", 1)
    reading = FileSource(path, incremental=incremental).reading(Position())
    batches = reading.batches()
    next(batches)
    while_reading = reading.version(str(path))

    list(batches)

    assert while_reading == f"8-{hint_of(path)}"
    assert reading.version(str(path)) == while_reading


# -- URLs


def test_files_behind_urls_are_known_by_their_url(memory: Callable[..., None]) -> None:
    """The memory file system tells only when a file was changed."""
    memory("/inbox/a.jsonl", lines(1))
    source = FileSource("memory://inbox/*.jsonl", incremental=True)
    known = loaded(source)
    memory("/inbox/b.jsonl", lines(2))
    reading = source.reading(known)

    numbers = numbers_in(reading)

    assert numbers == [2]
    assert [each.uri for each in reading.position().inputs if each.again is False][-1:] == [
        "memory://inbox/b.jsonl"
    ]


def test_changed_content_behind_a_url_is_found(memory: Callable[..., None]) -> None:
    """Where the server tells no tag of the content, the bytes are compared."""
    memory("/inbox/a.jsonl", lines(1))
    source = FileSource("memory://inbox/a.jsonl", incremental=True)
    known = loaded(source)
    memory("/inbox/a.jsonl", lines(2))

    with pytest.raises(ConfigurationError, match=r"^memory://inbox/a\.jsonl: changed since"):
        numbers_in(source.reading(known))


def test_file_behind_a_url_that_changes_while_it_is_read_is_refused(
    memory: Callable[..., None],
) -> None:
    """As for local files."""
    memory("/inbox/a.jsonl", lines(1))
    source = FileSource("memory://inbox/a.jsonl", incremental=True)
    batches = source.reading(Position()).batches()
    next(batches)
    memory("/inbox/a.jsonl", lines(1, 2))

    with pytest.raises(SourceUnavailable, match="changed while it was read"):
        list(batches)


def test_tag_of_a_server_spares_the_download(
    memory: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An ETag stands for the content; the sha256 kept here is not that of the file."""
    memory("/inbox/a.jsonl", lines(1))
    filesystem = fsspec.filesystem("memory")
    told = {"name": "/inbox/a.jsonl", "size": 8, "type": "file", "ETag": '"5f2"'}
    monkeypatch.setattr(type(filesystem), "info", lambda *_, **__: dict(told))
    known = Position((InputFile("memory://inbox/a.jsonl", 8, '"5f2"', "another"),))
    source = FileSource("memory://inbox/a.jsonl", incremental=True)

    numbers = numbers_in(source.reading(known))

    assert numbers == []


@pytest.mark.parametrize(
    ("told", "settled"),
    [
        ({"mtime": 1.5}, True),
        ({"LastModified": datetime(2026, 1, 1, tzinfo=UTC)}, True),
        ({"mtime": YEARS_LATER.now().timestamp() - 30}, False),
        ({"Last-Modified": "Fri, 27 Nov 2026 10:00:00 GMT"}, False),
        ({"ETag": '"5f2"'}, True),
        ({"ETag": 'W/"5f2"'}, False),
        ({}, False),
    ],
    ids=["seconds", "time", "just now", "text", "tag", "weak tag", "nothing"],
)
def test_what_a_server_tells_is_trusted_where_it_stands_for_the_bytes(
    monkeypatch: pytest.MonkeyPatch, told: dict[str, Any], settled: bool
) -> None:
    """Its clock may differ from ours, and one second may see two changes."""
    info = {"size": 3, **told}
    monkeypatch.setattr("etlkit._files.versions.remote_info", lambda _: info)

    version = version_of("sftp://host/a.jsonl", YEARS_LATER.now().timestamp())

    assert version.is_hint_of(version.size_bytes, version.etag) is settled


class Listing(MemoryFileSystem):  # type: ignore[misc]  # fsspec has no types
    """Keeps listings until it is told to forget them, as those of object stores do."""

    protocol = "listing"
    kept: ClassVar[dict[str, Any]] = {}

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return str(super()._strip_protocol(path.removeprefix("listing:/")))

    def glob(self, path: str, **options: Any) -> Any:
        """The files of a pattern, as they were when they were first asked for."""
        if path not in self.kept:
            self.kept[path] = super().glob(path, **options)
        return self.kept[path]

    def invalidate_cache(self, path: str | None = None) -> None:
        """Forget all listings."""
        del path
        self.kept.clear()


def test_new_file_in_a_listing_that_was_kept_is_found(memory: Callable[..., None]) -> None:
    """The file systems of a long process keep what they have listed."""
    fsspec.register_implementation("listing", Listing, clobber=True)
    memory("/inbox/a.jsonl", lines(1))
    source = FileSource("listing://inbox/*.jsonl", incremental=True)
    known = loaded(source)
    listed = source.files()
    memory("/inbox/b.jsonl", lines(2))
    before = source.files()

    source.check()

    assert listed == before == ["listing://inbox/a.jsonl"]
    assert numbers_in(source.reading(known)) == [2]


def test_urls_that_differ_in_their_query_only_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What stands behind the question mark may be a key, and is not kept."""
    urls = ["https://host/a.jsonl?day=1", "https://host/a.jsonl?day=2"]
    source = FileSource(urls, incremental=True)
    monkeypatch.setattr(source, "files", lambda: urls)

    with pytest.raises(ConfigurationError, match="two files have this name once what may be"):
        numbers_in(source.reading(Position()))


# -- the parts


@pytest.mark.parametrize("wrong", [None, 1, "sha256", "always"])
def test_other_values_of_incremental_are_refused(wrong: Any) -> None:
    """A word that is not understood must not mean False."""
    with pytest.raises(ConfigurationError) as caught:
        FileSource("a.jsonl", incremental=wrong)

    assert str(caught.value) == f"incremental is True, False or 'hash', got {wrong!r}"


@pytest.mark.parametrize(("given_", "expected"), [(False, False), (True, True), ("hash", True)])
def test_source_says_whether_it_is_incremental(given_: Any, expected: bool) -> None:
    """The engine asks, since such a source and a replace do not go together."""
    assert FileSource("a.jsonl", incremental=given_).incremental is expected


@given(
    data=st.binary(max_size=60),
    moves=st.lists(st.tuples(st.integers(0, 60), st.integers(-1, 30)), max_size=8),
)
def test_hash_is_that_of_the_file_however_it_was_read(
    data: bytes, moves: list[tuple[int, int]]
) -> None:
    """Readers may jump about, read parts twice and leave others out."""
    file = HashedFile(BytesIO(data), "a.bin")
    read = [(file.seek(place), file.read(size), file.tell()) for place, size in moves]

    digest = file.hexdigest()

    assert digest == hashlib.sha256(data).hexdigest()
    assert all(data[at:end] == piece for at, piece, end in read if at < len(data))


def test_version_without_any_hint_is_like_no_other() -> None:
    """Two files of which nothing is known are not the same."""
    unknown = FileVersion(None, None, None)

    assert not unknown.is_hint_of(None, None)
    assert not unknown.resembles(None, None)


# -- any sequence of changes, runs and crashes


class Loader:
    """A destination that keeps the records of each file, and replaces those of changed ones."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.known = Position()
        self.held: dict[str, list[Record]] = {}
        self.loads: list[tuple[str, int]] = []
        self.expected: list[tuple[str, int]] = []

    def play(self, step: tuple[str, str, int]) -> None:
        """Do one thing."""
        action, name, number = step
        getattr(self, action)(name, number)

    def write(self, name: str, number: int) -> None:
        """Write a file, maybe with the content that it has."""
        put(self.folder, name, number)

    def remove(self, name: str, _: int) -> None:
        """Remove a file, where it is."""
        (self.folder / name).unlink(missing_ok=True)

    def crash(self, *_: object) -> None:
        """Read everything and commit nothing."""
        list(self._reading().batches())

    def run(self, *_: object) -> None:
        """Read what is new, and commit it."""
        now = {path.name: json.loads(path.read_bytes())["n"] for path in self.folder.iterdir()}
        last = dict(self.expected)
        self.expected += [(name, n) for name, n in sorted(now.items()) if last.get(name) != n]
        reading = self._reading()
        for batch in reading.batches():
            self.loads += [(Path(batch.origin.uri).name, each["n"]) for each in decoded(batch)]
        self.known = Position.then(self.known, reading.position())

    def _reading(self) -> Reading:
        source = FileSource(self.folder, format="jsonl", incremental=True)
        return source.reading(self.known, supersedes=True)


NAMES = st.sampled_from(["a.jsonl", "b.jsonl", "c.jsonl"])
STEPS = st.one_of(
    st.tuples(st.just("write"), NAMES, st.integers(0, 3)),
    st.tuples(st.sampled_from(["run", "crash", "remove"]), NAMES, st.just(0)),
)


@given(steps=st.lists(STEPS, max_size=12))
def test_each_content_of_a_file_is_loaded_exactly_once(steps: list[tuple[str, str, int]]) -> None:
    """Whatever is written, removed and tried in between."""
    with tempfile.TemporaryDirectory() as name:
        loader = Loader(Path(name))
        put(loader.folder, "first.jsonl", 0)

        [loader.play(step) for step in (*steps, ("run", "", 0))]

    assert loader.loads == loader.expected


def hint_of(path: Path) -> str:
    """What tells of a file whether it has changed: not its time of change alone."""
    stat = path.stat()
    return f"{stat.st_mtime_ns}-{stat.st_ctime_ns}-{stat.st_ino}"
