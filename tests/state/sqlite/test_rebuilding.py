"""Building a state file anew from commit records."""

from __future__ import annotations

import os
import shutil
import signal

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from etlkit._files.effects import before_each
from etlkit.errors import CommitLost, CorruptState, DestinationBusy
from etlkit.state import EntryFilter, MemoryState, Rebuilt, SqliteState, rebuild_state
from etlkit.testing import FakeClock
from state.sqlite.telling import fill, told
from state.stories import attempt_of, commit_of, kept_in, rejection_of, run_of


Names = Callable[[Path], list[str]]
Permissions = Callable[[Path], str]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a state is."""
    return tmp_path / "root" / "state.db"


@pytest.fixture
def memory(tmp_path: Path) -> MemoryState:
    """A state that was lost, with something of everything."""
    state = MemoryState()
    fill(state, tmp_path)
    return state


def test_a_damaged_state_is_replaced(
    path: Path, memory: MemoryState, names: Names, permissions: Permissions
) -> None:
    """What commit records say is there again, and the damaged file is kept."""
    path.parent.mkdir()
    path.write_bytes(b"damaged")

    rebuilt = rebuild_state(path, memory.commits())

    assert rebuilt == Rebuilt(2, anew=True)
    assert names(path.parent) == ["state.db", "state.db.replaced"]
    assert path.with_name("state.db.replaced").read_bytes() == b"damaged"
    assert permissions(path) == "600"
    state = SqliteState(path)
    assert list(state.commits()) == list(memory.commits())
    assert state.position("cases") == memory.position("cases")
    assert state.count(EntryFilter()) == memory.count(EntryFilter())


def test_a_missing_state_is_made(path: Path, memory: MemoryState, names: Names) -> None:
    """There is nothing to keep."""
    rebuilt = rebuild_state(path, memory.commits())

    assert rebuilt.anew
    assert names(path.parent) == ["state.db"]
    assert list(SqliteState(path).commits()) == list(memory.commits())


def test_a_whole_state_keeps_what_only_it_knows(
    path: Path, tmp_path: Path, memory: MemoryState, names: Names
) -> None:
    """Open attempts, marks and history stay; a commit that it had missed is added."""
    with closing(SqliteState(path)) as state:
        fill(state, tmp_path)
    missed = commit_of(run_of(9))

    rebuilt = rebuild_state(path, [*memory.commits(), missed])

    memory.settle(missed.record.run.nonce, [missed])
    assert rebuilt == Rebuilt(3)
    assert told(SqliteState(path)) == told(memory)
    assert names(path.parent) == ["state.db"]


def test_a_state_that_is_open_elsewhere_is_followed(path: Path, memory: MemoryState) -> None:
    """A process that had the damaged file open goes on with the new one."""
    state = SqliteState(path)
    state.begin(attempt_of(run_of(9)))
    with path.open("r+b") as file:
        file.write(b"damaged")

    rebuild_state(path, memory.commits())

    assert list(state.commits()) == list(memory.commits())
    with pytest.raises(CommitLost):
        state.intend("out.jsonl", commit_of(run_of(9)).record)


def test_a_rebuild_that_fails_changes_nothing(path: Path, tmp_path: Path, names: Names) -> None:
    """A quarantine file that is damaged has to be mended, or taken away, first."""
    path.parent.mkdir()
    path.write_bytes(b"damaged")
    run = run_of(1)
    kept = kept_in(tmp_path / "kept.jsonl", run, rejection_of(1))
    Path(kept.path).write_bytes(b"damaged too")

    with pytest.raises(CorruptState) as caught:
        rebuild_state(path, [commit_of(run, quarantine=kept)])

    assert str(caught.value).startswith(kept.path)
    assert names(path.parent) == ["state.db"]
    assert path.read_bytes() == b"damaged"


def effects_of(path: Path, memory: MemoryState) -> int:
    """How many effects on files a rebuild has."""
    effects: list[str] = []
    before_each(lambda effect, _: effects.append(effect))
    try:
        rebuild_state(path, memory.commits())
    finally:
        before_each(None)
    return len(effects)


def killed(path: Path, memory: MemoryState, before: int) -> int:
    """Rebuild in a process that is killed before this effect on files; how it ended."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    left = iter(range(before - 1, -1, -1))
    before_each(lambda *_: os.kill(os.getpid(), 0 if next(left) else signal.SIGKILL))
    rebuild_state(path, memory.commits())
    os._exit(0)


def rebuilt_after(path: Path, memory: MemoryState, before: int) -> tuple[bool, int, list[str]]:
    """Whether a second rebuild is right after a first one was killed, and what is left."""
    shutil.rmtree(path.parent)
    path.parent.mkdir()
    path.write_bytes(b"damaged")
    ending = killed(path, memory, before)
    rebuild_state(path, memory.commits())
    right = list(SqliteState(path).commits()) == list(memory.commits())
    return right, ending, sorted(each.name for each in path.parent.iterdir())


def test_a_rebuild_is_repeated_after_it_died(path: Path, memory: MemoryState) -> None:
    """Wherever it stopped, the next one ends right and leaves nothing of the first."""
    path.parent.mkdir()
    path.write_bytes(b"damaged")
    effects = effects_of(path, memory)

    outcomes = [rebuilt_after(path, memory, before) for before in range(1, effects + 1)]

    assert effects > 5
    assert outcomes == [(True, -9, ["state.db", "state.db.replaced"])] * effects


def test_a_rebuild_waits_for_those_who_write(path: Path, memory: MemoryState) -> None:
    """It gives up after that long, and the file is as it was."""
    clock = FakeClock()
    path.parent.mkdir()
    state = SqliteState(path)
    state.begin(attempt_of(run_of(9)))
    with state._file.writing():
        path.write_bytes(b"damaged")
        with pytest.raises(DestinationBusy) as caught:
            rebuild_state(path, memory.commits(), wait_seconds=2, clock=clock)

    assert str(caught.value) == f"{path}: others have held it for 2 s; try again later"
    assert path.read_bytes() == b"damaged"
