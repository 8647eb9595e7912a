r"""Functions of texts with regular expressions, in a time that no text can stretch.

``\d``, ``\w`` and ``\s`` mean ASCII characters. Texts are looked through up to a length that
the pattern is harmless for, and longer ones are refused.
"""

from __future__ import annotations

import re

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from attrs import frozen

from etlkit.expressions.bounds import check_length
from etlkit.expressions.registry import BOOL, TEXT, Example, function, option
from etlkit.schema.automaton import Automaton, UnsupportedError
from etlkit.schema.pattern_tree import parsed, safe_length
from etlkit.schema.patterns import matcher


MOST_CHARACTERS = 10_000
"""Of a text that is looked through, where the pattern has one way only at each character."""

LEAST_CHARACTERS = 30
"""A pattern has to be harmless up to this length."""


@frozen
class Search:
    """A pattern that is looked for anywhere in a text.

    Attributes:
        pattern: The compiled pattern.
        most: Length of the longest text.
    """

    pattern: re.Pattern[str]
    most: int

    def checked(self, text: str) -> str:
        """The text, if it is short enough.

        Raises:
            ValueError: It is too long.
        """
        if len(text) > self.most:
            message = (
                f"the text has {len(text)} characters, and the pattern is looked for in up to "
                f"{self.most}"
            )
            raise ValueError(message)
        return text


@lru_cache(maxsize=256)
def searching(pattern: str) -> Search:
    """What looks for a pattern.

    Raises:
        ValueError: The pattern is mistaken, or might take a time without bound.
    """
    try:
        compiled = re.compile(pattern, re.ASCII)
        tree = parsed(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        message = f"{pattern!r} is no regular expression: {error}"
        raise ValueError(message) from error
    try:
        one_way = Automaton(tree).is_deterministic
    except (UnsupportedError, RecursionError):
        one_way = False
    most = MOST_CHARACTERS if one_way else min(safe_length(tree), MOST_CHARACTERS)
    if most < LEAST_CHARACTERS:
        message = (
            f"{pattern!r} can match in so many ways that a text of {most + 1} characters might "
            "take seconds"
        )
        raise ValueError(message)
    return Search(compiled, most)


def _check_full(options: Mapping[str, Any]) -> None:
    option("pattern", options.get("pattern"), str, "a text")
    try:
        matcher(options["pattern"])
    except ValueError as error:
        message = f"{options['pattern']!r} {error}"
        raise ValueError(message) from error


def _check_search(options: Mapping[str, Any]) -> None:
    option("pattern", options.get("pattern"), str, "a text")
    found = searching(options["pattern"])
    if "group" in options:
        group = options["group"]
        known = [*range(found.pattern.groups + 1), *found.pattern.groupindex]
        if isinstance(group, bool) or group not in known:
            message = f"group is one of {', '.join(map(repr, known))}, got {group!r}"
            raise ValueError(message)


@function(
    "str.matches",
    TEXT,
    BOOL,
    Example(r"F.zip.str.matches(r'\d{5}(-\d{4})?')", {"zip": "94103"}, True),
    Example(r"F.zip.str.matches(r'\d{5}')", {"zip": "94103-1234"}, False),
    check=_check_full,
)
def matches(text: str, /, pattern: str) -> bool:
    """Whether the whole text matches a regular expression."""
    return bool(matcher(pattern)(text))


@function(
    "str.extract",
    TEXT,
    TEXT,
    Example(r"F.title.str.extract(r'\((\d{4})\)', 1)", {"title": "Alien (1979)"}, "1979"),
    Example(r"F.title.str.extract(r'\d{4}')", {"title": "Alien"}, None),
    check=_check_search,
    optional=True,
)
def extract(text: str, /, pattern: str, group: int | str = 0) -> str | None:
    """The first part that matches a regular expression, or a group of it; None without one."""
    search = searching(pattern)
    found = search.pattern.search(search.checked(text))
    return None if found is None else found[group]


def _check_new(options: Mapping[str, Any]) -> None:
    _check_search(options)
    option("new", options.get("new"), str, "a text")


@function(
    "str.replace_pattern",
    TEXT,
    TEXT,
    Example(r"F.phone.str.replace_pattern(r'[^0-9+]', '')", {"phone": "(555) 01-02"}, "5550102"),
    check=_check_new,
)
def replace_pattern(text: str, /, pattern: str, new: str) -> str:
    """The text with ``new`` for every part that matches; what stands in ``new`` is no template."""
    search = searching(pattern)
    check_length((len(text) + 1) * (len(new) + 1))
    return search.pattern.sub(lambda _: new, search.checked(text))
