"""Lookup on records at hand, and in a run."""

from __future__ import annotations

import math

from pathlib import Path
from typing import Any

import pytest

from etlkit import ETLJob, F, FileSource, Quarantine, RecordsSource
from etlkit.destinations import MemoryDestination
from etlkit.errors import ConfigurationError, RecordError
from etlkit.records import Unfit
from etlkit.transformations import Derive, Lookup
from transformations.conftest import both


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


def test_an_error_of_a_lookup_names_the_record() -> None:
    """In a run and in a flow, although no quarantine could keep the record."""
    flow = RecordsSource([{"state": "CA"}, {"state": "XX"}]) | Lookup(
        "state", STATES, missing="error"
    )

    result = flow.load("memory:", on_error=Quarantine())
    with pytest.raises(RecordError) as caught:
        list(flow)

    message = (
        "step Lookup(state): records:2: $.state is not in the table of Lookup(state), and "
        "missing='error'"
    )
    assert str(result.error) == f"job 'flow', {message}"
    assert str(caught.value) == message


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


def line_of(step: Any, records: list[Any]) -> str:
    """The line of the other side in the result of a run."""
    job = ETLJob("j", "J", RecordsSource(records), step, MemoryDestination())
    return str(job.execute().raise_if_failed()).splitlines()[1]


STATE_RECORDS: list[Any] = [{"state": "CA", "name": "California"}, {"state": "NY", "name": "N"}]


@pytest.mark.parametrize(
    ("table", "take", "told"),
    [
        (STATES, None, "a dict of 2: read 2, matched 1, unmatched 1"),
        (STATE_RECORDS, "name", "2 records: read 2, matched 1, unmatched 1"),
        (STATES.get, None, "get: calls 2"),
    ],
    ids=["dict", "records", "function"],
)
def test_what_it_looks_up_in_has_a_line_of_its_own(table: Any, take: Any, told: str) -> None:
    """The entries that were asked for, or the calls of a function."""
    records = [{"state": "CA"}, {"state": None}, {"state": "XX"}, {"state": "CA"}]

    line = line_of(Lookup("state", table, take=take, name="states"), records)

    assert line == f"  other side of states: {told}"


@pytest.mark.parametrize("missing", ["null", "reject"])
def test_a_function_is_called_once_for_what_it_does_not_know(missing: Any) -> None:
    """Each record without a match is told all the same."""
    calls: list[str] = []
    (step,) = Lookup("k", calls.append, missing=missing).parts()

    compiled, _ = both(step, {"k": "a"}, {"k": "a"})

    assert calls == ["a", "a"]  # once by each form
    assert len(compiled.refused) == (2 if missing == "reject" else 0)


def test_no_more_results_are_remembered_than_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then the function is called for each further value, and its results are right."""
    monkeypatch.setattr("etlkit.transformations.looking_up.MOST_CACHED", 2)
    calls: list[int] = []
    step = Lookup("k", lambda value: calls.append(value) or -value)

    made = step.apply([{"k": key} for key in (1, 2, 3, 3, 1, 2)])

    assert [one["k"] for one in made] == [-1, -2, -3, -3, -1, -2]
    assert calls == [1, 2, 3, 3]


@pytest.mark.parametrize(
    "table",
    [{(1, "a"): [1], 1: "one", "x": (2,)}, lambda value: {1: "one"}.get(value, [value])],
    ids=["dict", "function"],
)
def test_the_compiled_form_is_the_plain_one(table: Any) -> None:
    """For whatever is looked up, and in the batch that is timed, too."""
    keys = [1, True, 1.0, None, math.nan, (1, "a"), (True, "a"), [1], "x", "y", 1]

    compiled, interpreted = both(Lookup("k", table).parts()[0], *({"k": key} for key in keys))

    assert repr(compiled) == repr(interpreted)


def test_a_value_that_cannot_be_looked_up_fails_its_record() -> None:
    """Told by what it is."""
    (step,) = Lookup("k", {1: 1}).parts()

    (compiled, _) = both(step, {"k": [1]})

    assert compiled.refused == [
        (0, "lookup", "$.k [1] is a list, which cannot be looked up; make a text or tuple of it")
    ]


def test_a_misspelt_field_to_take_is_told_with_the_near_one() -> None:
    """Before a record is read."""
    with pytest.raises(ConfigurationError) as caught:
        Lookup("k", [{"k": 1, "name": 1}], take="nmae").apply([])

    assert str(caught.value) == (
        "Lookup: no record of the table has the field 'nmae' (take=); did you mean 'name'?"
    )


def test_a_sensitive_field_that_is_taken_is_masked(tmp_path: Path) -> None:
    """By the name that it has in the result."""
    path = tmp_path / "pins.csv"
    path.write_text("k,pin\n1,4711\n", encoding="utf-8")
    schema = {"k": {"type": int}, "pin": {"type": str, "sensitive": True}}
    step = Lookup("k", FileSource(path, schema=schema), take="pin", into="code")
    job = ETLJob(
        "j",
        "J",
        RecordsSource([{"k": 1}]),
        step | Derive(n=F.code + 1),
        MemoryDestination(),
        on_error=Quarantine(),
    )

    (rejection,) = job.execute().rejections

    assert "***" in rejection.message
    assert "4711" not in rejection.message
