"""A sensitive value is in nothing that a run leaves behind, but for the raw record."""

from __future__ import annotations

import json
import logging
import re
import traceback

from pathlib import Path
from typing import Any

import orjson
import pytest

from etlkit import (
    DataLoader,
    DataValidator,
    ETLJob,
    ETLPipelineService,
    FileSource,
    Quarantine,
    RecordsSource,
)
from etlkit.errors import RecordError
from etlkit.records import Problem, Unfit
from etlkit.schema import Field, RecordCheck, Schema
from etlkit.transformations import Map


CANARY = "900-48-9065"
OTHER_FORMS = ["900489065", "9065"]


def leaking(value: Any) -> bool:
    """A check that fails with the value in its message."""
    message = f"bad number {value}, ends with {str(value)[-4:]}"
    raise ValueError(message)


def telling(value: Any) -> str:
    """A check that answers with the value."""
    return f"{value} is wrong, {str(value)[-4:]}"


def shouting(record: Any) -> Any:
    """A step that fails with the value in its message, for records that ask for it."""
    if record.get("fail"):
        message = f"cannot digest {record['ssn']} of {record!r}"
        raise ValueError(message)
    return record


SSN: dict[str, Any] = {"sensitive": True, "type": str, "nullable": True}
STRICT = Schema((Field("inner"),), unknown="refuse")
VALIDATOR = DataValidator(
    {
        "ssn": {**SSN, "pattern": r"\d{9}"},
        "short": {**SSN, "max_length": 5},
        "one_of": {**SSN, "allowed": ["none"]},
        "checked": {**SSN, "check": leaking},
        "told": {**SSN, "check": telling},
        "number": {"sensitive": True, "type": int, "max": 5, "coerce": True},
        "quiet": SSN,
        "unique": {**SSN, "unique": True},
        "warned": {**SSN, "format": "email", "severity": "warning"},
        "person": {"fields": {"ssn": {**SSN, "format": "uuid"}, "name": {}}},
        "people": {"items": {"fields": {"ssn": {**SSN, "min_length": 50}}}},
        "numbers": {"items": {**SSN, "pattern": "x", "unique": True}},
        "all": {"sensitive": True, "fields": {"inner": {"type": int}}},
        "strict": {"sensitive": True, "fields": STRICT},
        "stricts": {"sensitive": True, "items": {"fields": STRICT}},
        "free": {"sensitive": True, "type": dict},
    },
    checks=[
        RecordCheck(
            "says", lambda record: record.get("quiet") is None or f"it is {record['quiet']}"
        ),
        RecordCheck(
            "raises", lambda record: record.get("quiet") is None or leaking(record["quiet"])
        ),
    ],
    unique=[("ssn", "short")],
)
FAILING: dict[str, Any] = {
    "pattern": {"ssn": CANARY},
    "length": {"short": CANARY},
    "allowed": {"one_of": CANARY},
    "raising check": {"checked": CANARY},
    "answering check": {"told": CANARY},
    "coercion": {"number": CANARY},
    "coerced": {"number": "900489065"},
    "nested": {"person": {"ssn": CANARY, "name": 1}},
    "of another type around": {"person": [{"ssn": CANARY}]},
    "a text around": {"person": CANARY},
    "list item": {"people": [{"ssn": None}, {"ssn": CANARY}]},
    "item": {"numbers": [CANARY]},
    "items twice": {"numbers": [CANARY, CANARY]},
    "inside": {"all": {"inner": CANARY}},
    "a key inside": {"strict": {CANARY: 1}},
    "a key of an item": {"stricts": [{CANARY: 1}]},
    "a key for a step": {"free": {CANARY: 1}, "ssn": None, "short": "too long", "fail": True},
    "over fields": {"quiet": CANARY},
    "of a step": {"ssn": CANARY, "fail": True},
}
PASSING = {"unique": CANARY, "warned": CANARY, "ssn": None}


def text_of(*parts: Any) -> str:
    """Everything that somebody may look at."""
    shown = [str(part) + repr(part) for part in parts]
    return "\n".join(shown + [part._repr_html_() for part in parts if hasattr(part, "_repr_html_")])


def leaks(text: str) -> list[str]:
    """The forms of the canary that are in a text; an id with such digits in it is none."""
    forms = (CANARY, *OTHER_FORMS)
    return [form for form in forms if re.search(rf"(?<![0-9a-f]){form}(?![0-9a-f])", text)]


def without_raw(path: Path) -> str:
    """The lines of a quarantine file, but for the raw records, which are kept as they are."""
    entries = [json.loads(line) for line in path.read_bytes().splitlines()]
    raw = ("raw", "raw_base64")
    return json.dumps([{key: one[key] for key in one if key not in raw} for one in entries])


def run_all(root: Path, records: list[Any]) -> tuple[Any, Any]:
    """A run that sets bad records aside, and a preview of the same."""
    service = ETLPipelineService(root=root)
    job = service.create_pipeline(
        "People",
        RecordsSource(records),
        Map(shouting),
        "memory:",
        VALIDATOR,
        on_error=Quarantine(),
    )
    return service.run("people"), job.preview(len(records))


