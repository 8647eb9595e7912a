"""The step of a join: each record with what the other side has for its key."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from attrs import Factory, evolve, field, frozen

from etlkit._copying import own
from etlkit.errors import ConfigurationError, EtlkitError
from etlkit.expressions import F
from etlkit.formats.objects import batched
from etlkit.records import Batch, Origin, Record, Unfit
from etlkit.transformations.other_side import Table, Wanted, key_of, key_text
from etlkit.transformations.picking import Values, explained_key
from etlkit.transformations.readable import Beside, Readable
from etlkit.transformations.spilling.packing import Unpackable
from etlkit.transformations.spilling.seen_keys import SeenKeys, seen_key
from etlkit.transformations.step import Memory, RecordStep
from etlkit.transformations.verbs import variable


if TYPE_CHECKING:
    from etlkit.runs.tally import StepTally
    from etlkit.schema.fields import Place
    from etlkit.transformations.step import StepCode


@frozen(eq=False)
class Joined:
    """What a join does, whatever runs it."""

    other: Readable
    here: tuple[str, ...]
    there: tuple[str, ...]
    how: str
    validate: str
    suffix: str
    memory_bytes: int

    @property
    def values(self) -> Values:
        """The key of a record of the run."""
        return Values(tuple(F[name] for name in self.here))

    @property
    def adds_fields(self) -> bool:
        """Whether a record gets the fields of its match."""
        return self.how not in ("semi", "anti")

    @property
    def has_keys_once(self) -> bool:
        """Whether no two records of the run may have one key."""
        return self.validate.startswith("1:")

    def empty(self, label: str) -> Table:
        """A table for the other side, with nothing in it."""
        wanted = Wanted(
            self.there,
            self.suffix,
            unique=self.validate.endswith(":1"),
            records=self.adds_fields,
            rest=self.how == "outer",
        )
        return Table(label, wanted, self.memory_bytes)

    def once(self, label: str) -> _Once:
        """The keys of the records of the run, none yet."""
        return _Once(self, SeenKeys(label, self.memory_bytes))

    def table(self, label: str, beside: Beside) -> Table:
        """The other side, read now."""
        table = self.empty(label)
        try:
            table.fill(beside)
        except BaseException as error:  # also Ctrl-C; it goes on below
            table.close()
            error.add_note(f"while reading the other side of {label}")
            raise
        if not table.names.keys().isdisjoint(self.here):
            table.close()
            raise self.clash(self.here, table.names)
        return table

    def clash(self, record: Iterable[str], names: Mapping[str, None]) -> ConfigurationError:
        """What to say of names that both sides have."""
        both = ", ".join(repr(name) for name in names if name in record)
        if self.suffix:
            hint = "another suffix is needed"
        else:
            hint = "give a suffix for those of the other side, such as suffix='_right'"
        message = f"Join: both sides have {both}; drop or rename one of each, or {hint}"
        return ConfigurationError(message)


@frozen(eq=False)
class _Once:
    """Looks whether records of the run have a key of their own, where they should.

    Attributes:
        joined: What the join does.
        seen: The keys so far.
        others: Those that cannot be written, so that they stay in memory.
    """

    joined: Joined
    seen: SeenKeys
    others: set[Any] = Factory(set)

    def check(self, values: list[Any]) -> None:
        """Remember the key of a record.

        Raises:
            Unfit: An earlier one has it.
            TransientError: There is no room for it on disk.
        """
        key = key_of(values)
        if key is not None and not self._is_new(key, values):
            fields = " and ".join(map(repr, self.joined.here))
            message = (
                f"an earlier record has the same {fields}, but validate={self.joined.validate!r}"
            )
            raise Unfit("join", message)

    def close(self) -> None:
        """Forget all keys."""
        self.seen.close()
        self.others.clear()

    def _is_new(self, key: Any, values: list[Any]) -> bool:
        try:
            return self.seen.add(seen_key(values))
        except Unpackable:
            known = len(self.others)
            self.others.add(key)
            return len(self.others) > known


@frozen(eq=False)
class _State:
    """What one attempt has read of the other side, and seen of the records of the run.

    Attributes:
        beside: The reading.
        table: What it gave.
        once: The keys of the records of the run.
        names: The fields of theirs, for what nothing matches.
    """

    beside: Beside
    table: Table
    once: _Once
    names: dict[str, None] = Factory(dict)


@frozen(eq=False)
class JoinRecords(RecordStep):
    """Joins one record at a time; what was read belongs to one attempt."""

    memory: Memory = field(default="spilling", init=False)
    releases = True

    label: str = field()
    joined: Joined
    read: _State | None = None

    @property
    def reads(self) -> tuple[Readable, ...]:  # type: ignore[override]  # it depends on arguments
        """The other side."""
        return (self.joined.other,)

    @property
    def sensitive_places(self) -> tuple[Place, ...]:
        """Those of the other side, by the names that they have there and here."""
        suffix = self.joined.suffix
        places = [place for one in self.reads for place in one.sensitive_places]
        return (*places, *((f"{place[0]}{suffix}", *place[1:]) for place in places if suffix))

    @property
    def adds(self) -> bool:  # type: ignore[override]  # it depends on the arguments
        """Whether what nothing matched comes behind."""
        return self.joined.how == "outer"

    @property
    def depends_on_earlier(self) -> bool:  # type: ignore[override]  # it depends on the arguments
        """Whether a record is compared with the earlier ones of the run."""
        return self.joined.has_keys_once

    @property
    def fans_out(self) -> bool:  # type: ignore[override]  # it depends on the other side, too
        """Whether a record may have several matches: once they are read, whether one has."""
        joined = self.joined
        if not joined.adds_fields or joined.validate.endswith(":1"):
            return False
        return self.read is None or self.read.table.several

    def fresh(self) -> RecordStep:
        """The step with the other side, which is read now."""
        beside = Beside(self.joined.other)
        table = self.joined.table(self.label, beside)
        return JoinRecords(
            self.label, self.joined, _State(beside, table, self.joined.once(self.label))
        )

    def finish(self, tally: StepTally) -> None:
        """Hand over the line of the other side, and let go of it."""
        beside, table = self._read.beside, self._read.table
        line = beside.told()
        line.matched = table.matched()
        line.unmatched = line.read - line.matched
        line.added = line.unmatched if self.adds else 0
        tally.others = [line]
        table.close()
        self._read.once.close()

    def each(self, record: Record) -> list[Record]:
        """The record with each of its matches, or as it is, or nothing."""
        values, table = self.joined.values.of(record), self._read.table
        if self.joined.has_keys_once:
            self._read.once.check(values)
        matches, how = table.find(values), self.joined.how
        if not self.joined.adds_fields:
            return [record] if (matches is None) == (how == "anti") else []
        self._read.names.update(dict.fromkeys(record))
        if matches is None and how == "inner":
            return []
        if not table.names.keys().isdisjoint(record):
            raise self.joined.clash(record, table.names)
        if matches is None:
            return [{**record, **dict.fromkeys(table.names)}]
        return [{**own(record), **own(match)} for match in matches]

    def write(self, code: StepCode) -> None:
        """A look into the table, and what is done with what was found there."""
        texts = self.joined.values.write(code)
        read = self._read
        if self.joined.has_keys_once:
            code.line(f"{code.bind('once', read.once.check)}([{', '.join(texts)}])")
        writer = _Writer(code, self.joined, read.table)
        at = writer.find(texts)
        if not self.joined.adds_fields:
            writer.keep(at)
            return
        if self.adds:
            names = code.bind("names", read.names.keys())
            with code.block(f"if not record.keys() <= {names}:"):
                code.line(f"{code.bind('more', read.names.update)}(dict.fromkeys(record))")
        if self.fans_out:
            writer.join_several(at)
        else:
            writer.join_one(at)

    def explain(self, error: Exception, record: Record) -> Exception:
        """Why there is no key.

        Raises:
            EtlkitError: What failed is not the fault of the record.
        """
        if isinstance(error, EtlkitError):  # both sides have a name, a full disk: no record's fault
            raise error
        keys = self.joined.values
        told = keys.explain(error, record)
        return explained_key(keys.given, told, record, code="join", use="be looked up")

    def added(self) -> Iterator[Batch]:
        """What nothing matched, as records of the run that have only the key and its fields."""
        origin = Origin(f"step {self.label}", derived=True)
        for batch in batched(self._rest(), origin.uri, kept=False):
            yield evolve(batch, origin=origin)

    def _rest(self) -> Iterator[Record]:
        if not self.adds:
            return
        empty, here = dict.fromkeys(self._read.names), self.joined.here
        for _, values, record in self._read.table.rest():
            yield {**empty, **dict(zip(here, values, strict=True)), **record}

    @property
    def _read(self) -> _State:
        """What was read; nothing by a step that is only compiled."""
        if self.read is not None:
            return self.read
        joined = self.joined
        return _State(Beside(joined.other), joined.empty(self.label), joined.once(self.label))


@frozen(eq=False)
class _Writer:
    """Writes the lines of a join for a table that is read already.

    What is in memory is looked up and put into the record without a call.
    """

    code: StepCode
    joined: Joined
    table: Table

    def find(self, texts: list[str]) -> str:
        """Add the lines that look up a key; a variable that is None where nothing matches."""
        at = variable(self.code, "match")
        if self._in_place:
            get = self.code.bind("find", self.table.found.get)
            self.code.line(f"{at} = {get}({key_text(texts)})")
        else:
            find = self.code.bind("find", self.table.find)
            self.code.line(f"{at} = {find}([{', '.join(texts)}])")
        return at

    def keep(self, at: str) -> None:
        """A semi join keeps what was found, an anti join the others."""
        if self.joined.how == "anti":
            with self.code.block(f"if {at} is not None:"):
                self._use(at)
                self.code.drop()
            return
        with self.code.block(f"if {at} is None:"):
            self.code.drop()
        self._use(at)

    def join_one(self, at: str) -> None:
        """The record with the fields of its match, in place."""
        code, match, size = self.code, variable(self.code, "found"), variable(self.code, "size")
        one = f"{code.bind('groups', self.table.groups)}[{at}]" if self._in_place else f"{at}[0]"
        self._found(at, match, one, none=dict.fromkeys(self.table.names))
        code.line(f"{size} = len(record)", f"record.update({self._copied(match)})")
        self._check("record", size)

    def join_several(self, at: str) -> None:
        """A record for each match."""
        code, match = self.code, variable(self.code, "found")
        given, size = variable(code, "given"), variable(code, "size")
        every = f"{code.bind('groups', self.table.groups)}[{at}]" if self._in_place else at
        self._found(at, match, every, none=(dict.fromkeys(self.table.names),))
        code.line(f"{given}, {size} = record, len(record)")
        code.fan_out(match)
        copy = f"{code.bind('own', own)}({given})"
        code.line(f"record = {{**{copy}, **{self._copied('record')}}}")
        self._check("record", size)

    @property
    def _in_place(self) -> bool:
        return self.table.disk is None and not self.table.tuples

    def _found(self, at: str, match: str, text: str, *, none: Any) -> None:
        """Bind the match; without one the record is dropped, or ``none`` is its match."""
        code = self.code
        with code.block(f"if {at} is None:"):
            if self.joined.how == "inner":
                code.drop()
            else:
                code.line(f"{match} = {code.bind('none', none)}")
        with code.block("else:"):
            self._use(at)
            code.line(f"{match} = {text}")

    def _use(self, at: str) -> None:
        if self._in_place:
            self.code.line(f"{self.code.bind('used', self.table.used)}[{at}] = 1")

    def _copied(self, match: str) -> str:
        return match if self.table.flat else f"{self.code.bind('own', own)}({match})"

    def _check(self, record: str, size: str) -> None:
        """Nothing may have been overwritten."""
        clash = self.code.bind("clash", self._clash)
        with self.code.block(f"if len({record}) != {size} + {len(self.table.names)}:"):
            self.code.line(f"raise {clash}({record}, {size})")

    def _clash(self, record: Record, size: int) -> ConfigurationError:
        return self.joined.clash(list(record)[:size], self.table.names)
