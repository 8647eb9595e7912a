"""What every state store does, whether it lasts or not."""

from __future__ import annotations

import re
import threading

from collections import deque
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from etlkit.errors import CommitLost, ConfigurationError, CorruptState
from etlkit.records import Problem
from etlkit.runs import InputFile, KeptFile, Position
from etlkit.state import (
    EntryFilter,
    MemoryState,
    OpenAttempt,
    QuarantineEntry,
    Rebuilt,
    Settled,
    SqliteState,
    StateStore,
    StatusEvent,
    rebuild,
)
from state.stories import (
    NOON,
    attempt_of,
    commit_of,
    kept_in,
    record_of,
    rejection_of,
    run_of,
)


EVERY = EntryFilter()


@pytest.fixture(params=["memory", "sqlite"])
def state(request: pytest.FixtureRequest, tmp_path: Path) -> StateStore:
    """A store that remembers nothing yet."""
    stores: dict[str, Callable[[], StateStore]] = {
        "memory": MemoryState,
        "sqlite": lambda: SqliteState(tmp_path / "state" / "state.db"),
    }
    return stores[request.param]()


def settle(state: StateStore, *commits: Settled, **more: Any) -> None:
    """Begin and settle the attempt of some commits."""
    run = commits[0].record.run
    state.begin(attempt_of(run))
    state.settle(run.nonce, commits, **more)


def reject(state: StateStore, folder: Path, run_number: int, *numbers: int, **more: Any) -> None:
    """Settle a run that rejected the records of these numbers."""
    run = run_of(run_number)
    rejections = [rejection_of(number, **more) for number in numbers]
    kept = kept_in(folder / f"{run.run_id}.jsonl", run, *rejections)
    settle(state, commit_of(run, quarantine=kept))


def entries(state: StateStore, **which: Any) -> list[QuarantineEntry]:
    """The entries that pass a filter."""
    return list(state.entries(EntryFilter(**which)))


def numbers(state: StateStore, **which: Any) -> list[int]:
    """The record numbers of the entries that pass a filter."""
    return [each.record_no for each in entries(state, **which)]


def read_again(state: StateStore, run_number: int, file: Path, **more: Any) -> None:
    """Settle a run that has read a changed file again."""
    inputs = (InputFile(str(file), sha256="11" * 32, again=True), InputFile("/other.jsonl"))
    settle(state, commit_of(run_of(run_number), position=Position(inputs), **more))


# -- attempts


def test_a_new_store_remembers_nothing(state: StateStore) -> None:
    """Every question has an empty answer."""
    answers = (
        state.open_attempts("cases"),
        state.known("cases", "key 1", "out.jsonl"),
        list(state.commits()),
        state.position("cases"),
        entries(state),
        state.count(EVERY, "rule"),
        state.events("no id"),
        state.outbox(),
        state.history(),
    )

    assert answers == ((), (), [], Position(), [], {}, (), (), ())


def test_attempts_are_open_until_they_end(state: StateStore) -> None:
    """Those of the job are given, the oldest first."""
    others = attempt_of(run_of(4, job_id="others"))
    begun = [attempt_of(run_of(3)), attempt_of(run_of(1), replayed=("a", "b"))]

    for each in (*begun, others):
        state.begin(each)

    assert list(state.open_attempts("cases")) == begun
    assert list(state.open_attempts("others")) == [others]


def test_a_dropped_attempt_is_forgotten(state: StateStore) -> None:
    """With it goes what it was about to commit; a second drop does nothing."""
    run = run_of()
    state.begin(attempt_of(run))
    state.intend("out.jsonl", record_of(run))

    state.drop(run.nonce)
    state.drop(run.nonce)

    assert state.open_attempts("cases") == ()
    assert state.known("cases", run.run_key, "out.jsonl") == ()


