"""What a job will do, as text and as a diagram, before it does it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from etlkit.engine.kernel import MOST_LOOPS


if TYPE_CHECKING:
    from collections.abc import Iterator

    from etlkit.jobs.definition import Definition


_ENTITIES = str.maketrans(
    {"#": "#35;", "&": "#amp;", '"': "#quot;", "<": "#lt;", ">": "#gt;", "`": "#96;"}
)


@frozen
class Row:
    """One line of a plan."""

    kind: str
    label: str
    memory: str
    remark: str


def rows(job: Definition) -> list[Row]:
    """The plan, from the source to the destination."""
    loader = job.loader
    found = [Row("source", f"{type(job.source).__name__} {job.source.uri}", "streaming", "")]
    for number, stage in enumerate(job.plan.stages, 1):
        loops = sum(step.fans_out for step in stage.steps)
        how = f"stage {number}, one record at a time, fused into one function"
        if loops > MOST_LOOPS:
            how = f"stage {number}, one record at a time, interpreted ({loops} steps fan out)"
        found += [
            Row(step.stage, step.label, "streaming", _remark(step.opaque, how))
            for step in stage.steps
        ]
        if stage.end is not None:
            ends = f"ends stage {number}"
            found.append(
                Row("transform", stage.end.label, stage.end.memory, _remark(stage.end.opaque, ends))
            )
    found.append(Row("load", f"{loader.destination.uri} ({loader.mode})", "streaming", ""))
    return found


def _remark(opaque: str | None, how: str) -> str:
    return f"{how}; opaque: {opaque}" if opaque else how


def explanation(job: Definition) -> str:
    """The plan in lines of text, with what is guaranteed and what to look out for."""
    lines = [f"job {job.job_id}: {job.name}"]
    table = rows(job)
    kinds = max(len(row.kind) for row in table)
    labels = [" ".join(row.label.split()) for row in table]  # each on one line
    width = max(map(len, labels))
    for row, label in zip(table, labels, strict=True):
        remark = f"  {row.memory}" + (f"; {row.remark}" if row.remark else "")
        lines.append(f"  {row.kind:<{kinds}}  {label:<{width}}{remark}")
    lines += [f"  {word}: {text}" for word, text in _notes(job)]
    return "\n".join(lines)


def _notes(job: Definition) -> Iterator[tuple[str, str]]:
    if job.input_validator is not None:
        yield "rules of the input", job.input_validator.describe()
    if job.validator is not None:
        yield "rules", job.validator.describe()
    yield "a record that fails", _policy(job)
    yield "guarantee", job.loader.destination.guarantee
    if job.loader.mode == "append":
        yield "note", "a run without run_key gets a fresh one, so running it twice appends twice"
    if any(step.memory == "materialising" for step in job.plan.steps):
        yield "note", "a step holds all of its records in memory"


def _policy(job: Definition) -> str:
    policy = job.on_error
    if policy is None:
        return "stops the run, and nothing is loaded (on_error='fail')"
    limits = [
        f"{name}={value!r}"
        for name, value in (
            ("max_errors", policy.max_errors),
            ("max_error_rate", policy.max_error_rate),
        )
        if value is not None
    ]
    place = f" in {policy.to}" if policy.to is not None else ""
    return f"is set aside{place}" + (f", up to {' and '.join(limits)}" if limits else "")


def mermaid(job: Definition) -> str:
    """The plan as a Mermaid flowchart; stages are boxes around their steps."""
    lines = ["flowchart TD", f"    source[({_quoted(job.source.uri)})]"]
    before, number = "source", 0
    rejecting = ["source"]  # a step over several records fails the run instead
    for index, stage in enumerate(job.plan.stages, 1):
        if stage.steps:
            lines.append(f'    subgraph stage{index}["stage {index}: one record at a time"]')
            for step in stage.steps:
                number += 1
                lines.append(f"        step{number}[{_quoted(step.label)}]")
                rejecting.append(f"step{number}")
            lines.append("    end")
        if stage.end is not None:
            number += 1
            lines.append(f"    step{number}[[{_quoted(f'{stage.end.label}: {stage.end.memory}')}]]")
    names = [f"step{each}" for each in range(1, number + 1)]
    lines.append(f"    load[({_quoted(f'{job.loader.destination.uri}: {job.loader.mode}')})]")
    for after in [*names, "load"]:
        lines.append(f"    {before} --> {after}")
        before = after
    if job.on_error is not None:
        lines.append("    rejected[(rejected records)]")
        lines += [f"    {name} -.-> rejected" for name in rejecting]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """Text inside a node: quotes and markup become entities, as Mermaid has it."""
    return f'"{" ".join(text.translate(_ENTITIES).split())}"'
