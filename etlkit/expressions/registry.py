"""The registry of functions: what each takes and gives, its template, and its examples.

A function of the registry is a plain Python function of values. What stands before ``/`` in
its signature are operands, which users may give as expressions; what follows are options,
which are constants. Its docstring is its line of the reference.
"""

from __future__ import annotations

import inspect

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Concatenate, Generic, Literal, ParamSpec

from attrs import field, frozen

from etlkit._words import did_you_mean


P = ParamSpec("P")

Nulls = Literal["propagate", "handle"]


@frozen
class Kind:
    """What values a function takes.

    Attributes:
        words: As messages say it.
        types: Of the values; none for any value.
        not_types: Subclasses of those that are something else.
    """

    words: str
    types: tuple[type, ...] = ()
    not_types: tuple[type, ...] = ()

    def takes(self, value: object) -> bool:
        """Whether a value is of this kind."""
        return not self.types or (
            isinstance(value, self.types) and not isinstance(value, self.not_types)
        )


ANY = Kind("a value")
BOOL = Kind("true or false", (bool,))
TEXT = Kind("a text", (str,))
NUMBER = Kind("a number", (int, float, Decimal))
AMOUNT = Kind("a number or a duration", (int, float, Decimal, timedelta))
WHOLE = Kind("a whole number", (int,), (bool,))
DAY = Kind("a date", (date,))
MOMENT = Kind("a date with time", (datetime,))
CLOCK = Kind("a time or a date with time", (datetime, time))
DURATION = Kind("a duration", (timedelta,))
LIST = Kind("a list", (list, tuple))
DICT = Kind("an object", (dict,))


@frozen
class Example:
    """One example of a function; it runs as a test, and the reference shows it.

    Attributes:
        expression: As users write it.
        record: What it is evaluated for.
        result: What comes out.
    """

    expression: str
    record: dict[str, Any]
    result: object


@frozen(eq=False, repr=False)
class Function(Generic[P]):
    """One function of the registry.

    Attributes:
        name: With its namespace: ``str.upper``.
        plain: What it means, as a function of values.
        takes: The kind of each operand; the last one is that of all further ones.
        gives: The kind of its result.
        nulls: ``propagate``: None if any operand is None. ``handle``: it sees None itself.
        template: Python for the compiled form, with ``{0}`` for the first operand and the
            names of ``uses`` and of the options. It has to raise for a first operand of
            another kind; further operands are constants of the right kind wherever it is
            used. Otherwise, and without one, the compiled form calls the function.
        inline: Instead of a template, for a first operand that is exactly of the first type
            of its kind; the compiled form looks, and calls the function for another one.
        uses: What the template needs.
        examples: At least one.
        check: Looks at the options when the expression is built; raises ValueError.
        optional: It may give None although no operand is None.
    """

    name: str
    plain: Callable[..., Any]
    takes: tuple[Kind, ...]
    gives: Kind
    nulls: Nulls
    template: str | None
    inline: str | None
    uses: Mapping[str, object]
    examples: tuple[Example, ...]
    check: Callable[[Mapping[str, Any]], object] | None
    optional: bool
    signature: inspect.Signature = field(init=False)

    @signature.default
    def _signature(self) -> inspect.Signature:
        return inspect.signature(self.plain)

    def __repr__(self) -> str:
        return f"<function {self.name} of expressions>"

    def __reduce__(self) -> tuple[Callable[[str, str], Function[Any]], tuple[str, str]]:
        return found, (self.name, self.plain.__module__)

    def kind(self, number: int) -> Kind:
        """What the operand of a number has to be."""
        return self.takes[min(number, len(self.takes) - 1)]

    @property
    def defaults(self) -> dict[str, object]:
        """The options and their defaults."""
        return {
            name: each.default
            for name, each in self.signature.parameters.items()
            if each.default is not inspect.Parameter.empty
        }

    @property
    def is_free(self) -> bool:
        """Whether it is called by itself, and not as a method of its first operand."""
        return next(iter(self.signature.parameters.values())).kind is _ANY_NUMBER

    @property
    def sentence(self) -> str:
        """What the function gives, in one sentence."""
        return (inspect.getdoc(self.plain) or "").partition("\n")[0]


_ANY_NUMBER = inspect.Parameter.VAR_POSITIONAL

FUNCTIONS: dict[str, Function[Any]] = {}
"""Every function by its name; filled by the modules of ``functions``."""

_NOTHING: Mapping[str, object] = MappingProxyType({})


def function(
    name: str,
    takes: Kind | tuple[Kind, ...],
    gives: Kind,
    *examples: Example,
    template: str | None = None,
    inline: str | None = None,
    uses: Mapping[str, object] = _NOTHING,
    nulls: Nulls = "propagate",
    check: Callable[[Mapping[str, Any]], object] | None = None,
    optional: bool = False,
) -> Callable[[Callable[Concatenate[Any, P], Any]], Function[P]]:
    """Register the function that follows."""

    def register(plain: Callable[Concatenate[Any, P], Any]) -> Function[P]:
        kinds = takes if isinstance(takes, tuple) else (takes,)
        made: Function[P] = Function(
            name, plain, kinds, gives, nulls, template, inline, uses, examples, check, optional
        )
        FUNCTIONS[name] = made
        return made

    return register


def option(name: str, value: object, kind: type, words: str) -> None:
    """Refuse an option of another type.

    Raises:
        ValueError: It is one.
    """
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        message = f"{name} is {words}, got {value!r}"
        raise ValueError(message)


def choice(name: str, value: object, known: Iterable[str]) -> None:
    """Refuse an option that is none of the known words.

    Raises:
        ValueError: It is none.
    """
    known = list(known)
    if value not in known:
        hint = did_you_mean(value, known) if isinstance(value, str) else ""
        message = f"{name} is one of {', '.join(map(repr, known))}, got {value!r}{hint}"
        raise ValueError(message)


def found(name: str, module: str) -> Function[Any]:
    """The function of a name; for values that come from another process."""
    __import__(module)
    return FUNCTIONS[name]
