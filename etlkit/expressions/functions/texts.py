"""Functions of texts."""

from __future__ import annotations

from etlkit.expressions.registry import TEXT, Example, function


@function(
    "str.upper",
    TEXT,
    TEXT,
    Example("F.state.str.upper()", {"state": "ca"}, "CA"),
    template="{upper}({0})",
    uses={"upper": str.upper},
)
def upper(text: str, /) -> str:
    """The text in capital letters."""
    return text.upper()


@function(
    "str.lower",
    TEXT,
    TEXT,
    Example("F.email.str.lower()", {"email": "Ann@Example.org"}, "ann@example.org"),
    template="{lower}({0})",
    uses={"lower": str.lower},
)
def lower(text: str, /) -> str:
    """The text in small letters."""
    return text.lower()
