"""What tells keys apart that Python takes for equal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any


if TYPE_CHECKING:
    from etlkit.transformations.step import StepCode


def typed(value: Any) -> Any:
    """What tells values apart that Python takes for equal: 1, 1.0 and True.

    A text and None stand for themselves. All NaN are one value.

    Raises:
        TypeError: The value cannot be hashed.
    """
    kind = value.__class__
    if kind is str or value is None:
        return value
    if kind is tuple:
        return kind, tuple(map(typed, value))
    if value != value:  # noqa: PLR0124 -- NaN, in a float or a Decimal
        return kind, "nan"
    hash(value)
    return kind, value


def untyped(value: Any) -> Any:
    """The value that ``typed`` made this of."""
    if value.__class__ is not tuple:
        return value
    kind, inside = value
    if kind is tuple:
        return tuple(map(untyped, inside))
    return kind(inside) if inside == "nan" and kind is not str else inside


def write_typed(code: StepCode, texts: list[str]) -> str:
    """The text of what tells the keys of records apart, made of the texts of its values."""
    bound = code.bind("typed", typed)
    parts = [f"{text} if {text}.__class__ is str else {bound}({text})" for text in texts]
    return parts[0] if len(parts) == 1 else f"({', '.join(parts)})"


def typed_key(values: list[Any]) -> Any:
    """What tells the keys of records apart, as ``write_typed`` makes it."""
    return typed(values[0]) if len(values) == 1 else tuple(map(typed, values))


def untyped_key(key: Any, width: int) -> list[Any]:
    """The values that ``typed_key`` made a key of."""
    return [untyped(key)] if width == 1 else list(map(untyped, key))
