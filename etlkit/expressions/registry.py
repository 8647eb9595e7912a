"""The registry of functions: what each takes and gives, its template, and its examples.

A function of the registry is a plain Python function of values. What stands before ``/`` in
its signature are operands, which users may give as expressions; what follows are options,
which are constants. Its docstring is its line of the reference.
"""

from __future__ import annotations

import inspect

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Concatenate, Generic, Literal, ParamSpec

from attrs import field, frozen


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
            names of ``uses``; without one the compiled form calls the function.
        uses: What the template needs.
        examples: At least one.
        check: Looks at the options when the expression is built, and may replace them.
    """

    name: str
    plain: Callable[..., Any]
    takes: tuple[Kind, ...]
    gives: Kind
    nulls: Nulls
    template: str | None
    uses: Mapping[str, object]
    examples: tuple[Example, ...]
    check: Callable[[dict[str, Any]], dict[str, Any]] | None
    signature: inspect.Signature = field(init=False)

    @signature.default
    def _signature(self) -> inspect.Signature:
        return inspect.signature(self.plain)

    def __repr__(self) -> str:
        return f"<function {self.name} of expressions>"

    def __reduce__(self) -> tuple[Callable[[str], Function[Any]], tuple[str]]:
        return found, (self.name,)

    def kind(self, number: int) -> Kind:
        """What the operand of a number has to be."""
        return self.takes[min(number, len(self.takes) - 1)]

    @property
    def is_free(self) -> bool:
        """Whether it is called by itself, and not as a method of its first operand."""
        return self.name in {"concat", "list_of"}

    @property
    def sentence(self) -> str:
        """What the function gives, in one sentence."""
        return (inspect.getdoc(self.plain) or "").partition("\n")[0]


FUNCTIONS: dict[str, Function[Any]] = {}
"""Every function by its name; filled by the modules of ``functions``."""

_NOTHING: Mapping[str, object] = MappingProxyType({})


def function(
    name: str,
    takes: Kind | tuple[Kind, ...],
    gives: Kind,
    *examples: Example,
    template: str | None = None,
    uses: Mapping[str, object] = _NOTHING,
    nulls: Nulls = "propagate",
    check: Callable[[dict[str, Any]], dict[str, Any]] | None = None,
) -> Callable[[Callable[Concatenate[Any, P], Any]], Function[P]]:
    """Register the function that follows."""

    def register(plain: Callable[Concatenate[Any, P], Any]) -> Function[P]:
        kinds = takes if isinstance(takes, tuple) else (takes,)
        made: Function[P] = Function(
            name, plain, kinds, gives, nulls, template, uses, examples, check
        )
        FUNCTIONS[name] = made
        return made

    return register


def found(name: str) -> Function[Any]:
    """The function of a name; for values that come from another process."""
    return FUNCTIONS[name]
