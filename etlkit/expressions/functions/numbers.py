"""Functions of numbers."""

from __future__ import annotations

import math

from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from typing import Any

from etlkit.expressions.registry import NUMBER, WHOLE, Example, function


@function(
    "abs",
    NUMBER,
    NUMBER,
    Example("F.n.abs()", {"n": -2.5}, 2.5),
    Example("F.n.abs()", {"n": None}, None),
    template="{abs}({0})",
    uses={"abs": abs},
)
def absolute(number: Any, /) -> Any:
    """The number without its sign."""
    return abs(number)


MODES = {"half_even": ROUND_HALF_EVEN, "half_up": ROUND_HALF_UP}


def _check_mode(options: dict[str, Any]) -> dict[str, Any]:
    digits, mode = options.get("digits", 0), options.get("mode", "half_even")
    if not isinstance(digits, int) or isinstance(digits, bool):
        message = f"digits is a whole number, got {digits!r}"
        raise ValueError(message)  # noqa: TRY004 -- a mistaken option, whatever is wrong with it
    if mode not in MODES:
        message = f"mode is 'half_even' or 'half_up', got {mode!r}"
        raise ValueError(message)
    return options


@function(
    "round",
    NUMBER,
    NUMBER,
    Example("F.n.round()", {"n": 2.5}, 2.0),
    Example("F.n.round(1)", {"n": 0.25}, 0.2),
    Example("F.n.round(1, mode='half_up')", {"n": 0.25}, 0.3),
    check=_check_mode,
)
def rounded(number: Any, /, digits: int = 0, *, mode: str = "half_even") -> Any:
    """The number with so many digits after the point, of its own type; halves go to even."""
    if mode == "half_even":
        return round(number, digits)
    exact = number if isinstance(number, Decimal) else Decimal(repr(number))
    result = exact.quantize(Decimal(1).scaleb(-digits), rounding=MODES[mode])
    return result if isinstance(number, Decimal) else type(number)(result)


@function(
    "floor",
    NUMBER,
    WHOLE,
    Example("F.n.floor()", {"n": -2.5}, -3),
    template="{floor}({0})",
    uses={"floor": math.floor},
)
def floor(number: Any, /) -> Any:
    """The greatest whole number that is not above."""
    return math.floor(number)


@function(
    "ceil",
    NUMBER,
    WHOLE,
    Example("F.n.ceil()", {"n": -2.5}, -2),
    template="{ceil}({0})",
    uses={"ceil": math.ceil},
)
def ceil(number: Any, /) -> Any:
    """The least whole number that is not below."""
    return math.ceil(number)
