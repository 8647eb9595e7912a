"""A test may stop a process before any change of the file system."""

from __future__ import annotations

import errno
import os

from collections.abc import Iterator
from pathlib import Path

import pytest

from etlkit._files import effects
from etlkit._files.writing import AtomicFile, append_line, cut_back, make_folder
from etlkit.errors import DestinationUnavailable


@pytest.fixture
def told() -> Iterator[list[str]]:
    """The effects that were about to happen."""
    seen: list[str] = []
    effects.before_each(lambda effect, _: seen.append(effect))
    yield seen
    effects.before_each(None)


def test_each_effect_of_a_replace_is_told(told: list[str], tmp_path: Path) -> None:
    """The new file is made, written, synced and renamed, and then the folder is synced."""
    file = AtomicFile(str(tmp_path / "out"), mark="0123456789ab", mode=0o600)
    file.write(b"new\n")

    file.publish()

    assert told == ["create", "write", "chmod", "fsync", "rename", "fsync"]


def test_each_effect_of_a_log_is_told(told: list[str], tmp_path: Path) -> None:
    """A new folder, a new file in it, and a file that goes away."""
    make_folder(str(tmp_path / "a" / "b"))
    append_line(str(tmp_path / "a" / "b" / "log"), b"line\n")
    cut_back(str(tmp_path / "a" / "b" / "log"), 0)
    cut_back(str(tmp_path / "a" / "b" / "log"), None)

    assert told == [
        *["mkdir", "mkdir", "fsync", "fsync"],
        *["create", "write", "fsync", "fsync"],
        *["truncate", "fsync"],
        "unlink",
    ]


def test_a_link_is_told(told: list[str], tmp_path: Path) -> None:
    """A name that must not be taken yet is given by a link."""
    (tmp_path / "one").write_text("one")

    effects.link(str(tmp_path / "one"), str(tmp_path / "two"))

    assert told == ["link"]
    assert (tmp_path / "two").read_text() == "one"


def test_a_hook_may_be_the_disk_that_is_full(tmp_path: Path) -> None:
    """What it raises is met as an error of the system."""

    def full(effect: str, _: str | int) -> None:
        if effect == "write":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    file = AtomicFile(str(tmp_path / "out"), mark="0123456789ab")
    effects.before_each(full)

    with pytest.raises(DestinationUnavailable) as caught:
        file.write(b"new\n")

    effects.before_each(None)
    file.discard()
    assert str(caught.value) == (
        f"{tmp_path}/out: cannot be written: No space left on device; it was left as it was"
    )
