"""Powers of bounded size."""

from __future__ import annotations

from math import isfinite
from typing import Any


MOST_BITS = 4096
"""Length of the greatest whole number that a power may be, some 1 200 digits."""


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
