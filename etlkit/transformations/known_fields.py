"""Which fields records have at each place of a chain, as far as that is known before a run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Protocol

from attrs import Factory, evolve, frozen

from etlkit._words import did_you_mean
from etlkit.expressions import Expression
from etlkit.expressions.nodes import Default, Field, Node
from etlkit.transformations.mistakes import mistake


if TYPE_CHECKING:
    from collections.abc import Iterator
MOST_SHOWN = 12
"""Names of fields that a message lists."""


class Leaving(Protocol):
    """A step, as far as it is asked for fields."""

    def leaves(self, known: KnownFields) -> KnownFields | None:
        """What is known of the fields of the records that it makes; None: nothing."""


@frozen
class KnownFields:
    """The fields that are known of the records at one place.

    Attributes:
        names: Their names.
        closed: The records have no other fields.
        asked: What steps read and nobody has spoken of: the step and the name. Shared by
            all places of a chain.
        used: What steps read. Shared, too.

    Example:
        >>> known = KnownFields(("id", "price"))
        >>> known.reading("Sort(by price)", ["price"]).adding(["total"]).names
        ('id', 'price', 'total')
    """

    names: tuple[str, ...]
    closed: bool = True
    asked: list[tuple[str, str]] = Factory(list)
    used: set[str] = Factory(set)

    def reading(self, label: str, names: Iterable[str]) -> KnownFields:
        """The same, now that a step reads some of the fields.

        Raises:
            ConfigurationError: The records do not have one of them.
        """
        for name in names:
            self.used.add(name)
            if name in self.names:
                continue
            if self.closed:
                shown = ", ".join(map(repr, self.names[:MOST_SHOWN]))
                more = ", ..." if len(self.names) > MOST_SHOWN else ""
                message = (
                    f"{label}: the records have no field {name!r} there"
                    f"{did_you_mean(name, self.names)}; they have {shown}{more}"
                )
                raise mistake(message)
            self.asked.append((label, name))
        return self

    def only(self, names: Iterable[str]) -> KnownFields:
        """Records with these fields and no others."""
        return evolve(self, names=tuple(names), closed=True)

    def adding(self, names: Iterable[str]) -> KnownFields:
        """Records that have these fields, too."""
        return evolve(self, names=tuple(dict.fromkeys((*self.names, *names))))

    def without(self, names: Iterable[str]) -> KnownFields:
        """Records that lack these fields."""
        gone = set(names)
        return evolve(self, names=tuple(name for name in self.names if name not in gone))

    def renamed(self, names: Mapping[str, str]) -> KnownFields:
        """Records of which some fields have other names."""
        there = [new for old, new in names.items() if old in self.names or not self.closed]
        return self.without(names).adding(there)


def check_fields(
    steps: Iterable[Leaving], known: KnownFields, required: Iterable[str] = ()
) -> None:
    """Look whether the fields that a chain reads are there, as far as anybody can tell.

    Behind a step that may make any records, such as a function of the user, nothing is known
    until another one says which fields there are.

    Args:
        steps: The chain.
        known: What is known of the records that come to it.
        required: The fields that they have for certain. Of a field that nobody has spoken
            of, and that is a slip away from one of these that no step reads, it is
            certain enough that this one was meant.

    Raises:
        ConfigurationError: A field is not there.
    """
    here = known
    for step in steps:
        here = step.leaves(here) or KnownFields((), closed=False)
    unread = [name for name in required if name not in known.used]
    for label, name in known.asked:
        meant = next((one for one in unread if is_slip(name, one)), None)
        if meant is not None:
            message = (
                f"{label}: the rules of the input know no field {name!r}, did you mean {meant!r}? "
                f"Where records have both, say so in the rules: {{{name!r}: {{}}}}"
            )
            raise mistake(message)


def is_slip(written: str, meant: str) -> bool:
    """Whether one letter is missing, too many, another one, or two have changed places.

    Digits are no letters, and neither is an ``s`` at the end: ``line_1`` and ``line_2``, ``tag``
    and ``tags`` are different names.
    """
    short, long = sorted((written, meant), key=len)
    start = next(
        (at for at, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short)
    )
    a, b = short[start:], long[start:]
    if len(short) < len(long):
        return len(long) - len(short) == 1 and a == b[1:] and b[0].isalpha() and b != "s"
    if not a or not (a[0].isalpha() and b[0].isalpha()):
        return False
    swapped = len(a) > 1 and a[0] == b[1] and a[1] == b[0] and a[2:] == b[2:]
    return len(short) > _SHORT and (swapped or a[1:] == b[1:])


_SHORT = 3
"""Letters of names that are too short for one letter to tell anything."""


def fields_needed(*given: object) -> list[str]:
    """The fields that expressions cannot do without; of functions nobody knows."""
    found: dict[str, None] = {}
    for one in given:
        if isinstance(one, Expression):
            found.update(dict.fromkeys(_needed(one.node)))
    return [*found]


def _needed(node: Node) -> Iterator[str]:
    if isinstance(node, Field):
        yield node.name
        return
    for one in (node.value,) if isinstance(node, Default) else node.operands:
        yield from _needed(one)
