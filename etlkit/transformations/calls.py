"""Steps that are made with arguments they do not take: what is said, with the user's line."""

from __future__ import annotations

import re

from collections.abc import Callable, Mapping
from functools import wraps
from inspect import Parameter, Signature, signature
from typing import Any

from etlkit._words import did_you_mean
from etlkit.errors import ConfigurationError
from etlkit.expressions.places import place


ELSEWHERE: Mapping[str, tuple[str, ...]] = {
    "ascending": ("descending",),
    "columns": ("by", "fields"),
    "condition": ("predicate",),
    "cols": ("by", "fields"),
    "default_value": ("default",),
    "errors": ("strict", "missing"),
    "fn": ("func",),
    "format": ("formats",),
    "function": ("func",),
    "group_by": ("by",),
    "groupby": ("by",),
    "keep": ("keep_last",),
    "key": ("by", "on"),
    "keys": ("by", "on"),
    "left_on": ("on",),
    "otherwise": ("unmatched", "default"),
    "reverse": ("descending",),
    "reversed": ("descending",),
    "right": ("other",),
    "right_on": ("on",),
    "secret": ("key",),
    "subset": ("by",),
    "suffixes": ("suffix",),
    "using": ("on",),
    "where": ("predicate",),
}
"""What pandas, Polars and SQL call arguments that have another name here."""


def fitting(init: Callable[..., None]) -> Callable[..., None]:
    """The ``__init__`` of a step, with words of its own for arguments that do not fit."""

    @wraps(init)
    def checked(self: Any, /, *given: Any, **named: Any) -> None:
        try:
            init(self, *given, **named)
        except TypeError as error:
            problem = _misfit(signature(init), (self, *given), named)
            if problem is None:  # raised by what the step does with its arguments
                raise
            kind = type(self)
            message = f"{kind.__name__}{problem}{kind._usage(given, named)} ({place()})"  # noqa: SLF001 -- of a step
            raise ConfigurationError(message) from error

    return checked


def _misfit(known: Signature, given: tuple[Any, ...], named: Mapping[str, Any]) -> str | None:
    try:
        known.bind(*given, **named)
    except TypeError as error:
        names = [each.name for each in [*known.parameters.values()][1:]]
        unknown = next((name for name in named if name not in names), None)
        if unknown is None:
            return f": {_PLACES.sub('', str(error))}"
        usual = next((each for each in ELSEWHERE.get(unknown, ()) if each in names), "")
        return f" has no argument {unknown!r}{did_you_mean(unknown, names, {unknown: usual})}"
    return None


def written(kind: type) -> str:
    """How a step is written, for messages: ``Sort(by, *, descending=False)``."""
    parts, star = [], False
    for each in [*signature(kind.__init__).parameters.values()][1:]:  # type: ignore[misc]  # of a class
        if each.kind is Parameter.VAR_POSITIONAL:
            star = True
            parts.append(f"*{each.name}")
            continue
        if each.kind is Parameter.KEYWORD_ONLY and not star:
            star = True
            parts.append("*")
        usual = "" if each.default is Parameter.empty else f"={_default(each.default)}"
        stars = "**" if each.kind is Parameter.VAR_KEYWORD else ""
        parts.append(f"{stars}{each.name}{usual}")
    return f"{kind.__name__}({', '.join(parts)})"


_PLACES = re.compile("positional-only |positional or keyword |keyword-only ")
"""What only newer versions of Python say of an argument that is missing."""


def _default(value: object) -> str:
    return repr(value) if value is None or isinstance(value, (bool, int, str, tuple)) else "..."
