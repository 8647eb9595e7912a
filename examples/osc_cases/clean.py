"""Clean 112 whistle-blower forms, some of them beyond repair, and lose none of them.

Shown are two pipelines of one service. The first checks the forms as they come in, tidies
them, drops tests, makes one case of each agency that a form names, and checks the cases;
eleven forms cannot be used, and are set aside with their line number and the reason. The
second counts the clean cases by state. The SSN is declared sensitive, so no message, log
or plan shows one, and the cases keep only its last four digits.

    python examples/osc_cases/clean.py
    python examples/osc_cases/clean.py --folder cases
"""

from __future__ import annotations

import argparse
import json
import re
import tempfile

from datetime import datetime
from pathlib import Path

from make_forms import write_forms

from etlkit import DataValidator, ETLJob, ETLPipelineService, JobResult, Quarantine
from etlkit.transformations import Aggregate, Filter, FlatMap, Map


SPELLINGS = {
    "CA": ["CA", "CALIF", "CALIFORNIA"],
    "DC": ["DC", "WASHINGTONDC"],
    "MD": ["MD", "MARYLAND"],
    "NY": ["NY", "NEWYORK"],
    "TX": ["TX", "TEXAS"],
    "VA": ["VA", "VIRGINIA"],
}
STATES = {spelling: state for state, spellings in SPELLINGS.items() for spelling in spellings}

FORM = {
    "case_id": {"required": True, "type": str},
    "status": {"required": True, "type": str},
    "received": {"required": True, "type": str},
    "state": {"required": True, "type": str},
    "ssn": {"required": True, "type": str, "sensitive": True},
    "contact": {"required": True, "type": dict},
    "agency": {"required": True, "type": str},
    "severity": {"required": True, "type": int, "min": 1, "max": 5},
    "tags": {"required": True, "type": list},
}
CASE = {
    "state": {"allowed": list(SPELLINGS)},
    "agency": {"allowed": ["DHS", "DOD", "EPA", "VA"]},
}


def is_real(form: dict) -> bool:
    """Whether it is a form, and no test of the web site."""
    return form["status"] != "test"


def tidy(form: dict) -> dict:
    """Bring state, contact and tags into one spelling; what is unknown stays as it is."""
    form["state"] = STATES.get(re.sub("[^A-Z]", "", form["state"].upper()), form["state"])
    contact = form.pop("contact")
    form["email"] = contact["email"].strip().lower()
    form["phone"] = re.sub("[^0-9]", "", contact["phone"])
    form["tags"] = sorted({tag.strip().lower() for tag in form["tags"]})
    return form


def read_date(form: dict) -> dict:
    """Write the day of receipt as 2024-12-31, whichever of three ways it came in."""
    for style in ("%Y-%m-%d", "%m/%d/%Y", "%d.%m.%Y"):
        try:
            day = datetime.strptime(form["received"], style)  # noqa: DTZ007 -- a day has no zone
        except ValueError:
            continue
        form["received"] = day.date().isoformat()
        return form
    message = f"{form['received']!r} is no date"
    raise ValueError(message)


def shorten_ssn(form: dict) -> dict:
    """Keep the last four digits."""
    digits = re.sub("[^0-9]", "", form["ssn"])
    if len(digits) != 9:
        message = f"{form['ssn']!r} is no SSN"  # etlkit masks the value
        raise ValueError(message)
    form["ssn"] = f"***-**-{digits[-4:]}"
    return form


def by_agency(form: dict) -> list[dict]:
    """One case for each agency that the form names."""
    return [{**form, "agency": name.strip().upper()} for name in form["agency"].split(";")]


def severe(cases: list[dict]) -> int:
    """How many cases have severity 4 or 5."""
    return sum(case["severity"] >= 4 for case in cases)


def latest(cases: list[dict]) -> str:
    """The last day on which a case was received."""
    return max(case["received"] for case in cases)


def make_pipelines(folder: Path) -> tuple[ETLPipelineService, ETLJob, ETLJob]:
    """The service, and its two jobs."""
    service = ETLPipelineService(root=folder / "state")
    cleaning = service.create_pipeline(
        "Clean forms",
        folder / "forms.jsonl",
        Filter(is_real) | Map(tidy) | Map(read_date) | Map(shorten_ssn) | FlatMap(by_agency),
        folder / "clean.jsonl",
        DataValidator(CASE),
        input_validator=DataValidator(FORM),
        on_error=Quarantine(max_error_rate=0.1),
    )
    counting = service.create_pipeline(
        "Count by state",
        folder / "clean.jsonl",
        Aggregate("state", cases=len, severe=severe, latest=latest),
        folder / "by_state.jsonl",
    )
    return service, cleaning, counting


def balance(result: JobResult) -> str:
    """What became of the records: both sides are equal, or the run would have failed."""
    tally = result.tally
    return (
        f"{result.job_id}: read {tally.read} + produced {tally.produced} = loaded {tally.loaded}"
        f" + filtered {tally.filtered} + merged {tally.merged} + rejected {tally.rejected}"
    )


def show(folder: Path) -> None:
    """Make the forms, run both pipelines, and print what became of the records."""
    write_forms(folder / "forms.jsonl")
    service, cleaning, counting = make_pipelines(folder)
    print(cleaning.explain(), end="\n\n")

    cleaned = service.run(cleaning.job_id).raise_if_failed()
    counted = service.run(counting.job_id).raise_if_failed()

    print(balance(cleaned))
    print(balance(counted), end="\n\n")
    for rejection in cleaned.rejections:
        print(f"{rejection.place}: {rejection.message}")
    print("\nstate  cases  severe  latest")
    with (folder / "by_state.jsonl").open(encoding="utf-8") as lines:
        for row in sorted(map(json.loads, lines), key=lambda row: row["state"]):
            print("{state:5}  {cases:5}  {severe:6}  {latest}".format(**row))


def main() -> None:
    """Work in the folder that was named, or in a new one for temporary files."""
    parser = argparse.ArgumentParser(description="Clean 112 synthetic complaint forms.")
    parser.add_argument("--folder", type=Path, help="where the files go (default: a new one)")
    folder = parser.parse_args().folder or Path(tempfile.mkdtemp(prefix="etlkit-osc-"))
    folder.mkdir(parents=True, exist_ok=True)
    show(folder)
    print(f"\nfiles: {folder}")


if __name__ == "__main__":
    main()
