"""The compiled form of a stage."""

from __future__ import annotations

import traceback

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from etlkit import DataValidator
from etlkit.engine.flow import Kernels
from etlkit.engine.kernel import MOST_LOOPS, Kernel
from etlkit.engine.plan import Check, Stage, make_plan
from etlkit.formats.json.lines import JsonLinesEncoder
from etlkit.formats.objects import HAND_OVER
from etlkit.records import Batch, Origin, own
from etlkit.transformations import Filter, FlatMap, Map


if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from etlkit.records import Record
    from etlkit.transformations import RecordStep


def plus_one(record: Record) -> Record:
    """Change a record."""
    return {"n": record["n"] + 1}


def is_even(record: Record) -> bool:
    """Keep some."""
    return record["n"] % 2 == 0


def twice(record: Record) -> list[Record]:
    """Make two of one."""
    return [record, dict(record)]


def failing_on(n: int) -> Callable[[Record], Record]:
    """A function that leaves all records alone but one, for which it raises."""

    def fail(record: Record) -> Record:
        if record["n"] == n:
            raise ValueError(n)
        return record

    return fail


def kernel(*steps: RecordStep) -> Kernel:
    """The kernel of a chain that ends in memory."""
    return Kernel(Stage(steps, 0, HAND_OVER))


def rejections(worker: Kernel, items: Sequence[Any]) -> list[tuple[int, Exception, int]]:
    """Where, why and at which position records failed."""
    found: list[tuple[int, Exception, int]] = []
    worker.run(
        Batch(items, Origin("records"), 1, own),
        lambda where, error, batch, position, record: found.append((where, error, position)),
    )
    return found


def test_a_chain_of_functions_is_one_loop() -> None:
    """The text that is compiled, as a debugger shows it."""
    made = kernel(Map(plus_one), Filter(is_even))

    assert made.source == (
        "def kernel(batch, fail, keys):\n"
        "    decode = batch.decode\n"
        "    record = None\n"
        "    blank = 0\n"
        "    out = []\n"
        "    keep = out.append\n"
        "    numbers = []\n"
        "    gap = numbers.append\n"
        "    dropped_0 = 0\n"
        "    dropped_1 = 0\n"
        "    produced_0 = 0\n"
        "    produced_1 = 0\n"
        "    for item in batch.items:\n"
        "        try:\n"
        "            record = decode(item)\n"
        "            if record.__class__ is not dict:\n"
        "                record = _0_as_object(record)\n"
        "            record = _1_map(record)\n"
        "            if record.__class__ is not dict:\n"
        "                record = _2_as_record(record)\n"
        "            _4_size = len(record)\n"
        "            _3_holds = _5_function(record)\n"
        "            if len(record) != _4_size: _6_refuse()\n"
        "            if not _3_holds:\n"
        "                dropped_1 += 1\n"
        "                gap(len(out))\n"
        "                continue\n"
        "            keep(record)\n"
        "        except Exception as error:\n"
        "            if batch.is_blank is not None and batch.is_blank(item):\n"
        "                blank += 1\n"
        "                gap(len(out))\n"
        "                continue\n"
        "            fail(error, len(out) + len(numbers), record, {})\n"
        "            gap(len(out))\n"
        "    return out, numbers, (dropped_0, dropped_1, ), (produced_0, produced_1, ), blank\n"
    )


def test_kernels_of_equal_shape_share_their_code() -> None:
    """Other functions, other constants, the same code object."""
    first = kernel(Map(plus_one), Check("a", DataValidator({"n": {"min": 1000}})))

    second = kernel(Map(dict), Check("b", DataValidator({"m": {"min": 2000}})))

    assert first._function.__code__ is second._function.__code__


def test_the_step_that_failed_is_told_by_its_line() -> None:
    """Each step of a long chain fails under its own number, however it fans out."""
    steps = [
        Map(failing_on(0)),
        Filter(failing_on(1)),
        FlatMap(lambda record: [failing_on(2)(record)]),
        Check("check", DataValidator({"n": {"max": 9}})),
        FlatMap(lambda record: (failing_on(3)(one) for one in twice(record))),
        Map(failing_on(4)),
    ]

    found = rejections(kernel(*steps), [{"n": n} for n in (1, 0, 10, 5, 2, 3, 4)])

    assert [(where, position) for where, _, position in found] == [
        (1, 0),
        (0, 1),
        (3, 2),
        (2, 4),
        (4, 5),
        (5, 6),
    ]


def test_a_traceback_shows_the_line_of_the_kernel() -> None:
    """Between the run and the function of the user stands the generated call."""
    ((_, error, _),) = rejections(kernel(Map(plus_one)), [{"m": 1}])

    text = "".join(traceback.format_exception(error))
    assert ", in kernel\n    record = _1_map(record)\n" in text
    assert ", in plus_one\n" in text


def test_an_exception_that_is_raised_again_and_again_is_told_apart_by_step() -> None:
    """Its older tracebacks do not mislead."""
    cached = ValueError("cached")

    def raise_cached(record: Record) -> Record:
        if record["at"] == record.setdefault("step", 0):
            raise cached
        return {**record, "step": record["step"] + 1}

    worker = kernel(Map(raise_cached), Map(raise_cached), Map(raise_cached))

    found = rejections(worker, [{"at": at} for at in (2, 0, 1)])

    assert [where for where, _, _ in found] == [2, 0, 1]


@pytest.mark.parametrize(
    ("loops", "compiled"), [(MOST_LOOPS, True), (MOST_LOOPS + 1, False)], ids=["most", "one more"]
)
def test_a_chain_that_fans_out_too_often_is_not_compiled(loops: int, compiled: object) -> None:
    """Python allows twenty nested blocks; what goes beyond is interpreted."""
    steps = [FlatMap(twice)] * loops

    kernels = Kernels.compile(make_plan(steps, JsonLinesEncoder(strict_floats=True)))

    assert [worker is not None for worker in kernels.stages] == [compiled]


@pytest.mark.parametrize("loops", [MOST_LOOPS, MOST_LOOPS + 1], ids=["compiled", "interpreted"])
def test_a_chain_that_fans_out_often_makes_every_record(work: Any, loops: int) -> None:
    """Compiled or interpreted, the records and the counts are the same."""
    steps = [FlatMap(twice)] * loops + [Map(plus_one)]

    worked = work([{"n": 1}, {}], steps)

    assert worked.records == [{"n": 2}] * 2**loops
    assert [step.produced for step in worked.trail.tally.steps] == [
        *(2**n for n in range(loops)),
        0,
    ]
    assert [step.rejected for step in worked.trail.tally.steps] == [0] * loops + [1]


def test_threads_may_share_a_kernel() -> None:
    """All that changes while it runs is its own."""
    worker = kernel(Map(plus_one), Filter(is_even), FlatMap(twice))
    batches = [Batch([{"n": n}] * 200, Origin("records"), 1, own) for n in range(40)]

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(lambda batch: worker.run(batch, lambda *_: None), batches))

    assert [len(outcome.out.items) for outcome in outcomes] == [0, 400] * 20
    assert [outcome.dropped[1] for outcome in outcomes] == [200, 0] * 20


def test_a_chain_of_five_hundred_steps_is_one_kernel() -> None:
    """Its length is limited by nothing but memory."""
    worker = kernel(*[Map(plus_one)] * 500)
    batch = Batch([{"n": 0}], Origin("records"), 1, own)

    outcome = worker.run(batch, lambda *_: None)

    assert outcome.out.items == [{"n": 500}]