def test_what_is_intended_is_known(state: StateStore) -> None:
    """It is known at its place, for its key and its job only."""
    run = run_of()
    state.begin(attempt_of(run))

    state.intend("out.jsonl", record_of(run))

    assert list(state.known("cases", run.run_key, "out.jsonl")) == [record_of(run)]
    assert state.known("cases", run.run_key, "else.jsonl") == ()
    assert state.known("cases", "else", "out.jsonl") == ()
    assert state.known("others", run.run_key, "out.jsonl") == ()
    assert list(state.commits()) == []


def test_an_intention_takes_the_place_of_the_one_before(state: StateStore) -> None:
    """Each output of an attempt is intended once; the last word counts."""
    run = run_of()
    state.begin(attempt_of(run))
    state.intend("out.jsonl", record_of(run))

    state.intend("out.jsonl", record_of(run, plan_hash="other"))
    state.intend("out.jsonl", record_of(run, output="copies"))

    known = state.known("cases", run.run_key, "out.jsonl")
    assert [(each.output, each.plan_hash) for each in known] == [("", "other"), ("copies", "")]


def test_an_attempt_that_was_taken_for_dead_may_not_commit(state: StateStore) -> None:
    """Another run has dropped it: what it intends is refused."""
    run = run_of()
    state.begin(attempt_of(run))
    state.drop(run.nonce)

    with pytest.raises(CommitLost) as caught:
        state.intend("out.jsonl", record_of(run))

    assert str(caught.value) == (
        "cases: attempt 1 of run 20260101T120001Z-aaaaaaaaaaaa was taken for dead by another run, "
        "so it may not commit; nothing of it is visible"
    )
    assert state.known("cases", run.run_key, "out.jsonl") == ()


# -- commits


def test_a_settled_commit_is_known(state: StateStore) -> None:
    """The attempt is open no more, and its record is known once."""
    commit = commit_of(run_of())
    state.begin(attempt_of(commit.record.run))
    state.intend("out.jsonl", commit.record)

    state.settle(commit.record.run.nonce, [commit])

    assert state.open_attempts("cases") == ()
    assert list(state.known("cases", "key 1", "out.jsonl")) == [commit.record]
    assert list(state.commits()) == [commit]


def test_settled_commits_come_before_intended_ones(state: StateStore) -> None:
    """A forced run of a key that was loaded is known after the load that counts."""
    first, second = run_of(1, run_key="same"), run_of(2, run_key="same")
    state.begin(attempt_of(second))
    state.intend("out.jsonl", record_of(second))

    settle(state, commit_of(first))

    known = state.known("cases", "same", "out.jsonl")
    assert [each.run for each in known] == [first, second]


def test_commits_come_oldest_first(state: StateStore) -> None:
    """All of them, or those of one job."""
    mine, others = commit_of(run_of(2)), commit_of(run_of(1, job_id="others"))
    settle(state, mine)
    settle(state, others)

    found = (list(state.commits()), list(state.commits("others")), list(state.commits("none")))

    assert found == ([mine, others], [others], [])


def test_all_of_many_commits_come(state: StateStore) -> None:
    """However few of them are looked at first."""
    runs = [run_of(number) for number in range(1, 26)]
    deque((settle(state, commit_of(run)) for run in runs), maxlen=0)

    found = [each.record.run.nonce for each in state.commits("cases")]

    assert found == [run.nonce for run in runs]


def test_a_commit_that_is_settled_twice_counts_once(state: StateStore, tmp_path: Path) -> None:
    """Nothing is doubled: not the commit, its entries, its events, nor the history."""
    run = run_of()
    kept = kept_in(tmp_path / "kept.jsonl", run, rejection_of(3))
    commit = commit_of(run, quarantine=kept, events=({"type": "loaded"},))
    settle(state, commit, history={"job_id": "cases"})

    settle(state, commit, history={"job_id": "cases"})

    assert list(state.commits()) == [commit]
    assert [each.attempts for each in entries(state)] == [1]
    assert state.events(entries(state)[0].id) == ()
    assert len(state.outbox()) == 1
    assert len(state.history()) == 1
    assert state.open_attempts("cases") == ()


