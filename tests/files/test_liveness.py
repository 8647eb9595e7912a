"""Signs of life between processes."""

from __future__ import annotations

import subprocess
import sys

from pathlib import Path

import pytest

from etlkit._files.liveness import shows_life, sign_of_life


ALIVE = """
import sys
from etlkit._files.liveness import sign_of_life

with sign_of_life(sys.argv[1], "0123456789ab"):
    print("alive", flush=True)
    sys.stdin.read()
"""


def test_a_sign_is_there_for_as_long_as_the_block_lasts(tmp_path: Path) -> None:
    """The folder is made for it, and nothing stays behind."""
    folder = tmp_path / "state"

    with sign_of_life(str(folder), "0123456789ab"):
        during = shows_life(str(folder), "0123456789ab")

    assert (during, shows_life(str(folder), "0123456789ab")) == (True, False)
    assert list(folder.iterdir()) == []


def test_a_sign_goes_with_an_error(tmp_path: Path) -> None:
    """However the block ends."""
    with (
        pytest.raises(KeyboardInterrupt),
        sign_of_life(str(tmp_path), "0123456789ab"),
    ):
        raise KeyboardInterrupt

    assert not shows_life(str(tmp_path), "0123456789ab")


def test_a_killed_process_shows_no_life_and_its_sign_is_cleared_away(tmp_path: Path) -> None:
    """The system lets go of the lock; the next one who shows life removes the file."""
    command = [sys.executable, "-c", ALIVE, str(tmp_path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        before = shows_life(str(tmp_path), "0123456789ab")
        process.kill()
    after = shows_life(str(tmp_path), "0123456789ab")

    with sign_of_life(str(tmp_path), "ba9876543210"):
        pass

    assert (before, after) == (True, False)
    assert list(tmp_path.iterdir()) == []


def test_locks_of_others_are_left_alone(tmp_path: Path) -> None:
    """The folder may be that of a whole project."""
    (tmp_path / ".poetry.lock").write_text("mine", encoding="utf-8")

    with sign_of_life(str(tmp_path), "0123456789ab"):
        pass

    assert [path.name for path in tmp_path.iterdir()] == [".poetry.lock"]
