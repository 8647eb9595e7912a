"""What a broken rule is called in words; values of sensitive fields are masked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import frozen

from etlkit._words import shown
from etlkit.records import Problem


if TYPE_CHECKING:
    from etlkit.schema import Field


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
        if self.rule == "required":
            return "is required but missing"
        if self.rule == "nullable":
            return "is None, and the field is not nullable"
        got = shown(value, sensitive=field.sensitive)
        if self.rule == "type":
            return f"is {type(value).__name__} {got}, expected {field.type_names}"
        if self.rule == "allowed":
            return f"is {got}, allowed is one of {_listed(field.allowed or ())}"
        if self.rule == "min":
            return f"is {got}, below the least allowed value {field.minimum!r}"
        return f"is {got}, above the greatest allowed value {field.maximum!r}"


def _listed(values: tuple[Any, ...]) -> str:
    few = 10
    words = ", ".join(repr(value) for value in values[:few])
    return words if len(values) <= few else f"{words} and {len(values) - few} more"
