"""What is said of a record that a verb cannot work with: step, place, field, and no secret."""

from __future__ import annotations

import json

from pathlib import Path
from typing import Any

import pytest

from etlkit import DataLoader, DataValidator, ETLJob, F, FileSource
from etlkit.transformations import (
    Aggregate,
    Cast,
    Count,
    Deduplicate,
    Derive,
    Drop,
    Enumerate,
    Explode,
    Extract,
    FillNull,
    Filter,
    FlatMap,
    Flatten,
    HashPII,
    Join,
    Lookup,
    Map,
    Mask,
    Melt,
    ParseDate,
    Pivot,
    Redact,
    Rename,
    Reorder,
    Replace,
    Route,
    Sample,
    Select,
    Sort,
    Split,
    Standardize,
    Step,
    Sum,
    Tap,
    TopK,
    Window,
)


SECRET = "S3CR3T-words"


FAILING: list[tuple[Step, Any, str]] = [
    (Select("b"), SECRET, "no field 'b'"),
    (Drop("b"), SECRET, "no field 'b'"),
    (Reorder("b"), SECRET, "no field 'b'"),
    (Rename(b="c"), SECRET, "no field 'b'"),
    (Derive(x=F.a * 2), SECRET, "$.a a number is expected, got {}"),
    (Derive(x=lambda record: int(record["a"])), SECRET, "ValueError: invalid literal"),
    (Cast(a=int), SECRET, "$.a no int can be made of {}"),
    (FillNull(b=1), SECRET, "no field 'b'"),
    (Flatten("a"), SECRET, "$.a an object is expected, got {}"),
    (Replace("a", {"x": "y"}), SECRET, "$.a there is no replacement for {}"),
    (Standardize.us_states("a"), SECRET, "$.a there is no replacement for {}"),
    (ParseDate("a", "%Y"), SECRET, "$.a no date can be made of {}"),
    (Extract("a", "(?P<year>^[0-9]+$)"), SECRET, "$.a {} does not match"),
    (Explode("a"), SECRET, "$.a a list is expected, got {}"),
    (Filter(F.a > 1), SECRET, "$.a {} and "),
    (Filter(F.a), SECRET, "$.a true or false is expected, got {}"),
    (Map(lambda record: record["b"]), SECRET, "KeyError: 'b'; the record has no such field"),
    (FlatMap(lambda record: record["a"]), SECRET, "returned str instead of a list of records"),
    (Mask("a"), [SECRET], "$.a a text or a whole number is expected"),
    (HashPII("a", key="k" * 32, key_id="1"), [SECRET], "$.a a text or a whole number is expected"),
    (Redact("b"), SECRET, "no field 'b'"),
    (Split(F.a > 1, matched="o"), SECRET, "$.a {} and "),
    (Route({"o": F.a > 1}), SECRET, "$.a {} and "),
    (Tap("o", where=F.a > 1), SECRET, "$.a {} and "),
    (Enumerate("a"), SECRET, "the record has a field 'a' already"),
    (Lookup("a", {"x": 1}, missing="reject"), SECRET, "$.a {} is not in the table"),
    (Lookup("a", {"x": 1}, missing="error"), SECRET, "$.a is not in the table"),
    (Lookup("b", {"x": 1}), SECRET, "no field 'b'"),
    (Join([{"b": 1}], on="b"), SECRET, "no field 'b'"),
    (Deduplicate("b"), SECRET, "no field 'b'"),
    (Sample(0.5, by="b"), SECRET, "no field 'b'"),
    (Sort("b"), SECRET, "no field 'b'"),
    (TopK(1, by="b"), SECRET, "no field 'b'"),
    (Window("b", n=Count()), SECRET, "no field 'b'"),
    (Aggregate("b"), SECRET, "no field 'b'"),
    (Aggregate("a", total=Sum("a")), SECRET, "$.a Sum(F.a) takes numbers"),
    (Pivot("b", index="a", values=Count()), SECRET, "no field 'b'"),
    (Melt(["a", "b"]), SECRET, "no field 'b'"),
]
every_failure = pytest.mark.parametrize(
    ("step", "value", "words"),
    FAILING,
    ids=[f"{number} {type(step).__name__}" for number, (step, _, _) in enumerate(FAILING)],
)


def told(step: Step, value: Any, folder: Path, *, sensitive: bool) -> tuple[str, str]:
    """The message of a run over one record behind a blank line, and all that its result has."""
    path = folder / "in.jsonl"
    path.write_text(f"\n{json.dumps({'a': value})}\n")
    result = ETLJob(
        "j",
        "J",
        FileSource(path),
        step,
        DataLoader("memory:"),
        input_validator=DataValidator({"a": {"sensitive": sensitive}}),
        loaders={"o": "memory:"} if isinstance(step, Route | Split | Tap) else None,
    ).execute()
    return str(result.error), f"{result} {result.to_dict()} {result._repr_html_()}"


@every_failure
def test_a_failure_names_step_file_record_field_and_value(
    step: Step, value: Any, words: str, tmp_path: Path
) -> None:
    """The step as plans show it, and the line of the record."""
    message, _ = told(step, value, tmp_path, sensitive=False)

    assert message.startswith(f"job 'j', step {step.label}")
    assert f": {tmp_path / 'in.jsonl'}:2: " in message
    assert words.format(repr(value)) in message


@every_failure
def test_a_failure_shows_no_sensitive_value(
    step: Step, value: Any, words: str, tmp_path: Path
) -> None:
    """Neither in the message nor in anything else that the result tells."""
    message, everything = told(step, value, tmp_path, sensitive=True)

    assert SECRET not in f"{message} {everything}"
    assert f": {tmp_path / 'in.jsonl'}:2: " in message
    assert words.format("***") in message
