"""What checks of users answer: True, False, or a text that says what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import frozen


def is_yes(answer: object) -> bool:
    """Whether an answer lets the value pass."""
    return answer is not None and not isinstance(answer, str) and bool(answer)


@frozen
class Raised:
    """The answer of a check that raised."""

    error: Exception


@frozen
class Asked:
    """A check of the user, whose exceptions are answers too."""

    check: Callable[[Any], object]

    def __call__(self, value: Any) -> object:
        """True, or the answer that lets the value not pass.

        Raises:
            MemoryError: The check ran out of memory, which is not the fault of a value.
        """
        try:
            answer = self.check(value)
            return True if is_yes(answer) else answer
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 -- recorded as the problem of the value
            return Raised(error)


@frozen
class Answered:
    """A value, and what a check answered to it."""

    value: Any
    answer: object