def test_outputs_are_settled_apart(state: StateStore) -> None:
    """A crash between two outputs leaves one; the other is settled by a later attempt."""
    first, copies = commit_of(run_of(1)), commit_of(run_of(1), output="copies")
    settle(state, first)

    settle(state, first, copies)

    assert list(state.commits()) == [first, copies]


def test_a_record_is_remembered_whole(state: StateStore) -> None:
    """What a store gives back is equal to what was committed, to the last field."""
    commit = commit_of(
        run_of(),
        output="copies",
        lineage=KeptFile("lineage.bin", 2, 80, "11" * 32),
        position=Position(
            (InputFile("in.jsonl", 5, "etag", "22" * 32, 2, again=True),), {"at": [1]}
        ),
        replayed=("a", "b"),
        events=({"type": "loaded", "records": 2},),
        plan_hash="33",
        supersedes=("4",),
    )

    settle(state, commit)

    assert list(state.commits()) == [commit]


def test_a_place_that_is_no_text_is_remembered(state: StateStore) -> None:
    """The name of a file may hold bytes that are no UTF-8, and stays apart from others."""
    place, run = "caf\udce9.jsonl", run_of(1)
    attempt = OpenAttempt(run, {"": place}, "plan")
    state.begin(attempt)
    state.intend(place, record_of(run))
    begun, intended = state.open_attempts("cases"), state.known("cases", "key 1", place)

    state.settle(
        run.nonce, [Settled(place, record_of(run))], history={"job_id": "cases", "to": place}
    )

    assert (list(begun), list(intended)) == ([attempt], [record_of(run)])
    assert list(state.commits()) == [Settled(place, record_of(run))]
    assert list(state.known("cases", "key 1", place)) == [record_of(run)]
    assert state.known("cases", "key 1", "caf?.jsonl") == ()
    assert [line["to"] for line in state.history()] == [place]


# -- positions


def test_positions_add_up(state: StateStore) -> None:
    """Files are known by their last content, the cursor by its last value."""
    one, two, newer = InputFile("1", sha256="a"), InputFile("2"), InputFile("1", sha256="b")
    settle(state, commit_of(run_of(1), position=Position((one, two), 7)))
    settle(state, commit_of(run_of(2), position=Position((newer,), None)))
    settle(state, commit_of(run_of(3, job_id="others"), position=Position((), 9)))

    positions = state.position("cases"), state.position("others"), state.position("none")

    assert positions == (Position((newer, two), 7), Position((), 9), Position())


def test_a_cursor_is_exact(state: StateStore) -> None:
    """An integer beyond 64 bits does not become a float."""
    settle(state, commit_of(run_of(1), position=Position((), {"id": -5, "huge": 2**70 + 1})))

    cursor = state.position("cases").cursor

    assert cursor == {"id": -5, "huge": 2**70 + 1}
    assert [each.record.position.cursor for each in state.commits()] == [cursor]


# -- quarantine


def test_rejected_records_are_found(state: StateStore, tmp_path: Path) -> None:
    """An entry says all that is known of the record but its bytes, and where these are."""
    run = run_of()
    problem = Problem(("age",), "max", "is 130, above max 120")
    bad = rejection_of(17, code="invalid", stage="validate", step="ages", problems=(problem,))
    kept = kept_in(tmp_path / "kept.jsonl", run, rejection_of(3), bad)

    settle(state, commit_of(run, quarantine=kept))

    first, second = entries(state)
    line = Path(kept.path).read_bytes()[second.offset :][: second.length]
    assert line.startswith(b'{"format":3,')
    assert line.endswith(b"\n")
    assert b'"record_no":17' in line
    assert first.offset + first.length == second.offset
    assert second == QuarantineEntry(
        id="900a689dffd943fde7c72646e0d6c4a1",
        job_id="cases",
        run_id=run.run_id,
        nonce=run.nonce,
        uri="in.jsonl",
        version="version",
        record_no=17,
        line_no=17,
        stage="validate",
        step="ages",
        code="invalid",
        rule="max",
        message="unexpected end",
        replayable=True,
        status="open",
        attempts=1,
        first_rejected_at=run.started,
        rejected_at=run.started,
        path=kept.path,
        offset=first.length,
        length=second.length,
    )


