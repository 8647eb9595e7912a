"""Each core verb beside its twin in petl, on records in memory.

Both get the same list of dicts and give lists of dicts. etlkit does it as a job from memory to
memory, which copies the records that it is given, accounts for each of them and can reject them;
petl by `fromdicts(...)`, the twin and `dicts()`. What both need to get there is counted, also the
reading of the other side of a join; making the records is not. The first line of the table has what
carrying the records in and out costs both without any verb.

The two take turns in one process for each verb, and the fastest of the rounds counts for each. It
is processor time, since neither has more than one thread.
"""

from __future__ import annotations

import gc
import json
import sys
import time

from collections.abc import Callable
from statistics import median
from typing import TYPE_CHECKING, Any

from attrs import frozen

from bench.figures import Figure
from bench.processes import run_module


if TYPE_CHECKING:
    from bench.twins import Pair, Record

MOST_RECORDS = 200_000
LEAST_MEDIAN = 3.0
LEAST_EACH = 1.0
NOTHING = "nothing"


@frozen
class Cost:
    """Microseconds that a record takes: here, in petl, and what petl's twin is called."""

    verb: str
    twin: str
    ours: float
    theirs: float

    @property
    def times(self) -> float:
        return self.theirs / self.ours


def measure(records: int, rounds: int) -> list[Figure]:
    """How many times as fast as its twin each verb is; the median of them, and the slowest.

    Raises:
        ChildFailed: A verb failed, or its result is not that of its twin.
    """
    number = min(records, MOST_RECORDS)
    names = run_module("bench.verbs").answer
    costs = [Cost(**run_module("bench.verbs", name, number, rounds).answer) for name in names]
    verbs = [cost for cost in costs if cost.verb != NOTHING]
    worst = min(verbs, key=lambda cost: cost.times)
    unit = "times as fast"
    remark = f"{number:,} records, the best of {rounds} rounds"
    return [
        Figure(
            "the verb in the middle",
            median(cost.times for cost in verbs),
            unit,
            least=LEAST_MEDIAN,
            remark=remark,
        ),
        Figure("the slowest verb", worst.times, unit, least=LEAST_EACH, remark=worst.verb),
        *[_figure(cost, unit) for cost in costs],
    ]


def _figure(cost: Cost, unit: str) -> Figure:
    remark = f"{cost.ours:.2f} µs a record; {cost.twin} {cost.theirs:.2f} µs"
    least = None if cost.verb == NOTHING else LEAST_EACH
    return Figure(cost.verb, cost.times, unit, least=least, remark=remark)


def main() -> None:
    from bench.twins import PAIRS, orders

    if len(sys.argv) == 1:
        print(json.dumps([NOTHING, *[pair.verb for pair in PAIRS]]))
        return
    name, number, rounds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    found = _nothing() if name == NOTHING else next(pair for pair in PAIRS if pair.verb == name)
    records = orders(number, nested=found.nested)
    _compare(found, records)
    ours, theirs = [], []
    for _ in range(rounds):
        ours.append(_seconds(lambda: by_etlkit(found, records)))
        theirs.append(_seconds(lambda: by_petl(found, records)))
    cost = {"ours": min(ours) / number * 1e6, "theirs": min(theirs) / number * 1e6}
    print(json.dumps({"verb": found.verb, "twin": found.twin, **cost}))


def by_etlkit(pair: Pair, records: list[Record]) -> list[list[Record]]:
    """What the verb sends to each output, the main one first."""
    from etlkit import DataLoader, ETLJob, RecordsSource
    from etlkit.destinations import MemoryDestination
    from etlkit.transformations import RecordStep

    step = pair.step()
    parts = [part for part in step.parts() if isinstance(part, RecordStep)]
    names = [name for part in parts for name in part.outputs]
    memory, others = (
        MemoryDestination(),
        {name: MemoryDestination(f"memory:{name}") for name in names},
    )
    job = ETLJob(
        "verb",
        "Verb",
        RecordsSource(records),
        step,
        DataLoader(memory),
        loaders={name: DataLoader(other) for name, other in others.items()},
    )
    job.execute().raise_if_failed()
    return [memory.records, *[other.records for other in others.values()]]


def by_petl(pair: Pair, records: list[Record]) -> list[list[Record]]:
    """What the tables of the twin have."""
    import petl

    made = pair.table(petl.fromdicts(records, header=pair.fields))
    tables = made if isinstance(made, list) else [made]
    return [list(table.dicts()) for table in tables]


def _nothing() -> Pair:
    from bench.twins import Pair
    from etlkit.transformations import Chain

    return Pair(NOTHING, "fromdicts and dicts()", Chain, lambda table: table)


def _compare(pair: Pair, records: list[Record]) -> None:
    ours, theirs = by_etlkit(pair, records), by_petl(pair, records)
    if pair.alike:
        assert ours == theirs, f"{pair.verb} differs from {pair.twin}"
    assert sum(map(len, ours)) == sum(map(len, theirs)), f"{pair.verb}: another number"


def _seconds(work: Callable[[], Any]) -> float:
    gc.collect()
    start = time.process_time()
    work()
    return time.process_time() - start


if __name__ == "__main__":
    main()
