"""TopK: the first records of an order."""

from __future__ import annotations

import math

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from hypothesis import given, settings
from hypothesis import strategies as st

from etlkit import ETLJob, F, FileSource, Quarantine, RecordsSource
from etlkit.destinations import MemoryDestination
from etlkit.errors import ConfigurationError
from etlkit.records import Unfit
from etlkit.transformations import Limit, Sort, TopK
from transformations.conftest import after_a_retry


if TYPE_CHECKING:
    from pathlib import Path

VALUES = st.none() | st.integers(-3, 3) | st.floats(-2, 2)


def through(step: TopK, records: list[Any], batch: int) -> list[Any]:
    """What the two parts of the step make of batches of records."""
    keys, top = step.parts()
    rows = keys.apply(records)
    batches = (rows[start : start + batch] for start in range(0, len(rows), batch))
    return [record for made in top.run(batches) for record in made]  # type: ignore[union-attr]  # a stage


@settings(deadline=None)
@given(
    st.lists(st.tuples(VALUES, VALUES)),
    st.integers(0, 5),
    st.lists(st.booleans(), min_size=2, max_size=2),
    st.sampled_from(["first", "last"]),
    st.sampled_from([["a"], ["a", "b"]]),
)
def test_it_makes_what_sort_and_limit_make(
    pairs: list[Any], k: int, down: list[bool], nulls: Any, by: list[str]
) -> None:
    """Of equal records the first ones are kept, and None stands where it stands there."""
    records = [{"a": a, "b": b, "n": n} for n, (a, b) in enumerate(pairs)]
    order = {"descending": down[: len(by)], "nulls": nulls}

    made = TopK(k, by, **order).apply(records)

    assert repr(made) == repr((Sort(by, **order) | Limit(k)).apply(records))


@pytest.mark.parametrize("nulls", ["first", "last"])
@pytest.mark.parametrize("descending", [True, False], ids=["down", "up"])
@pytest.mark.parametrize("by", [["a"], ["a", "b"]], ids=["one", "two"])
@pytest.mark.parametrize("k", [1, 50, 3000])
def test_what_waits_is_sorted_time_and_again(
    k: int, by: list[str], descending: bool, nulls: Any
) -> None:
    """With more records than are held at once, ties and None among them."""
    values = [None, *range(40)]
    records = [{"a": values[n * 7919 % 41], "b": n % 3, "n": n} for n in range(10_000)]
    step = TopK(k, by, descending=descending, nulls=nulls)

    made = through(step, records, 300)

    sort = Sort(by, descending=descending, nulls=nulls)
    assert made == (sort | Limit(k)).apply(records)


def test_the_largest_come_first_unless_it_is_said() -> None:
    """As top_k does elsewhere."""
    records = [{"n": 1}, {"n": 3}, {"n": None}, {"n": 2}]

    made = [TopK(2, "n").apply(records), TopK(2, "n", descending=False).apply(records)]

    assert made == [[{"n": 3}, {"n": 2}], [{"n": 1}, {"n": 2}]]


def test_it_may_be_asked_for_the_value_of_an_expression() -> None:
    """Of any fields."""
    made = TopK(1, by=F.price * F.n).apply([{"price": 2, "n": 3}, {"price": 7, "n": 1}])

    assert made == [{"price": 7, "n": 1}]


