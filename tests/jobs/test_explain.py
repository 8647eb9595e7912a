"""What a job will do, as text, as a diagram, and in a notebook."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from etlkit import (
    DataLoader,
    DataSource,
    DataValidator,
    ETLJob,
    FileSource,
    Quarantine,
    RecordsSource,
    Transformation,
)
from etlkit.jobs.guarantee import guarantee
from etlkit.sources import CursorSource
from etlkit.transformations import Aggregate, Filter, FlatMap, Map


HOSTILE = '"]; <script>alert(1)</script>\n#lt; `x` & y'


def tidy(record: dict[str, Any]) -> dict[str, Any]:
    """The record itself; only the name and place of this function matter."""
    return record


def twice(record: dict[str, Any]) -> list[dict[str, Any]]:
    """The record and another one."""
    return [record, dict(record)]


def top(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The first record."""
    return records[:1]


def line(function: Any) -> str:
    """The place of a function, as messages tell it."""
    return f"test_explain.py:{function.__code__.co_firstlineno}"


@pytest.fixture
def plain() -> ETLJob:
    """A job without any step."""
    return ETLJob("copy", "A copy", RecordsSource([]), None, "memory:")


@pytest.fixture
def full() -> ETLJob:
    """A job with everything that a plan can show."""
    rules = DataValidator(
        {
            "case_id": {"required": True, "type": str},
            "severity": {"type": [int, float], "nullable": True},
            "ssn": {"sensitive": True},
        }
    )
    return ETLJob(
        "osc",
        "OSC cases",
        FileSource("forms.jsonl"),
        [
            Map(tidy),
            Filter(tidy, name="only real ones"),
            FlatMap(twice),
            Aggregate("state", cases=len, name="by state"),
            Transformation("top", top),
            Map(tidy, name="last"),
        ],
        DataLoader("cases.jsonl", "append"),
        rules,
        input_validator=DataValidator({}),
        on_error=Quarantine(max_errors=1_000_000, max_error_rate=0.05, to="rejected.jsonl"),
    )


def test_the_plan_is_explained_line_by_line(full: ETLJob) -> None:
    """From the source to the destination: what, how, and how much memory; then the rules."""
    text = full.explain()

    how = "streaming: one record at a time, fused into one function"
    assert text == "\n".join(
        [
            "job osc: OSC cases",
            "  read from FileSource forms.jsonl",
            f"  stage 1, {how}",
            "    validate input",
            f"    Map(tidy) (opaque: {line(tidy)})",
            f"    only real ones (opaque: {line(tidy)})",
            f"    FlatMap(twice) (opaque: {line(twice)})",
            "    by state: key",
            "  then over several records, spilling: by state",
            f"  then over several records, materialising: top (opaque: {line(top)})",
            f"  stage 3, {how}",
            f"    last (opaque: {line(tidy)})",
            "    validate",
            "  load into cases.jsonl (append)",
            "  rules of the input: no rules",
            "  rules: case_id (required, str); severity (nullable, int or float); ssn (sensitive)",
            "  a record that fails: is set aside in rejected.jsonl, up to max_errors=1000000 and max_error_rate=0.05",
            f"  guarantee: {guarantee(full.definition, full.loader)}",
            "  note: a run without run_key= appends again what one before it appended, and its result warns of that; pass run_key= for each unit of work, or use mode='replace'",
            "  note: a step holds all of its records in memory",
        ]
    )


def test_a_plain_plan_is_explained_in_few_lines(plain: ETLJob) -> None:
    """What a job does not have is not mentioned."""
    text = plain.explain()

    assert text.splitlines() == [
        "job copy: A copy",
        "  read from RecordsSource records",
        "  load into memory: (replace)",
        "  a record that fails: stops the run, and nothing is loaded (on_error='fail')",
        f"  guarantee: {guarantee(plain.definition, plain.loader)}",
    ]


def _none(_start: Any, _end: Any) -> list[dict[str, Any]]:
    """No record."""
    return []


@pytest.mark.parametrize(
    ("source", "words"),
    [
        pytest.param(
            FileSource("in/", format="jsonl", incremental=True),
            "FileSource in/: only what is new",
            id="files",
        ),
        pytest.param(
            CursorSource(_none, "seen"),
            "CursorSource records: only what is new by 'seen'",
            id="cursor",
        ),
        pytest.param(
            CursorSource(_none, ["log", "seen"], start=5, end=9, closed="neither", lag=2),
            "CursorSource records: only what is new by 'log.seen', after 5, before 9, with a lag of 2",
            id="cursor with limits",
        ),
        pytest.param(
            CursorSource(_none, "seen", lag=timedelta(hours=1), closed="both").between(
                datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)
            ),
            "CursorSource records: the slice of 'seen' from 2026-01-01 00:00:00+00:00, "
            "up to 2026-01-02 00:00:00+00:00",
            id="slice",
        ),
    ],
)
def test_what_a_run_reads_of_its_source_is_explained(source: DataSource, words: str) -> None:
    """Increments, their field, and the limits of a cursor or a slice."""
    job = ETLJob("copy", "A copy", source, None, DataLoader("out/", "append"))

    text = job.explain()

    assert text.splitlines()[1] == f"  read from {words}"


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        pytest.param(Quarantine(), "is set aside", id="no limit"),
        pytest.param(Quarantine(max_errors=0), "is set aside, up to max_errors=0", id="none"),
        pytest.param(
            Quarantine(max_error_rate=0.001, to=Path("bad.jsonl")),
            "is set aside in bad.jsonl, up to max_error_rate=0.001",
            id="share, and a file",
        ),
    ],
)
def test_the_policy_is_explained(policy: Quarantine, words: str, plain: ETLJob) -> None:
    """What becomes of a record that fails, in the words of the policy."""
    text = plain.replace(on_error=policy).explain()

    assert text.splitlines()[3] == f"  a record that fails: {words}"


