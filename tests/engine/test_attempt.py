"""One attempt of a run: read, work, write, check, commit."""

from __future__ import annotations

import json
import tempfile

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from etlkit import DataValidator, Quarantine, RecordsSource, Transformation
from etlkit.destinations import Destination, FileDestination, LoadSession, MemoryDestination
from etlkit.engine import Progress
from etlkit.engine.plan import Check
from etlkit.errors import (
    BalanceError,
    BudgetExceeded,
    EmptyReplace,
    RecordError,
    SourceUnavailable,
)
from etlkit.formats.json.lines import JsonLinesEncoder
from etlkit.formats.objects import RECORDS
from etlkit.records import Batch, Origin, Unfit, own
from etlkit.runs import CommitRecord, Load, Part, RunContext, Tally, Written
from etlkit.transformations import Aggregate, Chain, Filter, FlatMap, Map, RecordStep


if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from etlkit._clock import Clock
    from etlkit.formats.format import Encoder
    from etlkit.records import OutBatch, Record, Refusal
    from etlkit.runs import CommitRecord, RunContext
    from etlkit.transformations import Step


class Noting(Destination):
    """A destination that notes what is asked of it, and does some of it wrongly.

    Args:
        fails_in: Names of methods that raise.
        counts: How many records it says that it has written, more or less than it has.
        committed: Run keys that it says it has.
    """

    uri = "noting:"

    def __init__(self, *fails_in: str, counts: int = 0, committed: Sequence[str] = ()) -> None:
        self.fails_in = fails_in
        self.counts = counts
        self.committed = committed
        self.calls: list[str] = []
        self.records: list[Record] = [{"before": True}]

    def note(self, call: str) -> None:
        """Note a call, and fail if it is due."""
        self.calls.append(call)
        if call in self.fails_in:
            raise OSError(f"{call} went wrong")

    def check(self) -> None:
        """Nothing to look at."""
        self.note("check")

    @contextmanager
    def lock(self, *, wait_seconds: float, clock: Clock) -> Iterator[None]:
        """Keep nobody out."""
        self.note("lock")
        yield
        self.calls.append("unlock")

    def find_commit(self, run: RunContext, intended: object = ()) -> Any:
        """Whatever is true."""
        self.note("find_commit")
        if run.run_key not in self.committed:
            return None
        earlier = evolve(run, run_id="earlier")
        return CommitRecord(earlier, "append", Written(()), Tally(), None, run.started)

    def encoder(self) -> Encoder:
        """Records as they are."""
        return RECORDS

    def open(self, load: Load) -> LoadSession:
        """A session."""
        self.note("open")
        return _NotingSession(self)


class _NotingSession(LoadSession):
    def __init__(self, destination: Noting) -> None:
        self._destination = destination
        self._taken: list[Record] = []

    def write(self, batch: OutBatch) -> Sequence[Refusal]:
        self._destination.note("write")
        self._taken += batch.items
        return ()

    def prepare(self) -> Written:
        self._destination.note("prepare")
        return Written((Part("noting", len(self._taken) + self._destination.counts),))

    def commit(self, record: CommitRecord) -> None:
        self._destination.note("commit")
        self._destination.records = self._taken

    def abort(self) -> None:
        self._destination.note("abort")


BEFORE = [{"before": True}]


# -- the balance of random runs, against a model


def less(record: Record) -> Record:
    """Change in place; some fail."""
    record["n"] = 12 // record["n"]
    return record


def spoil(record: Record) -> Record:
    """Some have no form in JSON."""
    return record | {"x": {1}} if record["n"] == 3 else record


def fan(record: Record) -> list[Record]:
    """None to three, one of them unfit for later steps."""
    return [{**record, "n": n} for n in range(record["n"] % 4)]


def grow(records: list[Record]) -> list[Record]:
    """One more than before."""
    return [{"n": 2, "k": "new"}, *records]


def shrink(records: list[Record]) -> list[Record]:
    """Every second one."""
    return records[::2]


CHECK = DataValidator({"n": {"type": int, "max": 6}})
STEPS: st.SearchStrategy[Step] = st.sampled_from(
    [
        Map(less),
        Map(spoil),
        Filter(lambda record: record["n"] % 3),
        FlatMap(fan),
        Check("check", CHECK),
        Aggregate("k", n=len),
        Aggregate(["k", "n"]),
        Transformation("grow", grow),
        Transformation("shrink", shrink),
        Transformation("grow a batch", grow, scope="batch"),
        Transformation("shrink a batch", shrink, scope="batch"),
    ]
)
RECORDS_OF_RUN = st.lists(
    st.fixed_dictionaries({"n": st.integers(0, 8), "k": st.sampled_from(["a", "b", None, [1]])}),
    max_size=12,
)


