"""What tells plans apart, and what does not."""

from __future__ import annotations

import functools

from collections.abc import Callable
from typing import Any

import pytest

from etlkit import DataLoader, ETLJob, F, RecordsSource
from etlkit.engine.fingerprint import fingerprint
from etlkit.transformations import Filter, Map


def doubled(record: dict[str, int]) -> dict[str, int]:
    """Twice as much."""
    return {"n": record["n"] * 2}


def trebled(record: dict[str, int]) -> dict[str, int]:
    """Three times as much."""
    return {"n": record["n"] * 3}


def with_default(record: dict[str, int], times: int = 2) -> dict[str, int]:
    """So many times as much."""
    return {"n": record["n"] * times}


class Model:
    """Something of the user's that is called and may hold anything."""

    def __init__(self, size: int) -> None:
        self.weights = [0.5] * size

    def __call__(self, record: dict[str, int]) -> dict[str, int]:
        """Nothing is changed."""
        return record


def job_of(steps: Any, **options: Any) -> ETLJob:
    """A job of these steps."""
    loader = options.pop("loader", DataLoader("memory:"))
    return ETLJob("job", "Job", RecordsSource([]), steps, loader, **options)


def test_the_same_plan_has_the_same_hash() -> None:
    """Also when its objects were made anew, and whether or not it was compiled."""
    first = job_of([Map(doubled), Filter(lambda record: record["n"] > 1)])
    first.kernels()

    second = job_of([Map(doubled), Filter(lambda record: record["n"] > 1)])

    assert first.definition.plan_hash == second.definition.plan_hash
    assert len(first.definition.plan_hash) == 16


@pytest.mark.parametrize(
    "other",
    [
        lambda: job_of(Map(trebled)),
        lambda: job_of([Map(doubled), Map(doubled)]),
        lambda: job_of(Map(doubled, name="twice")),
        lambda: job_of(Map(doubled), loader=DataLoader("memory:", "append")),
        lambda: job_of(Map(functools.partial(with_default, times=2))),
    ],
    ids=["another constant", "once more", "another name", "another mode", "another function"],
)
def test_another_plan_has_another_hash(other: Callable[[], ETLJob]) -> None:
    """Code, settings and order count."""
    plan = job_of(Map(doubled))

    found = other()

    assert found.definition.plan_hash != plan.definition.plan_hash


def test_arguments_that_are_bound_to_a_function_count() -> None:
    """They decide what it does."""
    hashes = {fingerprint(functools.partial(with_default, times=each)) for each in (2, 3)}

    assert len(hashes) == 2


def test_an_object_of_the_user_counts_by_its_class() -> None:
    """It may hold gigabytes, and addresses in memory."""
    hashes = {fingerprint(Model(size)) for size in (1, 2)}

    assert len(hashes) == 1


def test_an_object_that_holds_itself_has_a_hash() -> None:
    """Nothing is followed for ever."""
    circle: list[Any] = []
    circle.append(circle)

    found = fingerprint(circle)

    assert len(found) == 16


def test_long_containers_count_by_their_length_and_beginning() -> None:
    """A lookup table of a million costs no second."""
    table = {number: number for number in range(5000)}

    found = {fingerprint(table), fingerprint(table | {5001: 1}), fingerprint(dict(table))}

    assert len(found) == 2


def test_sets_have_no_order() -> None:
    """Two of equal members are equal."""
    one, other = fingerprint({"a", "b", "c"}), fingerprint({"c", "b", "a"})

    assert one == other


def test_plans_with_other_expressions_differ() -> None:
    """An expression counts by what it says."""
    one, same, other = Filter(F.n > 1), Filter(F.n > 1), Filter(F.n > 2)

    made = [fingerprint(each) for each in (one, same, other)]

    assert made[0] == made[1] != made[2]
