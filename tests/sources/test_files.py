"""Files as a source: where they are looked for, in which order, and how they are read."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from etlkit import FileSource
from etlkit.errors import (
    RecordError,
    SourceNotFound,
)
from etlkit.formats import JsonLines
from etlkit.records import Origin


NO_FSSPEC = """
import sys
from etlkit import FileSource

source = FileSource(sys.argv[1:])
assert source.validate()
print(len(source.extract()), len(source.splits(2)), "fsspec" in sys.modules)
"""


def put(folder: Path, *names: str) -> None:
    """Write files that each hold one record with the name of the file."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        data = b'{"file":"%s"}\n' % name.encode()
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)


def names_in(source: FileSource) -> list[str]:
    """The names of the files that were read, in order."""
    return [record["file"] for record in source.extract()]


# -- one file


@pytest.mark.parametrize("as_given", [str, Path, "file://{}".format], ids=["text", "Path", "URL"])
def test_one_file_is_read(tmp_path: Path, as_given: Callable[[Path], Any]) -> None:
    """A path may be text, a path object or a file URL."""
    put(tmp_path, "a.jsonl")
    source = FileSource(as_given(tmp_path / "a.jsonl"))

    found = source.extract()

    assert found == [{"file": "a.jsonl"}]


def test_a_path_may_be_relative(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relative path is looked up from the working directory, and named as it was given."""
    put(tmp_path, "in/a.jsonl")
    monkeypatch.chdir(tmp_path)
    source = FileSource("in/a.jsonl")

    batches = list(source.batches())

    assert [batch.origin for batch in batches] == [Origin("in/a.jsonl")]


@pytest.mark.parametrize("name", ["a[1].jsonl", "a*.jsonl", "a?b.jsonl"])
def test_a_file_whose_name_looks_like_a_pattern_is_read(tmp_path: Path, name: str) -> None:
    """A path that exists is that file, whatever characters it has."""
    put(tmp_path, name, "a1.jsonl", "axb.jsonl")
    source = FileSource(tmp_path / name)

    found = names_in(source)

    assert found == [name]


def test_batches_carry_bytes_and_numbers(tmp_path: Path) -> None:
    """The engine gets the bytes of each record, its file and its number."""
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"id":1}\n\n{"id":3}\n')

    (batch,) = FileSource(path).batches()

    assert ([batch.raw(at) for at in range(3)], batch.origin, batch.first) == (
        [b'{"id":1}', b"", b'{"id":3}'],
        Origin(str(path)),
        1,
    )


def test_the_records_can_be_read_one_by_one_and_again(tmp_path: Path) -> None:
    """A source is a value: reading it changes nothing, and blank lines are no records."""
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"id":1}\n\n{"id":3}\n')
    source = FileSource(path)

    found = [list(source.records()), list(source.records())]

    assert found == [[{"id": 1}, {"id": 3}]] * 2


@pytest.mark.parametrize("data", [b"", b"\n\n", b"\xef\xbb\xbf"], ids=["empty", "blank", "mark"])
def test_an_empty_file_has_no_records(tmp_path: Path, data: bytes) -> None:
    """A file without records is no error."""
    path = tmp_path / "a.jsonl"
    path.write_bytes(data)

    found = FileSource(path).extract()

    assert found == []


def test_an_open_file_is_closed_when_reading_stops_early(
    tmp_path: Path, open_files: Callable[[], int]
) -> None:
    """Whoever stops after the first record leaves no file open."""
    put(tmp_path, "a.jsonl")
    batches = FileSource(tmp_path / "a.jsonl").batches()
    next(batches)
    before = open_files()

    batches.close()  # type: ignore[attr-defined]  # a generator, which is how files stay open

    assert open_files() == before - 1


# -- several files


def test_a_pattern_is_read_in_the_order_of_paths(tmp_path: Path) -> None:
    """Paths sort as bytes do, so a run is the same on every computer."""
    put(tmp_path, "b.jsonl", "a.jsonl", "B.jsonl", "a10.jsonl", "a9.jsonl", "ä.jsonl", "z/c.jsonl")
    source = FileSource(f"{tmp_path}/*.jsonl")

    found = names_in(source)

    assert found == ["B.jsonl", "a.jsonl", "a10.jsonl", "a9.jsonl", "b.jsonl", "ä.jsonl"]


@pytest.mark.parametrize("pattern", ["**/*.jsonl", "**/**/*.jsonl"])
def test_a_pattern_of_two_stars_reads_each_file_once(tmp_path: Path, pattern: str) -> None:
    """Folders at any depth are looked through, and no file counts twice."""
    put(tmp_path, "x.jsonl", "b/a/y.jsonl", "b/z.jsonl", "b/other.txt")
    source = FileSource(f"{tmp_path}/{pattern}")

    found = names_in(source)

    assert found == ["b/a/y.jsonl", "b/z.jsonl", "x.jsonl"]


def test_a_pattern_matches_files_only(tmp_path: Path) -> None:
    """A folder whose name matches is not a file to read."""
    put(tmp_path, "a.jsonl", "b.jsonl/inside.jsonl")
    source = FileSource(f"{tmp_path}/*.jsonl")

    found = names_in(source)

    assert found == ["a.jsonl"]


@pytest.mark.parametrize("end", ["", "/"], ids=["plain", "with a slash"])
def test_a_folder_means_every_visible_file_below_it(tmp_path: Path, end: str) -> None:
    """Names that begin with a dot or an underscore are left out at every level."""
    put(tmp_path, "b.jsonl", "a/c.jsonl.gz", "a/d.json", "_temporary/e.jsonl", ".git/f.jsonl")
    put(tmp_path, "_SUCCESS", ".hidden.jsonl", "a/_g.jsonl", "a/b/.h.jsonl", "a/b_/i.jsonl")
    source = FileSource(f"{tmp_path}{end}")

    found = names_in(source)

    assert found == ["a/b_/i.jsonl", "a/c.jsonl.gz", "a/d.json", "b.jsonl"]


def test_a_folder_that_is_named_may_be_hidden(tmp_path: Path) -> None:
    """What is left out is left out below the folder, not for the folder's own path."""
    put(tmp_path, "_raw/a.jsonl")
    source = FileSource(tmp_path / "_raw")

    found = names_in(source)

    assert found == ["_raw/a.jsonl"]


def test_a_list_keeps_its_order(tmp_path: Path) -> None:
    """A list is read as it stands; a pattern or folder in it is sorted by itself."""
    put(tmp_path, "z.jsonl", "c/2.jsonl", "c/1.jsonl", "a.jsonl")
    source = FileSource([tmp_path / "z.jsonl", str(tmp_path / "c"), f"{tmp_path}/a*"])

    found = names_in(source)

    assert found == ["z.jsonl", "c/1.jsonl", "c/2.jsonl", "a.jsonl"]


def test_any_iterable_of_paths_will_do(tmp_path: Path) -> None:
    """What `Path.glob` gives can be passed, and read twice."""
    put(tmp_path, "a.jsonl")
    source = FileSource(tmp_path.glob("*.jsonl"))  # type: ignore[arg-type]  # wider than said

    found = [names_in(source), names_in(source)]

    assert found == [["a.jsonl"], ["a.jsonl"]]


def test_files_are_looked_up_by_each_run(tmp_path: Path) -> None:
    """A file that came after the source was made is read, too."""
    put(tmp_path, "a.jsonl")
    source = FileSource(tmp_path)
    before = source.files()
    put(tmp_path, "b.jsonl")

    after = source.files()

    assert (before, after) == (
        [f"{tmp_path}/a.jsonl"],
        [f"{tmp_path}/a.jsonl", f"{tmp_path}/b.jsonl"],
    )


def test_each_file_is_numbered_from_1(tmp_path: Path) -> None:
    """Record numbers are those of the file, so they can be looked up there."""
    put(tmp_path, "a.jsonl", "b.jsonl")

    found = [(batch.origin.uri, batch.first) for batch in FileSource(tmp_path).batches()]

    assert found == [(f"{tmp_path}/a.jsonl", 1), (f"{tmp_path}/b.jsonl", 1)]


# -- nothing to read


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("missing.jsonl", "there is no such file or folder"),
        ("missing/*.jsonl", "no file matches the pattern"),
        ("*.jsonl", "no file matches the pattern"),
        ("empty", "the folder holds no file"),
        ("hidden", "the folder holds no file"),
    ],
    ids=["file", "pattern in a missing folder", "pattern", "empty folder", "hidden files only"],
)
def test_a_location_without_files_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, location: str, reason: str
) -> None:
    """The message has the location, the reason and where it was looked for."""
    (tmp_path / "empty" / "below").mkdir(parents=True)
    put(tmp_path, "hidden/.a.jsonl", "hidden/_b/c.jsonl")
    monkeypatch.chdir(tmp_path)
    source = FileSource(location)

    with pytest.raises(SourceNotFound) as caught:
        source.extract()

    assert str(caught.value) == f"{location}: {reason} (looked from {tmp_path})"


