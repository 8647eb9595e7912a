"""What a job will do, as text and as a diagram, before it does it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import frozen

from etlkit.engine.kernel import MOST_LOOPS
from etlkit.jobs.guarantee import notes as guarantees


if TYPE_CHECKING:
    from collections.abc import Iterator

    from etlkit.engine.plan import Stage
    from etlkit.jobs.definition import Definition
    from etlkit.transformations.step import RecordStep


_ENTITIES = str.maketrans(
    {"#": "#35;", "&": "#amp;", '"': "#quot;", "<": "#lt;", ">": "#gt;", "`": "#96;"}
)


class Explanation(str):
    """Lines of text, which a notebook shows as lines, too."""

    __slots__ = ()

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # noqa: FBT001 -- as IPython calls it
        del cycle
        printer.text(str(self))


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
    label = f"{type(job.source).__name__} {job.source.uri}"
    found = [Row("source", label, "streaming", job.source.extent)]
    for number, stage in enumerate(job.plan.stages, 1):
        how = f"stage {number}: {_how(stage)}"
        found += [
            Row(step.stage, step.label, step.memory, f"{how}{_opaque(step.opaque)}{_reads(step)}")
            for step in stage.steps
        ]
        if (end := stage.end) is not None:
            how = f"ends stage {number}{_opaque(end.opaque)}"
            found.append(Row("transform", end.label, end.memory, how))
    for name, one in job.outputs.items():
        label = f"{one.destination.uri} ({one.mode})"
        found.append(Row("load", label, "streaming", f"output {name!r}"))
    found.append(Row("load", f"{loader.destination.uri} ({loader.mode})", "streaming", ""))
    return found


def explanation(job: Definition) -> Explanation:
    """The plan in lines of text, with what is guaranteed and what to look out for."""
    lines = [f"job {job.job_id}: {job.name}", *_flow(job)]
    lines += [f"  {word}: {text}" for word, text in _notes(job)]
    return Explanation("\n".join(map(_on_one_line, lines)))


def _on_one_line(text: str) -> str:
    """The text with the breaks that a label may have turned into spaces."""
    words = text.lstrip()
    return " " * (len(text) - len(words)) + " ".join(words.split())


def outline(job: Definition) -> Explanation:
    """What happens to the records before they are loaded, in lines of text."""
    lines = ["flow, of which nothing is read before it is asked for", *_way(job)]
    lines += [f"  {word}: {text}" for word, text in (*_rules(job), *_remarks(job))]
    return Explanation("\n".join(map(_on_one_line, lines)))


def _flow(job: Definition) -> Iterator[str]:
    """What happens to the records, one step a line, and where they go."""
    yield from _way(job)
    for name, one in job.outputs.items():
        yield f"  load output {name!r} into {one.destination.uri} ({one.mode})"
    yield f"  load into {job.loader.destination.uri} ({job.loader.mode})"


def _way(job: Definition) -> Iterator[str]:
    """What happens to the records, one step a line, below the stage it belongs to."""
    extent = job.source.extent
    where = f"{type(job.source).__name__} {job.source.uri}"
    yield f"  read from {where}" + (extent and f": {extent}")
    for number, stage in enumerate(job.plan.stages, 1):
        if stage.steps:
            yield f"  stage {number}, streaming: {_how(stage)}"
        for step in stage.steps:
            memory = "" if step.memory == "streaming" else f", {step.memory}"
            yield f"    {step.label}{memory}{_opaque(step.opaque)}{_reads(step)}"
        if stage.end is not None:
            end = stage.end
            yield f"  then over several records, {end.memory}: {end.label}{_opaque(end.opaque)}"


def _how(stage: Stage) -> str:
    loops = sum(step.fans_out for step in stage.steps)
    if loops > MOST_LOOPS:
        return f"one record at a time, interpreted since {loops} steps fan out"
    return "one record at a time, fused into one function"


def _opaque(place: str | None) -> str:
    return f" (opaque: {place})" if place else ""


def _reads(step: RecordStep) -> str:
    """What a step reads beside the records of the run."""
    if not step.reads:
        return ""
    return f"; reads {', '.join(one.uri for one in step.reads)} besides"


def _notes(job: Definition) -> Iterator[tuple[str, str]]:
    yield from _rules(job)
    yield "a record that fails", _policy(job)
    yield from guarantees(job)
    yield from _remarks(job)


def _rules(job: Definition) -> Iterator[tuple[str, str]]:
    if job.input_validator is not None:
        yield "rules of the input", job.input_validator.describe()
    if job.validator is not None:
        yield "rules", job.validator.describe()


def _remarks(job: Definition) -> Iterator[tuple[str, str]]:
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
    others: list[tuple[str, str]] = []
    rejecting = ["source"]  # a step over several records fails the run instead
    for index, stage in enumerate(job.plan.stages, 1):
        if stage.steps:
            lines.append(f'    subgraph stage{index}["stage {index}: one record at a time"]')
            for step in stage.steps:
                number += 1
                lines.append(f"        step{number}[{_quoted(step.label)}]")
                rejecting.append(f"step{number}")
                others += [(f"step{number}", one.uri) for one in step.reads]
            lines.append("    end")
        if stage.end is not None:
            number += 1
            lines.append(f"    step{number}[[{_quoted(f'{stage.end.label}: {stage.end.memory}')}]]")
    names = [f"step{each}" for each in range(1, number + 1)]
    lines.append(f"    load[({_quoted(f'{job.loader.destination.uri}: {job.loader.mode}')})]")
    for after in [*names, "load"]:
        lines.append(f"    {before} --> {after}")
        before = after
    for count, (step_name, uri) in enumerate(others, 1):
        lines.append(f"    other{count}[({_quoted(uri)})] --> {step_name}")
    if job.on_error is not None:
        lines.append("    rejected[(rejected records)]")
        lines += [f"    {name} -.-> rejected" for name in rejecting]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """Text inside a node: quotes and markup become entities, as Mermaid has it."""
    return f'"{" ".join(text.translate(_ENTITIES).split())}"'
