"""Texts that match a pattern or have a format, drawn at random."""

from __future__ import annotations

import re

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from attrs import define, field

from etlkit.schema.pattern_tree import parsed


__all__ = ["FORMAT_EXAMPLES", "PatternExamples", "plain_text"]

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_OTHERS = " -_.'\"\\/0A\té日😀"
_PRINTABLE = range(32, 127)
_LAST = 0x10FFFF

_REACH = 8
"""How far a repetition goes above its least count, where a pattern sets no end."""

_CATEGORIES = {
    "CATEGORY_DIGIT": r"\d",
    "CATEGORY_NOT_DIGIT": r"\D",
    "CATEGORY_NOT_SPACE": r"\S",
    "CATEGORY_NOT_WORD": r"\W",
    "CATEGORY_SPACE": r"\s",
    "CATEGORY_WORD": r"\w",
}


def plain_text(random: Random, length: int) -> str:
    """A text of so many characters, most of them letters."""
    others = random.random() < 0.3  # noqa: PLR2004 -- most texts are words
    return "".join(random.choice(_LETTERS + _OTHERS * others) for _ in range(length))


@define
class PatternExamples:
    r"""Texts for one pattern.

    A text is drawn along the tree of the pattern. What looks around (``\b``, ``(?=...)``)
    is not followed, so whoever draws has to see whether the text matches.

    Attributes:
        pattern: The pattern, for a whole text.
        lengths: Lengths that the text should have; repetitions try to reach them.
    """

    pattern: str
    lengths: tuple[int, ...] = ()
    _tree: Any = field(init=False)
    _groups: dict[int, str] = field(init=False, factory=dict)
    _usual: dict[int, list[str]] = field(init=False, factory=dict)

    def __attrs_post_init__(self) -> None:
        self._tree = parsed(self.pattern).nodes

    def draw(self, random: Random) -> str:
        """A text that is likely to match."""
        self._groups.clear()
        return self._sequence(self._tree, random)

    def _sequence(self, items: Iterable[tuple[Any, Any]], random: Random) -> str:
        return "".join(self._item(str(kind), value, random) for kind, value in items)

    def _item(self, kind: str, value: Any, random: Random) -> str:
        if kind in _CHARACTERS:
            return _CHARACTERS[kind](value, random)
        if kind == "IN":
            return self._of_class(value, random)
        if kind == "BRANCH":
            return self._sequence(random.choice(value[1]), random)
        if kind in {"SUBPATTERN", "ATOMIC_GROUP"}:
            return self._group(kind, value, random)
        if kind.endswith("_REPEAT"):
            low, high, items = value
            count = self._count(low, high, random)
            return "".join(self._sequence(items, random) for _ in range(count))
        return self._groups.get(value, "") if kind == "GROUPREF" else ""

    def _of_class(self, items: list[tuple[Any, Any]], random: Random) -> str:
        usual = self._usual.get(id(items))
        if usual is None:
            usual = self._usual[id(items)] = _usual(items)
        return random.choice(usual) if usual else _unusual(items, random)

    def _group(self, kind: str, value: Any, random: Random) -> str:
        if kind == "ATOMIC_GROUP":
            return self._sequence(value, random)
        text = self._sequence(value[3], random)
        if value[0] is not None:
            self._groups[value[0]] = text
        return text

    def _count(self, low: int, high: Any, random: Random) -> int:
        most = min(int(high), low + random.choice((1, _REACH)))
        fit = [length for length in self.lengths if low <= length <= high]
        return random.choice([low, random.randint(low, most), *fit])


def _other_than(number: int | None, random: Random) -> str:
    return chr(random.choice([one for one in _PRINTABLE if one != number]))


def _unusual(items: list[tuple[Any, Any]], random: Random) -> str:
    """A character of a class that has no usual one."""
    negated = _is_negated(items)
    ranges = [value for kind, value in items if str(kind) == "RANGE"]
    low, high = (0, _LAST) if negated or not ranges else random.choice(ranges)
    for _ in range(1000):
        drawn = chr(random.randint(low, high))
        if drawn.isprintable() and _has(items[negated:], drawn) is not negated:
            return drawn
    return chr(low)


def _is_negated(items: list[tuple[Any, Any]]) -> bool:
    return str(items[0][0]) == "NEGATE"


def _usual(items: list[tuple[Any, Any]]) -> list[str]:
    """The usual characters of a class, those that it names among them."""
    negated = _is_negated(items)
    named = [value for kind, value in items if str(kind) == "LITERAL"]
    characters = map(chr, dict.fromkeys((*_PRINTABLE, 9, 10, 233, *named)))
    return [one for one in characters if _has(items[negated:], one) is not negated]


def _has(items: list[tuple[Any, Any]], character: str) -> bool:
    return any(_is_member(str(kind), value, character) for kind, value in items)


def _is_member(kind: str, value: Any, character: str) -> bool:
    if kind == "LITERAL":
        return bool(ord(character) == value)
    if kind == "RANGE":
        return bool(value[0] <= ord(character) <= value[1])
    return re.fullmatch(_CATEGORIES[str(value)], character, re.ASCII) is not None


_CHARACTERS: dict[str, Callable[[Any, Random], str]] = {
    "ANY": _other_than,
    "LITERAL": lambda number, random: chr(number),  # noqa: ARG005 -- the shape of all of them
    "NOT_LITERAL": _other_than,
}


def _word(random: Random) -> str:
    return "".join(random.choice(_LETTERS) for _ in range(random.randint(1, 10)))


def _email(random: Random) -> str:
    return f"{_word(random)}{random.choice(('', '.a', '+b', '_c1'))}@{_word(random)}.example"


def _url(random: Random) -> str:
    ending = random.choice(("", "/", f"/{_word(random)}", f"/?q={_word(random)}", ":8080/a#b"))
    return f"{random.choice(('https', 'http', 'ftp'))}://{_word(random)}.example{ending}"


def _ipv4(random: Random) -> str:
    return ".".join(str(random.choice((0, 255, random.randint(0, 255)))) for _ in range(4))


def _ipv6(random: Random) -> str:
    full = ":".join(f"{random.getrandbits(16):x}" for _ in range(8))
    return random.choice((full, "::1", f"2001:db8::{random.getrandbits(16):x}"))


def _moment(random: Random) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=random.randint(0, 2**32))


def _date_time(random: Random) -> str:
    zone = random.choice(("Z", "+02:00", "-08:00"))
    return f"{_moment(random).strftime('%Y-%m-%dT%H:%M:%S')}{random.choice(('', '.5'))}{zone}"


FORMAT_EXAMPLES: dict[str, Callable[[Random], str]] = {
    "date": lambda random: _moment(random).date().isoformat(),
    "date-time": _date_time,
    "email": _email,
    "ipv4": _ipv4,
    "ipv6": _ipv6,
    "time": lambda random: _date_time(random)[len("2000-01-01T") :],
    "url": _url,
    "uuid": lambda random: str(UUID(int=random.getrandbits(128), version=4)),
}
"""A text of a format, by the name of the format."""
