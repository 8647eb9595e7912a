"""Verbs that go to disk do it with few open files, however much they write."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from etlkit import DataSource, ETLJob, F
from etlkit.destinations import MemoryDestination
from etlkit.records import Batch, Origin, Record, own
from etlkit.transformations import (
    Aggregate,
    Collect,
    Deduplicate,
    Join,
    Lag,
    Last,
    Pivot,
    Sort,
    Sum,
    Window,
)


resource = pytest.importorskip("resource")


class OneByOne(DataSource):
    """Records in batches of one."""

    def records(self) -> Iterator[Record]:
        """The records."""
        return iter(RECORDS)

    def batches(self) -> Iterator[Batch]:
        """A batch for each."""
        origin = Origin("here")
        return (Batch([record], origin, number, own) for number, record in enumerate(RECORDS, 1))


RECORDS = [{"k": n * 7919 % 3001, "n": n} for n in range(6000)]


@pytest.fixture
def sixty_four_files() -> Iterator[None]:
    """As after ``ulimit -n 64``; more only where this process had more before."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    highest = max(int(path.name) for path in Path("/proc/self/fd").iterdir())
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(64, highest + 8), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize(
    ("verb", "arguments"),
    [
        (Sort, {"by": "k"}),
        (Aggregate, {"by": "k", "every": Collect("n")}),
        (Deduplicate, {"by": "k"}),
        (Deduplicate, {"by": "k", "keep": "last"}),
        (Pivot, {"on": F.k.cast(str).str.slice(0, 1), "index": "k", "values": Sum("n")}),
        (Window, {"by": {"k": F.k % 100}, "order_by": "n", "before": Lag("k"), "last": Last("n")}),
        (Join, {"other": [{"k": k, "v": k} for k in range(2000)], "on": "k", "how": "outer"}),
    ],
    ids=["Sort", "Aggregate", "Deduplicate", "Deduplicate last", "Pivot", "Window", "Join"],
)
@pytest.mark.usefixtures("sixty_four_files")
def test_sixty_four_files_are_enough(verb: Any, arguments: dict[str, Any]) -> None:
    """A batch for each record makes thousands of runs, which are merged in passes."""
    destination = MemoryDestination()
    step = verb(**arguments, memory_bytes=1)

    ETLJob("j", "J", OneByOne(), step, destination).execute().raise_if_failed()

    assert destination.records == verb(**arguments).apply(RECORDS)


@pytest.mark.parametrize(
    ("verb", "arguments", "opens"),
    [
        (Sort, {"by": "k"}, True),
        (Aggregate, {"by": "k"}, True),
        (Deduplicate, {"by": "k"}, False),  # a small database is in memory
        (Deduplicate, {"by": "k", "keep": "last"}, True),
    ],
    ids=["Sort", "Aggregate", "Deduplicate", "Deduplicate last"],
)
def test_an_abandoned_flow_leaves_nothing_open(
    verb: Any, arguments: dict[str, Any], opens: bool
) -> None:
    """Who takes a few records and closes the iterator has as many open files as before."""
    before = len(list(Path("/proc/self/fd").iterdir()))
    records = (OneByOne() | verb(**arguments, memory_bytes=1)).records()

    first = list(islice(records, 3))
    during = len(list(Path("/proc/self/fd").iterdir()))
    records.close()

    assert len(first) == 3
    assert (during > before) == opens
    assert len(list(Path("/proc/self/fd").iterdir())) == before
