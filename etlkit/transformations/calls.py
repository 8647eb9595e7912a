"""Steps, and parts of steps, that are made with arguments they do not take: what is said."""

from __future__ import annotations

import re

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from inspect import Parameter, Signature, signature
from typing import TYPE_CHECKING, Any

from etlkit._words import did_you_mean
from etlkit.errors import ConfigurationError
from etlkit.expressions.places import place


ELSEWHERE: Mapping[str, tuple[str, ...]] = {
    "ascending": ("descending",),
    "columns": ("by", "fields"),
    "condition": ("predicate",),
    "cols": ("by", "fields"),
    "default_value": ("default",),
    "delimiter": ("separator",),
    "errors": ("strict", "missing"),
    "fn": ("func",),
    "format": ("formats",),
    "function": ("func",),
    "group_by": ("by",),
    "groupby": ("by",),
    "keep": ("keep_last",),
    "key": ("by", "on"),
    "keys": ("by", "on"),
    "id_vars": ("index",),
    "otherwise": ("unmatched", "default"),
    "reverse": ("descending",),
    "reversed": ("descending",),
    "right": ("other",),
    "secret": ("key",),
    "sep": ("separator",),
    "subset": ("by",),
    "suffixes": ("suffix",),
    "using": ("on",),
    "value_vars": ("on",),
    "var_name": ("variable_name",),
    "where": ("predicate",),
}
"""What pandas, Polars and SQL call arguments that have another name here."""

_OF_EACH = (
    "Window('group', order_by='value', descending=True, place=RowNumber()) and "
    "Filter(F.place <= 10) keep the largest of each group"
)
_LATEST = "Sort('day', descending=True) | Deduplicate('id') keeps the latest of each"
_TWO_NAMES = "fields of two names are on={'name here': 'name there'}"

ADVICE: Mapping[tuple[str, str], str] = {
    **{("TopK", word): _OF_EACH for word in ("group", "group_by", "over", "partition_by", "per")},
    **{("Deduplicate", word): _LATEST for word in ("latest", "order_by", "sort_by")},
    **{("Join", word): _TWO_NAMES for word in ("left_on", "right_on")},
    ("Lookup", "default"): "missing='null' gives None, and FillNull behind it another value",
}
"""What to write where another step, or another argument, does what was meant."""


class Fitting:
    """What tells of arguments that it does not take in words of its own, with the user's line."""

    __slots__ = ()

    if not TYPE_CHECKING:  # so that checkers know what each takes

        def __new__(cls, *_: object, **__: object) -> Any:
            """Refuse a class that is not finished."""
            lacking = sorted(getattr(cls, "__abstractmethods__", ()))
            if lacking:
                message = (
                    f"{cls.__name__} has no {' and no '.join(lacking)}{cls._lacking} ({place()})"
                )
                raise ConfigurationError(message)
            return super().__new__(cls)

    _lacking = ""
    """What to write in the place of a class that is not finished."""

    def __init_subclass__(cls, **arguments: object) -> None:
        super().__init_subclass__(**arguments)
        if "__init__" in vars(cls) and not hasattr(vars(cls)["__init__"], "__wrapped__"):
            cls.__init__ = fitting(vars(cls)["__init__"])  # type: ignore[method-assign]  # wraps it

    @classmethod
    def _usage(cls, _given: Sequence[object], _named: Mapping[str, object], /) -> str:
        """What to write instead of a call with arguments that it does not take."""
        return f"; it is written {written(cls)}"


def fitting(init: Callable[..., None]) -> Callable[..., None]:
    """An ``__init__``, with words of its own for arguments that do not fit."""

    @wraps(init)
    def checked(self: Any, /, *given: Any, **named: Any) -> None:
        try:
            init(self, *given, **named)
        except TypeError as error:
            kind = type(self)
            problem = _misfit(kind, signature(init), (self, *given), named)
            if problem is None:  # raised by what the step does with its arguments
                raise
            message = f"{kind.__name__}{problem} ({place()})"
            raise ConfigurationError(message) from error

    return checked


def _misfit(
    kind: Any, known: Signature, given: tuple[Any, ...], named: Mapping[str, Any]
) -> str | None:
    """What is wrong with the arguments, and what to write instead; None if nothing is."""
    try:
        known.bind(*given, **named)
    except TypeError as error:
        usage = kind._usage(given[1:], named)  # noqa: SLF001 -- of a step
        parameters = [*known.parameters.values()][1:]
        names = [each.name for each in parameters]
        takes_any = any(each.kind is Parameter.VAR_KEYWORD for each in parameters)
        unknown = next((name for name in named if name not in names and not takes_any), None)
        if unknown is None:
            return f": {_PLACES.sub('', str(error))}{_as_list(kind, names, given[1:]) or usage}"
        if (kind.__name__, unknown) in ADVICE:
            return f" has no argument {unknown!r}; {ADVICE[kind.__name__, unknown]}"
        usual = next((each for each in ELSEWHERE.get(unknown, ()) if each in names), "")
        near = did_you_mean(unknown, names, {unknown: usual})
        return f" has no argument {unknown!r}{near}{usage}"
    return None


def _as_list(kind: type, names: list[str], given: tuple[Any, ...]) -> str:
    """What to write for names that were given one after the other, where a list belongs."""
    first = next((names.index(name) for name in _LISTS if name in names), len(names))
    more = given[first:]
    if len(more) < 2 or not all(isinstance(one, str) or hasattr(one, "node") for one in more):  # noqa: PLR2004 -- one is no list
        return ""
    parts = ", ".join([*map(repr, given[:first]), repr([*more])])
    return f"; several are a list: {kind.__name__}({parts})"


_LISTS = ("by", "formats")
"""Arguments that are one value or a list of them."""


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
