"""Following one source record through the chain of a job; nothing is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define, field, frozen

from etlkit._files.versions import full_name
from etlkit._words import named
from etlkit.engine.masking import masked, withheld
from etlkit.engine.traces import Trace, TracedStep, is_same_record
from etlkit.formats.row_hash import row_hash
from etlkit.records import Unfit, as_object, own
from etlkit.runs.tally import StepTally
from etlkit.sources.decoding import explained
from etlkit.transformations.step import RecordStep, StageStep


if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import TypeAlias

    from etlkit.engine.plan import Plan
    from etlkit.engine.traces import Outcome, StepOutcome
    from etlkit.records import Batch, Record
    from etlkit.schema.fields import Place
    from etlkit.sources.source import DataSource
    from etlkit.transformations.readable import Readable

    Parted: TypeAlias = DataSource | Readable

_EACH = 1 << 30
"""More parts than any source has, so that each file is a part of its own."""


def added_sources(plan: Plan) -> list[tuple[int, Readable]]:
    """The sources whose records a plan adds to those of the run.

    Each comes with the number of steps that its records do not come through.
    """
    return [
        (number, source)
        for number, step in enumerate(plan.steps, 1)
        if isinstance(step, RecordStep) and step.adds
        for source in step.reads
    ]


@frozen
class Spot:
    """Where an item stands: a batch, and its position there.

    Attributes:
        batch: The batch.
        position: Its index there.
        enters: How many steps of the plan are behind it when it comes; none for the source of
            the run, those up to a union for what that adds.
    """

    batch: Batch
    position: int
    enters: int = 0

    @property
    def file(self) -> str:
        """The file, as records call it."""
        return self.batch.origin.uri

    @property
    def record_no(self) -> int:
        """Its number there."""
        return self.batch.first + self.position


def is_same_file(uri: str, file: str) -> bool:
    """Whether both name one file, which may be said from the working folder or in full."""
    return uri == file or full_name(uri) == full_name(file)


def is_within(file: str, uri: str) -> bool:
    """Whether a file is the one of this name, or a member of the archive of this name."""
    return file == uri or f"{full_name(file)}/".startswith(f"{full_name(uri)}/")


def parts_with(source: Parted, file: str) -> list[Parted]:
    """The parts of a source that hold a file; none where no part is named as it is.

    Raises:
        EtlkitError: The source cannot be read.
    """
    parts: Sequence[Parted] = source.splits(_EACH)
    return [part for part in parts if is_within(file, part.uri)]


def spot_of(source: Parted, file: str, record_no: int) -> Spot | None:
    """Where a record stands, looked for from the beginning of its file; None if nowhere.

    Raises:
        Exception: The source cannot be read.
    """
    was_there = False
    for batch in _batches(parts_with(source, file) or [source]):
        if is_same_file(batch.origin.uri, file):
            was_there = True
            position = record_no - batch.first
            if 0 <= position < len(batch.items) + len(batch.refused):
                return Spot(batch, position)
        elif was_there and batch.items:  # the file is over
            return None
    return None


def spot_with(source: Parted, *, raw: bytes | None, record: Record | None) -> Spot | None:
    """Where the first record stands that has these bytes, or else these values.

    Raises:
        Exception: The source cannot be read.
    """
    matches = _has_bytes(raw) if raw is not None else _has_values(record)
    for batch in _batches([source]):
        for position in range(len(batch.items) + len(batch.refused)):
            spot = Spot(batch, position)
            if matches(spot):
                return spot
    return None


def _has_bytes(raw: bytes) -> Callable[[Spot], bool]:
    wanted = raw.strip(b"\r\n")

    def matches(spot: Spot) -> bool:
        held = spot.batch.raw(spot.position)
        return held is not None and held.strip(b"\r\n") == wanted

    return matches


def _has_values(record: Record | None) -> Callable[[Spot], bool]:
    wanted = row_hash(record or {})

    def matches(spot: Spot) -> bool:
        found = _decoded(spot)
        return isinstance(found, dict) and row_hash(found) == wanted

    return matches


def _batches(parts: Iterable[Parted]) -> Iterator[Batch]:
    for part in parts:
        part.check()
        batches = part.batches()
        try:
            yield from batches
        finally:
            close = getattr(batches, "close", None)
            if close is not None:
                close()


def _decoded(spot: Spot) -> Record | Exception | None:
    """The record of a spot, or why there is none; None for a blank line."""
    batch, position = spot.batch, spot.position
    for refusal in batch.refused:
        if refusal.position == position:
            return Unfit(refusal.code, refusal.message)
    item = batch.items[position]
    try:
        return as_object(batch.decode(item))
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 -- handed over as what became of the item
        if batch.is_blank is not None and batch.is_blank(item):
            return None
        return explained(batch, position, error)


def trace(spot: Spot, plan: Plan, *, sensitive: tuple[Place, ...] = ()) -> Trace:
    """What each step of a plan makes of a record now.

    Args:
        spot: Where the record stands.
        plan: The chain.
        sensitive: Places of fields whose values are masked.
    """
    found = _decoded(spot)
    way = _Way(sensitive)
    if found is None:
        return way.ended(spot, "blank")
    if isinstance(found, Exception):
        is_refused = spot.position >= len(spot.batch.items)
        words = _said(withheld(found, sensitive), is_withheld=bool(sensitive))
        way.note("read" if is_refused else "decode", "rejected", message=words)
        return way.ended(spot, "rejected")
    way.record = own(found)
    tallies = [StepTally(step.label) for step in plan.steps]
    with plan.fresh(tallies) as fresh:
        way.remarks += _remarks(plan, fresh)
        outcome = way.through(fresh, spot.enters)
    return way.ended(spot, outcome)


def missing(file: str, record_no: int, sensitive: tuple[Place, ...] = ()) -> Trace:
    """The trace of a record that is not there."""
    return Trace(file, record_no, None, None, (), "missing", sensitive=sensitive)


@define
class _Way:
    """A record on its way, and what is noted of it."""

    sensitive: tuple[Place, ...]
    record: Record | None = None
    steps: list[TracedStep] = field(factory=list)
    sent: list[tuple[str, Record]] = field(factory=list)
    hashes: list[str] = field(factory=list)
    remarks: list[str] = field(factory=list)

    def ended(self, spot: Spot, outcome: Outcome) -> Trace:
        return Trace(
            spot.file,
            spot.record_no,
            spot.batch.line(spot.position),
            self.record,
            tuple(self.steps),
            outcome,
            tuple(self.hashes),
            tuple(self.remarks),
            sensitive=self.sensitive,
        )

    def note(
        self,
        label: str,
        outcome: StepOutcome,
        records: Iterable[Record] = (),
        *,
        message: str = "",
    ) -> None:
        self.steps.append(TracedStep(label, outcome, tuple(records), message))

    def through(self, plan: Plan, enters: int) -> Outcome:
        """Do every step that is before the record, up to the one that ends it."""
        current = [own(self.record)]
        for step in plan.steps[enters:]:
            if isinstance(step, StageStep):
                merges = step.accounting == "merge"
                self.note(step.label, "merged" if merges else "taken")
                return "merged" if merges else "taken"
            sent = len(self.sent)
            made = self._each(step, current)
            if made is None:
                return "rejected"
            if step.shown or not made:
                now = tuple(self.sent[sent:])
                self.steps.append(
                    TracedStep(step.label, _outcome(current, made, now), _owned(made), sent=now)
                )
            if not made:
                return self._encoded(plan, []) if self.sent else "filtered"
            current = made
        return self._encoded(plan, current)

    def _each(self, step: RecordStep, records: list[Record]) -> list[Record] | None:
        """What a step makes of the records; None where it fails for one of them."""
        made: list[Record] = []
        for record in records:
            given = own(record)
            try:
                for output, one in step.routed(given):
                    if output is None:
                        made.append(own(one))
                    else:
                        self.sent.append((output, own(one)))
            except MemoryError:
                raise
            except Exception as error:  # noqa: BLE001 -- shown as what becomes of the record
                self._failed(step.label, step.explain(error, given), given)
                return None
        return made

    def _encoded(self, plan: Plan, records: list[Record]) -> Outcome:
        encoders = {name: one for stage in plan.stages for name, one in stage.encoders.items()}
        ends = [("encode", plan.stages[-1].encoder, record) for record in records]
        ends += [(f"encode for {name}", encoders[name], record) for name, record in self.sent]
        hashes: list[str] = []
        for label, encoder, record in ends:
            try:
                hashes.append(row_hash(record).hex())
                encoder.encode(own(record))
            except MemoryError:
                raise
            except Exception as error:  # noqa: BLE001 -- as above
                self._failed(label, error, record)
                return "rejected"
        self.hashes += hashes
        return "passes"

    def _failed(self, label: str, error: Exception, record: Record) -> None:
        before = [] if self.record is None else [self.record]
        message = masked(_said(error), self.sensitive, [*before, record])
        self.note(label, "rejected", message=message)


def _owned(records: list[Record]) -> tuple[Record, ...]:
    return tuple(map(own, records))


def _outcome(
    before: list[Record], after: list[Record], sent: tuple[tuple[str, Record], ...]
) -> StepOutcome:
    if not after:
        return "sent" if sent else "filtered"
    if len(after) != len(before):
        return "made"
    pairs = zip(before, after, strict=True)
    return "unchanged" if all(is_same_record(*pair) for pair in pairs) else "changed"


def _remarks(plan: Plan, fresh: Plan) -> Iterator[str]:
    """Why a run may have come to another end than a trace."""
    steps = list(zip(plan.steps, fresh.steps, strict=True))
    read = [old.label for old, _ in steps if isinstance(old, RecordStep) and old.reads]
    remembering = [old.label for old, new in steps if old is not new and old.label not in read]
    if remembering:
        yield (
            f"{', '.join(remembering)} remembers the records before this one, which a trace does "
            "not read"
        )
    if read:
        yield f"what {', '.join(read)} reads besides was read again now"
    opaque = [step.label for step in plan.steps if step.opaque]
    if opaque:
        yield f"the function of {', '.join(opaque)} was called again now"


def _said(error: Exception, *, is_withheld: bool = False) -> str:
    return str(error) if isinstance(error, Unfit) else named(error, withheld=is_withheld)
