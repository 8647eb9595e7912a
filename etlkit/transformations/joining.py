"""Join: records together with those of another source that have the same key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from etlkit._words import did_you_mean, shown
from etlkit.transformations.compound_verbs import CompoundVerb
from etlkit.transformations.joined import Joined, JoinRecords
from etlkit.transformations.mistakes import choice, mistake
from etlkit.transformations.picking import step_name
from etlkit.transformations.readable import AtHand, Other, Readable, readable
from etlkit.transformations.spilling.sorter import MEMORY_BYTES, memory_budget
from etlkit.transformations.step import Memory, RecordStep


if TYPE_CHECKING:
    from etlkit.transformations.known_fields import KnownFields


How = Literal["inner", "left", "semi", "anti", "outer"]
Cardinality = Literal["1:1", "1:m", "m:1", "m:m"]

_HOW = ("inner", "left", "semi", "anti", "outer")
_VALIDATE = ("1:1", "1:m", "m:1", "m:m")
_ALIKE = {"full": "outer", "full_outer": "outer", "fullouter": "outer", "left_outer": "left"}
_RELATIONS = {
    "one_to_one": "1:1",
    "one_to_many": "1:m",
    "many_to_one": "m:1",
    "many_to_many": "m:m",
    "n:1": "m:1",
    "1:n": "1:m",
}


class Join(CompoundVerb):
    """Put records together with those of another source that have the same key.

    The other side is read before the run, once for each attempt. The records of the run stay
    what they are, whatever its size: they are joined one by one, in their order, and one that
    fails keeps its bytes and number. Several matches come in the order of the other side.
    None and NaN match nothing, and 1, 1.0 and True do not match each other.

    A record gets all fields of the other side but those of the key, with None where its match
    has no such field. Names that both sides have fail the run, unless ``suffix`` is given,
    which every field of the other side gets.

    Above a budget of memory the other side goes to a database without a name in the folder
    for temporary files (``TMPDIR``), of which nothing is left however the run ends, and each
    key is looked up there. The result is the same.

    Args:
        other: A source, or a list of records.
        on: The field that is the same on both sides, a list of such fields, or a dict of
            the names here and the names on the other side.
        how: ``"inner"`` keeps records with a match, once for each; ``"left"`` also those
            without, with None in the fields of the other side; ``"semi"`` keeps records
            with a match, and ``"anti"`` those without, as they are; ``"outer"`` adds to
            ``"left"`` the records of the other side that nothing matched, at the end and in
            their order; they count as produced, and one that fails later as derived.
        validate: How many records may have one key, here and on the other side:
            ``"1:1"``, ``"1:m"``, ``"m:1"`` or ``"m:m"``. A second one on the other side
            fails the run before anything is read; here it is rejected, for which the keys of
            the run are remembered, within a budget of the same size. A rejected record cannot
            be replayed alone then.
        suffix: What the names of the other side end with in the result.
        memory_bytes: The budget for the other side, of its records as Python holds them.
        name: What messages and counts call the step.

    Example:
        >>> states = [{"code": "CA", "name": "California"}]
        >>> Join(states, on={"state": "code"}, how="left", validate="m:1").apply(
        ...     [{"id": 1, "state": "CA"}, {"id": 2, "state": None}]
        ... )
        [{'id': 1, 'state': 'CA', 'name': 'California'}, {'id': 2, 'state': None, 'name': None}]
    """

    memory: Memory = "spilling"
    sees = "one record, and the other side"
    makes = "the record with each of its matches"
    counts_as = "filtered, or produced"

    def __init__(
        self,
        other: Other,
        *,
        on: str | Sequence[str] | Mapping[str, str],
        how: How = "inner",
        validate: Cardinality = "m:m",
        suffix: str | None = None,
        memory_bytes: int = MEMORY_BYTES,
        name: str | None = None,
    ) -> None:
        here, there = _pairs(on)
        how = _how(how)
        validate = choice("Join", "validate", validate, _VALIDATE, _RELATIONS)
        self._name = step_name("Join", name)
        self._joined = Joined(
            _checked(readable("Join", other), there),
            here,
            there,
            how,
            validate,
            _suffix(suffix),
            memory_budget("Join", memory_bytes),
        )
        self.given = self.without_defaults(
            {
                "other": other,
                "on": dict(zip(here, there, strict=True)),
                "how": how,
                "validate": validate,
                "suffix": suffix,
                "memory_bytes": memory_bytes,
                "name": name,
            }
        )

    def __repr__(self) -> str:
        joined = self._joined
        on = dict(zip(joined.here, joined.there, strict=True))
        return f"Join({joined.other.uri}, on={on!r}, how={joined.how!r})"

    @property
    def label(self) -> str:
        """The name, or ``Join(other, on fields)``."""
        joined = self._joined
        return self._name or f"Join({joined.other.uri}, on {', '.join(joined.here)})"

    def leaves(self, known: KnownFields) -> KnownFields | None:
        """The same fields, and those of the other side, as far as they are known.

        Raises:
            ConfigurationError: Both sides have a name, and there is no suffix for it.
        """
        joined = self._joined
        known.reading(self.label, joined.here)
        if not joined.adds_fields:
            return known
        there = _known_there(joined.other)
        names = [f"{name}{joined.suffix}" for name in there if name not in joined.there]
        here = {*joined.here, *(known.names if known.closed else ())}
        if not here.isdisjoint(names):
            raise mistake(str(joined.clash(here, dict.fromkeys(names))))
        return None if joined.other.known_fields is None else known.adding(names)

    def parts(self) -> tuple[RecordStep, ...]:
        """One step that sees one record at a time."""
        return (JoinRecords(self.label, self._joined),)


def _checked(other: Readable, there: tuple[str, ...]) -> Readable:
    """Look for the key among the fields that are known, so that a wrong name is told at once."""
    found = _known_there(other)
    for name in there if found else ():
        if name not in found:
            message = (
                f"Join: the records of the other side have no field {name!r}"
                f"{did_you_mean(name, found)}; another name there is said by "
                "on={'name here': 'name there'}"
            )
            raise mistake(message)
    return other


def _known_there(other: Readable) -> tuple[str, ...]:
    """Fields that the other side has, before it is read: of a list those of the first record."""
    if other.known_fields is not None:
        return other.known_fields
    given = other.given if isinstance(other, AtHand) else ()
    first = given[0] if isinstance(given, Sequence) and given else {}
    return tuple(first) if isinstance(first, Mapping) else ()


def _how(given: object) -> How:
    if given == "right":
        message = (
            "Join: how='right' is how='left' with the other source first: "
            "other | Join(source, how='left', ...)"
        )
        raise mistake(message)
    how: How = choice("Join", "how", given, _HOW, _ALIKE)
    return how


def _pairs(on: object) -> tuple[tuple[str, ...], tuple[str, ...]]:
    given = [on] if isinstance(on, str) else on
    if isinstance(given, Mapping):
        here, there = tuple(given), tuple(given.values())
    elif isinstance(given, Sequence) and not isinstance(given, bytes):
        here = there = tuple(given)
    else:
        here = there = ()
    if here and all(isinstance(name, str) for name in (*here, *there)):
        return here, there
    message = (
        "Join: on is a field, a list of fields, or a dict of the names here and on the other "
        f"side, got {shown(on)}"
    )
    raise mistake(message)


def _suffix(given: object) -> str:
    if given is None:
        return ""
    if isinstance(given, str) and given:
        return given
    message = f"Join: suffix is a text such as '_right', got {shown(given)}"
    raise mistake(message)
