"""Window: values from the records around a record."""

from __future__ import annotations

import math

from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from hypothesis import given, settings
from hypothesis import strategies as st

from etlkit import ETLJob, F, FileSource, Quarantine, RecordsSource
from etlkit.destinations import MemoryDestination
from etlkit.errors import ConfigurationError
from etlkit.records import Unfit
from etlkit.transformations import (
    Aggregation,
    Collect,
    Count,
    CountDistinct,
    DenseRank,
    First,
    FlatMap,
    Lag,
    Last,
    Lead,
    Max,
    Mean,
    Median,
    Min,
    Rank,
    RowNumber,
    Sum,
    Window,
    WindowFunction,
)


SALES = [
    {"shop": "A", "day": 2, "v": 5},
    {"shop": "B", "day": 1, "v": 7},
    {"shop": "A", "day": 1, "v": None},
    {"shop": "A", "day": 2, "v": 1},
]


def run(step: Any, records: list[Any], **options: Any) -> tuple[list[Any], Any]:
    """What the compiled form makes in a job, and the job's result."""
    destination = MemoryDestination()
    source = RecordsSource(records)
    result = ETLJob("j", "J", source, step, destination, **options).execute()
    return destination.records, result


def column(output: Any, records: list[Any] = SALES, **arguments: Any) -> list[Any]:
    """What each record gets, by both forms, in memory and on disk."""
    made = [
        form
        for budget in (10**6, 1)
        for step in [Window("shop", memory_bytes=budget, made=output, **arguments)]
        for form in (step.apply(records), run(step, records)[0])
    ]
    assert made == [made[0]] * 4
    assert [{**one, "made": None} for one in made[0]] == [{**one, "made": None} for one in records]
    return [one["made"] for one in made[0]]


@pytest.mark.parametrize(
    ("output", "values"),
    [
        (RowNumber(), [2, 1, 1, 3]),
        (Rank(), [2, 1, 1, 2]),
        (DenseRank(), [2, 1, 1, 2]),
        (Lag("v"), [None, None, None, 5]),
        (Lag(F.v + 1, 2, default=0), [0, 0, 0, None]),
        (Lead("v"), [1, None, 5, None]),
        (Lead("v", 2, default=-1), [-1, -1, 1, -1]),
        (Sum("v"), [5, 7, None, 6]),
        (Count(), [2, 1, 1, 3]),
        (Count("v"), [1, 1, 0, 2]),
        (Mean("v"), [5.0, 7.0, None, 3.0]),
        (Min("v"), [5, 7, None, 1]),
        (Max("v"), [5, 7, None, 5]),
        (First("v"), [None, 7, None, None]),
        (Last("v"), [1, 7, 1, 1]),
    ],
    ids=lambda given: repr(given) if isinstance(given, Aggregation | WindowFunction) else "",
)
def test_each_function_goes_through_a_partition_in_order(output: Any, values: list[Any]) -> None:
    """The records stay where they were; of equal ones the first comes first."""
    assert column(output, order_by="day") == values


@pytest.mark.parametrize(
    ("output", "values"),
    [
        (Sum("v"), [6, 7, 6, 6]),
        (Count(), [3, 1, 3, 3]),
        (Count("v"), [2, 1, 2, 2]),
        (Median("v"), [3.0, 7, 3.0, 3.0]),
        (CountDistinct("day"), [2, 1, 2, 2]),
        (Collect("v"), [[5, None, 1], [7], [5, None, 1], [5, None, 1]]),
        (First("v"), [5, 7, 5, 5]),
        (Last("v"), [1, 7, 1, 1]),
        (RowNumber(), [1, 1, 2, 3]),
        (Lag("v"), [None, None, 5, None]),
        (Lead("v"), [None, None, 1, None]),
    ],
    ids=lambda given: repr(given) if isinstance(given, Aggregation | WindowFunction) else "",
)
def test_without_an_order_a_partition_is_taken_as_a_whole(output: Any, values: list[Any]) -> None:
    """And functions that need an order take that in which records come."""
    assert column(output) == values


