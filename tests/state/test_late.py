"""Commits that a state hears of only after later ones of the same job."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import permutations
from pathlib import Path

import pytest

from etlkit.runs import InputFile, Position
from etlkit.state import EntryFilter, MemoryState, Settled, SqliteState, StateStore, rebuild
from state.stories import commit_of, kept_in, rejection_of, run_of


@pytest.fixture(params=["memory", "sqlite"])
def state(request: pytest.FixtureRequest, tmp_path: Path) -> StateStore:
    """A store that remembers nothing yet."""
    stores: dict[str, Callable[[], StateStore]] = {
        "memory": MemoryState,
        "sqlite": lambda: SqliteState(tmp_path / "state" / "state.db"),
    }
    return stores[request.param]()


def load_of(number: int) -> Settled:
    """A commit that has read up to this number, and a file that each load reads again."""
    inputs = (InputFile("in.jsonl", sha256=f"{number:064x}"), InputFile(f"{number}.jsonl"))
    return commit_of(run_of(number), position=Position(inputs, number))


def settle(state: StateStore, *commits: Settled) -> None:
    """Settle commits in this order."""
    for each in commits:
        state.settle(each.record.run.nonce, [each])


@pytest.mark.parametrize("order", list(permutations((1, 2, 3))))
def test_a_late_commit_does_not_move_the_position_back(
    state: StateStore, order: tuple[int, ...]
) -> None:
    """In whatever order the state hears of them, the position is that of the last load."""
    expected = load_of(1).record.position.then(load_of(2).record.position)
    expected = expected.then(load_of(3).record.position)

    settle(state, *(load_of(number) for number in order))

    position = state.position("cases")
    assert position.cursor == 3
    assert {each.uri: each for each in position.inputs} == {
        each.uri: each for each in expected.inputs
    }


@pytest.mark.parametrize("order", list(permutations((1, 2, 3))))
def test_the_commits_of_a_job_are_given_oldest_first(
    state: StateStore, order: tuple[int, ...]
) -> None:
    """Those of other jobs do not matter."""
    settle(state, commit_of(run_of(9, job_id="others")))

    settle(state, *(load_of(number) for number in order))

    assert list(state.commits("cases")) == [load_of(1), load_of(2), load_of(3)]
    assert state.latest("cases", "out.jsonl") == load_of(3).record
    assert len(list(state.commits())) == 4


def test_a_late_commit_without_a_position_changes_none(state: StateStore) -> None:
    """The position stays that of the later one."""
    settle(state, load_of(2))

    settle(state, commit_of(run_of(1)))

    assert state.position("cases") == load_of(2).record.position


def test_commits_of_a_clock_that_went_back_are_rebuilt_in_their_order(state: StateStore) -> None:
    """The destination says which was first, and one that the state lacks stands before others."""
    settle(state, load_of(5))

    rebuild(state, [load_of(4), load_of(2), load_of(5)])

    assert [each.record.position.cursor for each in state.commits("cases")] == [4, 2, 5]
    assert state.position("cases").cursor == 5


def test_a_replay_that_is_known_counts_for_entries_noted_late(
    state: StateStore, tmp_path: Path
) -> None:
    """The record was loaded after all, so another replay would load it twice."""
    run = run_of(1)
    kept = kept_in(tmp_path / "kept.jsonl", run, rejection_of(3), rejection_of(4))
    first = commit_of(run, quarantine=kept)
    settle(replayed := MemoryState(), first)
    one = next(replayed.entries(EntryFilter(record_no=3)))
    settle(state, commit_of(run_of(2), replayed=(one.id,)))

    settle(state, first)

    found = {each.record_no: each.status for each in state.entries(EntryFilter())}
    assert found == {3: "replayed", 4: "open"}


def test_a_later_rejection_counts_whatever_is_noted_last(state: StateStore, tmp_path: Path) -> None:
    """The entry names the file of the later run, and how often it was met."""
    first, second = run_of(1), run_of(2)
    late = commit_of(first, quarantine=kept_in(tmp_path / "1.jsonl", first, rejection_of(3)))
    kept = kept_in(tmp_path / "2.jsonl", second, rejection_of(3))
    settle(state, commit_of(second, quarantine=kept))

    settle(state, late)

    (entry,) = state.entries(EntryFilter())
    assert (entry.run_id, entry.attempts) == (second.run_id, 2)
    assert entry.path.endswith("2.jsonl")
    assert entry.first_rejected_at == first.started


def test_a_late_commit_of_a_file_that_changed_since_is_superseded(
    state: StateStore, tmp_path: Path
) -> None:
    """The later load has read the file with another content."""
    run, file = run_of(1), tmp_path / "in.jsonl"
    kept = kept_in(tmp_path / "kept.jsonl", run, rejection_of(3, uri=str(file)))
    again = Position((InputFile(str(file), sha256="11" * 32, again=True),))
    settle(state, commit_of(run_of(2), position=again))

    settle(state, commit_of(run, quarantine=kept))

    assert [each.status for each in state.entries(EntryFilter())] == ["superseded"]


def test_the_position_outlives_the_commits_that_are_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    """A store in memory keeps some commits of runs without a key only."""
    monkeypatch.setattr("etlkit.state.memory.KEPT_KEYLESS", 1)
    state = MemoryState()
    keyless = [
        commit_of(
            run_of(number, run_key=run_of(number).run_id),
            position=Position((InputFile(f"{number}.jsonl"),)),
        )
        for number in (1, 2, 4)
    ]
    settle(state, *keyless)

    settle(state, load_of(3))

    names = sorted(each.uri for each in state.position("cases").inputs)
    assert names == ["1.jsonl", "2.jsonl", "3.jsonl", "4.jsonl", "in.jsonl"]


def test_a_commit_says_where_it_stands_for_itself_only() -> None:
    """Two commits are alike whatever was said of their order."""
    commit = load_of(1)

    moved = Settled(commit.place, commit.record, at=commit.record.committed_at + timedelta(1))

    assert moved == commit
