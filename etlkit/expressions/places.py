"""The line of the user's program that is building an expression."""

from __future__ import annotations

import re
import sys

from pathlib import Path
from typing import NoReturn

from etlkit.errors import ExpressionError, UnknownFunction


_HERE = (str(Path(__file__).parent.parent), "<attrs generated")


def place() -> str:
    """``report.py:12``: the nearest line outside of etlkit; empty where there is none."""
    frame = sys._getframe(1)  # noqa: SLF001 -- the documented way to a caller's line
    while frame.f_code.co_filename.startswith(_HERE):
        if frame.f_back is None:
            return ""
        frame = frame.f_back
    return f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno}"


def without_place(error: ExpressionError) -> str:
    """What is said of an expression, without the line, which the text of another error gets."""
    return _PLACE.sub("", str(error))


_PLACE = re.compile(r" \([^()]*:\d+\)\Z")


def mistake(words: str) -> ExpressionError:
    """The error for an expression that cannot mean anything."""
    return ExpressionError(f"{words} ({place()})")


def refuse(words: str) -> NoReturn:
    """Raise the error for an expression that cannot mean anything."""
    raise mistake(words)


def unknown(words: str) -> UnknownFunction:
    """The error for a function that there is not."""
    return UnknownFunction(f"{words} ({place()})")