def test_the_same_bad_record_supersedes_its_entry(state: StateStore, tmp_path: Path) -> None:
    """Met again, it does not pile up: it is counted, and keeps its first time."""
    reject(state, tmp_path, 1, 3, 5)
    state.mark([entries(state)[0].id], StatusEvent("replayed", NOON, "me"))

    reject(state, tmp_path, 2, 3)

    first, second = entries(state)
    assert (first.record_no, first.attempts, first.status) == (3, 2, "open")
    assert (first.run_id, first.nonce) == (run_of(2).run_id, run_of(2).nonce)
    assert (first.first_rejected_at, first.rejected_at) == (run_of(1).started, run_of(2).started)
    assert first.path == str(tmp_path / f"{run_of(2).run_id}.jsonl")
    assert (second.record_no, second.attempts) == (5, 1)
    assert [(each.status, each.by) for each in state.events(first.id)] == [
        ("replayed", "me"),
        ("open", run_of(2).run_id),
    ]


@pytest.mark.parametrize("status", ["discarded", "parked"])
def test_what_was_decided_of_a_record_stays(status: Any, state: StateStore, tmp_path: Path) -> None:
    """It is the same record of the same content; nobody has to decide again."""
    reject(state, tmp_path, 1, 3)
    state.mark([entries(state)[0].id], StatusEvent(status, NOON, "me"))

    reject(state, tmp_path, 2, 3)

    (entry,) = entries(state)
    assert (entry.status, entry.attempts) == (status, 2)
    assert [each.status for each in state.events(entry.id)] == [status, status]


def test_two_outputs_of_a_run_name_one_quarantine_file(state: StateStore, tmp_path: Path) -> None:
    """Its entries are those of one attempt."""
    run = run_of()
    kept = kept_in(tmp_path / "kept.jsonl", run, rejection_of(3))

    settle(state, commit_of(run, quarantine=kept), commit_of(run, quarantine=kept, output="copies"))

    assert [each.attempts for each in entries(state)] == [1]


def test_a_replayed_record_is_marked(state: StateStore, tmp_path: Path) -> None:
    """The commit that has loaded it says so; what is not in the index is passed over."""
    reject(state, tmp_path, 1, 3, 5)
    replay = run_of(2)

    settle(state, commit_of(replay, replayed=(entries(state)[0].id, "unknown")))

    assert [each.status for each in entries(state)] == ["replayed", "open"]
    event = StatusEvent("replayed", replay.started + timedelta(seconds=30), replay.run_id)
    assert list(state.events(entries(state)[0].id)) == [event]


def test_a_replay_that_failed_counts(state: StateStore, tmp_path: Path) -> None:
    """Its quarantine file has the record again: the entry is open and has one more attempt."""
    reject(state, tmp_path, 1, 3, 5)
    replay, done = run_of(2), entries(state)[1].id
    kept = kept_in(tmp_path / "again.jsonl", replay, rejection_of(3, message="no better"))

    settle(state, commit_of(replay, quarantine=kept, replayed=(done,)))

    assert [(each.status, each.attempts) for each in entries(state)] == [
        ("open", 2),
        ("replayed", 1),
    ]
    event = StatusEvent("open", replay.started, replay.run_id, "no better")
    assert list(state.events(entries(state)[0].id)) == [event]


