"""Transformation: a function over a record, a batch or the dataset."""

from __future__ import annotations

import types

from typing import TYPE_CHECKING, Any

import pytest

from etlkit import Transformation
from etlkit.errors import ConfigurationError, DataError
from etlkit.records import Unfit


if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from etlkit.records import Record

SCOPES = ["dataset", "batch", "record"]


def add(records: list[Record], *, by: int) -> list[Record]:
    """Add a number to a field of each record."""
    return [{"n": record["n"] + by} for record in records]


def add_to_one(record: Record, *, by: int) -> Record:
    """Add a number to a field of a record."""
    return {"n": record["n"] + by}


@pytest.mark.parametrize(
    ("scope", "func"), [("dataset", add), ("batch", add), ("record", add_to_one)], ids=SCOPES
)
def test_the_configuration_becomes_keyword_arguments(scope: Any, func: Callable[..., Any]) -> None:
    """Each call of the function gets them."""
    step = Transformation("add", func, {"by": 10}, scope=scope)

    made = step.apply([{"n": 1}, {"n": 2}])

    assert made == [{"n": 11}, {"n": 12}]


def test_any_mapping_is_a_configuration() -> None:
    """A read-only view of a dict will do."""
    step = Transformation("add", add, types.MappingProxyType({"by": 1}))

    assert step.apply([{"n": 1}]) == [{"n": 2}]


def test_a_function_over_the_dataset_sees_all_records() -> None:
    """It gets one list, which it may change in place and return."""

    def reverse(records: list[Record]) -> list[Record]:
        records.reverse()
        return records

    made = Transformation("reverse", reverse).apply([{"n": 1}, {"n": 2}])

    assert made == [{"n": 2}, {"n": 1}]


def test_a_function_over_a_batch_sees_each_batch() -> None:
    """It is called once for each batch, and may return any iterable of records."""

    def with_size(records: list[Record]) -> Iterator[Record]:
        return ({**record, "of": len(records)} for record in records)

    (part,) = Transformation("size", with_size, scope="batch").parts()

    made = list(part.run(iter([[{"n": 1}, {"n": 2}], [{"n": 3}]])))

    assert made == [[{"n": 1, "of": 2}, {"n": 2, "of": 2}], [{"n": 3, "of": 1}]]


@pytest.mark.parametrize(
    ("scope", "memory"),
    [("dataset", "materialising"), ("batch", "streaming"), ("record", "streaming")],
    ids=SCOPES,
)
def test_a_transformation_says_what_it_is(scope: Any, memory: str) -> None:
    """Name, memory class and place, for plans and messages; its parts agree."""
    step = Transformation("clean", add, {"by": 1}, scope=scope)

    (part,) = step.parts()

    place = f"test_transformation.py:{add.__code__.co_firstlineno}"
    assert (step.label, step.memory, step.opaque) == ("clean", memory, place)
    assert (part.label, part.memory, part.opaque) == ("clean", memory, place)


@pytest.mark.parametrize(
    ("scope", "what"), [("dataset", "the whole dataset"), ("batch", "a batch")]
)
def test_a_failure_over_several_records_recommends_the_scope_of_one(scope: Any, what: str) -> None:
    """It cannot be blamed on one record; the note says what would help."""
    step = Transformation("divide", lambda records: [{"n": 1 // len(records[0])}], scope=scope)

    with pytest.raises(ZeroDivisionError) as caught:
        step.apply([{}])

    assert caught.value.__notes__ == [
        (
            f"in step divide, a function over {what}: its failure cannot be blamed on one record. "
            "With scope='record' the record would be named, and Quarantine could set it aside."
        )
    ]


def test_a_generator_that_raises_over_several_records_is_noted_too() -> None:
    """What a function yields is read inside the step."""

    def broken(records: list[Record]) -> Iterator[Record]:
        yield from records
        raise ValueError("after all")

    with pytest.raises(ValueError, match="after all") as caught:
        Transformation("broken", broken).apply([{"n": 1}])

    assert str(caught.value) == "after all"
    assert len(caught.value.__notes__) == 1


@pytest.mark.parametrize("scope", ["dataset", "batch"])
@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (None, "NoneType; does it end without 'return records'?"),
        ({"n": 1}, "dict"),
        ("secret", "str"),
        (b"secret", "bytes"),
        (5, "int"),
        ([{"ssn": "secret"}, None], "NoneType as item 2 of its results"),
        (["secret"], "str as item 1 of its results"),
    ],
    ids=["None", "one record", "a text", "bytes", "a number", "None among them", "no records"],
)
def test_a_function_over_records_returns_records(scope: Any, wrong: object, words: str) -> None:
    """The message has types and no values, since those may be sensitive."""
    step = Transformation("clean", lambda records: wrong, scope=scope)

    with pytest.raises(DataError) as caught:
        step.apply([{"n": 1}])

    assert str(caught.value) == (
        f"clean returned {words}; a function over records returns an iterable of records (dicts)"
    )


def test_a_function_over_one_record_returns_one() -> None:
    """The step is named as the user named it."""
    step = Transformation("clean", lambda record: None, scope="record")

    with pytest.raises(Unfit) as caught:
        step.apply([{"n": 1}])

    assert str(caught.value) == (
        "clean returned None instead of a record (a dict); to change the record in place, end the "
        "function with 'return record'; a lambda makes a new one: {**record, 'name': value}"
    )


@pytest.mark.parametrize("wrong", ["", None, 5, add], ids=["empty", "None", "number", "function"])
def test_a_transformation_needs_a_name(wrong: Any) -> None:
    """Counts and messages are told apart by the names of the steps."""
    with pytest.raises(ConfigurationError) as caught:
        Transformation(wrong, add)

    assert str(caught.value) == f"a Transformation needs a name, got {wrong!r}"


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        ("records", "; did you mean 'record'?"),
        ("Dataset", "; did you mean 'dataset'?"),
        ("xyz", ""),
        (None, ""),
    ],
    ids=repr,
)
def test_a_scope_is_one_of_three(wrong: Any, hint: str) -> None:
    """A near miss is told what was meant."""
    with pytest.raises(ConfigurationError) as caught:
        Transformation("clean", add, scope=wrong)

    expected = f"scope is 'dataset', 'batch' or 'record', got {wrong!r}{hint}"
    assert str(caught.value) == expected


@pytest.mark.parametrize("wrong", [5, ["by"], "by", {1: 2}], ids=repr)
def test_a_configuration_is_a_dict_of_keyword_arguments(wrong: Any) -> None:
    """A wrong one fails where the step is made, not when it is run."""
    with pytest.raises(ConfigurationError) as caught:
        Transformation("clean", add, wrong)

    assert str(caught.value) == (
        "Transformation 'clean': config is a dict of keyword arguments for the function, "
        f"got {wrong!r}"
    )


def test_a_transformation_needs_a_function() -> None:
    """What cannot be called is refused."""
    with pytest.raises(ConfigurationError) as caught:
        Transformation("clean", "strip")

    assert str(caught.value) == "a function is expected, got 'strip'"
