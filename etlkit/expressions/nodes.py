"""The kinds of nodes that an expression is made of: plain frozen values, equal if alike.

What they mean is said by ``evaluating``, how they become code by ``writing``, and how they
look by ``printing``; users meet them inside of :class:`~etlkit.expressions.Expression`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

from attrs import field, fields, frozen
from attrs.validators import in_

from etlkit.errors import ExpressionError
from etlkit.expressions.registry import Function


DEEPEST = 30
"""Levels of nesting; a chain of one operator, such as ``a + b + c``, is one level."""

MOST_NODES = 10_000
"""Parts of an expression."""

ARITHMETIC = ("+", "-", "*", "/", "//", "%", "**")
COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")
LOGIC = ("&", "|")

Scalar: TypeAlias = object
"""A constant: None, a bool, a number, a text, a date or time, a Decimal, or a UUID."""


def _alike(value: Scalar) -> object:
    """What makes 1, 1.0 and True different, and -0.0 and 0.0."""
    if isinstance(value, tuple):
        return tuple(_alike(one) for one in value)
    return value.__class__, repr(value)


@frozen(cache_hash=True)
class Node:
    """One part of an expression.

    Attributes:
        depth: Levels of nodes, itself among them.
        size: Nodes in all, those that come twice counted twice.
    """

    depth: int = field(init=False, eq=False, repr=False)
    size: int = field(init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        operands = self.operands
        depth = 1 + max((one.depth for one in operands), default=0)
        object.__setattr__(self, "depth", depth)
        object.__setattr__(self, "size", 1 + sum(one.size for one in operands))

    @property
    def operands(self) -> tuple[Node, ...]:
        """The nodes right below."""
        found: list[Node] = []
        for each in fields(type(self)):
            if each.init:
                found.extend(_nodes_in(getattr(self, each.name)))
        return tuple(found)

    def walk(self) -> Iterator[Node]:
        """The node and all below it, from the left to the right."""
        yield self
        for operand in self.operands:
            yield from operand.walk()


def _nodes_in(value: object) -> Iterator[Node]:
    if isinstance(value, Node):
        yield value
    elif isinstance(value, tuple):
        for one in value:
            yield from _nodes_in(one)


@frozen(cache_hash=True)
class Field(Node):
    """A field of the record."""

    name: str


@frozen(cache_hash=True)
class Literal(Node):
    """A constant."""

    value: Scalar = field(eq=_alike)


@frozen(cache_hash=True)
class Item(Node):
    """What a nested object has under a name, or a list at a place."""

    of: Node
    key: str | int = field(eq=_alike)


@frozen(cache_hash=True)
class Default(Node):
    """A field, or something else where the record does not have it."""

    of: Field | Item
    value: Node


@frozen(cache_hash=True)
class Operation(Node):
    """Arithmetic, from the left to the right: ``a + b + c``."""

    operator: str = field(validator=in_(ARITHMETIC))
    values: tuple[Node, ...]


@frozen(cache_hash=True)
class Negation(Node):
    """The number with the other sign."""

    of: Node


@frozen(cache_hash=True)
class Comparison(Node):
    """Two values compared."""

    operator: str = field(validator=in_(COMPARISONS))
    left: Node
    right: Node


@frozen(cache_hash=True)
class Logic(Node):
    """Claims joined by ``&`` or ``|``."""

    operator: str = field(validator=in_(LOGIC))
    claims: tuple[Node, ...]


@frozen(cache_hash=True)
class Not(Node):
    """The opposite of a claim."""

    of: Node


@frozen(cache_hash=True)
class IsNull(Node):
    """Whether there is no value."""

    of: Node


@frozen(cache_hash=True)
class IsIn(Node):
    """Whether the value is one of several constants."""

    of: Node
    values: tuple[Scalar, ...] = field(eq=_alike)


@frozen(cache_hash=True)
class Coalesce(Node):
    """The first value that is not None."""

    values: tuple[Node, ...]


@frozen(cache_hash=True)
class Case(Node):
    """The value that belongs to the first condition that is true."""

    branches: tuple[tuple[Node, Node], ...]
    otherwise: Node


@frozen(cache_hash=True)
class Cast(Node):
    """The value as another type."""

    of: Node
    type: type
    strict: bool = True


@frozen(cache_hash=True)
class Call(Node):
    """A function of the registry."""

    function: Function[Any]
    values: tuple[Node, ...]
    options: tuple[tuple[str, object], ...] = field(
        default=(), eq=lambda options: tuple((name, _alike(value)) for name, value in options)
    )


def checked(node: Node) -> Node:
    """The node, unless it is too large or too deep for a compiler that calls itself.

    Raises:
        ExpressionError: It is.
    """
    if node.depth > DEEPEST or node.size > MOST_NODES:
        message = (
            f"the expression is nested more than {DEEPEST} levels deep, or has more than "
            f"{MOST_NODES} parts; compute a part of it in a step before"
        )
        raise ExpressionError(message)
    return node
