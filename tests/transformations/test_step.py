"""Steps, and the chains that they make."""

from __future__ import annotations

import functools

from typing import TYPE_CHECKING, Any

import attrs
import pytest

from etlkit.errors import ConfigurationError
from etlkit.transformations import (
    Aggregate,
    Chain,
    Filter,
    FlatMap,
    Map,
    RecordStep,
    StageStep,
    Step,
    Transformation,
)


if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from etlkit.records import Record
    from etlkit.transformations.step import StepCode


def plus_one(record: Record) -> Record:
    """Change a record in place."""
    record["n"] += 1
    return record


def is_even(record: Record) -> bool:
    """Keep every second record."""
    return record["n"] % 2 == 0


class Doubler:
    """A callable object."""

    def __call__(self, record: Record) -> Record:
        """Double a field."""
        return {"n": record["n"] * 2}

    def method(self, record: Record) -> Record:
        """The same as a method."""
        return self(record)


class Reverse(StageStep):
    """A stage step of a user, with nothing but what the contract asks for."""

    label = "Reverse"

    def run(self, batches: Iterator[list[Record]]) -> Iterator[list[Record]]:
        """All records, the last one first."""
        yield [record for batch in batches for record in batch][::-1]


class Stamp(RecordStep):
    """A record step of a user, with nothing but what the contract asks for."""

    label = "Stamp"

    def each(self, record: Record) -> tuple[Record]:
        """The record with a stamp."""
        record["stamp"] = True
        return (record,)

    def write(self, code: StepCode) -> None:
        """The same as code."""
        code.line(f"record[{code.bind('name', 'stamp')}] = True")


class NoParts(Step):
    """A step that is neither record-wise nor ends a stage."""

    label = "NoParts"


STEPS = {
    "map": Map(plus_one),
    "filter": Filter(is_even),
    "flat map": FlatMap(lambda record: [record, {"n": -1}]),
    "aggregate": Aggregate("n", seen=len),
    "record": Transformation("t", plus_one, scope="record"),
    "batch": Transformation("t", lambda records: records[::-1], scope="batch"),
    "dataset": Transformation("t", lambda records: [plus_one(one) for one in records]),
    "stage step": Reverse(),
    "record step": Stamp(),
    "chain": Map(plus_one) | Filter(is_even) | Aggregate("n", seen=len) | Map(plus_one),
}
every_step = pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)

NOT_STEPS = {
    "a function": (plus_one, f"got {plus_one!r}; wrap the function, for example Map(function)"),
    "a class": (Map, f"got {Map!r}; that is the class, a step has arguments: Map(...)"),
    "None": (None, "got None"),
    "a text": ("Map", "got 'Map'"),
    "a number": (5, "got 5"),
}
every_wrong_step = pytest.mark.parametrize(
    ("wrong", "words"), NOT_STEPS.values(), ids=list(NOT_STEPS)
)


@every_step
def test_a_step_applied_twice_gives_equal_results(step: Step) -> None:
    """A step holds no state, so the second application sees what the first one saw."""
    records = [{"n": 1}, {"n": 2}, {"n": 2}]
    first = step.apply(records)

    second = step.apply(records)

    assert second == first


@every_step
def test_a_step_leaves_the_records_of_the_caller_alone(step: Step) -> None:
    """What a step changes in place is a copy."""
    records = [{"n": 1, "deep": {"list": [{"n": 1}]}}, {"n": 2, "deep": {"list": []}}]

    step.apply(records)

    assert records == [{"n": 1, "deep": {"list": [{"n": 1}]}}, {"n": 2, "deep": {"list": []}}]


@every_step
def test_a_step_takes_an_empty_iterable(step: Step) -> None:
    """No records in, no records out."""
    made = step.apply(iter(()))

    assert made == []


