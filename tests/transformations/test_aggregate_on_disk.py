"""Aggregate above its budget of memory: the same groups, by way of a file."""

from __future__ import annotations

import math

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from hypothesis import given, settings
from hypothesis import strategies as st

from etlkit import ETLJob, F, RecordsSource
from etlkit.destinations import MemoryDestination
from etlkit.errors import ConfigurationError, TransientError
from etlkit.records import Record
from etlkit.transformations import (
    Aggregate,
    Collect,
    Count,
    CountDistinct,
    First,
    Last,
    Max,
    Mean,
    Median,
    Min,
    Quantile,
    Sum,
)


HUGE = 10**9


class Thing:
    """What cannot be written down."""

    def __repr__(self) -> str:
        return "a thing"


THING = Thing()
ZONE = timezone(timedelta(hours=2))
ODD: list[Any] = [
    None,
    1,
    1.0,
    True,
    0.0,
    -0.0,
    "1",
    "",
    "\ud800",
    Decimal(1),
    Decimal("1.0"),
    math.nan,
    float("nan"),
    Decimal("NaN"),
    10**50,
    (1, (2.0, None)),
    date(2024, 1, 1),
    datetime(2024, 1, 1, 12, tzinfo=UTC),
    datetime(2024, 1, 1, 14, tzinfo=ZONE),
    b"\x00",
    frozenset({1}),
    THING,
]
NUMBERS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**25), 10**25)
    | st.floats(-1e300, 1e300)  # so that no sum is beyond the largest
)
DECIMALS = st.none() | st.integers(-5, 5) | st.decimals(-100, 100, places=2)
RECORDS = st.lists(
    st.fixed_dictionaries(
        {
            "k": st.sampled_from(ODD),
            "j": st.sampled_from([None, 1, True]),
            "n": NUMBERS,
            "d": DECIMALS,
            "v": st.sampled_from(ODD),
        }
    ),
    max_size=25,
)
ALL: dict[str, Any] = {
    "size": Count(),
    "count": Count("n"),
    "sum": Sum("n"),
    "mean": Mean("n"),
    "least": Min("n"),
    "most": Max(F.n),
    "middle": Median("n"),
    "high": Quantile("n", 0.9),
    "money": Sum("d"),
    "share": Mean("d"),
    "dear": Max("d"),
    "kinds": CountDistinct("v"),
    "first": First("v"),
    "last": Last("v"),
    "every": Collect("v"),
    "own": lambda group: [(record["v"], list(record)) for record in group],
}


def through(step: Any, batches: Iterable[list[Any]]) -> list[Any]:
    """What the two parts of the step make of batches of records."""
    pick, gather = step.parts()
    pick = pick.fresh()
    made = ([one for record in batch for one in pick.each(record)] for batch in batches)
    return [record for out in gather.run(made) for record in out]


def by_three(records: list[Any]) -> list[list[Any]]:
    """Three records at a time."""
    return [records[start : start + 3] for start in range(0, len(records), 3)]


@settings(deadline=None)
@given(RECORDS, st.sampled_from(["k", ["k", "j"], {"f": lambda record: record["k"]}, []]))
def test_a_budget_changes_nothing(records: list[Any], by: Any) -> None:
    """Whatever the keys and the values, in whatever order they come: all is as in memory."""
    tiny = through(Aggregate(by, memory_bytes=1, **ALL), by_three(records))

    huge = through(Aggregate(by, memory_bytes=HUGE, **ALL), by_three(records))
    assert repr(tiny) == repr(huge)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 50), NUMBERS), max_size=200), st.integers(1, 40_000))
def test_groups_that_spill_now_and_then_are_the_same(pairs: list[Any], memory_bytes: int) -> None:
    """Some batches are in memory when others went to disk."""
    records = [{"k": key, "n": n, "d": None, "v": str(n)} for key, n in pairs]

    some = through(Aggregate("k", memory_bytes=memory_bytes, **ALL), by_three(records))

    huge = through(Aggregate("k", memory_bytes=HUGE, **ALL), by_three(records))
    assert repr(some) == repr(huge)


def test_more_parts_than_are_merged_at_once_take_several_passes() -> None:
    """A thousand parts of groups are put together, in the order of first sight."""
    records = [{"k": n * 7919 % 10, "n": n} for n in range(1009)]
    step = Aggregate("k", memory_bytes=1, n=Count(), all=Collect("n"))

    made = through(step, [[record] for record in records])

    assert made == Aggregate("k", n=Count(), all=Collect("n")).apply(records)


def test_one_large_group_is_put_together() -> None:
    """It is written in many parts, and what its outputs keep is in memory in the end."""
    records = [{"k": "all", "n": n} for n in range(20_000)]
    step = Aggregate("k", memory_bytes=20_000, n=Count(), middle=Median("n"), all=Collect("n"))

    (made,) = through(step, [records[start : start + 500] for start in range(0, 20_000, 500)])

    assert (made["n"], made["middle"]) == (20_000, 9_999.5)
    assert made["all"] == list(range(20_000))


