"""What counts as a function that a user passes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeGuard


def is_function(value: object) -> TypeGuard[Callable[..., Any]]:
    """Whether it can be called for a result.

    An expression can be called as well, but only to say what to write instead.
    """
    return callable(value) and not hasattr(type(value), "_refuses_calls")
