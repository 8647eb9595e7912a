"""Records on their way from stage to stage, and the counts of what became of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from etlkit import DataSource, DataValidator, Transformation
from etlkit.destinations import Destination, FileDestination, LoadSession
from etlkit.errors import BalanceError, SourceUnavailable
from etlkit.records import Batch, Origin, Refusal, own
from etlkit.runs import Load, Part, StepTally, Written
from etlkit.transformations import Aggregate, Filter, FlatMap, Map, StageStep


if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from etlkit.records import OutBatch, Record
    from etlkit.runs import CommitRecord


class Picky(Destination):
    """A destination that refuses items with a field ``bad``, as the contract asks for.

    Args:
        with_siblings: It refuses the other results of the same record, too.
        times: It names each refused item so often.
    """

    uri = "picky:"

    def __init__(self, *, with_siblings: bool = True, times: int = 1) -> None:
        self.records: list[Record] = []
        self.with_siblings = with_siblings
        self.times = times

    def open(self, load: Load) -> LoadSession:
        """A session over a list."""
        return _PickySession(self)


class _PickySession(LoadSession):
    def __init__(self, destination: Picky) -> None:
        self._destination = destination
        self._taken: list[Record] = []

    def write(self, batch: OutBatch) -> Sequence[Refusal]:
        pairs = list(zip(batch.record_numbers, batch.items, strict=True))
        bad = {number for number, item in pairs if "bad" in item}
        refused = [
            position
            for position, (number, item) in enumerate(pairs)
            if ("bad" in item) or (number in bad and self._destination.with_siblings)
        ]
        self._taken += [item for n, item in enumerate(batch.items) if n not in refused]
        return [
            Refusal(position, "bad", f"item {position} is bad")
            for position in refused
            for _ in range(self._destination.times)
        ]

    def prepare(self) -> Written:
        return Written((Part("picky", len(self._taken)),))

    def commit(self, record: CommitRecord) -> None:
        self._destination.records = self._taken

    def abort(self) -> None:
        self._taken = []


class Broken(DataSource):
    """A source that fails half-way."""

    def records(self) -> Iterator[Record]:
        """One batch, and then an error."""
        yield from ({"n": n} for n in range(1000))
        raise SourceUnavailable("the line went dead")


def counts(steps: Sequence[StepTally]) -> list[tuple[int, int, int, int]]:
    """Filtered, produced, merged and rejected of each step."""
    return [(step.filtered, step.produced, step.merged, step.rejected) for step in steps]


def one_each(n: int, size: int = 1) -> list[Batch]:
    """So many batches of so many records."""
    origin = Origin("records")
    return [
        Batch([{"n": number} for number in range(first, first + size)], origin, first + 1, own)
        for first in range(0, n * size, size)
    ]


def up_to_n(record: Record) -> list[Record]:
    """Results with a number each, as many as the record says."""
    return [{"n": record["n"], "i": i} for i in range(record["n"])]


def fail_third(record: Record) -> Record:
    """Fail for the third result of a record."""
    if record["i"] == 2:
        raise ValueError("third")
    return record


# -- the source record is atomic


def test_one_failing_sibling_takes_the_others_back(work: Any) -> None:
    """In a later step: the whole source record is rejected, and counts as if never begun."""
    steps = FlatMap(up_to_n) | Map(fail_third, name="later")

    worked = work([{"n": 1}, {"n": 5}, {"n": 2}], steps)

    assert worked.records == [{"n": 1, "i": 0}, {"n": 2, "i": 0}, {"n": 2, "i": 1}]
    assert worked.words == ["records:2: ValueError: third"]
    assert worked.trail.rejections[0].step == "later"
    assert counts(worked.trail.tally.steps) == [(0, 1, 0, 0), (0, 0, 0, 1)]


def test_one_sibling_that_the_validator_refuses_takes_the_others_back(work: Any) -> None:
    """A record is valid as a whole or not at all."""
    check = DataValidator({"i": {"max": 1}})

    worked = work([{"n": 3}, {"n": 2}], FlatMap(up_to_n), validator=check)

    assert worked.records == [{"n": 2, "i": 0}, {"n": 2, "i": 1}]
    assert worked.words == ["records:1: $.i is 2, above the greatest allowed value 1"]
    assert counts(worked.trail.tally.steps) == [(0, 1, 0, 0), (0, 0, 0, 1)]


def test_one_sibling_that_cannot_be_encoded_takes_the_others_back(
    work: Any, tmp_path: Path
) -> None:
    """Lines that were encoded before are gone again."""
    path = tmp_path / "out.jsonl"
    spoil = Map(lambda record: record | {"x": object()} if record["i"] == 2 else record)

    worked = work([{"n": 3}, {"n": 1}], FlatMap(up_to_n) | spoil, FileDestination(path))

    (rejection,) = worked.trail.rejections
    assert path.read_text() == '{"n":1,"i":0}\n'
    assert (rejection.stage, rejection.record_no, rejection.raw) == ("encode", 1, b'{"n":3}')
    assert counts(worked.trail.tally.steps) == [(0, 0, 0, 0)] * 2


def test_siblings_that_a_generator_made_before_it_raised_are_taken_back(work: Any) -> None:
    """However late it raises."""

    def results(record: Record) -> Iterator[Record]:
        yield from up_to_n(record)
        raise ValueError("at the end")

    worked = work([{"n": 3}], FlatMap(results))

    assert worked.records == []
    assert counts(worked.trail.tally.steps) == [(0, 0, 0, 1)]


BAD = Map(lambda record: record | {"bad": True} if record["i"] == 1 else record)


@pytest.mark.parametrize("times", [1, 3], ids=["named once", "named three times"])
def test_one_sibling_that_the_destination_refuses_takes_the_others_back(
    work: Any, times: int
) -> None:
    """Refused together they are one rejected record, however often each is named."""
    worked = work([{"n": 3}, {"n": 1}, {"n": 2}], FlatMap(up_to_n) | BAD, Picky(times=times))

    assert worked.error is None
    assert worked.records == [{"n": 1, "i": 0}]
    assert worked.words == ["records:1: item 0 is bad", "records:3: item 4 is bad"]
    assert [one.stage for one in worked.trail.rejections] == ["write", "write"]
    assert counts(worked.trail.tally.steps) == [(0, 0, 0, 0)] * 2


def test_a_destination_that_keeps_siblings_of_what_it_refuses_publishes_nothing(work: Any) -> None:
    """It broke the contract, and the balance shows it."""
    worked = work([{"n": 3}], FlatMap(up_to_n) | BAD, Picky(with_siblings=False))

    assert type(worked.error) is BalanceError
    assert str(worked.error) == (
        "records:1: the destination refused one result of the record and took another one, so "
        "nothing was published; a load session refuses all results of a record or none"
    )
    assert worked.records == []


def test_refused_siblings_leave_no_count_below_zero(work: Any) -> None:
    """The counts that made them are taken from the steps that have them."""
    steps = FlatMap(up_to_n) | BAD | FlatMap(lambda record: [record])

    worked = work([{"n": 3}, {"n": 2}], steps, Picky())

    assert worked.error is None
    assert counts(worked.trail.tally.steps) == [(0, 0, 0, 0)] * 3
    assert worked.trail.tally.rejected == 2


def test_a_destination_may_name_one_record_twice(work: Any) -> None:
    """Also in a chain that makes one record of one."""
    worked = work([{"n": 1, "bad": 1}, {"n": 2}], None, Picky(times=2))

    assert worked.error is None
    assert worked.records == [{"n": 2}]
    assert worked.words == ["records:1: item 0 is bad"]


def test_a_refused_record_is_told_by_its_number_behind_gaps(work: Any) -> None:
    """Filtered and rejected records before it do not mislead."""
    steps = Filter(lambda record: record["n"] != 2) | Map(
        lambda record: 1 // record["n"] and record
    )
    items: list[Any] = [{"n": 1}, {"n": 2}, {"n": 0}, {"n": 1, "bad": 1}, {"n": 1}]

    worked = work(items, steps | Map(lambda record: record or {}), Picky())

    assert [(one.record_no, one.raw) for one in worked.trail.rejections] == [
        (3, b'{"n":0}'),
        (4, b'{"bad":1,"n":1}'),
    ]
    assert worked.records == [{"n": 1}, {"n": 1}]


# -- stages


def test_groups_are_counted_as_merged_and_produced(work: Any) -> None:
    """As many merged as went in, as many produced as there are groups."""
    steps = Filter(lambda record: record["n"] > 0) | Aggregate("s", total=len) | Map(dict)

    worked = work([{"n": n, "s": n % 2} for n in range(6)], steps)

    assert worked.records == [{"s": 1, "total": 3}, {"s": 0, "total": 2}]
    assert [step.name for step in worked.trail.tally.steps][1:] == [
        "Aggregate(by s): key",
        "Aggregate(by s)",
        "Map(dict)",
    ]
    assert counts(worked.trail.tally.steps) == [(1, 0, 0, 0), (0, 0, 0, 0), (0, 2, 5, 0), (0,) * 4]


def test_a_record_without_a_key_is_rejected_alone(work: Any) -> None:
    """The others are grouped; the record keeps its number."""
    worked = work([{"s": "a"}, {"s": ["a"]}, {}, {"s": "a"}], Aggregate("s", n=len))

    assert worked.records == [{"s": "a", "n": 2}]
    assert worked.words == [
        "records:2: $.s ['a'] is a list, which cannot be a key; make a text or tuple of it",
        (
            "records:3: $ the record has no field 's'; where it may be missing, write "
            "F.s.default(None)"
        ),
    ]


@pytest.mark.parametrize("scope", ["dataset", "batch"])
@pytest.mark.parametrize(
    ("change", "filtered", "produced"),
    [
        (lambda records: records[:1], 3, 0),
        (lambda records: [*records, {"n": 9}], 0, 1),
        (lambda records: records[::-1], 0, 0),
        (lambda records: [], 4, 0),
    ],
    ids=["shrinks", "grows", "same", "empties"],
)
def test_an_opaque_function_is_counted_by_difference(
    work: Any, scope: Any, change: Any, filtered: int, produced: int
) -> None:
    """What is missing is filtered, what is added is produced; the count is marked."""
    worked = work([{"n": n} for n in range(4)], Transformation("t", change, scope=scope))

    (step,) = worked.trail.tally.steps
    assert worked.error is None
    assert (step.filtered, step.produced, step.by_difference) == (filtered, produced, True)
    assert len(worked.records) == 4 - filtered + produced


def test_a_function_over_batches_is_not_called_for_empty_ones(
    work: Any, batches_source: Any
) -> None:
    """Nor does an empty list that it returns become a batch."""
    sizes: list[int] = []

    def drop_first_batch(records: list[Record]) -> list[Record]:
        sizes.append(len(records))
        return records if sizes[1:] else []

    steps = Filter(lambda record: record["n"] != 2) | Transformation(
        "t", drop_first_batch, scope="batch"
    )

    worked = work(batches_source(*one_each(4)), steps)

    assert sizes == [1, 1, 1]
    assert worked.records == [{"n": 1}, {"n": 3}]


def test_records_after_a_stage_are_numbered_anew(work: Any, batches_source: Any) -> None:
    """They are counted from one over all batches that the stage gives."""
    refuse = DataValidator({"n": {"allowed": [0, 1, 2]}})

    worked = work(
        batches_source(*one_each(2, 2)), Transformation("t", list, scope="batch"), validator=refuse
    )

    assert worked.words == ["step t:4: $.n is 3, allowed is one of 0, 1, 2"]


def test_what_a_stage_hands_on_is_not_changed_by_later_steps(work: Any) -> None:
    """A step keeps what it has, whatever comes after it."""
    kept: list[Record] = []

    def remember(records: list[Record]) -> list[Record]:
        kept.extend(records)
        return records

    worked = work(
        [{"n": [1]}], Transformation("t", remember) | Map(lambda r: r["n"].append(2) or r)
    )

    assert kept == [{"n": [1]}]
    assert worked.records == [{"n": [1, 2]}]


def test_several_stages_pass_records_on_batch_by_batch(work: Any, batches_source: Any) -> None:
    """Nothing waits for the end of the input but what has to."""
    seen: list[str] = []

    def note(name: str) -> Any:
        return lambda record: seen.append(f"{name} {record['n']}") or record

    class Both(StageStep):
        label = "Both"

        def run(self, batches: Iterator[list[Record]]) -> Iterator[list[Record]]:
            return batches

    work(batches_source(*one_each(2)), Map(note("a")) | Both() | Map(note("b")))

    assert seen == ["a 0", "b 0", "a 1", "b 1"]


# -- what is read


def test_a_failure_while_reading_is_noted_with_source_and_number(work: Any) -> None:
    """The error surfaces as it is; nothing is published."""
    worked = work(Broken())

    assert type(worked.error) is SourceUnavailable
    assert str(worked.error) == "the line went dead"
    assert worked.error.__notes__ == ["while reading Broken, after 1000 record(s)"]
    assert worked.records == []


def test_records_that_could_not_be_cut_out_are_read_as_well(work: Any, batches_source: Any) -> None:
    """They are among those read, and rejected."""
    origin = Origin("a")
    refused = (Refusal(0, "too_long", "too long"), Refusal(1, "too_long", "too long"))

    worked = work(
        batches_source(Batch([], origin, 1, own, refused=refused), Batch([{}], origin, 3, own))
    )

    tally = worked.trail.tally
    assert worked.error is None
    assert (tally.read, tally.rejected, tally.loaded) == (3, 2, 1)


def test_origins_and_blank_lines_are_counted(work: Any, batches_source: Any) -> None:
    """A blank line is no record; each file counts once."""
    batches = [
        Batch(
            [b"{}", b" ", b""], Origin(uri), 1, lambda _: {}, is_blank=lambda item: not item.strip()
        )
        for uri in ("a", "b", "a")
    ]
    items = [batch.items for batch in batches]

    worked = work(batches_source(*batches), Map(lambda record: {"n": 1}))

    assert items == [[b"{}", b" ", b""]] * 3
    assert worked.trail.tally.extracted_from == 2
    assert (worked.trail.tally.read, worked.trail.tally.blank) == (9, 0)


def test_blank_lines_are_no_records(work: Any, batches_source: Any) -> None:
    """They are counted apart, wherever they stand, and disturb no number."""
    import orjson

    lines = [b"", b'{"n": 1}', b" \t", b"{", b"\r", b'{"n": 2}', b""]
    batch = Batch(lines, Origin("a"), 1, orjson.loads, is_blank=lambda item: not item.strip())

    worked = work(batches_source(batch))

    assert worked.records == [{"n": 1}, {"n": 2}]
    assert [one.record_no for one in worked.trail.rejections] == [4]
    assert (worked.trail.tally.read, worked.trail.tally.blank) == (3, 4)


# -- sampled seconds


@pytest.mark.parametrize(
    ("batches", "sampled"), [(63, 0), (64, 1), (127, 1), (128, 2)], ids=["63", "64", "127", "128"]
)
def test_every_sixty_fourth_batch_is_timed(
    work: Any, batches_source: Any, batches: int, sampled: int
) -> None:
    """The records of the others enter no timing; all of them are counted exactly."""
    steps = Map(dict) | Filter(lambda record: record["n"] % 2) | Map(dict)

    worked = work(batches_source(*one_each(batches, 4)), steps)

    tallies = worked.trail.tally.steps
    assert [step.sampled_records for step in tallies] == [4 * sampled, 4 * sampled, 2 * sampled]
    assert [step.sampled_seconds > 0 for step in tallies] == [bool(sampled)] * 3
    assert tallies[1].filtered == 2 * batches


def test_a_timed_batch_calls_each_function_once_a_record(work: Any, batches_source: Any) -> None:
    """Timing replaces the kernel, it does not repeat its work."""
    calls: list[int] = []
    step = Map(lambda record: calls.append(record["n"]) or record)

    work(batches_source(*one_each(65)), step)

    assert calls == list(range(65))


def test_a_chain_that_is_never_compiled_is_timed_throughout(work: Any) -> None:
    """Every batch runs step by step there."""
    worked = work([{"n": 1}, {"n": 2}], [FlatMap(lambda record: [record])] * 9)

    assert [step.sampled_records for step in worked.trail.tally.steps] == [2] * 9