def test_ranks_leave_out_numbers_or_not() -> None:
    """As RANK and DENSE_RANK in SQL."""
    records = [{"shop": 1, "day": day} for day in (10, 20, 20, 30, None, None)]

    assert column(Rank(), records, order_by="day") == [1, 2, 2, 4, 5, 5]
    assert column(DenseRank(), records, order_by="day") == [1, 2, 2, 3, 4, 4]


def test_the_order_may_go_down_and_none_may_come_first() -> None:
    """For several keys each in its own direction."""
    records = [{"shop": 1, "day": day, "n": n} for day, n in [(1, 1), (None, 2), (1, 3), (2, 4)]]

    made = [
        column(RowNumber(), records, order_by="day", descending=True, nulls="first"),
        column(RowNumber(), records, order_by=["day", F.n * 1], descending=[False, True]),
    ]

    assert made == [[3, 1, 4, 2], [2, 4, 1, 3]]


def test_all_records_may_be_in_one_partition() -> None:
    """Where nothing is said."""
    made = Window(order_by="day", n=RowNumber(), all=Last("v")).apply(SALES)

    assert [(one["n"], one["all"]) for one in made] == [(3, 1), (1, 1), (2, 1), (4, 1)]


def test_new_fields_come_last_in_the_order_in_which_they_were_written() -> None:
    """One that is there already is replaced where it stands."""
    step = Window("shop", order_by="day", next=Lead("v"), v=Lag("v"), n=RowNumber(), all=Last("v"))

    made = [step.apply(SALES), run(step, SALES)[0]]

    assert [list(one) for one in made[0] + made[1]] == [
        ["shop", "day", "v", "next", "n", "all"]
    ] * 8
    assert [one["v"] for one in made[0]] == [None, None, None, 5]


def test_partitions_are_told_apart_as_groups_are() -> None:
    """None and NaN are partitions, and 1, 1.0 and True are three."""
    keys = [None, math.nan, 1, 1.0, True, math.nan, 1, None, -0.0, 0.0]
    records = [{"shop": key, "day": n} for n, key in enumerate(keys)]

    made = [
        [one["n"] for one in Window("shop", memory_bytes=budget, n=Count()).apply(records)]
        for budget in (1, 10**6)
    ]

    assert made == [[2, 2, 2, 1, 1, 2, 2, 2, 2, 2]] * 2


