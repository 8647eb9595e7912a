"""Rules that no keyword says, as annotations that begin with ``x-etlkit-``.

What other readers of a document do not know, they take for an annotation, so it never
makes them refuse a record that the rules let pass. The name is that of the rule. Values
that JSON does not have are objects with one key, ``{"date": "2024-01-31"}``.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from math import isfinite
from typing import Any
from uuid import UUID

from etlkit._words import did_you_mean, shown
from etlkit.schema import PARSERS
from etlkit.validation.json_schema.keywords import PREFIX
from etlkit.validation.json_schema.said import Keywords, Said


__all__ = ["TEXTUAL", "encoded", "extra_rules", "record_extras"]

TEXTUAL: dict[type, str] = {
    date: "date",
    datetime: "datetime",
    Decimal: "decimal",
    time: "time",
    UUID: "uuid",
}
"""The types of Python that become texts in JSON, with their names."""

_ENCODED = {"allowed", "exclusive_max", "exclusive_min", "max", "min"}
_AS_THEY_ARE = {
    "coerce",
    "format",
    "max_length",
    "min_length",
    "nullable",
    "pattern",
    "required",
    "sensitive",
    "severity",
    "type",
    "unique",
}
_OF_FIELDS = {*_ENCODED, *_AS_THEY_ARE, "check", "rules"}
_OF_RECORDS = {"checks", "unique_together", "unknown"}


def encoded(value: Any) -> Any:
    """A value, or a list of them, as JSON can hold it.

    Raises:
        ValueError: It is of a type that has no text.
    """
    if type(value) is list:
        return [encoded(one) for one in value]
    if isinstance(value, float) and not isfinite(value):
        return {"float": str(value)}
    if type(value) in TEXTUAL:
        return {TEXTUAL[type(value)]: str(value)}  # of dates and times it is their ISO 8601
    if value is None or type(value) in {bool, float, int, str}:
        return value
    message = f"{shown(value)}, which is of type {type(value).__name__}"
    raise ValueError(message)


def decoded(said: Said) -> Any:
    """The value, or the list of values, that ``encoded`` wrote."""
    value = said.value
    if isinstance(value, list):
        return [decoded(said.below(index)) for index in range(len(value))]
    if not isinstance(value, dict):
        return value
    name, text = next(iter(value.items())) if len(value) == 1 else (None, None)
    if not isinstance(name, str) or not isinstance(text, str) or name not in _READERS:
        said.refuse(f"a value such as {{'date': '2024-01-31'}} is expected, got {shown(value)}")
    try:
        return _READERS[name](text)
    except ValueError as error:
        said.refuse(f"{shown(value)}: {error}")


_READERS: dict[str, Callable[[str], Any]] = {
    **{name: PARSERS[kind] for kind, name in TEXTUAL.items()},
    "float": float,
}


def _extras(keywords: Keywords) -> dict[str, Said]:
    """What annotations say, by the rule or option that each is about."""
    found = {
        keyword.removeprefix(PREFIX): said
        for keyword, said in keywords.items()
        if keyword.startswith(PREFIX)
    }
    for name, said in found.items():
        _check_known(name, said)
    return found


def extra_rules(keywords: Keywords) -> dict[str, Any]:
    """The rules of a field that annotations say; they count more than keywords.

    Raises:
        SchemaError: One is a function, which no document holds, or is unknown.
    """
    rules = {}
    for rule, said in _extras(keywords).items():
        if rule in _ENCODED:
            rules[rule] = decoded(said)
        elif rule in _AS_THEY_ARE:
            rules[rule] = said.value
    return rules


def record_extras(keywords: Keywords) -> dict[str, Any]:
    """What annotations say of a whole record.

    Raises:
        SchemaError: One is a function, which no document holds, or is unknown.
    """
    options = {}
    for option, said in _extras(keywords).items():
        if option in _OF_RECORDS:
            options["unique" if option == "unique_together" else option] = said.value
    return options


def _check_known(name: str, said: Said) -> None:
    known = _OF_FIELDS | _OF_RECORDS
    if name in {"check", "checks"}:
        said.refuse(
            f"{shown(said.value)} is a function, which a document cannot hold; "
            "remove the annotation, and give the check to the validator"
        )
    if name not in known:
        said.refuse(f"unknown annotation {PREFIX + name!r}{did_you_mean(name, known)}")
