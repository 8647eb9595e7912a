"""Expressions as plain data for JSON and YAML, and back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, time, timedelta
from functools import singledispatch
from typing import Any

from etlkit._words import did_you_mean, shown
from etlkit.expressions.calls import call_node
from etlkit.expressions.nodes import (
    ARITHMETIC,
    COMPARISONS,
    Call,
    Case,
    Cast,
    Coalesce,
    Comparison,
    Default,
    Field,
    IsIn,
    IsNull,
    Item,
    Literal,
    Logic,
    Negation,
    Node,
    Not,
    Operation,
)
from etlkit.expressions.operands import cast_type, constant, constants, literal_of
from etlkit.expressions.places import mistake
from etlkit.expressions.printing import PLAIN, TYPE_WORDS
from etlkit.expressions.registry import FUNCTIONS


DEEPEST = 100
"""Levels of nested lists and dicts that are read."""

MOST_VALUES = 1_000_000
"""Values in such data, each counted as often as it stands there."""

_WORDS = {"&": "and", "|": "or"}


@singledispatch
def to_data(node: Node) -> Any:
    """A node as dicts, lists and scalars."""
    raise TypeError(node)


@to_data.register
def _(node: Field) -> Any:
    return {"field": node.name}


@to_data.register
def _(node: Literal) -> Any:
    return _scalar(node.value)


def _scalar(value: Any) -> Any:
    if isinstance(value, PLAIN):
        return value
    if isinstance(value, timedelta):
        return {"literal": value // timedelta(microseconds=1), "type": "microseconds"}
    text = value.isoformat() if isinstance(value, date | time) else str(value)
    return {"literal": text, "type": TYPE_WORDS[type(value)]}


@to_data.register
def _(node: Item) -> Any:
    return {"item": [to_data(node.of), node.key]}


@to_data.register
def _(node: Default) -> Any:
    return {"default": [to_data(node.of), to_data(node.value)]}


@to_data.register
def _(node: Operation) -> Any:
    return {node.operator: [to_data(one) for one in node.values]}


@to_data.register
def _(node: Negation) -> Any:
    return {"-": [to_data(node.of)]}


@to_data.register
def _(node: Comparison) -> Any:
    return {node.operator: [to_data(node.left), to_data(node.right)]}


@to_data.register
def _(node: Logic) -> Any:
    return {_WORDS[node.operator]: [to_data(one) for one in node.claims]}


@to_data.register
def _(node: Not) -> Any:
    return {"not": to_data(node.of)}


@to_data.register
def _(node: IsNull) -> Any:
    return {"is_null": to_data(node.of)}


@to_data.register
def _(node: IsIn) -> Any:
    return {"is_in": [to_data(node.of), [_scalar(value) for value in node.values]]}


@to_data.register
def _(node: Coalesce) -> Any:
    return {"coalesce": [to_data(one) for one in node.values]}


@to_data.register
def _(node: Case) -> Any:
    branches = [[to_data(condition), to_data(value)] for condition, value in node.branches]
    return {"when": branches, "otherwise": to_data(node.otherwise)}


@to_data.register
def _(node: Cast) -> Any:
    strict = {} if node.strict else {"strict": False}
    return {"cast": to_data(node.of), "type": TYPE_WORDS[node.type], **strict}


@to_data.register
def _(node: Call) -> Any:
    options = {name: _option(value) for name, value in node.options}
    made: dict[str, Any] = {
        "call": node.function.name,
        "of": [to_data(one) for one in node.values],
    }
    return {**made, "options": options} if options else made


def _option(value: object) -> Any:
    return [_option(one) for one in value] if isinstance(value, tuple) else value


def from_data(data: object) -> Node:
    """The node of what ``to_data`` gave.

    Raises:
        ExpressionError: It is something else; the message says what.
    """
    if is_too_large(data, levels=DEEPEST):
        message = (
            f"the data of an expression is nested more than {DEEPEST} levels deep, or has more "
            f"than {MOST_VALUES} values"
        )
        raise mistake(message)
    return _node(data)


def is_too_large(data: object, *, levels: int) -> bool:
    """Whether data is nested deeper than so many levels, or has more than ``MOST_VALUES``.

    A value counts wherever it stands, since a few lines of YAML can name one list twice in
    another, and that one twice in a third.
    """
    within: list[Iterator[object]] = [iter((data,))]
    values = 0
    while within:
        one = next(within[-1], within)
        values += 1
        if one is within:
            within.pop()
        elif isinstance(one, Mapping | list | tuple):
            within.append(iter(one.values() if isinstance(one, Mapping) else one))
        if len(within) > levels + 1 or values > MOST_VALUES:
            return True
    return False


def _node(data: object) -> Node:
    if not isinstance(data, Mapping):
        return Literal(constant(data))
    for word, read in _READERS.items():
        if word in data:
            wanted = _KEYS.get(word, {word})
            for key in data:
                if key not in wanted:
                    hint = did_you_mean(key, wanted) if isinstance(key, str) else ""
                    message = f"{{{word!r}: ...}} of an expression has no {shown(key)}{hint}"
                    raise mistake(message)
            return read(data)
    first = next(iter(data), None)
    hint = did_you_mean(first, _READERS) if isinstance(first, str) else ""
    message = (
        "an expression as data is a constant, or a dict such as {'field': 'amount'} or "
        f"{{'>': [{{'field': 'amount'}}, 100]}}, got {shown(data)}{hint}"
    )
    raise mistake(message)


def _listed(word: str, data: object, least: int, most: int | None = None) -> Sequence[Any]:
    """The values of a list of a certain length."""
    if isinstance(data, list | tuple) and least <= len(data) <= (most or len(data)):
        return data
    what = f"{least}" if least == most else f"at least {least}"
    if most is not None and least != most:
        what = f"{least} to {most}"
    message = f"{{{word!r}: ...}} takes a list of {what}, got {shown(data)}"
    raise mistake(message)


def _nodes(word: str, data: object, least: int, most: int | None = None) -> tuple[Node, ...]:
    return tuple(_node(one) for one in _listed(word, data, least, most))


def _text(word: str, data: object) -> str:
    if isinstance(data, str):
        return data
    message = f"{{{word!r}: ...}} takes a text, got {shown(data)}"
    raise mistake(message)


def _field(data: Mapping[str, Any]) -> Node:
    return Field(_text("field", data["field"]))


def _literal(data: Mapping[str, Any]) -> Node:
    return literal_of(data["literal"], None if data.get("type") is None else str(data["type"]))


def _item(data: Mapping[str, Any]) -> Node:
    of, key = _listed("item", data["item"], 2, 2)
    if not isinstance(key, str | int) or isinstance(key, bool):
        message = f"an item is a name or a place in a list, got {shown(key)}"
        raise mistake(message)
    return Item(_node(of), key)


def _default(data: Mapping[str, Any]) -> Node:
    of, value = _nodes("default", data["default"], 2, 2)
    if not isinstance(of, Field | Item):
        message = "only fields have a default, such as {'default': [{'field': 'name'}, null]}"
        raise mistake(message)
    return Default(of, value)


def _arithmetic(operator: str) -> Callable[[Mapping[str, Any]], Node]:
    def read(data: Mapping[str, Any]) -> Node:
        values = _nodes(operator, data[operator], 1 if operator == "-" else 2)
        return Negation(values[0]) if len(values) == 1 else Operation(operator, values)

    return read


def _comparison(operator: str) -> Callable[[Mapping[str, Any]], Node]:
    def read(data: Mapping[str, Any]) -> Node:
        left, right = _nodes(operator, data[operator], 2, 2)
        return Comparison(operator, left, right)

    return read


def _logic(operator: str, word: str) -> Callable[[Mapping[str, Any]], Node]:
    def read(data: Mapping[str, Any]) -> Node:
        return Logic(operator, _nodes(word, data[word], 2))

    return read


def _is_in(data: Mapping[str, Any]) -> Node:
    of, values = _listed("is_in", data["is_in"], 2, 2)
    nodes = [_node(one) for one in _listed("is_in", values, 0)]
    return IsIn(_node(of), constants(nodes))


def _case(data: Mapping[str, Any]) -> Node:
    branches = [_nodes("when", pair, 2, 2) for pair in _listed("when", data["when"], 1)]
    otherwise = _node(data.get("otherwise"))
    return Case(tuple((condition, value) for condition, value in branches), otherwise)


def _cast(data: Mapping[str, Any]) -> Node:
    strict = data.get("strict", True)
    if not isinstance(strict, bool):
        message = f"strict is true or false, got {shown(strict)}"
        raise mistake(message)
    return Cast(_node(data["cast"]), cast_type(data.get("type")), strict)


def _call(data: Mapping[str, Any]) -> Node:
    name = _text("call", data["call"])
    if name not in FUNCTIONS:
        message = f"expressions have no function {name!r}{did_you_mean(name, FUNCTIONS)}"
        raise mistake(message)
    options = data.get("options", {})
    if not isinstance(options, Mapping) or not all(isinstance(key, str) for key in options):
        message = f"the options of {name} are a dict of names and constants, got {shown(options)}"
        raise mistake(message)
    return call_node(FUNCTIONS[name], _nodes("of", data.get("of", ()), 0), options)


_READERS: dict[str, Callable[[Mapping[str, Any]], Node]] = {
    "field": _field,
    "literal": _literal,
    "item": _item,
    "default": _default,
    **{operator: _arithmetic(operator) for operator in ARITHMETIC},
    **{operator: _comparison(operator) for operator in COMPARISONS},
    "and": _logic("&", "and"),
    "or": _logic("|", "or"),
    "not": lambda data: Not(_node(data["not"])),
    "is_null": lambda data: IsNull(_node(data["is_null"])),
    "is_in": _is_in,
    "coalesce": lambda data: Coalesce(_nodes("coalesce", data["coalesce"], 1)),
    "when": _case,
    "cast": _cast,
    "call": _call,
}

_KEYS = {
    "literal": {"literal", "type"},
    "when": {"when", "otherwise"},
    "cast": {"cast", "type", "strict"},
    "call": {"call", "of", "options"},
}
