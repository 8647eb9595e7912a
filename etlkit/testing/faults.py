"""What may be wrong with a step, each fault with how to mend it."""

from __future__ import annotations

import json

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from copy import deepcopy
from itertools import islice
from typing import TYPE_CHECKING, Any

from etlkit._words import named, shown
from etlkit.destinations.loader import DataLoader
from etlkit.destinations.memory import MemoryDestination
from etlkit.engine.kernel import Kernel
from etlkit.errors import ConfigurationError
from etlkit.expressions import Expression
from etlkit.jobs.job import ETLJob
from etlkit.records import own
from etlkit.sources.memory import RecordsSource
from etlkit.sources.source import DataSource
from etlkit.state.quarantine import Quarantine
from etlkit.testing.clock import FakeClock
from etlkit.testing.differences import problems
from etlkit.testing.forms import told_once
from etlkit.testing.matching import compared
from etlkit.testing.poison import Poison
from etlkit.testing.sameness import exact
from etlkit.testing.samples import goes_through
from etlkit.testing.trials import Trial, in_words, unlike
from etlkit.transformations.dict_form import from_dict, to_dict
from etlkit.transformations.step import RecordStep
from etlkit.transformations.verbs import Verb


if TYPE_CHECKING:
    from etlkit.records import Record
    from etlkit.transformations.compound_verbs import CompoundVerb
    from etlkit.transformations.step import Chain, StageStep, Step

_POISONED = 5
_MOST_FIELDS = 30
_ANY_KEY = "for this check, no secret"


def changes(trial: Trial) -> Iterator[str]:
    """It changes what it is given."""
    advice = (
        "A run gives each step a record of\n  its own, so where the function is used in runs "
        "only, in_place=True allows it."
    )
    yield from _changed(trial.given, trial.handed, advice)


def _changed(given: Sequence[Record], handed: Sequence[Record], advice: str) -> Iterator[str]:
    for before, after in zip(given, handed, strict=True):
        said = next(problems(after, before), None)
        if said is not None:
            name = _first_field(before, after)
            yield (
                f"It changes a record that it is given: {said}.\n"
                f"  Make another one: return {{**record, {name!r}: ...}}. {advice}"
            )
            return


def _first_field(before: Record, after: Record) -> str:
    names = [*before, *after]
    nothing = object()
    differing = [
        name
        for name in names
        if name not in after
        or name not in before
        or exact(before.get(name, nothing)) != exact(after.get(name, nothing))
    ]
    return differing[0]


def differs(trial: Trial) -> Iterator[str]:
    """It makes something else of the same records the second time."""
    said = unlike(trial.first, trial.again())
    if said is not None:
        yield (
            f"It differs the second time: {said}\n"
            "  What it makes depends on the record and its arguments alone: not on the time, on "
            "chance,\n  or on the order of a set. What is remembered from record to record is "
            "kept for one attempt,\n  in the step that fresh() returns."
        )


def changes_counts(trial: Trial) -> Iterator[str]:
    """It makes records, or drops some, that nobody counts."""
    if trial.unread:
        yield (
            "It stops before the end of its input, so the records behind are not accounted "
            "for:\n  run() goes on to the end of the batches, and leaves out what it does "
            "not need."
        )
    if trial.only is not None:
        yield from _uncounted(trial.only, trial.given)


def _uncounted(step: RecordStep, given: Sequence[Record]) -> Iterator[str]:
    most = 0 if step.fans_out else _most_results(step, given)
    if most > 1:
        yield (
            f"It makes {most} records of one, of which only the first would be counted and "
            "loaded:\n  set fans_out = True in its class, and code.fan_out(...) in write()."
        )
        return
    try:
        found = told_once(Kernel, step, given)
    except Exception:  # noqa: BLE001 -- told by has_other_form()
        return
    lost = len(given) - found.balance
    if lost > 0:
        yield (
            f"Its compiled form loses {lost} record(s) without counting them:\n  write() leaves "
            "a record out by code.drop(), and makes several by code.fan_out(...)."
        )


def _most_results(part: RecordStep, records: Sequence[Record]) -> int:
    most = 0
    fresh = part.fresh()
    for record in records:
        try:
            made = [one for output, one in fresh.routed(own(record)) if output is None]
        except Exception:  # noqa: BLE001, S112 -- a record that it refuses
            continue
        most = max(most, len(made))
    return most


