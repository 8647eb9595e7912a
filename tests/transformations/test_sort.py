"""Sort in memory and on disk."""

from __future__ import annotations

import math

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from hypothesis import given, settings
from hypothesis import strategies as st

from etlkit import ETLJob, F, FileSource, Quarantine, RecordsSource
from etlkit.destinations import MemoryDestination
from etlkit.errors import ConfigurationError, TransientError
from etlkit.records import Unfit
from etlkit.transformations import Map, Sort


TINY = 2000


def expected(records: list[Any], *by: str, down: Any = False, first: bool = False) -> list[Any]:
    """What a plain sorted() makes of it, by one key after the other."""
    made = list(records)
    for number, name in reversed(list(enumerate(by))):
        some = [record for record in made if record[name] is not None]
        none = [record for record in made if record[name] is None]
        down_here = down[number] if isinstance(down, list) else down
        some = sorted(some, key=lambda record: record[name], reverse=down_here)
        made = none + some if first else some + none
    return made


KEYS: Any = st.sampled_from(
    [
        st.integers(-3, 3),
        st.integers(-(10**30), 10**30) | st.floats(allow_nan=False) | st.decimals(allow_nan=False),
        st.text(st.characters(), max_size=2) | st.just("\ud800"),
        st.booleans(),
        st.dates(),
        st.datetimes(),
        st.datetimes(timezones=st.just(UTC)),
        st.timedeltas(),
        st.uuids(),
        st.binary(max_size=2),
    ]
).flatmap(lambda kind: st.lists(st.none() | kind, max_size=25))


@settings(deadline=None)
@given(KEYS, st.booleans(), st.booleans(), st.sampled_from([1, 300, TINY, 10**9]))
def test_records_are_sorted_as_by_sorted(
    keys: list[Any], down: bool, first: bool, memory_bytes: int
) -> None:
    """Stable, with None where it belongs, whether or not they were on disk."""
    records = [{"k": key, "n": n} for n, key in enumerate(keys)]
    nulls: Any = "first" if first else "last"
    step = Sort("k", descending=down, nulls=nulls, memory_bytes=memory_bytes)

    made = through(step, records, 3)

    assert repr(made) == repr(expected(records, "k", down=down, first=first))


def through(step: Any, records: list[Any], batch: int) -> list[Any]:
    """What the two parts of the step make of batches of records."""
    keys, sorting = step.parts()
    keys = keys.fresh()
    rows = [row for record in records for row in keys.each(record)]
    batches = (rows[start : start + batch] for start in range(0, len(rows), batch))
    return [record for made in sorting.run(batches) for record in made]


def test_no_records_are_sorted_as_well() -> None:
    """Also where all were left out before."""
    assert Sort("k").apply([]) == []


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from([1, 2, None]), st.sampled_from(["a", "b", None]))),
    st.lists(st.booleans(), min_size=2, max_size=2),
    st.sampled_from([1, 10**9]),
)
def test_several_keys_decide_one_after_the_other(
    pairs: list[Any], down: list[bool], memory_bytes: int
) -> None:
    """Each in its own direction."""
    records = [{"a": a, "b": b, "n": n} for n, (a, b) in enumerate(pairs)]
    step = Sort(["a", F.b], descending=down, memory_bytes=memory_bytes)

    made = through(step, records, 2)

    assert made == expected(records, "a", "b", down=down)


def test_more_runs_than_are_merged_at_once_take_several_passes() -> None:
    """A thousand runs of one record become thirty-two, and these one."""
    records = [{"k": (n * 7919) % 1009 % 10, "n": n} for n in range(1009)]

    made = through(Sort("k", memory_bytes=1), records, 1)

    assert made == expected(records, "k")


def test_nothing_is_sorted() -> None:
    """Neither here nor in a job."""
    assert Sort("k").apply([]) == []


THING = object()


@pytest.mark.parametrize(
    "value",
    [
        Decimal("1.10"),
        date(2024, 1, 1),
        datetime(2024, 1, 1, 12, tzinfo=UTC),
        time(1, 2, 3),
        timedelta(days=1, microseconds=1),
        UUID(int=7),
        (1, [2, (3,)]),
        {"a": {1: 2.0}},
        {1, 2},
        b"\x00\xff",
        2**80,
        -0.0,
        math.inf,
        "\ud800",
        [None, True, 1, 1.0],
        THING,
        {"deep": [THING]},
    ],
    ids=[
        "decimal",
        "date",
        "datetime",
        "time",
        "timedelta",
        "uuid",
        "tuple",
        "dict",
        "set",
        "bytes",
        "long",
        "zero",
        "infinite",
        "surrogate",
        "list",
        "object",
        "deep",
    ],
)
def test_values_come_back_from_disk_as_they_were(value: Any) -> None:
    """With their types; what cannot be written stays in memory."""
    records = [{"k": n, "v": value} for n in (3, 1, 2)]

    made = through(Sort("k", memory_bytes=1), records, 1)

    assert repr(made) == repr([{"k": n, "v": value} for n in (1, 2, 3)])


def test_what_was_not_written_is_the_same_object() -> None:
    """A value of a class that is not known to us."""
    made = through(Sort("k", memory_bytes=1), [{"k": 2, "v": THING}, {"k": 1, "v": THING}], 1)

    assert [record["v"] is THING for record in made] == [True, True]


