"""Functions of numbers."""

from __future__ import annotations

import math

from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal
from typing import Any

from etlkit.expressions.bounds import check_digits
from etlkit.expressions.registry import (
    AMOUNT,
    NUMBER,
    WHOLE,
    Example,
    choice,
    function,
    option,
)


@function(
    "abs",
    AMOUNT,
    NUMBER,
    Example("F.n.abs()", {"n": -2.5}, 2.5),
    Example("F.n.abs()", {"n": None}, None),
    template="{abs}({0})",
    uses={"abs": abs},
)
def absolute(number: Any, /) -> Any:
    """The number without its sign."""
    return abs(number)


_MODES = {"half_even": ROUND_HALF_EVEN, "half_up": ROUND_HALF_UP}


def _check_rounding(options: Mapping[str, Any]) -> None:
    option("digits", options["digits"], int, "a whole number")
    choice("mode", options["mode"], _MODES)
    if abs(options["digits"]) > _MOST_DIGITS:
        message = f"digits is between -{_MOST_DIGITS} and {_MOST_DIGITS}"
        raise ValueError(message)


_MOST_DIGITS = 300
_WIDE = Context(prec=5_000)
"""Room for every float with so many digits, and for whole numbers that Python reads."""


@function(
    "round",
    NUMBER,
    NUMBER,
    Example("F.n.round()", {"n": 2.5}, 2.0),
    Example("F.n.round(1)", {"n": 0.25}, 0.2),
    Example("F.n.round(1, mode='half_up')", {"n": 0.25}, 0.3),
    check=_check_rounding,
)
def rounded(number: Any, /, digits: int = 0, *, mode: str = "half_even") -> Any:
    """The number with so many digits after the point, of its own type; halves go to even."""
    if mode == "half_even":
        return round(number, digits)
    if isinstance(number, int) and digits >= 0:
        return number
    exact = number if isinstance(number, Decimal) else Decimal(repr(number))
    result = exact.quantize(Decimal(1).scaleb(-digits), _MODES[mode], _WIDE)
    return result if isinstance(number, Decimal) else type(number)(result)


@function(
    "floor",
    NUMBER,
    WHOLE,
    Example("F.n.floor()", {"n": -2.5}, -3),
    template="{floor}({0} if {0}.__class__ is float else {checked}({0}))",
    uses={"floor": math.floor, "checked": check_digits},
)
def floor(number: Any, /) -> Any:
    """The greatest whole number that is not above."""
    return math.floor(check_digits(number))


@function(
    "ceil",
    NUMBER,
    WHOLE,
    Example("F.n.ceil()", {"n": -2.5}, -2),
    template="{ceil}({0} if {0}.__class__ is float else {checked}({0}))",
    uses={"ceil": math.ceil, "checked": check_digits},
)
def ceil(number: Any, /) -> Any:
    """The least whole number that is not below."""
    return math.ceil(check_digits(number))


@function(
    "trunc",
    NUMBER,
    WHOLE,
    Example("F.n.trunc()", {"n": -2.5}, -2),
    template="{trunc}({0} if {0}.__class__ is float else {checked}({0}))",
    uses={"trunc": math.trunc, "checked": check_digits},
)
def trunc(number: Any, /) -> Any:
    """The whole part of the number."""
    return math.trunc(check_digits(number))


@function(
    "sign",
    NUMBER,
    WHOLE,
    Example("F.n.sign()", {"n": -2.5}, -1),
)
def sign(number: Any, /) -> int:
    """-1, 0 or 1, as the number is below, at or above zero."""
    return int(number > 0) - int(number < 0)


@function(
    "sqrt",
    NUMBER,
    NUMBER,
    Example("F.n.sqrt()", {"n": 9}, 3.0),
    template="{sqrt}({0})",
    uses={"sqrt": math.sqrt},
)
def sqrt(number: Any, /) -> float:
    """The square root."""
    return math.sqrt(number)


@function(
    "exp",
    NUMBER,
    NUMBER,
    Example("F.n.exp()", {"n": 0}, 1.0),
    template="{exp}({0})",
    uses={"exp": math.exp},
)
def exp(number: Any, /) -> float:
    """The power of e."""
    return math.exp(number)


@function(
    "log",
    (NUMBER, NUMBER),
    NUMBER,
    Example("F.n.log()", {"n": 1}, 0.0),
    Example("F.n.log(10)", {"n": 1000}, 3.0),
)
def log(number: Any, base: Any = math.e, /) -> float:
    """The logarithm, by default the natural one."""
    if base == math.e:
        return math.log(number)
    return math.log10(number) if base == _TEN else math.log(number, base)


_TEN = 10


@function(
    "clip",
    (NUMBER, NUMBER, NUMBER),
    NUMBER,
    Example("F.n.clip(0, 100)", {"n": 250}, 100),
)
def clip(number: Any, low: Any, high: Any, /) -> Any:
    """The number, or the nearer end where it is below ``low`` or above ``high``."""
    return low if number < low else min(number, high)
