"""What users may pass where an expression or a constant belongs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from itertools import islice
from typing import Any
from uuid import UUID

from etlkit._words import did_you_mean, shown
from etlkit.expressions.bounds import GREATEST, LONGEST_CONSTANT, MOST_DIGITS, is_finite
from etlkit.expressions.casting import cast
from etlkit.expressions.functions.mixed import list_of
from etlkit.expressions.nodes import Call, Literal, Node
from etlkit.expressions.places import mistake
from etlkit.expressions.printing import TYPE_WORDS
from etlkit.schema.types import TYPE_NAMES


SCALARS = (type(None), bool, int, float, str, Decimal, date, datetime, time, timedelta, UUID)
MOST_VALUES = 100_000


def node_in(given: object) -> Node | None:
    """The node of a node or an Expression, which stands above this module; None for others."""
    if not isinstance(given, Node) and hasattr(type(given), "node"):
        given = given.node  # type: ignore[attr-defined]  # as was looked
    return given if isinstance(given, Node) else None


def node_of(given: object) -> Node:
    """The node of an expression, or of a constant.

    Raises:
        ExpressionError: It is neither.
    """
    node = node_in(given)
    if node is not None:
        return node
    if isinstance(given, list | tuple):
        return Call(list_of, tuple(node_of(one) for one in given))
    return Literal(constant(given))


def constant(given: object) -> Any:
    """A constant that an expression may hold.

    Raises:
        ExpressionError: It is none.
    """
    node = node_in(given)
    if isinstance(node, Literal):
        return node.value
    for kind in SCALARS:
        if type(given) is kind:
            return _checked(given)
    if isinstance(given, int):  # of a class of its own, such as an enumeration
        return _checked(int(given))
    if isinstance(given, float):
        return _checked(float(given))
    if isinstance(given, str):
        return _checked(str.__str__(given))
    call = getattr(given, "call", None)  # of a function of expressions, which stand above
    hint = f"; its parentheses are missing: {call}" if isinstance(call, str) else ""
    if not hint and callable(given):
        hint = "; a function belongs into Map, Filter or Derive"
    message = f"a field such as F.name or a constant is expected, got {shown(given)}{hint}"
    raise mistake(message)


def _checked(value: Any) -> Any:
    if isinstance(value, float | Decimal) and not is_finite(value):
        message = f"{value!r} is no number to calculate or compare with; write None for no value"
        raise mistake(message)
    if isinstance(value, int) and not -GREATEST < value < GREATEST:
        message = f"a constant has at most {MOST_DIGITS} digits"
        raise mistake(message)
    if isinstance(value, str) and len(value) > LONGEST_CONSTANT:
        message = f"a constant has at most {LONGEST_CONSTANT} characters, got {len(value)}"
        raise mistake(message)
    if isinstance(value, datetime | time):
        offset = value.utcoffset()
        return value.replace(tzinfo=None if offset is None else timezone(offset), fold=0)
    return value


def operand(given: object, operator: str) -> Node:
    """The node of an operand, which is never None by itself."""
    if given is None:
        hint = {
            "==": "write .is_null()",
            "!=": "write .is_not_null()",
        }.get(operator, "the result would be None for every record")
        message = f"an expression {operator} None has no use: {hint}"
        raise mistake(message)
    return node_of(given)


def constants(given: object) -> tuple[Any, ...]:
    """The constants of ``.is_in([...])``.

    Raises:
        ExpressionError: It is no collection of constants.
    """
    if node_in(given) is not None:
        message = (
            "is_in takes constants; write F.allowed.list.contains(F.x) for a list that is a field, "
            f"and == for one value, got {given!r}"
        )
        raise mistake(message)
    if isinstance(given, str | bytes | dict) or not isinstance(given, Iterable):
        hint = "; for a part of a text write .str.contains(...)" if isinstance(given, str) else ""
        message = f"is_in takes a list of constants such as ['CA', 'NY'], got {shown(given)}{hint}"
        raise mistake(message)
    values = [constant(value) for value in islice(given, MOST_VALUES + 1)]
    if len(values) > MOST_VALUES:
        message = (
            f"is_in takes at most {MOST_VALUES} constants; Join(..., how='semi') keeps what is "
            "among any number of records"
        )
        raise mistake(message)
    if any(value is None for value in values):
        message = "None equals nothing, so it is in no list; write | F.x.is_null() beside is_in"
        raise mistake(message)
    if isinstance(given, set | frozenset):
        values.sort(key=lambda value: (type(value).__name__, repr(value)))
    return tuple(values)


def cast_type(given: object) -> type:
    """The type that a cast names.

    Raises:
        ExpressionError: There is no cast to it.
    """
    kind = TYPE_NAMES.get(given.lower()) if isinstance(given, str) else given
    if isinstance(kind, type) and kind in TYPE_WORDS:
        return kind
    known = ", ".join(sorted(TYPE_WORDS.values()))
    near = did_you_mean(given, TYPE_NAMES) if isinstance(given, str) else ""
    message = f"values are cast to {known}, got {shown(given)}{near}"
    raise mistake(message)


def literal_of(given: object, kind: str | None) -> Node:
    """The node of a constant, or of the constant of a type that a text stands for.

    Raises:
        ExpressionError: It is none.
    """
    if kind is None:
        return node_of(given)
    try:
        if kind == "microseconds" and isinstance(given, int):
            return Literal(timedelta(microseconds=given))
        return Literal(cast(given, cast_type(kind)))
    except (ValueError, OverflowError) as error:
        message = f"lit({shown(given)}, {kind!r}): {error}"
        raise mistake(message) from None
