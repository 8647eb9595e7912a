"""What a validator remembers and counts during one run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import define, field, frozen

from etlkit._words import shown
from etlkit.validation.identity import IncomparableError, Nothing, identity, joined
from etlkit.validation.messages import Complaint, complaint
from etlkit.validation.seen import Seen
from etlkit.validation.traits import unique_fields, unique_groups


if TYPE_CHECKING:
    from collections.abc import Iterable

    from etlkit.records import Record
    from etlkit.schema.fields import Field, Place, Schema
    from etlkit.validation.messages import Finding
    from etlkit.validation.rewriting import Change


@frozen
class _Rule:
    """Values that together differ from record to record."""

    places: tuple[Place, ...]
    complaint: Complaint
    at: tuple[str, ...]
    seen: Seen = field(factory=Seen)

    def digest(self, record: Record) -> bytes | None:
        """What is remembered of the values; None where one of them is missing, or is None.

        Raises:
            IncomparableError: It is not known when two such values are the same.
        """
        try:
            parts = [identity(_value(record, place)) for place in self.places]
        except Nothing:
            return None
        return self.seen.digest(parts[0] if len(parts) == 1 else joined(parts))

    def finding(self, record: Record) -> Finding:
        values = [_value(record, place) for place in self.places]
        return self.complaint, values[0] if len(values) == 1 else values, self.at


def _value(record: Any, place: Place) -> Any:
    for name in place:
        if not isinstance(record, dict):
            return None
        record = record.get(name)
    return record


@define
class Ledger:
    """The memory and the counts of one validator in one attempt; used by one thread.

    Attributes:
        warned: Broken rules of records that passed, by place and rule: ``$.age min``.
        coerced: Values that were turned into another type, by place: ``$.age``.
        dropped: Fields that were removed, by the place of their record: ``$``.
    """

    rules: tuple[_Rule, ...]
    warned: dict[str, int] = field(factory=dict)
    coerced: dict[str, int] = field(factory=dict)
    dropped: dict[str, int] = field(factory=dict)

    @classmethod
    def of(cls, schema: Schema) -> Ledger:
        """A ledger with nothing in it."""
        rules = [_rule_of_field(place, one) for place, one in unique_fields(schema)]
        rules += [_rule_of_group(*group) for group in unique_groups(schema)]
        return cls(tuple(rules))

    def admit(self, record: Record) -> list[Finding]:
        """What an earlier record has too; a record without such errors counts as seen.

        Call it for records that keep every other rule.

        Raises:
            TransientError: The disk has no room for what was seen.
        """
        found: list[Finding] = []
        new: list[tuple[Seen, bytes]] = []
        for rule in self.rules:
            try:
                digest = rule.digest(record)
            except MemoryError:
                raise
            except Exception as error:  # noqa: BLE001 -- recorded as the problem of the record
                found.append(_incomparable(rule, error))
                continue
            if digest is not None and digest in rule.seen:
                found.append(rule.finding(record))
            elif digest is not None:
                new.append((rule.seen, digest))
        if all(words.is_warning for words, _, _ in found):
            for seen, digest in new:
                seen.add(digest)
        return found

    def warn(self, found: Iterable[Finding]) -> None:
        """Count the warnings of a record that passes."""
        for words, _, _ in found:
            self.warned[words.counted] = self.warned.get(words.counted, 0) + 1

    def note(self, changes: Iterable[Change]) -> None:
        """Count what was changed in a record that passes."""
        for kind, place in changes:
            counts = self.coerced if kind == "coerced" else self.dropped
            counts[place] = counts.get(place, 0) + 1

    def close(self) -> None:
        """Forget what was seen; the counts stay."""
        for rule in self.rules:
            rule.seen.close()


def _rule_of_field(place: Place, unique: Field) -> _Rule:
    return _Rule((place,), complaint(unique, "unique", place), _keys(place[:-1]))


def _keys(place: Place) -> tuple[str, ...]:
    """A place as a path; no list is in it."""
    return tuple(name for name in place if name is not None)


def _rule_of_group(place: Place, schema: Schema, names: tuple[str, ...]) -> _Rule:
    masked = [one.is_masked for name in names for one in schema.fields if one.name == name]
    what = " and ".join(names)

    def say(values: Any) -> str:
        got = values if isinstance(values, list) else [values]
        pairs = zip(got, masked, strict=True)
        words = ", ".join(shown(value, sensitive=hidden) for value, hidden in pairs)
        return f"has {words} in {what}, which an earlier record has too"

    words = Complaint("unique", (), say, place=place, is_warning=False)
    return _Rule(tuple((*place, name) for name in names), words, _keys(place))


def _incomparable(rule: _Rule, error: Exception) -> Finding:
    """The finding for a value that cannot be told apart from others."""
    known = isinstance(error, IncomparableError)
    what = (
        f"has a value of type {error}, and it is not known when two of these are the same"
        if known
        else f"cannot be compared with earlier records: {type(error).__name__}"
    )
    inner = rule.complaint
    words = Complaint(
        "unique",
        inner.own,
        lambda _: what,
        place=rule.places[0] if inner.own else rule.at,
        is_warning=inner.is_warning,
    )
    return words, None, rule.at
