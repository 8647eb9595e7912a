"""Count, Sum, Mean and the others: what Aggregate makes of the values of a group."""

from __future__ import annotations

import math

from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from statistics import median
from typing import Any

import pytest

from hypothesis import given, settings
from hypothesis import strategies as st

from etlkit import ETLJob, F, Quarantine, RecordsSource
from etlkit.destinations import MemoryDestination
from etlkit.errors import ConfigurationError
from etlkit.expressions import lit
from etlkit.records import Unfit
from etlkit.transformations import (
    Aggregate,
    Aggregation,
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
from etlkit.transformations.grouping.sums import ExactSum


ALL: dict[str, Any] = {
    "count": Count("n"),
    "sum": Sum("n"),
    "mean": Mean("n"),
    "min": Min("n"),
    "max": Max("n"),
    "median": Median("n"),
    "quantile": Quantile("n", 0.25),
    "distinct": CountDistinct("n"),
    "first": First("n"),
    "last": Last("n"),
    "collect": Collect("n"),
}


def made_of(values: list[Any], **outputs: Any) -> dict[str, Any]:
    """What one group of these values becomes."""
    (made,) = Aggregate("k", **outputs).apply([{"k": "a", "n": value} for value in values])
    return {name: made[name] for name in outputs}


def test_each_aggregation_makes_one_value() -> None:
    """None is left out by all but first, last and collect."""
    made = made_of([None, 4, 1, 1, None], **ALL)

    assert made == {
        "count": 3,
        "sum": 6,
        "mean": 2.0,
        "min": 1,
        "max": 4,
        "median": 1,
        "quantile": 1,
        "distinct": 2,
        "first": None,
        "last": None,
        "collect": [None, 4, 1, 1, None],
    }


def test_a_group_without_values_has_none_as_in_sql() -> None:
    """Its sum is None and not 0; only counts are 0."""
    made = made_of([None, None], **ALL)

    assert made == {
        **dict.fromkeys(ALL),
        "count": 0,
        "distinct": 0,
        "collect": [None, None],
    }


def test_count_without_a_field_counts_records() -> None:
    """Also those without a value."""
    made = made_of([None, 1], all=Count(), some=Count(F.n))

    assert made == {"all": 2, "some": 1}


def test_len_is_a_count() -> None:
    """So the usual way to write it keeps no records."""
    step = Aggregate("k", cases=len)

    assert step.settings()["outputs"] == {"cases": Count()}
    assert step.opaque is None
    assert step.apply([{"k": 1}, {"k": 1}]) == [{"k": 1, "cases": 2}]


def test_expressions_are_aggregated() -> None:
    """Also claims: true counts as 1."""
    made = made_of([1, 5, 7], twice=Sum(F.n * 2), many=Sum(F.n > 4))

    assert made == {"twice": 26, "many": 2}


class Longest(Aggregation):
    """The longest of some texts; not built in."""

    needs = "check"

    def check(self, value: Any) -> None:
        """Texts only."""
        if not isinstance(value, str):
            message = "no text"
            raise Unfit("longest", message)

    def begin(self) -> Any:
        """The longest so far."""
        return LongestSoFar()


class LongestSoFar:
    """What is known of a group."""

    longest = ""

    def add(self, values: Any) -> None:
        """Take further texts."""
        self.longest = max([self.longest, *values], key=len)

    def result(self) -> str:
        """The longest."""
        return self.longest


def test_an_aggregation_of_your_own_looks_at_values_itself() -> None:
    """In both forms of the step, and of the compiled one before the group is made."""
    source = RecordsSource([{"n": "a"}, {"n": 1}, {"n": "abc"}])
    step = Aggregate({"k": lit(1)}, word=Longest("n"))
    destination = MemoryDestination()

    result = ETLJob("j", "J", source, step, destination, on_error=Quarantine()).execute()

    assert destination.records == [{"k": 1, "word": "abc"}]
    assert [(one.record_no, one.code) for one in result.rejections] == [(2, "longest")]
    with pytest.raises(Unfit, match="no text"):
        step.apply(source.extract())


@settings(deadline=None)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=40), st.integers(1, 7))
def test_sums_of_floats_are_rounded_once(values: list[float], size: int) -> None:
    """However they were grouped on the way, and whatever their size."""
    total = ExactSum()
    exact = sum(map(Fraction, values))

    for start in range(0, len(values), size):
        total.add(values[start : start + size])

    assert outcome(total.total) == outcome(lambda: float(exact) if values else None)
    assert outcome(total.mean) == outcome(lambda: float(exact / len(values)) if values else None)


def outcome(function: Any) -> object:
    """What a function returns, or the type of what it raises."""
    try:
        return function()
    except OverflowError as error:
        return type(error)


