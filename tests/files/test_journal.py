"""What a journal says after a crash, a loss of power, or somebody else's hand."""

from __future__ import annotations

import errno
import os

from collections.abc import Callable
from pathlib import Path

import pytest

from etlkit._files import effects
from etlkit._files import journal as journals
from etlkit._files.appending import append_once, kept, recovered
from etlkit._files.writing import AtomicFile
from etlkit.errors import CorruptState, DestinationUnavailable


MARK = "0123456789ab"


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A file with one old line."""
    path = tmp_path / "out"
    path.write_bytes(b"old\n")
    return path


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """Where its journal is."""
    return tmp_path / ".out.journal"


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    """Where a load is before it is added."""
    return tmp_path / f".out.{MARK}.tmp"


def add(path: Path, data: bytes, key: str) -> bool:
    """Add a load."""
    file = AtomicFile(str(path), mark=MARK)
    file.write(data)
    return append_once(file, [key], f"payload of {key}".encode())


def cut_short(out: Path, journal: Path, spool: Path, *, tail: bytes) -> None:
    """As a process leaves it that is killed while it adds, with this much of the load."""
    add(out, b"one\n", "one")
    add(out, b"two\n", "two")
    journal.write_bytes(b"".join(journal.read_bytes().splitlines(keepends=True)[:-1]))
    spool.write_bytes(b"two\n")
    out.write_bytes(b"old\none\n" + tail)


def keys(path: Path) -> list[str]:
    """The loads that count."""
    return [key for (key,) in kept(str(path))]


@pytest.mark.parametrize(
    "tail",
    [b"", b"t", b"two", b"two\n", b"\0\0\0\0", b"t\0"],
    ids=["nothing", "a byte", "most", "all", "zeros", "half zeros"],
)
def test_what_was_cut_short_is_completed(
    tail: bytes, out: Path, journal: Path, spool: Path
) -> None:
    """A loss of power leaves zeros where bytes were not forced to disk."""
    cut_short(out, journal, spool, tail=tail)

    recovered(str(out))

    assert out.read_bytes() == b"old\none\ntwo\n"
    assert keys(out) == ["one", "two"]
    assert not spool.exists()


def test_what_is_whole_needs_no_spool(out: Path, journal: Path, spool: Path) -> None:
    """The last line of the journal was lost, and somebody has added a line since."""
    cut_short(out, journal, spool, tail=b"two\nthree\n")
    spool.unlink()

    recovered(str(out))

    assert out.read_bytes() == b"old\none\ntwo\nthree\n"
    assert keys(out) == ["one", "two"]


@pytest.mark.parametrize(
    ("tail", "load", "why"),
    [
        (b"tw", None, "the file {spool} that holds it is gone"),
        (b"tw", b"tow\n", "the file {spool} that holds it was changed"),
        (b"tw", b"two", "the file {spool} that holds it was changed"),
        (b"twi", b"two\n", "{out} has other bytes in its place"),
        (b"twice more\n", b"two\n", "{out} has other bytes in its place"),
        (b"\0\0\0\0more\n", b"two\n", "{out} goes on behind its place"),
    ],
    ids=["no spool", "other spool", "short spool", "other tail", "longer tail", "behind"],
)
def test_what_cannot_be_completed_is_an_error_and_stays(  # noqa: PLR0917 -- a table
    tail: bytes, load: bytes | None, why: str, out: Path, journal: Path, spool: Path
) -> None:
    """Somebody else wrote there: both files are named, and nothing is changed."""
    cut_short(out, journal, spool, tail=tail)
    spool.unlink() if load is None else spool.write_bytes(load)
    before = {path.name: path.read_bytes() for path in out.parent.iterdir()}

    with pytest.raises(CorruptState) as caught:
        recovered(str(out))

    assert str(caught.value) == (
        f"{out}: a process was killed while it added 4 byte(s) behind the first 8, and that cannot "
        f"be completed: {why.format(out=out, spool=spool)}. Nothing was changed. Make the file "
        f"what it should be and remove {journal}; loads that were added before are not recognised "
        "any more then"
    )
    assert {path.name: path.read_bytes() for path in out.parent.iterdir()} == before


@pytest.mark.parametrize("left", [None, b"old\n"], ids=["removed", "cut"])
def test_who_cuts_the_file_meanwhile_starts_over(
    left: bytes | None, out: Path, journal: Path, spool: Path
) -> None:
    """What was about to be added behind the old content is not."""
    cut_short(out, journal, spool, tail=b"tw")
    out.unlink() if left is None else out.write_bytes(left)

    recovered(str(out))

    assert keys(out) == []
    assert not spool.exists()
    assert (out.read_bytes() if out.exists() else None) == left


def test_a_first_load_is_completed_although_the_file_was_not_made_yet(
    out: Path, journal: Path, spool: Path
) -> None:
    """It gets the mode that it would have had."""
    out.unlink()
    file = AtomicFile(str(out), mark=MARK, mode=0o600)
    file.write(b"one\n")
    append_once(file, ["one"])
    journal.write_bytes(journal.read_bytes().splitlines(keepends=True)[0])
    out.rename(spool)

    recovered(str(out))

    assert out.read_bytes() == b"one\n"
    assert out.stat().st_mode & 0o777 == 0o600
    assert keys(out) == ["one"]


# -- lines


@pytest.mark.parametrize("torn", [b'{"act":"app', b"\0" * 40, b"\0" * 40 + b"\n"])
def test_a_torn_last_line_is_none(torn: bytes, out: Path, journal: Path) -> None:
    """A crash came before it was forced to disk; the next line takes its place."""
    add(out, b"one\n", "one")
    journal.write_bytes(journal.read_bytes() + torn)

    added = [add(out, b"one\n", "one"), add(out, b"two\n", "two")]

    assert added == [False, True]
    assert keys(out) == ["one", "two"]
    assert torn not in journal.read_bytes()


def test_a_last_line_that_lacks_its_end_only_counts(out: Path, journal: Path) -> None:
    """All that it says is there."""
    add(out, b"one\n", "one")
    journal.write_bytes(journal.read_bytes()[:-1])

    added = [add(out, b"one\n", "one"), add(out, b"two\n", "two")]

    assert added == [False, True]
    assert keys(out) == ["one", "two"]


DAMAGES: dict[str, tuple[int, Callable[[bytes], bytes]]] = {
    "a byte": (1, lambda data: data.replace(b'"one"', b'"One"', 1)),
    "first end": (1, lambda data: data.replace(b"\n", b" ", 1)),
    "last end": (4, lambda data: data[:-1] + b"J"),
    "last line": (4, lambda data: data[:-3] + b"!" + data[-2:]),
    "a line less": (2, lambda data: b"".join(data.splitlines(keepends=True)[::2])),
    "a line twice": (2, lambda data: data.splitlines(keepends=True)[0] + data),
    "other lines": (1, lambda data: b"{}\n" + data),
}


@pytest.mark.parametrize("damage", list(DAMAGES))
def test_any_other_damage_is_an_error(damage: str, out: Path, journal: Path) -> None:
    """It names the line, and nothing is changed."""
    for name in ("one", "two"):
        add(out, name.encode() + b"\n", name)
    number, change = DAMAGES[damage]
    journal.write_bytes(change(journal.read_bytes()))

    with pytest.raises(CorruptState) as caught:
        kept(str(out))

    assert str(caught.value) == (
        f"{journal}:{number}: does not verify as a line of a journal of format 1: it was damaged, "
        "or written by a newer etlkit. Nothing was changed; put back a copy of the file"
    )


# -- what a process has parsed before


def test_a_line_is_parsed_once_in_a_process(
    out: Path, journal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However often the journal is read, it is compared only."""
    for key in ("one", "two", "three"):
        add(out, b"a\n", key)
    recovered(str(out))
    parsed: list[bytes] = []
    parse = journals._content
    monkeypatch.setattr(journals, "_content", lambda line: (parsed.append(line), parse(line))[1])

    found = keys(out)

    assert found == ["one", "two", "three"]
    assert b"".join(parsed) == b""
    assert len(journal.read_bytes().splitlines()) == 6


