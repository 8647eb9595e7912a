"""One source record on its way through the chain."""

from __future__ import annotations

import itertools

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from etlkit import DataLoader, DataSource, DataValidator, FileSource, RecordsSource
from etlkit.destinations import MemoryDestination
from etlkit.engine.plan import make_plan
from etlkit.engine.traces import Trace
from etlkit.engine.tracing import missing, spot_of, spot_with, trace
from etlkit.errors import SourceNotFound
from etlkit.formats.row_hash import row_hash
from etlkit.transformations import (
    Aggregate,
    Chain,
    Filter,
    FlatMap,
    Map,
    RecordStep,
    Transformation,
)
from etlkit.transformations.step import StepCode


LINES = b'{"id": 1, "n": 4}\n{"id": 2, "n": "x"}\n\n{"id": \n{"id": 5, "n": 1}'

HALVE = Map(lambda record: {**record, "half": record["n"] / 2}, name="halve")
BIG = Filter(lambda record: record["n"] > 2, name="big")


@pytest.fixture
def lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Five lines in the working folder: one is blank, one broken, one without end."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "cases.jsonl"
    path.write_bytes(LINES)
    return path


def traced(
    source: DataSource,
    record_no: int,
    steps: Any = None,
    *,
    file: str = "cases.jsonl",
    to: str = "memory:",
    **validators: Any,
) -> Trace:
    """The trace of a record through these steps."""
    given = [one for one in validators.values() if one is not None]
    plan = make_plan(Chain.of(steps).parts(), DataLoader(to).destination.encoder(), **validators)
    spot = spot_of(source, file, record_no)
    assert spot is not None
    places = tuple(place for one in given for place in one.sensitive_places)
    return trace(spot, plan, sensitive=places)


def outcomes(found: Trace) -> list[tuple[str, str]]:
    """What each step does."""
    return [(step.label, step.outcome) for step in found.steps]


# -- finding


@pytest.mark.usefixtures("lines")
@pytest.mark.parametrize("record_no", [0, -1, 6])
def test_a_record_that_is_not_there_is_not_found(record_no: int) -> None:
    """Numbers begin at 1, and the file has five lines."""
    assert spot_of(FileSource("cases.jsonl"), "cases.jsonl", record_no) is None


def test_a_file_may_be_named_in_full(lines: Path) -> None:
    """However the source names it."""
    by_full = spot_of(FileSource("cases.jsonl"), str(lines), 2)
    by_name = spot_of(FileSource(lines), "cases.jsonl", 2)

    assert by_full is not None
    assert by_name is not None
    assert (by_full.file, by_full.record_no) == ("cases.jsonl", 2)
    assert (by_name.file, by_name.record_no) == (str(lines), 2)


def test_only_the_file_is_read(lines: Path) -> None:
    """One that cannot be read beside it does not matter."""
    lines.with_name("broken.jsonl.gz").write_bytes(b"no gzip")
    source = FileSource(["broken.jsonl.gz", "cases.jsonl"])

    spot = spot_of(source, "cases.jsonl", 5)

    assert spot is not None
    assert spot.batch.raw(spot.position) == b'{"id": 5, "n": 1}'


def test_a_file_that_is_gone_is_an_error(lines: Path) -> None:
    """Whoever asks is told what the source says."""
    lines.unlink()

    with pytest.raises(SourceNotFound):
        spot_of(FileSource("cases.jsonl"), "cases.jsonl", 1)


def test_a_record_is_found_beyond_the_first_batch() -> None:
    """Batches are read until the one that has it."""
    source = RecordsSource([{"n": number} for number in range(5000)], name="numbers")

    spot = spot_of(source, "numbers", 4001)

    assert spot is not None
    assert spot.batch.items[spot.position] == {"n": 4000}


def test_reading_stops_once_the_record_is_found() -> None:
    """The rest of an endless source is not asked for."""

    class Endless(DataSource):
        def records(self) -> Iterator[dict[str, Any]]:
            yield from ({"n": number} for number in itertools.count())

    spot = spot_of(Endless(), "Endless", 1500)

    assert spot is not None
    assert spot.record_no == 1500


