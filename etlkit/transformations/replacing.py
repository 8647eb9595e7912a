"""Replace and Standardize: values replaced by those that a table has for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal

from attrs import field as attribute
from attrs import frozen

from etlkit._copying import own
from etlkit._words import did_you_mean, shown
from etlkit.expressions import Expression
from etlkit.transformations.conversions import Conversion
from etlkit.transformations.mistakes import choice, field_name, mistake
from etlkit.transformations.states import US_STATES
from etlkit.transformations.verbs import MISSING, Missing, comparable, refused, variable


if TYPE_CHECKING:
    from etlkit.transformations.step import StepCode

Unmapped = Literal["error", "keep"]
_UNMAPPED = ("error", "keep")

REMEMBERED = 4096
"""Spellings that a compiled step remembers beside those that count."""


class _Unset:
    """No default: what is not in the mapping is a failure."""

    def __repr__(self) -> str:
        return "no default"


_UNSET = _Unset()


@frozen(init=False, repr=False)
class Replace(Conversion):
    """Replace the values of a field by those that a dict has for them.

    A value that the dict does not have is the record's failure, unless there is a default.
    None stays None, unless the dict has it. The numbers 1, 1.0 and True are different.

    Args:
        field: The name of the field.
        mapping: Old values and new values.
        default: The value for those that the dict does not have.
        unmapped: Of values that the dict does not have: fail (``"error"``), or let them
            be as they are (``"keep"``).
        missing: A record without the field fails (``"error"``), or goes on without it
            (``"ignore"``).

    Example:
        >>> Replace("size", {"S": "small", "L": "large"}).apply([{"size": "S"}, {"size": None}])
        [{'size': 'small'}, {'size': None}]
        >>> Replace("size", {"S": "small"}, default="other").apply([{"size": "XL"}])
        [{'size': 'other'}]
    """

    takes = "field"
    takes_none = True

    field: str
    mapping: Mapping[Any, Any] = attribute(eq=comparable)
    default: Any = attribute(default=_UNSET, eq=comparable)
    unmapped: Unmapped = "error"
    missing: Missing = "error"
    _table: dict[tuple[type, Any], Any] = attribute(init=False, eq=False)
    _kinds: frozenset[type] = attribute(init=False, eq=False)

    def __init__(
        self,
        field: str,
        mapping: Mapping[Any, Any],
        *,
        default: object = _UNSET,
        unmapped: Unmapped = "error",
        missing: Missing = "error",
    ) -> None:
        name = field_name("Replace", field)
        given: object = mapping
        if not isinstance(given, Mapping) or not given:
            message = f"Replace({name!r}) takes a dict of old and new values, got {shown(mapping)}"
            raise mistake(message)
        if default is not _UNSET and unmapped != "error":
            message = f"Replace({name!r}): a default and unmapped='keep' exclude each other"
            raise mistake(message)
        for value in (*mapping.values(), default):
            if isinstance(value, Expression) or callable(value):
                message = (
                    f"Replace({name!r}) takes constants, got {shown(value)}; a value that is "
                    "worked out is made by Derive"
                )
                raise mistake(message)
        self.__attrs_init__(
            name,
            own(mapping),
            own(default),
            choice("Replace", "unmapped", unmapped, _UNMAPPED),
            choice("Replace", "missing", missing, MISSING),
        )

    @_table.default
    def _(self) -> dict[tuple[type, Any], Any]:
        return {(old.__class__, old): new for old, new in self.mapping.items()}

    @_kinds.default
    def _(self) -> frozenset[type]:
        return frozenset(map(type, self.mapping))

    @property
    def names(self) -> tuple[str, ...]:
        """The field."""
        return (self.field,)

    def converted(self, name: str, value: Any) -> Any:
        """What the dict has for the value."""
        kind = value.__class__
        found = self._table.get((kind, value), _UNSET) if kind in self._kinds else _UNSET
        if found is _UNSET:
            known = [old for old in self.mapping if isinstance(old, str)]
            return _unmapped(self, name, value, known)
        return own(found)

    def write_value(self, code: StepCode, name: str, value: str) -> None:
        """One look into a dict, and a call for values that it does not have."""
        given = variable(code, "given")
        table: Mapping[Any, Any] = self._table
        wanted, key = f"in {code.bind('kinds', self._kinds)}", f"({given}.__class__, {given})"
        if self._kinds == {str}:
            table, wanted, key = self.mapping, f"is {code.bind('str', str)}", given
        unset = code.bind("unset", _UNSET)
        found = f"{code.bind('table', table)}.get({key}, {unset})"
        code.line(f"{given} = {value}")
        code.line(f"{value} = {found} if {given}.__class__ {wanted} else {unset}")
        held = any(isinstance(new, (list, dict)) for new in self.mapping.values())
        call = f"{code.bind('convert', self.converted)}({code.bind('field', name)}, {given})"
        code.line(f"{'' if held else f'if {value} is {unset}: '}{value} = {call}")


def _unmapped(step: Replace | Standardize, name: str, value: Any, known: Iterable[str]) -> Any:
    """What becomes of a value that a table does not have."""
    if value is None or step.unmapped == "keep":
        return value
    if step.default is not _UNSET:
        return own(step.default)
    near = did_you_mean(value, known) if isinstance(value, str) else ""
    hint = near or "; default= gives such values another one, unmapped='keep' leaves them"
    raise refused(name, "unmapped", "there is no replacement for {}", shown(value), hint)


@frozen(init=False, repr=False)
class Standardize(Conversion):
    """Replace the spellings of a value by the one that counts.

    Spellings are compared without regard to case, full stops, commas, hyphens, and how many
    spaces there are. A value of another spelling, or that is no text, is the record's failure,
    unless there is a default. None stays None.

    Args:
        field: The name of the field.
        variants: For each value that counts a list of its spellings; it is one itself.
        default: The value for other spellings.
        unmapped: Of other spellings: fail (``"error"``), or let them be as they are
            (``"keep"``).
        missing: A record without the field fails (``"error"``), or goes on without it
            (``"ignore"``).

    Example:
        >>> step = Standardize("size", {"S": ["small", "sm."], "L": ["large"]})
        >>> step.apply([{"size": "Small"}, {"size": "SM"}, {"size": "l"}])
        [{'size': 'S'}, {'size': 'S'}, {'size': 'L'}]
        >>> Standardize.us_states("state").apply([{"state": "new york"}, {"state": "Calif."}])
        [{'state': 'NY'}, {'state': 'CA'}]
    """

    takes = "field"

    field: str
    variants: Mapping[str, tuple[str, ...]] = attribute(eq=comparable)
    default: Any = attribute(default=_UNSET, eq=comparable)
    unmapped: Unmapped = "error"
    missing: Missing = "error"
    _spellings: dict[str, str] = attribute(init=False, eq=False)

    def __init__(
        self,
        field: str,
        variants: Mapping[str, Iterable[str]],
        *,
        default: object = _UNSET,
        unmapped: Unmapped = "error",
        missing: Missing = "error",
    ) -> None:
        name = field_name("Standardize", field)
        if default is not _UNSET and unmapped != "error":
            message = f"Standardize({name!r}): a default and unmapped='keep' exclude each other"
            raise mistake(message)
        self.__attrs_init__(
            name,
            _checked_variants(name, variants),
            own(default),
            choice("Standardize", "unmapped", unmapped, _UNMAPPED),
            choice("Standardize", "missing", missing, MISSING),
        )

    @_spellings.default
    def _(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for value, spellings in self.variants.items():
            for spelling in (value, *spellings):
                other = found.setdefault(_folded(spelling), value)
                if other != value:
                    message = (
                        f"Standardize({self.field!r}): {spelling!r} is a spelling of {other!r} "
                        f"and of {value!r}"
                    )
                    raise mistake(message)
        return found

    @classmethod
    def us_states(
        cls,
        field: str,
        *,
        default: object = _UNSET,
        unmapped: Unmapped = "error",
        missing: Missing = "error",
    ) -> Standardize:
        """The USPS codes of states, of their names, codes and usual abbreviations."""
        return cls(field, US_STATES, default=default, unmapped=unmapped, missing=missing)

    @property
    def label(self) -> str:
        """The verb without its spellings."""
        return f"Standardize({self.field!r}, {len(self.variants)} values)"

    @property
    def names(self) -> tuple[str, ...]:
        """The field."""
        return (self.field,)

    def converted(self, name: str, value: Any) -> Any:
        """The value that counts."""
        found = self._spellings.get(_folded(value)) if isinstance(value, str) else None
        return _unmapped(self, name, value, self._known()) if found is None else found

    def write_value(self, code: StepCode, name: str, value: str) -> None:
        """One look into a dict of spellings, and a call for those that were not seen before."""
        given, known = variable(code, "given"), dict(zip(self.variants, self.variants, strict=True))

        def spelled(name: str, given: Any) -> Any:
            made = self.converted(name, given)
            if given.__class__ is str and made.__class__ is str and len(known) < REMEMBERED:
                known[given] = made
            return made

        unset = code.bind("unset", _UNSET)
        found = f"{code.bind('known', known)}.get({given}, {unset})"
        code.line(f"{given} = {value}")
        code.line(f"if {given}.__class__ is {code.bind('str', str)}: {value} = {found}")
        code.line(f"elif {given} is not None: {value} = {unset}")
        call = f"{code.bind('convert', spelled)}({code.bind('field', name)}, {given})"
        code.line(f"if {value} is {unset}: {value} = {call}")

    def _known(self) -> list[str]:
        return [text for value, others in self.variants.items() for text in (value, *others)]


_UNCOUNTED = str.maketrans({".": "", ",": " ", "-": " "})


def _folded(text: str) -> str:
    return " ".join(text.casefold().translate(_UNCOUNTED).split())


def _checked_variants(name: str, given: object) -> dict[str, tuple[str, ...]]:
    example = "{'CA': ['California', 'Calif.']}"
    if not isinstance(given, Mapping) or not given:
        message = f"Standardize({name!r}) takes a dict such as {example}, got {shown(given)}"
        raise mistake(message)
    made = {}
    for value, spellings in given.items():
        is_list = isinstance(spellings, Iterable) and not isinstance(spellings, str)
        texts = tuple(spellings) if is_list else (None,)
        if not all(isinstance(text, str) for text in (value, *texts)):
            message = (
                f"Standardize({name!r}): a value has a list of spellings, such as {example}, "
                f"got {shown(value)}: {shown(spellings)}"
            )
            raise mistake(message)
        made[value] = texts
    return made