@pytest.mark.parametrize(
    ("which", "found"),
    [
        pytest.param({}, [1, 2, 3, 4], id="all"),
        pytest.param({"job_id": "cases"}, [1, 2, 3, 4], id="job"),
        pytest.param({"job_id": "others"}, [], id="other job"),
        pytest.param({"run_id": run_of(2).run_id}, [3], id="run"),
        pytest.param({"status": "parked"}, [2], id="status"),
        pytest.param({"status": "open"}, [1, 3, 4], id="open"),
        pytest.param({"uri": "in.jsonl"}, [1, 2, 3], id="file"),
        pytest.param({"record_no": 4}, [4], id="number"),
        pytest.param({"stage": "transform"}, [3], id="stage"),
        pytest.param({"step": "halve"}, [3], id="step"),
        pytest.param({"rule": "json"}, [1, 2, 4], id="rule"),
        pytest.param({"since": run_of(2).started}, [3, 4], id="since"),
        pytest.param({"until": run_of(2).started}, [1, 2], id="until"),
        pytest.param({"since": run_of(2).started, "until": run_of(3).started}, [3], id="between"),
        pytest.param({"limit": 3}, [1, 2, 3], id="limit"),
        pytest.param({"limit": 0}, [], id="limit of none"),
        pytest.param({"ids": ()}, [], id="no ids"),
        pytest.param({"rule": "json", "uri": "in.jsonl", "limit": 1}, [1], id="several"),
    ],
)
def test_entries_are_filtered(
    which: dict[str, Any], found: list[int], state: StateStore, tmp_path: Path
) -> None:
    """All parts of a filter have to fit; the entries come in the order they were met."""
    reject(state, tmp_path, 1, 1, 2)
    reject(state, tmp_path, 2, 3, code="step", stage="transform", step="halve")
    reject(state, tmp_path, 3, 4, uri="other.jsonl")
    state.mark([entries(state)[1].id], StatusEvent("parked", NOON, "me"))

    passed = numbers(state, **which)

    assert passed == found


def test_entries_are_found_by_id(state: StateStore, tmp_path: Path) -> None:
    """Any number of ids may be asked for; the order stays that of the entries."""
    reject(state, tmp_path, 1, *range(1, 2001))
    ids = tuple(each.id for each in reversed(entries(state)))

    found = numbers(state, ids=(*ids[:1500], "unknown"))

    assert found == list(range(501, 2001))


@pytest.mark.parametrize(
    ("by", "counts"),
    [
        pytest.param(None, {"": 4}, id="all"),
        pytest.param("rule", {"json": 3, "step": 1}, id="rule"),
        pytest.param("step", {"": 3, "halve": 1}, id="step, or none"),
        pytest.param("uri", {"in.jsonl": 3, "other.jsonl": 1}, id="file"),
        pytest.param("status", {"open": 3, "parked": 1}, id="status"),
    ],
)
def test_entries_are_counted(
    by: str | None, counts: dict[str, int], state: StateStore, tmp_path: Path
) -> None:
    """By an attribute, or all together; a limit does not matter."""
    reject(state, tmp_path, 1, 1, 2)
    reject(state, tmp_path, 2, 3, code="step", stage="transform", step="halve")
    reject(state, tmp_path, 3, 4, uri="other.jsonl")
    state.mark([entries(state)[1].id], StatusEvent("parked", NOON, "me"))

    found = state.count(EntryFilter(limit=1), by)

    assert found == counts


def test_entries_are_counted_by_few_attributes(state: StateStore) -> None:
    """What nothing is counted by is refused with what there is."""
    with pytest.raises(ConfigurationError) as caught:
        state.count(EVERY, "message")

    assert str(caught.value) == (
        "entries are counted by one of job_id, run_id, status, uri, stage, step, code, rule; "
        "got 'message'"
    )


def test_marks_are_remembered(state: StateStore, tmp_path: Path) -> None:
    """Each event is added; the last one says the status. Ids that nobody knows count nothing."""
    reject(state, tmp_path, 1, 1, 2)
    first, second = entries(state)
    parked = StatusEvent("parked", NOON, "me", "later")
    discarded = StatusEvent("discarded", NOON + timedelta(microseconds=1), "me")

    marked = (
        state.mark((first.id, "unknown", first.id), parked),
        state.mark(iter([first.id, second.id]), discarded),
        state.mark([], parked),
    )

    assert marked == (1, 2, 0)
    assert [each.status for each in entries(state)] == ["discarded", "discarded"]
    assert list(state.events(first.id)) == [parked, discarded]
    assert list(state.events(second.id)) == [discarded]


