"""Lookup on records at hand, and in a run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from etlkit import ETLJob, FileSource, Quarantine, RecordsSource
from etlkit.destinations import MemoryDestination
from etlkit.errors import ConfigurationError, RecordError
from etlkit.records import Unfit
from etlkit.transformations import Lookup


STATES = {"CA": "California", "NY": "New York"}


def test_a_value_takes_the_place_of_the_one_that_was_looked_up() -> None:
    """None stays None, and so does what is not there."""
    made = Lookup("state", STATES).apply([{"state": "CA"}, {"state": None}, {"state": "XX"}])

    assert made == [{"state": "California"}, {"state": None}, {"state": None}]


def test_the_result_may_have_a_field_of_its_own() -> None:
    """Beside the other."""
    made = Lookup("state", STATES, into="name").apply([{"state": "NY"}])

    assert made == [{"state": "NY", "name": "New York"}]


def test_values_of_different_types_are_not_the_same() -> None:
    """1, 1.0 and True."""
    made = Lookup("n", {1: "one"}).apply([{"n": 1}, {"n": True}, {"n": 1.0}])

    assert [one["n"] for one in made] == ["one", None, None]


def test_a_value_of_the_table_may_be_none() -> None:
    """It is there, so it is not missing."""
    made = Lookup("n", {1: None}, missing="error").apply([{"n": 1}])

    assert made == [{"n": None}]


def test_records_are_looked_up_by_a_field_of_theirs(tmp_path: Path) -> None:
    """Of a source or a list."""
    path = tmp_path / "states.jsonl"
    path.write_bytes(b'{"code": "CA", "name": "California"}\n')

    of_source = Lookup("state", FileSource(path), key="code", take="name")
    of_list = Lookup("state", [{"state": "CA", "name": "California"}], take="name")

    made = [step.apply([{"state": "CA"}, {"state": "XX"}]) for step in (of_source, of_list)]
    assert made == [[{"state": "California"}, {"state": None}]] * 2


def test_a_table_has_each_key_once() -> None:
    """Otherwise there would be two answers."""
    table = [{"k": 1, "v": 1}, {"k": 1, "v": 2}]

    with pytest.raises(RecordError, match="record 2 of the other side has the 'k' of an earlier"):
        Lookup("k", table, take="v").apply([])


def test_the_field_to_take_has_to_be_somewhere() -> None:
    """A misspelt name would make everything None."""
    with pytest.raises(ConfigurationError, match="no record of the table has the field 'nmae'"):
        Lookup("k", [{"k": 1, "name": 1}], take="nmae").apply([])


@pytest.mark.parametrize(("cached", "expected"), [(True, ["a", "b"]), (False, ["a", "b", "a"])])
def test_a_function_is_called_once_for_a_value(cached: bool, expected: list[str]) -> None:
    """Unless it should be called for each record; never for None."""
    calls: list[str] = []
    step = Lookup("k", lambda value: calls.append(value) or value.upper(), cached=cached)

    made = step.apply([{"k": "a"}, {"k": "b"}, {"k": None}, {"k": "a"}])

    assert [one["k"] for one in made] == ["A", "B", None, "A"]
    assert calls == expected


def test_results_are_not_shared() -> None:
    """A step behind may change what it got."""
    first, second = Lookup("k", {1: []}).apply([{"k": 1}, {"k": 1}])

    assert first["k"] is not second["k"]


@pytest.mark.parametrize("table", [STATES, STATES.get], ids=["dict", "function"])
def test_a_missing_value_may_reject_its_record(table: Any) -> None:
    """The message shows it, unless the field is sensitive."""
    with pytest.raises(Unfit) as caught:
        Lookup("state", table, missing="reject").apply([{"state": "XX"}])

    assert str(caught.value) == "$.state 'XX' is not in the table of Lookup(state)"
    assert caught.value.code == "lookup"
    assert caught.value.problems[0].masked == "*** is not in the table of Lookup(state)"


@pytest.mark.parametrize(
    ("missing", "rejected", "loaded"), [("null", 0, 2), ("reject", 1, 1), ("error", 0, 0)]
)
def test_missing_says_what_becomes_of_the_run(missing: Any, rejected: int, loaded: int) -> None:
    """An error ends it, although it sets bad records aside."""
    source = RecordsSource([{"state": "CA"}, {"state": "XX"}])
    destination = MemoryDestination()
    job = ETLJob(
        "j",
        "J",
        source,
        Lookup("state", STATES, missing=missing),
        destination,
        on_error=Quarantine(),
    )

    result = job.execute()

    assert (len(result.rejections), len(destination.records)) == (rejected, loaded)
    assert [error.count("and missing='error'") for error in result.errors] == [1] * (
        missing == "error"
    )


def test_a_missing_field_fails_its_record() -> None:
    """With the near name, as everywhere."""
    with pytest.raises(Unfit, match="did you mean 'state'"):
        Lookup("stat", STATES).apply([{"state": "CA"}])


def test_the_step_says_what_it_is() -> None:
    """Label, memory, repr, and where a function is."""
    step = Lookup("state", STATES, into="name")

    assert step.label == "Lookup(state)"
    assert step.memory == "keyed"
    assert step.opaque is None
    assert repr(step) == "Lookup('state', a dict of 2, into='name')"
    assert "test_lookup.py" in str(Lookup("a", lambda value: value).opaque)
    assert repr(Lookup("a", [{"a": 1}], take="a")) == "Lookup('a', 1 records, into='a')"


@pytest.mark.parametrize(
    ("table", "arguments", "told"),
    [
        ([{"a": 1}], {}, "Lookup: take= names the field of the other side that is the result"),
        (STATES, {"take": "a"}, "Lookup: key= and take= are for a source or a list of records"),
        (STATES, {"missing": "nul"}, "Lookup: missing is 'null' or 'error' or 'reject', got 'nul'"),
        (STATES, {"into": 5}, "Lookup: a field is called by its name, a text, got 5"),
        (5, {}, "Lookup takes an iterable of dicts, got int"),
    ],
    ids=["take", "dict", "missing", "into", "table"],
)
def test_wrong_arguments_are_told_at_once(table: Any, arguments: Any, told: str) -> None:
    """Not when the job runs."""
    with pytest.raises(ConfigurationError) as caught:
        Lookup("state", table, **arguments)

    assert str(caught.value).startswith(told)