def test_partitions_of_equal_hashes_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are gone through side by side."""
    monkeypatch.setattr("etlkit.transformations.partitions.hash", lambda _: 7, raising=False)

    step = Window("shop", order_by="day", n=RowNumber(), next=Lead("v"), all=Last("day"))
    made = step.apply(SALES)

    assert [(one["n"], one["next"], one["all"]) for one in made] == [
        (2, 1, 2),
        (1, None, 1),
        (1, 5, 2),
        (3, None, 2),
    ]


def test_partitions_may_be_worked_out() -> None:
    """By expressions and by functions, which are called once a record."""
    by = {"first": F.shop == "A", "odd": lambda record: record.pop("day") % 2}
    step = Window(by, n=Count())

    made = [step.apply(SALES), run(step, SALES)[0]]

    assert made == [[{"shop": one["shop"], "v": one["v"], "n": n} for one, n in EXPECTED]] * 2
    assert str(step.opaque).startswith("test_window.py:")


EXPECTED = list(zip(SALES, [2, 1, 1, 2], strict=True))


def plain(records: list[Any], down: bool, first: bool) -> list[Any]:
    """What a loop over sorted lists makes."""
    made: list[Any] = [{**record} for record in records]
    partitions: dict[str, list[Any]] = {}
    for record in made:
        partitions.setdefault(repr(record["k"]), []).append(record)
    for together in partitions.values():
        some = [one for one in together if one["o"] is not None]
        none = [one for one in together if one["o"] is None]
        some = sorted(some, key=lambda one: one["o"], reverse=down)
        part = none + some if first else some + none
        orders = [one["o"] for one in part]
        for n, one in enumerate(part):
            values = [each["v"] for each in part[: n + 1]]
            one["number"] = n + 1
            one["rank"] = orders.index(one["o"]) + 1
            one["dense"] = len(set(orders[: n + 1]))
            one["lag"] = part[n - 2]["v"] if n >= 2 else "none"
            one["lead"] = part[n + 1]["v"] if n + 1 < len(part) else None
            one["sum"] = sum(values)
            one["max"] = max(values)
            one["last"] = part[-1]["v"]
    return made


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["a", "b", 1, 1.0, None]),
            st.none() | st.integers(0, 3),
            st.integers(-9, 9),
        ),
        max_size=20,
    ),
    st.booleans(),
    st.booleans(),
    st.sampled_from([1, 2000, 10**9]),
)
def test_it_does_what_a_plain_loop_does(
    rows: list[Any], down: bool, first: bool, memory_bytes: int
) -> None:
    """Whether or not the records were on disk."""
    records = [{"k": k, "o": o, "v": v} for k, o, v in rows]
    step = Window(
        "k",
        order_by="o",
        descending=down,
        nulls="first" if first else "last",
        memory_bytes=memory_bytes,
        number=RowNumber(),
        rank=Rank(),
        dense=DenseRank(),
        lag=Lag("v", 2, default="none"),
        lead=Lead("v"),
        sum=Sum("v"),
        max=Max("v"),
        last=Last("v"),
    )

    made, _ = run(step, records)

    assert repr(made) == repr(plain(records, down, first))


def test_records_share_nothing() -> None:
    """A later step may change a list in one of them in place."""
    records = [{"k": 1, "v": [n]} for n in range(3)]
    step = Window("k", lag=Lag("v"), lead=Lead("v"), first=First("v"), all=Collect("v"))

    made = step.apply(records)

    lists = [id(value) for one in made for value in one.values() if isinstance(value, list)]
    assert len(set(lists)) == len(lists)


def test_a_record_that_comes_twice_gets_values_of_its_own() -> None:
    """As a function may give one and the same dict again."""
    made, _ = run(FlatMap(lambda record: [record, record]) | Window(n=RowNumber()), [{"v": 1}])

    assert made == [{"v": 1, "n": 1}, {"v": 1, "n": 2}]


def test_nothing_is_filtered_or_produced() -> None:
    """Each record stays one record, and the caller's stay as they are."""
    step = Window("shop", order_by="day", n=RowNumber())
    before = [{**one} for one in SALES]

    _, result = run(step, SALES)

    assert [(one.filtered, one.produced, one.merged) for one in result.tally.steps] == [
        (0, 0, 0)
    ] * 2
    assert before == SALES
    assert Window(n=Count()).apply([]) == []


def test_each_run_begins_anew() -> None:
    """With its numbers, and with what it knows of the order."""
    step = Window(order_by="day", n=RowNumber())

    made = [step.apply([{"day": 1}]), step.apply([{"day": "a"}])]

    assert made == [[{"day": 1, "n": 1}], [{"day": "a", "n": 1}]]


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        (b'{"k": 1, "o": "x", "v": 1}', "type", "$.o 'x' is a text, where the first record has a"),
        (b'{"k": 1, "o": 1, "v": "x"}', "type", "$.v Sum(F.v) takes numbers, got 'x'"),
        (b'{"k": 1, "o": 1}', "missing_field", "$ the record has no field 'v'"),
        (b'{"k": [1], "o": 1, "v": 1}', "type", "$.k [1] is a list, which cannot be a key"),
    ],
    ids=["order", "value", "missing", "key"],
)
def test_a_record_that_cannot_be_used_fails_by_itself(
    tmp_path: Path, line: bytes, code: str, words: str
) -> None:
    """With its bytes; the others go on."""
    path = tmp_path / "in.jsonl"
    path.write_bytes(b'{"k": 1, "o": 2, "v": 1}\n' + line + b'\n{"k": 1, "o": 1, "v": 2}\n')
    destination = MemoryDestination()
    step = Window("k", order_by="o", total=Sum("v"))
    job = ETLJob("j", "J", FileSource(path), step, destination, on_error=Quarantine())

    result = job.execute()

    assert [one["total"] for one in destination.records] == [3, 2]
    (rejection,) = result.rejections
    assert (rejection.record_no, rejection.code, rejection.raw) == (2, code, line)
    assert rejection.message.startswith(words)


