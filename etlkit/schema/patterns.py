"""Regular expressions for the whole of a text."""

from __future__ import annotations

import re

from typing import TYPE_CHECKING


if TYPE_CHECKING:
    from collections.abc import Callable


def matcher(pattern: str) -> Callable[[str], object]:
    r"""The function that says whether the whole of a text matches a pattern.

    ``\d``, ``\w`` and ``\s`` mean ASCII characters.

    Raises:
        ValueError: The pattern is mistaken.
    """
    try:
        return re.compile(pattern, re.ASCII).fullmatch
    except re.error as error:
        message = f"is no regular expression: {error}"
        raise ValueError(message) from error
