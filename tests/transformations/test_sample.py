"""Sample: some of the records, drawn at random and yet the same each time."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from hypothesis import given, settings
from hypothesis import strategies as st

from etlkit import ETLJob, F, RecordsSource
from etlkit.destinations import MemoryDestination
from etlkit.errors import ConfigurationError
from etlkit.records import Unfit
from etlkit.transformations import Sample
from transformations.conftest import after_a_retry, both


RECORDS = [{"id": n, "customer": f"c{n % 100}"} for n in range(10_000)]


def ids(records: list[dict[str, Any]]) -> list[int]:
    """Which records these are."""
    return [record["id"] for record in records]


@pytest.mark.parametrize("by", [None, "id"], ids=["drawn", "by id"])
@pytest.mark.parametrize("fraction", [0.01, 0.25, 0.9])
def test_about_that_part_of_the_records_is_kept(fraction: float, by: Any) -> None:
    """In their order. Six standard deviations off would be one case in a billion."""
    made = ids(Sample(fraction, by=by).apply(RECORDS))

    deviation = (len(RECORDS) * fraction * (1 - fraction)) ** 0.5
    assert abs(len(made) - len(RECORDS) * fraction) < 6 * deviation
    assert made == sorted(made)


@pytest.mark.parametrize("by", [None, "id"], ids=["drawn", "by id"])
def test_nothing_and_everything_are_parts_as_well(by: Any) -> None:
    """0 and 1 are exact."""
    made = [len(Sample(fraction, by=by).apply(RECORDS)) for fraction in (0, 0.0, 1, 1.0)]

    assert made == [0, 0, 10_000, 10_000]


def test_equal_records_are_drawn_one_by_one() -> None:
    """Each on its own, unlike by a field."""
    records: list[Any] = [{"a": 1}] * 1000

    made = [len(Sample(0.5).apply(records)), len(Sample(0.5, by="a").apply(records))]

    assert 400 < made[0] < 600
    assert made[1] in {0, 1000}


def test_the_records_of_one_value_are_kept_or_left_out_together() -> None:
    """All hundred of each customer."""
    made = Sample(0.3, by="customer").apply(RECORDS)

    counts = Counter(record["customer"] for record in made)
    assert set(counts.values()) == {100}
    assert 10 < len(counts) < 50


def test_by_a_value_nothing_else_matters() -> None:
    """Neither the order of the records, nor which others there are, nor other fields."""
    step = Sample(0.3, by="customer")
    others = [{**record, "id": -1, "more": None} for record in reversed(RECORDS[500:])]

    made = [step.apply(RECORDS), step.apply(others)]

    drawn = [{record["customer"] for record in records} for records in made]
    assert drawn[0] == drawn[1]


def test_values_that_differ_in_type_are_different() -> None:
    """As they are for Deduplicate."""
    values = [1, 1.0, True, "1", None]
    seeds = [Sample(0.5, by="a", seed=seed) for seed in range(20)]

    made = [tuple(bool(step.apply([{"a": value}])) for value in values) for step in seeds]

    assert len(set(zip(*made, strict=True))) == 5


def test_it_may_be_drawn_by_several_values_and_expressions() -> None:
    """The expressions by a name, as in a dict."""
    made = [
        ids(Sample(0.5, by=["id", "customer"]).apply(RECORDS)),
        ids(Sample(0.5, by={"a": F.id, "b": F.customer}).apply(RECORDS)),
        ids(Sample(0.5, by={"a": lambda record: record["id"], "b": F.customer}).apply(RECORDS)),
    ]

    assert made[0] == made[1] == made[2]


@pytest.mark.parametrize("by", [None, "id"], ids=["drawn", "by id"])
def test_a_smaller_part_is_a_part_of_a_larger_one(by: Any) -> None:
    """With the same seed; with another seed it is not."""
    small, large, other = (
        set(ids(Sample(fraction, by=by, seed=seed).apply(RECORDS)))
        for fraction, seed in [(0.1, 7), (0.2, 7), (0.2, -7)]
    )

    assert small < large
    assert not small < other


@pytest.mark.parametrize(
    "step",
    [Sample(0.3), Sample(0.3, by="customer"), Sample(n=7)],
    ids=["fraction", "by", "n"],
)
def test_the_same_records_give_the_same_sample(step: Sample) -> None:
    """In each run, on each platform, and in the attempt after one that failed."""
    destination = MemoryDestination()
    job = ETLJob("j", "J", RecordsSource(RECORDS), step, destination)

    made = [
        step.apply(RECORDS),
        job.execute().raise_if_failed() and destination.records,
        job.execute().raise_if_failed() and destination.records,
        after_a_retry(step, RECORDS),
    ]

    assert made[0] == made[1] == made[2] == made[3]


def test_the_sample_is_the_one_that_it_has_always_been() -> None:
    """Another version of etlkit or of Python draws the same."""
    records = RECORDS[:20]

    made = [
        ids(Sample(0.2).apply(records)),
        ids(Sample(0.2, by="id").apply(records)),
        ids(Sample(n=4).apply(records)),
        ids(Sample(n=4, seed=-1).apply(records)),
    ]

    assert made == [[1, 7], [1, 9, 11, 15, 16, 17, 18], [1, 6, 7, 10], [3, 8, 9, 17]]


@settings(deadline=None)
@given(st.lists(st.sampled_from([None, 1, 1.5, "x", (1,), {}]), max_size=8), st.integers())
def test_the_compiled_form_does_what_the_plain_form_does(values: list[Any], seed: int) -> None:
    """Also for records that fail; each is accounted for."""
    records = [{"a": value} if value != {} else {} for value in values]
    steps: list[Any] = [Sample(0.5, seed=seed), Sample(0.5, by="a", seed=seed)]

    made = [both(*step.parts(), *records) for step in steps]

    assert [repr(one[0]) for one in made] == [repr(one[1]) for one in made]
    assert [one[0].balance for one in made] == [len(records)] * 2


@pytest.mark.parametrize("n", [0, 1, 7, 9_999, 10_000, 20_000])
def test_so_many_records_are_kept_in_their_order(n: int) -> None:
    """All, where there are fewer."""
    made = ids(Sample(n=n).apply(RECORDS))

    assert len(set(made)) == len(made) == min(n, 10_000)
    assert made == sorted(made)


def test_each_record_is_as_likely_as_any_other() -> None:
    """Over many seeds; six standard deviations off would be one case in a billion."""
    records = RECORDS[:10]

    kept = Counter(n for seed in range(2000) for n in ids(Sample(n=3, seed=seed).apply(records)))

    assert set(kept) == set(range(10))
    assert all(abs(count - 600) < 6 * (2000 * 0.3 * 0.7) ** 0.5 for count in kept.values())


@pytest.mark.parametrize(
    "step",
    [Sample(0.3), Sample(0.3, by="id"), Sample(n=3000)],
    ids=["fraction", "by", "n"],
)
def test_what_is_left_out_counts_as_filtered(step: Sample) -> None:
    """The balance of the run holds, over batches that run step by step as well."""
    source = RecordsSource(RECORDS)

    result = ETLJob("j", "J", source, step, "memory:").execute().raise_if_failed()

    assert result.rows_loaded == len(step.apply(RECORDS))
    assert [one.filtered for one in result.tally.steps] == [10_000 - result.rows_loaded]


def test_a_missing_field_fails_its_record() -> None:
    """With the near name, as everywhere."""
    with pytest.raises(Unfit) as caught:
        Sample(0.5, by="ids").apply([{"id": 1}])

    assert "did you mean 'id'?" in str(caught.value)


def test_a_value_without_a_form_in_bytes_fails_its_record() -> None:
    """The message says what to do."""
    made = both(*Sample(1, by="a").parts(), {"a": object()})  # type: ignore[arg-type]  # one record step

    words = "a value that is object cannot be drawn by; take another field"
    assert [one.refused for one in made] == [[(0, "step", words)]] * 2


def test_the_step_says_what_it_is() -> None:
    """Label, memory, opaque functions and repr."""
    steps = [Sample(0.1), Sample(0.1, by=["a", "b"], seed=3), Sample(n=5, name="few")]

    assert [step.label for step in steps] == ["Sample(0.1)", "Sample(0.1 by a, b)", "few"]
    assert [step.memory for step in steps] == ["streaming", "streaming", "bounded"]
    assert [step.opaque for step in steps] == [None] * 3
    assert [eval(repr(step)) for step in steps] == steps
    assert repr(steps[1]) == "Sample(fraction=0.1, by=['a', 'b'], seed=3)"
    assert "test_sample.py" in str(Sample(1, by={"k": lambda record: record["a"]}).opaque)


EITHER = "Sample takes a fraction, such as Sample(0.1), or a number, such as Sample(n=100) ("


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({}, EITHER),
        ({"fraction": 0.5, "n": 1}, EITHER),
        (
            {"fraction": 10},
            (
                "Sample: fraction is a number from 0 to 1, got 10; for a number of records write "
                "n=10 ("
            ),
        ),
        ({"fraction": -0.1}, "Sample: fraction is a number from 0 to 1, got -0.1 ("),
        ({"fraction": float("nan")}, "Sample: fraction is a number from 0 to 1, got nan ("),
        ({"fraction": True}, "Sample: fraction is a number from 0 to 1, got True ("),
        ({"fraction": "0.5"}, "Sample: fraction is a number from 0 to 1, got '0.5' ("),
        ({"n": -1}, "Sample: n is a number of records, got -1 ("),
        ({"n": 0.5}, "Sample: n is a number of records, got 0.5 ("),
        ({"n": 1, "by": "a"}, "Sample: by= goes with a fraction, since n= counts single records ("),
        ({"fraction": 1, "seed": 1.5}, "Sample: seed is a whole number, got 1.5 ("),
        ({"fraction": 1, "seed": None}, "Sample: seed is a whole number, got None ("),
        ({"fraction": 1, "by": 5}, "Sample draws by a field, a list of fields, or a dict of names"),
        ({"fraction": 1, "name": 5}, "Sample: name is what messages call the step, got 5"),
    ],
    ids=[
        "neither",
        "both",
        "a number",
        "negative",
        "nan",
        "bool",
        "text",
        "n negative",
        "n a part",
        "n by",
        "seed",
        "no seed",
        "by",
        "name",
    ],
)
def test_wrong_arguments_are_told_at_once(arguments: Any, told: str) -> None:
    """Not when the job runs."""
    with pytest.raises(ConfigurationError) as caught:
        Sample(**arguments)

    assert str(caught.value).startswith(told)