def test_nothing_is_left_of_an_abandoned_sort(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, open_files: Callable[[], int]
) -> None:
    """Closing the iterator closes the file, which had no name to begin with."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    before = open_files()
    keys, sorting = Sort("k", memory_bytes=1).parts()
    rows = keys.apply([{"k": n} for n in range(100)])

    iterator = sorting.run(iter([[row] for row in rows]))  # type: ignore[union-attr]  # a stage
    next(iterator)
    during = (open_files(), list(tmp_path.iterdir()))
    iterator.close()  # type: ignore[attr-defined]  # a generator

    assert during == (before + 1, [])
    assert open_files() == before


def test_nothing_is_left_of_a_sort_that_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, open_files: Callable[[], int]
) -> None:
    """When what comes before it raises, after something was on disk."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    before = open_files()
    keys, sorting = Sort("k", memory_bytes=1).parts()
    rows = keys.apply([{"k": n} for n in range(3)])

    def failing() -> Iterator[list[Any]]:
        yield rows
        raise RuntimeError

    with pytest.raises(RuntimeError):
        list(sorting.run(failing()))  # type: ignore[union-attr]  # the second part is a stage

    assert (open_files(), list(tmp_path.iterdir())) == (before, [])


def test_a_full_disk_is_no_fault_of_a_record(monkeypatch: pytest.MonkeyPatch) -> None:
    """The run fails, may be tried again, and the message names the folder's variable."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("etlkit.transformations.spilling.runs._write_all", full)

    with pytest.raises(TransientError) as caught:
        through(Sort("k", memory_bytes=1), [{"k": 1}], 1)

    assert str(caught.value) == (
        "the temporary file of Sort(by k) failed: OSError: [Errno 28] No space left on device; is "
        "the folder for temporary files full? TMPDIR names another one"
    )


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ([1, "a"], "$.k 'a' is a text, where the first record has a number"),
        (["a", None, 1], "$.k 1 is a number, where the first record has a text"),
        ([1, True], "$.k True is true or false, where the first record has a number"),
        ([math.nan], "$.k nan has no order"),
        ([1.0, math.nan], "$.k nan has no order"),
        ([[1]], "$.k [1] has no order"),
        (
            [datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 1, 1)],  # noqa: DTZ001 -- meant
            (
                "$.k datetime.datetime(2024, 1, 1, 0, 0) is a date and time without a zone, where "
                "the first record has a date and time with a zone"
            ),
        ),
    ],
    ids=["text", "number", "bool", "nan", "later nan", "list", "zone"],
)
def test_a_value_of_another_kind_fails_its_record(values: list[Any], told: str) -> None:
    """By itself, and with the way to mend it."""
    with pytest.raises(Unfit) as caught:
        Sort("k").apply([{"k": value} for value in values])

    assert str(caught.value) == f"{told}; sort by F.k.cast(...) to make them of one kind"
    assert caught.value.code == "type"


def test_records_that_fail_are_rejected_with_their_bytes(tmp_path: Path) -> None:
    """The others are sorted and loaded, and the balance holds."""
    path = tmp_path / "in.jsonl"
    path.write_bytes(b'{"k": 2}\n{"k": "x"}\n{}\n{"k": 1}\n{"k": null}\n')
    destination = MemoryDestination()
    job = ETLJob("j", "J", FileSource(path), Sort("k"), destination, on_error=Quarantine())

    result = job.execute().raise_if_failed()

    assert destination.records == [{"k": 1}, {"k": 2}, {"k": None}]
    assert [(one.record_no, one.raw) for one in result.rejections] == [
        (2, b'{"k": "x"}'),
        (3, b"{}"),
    ]


def test_a_run_that_spills_counts_right() -> None:
    """Nothing is filtered or produced."""
    destination = MemoryDestination()
    source = RecordsSource([{"k": n % 97, "n": n} for n in range(5000)])
    chain = Sort("k", memory_bytes=50_000) | Map(dict)

    result = ETLJob("j", "J", source, chain, destination).execute().raise_if_failed()

    assert destination.records == sorted(
        [{"k": n % 97, "n": n} for n in range(5000)], key=lambda record: record["k"]
    )
    assert [(one.filtered, one.produced) for one in result.tally.steps] == [(0, 0)] * 3


def test_the_step_says_what_it_is() -> None:
    """Label, memory and repr."""
    step = Sort(["a", F.b.str.lower()], descending=True, nulls="first")

    assert step.label == "Sort(by a, F.b.str.lower())"
    assert [part.memory for part in step.parts()] == ["streaming", "spilling"]
    assert repr(step) == "Sort([F.a, F.b.str.lower()], descending=(True, True), nulls='first')"
    assert Sort("a", name="order").label == "order"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"by": len}, "Sort sorts by a field, an expression, or a list of them, got <built-in"),
        ({"by": []}, "Sort sorts by a field, an expression, or a list of them, got []"),
        (
            {"descending": "yes"},
            "Sort: descending is True, False, or a list of 1 of them, got 'yes'",
        ),
        ({"descending": [True, False]}, "Sort: descending is True, False, or a list of 1 of them"),
        ({"nulls": "lst"}, "Sort: nulls is 'last' or 'first', got 'lst'; did you mean 'last'?"),
        ({"memory_bytes": 0}, "Sort: memory_bytes is a number of bytes, got 0"),
        ({"memory_bytes": "64 MB"}, "Sort: memory_bytes is a number of bytes, got '64 MB'"),
        ({"name": 5}, "Sort: name is what messages call the step, got 5"),
    ],
    ids=["function", "nothing", "descending", "directions", "nulls", "zero", "text", "name"],
)
def test_wrong_arguments_are_told_at_once(arguments: Any, told: str) -> None:
    """Not when the job runs."""
    with pytest.raises(ConfigurationError) as caught:
        Sort(**{"by": "a", **arguments})

    assert str(caught.value).startswith(told)
