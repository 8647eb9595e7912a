"""URLs as a source: everything that fsspec reaches is looked up and read like local files."""

from __future__ import annotations

import gzip
import io
import json

from collections.abc import Callable
from pathlib import Path

import fsspec
import pytest

from fsspec.registry import _registry
from fsspec.spec import AbstractFileSystem

from etlkit import FileSource
from etlkit.errors import ConfigurationError, SourceNotFound, SourceUnavailable


Put = Callable[..., None]


class HostFileSystem(AbstractFileSystem):  # type: ignore[misc]  # fsspec carries no annotations
    """One file on one host, which is part of the URL and not of the path, as with SFTP."""

    protocol = "hosted"
    file = "/in/a.jsonl"

    def __init__(self, host: str) -> None:
        super().__init__()
        self._host = host

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        """The path behind the host."""
        below = path.removeprefix("hosted://")
        return path if below == path else "/" + below.partition("/")[2]

    @staticmethod
    def _get_kwargs_from_urls(path: str) -> dict[str, str]:
        """The host."""
        return {"host": path.removeprefix("hosted://").partition("/")[0]}

    def ls(self, path: str, **_: object) -> list[dict[str, object]]:
        """The file, on the right host."""
        there = self._host == "example.org" and self.file.startswith(path)
        return [{"name": self.file, "size": 0, "type": "file"}] if there else []

    def _open(self, path: str, *_: object, **__: object) -> io.BytesIO:
        """The file, on the right host."""
        return io.BytesIO({("example.org", self.file): record("a")}[self._host, path])


class BrokenFileSystem(AbstractFileSystem):  # type: ignore[misc]  # as above
    """Files that are there and cannot be had."""

    protocol = "broken"

    def info(self, path: str, **_: object) -> dict[str, object]:
        """Everything is a file, but for the folder that cannot be looked at."""
        if path == "folder":
            raise ConnectionResetError(104, "Connection reset by peer")
        return {"name": path, "size": 0, "type": "file"}

    def isdir(self, path: str) -> bool:
        """As above; the inherited method swallows errors."""
        return self.info(path)["type"] == "directory"

    def _open(self, path: str, *_: object, **__: object) -> io.BytesIO:
        """Nothing can be opened."""
        if path == "denied.jsonl":
            raise PermissionError(13, "Permission denied")
        raise ConnectionResetError(104, "Connection reset by peer")


