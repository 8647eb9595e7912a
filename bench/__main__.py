"""`python -m bench`: measure, print the tables, and keep them where `--output` says."""

from __future__ import annotations

import argparse
import sys
import tempfile

from collections.abc import Callable
from pathlib import Path

from bench import (
    aggregate,
    csv_job,
    dataset,
    expressions,
    imports,
    json_array,
    lineage,
    machine,
    memory,
    quarantine,
    rejects,
    sort,
    state,
    targets,
    tiny,
    validator,
    verbs,
)
from bench.figures import Figure
from bench.forms import Forms, ensure_forms
from bench.main_job import Arena, Failure, run_rounds, standings
from bench.processes import ChildFailed
from bench.report import Report
from bench.roster import CONTESTANTS, chosen


PARTS = (
    "main",
    "csv",
    "json",
    "lineage",
    "dataset",
    "rejects",
    "quarantine",
    "memory",
    "expressions",
    "verbs",
    "sort",
    "aggregate",
    "validator",
    "tiny",
    "state",
    "import",
)


def main() -> None:
    options = _options()
    options.data.mkdir(parents=True, exist_ok=True)
    report = Report(machine.describe())

    def make_forms(number: int) -> Forms:
        return ensure_forms(options.data, number)

    if "main" in options.part:
        _measure_main_job(report, Arena(options.data, make_forms, _say), options)
    parts: dict[str, tuple[str, Callable[[], list[Figure]]]] = {
        "csv": (
            f"CSV to JSON Lines, {options.records:,} records of seven columns",
            lambda: csv_job.measure(options.data, options.records, options.rounds),
        ),
        "json": ("A JSON array of 500 MB", lambda: json_array.measure(options.data)),
        "lineage": (
            f"Lineage, {options.records:,} records",
            lambda: lineage.measure(options.data, make_forms(options.records), options.rounds),
        ),
        "dataset": (
            f"Datasets, {options.records:,} records",
            lambda: dataset.measure(options.data, make_forms(options.records), options.rounds),
        ),
        "rejects": (
            "Rejected records",
            lambda: rejects.measure(options.data, make_forms(options.records)),
        ),
        "quarantine": (
            "Three records in ten rejected",
            lambda: quarantine.measure(options.data, make_forms(options.records), options.rounds),
        ),
        "memory": (
            "Memory",
            lambda: memory.measure(options.data, make_forms(options.records)),
        ),
        "expressions": ("One condition in several forms", expressions.measure),
        "verbs": (
            "Each core verb beside its twin in petl",
            lambda: verbs.measure(options.records, options.rounds),
        ),
        "sort": (
            "Sorting records of 100 bytes",
            lambda: sort.measure(options.data, options.records),
        ),
        "aggregate": (
            f"Aggregate, {options.records:,} records in 50 groups",
            lambda: aggregate.measure(options.data, options.records, options.rounds),
        ),
        "validator": ("The validator alone", validator.measure),
        "tiny": ("A run of one record in memory", tiny.measure),
        "state": ("A run of one record with a root", lambda: state.measure(options.data)),
        "import": ("Import", imports.measure),
    }
    for name, (title, measure) in parts.items():
        if name in options.part:
            _measure_part(report, title, measure)

    print(report.to_markdown())
    for path in options.output:
        text = report.to_json() if path.suffix == ".json" else report.to_markdown()
        path.write_text(text, encoding="utf-8")
    if any(failure.is_broken for failure in report.failures):
        sys.exit(1)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Measure etlkit beside a loop written by hand and beside other tools. With one "
        "million records it takes about ten minutes, and 8 GB of disk for the part on memory.",
    )
    names = ", ".join(each.name for each in CONTESTANTS)
    add = parser.add_argument
    add("--records", type=int, default=1_000_000, help="size of the main job (%(default)s)")
    add("--rounds", type=int, default=5, help="of the main job (%(default)s)")
    add("--slow-rounds", type=int, default=2, help="rounds with the slow ones (%(default)s)")
    add("--only", type=_words, default=frozenset(), help=f"any of: {names}")
    add("--part", type=_words, default=frozenset(PARTS), help=f"any of: {', '.join(PARTS)}")
    add(
        "--output",
        type=Path,
        action="append",
        default=[],
        help="a .md or .json file; may be given twice",
    )
    add(
        "--data",
        type=Path,
        default=Path(tempfile.gettempdir()) / "etlkit-bench",
        help="folder for inputs, which stay, and outputs, which do not",
    )
    options = parser.parse_args()
    if unknown := options.part - set(PARTS):
        parser.error(f"no part {', '.join(sorted(unknown))}; there are: {', '.join(PARTS)}")
    return options


def _words(text: str) -> frozenset[str]:
    return frozenset(filter(None, (word.strip() for word in text.split(","))))


def _measure_main_job(report: Report, arena: Arena, options: argparse.Namespace) -> None:
    contestants = chosen(options.only)
    forms = arena.make_forms(options.records)
    report.records, report.input_bytes = forms.records, forms.size_bytes
    report.runs, report.failures = run_rounds(
        arena,
        contestants,
        records=options.records,
        rounds=options.rounds,
        slow_rounds=options.slow_rounds,
    )
    report.standings = standings(contestants, report.runs)
    if figures := targets.hold_against(report.runs):
        report.figures["Targets of the main job"] = figures


def _measure_part(report: Report, title: str, measure: Callable[[], list[Figure]]) -> None:
    _say(title)
    try:
        report.figures[title] = measure()
    except ChildFailed as error:
        report.failures.append(Failure(title, str(error), is_broken=True))


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