@pytest.mark.parametrize("order_by", ["v", None], ids=["running", "whole"])
def test_a_sum_that_there_is_not_is_no_fault_of_a_record(order_by: Any) -> None:
    """The run fails, with the step and the output."""
    records = [{"v": 1.0}, {"v": Decimal(1)}]

    with pytest.raises(TypeError) as caught:
        Window(order_by=order_by, total=Sum("v"), name="totals").apply(records)

    assert caught.value.__notes__ == ["in step totals, output 'total'"]


def rows_of(step: Any, count: int) -> tuple[Any, list[Any]]:
    """The part that goes through rows, and some rows."""
    rows, windows = step.parts()
    rows = rows.fresh()
    return windows, [row for n in range(count) for row in rows.each({"k": n % 7, "v": n})]


def test_more_runs_than_are_merged_at_once_take_several_passes() -> None:
    """Also where partitions are gone through twice."""
    step = Window("k", order_by="v", descending=True, memory_bytes=1, last=Last("v"), n=Count())
    windows, rows = rows_of(step, 1009)

    made = [record for out in windows.run(iter([[row] for row in rows])) for record in out]

    assert [(one["v"], one["last"]) for one in made] == [(n, n % 7) for n in range(1009)]
    assert [one["n"] for one in made[:8]] == [145, 144, 144, 144, 144, 144, 144, 144]


def test_nothing_is_left_of_an_abandoned_window(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, open_files: Callable[[], int]
) -> None:
    """Closing the iterator closes the file that is open, which had no name to begin with."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    windows, rows = rows_of(Window("k", order_by="v", memory_bytes=1, n=Lead("v")), 100)
    before = open_files()

    iterator = windows.run(iter([[row] for row in rows]))
    next(iterator)
    during = (open_files(), list(tmp_path.iterdir()))
    iterator.close()

    assert during == (before + 1, [])
    assert open_files() == before


def test_nothing_is_left_of_a_window_that_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, open_files: Callable[[], int]
) -> None:
    """When what comes before it raises, after something was on disk."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    windows, rows = rows_of(Window("k", memory_bytes=1, n=Count()), 3)
    before = open_files()

    def failing() -> Iterator[list[Any]]:
        yield rows
        raise RuntimeError

    with pytest.raises(RuntimeError):
        list(windows.run(failing()))

    assert (open_files(), list(tmp_path.iterdir())) == (before, [])


def test_values_come_back_from_disk_as_they_were() -> None:
    """Those of a class that is not known to us as the same objects."""
    thing = object()
    records = [
        {"k": n % 2, "v": value} for n, value in enumerate([thing, Decimal("1.10"), (1, [2])])
    ]

    made = Window("k", memory_bytes=1, n=Count(), before=Lag("v")).apply(records)

    assert [one["v"] is thing for one in made] == [True, False, False]
    assert repr([one["v"] for one in made[1:]]) == "[Decimal('1.10'), (1, [2])]"
    assert made[2]["before"] is thing


def test_the_step_says_what_it_is() -> None:
    """Label, memory and repr."""
    step = Window(["a", "b"], order_by=F.c.str.lower(), descending=True, n=RowNumber(), l=Lag("d"))

    assert step.label == "Window(by a, b, order by F.c.str.lower())"
    assert [part.memory for part in step.parts()] == ["streaming", "spilling"]
    assert repr(step) == (
        "Window(by=['a', 'b'], order_by=[F.c.str.lower()], descending=True, "
        "outputs={'n': RowNumber(), 'l': Lag(of=F.d, n=1, default=None)})"
    )
    assert (step.opaque, Window(n=Count(), name="w").label) == (None, "w")
    assert Window("a", n=Count()).label == "Window(by a)"


