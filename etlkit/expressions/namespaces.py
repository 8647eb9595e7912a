"""The functions of the registry as methods of expressions, by the kind of value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, NoReturn, ParamSpec, TypeVar, overload

from etlkit._words import nearest
from etlkit.expressions.calls import call_node
from etlkit.expressions.functions import numbers, texts
from etlkit.expressions.nodes import Node
from etlkit.expressions.places import unknown
from etlkit.expressions.registry import Function


P = ParamSpec("P")
E = TypeVar("E")

ELSEWHERE: dict[str, str] = {
    "isin": "is_in",
    "isna": "is_null",
    "isnull": "is_null",
    "is_none": "is_null",
    "notna": "is_not_null",
    "notnull": "is_not_null",
    "fillna": "fill_null",
    "coalesce": "fill_null",
    "astype": "cast",
    "to_lowercase": "lower",
    "to_uppercase": "upper",
}
"""What pandas, Polars and SQL call functions that have another name here."""


class Methods(Generic[E]):
    """What has a first operand, and makes an expression of a node."""

    __slots__ = ()

    @property
    def _first(self) -> Node:
        raise NotImplementedError

    def _made(self, node: Node) -> E:
        raise NotImplementedError


class Method(Generic[P]):
    """A function of the registry as a method."""

    def __init__(self, function: Function[P]) -> None:
        self.function = function
        self.__doc__ = function.plain.__doc__

    @overload
    def __get__(self, owner: None, kind: type) -> Method[P]: ...

    @overload
    def __get__(self, owner: Methods[E], kind: type) -> Callable[P, E]: ...

    def __get__(self, owner: Methods[E] | None, kind: type) -> Method[P] | Callable[P, E]:
        if owner is None:
            return self
        function = self.function

        def method(*arguments: P.args, **options: P.kwargs) -> E:
            return owner._made(call_node(function, (owner._first, *arguments), options))  # noqa: SLF001 -- a part of its owner

        method.__doc__, method.__name__ = self.__doc__, function.name.rpartition(".")[2]
        return method


class Namespace(Methods[E]):
    """Functions of one kind of value, such as ``F.name.str``."""

    __slots__ = ("_make", "_node")

    word = ""

    def __init__(self, node: Node, make: Callable[[Node], E]) -> None:
        self._node = node
        self._make = make

    @property
    def _first(self) -> Node:
        return self._node

    def _made(self, node: Node) -> E:
        return self._make(node)

    def __getattr__(self, name: str) -> NoReturn:
        raise no_function(type(self), self.word, name)


class TextMethods(Namespace[E]):
    """Functions of texts: ``F.name.str``."""

    __slots__ = ()

    word = "str"

    lower = Method(texts.lower)
    upper = Method(texts.upper)


class Functions(Methods[E]):
    """Functions of numbers, which expressions have themselves, and the namespaces of others."""

    __slots__ = ()

    abs = Method(numbers.absolute)
    ceil = Method(numbers.ceil)
    floor = Method(numbers.floor)
    round = Method(numbers.rounded)

    @property
    def str(self) -> TextMethods[E]:
        """Functions of texts."""
        return TextMethods(self._first, self._made)


SPACES: tuple[type[Namespace[Any]], ...] = (TextMethods,)


def names_of(kind: type) -> list[str]:
    """The public names of a class."""
    return [name for name in dir(kind) if not name.startswith("_")]


def no_function(kind: type, word: str, name: str) -> AttributeError:
    """The error for a function that there is not, with the one that was probably meant."""
    if name.startswith("_"):
        return AttributeError(name)
    near = nearest(name, names_of(kind), ELSEWHERE)
    hint = "" if near is None else f"; did you mean .{near}()?"
    elsewhere = [
        f".{space.word}.{name}()"
        for space in SPACES
        if space is not kind and name in names_of(space)
    ]
    if elsewhere:
        hint = f"; write {' or '.join(elsewhere)}"
    elif not word:
        hint += f"; a field inside of a field is F.outer[{name!r}]"
    prefix = f".{word}" if word else ""
    return unknown(f"expressions have no function {prefix}.{name}{hint}")
