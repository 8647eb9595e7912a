"""Conditions of verbs: expressions, or functions that look at a record and say yes or no."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from etlkit.expressions import Expression
from etlkit.records import Record
from etlkit.transformations.verbs import changed, variable, write_call


if TYPE_CHECKING:
    from etlkit.transformations.step import StepCode

Condition: TypeAlias = Expression | Callable[[Record], object]
"""An expression, of which True holds, and False and None do not; or a function of a record."""


def holds(words: str, said: Condition, record: Record) -> bool:
    """Whether a condition is true of a record.

    Args:
        words: What messages call the condition.
        said: The condition.
        record: The record.

    Raises:
        Unfit: It has no answer, or is a function that changed the record.
    """
    if isinstance(said, Expression):
        return said.holds(record)
    size = len(record)
    found = bool(said(record))
    if len(record) != size:
        _refuse(words, said)
    return found


def write_holds(code: StepCode, words: str, said: Condition) -> str:
    """Add the lines that do the same for ``record``; the text of the answer."""
    if isinstance(said, Expression):
        return said.write_condition(code, "record")
    found = variable(code, "holds")
    write_call(code, found, said, partial(_refuse, words, said))
    return found


def _refuse(words: str, said: Condition) -> None:
    raise changed(words, said)
