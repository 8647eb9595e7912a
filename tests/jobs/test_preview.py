"""A look at the first records of a job, step by step."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from etlkit import (
    DataLoader,
    DataValidator,
    ETLJob,
    FileSource,
    Quarantine,
    RecordsSource,
    Transformation,
)
from etlkit.destinations import MemoryDestination
from etlkit.errors import ConfigurationError, SourceNotFound
from etlkit.transformations import Filter, FlatMap, Map


CAPTION = "style='text-align:left;font-weight:bold;white-space:nowrap'"
CELL = "style='text-align:left;vertical-align:top'"


def job_of(records: list[Any], steps: Any = None, **arguments: Any) -> ETLJob:
    """A job over these records."""
    return ETLJob("j", "J", RecordsSource(records), steps, "memory:", **arguments)


def halve(record: dict[str, Any]) -> dict[str, Any]:
    """The record with half of its number."""
    record["n"] /= 2
    return record


HALVE = Map(halve, name="halve")


def test_a_preview_shows_the_records_after_each_step() -> None:
    """Source, steps and rules, each with what is there and what got lost."""
    steps = HALVE | Filter(lambda record: record["n"] != 5, name="not five")
    rules = DataValidator({"n": {"max": 7}})
    job = job_of([{"n": 4}, {"n": "x"}, {"n": 10}, {"n": 16}, {"n": 2}], steps, validator=rules)

    text = str(job.preview(4))

    assert text.splitlines() == [
        "records: 4 record(s)",
        "  {'n': 4}",
        "  {'n': 'x'}",
        "  {'n': 10}",
        "  {'n': 16}",
        "halve: 3 record(s)",
        "  {'n': 2.0}",
        "  {'n': 5.0}",
        "  {'n': 8.0}",
        "  failed: records:2: TypeError: unsupported operand type(s) for /=: 'str' and 'int'",
        "not five: 2 record(s)",
        "  {'n': 2.0}",
        "  {'n': 8.0}",
        "validate: 1 record(s)",
        "  {'n': 2.0}",
        "  failed: records:4: $.n is 8.0, above the greatest allowed value 7",
    ]


def test_five_records_are_shown_by_default() -> None:
    """Enough to see what the data look like."""
    job = job_of([{"n": each} for each in range(100)])

    preview = job.preview()

    assert preview.records == tuple({"n": each} for each in range(5))
    assert str(preview) == repr(preview)


def test_each_snapshot_can_be_looked_at() -> None:
    """What is printed is there as values too."""
    job = job_of([{"n": 4}, {"n": "x"}], HALVE)

    source, halved = job.preview().snapshots

    assert (source.label, source.records, source.failed) == (
        "records",
        ({"n": 4}, {"n": "x"}),
        (),
    )
    assert (halved.label, halved.records) == ("halve", ({"n": 2.0},))
    assert halved.failed == (
        "records:2: TypeError: unsupported operand type(s) for /=: 'str' and 'int'",
    )


def test_steps_over_several_records_see_the_sample() -> None:
    """Their result is that of a few records, which is why it says how many there are."""
    double = FlatMap(lambda record: [record, record], name="double")
    last = Transformation("last", lambda records: records[-1:])
    job = job_of([{"team": "a"}, {"team": "b"}, {"team": "c"}], double | last)

    text = str(job.preview(2))

    assert text.splitlines()[-7:] == [
        "double: 4 record(s)",
        "  {'team': 'a'}",
        "  {'team': 'a'}",
        "  {'team': 'b'}",
        "  {'team': 'b'}",
        "last: 1 record(s)",
        "  {'team': 'b'}",
    ]


@pytest.mark.parametrize("policy", ["fail", Quarantine()], ids=["fail", "quarantine"])
def test_lines_that_are_no_records_are_shown_with_the_reason(policy: Any, tmp_path: Path) -> None:
    """Blank lines are none; what cannot be decoded is one of the first records."""
    path = tmp_path / "in.jsonl"
    path.write_text('{"n":1}\n\n5\n{"n":2}\n{"n":3}\n')
    job = ETLJob("j", "J", FileSource(path), None, "memory:", on_error=policy)

    text = str(job.preview(3))

    assert text.splitlines() == [
        f"{path}: 2 record(s)",
        "  {'n': 1}",
        "  {'n': 2}",
        f"  failed: {path}:3: the record is a number, expected a JSON object (a dict)",
    ]


def test_a_preview_masks_sensitive_values() -> None:
    """Neither cells nor messages show them."""
    rules = DataValidator({"ssn": {"type": int, "sensitive": True}, "n": {"max": 1}})
    leak = Map(lambda record: {**record, "n": int(record["ssn"])}, name="leak")
    job = job_of([{"ssn": "123-45-6789", "n": 1}], leak, validator=rules)

    text = str(job.preview())

    assert text.splitlines() == [
        "records: 1 record(s)",
        "  {'ssn': ***, 'n': 1}",
        "leak: 0 record(s)",
        "  failed: records:1: ValueError: invalid literal for int() with base 10: '***'",
        "validate: 0 record(s)",
    ]


def test_a_preview_writes_nothing_and_changes_nothing(tmp_path: Path) -> None:
    """The destination does not have to exist, and the records of the caller stay."""
    records = [{"n": 4}]
    memory = MemoryDestination()
    DataLoader(memory).load([{"old": True}])
    job = job_of(records, HALVE)

    job.replace(loader=memory).preview()
    job.replace(loader=tmp_path / "missing" / "out.jsonl").preview()

    assert records == [{"n": 4}]
    assert memory.records == [{"old": True}]
    assert list(tmp_path.iterdir()) == []


def test_a_source_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """As a run would name it."""
    path = tmp_path / "missing.jsonl"
    job = ETLJob("j", "J", FileSource(path), None, "memory:")

    with pytest.raises(SourceNotFound) as caught:
        job.preview()

    assert str(caught.value) == (
        f"{path}: there is no such file or folder (looked from {Path.cwd()})"
    )


@pytest.mark.parametrize("n", [0, -1, 1.5, "3", True])
def test_a_mistaken_number_of_records_is_refused(n: Any) -> None:
    """A preview of nothing shows nothing."""
    job = job_of([{"n": 4}])

    with pytest.raises(ConfigurationError) as caught:
        job.preview(n)

    assert str(caught.value) == f"preview shows at least one record, got n={n!r}"


def out_of_memory(*_: object) -> Any:
    """What a step, or a decoding function, may do with any record."""
    raise MemoryError


@pytest.mark.parametrize("decode", [out_of_memory, dict], ids=["decoding", "a step"])
def test_want_of_memory_ends_a_preview(decode: Any, tmp_path: Path) -> None:
    """It is never the fault of a record."""
    path = tmp_path / "form"
    path.write_bytes(b"")
    source = FileSource(path, format="raw", decode=decode)
    job = ETLJob("j", "J", source, Map(out_of_memory), "memory:")

    with pytest.raises(MemoryError):
        job.preview()


def test_an_iterator_is_not_used_up_by_a_preview() -> None:
    """What can be read only once is kept for the run."""
    job = ETLJob("j", "J", RecordsSource(iter([{"n": 4}])), None, "memory:")

    with pytest.raises(ConfigurationError) as caught:
        job.preview()

    assert str(caught.value) == (
        "records: a preview would use up the iterator; pass a list instead"
    )
    assert job.execute().rows_loaded == 1


def test_a_notebook_shows_a_preview_as_tables() -> None:
    """One for each step; fields that a record does not have are empty; markup is text."""
    job = job_of([{"n": "<b>"}, {"m": 1}], HALVE)

    html = job.preview()._repr_html_()

    assert html == (
        f"<table><caption {CAPTION}>records: 2 record(s)</caption>"
        f"<thead><tr><th {CELL}>n</th><th {CELL}>m</th></tr></thead>"
        f"<tbody><tr><td {CELL}>&#x27;&lt;b&gt;&#x27;</td><td {CELL}></td></tr>"
        f"<tr><td {CELL}></td><td {CELL}>1</td></tr></tbody></table>"
        f"<table><caption {CAPTION}>halve: 0 record(s)</caption>"
        "<thead><tr></tr></thead><tbody></tbody></table>"
        "<p><b>failed</b> records:1: TypeError: unsupported operand type(s) for /=: "
        "&#x27;str&#x27; and &#x27;int&#x27;</p>"
        "<p><b>failed</b> records:2: KeyError: &#x27;n&#x27;; the record has no such field</p>"
    )


def test_a_preview_masks_a_sensitive_value_in_every_form() -> None:
    """As text, as repr, and nested; an empty one is in no message."""

    def refuse(record: dict[str, Any]) -> dict[str, Any]:
        raise ValueError(f"{record['ssn']!r} is no number")

    job = ETLJob(
        "j",
        "J",
        RecordsSource([{"ssn": "900\t12"}, {"ssn": ""}, {"ssn": {"n": "078-05-1120"}}]),
        Map(refuse),
        "memory:",
        DataValidator({"ssn": {"sensitive": True}}),
    )

    text = str(job.preview(3))

    assert "900" not in text
    assert "078-05-1120" not in text
    assert "records:2: ValueError: '' is no number" in text


def test_what_should_be_known_of_the_source_is_shown(tmp_path: Path) -> None:
    """A delimiter that was probably not meant shows in the first look at a file."""
    path = tmp_path / "t.csv"
    path.write_text("id;name\n1;Ada\n")
    words = f"{path}:1: the header is one field, 'id;name'; is delimiter=';' meant?"
    job = ETLJob("j", "J", path, None, "memory:")

    found = job.preview()

    assert found.warnings == (words,)
    assert str(found).splitlines() == [
        f"{path}: 1 record(s)",
        "  {'id;name': '1;Ada'}",
        f"warning: {words}",
    ]
    assert words.replace("'", "&#x27;") in found._repr_html_()
