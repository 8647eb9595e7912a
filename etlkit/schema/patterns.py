r"""Regular expressions for the whole of a text, in a time that no text can stretch.

Python's engine tries one way after the other, and some patterns have so many ways that a
short text keeps it busy for years: ``(a+)+`` is the classic. So a pattern is looked at
before it is used. Where at each character there is one way only, the engine is fast by
itself. Where there are several, it gets the texts that are too short to do harm, and an
automaton that follows all ways at once gets the longer ones.
"""

from __future__ import annotations

import re

from collections.abc import Callable
from functools import lru_cache

from attrs import frozen

from etlkit.schema.automaton import Automaton, UnsupportedError
from etlkit.schema.pattern_tree import Tree, parsed, safe_length


LEAST_CHARACTERS = 30
"""A pattern that the automaton cannot follow has to be harmless up to this length."""


@frozen
class Bounded:
    """Whether a text matches, found by the engine that this takes less time for.

    Attributes:
        fullmatch: Python's engine.
        most: Length of the longest text that it gets.
        automaton: Gets the others; without one they do not match.
    """

    fullmatch: Callable[[str], object]
    most: int
    automaton: Automaton | None

    def __call__(self, text: str) -> object:
        """Whether the whole text matches."""
        if len(text) <= self.most:
            return self.fullmatch(text)
        return self.automaton is not None and self.automaton.matches(text)


@lru_cache(maxsize=256)
def matcher(pattern: str) -> Callable[[str], object]:
    r"""The function that says whether the whole of a text matches a pattern.

    ``\d``, ``\w`` and ``\s`` mean ASCII characters.

    Raises:
        ValueError: The pattern is mistaken, or might take a time without bound.
    """
    try:
        fullmatch = re.compile(pattern, re.ASCII).fullmatch
        tree = parsed(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        message = f"is no regular expression: {error}"
        raise ValueError(message) from error
    try:
        return _bounded(fullmatch, tree)
    except RecursionError as error:
        message = "has groups within each other more often than Python can follow"
        raise ValueError(message) from error


def _bounded(fullmatch: Callable[[str], object], tree: Tree) -> Callable[[str], object]:
    """The engine where it is fast, or what keeps it from being slow.

    Raises:
        ValueError: Nothing is known that does.
    """
    try:
        automaton = Automaton(tree)
    except UnsupportedError as error:
        return _harmless(fullmatch, tree, str(error))
    if automaton.is_deterministic:
        return fullmatch
    if not automaton.is_exact:
        return _harmless(fullmatch, tree, "a repeat of more than 64 times")
    return Bounded(fullmatch, safe_length(tree), automaton)


def most_characters(pattern: str) -> int | None:
    r"""The length of the longest text that a pattern is tried on; None where there is no limit.

    Example:
        >>> most_characters(r"\w+-\w+"), most_characters(r"(\w+)-\1")
        (None, 999)
    """
    found = matcher(pattern)
    return found.most if isinstance(found, Bounded) and found.automaton is None else None


def _harmless(fullmatch: Callable[[str], object], tree: Tree, what: str) -> Bounded:
    """The engine, for texts up to the length that it is safe for.

    Raises:
        ValueError: That is next to nothing.
    """
    most = safe_length(tree)
    if most < LEAST_CHARACTERS:
        message = (
            f"can match in so many ways that a text of {most + 1} characters might take seconds, "
            f"and has {what}, so that no faster way is known; write it without, or as a 'check'"
        )
        raise ValueError(message)
    return Bounded(fullmatch, most, None)
