"""The results as Markdown for people and as JSON for programs."""

from __future__ import annotations

import json

from collections.abc import Iterable, Iterator

from attrs import Factory, asdict, define

from bench.figures import Figure
from bench.machine import Machine
from bench.main_job import Failure, Run, Standing


@define
class Report:
    """What was measured; parts that were not asked for stay empty.

    Attributes:
        machine: Where and when.
        records: Size of the main job.
        input_bytes: Size of its input.
        standings: One for each contestant that ran.
        runs: Each single run behind the standings.
        failures: Contestants and parts without a result.
        figures: Lines of the other tables, by title.
    """

    machine: Machine
    records: int = 0
    input_bytes: int = 0
    standings: list[Standing] = Factory(list)
    runs: list[Run] = Factory(list)
    failures: list[Failure] = Factory(list)
    figures: dict[str, list[Figure]] = Factory(dict)

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=1) + "\n"

    def to_markdown(self) -> str:
        parts = [_introduction(self.machine)]
        if self.standings:
            parts.append(_main_job(self))
        parts.extend(_figures(title, lines) for title, lines in self.figures.items())
        if self.failures:
            parts.append(_failures(self.failures))
        return "\n\n".join(parts) + "\n"


def _introduction(machine: Machine) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in machine.versions.items())
    return f"""\
# Benchmark

{machine.date}; {machine.processor}, {machine.cores} core(s), load {machine.load:.1f} at the start.
{machine.system}; {machine.python}; {versions}."""


def _main_job(report: Report) -> str:
    table = _table(
        (
            "",
            "s",
            "fastest to slowest",
            "x hand loop",
            "CPU s",
            "start s",
            "peak MB",
            "cores",
            "output",
        ),
        map(_cells, report.standings),
    )
    size = f"{report.records:,} records, {report.input_bytes / 1e6:,.0f} MB of JSON lines"
    rounds = max((standing.runs for standing in report.standings), default=0)
    return f"""\
## Five steps, three required fields, {size}

Medians of {rounds} alternating rounds, fewer for the slow ones.
Each run has a fresh process; its start and its imports are not counted, but shown apart.
A ratio is the median of the ratios within a round.
The output is compared record by record with that of the hand loop.

{table}

{_list(_remarks(report))}"""


def _cells(standing: Standing) -> tuple[str, ...]:
    extrapolated = "*" if standing.is_extrapolated else ""
    ratio = standing.times_hand_loop
    return (
        standing.contestant.name,
        f"{standing.seconds:.2f}{extrapolated}",
        f"{standing.fastest:.2f} to {standing.slowest:.2f}",
        "" if ratio is None else f"{ratio:.2f}",
        f"{standing.cpu_seconds:.2f}{extrapolated}",
        f"{standing.start_seconds:.2f}",
        f"{standing.peak_bytes / 1e6:,.0f}{extrapolated}",
        standing.contestant.cores,
        standing.result,
    )


def _remarks(report: Report) -> Iterator[str]:
    for standing in report.standings:
        yield f"{standing.contestant.name}: {standing.contestant.remark}."
    sizes = {standing.records for standing in report.standings if standing.is_extrapolated}
    for size in sorted(sizes):
        yield (
            f"\\* Measured with {size:,} records; the seconds are extrapolated along the line "
            "through a run of a thousand, so that start-up is counted once. CPU s and peak MB are "
            "those of the smaller run."
        )


def _figures(title: str, figures: list[Figure]) -> str:
    rows = (
        (
            figure.what,
            f"{figure.value:,.2f} {figure.unit}",
            figure.target,
            figure.verdict,
            figure.remark,
        )
        for figure in figures
    )
    return f"## {title}\n\n{_table(('', 'measured', 'target', '', 'how'), rows)}"


def _failures(failures: list[Failure]) -> str:
    return f"## No result\n\n{_list(f'{each.contestant}: {each.reason}' for each in failures)}"


def _list(items: Iterable[str]) -> str:
    return "\n".join(f"- {item}" for item in items)


def _table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    return "\n".join(map(_row, (header, ["---"] * len(header), *rows)))


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