@pytest.mark.usefixtures("lines")
@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"raw": b'{"id": 2, "n": "x"}\n'}, 2),
        ({"raw": b'{"id": '}, 4),
        ({"raw": b'{"id":2,"n":"x"}'}, None),
        ({"raw": None, "record": {"n": 1, "id": 5}}, 5),
        ({"raw": None, "record": {"n": 1.0, "id": 5}}, None),
    ],
    ids=["line", "broken line", "other bytes", "values", "other values"],
)
def test_a_record_is_found_by_its_content(asked: dict[str, Any], found: int | None) -> None:
    """By its bytes, whether or not they are a record; or by its values."""
    spot = spot_with(FileSource("cases.jsonl"), **{"record": None, **asked})

    assert (spot and spot.record_no) == found


# -- the way of a record


@pytest.mark.usefixtures("lines")
def test_each_step_says_what_it_makes_of_the_record() -> None:
    """Up to what would be loaded."""
    found = traced(FileSource("cases.jsonl"), 1, HALVE | BIG)

    assert outcomes(found) == [("halve", "changed"), ("big", "unchanged")]
    assert found.outcome == "passes"
    assert found.row_hashes == (row_hash({"id": 1, "n": 4, "half": 2.0}).hex(),)
    assert str(found) == (
        "cases.jsonl:1, as the chain is now:\n"
        "  read: {'id': 1, 'n': 4}\n"
        "  halve: adds 'half': 2.0\n"
        "  big: passes unchanged\n"
        "  note: the function of halve, big was called again now"
    )


@pytest.mark.usefixtures("lines")
def test_the_step_that_filters_the_record_is_the_last() -> None:
    """Later steps never see it."""
    found = traced(FileSource("cases.jsonl"), 5, BIG | HALVE)

    assert outcomes(found) == [("big", "filtered")]
    assert found.outcome == "filtered"
    assert found.end is found.steps[0]
    assert "\n  big: filters it\n" in str(found)


@pytest.mark.usefixtures("lines")
def test_the_step_that_rejects_the_record_says_why() -> None:
    """As the rejection of a run would."""
    found = traced(FileSource("cases.jsonl"), 2, HALVE)

    assert outcomes(found) == [("halve", "rejected")]
    assert "\n  halve: rejects it: TypeError: unsupported operand type(s)" in str(found)
    assert found.row_hashes == ()


@pytest.mark.usefixtures("lines")
def test_a_validator_is_a_step_of_the_way() -> None:
    """With every problem of the record."""
    rules = DataValidator({"id": {"required": True, "type": int, "max": 3}})

    found = traced(FileSource("cases.jsonl"), 5, validator=rules)

    assert found.outcome == "rejected"
    assert (
        str(found).splitlines()[-1]
        == "  validate: rejects it: $.id is 5, above the greatest allowed value 3"
    )


@pytest.mark.usefixtures("lines")
def test_a_record_that_cannot_be_decoded_has_no_values() -> None:
    """Its reason is the way it goes."""
    found = traced(FileSource("cases.jsonl"), 4, HALVE)

    assert found.record is None
    assert outcomes(found) == [("decode", "rejected")]
    assert found.outcome == "rejected"


def test_a_record_that_cannot_be_cut_out_is_rejected_by_the_reader(lines: Path) -> None:
    """It stands behind the items of its batch."""
    lines.write_bytes(b'{"n": 1}\n{"n": "' + b"x" * 99 + b'"}\n')
    source = FileSource("cases.jsonl", max_record_bytes=50)

    found = traced(source, 2)

    assert outcomes(found) == [("read", "rejected")]
    assert "above the limit" in found.steps[0].message or "50" in found.steps[0].message


@pytest.mark.usefixtures("lines")
def test_a_blank_line_is_no_record() -> None:
    """It is counted as blank, and nothing else."""
    found = traced(FileSource("cases.jsonl"), 3, HALVE)

    assert found.outcome == "blank"
    assert str(found) == ("cases.jsonl:3, as the chain is now:\n  a blank line, which is no record")


@pytest.mark.usefixtures("lines")
def test_several_records_of_one_are_followed_together() -> None:
    """Each of them goes its way, and all of them are loaded."""
    twice = FlatMap(lambda record: [record, {**record, "n": 1}], name="twice")

    found = traced(FileSource("cases.jsonl"), 1, twice | BIG)

    assert outcomes(found) == [("twice", "made"), ("big", "made")]
    assert len(found.row_hashes) == 1
    assert "  twice: 2 records of 1: {'id': 1, 'n': 4}, {'id': 1, 'n': 1}\n" in str(found)


