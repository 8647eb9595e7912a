"""The parts of a regular expression, as Python's own parser tells them.

``re._parser`` and ``re._compiler`` are private. They have been the same, under this name
or as ``sre_parse``, since Python 2; the tests of this module would notice a change.
"""

from __future__ import annotations

import math
import re

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias


_parser: Any = re._parser  # type: ignore[attr-defined]  # noqa: SLF001 -- see the docstring
_compiler: Any = re._compiler  # type: ignore[attr-defined]  # noqa: SLF001 -- see the docstring

Node: TypeAlias = tuple[str, Any]
"""A word for a part of a pattern, and what belongs to it."""

UNBOUNDED: int = int(_parser.MAXREPEAT)

MOST_STEPS = 1_000_000
"""Steps of Python's engine that one text may take at most, about ten milliseconds."""

MOST_CHARACTERS = 100_000

REPEATS = ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT")
CHARACTERS = ("ANY", "IN", "LITERAL", "NOT_LITERAL")
_ASIDE = ("ASSERT", "ASSERT_NOT", "ATOMIC_GROUP", "POSSESSIVE_REPEAT")


class Tree:
    """A parsed pattern.

    Attributes:
        nodes: Its parts, one after the other.
    """

    def __init__(self, pattern: str) -> None:
        self._tree = _parser.parse(pattern, re.ASCII)
        self.flags: int = self._tree.state.flags
        self.nodes = nodes(self._tree)

    def character_test(self, node: Node, flags: int) -> Callable[[str], object]:
        """Whether a character is one that a node stands for; made by Python's own compiler."""
        word = next(one for one in _parser.__dict__.values() if str(one) == node[0])
        single = _parser.SubPattern(self._tree.state, [(word, node[1])])
        test: Callable[[str], object] = _compiler.compile(single, flags).fullmatch
        return test


def parsed(pattern: str) -> Tree:
    """The parts of a pattern."""
    return Tree(pattern)


def nodes(tree: Iterable[tuple[object, Any]]) -> list[Node]:
    """The parts of a subtree, by the names of their kinds."""
    return [(str(word), argument) for word, argument in tree]


def safe_length(tree: Tree) -> int:
    """The length of the longest text for which Python's engine takes few steps at most.

    It is -1 where the empty text takes too many already.
    """
    low, high = -1, MOST_CHARACTERS
    while low < high:
        middle = (low + high + 1) // 2
        ways, aside = _ways(tree.nodes, middle)
        if ways + aside + math.log(middle + 1) <= math.log(MOST_STEPS):
            low = middle
        else:
            high = middle - 1
    return low


def _ways(parts: list[Node], length: int) -> tuple[float, float]:
    """Logarithms of numbers of ways to match a text of a length.

    The first is for the parts themselves, the second for what is matched on the side, once
    for each of those: lookarounds and atomic groups, which are not gone into again.
    """
    ways = aside = 0.0
    for word, argument in parts:
        more, more_aside = _ways_of(word, argument, length)
        if word in _ASIDE:
            more, more_aside = 0.0, more + more_aside
        ways += more
        aside = max(aside, more_aside)
    return ways, aside


def _ways_of(word: str, argument: Any, length: int) -> tuple[float, float]:
    if word in REPEATS:
        least, most, body = argument
        ways, aside = _ways(nodes(body), length)
        if body.getwidth()[0]:
            most = min(most, max(length, least))
            return math.log(most - min(least, most) + 1) + most * ways, aside
        # Without a character, the engine repeats as often as it has to, and once or twice more.
        most = min(most, least + length + 2)
        return math.log(max(most, 1)) + math.log(most - least + 1) + most * ways, aside
    if word == "BRANCH":
        every = [_ways(nodes(one), length) for one in argument[1]]
        most_ways = max(ways for ways, _ in every)
        return math.log(len(every)) + most_ways, max(aside for _, aside in every)
    if word in CHARACTERS or word in {"AT", "GROUPREF"}:
        return 0.0, 0.0
    if word == "GROUPREF_EXISTS":
        _, yes, no = argument
        return _ways(nodes([*yes, *(no or [])]), length)
    body = argument if word == "ATOMIC_GROUP" else argument[-1]
    return _ways(nodes(body), length)
