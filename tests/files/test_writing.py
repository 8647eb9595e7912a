"""Files appear whole or not at all, and an error leaves nothing behind."""

from __future__ import annotations

import os
import resource
import stat

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from etlkit._files.appending import append_once
from etlkit._files.writing import (
    AtomicFile,
    append_line,
    check_writable,
    cut_back,
    make_folder,
    remove_leftovers,
    size_of,
)
from etlkit.errors import AccessDenied, ConfigurationError, DestinationUnavailable


MARK = "0123456789ab"

APPEND_LINES = """
import sys
from etlkit._files.writing import append_line

path, name, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
for number in range(count):
    append_line(path, f"{name} {number}\\n".encode())
"""


@contextmanager
def file_size_limit(size: int) -> Iterator[None]:
    """A file system that takes no more than this for a file, as a full disk does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextmanager
def umask(mask: int) -> Iterator[None]:
    """The permissions that new files do not get."""
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def mode_of(path: Path) -> int:
    """The permissions of a file."""
    return stat.S_IMODE(path.stat().st_mode)


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a folder, hidden ones too, but for journals."""
    paths = [path for path in sorted(folder.iterdir()) if path.suffix != ".journal"]
    return {path.name: path.read_bytes() for path in paths}


def add(file: AtomicFile) -> bool:
    """Add what was written to the file of its name."""
    return append_once(file, ["key"])


def fill(folder: Path, *names: str, **files: bytes) -> None:
    """Put files there: empty ones by name, others with their bytes."""
    for name in names:
        (folder / name).touch()
    for name, data in files.items():
        (folder / name).write_bytes(data)


def written(path: Path, *pieces: bytes, mode: int | None = None) -> AtomicFile:
    """A file with these bytes that nobody sees yet."""
    file = AtomicFile(str(path), mark=MARK, mode=mode)
    for piece in pieces:
        file.write(piece)
    return file


# -- publishing


def test_a_file_appears_whole(tmp_path: Path) -> None:
    """What was written stands under the name, and nothing else is left."""
    file = written(tmp_path / "out.jsonl", b"{}\n", b"", b"[]\n")

    path = file.publish()

    assert (path, file.size_bytes) == (f"{tmp_path}/out.jsonl", 6)
    assert contents(tmp_path) == {"out.jsonl": b"{}\n[]\n"}


def test_nothing_appears_before_it_is_published(tmp_path: Path) -> None:
    """Until then there is a hidden file that readers leave out, and the old one is whole."""
    (tmp_path / "out.jsonl").write_bytes(b"old\n")

    file = written(tmp_path / "out.jsonl", b"new\n")

    assert contents(tmp_path) == {f".out.jsonl.{MARK}.tmp": b"new\n", "out.jsonl": b"old\n"}
    file.discard()


def test_the_old_file_is_replaced(tmp_path: Path) -> None:
    """Readers see the old file or the new one; an open reader keeps the old one."""
    (tmp_path / "out.jsonl").write_bytes(b"old\n")
    file = written(tmp_path / "out.jsonl", b"new\n")

    with (tmp_path / "out.jsonl").open("rb") as reader:
        file.publish()

        assert reader.read() == b"old\n"
    assert contents(tmp_path) == {"out.jsonl": b"new\n"}


def test_an_empty_file_may_be_published(tmp_path: Path) -> None:
    """A load without records leaves an empty file."""
    file = written(tmp_path / "out.jsonl")

    file.publish()

    assert file.size_bytes == 0
    assert contents(tmp_path) == {"out.jsonl": b""}


def test_a_file_may_end_under_another_name(tmp_path: Path) -> None:
    """What a run turned out to be may decide the name."""
    file = written(tmp_path / "out.jsonl", b"{}\n")

    path = file.publish(str(tmp_path / "failed.jsonl"))

    assert path == f"{tmp_path}/failed.jsonl"
    assert contents(tmp_path) == {"failed.jsonl": b"{}\n"}