def test_entries_are_marked_while_they_are_read(state: StateStore, tmp_path: Path) -> None:
    """The ids may come straight from a question to the same store."""
    reject(state, tmp_path, 1, 1, 2, 3)
    event = StatusEvent("discarded", NOON, "me")

    marked = state.mark((each.id for each in state.entries(EVERY)), event)

    assert marked == 3
    assert state.count(EVERY, "status") == {"discarded": 3}


def test_entries_are_erased_for_good(state: StateStore, tmp_path: Path) -> None:
    """Nothing of them is left, and settling their commit again does not bring them back."""
    reject(state, tmp_path, 1, 1, 2)
    gone, stays = entries(state)
    state.mark([gone.id], StatusEvent("parked", NOON, "me"))

    erased = state.erase(iter([gone.id, "unknown", gone.id]))

    settle(state, *state.commits())
    assert erased == 1
    assert entries(state) == [stays]
    assert state.events(gone.id) == ()


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda path: path.unlink(), id="missing"),
        pytest.param(lambda path: path.write_bytes(path.read_bytes()[:-9]), id="cut"),
        pytest.param(lambda path: path.write_bytes(b""), id="empty"),
        pytest.param(lambda path: path.write_bytes(b"[]\n" + path.read_bytes()), id="other shape"),
        pytest.param(
            lambda path: path.write_bytes(path.read_bytes().replace(b"end", b"END")), id="changed"
        ),
        pytest.param(
            lambda path: path.write_bytes(path.read_bytes().replace(b'"format":', b'"format":9')),
            id="newer",
        ),
    ],
)
def test_a_damaged_quarantine_file_is_named(
    damage: Callable[[Path], object], state: StateStore, tmp_path: Path
) -> None:
    """Nothing of its commit is noted, and the attempt stays open."""
    run, path = run_of(), tmp_path / "kept.jsonl"
    commit = commit_of(run, quarantine=kept_in(path, run, rejection_of(1), rejection_of(2)))
    state.begin(attempt_of(run))
    damage(path)

    with pytest.raises(CorruptState) as caught:
        state.settle(run.nonce, [commit], history={"job_id": "cases"})

    assert str(caught.value).startswith(str(path))
    assert list(state.open_attempts("cases")) == [attempt_of(run)]
    assert (list(state.commits()), entries(state), state.history()) == ([], [], ())


def test_entries_of_an_earlier_content_are_superseded(state: StateStore, tmp_path: Path) -> None:
    """Those of other files and jobs stay, and so does what was decided."""
    file = tmp_path / "in.jsonl"
    reject(state, tmp_path, 1, 1, 2, uri=str(file))
    reject(state, tmp_path, 2, 3, uri=f"{file}/member.jsonl")
    reject(state, tmp_path, 3, 4, uri=f"{file}.gz")
    state.mark([entries(state, record_no=2)[0].id], StatusEvent("discarded", NOON, "ada"))

    read_again(state, 4, file)

    assert numbers(state, status="superseded") == [1, 3]
    assert numbers(state, status="discarded") == [2]
    assert numbers(state, status="open") == [4]
    (event,) = state.events(entries(state, record_no=1)[0].id)
    assert (event.by, event.note) == (
        run_of(4).run_id,
        "the file was loaded again with another content",
    )


def test_a_record_is_open_again_when_its_content_comes_back(
    state: StateStore, tmp_path: Path
) -> None:
    """Nobody has decided anything about it."""
    file = tmp_path / "in.jsonl"
    reject(state, tmp_path, 1, 1, uri=str(file))
    read_again(state, 2, file)
    run = run_of(3)
    kept = kept_in(tmp_path / "third.jsonl", run, rejection_of(1, uri=str(file)))

    read_again(state, 3, file, quarantine=kept)

    assert numbers(state, status="open") == [1]