def has_other_form(trial: Trial) -> Iterator[str]:
    """Its compiled form does something else."""
    try:
        said = unlike(trial.first, trial.again(Kernel))
    except Exception as error:  # noqa: BLE001 -- it is the fault that is looked for
        said = f"it fails with {named(error)}"
    if said is not None:
        yield f"Its compiled form is another one: {said}\n  write() says the same as each()."


def swallows(parts: Sequence[RecordStep | StageStep], given: Sequence[Record]) -> Iterator[str]:
    """They go on when something fails.

    Args:
        parts: The parts of one step.
        given: Records that come to the first of them.
    """
    others = [record for record in given if goes_through(parts, [own(record)])]
    if all(isinstance(part, RecordStep) for part in parts):
        others = []
    for record in islice(given, _POISONED):
        for name in islice(record, _MOST_FIELDS):
            poison = Poison()
            batch = [*map(own, others), {**own(record), name: poison}]
            if goes_through(parts, batch) and poison.touched:
                yield (
                    f"It swallows errors: with a value in {name!r} that nothing can be done with, "
                    "it goes on\n  as if nothing had happened. Catch what you expect, such as "
                    "ValueError, and let the rest\n  be raised: a record that fails is set aside "
                    "or ends the run, as on_error of the job says."
                )
                return


def changes_what_is_applied(step: Step, given: Sequence[Record]) -> Iterator[str]:
    """Its ``apply`` changes the records of the caller."""
    records = [record for record in given if goes_through(step.parts(), [own(record)])]
    handed = deepcopy(records)
    with suppress(Exception):  # a record that is refused only beside others
        step.apply(handed)
    yield from _changed(records, handed, "apply() works on copies of the records.")


def runs_otherwise(
    chain: Chain, sample: Sequence[Record], expected: Sequence[Record] | None
) -> Iterator[str]:
    """A job with it makes something else, or its records do not add up.

    Args:
        chain: The steps.
        sample: The records of the job.
        expected: What the steps made of them one after the other; None where some were
            refused, which takes the others of their source record with them.
    """
    steps = [part for part in chain.parts() if isinstance(part, RecordStep)]
    outputs = dict.fromkeys(name for step in steps for name in step.outputs)
    memory = MemoryDestination()
    job = ETLJob(
        "check",
        "check_transformation",
        RecordsSource([own(record) for record in sample]),
        chain,
        DataLoader(memory, allow_empty=True),
        loaders={name: _into_memory(name) for name in outputs},
        on_error=Quarantine(),
        clock=FakeClock(),
    )
    result = job.execute()
    if result.error is not None:
        yield f"A job with it fails: {named(result.error)}"
    elif expected is not None:
        match = compared(memory.records, expected, ordered=True)
        if match is not None:
            yield f"A job with it loads other records: {in_words(match)}"


def _into_memory(name: str) -> DataLoader:
    return DataLoader(MemoryDestination(f"memory:{name}"), allow_empty=True)


def dict_form(step: Verb | CompoundVerb) -> Iterator[str]:
    """A verb is not the same when it was data in between."""
    if step.opaque is not None:  # a function has none
        return
    settings = step.settings()
    secret = step.secret if isinstance(step, Verb) else ""
    if any(_has_source(one) for name, one in settings.items() if name != secret):
        return
    keys = {settings["key_id"]: _ANY_KEY} if secret else {}
    try:
        given = to_dict(step)
        back = from_dict(json.loads(json.dumps(given)), keys=keys)
    except (ConfigurationError, TypeError, ValueError) as error:
        yield f"Its dict form does not read back: {named(error)}"
        return
    if to_dict(back) != given or (back != step and not secret):
        yield f"Its dict form reads back to another verb: {back!r}\n  of {shown(given)}"


def _has_source(value: Any) -> bool:
    """Whether an argument has a source in it, or a function, which are no data."""
    if isinstance(value, Mapping):
        return any(map(_has_source, value.values()))
    if isinstance(value, (list, tuple)):
        return any(map(_has_source, value))
    if isinstance(value, (type, Expression)):
        return False
    return isinstance(value, DataSource) or callable(value)
