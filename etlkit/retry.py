"""When a failed attempt is tried again: a pure decision, without a clock of its own."""

from __future__ import annotations

import random

from collections.abc import Callable
from typing import Literal, TypeAlias

from attrs import field, frozen

from etlkit.errors import EtlkitError, TransientError


__all__ = ["NO_RETRY", "Jitter", "RetryPolicy", "can_get_better"]

Jitter: TypeAlias = Literal["none", "full", "equal"]

# What a program gets wrong it gets wrong again; OSError and its kind may be over next time.
_NEVER_BETTER = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    ImportError,
    LookupError,
    MemoryError,
    NameError,
    RecursionError,
    NotImplementedError,
    SyntaxError,
    TypeError,
    ValueError,
)


def can_get_better(error: BaseException) -> bool:
    """Whether the same run may succeed when it is tried again.

    Errors of etlkit say so by their class: a :class:`~etlkit.errors.TransientError` may,
    a mistaken configuration, bad records and broken promises may not. Of other errors
    everything may that is not a mistake in a program.
    """
    if isinstance(error, EtlkitError):
        return isinstance(error, TransientError)
    return isinstance(error, Exception) and not isinstance(error, _NEVER_BETTER)


def _positive(_: object, attribute: object, value: float | None) -> None:
    if value is not None and value < 0:
        message = f"{attribute.name} must not be negative, got {value!r}"  # type: ignore[attr-defined]  # attrs passes its Attribute
        raise ValueError(message)


@frozen
class RetryPolicy:
    """How often a failed run is tried again, and how long it waits before.

    The waits are ``initial``, ``initial * factor``, ``initial * factor ** 2`` … seconds,
    never more than ``max_delay``: 1, 2 and 4 seconds as it stands.

    Attributes:
        max_attempts: Tries in all, the first included; ``RetryPolicy.of(3)`` means three
            retries, so four attempts.
        initial: Seconds before the second attempt.
        factor: By how much each wait is longer than the one before.
        max_delay: Seconds that no wait exceeds.
        max_elapsed: Seconds since the first attempt began after which no wait may end;
            None for no limit.
        jitter: ``"none"``; ``"full"`` waits between 0 and the computed time, ``"equal"``
            between half of it and all of it.
        retry_on: Says of an exception whether a retry can help.

    Example:
        >>> policy = RetryPolicy()
        >>> [policy.delay(attempt) for attempt in (1, 2, 3, 4)]
        [1.0, 2.0, 4.0, None]
    """

    max_attempts: int = field(default=4)
    initial: float = field(default=1.0, validator=_positive)
    factor: float = field(default=2.0, validator=_positive)
    max_delay: float = field(default=60.0, validator=_positive)
    max_elapsed: float | None = field(default=None, validator=_positive)
    jitter: Jitter = "none"
    retry_on: Callable[[BaseException], bool] = can_get_better

    def __attrs_post_init__(self) -> None:
        if self.max_attempts < 1:
            message = f"max_attempts must be at least 1, got {self.max_attempts!r}"
            raise ValueError(message)
        if self.jitter not in ("none", "full", "equal"):
            message = f"jitter must be 'none', 'full' or 'equal', got {self.jitter!r}"
            raise ValueError(message)

    @classmethod
    def of(cls, retries: int) -> RetryPolicy:
        """The policy with this number of retries after the first attempt."""
        return cls(max_attempts=retries + 1)

    def delay(
        self,
        attempt: int,
        error: BaseException | None = None,
        *,
        elapsed_seconds: float = 0.0,
        rng: Callable[[], float] = random.random,
    ) -> float | None:
        """Seconds to wait after a failed attempt, or None to give up.

        Args:
            attempt: Number of the attempt that failed, from 1.
            error: What it failed with; None asks about the schedule alone.
            elapsed_seconds: Time since the first attempt began.
            rng: Random number from 0 to 1, for the jitter.
        """
        if attempt >= self.max_attempts or (error is not None and not self.retry_on(error)):
            return None
        delay = self._jittered(self._backoff(attempt), rng)
        if self.max_elapsed is not None and elapsed_seconds + delay > self.max_elapsed:
            return None
        return delay

    def _backoff(self, attempt: int) -> float:
        try:
            return min(self.initial * self.factor ** (attempt - 1), self.max_delay)
        except OverflowError:  # attempt 1025 with factor 2
            return self.max_delay

    def _jittered(self, delay: float, rng: Callable[[], float]) -> float:
        if self.jitter == "full":
            return delay * rng()
        if self.jitter == "equal":
            return delay * (1 + rng()) / 2
        return delay


NO_RETRY = RetryPolicy(max_attempts=1)
"""The policy of a run that is tried once."""
