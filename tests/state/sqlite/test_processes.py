"""Processes that share a state, and those that are killed while they write to it."""

from __future__ import annotations

import os
import shutil

from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from random import Random
from threading import Thread

import pytest

from etlkit.state import EntryFilter, MemoryState, Settled, SqliteState, StateStore
from etlkit.testing.points import Point, changes
from etlkit.testing.processes import run, start, tracing
from state.stories import attempt_of, commit_of, kept_in, rejection_of, run_of


PROCESSES = 8
SAMPLED = 25
EVERY = EntryFilter()

forking = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are copies")
traced = pytest.mark.skipif(not tracing(), reason="strace is not available")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a state will be."""
    return tmp_path / "root" / "state.db"


def loads(folder: Path, numbers: range) -> list[Settled]:
    """Commits that rejected one record each."""
    return [load_of(folder, number) for number in numbers]


def load_of(folder: Path, number: int) -> Settled:
    """A commit that rejected the record of its number."""
    attempt = run_of(number)
    kept = kept_in(folder / f"{number}.jsonl", attempt, rejection_of(number))
    return commit_of(attempt, quarantine=kept, events=({"number": number},))


def settle_all(state: StateStore, commits: list[Settled]) -> None:
    """Begin, intend and settle the attempt of each commit."""
    for each in commits:
        nonce = each.record.run.nonce
        state.begin(attempt_of(each.record.run))
        state.intend(each.place, each.record)
        state.settle(nonce, [each], history=line_of(each))


def line_of(commit: Settled) -> dict[str, str]:
    """The line of history of a load."""
    return {"job_id": "cases", "nonce": commit.record.run.nonce}


def numbers_of(state: StateStore) -> dict[str, list[int]]:
    """Which loads a state knows of, by what it knows of them."""
    return {
        "commits": sorted(int(each.record.run.nonce, 16) for each in state.commits()),
        "entries": sorted(each.record_no for each in state.entries(EVERY)),
        "outbox": sorted(event["number"] for _, event in state.outbox(1000)),
        "history": sorted(int(line["nonce"], 16) for line in state.history(limit=1000)),
    }


# -- sharing


@forking
def test_processes_share_a_state(path: Path, tmp_path: Path) -> None:
    """Eight of them make it, and write to it at the same time; all of it is there once."""
    parts = [loads(tmp_path, range(n * 4 + 1, n * 4 + 5)) for n in range(PROCESSES)]
    same = loads(tmp_path, range(90, 92))

    def work(mine: list[Settled]) -> None:
        state = SqliteState(path)
        settle_all(state, mine)
        for each in same:  # as those do who find an attempt of somebody else
            state.settle(each.record.run.nonce, [each], history=line_of(each))

    workers = [start(partial(work, mine), tmp_path, name=str(n)) for n, mine in enumerate(parts)]
    endings = [worker.ended() for worker in workers]

    assert [(ending.status, ending.complaints) for ending in endings] == [(0, "")] * PROCESSES
    expected = [*range(1, PROCESSES * 4 + 1), 90, 91]
    state = SqliteState(path)
    assert numbers_of(state) == dict.fromkeys(("commits", "entries", "outbox", "history"), expected)
    assert [each.attempts for each in state.entries(EVERY)] == [1] * len(expected)
    assert state.open_attempts("cases") == ()
    assert [each.name for each in path.parent.iterdir()] == ["state.db"]


@forking
def test_a_child_goes_on_by_itself(path: Path, tmp_path: Path) -> None:
    """A connection is not shared with the process that was copied; both may write."""
    state = SqliteState(path)
    first, second, third = loads(tmp_path, range(1, 4))
    settle_all(state, [first])

    ending = run(lambda: settle_all(state, [second]), tmp_path)

    settle_all(state, [third])
    assert (ending.status, ending.complaints) == (0, "")
    assert numbers_of(state)["commits"] == [1, 2, 3]


@forking
def test_a_copy_is_made_between_transactions(path: Path, tmp_path: Path) -> None:
    """A thread that writes does not leave half of a transaction in a child."""
    state = SqliteState(path)
    mine, others = loads(tmp_path, range(1, 21)), loads(tmp_path, range(31, 36))
    thread = Thread(target=settle_all, args=(state, mine))
    thread.start()

    endings = [run(lambda each=each: settle_all(state, [each]), tmp_path) for each in others]  # type: ignore[misc]

    thread.join()
    assert [(ending.status, ending.complaints) for ending in endings] == [(0, "")] * 5
    assert numbers_of(state)["commits"] == [*range(1, 21), *range(31, 36)]


# -- killing


@pytest.fixture
def steps(path: Path, tmp_path: Path) -> Callable[[], None]:
    """Two loads, of which each step says that it was done."""
    commits = loads(tmp_path, range(1, 3))

    def work() -> None:
        with closing(SqliteState(path)) as state:
            for each in commits:
                attempt = attempt_of(each.record.run)
                state.begin(attempt)
                os.write(1, b"begun\n")
                state.intend(each.place, each.record)
                os.write(1, b"intended\n")
                state.settle(attempt.run.nonce, [each], history={"job_id": "cases"})
                os.write(1, b"settled\n")

    return work


def known_by(state: StateStore) -> tuple[object, ...]:
    """All that such a state may know."""
    return (
        list(state.open_attempts("cases")),
        [list(state.known("cases", f"key {number}", "out.jsonl")) for number in (1, 2)],
        list(state.commits()),
        list(state.entries(EVERY)),
        list(state.outbox()),
        len(state.history()),
    )


def expected_after(commits: list[Settled]) -> list[tuple[object, ...]]:
    """What is known after each step, in order."""
    state = MemoryState()
    known = [known_by(state)]
    for each in commits:
        nonce = each.record.run.nonce
        state.begin(attempt_of(each.record.run))
        known.append(known_by(state))
        state.intend(each.place, each.record)
        known.append(known_by(state))
        state.settle(nonce, [each], history={"job_id": "cases"})
        known.append(known_by(state))
    return known


def fault(path: Path, done: int, expected: list[tuple[object, ...]]) -> str:
    """What is wrong with the state after so many steps were acknowledged; empty for nothing."""
    with closing(SqliteState(path)) as state:
        state.verify()
        found = known_by(state)
    if found not in expected[done : done + 2]:  # the step that was killed has happened, or not
        return f"after {done} steps: step {expected.index(found) if found in expected else None}"
    left = {each.name for each in path.parent.iterdir()} - {"state.db"}
    return f"left: {left}" if left else ""


def fault_after(point: Point, steps: Callable[[], None], path: Path, folder: Path) -> str:
    """What is wrong after a kill at this point; empty for nothing."""
    shutil.rmtree(path.parent, ignore_errors=True)
    ending = run(steps, folder, strace=point.injecting("signal=KILL"))
    next_run = SqliteState(path)
    next_run.begin(attempt_of(run_of(9, job_id="others")))
    next_run.drop(run_of(9).nonce)
    done = len(ending.output.split())
    expected = expected_after(loads(folder, range(1, 3)))
    return "" if ending.status == 0 else fault(path, done, expected)


@traced
def test_a_kill_anywhere_leaves_a_whole_state(
    steps: Callable[[], None], path: Path, tmp_path: Path
) -> None:
    """Before any change of a file: each step has happened as a whole or not at all."""
    ending, points = changes(steps, tmp_path)
    sampled = Random(1).sample(points, SAMPLED)

    faults = {str(point): fault_after(point, steps, path, tmp_path) for point in sampled}

    assert ending.output.split() == ["begun", "intended", "settled"] * 2
    assert {point: what for point, what in faults.items() if what} == {}


# -- errors of the system


def fault_after_error(
    point: Point, error: str, steps: Callable[[], None], path: Path, folder: Path
) -> str:
    """What is wrong after a call failed; empty for nothing."""
    shutil.rmtree(path.parent, ignore_errors=True)
    ending = run(steps, folder, strace=point.injecting(f"error={error}"))
    last = ending.complaints.strip().splitlines()[-1:]
    done = len(ending.output.split())
    if ending.status and not (last and "etlkit.errors." in last[0] and "state.db" in last[0]):
        return f"ended with {ending.status}: {last}"
    next_run = SqliteState(path)
    next_run.begin(attempt_of(run_of(9, job_id="others")))
    next_run.drop(run_of(9).nonce)
    return fault(path, done, expected_after(loads(folder, range(1, 3))))


@traced
@pytest.mark.parametrize("error", ["ENOSPC", "EIO", "EROFS"])
def test_an_error_anywhere_leaves_a_whole_state(
    error: str, steps: Callable[[], None], path: Path, tmp_path: Path
) -> None:
    """A full or failing disk is an error that names the file, and runs go on afterwards."""
    points = [each for each in changes(steps, tmp_path)[1] if "state.db" in each.path]
    sampled = Random(error).sample(points, SAMPLED // 2)

    faults = {
        str(point): fault_after_error(point, error, steps, path, tmp_path) for point in sampled
    }

    assert {point: what for point, what in faults.items() if what} == {}
