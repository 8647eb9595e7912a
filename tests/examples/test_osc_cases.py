"""The complaint forms: every one of them is accounted for, and no SSN is shown."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest


pytestmark = pytest.mark.acceptance

# The whole of it; line numbers of the script and the words of the JSON parser are cut out.
OUTPUT = """\
job clean-forms: Clean forms
  read from FileSource cases/forms.jsonl
  stage 1, streaming: one record at a time, fused into one function
    validate input
    Filter(F.status != 'test')
    Standardize('state', 56 values)
    ParseDate('received', formats=('%Y-%m-%d', '%m/%d/%Y', '%d.%m.%Y'))
    Derive(email=F.contact['email'].str.strip().str.lower(), phone=F.contact['phone… (opaque: tags: clean.py:N)
    Drop('contact')
    Mask('ssn')
    Explode('agency')
    Derive(agency=F.agency.str.strip().str.upper())
    validate
  load into cases/clean.jsonl (replace)
  rules of the input: case_id (required, str); status (required, str); received (required, str); state (required, str); ssn (required, sensitive, str, matching '[0-9]{3}[- ]?[0-9]{2}[- ]?[0-9]{4}'); contact (required, dict); agency (required, str); severity (required, int, from 1 to 5); tags (required, list)
  rules: state (one of 'CA', 'DC', 'MD', 'NY', 'TX', 'VA'); agency (one of 'DHS', 'DOD', 'EPA', 'VA')
  a record that fails: is set aside, up to max_error_rate=0.1
  guarantee: exactly once for each run key, since a repeated load is told by its content, as long as the state is kept; readers see the whole old file or the whole new one

clean-forms: read 112 + produced 7 = loaded 103 + filtered 5 + merged 0 + rejected 11
count-by-state: read 103 + produced 6 = loaded 6 + filtered 0 + merged 103 + rejected 0

cases/forms.jsonl:9: $.case_id is required but missing
cases/forms.jsonl:14: not JSON: … at character 1
cases/forms.jsonl:23: $.severity is str 'high', expected int
cases/forms.jsonl:36: $.severity is 7, above the greatest allowed value 5; $.tags is str 'fraud', expected list
cases/forms.jsonl:41: $.received no date can be made of '30.2.2024': it fits none of the formats
cases/forms.jsonl:49: the record is an array, expected a JSON object (a dict)
cases/forms.jsonl:58: $.ssn is ***, expected a text that matches '[0-9]{3}[- ]?[0-9]{2}[- ]?[0-9]{4}'
cases/forms.jsonl:67: not valid UTF-8: byte 0xe9 at 130
cases/forms.jsonl:77: $.contact is str 'call me at home', expected dict
cases/forms.jsonl:95: $.state there is no replacement for 'Atlantis'; default= gives such values another one, unmapped='keep' leaves them
cases/forms.jsonl:112: not JSON: … at character 91; the file ends here without a newline, so the record may have been cut off

state  cases  severe  latest
CA        21       9  2024-11-17
DC        19       8  2024-11-17
MD        12       5  2024-12-11
NY        19      10  2024-12-23
TX        18       9  2024-12-22
VA        14       4  2024-11-20

files: cases
"""
REJECTED = [9, 14, 23, 36, 41, 49, 58, 67, 77, 95, 112]
FORMS_SHA256 = "7d8865643c7d97ccd5f7e275479c2eaf43d22a232245166ed4999c82ef4f0744"

# The first letter of a messy spelling is enough to tell these six from each other.
STATE_BY_LETTER = {"c": "CA", "d": "DC", "w": "DC", "m": "MD", "n": "NY", "t": "TX", "v": "VA"}


@pytest.fixture(scope="module")
def script(examples: Path) -> Path:
    """The pipeline script."""
    return examples / "osc_cases" / "clean.py"


@pytest.fixture(scope="module")
def done(
    script: Path,
    run_python: Callable[..., subprocess.CompletedProcess[str]],
    tmp_path_factory: pytest.TempPathFactory,
) -> subprocess.CompletedProcess[str]:
    """One run of the script, with `--folder cases`, in an empty folder."""
    empty = tmp_path_factory.mktemp("osc")
    ended = run_python(script, "--folder", "cases", cwd=empty, temp=empty)
    ended.folder = empty / "cases"
    return ended


@pytest.fixture
def folder(done: subprocess.CompletedProcess[str]) -> Path:
    """Where the run left its files."""
    return done.folder


def records(path: Path) -> list[dict[str, Any]]:
    """The records of a JSON Lines file."""
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def quarantine(folder: Path) -> list[dict[str, Any]]:
    """The entries of the one quarantine file."""
    (kept,) = (folder / "state" / "quarantine").iterdir()
    return records(kept)


def raw_bytes(entry: dict[str, Any]) -> bytes:
    """The bytes that a quarantine entry keeps."""
    text = entry.get("raw")
    return base64.b64decode(entry["raw_base64"]) if text is None else text.encode()


def usable_forms(folder: Path) -> list[dict[str, Any]]:
    """The forms that are neither broken nor tests, as they came."""
    lines = enumerate((folder / "forms.jsonl").read_bytes().split(b"\n"), 1)
    forms = [json.loads(line) for number, line in lines if number not in REJECTED]
    return [form for form in forms if form["status"] != "test"]


def iso_day(text: str) -> str:
    """2024-12-31 of 2024-12-31, 12/31/2024 or 31.12.2024."""
    match re.split(r"([-/.])", text):
        case [year, "-", month, "-", day]:
            pass
        case [month, "/", day, "/", year]:
            pass
        case [day, ".", month, ".", year]:
            pass
    return f"{year}-{int(month):02}-{int(day):02}"


def cases_of(form: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What a form should become, worked out in another way than the example does."""
    for agency in form["agency"].upper().replace(" ", "").split(";"):
        yield {
            "case_id": form["case_id"],
            "status": form["status"],
            "received": iso_day(form["received"]),
            "state": STATE_BY_LETTER[form["state"].strip()[0].lower()],
            "ssn": form["ssn"][-4:].rjust(len(form["ssn"]), "*"),
            "agency": agency,
            "severity": form["severity"],
            "tags": sorted(set(map(str.strip, map(str.lower, form["tags"])))),
            "email": form["contact"]["email"].lower().replace(" ", ""),
            "phone": "".join(filter(str.isdigit, form["contact"]["phone"])),
        }


def totals(cases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Counts by state, worked out without groups."""
    number = Counter(case["state"] for case in cases)
    severe = Counter(case["state"] for case in cases if case["severity"] in {4, 5})
    latest = dict(sorted((case["state"], case["received"]) for case in cases))
    return [
        {"state": state, "cases": number[state], "severe": severe[state], "latest": latest[state]}
        for state in number
    ]


def ssns(folder: Path) -> set[bytes]:
    """Every SSN of the forms, as it is written and as digits only."""
    found = re.findall(rb'"ssn": "([^"]+)"', (folder / "forms.jsonl").read_bytes())
    return {*found, *(re.sub(rb"\D", b"", ssn) for ssn in found)}


def test_the_script_prints_what_became_of_112_forms(done) -> None:
    """The plan, both balances, the rejected forms with their place, and the counts by state."""
    printed = re.sub(r"clean\.py:\d+", "clean.py:N", done.stdout)
    printed = re.sub(r"not JSON: [^:;\n]+ at ", "not JSON: … at ", printed)

    assert (done.returncode, done.stderr) == (0, "")
    assert printed == OUTPUT


def test_each_line_is_a_case_or_a_test_or_rejected(folder) -> None:
    """The 112 forms fall apart into 96 with cases, 5 tests and 11 in quarantine."""
    usable = {form["case_id"] for form in usable_forms(folder)}
    numbers = [entry["record_no"] for entry in quarantine(folder)]

    loaded = {case["case_id"] for case in records(folder / "clean.jsonl")}

    assert numbers == REJECTED
    assert loaded == usable
    assert len(usable) == 112 - 5 - len(REJECTED)


def test_the_cases_are_what_plain_python_makes_of_the_forms(folder) -> None:
    """A second way to clean the forms gives the same cases in the same order."""
    expected = [case for form in usable_forms(folder) for case in cases_of(form)]

    loaded = records(folder / "clean.jsonl")

    assert loaded == expected
    assert len(loaded) == 103


def test_the_counts_by_state_are_those_of_the_cases(folder) -> None:
    """Counting without groups gives the same numbers, in the order of first appearance."""
    expected = totals(records(folder / "clean.jsonl"))

    counted = records(folder / "by_state.jsonl")

    assert counted == expected


def test_rejected_forms_are_kept_byte_for_byte(folder) -> None:
    """Each quarantine entry has the line of its record number, also where it is not UTF-8."""
    lines = (folder / "forms.jsonl").read_bytes().split(b"\n")

    kept = [raw_bytes(entry) for entry in quarantine(folder)]

    assert kept == [lines[number - 1] for number in REJECTED]


def test_the_quarantine_is_for_its_owner_only(folder) -> None:
    """The file that holds clear SSNs can be read by nobody else."""
    (kept,) = (folder / "state" / "quarantine").iterdir()

    mode = kept.stat().st_mode & 0o777

    assert mode == 0o600


def test_no_ssn_is_shown_outside_of_input_and_quarantine(done, folder) -> None:
    """Neither what is printed, nor the cases, the counts or the log have a clear SSN."""
    secret = ssns(folder)
    open_files = [folder / "clean.jsonl", folder / "by_state.jsonl", *folder.glob("state/logs/*")]

    shown = b"\n".join([done.stdout.encode(), *(path.read_bytes() for path in open_files)])

    assert len(open_files) == 3
    assert len(secret) > 150
    assert [ssn for ssn in secret if ssn in shown] == []


def test_without_a_folder_the_files_are_temporary(script, run_python, tmp_path) -> None:
    """The working directory stays empty, and the last line says where the files are."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "temp").mkdir()

    done = run_python(script, cwd=tmp_path / "empty", temp=tmp_path / "temp")

    (made,) = (tmp_path / "temp").iterdir()
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == f"files: {made}"
    assert {path.name for path in made.iterdir()} >= {"clean.jsonl", "by_state.jsonl"}
    assert list((tmp_path / "empty").iterdir()) == []


@pytest.mark.parametrize("arguments", [(), ("forms.jsonl",)], ids=["by default", "by name"])
def test_the_forms_are_the_same_each_time(arguments, examples, run_python, tmp_path) -> None:
    """The seed decides every byte, on each version of Python."""
    done = run_python(
        examples / "osc_cases" / "make_forms.py", *arguments, cwd=tmp_path, temp=tmp_path
    )

    made = (tmp_path / "forms.jsonl").read_bytes()
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert hashlib.sha256(made).hexdigest() == FORMS_SHA256
