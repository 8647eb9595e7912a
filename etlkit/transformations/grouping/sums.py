"""Sums without rounding errors, in memory that does not grow with the numbers."""

from __future__ import annotations

import math

from collections.abc import Sequence
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, Inexact, InvalidOperation, Overflow
from fractions import Fraction
from typing import Any


_EXACT = Context(
    prec=10_000, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[Inexact, InvalidOperation, Overflow]
)
_MEAN = Context(prec=28)


class ExactSum:
    """The exact sum of numbers.

    Whole numbers are added as they are. Floats are kept as a few floats whose sum is exactly
    that of all (as ``math.fsum`` does inside), so the result is rounded once. Decimals are
    added without rounding.
    """

    __slots__ = ("_decimal", "_has_floats", "_partials", "_rest", "_whole", "count")

    def __init__(self) -> None:
        self.count = 0
        self._whole = 0
        self._partials: list[float] = []
        self._has_floats = False
        self._rest: Fraction | None = None
        self._decimal: Decimal | None = None

    def add(self, values: Sequence[Any]) -> None:
        """Add finite numbers."""
        self.count += len(values)
        whole = _whole_sum(values)
        if whole is not None:
            self._whole += whole
            return
        kinds = set(map(type, values))
        if kinds == {float}:
            self._add_floats(values)
        else:
            self._add_floats([value for value in values if isinstance(value, float)])
            self._whole += sum(value for value in values if isinstance(value, int))
            for value in values:
                if isinstance(value, Decimal):
                    self._add_decimal(value)

    def _add_floats(self, values: Sequence[float]) -> None:
        if not values:
            return
        self._has_floats = True
        pending = [*self._partials, *values]
        partials: list[float] = []
        try:
            while (part := math.fsum(pending)) != 0.0:
                partials.append(part)
                pending.append(-part)
        except OverflowError:  # on the way there; the sum itself may be small enough
            exact = pending[: len(pending) - len(partials)]
            self._rest = (self._rest or Fraction(0)) + sum(map(Fraction, exact))
            partials = []
        self._partials = partials

    def _add_decimal(self, value: Decimal) -> None:
        known = self._decimal
        self._decimal = value if known is None else _EXACT.add(known, value)

    def total(self) -> int | float | Decimal | None:
        """The sum: whole, a float if any number was one, or a Decimal; None of no numbers.

        Raises:
            TypeError: There are floats and Decimals.
            OverflowError: The sum is larger than the largest float.
        """
        if self.count == 0:
            return None
        if self._decimal is not None:
            self._refuse_floats()
            return _EXACT.add(self._decimal, Decimal(self._whole))
        if not self._has_floats:
            return self._whole
        if self._whole == 0 and self._rest is None:
            return self._partials[0] if self._partials else 0.0
        return float(self._fraction())

    def mean(self) -> float | Decimal | None:
        """The mean, rounded once; None of no numbers.

        Raises:
            TypeError: There are floats and Decimals.
            OverflowError: It is larger than the largest float.
        """
        if self.count == 0:
            return None
        if self._decimal is not None:
            self._refuse_floats()
            return _MEAN.divide(_EXACT.add(self._decimal, Decimal(self._whole)), self.count)
        if not self._has_floats:
            return self._whole / self.count
        return float(self._fraction() / self.count)

    def kept(self) -> int:
        """No number stays as it was."""
        return 0

    def state(self) -> list[Any]:
        """What is known of the numbers, as plain values."""
        rest = None if self._rest is None else [self._rest.numerator, self._rest.denominator]
        return [self.count, self._whole, self._has_floats, self._partials, rest, self._decimal]

    def absorb(self, state: list[Any]) -> None:
        """Add the numbers of another sum, of which ``state`` tells."""
        count, whole, has_floats, partials, rest, decimal = state
        self.count += count
        self._whole += whole
        self._has_floats = self._has_floats or has_floats
        self._add_floats(partials)
        if rest is not None:
            self._rest = (self._rest or Fraction(0)) + Fraction(*rest)
        if decimal is not None:
            self._add_decimal(decimal)

    def _fraction(self) -> Fraction:
        return sum(map(Fraction, self._partials), (self._rest or Fraction(0)) + self._whole)

    def _refuse_floats(self) -> None:
        if self._has_floats:
            message = "the group holds floats and Decimals, which have no exact sum; cast one"
            raise TypeError(message)


def _whole_sum(values: Sequence[Any]) -> int | None:
    """The sum of whole numbers; None if there is any other among them.

    With a float or a Decimal the sum is one, or cannot be made, so no type is looked at.
    """
    if not isinstance(values[0], int):
        return None
    try:
        whole = sum(values)
    except (ArithmeticError, TypeError):
        return None
    return whole if isinstance(whole, int) else None
