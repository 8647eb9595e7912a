"""Values of keywords, each checked for being what the keyword takes."""

from __future__ import annotations

from typing import Any

from etlkit._words import did_you_mean, shown
from etlkit.validation.json_schema.keywords import TYPES
from etlkit.validation.json_schema.said import Keywords, Said


__all__ = ["claim", "count", "enumerated", "names", "number", "text", "type_names"]


def claim(said: Said) -> bool:
    """True or false."""
    if not isinstance(said.value, bool):
        said.refuse(f"true or false is expected, got {shown(said.value)}")
    return said.value


def number(said: Said) -> int | float:
    """A number."""
    if isinstance(said.value, bool) or not isinstance(said.value, (int, float)):
        said.refuse(f"a number is expected, got {shown(said.value)}")
    return said.value


def count(said: Said) -> int:
    """A whole number that is not below 0; JSON may write it as 2.0."""
    value = number(said)
    if value < 0 or (isinstance(value, float) and not value.is_integer()):
        said.refuse(f"a whole number of at least 0 is expected, got {shown(said.value)}")
    return int(value)


def text(said: Said) -> str:
    """A text."""
    if not isinstance(said.value, str):
        said.refuse(f"a text is expected, got {shown(said.value)}")
    return said.value


def names(said: Said) -> list[str]:
    """A list of names, each once."""
    value = said.value
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        said.refuse(f"a list of names is expected, got {shown(value)}")
    return list(dict.fromkeys(value))


def type_names(keywords: Keywords) -> list[str] | None:
    """The types that a level names, null among them; None where it names none."""
    if "type" not in keywords:
        return None
    said = keywords["type"]
    given = [said.value] if isinstance(said.value, str) else names(said)
    for name in given:
        if name != "null" and name not in TYPES:
            known = ", ".join(sorted([*TYPES, "null"]))
            hint = did_you_mean(name, TYPES)
            said.refuse(f"unknown type {name!r}{hint}; the types are {known}")
    if not given:
        said.refuse("an empty list of types lets nothing pass")
    return given


def enumerated(keywords: Keywords) -> list[Any] | None:
    """The values that a level lists, by ``enum``, ``const`` or both; None where it lists none."""
    if "enum" not in keywords:
        return [_plain(keywords["const"])] if "const" in keywords else None
    said = keywords["enum"]
    if not isinstance(said.value, list) or not said.value:
        said.refuse(f"a list of values is expected, got {shown(said.value)}")
    listed = [_plain(said.below(index)) for index in range(len(said.value))]
    if "const" not in keywords:
        return listed
    const = _plain(keywords["const"])
    return [
        one for one in listed if one == const and isinstance(one, bool) == isinstance(const, bool)
    ]


def _plain(said: Said) -> Any:
    """A value that is no array or object."""
    if isinstance(said.value, (list, dict)):
        said.refuse("arrays and objects cannot be among the values that are allowed")
    return said.value
