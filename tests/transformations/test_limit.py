"""Limit: the first records."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from etlkit import DataLoader, DataSource, DataValidator, ETLJob, F, FileSource, RecordsSource
from etlkit.destinations import MemoryDestination
from etlkit.errors import ConfigurationError
from etlkit.transformations import Aggregate, Derive, Limit, Sort, Split, Tap, Union
from transformations.conftest import Told, both


if TYPE_CHECKING:
    from pathlib import Path


RECORDS = [{"n": n} for n in range(5)]


@pytest.mark.parametrize(("n", "kept"), [(0, 0), (2, 2), (5, 5), (9, 5), (10**30, 5)])
def test_the_first_records_go_on(n: int, kept: int) -> None:
    """The others count as filtered."""
    made = both(Limit(n), *RECORDS)

    assert made == [Told(RECORDS[:kept], filtered=5 - kept)] * 2


def test_each_run_begins_to_count() -> None:
    """A step is a value that several runs share."""
    step = Limit(2)
    job = ETLJob("j", "J", RecordsSource(RECORDS), step, "memory:")

    results = [job.execute().raise_if_failed() for _ in range(2)]

    assert [result.rows_loaded for result in results] == [2, 2]
    assert [step.apply(RECORDS), step.apply(RECORDS)] == [RECORDS[:2]] * 2


def test_it_counts_over_batches() -> None:
    """Also those that are run step by step to measure the time."""
    source = RecordsSource([{"n": n} for n in range(70_000)])

    result = ETLJob("j", "J", source, Limit(69_990), "memory:").execute().raise_if_failed()

    assert (result.rows_extracted, result.rows_loaded) == (70_000, 69_990)


class Endless(DataSource):
    """A source that can be read for ever, and tells how far it was and whether it was closed."""

    def __init__(self) -> None:
        self.read = 0
        self.is_closed = False

    def records(self) -> Iterator[dict[str, int]]:
        """One number after the other."""
        try:
            for n in count():
                self.read += 1
                yield {"n": n}
        finally:
            self.is_closed = True


def test_a_source_is_read_no_further_than_the_batch_that_has_enough() -> None:
    """It is closed, and what was read of it is accounted for."""
    source = Endless()
    job = ETLJob("j", "J", source, Derive(m=F.n * 2) | Limit(10), "memory:")

    result = job.execute().raise_if_failed()

    assert result.rows_loaded == 10
    assert source.is_closed
    assert result.rows_extracted == source.read < 5000
    assert [one.filtered for one in result.tally.steps] == [0, source.read - 10]


def test_a_flow_of_records_ends_as_well() -> None:
    """Also where nothing is loaded."""
    flow = Endless() | Limit(3)

    assert list(flow.records()) == [{"n": 0}, {"n": 1}, {"n": 2}]


def test_what_comes_behind_it_does_not_need_the_rest() -> None:
    """Whether it looks at all records or sends them elsewhere."""
    destination, copies = MemoryDestination(), MemoryDestination()
    chain = Limit(3) | Tap("copies") | Sort("n", descending=True)
    loaders = {"copies": DataLoader(copies)}

    ETLJob("j", "J", Endless(), chain, destination, loaders=loaders).execute().raise_if_failed()

    assert destination.records == [{"n": 2}, {"n": 1}, {"n": 0}]
    assert copies.records == [{"n": 0}, {"n": 1}, {"n": 2}]


@pytest.mark.parametrize(
    ("chain", "more"),
    [
        (Tap("copies") | Limit(2), {}),
        (Split(F.n < 0, matched="copies") | Limit(2), {}),
        (Sort("n") | Limit(2), {}),
        (Aggregate("n") | Limit(2), {}),
        (Union([{"n": -1}]) | Limit(2), {}),
        (Limit(2), {"input_validator": DataValidator({"n": {"type": int}})}),
    ],
    ids=["tap", "split", "sort", "aggregate", "union", "validator"],
)
def test_a_source_is_read_to_its_end_where_all_of_it_is_seen_before(
    chain: Any, more: dict[str, Any]
) -> None:
    """By an output, by a step over several records, or by a validator."""
    source = RecordsSource([{"n": n} for n in range(10_000)])
    loaders = {"copies": DataLoader("memory:")} if chain.parts()[0].outputs else None

    job = ETLJob("j", "J", source, chain, "memory:", loaders=loaders, **more)
    result = job.execute().raise_if_failed()

    assert result.rows_extracted == 10_000
    assert len(job.loader.destination.records) == 2  # type: ignore[attr-defined]  # of a memory


def test_a_source_of_what_is_new_is_read_to_its_end(tmp_path: Path) -> None:
    """What is left of it would never be read: a file counts as read."""
    lines = b"".join(b'{"n": %d}\n' % n for n in range(100_000))
    (tmp_path / "a.jsonl").write_bytes(lines)
    whole, new = (
        FileSource(tmp_path / "a.jsonl", incremental=incremental) for incremental in (False, True)
    )

    results = [
        ETLJob("j", "J", source, Limit(2), DataLoader("memory:", mode)).execute().raise_if_failed()
        for source, mode in [(whole, "replace"), (new, "append")]
    ]

    assert [result.rows_loaded for result in results] == [2, 2]
    assert results[0].rows_extracted < 50_000
    assert results[1].rows_extracted == 100_000


def test_the_run_knows_of_a_file_that_it_has_not_read_to_its_end(tmp_path: Path) -> None:
    """But of none that it did not open."""
    for name in ("a", "b"):
        (tmp_path / f"{name}.jsonl").write_bytes(b'{"n": 1}\n' * 100_000)
    job = ETLJob("j", "J", FileSource(tmp_path), Limit(2), "memory:")

    job.execute().raise_if_failed()

    (record,) = job.loader.destination.commits()  # type: ignore[attr-defined]  # of a memory
    assert [one.uri for one in record.position.inputs] == [str(tmp_path / "a.jsonl")]


@pytest.mark.parametrize("n", [-1, True, 1.5, "2", None], ids=repr)
def test_another_number_is_refused_when_the_step_is_made(n: Any) -> None:
    """The message says where it was written."""
    with pytest.raises(ConfigurationError) as caught:
        Limit(n)

    assert str(caught.value).startswith(f"Limit: n is a number of records, got {n!r} (")
    assert "(test_limit.py:" in str(caught.value)