def test_a_relative_path_stays_where_it_was_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever changes the working directory meanwhile does not move the file."""
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    file = AtomicFile("out.jsonl", mark=MARK)
    monkeypatch.chdir(tmp_path / "elsewhere")

    path = file.publish()

    assert path == "out.jsonl"
    assert sorted(tmp_path.iterdir()) == [tmp_path / "elsewhere", tmp_path / "out.jsonl"]
    assert list((tmp_path / "elsewhere").iterdir()) == []


@pytest.mark.parametrize("end", [AtomicFile.publish, add])
def test_a_file_knows_whether_it_was_published(
    tmp_path: Path, end: Callable[[AtomicFile], object]
) -> None:
    """Whatever is raised afterwards, the owner can ask whether the bytes are there."""
    (tmp_path / "out.jsonl").write_bytes(b"old\n")
    file = written(tmp_path / "out.jsonl", b"new\n")
    before = file.published

    end(file)

    assert (before, file.published) == (False, True)


def test_a_discarded_file_was_not_published(tmp_path: Path) -> None:
    """The file of the same name is somebody else's."""
    (tmp_path / "out.jsonl").write_bytes(b"old\n")
    file = written(tmp_path / "out.jsonl", b"new\n")

    file.discard()

    assert file.published is False


def test_a_discarded_file_leaves_nothing(tmp_path: Path) -> None:
    """Whoever discards twice, or after everything went, does no harm."""
    file = written(tmp_path / "out.jsonl", b"{}\n")

    file.discard()
    file.discard()

    assert contents(tmp_path) == {}


def test_a_symbolic_link_stays_one(tmp_path: Path) -> None:
    """The file that a link points to is replaced, in its own folder."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "real.jsonl").write_bytes(b"old\n")
    link = tmp_path / "link.jsonl"
    link.symlink_to("data/real.jsonl")

    written(link, b"new\n").publish()

    assert (link.is_symlink(), contents(tmp_path / "data")) == (True, {"real.jsonl": b"new\n"})


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664, 0o755], ids=oct)
def test_the_mode_of_the_old_file_is_kept(tmp_path: Path, mode: int) -> None:
    """A private file stays private, a shared one shared, whatever the umask says."""
    path = tmp_path / "out.jsonl"
    path.write_bytes(b"old\n")
    path.chmod(mode)

    with umask(0o077):
        written(path, b"new\n").publish()

    assert mode_of(path) == mode


def test_a_private_file_is_private_from_the_start(tmp_path: Path) -> None:
    """Even under its temporary name nobody else may read what replaces a private file."""
    path = tmp_path / "out.jsonl"
    path.write_bytes(b"old\n")
    path.chmod(0o644)

    file = written(path, b"new\n")

    assert mode_of(tmp_path / f".out.jsonl.{MARK}.tmp") == 0o600
    file.discard()


@pytest.mark.parametrize(
    ("given", "mask", "expected"), [(None, 0o022, 0o644), (None, 0o077, 0o600), (0o600, 0, 0o600)]
)
def test_the_mode_of_a_new_file(
    tmp_path: Path, given: int | None, mask: int, expected: int
) -> None:
    """A new file gets what the umask gives, unless its mode was said."""
    path = tmp_path / "out.jsonl"

    with umask(mask):
        written(path, b"new\n", mode=given).publish()

    assert mode_of(path) == expected


# -- errors


def test_a_full_disk_leaves_the_old_file(tmp_path: Path) -> None:
    """The message says that nothing was changed, and that is so."""
    path = tmp_path / "out.jsonl"
    path.write_bytes(b"old\n")
    file = written(path, b"new 1\n")

    with file_size_limit(10), pytest.raises(DestinationUnavailable) as caught:
        file.write(b"new 2\n" * 2)

    file.discard()
    assert str(caught.value) == (
        f"{path}: cannot be written: File too large; it was left as it was"
    )
    assert contents(tmp_path) == {"out.jsonl": b"old\n"}


def test_a_folder_in_the_place_of_the_file_is_left_alone(tmp_path: Path) -> None:
    """A folder that came while the file was written is an error at the end."""
    path = tmp_path / "out.jsonl"
    file = written(path, b"new\n")
    path.mkdir()

    with pytest.raises(AccessDenied) as caught:
        file.publish()

    file.discard()
    assert str(caught.value) == (
        f"{path}: cannot be written: Is a directory; it was left as it was"
    )
    assert list(tmp_path.iterdir()) == [path]


def test_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    """Folders are not made by the way; the message names the one that is missing."""
    path = tmp_path / "missing" / "out.jsonl"

    with pytest.raises(ConfigurationError) as caught:
        AtomicFile(str(path), mark=MARK)

    assert str(caught.value) == (
        f"{path}: cannot be written: the folder {tmp_path}/missing does not exist"
    )


def test_two_files_of_one_mark_do_not_mix(tmp_path: Path) -> None:
    """A temporary file that is there already belongs to somebody else."""
    file = written(tmp_path / "out.jsonl", b"first\n")

    with pytest.raises(DestinationUnavailable) as caught:
        AtomicFile(str(tmp_path / "out.jsonl"), mark=MARK)

    file.publish()
    assert str(caught.value) == (
        f"{tmp_path}/out.jsonl: cannot be written: File exists; it was left as it was"
    )
    assert contents(tmp_path) == {"out.jsonl": b"first\n"}


def test_a_closed_folder_is_an_error(reachable: Path, unprivileged: Callable[[str], str]) -> None:
    """Where this process may not write, the message says that nothing was changed."""
    found = unprivileged("AtomicFile('out.jsonl', mark=os.urandom(6).hex())")

    assert found == (
        "AccessDenied: out.jsonl: cannot be written: Permission denied; it was left as it was"
    )


# -- appending


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"", b"new 1\nnew 2\n"),
        (b"old\n", b"old\nnew 1\nnew 2\n"),
        (b"old", b"old\nnew 1\nnew 2\n"),
    ],
    ids=["empty", "whole lines", "last line open"],
)
def test_a_load_is_appended_as_whole_lines(tmp_path: Path, before: bytes, after: bytes) -> None:
    """The last line of somebody else's file stays a line of its own."""
    path = tmp_path / "out.jsonl"
    path.write_bytes(before)
    file = written(path, b"new 1\n", b"new 2\n")

    added = add(file)

    assert (added, file.size_bytes) == (True, 12)
    assert contents(tmp_path) == {"out.jsonl": after}


