"""Files that are made once: parts under final names, and entries that take a free name."""

from __future__ import annotations

import hashlib

from collections.abc import Callable
from pathlib import Path

import pytest

from etlkit._files.folders import content_of, files_below, names_in
from etlkit._files.placing import OnceFile, PlacedFile, fenced_off, remove
from etlkit._files.writing import remove_all_leftovers
from etlkit.errors import CommitLost, DestinationUnavailable


def hidden(folder: Path) -> list[str]:
    """The hidden names in a folder."""
    return sorted(each.name for each in folder.glob(".*"))


def test_a_placed_file_is_measured_as_it_is_written(tmp_path: Path) -> None:
    """Length and hash are known without reading it again."""
    file = PlacedFile(str(tmp_path / "part"))
    file.write(b"one\n")
    file.write(b"two\n")

    file.finish()

    assert (tmp_path / "part").read_bytes() == b"one\ntwo\n"
    assert (file.size_bytes, file.sha256) == (8, hashlib.sha256(b"one\ntwo\n").hexdigest())


def test_a_placed_file_takes_no_name_that_is_there(tmp_path: Path) -> None:
    """What somebody has written is never written over."""
    (tmp_path / "part").write_text("mine")

    with pytest.raises(DestinationUnavailable, match="File exists"):
        PlacedFile(str(tmp_path / "part"))

    assert (tmp_path / "part").read_text() == "mine"


def test_of_two_who_want_a_name_one_gets_it(tmp_path: Path) -> None:
    """The other one may take the next name with the same file."""
    one, other = (
        OnceFile(str(tmp_path), mark.encode(), mark=mark) for mark in ("a" * 12, "b" * 12)
    )

    taken = [one.place("1"), other.place("1"), other.place("2")]

    assert taken == [True, False, True]
    assert ((tmp_path / "1").read_text(), (tmp_path / "2").read_text()) == ("a" * 12, "b" * 12)
    assert hidden(tmp_path) == []


def test_a_file_knows_whether_it_was_placed(tmp_path: Path) -> None:
    """Also when the answer of the system was lost, which network file systems do."""
    file = OnceFile(str(tmp_path), b"entry", mark="a" * 12)
    (tmp_path / "1").hardlink_to(tmp_path / f".entry.{'a' * 12}.tmp")
    before = file.placed

    taken = file.place("1")

    assert (before, taken, file.placed) == (False, True, True)


def test_a_file_that_is_held_is_no_leftover(tmp_path: Path) -> None:
    """One whose process died is."""
    held = OnceFile(str(tmp_path), b"entry", mark="a" * 12)
    (tmp_path / f".entry.{'b' * 12}.tmp").write_bytes(b"entry")

    remove_all_leftovers(str(tmp_path))

    assert hidden(tmp_path) == [f".entry.{'a' * 12}.tmp"]
    assert held.place("1")


@pytest.mark.parametrize("before", [True, False], ids=["written before", "written within"])
def test_what_is_fenced_off_is_not_placed(before: bool, tmp_path: Path) -> None:
    """Neither what was written before the fence, nor what is written while it stands."""

    def entry() -> OnceFile:
        return OnceFile(str(tmp_path), b"entry", mark="a" * 12)

    written = [entry() for _ in range(before)]

    with fenced_off(str(tmp_path), "a" * 12), pytest.raises(CommitLost, match="taken this attempt"):
        (written or [entry()])[0].place("1")

    [each.discard() for each in written]
    assert [each.name for each in tmp_path.iterdir()] == []


def test_a_fence_that_was_left_is_taken_over(tmp_path: Path) -> None:
    """A process that died within one does no harm."""
    (tmp_path / f".entry.{'a' * 12}.tmp").mkdir()

    with fenced_off(str(tmp_path), "a" * 12):
        pass

    assert hidden(tmp_path) == []


def test_removing_says_whether_a_file_is_gone(tmp_path: Path) -> None:
    """One that was not there is gone, too; a folder is not removed."""
    (tmp_path / "file").touch()

    gone = [remove(str(tmp_path / "file")), remove(str(tmp_path / "file")), remove(str(tmp_path))]

    assert gone == [True, True, False]


def test_files_below_a_folder_leave_one_subfolder_out(tmp_path: Path) -> None:
    """Names are paths within the folder."""
    (tmp_path / "log").mkdir()
    (tmp_path / "a/b").mkdir(parents=True)
    [(tmp_path / name).touch() for name in ("log/1", "a/b/2", "3")]

    found = sorted(each.name for each in files_below(str(tmp_path), without="log"))

    assert found == ["3", "a/b/2"]


def test_what_is_not_there_has_no_names_and_no_content(tmp_path: Path) -> None:
    """It is no error to ask."""
    found = names_in(str(tmp_path / "none")), content_of(str(tmp_path / "none"))

    assert found == ([], None)


def test_a_folder_that_may_not_be_listed_is_told(
    reachable: Path, unprivileged: Callable[[str], str]
) -> None:
    """A log that cannot be read is no empty one."""
    log = reachable / "_commits"
    log.mkdir(mode=0o700)
    (log / "1").touch(mode=0o600)
    names = "__import__('etlkit._files.folders')._files.folders.names_in"

    found = unprivileged(f"{names}({str(log)!r})")

    assert found == f"AccessDenied: {log}: cannot be read: Permission denied"