def test_an_aggregation_of_the_users_is_put_together() -> None:
    """Its values are kept to the end, since it does not say how parts of it meet."""

    class Longest(Max):
        """The longest text."""

        def begin(self) -> Any:
            return LongestSoFar()

    records = [{"k": n % 2, "s": "x" * (n % 7)} for n in range(20)]
    step = Aggregate("k", memory_bytes=1, longest=Longest("s"))

    made = through(step, by_three(records))

    assert [record["longest"] for record in made] == ["xxxxxx", "xxxxxx"]


class LongestSoFar:
    """The longest text so far."""

    def __init__(self) -> None:
        self.found = ""

    def add(self, values: Any) -> None:
        """Take further ones."""
        self.found = max(self.found, *values, key=len)

    def result(self) -> str:
        """The longest."""
        return self.found


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def test_nothing_is_left_of_an_abandoned_aggregate(
    folder: Path, open_files: Callable[[], int]
) -> None:
    """Closing the iterator closes the files, which had no names to begin with."""
    before = open_files()
    pick, gather = Aggregate("k", memory_bytes=1, n=Count()).parts()
    taken = [[one] for n in range(9000) for one in pick.each({"k": n})]  # type: ignore[union-attr]  # a record step

    iterator = gather.run(iter(taken))  # type: ignore[union-attr]  # a stage
    next(iterator)
    during = (open_files() > before, list(folder.iterdir()))
    iterator.close()  # type: ignore[attr-defined]  # a generator

    assert during == (True, [])
    assert open_files() == before


def test_nothing_is_left_of_an_aggregate_that_fails(
    folder: Path, open_files: Callable[[], int]
) -> None:
    """When what comes before it raises, after something was on disk."""
    before = open_files()
    pick, gather = Aggregate("k", memory_bytes=1, n=Count()).parts()

    def failing() -> Iterator[list[Any]]:
        yield list(pick.each({"k": 1}))  # type: ignore[union-attr]  # a record step
        raise RuntimeError

    with pytest.raises(RuntimeError):
        list(gather.run(failing()))  # type: ignore[union-attr]  # a stage

    assert (open_files(), list(folder.iterdir())) == (before, [])


def test_nothing_is_left_when_an_output_fails(folder: Path, open_files: Callable[[], int]) -> None:
    """The function of the user is called when the parts of a group have met."""
    before = open_files()
    step = Aggregate("k", memory_bytes=1, bad=lambda group: 1 // (len(group) - 3))

    with pytest.raises(ZeroDivisionError) as caught:
        through(step, [[{"k": n % 2}] for n in range(6)])

    assert caught.value.__notes__ == ["in step Aggregate(by k), output 'bad' of one of the groups"]
    assert (open_files(), list(folder.iterdir())) == (before, [])


def test_a_full_disk_is_no_fault_of_a_record(monkeypatch: pytest.MonkeyPatch) -> None:
    """The run fails, may be tried again, and the message names the folder's variable."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("etlkit.transformations.spilling.runs._write_all", full)

    with pytest.raises(TransientError) as caught:
        through(Aggregate("k", memory_bytes=1), [[{"k": 1}]])

    assert str(caught.value) == (
        "the temporary file of Aggregate(by k) failed: OSError: [Errno 28] No space left on "
        "device; is the folder for temporary files full? TMPDIR names another one"
    )


def test_a_run_that_spills_counts_right(folder: Path) -> None:
    """What went in is merged, and what came out produced."""
    destination = MemoryDestination()
    source = RecordsSource([{"k": n % 997, "n": n} for n in range(5000)])
    step = Aggregate("k", memory_bytes=50_000, n=Count(), total=Sum("n"))

    result = ETLJob("j", "J", source, step, destination).execute().raise_if_failed()

    assert destination.records == step.apply([{"k": n % 997, "n": n} for n in range(5000)])
    assert [(one.merged, one.produced) for one in result.tally.steps] == [(0, 0), (5000, 997)]
    assert list(folder.iterdir()) == []


def test_all_records_may_be_one_group() -> None:
    """Without a key there is one record, even of nothing."""
    step = Aggregate(n=Count(), total=Sum("n"))

    assert step.label == "Aggregate(all records)"
    assert step.apply([{"n": 1}, {"n": 2}]) == [{"n": 2, "total": 3}]
    assert step.apply([]) == [{"n": 0, "total": None}]


def test_memory_bytes_is_a_number() -> None:
    """Else the line of the user is named."""
    with pytest.raises(ConfigurationError) as caught:
        Aggregate("k", memory_bytes="64 MB")  # type: ignore[arg-type]  # the mistake of the test

    assert str(caught.value).startswith(
        "Aggregate: memory_bytes is a number of bytes, got '64 MB' (test_aggregate_on_disk.py:"
    )


def test_memory_is_bounded_by_the_budget() -> None:
    """A hundred thousand groups of a budget of a megabyte are never in memory together."""
    import tracemalloc

    def batches() -> Iterator[list[Record]]:
        for start in range(0, 100_000, 500):
            yield [{"k": n} for n in range(start, start + 500)]

    pick, gather = Aggregate("k", memory_bytes=2**20, n=Count()).parts()
    pick = pick.fresh()  # type: ignore[union-attr]  # a record step
    taken = ([one for record in batch for one in pick.each(record)] for batch in batches())
    tracemalloc.start()
    try:
        count = sum(len(made) for made in gather.run(taken))  # type: ignore[union-attr]  # a stage
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert count == 100_000
    assert peak < 8 * 2**20