def test_a_large_load_is_appended_in_order(tmp_path: Path) -> None:
    """Loads beyond the size of a buffer arrive whole."""
    path = tmp_path / "out.jsonl"
    path.write_bytes(b"old\n")
    load = b"".join(b"%07d\n" % number for number in range(400_000))

    add(written(path, load))

    assert path.read_bytes() == b"old\n" + load


def test_appending_makes_a_file_that_is_missing(tmp_path: Path) -> None:
    """The first load makes the file, with the mode that was said."""
    path = tmp_path / "out.jsonl"

    add(written(path, b"new\n", mode=0o600))

    assert contents(tmp_path) == {"out.jsonl": b"new\n"}
    assert mode_of(path) == 0o600


def test_appending_leaves_the_mode_of_the_file(tmp_path: Path) -> None:
    """The file is the same as before, with more in it."""
    path = tmp_path / "out.jsonl"
    path.write_bytes(b"old\n")
    path.chmod(0o640)

    add(written(path, b"new\n"))

    assert mode_of(path) == 0o640


def test_appending_through_a_link_reaches_the_file(tmp_path: Path) -> None:
    """A symbolic link stays one."""
    (tmp_path / "real.jsonl").write_bytes(b"old\n")
    link = tmp_path / "link.jsonl"
    link.symlink_to("real.jsonl")

    add(written(link, b"new\n"))

    assert link.is_symlink()
    assert contents(tmp_path) == {"link.jsonl": b"old\nnew\n", "real.jsonl": b"old\nnew\n"}


@pytest.mark.parametrize("before", [b"old\n", b"old"], ids=["whole lines", "last line open"])
def test_appending_nothing_changes_nothing(tmp_path: Path, before: bytes) -> None:
    """A load without records adds no byte, not even a newline."""
    path = tmp_path / "out.jsonl"
    path.write_bytes(before)

    add(written(path))

    assert contents(tmp_path) == {"out.jsonl": before}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"out.jsonl": b"old"}, {"out.jsonl": b"old"}),
        ({"out.jsonl": b""}, {"out.jsonl": b""}),
        ({}, {}),
    ],
    ids=["a file", "an empty file", "no file"],
)
def test_a_disk_that_fills_while_appending_leaves_what_was(
    tmp_path: Path, before: dict[str, bytes], after: dict[str, bytes]
) -> None:
    """No part of a load stays: the file has its former length, or is missing as before."""
    fill(tmp_path, **before)
    path = tmp_path / "out.jsonl"
    file = written(path, b"new\n" * 1000)

    with file_size_limit(2000), pytest.raises(DestinationUnavailable) as caught:
        add(file)

    file.discard()
    assert str(caught.value) == (
        f"{path}: cannot be written: File too large; it was left as it was"
    )
    assert contents(tmp_path) == after


