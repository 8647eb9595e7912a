"""Functions of nested objects, which are dicts."""

from __future__ import annotations

from typing import Any

from etlkit.expressions.registry import ANY, BOOL, DICT, LIST, TEXT, WHOLE, Example, function


@function(
    "dict.get",
    (DICT, TEXT),
    ANY,
    Example("F.address.dict.get('zip')", {"address": {"zip": "94103"}}, "94103"),
    Example("F.address.dict.get('zip')", {"address": {}}, None),
    optional=True,
    inline="{0}.get({1})",
)
def get(held: Any, key: Any, /) -> Any:
    """The value under a name; None where there is none."""
    return held.get(key)


@function(
    "dict.has",
    (DICT, TEXT),
    BOOL,
    Example("F.address.dict.has('zip')", {"address": {"zip": None}}, True),
    inline="{1} in {0}",
)
def has(held: Any, key: Any, /) -> bool:
    """Whether there is a value under a name, if only None."""
    return key in held


@function(
    "dict.keys",
    DICT,
    LIST,
    Example("F.labels.dict.keys()", {"labels": {"a": 1}}, ["a"]),
    inline="[*{0}]",
)
def keys(held: Any, /) -> list[Any]:
    """The names, in order."""
    return list(held)


@function(
    "dict.values",
    DICT,
    LIST,
    Example("F.labels.dict.values()", {"labels": {"a": 1}}, [1]),
    inline="[*{0}.values()]",
)
def values(held: Any, /) -> list[Any]:
    """The values, in order."""
    return list(held.values())


@function(
    "dict.length",
    DICT,
    WHOLE,
    Example("F.labels.dict.length()", {"labels": {"a": 1}}, 1),
    inline="len({0})",
)
def length(held: Any, /) -> int:
    """The number of names."""
    return len(held)
