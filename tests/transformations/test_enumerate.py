"""Enumerate: records with numbers."""

from __future__ import annotations

from typing import Any

import pytest

from etlkit import ETLJob, F, Quarantine, RecordsSource
from etlkit.destinations import MemoryDestination
from etlkit.errors import ConfigurationError
from etlkit.transformations import Cast, Enumerate, Explode, Filter, from_dict, to_dict
from transformations.conftest import Told, after_a_retry, both, orders


def test_the_records_are_numbered_from_one() -> None:
    """In the order in which they come."""
    made = both(Enumerate(), {"a": "x"}, {"a": "y"})

    numbered = [{"record_number": 1, "a": "x"}, {"record_number": 2, "a": "y"}]
    assert made == [Told(numbered)] * 2


def test_name_and_start_may_be_others() -> None:
    """Any whole number."""
    made = both(Enumerate("n", start=-1), {"a": "x"}, {"a": "y"})

    assert made == [Told([{"n": -1, "a": "x"}, {"n": 0, "a": "y"}])] * 2


@pytest.mark.parametrize(("side", "order"), [("first", ["n", "a"]), ("last", ["a", "n"])])
def test_the_number_stands_first_or_last(side: Any, order: list[str]) -> None:
    """First, unless it is said."""
    made = orders(Enumerate("n", side=side), {"a": 1})

    assert made == [[order]] * 2


@pytest.mark.parametrize("side", ["first", "last"])
def test_a_field_of_that_name_fails_the_record(side: Any) -> None:
    """It takes no number, and the message says what to do."""
    made = both(Enumerate("a", side=side), {"b": 1}, {"a": None}, {"b": 2})

    words = "the record has a field 'a' already; Drop it first, or choose another name"
    numbered = [{"a": 1, "b": 1}, {"a": 2, "b": 2}]
    assert made == [Told(numbered, refused=[(1, "name_clash", words)])] * 2


def test_what_was_left_out_before_has_no_number() -> None:
    """And what is refused later leaves a gap."""
    destination = MemoryDestination()
    source = RecordsSource([{"a": "1"}, {"a": ""}, {"a": "x"}, {"a": "4"}])
    chain = Filter(F.a != "") | Enumerate("n") | Cast(a=int)

    ETLJob("j", "J", source, chain, destination, on_error=Quarantine()).execute().raise_if_failed()

    assert destination.records == [{"n": 1, "a": 1}, {"n": 3, "a": 4}]


def test_the_records_made_of_one_have_numbers_of_their_own() -> None:
    """Behind a step that fans out."""
    chain = Explode("tags") | Enumerate("n")

    made = chain.apply([{"tags": ["a", "b"]}, {"tags": ["c"]}])

    assert made == [{"n": 1, "tags": "a"}, {"n": 2, "tags": "b"}, {"n": 3, "tags": "c"}]


def test_each_run_begins_anew() -> None:
    """A step is a value that several runs share."""
    destination = MemoryDestination()
    step = Enumerate("n")
    job = ETLJob("j", "J", RecordsSource([{"a": 1}]), step, destination)

    made = [job.execute().raise_if_failed() and destination.records for _ in range(2)]

    assert made == [[{"n": 1, "a": 1}]] * 2
    assert [step.apply([{"a": 1}]), step.apply([{"a": 1}])] == [[{"n": 1, "a": 1}]] * 2


def test_another_attempt_gives_the_same_numbers() -> None:
    """What a failed one had counted is forgotten."""
    made = after_a_retry(Enumerate("n"), [{"a": 1}, {"a": 2}])

    assert made == [{"n": 1, "a": 1}, {"n": 2, "a": 2}]


def test_it_counts_over_batches() -> None:
    """Also those that are run step by step to measure the time."""
    destination = MemoryDestination()
    source = RecordsSource([{"id": n} for n in range(1, 70_001)])

    ETLJob("j", "J", source, Enumerate("n"), destination).execute().raise_if_failed()

    assert destination.records == [{"n": n, "id": n} for n in range(1, 70_001)]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"field": F.n}, "Enumerate: a field is called by its name, a text, got F.n"),
        ({"field": 1}, "Enumerate: a field is called by its name, a text, got 1"),
        ({"start": True}, "Enumerate: start is a whole number, got True"),
        ({"start": "1"}, "Enumerate: start is a whole number, got '1'"),
        ({"side": "fist"}, "Enumerate: side is 'first' or 'last', got 'fist'; did you mean"),
    ],
    ids=["an expression", "a number", "a bool", "a text", "side"],
)
def test_other_arguments_are_refused_when_the_step_is_made(arguments: Any, words: str) -> None:
    """The message says where it was written."""
    with pytest.raises(ConfigurationError) as caught:
        Enumerate(**arguments)

    assert str(caught.value).startswith(words)
    assert "(test_enumerate.py:" in str(caught.value)


@pytest.mark.parametrize(
    "step", [Enumerate(), Enumerate("n"), Enumerate("n", start=0, side="last")], ids=repr
)
def test_its_text_and_its_dict_form_read_back(step: Enumerate) -> None:
    """Both say all there is to say."""
    made = [from_dict(to_dict(step)), eval(repr(step))]

    assert made == [step, step]


def test_it_holds_one_record_at_a_time() -> None:
    """And calls no function of the user."""
    step = Enumerate("n")

    assert (step.label, step.memory, step.opaque) == ("Enumerate('n')", "streaming", None)
