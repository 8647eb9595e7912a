"""Functions of texts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from etlkit.expressions.bounds import LONGEST_CONSTANT, MOST_CHARACTERS, check_length
from etlkit.expressions.registry import (
    BOOL,
    LIST,
    TEXT,
    WHOLE,
    Example,
    function,
    option,
)


WIDEST = 1_000_000
"""To which a text is padded at most."""


@function(
    "str.upper",
    TEXT,
    TEXT,
    Example("F.state.str.upper()", {"state": "ca"}, "CA"),
    inline="{0}.upper()",
)
def upper(text: str, /) -> str:
    """The text in capital letters."""
    return text.upper()


@function(
    "str.lower",
    TEXT,
    TEXT,
    Example("F.email.str.lower()", {"email": "Ann@Example.org"}, "ann@example.org"),
    inline="{0}.lower()",
)
def lower(text: str, /) -> str:
    """The text in small letters."""
    return text.lower()


@function(
    "str.casefold",
    TEXT,
    TEXT,
    Example("F.street.str.casefold()", {"street": "Hauptstraße"}, "hauptstrasse"),
    inline="{0}.casefold()",
)
def casefold(text: str, /) -> str:
    """The text in the form in which texts that differ by capital letters only are equal."""
    return text.casefold()


@function(
    "str.title",
    TEXT,
    TEXT,
    Example("F.city.str.title()", {"city": "new york"}, "New York"),
    inline="{0}.title()",
)
def title(text: str, /) -> str:
    """The text with a capital letter at the beginning of each word."""
    return text.title()


def _check_characters(options: Mapping[str, Any]) -> None:
    if options["characters"] is not None:
        option("characters", options["characters"], str, "a text")


@function(
    "str.strip",
    TEXT,
    TEXT,
    Example("F.name.str.strip()", {"name": "  Ann\t"}, "Ann"),
    Example("F.name.str.strip('*')", {"name": "*Ann*"}, "Ann"),
    inline="{0}.strip({characters})",
    check=_check_characters,
)
def strip(text: str, /, characters: str | None = None) -> str:
    """The text without white space at both ends, or without these characters."""
    return text.strip(characters)


@function(
    "str.lstrip",
    TEXT,
    TEXT,
    Example("F.code.str.lstrip('0')", {"code": "007"}, "7"),
    inline="{0}.lstrip({characters})",
    check=_check_characters,
)
def lstrip(text: str, /, characters: str | None = None) -> str:
    """The text without white space at its beginning, or without these characters."""
    return text.lstrip(characters)


@function(
    "str.rstrip",
    TEXT,
    TEXT,
    Example("F.line.str.rstrip()", {"line": "a \n"}, "a"),
    inline="{0}.rstrip({characters})",
    check=_check_characters,
)
def rstrip(text: str, /, characters: str | None = None) -> str:
    """The text without white space at its end, or without these characters."""
    return text.rstrip(characters)


@function(
    "str.squeeze",
    TEXT,
    TEXT,
    Example("F.name.str.squeeze()", {"name": " Ada \n King "}, "Ada King"),
    inline="' '.join({0}.split())",
)
def squeeze(text: str, /) -> str:
    """The text with one space for each run of white space, and none at the ends."""
    return " ".join(text.split())


@function(
    "str.remove_prefix",
    (TEXT, TEXT),
    TEXT,
    Example("F.id.str.remove_prefix('cust-')", {"id": "cust-17"}, "17"),
    inline="{0}.removeprefix({1})",
)
def remove_prefix(text: str, prefix: Any, /) -> str:
    """The text without a beginning, where it has it."""
    return text.removeprefix(prefix)


@function(
    "str.remove_suffix",
    (TEXT, TEXT),
    TEXT,
    Example("F.file.str.remove_suffix('.csv')", {"file": "a.csv"}, "a"),
    inline="{0}.removesuffix({1})",
)
def remove_suffix(text: str, suffix: Any, /) -> str:
    """The text without an ending, where it has it."""
    return text.removesuffix(suffix)


@function(
    "str.length",
    TEXT,
    WHOLE,
    Example("F.name.str.length()", {"name": "Ada"}, 3),
    inline="len({0})",
)
def length(text: str, /) -> int:
    """The number of characters, which are code points."""
    return len(text)


@function(
    "str.contains",
    (TEXT, TEXT),
    BOOL,
    Example("F.email.str.contains('@')", {"email": "a@b.example"}, True),
    inline="{1} in {0}",
)
def contains(text: str, part: Any, /) -> bool:
    """Whether the text has a part; the part is no pattern."""
    return part in text


@function(
    "str.starts_with",
    (TEXT, TEXT),
    BOOL,
    Example("F.phone.str.starts_with('+1')", {"phone": "+1 555"}, True),
    inline="{0}.startswith({1})",
)
def starts_with(text: str, start: Any, /) -> bool:
    """Whether the text begins so."""
    return text.startswith(start)


@function(
    "str.ends_with",
    (TEXT, TEXT),
    BOOL,
    Example("F.file.str.ends_with('.csv')", {"file": "a.csv"}, True),
    inline="{0}.endswith({1})",
)
def ends_with(text: str, end: Any, /) -> bool:
    """Whether the text ends so."""
    return text.endswith(end)


@function(
    "str.count",
    (TEXT, TEXT),
    WHOLE,
    Example("F.path.str.count('/')", {"path": "a/b/c"}, 2),
    inline="{0}.count({1})",
)
def count(text: str, part: Any, /) -> int:
    """How often the text has a part, not counting those that overlap."""
    return text.count(part)


def _replaced(text: str, old: str, new: str) -> str:
    if len(new) > len(old):
        check_length(len(text) + text.count(old) * (len(new) - len(old)))
    return text.replace(old, new)


@function(
    "str.replace",
    (TEXT, TEXT, TEXT),
    TEXT,
    Example("F.amount.str.replace(',', '')", {"amount": "1,234,567"}, "1234567"),
    # a constant is not so long that many times as much of a short text would be too much
    inline="{0}.replace({1}, {2}) if len({0}) < {short} else {checked}({0}, {1}, {2})",
    uses={"short": MOST_CHARACTERS // LONGEST_CONSTANT - 2, "checked": _replaced},
)
def replace(text: str, old: Any, new: Any, /) -> str:
    """The text with every ``old`` part replaced by the ``new`` one; it is no pattern."""
    return _replaced(text, old, new)


def _check_slice(options: Mapping[str, Any]) -> None:
    for name in ("start", "stop"):
        if options[name] is not None:
            option(name, options[name], int, "a whole number")


@function(
    "str.slice",
    TEXT,
    TEXT,
    Example("F.zip.str.slice(0, 5)", {"zip": "94103-1234"}, "94103"),
    Example("F.zip.str.slice(-4)", {"zip": "94103-1234"}, "1234"),
    check=_check_slice,
    inline="{0}[{start}:{stop}]",
)
def sliced(text: str, /, start: int = 0, stop: int | None = None) -> str:
    """The characters from ``start`` up to ``stop``, counted as Python does."""
    return text[start:stop]


@function(
    "str.split",
    (TEXT, TEXT),
    LIST,
    Example("F.tags.str.split(',')", {"tags": "a,b"}, ["a", "b"]),
    inline="{0}.split({1})",
)
def split(text: str, separator: Any, /) -> list[str]:
    """The parts between the separators."""
    return text.split(separator)


@function(
    "str.before",
    (TEXT, TEXT),
    TEXT,
    Example("F.email.str.before('@')", {"email": "ann@b.example"}, "ann"),
    Example("F.email.str.before('@')", {"email": "ann"}, None),
    optional=True,
)
def before(text: str, separator: Any, /) -> str | None:
    """What stands before the first separator; None where there is none."""
    start, found, _ = text.partition(separator)
    return start if found else None


@function(
    "str.after",
    (TEXT, TEXT),
    TEXT,
    Example("F.email.str.after('@')", {"email": "ann@b.example"}, "b.example"),
    Example("F.email.str.after('@')", {"email": "ann"}, None),
    optional=True,
)
def after(text: str, separator: Any, /) -> str | None:
    """What stands after the first separator; None where there is none."""
    _, found, rest = text.partition(separator)
    return rest if found else None


def _check_width(options: Mapping[str, Any]) -> None:
    option("width", options["width"], int, "a whole number")
    option("fill", options["fill"], str, "a text")
    if len(options["fill"]) != 1:
        message = f"fill is one character, got {options['fill']!r}"
        raise ValueError(message)
    if not 0 <= options["width"] <= WIDEST:
        message = f"width is between 0 and {WIDEST}, got {options['width']}"
        raise ValueError(message)


@function(
    "str.pad_start",
    TEXT,
    TEXT,
    Example("F.zip.str.pad_start(5, '0')", {"zip": "501"}, "00501"),
    inline="{0}.rjust({width}, {fill})",
    check=_check_width,
)
def pad_start(text: str, /, width: int = 0, fill: str = " ") -> str:
    """The text with so many characters at least, filled up at its beginning."""
    return text.rjust(width, fill)


@function(
    "str.pad_end",
    TEXT,
    TEXT,
    Example("F.code.str.pad_end(4, '.')", {"code": "ab"}, "ab.."),
    inline="{0}.ljust({width}, {fill})",
    check=_check_width,
)
def pad_end(text: str, /, width: int = 0, fill: str = " ") -> str:
    """The text with so many characters at least, filled up at its end."""
    return text.ljust(width, fill)


@function(
    "str.reverse",
    TEXT,
    TEXT,
    Example("F.code.str.reverse()", {"code": "abc"}, "cba"),
    inline="{0}[::-1]",
)
def reverse(text: str, /) -> str:
    """The characters in the opposite order."""
    return text[::-1]
