"""What each step makes of one source record, as a value that can be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import orjson

from attrs import field, frozen

from etlkit._words import shown
from etlkit.engine.masking import masked, without_sensitive
from etlkit.formats.values import canonical_json


if TYPE_CHECKING:
    from collections.abc import Iterator

    from etlkit.records import Record
    from etlkit.schema.fields import Place

StepOutcome: TypeAlias = Literal[
    "unchanged", "changed", "made", "sent", "filtered", "rejected", "taken", "merged"
]
"""What a step does with a record: lets it pass as it was or as another one, makes several
of it, sends all of it to named outputs, drops it, fails, or takes it together with others:
into groups, or to do what only its function knows."""

Outcome: TypeAlias = Literal[
    "passes", "filtered", "rejected", "taken", "merged", "blank", "missing"
]
"""How a record ends: it comes out of the chain, a step ends it, its line is blank, or there
is no such record."""

_MOST_SHOWN = 5


@frozen
class TracedStep:
    """What one step makes of the record.

    Attributes:
        label: The step; ``read``, ``decode`` or ``encode`` outside of the chain.
        outcome: What it does with it.
        records: What goes on from it, in order.
        sent: What it sends to named outputs: the name, and the record.
        message: Why the record fails; values of sensitive fields are masked.
    """

    label: str
    outcome: StepOutcome
    records: tuple[Record, ...] = ()
    message: str = ""
    sent: tuple[tuple[str, Record], ...] = ()


@frozen(repr=False)
class Trace:
    """One source record on its way through the chain, as it would go now.

    Printing it shows all of it; values of sensitive fields are masked there and in
    ``to_dict``, wherever a step has put them.

    Attributes:
        file: The file, or the name of the source.
        record_no: The number of the record there, from 1.
        line_no: The line where it begins; None where there are no lines.
        record: As it was read; None where it cannot be decoded, or is not there.
        steps: What became of it, step by step, up to the one that ends it.
        outcome: How it ends.
        row_hashes: Of what would be loaded, in hexadecimal digits.
        remarks: Why a run may have come to another end.
    """

    file: str
    record_no: int
    line_no: int | None
    record: Record | None
    steps: tuple[TracedStep, ...]
    outcome: Outcome
    row_hashes: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    sensitive: tuple[Place, ...] = field(default=(), kw_only=True)

    @property
    def place(self) -> str:
        """Where the record stands: ``forms.csv:17``, by its line where it has one."""
        return f"{self.file}:{self.line_no or self.record_no}"

    @property
    def end(self) -> TracedStep | None:
        """The step that ends it; None for one that passes, is blank or is missing."""
        return self.steps[-1] if self.outcome in _BY_A_STEP else None

    def __str__(self) -> str:
        return "\n".join(self.lines())

    __repr__ = __str__

    def lines(self) -> Iterator[str]:
        """The lines of its text."""
        yield f"{self.place}, as the chain is now:"
        if self.outcome in _NO_RECORD:
            yield f"  {_NO_RECORD[self.outcome]}"
        before: tuple[Record, ...] = ()
        if self.record is not None:
            before = (self.record,)
            yield f"  read: {self._shown(self.record)}"
        for step in self.steps:
            sent = [f"to output {name!r}: {self._shown(record)}" for name, record in step.sent]
            does = [] if step.outcome == "sent" else [self._words(step, before)]
            yield self._masked(f"  {step.label}: {'; '.join([*does, *sent])}")
            before = step.records
        yield from (f"  note: {remark}" for remark in self.remarks)

    def to_dict(self) -> dict[str, Any]:
        """All of it, ready for JSON."""
        return {
            "file": self.file,
            "record_no": self.record_no,
            "line_no": self.line_no,
            "record": None if self.record is None else self._plain(self.record),
            "steps": [
                {
                    "label": step.label,
                    "outcome": step.outcome,
                    "records": [self._plain(record) for record in step.records],
                    "sent": [[name, self._plain(record)] for name, record in step.sent],
                    "message": step.message,
                }
                for step in self.steps
            ],
            "outcome": self.outcome,
            "row_hashes": list(self.row_hashes),
            "remarks": list(self.remarks),
        }

    def _words(self, step: TracedStep, before: tuple[Record, ...]) -> str:
        if step.outcome in ("changed", "made"):
            if len(before) == len(step.records) == 1:
                return "; ".join(self._changes(before[0], step.records[0]))
            some = ", ".join(map(self._shown, step.records[:_MOST_SHOWN]))
            more = "" if len(step.records) <= _MOST_SHOWN else ", ..."
            return f"{len(step.records)} records of {len(before)}: {some}{more}"
        return _WORDS[step.outcome] + (f": {step.message}" if step.message else "")

    def _changes(self, before: Record, after: Record) -> Iterator[str]:
        for name in after:
            if name not in before:
                yield f"adds {self._field(after, name)}"
            elif not _same(before[name], after[name]):
                yield f"sets {self._field(after, name)} (was {self._value(before, name)})"
        gone = [repr(name) for name in before if name not in after]
        if gone:
            yield f"removes {', '.join(gone)}"
        if list(before) != list(after) and before.keys() == after.keys():
            yield "orders the fields anew"

    def _shown(self, record: Record) -> str:
        text = "{" + ", ".join(self._field(record, name) for name in record) + "}"
        return self._masked(text)

    def _field(self, record: Record, name: str) -> str:
        return f"{name!r}: {self._value(record, name)}"

    def _value(self, record: Record, name: str) -> str:
        inside = [place[1:] for place in self.sensitive if place and place[0] in (name, None)]
        return shown(without_sensitive(record[name], inside))

    def _masked(self, text: str) -> str:
        """The text without the sensitive values of the record, wherever they were put."""
        if not self.sensitive:
            return text
        records = [] if self.record is None else [self.record]
        records += [record for step in self.steps for record in step.records]
        records += [record for step in self.steps for _, record in step.sent]
        return masked(text, self.sensitive, records)

    def _plain(self, record: Record) -> Any:
        text = canonical_json(without_sensitive(record, self.sensitive))
        return orjson.loads(self._masked(text.decode()))


_BY_A_STEP = ("filtered", "rejected", "taken", "merged")

_NO_RECORD = {
    "blank": "a blank line, which is no record",
    "missing": "there is no such record now",
}

_WORDS: dict[StepOutcome, str] = {
    "unchanged": "passes unchanged",
    "filtered": "filters it",
    "rejected": "rejects it",
    "taken": "takes it together with other records, so what became of it is not told",
    "merged": "merges it with other records",
}


def is_same_record(one: Record, other: Record) -> bool:
    """Whether a step left a record as it was, with its fields in their order."""
    return list(one) == list(other) and all(_same(one[name], other[name]) for name in one)


def _same(one: object, other: object) -> bool:
    """Whether a step left a value as it was; 1, 1.0 and True are three values."""
    try:
        return type(one) is type(other) and bool(one == other)
    except Exception:  # noqa: BLE001 -- what cannot be compared counts as changed
        return False
