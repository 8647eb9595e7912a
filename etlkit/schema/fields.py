"""What a schema consists of, as values: fields, checks over several fields, the schema."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal, Protocol, TypeAlias

from attrs import field, frozen


Severity: TypeAlias = Literal["error", "warning"]
"""Whether a record that breaks a rule is refused, or passes and is counted."""

Unknown: TypeAlias = Literal["allow", "drop", "refuse"]
"""What becomes of fields that a schema does not name."""

Place: TypeAlias = tuple[str | None, ...]
"""Names from the record downwards to a field; None stands for each item of a list."""


def place_text(place: Place) -> str:
    """A place as people write it: ``$.contact.email``, ``$.items[*].price``.

    Example:
        >>> place_text(("items", None, "unit price"))
        "$.items[*]['unit price']"
    """
    parts = [
        "[*]" if part is None else f".{part}" if part.isidentifier() else f"[{part!r}]"
        for part in place
    ]
    return "$" + "".join(parts)


def check_name(function: Callable[..., object]) -> str:
    """What a check is called: the name of its function; for a lambda where it is written."""
    name = getattr(function, "__name__", type(function).__name__)
    if name != "<lambda>":
        return str(name)
    code = function.__code__
    return f"lambda {code.co_filename.rpartition('/')[2]}:{code.co_firstlineno}"


@frozen
class Field:
    r"""The rules of one field.

    Attributes:
        name: The key in the record; of the items of a list it means nothing.
        types: The Python types a value may have; empty for any. ``bool`` is no ``int``,
            a ``float`` field takes an ``int`` as it stands (as PEP 484 has it), and a
            ``date`` field takes no ``datetime``.
        required: The key must be there.
        nullable: The value may be None.
        allowed: The values it may have, or None for any.
        minimum: Least value, itself allowed; NaN is never within bounds.
        maximum: Greatest value, itself allowed.
        exclusive_minimum: A value that all values are above.
        exclusive_maximum: A value that all values are below.
        min_length: Least length of a text, in characters, or number of items or keys.
        max_length: Greatest length, itself allowed.
        pattern: Regular expression for the whole of a text; ``\d`` means ASCII digits.
        format: What a text has to look like: a name in ``FORMATS``.
        unique: No two records of a run have the same value; of the items of a list, no
            two in the list.
        fields: The rules of the dict that the value is.
        items: The rules of each item of the list that the value is.
        severity: ``"error"`` refuses the record, ``"warning"`` lets it pass and counts.
        coerce: A value of another type is turned into one of ``types`` where that loses
            nothing.
        check: A function that is given the value and returns whether it may pass, or a
            text that says what is wrong.
        sensitive: The value, and whatever is inside it, is masked in every message.
    """

    name: str
    types: tuple[type, ...] = ()
    required: bool = field(default=False, kw_only=True)
    nullable: bool = field(default=False, kw_only=True)
    allowed: tuple[Any, ...] | None = field(default=None, kw_only=True)
    minimum: Any = field(default=None, kw_only=True)
    maximum: Any = field(default=None, kw_only=True)
    exclusive_minimum: Any = field(default=None, kw_only=True)
    exclusive_maximum: Any = field(default=None, kw_only=True)
    min_length: int | None = field(default=None, kw_only=True)
    max_length: int | None = field(default=None, kw_only=True)
    pattern: str | None = field(default=None, kw_only=True)
    format: str | None = field(default=None, kw_only=True)
    unique: bool = field(default=False, kw_only=True)
    fields: Schema | None = field(default=None, kw_only=True)
    items: Field | None = field(default=None, kw_only=True)
    severity: Severity = field(default="error", kw_only=True)
    coerce: bool = field(default=False, kw_only=True)
    check: Callable[[Any], object] | None = field(default=None, kw_only=True)
    sensitive: bool = field(default=False, kw_only=True)

    @property
    def type_names(self) -> str:
        """The types in words: ``int or str``."""
        return " or ".join(type_.__name__ for type_ in self.types)

    @property
    def bounds(self) -> dict[str, Any]:
        """Those of the four bounds that there are, by the name of their rule."""
        every = {
            "min": self.minimum,
            "max": self.maximum,
            "exclusive_min": self.exclusive_minimum,
            "exclusive_max": self.exclusive_maximum,
        }
        return {rule: bound for rule, bound in every.items() if bound is not None}

    @property
    def is_masked(self) -> bool:
        """Whether messages hide the value: it is sensitive, or holds what is."""
        return next(self.sensitive_places(), None) is not None

    def sensitive_places(self) -> Iterator[Place]:
        """The places, from this field downwards, of the fields whose values are masked."""
        if self.sensitive:
            yield ()
        if self.fields is not None:
            yield from self.fields.sensitive_places()
        if self.items is not None:
            yield from ((None, *place) for place in self.items.sensitive_places())


@frozen
class RecordCheck:
    """A check over several fields of a record.

    It is made for records of which no field breaks a rule with the severity error: what is
    required is there and has its type. It has to look out for fields that may be missing or
    None, and for those whose rules only warn.

    Attributes:
        name: What messages and counts call it.
        func: Given the record, it returns whether it may pass, or a text that says what
            is wrong. It must not change the record.
        fields: The fields that it looks at. What the check says is withheld where one of
            them is sensitive; without names, where any field is.
        severity: ``"error"`` refuses the record, ``"warning"`` lets it pass and counts.

    Example:
        >>> from etlkit import DataValidator
        >>> in_order = RecordCheck("in order", lambda stay: stay["from"] <= stay["to"])
        >>> validator = DataValidator({"from": {"required": True}}, checks=[in_order])
        >>> validator.validate([{"from": 2, "to": 1}])
        (False, ["record 1: $ does not pass the check 'in order'"])
    """

    name: str
    func: Callable[[dict[str, Any]], object]
    fields: tuple[str, ...] = field(default=(), kw_only=True, converter=tuple)
    severity: Severity = field(default="error", kw_only=True)


@frozen
class Schema:
    """The fields of a record, by name and in order, and what holds for the whole of it.

    Attributes:
        fields: The fields.
        unknown: What becomes of fields that are not among them: they are let through
            (``"allow"``), removed (``"drop"``), or a mistake (``"refuse"``).
        checks: Checks over several fields.
        unique: Names of fields whose values together differ from record to record.
    """

    fields: tuple[Field, ...]
    unknown: Unknown = field(default="allow", kw_only=True)
    checks: tuple[RecordCheck, ...] = field(default=(), kw_only=True)
    unique: tuple[tuple[str, ...], ...] = field(default=(), kw_only=True)

    def sensitive_places(self) -> Iterator[Place]:
        """The places of the fields whose values are masked."""
        for each in self.fields:
            yield from ((each.name, *place) for place in each.sensitive_places())


class HasSchema(Protocol):
    """What has a schema, such as a validator."""

    @property
    def schema(self) -> Schema:
        """The schema."""


Rules: TypeAlias = Mapping[str, Mapping[str, Any] | Field]
"""Rules by field, as users write them: ``{"id": {"required": True, "type": int}}``."""
