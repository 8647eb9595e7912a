"""What a broken rule is called in words; values of sensitive fields are masked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sized
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from etlkit._words import did_you_mean, named, shown
from etlkit.records import Problem
from etlkit.schema.fields import check_name, place_text
from etlkit.schema.texts import PARSERS
from etlkit.schema.types import bounded_types
from etlkit.validation.answers import Answered, Raised


if TYPE_CHECKING:
    from etlkit.schema.fields import Field, Place, RecordCheck, Schema

Path: TypeAlias = tuple[str | int, ...]
"""Keys and indexes from the record downwards."""


class Complaint:
    """Says what is wrong with the values that break one rule.

    Problems are put into words when somebody reads them, since that takes longer than
    finding them; until then they are a ``Finding``.

    Attributes:
        rule: The rule.
        own: The path of the value within the record, or list, that the rule looks at.
        is_warning: A record that breaks it may pass all the same.
        counted: The rule as counts name it: ``$.items[*].price min``.
    """

    __slots__ = ("_place", "_say", "counted", "is_warning", "own", "rule")

    def __init__(
        self, rule: str, own: Path, say: Callable[[Any], str], *, place: Place, is_warning: bool
    ) -> None:
        self.rule = rule
        self.own = own
        self.is_warning = is_warning
        self.counted = f"{place_text(place)} {rule}"
        self._say = say
        self._place = Problem(own, rule, "").place

    def words(self, value: Any, at: Path) -> str:
        """What is wrong with a value, and where; ``at`` is the path of its record or list."""
        place = Problem((*at, *self.own), self.rule, "").place if at else self._place
        return f"{place} {self._say(value)}"

    def problem(self, value: Any, at: Path) -> Problem:
        """The problem of a value."""
        return Problem((*at, *self.own), self.rule, self._say(value))


Finding: TypeAlias = tuple[Complaint, Any, Path]
"""A broken rule, the value that breaks it, and the path of the record or list it is in."""


def complaint(field: Field, rule: str, place: Place) -> Complaint:
    """The complaint about a rule of a field; ``place`` ends with the field."""
    return Complaint(
        rule,
        () if place[-1] is None else (field.name,),
        partial(_SAYERS[rule], field),
        place=place,
        is_warning=field.severity == "warning",
    )


def check_complaint(schema: Schema, check: RecordCheck, place: Place) -> Complaint:
    """The complaint about a check over several fields."""
    names = check.fields or tuple(field.name for field in schema.fields)
    withheld = any(field.is_masked for field in schema.fields if field.name in names)
    return Complaint(
        "check",
        (),
        partial(_answered, check.name, withheld=withheld),
        place=place,
        is_warning=check.severity == "warning",
    )


def unknown_complaint(schema: Schema, place: Place) -> Complaint:
    """The complaint about a field that the schema does not name; its value is the name."""
    names = [field.name for field in schema.fields]

    def say(name: object) -> str:
        hint = did_you_mean(name, names) if isinstance(name, str) else ""
        return f"is not a field of the schema{hint}"

    return Complaint("unknown", (), say, place=place, is_warning=False)


MOST_UNKNOWN = 10
"""Unknown fields of a record that are told one by one."""

MOST_BROKEN_ITEMS = 100
"""Findings after which the rest of a list is not looked at: a record may have millions."""


def unknown_fields(
    complaint: Complaint, names: frozenset[str], record: Iterable[Any], at: Path
) -> list[Finding]:
    """The findings for the fields of a record that are not among those of the schema."""
    unknown = [name for name in record if name not in names][:MOST_UNKNOWN]
    return [(complaint, name, (*at, name)) for name in unknown]


def uncheckable(field: Field, place: Place, error: Exception) -> Complaint:
    """The complaint about a value that cannot be compared with what its rules name."""
    what = type(error).__name__ if field.is_masked else named(error)
    return Complaint(
        "type",
        () if place[-1] is None else (field.name,),
        lambda _: f"cannot be checked: {what}",
        place=place,
        is_warning=field.severity == "warning",
    )


def listed(values: tuple[Any, ...]) -> str:
    """Allowed values in words, the first few when there are many."""
    few = 10
    words = ", ".join(repr(value) for value in values[:few])
    return words if len(values) <= few else f"{words} and {len(values) - few} more"


def _shown(field: Field, value: object) -> str:
    return "***" if field.is_masked else shown(value)


def _missing(_: Field, __: object) -> str:
    return "is required but missing"


def _null(_: Field, __: object) -> str:
    return "is None, and the field is not nullable"


def _type(field: Field, value: object) -> str:
    words = f"is {type(value).__name__} {_shown(field, value)}, expected {field.type_names}"
    return f"{words}{_why_not_coerced(field, value)}"


def _why_not_coerced(field: Field, value: object) -> str:
    """What the parser of the only type says of a text that it could not read."""
    parse = PARSERS.get(field.types[0]) if field.coerce and len(field.types) == 1 else None
    if parse is None or not isinstance(value, str):
        return ""
    try:
        parse(value)
    except ValueError as error:
        return f"; {error}"
    return ""


def _allowed(field: Field, value: object) -> str:
    return f"is {_shown(field, value)}, allowed is one of {listed(field.allowed or ())}"


def _bound(field: Field, value: Any, rule: str) -> str:
    bound, got = field.bounds[rule], _shown(field, value)
    beyond, expected = _BOUNDS[rule]
    kinds = bounded_types(field.bounds.values())
    comparable = isinstance(value, kinds) and not isinstance(value, bool)
    if comparable and value == value:  # noqa: PLR0124 -- NaN
        return f"is {got}, {beyond} {bound!r}"
    return f"is {type(value).__name__} {got}, expected {expected} {bound!r}"


_BOUNDS = {
    "min": ("below the least allowed value", "at least"),
    "max": ("above the greatest allowed value", "at most"),
    "exclusive_min": ("which is not above", "above"),
    "exclusive_max": ("which is not below", "below"),
}


def _length(field: Field, value: object, rule: str) -> str:
    length = field.min_length if rule == "min_length" else field.max_length
    least = "at least" if rule == "min_length" else "at most"
    got = _shown(field, value)
    if not isinstance(value, Sized):
        return f"is {type(value).__name__} {got}, expected a length of {least} {length}"
    return f"is {got}, expected {least} {length} {_unit(value)}"


def _unit(value: Sized) -> str:
    if isinstance(value, str):
        return "character(s)"
    return "field(s)" if isinstance(value, dict) else "item(s)"


def _pattern(field: Field, value: object) -> str:
    what = f"a text that matches {field.pattern!r}"
    return f"is {_text(field, value)}, expected {what}"


def _format(field: Field, value: object) -> str:
    return f"is {_text(field, value)}, expected a text in the format {field.format!r}"


def _text(field: Field, value: object) -> str:
    got = _shown(field, value)
    return got if isinstance(value, str) else f"{type(value).__name__} {got}"


def _unique(field: Field, value: object) -> str:
    got = _shown(field, value)
    if isinstance(value, list) and field.items is not None and field.items.unique:
        return f"is {got}, expected items that differ"
    return f"is {got}, which an earlier record has too"


def _check(field: Field, value: object) -> str:
    got = value.value if isinstance(value, Answered) else value
    answer = value.answer if isinstance(value, Answered) else False
    name = check_name(field.check) if field.check is not None else ""
    said = _answered(name, answer, withheld=field.is_masked)
    return f"is {_shown(field, got)}: {said}"


def _answered(name: str, answer: object, *, withheld: bool) -> str:
    """What a check says of something that it does not let pass."""
    if isinstance(answer, Raised):
        error = answer.error
        what = type(error).__name__ if withheld else named(error)
        return f"the check {name!r} raised {what}"
    if isinstance(answer, str) and answer and not withheld:
        return shown(answer) if len(answer) > _SAID else answer
    hint = "; it returned None, and has to return True, False or a text" if answer is None else ""
    return f"does not pass the check {name!r}{hint}"


_SAID = 1000

_SAYERS: dict[str, Callable[[Field, Any], str]] = {
    "allowed": _allowed,
    "check": _check,
    "exclusive_max": partial(_bound, rule="exclusive_max"),
    "exclusive_min": partial(_bound, rule="exclusive_min"),
    "format": _format,
    "max": partial(_bound, rule="max"),
    "max_length": partial(_length, rule="max_length"),
    "min": partial(_bound, rule="min"),
    "min_length": partial(_length, rule="min_length"),
    "nullable": _null,
    "pattern": _pattern,
    "required": _missing,
    "type": _type,
    "unique": _unique,
}
