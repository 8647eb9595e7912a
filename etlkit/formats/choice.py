"""Which format a file has: by its suffix, or as the caller says."""

from __future__ import annotations

import inspect

from typing import TYPE_CHECKING

from etlkit._words import did_you_mean
from etlkit.errors import ConfigurationError
from etlkit.formats.compression import split_suffix
from etlkit.formats.csv import Csv, Tsv
from etlkit.formats.format import Format
from etlkit.formats.json import Json
from etlkit.formats.jsonl import JsonLines


if TYPE_CHECKING:
    from collections.abc import Mapping

FORMATS: tuple[type[Format], ...] = (JsonLines, Json, Csv, Tsv)


def format_named(name: str) -> type[Format]:
    """The format that users call by this name.

    Raises:
        ConfigurationError: There is none; the message lists those there are.
    """
    names = {each.name: each for each in FORMATS}
    if name not in names:
        known = ", ".join(repr(each) for each in names)
        message = f"unknown format {name!r}{did_you_mean(name, names)}; the formats are {known}"
        raise ConfigurationError(message)
    return names[name]


def format_of(path: str) -> type[Format] | None:
    """The format that the suffix of a path means, or None."""
    plain, _ = split_suffix(path)
    for each in FORMATS:
        if plain.lower().endswith(each.suffixes):
            return each
    return None


def make_format(kind: type[Format], options: Mapping[str, object]) -> Format:
    """A format with the options of the caller.

    Raises:
        ConfigurationError: The format has no such option.
    """
    known = _options_of(kind)
    for name in options:
        if name not in known:
            hint = did_you_mean(name, known)
            valid = ", ".join(sorted(known)) or "none"
            message = f"format {kind.name!r} has no option {name!r}{hint}; its options are: {valid}"
            raise ConfigurationError(message)
    return kind(**options)


def check_options(options: Mapping[str, object]) -> None:
    """Look whether each option belongs to some format, which takes its value.

    Raises:
        ConfigurationError: No format has such an option, or its value is not allowed.
    """
    for name, value in options.items():
        knowing = [kind for kind in FORMATS if name in _options_of(kind)]
        for kind in knowing or FORMATS[:1]:
            make_format(kind, {name: value})


def _options_of(kind: type[Format]) -> list[str]:
    return list(inspect.signature(kind).parameters)