# -- what killed runs leave behind


def test_leftovers_of_killed_runs_are_removed(tmp_path: Path) -> None:
    """Temporary files of the same name go; everything else stays."""
    kept = ["out.jsonl", ".other.jsonl.0123456789ab.tmp", ".out.jsonl.lock", ".out.jsonl.tmp"]
    kept += [
        ".out.jsonl.0123456789abc.tmp",
        "xout.jsonl.0123456789ab.tmp",
        ".outxjsonl.0123456789ab.tmp",
    ]
    gone = [".out.jsonl.0123456789ab.tmp", ".out.jsonl.ffffffffffff.tmp"]
    fill(tmp_path, *kept, *gone)

    remove_leftovers(str(tmp_path / "out.jsonl"))

    assert {path.name for path in tmp_path.iterdir()} == set(kept)


def test_leftovers_are_looked_for_where_a_link_points(tmp_path: Path) -> None:
    """They lie beside the real file."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / f".real.jsonl.{MARK}.tmp").touch()
    (tmp_path / "link.jsonl").symlink_to("data/real.jsonl")

    remove_leftovers(str(tmp_path / "link.jsonl"))

    assert list((tmp_path / "data").iterdir()) == []


# -- looking first


@pytest.mark.parametrize("before", [{"out.jsonl": b"old"}, {}], ids=["old file", "no file"])
def test_a_file_in_a_folder_can_be_written(tmp_path: Path, before: dict[str, bytes]) -> None:
    """The look itself leaves nothing behind."""
    fill(tmp_path, **before)

    found = check_writable(str(tmp_path / "out.jsonl"))

    assert found is None
    assert contents(tmp_path) == before


def test_a_folder_cannot_be_written_as_a_file(tmp_path: Path) -> None:
    """The message says what to pass instead."""
    with pytest.raises(ConfigurationError) as caught:
        check_writable(str(tmp_path))

    assert str(caught.value) == f"{tmp_path}: is a folder; pass the path of a file in it"


def test_a_pipe_cannot_be_replaced(tmp_path: Path) -> None:
    """What is no regular file has no whole content to replace."""
    path = tmp_path / "pipe"
    os.mkfifo(path)

    with pytest.raises(ConfigurationError) as caught:
        check_writable(str(path))

    assert str(caught.value) == (
        f"{path}: is no regular file, so it cannot be replaced or added to as a whole"
    )


@pytest.mark.parametrize("above", ["missing", "file"], ids=["missing", "no folder"])
def test_a_folder_that_is_missing_is_found_early(tmp_path: Path, above: str) -> None:
    """The message names the folder to make."""
    (tmp_path / "file").touch()
    path = tmp_path / above / "out.jsonl"

    with pytest.raises(ConfigurationError) as caught:
        check_writable(str(path))

    assert str(caught.value) == (
        f"{path}: the folder {tmp_path}/{above} does not exist; make it first"
    )


def test_a_closed_folder_is_found_early(
    reachable: Path, unprivileged: Callable[[str], str]
) -> None:
    """Permission is looked at before anything is read."""
    found = unprivileged("check_writable('out.jsonl')")

    assert found == (
        f"AccessDenied: out.jsonl: this process may not write into the folder {reachable}"
    )


# -- folders and lengths


def test_a_folder_is_made_with_its_parents(tmp_path: Path) -> None:
    """It may exist already, and its mode can be said."""
    path = tmp_path / "a" / "b"

    make_folder(str(path), mode=0o700)
    make_folder(str(path), mode=0o700)

    assert path.is_dir()
    assert mode_of(path) == 0o700


def test_a_relative_folder_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder without one above it stands in the working directory."""
    monkeypatch.chdir(tmp_path)

    make_folder("a/b")

    assert (tmp_path / "a" / "b").is_dir()


def test_a_file_in_the_way_of_a_folder_is_an_error(tmp_path: Path) -> None:
    """The message names the folder that cannot be made."""
    (tmp_path / "a").touch()
    path = tmp_path / "a" / "b"

    with pytest.raises(AccessDenied) as caught:
        make_folder(str(path))

    assert str(caught.value) == (
        f"{path}: cannot be written: Not a directory; it was left as it was"
    )