def test_a_chain_that_fans_out_too_often_says_that_it_is_slower(plain: ETLJob) -> None:
    """Nine steps that make several records of one do not fit into one function."""
    steps = [FlatMap(twice, name=f"step {number}") for number in range(9)]

    text = plain.replace(transformations=steps).explain()

    assert text.splitlines()[2] == (
        "  stage 1, streaming: one record at a time, interpreted since 9 steps fan out"
    )


def test_a_step_takes_one_line_whatever_its_name(plain: ETLJob) -> None:
    """A name with a line break does not break the table."""
    text = plain.replace(transformations=Map(tidy, name="first\n  second")).explain()

    assert text.splitlines()[3] == f"    first second (opaque: {line(tidy)})"


def test_a_plan_is_explained_without_reading_or_writing(tmp_path: Path) -> None:
    """Neither source nor destination has to exist yet."""
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    job = ETLJob("j", "J", FileSource(source), None, out)

    text = job.explain()

    assert text.splitlines()[1] == f"  read from FileSource {source}"
    assert list(tmp_path.iterdir()) == []


def test_the_plan_is_drawn_from_top_to_bottom(full: ETLJob) -> None:
    """Stages are boxes; a dotted line is where single records may leave."""
    text = full.to_mermaid()

    assert text == (
        "flowchart TD\n"
        '    source[("forms.jsonl")]\n'
        '    subgraph stage1["stage 1: one record at a time"]\n'
        '        step1["validate input"]\n'
        '        step2["Map(tidy)"]\n'
        '        step3["only real ones"]\n'
        '        step4["FlatMap(twice)"]\n'
        '        step5["by state: key"]\n'
        "    end\n"
        '    step6[["by state: spilling"]]\n'
        '    step7[["top: materialising"]]\n'
        '    subgraph stage3["stage 3: one record at a time"]\n'
        '        step8["last"]\n'
        '        step9["validate"]\n'
        "    end\n"
        '    load[("cases.jsonl: append")]\n'
        "    source --> step1\n"
        "    step1 --> step2\n"
        "    step2 --> step3\n"
        "    step3 --> step4\n"
        "    step4 --> step5\n"
        "    step5 --> step6\n"
        "    step6 --> step7\n"
        "    step7 --> step8\n"
        "    step8 --> step9\n"
        "    step9 --> load\n"
        "    rejected[(rejected records)]\n"
        "    source -.-> rejected\n"
        "    step1 -.-> rejected\n"
        "    step2 -.-> rejected\n"
        "    step3 -.-> rejected\n"
        "    step4 -.-> rejected\n"
        "    step5 -.-> rejected\n"
        "    step8 -.-> rejected\n"
        "    step9 -.-> rejected\n"
    )


def test_a_plain_plan_is_drawn_too(plain: ETLJob) -> None:
    """A job that stops at an error has no place for rejected records."""
    text = plain.to_mermaid()

    assert text == (
        "flowchart TD\n"
        '    source[("records")]\n'
        '    load[("memory:: replace")]\n'
        "    source --> load\n"
    )


def test_names_cannot_break_the_drawing(plain: ETLJob) -> None:
    """Quotes, markup and line breaks in a name are shown, not obeyed."""
    job = plain.replace(
        source=RecordsSource([], name=HOSTILE), transformations=Map(tidy, name=HOSTILE)
    )

    text = job.to_mermaid()

    shown = "#quot;]; #lt;script#gt;alert(1)#lt;/script#gt; #35;lt; #96;x#96; #amp; y"
    assert text.splitlines()[1] == f'    source[("{shown}")]'
    assert text.splitlines()[3] == f'        step1["{shown}"]'


CAPTION = "style='text-align:left;font-weight:bold;white-space:nowrap'"
CELL = "style='text-align:left;vertical-align:top'"


def test_a_notebook_shows_the_plan_as_a_table(plain: ETLJob) -> None:
    """A job as the last line of a cell explains itself."""
    html = plain._repr_html_()

    assert html == (
        f"<table><caption {CAPTION}>copy: A copy</caption>"
        f"<thead><tr><th {CELL}></th><th {CELL}>what</th><th {CELL}>memory</th>"
        f"<th {CELL}>remark</th></tr></thead>"
        f"<tbody><tr><td {CELL}>source</td><td {CELL}>RecordsSource records</td>"
        f"<td {CELL}>streaming</td><td {CELL}></td></tr>"
        f"<tr><td {CELL}>load</td><td {CELL}>memory: (replace)</td>"
        f"<td {CELL}>streaming</td><td {CELL}></td></tr></tbody></table>"
    )


def test_names_cannot_break_the_table(plain: ETLJob) -> None:
    """Whatever a job and its parts are called, a notebook shows it as text."""
    job = plain.replace(
        job_id="<script>a</script>",
        name="<script>b</script>",
        source=RecordsSource([], name="<script>c</script>"),
        transformations=Map(tidy, name="<script>d</script>"),
    )

    html = job._repr_html_()

    assert "<script>" not in html
    assert [f"&lt;script&gt;{word}&lt;/script&gt;" in html for word in "abcd"] == [True] * 4