@settings(deadline=None)
@given(
    st.lists(
        st.integers(-(10**30), 10**30) | st.floats(-1e20, 1e20) | st.booleans(),
        min_size=1,
        max_size=30,
    )
)
def test_sums_of_mixed_numbers_are_exact(values: list[Any]) -> None:
    """Whole numbers stay whole; one float makes the result a float."""
    total = made_of(values, total=Sum("n"))["total"]

    exact = sum(map(Fraction, values))
    assert total == (float(exact) if any(type(one) is float for one in values) else exact)
    assert type(total) is (float if any(type(one) is float for one in values) else int)


def test_decimals_are_added_without_rounding() -> None:
    """Whatever the precision of the context of the caller."""
    made = made_of([Decimal("1e30"), Decimal("1e-30"), 1], total=Sum("n"), mean=Mean("n"))

    assert str(made["total"]) == "1000000000000000000000000000001.000000000000000000000000000001"
    assert str(made["mean"]) == f"3.{27 * '3'}E+29"


def test_floats_and_decimals_have_no_exact_sum() -> None:
    """It is told which output and group they are in."""
    with pytest.raises(TypeError) as caught:
        made_of([1.5, Decimal("1.5")], total=Sum("n"))

    assert str(caught.value) == (
        "the group holds floats and Decimals, which have no exact sum; cast one"
    )
    assert caught.value.__notes__ == ["in step Aggregate(by k), output 'total' of group 1"]


@settings(deadline=None)
@given(st.lists(st.integers(-50, 50), min_size=1, max_size=30))
def test_the_median_is_that_of_the_standard_library(values: list[int]) -> None:
    """For odd and even numbers of values."""
    made = made_of(values, middle=Median("n"), half=Quantile("n", 0.5))

    assert made == {"middle": median(values), "half": median(values)}


@pytest.mark.parametrize(
    ("fraction", "expected"), [(0, 1), (0.25, 1.75), (0.5, 2.5), (0.95, 3.85), (1, 4)]
)
def test_quantiles_are_interpolated(fraction: float, expected: float) -> None:
    """As percentile_cont of SQL does."""
    made = made_of([4, 2, 1, 3], q=Quantile("n", fraction))

    assert made["q"] == pytest.approx(expected)


def test_decimals_have_quantiles() -> None:
    """Which are Decimals."""
    made = made_of([Decimal(1), Decimal(2)], q=Quantile("n", 0.25))

    assert made == {"q": Decimal("1.25")}


def test_distinct_values_differ_by_type() -> None:
    """1, 1.0 and True are three."""
    made = made_of([1, 1.0, True, 1, "1"], kinds=CountDistinct("n"))

    assert made == {"kinds": 4}


@pytest.mark.parametrize(
    ("low", "high"),
    [
        (1, 2.5),
        ("a", "b"),
        (date(2024, 1, 1), date(2024, 1, 2)),
        (datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 1, 2, tzinfo=UTC)),
        (Decimal(1), Decimal(2)),
        (b"a", b"b"),
    ],
    ids=repr,
)
def test_what_has_an_order_has_a_smallest_and_a_largest(low: Any, high: Any) -> None:
    """Numbers, texts, bytes, dates and times."""
    made = made_of([high, low], low=Min("n"), high=Max("n"))

    assert made == {"low": low, "high": high}


def test_values_of_different_kinds_have_no_smallest() -> None:
    """It is told which output and group they are in."""
    with pytest.raises(TypeError, match="not supported between instances") as caught:
        made_of([1, "a"], low=Min("n"))

    assert caught.value.__notes__ == ["in step Aggregate(by k), output 'low' of group 1"]