def test_a_sensitive_value_is_in_no_artefact(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Result, notebook, log, preview, result log and quarantine file are looked through."""
    caplog.set_level(logging.DEBUG)
    records = [*FAILING.values(), PASSING, PASSING]

    result, preview = run_all(tmp_path, records)

    assert (result.rows_loaded, len(result.rejections)) == (1, len(records) - 1)
    seen = text_of(result, result.to_dict(), result.tally, result.warnings, VALIDATOR, preview)
    told = [text_of(one.message, one.problems, one) for one in result.rejections]
    files = [path.read_text() for path in sorted(tmp_path.rglob("*.jsonl")) if "logs" in str(path)]
    quarantine = without_raw(Path(result.quarantine_path))
    assert len(files) == 1
    assert leaks(seen) == leaks(VALIDATOR.describe()) == leaks("".join(told)) == []
    assert leaks("".join(files)) == leaks(quarantine) == leaks(caplog.text) == []
    assert CANARY in Path(result.quarantine_path).read_text()


@pytest.mark.parametrize("record", FAILING.values(), ids=list(FAILING))
def test_a_sensitive_value_is_in_no_traceback(record: dict[str, Any]) -> None:
    """A run that stops at the record says what is wrong without it."""
    job = ETLJob("j", "J", RecordsSource([record]), Map(shouting), DataLoader("memory:"), VALIDATOR)

    result = job.execute()

    error = result.error
    assert error is not None
    shown = "".join(traceback.format_exception(error))
    assert leaks(shown + text_of(result, result.errors, error.args)) == []


@pytest.mark.parametrize("record", [*FAILING.values(), CANARY, [CANARY]], ids=ascii)
def test_a_sensitive_value_is_in_no_message_of_validate(record: Any) -> None:
    """On records at hand as in a run."""
    passed, messages = VALIDATOR.validate([record])

    assert passed is False
    assert leaks("".join(messages)) == []


def test_a_name_inside_of_a_sensitive_field_is_masked() -> None:
    """Where the field is stays readable."""
    _, messages = VALIDATOR.validate([{"strict": {CANARY: 1}}, {"stricts": [{"inne": 1}]}])

    assert messages == [
        "record 1: $.strict['***'] is not a field of the schema",
        "record 2: $.stricts[0]['***'] is not a field of the schema",
    ]


def test_a_key_that_cannot_be_written_is_masked(tmp_path: Path) -> None:
    """In what is said of the record, and in the path of the problem."""
    job = ETLJob(
        "j",
        "J",
        RecordsSource([{"free": {"a": {CANARY: {1}}}}]),
        None,
        DataLoader(tmp_path / "out.jsonl", allow_empty=True),
        VALIDATOR,
        on_error=Quarantine(),
    )

    (rejection,) = job.execute().rejections

    assert leaks(text_of(rejection.message, rejection.problems)) == []


def quoting(data: bytes) -> Any:
    """A decoding function that fails with what it was given."""
    message = f"no form: {data.decode()}, ends with {data[-4:].decode()}"
    raise LookupError(message)


def refusing(data: bytes) -> Any:
    """The same for a refusal of the library's own type."""
    raise Unfit("form", f"no form: {data.decode()}")


def not_json(text: bytes) -> str:
    """What is said of a text that is no JSON; the words of releases of orjson differ."""
    with pytest.raises(orjson.JSONDecodeError) as caught:
        orjson.loads(text)
    return f"not JSON: {caught.value.msg} at character {caught.value.pos + 1}"


TYPED: dict[str, Any] = {"ssn": {"type": int}, "day": {"type": "date"}}
PLACES = {"ssn": (0, 11), "day": (12, 22)}
SHOWS_SSN = "$.ssn is ***, expected int"
TYPE_ONLY = "LookupError (its message is withheld: there are sensitive fields)"
UNREADABLE: dict[str, tuple[bytes, dict[str, Any], str]] = {
    "csv": (f"ssn,day\n{CANARY},2024-01-01\n".encode(), {"schema": TYPED}, SHOWS_SSN),
    "csv, both": (
        f"ssn,day\n{CANARY},31.01.\n".encode(),
        {"schema": TYPED},
        f"{SHOWS_SSN}; $.day is '31.01.', expected date: a date is written such as 2024-01-31",
    ),
    "csv, several types": (
        f"ssn,day\n{CANARY},2024-01-01\n".encode(),
        {"schema": {"ssn": {"type": ["int", "uuid"]}}},
        "$.ssn is ***, expected int or UUID",
    ),
    "csv, too few": (
        f"ssn,day\n{CANARY}\n".encode(),
        {"schema": TYPED},
        "too few cells: 1, where the header names 2",
    ),
    "csv, json": (
        f"person,day\n{CANARY},2024-01-01\n".encode(),
        {"schema": {"person": {"type": dict}}},
        "$.person is ***, expected dict",
    ),
    "tsv": (
        f"ssn\tday\n{CANARY}\t2024-01-01\n".encode(),
        {"format": "tsv", "schema": TYPED},
        SHOWS_SSN,
    ),
    "fixed": (
        f"{CANARY} 2024-01-01\n".encode(),
        {"format": "fixed", "fields": PLACES, "schema": TYPED},
        SHOWS_SSN,
    ),
    "raw": (CANARY.encode(), {"format": "raw", "decode": quoting}, TYPE_ONLY),
    "raw, refused": (
        CANARY.encode(),
        {"format": "raw", "decode": refusing},
        "$ breaks the rule 'form' (more is withheld: there are sensitive fields)",
    ),
    "jsonl": (
        f'{{"ssn": "{CANARY}"\n'.encode(),
        {"format": "jsonl"},
        "not JSON: unexpected end of data at character 22",
    ),
    "jsonl, a text": (
        f'"{CANARY}"\n'.encode(),
        {"format": "jsonl"},
        "the record is a string, expected a JSON object (a dict)",
    ),
    "jsonl, a key": (
        f'{{"people": {{"{CANARY}": 1, "{CANARY}": 2}}}}\n'.encode(),
        {"format": "jsonl", "strict_keys": True},
        "$ has a key twice in one object",
    ),
    "json": (
        f'[{{"ssn": "{CANARY}" 5}}]'.encode(),
        {"format": "json"},
        not_json(f'{{"ssn": "{CANARY}" 5}}'.encode()),
    ),
    "json, a text": (
        f'["{CANARY}"]'.encode(),
        {"format": "json"},
        "the record is a string, expected a JSON object (a dict)",
    ),
    "json, the rules": (
        f'[{{"ssn": "{CANARY}"}}]'.encode(),
        {"format": "json"},
        r"$.ssn is ***, expected a text that matches '\\d{9}'",
    ),
}


@pytest.mark.parametrize(
    ("content", "options", "message"), UNREADABLE.values(), ids=list(UNREADABLE)
)
def test_a_sensitive_value_of_a_file_is_in_no_artefact(
    content: bytes, options: dict[str, Any], message: str, tmp_path: Path
) -> None:
    """Also where a record cannot be decoded; what other fields have is shown."""
    path = tmp_path / "people.csv"
    path.write_bytes(content)
    service = ETLPipelineService(root=tmp_path / "root")
    source = FileSource(path, **options)
    job = service.create_pipeline(
        "People", source, None, "memory:", VALIDATOR, on_error=Quarantine()
    )

    result, preview = service.run("people"), job.preview(1)

    (rejection,) = result.rejections
    quarantine = without_raw(Path(result.quarantine_path))
    assert rejection.message == message
    assert message in str(preview)
    assert leaks(text_of(result, result.to_dict(), preview, *rejection.problems)) == []
    assert leaks(text_of(rejection, rejection.message)) == leaks(quarantine) == []
    assert CANARY in Path(result.quarantine_path).read_text()


@pytest.mark.parametrize(
    ("content", "options", "message"), UNREADABLE.values(), ids=list(UNREADABLE)
)
def test_a_sensitive_value_of_a_file_is_in_no_traceback(
    content: bytes, options: dict[str, Any], message: str, tmp_path: Path
) -> None:
    """A run that stops at the record says what is wrong without it."""
    path = tmp_path / "people.csv"
    path.write_bytes(content)
    source = FileSource(path, **options)
    job = ETLJob("j", "J", source, None, DataLoader("memory:"), VALIDATOR)

    result = job.execute()

    assert result.error is not None
    shown = "".join(traceback.format_exception(result.error))
    assert message[:30] in shown
    assert leaks(shown + text_of(result, result.errors, result.error.args)) == []


def test_the_problems_of_a_cell_keep_path_and_rule(tmp_path: Path) -> None:
    """So that a program can tell what broke without the value."""
    path = tmp_path / "people.csv"
    path.write_text(f"ssn\n{CANARY}\n")
    source = FileSource(path, schema={"ssn": {"type": int}})
    job = ETLJob("j", "J", source, None, "memory:", VALIDATOR, on_error=Quarantine())

    result = job.execute()

    (rejection,) = result.rejections
    assert rejection.problems == (Problem(("ssn",), "type", "is ***, expected int"),)


def test_a_cell_that_holds_what_is_sensitive_is_masked_without_a_run(tmp_path: Path) -> None:
    """The schema of the cells says what is, at any depth; the cause would quote it."""
    path = tmp_path / "people.csv"
    path.write_text(f"day,person\n{CANARY},{CANARY}\n")
    sensitive = {"sensitive": True}
    schema = {"day": {"type": "date", **sensitive}, "person": {"fields": {"ssn": sensitive}}}

    with pytest.raises(RecordError) as caught:
        FileSource(path, schema=schema).extract()

    assert str(caught.value) == (
        f"{path}:2: $.day is ***, expected date; $.person is ***, expected dict"
    )
    assert leaks("".join(traceback.format_exception(caught.value))) == []