def test_entries_of_a_load_that_was_done_again_are_superseded(
    state: StateStore, tmp_path: Path
) -> None:
    """But for those that are rejected again; what was parked stays parked."""
    reject(state, tmp_path, 1, 1, 2, 3)
    state.mark([entries(state, record_no=3)[0].id], StatusEvent("parked", NOON, "ada"))
    reject(state, tmp_path, 2, 4)
    run = run_of(3)
    kept = kept_in(tmp_path / "third.jsonl", run, rejection_of(1), rejection_of(3))

    settle(state, commit_of(run, quarantine=kept, supersedes=(run_of(1).nonce,)))

    assert numbers(state, status="open") == [1, 4]
    assert numbers(state, status="superseded") == [2]
    assert numbers(state, status="parked") == [3]
    (event,) = state.events(entries(state, record_no=2)[0].id)
    assert event.note == "the load was done again"


def test_later_entries_stay_open_when_an_earlier_commit_is_heard_of(
    state: StateStore, tmp_path: Path
) -> None:
    """They are of the content that came after it."""
    file = tmp_path / "in.jsonl"
    reject(state, tmp_path, 2, 1, uri=str(file))

    read_again(state, 1, file)

    assert numbers(state, status="open") == [1]


# -- outbox and history


def test_events_wait_until_they_were_told(state: StateStore) -> None:
    """They come oldest first, under ids that the commit determines."""
    settle(state, commit_of(run_of(1), events=({"n": 1}, {"n": 2})))
    settle(state, commit_of(run_of(2), output="copies", events=({"n": 3},)))
    first = state.outbox(limit=1)

    state.sent([first[0][0], "unknown"], NOON)

    assert list(first) == [("000000000001::0", {"n": 1})]
    assert list(state.outbox()) == [
        ("000000000001::1", {"n": 2}),
        ("000000000002:copies:0", {"n": 3}),
    ]


def test_events_that_were_told_stay_told(state: StateStore) -> None:
    """Settling their commit again does not tell them again."""
    commit = commit_of(run_of(1), events=({"n": 1},))
    settle(state, commit)
    state.sent(["000000000001::0"], NOON)

    settle(state, commit)

    assert state.outbox() == ()


def test_history_is_newest_first(state: StateStore) -> None:
    """Also of runs that committed nothing; of one job where its id is given."""
    state.settle("a" * 12, (), history={"job_id": "cases", "status": "failed"})
    state.settle("b" * 12, (), history={"job_id": "others", "status": "skipped"})
    settle(state, commit_of(run_of(1)), history={"job_id": "cases", "status": "completed"})

    found = (state.history(), state.history("cases", limit=1), state.history("none"))

    statuses = [[line["status"] for line in lines] for lines in found]
    assert statuses == [["completed", "skipped", "failed"], ["completed"], []]


# -- threads


