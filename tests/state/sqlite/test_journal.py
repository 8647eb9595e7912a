"""The journal that a killed transaction leaves, when that is damaged as well."""

from __future__ import annotations

import shutil

from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

import pytest

from etlkit.errors import CorruptState
from etlkit.state import SqliteState
from etlkit.testing.points import Point, changes
from etlkit.testing.processes import run, tracing
from state.sqlite.telling import fill, told
from state.stories import commit_of, kept_in, rejection_of, run_of


HEADER_BYTES = 28
SAMPLED = 40

pytestmark = pytest.mark.skipif(not tracing(), reason="strace is not available")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A state with something of everything."""
    path = tmp_path / "root" / "state.db"
    with closing(SqliteState(path)) as state:
        fill(state, tmp_path)
    return path


def killed_half_way(path: Path, folder: Path) -> None:
    """Settle a load in a process that is killed when half of the file is written."""
    kept = kept_in(folder / "kept.jsonl", run_of(8), *map(rejection_of, range(30, 80)))
    commit = commit_of(run_of(8), quarantine=kept, events=({"number": 8},))

    def work() -> None:
        with closing(SqliteState(path)) as state:
            state.settle(run_of(8).nonce, [commit], history={"job_id": "cases"})

    shutil.copytree(path.parent, folder / "before")
    _, points = changes(work, folder)
    written = [each for each in points if each.path == str(path) and "pwrite" in each.call]
    copied(folder / "before", path.parent)
    half: Point = written[len(written) // 2]
    run(work, folder, strace=half.injecting("signal=KILL"))


def copied(source: Path, to: Path) -> None:
    """Put a copy of a folder in the place of another one."""
    shutil.rmtree(to, ignore_errors=True)
    shutil.copytree(source, to)


def outcome(killed: Path, path: Path, place: int, before: dict[str, Any]) -> str:
    """What a state says when a bit of its journal was turned."""
    copied(killed, path.parent)
    journal = path.with_name("state.db-journal")
    data = bytearray(journal.read_bytes())
    data[place] ^= 1 << place % 8
    journal.write_bytes(data)
    try:
        with closing(SqliteState(path)) as state:
            state.verify()
            return "before" if told(state) == before else "another content"
    except CorruptState as error:
        return "named" if str(path) in str(error) else str(error)


def test_a_damaged_journal_is_noticed(path: Path, tmp_path: Path) -> None:
    """The transaction is taken back, or the state says that it is damaged; nothing between."""
    with closing(SqliteState(path)) as state:
        before = told(state)
    killed_half_way(path, tmp_path)
    copied(path.parent, tmp_path / "killed")
    size = (tmp_path / "killed" / "state.db-journal").stat().st_size
    places = [*range(HEADER_BYTES), *Random(1).sample(range(HEADER_BYTES, size), SAMPLED)]

    outcomes = {outcome(tmp_path / "killed", path, place, before) for place in places}

    assert outcomes == {"before", "named"}
