"""A regular expression as an automaton that follows all ways through it at once.

The construction is Glushkov's (1961): a state for each character of the pattern, and for
each state those that may come next. Sets of states are worked out when a text first needs
them and kept, so that a character costs one look into a dict.
"""

from __future__ import annotations

import sys

from typing import TYPE_CHECKING, Any, TypeAlias

from attrs import frozen

from etlkit.schema.pattern_tree import CHARACTERS, REPEATS, UNBOUNDED, nodes


if TYPE_CHECKING:
    from collections.abc import Callable

    from etlkit.schema.pattern_tree import Node, Tree

MOST_STATES = 1_000
MOST_COPIES = 64
"""Copies of a repeat's body that are written out; more than that are taken for any number."""

MOST_KEPT = 20_000
"""Transitions that are kept; then they are worked out anew."""

_NAMES = {
    "ASSERT": "a lookaround",
    "ASSERT_NOT": "a lookaround",
    "AT": "an anchor in the middle",
    "ATOMIC_GROUP": "an atomic group",
    "GROUPREF": "a reference to a group",
    "GROUPREF_EXISTS": "a condition on a group",
    "POSSESSIVE_REPEAT": "a possessive repeat",
}

# One of each kind of character that a pattern can tell apart and not mention.
_SAMPLES = [
    *map(chr, range(128)),
    *"\x85\xa0\xaa²éß\u017f\u0131İĸΩДא٣ᛣ\u2028\u212a中😀\ud800\uffff",
]


class UnsupportedError(ValueError):
    """A part of a pattern that no automaton can follow."""


@frozen
class _Part:
    """What a part of the pattern can begin and end with, and whether it can be empty."""

    first: frozenset[int]
    last: frozenset[int]
    nullable: bool


_EMPTY = _Part(frozenset(), frozenset(), nullable=True)

_Table: TypeAlias = "dict[str | None, Any]"
"""The next table by character; under None the states, and whether the text may end here."""