def test_it_holds_about_twice_as_many_records_as_it_keeps() -> None:
    """However many come."""
    alive = 0

    class Alive:
        def __init__(self) -> None:
            nonlocal alive
            alive += 1

        def __del__(self) -> None:
            nonlocal alive
            alive -= 1

    most = 0

    def batches() -> Iterator[list[Any]]:
        nonlocal most
        for start in range(0, 100_000, 100):
            yield [(start + n, Alive()) for n in range(100)]
            most = max(most, alive)

    _, top = TopK(2000, by="n").parts()

    made = [row for rows in top.run(batches()) for row in rows]  # type: ignore[union-attr]  # a stage

    assert len(made) == 2000
    assert most < 4500


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ([1, "a"], "$.k 'a' is a text, where the first record has a number"),
        ([1, True], "$.k True is true or false, where the first record has a number"),
        ([math.nan], "$.k nan has no order"),
        ([[1]], "$.k [1] has no order"),
    ],
    ids=["text", "bool", "nan", "list"],
)
def test_a_value_of_another_kind_fails_its_record(values: list[Any], told: str) -> None:
    """By itself, also if it would not have been among the first."""
    with pytest.raises(Unfit) as caught:
        TopK(1, by="k").apply([{"k": value} for value in values])

    assert str(caught.value) == f"{told}; sort by F.k.cast(...) to make them of one kind"


def test_records_that_fail_are_rejected_with_their_bytes(tmp_path: Path) -> None:
    """The others are compared and loaded, and the balance holds."""
    path = tmp_path / "in.jsonl"
    path.write_bytes(b'{"k": 2}\n{"k": "x"}\n{}\n{"k": 1}\n{"k": 3}\n')
    destination = MemoryDestination()
    job = ETLJob("j", "J", FileSource(path), TopK(2, "k"), destination, on_error=Quarantine())

    result = job.execute().raise_if_failed()

    assert destination.records == [{"k": 3}, {"k": 2}]
    assert [(one.record_no, one.raw) for one in result.rejections] == [
        (2, b'{"k": "x"}'),
        (3, b"{}"),
    ]
    assert [one.filtered for one in result.tally.steps] == [0, 1]


def test_each_run_and_each_attempt_begins_anew() -> None:
    """Nothing is left of the one before."""
    records = [{"n": 1}, {"n": 3}, {"n": 2}]
    step = TopK(2, "n")

    made = [step.apply(records), step.apply(records), after_a_retry(step, records)]

    assert made == [[{"n": 3}, {"n": 2}]] * 3


def test_the_records_left_out_count_as_filtered() -> None:
    """The balance of the run holds."""
    destination = MemoryDestination()
    source = RecordsSource([{"n": n} for n in range(5000)])

    result = ETLJob("j", "J", source, TopK(3, "n"), destination).execute().raise_if_failed()

    assert destination.records == [{"n": 4999}, {"n": 4998}, {"n": 4997}]
    assert sum(one.filtered for one in result.tally.steps) == 4997


def test_the_step_says_what_it_is() -> None:
    """Label, memory and repr."""
    step = TopK(3, ["a", F.b + 1], descending=[True, False], nulls="first")

    assert step.label == "TopK(3, by a, F.b + 1)"
    assert step.memory == "bounded"
    assert [part.memory for part in step.parts()] == ["streaming", "bounded"]
    assert eval(repr(step)) == step
    assert repr(TopK(3, "a")) == "TopK(k=3, by=['a'])"
    assert TopK(3, "a", name="best").label == "best"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"k": -1}, "TopK: k is a number of records, got -1 ("),
        ({"k": True}, "TopK: k is a number of records, got True ("),
        ({"k": "3"}, "TopK: k is a number of records, got '3' ("),
        ({"by": len}, "TopK sorts by a field, an expression, or a list of them, got <built-in"),
        ({"by": []}, "TopK sorts by a field, an expression, or a list of them, got []"),
        (
            {"descending": "no"},
            "TopK: descending is True, False, or a list of 1 of them, got 'no' (",
        ),
        ({"nulls": "lst"}, "TopK: nulls is 'last' or 'first', got 'lst'; did you mean 'last'? ("),
        ({"name": 5}, "TopK: name is what messages call the step, got 5"),
    ],
    ids=["negative", "bool", "text", "function", "nothing", "descending", "nulls", "name"],
)
def test_wrong_arguments_are_told_at_once(arguments: Any, told: str) -> None:
    """Not when the job runs."""
    with pytest.raises(ConfigurationError) as caught:
        TopK(**{"k": 3, "by": "a", **arguments})

    assert str(caught.value).startswith(told)
