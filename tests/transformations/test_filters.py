"""Filter on records at hand."""

from __future__ import annotations

from typing import Any

import pytest

from etlkit.transformations import Filter


@pytest.mark.parametrize(
    ("answer", "kept"),
    [(True, 1), (1, 1), ("yes", 1), ([0], 1), (False, 0), (0, 0), ("", 0), ([], 0), (None, 0)],
    ids=repr,
)
def test_any_true_answer_keeps_a_record(answer: Any, kept: int) -> None:
    """The predicate need not return a bool."""
    made = Filter(lambda record: answer).apply([{"n": 1}])

    assert made == [{"n": 1}] * kept


def test_a_filter_keeps_the_order() -> None:
    """What stays, stays in its place."""
    made = Filter(lambda record: record["n"] % 2).apply([{"n": n} for n in range(6)])

    assert made == [{"n": 1}, {"n": 3}, {"n": 5}]


def test_a_predicate_that_raises_fails() -> None:
    """An exception is not taken for no."""
    with pytest.raises(KeyError) as caught:
        Filter(lambda record: record["m"], name="has m").apply([{"n": 1}])

    assert caught.value.__notes__ == ["in step has m, record 1"]
