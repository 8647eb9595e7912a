"""Clean 112 whistle-blower forms, some of them beyond repair, and lose none of them.

Shown are two pipelines of one service. The first checks the forms as they come in, drops
tests, tidies what is left with verbs, makes one case of each agency that a form names, and
checks the cases; eleven forms cannot be used, and are set aside with their line number and
the reason. The second counts the clean cases by state. The SSN is declared sensitive, so no
message, log or plan shows one, and the cases keep only its last four digits.

    python examples/osc_cases/clean.py
    python examples/osc_cases/clean.py --folder cases
"""

from __future__ import annotations

import argparse
import json
import tempfile

from pathlib import Path

from make_forms import write_forms

from etlkit import DataValidator, ETLJob, ETLPipelineService, F, JobResult, Quarantine
from etlkit.transformations import (
    Aggregate,
    Count,
    Derive,
    Drop,
    Explode,
    Filter,
    Mask,
    Max,
    ParseDate,
    Standardize,
    Sum,
)


SSN = "[0-9]{3}[- ]?[0-9]{2}[- ]?[0-9]{4}"
FORM = {
    "case_id": {"required": True, "type": str},
    "status": {"required": True, "type": str},
    "received": {"required": True, "type": str},
    "state": {"required": True, "type": str},
    "ssn": {"required": True, "type": str, "pattern": SSN, "sensitive": True},
    "contact": {"required": True, "type": dict},
    "agency": {"required": True, "type": str},
    "severity": {"required": True, "type": int, "min": 1, "max": 5},
    "tags": {"required": True, "type": list},
}
CASE = {
    "state": {"allowed": ["CA", "DC", "MD", "NY", "TX", "VA"]},
    "agency": {"allowed": ["DHS", "DOD", "EPA", "VA"]},
}


def tidy_tags(form: dict) -> list[str]:
    """Each tag once, in one spelling; no expression says that of the items of a list."""
    return sorted({tag.strip().lower() for tag in form["tags"]})


CLEAN = (
    Filter(F.status != "test")
    | Standardize.us_states("state")
    | ParseDate("received", ["%Y-%m-%d", "%m/%d/%Y", "%d.%m.%Y"])
    | Derive(
        email=F.contact["email"].str.strip().str.lower(),
        phone=F.contact["phone"].str.replace_pattern("[^0-9]", ""),
        tags=tidy_tags,
        agency=F.agency.str.split(";"),
    )
    | Drop("contact")
    | Mask("ssn", keep_last=4)
    | Explode("agency")
    | Derive(agency=F.agency.str.strip().str.upper())
)
COUNT = Aggregate(
    "state", cases=Count(), severe=Sum((F.severity >= 4).cast(int)), latest=Max("received")
)


def make_pipelines(folder: Path) -> tuple[ETLPipelineService, ETLJob, ETLJob]:
    """The service, and its two jobs."""
    service = ETLPipelineService(root=folder / "state")
    cleaning = service.create_pipeline(
        "Clean forms",
        folder / "forms.jsonl",
        CLEAN,
        folder / "clean.jsonl",
        DataValidator(CASE),
        input_validator=DataValidator(FORM),
        on_error=Quarantine(max_error_rate=0.1),
    )
    counting = service.create_pipeline(
        "Count by state",
        folder / "clean.jsonl",
        COUNT,
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
