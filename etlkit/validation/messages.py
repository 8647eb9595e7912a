"""What a broken rule is called in words; values of sensitive fields are masked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sized
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, TypeAlias

from etlkit._words import SAID_CHARACTERS, did_you_mean, named, nearest, shown
from etlkit.records import Problem
from etlkit.schema.fields import check_name, place_text
from etlkit.schema.patterns import most_characters
from etlkit.schema.texts import PARSERS
from etlkit.schema.types import bounded_types
from etlkit.validation.answers import Answered, Raised


if TYPE_CHECKING:
    from etlkit.schema.fields import Field, Place, RecordCheck, Schema

MASK = "***"

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

    __slots__ = ("_say", "_start", "_word", "counted", "is_warning", "own", "rule")

    def __init__(
        self, rule: str, own: Path, say: Callable[[Any], str], *, place: Place, is_warning: bool
    ) -> None:
        self.rule = rule
        self.own = own
        self.is_warning = is_warning
        self.counted = f"{place_text(place)} {rule}"
        self._say = say
        self._word = "warning: " if is_warning else ""
        self._start = f"{self._word}{Problem(own, rule, '').place}"

    def words(self, value: Any, at: Path) -> str:
        """What is wrong with a value, and where; ``at`` is the path of its record or list."""
        if not at:
            return f"{self._start} {self._say(value)}"
        return f"{self._word}{Problem((*at, *self.own), self.rule, '').place} {self._say(value)}"

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
        _SAYERS[rule](field),
        place=place,
        is_warning=field.severity == "warning",
    )


def required_complaint(schema: Schema, field: Field, place: Place) -> Complaint:
    """The complaint about a field that is not there; its value is the record that lacks it."""
    names = frozenset(each.name for each in schema.fields)
    # kept, since most records that lack a field have the same others in its place
    near = lru_cache(maxsize=32)(partial(nearest, field.name))

    def say(record: Iterable[object]) -> str:
        others = tuple(key for key in record if isinstance(key, str) and key not in names)
        found = near(others)
        hint = "" if found is None else f"; the record has {found!r}"
        return f"is required but missing{hint}"

    return Complaint(
        "required", (field.name,), say, place=place, is_warning=field.severity == "warning"
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
    complaint: Complaint,
    names: frozenset[str],
    record: Iterable[Any],
    at: Path,
    *,
    is_masked: bool,
) -> list[Finding]:
    """The findings for the fields of a record that are not among those of the schema.

    Inside of a sensitive field the names are masked as values are.
    """
    unknown = [name for name in record if name not in names][:MOST_UNKNOWN]
    told = [MASK] * len(unknown) if is_masked else unknown
    return [(complaint, name, (*at, name)) for name in told]


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


_Say: TypeAlias = Callable[[Any], str]


def _quiet(words: str) -> Callable[[Field], _Say]:
    """For rules that say the same of every value."""
    return lambda _: lambda _: words


def _shower(field: Field) -> _Say:
    """How messages show a value of the field."""
    return (lambda _: MASK) if field.is_masked else shown


def _type(field: Field) -> _Say:
    show, expected = _shower(field), f", expected {field.type_names}"
    parse = PARSERS.get(field.types[0]) if len(field.types) == 1 else None

    @lru_cache(maxsize=32)  # a column of texts that are no numbers often has few of them
    def hint(text: str) -> str:
        if parse is None:
            return ""
        try:
            parse(text)
        except ValueError as error:
            return f"; {error}" if field.coerce else ""
        return "" if field.coerce else "; coerce=True turns it into one"

    def say(value: object) -> str:
        words = f"is {type(value).__name__} {show(value)}{expected}"
        return words + hint(value) if isinstance(value, str) else words

    return say


def _allowed(field: Field) -> _Say:
    show, expected = _shower(field), f", allowed is one of {listed(field.allowed or ())}"
    return lambda value: f"is {show(value)}{expected}"


def _bound(field: Field, rule: str) -> _Say:
    show, kinds = _shower(field), bounded_types(field.bounds.values())
    words, expected = _BOUNDS[rule]
    bound = field.bounds[rule]
    beyond = f", {words} {bound!r}"

    def say(value: Any) -> str:
        comparable = isinstance(value, kinds) and not isinstance(value, bool)
        if comparable and value == value:  # noqa: PLR0124 -- NaN
            return f"is {show(value)}{beyond}"
        return f"is {type(value).__name__} {show(value)}, expected {expected} {bound!r}"

    return say


_BOUNDS = {
    "min": ("below the least allowed value", "at least"),
    "max": ("above the greatest allowed value", "at most"),
    "exclusive_min": ("which is not above", "above"),
    "exclusive_max": ("which is not below", "below"),
}


def _length(field: Field, rule: str) -> _Say:
    show = _shower(field)
    length = field.min_length if rule == "min_length" else field.max_length
    expected = f"{'at least' if rule == 'min_length' else 'at most'} {length}"

    def say(value: object) -> str:
        if not isinstance(value, Sized):
            got = f"{type(value).__name__} {show(value)}"
            return f"is {got}, expected a length of {expected}"
        return f"is {show(value)}, expected {expected} {_unit(value)}"

    return say


def _unit(value: Sized) -> str:
    if isinstance(value, str):
        return "character(s)"
    return "field(s)" if isinstance(value, dict) else "item(s)"


def _look(field: Field, expected: str) -> _Say:
    show = _shower(field)

    def say(value: object) -> str:
        got = show(value) if isinstance(value, str) else f"{type(value).__name__} {show(value)}"
        return f"is {got}, expected a text {expected}"

    return say


def _pattern(field: Field) -> _Say:
    pattern = field.pattern or ""
    show, look = _shower(field), _look(field, f"that matches {pattern!r}")
    most = most_characters(pattern)

    def say(value: object) -> str:
        if most is None or not isinstance(value, str) or len(value) <= most:
            return look(value)
        limit = f"the {most} characters up to which the pattern {pattern!r} is tried"
        return f"is {show(value)}, longer than {limit}"

    return say


def _unique(field: Field) -> _Say:
    show = _shower(field)
    differ = field.items is not None and field.items.unique

    def say(value: object) -> str:
        if differ and isinstance(value, list):
            return f"is {show(value)}, expected items that differ"
        return f"is {show(value)}, which an earlier record has too"

    return say


def _check(field: Field) -> _Say:
    show, withheld = _shower(field), field.is_masked
    name = "" if field.check is None else check_name(field.check)

    def say(value: Answered) -> str:
        said = _answered(name, value.answer, withheld=withheld)
        return f"is {show(value.value)}: {said}"

    return say


def _answered(name: str, answer: object, *, withheld: bool) -> str:
    """What a check says of something that it does not let pass."""
    if isinstance(answer, Raised):
        error = answer.error
        what = type(error).__name__ if withheld else named(error)
        return f"the check {name!r} raised {what}"
    if isinstance(answer, str) and answer and not withheld:
        return shown(answer) if len(answer) > SAID_CHARACTERS else answer
    hint = "; it returned None, and has to return True, False or a text" if answer is None else ""
    return f"does not pass the check {name!r}{hint}"


_SAYERS: dict[str, Callable[[Field], _Say]] = {
    "allowed": _allowed,
    "check": _check,
    "exclusive_max": partial(_bound, rule="exclusive_max"),
    "exclusive_min": partial(_bound, rule="exclusive_min"),
    "format": lambda field: _look(field, f"in the format {field.format!r}"),
    "max": partial(_bound, rule="max"),
    "max_length": partial(_length, rule="max_length"),
    "min": partial(_bound, rule="min"),
    "min_length": partial(_length, rule="min_length"),
    "nullable": _quiet("is None, and the field is not nullable"),
    "pattern": _pattern,
    "type": _type,
    "unique": _unique,
}
