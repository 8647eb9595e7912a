"""Functions that make one value of several."""

from __future__ import annotations

from typing import Any

from etlkit.expressions.registry import ANY, LIST, TEXT, Example, function


def _check_separator(options: dict[str, Any]) -> dict[str, Any]:
    separator = options.get("separator", "")
    if not isinstance(separator, str):
        message = f"separator is a text, got {separator!r}"
        raise ValueError(message)  # noqa: TRY004 -- a mistaken option, whatever is wrong with it
    return options


@function(
    "concat",
    TEXT,
    TEXT,
    Example("concat(F.first, ' ', F.last)", {"first": "Ada", "last": "King"}, "Ada King"),
    Example("concat(F.a, F.b, separator='-')", {"a": "x", "b": "y"}, "x-y"),
    Example("concat(F.a, F.b)", {"a": "x", "b": None}, None),
    check=_check_separator,
)
def concat(text: str, /, *texts: str, separator: str = "") -> str:
    """The texts joined to one."""
    return separator.join((text, *texts))


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
