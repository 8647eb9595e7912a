"""Several outputs of one chain: what goes where, and what one of them refuses."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from attrs import Factory, define, frozen
from hypothesis import example, given, settings
from hypothesis import strategies as st

from etlkit import Quarantine, RecordsSource
from etlkit.engine.flow import Course, Kernels
from etlkit.engine.kernel import MOST_LOOPS
from etlkit.engine.plan import make_plan
from etlkit.engine.rejecting import Rejects
from etlkit.errors import BalanceError, DestinationBusy
from etlkit.formats.objects import RECORDS, RecordEncoder
from etlkit.formats.row_hash import row_hash
from etlkit.records import Refusal, Unfit
from etlkit.runs import Position, RunContext, StepTally, Tally
from etlkit.transformations import (
    Aggregate,
    Chain,
    Filter,
    FlatMap,
    Map,
    RecordStep,
    StageStep,
    Transformation,
)


if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from etlkit.engine.delivering import Outgoing
    from etlkit.records import Record, Rejection
    from etlkit.transformations.step import StepCode

RUN = RunContext("j", "run-1", "key-1", 1, "0123456789ab", datetime(2026, 1, 1, tzinfo=UTC))


@frozen
class Copy(RecordStep):
    """Sends each record to an output, and goes on with it."""

    label = "Copy"

    outputs: tuple[str, ...]

    def each(self, record: Record) -> list[Record]:
        """The record goes on."""
        return [record]

    def routed(self, record: Record) -> list[tuple[str | None, Record]]:
        """To every output, and on."""
        return [*((output, record) for output in self.outputs), (None, record)]

    def write(self, code: StepCode) -> None:
        """The same."""
        for output in self.outputs:
            code.emit(output, "record")


@frozen
class Away(RecordStep):
    """Sends odd records to outputs, and goes on with the others."""

    label = "Away"

    outputs: tuple[str, ...]

    def each(self, record: Record) -> list[Record]:
        """Even ones go on."""
        return [] if record["n"] % 2 else [record]

    def routed(self, record: Record) -> list[tuple[str | None, Record]]:
        """One way or the other."""
        if record["n"] % 2:
            return [(output, record) for output in self.outputs]
        return [(None, record)]

    def write(self, code: StepCode) -> None:
        """The same."""
        with code.block("if record['n'] % 2:"):
            for output in self.outputs:
                code.emit(output, "record")
            code.leave()


@define
class Outputs:
    """Outputs that keep what they are handed, and refuse what has a field ``bad``.

    Attributes:
        screening: Whether they say so before anything is handed over.
        taken: The numbers in ``n`` of the records that each output took.
        hashes: Their hashes.
        calls: The outputs of each call of ``write``, in order.
    """

    screening: bool = True
    taken: dict[str, list[Any]] = Factory(dict)
    hashes: dict[str, list[bytes]] = Factory(dict)
    calls: list[list[str]] = Factory(list)

    def screen(self, outgoing: Sequence[Outgoing]) -> Mapping[str, Sequence[Refusal]]:
        """What would be refused."""
        return {one.output: refusals(one) for one in outgoing} if self.screening else {}

    def write(self, outgoing: Sequence[Outgoing]) -> Mapping[str, Sequence[Refusal]]:
        """Take the others."""
        refused = {one.output: refusals(one) for one in outgoing}
        self.calls.append([one.output for one in outgoing])
        for one in outgoing:
            left = one.batch.without(
                {one.batch.record_numbers[each.position] for each in refused[one.output]}
            )
            self.taken.setdefault(one.output, []).extend(item["n"] for item in left.items)
            self.hashes.setdefault(one.output, []).extend(left.hashes or [])
        return refused


def refusals(outgoing: Outgoing) -> list[Refusal]:
    """Those of one output; ``bad`` names it."""
    pairs = enumerate(outgoing.batch.items)
    return [
        Refusal(position, "bad", f"bad for {outgoing.output!r}")
        for position, item in pairs
        if item.get("bad") == outgoing.output
    ]


@frozen
class Flowed:
    """What a flow did."""

    outputs: Outputs
    tally: Tally
    rejections: list[Rejection]
    error: Exception | None

    @property
    def words(self) -> list[str]:
        """Place and message of each rejected record."""
        return [f"{one.place}: {one.message}" for one in self.rejections]

    @property
    def counts(self) -> list[tuple[int, int, int]]:
        """Filtered, produced and rejected of each step."""
        return [(step.filtered, step.produced, step.rejected) for step in self.tally.steps]

    @property
    def balance(self) -> int:
        """What is unaccounted for; nothing as a rule."""
        return self.tally.outgoing - sum(map(len, self.outputs.taken.values()))


def flow(
    records: Any, steps: Any, outputs: Outputs | None = None, *, hashed: bool = False, **to: Any
) -> Flowed:
    """Let records through steps, to the main output, ``a`` and ``b`` as far as they are used."""
    parts = Chain.of(steps).parts()
    steps_of_records = [part for part in parts if isinstance(part, RecordStep)]
    names = {name for step in steps_of_records for name in step.outputs}
    encoders = {name: to.get(name, RECORDS) for name in sorted(names)}
    plan = make_plan(parts, RECORDS, encoders=encoders, hashed=hashed)
    tally = Tally(steps=[StepTally(step.label) for step in plan.steps])
    outputs = Outputs() if outputs is None else outputs
    kept: list[Rejection] = []
    rejects = Rejects(RUN, Quarantine(), None, tally, (), kept)
    source = RecordsSource(records)
    worked = Course(
        source.reading(Position()),
        plan,
        Kernels.compile(plan),
        rejects,
        remarks=[],
        on_batch=lambda: None,
    )
    try:
        worked.run(outputs)
    except Exception as error:  # noqa: BLE001 -- the test looks at it
        return Flowed(outputs, tally, kept, error)
    return Flowed(outputs, tally, kept, None)


def numbers(*bad: tuple[int, str], count: int = 6) -> list[Record]:
    """So many numbered records, some of them bad for an output."""
    marked = dict(bad)
    return [{"n": n} | ({"bad": marked[n]} if n in marked else {}) for n in range(count)]


BOTH = ("a", "b")


# -- what goes where, and how it is counted


def test_a_record_that_is_also_sent_elsewhere_counts_as_produced() -> None:
    """Once for each output that it is sent to."""
    flowed = flow(numbers(count=3), Copy(BOTH))

    assert flowed.outputs.taken == {"": [0, 1, 2], "a": [0, 1, 2], "b": [0, 1, 2]}
    assert flowed.counts == [(0, 6, 0)]
    assert flowed.tally.outputs == {"": 3, "a": 3, "b": 3}
    assert flowed.balance == 0


def test_a_record_that_is_only_sent_elsewhere_is_neither_filtered_nor_produced() -> None:
    """One record in, one out, whatever the output."""
    flowed = flow(numbers(count=4), Away(("a",)))

    assert flowed.outputs.taken == {"": [0, 2], "a": [1, 3]}
    assert flowed.counts == [(0, 0, 0)]
    assert flowed.balance == 0


def test_a_record_that_is_only_sent_to_two_outputs_counts_as_produced_once() -> None:
    """One more than there was."""
    flowed = flow(numbers(count=4), Away(BOTH))

    assert flowed.outputs.taken == {"": [0, 2], "a": [1, 3], "b": [1, 3]}
    assert flowed.counts == [(0, 2, 0)]
    assert flowed.balance == 0


def test_a_record_that_is_sent_and_then_filtered_is_both() -> None:
    """What was sent stays sent."""
    flowed = flow(numbers(count=3), Copy(("a",)) | Filter(lambda record: record["n"] == 1))

    assert flowed.outputs.taken == {"": [1], "a": [0, 1, 2]}
    assert flowed.counts == [(0, 3, 0), (2, 0, 0)]
    assert flowed.balance == 0


def test_what_was_sent_does_not_change_with_the_record() -> None:
    """It is encoded when it is sent."""

    def add_ten(record: Record) -> Record:
        record["n"] += 10
        return record

    flowed = flow(numbers(count=2), Copy(("a",)) | Map(add_ten) | Copy(("b",)))

    assert flowed.outputs.taken == {"": [10, 11], "a": [0, 1], "b": [10, 11]}


def test_a_later_failure_takes_back_what_was_sent_to_every_output() -> None:
    """The source record is one unit."""

    def fail_some(record: Record) -> Record:
        if record["n"] == 2:
            raise ValueError("two")
        return record

    steps = Copy(("a",)) | FlatMap(lambda record: [record, record]) | Copy(("b",)) | Map(fail_some)

    flowed = flow(numbers(count=4), steps)

    assert flowed.words == ["records:3: ValueError: two"]
    assert flowed.outputs.taken == {
        "": [0, 0, 1, 1, 3, 3],
        "a": [0, 1, 3],
        "b": [0, 0, 1, 1, 3, 3],
    }
    assert flowed.balance == 0


def test_what_an_output_cannot_encode_is_rejected_as_a_whole() -> None:
    """It is told as a failure of encoding, and of no step."""

    class Fussy(RecordEncoder):
        def encode(self, record: Record) -> Record:
            if record["n"] == 1:
                raise Unfit("fussy", "one will not do")
            return dict(record)

    flowed = flow(numbers(count=3), Copy(BOTH), b=Fussy())

    (rejection,) = flowed.rejections
    assert (rejection.stage, rejection.step, rejection.code) == ("encode", None, "fussy")
    assert rejection.message == "for the output 'b': one will not do"
    assert flowed.outputs.taken == {"": [0, 2], "a": [0, 2], "b": [0, 2]}
    assert flowed.balance == 0


# -- what outputs refuse


@pytest.mark.parametrize("output", ["", "a", "b"], ids=["main", "a", "b"])
def test_what_one_output_refuses_no_output_gets(output: str) -> None:
    """It counts as one rejected record."""
    flowed = flow(numbers((1, output)), Copy(BOTH))

    assert flowed.error is None
    assert flowed.words == [f"records:2: bad for {output!r}"]
    left = [0, 2, 3, 4, 5]
    assert flowed.outputs.taken == {"": left, "a": left, "b": left}
    assert flowed.tally.outputs == dict.fromkeys(("", "a", "b"), 5)
    assert flowed.counts == [(0, 10, 0)]
    assert (flowed.tally.rejected, flowed.balance) == (1, 0)


def test_a_record_that_went_to_one_output_alone_may_be_refused_while_it_is_written() -> None:
    """Nobody else has taken anything of it."""
    flowed = flow(numbers((1, "a")), Away(("a",)), Outputs(screening=False))

    assert flowed.error is None
    assert flowed.words == ["records:2: bad for 'a'"]
    assert flowed.outputs.taken == {"": [0, 2, 4], "a": [3, 5]}
    assert flowed.tally.outputs == {"": 3, "a": 2}
    assert flowed.balance == 0


def test_what_is_refused_after_another_output_took_it_ends_the_run() -> None:
    """The message says what a load session has to do."""
    flowed = flow(numbers((1, "b")), Copy(BOTH), Outputs(screening=False))

    assert type(flowed.error) is BalanceError
    assert str(flowed.error) == (
        "records:2: one output refused the record after another one had taken its part, so "
        "nothing was published; in a job with several outputs a load session refuses records "
        "in screen()"
    )


# -- outputs of a stage that does not end the chain


class Sorted(StageStep):
    """Waits for all records, and gives them from the last to the first."""

    label = "Sorted"

    def run(self, batches: Iterator[list[Record]]) -> Iterator[list[Record]]:
        """All at once."""
        yield [record for batch in batches for record in batch][::-1]


def test_what_is_sent_before_a_stage_ends_is_handed_over_as_it_comes() -> None:
    """Nothing waits for the step that sees all records, so memory stays flat."""
    outputs = Outputs()

    flowed = flow(numbers(count=3000), Copy(("a",)) | Sorted() | Copy(("b",)), outputs)

    assert outputs.calls[-1] == ["", "b"]
    assert outputs.calls[:-1] == [["a"]] * (len(outputs.calls) - 1)
    assert len(outputs.calls) > 2
    assert flowed.outputs.taken["a"] == flowed.outputs.taken["b"][::-1] == list(range(3000))
    assert flowed.balance == 0


def test_what_an_output_refuses_before_a_stage_ends_does_not_go_on() -> None:
    """The next stage never sees it."""
    flowed = flow(numbers((2, "a")), Copy(BOTH) | Sorted())

    assert flowed.words == ["records:3: bad for 'a'"]
    assert flowed.outputs.taken == {"a": [0, 1, 3, 4, 5], "b": [0, 1, 3, 4, 5], "": [5, 4, 3, 1, 0]}
    assert flowed.balance == 0


def test_what_an_output_refuses_while_it_is_written_does_not_go_on_either() -> None:
    """The next stage gets its records after the outputs of the one before."""
    flowed = flow(numbers((2, "a")), Copy(("a",)) | Sorted(), Outputs(screening=False))

    assert flowed.error is None
    assert flowed.outputs.taken == {"a": [0, 1, 3, 4, 5], "": [5, 4, 3, 1, 0]}
    assert flowed.balance == 0


def test_a_failing_output_is_not_swallowed_by_the_step_that_waits() -> None:
    """A step that takes any failure for the end of its input does not hide it."""

    class Hiding(StageStep):
        label = "Hiding"

        def run(self, batches: Iterator[list[Record]]) -> Iterator[list[Record]]:
            try:
                yield from batches
            except DestinationBusy:
                return

    class Busy(Outputs):
        def write(self, outgoing: Sequence[Outgoing]) -> Mapping[str, Sequence[Refusal]]:
            raise DestinationBusy("busy")

    flowed = flow(numbers(), Copy(("a",)) | Hiding(), Busy())

    assert type(flowed.error) is DestinationBusy


# -- hashes


def test_each_record_that_leaves_has_a_hash_beside_it() -> None:
    """Equal whatever the output; what goes on to another stage needs none."""
    flowed = flow(numbers((1, "b")), Copy(BOTH) | Transformation("t", list), hashed=True)

    expected = [row_hash(record) for record in (*numbers()[:1], *numbers()[2:])]
    assert flowed.outputs.hashes == {"": expected, "a": expected, "b": expected}


def test_without_lineage_nothing_is_hashed() -> None:
    """No output pays for it."""
    flowed = flow(numbers(), Copy(BOTH))

    assert flowed.outputs.hashes == {"": [], "a": [], "b": []}


# -- whatever the chain


def fail_some(record: Record) -> Record:
    """Fail for some numbers, after a change."""
    record["late"] = True
    if record["n"] % 7 == 3:
        raise ValueError(record["n"])
    return record


def spoil_some(output: str, rest: int) -> Map:
    """Make some records bad for an output."""
    return Map(lambda record: record | ({"bad": output} if record["n"] % 5 == rest else {}))


def fan(record: Record) -> list[Record]:
    """From none to two."""
    return [dict(record)] * (record["n"] % 3)


CHAINS = st.lists(
    st.one_of(
        st.sampled_from([("a",), ("b",), ("a", "b")]).map(Copy),
        st.sampled_from([("a",), ("b",), ("b", "a")]).map(Away),
        st.builds(spoil_some, st.sampled_from(["", "a", "b"]), st.integers(0, 4)),
        st.sampled_from(
            [
                Map(fail_some),
                FlatMap(fan),
                Filter(lambda record: record["n"] % 4),
                Sorted(),
                Transformation("last", lambda records: records[1:], scope="batch"),
                Aggregate("n", size=len),
            ]
        ),
    ),
    max_size=6,
)


@settings(deadline=None, max_examples=300)
@given(steps=CHAINS, count=st.integers(0, 40))
@example([Copy(("a", "b")), FlatMap(fan), spoil_some("b", 2), Copy(("b",)), Sorted()], 20)
@example([spoil_some("a", 1), Copy(("a",)), Away(("b",)), Sorted(), Copy(("a",))], 20)
def test_every_record_is_accounted_for_over_all_outputs(steps: list[Any], count: int) -> None:
    """Read and produced are loaded, filtered, merged and rejected; each output adds up, too."""
    flowed = flow(numbers(count=count), steps, hashed=True)

    taken = {name: len(items) for name, items in flowed.outputs.taken.items()}
    hashed = {name: len(found) for name, found in flowed.outputs.hashes.items()}
    assert flowed.error is None
    assert flowed.balance == 0
    assert taken == hashed
    assert (flowed.tally.outputs or taken) == dict.fromkeys(flowed.tally.outputs, 0) | taken
    assert all(step.produced >= 0 for step in flowed.tally.steps)


@settings(deadline=None, max_examples=300)
@given(steps=CHAINS, count=st.integers(0, 40))
@example([Copy(("a", "b")), FlatMap(fan), spoil_some("b", 2), Copy(("b",)), Sorted()], 20)
def test_nothing_of_a_rejected_source_record_is_in_any_output(steps: list[Any], count: int) -> None:
    """Whether a step failed or an output refused it, and whatever had been sent before."""
    flowed = flow(numbers(count=count), steps)

    rejected = {one.record_no - 1 for one in flowed.rejections if one.uri == "records"}
    taken = {n for items in flowed.outputs.taken.values() for n in items}
    assert rejected.isdisjoint(taken)


def test_a_chain_that_is_never_compiled_sends_as_well() -> None:
    """One that fans out too often for one function is interpreted."""
    steps = [FlatMap(lambda record: [record])] * (MOST_LOOPS + 1)

    flowed = flow(numbers(count=2), [*steps, Copy(("a",))], hashed=True)

    assert flowed.outputs.taken == {"": [0, 1], "a": [0, 1]}
    assert flowed.outputs.hashes["a"] == list(map(row_hash, numbers(count=2)))


def test_a_step_alone_gives_what_goes_on() -> None:
    """On records at hand there are no outputs to send to."""
    step = Away(("a",))

    made = step.apply(numbers(count=4))

    assert made == [{"n": 0}, {"n": 2}]
