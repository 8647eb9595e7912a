"""A function of an expression before its parentheses: ``F.name.str.upper``."""

from __future__ import annotations

from collections.abc import Callable
from inspect import Signature
from typing import TYPE_CHECKING, Any, Generic, NoReturn, ParamSpec, TypeVar

from etlkit.expressions.nodes import Node
from etlkit.expressions.places import refuse
from etlkit.expressions.printing import before_dot
from etlkit.expressions.registry import Function


P = ParamSpec("P")
E_co = TypeVar("E_co", covariant=True)


class Uncalled(Generic[P, E_co]):
    """What is called to make an expression; used without that, it says so."""

    def __init__(self, first: Node, function: Function[P], made: Callable[P, E_co]) -> None:
        self._first = first
        self._function = function
        self._made = made
        self.__doc__ = function.plain.__doc__
        self.__name__ = function.name.rpartition(".")[2]

    @property
    def __signature__(self) -> Signature:
        """What it takes beside the value, for the hints of editors and notebooks."""
        parameters = list(self._function.signature.parameters.values())
        return Signature(parameters[1:])

    @property
    def call(self) -> str:
        """How it is called."""
        return f"{before_dot(self._first)}.{self._function.name}()"

    def __call__(self, *arguments: P.args, **options: P.kwargs) -> E_co:
        """The expression of the function's value."""
        return self._made(*arguments, **options)

    def __repr__(self) -> str:
        return f"<a function that is called: {self.call}>"

    if not TYPE_CHECKING:  # so that checkers tell of it before the program runs

        def __getattr__(self, name: str) -> NoReturn:
            if name.startswith("_"):
                raise AttributeError(name)
            self._refuse()

        def _refuse(self, *_: Any) -> NoReturn:
            name = self._function.name
            refuse(f"{name} is a function, so its parentheses are missing: {self.call}")

        __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _refuse
        __add__ = __sub__ = __mul__ = __truediv__ = __floordiv__ = __mod__ = _refuse
        __and__ = __or__ = __invert__ = __neg__ = __bool__ = __getitem__ = _refuse
        __hash__ = object.__hash__
