"""What is wrong with a record, in words: the failures of expressions."""

from __future__ import annotations

from collections.abc import Iterator

from etlkit._words import missing_field, shown
from etlkit.expressions.bounds import MOST_CHARACTERS
from etlkit.expressions.nodes import Field, Item, Node
from etlkit.expressions.printing import printed
from etlkit.records import Problem, Unfit


SHOWN = 80
"""Characters of an expression that a message shows."""


def label_of(node: Node) -> str:
    """A node as messages name it."""
    text = printed(node)
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"


def path_of(node: Node) -> tuple[str | int, ...]:
    """The place in the record that a node reads; the record itself where it reads several."""
    paths = set(paths_of(node))
    return paths.pop() if len(paths) == 1 else ()


def paths_of(node: Node) -> Iterator[tuple[str | int, ...]]:
    """The places in the record that a node reads."""
    path: list[str | int] = []
    inner = node
    while isinstance(inner, Item):
        path.append(inner.key)
        inner = inner.of
    if isinstance(inner, Field):
        yield (inner.name, *reversed(path))
        return
    for operand in inner.operands:
        yield from paths_of(operand)


def failure(
    node: Node,
    code: str,
    words: str,
    *values: object,
    hint: str = "",
    said: str = "",
    at: Node | None = None,
) -> Unfit:
    """The refusal of a record for which a node has no value.

    Args:
        node: The node that failed.
        code: Stable word for the reason.
        words: What is wrong; a ``{}`` for each of the values.
        values: They are shown, but for sensitive fields.
        hint: What to write instead.
        said: What Python says of it, which may quote values.
        at: The node whose value is to blame, where it is not all of ``node``.
    """
    where = label_of(node)
    begin = f"{said}: " if said else ""
    message = f"{begin}{words.format(*map(_told, values))} in {where}{hint}"
    masked = f"{words.format(*['***'] * len(values))} in {where}{hint}"
    return Unfit.of(code, (Problem(path_of(at or node), code, message, masked=masked),))


def _told(value: object) -> str:
    """A value as messages show it; not one that an expression has made of many long texts."""
    if isinstance(value, list | tuple):
        characters = sum(len(one) for one in value if isinstance(one, str))
        if characters > MOST_CHARACTERS:
            return f"<{type(value).__name__} of {len(value)}>"
    return shown(value)


def missing(node: Field, record: dict[str, object]) -> Unfit:
    """The refusal of a record that does not have a field."""
    hint = f"; where it may be missing, write {label_of(node)}.default(None)"
    message = f"{missing_field(node.name, record)}{hint}"
    return Unfit.of("missing_field", (Problem((), "missing_field", message),))


def missing_inside(node: Item, held: object) -> Unfit:
    """The refusal of a record whose nested object or list does not have an item."""
    hint = f"; where it may be missing, write {label_of(node)}.default(None)"
    if isinstance(node.key, str) and isinstance(held, dict):
        masked = f"the object has no field {node.key!r}{hint}"
        what = missing_field(node.key, held).replace("the record has", "the object has", 1)
    else:
        masked = f"the list has no item {node.key}{hint}"
        length = len(held) if isinstance(held, list | tuple) else 0
        what = f"the list has no item {node.key}, its length is {length}"
    message = f"{what}{hint}"
    problem = Problem(path_of(node.of), "missing_field", message, masked=masked)
    return Unfit.of("missing_field", (problem,))
