"""Melt: a record for each of several fields."""

from __future__ import annotations

from typing import Any

import pytest

from etlkit import ETLJob, F, Quarantine, RecordsSource
from etlkit.errors import ConfigurationError
from etlkit.transformations import Derive, Map, Melt
from transformations.conftest import Told, both, orders


WIDE = {"shop": "A", "jan": 10, "feb": None, "open": True}


def test_the_other_fields_are_the_same_in_all_results() -> None:
    """The new fields come last; the records that were added count as produced."""
    made = both(Melt(["feb", "jan"]), WIDE)

    records = [
        {"shop": "A", "open": True, "variable": "feb", "value": None},
        {"shop": "A", "open": True, "variable": "jan", "value": 10},
    ]
    assert made == [Told(records, produced=1)] * 2
    assert orders(Melt("jan"), WIDE) == [[["shop", "feb", "open", "variable", "value"]]] * 2


def test_all_but_the_index_become_records() -> None:
    """In the order in which the record has them."""
    made = both(Melt(index="shop", variable_name="month", value_name="sales"), WIDE)

    records = [
        {"shop": "A", "month": "jan", "sales": 10},
        {"shop": "A", "month": "feb", "sales": None},
        {"shop": "A", "month": "open", "sales": True},
    ]
    assert made == [Told(records, produced=2)] * 2


def test_what_is_named_nowhere_is_left_out() -> None:
    """Where both kinds of fields are named."""
    made = both(Melt("jan", index="shop"), WIDE)

    assert made == [Told([{"shop": "A", "variable": "jan", "value": 10}])] * 2


def test_the_fields_of_the_index_come_in_its_order() -> None:
    """As it was written."""
    assert orders(Melt("jan", index=["open", "shop"]), WIDE) == (
        [[["open", "shop", "variable", "value"]]] * 2
    )


def test_none_may_be_left_out() -> None:
    """One record less is made."""
    made = both(Melt(["jan", "feb"], index="shop", nulls="drop"), WIDE)

    assert made == [Told([{"shop": "A", "variable": "jan", "value": 10}])] * 2


@pytest.mark.parametrize(
    "step",
    [Melt("feb", nulls="drop"), Melt(index=list(WIDE)), Melt("mar", missing="ignore")],
    ids=["none", "index", "missing"],
)
def test_a_record_of_which_nothing_is_left_is_filtered(step: Melt) -> None:
    """It is accounted for."""
    assert both(step, WIDE) == [Told(filtered=1)] * 2


@pytest.mark.parametrize(
    "step",
    [Melt(["jan", "febr"], index="shop"), Melt("jan", index=["shop", "febr"])],
    ids=["on", "index"],
)
def test_a_record_without_one_of_the_fields_fails(step: Melt) -> None:
    """The message has the field, and the one that may have been meant."""
    made = both(step, WIDE)

    words = "$ the record has no field 'febr'; did you mean 'feb'?; missing='ignore' lets records without it pass"
    assert made == [Told(refused=[(0, "missing_field", words)])] * 2


def test_results_may_do_without_missing_fields() -> None:
    """There is no record of what is not there, and no field."""
    step = Melt(["jan", "feb"], index=["id", "shop"], missing="ignore")

    made = both(step, {"shop": "A", "jan": 1}, {"id": 2, "feb": 3})

    records = [
        {"shop": "A", "variable": "jan", "value": 1},
        {"id": 2, "variable": "feb", "value": 3},
    ]
    assert made == [Told(records)] * 2


@pytest.mark.parametrize(
    ("field", "argument"), [("variable", "variable_name"), ("value", "value_name")]
)
def test_a_field_with_the_name_of_a_new_one_fails(field: str, argument: str) -> None:
    """Nothing is written over."""
    made = both(Melt("jan"), {"jan": 1, field: 2})

    words = (
        f"the record has a field {field!r} already; Drop it first, or give {argument}= another name"
    )
    assert made == [Told(refused=[(0, "name_clash", words)])] * 2