def test_one_missing_file_of_a_list_is_an_error(tmp_path: Path) -> None:
    """Nothing of a list is read when a part of it is not there."""
    put(tmp_path, "a.jsonl")
    missing = tmp_path / "b.jsonl"
    source = FileSource([tmp_path / "a.jsonl", missing])

    with pytest.raises(SourceNotFound) as caught:
        source.check()

    assert str(caught.value) == (
        f"{missing}: there is no such file or folder (looked from {Path.cwd()})"
    )


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("froms-2024.jsonl", "; did you mean 'forms-2024.jsonl'?"),
        ("forms-2024.json", "; did you mean 'forms-2024.jsonl'?"),
        ("forms-2025.jsonl", ""),
        ("cases.jsonl", ""),
    ],
    ids=["letters", "ending", "numbers", "another"],
)
def test_a_misspelt_name_is_told_with_the_file_that_was_meant(
    tmp_path: Path, name: str, hint: str
) -> None:
    """One in the same folder; that of another year is none."""
    put(tmp_path, "forms-2024.jsonl")
    missing = tmp_path / name

    with pytest.raises(SourceNotFound) as caught:
        FileSource(missing).check()

    assert str(caught.value) == (
        f"{missing}: there is no such file or folder (looked from {Path.cwd()}){hint}"
    )


