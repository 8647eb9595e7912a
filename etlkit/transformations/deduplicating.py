"""Deduplicate: of records that are alike, one is kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Literal

from attrs import Factory, field, frozen

from etlkit.expressions import Expression
from etlkit.records import Record, Unfit
from etlkit.transformations.mistakes import choice
from etlkit.transformations.packing import Unpackable, packed
from etlkit.transformations.picking import Given, Values, named_values, step_name
from etlkit.transformations.stage_verbs import StageVerb, by_as_data, without_defaults
from etlkit.transformations.step import Memory, RecordStep, StageStep


if TYPE_CHECKING:
    from etlkit.runs.tally import StepTally
    from etlkit.transformations.step import StepCode

_SHORT = 32
_DIGEST_BYTES = 16


class Deduplicate(StageVerb):
    """Keep one of the records that are alike; the others count as filtered.

    Values are alike if they are equal and of one type: 1, 1.0 and True are three values.
    None is a value like any other, and so is NaN. Of each key some 100 bytes are
    remembered, for long keys a 128-bit hash, so a million different keys take about 100 MB.

    With ``keep="first"`` each record is decided on when it comes, and keeps its bytes and
    number. The first of several counts as seen even if a later step rejects it.
    With ``keep="last"`` the whole input is read before a record goes on, one record for
    each key is held, and they come out in the order of their last occurrence.

    Args:
        by: What has to be alike: a field, a list of fields, or a dict of names and
            expressions; by default all fields, in whatever order.
        keep: ``"first"`` or ``"last"``.
        name: What messages and counts call the step.

    Example:
        >>> Deduplicate("id").apply([{"id": 1, "n": 1}, {"id": 1, "n": 2}, {"id": 2, "n": 3}])
        [{'id': 1, 'n': 1}, {'id': 2, 'n': 3}]
    """

    arguments = ("by", "keep", "name")
    memory: Memory = "keyed"
    sees = "one record; all with `keep='last'`"
    makes = "the record, or nothing"
    counts_as = "filtered"

    def __init__(
        self,
        by: str | Expression | Iterable[str | Expression] | Mapping[str, Given] | None = None,
        *,
        keep: Literal["first", "last"] = "first",
        name: str | None = None,
    ) -> None:
        self._keys = None if by is None else named_values(by, "Deduplicate", "compares")
        self._keep = choice("Deduplicate", "keep", keep, ("first", "last"))
        self._name = step_name("Deduplicate", name)
        keys = None if self._keys is None else by_as_data(self._keys)
        defaults = {"by": None, "keep": "first", "name": None}
        self.given = without_defaults({"by": keys, "keep": keep, "name": name}, defaults)

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

    def parts(self) -> tuple[RecordStep | StageStep, ...]:
        """One step, or for the last record the key and then the choice."""
        key = _Key(None if self._keys is None else Values(tuple(self._keys.values())))
        if self._keep == "first":
            return (_First(self.label, key),)
        return (_Keyed(f"{self.label}: key", key), _Last(self.label))


@frozen(eq=False)
class _Key:
    """What tells records apart: a short text or whole number, or the hash of the key."""

    values: Values | None

    @property
    def opaque(self) -> str | None:
        return None if self.values is None else self.values.opaque

    def of(self, record: Record) -> str | int | bytes:
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
        short = f"{text}.__class__ is str and len({text}) < {_SHORT}"
        return f"{text} if {short} else {token}([{text}])"

    def token(self, found: Any) -> str | int | bytes:
        if found.__class__ is list and len(found) == 1:
            (value,) = found
            if value.__class__ is str and len(value) < _SHORT:
                return str(value)
            if value.__class__ is int and value.bit_length() < 128:  # noqa: PLR2004 -- as a hash
                return int(value)
        try:
            return blake2b(packed(found), digest_size=_DIGEST_BYTES).digest()
        except Unpackable as error:
            message = f"a value that is {error} cannot be compared; leave its field out of the key"
            raise Unfit("step", message) from None

    def explain(self, error: Exception, record: Record) -> Exception:
        return error if self.values is None else self.values.explain(error, record)


@frozen(eq=False)
class _First(RecordStep):
    """Lets the first record of each key pass."""

    memory: Memory = field(default="keyed", init=False)

    label: str = field()
    key: _Key
    seen: set[str | int | bytes] = Factory(set)

    @property
    def opaque(self) -> str | None:
        return self.key.opaque

    def fresh(self) -> RecordStep:
        return _First(self.label, self.key)

    def finish(self, tally: StepTally) -> None:
        del tally
        self.seen.clear()

    def each(self, record: Record) -> tuple[Record, ...]:
        key = self.key.of(record)
        if key in self.seen:
            return ()
        self.seen.add(key)
        return (record,)

    def write(self, code: StepCode) -> None:
        seen, key = code.bind("seen", self.seen), code.bind("key", object())
        code.line(f"{key} = {self.key.write(code)}")
        with code.block(f"if {key} in {seen}:"):
            code.drop()
        code.line(f"{code.bind('add', self.seen.add)}({key})")

    def explain(self, error: Exception, record: Record) -> Exception:
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

    memory: Memory = field(default="keyed", init=False)

    label: str = field()

    def run(self, batches: Iterator[list[Record]]) -> Iterator[list[Record]]:
        kept: dict[Any, Record] = {}
        for batch in batches:
            for pair in batch:
                key, record = pair
                kept.pop(key, None)
                kept[key] = record  # type: ignore[assignment]  # a pair of _Keyed's
        yield list(kept.values())
