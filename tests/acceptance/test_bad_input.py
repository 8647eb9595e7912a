"""Every cell of the table of bad input: what is loaded, what is set aside, and what fails."""

from __future__ import annotations

import base64

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from etlkit import DataLoader, ETLJob, FileSource, JobResult, JobStatus, Quarantine
from etlkit.errors import EmptyReplace, RecordError
from hostile.case import Fails, Outcome, Reads, Rejects, Trial, made, trials
from hostile.names import FILE_NAMES, NAUGHTY
from hostile.page import PAGE, page
from hostile.sections import SECTIONS


pytestmark = pytest.mark.acceptance

JsonLines = Callable[[Path], list[Any]]
Names = Callable[[Path], list[str]]

OLD = b'{"old":true}\n'
ADVICE = (
    "Nothing was loaded. Mend the record or the step, or set such records aside with "
    "on_error=Quarantine()"
)
TRIALS = [trial for section, cases in SECTIONS.items() for trial in trials(section, cases)]


def of(*outcomes: type) -> pytest.MarkDecorator:
    """The cells with one of these outcomes, each under its name in the table."""
    found = [trial for trial in TRIALS if isinstance(trial.outcome, outcomes)]
    return pytest.mark.parametrize("trial", found, ids=[trial.name for trial in found])


policies = pytest.mark.parametrize("policy", ["fail", "set aside"])


def run(trial: Trial, folder: Path, policy: str, **loading: Any) -> JobResult:
    """A run over the file of a case, into a file that holds something already."""
    case = trial.case
    if case.needs:
        pytest.importorskip(case.needs)
    if case.content is not None:
        (folder / case.name).write_bytes(made(case.content))
    (folder / case.out).write_bytes(OLD)
    quarantine = Quarantine(to=folder / "rejected.jsonl")
    job = ETLJob(
        "bad-input",
        "Bad input",
        FileSource(folder / case.name, **trial.options),
        case.step,
        DataLoader(folder / case.out, **trial.writing, **loading),
        on_error=quarantine if policy == "set aside" else "fail",
    )
    return job.execute()


def filled(text: str, trial: Trial, folder: Path) -> str:
    """A message with the paths of this run."""
    path, cwd = folder / trial.case.name, Path.cwd()
    for name, value in (("path", path), ("folder", folder), ("cwd", cwd)):
        text = text.replace(f"{{{name}}}", str(value))
    return text


def raw_of(entry: dict[str, Any]) -> bytes:
    """The bytes that an entry of the quarantine keeps."""
    if "raw_base64" in entry:
        return base64.b64decode(entry["raw_base64"])
    return str(entry["raw"]).encode()


@policies
@of(Reads)
def test_what_is_no_mistake_is_loaded(
    trial: Trial, policy: str, tmp_path: Path, names: Names
) -> None:
    """It is neither refused nor changed, and the result warns of what is odd."""
    assert isinstance(trial.outcome, Reads)

    result = run(trial, tmp_path, policy)

    assert (result.status, result.errors) == (JobStatus.COMPLETED, ())
    assert (tmp_path / trial.case.out).read_bytes() == made(trial.outcome.loaded)
    assert result.warnings == tuple(
        filled(text, trial, tmp_path) for text in trial.outcome.warnings
    )
    assert result.tally.read == result.tally.loaded
    assert names(tmp_path) == sorted([trial.case.name, trial.case.out])


