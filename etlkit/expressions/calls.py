"""Calls of functions of the registry, from what users pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from inspect import Parameter
from typing import Any

from etlkit._words import shown
from etlkit.expressions.nodes import Call, Literal, Node
from etlkit.expressions.operands import SCALARS, node_in, node_of
from etlkit.expressions.places import mistake
from etlkit.expressions.registry import Function


def call_node(
    function: Function[Any], given: Sequence[object], named: Mapping[str, object]
) -> Call:
    """The node of a call.

    Raises:
        ExpressionError: The function does not take this.
    """
    try:
        bound = function.signature.bind(*given, **named)
    except TypeError as error:
        message = f"{function.name}{usage(function)}: {error}"
        raise mistake(message) from None
    values: list[object] = []
    options: dict[str, Any] = {}
    for name, value in bound.arguments.items():
        parameter = function.signature.parameters[name]
        if parameter.kind is Parameter.VAR_POSITIONAL:
            values.extend(value)
        elif parameter.kind is Parameter.POSITIONAL_ONLY:
            values.append(value)
        elif value != parameter.default or type(value) is not type(parameter.default):
            options[name] = _option(function, name, value)
    return Call(function, _operands(function, values), _checked(function, options))


def usage(function: Function[Any]) -> str:
    """What the function is called with, as messages say it."""
    parameters = list(function.signature.parameters.values())
    if not function.is_free:
        parameters = parameters[1:]
    words: list[str] = []
    for each in parameters:
        star = "*" if each.kind is Parameter.VAR_POSITIONAL else ""
        default = "" if each.default is Parameter.empty else f"={each.default!r}"
        words.append(f"{star}{each.name}{default}")
    return f"({', '.join(words)})"


def _option(function: Function[Any], name: str, value: object) -> Any:
    if isinstance(value, list | tuple):
        return tuple(_option(function, name, one) for one in value)
    if value is None or isinstance(value, SCALARS):
        return value
    node = node_in(value)
    if isinstance(node, Literal):
        return node.value
    message = f"{name} of {function.name} is a constant, got {shown(value)}"
    raise mistake(message)


def _checked(function: Function[Any], options: dict[str, Any]) -> tuple[tuple[str, object], ...]:
    if function.check is not None:
        try:
            function.check({**function.defaults, **options})
        except ValueError as error:
            message = f"{function.name}{usage(function)}: {error}"
            raise mistake(message) from None
    return tuple(sorted(options.items()))


def _operands(function: Function[Any], values: list[object]) -> tuple[Node, ...]:
    """The nodes of operands, with constants looked at."""
    nodes = tuple(map(node_of, values))
    for number, node in enumerate(nodes):
        kind = function.kind(number)
        if isinstance(node, Literal) and node.value is not None and not kind.takes(node.value):
            words = f"{kind.words} is expected, got {shown(node.value)}"
            message = f"{function.name}{usage(function)}: {words}"
            raise mistake(message)
    return nodes
