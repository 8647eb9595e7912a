"""What a state in memory lets go of, so that a service may run for months."""

from __future__ import annotations

import attrs

from etlkit.state import MemoryState
from state.stories import commit_of, run_of


def test_old_commits_without_a_key_are_let_go() -> None:
    """Nobody asks for such a key again; one that was given is known for good."""
    state = MemoryState()
    keyed = commit_of(run_of(1, run_key="monday"))
    state.settle(keyed.record.run.nonce, [keyed])
    runs = [attrs.evolve(run, run_key=run.run_id) for run in map(run_of, range(2, 1203))]

    settled = [state.settle(run.nonce, [commit_of(run)]) for run in runs]

    assert len(settled) == 1201
    assert len(list(state.commits("cases"))) == 1001
    assert list(state.known("cases", "monday", "out.jsonl")) == [keyed.record]
    assert list(state.known("cases", runs[0].run_key, "out.jsonl")) == []
