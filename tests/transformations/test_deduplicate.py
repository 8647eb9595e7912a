"""Deduplicate on records at hand, and in a run."""

from __future__ import annotations

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
from etlkit.transformations import Deduplicate, Filter, Map


ALIKE = [1, 1.0, True, "1", None, Decimal(1), (1,), "a" * 40, "a" * 41, 10**50, float("nan")]
PAIRS = st.lists(st.tuples(st.sampled_from(ALIKE), st.integers(0, 3)), max_size=30)


@settings(deadline=None)
@given(PAIRS)
def test_the_first_of_each_key_is_kept(pairs: list[tuple[Any, int]]) -> None:
    """Keys differ by their types, as in a plain loop over their reprs."""
    records = [{"k": key, "n": n} for key, n in pairs]
    plain: dict[str, Any] = {}

    made = Deduplicate("k").apply(records)

    _ = [plain.setdefault(repr(record["k"]), record) for record in records]
    assert repr(made) == repr(list(plain.values()))


@settings(deadline=None)
@given(PAIRS)
def test_the_last_of_each_key_is_kept(pairs: list[tuple[Any, int]]) -> None:
    """In the order of the last occurrences."""
    records = [{"k": key, "n": n} for key, n in pairs]

    made = Deduplicate("k", keep="last").apply(records)

    first = Deduplicate("k").apply(reversed(records))
    assert repr(made) == repr(first[::-1])


@pytest.mark.parametrize("keep", ["first", "last"])
def test_by_default_all_fields_are_compared(keep: Any) -> None:
    """In whatever order they stand."""
    records: list[Any] = [{"a": 1, "b": [2]}, {"b": [2], "a": 1}, {"a": 1, "b": [2.0]}, {"a": 1}]

    made = Deduplicate(keep=keep).apply(records)

    assert len(made) == 3


def test_a_key_may_be_worked_out() -> None:
    """By an expression or a function."""
    records = [{"a": "x"}, {"a": "X"}, {"a": "y"}]

    by_expression = Deduplicate({"a": F.a.str.lower()}).apply(records)
    by_function = Deduplicate({"a": lambda record: record["a"].lower()}).apply(records)

    assert by_expression == by_function == [{"a": "x"}, {"a": "y"}]


def test_several_fields_are_compared_together() -> None:
    """Lists and dicts among them, too."""
    records: list[Any] = [
        {"a": 1, "b": [1]},
        {"a": 1, "b": [1.0]},
        {"a": 1, "b": [1]},
        {"a": "1", "b": {}},
    ]

    made = Deduplicate(["a", "b"]).apply(records)

    assert made == [records[0], records[1], records[3]]


def test_each_use_begins_anew() -> None:
    """A step is a value: what one run saw does not matter to the next."""
    step = Deduplicate("a")

    assert step.apply([{"a": 1}]) == step.apply([{"a": 1}]) == [{"a": 1}]


@pytest.mark.parametrize("keep", ["first", "last"])
def test_duplicates_count_as_filtered(keep: Any) -> None:
    """The balance of the run holds."""
    source = RecordsSource([{"id": n % 3, "n": n} for n in range(1000)])
    destination = MemoryDestination()
    job = ETLJob("j", "J", source, Deduplicate("id", keep=keep), destination)

    results = [job.execute("a"), job.execute("b")]

    assert [result.raise_if_failed().rows_loaded for result in results] == [3, 3]
    assert [sum(step.filtered for step in result.tally.steps) for result in results] == [997, 997]


def test_a_rejected_record_keeps_its_bytes(tmp_path: Path) -> None:
    """The step sees one record at a time, so the line and its number are known."""
    path = tmp_path / "in.jsonl"
    path.write_bytes(b'{"id": 1}\n{"id":1}\n{"x": 2}\n{"id": 3}\n')
    chain = Deduplicate("id") | Map(lambda record: {**record, "n": 6 // (record["id"] - 3)})

    result = ETLJob(
        "j", "J", FileSource(path), chain, MemoryDestination(), on_error=Quarantine()
    ).execute()

    assert [(one.record_no, one.raw) for one in result.rejections] == [
        (3, b'{"x": 2}'),
        (4, b'{"id": 3}'),
    ]
    assert (result.rows_loaded, result.tally.steps[0].filtered) == (1, 1)


@pytest.mark.parametrize("keep", ["first", "last"])
def test_equal_values_are_alike_however_they_are_written(keep: Any) -> None:
    """As they are for Aggregate and Join."""
    zeros = [{"k": 0.0}, {"k": -0.0}]
    decimals = [{"k": Decimal("1.0")}, {"k": Decimal(1)}]

    assert len(Deduplicate("k", keep=keep).apply(zeros + decimals)) == 2
    assert len(Deduplicate(keep=keep).apply(zeros + decimals)) == 2


def test_a_value_that_cannot_be_compared_fails_its_record() -> None:
    """The message says what to do."""
    with pytest.raises(Unfit) as caught:
        Deduplicate().apply([{"a": object()}])

    assert str(caught.value) == (
        "a value that is object cannot be compared; leave its field out of the key"
    )


def test_a_missing_field_fails_its_record() -> None:
    """With the near name, as everywhere."""
    with pytest.raises(Unfit, match="did you mean 'id'"):
        Deduplicate("ids").apply([{"id": 1}])


def test_the_step_says_what_it_is() -> None:
    """Label, memory, opaque functions and repr."""
    step = Deduplicate(["a", "b"], keep="last")

    assert step.label == "Deduplicate(by a, b)"
    assert step.memory == "spilling"
    assert step.opaque is None
    assert repr(step) == "Deduplicate(['a', 'b'], keep='last')"
    assert repr(Deduplicate(name="once")) == "Deduplicate(keep='first')"
    assert Deduplicate(name="once").label == "once"
    assert "test_deduplicate.py" in str(Deduplicate({"k": lambda record: record["a"]}).opaque)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"keep": "frist"}, "Deduplicate: keep is 'first' or 'last', got 'frist'; did you mean"),
        ({"by": 5}, "Deduplicate compares by a field, a list of fields, or a dict of names and"),
        ({"by": []}, "Deduplicate compares by a field, a list of fields, or a dict of names and"),
        ({"name": 5}, "Deduplicate: name is what messages call the step, got 5"),
    ],
    ids=["keep", "by", "nothing", "name"],
)
def test_wrong_arguments_are_told_at_once(arguments: Any, told: str) -> None:
    """Not when the job runs."""
    with pytest.raises(ConfigurationError) as caught:
        Deduplicate(**arguments)

    assert str(caught.value).startswith(told)


def test_a_chain_behind_it_sees_what_is_left() -> None:
    """And what is in front decides what it sees."""
    chain = Filter(lambda record: record["n"] > 1) | Deduplicate("k")

    assert chain.apply([{"k": 1, "n": 1}, {"k": 1, "n": 2}, {"k": 1, "n": 3}]) == [{"k": 1, "n": 2}]
