"""Aggregate on records at hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from etlkit import F
from etlkit.errors import ConfigurationError
from etlkit.records import Unfit
from etlkit.transformations import Aggregate, Sum


if TYPE_CHECKING:
    from etlkit.records import Record


def total(group: list[Record]) -> int:
    """The sum of a field."""
    return sum(record["n"] for record in group)


RECORDS = [
    {"state": "CA", "year": 1, "n": 1},
    {"state": "NY", "year": 1, "n": 2},
    {"state": "CA", "year": 2, "n": 3},
    {"state": "CA", "year": 1, "n": 4},
]


def test_a_field_makes_one_record_of_each_group() -> None:
    """Groups come in the order in which they were first seen."""
    made = Aggregate("state", cases=len, total=total).apply(RECORDS)

    assert made == [
        {"state": "CA", "cases": 3, "total": 8},
        {"state": "NY", "cases": 1, "total": 2},
    ]


@pytest.mark.parametrize(
    "by",
    [["state", "year"], ("state", "year"), {"state": 1, "year": 2}.keys()],
    ids=["list", "tuple", "view"],
)
def test_several_fields_group_together(by: Any) -> None:
    """Each combination is a group."""
    made = Aggregate(by, total=total).apply(RECORDS)

    assert made == [
        {"state": "CA", "year": 1, "total": 5},
        {"state": "NY", "year": 1, "total": 2},
        {"state": "CA", "year": 2, "total": 3},
    ]


def test_functions_make_new_fields_to_group_by() -> None:
    """A dict names the fields of the key and says how each is worked out."""
    made = Aggregate({"west": lambda record: record["state"] == "CA"}, total=total).apply(RECORDS)

    assert made == [{"west": True, "total": 8}, {"west": False, "total": 2}]


def test_the_functions_of_a_key_are_called_once_a_record() -> None:
    """A function that takes a field out of the record works."""
    by = {"state": lambda record: record.pop("state")}

    made = Aggregate(by, fields=lambda group: [sorted(record) for record in group]).apply(RECORDS)

    assert made == [
        {"state": "CA", "fields": [["n", "year"]] * 3},
        {"state": "NY", "fields": [["n", "year"]]},
    ]


def test_a_group_needs_no_outputs() -> None:
    """Without functions only the distinct keys remain."""
    made = Aggregate("state").apply(RECORDS)

    assert made == [{"state": "CA"}, {"state": "NY"}]


def test_none_is_a_group_of_its_own() -> None:
    """A field that is None groups; a field that is missing does not."""
    made = Aggregate("state", cases=len).apply([{"state": None}, {"state": ""}, {"state": None}])

    assert made == [{"state": None, "cases": 2}, {"state": "", "cases": 1}]


def test_keys_of_different_types_are_different_groups() -> None:
    """Python takes 1, 1.0 and True for equal; a reader of the result does not."""
    made = Aggregate("n", cases=len).apply([{"n": 1}, {"n": 1.0}, {"n": True}, {"n": 1}])

    assert [(repr(record["n"]), record["cases"]) for record in made] == [
        ("1", 2),
        ("1.0", 1),
        ("True", 1),
    ]


def test_a_missing_field_is_named_with_its_neighbour() -> None:
    """The record that fails is noted, and a near name is offered."""
    with pytest.raises(Unfit) as caught:
        Aggregate("stat").apply(RECORDS)

    assert str(caught.value) == (
        "$ the record has no field 'stat'; did you mean 'state'?; where it may be missing, write "
        "F.stat.default(None)"
    )
    assert caught.value.code == "missing_field"
    assert caught.value.__notes__ == ["in step Aggregate(by stat): key, record 1"]


def test_a_value_that_cannot_be_hashed_makes_no_group() -> None:
    """The record with the list fails, by its number."""
    with pytest.raises(TypeError, match="unhashable") as caught:
        Aggregate("tags").apply([{"tags": "a"}, {"tags": ["a"]}])

    assert str(caught.value) == "unhashable type: 'list'"
    assert caught.value.__notes__ == ["in step Aggregate(by tags): key, record 2"]


def test_an_output_that_raises_is_noted_with_its_group() -> None:
    """By its number: the key of a group may be a sensitive value."""
    step = Aggregate("state", cases=len, worst=lambda group: max(r["grade"] for r in group))

    with pytest.raises(KeyError) as caught:
        step.apply(RECORDS)

    assert caught.value.__notes__ == ["in step Aggregate(by state), output 'worst' of group 1"]


def test_an_aggregate_says_what_it_is() -> None:
    """Label, functions, memory class and repr, for plans and messages."""
    step = Aggregate(["state", "year"], cases=len, total=total)

    assert step.label == "Aggregate(by state, year)"
    assert step.opaque is not None
    assert step.opaque.startswith("total: test_aggregate.py:")
    assert step.memory == "spilling"
    assert repr(step) == "Aggregate(['state', 'year'], cases, total)"
    assert [(part.label, part.memory) for part in step.parts()] == [
        ("Aggregate(by state, year): key", "streaming"),
        ("Aggregate(by state, year)", "spilling"),
    ]


def test_an_aggregate_may_have_a_name() -> None:
    """The name is the label of both of its parts."""
    step = Aggregate("state", name="by state")

    assert step.label == "by state"
    assert step.opaque is None
    assert [part.label for part in step.parts()] == ["by state: key", "by state"]


@pytest.mark.parametrize("wrong", [None, 5, [1], ["state", None], len, {1: len}], ids=repr)
def test_an_aggregate_groups_by_fields(wrong: Any) -> None:
    """Something else says what is expected."""
    with pytest.raises(ConfigurationError) as caught:
        Aggregate(wrong)

    assert str(caught.value) == (
        "Aggregate groups by a field, a list of fields, or a dict of names and expressions, "
        f"got {wrong!r}"
    )


def test_a_key_of_a_dict_needs_a_function() -> None:
    """A field name as the value is the usual mistake."""
    with pytest.raises(ConfigurationError) as caught:
        Aggregate({"state": "state"})

    assert str(caught.value) == (
        "Aggregate: 'state' needs an expression or a function, got 'state'; "
        "did you mean F['state']?"
    )


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (1, "1"),
        ("n", "'n'"),
        (F.n, "F.n; write Sum(F.n), or another aggregation of it"),
        (Sum, "<class 'etlkit.transformations.grouping.aggregations.Sum'>; write Sum(...)"),
    ],
    ids=["value", "field", "expression", "class"],
)
def test_an_output_needs_a_function(given: Any, shown: str) -> None:
    """A value instead of a function is refused, and so are a field and a bare class."""
    with pytest.raises(ConfigurationError) as caught:
        Aggregate("state", cases=given)

    said, _, where = str(caught.value).rpartition(" (")
    assert where.startswith("test_aggregate.py:")
    assert said == (
        "Aggregate: 'cases' needs an aggregation such as Sum('amount'), or a function of a list "
        f"of records, got {shown}"
    )


@pytest.mark.parametrize("by", ["state", {"state": len}], ids=["field", "function"])
def test_an_output_has_a_name_of_its_own(by: Any) -> None:
    """It would overwrite the key."""
    with pytest.raises(ConfigurationError) as caught:
        Aggregate(by, state=len)

    said, _, where = str(caught.value).rpartition(" (")
    assert said == "Aggregate: 'state' is already the name of a field it groups by"
    assert where.startswith("test_aggregate.py:")


def test_a_function_for_name_is_not_taken_for_an_output() -> None:
    """``name=`` is what the step is called, so an output of that name is refused."""
    with pytest.raises(ConfigurationError) as caught:
        Aggregate("state", name=len)

    said, _, where = str(caught.value).rpartition(" (")
    assert where.startswith("test_aggregate.py:")
    assert said == (
        f"Aggregate: name is what messages call the step, got {len!r}; an output needs another name"
    )
