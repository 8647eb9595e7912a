"""The first records of a source before and after each step; nothing is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import Factory, define, evolve, frozen

from etlkit._words import missing_in, named
from etlkit.engine.masking import withheld
from etlkit.records import Record, Unfit, own, refused_place
from etlkit.runs.tally import StepTally
from etlkit.sources.decoding import decoded_items
from etlkit.transformations.step import RecordStep


if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from etlkit.engine.plan import Plan
    from etlkit.records import Batch
    from etlkit.schema.fields import Place
    from etlkit.sources.source import DataSource
    from etlkit.transformations.step import StageStep


@frozen
class Snapshot:
    """The sample as it is at one place of the chain.

    Attributes:
        label: The source, the step that was just done, or the output.
        records: The records there.
        failed: What is wrong with the records that got lost at this place, in words.
        output: Name of the output that steps sent the records to; empty for what is in the
            chain.
    """

    label: str
    records: tuple[Record, ...]
    failed: tuple[str, ...] = ()
    output: str = ""


@frozen
class _Located:
    """A record, the place in the source that it comes from, and its number in its stage."""

    place: str
    record: Record
    number: int


@define
class _Sent:
    """What steps sent to outputs, without what came of records that failed in their stage."""

    kept: dict[str, list[Record]]
    now: list[tuple[str, _Located]] = Factory(list)
    lost: set[int] = Factory(set)

    def end_stage(self) -> None:
        for output, located in self.now:
            if located.number not in self.lost:
                self.kept[output].append(located.record)
        self.now, self.lost = [], set()


def snapshots(
    source: DataSource,
    plan: Plan,
    limit: int,
    *,
    remarks: list[str],
    sensitive: tuple[Place, ...] = (),
) -> tuple[Snapshot, ...]:
    """The first records at the source, after each step of the plan, and at its named outputs.

    Values at sensitive places are withheld from what is said of records that cannot be
    decoded; of other records the caller can mask them. What the user should know of the
    source is added to ``remarks``.
    """
    failed: list[str] = []
    remarks.extend(source.remarks())
    sample = list(_first(source.batches(), limit, failed, remarks, sensitive))
    found = [_snapshot(source.uri, sample, failed)]
    sent = _Sent({name: [] for name in plan.outputs})
    tallies = [StepTally(step.label) for step in plan.steps]
    with plan.fresh(tallies) as fresh:  # what the steps saw is forgotten afterwards
        for index, step in enumerate(fresh.steps, 1):
            failed = []
            sample = list(_after(step, sample, failed, sent))
            if isinstance(step, RecordStep) and step.adds:
                more = _first(step.added(), limit, failed, remarks, sensitive)
                sample += [evolve(one, number=one.number + index * limit) for one in more]
            if failed or step.shown:
                found.append(_snapshot(step.label, sample if step.shown else [], failed))
    sent.end_stage()
    found += [
        Snapshot(f"output {name}", tuple(records), output=name)
        for name, records in sent.kept.items()
    ]
    return tuple(found)


def _snapshot(label: str, sample: list[_Located], failed: list[str]) -> Snapshot:
    records = tuple(own(located.record) for located in sample)
    return Snapshot(label, records, tuple(failed))


def _first(
    batches: Iterable[Batch],
    limit: int,
    failed: list[str],
    remarks: list[str],
    sensitive: tuple[Place, ...],
) -> Iterator[_Located]:
    """The first records, those that cannot be decoded among them."""
    for batch in batches:
        remarks.extend(batch.remarks)
        for refusal in batch.refused[:limit]:
            limit -= 1
            failed.append(f"{refused_place(batch, refusal)}: {refusal.message}")
        if limit == 0:
            return
        for position, found in decoded_items(batch):
            place = batch.place(position)
            if isinstance(found, Exception):
                failed.append(
                    f"{place}: {_words(withheld(found, sensitive), is_withheld=bool(sensitive))}"
                )
            else:
                yield _Located(place, found, limit)
            limit -= 1
            if limit == 0:
                return


def _words(error: Exception, *, is_withheld: bool = False) -> str:
    return str(error) if isinstance(error, Unfit) else named(error, withheld=is_withheld)


def _after(
    step: RecordStep | StageStep, sample: list[_Located], failed: list[str], sent: _Sent
) -> Iterable[_Located]:
    if not isinstance(step, RecordStep):
        sent.end_stage()
        records = [own(located.record) for located in sample]
        every = (made for batch in step.run(iter([records])) for made in batch)
        return [_Located(f"step {step.label}", made, n) for n, made in enumerate(every)]
    return [made for located in sample for made in _each(step, located, failed, sent)]


def _each(step: RecordStep, located: _Located, failed: list[str], sent: _Sent) -> list[_Located]:
    record = own(located.record)
    try:
        made = [(output, evolve(located, record=own(one))) for output, one in step.routed(record)]
    except MemoryError:  # never a record's fault
        raise
    except Exception as error:  # noqa: BLE001 -- shown as what it is: a record that fails
        refined = step.explain(error, record)
        words = missing_in(refined, record) or _words(refined)
        failed.append(f"{located.place}: {words}")
        sent.lost.add(located.number)
        return []
    sent.now += [(output, one) for output, one in made if output is not None]
    return [one for output, one in made if output is None]
