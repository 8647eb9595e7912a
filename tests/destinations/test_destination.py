"""What a destination of one's own has to do, and what it gets for nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from etlkit import DataLoader, ETLJob, Quarantine, RecordsSource
from etlkit._clock import Clock
from etlkit.destinations import Destination, LoadSession
from etlkit.errors import BalanceError, RecordError
from etlkit.records import OutBatch, Refusal
from etlkit.runs import CommitRecord, Load, Part, RunContext, Written
from etlkit.testing import FakeClock


class Shelf(Destination):
    """A destination as a user would write it; notes each call of the contract."""

    uri = "shelf:"

    def __init__(self, *, refuses: str = "", loses: int = 0) -> None:
        self.calls: list[str] = []
        self.holds: list[dict[str, Any]] = []
        self.kept: list[CommitRecord] = []
        self.refuses = refuses
        self.loses = loses

    def check(self) -> None:
        """Note it."""
        self.calls.append("check")

    @contextmanager
    def lock(self, *, wait_seconds: float, clock: Clock) -> Iterator[None]:
        """Note when it is held and let go of."""
        self.calls.append(f"lock, waiting {wait_seconds:g} s")
        yield
        self.calls.append("unlock")

    def find_commit(self, run: RunContext, intended: object = ()) -> CommitRecord | None:
        """Note it."""
        self.calls.append(f"find_commit {run.run_key}")
        return None

    def open(self, load: Load) -> LoadSession:
        """Note it."""
        self.calls.append(f"open to {load.mode}")
        return ShelfSession(self)


class ShelfSession(LoadSession):
    """One load onto a shelf."""

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf
        self.new: list[dict[str, Any]] = []

    def write(self, batch: OutBatch) -> Sequence[Refusal]:
        """Take the records except those with the text that the shelf refuses."""
        self.shelf.calls.append(f"write {len(batch.items)}")
        bad = [
            position
            for position, record in enumerate(batch.items)
            if record.get("text", "") == (self.shelf.refuses or None)
        ]
        self.new += [record for at, record in enumerate(batch.items) if at not in bad]
        return [Refusal(at, "text", f"{self.shelf.refuses!r} has no place here") for at in bad]

    def prepare(self) -> Written:
        """Say what will be there."""
        self.shelf.calls.append("prepare")
        return Written((Part("shelf", len(self.new) - self.shelf.loses),))

    def commit(self, record: CommitRecord) -> None:
        """Put it there."""
        self.shelf.calls.append("commit")
        self.shelf.kept.append(record)
        self.shelf.holds = self.new

    def abort(self) -> None:
        """Note it."""
        self.shelf.calls.append("abort")


def test_a_run_calls_the_contract_in_its_order() -> None:
    """An author of a destination can rely on who comes when."""
    shelf = Shelf()
    loader = DataLoader(shelf, "append", wait_seconds=5)
    job = ETLJob("j", "J", RecordsSource([{"id": 1}]), None, loader)

    job.execute(run_key="monday")

    assert shelf.calls == [
        "check",
        "lock, waiting 5 s",
        "find_commit monday",
        "open to append",
        "find_commit monday",
        "write 1",
        "prepare",
        "commit",
        "unlock",
    ]


def test_a_loader_calls_the_contract_in_its_order() -> None:
    """A load without a job has no run key to look for; otherwise it is the same."""
    shelf = Shelf()

    DataLoader(shelf, wait_seconds=5).load({"id": each} for each in range(2500))

    assert shelf.calls == [
        "check",
        "lock, waiting 5 s",
        "open to replace",
        "write 1000",
        "write 1000",
        "write 500",
        "prepare",
        "commit",
        "unlock",
    ]


def test_the_commit_says_what_is_loaded() -> None:
    """The record that a destination may keep tells the run, the mode and the counts."""
    shelf = Shelf()
    job = ETLJob("j", "J", RecordsSource([{"id": 1}, {"id": 2}]), None, shelf, clock=FakeClock())

    result = job.execute(run_key="monday")

    (commit,) = shelf.kept
    assert (commit.run.job_id, commit.run.run_key, commit.run.attempt) == ("j", "monday", 1)
    assert commit.run.run_id == result.run_id
    assert (commit.format, commit.mode, commit.quarantine) == (1, "replace", None)
    assert (commit.written.records, commit.tally.read, commit.tally.loaded) == (2, 2, 2)
    assert commit.committed_at.isoformat() == "2026-01-01T00:00:00+00:00"


def test_a_destination_that_counts_wrongly_gets_no_commit() -> None:
    """A record that went missing on the way ends the load before anything is visible."""
    shelf = Shelf(loses=1)

    with pytest.raises(BalanceError) as caught:
        DataLoader(shelf).load([{"id": 1}, {"id": 2}])

    assert str(caught.value) == (
        "the accounting of the run does not add up, so nothing was published: read 2 + produced 0 "
        "is not loaded 1 + filtered 0 + merged 0 + rejected 0; a destination that counts wrongly, "
        "or a defect of etlkit that should be reported"
    )
    assert shelf.calls[-2:] == ["prepare", "abort"]
    assert shelf.holds == []


def test_a_load_stops_at_a_record_that_the_destination_refuses() -> None:
    """The message has the number of the record, also beyond the first batch."""
    shelf = Shelf(refuses="NUL")
    records = [*({"id": each} for each in range(1500)), {"text": "NUL"}]

    with pytest.raises(RecordError) as caught:
        DataLoader(shelf).load(records)

    assert str(caught.value) == "record 1501: 'NUL' has no place here; nothing was loaded"
    assert shelf.calls[-1] == "abort"
    assert shelf.holds == []


def test_a_job_sets_aside_what_the_destination_refuses() -> None:
    """A refusal is a rejection like any other, with the code of the destination."""
    shelf = Shelf(refuses="NUL")
    source = RecordsSource([{"text": "a"}, {"text": "NUL"}, {"text": "b"}])
    job = ETLJob("j", "J", source, None, shelf, on_error=Quarantine())

    result = job.execute()

    (rejection,) = result.rejections
    assert shelf.holds == [{"text": "a"}, {"text": "b"}]
    assert (result.rows_loaded, result.rows_rejected) == (2, 1)
    assert (rejection.code, rejection.stage, rejection.step) == ("text", "write", None)
    assert (rejection.place, rejection.raw) == ("records:2", b'{"text":"NUL"}')
    assert rejection.message == "'NUL' has no place here"


class Least(Destination):
    """A destination with nothing but what it must have."""

    uri = "least:"

    def open(self, load: Load) -> LoadSession:
        """Begin a load."""
        return ShelfSession(Shelf())


def test_a_destination_needs_a_name_and_a_session_only() -> None:
    """Everything else has a default that promises nothing."""
    least = Least()

    result = ETLJob("j", "J", RecordsSource([{"id": 1}]), None, least).execute("monday")

    assert result.rows_loaded == 1
    assert least.find_commit(RunContext("j", "r", "monday", 1, "0", result.start_time)) is None
    assert (least.place, result.destination, least.stored()) == ("least:", "least:", None)
    assert least.modes == ("replace", "append")
    assert least.guarantee("append") == "nothing is said of what readers see"