@of(Rejects)
def test_a_bad_record_is_set_aside(trial: Trial, tmp_path: Path, json_lines: JsonLines) -> None:
    """It is kept with its bytes, its place and the reason, and its neighbours are loaded."""
    assert isinstance(trial.outcome, Rejects)

    result = run(trial, tmp_path, "set aside", allow_empty=True)

    assert result.status is JobStatus.COMPLETED
    assert (tmp_path / trial.case.out).read_bytes() == made(trial.outcome.loaded)
    tally = result.tally
    assert (tally.read, tally.rejected) == (tally.loaded + tally.rejected, len(trial.outcome.bad))
    entries = json_lines(tmp_path / "rejected.jsonl")
    assert [
        {name: entry[name] for name in ("uri", "record_no", "stage", "code", "message")}
        for entry in entries
    ] == [
        {
            "uri": filled(bad.file, trial, tmp_path),
            "record_no": bad.number,
            "stage": bad.stage,
            "code": bad.code,
            "message": bad.words,
        }
        for bad in trial.outcome.bad
    ]
    assert [raw_of(entry) for entry in entries] == [
        made(bad.raw)[: bad.kept] for bad in trial.outcome.bad
    ]
    assert [entry.get("line_no") for entry in entries] == [bad.line for bad in trial.outcome.bad]


@of(Rejects)
def test_a_bad_record_stops_a_run_that_may_have_none(
    trial: Trial, tmp_path: Path, names: Names
) -> None:
    """The message says where, why and what to do; the destination is as it was."""
    assert isinstance(trial.outcome, Rejects)

    result = run(trial, tmp_path, "fail")

    bad = trial.outcome.bad[0]
    place = filled(bad.place, trial, tmp_path)
    assert result.status is JobStatus.FAILED
    assert isinstance(result.error, RecordError)
    assert result.errors == (
        f"job 'bad-input', {bad.chain_place}: {place}: {bad.sentence} {ADVICE}",
    )
    assert (tmp_path / trial.case.out).read_bytes() == OLD
    assert names(tmp_path) == sorted([trial.case.name, trial.case.out])


@policies
@of(Fails)
def test_input_that_cannot_be_read_fails_the_run(trial: Trial, policy: str, tmp_path: Path) -> None:
    """No policy changes that; the destination is as it was, and nothing is in quarantine."""
    assert isinstance(trial.outcome, Fails)

    result = run(trial, tmp_path, policy)

    assert result.status is JobStatus.FAILED
    assert result.errors == (filled(trial.outcome.message + trial.outcome.note, trial, tmp_path),)
    assert type(result.error).__name__ == trial.outcome.error
    assert (tmp_path / trial.case.out).read_bytes() == OLD
    assert not (tmp_path / "rejected.jsonl").exists()


def test_a_replace_by_nothing_but_rejected_records_fails(tmp_path: Path) -> None:
    """What the destination held is worth more than an empty file."""
    (tmp_path / "in.jsonl").write_bytes(b"bad\n")
    out = tmp_path / "out.jsonl"
    out.write_bytes(OLD)

    result = ETLJob(
        "bad", "Bad", FileSource(tmp_path / "in.jsonl"), None, out, on_error=Quarantine()
    ).execute()

    assert isinstance(result.error, EmptyReplace)
    assert out.read_bytes() == OLD


@pytest.mark.parametrize("name", FILE_NAMES, ids=[str(NAUGHTY.index(name)) for name in FILE_NAMES])
def test_any_name_of_a_file_is_read_and_written(name: str, tmp_path: Path) -> None:
    """A name is a name, whatever a shell, a database or a browser would make of it."""
    source, out = tmp_path / f"in{name}.jsonl", tmp_path / f"out{name}.jsonl"
    source.write_bytes(OLD)

    result = ETLJob("names", "Names", FileSource(source), None, out).execute()

    assert result.succeeded
    assert out.read_bytes() == OLD


def test_the_page_tells_what_the_tests_hold() -> None:
    """`python -m hostile`, run in the folder of the tests, writes it anew."""
    committed = PAGE.read_text(encoding="utf-8")

    assert committed == page()


def test_every_code_is_explained() -> None:
    """The page with the reasons lists each code that the cases have."""
    explained = (PAGE.parents[1] / "explanation" / "bad-input.md").read_text(encoding="utf-8")

    used = {f"`{code}`" for trial in TRIALS for code in codes_of(trial.outcome)}

    assert {code for code in used if code not in explained} == set()


def codes_of(outcome: Outcome) -> list[str]:
    """The codes of the records that are rejected."""
    return [bad.code for bad in outcome.bad] if isinstance(outcome, Rejects) else []