def test_a_line_that_was_parsed_and_is_damaged_since_is_told(out: Path, journal: Path) -> None:
    """What is known of it does not hide it."""
    add(out, b"one\n", "one")
    add(out, b"two\n", "two")
    recovered(str(out))
    content = journal.read_bytes()
    journal.write_bytes(content.replace(b'"offset":4', b'"offset":5', 1))

    with pytest.raises(CorruptState, match="journal:1: does not verify"):
        kept(str(out))


def test_a_journal_that_took_the_place_of_a_known_one_is_read(out: Path, journal: Path) -> None:
    """As when a copy is put back."""
    add(out, b"one\n", "one")
    content = journal.read_bytes()
    add(out, b"two\n", "two")
    recovered(str(out))

    journal.write_bytes(content)

    assert keys(out) == ["one"]


def test_few_journals_are_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is kept of them takes memory."""
    monkeypatch.setattr(journals, "_KNOWN", {})
    monkeypatch.setattr(journals, "MOST_JOURNALS", 1)

    for name in ("a", "b"):
        add(tmp_path / name, b"one\n", "one")
        recovered(str(tmp_path / name))

    assert list(journals._KNOWN) == [str(tmp_path / ".b.journal")]


# -- disks


def test_a_load_that_cannot_be_taken_back_counts(out: Path) -> None:
    """The disk fails for good; what the journal has is completed by the next run."""

    def fail(effect: str, _: str | int) -> None:
        seen.append(effect)
        if seen.count("write") > 1:
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    seen: list[str] = []
    file = AtomicFile(str(out), mark=MARK)
    file.write(b"one\n")
    effects.before_each(fail)
    with pytest.raises(DestinationUnavailable) as caught:
        append_once(file, ["one"])
    effects.before_each(None)

    counts = file.published, keys(out)

    assert counts == (True, ["one"])
    assert out.read_bytes() == b"old\none\n"
    assert caught.value.__cause__ is not None
    assert "the next run completes it" in "".join(caught.value.__cause__.__notes__)


@pytest.mark.parametrize("code", [errno.EROFS, errno.EMFILE, errno.EDQUOT, errno.EIO])
@pytest.mark.parametrize("effect", ["create", "write", "fsync"])
def test_whatever_the_disk_says_the_file_is_as_it_was(code: int, effect: str, out: Path) -> None:
    """And the load can be added afterwards."""

    def fail(each: str, _: str | int) -> None:
        if each == effect:
            effects.before_each(None)
            raise OSError(code, os.strerror(code))

    file = AtomicFile(str(out), mark=MARK)
    file.write(b"one\n")
    effects.before_each(fail)
    with pytest.raises((OSError, DestinationUnavailable)) as caught:
        append_once(file, ["one"])
    file.discard()
    left = out.read_bytes(), sorted(path.name for path in out.parent.iterdir())

    added = add(out, b"one\n", "one")

    assert os.strerror(code) in str(caught.value)
    assert left == (b"old\n", ["out"])
    assert added