def test_threads_share_a_store(state: StateStore) -> None:
    """Whatever they do at the same time is there in the end, once."""

    def work(first: int) -> None:
        for number in range(first, first + 10):
            settle(state, commit_of(run_of(number), events=({"n": number},)), history={"n": number})

    threads = [threading.Thread(target=work, args=(first,)) for first in range(10, 90, 10)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    assert sorted(each.record.run.nonce for each in state.commits()) == [
        run_of(number).nonce for number in range(10, 90)
    ]
    assert len(state.outbox()) == 80
    assert len(state.history()) == 80


def test_a_store_goes_on_after_it_was_closed(state: StateStore) -> None:
    """Closing lets go of files only."""
    commit = commit_of(run_of())
    settle(state, commit)

    state.close()
    state.close()

    assert list(state.commits()) == [commit]


# -- rebuilding


def at(place: str, *commits: Settled) -> list[Settled]:
    """The commits of another destination."""
    return [Settled(place, each.record) for each in commits]


def test_a_state_comes_back_from_commit_records(state: StateStore, tmp_path: Path) -> None:
    """Positions, entries, replays, events and references to lineage are there again."""
    first, second = run_of(1), run_of(2)
    kept = kept_in(tmp_path / "kept.jsonl", first, rejection_of(3), rejection_of(5))
    lost = MemoryState()
    lineage = KeptFile("lineage.bin", 2, 80, "11" * 32)
    more: dict[str, Any] = {"events": ({"n": 1},), "position": Position((InputFile("1"),), 7)}
    settle(lost, commit_of(first, quarantine=kept, lineage=lineage, **more))
    settle(lost, commit_of(second, replayed=(entries(lost)[1].id,)))

    rebuilt = rebuild(state, lost.commits())

    assert rebuilt == Rebuilt(2)
    assert list(state.commits()) == list(lost.commits())
    assert state.position("cases") == lost.position("cases")
    assert entries(state) == entries(lost)
    assert [each.status for each in entries(state)] == ["open", "replayed"]
    assert list(state.events(entries(state)[1].id)) == list(lost.events(entries(lost)[1].id))
    assert list(state.outbox()) == list(lost.outbox())
    assert list(state.known("cases", "key 1", "out.jsonl")) == [next(lost.commits()).record]


def test_a_state_that_is_rebuilt_twice_is_the_same(state: StateStore, tmp_path: Path) -> None:
    """What it knows already is not noted again."""
    run = run_of(1)
    kept = kept_in(tmp_path / "kept.jsonl", run, rejection_of(3))
    commit = commit_of(run, quarantine=kept, events=({"n": 1},))
    rebuild(state, [commit])
    discarded = StatusEvent("discarded", NOON, "me")
    state.mark([each.id for each in entries(state)], discarded)
    state.sent(["000000000001::0"], NOON)

    rebuild(state, [commit])

    assert list(state.commits()) == [commit]
    assert [(each.status, each.attempts) for each in entries(state)] == [("discarded", 1)]
    assert state.outbox() == ()


def test_destinations_are_rebuilt_in_the_order_of_time(state: StateStore) -> None:
    """Each keeps its own order, also where a clock went back."""
    one, two, three, four = (
        commit_of(run_of(number), position=Position((), number)) for number in (1, 2, 3, 4)
    )

    rebuild(state, [*at("a", four, one), *at("b", two, three)])

    order = [each.record.position.cursor for each in state.commits()]
    assert order == [2, 3, 4, 1]
    assert state.position("cases").cursor == 1


def test_a_purged_quarantine_file_is_told(state: StateStore, tmp_path: Path) -> None:
    """The commit comes back without the entries, and the file is named."""
    run, path = run_of(1), tmp_path / "kept.jsonl"
    commit = commit_of(run, quarantine=kept_in(path, run, rejection_of(3)))
    path.unlink()

    rebuilt = rebuild(state, [commit, commit_of(run_of(2))])

    assert rebuilt == Rebuilt(2, missing=(str(path),))
    assert [each.record.run for each in state.commits()] == [run, run_of(2)]
    assert entries(state) == []


def test_a_damaged_quarantine_file_ends_a_rebuild(state: StateStore, tmp_path: Path) -> None:
    """What was settled before stays."""
    run, path = run_of(2), tmp_path / "kept.jsonl"
    commit = commit_of(run, quarantine=kept_in(path, run, rejection_of(3)))
    path.write_bytes(b"{}\n")

    with pytest.raises(CorruptState, match=re.escape(str(path))):
        rebuild(state, [commit_of(run_of(1)), commit])

    assert [each.record.run for each in state.commits()] == [run_of(1)]


def test_the_latest_commit_of_a_job_at_a_place_is_known(state: StateStore) -> None:
    """And whether there are commits at others."""
    first, second, other = (commit_of(run_of(number)) for number in (1, 2, 3))
    elsewhere = Settled("elsewhere.jsonl", other.record)
    for each in (first, second):
        state.settle(each.record.run.nonce, [each])
    before = state.loaded_elsewhere("cases", "out.jsonl")

    state.settle(elsewhere.record.run.nonce, [elsewhere])

    assert state.latest("cases", "out.jsonl") == second.record
    assert state.latest("others", "out.jsonl") is None
    assert (before, state.loaded_elsewhere("cases", "out.jsonl")) == (False, True)
