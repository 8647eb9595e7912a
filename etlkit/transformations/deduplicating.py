"""Deduplicate: of records that are alike, one is kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from itertools import chain, groupby, islice
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Literal

from attrs import field, frozen

from etlkit.errors import TransientError
from etlkit.expressions import Expression
from etlkit.records import Record, Unfit
from etlkit.transformations.compound_verbs import CompoundVerb, by_as_data
from etlkit.transformations.known_fields import fields_needed
from etlkit.transformations.mistakes import choice
from etlkit.transformations.picking import Given, Values, named_values, step_name
from etlkit.transformations.spilling.packing import Unpackable
from etlkit.transformations.spilling.runs import Row
from etlkit.transformations.spilling.seen_keys import SHORT, SeenKey, SeenKeys, seen_key
from etlkit.transformations.spilling.sorter import (
    MEMORY_BYTES,
    ByItem,
    Sorter,
    memory_budget,
    size_of,
)
from etlkit.transformations.step import Memory, RecordStep, StageStep


if TYPE_CHECKING:
    from etlkit.runs.tally import StepTally
    from etlkit.transformations.known_fields import KnownFields
    from etlkit.transformations.step import StepCode

_OUT = 1024


class Deduplicate(CompoundVerb):
    """Keep one of the records that are alike; the others count as filtered.

    Values are alike if they are equal and of one type: 1, 1.0 and True are three values.
    None is a value like any other, and so is NaN. Of a long key a 128-bit hash is
    remembered.

    With ``keep="first"`` each record is decided on when it comes, and keeps its bytes and
    number. The first of several counts as seen even if a later step rejects it, and a
    rejected one cannot be replayed alone: another one may be loaded.
    With ``keep="last"`` the whole input is read before a record goes on, one record for
    each key is held, and they come out in the order of their last occurrence.

    Above a budget of memory the keys, or the records, go to a file without a name in the
    folder for temporary files (``TMPDIR``), of which nothing is left however the run ends.
    Records come back exactly as they were.

    Args:
        by: What has to be alike: a field, a list of fields, or a dict of names and
            expressions; by default all fields, in whatever order.
        keep: ``"first"`` or ``"last"``.
        memory_bytes: The budget, of the keys or records as Python holds them.
        name: What messages and counts call the step.

    Example:
        >>> Deduplicate("id").apply([{"id": 1, "n": 1}, {"id": 1, "n": 2}, {"id": 2, "n": 3}])
        [{'id': 1, 'n': 1}, {'id': 2, 'n': 3}]
    """

    memory: Memory = "spilling"
    sees = "one record; all with `keep='last'`"
    makes = "the record, or nothing"
    counts_as = "filtered"

    def __init__(
        self,
        by: str | Expression | Iterable[str | Expression] | Mapping[str, Given] | None = None,
        *,
        keep: Literal["first", "last"] = "first",
        memory_bytes: int = MEMORY_BYTES,
        name: str | None = None,
    ) -> None:
        self._keys = None if by is None else named_values(by, "Deduplicate", "compares")
        self._keep = choice("Deduplicate", "keep", keep, ("first", "last"))
        self._memory_bytes = memory_budget("Deduplicate", memory_bytes)
        self._name = step_name("Deduplicate", name)
        keys = None if self._keys is None else by_as_data(self._keys)
        self.given = self.without_defaults(
            {"by": keys, "keep": keep, "memory_bytes": memory_bytes, "name": name}
        )

    def __repr__(self) -> str:
        fields = "" if self._keys is None else f"{list(self._keys)!r}, "
        return f"Deduplicate({fields}keep={self._keep!r})"

    @property
    def label(self) -> str:
        """The name, or ``Deduplicate(by fields)``."""
        fields = "all fields" if self._keys is None else ", ".join(self._keys)
        return self._name or f"Deduplicate(by {fields})"

    @property
    def opaque(self) -> str | None:
        """Where functions of the user are written."""
        return None if self._keys is None else Values(tuple(self._keys.values())).opaque

    def leaves(self, known: KnownFields) -> KnownFields:
        """The same fields."""
        return known.reading(self.label, fields_needed(*(self._keys or {}).values()))

    def parts(self) -> tuple[RecordStep | StageStep, ...]:
        """One step, or for the last record the key and then the choice."""
        key = _Key(None if self._keys is None else Values(tuple(self._keys.values())))
        if self._keep == "first":
            return (_First(self.label, key, self._memory_bytes),)
        return (_Keyed(f"{self.label}: key", key), _Last(self.label, self._memory_bytes))


@frozen(eq=False)
class _Key:
    """What tells records apart: a short text or whole number, or the hash of the key."""

    values: Values | None

    @property
    def opaque(self) -> str | None:
        return None if self.values is None else self.values.opaque

    def of(self, record: Record) -> SeenKey:
        found = record if self.values is None else self.values.of(record)
        return self.token(found)

    def write(self, code: StepCode) -> str:
        """Add the lines that work out the key; its text."""
        token = code.bind("token", self.token)
        if self.values is None:
            return f"{token}(record)"
        texts = self.values.write(code)
        if len(texts) > 1:
            return f"{token}([{', '.join(texts)}])"
        (text,) = texts
        short = f"{text}.__class__ is str and len({text}) < {SHORT}"
        return f"{text} if {short} else {token}([{text}])"

    def token(self, found: Any) -> SeenKey:
        try:
            return seen_key(found)
        except Unpackable as error:
            message = f"a value that is {error} cannot be compared; leave its field out of the key"
            raise Unfit("step", message) from None

    def explain(self, error: Exception, record: Record) -> Exception:
        return error if self.values is None else self.values.explain(error, record)


@frozen(eq=False)
class _First(RecordStep):
    """Lets the first record of each key pass."""

    memory: Memory = field(default="spilling", init=False)
    depends_on_earlier = True

    label: str = field()
    key: _Key
    memory_bytes: int
    seen: SeenKeys = field()

    @seen.default
    def _(self) -> SeenKeys:
        return SeenKeys(self.label, self.memory_bytes)

    @property
    def opaque(self) -> str | None:
        return self.key.opaque

    def fresh(self) -> RecordStep:
        return _First(self.label, self.key, self.memory_bytes)

    def finish(self, tally: StepTally) -> None:
        del tally
        self.seen.close()

    def each(self, record: Record) -> tuple[Record, ...]:
        return (record,) if self.seen.add(self.key.of(record)) else ()

    def write(self, code: StepCode) -> None:
        seen = self.seen
        recent, key = code.bind("recent", seen.recent), code.bind("key", object())
        on_disk, is_there = code.bind("on_disk", seen.on_disk), code.bind("is", seen.is_on_disk)
        code.line(f"{key} = {self.key.write(code)}")
        with code.block(f"if {key} in {recent} or ({on_disk} and {is_there}({key})):"):
            code.drop()
        most, spill = code.bind("most", seen.most), code.bind("spill", seen.spill)
        code.line(f"{code.bind('add', seen.recent.add)}({key})")
        code.line(f"if len({recent}) > {most}: {spill}()")

    def explain(self, error: Exception, record: Record) -> Exception:
        if isinstance(error, TransientError):  # of the file, which is no fault of the record
            raise error
        return self.key.explain(error, record)


@frozen(eq=False)
class _Keyed(RecordStep):
    """Works out the key, which a record may fail alone; only ``_Last`` understands the result."""

    shown = False

    label: str = field()
    key: _Key

    @property
    def opaque(self) -> str | None:
        return self.key.opaque

    def each(self, record: Record) -> Any:
        return ((self.key.of(record), record),)

    def write(self, code: StepCode) -> None:
        code.line(f"record = ({self.key.write(code)}, record)")

    def explain(self, error: Exception, record: Record) -> Exception:
        return self.key.explain(error, record)


@frozen(eq=False)
class _Last(StageStep):
    """Keeps the last record of each key."""

    memory: Memory = field(default="spilling", init=False)

    label: str = field()
    memory_bytes: int

    def run(self, batches: Iterator[list[Record]]) -> Iterator[list[Record]]:
        half = max(self.memory_bytes // 2, 1)  # for the merge and the sort at the end, each
        kept = _Kept(self.memory_bytes)
        with closing(Sorter(self.label, ByItem(0), memory_bytes=half)) as parts:
            is_spilled = False
            for batch in filter(None, batches):
                kept.add(batch)
                if kept.is_too_large():
                    parts.add(kept.rows())
                    kept, is_spilled = _Kept(self.memory_bytes, kept.count), True
            if not is_spilled:
                yield kept.records()
                return
            if kept.last:
                parts.add(kept.rows())
            yield from self._last_of(parts, half)

    def _last_of(self, parts: Sorter, memory_bytes: int) -> Iterator[list[Record]]:
        """The last row of each key, which stands behind the others of its hash."""
        with closing(Sorter(self.label, ByItem(0), memory_bytes=memory_bytes)) as made:
            together = groupby(chain.from_iterable(parts.rows()), key=itemgetter(0))
            kept = (
                {key: (number, record) for _, number, key, record in rows} for _, rows in together
            )
            rows = (row for last in kept for row in last.values())
            while batch := list(islice(rows, _OUT)):
                made.add(batch)
            for ordered in made.rows():
                yield [record for _, record in ordered]


class _Kept:
    """The last record of each key, as far as they fit into memory.

    Attributes:
        last: For each key the number of the record, and the record.
        count: How many records there were so far.
    """

    def __init__(self, memory_bytes: int, count: int = 0) -> None:
        self.last: dict[SeenKey, tuple[int, Record]] = {}
        self.count = count
        self._memory_bytes = memory_bytes
        self._held = 0

    def add(self, batch: list[Any]) -> None:
        """Take what ``_Keyed`` made of some records."""
        for key, record in batch:
            self.count += 1
            self.last.pop(key, None)
            self.last[key] = self.count, record
        self._held += size_of(batch)

    def is_too_large(self) -> bool:
        """Whether the budget is used up, also without the records that others replaced."""
        if self._held <= self._memory_bytes:
            return False
        self._held = size_of(list(self.last.items()))
        return 2 * self._held > self._memory_bytes

    def records(self) -> list[Record]:
        """The records in their order."""
        return [record for _, record in self.last.values()]

    def rows(self) -> list[Row]:
        """What goes to disk of each key: its hash, the number, the key, the record."""
        return [(hash(key), at, _text(key), record) for key, (at, record) in self.last.items()]


def _text(key: SeenKey) -> str | int:
    """A key as JSON holds it."""
    if isinstance(key, bytes):
        return f"#{key.hex()}"
    return f"'{key}" if isinstance(key, str) else key
