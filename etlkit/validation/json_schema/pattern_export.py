"""Patterns of etlkit (Python, whole value) as patterns of JSON Schema (ECMA-262)."""

from __future__ import annotations

import re

from collections.abc import Callable, Iterable
from typing import Any

from etlkit.schema.pattern_tree import UNBOUNDED, parsed


__all__ = ["ecma_pattern"]

_SINGLE = frozenset({"ANY", "BRANCH", "IN", "LITERAL", "NOT_LITERAL", "SUBPATTERN"})
_SYNTAX = frozenset("^$\\.*+?()[]{}|")
_CLASS_SYNTAX = frozenset("\\]^-[")
_SPACES = r" \t\n\r\f\v"
_NO_SPACES = "\\x00-\\x08\\x0e-\\x1f!-\U0010ffff"
_CATEGORIES = {
    "CATEGORY_DIGIT": r"\d",
    "CATEGORY_NOT_DIGIT": r"\D",
    "CATEGORY_WORD": r"\w",
    "CATEGORY_NOT_WORD": r"\W",
    "CATEGORY_SPACE": _SPACES,
}
_ALONE = frozenset({r"\d", r"\D", r"\w", r"\W"})
_PLACES = {
    "AT_BEGINNING": "^",
    "AT_BEGINNING_STRING": "^",
    "AT_END": r"(?=\n?$)",
    "AT_END_STRING": "$",
    "AT_BOUNDARY": r"\b",
}


def ecma_pattern(text: str) -> str:
    """The same pattern for other readers, anchored at both ends.

    Raises:
        ValueError: It uses what ECMA-262 cannot say, such as ``(?i)`` or ``(?>...)``.
    """
    tree = parsed(text)
    _check_flags(tree.flags)
    return f"^{_sequence(tree.nodes, tree.flags)}$"


def _check_flags(flags: int) -> None:
    if flags & (re.IGNORECASE | re.MULTILINE):
        message = "its flags (?i) or (?m)"
        raise ValueError(message)


def _sequence(items: Iterable[tuple[Any, Any]], flags: int) -> str:
    return "".join(_item(str(kind), value, flags) for kind, value in items)


def _group(items: Any, flags: int) -> str:
    """A sequence as one thing, which a quantifier applies to as a whole."""
    text = _sequence(items, flags)
    single = len(items) == 1 and str(items[0][0]) in _SINGLE
    return text if single else f"(?:{text})"


def _item(kind: str, value: Any, flags: int) -> str:
    if kind == "ANY":
        return r"[\s\S]" if flags & re.DOTALL else r"[^\n]"
    if kind == "AT":
        return _place(str(value))
    if kind in _WRITERS:
        return _WRITERS[kind](value, flags)
    words = _UNSAID.get(kind, kind)
    raise ValueError(words)


def _place(value: str) -> str:
    if value not in _PLACES:
        message = "'\\\\B', which depends on the version of Python"
        raise ValueError(message)
    return _PLACES[value]


_UNSAID = {
    "ATOMIC_GROUP": "an atomic group, '(?>...)'",
    "GROUPREF": "a reference to a group",
    "GROUPREF_EXISTS": "a group that depends on another one, '(?(1)...)'",
    "POSSESSIVE_REPEAT": "a possessive quantifier such as '*+'",
}


def _literal(number: int, flags: int) -> str:  # noqa: ARG001 -- the shape of every writer
    return _character(number, _SYNTAX)


def _not_literal(number: int, flags: int) -> str:  # noqa: ARG001 -- the shape of every writer
    return f"[^{_character(number, _CLASS_SYNTAX)}]"


def _character(number: int, syntax: frozenset[str]) -> str:
    one = chr(number)
    if one in syntax:
        return f"\\{one}"
    if one.isprintable() or number > 0xFFFF:  # noqa: PLR2004 -- what four digits can say
        return one
    return f"\\u{number:04x}"


def _class(items: list[tuple[Any, Any]], flags: int) -> str:  # noqa: ARG001 -- the shape of every writer
    negated = str(items[0][0]) == "NEGATE"
    members = items[negated:]
    kinds = {str(value) for kind, value in members if str(kind) == "CATEGORY"}
    if kinds >= {"CATEGORY_SPACE", "CATEGORY_NOT_SPACE"}:
        text = r"\s\S"
    elif kinds == {"CATEGORY_NOT_SPACE"} and len(members) == 1:
        negated, text = not negated, _SPACES
    else:
        text = "".join(_member(str(kind), value) for kind, value in members)
    if text in _ALONE and not negated:
        return text
    return f"[{'^' if negated else ''}{text}]"


def _member(kind: str, value: Any) -> str:
    if kind == "RANGE":
        low, high = (_character(number, _CLASS_SYNTAX) for number in value)
        return f"{low}-{high}"
    if kind == "LITERAL":
        return _character(value, _CLASS_SYNTAX)
    return _CATEGORIES.get(str(value), _NO_SPACES)


def _branch(value: tuple[Any, list[Any]], flags: int) -> str:
    return f"(?:{'|'.join(_sequence(items, flags) for items in value[1])})"


def _subpattern(value: tuple[Any, int, int, Any], flags: int) -> str:
    _, added, removed, items = value
    inner = (flags | added) & ~removed
    _check_flags(inner)
    return _group(items, inner)


def _repeat(value: tuple[int, Any, Any], flags: int) -> str:
    low, high, items = value
    known = {(0, UNBOUNDED): "*", (1, UNBOUNDED): "+", (0, 1): "?"}
    most = "" if high == UNBOUNDED else high
    count = known.get((low, high), f"{{{low}}}" if low == high else f"{{{low},{most}}}")
    return f"{_group(items, flags)}{count}"


def _lazy_repeat(value: tuple[int, Any, Any], flags: int) -> str:
    return f"{_repeat(value, flags)}?"


def _look(value: tuple[int, Any], flags: int) -> str:
    return f"(?{'<' if value[0] < 0 else ''}={_sequence(value[1], flags)})"


def _look_not(value: tuple[int, Any], flags: int) -> str:
    return f"(?{'<' if value[0] < 0 else ''}!{_sequence(value[1], flags)})"


_WRITERS: dict[str, Callable[[Any, int], str]] = {
    "ASSERT": _look,
    "ASSERT_NOT": _look_not,
    "BRANCH": _branch,
    "IN": _class,
    "LITERAL": _literal,
    "MAX_REPEAT": _repeat,
    "MIN_REPEAT": _lazy_repeat,
    "NOT_LITERAL": _not_literal,
    "SUBPATTERN": _subpattern,
}