@pytest.fixture
def protocols(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the file systems above known for one test."""
    monkeypatch.setitem(_registry, "hosted", HostFileSystem)
    monkeypatch.setitem(_registry, "broken", BrokenFileSystem)


def record(name: str) -> bytes:
    """One record with a name."""
    return json.dumps({"file": name}).encode() + b"\n"


def names_in(source: FileSource) -> list[str]:
    """The names of the files that were read, in order."""
    return [each["file"] for each in source.extract()]


@pytest.mark.parametrize("url", ["memory://in/a.jsonl", "memory:///in/a.jsonl"])
def test_one_url_is_read(memory: Put, url: str) -> None:
    """A URL that is one file keeps the form in which it was given."""
    memory("/in/a.jsonl", record("a"))
    source = FileSource(url)

    found = (source.files(), source.extract(), source.validate())

    assert found == ([url], [{"file": "a"}], True)


def test_a_compressed_url_is_read(memory: Put) -> None:
    """The suffix tells the compression, as for local files."""
    memory("/a.jsonl.gz", gzip.compress(record("a")))

    found = FileSource("memory://a.jsonl.gz").extract()

    assert found == [{"file": "a"}]


@pytest.mark.parametrize(
    ("pattern", "files"),
    [
        ("memory://in/*.jsonl", ["memory://in/a.jsonl", "memory://in/b.jsonl"]),
        (
            "memory://in/**/*.jsonl",
            ["memory://in/a.jsonl", "memory://in/b.jsonl", "memory://in/deep/c.jsonl"],
        ),
    ],
    ids=["one folder", "all folders"],
)
def test_a_pattern_matches_files_in_order(memory: Put, pattern: str, files: list[str]) -> None:
    """Patterns work on URLs, and folders that match are no files."""
    memory("/in/b.jsonl", record("b"))
    memory("/in/a.jsonl", record("a"))
    memory("/in/deep/c.jsonl", record("c"))
    memory("/in/folder.jsonl/d.txt", b"")
    source = FileSource(pattern)

    found = source.files()

    assert found == files


@pytest.mark.parametrize("url", ["memory://in", "memory://in/", "memory:///in"])
def test_a_folder_means_every_visible_file_below_it(memory: Put, url: str) -> None:
    """As in local folders, names that begin with a dot or an underscore are left out."""
    memory("/in/b.jsonl", record("b"))
    memory("/in/a/c.jsonl", record("c"))
    memory("/in/_temporary/d.jsonl", record("d"))
    memory("/in/a/.e.jsonl", record("e"))
    memory("/in/_SUCCESS", b"")

    found = names_in(FileSource(url))

    assert found == ["c", "b"]


def test_the_root_of_a_file_system_is_a_folder(memory: Put) -> None:
    """A URL without a path stands for everything there."""
    memory("/in/a.jsonl", record("a"))
    memory("/b.jsonl", record("b"))

    found = names_in(FileSource("memory://"))

    assert found == ["b", "a"]


def test_a_hidden_folder_may_be_named(memory: Put) -> None:
    """What is left out is left out below the folder."""
    memory("/_raw/a.jsonl", record("a"))

    found = names_in(FileSource("memory://_raw"))

    assert found == ["a"]


def test_urls_and_paths_may_be_mixed(memory: Put, tmp_path: Path) -> None:
    """Each location of a list is looked up where it belongs."""
    memory("/a.jsonl", record("remote"))
    (tmp_path / "a.jsonl").write_bytes(record("local"))

    found = names_in(FileSource(["memory://a.jsonl", tmp_path / "a.jsonl"]))

    assert found == ["remote", "local"]


def test_splits_of_a_url_are_urls(memory: Put) -> None:
    """Each part can be read by itself."""
    memory("/in/a.jsonl", record("a"))
    memory("/in/b.jsonl", record("b"))

    parts = FileSource("memory://in").splits(2)

    assert [part.extract() for part in parts] == [[{"file": "a"}], [{"file": "b"}]]


def test_the_local_protocol_of_fsspec_is_read(tmp_path: Path) -> None:
    """Absolute paths stay absolute."""
    (tmp_path / "a.jsonl").write_bytes(record("a"))

    found = names_in(FileSource(f"local://{tmp_path}/*.jsonl"))

    assert found == ["a"]


def test_a_path_that_fsspec_completes_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A relative URL becomes an absolute one."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.jsonl").write_bytes(record("a"))
    monkeypatch.chdir(tmp_path)

    found = FileSource("local://in/*.jsonl").files()

    assert found == [f"local://{tmp_path}/in/a.jsonl"]


@pytest.mark.usefixtures("protocols")
def test_the_host_of_a_url_is_kept() -> None:
    """Files that a pattern finds are read from the host where they were found."""
    source = FileSource("hosted://example.org/in/*.jsonl")

    found = (source.files(), names_in(source))

    assert found == (["hosted://example.org/in/a.jsonl"], ["a"])


@pytest.mark.usefixtures("memory")
@pytest.mark.parametrize("url", ["memory://a.jsonl", "memory://in/*.jsonl", "memory://"])
def test_a_url_without_files_is_an_error(url: str) -> None:
    """A missing object, an unmatched pattern and an empty store are told by their URL."""
    with pytest.raises(SourceNotFound) as caught:
        FileSource(url).check()

    assert str(caught.value) == f"{url}: there is nothing there"


def test_an_object_that_vanishes_before_its_turn_is_an_error(memory: Put) -> None:
    """A file that was there when the run began is not skipped."""
    memory("/a.jsonl", record("a"))
    memory("/b.jsonl", record("b"))
    batches = FileSource("memory://*.jsonl").batches()
    next(batches)
    fsspec.filesystem("memory").rm_file("/b.jsonl")

    with pytest.raises(SourceNotFound) as caught:
        next(batches)

    assert str(caught.value) == "memory://b.jsonl: there is no such file"


def test_an_unknown_protocol_is_an_error() -> None:
    """The message has the URL and the words of fsspec."""
    with pytest.raises(ConfigurationError) as caught:
        FileSource("nowhere://in/a.jsonl").check()

    assert str(caught.value) == "nowhere://in/a.jsonl: Protocol not known: nowhere"


def test_an_archive_that_is_missing_is_an_error(tmp_path: Path) -> None:
    """A chained URL may fail before its file is looked for."""
    url = f"zip://a.jsonl::{tmp_path}/all.zip"

    with pytest.raises(SourceUnavailable) as caught:
        FileSource(url).check()

    assert str(caught.value) == f"{url}: cannot be opened: No such file or directory"


@pytest.mark.usefixtures("protocols")
@pytest.mark.parametrize(
    ("url", "message"),
    [
        (
            "broken://folder",
            "broken://folder: cannot be listed: Connection reset by peer",
        ),
        ("broken://a.jsonl", "broken://a.jsonl: cannot be opened: Connection reset by peer"),
    ],
    ids=["while it is listed", "while it is opened"],
)
def test_a_store_that_cannot_be_reached_is_a_passing_failure(url: str, message: str) -> None:
    """A run may be tried again when the line is back."""
    with pytest.raises(SourceUnavailable) as caught:
        FileSource(url).extract()

    assert str(caught.value) == message


@pytest.mark.usefixtures("protocols")
def test_an_object_that_may_not_be_read_is_an_error() -> None:
    """A denial is not tried again."""
    with pytest.raises(PermissionError) as caught:
        FileSource("broken://denied.jsonl").extract()

    assert str(caught.value) == (
        "broken://denied.jsonl: this process may not read it (Permission denied)"
    )


def test_what_a_chain_of_file_systems_says_shows_no_password() -> None:
    """Each of them knows its own part of the URL, and says it."""
    source = FileSource("zip://a.csv::memory://user:s3cr3t@host/x.zip")

    with pytest.raises(SourceUnavailable) as caught:
        source.check()

    assert str(caught.value) == (
        "zip://a.csv::memory://***@host/x.zip: cannot be opened: /***@host/x.zip"
    )
    assert caught.value.__cause__ is None
