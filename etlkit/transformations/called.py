"""Functions of the user: their names and places, and those that give back nothing."""

from __future__ import annotations

import inspect

from collections.abc import Callable
from typing import Any

from attrs import field, frozen

from etlkit._functions import is_function
from etlkit._words import shown
from etlkit.errors import ConfigurationError


@frozen
class Called:
    """A function of the user, with its name and the place where it is written."""

    func: Callable[..., object] = field()

    @func.validator
    def _check(self, _: object, value: object) -> None:
        if not is_function(value):
            message = f"a function is expected, got {shown(value)}"
            raise ConfigurationError(message)

    @property
    def name(self) -> str:
        """Its name; for a lambda the place where it is written."""
        name = getattr(self.func, "__name__", type(self.func).__name__)
        return f"lambda {self.place}" if name == "<lambda>" else str(name)

    @property
    def place(self) -> str:
        """``file:line`` of the function, or its type where it has no source."""
        code = getattr(getattr(self.func, "func", self.func), "__code__", None)
        if code is None:
            return f"a {type(self.func).__name__}"
        return f"{code.co_filename.rpartition('/')[2]}:{code.co_firstlineno}"


def without_result(function: Any) -> str | None:
    """What is wrong with a function that cannot return a value for a record, or None."""
    function = getattr(function, "func", function)  # as partials have
    code = getattr(function, "__code__", None)
    if code is None or hasattr(function, "__wrapped__"):
        return None
    where = f"{function.__name__} ({code.co_filename.rpartition('/')[2]}:{code.co_firstlineno})"
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        return f"{where} is asynchronous, and steps call plain functions"
    if function.__name__ == "<lambda>" or inspect.isgeneratorfunction(function):
        return None
    if _returns_only_none(code):
        return f"{where} returns nothing; end it with 'return' and its result"
    return None


def _returns_only_none(code: Any) -> bool:
    """Whether the function comes to an end, and never with a value."""
    import dis

    results: list[bool] = []
    before = None
    for each in dis.get_instructions(code):
        if each.opname == "RETURN_VALUE":
            results.append(
                before is not None and before.opname == "LOAD_CONST" and before.argval is None
            )
        elif each.opname == "RETURN_CONST":
            results.append(each.argval is None)
        before = each
    return bool(results) and all(results)