@pytest.mark.usefixtures("lines")
def test_a_record_of_which_one_result_fails_is_rejected_as_a_whole() -> None:
    """The source record is atomic."""
    twice = FlatMap(lambda record: [record, {"id": 0}], name="twice")

    found = traced(FileSource("cases.jsonl"), 1, twice | HALVE)

    assert outcomes(found) == [("twice", "made"), ("halve", "rejected")]
    assert found.outcome == "rejected"


@pytest.mark.usefixtures("lines")
@pytest.mark.parametrize(
    ("step", "outcome", "words"),
    [
        (Aggregate("id", n=len), "merged", "merges it with other records"),
        (
            Transformation("all", lambda records: records),
            "taken",
            "takes it together with other records, so what became of it is not told",
        ),
    ],
    ids=["groups", "opaque"],
)
def test_a_step_over_several_records_ends_the_way(step: Any, outcome: str, words: str) -> None:
    """What comes out of it has no single source record."""
    found = traced(FileSource("cases.jsonl"), 1, HALVE | step)

    assert found.outcome == outcome
    assert outcomes(found) == [("halve", "changed"), (step.label, outcome)]
    assert f": {words}" in str(found)


def test_a_destination_may_have_no_form_for_the_record(lines: Path) -> None:
    """Encoding is the last thing that happens to it."""
    to_set = Map(lambda record: {"n": {1}}, name="to set")

    found = traced(FileSource("cases.jsonl"), 1, to_set, to=str(lines.with_name("out.jsonl")))

    assert outcomes(found) == [("to set", "changed"), ("encode", "rejected")]
    assert found.row_hashes == ()


@pytest.mark.usefixtures("lines")
def test_a_step_that_remembers_is_told_of() -> None:
    """Unique compares with records that a trace does not read."""
    rules = DataValidator({"id": {"unique": True}})

    found = traced(FileSource("cases.jsonl"), 5, validator=rules)

    assert found.remarks == (
        "validate remembers the records before this one, which a trace does not read",
    )


def test_records_of_the_caller_stay_as_they_are() -> None:
    """Steps get copies."""
    records = [{"n": [1]}]
    grow = Map(lambda record: record["n"].append(2) or record, name="grow")

    found = traced(RecordsSource(records), 1, grow, file="records")

    assert records == [{"n": [1]}]
    assert found.record == {"n": [1]}
    assert outcomes(found) == [("grow", "changed")]
    assert "grow: sets 'n': [1, 2] (was [1])" in str(found)


def test_all_kinds_of_changes_are_told() -> None:
    """What was added, set, removed, and in which order."""
    found = traced(
        RecordsSource([{"a": 1, "b": 2, "c": True}]),
        1,
        Map(lambda record: {"a": 1.0, "c": True, "d": 4}, name="change")
        | Map(lambda record: dict(reversed(record.items())), name="turn"),
        file="records",
    )

    assert str(found).splitlines()[2:4] == [
        "  change: sets 'a': 1.0 (was 1); adds 'd': 4; removes 'b'",
        "  turn: orders the fields anew",
    ]


def test_a_memory_error_is_never_a_records_fault() -> None:
    """It ends the trace."""

    def fail(record: dict[str, Any]) -> dict[str, Any]:
        raise MemoryError

    with pytest.raises(MemoryError):
        traced(RecordsSource([{"n": 1}]), 1, Map(fail), file="records")


# -- named outputs


