"""Where expressions begin: F, and the functions that make one of several values."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from attrs import frozen

from etlkit._words import shown
from etlkit.expressions.calls import call_node
from etlkit.expressions.expression import Expression
from etlkit.expressions.functions import mixed
from etlkit.expressions.nodes import Case, Coalesce, Field, Literal, Node
from etlkit.expressions.operands import literal_of, node_of
from etlkit.expressions.places import refuse
from etlkit.expressions.printing import whole


class Fields:
    """The fields of a record: ``F.name``, or ``F["car model"]``.

    It has nothing of its own, so every name is a field, ``F.count`` too; names that begin
    and end with two underscores are Python's and are written in brackets.

    Example:
        >>> from etlkit import F
        >>> F.count + F["car model"]
        F.count + F['car model']
    """

    __slots__ = ()

    def __getattr__(self, name: str) -> Expression:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return Expression(Field(name))

    def __getitem__(self, name: str) -> Expression:
        if not isinstance(name, str):
            refuse(f"a field has a text as its name, got {shown(name)}")
        return Expression(Field(name))

    def __call__(self, name: object = "name", *_: object) -> NoReturn:
        """Refuse what other tools write; a field is an attribute or an item."""
        refuse(f"F is not called; write F[{name!r}], or F.name for a name without spaces")

    def __setattr__(self, name: str, value: object) -> NoReturn:
        refuse(f"F.{name} = ... sets nothing; Derive({name}=...) gives records a field")

    def __setitem__(self, name: str, value: object) -> NoReturn:
        refuse(f"F[{name!r}] = ... sets nothing; Derive gives records a field")

    def __repr__(self) -> str:
        return "F"

    def __reduce__(self) -> str:
        return "F"


F = Fields()


def lit(value: object, type: str | None = None) -> Expression:  # noqa: A002 -- the field's word
    """A constant as an expression.

    Args:
        value: None, a bool, a number, a text, a date or time, a Decimal or a UUID.
        type: The name of its type, where ``value`` is its text: ``lit("2026-01-31", "date")``.

    Example:
        >>> lit("EUR")
        lit('EUR')
    """
    return Expression(literal_of(value, type))


def coalesce(*values: object) -> Expression:
    """The first value that is not None.

    Example:
        >>> from etlkit import F
        >>> coalesce(F.mobile, F.phone, "none").evaluate({"mobile": None, "phone": "555"})
        '555'
    """
    if not values:
        words = "coalesce takes at least one value"
        refuse(words)
    if isinstance(values[0], str):
        refuse(
            f"coalesce gives {values[0]!r} always, as a text is never None; "
            f"F[{values[0]!r}] is a field"
        )
    return Expression(Coalesce(tuple(map(node_of, values))))


def concat(*texts: object, separator: str = "") -> Expression:
    """The texts joined to one; None if one of them is None.

    Example:
        >>> from etlkit import F
        >>> concat(F.first, " ", F.last).evaluate({"first": "Ada", "last": "King"})
        'Ada King'
    """
    if len(texts) == 1 and isinstance(texts[0], list | tuple):
        refuse("concat takes the texts one by one: concat(F.a, F.b); .list.join(', ') joins a list")
    return Expression(call_node(mixed.concat, texts, {"separator": separator}))


def list_of(*values: object) -> Expression:
    """A list of the values.

    Example:
        >>> from etlkit import F
        >>> list_of(F.home, F.work).evaluate({"home": "a@b.example", "work": None})
        ['a@b.example', None]
    """
    return Expression(call_node(mixed.list_of, values, {}))


def least(*values: object) -> Expression:
    """The least of the values; None if one of them is None.

    Example:
        >>> from etlkit import F
        >>> least(F.price, 100).evaluate({"price": 120})
        100
    """
    return Expression(call_node(mixed.least, values, {}))


def greatest(*values: object) -> Expression:
    """The greatest of the values; None if one of them is None.

    Example:
        >>> from etlkit import F
        >>> greatest(F.price, 0).evaluate({"price": -5})
        0
    """
    return Expression(call_node(mixed.greatest, values, {}))


@frozen(eq=False, repr=False)
class When:
    """A condition that waits for its value."""

    _branches: tuple[tuple[Node, Node], ...]
    _condition: Node

    def then(self, value: object) -> Then:
        """What the value is where the condition is true."""
        return Then((*self._branches, (self._condition, node_of(value))))

    def __repr__(self) -> str:
        return f"when({whole(self._condition)})"

    if not TYPE_CHECKING:  # so that checkers know that there is only one way on

        def __getattr__(self, name: str) -> NoReturn:
            if name.startswith("_"):
                raise AttributeError(name)
            refuse(f"after when(...) comes .then(...), got .{name}")


class Then(Expression):
    """Values by condition; None where none of the conditions is true."""

    __slots__ = ("_branches",)

    _branches: tuple[tuple[Node, Node], ...]

    def __init__(self, branches: tuple[tuple[Node, Node], ...]) -> None:
        super().__init__(Case(branches, Literal(None)))
        object.__setattr__(self, "_branches", branches)

    def when(self, condition: object) -> When:
        """Another condition, which counts where those before it are not true."""
        return When(self._branches, _condition(condition))

    def otherwise(self, value: object) -> Expression:
        """What the value is where none of the conditions is true."""
        return Expression(Case(self._branches, node_of(value)))


def when(condition: object) -> When:
    """A value by conditions: ``when(...).then(...).otherwise(...)``.

    A condition that is None counts as one that is not true.

    Example:
        >>> from etlkit import F
        >>> size = when(F.n > 100).then("big").when(F.n > 10).then("middle").otherwise("small")
        >>> [size.evaluate({"n": n}) for n in (500, 50, None)]
        ['big', 'middle', 'small']
    """
    return When((), _condition(condition))


def _condition(given: object) -> Node:
    node = node_of(given)
    if isinstance(node, Literal) and not isinstance(node.value, bool):
        refuse(f"when takes a condition such as F.n > 10, got {shown(given)}")
    return node
