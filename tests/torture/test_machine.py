"""Any order of runs, crashes, races, jumps of the clock and changes of the source."""

from __future__ import annotations

import signal
import tempfile

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from etlkit import DataLoader, ETLPipelineService, FileSource, Quarantine
from etlkit._clock import SystemClock
from etlkit.retry import NO_RETRY
from etlkit.state import EntryFilter
from etlkit.testing.processes import KILLED, Ending, run, start
from torture.rivals import stopping_at
from torture.sweeps import FULL


pytestmark = [pytest.mark.torture, pytest.mark.timeout(1800)]

KEYS = st.sampled_from(["monday", "tuesday", "wednesday"])
RECORDS = 4
YEARS = (1999, 2026, 2099)


class Jumped(SystemClock):
    """The clock of a computer that was set to another year; waiting takes its time."""

    def __init__(self, year: int) -> None:
        self.start = datetime(year, 1, 1, tzinfo=UTC)

    def now(self) -> datetime:
        """The time of day, in UTC."""
        return self.start


class Machine(RuleBasedStateMachine):
    """One job that is run, killed and run again; the model knows what must be there.

    Each version of the source has records of its own, the last one broken. A key is loaded
    once, with the version that stood there when it was committed.
    """

    out = "out"

    looks = 0

    def __init__(self) -> None:
        super().__init__()
        self.temporary = tempfile.TemporaryDirectory(prefix="etlkit-machine-")
        self.folder = Path(self.temporary.name)
        self.version = 0
        self.year = 2026
        self.loaded: dict[str, int] = {}
        self.maybe: dict[str, set[int]] = {}
        self.write_source()

    def teardown(self) -> None:
        """Throw everything away."""
        self.temporary.cleanup()

    # -- what happens

    @rule(key=KEYS)
    def submit(self, key: str) -> None:
        """A run to its end; it is skipped where the key was loaded."""
        ending = run(lambda: self.work(key), self.folder)

        self.settle(key, ending)

    @rule(key=KEYS, number=st.integers(1, 45))
    def crash(self, key: str, number: int) -> None:
        """A run that is killed before an effect, or is faster than that."""

        def work() -> None:
            stopping_at(number, signal.SIGKILL)
            self.work(key)

        ending = run(work, self.folder)

        if ending.status == KILLED:
            if key not in self.loaded:
                self.maybe.setdefault(key, set()).add(self.version)
        else:
            self.settle(key, ending)

    @rule(key=KEYS)
    def race(self, key: str) -> None:
        """Two workers with one key; both end well."""
        workers = [start(lambda: self.work(key), self.folder, name=name) for name in "ab"]
        endings = sorted((worker.ended() for worker in workers), key=lambda each: each.output)

        for ending in endings:  # the one that has completed it first, then the one that skipped
            self.settle(key, ending)

    @rule(year=st.sampled_from(YEARS))
    def jump(self, year: int) -> None:
        """The clock of the computer is set, forwards or back."""
        self.year = year

    @rule()
    def change(self) -> None:
        """The source has other records from now on."""
        self.version += 1
        self.write_source()

    # -- what must hold

    @invariant()
    def every_record_is_there_once(self) -> None:
        """Once every key that may have been loaded is known, the destination has just those."""
        type(self).looks += 1
        if not self.maybe:
            found = Counter(self.read())
            assert found == self.expected(), (self.loaded, found)

    @invariant()
    def rejected_records_are_kept_once(self) -> None:
        """The quarantine has one entry for each version that was loaded."""
        if self.maybe:
            return
        state = self.service().state
        found = Counter(entry.id for entry in state.entries(EntryFilter()))
        commits = [settled.record.run.run_key for settled in state.commits("copy")]
        state.close()
        assert len(found) == found.total() == len(set(self.loaded.values()))
        assert sorted(commits) == sorted(self.loaded)

    # -- the job and the model

    def settle(self, key: str, ending: Ending) -> None:
        """Learn what a run that ended well has done."""
        assert ending.status == 0, ending
        status = ending.output.split()[-1]
        assert status in {"completed", "skipped"}
        versions = self.maybe.pop(key, set())
        if key in self.loaded:
            assert status == "skipped", (key, self.loaded)
        elif status == "completed":
            self.loaded[key] = self.version
        else:  # a crash had committed it; the destination tells with which version
            self.loaded[key] = self.committed_version(key)
            assert self.loaded[key] in versions

    def committed_version(self, key: str) -> int:
        """The version that the state, which has settled the crash, knows."""
        state = self.service().state
        (record,) = [s.record for s in state.commits("copy") if s.record.run.run_key == key]
        state.close()
        found = Counter(self.read()) - self.expected()
        others = {each for maybe in self.maybe.values() for each in maybe}
        versions = {seq // 100 for seq in found}
        assert record.tally.loaded == RECORDS - 1
        return min(versions - others or versions)

    def expected(self) -> Counter[int]:
        """The records of each key with the version that it was loaded with."""
        return Counter(
            version * 100 + each for version in self.loaded.values() for each in range(RECORDS - 1)
        )

    def write_source(self) -> None:
        """The records of this version, and a broken one."""
        good = [b'{"seq":%d}\n' % (self.version * 100 + each) for each in range(RECORDS - 1)]
        (self.folder / "in.jsonl").write_bytes(b"".join([*good, b"bad %d\n" % self.version]))

    def service(self) -> ETLPipelineService:
        """The service, as a new process has it."""
        service = ETLPipelineService(self.folder / "state", clock=Jumped(self.year))
        service.create_pipeline(
            "copy",
            self.folder / "in.jsonl",
            None,
            DataLoader(self.destination(), "append"),
            on_error=Quarantine(),
            retry=NO_RETRY,
        )
        return service

    def destination(self) -> str:
        """A dataset."""
        return f"{self.folder}/{self.out}/"

    def work(self, key: str) -> None:
        """What a worker does."""
        result = self.service().run("copy", run_key=key)
        result.raise_if_failed()
        print(result.status, flush=True)

    def read(self) -> list[int]:
        """What a reader sees."""
        path = self.folder / self.out
        return [record["seq"] for record in FileSource(path).extract()] if path.exists() else []


class FileMachine(Machine):
    """The same with a single file that is appended to."""

    out = "out.jsonl"

    def destination(self) -> str:
        """A file."""
        return f"{self.folder}/{self.out}"


@pytest.mark.parametrize("machine", [Machine, FileMachine])
def test_nothing_is_lost_in_any_order_of_events(machine: type[Machine]) -> None:
    """Hypothesis looks for the shortest story that loses, doubles or invents a record.

    It raises what it finds; that it has looked at all is seen from the number of looks.
    """
    before = machine.looks

    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=100 if FULL else 6,
            stateful_step_count=20 if FULL else 10,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )

    assert machine.looks - before > 6
