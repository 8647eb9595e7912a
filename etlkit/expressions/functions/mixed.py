"""Functions of any kind of value, and those that make one value of several."""

from __future__ import annotations

import math

from collections.abc import Mapping
from typing import Any

from etlkit.expressions.bounds import check_length
from etlkit.expressions.registry import (
    ANY,
    BOOL,
    LIST,
    NUMBER,
    TEXT,
    Example,
    function,
    option,
)


def _check_separator(options: Mapping[str, Any]) -> None:
    option("separator", options["separator"], str, "a text")


@function(
    "concat",
    TEXT,
    TEXT,
    Example("concat(F.first, ' ', F.last)", {"first": "Ada", "last": "King"}, "Ada King"),
    Example("concat(F.a, F.b, separator='-')", {"a": "x", "b": "y"}, "x-y"),
    Example("concat(F.a, F.b)", {"a": "x", "b": None}, None),
    check=_check_separator,
)
def concat(*texts: Any, separator: str = "") -> str:
    """The texts joined to one."""
    if len(texts) > _FEW:
        check_length(sum(map(len, texts)) + len(separator) * len(texts))
    joined = separator.join(texts)
    check_length(len(joined))
    return joined


_FEW = 16


@function(
    "list_of",
    ANY,
    LIST,
    Example("list_of(F.a, F.b)", {"a": 1, "b": None}, [1, None]),
    nulls="handle",
)
def list_of(*values: Any) -> list[Any]:
    """A list of the values."""
    return list(values)


@function(
    "least",
    ANY,
    ANY,
    Example("least(F.a, F.b, 10)", {"a": 12, "b": 11}, 10),
    Example("least(F.a, F.b)", {"a": 12, "b": None}, None),
)
def least(*values: Any) -> Any:
    """The least of the values."""
    return min(values)


@function(
    "greatest",
    ANY,
    ANY,
    Example("greatest(F.a, F.b)", {"a": 12, "b": 11}, 12),
)
def greatest(*values: Any) -> Any:
    """The greatest of the values."""
    return max(values)


@function(
    "null_if",
    (ANY, ANY),
    ANY,
    Example("F.phone.null_if('n/a')", {"phone": "n/a"}, None),
    Example("F.phone.null_if('n/a')", {"phone": "555"}, "555"),
    nulls="handle",
    template="None if {0} == {1} else {0}",
)
def null_if(value: Any, other: Any, /) -> Any:
    """The value, or None where it equals the other one."""
    return None if value == other else value


@function(
    "eq_missing",
    (ANY, ANY),
    BOOL,
    Example("F.a.eq_missing(F.b)", {"a": None, "b": None}, True),
    Example("F.a.eq_missing(F.b)", {"a": 1, "b": None}, False),
    nulls="handle",
)
def eq_missing(value: Any, other: Any, /) -> bool:
    """Whether the two are equal, where None equals None."""
    return bool(value == other)


@function(
    "is_nan",
    NUMBER,
    BOOL,
    Example("F.x.is_nan()", {"x": 1.5}, False),
    template="{isnan}({0})",
    uses={"isnan": math.isnan},
)
def is_nan(number: Any, /) -> bool:
    """Whether the number is NaN, which records made in Python may hold."""
    return math.isnan(number)