class Part(RecordStep):
    """Sends numbers below 3 to the output ``small``; a copy of every other one to ``all``."""

    label = "part"
    outputs = ("small", "all")

    def each(self, record: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """What goes on."""
        return (one for output, one in self.routed(record) if output is None)

    def routed(self, record: dict[str, Any]) -> Iterator[tuple[str | None, dict[str, Any]]]:
        """What goes where."""
        if record["n"] < 3:
            yield "small", record
        else:
            yield "all", record
            yield None, record

    def write(self, code: StepCode) -> None:
        """The kernel has no part in a trace."""


def routed(record: dict[str, Any], steps: Any, **encoders: Any) -> Trace:
    """The trace of a record through steps with outputs."""
    plain = MemoryDestination().encoder()
    given = {"small": plain, "all": plain, **encoders}
    plan = make_plan(Chain.of(steps).parts(), plain, encoders=given)
    spot = spot_of(RecordsSource([record]), "records", 1)
    assert spot is not None
    return trace(spot, plan)


def test_a_record_that_is_sent_to_an_output_is_loaded_there() -> None:
    """Nothing of it goes on, and still it is not filtered."""
    found = routed({"n": 1}, Part() | HALVE)

    assert outcomes(found) == [("part", "sent")]
    assert found.outcome == "passes"
    assert found.row_hashes == (row_hash({"n": 1}).hex(),)
    assert "\n  part: to output 'small': {'n': 1}" in str(found)


def test_a_record_may_go_on_and_be_sent_too() -> None:
    """What would be loaded is both."""
    found = routed({"n": 4}, Part() | HALVE)

    assert outcomes(found) == [("part", "unchanged"), ("halve", "changed")]
    assert found.row_hashes == (row_hash({"n": 4, "half": 2.0}).hex(), row_hash({"n": 4}).hex())
    assert "\n  part: passes unchanged; to output 'all': {'n': 4}" in str(found)


def test_what_was_sent_counts_although_the_rest_is_filtered() -> None:
    """The record is at one of the outputs."""
    found = routed({"n": 4}, Part() | Filter(lambda record: False, name="none"))

    assert outcomes(found) == [("part", "unchanged"), ("none", "filtered")]
    assert found.outcome == "passes"


def test_a_record_that_an_output_has_no_form_for_is_rejected() -> None:
    """As a whole: nothing of it is loaded anywhere."""
    to_set = Map(lambda record: {"n": 4, "set": {1}}, name="to set")

    found = routed({"n": 4}, to_set | Part(), all=DataLoader("x.jsonl").destination.encoder())

    assert outcomes(found)[-1] == ("encode for all", "rejected")
    assert found.row_hashes == ()


# -- secrets


SECRET = DataValidator({"ssn": {"type": str, "sensitive": True}, "n": {"type": int}})
FAIL = Map(lambda record: {"n": int(record["copy"])}, name="fail")
COPY = Map(lambda record: {**record, "copy": record["ssn"]}, name="copy")


@pytest.mark.parametrize("form", [str, repr, lambda found: str(found.to_dict())])
def test_sensitive_values_are_masked_wherever_they_are(form: Callable[[Trace], str]) -> None:
    """In their field, in another one, and in what an exception says."""
    found = traced(
        RecordsSource([{"ssn": "078-05-1120", "n": 7}]),
        1,
        COPY | FAIL,
        file="records",
        input_validator=SECRET,
    )

    shown = form(found)

    assert "078" not in shown
    assert "***" in shown
    assert "invalid literal for int()" in shown
    assert "'n': 7" in shown


def test_what_a_decoder_says_is_withheld_where_fields_are_sensitive(lines: Path) -> None:
    """Nobody can look up what would have to be hidden."""
    lines.write_bytes(b'{"ssn": "078-05-1120" "n": 7}\n')

    found = traced(FileSource("cases.jsonl"), 1, input_validator=SECRET)

    assert found.outcome == "rejected"
    assert "078" not in str(found)


# -- as data


@pytest.mark.usefixtures("lines")
def test_a_trace_as_a_dict_is_ready_for_json() -> None:
    """With every step."""
    found = traced(FileSource("cases.jsonl"), 5, BIG)

    assert found.to_dict() == {
        "file": "cases.jsonl",
        "record_no": 5,
        "line_no": 5,
        "record": {"id": 5, "n": 1},
        "steps": [
            {"label": "big", "outcome": "filtered", "records": [], "sent": [], "message": ""}
        ],
        "outcome": "filtered",
        "row_hashes": [],
        "remarks": ["the function of big was called again now"],
    }


def test_a_record_that_is_missing_has_a_trace_too() -> None:
    """It says just that."""
    found = missing("cases.jsonl", 9)

    assert str(found) == ("cases.jsonl:9, as the chain is now:\n  there is no such record now")
    assert found.to_dict()["record"] is None
    assert found.end is None


def test_the_encoder_of_the_destination_sees_a_copy() -> None:
    """What is hashed is what went in."""
    plan = make_plan((), MemoryDestination().encoder())
    spot = spot_of(RecordsSource([{"n": 1}]), "records", 1)
    assert spot is not None

    found = trace(spot, plan)

    assert found.row_hashes == (row_hash({"n": 1}).hex(),)