@pytest.mark.parametrize(
    ("output", "memory"),
    [(Count(), "spilling"), (Median("v"), "materialising"), (Lead("v"), "spilling")],
    ids=["count", "median", "lead"],
)
def test_memory_is_what_is_kept_of_a_partition(output: Any, memory: str) -> None:
    """Nothing but a number or two, unless an aggregation keeps all values."""
    assert Window("k", made=output).memory == memory


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "Window has nothing to do; write for example Window('shop', n=Count())"),
        (
            {"n": RowNumber},
            (
                "Window: 'n' needs a function such as RowNumber(), or an aggregation such as "
                "Sum('amount'), got <class 'etlkit.transformations.positions.RowNumber'>; write "
                "RowNumber(...)"
            ),
        ),
        (
            {"orderby": "day", "n": RowNumber()},
            (
                "Window: 'orderby' needs a function such as RowNumber(), or an aggregation such "
                "as Sum('amount'), got 'day'; did you mean 'order_by'?"
            ),
        ),
        (
            {"order_by": "day", "n": Median("v")},
            (
                "Window: 'n' would be worked out anew for each record, since Median(of=F.v) "
                "keeps all values; without order_by it is that of the whole partition"
            ),
        ),
        (
            {"n": Rank()},
            "Window: 'n' ranks records by an order, which order_by= has to say",
        ),
        (
            {"descending": True, "n": Count()},
            "Window: descending and nulls are about an order, which order_by= has to say",
        ),
        (
            {"order_by": "day", "descending": "yes", "n": Count()},
            "Window: descending is True, False, or a list of 1 of them, got 'yes'",
        ),
        (
            {"order_by": "day", "nulls": "lst", "n": Count()},
            "Window: nulls is 'last' or 'first', got 'lst'; did you mean 'last'?",
        ),
        ({"memory_bytes": 0, "n": Count()}, "Window: memory_bytes is a number of bytes, got 0"),
    ],
    ids=[
        "nothing",
        "a class",
        "near",
        "median",
        "no order",
        "no order for a direction",
        "descending",
        "nulls",
        "memory",
    ],
)
def test_wrong_arguments_are_told_at_once(arguments: dict[str, Any], words: str) -> None:
    """With the line of the user's program."""
    with pytest.raises(ConfigurationError) as caught:
        Window("shop", **arguments)

    assert str(caught.value).startswith(f"{words} (test_window.py:")


@pytest.mark.parametrize("function", [Lag, Lead], ids=["lag", "lead"])
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((5,), "Lag and Lead take a field or an expression, got 5"),
        (("v", 0), "Lag and Lead: n is a number of records, from 1 on, got 0"),
        (("v", True), "Lag and Lead: n is a number of records, from 1 on, got True"),
    ],
    ids=["of", "zero", "true"],
)
def test_wrong_arguments_of_functions_are_told_at_once(
    function: Any, arguments: Any, words: str
) -> None:
    """With the line, too."""
    with pytest.raises(ConfigurationError) as caught:
        function(*arguments)

    assert str(caught.value).startswith(f"{words} (test_window.py:")


def test_the_first_bad_order_is_told() -> None:
    """With the field and the way to mend it."""
    with pytest.raises(Unfit) as caught:
        Window(order_by="k", n=Count()).apply([{"k": 1}, {"k": math.nan}])

    assert str(caught.value) == (
        "$.k nan has no order; sort by F.k.cast(...) to make them of one kind"
    )


@pytest.mark.parametrize("kind", [Lag, Lead])
def test_what_the_caller_does_with_a_default_later_changes_no_step(kind: Any) -> None:
    """Steps are values, and so are their parts."""
    default: list[int] = [1]
    step = Window(order_by="n", near=kind("n", default=default))

    default.append(2)

    assert step.apply([{"n": 1}]) == [{"n": 1, "near": [1]}]