@pytest.mark.parametrize("name", ["func", "predicate", "name", "scope", "steps"])
def test_a_step_cannot_be_changed(name: str) -> None:
    """Steps are values: an argument cannot be set anew."""
    chain = Map(plus_one, name="m") | Filter(is_even) | STEPS["record"]
    owner = next(step for step in (*chain.steps, chain) if hasattr(step, name))

    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        setattr(owner, name, None)


def test_equal_arguments_make_equal_steps() -> None:
    """Steps compare by what they do."""
    first = Map(plus_one) | Filter(is_even, name="even")

    second = Map(plus_one) | Filter(is_even, name="even")

    assert first == second


def test_apply_refuses_what_is_no_record() -> None:
    """A wrong item is named by its value."""
    with pytest.raises(ConfigurationError) as caught:
        Map(plus_one).apply([{"n": 1}, 5])

    assert str(caught.value) == "a record is a dict, got 5"


def test_an_exception_of_a_step_is_noted_with_step_and_record() -> None:
    """The exception surfaces as it is; its note says where it happened."""
    with pytest.raises(KeyError) as caught:
        Map(plus_one).apply([{"n": 1}, {"m": 2}])

    assert str(caught.value) == "'n'"
    assert caught.value.__notes__ == ["in step Map(plus_one), record 2"]


def test_a_chain_applies_its_steps_from_left_to_right() -> None:
    """The second step gets what the first one made."""
    chain = Map(plus_one) | Filter(is_even) | Map(Doubler())

    made = chain.apply([{"n": 1}, {"n": 2}, {"n": 3}])

    assert made == [{"n": 4}, {"n": 8}]


def test_chains_are_flattened() -> None:
    """However steps are grouped, the chain is the same."""
    one, two, three = Map(plus_one), Filter(is_even), Map(Doubler())

    chains = [(one | two) | three, one | (two | three), Chain.of([one, two | three])]

    assert [chain.steps for chain in chains] == [(one, two, three)] * 3


def test_a_chain_of_nothing_changes_nothing() -> None:
    """No transformations is a chain without steps."""
    chain = Chain.of(None)

    assert chain.steps == ()
    assert chain.label == ""
    assert chain.apply([{"n": 1}]) == [{"n": 1}]


def test_a_chain_is_labelled_by_its_steps() -> None:
    """The label of a chain reads as it is written."""
    chain = Map(plus_one) | Filter(is_even, name="even only")

    assert chain.label == "Map(plus_one) | even only"


def test_a_chain_is_made_of_one_step_a_list_or_a_generator() -> None:
    """What users pass as transformations, in all its forms."""
    step = Map(plus_one)

    chains = [Chain.of(step), Chain.of([step]), Chain.of(one for one in (step,))]

    assert [chain.steps for chain in chains] == [(step,)] * 3


@every_wrong_step
def test_a_step_joins_only_with_steps(wrong: object, words: str) -> None:
    """``|`` with something else says what was expected, and what to do with a function."""
    with pytest.raises(ConfigurationError) as caught:
        _ = Map(plus_one) | wrong

    said, _, where = str(caught.value).rpartition(" (")
    assert said == f"a step such as Map(...) or Filter(...) is expected, {words}"
    assert where.startswith("test_step.py:")


@every_wrong_step
def test_a_list_of_steps_holds_only_steps(wrong: object, words: str) -> None:
    """A wrong thing in a list is named as such."""
    with pytest.raises(ConfigurationError) as caught:
        Chain.of([Map(plus_one), wrong])

    assert str(caught.value) == f"a step such as Map(...) or Filter(...) is expected, {words}"


@pytest.mark.parametrize(
    "wrong", [5, "Map", b"Map", {"a": Map(plus_one)}], ids=["number", "text", "bytes", "dict"]
)
def test_transformations_are_a_step_or_a_list_of_steps(wrong: object) -> None:
    """Texts and dicts are iterable, but they are no lists of steps."""
    with pytest.raises(ConfigurationError) as caught:
        Chain.of(wrong)

    expected = f"a step such as Map(...) or Filter(...) is expected, got {wrong!r}"
    assert str(caught.value).partition("; from_dict")[0] == expected