def test_a_missing_file_is_found_by_the_usual_exception(tmp_path: Path) -> None:
    """Programs that catch FileNotFoundError go on working."""
    source = FileSource(tmp_path / "missing.jsonl")

    with pytest.raises(FileNotFoundError):
        list(source.batches())


def test_a_file_that_vanishes_before_its_turn_is_an_error(tmp_path: Path) -> None:
    """A file that was there when the run began is not skipped."""
    put(tmp_path, "a.jsonl", "b.jsonl")
    batches = FileSource(tmp_path).batches()
    next(batches)
    (tmp_path / "b.jsonl").unlink()

    with pytest.raises(SourceNotFound) as caught:
        next(batches)

    assert str(caught.value) == f"{tmp_path}/b.jsonl: there is no such file"


def test_a_link_to_nowhere_in_a_folder_is_an_error(tmp_path: Path) -> None:
    """What cannot be read is not left out without a word."""
    put(tmp_path, "a.jsonl")
    (tmp_path / "b.jsonl").symlink_to(tmp_path / "missing")
    source = FileSource(tmp_path)

    with pytest.raises(SourceNotFound) as caught:
        source.check()

    assert str(caught.value) == f"{tmp_path}/b.jsonl: there is no such file"


# -- check and validate


def test_check_passes_without_reading(tmp_path: Path) -> None:
    """Files of unsound content pass: `check` looks whether they can be read, not what they hold."""
    (tmp_path / "a.jsonl").write_bytes(b"no JSON\n")
    source = FileSource(tmp_path)

    found = source.check()

    assert found is None


@pytest.mark.parametrize(
    ("name", "valid"), [("a.jsonl", True), ("b.jsonl", False), ("c.txt", False)]
)
def test_validate_says_whether_check_passes(tmp_path: Path, name: str, valid: bool) -> None:
    """Yes or no, without a reason."""
    put(tmp_path, "a.jsonl", "c.txt")
    source = FileSource(tmp_path / name)

    found = source.validate()

    assert found is valid


def test_a_file_that_may_not_be_read_is_an_error(
    reachable: Path, unprivileged: Callable[[str], str]
) -> None:
    """Permissions are looked at before anything is read."""
    put(reachable, "a.jsonl", "b.jsonl")
    (reachable / "b.jsonl").chmod(0o000)

    found = unprivileged("FileSource('.').check()")

    assert found == "AccessDenied: ./b.jsonl: this process may not read it (Permission denied)"


def test_validate_is_false_for_a_file_that_may_not_be_read(
    reachable: Path, unprivileged: Callable[[str], str]
) -> None:
    """A denied file is a reason to say no, not an exception."""
    put(reachable, "a.jsonl")
    (reachable / "a.jsonl").chmod(0o000)

    found = unprivileged("FileSource('a.jsonl').validate()")

    assert found == "False"


@pytest.mark.parametrize("hidden", ["below", "."], ids=["a folder inside", "the folder itself"])
def test_a_folder_that_may_not_be_listed_is_an_error(
    reachable: Path, unprivileged: Callable[[str], str], hidden: str
) -> None:
    """The files of a closed folder would be missing; they are not skipped."""
    put(reachable, "in/a.jsonl", "in/below/b.jsonl")
    closed = reachable / "in" / hidden
    closed.chmod(0o000)

    found = unprivileged("FileSource('in').extract()")

    closed.chmod(0o700)
    place = os.path.normpath(f"in/{hidden}")
    assert found == f"AccessDenied: {place}: cannot be listed: Permission denied"


# -- remarks


