"""How large a value may be that an expression makes: beyond that the record fails.

A short expression can make a value of any size of a small record: a product of products, a
text in which each character becomes a page. Such a record is refused before memory or time
are spent on it.
"""

from __future__ import annotations

from decimal import Decimal
from math import isfinite
from typing import Any


MOST_BITS = 4096
"""Length of the greatest whole number that a power may be, some 1 200 digits."""

MOST_DIGITS = 4300
"""Of any whole number: as many as Python writes."""

GREATEST = 10**MOST_DIGITS
"""Whole numbers are below it."""

MOST_CHARACTERS = 16 * 1024 * 1024
"""Of a text that is put together."""

LONGEST_CONSTANT = 100_000
"""Characters of a text that is written in an expression."""


def power(base: Any, exponent: Any) -> Any:
    """The power, unless it takes more memory than anybody meant, or is no finite real number.

    Raises:
        ValueError: The number would be of that length.
        TypeError: These are no numbers.
    """
    if isinstance(base, int) and isinstance(exponent, int) and exponent > 0:
        bits = base.bit_length()
        if bits > 1 and bits * exponent > MOST_BITS:
            message = f"the power has more than {MOST_BITS} bits; make a float of the base"
            raise ValueError(message)
    result = base**exponent
    if isinstance(result, complex):
        message = "the root of a negative number is no real number"
        raise ValueError(message)  # noqa: TRY004 -- it is the value that has no such root
    if isinstance(result, float) and not isfinite(result):
        message = f"the power is {result}"
        raise ValueError(message)
    return result


def product(left: Any, right: Any) -> Any:
    """The product, unless it is a whole number of more digits than can be written.

    Raises:
        ValueError: It is.
        TypeError: These cannot be multiplied.
    """
    result = left * right
    if isinstance(result, int):
        check_digits(result)
    return result


def is_finite(number: Any) -> bool:
    """Whether a float or Decimal is no NaN and no infinity; 1E+400 is none for Decimals."""
    return number.is_finite() if isinstance(number, Decimal) else isfinite(number)


def check_digits(number: Any) -> Any:
    """The number, unless its whole part has more digits than can be written.

    Raises:
        ValueError: It has.
    """
    if isinstance(number, Decimal):
        too_many = number.is_finite() and number.adjusted() >= MOST_DIGITS
    else:
        too_many = isinstance(number, int) and not -GREATEST < number < GREATEST
    if too_many:
        message = f"the number has more than {MOST_DIGITS} digits"
        raise ValueError(message)
    return number


def check_length(characters: int) -> None:
    """Look at the length that a text will have.

    Raises:
        ValueError: It is too long.
    """
    if characters > MOST_CHARACTERS:
        message = f"the text would have more than {MOST_CHARACTERS} characters"
        raise ValueError(message)
