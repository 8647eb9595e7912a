"""The other side of a join: records that are read into a table before the run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from attrs import define, field, frozen

from etlkit._copying import SHARED
from etlkit._words import missing_field
from etlkit.errors import RecordError
from etlkit.records import Record
from etlkit.transformations.readable import Beside
from etlkit.transformations.spilling.on_disk import Key, OnDisk, Row
from etlkit.transformations.spilling.sorter import size_of
from etlkit.transformations.typed_keys import typed


_CHUNK = 256
_USUAL: frozenset[type] = frozenset({str, int})
"""Types of keys that are what they are."""


@frozen
class Wanted:
    """What a step needs of its other side.

    Attributes:
        keys: The fields of the key there.
        suffix: What the names of the other fields get.
        unique: Each key should have one record.
        records: The records are asked for, and not only whether there are any.
        rest: What nothing has matched is asked for at the end.
    """

    keys: tuple[str, ...]
    suffix: str = ""
    unique: bool = False
    records: bool = True
    rest: bool = False


def key_of(values: Iterable[Any]) -> Key | None:
    """What is looked up: the values, each with its type, so that 1, 1.0 and True are three.

    None where there is nothing to find, since None and NaN match nothing.

    Raises:
        TypeError: A value cannot be hashed.
    """
    found: list[Any] = []
    for value in values:
        if value is None or value != value:  # noqa: PLR0124 -- NaN
            return None
        kind = value.__class__
        found += (kind, typed(value) if kind is tuple else value)
    key = tuple(found)
    hash(key)
    return key


def key_text(texts: Sequence[str]) -> str:
    """The text of the key, made of the texts of its values, for a table without tuples in it."""
    return f"({', '.join(f'{text}.__class__, {text}' for text in texts)})"


@define(eq=False)
class Table:
    """The records of the other side by their keys, for one attempt.

    All of them have the same fields in the end: None stands where one had none. They are held
    in memory while they fit into the budget, and else on disk; then ``found`` is empty.

    Attributes:
        owner: The step, for messages.
        wanted: What is needed of them.
        memory_bytes: The budget.
        names: The fields that the records have, but those of the key.
        found: The number of each key.
        groups: By this number, the record of each key; a list of records where ``several``.
        used: By this number, whether the key was asked for.
        several: A key may have several records.
        flat: No record holds anything that has to be copied.
        tuples: A key has a tuple in it, so that ``key_text`` is not enough.
        disk: Where the records are if they do not fit.
    """

    owner: str
    wanted: Wanted
    memory_bytes: int
    names: dict[str, None] = field(factory=dict, init=False)
    found: dict[Key, int] = field(factory=dict, init=False)
    groups: list[Any] = field(factory=list, init=False)
    used: bytearray = field(factory=bytearray, init=False)
    several: bool = field(default=False, init=False)
    flat: bool = field(default=True, init=False)
    tuples: bool = field(default=False, init=False)
    disk: OnDisk | None = field(default=None, init=False)
    _types: set[type] = field(factory=set, init=False)
    _held: int = field(default=0, init=False)
    _rest: list[tuple[int | None, Row]] = field(factory=list, init=False)

    def fill(self, beside: Beside) -> None:
        """Read the other side.

        Raises:
            RecordError: A record has no key, or one key has several records although each
                should have one.
            TransientError: There is no room on disk for what does not fit into memory.
        """
        every = self._rows(beside.records())
        rows: list[Row] = []
        while chunk := list(islice(every, _CHUNK)):
            rows += chunk
            self._held += size_of(chunk)
            if self._held > self.memory_bytes:
                self._move(rows)
                rows = []
        self.flat = SHARED.issuperset(self._types)
        if self.disk is None:
            self._index(rows)
            return
        self.several = self.disk.index(self.names)
        if self.wanted.unique and self.several:
            number = self.disk.first_again()
            if number is not None:
                raise self._again(number)
            self.several = False

    def find(self, values: Iterable[Any]) -> Sequence[Record] | None:
        """The records for the values of a key, which stay the table's; None for none."""
        key = key_of(values)
        if key is None:
            return None
        if self.disk is not None:
            return self.disk.find(key)
        at = self.found.get(key)
        if at is None:
            return None
        self.used[at] = 1
        if not self.wanted.records:
            return ()
        group: Any = self.groups[at]
        return group if self.several else (group,)

    def matched(self) -> int:
        """How many records were asked for."""
        if self.disk is not None:
            return self.disk.matched()
        if not self.several:
            return self.used.count(1)
        sizes = (len(group) if self.wanted.records else group for group in self.groups)
        return sum(size for size, used in zip(sizes, self.used, strict=True) if used)

    def rest(self) -> Iterator[Row]:
        """The records that nothing has matched, in order, with the values of their keys."""
        if self.disk is not None:
            yield from self.disk.rest()
            return
        for at, row in self._rest:
            if at is None or not self.used[at]:
                yield row

    def close(self) -> None:
        """Let go of everything."""
        self.found.clear()
        self.groups.clear()
        self._rest.clear()
        if self.disk is not None:
            self.disk.close()

    def _rows(self, records: Iterable[Record]) -> Iterator[Row]:
        """Of each record the number, the values of the key, and what else it has."""
        (first, *others), suffix = self.wanted.keys, self.wanted.suffix
        names: dict[str, Any] = {}
        for number, record in enumerate(records, 1):
            try:
                values = [record[first]]
                if others:
                    values += [record[name] for name in others]
            except KeyError as error:
                words = missing_field(str(error.args[0]), record)
                message = f"record {number} of the other side: {words}"
                raise RecordError(message) from None
            if not self.wanted.records:
                yield number, values, {}
                continue
            for name in self.wanted.keys:
                record.pop(name, None)
            made = {f"{name}{suffix}": one for name, one in record.items()} if suffix else record
            names.update(made)
            self._types.update(map(type, made.values()))
            yield number, values, made
        self.names.update(dict.fromkeys(names))

    def _key(self, number: int, values: list[Any]) -> Key | None:
        if len(values) == 1 and values[0].__class__ in _USUAL:
            return values[0].__class__, values[0]
        try:
            key = key_of(values)
        except TypeError as error:
            message = f"record {number} of the other side: {error}"
            raise RecordError(message) from None
        self.tuples = self.tuples or (key is not None and tuple in key[::2])
        return key

    def _move(self, rows: list[Row]) -> None:
        if self.disk is None:
            fitting = self.memory_bytes * len(rows) // (2 * self._held)
            self.disk = OnDisk(self.owner, key_of, cached=fitting, memory_bytes=self.memory_bytes)
        self.disk.add((self._key(row[0], row[1]), row) for row in rows)

    def _index(self, rows: list[Row]) -> None:
        """Find each row by its key."""
        nulls, groups, number_of = dict.fromkeys(self.names), self.groups, self.found.setdefault
        for number, values, record in rows:
            made = record if len(record) == len(nulls) else {**nulls, **record}
            key = self._key(number, values)
            at = None if key is None else number_of(key, len(groups))
            if self.wanted.rest:
                self._rest.append((at, (number, values, made)))
            if at == len(groups):
                groups.append(made if self.wanted.records else 1)
            elif at is not None:
                self._put_again(at, number, made)
        self.used = bytearray(len(groups))
        if self.several and self.wanted.records:
            self.groups = [one if one.__class__ is list else [one] for one in groups]

    def _put_again(self, at: int, number: int, made: Record) -> None:
        if self.wanted.unique:
            raise self._again(number)
        self.several = True
        group = self.groups[at]
        if not self.wanted.records:
            self.groups[at] = group + 1
        elif group.__class__ is list:
            group.append(made)
        else:
            self.groups[at] = [group, made]

    def _again(self, number: int) -> RecordError:
        """What to say of a record whose key an earlier one has; the key may be sensitive."""
        message = (
            f"record {number} of the other side has the "
            f"{' and '.join(map(repr, self.wanted.keys))} of an earlier one, but each record "
            "should match one at most (validate)"
        )
        return RecordError(message)