def test_files_left_out_for_their_suffix_are_remarked_on(tmp_path: Path) -> None:
    """What a folder holds beside its data is left out, and the result says so."""
    put(tmp_path, "a.jsonl", "README.md", "b.txt", "_c.txt")
    source = FileSource(tmp_path)

    found = (names_in(source), list(source.remarks()))

    assert found == (
        ["a.jsonl"],
        [
            (
                f"2 file(s) left out for their suffix, such as {tmp_path}/README.md; "
                "pass format= to read them"
            )
        ],
    )


@pytest.mark.parametrize("format_", [None, "jsonl"], ids=["by suffix", "as said"])
def test_nothing_is_remarked_when_every_file_is_read(tmp_path: Path, format_: str | None) -> None:
    """A source that reads everything has nothing to add."""
    put(tmp_path, "a.jsonl")
    source = FileSource(tmp_path, format=format_)

    found = source.remarks()

    assert found == ()


# -- splits, names


@pytest.mark.parametrize(
    ("n", "sizes"),
    [(0, [5]), (1, [5]), (2, [3, 2]), (3, [2, 2, 1]), (4, [2, 2, 1]), (5, [1] * 5), (9, [1] * 5)],
)
def test_splits_hold_the_files_between_them(tmp_path: Path, n: int, sizes: list[int]) -> None:
    """At most so many parts, in order, none empty and none missing."""
    put(tmp_path, *[f"{number}.jsonl" for number in range(5)], "left out.txt")
    source = FileSource(tmp_path)

    parts = [names_in(part) for part in source.splits(n)]

    assert [len(names) for names in parts] == sizes
    assert [name for names in parts for name in names] == [f"{each}.jsonl" for each in range(5)]


@pytest.mark.parametrize(
    "arguments",
    [{"format": "jsonl", "strict_keys": True}, {"format": JsonLines(strict_keys=True)}],
    ids=["name", "object"],
)
def test_splits_keep_what_was_said_of_the_files(tmp_path: Path, arguments: dict[str, Any]) -> None:
    """Format, compression and options hold for every part."""
    (tmp_path / "a.log").write_bytes(gzip.compress(b'{"id":1,"id":2}\n'))
    source = FileSource(tmp_path, compression="gzip", **arguments)
    (part,) = source.splits(3)

    with pytest.raises(RecordError) as caught:
        part.extract()

    assert str(caught.value) == f"{tmp_path}/a.log:1: the key 'id' comes twice in one object"


def test_splits_keep_options_while_the_suffix_decides(tmp_path: Path) -> None:
    """Options without a format are kept for each file."""
    (tmp_path / "a.jsonl").write_text('{"id":1,"id":2}\n')
    (part,) = FileSource(tmp_path, strict_keys=True).splits(1)

    with pytest.raises(RecordError) as caught:
        part.extract()

    assert str(caught.value) == f"{tmp_path}/a.jsonl:1: the key 'id' comes twice in one object"


@pytest.mark.parametrize(
    ("location", "uri", "shown"),
    [
        ("a.jsonl", "a.jsonl", "FileSource('a.jsonl')"),
        (Path("in/a.jsonl"), "in/a.jsonl", "FileSource('in/a.jsonl')"),
        (["a.jsonl", "b/*.json"], "a.jsonl, b/*.json", "FileSource(['a.jsonl', 'b/*.json'])"),
    ],
    ids=["text", "Path", "list"],
)
def test_a_source_shows_its_locations(location: Any, uri: str, shown: str) -> None:
    """Messages and sessions name the source by what was given."""
    source = FileSource(location)

    found = (source.uri, repr(source))

    assert found == (uri, shown)


def test_local_files_do_not_load_fsspec(tmp_path: Path) -> None:
    """Paths, patterns, folders and gzip need no package for URLs; a file is read once."""
    put(tmp_path, "a.jsonl", "in/b.jsonl.gz", "in/c.json")
    locations = [f"{tmp_path}/a.jsonl", f"{tmp_path}/*.jsonl", f"{tmp_path}/in"]
    command = [sys.executable, "-B", "-c", NO_FSSPEC, *locations]

    done = subprocess.run(command, capture_output=True, text=True, check=True)

    assert done.stdout == "3 2 False\n"


def test_a_home_folder_is_not_written_as_in_a_shell() -> None:
    """The message says what to write instead."""
    with pytest.raises(SourceNotFound) as caught:
        FileSource("~/forms.jsonl").check()

    assert str(caught.value) == (
        f"~/forms.jsonl: there is no such file or folder (looked from {Path.cwd()}); '~' is the "
        "home folder in shells only: pass Path(...).expanduser()"
    )