@pytest.mark.parametrize(
    ("aggregation", "value", "told"),
    [
        (Sum("n"), "5", "$.n Sum(F.n) takes numbers, got '5'"),
        (Mean("n"), math.nan, "$.n Mean(F.n) takes finite numbers, got nan"),
        (Sum("n"), -math.inf, "$.n Sum(F.n) takes finite numbers, got -inf"),
        (Median("n"), Decimal("NaN"), "$.n Median(F.n) takes finite numbers, got Decimal('NaN')"),
        (Min("n"), [1], "$.n Min(F.n) takes numbers, texts, dates or times, got [1]"),
        (
            CountDistinct("n"),
            {},
            "$.n CountDistinct(F.n) takes values that can be compared, got {}",
        ),
    ],
    ids=["text", "nan", "inf", "decimal", "list", "dict"],
)
def test_a_value_that_an_aggregation_cannot_take_fails_its_record(
    aggregation: Aggregation, value: object, told: str
) -> None:
    """The record, and not the run, and sensitive values can be masked."""
    with pytest.raises(Unfit) as caught:
        made_of([1, value], made=aggregation)

    assert str(caught.value) == told
    assert caught.value.code == "type"
    assert (
        caught.value.problems[0].masked == f"{told[4:].rpartition(' ')[0]} {type(value).__name__}"
    )
    assert caught.value.__notes__ == ["in step Aggregate(by k): key, record 2"]


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["a", None, 1, 1.0, True]), st.integers(-5, 5) | st.none()))
)
def test_groups_are_those_of_a_plain_loop(pairs: list[tuple[Any, int | None]]) -> None:
    """Keys in the order in which they were first seen, and told apart by their types."""
    step = Aggregate("k", count=Count("n"), sum=Sum("n"), all=Collect("n"))
    plain: dict[str, list[Any]] = {}

    made = step.apply([{"k": key, "n": n} for key, n in pairs])

    _ = [plain.setdefault(repr(key), []).append(n) for key, n in pairs]
    assert [(repr(one["k"]), one["all"]) for one in made] == list(plain.items())
    assert [one["count"] for one in made] == [
        sum(n is not None for n in group) for group in plain.values()
    ]


def test_values_of_many_batches_are_added_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A group is added to again and again, and what waited is not added twice."""
    monkeypatch.setattr("etlkit.transformations.grouping.groups._MOST_WAITING", 3)
    step = Aggregate("k", **ALL)
    pick, group = step.parts()
    batches = [pick.apply([{"k": n % 2, "n": n}]) for n in range(10)]

    (made,) = group.run(iter(batches))  # type: ignore[union-attr]  # the second part is a stage

    assert [(one["sum"], one["first"], one["last"]) for one in made] == [(20, 0, 8), (25, 1, 9)]


def test_many_groups_come_out_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that steps behind do not wait for a list of all of them."""
    monkeypatch.setattr("etlkit.transformations.grouping.groups._OUT", 2)
    pick, group = Aggregate("n").parts()
    taken = pick.apply([{"n": n} for n in range(5)])

    made = list(group.run(iter([taken])))  # type: ignore[union-attr]  # the second part is a stage

    assert made == [[{"n": 0}, {"n": 1}], [{"n": 2}, {"n": 3}], [{"n": 4}]]


@pytest.mark.parametrize(
    ("keys", "shown"),
    [
        ([math.nan, float("nan")], [("nan", 2)]),
        ([(1, 2), (1.0, 2), (1, 2)], [("(1, 2)", 2), ("(1.0, 2)", 1)]),
        ([Decimal(1), 1], [("Decimal('1')", 1), ("1", 1)]),
        (["nan", math.nan, ("nan",)], [("'nan'", 1), ("nan", 1), ("('nan',)", 1)]),
    ],
    ids=["nan", "tuples", "decimals", "texts"],
)
def test_odd_keys_make_groups(keys: list[Any], shown: list[Any]) -> None:
    """They come out as they went in."""
    made = Aggregate("n", size=Count()).apply([{"n": key} for key in keys])

    assert [(repr(one["n"]), one["size"]) for one in made] == shown


@pytest.mark.parametrize(
    ("name", "memory"),
    [(name, "keyed") for name in ("count", "sum", "mean", "min", "max", "first", "last")]
    + [(name, "materialising") for name in ("median", "quantile", "distinct", "collect")],
)
def test_an_aggregation_says_what_it_keeps_of_a_group(name: str, memory: str) -> None:
    """A value, or all of them; the groups together never take more than the budget."""
    step = Aggregate("k", made=ALL[name])

    assert ALL[name].memory == memory
    assert [part.memory for part in step.parts()] == ["streaming", "spilling"]


def test_aggregations_are_values() -> None:
    """Equal if alike, hashable, and their repr reads back."""
    assert Sum("n") == Sum(F.n)
    assert Sum("n") != Sum("m")
    assert Sum("n") != Mean("n")
    assert len({Sum("n"), Sum(F.n), Count()}) == 2
    assert repr(Quantile("n", 0.5)) == "Quantile(of=F.n, fraction=0.5)"


@pytest.mark.parametrize("wrong", [1, None, len], ids=repr)
def test_an_aggregation_takes_a_field(wrong: Any) -> None:
    """Something else says what is expected."""
    with pytest.raises(ConfigurationError, match=r"^an aggregation takes a field or an expression"):
        Sum(wrong)


@pytest.mark.parametrize("wrong", [-0.1, 95, True, "half"], ids=repr)
def test_a_quantile_is_a_fraction(wrong: Any) -> None:
    """Percent is the usual mistake."""
    with pytest.raises(ConfigurationError) as caught:
        Quantile("n", wrong)

    assert str(caught.value) == f"a quantile is between 0 and 1, such as 0.95, got {wrong!r}"
