"""Phrases that messages of several rooms share."""

from __future__ import annotations

import difflib

from collections.abc import Iterable, Mapping
from itertools import islice
from types import MappingProxyType
from typing import Any

from etlkit.errors import ConfigurationError


SHOWN_CHARACTERS = 80
"""Characters of a value that a message shows."""


SAID_CHARACTERS = 2000
"""Characters of what an exception says that a message shows."""

MOST_NAMES = 1000
"""Names among which a near one is looked for."""

_NONE: Mapping[str, str] = MappingProxyType({})


def flag(name: str, given: object) -> bool:
    """An argument that is True or False.

    Raises:
        ConfigurationError: It is something else.
    """
    if isinstance(given, bool):
        return given
    message = f"{name} is True or False, got {shown(given)}"
    raise ConfigurationError(message)


def did_you_mean(name: str, known: Iterable[str], elsewhere: Mapping[str, str] = _NONE) -> str:
    """The end of a message: ``; did you mean 'x'?``, or nothing when no name is near.

    Args:
        name: What was written.
        known: The names that there are.
        elsewhere: What other tools call some of them, such as ``{"sep": "delimiter"}``.
    """
    near = nearest(name, known, elsewhere)
    return "" if near is None else f"; did you mean {near!r}?"


def nearest(
    name: str,
    known: Iterable[str],
    elsewhere: Mapping[str, str] = _NONE,
    *,
    likeness: float = 0.6,
) -> str | None:
    """The name that was probably meant: of the same letters, or else a near one.

    Args:
        name: What was written.
        known: The names that there are.
        elsewhere: What other tools call some of them.
        likeness: How near is near: 1 is the same name, 0 any other one.
    """
    if len(name) > SHOWN_CHARACTERS:  # by mistake a value, and no name is that long
        return None
    names = list(islice(known, MOST_NAMES))
    lower = name.lower()
    meant = [each for each in names if each.lower() == lower or each == elsewhere.get(lower)]
    return next(iter(meant or difflib.get_close_matches(name, names, n=1, cutoff=likeness)), None)


def missing_field(name: str, record: Mapping[Any, object]) -> str:
    """What to say of a field that a record does not have."""
    known = [key for key in record if isinstance(key, str)]
    return f"the record has no field {name!r}{did_you_mean(name, known)}"


def missing_in(error: Exception, record: Mapping[Any, object]) -> str | None:
    """Words for an error that may be about a field of a record, or about something else."""
    if isinstance(error, AttributeError) and error.name in record and isinstance(error.obj, dict):
        return f"{named(error)}; a record is a dict: record[{error.name!r}]"
    key = error.args[0] if isinstance(error, KeyError) and error.args else None
    if not isinstance(key, str) or key in record:
        return None
    return f"{named(error)}; the record has no such field{did_you_mean(key, record)}"


def shown(value: object, *, sensitive: bool = False) -> str:
    """A value as messages show it; a sensitive one is not shown."""
    if sensitive:
        return "***"
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001 -- a message is due whatever the value is like
        return f"<{type(value).__name__}>"
    if "\n" in text:  # as the reprs of tables and arrays have
        text = " ".join(text.split())
    if len(text) <= SHOWN_CHARACTERS:
        return text
    return f"{text[:SHOWN_CHARACTERS]}… ({len(text)} characters)"


def named(error: BaseException, *, withheld: bool = False) -> str:
    """An exception in words: its type, and what it says, unless that may hold what is sensitive."""
    if withheld:
        return f"{type(error).__name__} (its message is withheld: there are sensitive fields)"
    words = said(error)
    return f"{type(error).__name__}: {words}" if words else type(error).__name__


def said(error: BaseException) -> str:
    """What an exception says, or the beginning of it."""
    try:
        words = str(error)
    except Exception:  # noqa: BLE001 -- a message is due whatever the exception is like
        return ""
    if len(words) <= SAID_CHARACTERS:
        return words
    return f"{words[:SAID_CHARACTERS]}… ({len(words)} characters)"
