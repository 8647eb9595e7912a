"""What a broken rule is called in words; values of sensitive fields are masked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import frozen

from etlkit._words import named, shown
from etlkit.records import Problem
from etlkit.schema.types import bounded_types


if TYPE_CHECKING:
    from etlkit.schema.fields import Field


_WITHOUT_VALUE = {
    "required": "is required but missing",
    "nullable": "is None, and the field is not nullable",
}


@frozen
class Complaint:
    """Makes the problem of one rule of one field."""

    field: Field
    rule: str

    def __call__(self, value: Any) -> Problem:
        """The problem of a value that breaks the rule."""
        return Problem((self.field.name,), self.rule, self._message(value))

    def _message(self, value: Any) -> str:
        field = self.field
        if self.rule in _WITHOUT_VALUE:
            return _WITHOUT_VALUE[self.rule]
        got = shown(value, sensitive=field.sensitive)
        if self.rule == "type":
            return f"is {type(value).__name__} {got}, expected {field.type_names}"
        if self.rule == "allowed":
            return f"is {got}, allowed is one of {listed(field.allowed or ())}"
        if not self._has_order(value):
            at = f"least {field.minimum!r}" if self.rule == "min" else f"most {field.maximum!r}"
            return f"is {type(value).__name__} {got}, expected at {at}"
        if self.rule == "min":
            return f"is {got}, below the least allowed value {field.minimum!r}"
        return f"is {got}, above the greatest allowed value {field.maximum!r}"

    def _has_order(self, value: Any) -> bool:
        """Whether the value is on one side of the bounds; NaN and other types are not."""
        kinds = bounded_types(self.field.bounds.values())
        comparable = isinstance(value, kinds) and not isinstance(value, bool)
        return comparable and bool(value == value)  # noqa: PLR0124 -- NaN


def uncheckable(field: Field, error: Exception) -> Problem:
    """The problem of a value that cannot be compared with what its rules name."""
    what = type(error).__name__ if field.sensitive else named(error)
    return Problem((field.name,), "type", f"cannot be checked: {what}")


def listed(values: tuple[Any, ...]) -> str:
    """Allowed values in words, the first few when there are many."""
    few = 10
    words = ", ".join(repr(value) for value in values[:few])
    return words if len(values) <= few else f"{words} and {len(values) - few} more"
