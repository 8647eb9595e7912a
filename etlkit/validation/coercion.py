"""Values turned into another type, where that loses nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from math import isfinite
from typing import Any
from uuid import UUID

from attrs import field, frozen

from etlkit.schema.texts import PARSERS
from etlkit.schema.types import has_type


@frozen
class Coercion:
    """Turns values into one of several types, the first that one can be turned into."""

    types: tuple[type, ...]
    parse: Callable[[str], Any] | None = field(init=False)

    @parse.default
    def _only_parser(self) -> Callable[[str], Any] | None:
        return PARSERS.get(self.types[0]) if len(self.types) == 1 else None

    def __call__(self, value: Any) -> Any:
        """The new value; the value itself if it has one of the types or cannot have it.

        Raises:
            MemoryError: There is none left.
        """
        if value.__class__ is str and self.parse is not None:  # nearly all there is
            try:
                return self.parse(value)
            except ValueError:
                return value
        if has_type(value, self.types):
            return value
        for type_ in self.types:
            try:
                return _coerced(value, type_)
            except MemoryError:
                raise
            except Exception:  # noqa: BLE001, S112 -- the rule of the type will find it
                continue
        return value


def _coerced(value: Any, type_: type) -> Any:
    if isinstance(value, str):
        return PARSERS[type_](value)
    return _MAKERS[type_, type(value)](value)


def _whole(value: Any) -> int:
    if isinstance(value, Decimal) and abs(value.adjusted()) > _MOST_DIGITS:
        raise ValueError  # 1e999999 would be a number of that length
    whole = int(value)
    if whole != value:
        raise ValueError
    return whole


_MOST_DIGITS = 400


def _truth(value: int) -> bool:
    return {0: False, 1: True}[value]


def _exact_decimal(value: float) -> Decimal:
    """The decimal number that the float is written as: 0.1 and not what it stands for."""
    if not isfinite(value):
        raise ValueError
    return Decimal(repr(value))


def _written(value: float) -> str:
    if not isfinite(value):
        raise ValueError
    return repr(value)


_MAKERS: dict[tuple[type, type], Callable[[Any], Any]] = {
    (int, float): _whole,
    (int, Decimal): _whole,
    (bool, int): _truth,
    (Decimal, int): Decimal,
    (Decimal, float): _exact_decimal,
    (str, int): str,
    (str, float): _written,
    (str, Decimal): str,
    (str, UUID): str,
    (str, date): date.isoformat,
    (str, datetime): datetime.isoformat,
    (str, time): time.isoformat,
}
"""How to make a value of the first type of one of the second."""
