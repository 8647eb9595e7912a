"""Functions of lists. Those that summarise leave None out, as aggregates do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from etlkit.expressions.bounds import check_length
from etlkit.expressions.registry import (
    ANY,
    BOOL,
    LIST,
    NUMBER,
    TEXT,
    WHOLE,
    Example,
    function,
    option,
)


def _values(items: Any) -> list[Any]:
    return [item for item in items if item is not None]


@function(
    "list.length",
    LIST,
    WHOLE,
    Example("F.tags.list.length()", {"tags": ["a", "b"]}, 2),
    inline="len({0})",
)
def length(items: Any, /) -> int:
    """The number of items."""
    return len(items)


@function(
    "list.contains",
    (LIST, ANY),
    BOOL,
    Example("F.tags.list.contains('vip')", {"tags": ["new", "vip"]}, True),
    inline="{1} in {0}",
)
def contains(items: Any, item: Any, /) -> bool:
    """Whether one of the items equals a value."""
    return item in items


def _check_place(options: Mapping[str, Any]) -> None:
    option("place", options.get("place"), int, "a whole number")


@function(
    "list.get",
    LIST,
    ANY,
    Example("F.tags.list.get(0)", {"tags": ["a", "b"]}, "a"),
    Example("F.tags.list.get(5)", {"tags": ["a", "b"]}, None),
    check=_check_place,
    optional=True,
    inline="{0}[{place}] if -len({0}) <= {place} < len({0}) else None",
)
def get(items: Any, /, place: int) -> Any:
    """The item at a place, from 0, or from -1 for the last; None where there is none."""
    return items[place] if -len(items) <= place < len(items) else None


@function(
    "list.first",
    LIST,
    ANY,
    Example("F.tags.list.first()", {"tags": ["a", "b"]}, "a"),
    inline="{0}[0] if {0} else None",
    optional=True,
)
def first(items: Any, /) -> Any:
    """The first item; None where there is none."""
    return items[0] if items else None


@function(
    "list.last",
    LIST,
    ANY,
    Example("F.tags.list.last()", {"tags": ["a", "b"]}, "b"),
    inline="{0}[-1] if {0} else None",
    optional=True,
)
def last(items: Any, /) -> Any:
    """The last item; None where there is none."""
    return items[-1] if items else None


def _check_slice(options: Mapping[str, Any]) -> None:
    for name in ("start", "stop"):
        if options[name] is not None:
            option(name, options[name], int, "a whole number")


@function(
    "list.slice",
    LIST,
    LIST,
    Example("F.tags.list.slice(0, 2)", {"tags": ["a", "b", "c"]}, ["a", "b"]),
    inline="{0}[{start}:{stop}]",
    check=_check_slice,
)
def sliced(items: Any, /, start: int = 0, stop: int | None = None) -> list[Any]:
    """The items from ``start`` up to ``stop``, counted as Python does."""
    return list(items[start:stop])


@function(
    "list.join",
    (LIST, TEXT),
    TEXT,
    Example("F.tags.list.join(', ')", {"tags": ["a", None, "b"]}, "a, b"),
)
def join(items: Any, separator: Any, /) -> str:
    """The texts of the list as one text; None among them is left out."""
    texts = _values(items)
    check_length(sum(map(len, texts)) + len(separator) * len(texts))
    return str(separator).join(texts)


@function("list.sum", LIST, NUMBER, Example("F.n.list.sum()", {"n": [1, None, 2]}, 3))
def total(items: Any, /) -> Any:
    """The sum of the numbers; 0 for none."""
    return sum(_values(items))


@function(
    "list.mean", LIST, NUMBER, Example("F.n.list.mean()", {"n": [1, None, 2]}, 1.5), optional=True
)
def mean(items: Any, /) -> Any:
    """The mean of the numbers; None for none."""
    values = _values(items)
    return sum(values) / len(values) if values else None


@function("list.min", LIST, ANY, Example("F.n.list.min()", {"n": [3, None, 2]}, 2), optional=True)
def least(items: Any, /) -> Any:
    """The least item; None for none."""
    return min(_values(items), default=None)


@function("list.max", LIST, ANY, Example("F.n.list.max()", {"n": [3, None, 2]}, 3), optional=True)
def greatest(items: Any, /) -> Any:
    """The greatest item; None for none."""
    return max(_values(items), default=None)


def _check_descending(options: Mapping[str, Any]) -> None:
    option("descending", options["descending"], bool, "True or False")


@function(
    "list.sort",
    LIST,
    LIST,
    Example("F.n.list.sort()", {"n": [3, None, 1]}, [1, 3, None]),
    Example("F.n.list.sort(descending=True)", {"n": [3, None, 1]}, [3, 1, None]),
    check=_check_descending,
)
def ordered(items: Any, /, *, descending: bool = False) -> list[Any]:
    """The items in order, None behind the others."""
    values = sorted(_values(items), reverse=descending)
    return [*values, *[None] * (len(items) - len(values))]


@function(
    "list.unique",
    LIST,
    LIST,
    Example("F.n.list.unique()", {"n": [2, 1, 2]}, [2, 1]),
    inline="[*dict.fromkeys({0})]",
)
def unique(items: Any, /) -> list[Any]:
    """The items without those that equal one before them."""
    return list(dict.fromkeys(items))


@function(
    "list.reverse",
    LIST,
    LIST,
    Example("F.n.list.reverse()", {"n": [1, 2]}, [2, 1]),
    inline="{0}[::-1]",
)
def reverse(items: Any, /) -> list[Any]:
    """The items in the opposite order."""
    return list(reversed(items))


@function(
    "list.drop_nulls",
    LIST,
    LIST,
    Example("F.n.list.drop_nulls()", {"n": [1, None]}, [1]),
    inline="[one for one in {0} if one is not None]",
)
def drop_nulls(items: Any, /) -> list[Any]:
    """The items that are not None."""
    return _values(items)