@pytest.mark.parametrize(("data", "size"), [(b"12345", 5), (b"", 0)])
def test_the_length_of_a_file(tmp_path: Path, data: bytes, size: int) -> None:
    """An empty file has a length."""
    (tmp_path / "log").write_bytes(data)

    found = size_of(str(tmp_path / "log"))

    assert found == size


def test_a_missing_file_has_no_length(tmp_path: Path) -> None:
    """None is told from nought."""
    found = size_of(str(tmp_path / "log"))

    assert found is None


@pytest.mark.parametrize(
    ("size", "after"),
    [(3, {"log": b"old"}), (0, {"log": b""}), (None, {})],
    ids=["a length", "nought", "none"],
)
def test_a_file_is_cut_back(tmp_path: Path, size: int | None, after: dict[str, bytes]) -> None:
    """To a former length, or to nothing at all where there was no file."""
    (tmp_path / "log").write_bytes(b"old and new")

    cut_back(str(tmp_path / "log"), size)

    assert contents(tmp_path) == after


def test_a_file_that_is_gone_need_not_be_removed(tmp_path: Path) -> None:
    """Cutting back to nothing what is not there is no error."""
    found = cut_back(str(tmp_path / "log"), None)

    assert found is None


# -- logs


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({}, b"line\n"),
        ({"log": b""}, b"line\n"),
        ({"log": b"old\n"}, b"old\nline\n"),
        ({"log": b'old\n{"torn'}, b'old\n{"torn#torn\nline\n'),
    ],
    ids=["no file", "empty", "whole", "torn"],
)
def test_a_line_is_appended_to_a_log(
    tmp_path: Path, before: dict[str, bytes], after: bytes
) -> None:
    """A last line that a crash tore does not swallow the next one."""
    fill(tmp_path, **before)

    append_line(str(tmp_path / "log"), b"line\n")

    assert contents(tmp_path) == {"log": after}


def test_a_log_may_be_named_by_a_relative_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name without a folder is a log in the working directory."""
    monkeypatch.chdir(tmp_path)

    append_line("log", b"line\n")

    assert contents(tmp_path) == {"log": b"line\n"}


def test_a_new_log_is_private(tmp_path: Path) -> None:
    """What a log says of data is for its owner."""
    path = tmp_path / "log"

    with umask(0):
        append_line(str(path), b"line\n")

    assert mode_of(path) == 0o600


def test_lines_of_several_processes_do_not_mix(
    tmp_path: Path, in_process: Callable[..., Any]
) -> None:
    """Every line of four writers stands whole, and each writer's lines in order."""
    path = tmp_path / "log"
    path.write_bytes(b"torn")
    processes = [in_process(APPEND_LINES, path, name, 200) for name in "abcd"]

    codes = [process.wait() for process in processes]

    lines = path.read_text().splitlines()
    assert (codes, lines[0]) == ([0] * 4, "torn#torn")
    assert sorted(lines[1:], key=lambda line: line[0]) == [
        f"{name} {number}" for name in "abcd" for number in range(200)
    ]


def test_a_log_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    """The message names the log."""
    with pytest.raises(AccessDenied) as caught:
        append_line(str(tmp_path), b"line\n")

    assert str(caught.value) == (
        f"{tmp_path}: cannot be written: Is a directory; it was left as it was"
    )


def test_leftovers_are_what_nobody_holds(tmp_path: Path) -> None:
    """What another run is writing stays, without any lock of the target."""
    target = tmp_path / "out.jsonl"
    (tmp_path / ".out.jsonl.0123456789ab.tmp").write_text("killed")
    (tmp_path / ".out.jsonl.0123456789ac.rejected.tmp").write_text("killed, too")
    (tmp_path / ".other.jsonl.0123456789ab.tmp").write_text("of another target")
    written = AtomicFile(str(target), mark="0123456789ad")

    remove_leftovers(str(target))

    left = {path.name for path in tmp_path.iterdir()}
    written.discard()
    assert left == {".other.jsonl.0123456789ab.tmp", ".out.jsonl.0123456789ad.tmp"}


def test_a_home_folder_as_in_a_shell_is_told() -> None:
    """No folder of that name is made."""
    with pytest.raises(ConfigurationError) as caught:
        check_writable("~/out.jsonl")

    assert str(caught.value) == (
        f"~/out.jsonl: the folder {Path.cwd()}/~ does not exist; make it first; '~' is the home "
        "folder in shells only: pass Path(...).expanduser()"
    )
