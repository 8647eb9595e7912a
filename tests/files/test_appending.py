"""Whole loads are added to a file, each exactly once, whatever is killed when."""

from __future__ import annotations

import errno
import os

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from etlkit._files import effects
from etlkit._files.appending import append_once
from etlkit._files.journal import held_journal
from etlkit._files.writing import AtomicFile
from etlkit.errors import DestinationUnavailable


Sweep = Callable[..., list[list[str]]]

# One process of a run adds its load; the next one with the same key does so again.
ADD = """
def prepare():
    Path("out").write_bytes({before!r})

def work():
    recovered("out")
    file = AtomicFile("out", mark=os.urandom(6).hex())
    file.write(b"new 1\\n")
    file.write(b"new 2\\n")
    append_once(file, ["job", "key"], b"{{}}")

def seen():
    return Path("out").read_bytes()
"""

REPLACE = """
def prepare():
    Path("out").write_bytes(b"old\\n")
    add(b"added\\n", ["job", "first"])

def add(data, key):
    file = AtomicFile("out", mark=os.urandom(6).hex())
    file.write(data)
    append_once(file, key)

def work():
    recovered("out")
    file = AtomicFile("out", mark=os.urandom(6).hex())
    file.write(b"new\\n")
    with held_journal("out") as journal:
        replace(journal, file)
    add(b"added\\n", ["job", "first"])

def seen():
    return Path("out").read_bytes()
"""


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A file with one old line."""
    path = tmp_path / "out"
    path.write_bytes(b"old\n")
    return path


def load(path: Path, data: bytes, *, mark: str = "0123456789ab") -> AtomicFile:
    """A load that nobody sees yet."""
    file = AtomicFile(str(path), mark=mark)
    file.write(data)
    return file


def names(folder: Path) -> list[str]:
    """Everything in a folder."""
    return sorted(path.name for path in folder.iterdir())


def keys(path: Path) -> list[tuple[str, ...]]:
    """The loads that count."""
    with held_journal(str(path)) as journal:
        return list(journal.counted())


def test_a_load_is_added_once(out: Path) -> None:
    """The same key again adds nothing, and leaves nothing."""
    added = [append_once(load(out, data), ["job", "key"]) for data in (b"new\n", b"again\n")]

    assert added == [True, False]
    assert out.read_bytes() == b"old\nnew\n"
    assert names(out.parent) == [".out.journal", "out"]


def test_another_key_is_another_load(out: Path) -> None:
    """Two jobs may have the same key, too."""
    added = [append_once(load(out, b"new\n"), key) for key in (["a", "k"], ["b", "k"], ["a", "l"])]

    assert added == [True] * 3
    assert keys(out) == [("a", "k"), ("b", "k"), ("a", "l")]


@pytest.mark.parametrize(
    ("before", "after"),
    [(b"old", b"old\nnew\n"), (b"old\n", b"old\nnew\n"), (b"", b"new\n")],
    ids=["no end", "end", "empty"],
)
def test_a_load_begins_a_line(before: bytes, after: bytes, out: Path) -> None:
    """The last line of somebody else's file stays a line."""
    out.write_bytes(before)

    append_once(load(out, b"new\n"), ["key"])

    assert out.read_bytes() == after


def test_an_empty_load_counts(out: Path) -> None:
    """It changes nothing, and is known afterwards."""
    out.write_bytes(b"old")

    append_once(load(out, b""), ["key"])

    assert out.read_bytes() == b"old"
    assert keys(out) == [("key",)]


@pytest.mark.parametrize(
    ("before", "times"),
    [(b"old\n", "once"), (b"old", "twice"), (b"", "once")],
    ids=["lines", "no end, twice", "empty"],
)
def test_a_load_is_in_the_file_once_whatever_is_killed(
    before: bytes, times: str, sweep: Sweep
) -> None:
    """Before each effect of the append, and of the one that completes it."""
    left = sweep(ADD.format(before=before), times)

    old = before + b"\n" * (before == b"old")
    assert {row[2] for row in left} == {str(old + b"new 1\nnew 2\n")}
    assert {row[1] for row in left} >= {str(before), str(old + b"new 1\nnew 2\n")}
    assert {row[3] for row in left} == {"['.out.journal', 'out']"}
    assert {row[0] for row in left} == {"-9", "0"}
    assert len(left) > 10


def test_a_replace_keeps_the_keys_of_what_it_replaces(sweep: Sweep) -> None:
    """A load that was added before is not added again behind the new content."""
    left = sweep(REPLACE)

    assert {row[1] for row in left} == {str(b"old\nadded\n"), str(b"new\n")}
    assert {row[2] for row in left} == {str(b"new\n")}
    assert {row[3] for row in left} == {"['.out.journal', 'out']"}


# -- errors


@pytest.fixture
def failing() -> Iterator[Callable[..., None]]:
    """A file system on which one effect fails: once, or from then on."""

    def fail(effect: str, number: int, *, for_good: bool = False) -> None:
        seen = [0]

        def hook(each: str, _: str | int) -> None:
            seen[0] += each == effect
            if each == effect and (seen[0] == number or (for_good and seen[0] > number)):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        effects.before_each(hook)

    yield fail
    effects.before_each(None)


@pytest.mark.parametrize("for_good", [False, True], ids=["once", "for good"])
@pytest.mark.parametrize(
    ("effect", "number"),
    [("fsync", 1), ("fsync", 2), ("write", 1), ("write", 2), ("write", 3), ("create", 1)],
)
def test_an_error_takes_the_load_back(
    effect: str, number: int, for_good: bool, out: Path, failing: Callable[..., None]
) -> None:
    """The file has its former content, nothing counts, and the same load can be added then."""
    out.write_bytes(b"old")
    file = load(out, b"new\n")
    failing(effect, number, for_good=for_good)
    with pytest.raises(DestinationUnavailable) as caught:
        append_once(file, ["key"])
    effects.before_each(None)
    found = file.published, out.read_bytes()
    file.discard()

    added = append_once(load(out, b"new\n"), ["key"])

    assert str(caught.value) == (
        f"{out}: cannot be written: No space left on device; it was left as it was"
    )
    assert found == (False, b"old")
    assert added
    assert out.read_bytes() == b"old\nnew\n"