class Automaton:
    """An automaton for a pattern.

    Attributes:
        is_deterministic: At each character there is at most one way to go on, so that
            Python's engine has nothing to try again.
        is_exact: It matches the same texts, since no repeat was too long to be written out.
    """

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._tests: list[Callable[[str], object]] = []
        self._mentioned: set[str] = set()
        self._follow: list[set[int]] = []
        self._ambiguous = False
        self.is_exact = True
        whole = self._sequence(_without_anchors(tree.nodes), tree.flags)
        self._first, self._last, self._nullable = whole.first, whole.last, whole.nullable
        self.is_deterministic = not self._ambiguous and self._has_one_way()
        self._forget()

    def matches(self, text: str) -> bool:
        """Whether the whole text matches; takes time in proportion to its length."""
        table = self._start
        for character in text:
            following = table.get(character)
            table = self._next(table, character) if following is None else following
            if table is self._dead:
                return False
        ends: bool = table[None][1]
        return ends

    # -- following a text

    def _forget(self) -> None:
        self._tables: dict[frozenset[int], _Table] = {}
        self._kept = 0
        self._dead = self._table(frozenset(), ends=False)
        self._start: _Table = {None: (self._first, self._nullable)}

    def _table(self, states: frozenset[int], *, ends: bool) -> _Table:
        table = self._tables.get(states)
        if table is None:
            after = frozenset().union(*(self._follow[state] for state in states))
            table = self._tables[states] = {None: (after, ends)}
        return table

    def _next(self, table: _Table, character: str) -> _Table:
        """The table after a character; ``table`` knows which states may come."""
        if self._kept > MOST_KEPT:
            self._tables = {frozenset(): self._dead}
            self._start = {None: (self._first, self._nullable)}
            self._kept = 0
        candidates: frozenset[int] = table[None][0]
        states = frozenset(state for state in candidates if self._tests[state](character))
        following = self._table(states, ends=not states.isdisjoint(self._last))
        table[character] = following
        self._kept += 1
        return following

    # -- construction

    def _sequence(self, parts: list[Node], flags: int) -> _Part:
        whole = _EMPTY
        for word, argument in parts:
            whole = self._joined(whole, self._part(word, argument, flags))
        return whole

    def _joined(self, left: _Part, right: _Part) -> _Part:
        self._link(left.last, right.first)
        return _Part(
            left.first | right.first if left.nullable else left.first,
            left.last | right.last if right.nullable else right.last,
            nullable=left.nullable and right.nullable,
        )

    def _link(self, before: frozenset[int], after: frozenset[int]) -> None:
        for state in before:
            if not self._follow[state].isdisjoint(after):
                self._ambiguous = True  # as in (a+)+: from a to a by the inner or the outer one
            self._follow[state] |= after

    def _part(self, word: str, argument: Any, flags: int) -> _Part:
        if word in CHARACTERS:
            return self._character((word, argument), flags)
        if word == "SUBPATTERN":
            _, added, removed, body = argument
            return self._sequence(nodes(body), (flags | added) & ~removed)
        if word == "BRANCH":
            every = [self._sequence(nodes(one), flags) for one in argument[1]]
            if sum(one.nullable for one in every) > 1:
                self._ambiguous = True  # two ways to be empty, and with n of them 2 ** n
            return _Part(
                frozenset().union(*(one.first for one in every)),
                frozenset().union(*(one.last for one in every)),
                nullable=any(one.nullable for one in every),
            )
        if word in REPEATS and word != "POSSESSIVE_REPEAT":
            return self._repeat(argument, flags)
        raise UnsupportedError(_NAMES.get(word, f"a part of the kind {word}"))

    def _repeat(self, argument: Any, flags: int) -> _Part:
        least, most, body = argument
        if most != UNBOUNDED and most > MOST_COPIES:
            # who may follow whom is the same, so there is one way at each character or not
            least, most, self.is_exact = min(least, 1), UNBOUNDED, False
        if least > MOST_COPIES:
            least, self.is_exact = 1, False
        parts = nodes(body)
        copies = max(least, 1) if most == UNBOUNDED else most
        whole = _EMPTY
        for number in range(copies):
            states = len(self._tests)
            one = self._sequence(parts, flags)
            self._ambiguous = self._ambiguous or (one.nullable and most > 1)
            if most == UNBOUNDED and number == copies - 1:
                self._link(one.last, one.first)
            if number >= least:
                one = _Part(one.first, one.last, nullable=True)
            whole = self._joined(whole, one)
            if len(self._tests) == states:
                break  # without a character, further copies change nothing
        return whole

    def _character(self, node: Node, flags: int) -> _Part:
        state = len(self._tests)
        if state >= MOST_STATES:
            message = f"more than {MOST_STATES} characters, its repeats written out"
            raise UnsupportedError(message)
        self._tests.append(self._tree.character_test(node, flags))
        self._follow.append(set())
        self._mentioned.update(_mentioned(node))
        return _Part(frozenset({state}), frozenset({state}), nullable=False)

    def _has_one_way(self) -> bool:
        """Whether no character can go on to two of the states that may come next."""
        samples = sorted({*_SAMPLES, *self._mentioned})
        taken = [frozenset(filter(test, samples)) for test in self._tests]
        for states in (self._first, *self._follow):
            seen: set[str] = set()
            for state in states:
                if not seen.isdisjoint(taken[state]):
                    return False
                seen |= taken[state]
        return True


def _mentioned(node: Node) -> set[str]:
    """The characters of a node, and those next to them, in either case."""
    word, argument = node
    codes: set[int] = set()
    if word in {"LITERAL", "NOT_LITERAL"}:
        codes.add(argument)
    elif word == "IN":
        for kind, inside in argument:
            if str(kind) == "LITERAL":
                codes.add(inside)
            elif str(kind) == "RANGE":
                codes.update(inside)
    near = {code + step for code in codes for step in (-1, 0, 1)}
    found = {chr(code) for code in near if 0 <= code <= sys.maxunicode}
    return found | {text for one in found for text in (one.lower(), one.upper()) if len(text) == 1}


def _without_anchors(parts: list[Node]) -> list[Node]:
    """The parts without what is true anyway at both ends of a whole text: ``^`` and ``$``."""
    while parts and parts[0][0] == "AT" and str(parts[0][1]) in _BEGINS:
        parts = parts[1:]
    while parts and parts[-1][0] == "AT" and str(parts[-1][1]) in _ENDS:
        parts = parts[:-1]
    return parts


_BEGINS = ("AT_BEGINNING", "AT_BEGINNING_STRING")
_ENDS = ("AT_END", "AT_END_STRING")