def modelled(
    records: list[Record], steps: Sequence[RecordStep | Any], encoder: Encoder
) -> tuple[list[Record], int]:
    """The records that come out of a chain, and how many are rejected, worked out by hand."""
    rejected, fused = 0, []
    for step in [*steps, None]:
        if isinstance(step, RecordStep):
            fused.append(step)
            continue
        made = [results(fused, record, RECORDS if step else encoder) for record in records]
        rejected += made.count(None)
        out = [record for one in made if one is not None for record in one]
        again = step.run(iter([out] if out else [])) if step else [out]
        records, fused = [record for batch in again for record in batch], []
    return records, rejected


def results(steps: list[RecordStep], record: Record, encoder: Encoder) -> list[Record] | None:
    """What record-wise steps make of a record, or None where one fails."""
    made = [own(record)]
    try:
        for step in steps:
            made = [result for one in made for result in step.each(one)]
        for one in made:
            encoder.encode(one)
    except (Unfit, ArithmeticError, TypeError):
        return None
    return made


def loaded(destination: Any) -> list[Any]:
    """What a destination holds, as records."""
    if isinstance(destination, MemoryDestination):
        return destination.records
    return [json.loads(line) for line in Path(destination.path).read_bytes().splitlines()]


@settings(deadline=None, max_examples=300)
@given(records=RECORDS_OF_RUN, steps=st.lists(STEPS, max_size=5), mode=st.sampled_from("wa"))
@pytest.mark.parametrize("kind", ["memory", "file"])
def test_every_record_of_a_run_is_accounted_for(
    work: Any, kind: str, records: list[Record], steps: list[Step], mode: str
) -> None:
    """What is loaded and rejected is what a model makes, and the equation holds."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "out.jsonl")
        path.write_text('{"before":true}\n')
        memory = MemoryDestination()
        memory.records = BEFORE
        destination = memory if kind == "memory" else FileDestination(path)
        before = BEFORE if mode == "a" else []

        worked = work(records, steps, destination, mode=mode)

        expected, rejected = modelled(records, Chain.of(steps).parts(), destination.encoder())
        tally = worked.trail.tally
        assert worked.error is None
        assert loaded(destination) == [*before, *expected]
        assert (tally.read, tally.loaded) == (len(records), len(expected))
        assert tally.rejected == rejected == len(worked.trail.rejections)
        assert tally.read + tally.produced == sum(
            (tally.loaded, tally.filtered, tally.merged, tally.rejected)
        )
        counts = [(s.filtered, s.produced, s.merged, s.rejected) for s in tally.steps]
        assert min(number for step in [*counts, (0,)] for number in step) == 0


@settings(deadline=None, max_examples=150)
@given(records=RECORDS_OF_RUN, steps=st.lists(STEPS, max_size=4))
def test_a_run_that_stops_at_a_failure_publishes_all_or_nothing(
    work: Any, records: list[Record], steps: list[Step]
) -> None:
    """With ``on_error="fail"`` the run fails exactly when a record would be rejected."""
    memory = MemoryDestination()
    memory.records = BEFORE
    expected, rejected = modelled(records, Chain.of(steps).parts(), RECORDS)

    worked = work(records, steps, memory, on_error=None)

    assert type(worked.error) is (RecordError if rejected else type(None))
    assert memory.records == (BEFORE if rejected else expected)
    assert worked.trail.committed is not bool(rejected)


# -- order and failures


def test_an_attempt_asks_in_a_fixed_order(work: Any) -> None:
    """Look, lock, find the commit, open, find it again, write, prepare, commit, unlock."""
    destination = Noting()

    worked = work([{"n": 1}], None, destination)

    assert destination.calls == [
        "check", "lock", "find_commit",
        "open", "find_commit", "write", "prepare", "commit", "unlock",
    ]  # fmt: skip
    assert worked.trail.committed


@pytest.mark.parametrize(
    ("fails_in", "after"),
    [
        ("check", []),
        ("lock", []),
        ("find_commit", []),
        ("open", []),
        ("write", ["abort"]),
        ("prepare", ["abort"]),
        ("commit", ["find_commit", "abort"]),
    ],
)
def test_a_failure_of_the_destination_surfaces_and_aborts(
    work: Any, fails_in: str, after: list[str]
) -> None:
    """Whatever was begun is aborted, and nothing is visible."""
    destination = Noting(fails_in)

    worked = work([{"n": 1}], None, destination)

    calls = destination.calls
    assert type(worked.error) is OSError
    assert str(worked.error) == f"{fails_in} went wrong"
    assert calls[calls.index(fails_in) + 1 :] == after
    assert destination.records == BEFORE
    assert not worked.trail.committed


def test_a_run_key_that_was_committed_is_skipped(work: Any) -> None:
    """Nothing is read."""
    destination = Noting(committed=["key-1"])

    worked = work(lambda: pytest.fail("read"), None, destination)

    assert worked.error is None
    assert (worked.trail.skipped, worked.trail.committed) == (True, False)
    assert destination.calls == ["check", "lock", "find_commit", "unlock"]


@pytest.mark.parametrize("counts", [-1, 1, 5], ids=["too few", "too many", "far too many"])
def test_a_destination_that_counts_wrongly_publishes_nothing(work: Any, counts: int) -> None:
    """The balance is checked before the commit, against what the destination says."""
    destination = Noting(counts=counts)

    worked = work(
        [{"n": 1}, {"n": 2}, {"n": 0}], Map(less) | Filter(lambda r: r["n"] > 6), destination
    )

    assert type(worked.error) is BalanceError
    assert str(worked.error) == (
        "the accounting of the run does not add up, so nothing was published: "
        f"read 3 + produced 0 is not loaded {1 + counts} + filtered 1 + merged 0 + rejected 1; "
        "a destination that counts wrongly, or a defect of etlkit that should be reported"
    )
    assert destination.calls[-2:] == ["prepare", "abort"]
    assert destination.records == BEFORE


def test_what_goes_wrong_while_cleaning_up_is_noted(work: Any, tmp_path: Path) -> None:
    """The error that ended the run surfaces; what was rejected is kept all the same."""
    path = tmp_path / "rejected.jsonl"
    policy = Quarantine(to=path, max_errors=0)

    worked = work([{"n": 0}], Map(less), Noting("abort"), on_error=policy)

    assert type(worked.error) is BudgetExceeded
    assert worked.error.__notes__ == [
        "the first of them is records:1: ZeroDivisionError: integer division or modulo by zero",
        "cleaning up failed too: OSError: abort went wrong",
    ]
    assert worked.trail.quarantine == f"{path}.run-1.failed"


def test_rejected_records_count_only_with_the_load_they_belong_to(
    work: Any, tmp_path: Path
) -> None:
    """A commit that fails takes them back."""
    path = tmp_path / "rejected.jsonl"

    worked = work([{"n": 0}, {"n": 1}], Map(less), Noting("commit"), on_error=Quarantine(to=path))

    assert str(worked.error) == "commit went wrong"
    assert not path.exists() or path.read_bytes() == b""


# -- a replace that would empty the destination

ZERO = "ZeroDivisionError: integer division or modulo by zero"


@pytest.mark.parametrize(
    ("records", "steps", "why"),
    [
        ([{"n": 1}, {"n": 2}], Filter(lambda record: False, name="never"), "never filtered 2. "),
        (
            [{"n": 0}, {"n": 0}],
            Map(less),
            f"2 rejected, the first at records:1: {ZERO}. ",
        ),
        ([{"n": 1}, {"n": 1}], Transformation("none", lambda records: []), "none filtered 2. "),
    ],
    ids=["filtered", "rejected", "emptied"],
)
def test_a_replace_that_would_publish_nothing_fails(
    work: Any, records: list[Record], steps: Any, why: str
) -> None:
    """Records were read and none would be loaded; the destination stays as it was."""
    destination = Noting()

    worked = work(records, steps, destination, allow_empty=False)

    assert type(worked.error) is EmptyReplace
    assert str(worked.error) == (
        "job 'j': none of the 2 record(s) read would be loaded, and a replace would leave noting: "
        f"empty, so nothing was done. {why}"
        "If that is meant, use DataLoader(..., allow_empty=True)"
    )
    assert destination.records == BEFORE


@pytest.mark.parametrize(
    ("records", "options", "left"),
    [
        ([{"n": 1}], {"allow_empty": True}, []),
        ([{"n": 1}], {"allow_empty": False, "mode": "append"}, BEFORE),
        ([], {"allow_empty": False}, []),
    ],
    ids=["allowed", "append", "nothing read"],
)
def test_a_load_of_nothing_may_be_meant(
    work: Any, records: list[Record], options: dict[str, Any], left: list[Record]
) -> None:
    """Where it is allowed, where it adds, and where there was nothing to read."""
    destination = MemoryDestination()
    destination.records = BEFORE

    worked = work(records, Filter(lambda record: False), destination, **options)

    assert worked.error is None
    assert destination.records == left


# -- progress


def test_progress_is_told_after_each_batch_and_at_the_end(
    work: Any, batches_source: Any, fake_clock: Any
) -> None:
    """With counts so far, and the seconds since the beginning."""
    told: list[Progress] = []
    origin = Origin("records")
    batches = [Batch([{"n": n}, {"n": 0}], origin, n, own) for n in (1, 3)]

    def tick(record: Record) -> Record:
        fake_clock.advance(1)
        return record

    work(batches_source(*batches), Map(tick) | Map(less), progress=told.append, clock=fake_clock)

    assert told == [
        Progress("j", 2, 1, 1, 2.0),
        Progress("j", 4, 2, 2, 4.0),
        Progress("j", 4, 2, 2, 4.0, done=True),
    ]
    assert [one.records_per_second for one in told] == [1.0, 1.0, 1.0]


def test_no_time_is_no_speed() -> None:
    """A clock that stands still divides nothing by zero."""
    progress = Progress("j", 2, 2, 0, 0.0)

    assert progress.records_per_second == 0.0


def test_a_progress_callback_that_fails_is_not_called_again(
    work: Any, batches_source: Any, caplog: Any
) -> None:
    """The run goes on; a log line says what happened."""
    told: list[Progress] = []
    batches = [Batch([{"n": n}], Origin("records"), n, own) for n in (1, 2)]

    def fail(progress: Progress) -> None:
        told.append(progress)
        raise RuntimeError("no terminal")

    worked = work(batches_source(*batches), progress=fail)

    (record,) = caplog.records
    assert worked.trail.committed
    assert len(told) == 1
    assert record.getMessage() == "the progress callback of job j failed and is not called again"
    assert (record.levelname, record.action, record.job_id) == ("WARNING", "progress_failed", "j")


def test_an_interrupt_after_the_commit_leaves_the_load_as_it_is(work: Any) -> None:
    """What is visible is not aborted."""
    destination = Noting()

    def interrupt(progress: Progress) -> None:
        if progress.done:
            raise KeyboardInterrupt

    worked = work([{"n": 1}], None, destination, progress=interrupt)

    assert type(worked.error) is KeyboardInterrupt
    assert worked.trail.committed
    assert destination.records == [{"n": 1}]
    assert "abort" not in destination.calls


# -- the source


def test_remarks_of_the_source_are_kept(work: Any) -> None:
    """What the user should know although nothing failed."""

    class Remarking(RecordsSource):
        def remarks(self) -> Sequence[str]:
            return ["one file was left out"]

    worked = work(Remarking([]))

    assert worked.trail.remarks == ["one file was left out"]


@pytest.mark.parametrize("fails_in", ["check", "batches"])
def test_a_failure_of_the_source_surfaces_before_anything_is_published(
    work: Any, fails_in: str
) -> None:
    """While it is looked at, and while it is read."""

    class Failing(RecordsSource):
        def check(self) -> None:
            if fails_in == "check":
                raise SourceUnavailable("gone")

        def batches(self) -> Iterator[Batch]:
            raise SourceUnavailable("gone")

    destination = Noting()

    worked = work(Failing([]), None, destination)

    assert type(worked.error) is SourceUnavailable
    assert destination.records == BEFORE
    assert ("abort" in destination.calls) is (fails_in == "batches")


def test_the_records_of_the_caller_stay_as_they_are(work: Any) -> None:
    """A run works on copies, at every depth."""
    records = [{"n": 1, "deep": {"list": [1]}}]
    change = Map(lambda record: record["deep"]["list"].append(2) or record)

    worked = work(records, change | Transformation("t", lambda found: found) | change)

    assert records == [{"n": 1, "deep": {"list": [1]}}]
    assert worked.records == [{"n": 1, "deep": {"list": [1, 2, 2]}}]


def test_lines_are_encoded_as_the_destination_asks(work: Any, tmp_path: Path) -> None:
    """The kernel hands over what the destination writes."""
    path = tmp_path / "out.jsonl"

    work([{"n": 1, "s": "é"}, {"n": 10**30}], None, FileDestination(path))

    assert path.read_bytes() == (
        JsonLinesEncoder().encode({"n": 1, "s": "é"}) + b'{"n":1000000000000000000000000000000}\n'
    )
