"""The file of rejected records that an attempt writes, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from etlkit import Quarantine
from etlkit.records import Rejection
from etlkit.runs import KeptFile, RunContext
from etlkit.state.entry_lines import Occurrence, entry_id
from etlkit.state.rejected import RejectedFile, deliver, rejected_file
from etlkit.testing import FakeClock


Names = Callable[[Path], list[str]]
JsonLines = Callable[[Path], list[Any]]

RUN = RunContext("j", "run-1", "key", 1, "0123456789ab", datetime(2026, 1, 1, tzinfo=UTC))
KNOWN = Occurrence("1f" * 16, "12-34", replayable=True)
BAD = Rejection("json", "broken", "decode", None, "in.jsonl", 7, b"{")


def written(policy: Quarantine, root: Path | None) -> RejectedFile:
    """A file with one rejected record that is not finished yet."""
    file = rejected_file(policy, RUN, None if root is None else str(root))
    assert file is not None
    file.add(BAD, KNOWN)
    return file


def finish(file: RejectedFile, *, really: bool) -> None:
    """Finish the file, or do not."""
    if really:
        file.finish()


def give(policy: Quarantine, kept: KeptFile | None) -> str | None:
    """Deliver what a commit names."""
    return deliver(policy, kept, RUN.nonce, wait_seconds=0, clock=FakeClock())


def test_a_finished_file_is_named_by_its_attempt(tmp_path: Path, names: Names) -> None:
    """What the commit record says of it is true."""
    kept = written(Quarantine(), tmp_path).finish()

    (name,) = names(tmp_path / "quarantine")
    content = (tmp_path / "quarantine" / name).read_bytes()
    assert name == "run-1.0123456789ab.jsonl"
    assert kept is not None
    assert (kept.records, kept.size_bytes) == (1, len(content))
    assert kept.path == str(tmp_path / "quarantine" / name)


@pytest.mark.parametrize("finished", [False, True], ids=["in the middle", "finished"])
def test_a_discarded_file_leaves_nothing(finished: bool, tmp_path: Path, names: Names) -> None:
    """An attempt that has not committed has set nothing aside."""
    file = written(Quarantine(), tmp_path)
    finish(file, really=finished)

    file.discard()

    assert names(tmp_path / "quarantine") == []


@pytest.mark.parametrize("finished", [False, True], ids=["in the middle", "finished"])
def test_a_diagnostic_has_a_name_that_says_so(finished: bool, tmp_path: Path, names: Names) -> None:
    """It is to be looked at, and is not for replay."""
    file = written(Quarantine(), tmp_path)
    finish(file, really=finished)

    path = file.keep_as_diagnostic()

    assert path == str(tmp_path / "quarantine" / "run-1.failed.jsonl")
    assert names(tmp_path / "quarantine") == ["run-1.failed.jsonl"]


def test_another_process_can_discard_what_a_dead_attempt_left(tmp_path: Path, names: Names) -> None:
    """The name of the file follows from the attempt alone."""
    written(Quarantine(), tmp_path).finish()

    rejected_file(Quarantine(), RUN, str(tmp_path)).discard()  # type: ignore[union-attr]

    assert names(tmp_path / "quarantine") == []


@pytest.mark.parametrize("below", [None, "root"], ids=["no root", "with a root"])
def test_the_users_file_gets_the_records_once(
    below: str | None, tmp_path: Path, json_lines: JsonLines
) -> None:
    """A crash after the commit repeats the delivery."""
    policy = Quarantine(to=tmp_path / "rejected.jsonl")
    kept = written(policy, None if below is None else tmp_path / below).finish()

    paths = [give(policy, kept) for _ in range(3)]

    assert paths == [str(tmp_path / "rejected.jsonl")] * 3
    assert [entry["record_no"] for entry in json_lines(tmp_path / "rejected.jsonl")] == [7]


def test_what_a_killed_delivery_left_is_in_nobodys_way(tmp_path: Path, names: Names) -> None:
    """It is done again, whatever the temporary file was called."""
    policy = Quarantine(to=tmp_path / "rejected.jsonl")
    kept = written(policy, None).finish()
    (tmp_path / f".rejected.jsonl.{RUN.nonce}.tmp").write_text("half")

    give(policy, kept)

    assert names(tmp_path) == [".rejected.jsonl.journal", "rejected.jsonl"]


def test_what_an_attempt_left_that_was_killed_while_writing_is_removed(
    tmp_path: Path, names: Names
) -> None:
    """By the next one with the same file."""
    (tmp_path / ".rejected.jsonl.ffffffffffff.rejected.tmp").write_text("half")

    written(Quarantine(to=tmp_path / "rejected.jsonl"), None).finish()

    assert names(tmp_path) == [".rejected.jsonl.0123456789ab.rejected"]


def test_without_a_root_the_file_is_gone_once_delivered(tmp_path: Path, names: Names) -> None:
    """Until then it waits under a hidden name beside the user's file."""
    policy = Quarantine(to=tmp_path / "rejected.jsonl")
    kept = written(policy, None).finish()
    before = names(tmp_path)

    give(policy, kept)

    assert before == [".rejected.jsonl.0123456789ab.rejected"]
    assert names(tmp_path) == [".rejected.jsonl.journal", "rejected.jsonl"]


@pytest.mark.parametrize(
    "other",
    [
        ("k", "in.jsonl", "1", 2, False),
        ("j", "on.jsonl", "1", 2, False),
        ("j", "in.jsonl", "2", 2, False),
        ("j", "in.jsonl", "1", 3, False),
        ("j", "in.jsonl", "1", 2, True),
        ("j", "in.jsonl1", "", 2, False),
    ],
    ids=["job", "file", "version", "number", "derived", "shifted"],
)
def test_another_occurrence_has_another_id(other: tuple[str, str, str, int, bool]) -> None:
    """Each of the parts counts, and none runs into the next."""
    job, uri, version, number, derived = other

    found = entry_id(job, uri, version, number, derived=derived)

    assert found != entry_id("j", "in.jsonl", "1", 2, derived=False)