def test_a_function_as_transformations_is_to_be_wrapped() -> None:
    """The most natural mistake gets a hint."""
    with pytest.raises(ConfigurationError) as caught:
        Chain.of(plus_one)

    assert str(caught.value) == (
        f"a step such as Map(...) or Filter(...) is expected, got {plus_one!r}; "
        "wrap the function, for example Map(function)"
    )


def test_a_step_without_parts_says_what_it_lacks() -> None:
    """A class of a user that extends neither contract is told so."""
    with pytest.raises(ConfigurationError) as caught:
        NoParts().apply([{"n": 1}])

    assert str(caught.value) == "NoParts is neither a RecordStep nor a StageStep"


def test_a_step_of_a_user_tells_nothing_of_functions() -> None:
    """A step that calls no function is not opaque, and streams unless it says otherwise."""
    step = Stamp()

    assert step.opaque is None
    assert step.memory == "streaming"


# A lambda is named by the line that it stands on.
_LAMBDA = lambda record: record  # noqa: E731 -- what is named here is a lambda
_LAMBDA_PLACE = f"test_step.py:{_LAMBDA.__code__.co_firstlineno}"

CALLED = {
    "function": (plus_one, "plus_one", f"test_step.py:{plus_one.__code__.co_firstlineno}"),
    "lambda": (_LAMBDA, f"lambda {_LAMBDA_PLACE}", _LAMBDA_PLACE),
    "partial": (
        functools.partial(plus_one),
        "partial",
        f"test_step.py:{plus_one.__code__.co_firstlineno}",
    ),
    "partial of a builtin": (functools.partial(dict), "partial", "a partial"),
    "callable object": (Doubler(), "Doubler", "a Doubler"),
    "bound method": (
        Doubler().method,
        "method",
        f"test_step.py:{Doubler.method.__code__.co_firstlineno}",
    ),
    "class": (dict, "dict", "a type"),
    "builtin": (len, "len", "a builtin_function_or_method"),
}


@pytest.mark.parametrize("kind", [Map, Filter, FlatMap], ids=lambda kind: kind.__name__)
@pytest.mark.parametrize(("func", "name", "place"), CALLED.values(), ids=list(CALLED))
def test_a_step_is_labelled_by_its_function(
    kind: Any, func: Callable[..., Any], name: str, place: str
) -> None:
    """Whatever is callable gives a step its name, and the place where it is written."""
    step = kind(func)

    assert step.label == f"{kind.__name__}({name})"
    assert step.opaque == place


@pytest.mark.parametrize("kind", [Map, Filter, FlatMap], ids=lambda kind: kind.__name__)
def test_a_name_replaces_the_label(kind: Any) -> None:
    """What the user calls the step is what messages call it."""
    step = kind(plus_one, name="clean up")

    assert step.label == "clean up"


@pytest.mark.parametrize("kind", [Map, FlatMap], ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("wrong", [None, "strip", 5, {"n": 1}], ids=repr)
def test_a_step_needs_a_function(kind: Any, wrong: object) -> None:
    """A step without something to call fails where it is made."""
    with pytest.raises(ConfigurationError) as caught:
        kind(wrong)

    said, _, where = str(caught.value).rpartition(" (")
    assert said == f"{kind.__name__}: a function is expected, got {wrong!r}"
    assert where.startswith("test_step.py:")


@pytest.mark.parametrize("kind", [Map, Filter, FlatMap], ids=lambda kind: kind.__name__)
def test_a_step_needs_a_function_of_one_record(kind: Any) -> None:
    """One that takes two arguments could not be called."""
    with pytest.raises(ConfigurationError) as caught:
        kind(lambda key, value: value)

    words = f"{kind.__name__}: the function is called with one record, but it takes (key, value) ("
    assert str(caught.value).startswith(words)
    assert "(test_step.py:" in str(caught.value)