def test_a_new_field_may_have_the_name_of_one_that_became_a_record() -> None:
    """That one is gone."""
    made = both(Melt("value"), {"id": 1, "value": 2})

    assert made == [Told([{"id": 1, "variable": "value", "value": 2}])] * 2


def test_results_share_nothing() -> None:
    """A later step may change one of them in place."""
    chain = Melt(["a", "b"]) | Map(lambda record: record["seen"].append(record["value"]) or record)
    source = RecordsSource([{"a": 1, "b": 2, "seen": []}])

    job = ETLJob("j", "J", source, chain, "memory:")
    job.execute().raise_if_failed()

    expected = [
        {"seen": [1], "variable": "a", "value": 1},
        {"seen": [2], "variable": "b", "value": 2},
    ]
    assert job.loader.destination.records == expected  # type: ignore[attr-defined]  # of a memory
    assert chain.apply(source.extract()) == expected


def test_a_source_record_is_one_unit() -> None:
    """When one of its results fails later, the others are taken back."""
    chain = Melt(["a", "b"]) | Derive(half=10 / F.value)
    source = RecordsSource([{"a": 1, "b": 0}, {"a": 2, "b": 5}])

    job = ETLJob("j", "J", source, chain, "memory:", on_error=Quarantine())
    result = job.execute()

    assert job.loader.destination.records == [  # type: ignore[attr-defined]  # of a memory
        {"variable": "a", "value": 2, "half": 5.0},
        {"variable": "b", "value": 5, "half": 2.0},
    ]
    assert result.rows_rejected == 1


def test_the_step_is_shown_as_it_is_written() -> None:
    """A single field is a list of one."""
    step = Melt("jan", index={"shop": 1}.keys(), nulls="drop")

    assert repr(step) == "Melt(('jan',), index=('shop',), nulls='drop')"
    assert repr(Melt(index="shop")) == "Melt(index=('shop',))"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            {},
            (
                "Melt needs the fields that become records, such as Melt(['jan', 'feb']), or those "
                "that do not: Melt(index='id') ("
            ),
        ),
        ({"on": 5}, "Melt: on is a field, or a list of fields, got 5 ("),
        ({"on": []}, "Melt: on is a field, or a list of fields, got [] ("),
        ({"on": {"a": "b"}}, "Melt: on is a field, or a list of fields, got {'a': 'b'} ("),
        ({"index": {"a"}}, "Melt: index is a field, or a list of fields, got {'a'} ("),
        (
            {"on": F.a},
            "Melt: a field is called by its name, a text, got F.a; write the name: 'a' (",
        ),
        ({"on": ["a", "a"]}, "Melt: the field 'a' is named twice ("),
        ({"on": ["a", "b"], "index": "b"}, "Melt: 'b' is in on and in index ("),
        (
            {"on": "a", "index": "value"},
            "Melt: 'value' is in index and the name of a new field (",
        ),
        (
            {"on": "a", "variable_name": "value"},
            "Melt: both new fields would be called 'value' (",
        ),
        (
            {"on": "a", "value_name": 5},
            "Melt: a field is called by its name, a text, got 5 (",
        ),
        (
            {"on": "a", "nulls": "dro"},
            "Melt: nulls is 'keep' or 'drop', got 'dro'; did you mean 'drop'? (",
        ),
        ({"on": "a", "missing": "null"}, "Melt: missing is 'error' or 'ignore', got 'null' ("),
    ],
    ids=[
        "nothing",
        "a number",
        "no field",
        "a dict",
        "a set",
        "an expression",
        "twice",
        "in both",
        "a name of the index",
        "one name",
        "no name",
        "other nulls",
        "another missing",
    ],
)
def test_other_arguments_are_refused_when_the_step_is_made(
    arguments: dict[str, Any], words: str
) -> None:
    """The message says what to write, and where it was written."""
    with pytest.raises(ConfigurationError) as caught:
        Melt(**arguments)

    assert str(caught.value).startswith(f"{words}test_melt.py:")
