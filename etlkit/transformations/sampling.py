"""Sample: some of the records, drawn at random and yet the same each time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from hashlib import blake2b
from heapq import heappush, heapreplace
from operator import itemgetter
from random import Random
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from etlkit._words import shown
from etlkit.expressions import Expression
from etlkit.records import Record, Unfit
from etlkit.transformations.compound_verbs import CompoundVerb, by_as_data
from etlkit.transformations.known_fields import fields_needed
from etlkit.transformations.mistakes import mistake
from etlkit.transformations.picking import Given, Values, named_values, step_name
from etlkit.transformations.spilling.packing import Unpackable, packed
from etlkit.transformations.step import Memory, RecordStep, StageStep


if TYPE_CHECKING:
    from etlkit.transformations.known_fields import KnownFields
    from etlkit.transformations.step import StepCode

_HASH_BITS = 64
_PLACE = itemgetter(1)


class Sample(CompoundVerb):
    """Keep some of the records, drawn at random; the others count as filtered.

    With a fraction each record is kept or not on its own, so about that part of them goes
    on. With ``n=`` the whole input is read before a record goes on: n records are kept, each
    as likely as any other, and stay in their order.

    What is drawn depends on the seed and on how many records came before, so the same
    records give the same sample: in the next attempt, after a crash, and wherever the run
    is done again; but a rejected record cannot be replayed alone. With ``by=`` it depends on
    the seed and on these values, and on nothing else: all records of a customer are kept or
    none, in every file and on every day, also those that are replayed. A smaller fraction
    with the same seed keeps some of the same records.

    Args:
        fraction: The part to keep, from 0 to 1.
        n: How many to keep; give this or a fraction.
        by: What is kept or left out together, with a fraction only: a field, a list of
            fields, or a dict of names and expressions.
        seed: A whole number; another one draws other records.
        name: What messages and counts call the step.

    Example:
        >>> records = [{"id": n} for n in range(10)]
        >>> Sample(0.2).apply(records)
        [{'id': 1}, {'id': 7}]
        >>> Sample(n=2, seed=1).apply(records)
        [{'id': 0}, {'id': 2}]
    """

    memory: Memory = "streaming"
    sees = "one record; all with `n=`"
    makes = "the record, or nothing"
    counts_as = "filtered"

    def __init__(
        self,
        fraction: float | None = None,
        *,
        n: int | None = None,
        by: str | Expression | Iterable[str | Expression] | Mapping[str, Given] | None = None,
        seed: int = 0,
        name: str | None = None,
    ) -> None:
        self._fraction, self._n = _amount(fraction, n)
        if by is not None and n is not None:
            message = "Sample: by= goes with a fraction, since n= counts single records"
            raise mistake(message)
        self._keys = None if by is None else named_values(by, "Sample", "draws")
        if type(seed) is not int:
            message = f"Sample: seed is a whole number, got {shown(seed)}"
            raise mistake(message)
        self._seed = seed
        self._name = step_name("Sample", name)
        self.memory = "streaming" if n is None else "bounded"
        keys = None if self._keys is None else by_as_data(self._keys)
        self.given = self.without_defaults(
            {"fraction": fraction, "n": n, "by": keys, "seed": seed, "name": name}
        )

    @property
    def label(self) -> str:
        """The name, or ``Sample(fraction)``."""
        amount = f"n={self._n}" if self._n is not None else f"{self._fraction}"
        by = "" if self._keys is None else f" by {', '.join(self._keys)}"
        return self._name or f"Sample({amount}{by})"

    @property
    def opaque(self) -> str | None:
        """Where functions of the user are written."""
        return None if self._keys is None else Values(tuple(self._keys.values())).opaque

    def leaves(self, known: KnownFields) -> KnownFields:
        """The same fields."""
        return known.reading(self.label, fields_needed(*(self._keys or {}).values()))

    def parts(self) -> tuple[RecordStep | StageStep, ...]:
        """One step."""
        if self._n is not None:
            return (_Reservoir(self.label, self._n, self._seed),)
        if self._keys is None:
            return (_Drawn(self.label, self._fraction, self._seed),)
        return (
            _Hashed(self.label, self._fraction, self._seed, Values(tuple(self._keys.values()))),
        )


def _amount(fraction: object, n: object) -> tuple[float, int | None]:
    if (fraction is None) == (n is None):
        message = "Sample takes a fraction, such as Sample(0.1), or a number, such as Sample(n=100)"
        raise mistake(message)
    if n is not None:
        if type(n) is int and n >= 0:
            return 1.0, n
        message = f"Sample: n is a number of records, got {shown(n)}"
        raise mistake(message)
    is_number = isinstance(fraction, (int, float)) and not isinstance(fraction, bool)
    if is_number and 0 <= fraction <= 1:  # type: ignore[operator]  # of a number
        return float(fraction), None  # type: ignore[arg-type]  # of a number
    hint = f"; for a number of records write n={fraction}" if type(fraction) is int else ""
    message = f"Sample: fraction is a number from 0 to 1, got {shown(fraction)}{hint}"
    raise mistake(message)


def _randoms(seed: int) -> Random:
    """Random numbers of one attempt. Python keeps their row the same from version to version."""
    # by its hash, since Random takes 1 and -1 for the same seed
    digest = blake2b(str(seed).encode()).digest()
    return Random(int.from_bytes(digest, "big"))  # noqa: S311 -- a sample is no secret


@frozen(eq=False)
class _Drawn(RecordStep):
    """Draws a number for each record that comes."""

    releases = True
    depends_on_earlier = True

    label: str = field()
    fraction: float
    seed: int
    random: Random = field(init=False)

    @random.default
    def _(self) -> Random:
        return _randoms(self.seed)

    def fresh(self) -> RecordStep:
        return _Drawn(self.label, self.fraction, self.seed)

    def each(self, record: Record) -> tuple[Record, ...]:
        return (record,) if self.random.random() < self.fraction else ()

    def write(self, code: StepCode) -> None:
        drawn, fraction = code.bind("random", self.random.random), code.bind("part", self.fraction)
        with code.block(f"if {drawn}() >= {fraction}:"):
            code.drop()


@frozen(eq=False)
class _Hashed(RecordStep):
    """Takes the hash of some values of a record for its random number."""

    label: str = field()
    fraction: float
    seed: int
    values: Values

    @property
    def opaque(self) -> str | None:
        return self.values.opaque

    @property
    def releases(self) -> bool:  # type: ignore[override]  # it depends on the arguments
        return self.opaque is None

    def each(self, record: Record) -> tuple[Record, ...]:
        return (record,) if self.is_kept(self.values.of(record)) else ()

    def write(self, code: StepCode) -> None:
        values = ", ".join(self.values.write(code))
        with code.block(f"if not {code.bind('is_kept', self.is_kept)}([{values}]):"):
            code.drop()

    def is_kept(self, values: list[Any]) -> bool:
        try:
            data = packed([self.seed, *values])
        except Unpackable as error:
            message = f"a value that is {error} cannot be drawn by; take another field"
            raise Unfit("step", message) from None
        number = int.from_bytes(blake2b(data, digest_size=_HASH_BITS // 8).digest(), "big")
        return number < int(self.fraction * 2**_HASH_BITS)

    def explain(self, error: Exception, record: Record) -> Exception:
        return self.values.explain(error, record)


@frozen(eq=False)
class _Reservoir(StageStep):
    """Keeps the records with the smallest random numbers."""

    memory: Memory = field(default="bounded", init=False)

    label: str = field()
    n: int
    seed: int

    def run(self, batches: Iterator[list[Record]]) -> Iterator[list[Record]]:
        random = _randoms(self.seed).random
        kept: list[tuple[float, int, Record]] = []  # a heap, the largest number on top
        place = 0
        for batch in batches:
            for place, record in enumerate(batch, place + 1):  # noqa: B020 -- it counts on
                number = -random()
                if len(kept) < self.n:
                    heappush(kept, (number, place, record))
                elif kept and number > kept[0][0]:
                    heapreplace(kept, (number, place, record))
        kept.sort(key=_PLACE)
        yield [record for _, _, record in kept]
