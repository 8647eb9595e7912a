"""When a failed attempt is tried again: a pure decision, without a clock of its own."""

from __future__ import annotations

import math
import random

from collections.abc import Callable
from typing import Any, Literal, TypeAlias, get_args

from attrs import field, frozen
from attrs.validators import optional

from etlkit._functions import is_function
from etlkit._words import shown
from etlkit.errors import ConfigurationError, EtlkitError, TransientError


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


def _attempts(_: object, __: object, value: object) -> None:
    if not _is_whole(value, least=1):
        message = f"RetryPolicy: max_attempts is a whole number from 1 on, got {shown(value)}"
        raise ConfigurationError(message)


def _seconds(_: object, attribute: Any, value: Any) -> None:
    if not (isinstance(value, (int, float)) and 0 <= value < math.inf):  # NaN is not
        message = f"RetryPolicy: {attribute.name} is a number from 0 on, got {shown(value)}"
        raise ConfigurationError(message)


def _jitter(_: object, __: object, value: object) -> None:
    if value not in get_args(Jitter):
        message = f"RetryPolicy: jitter is 'none', 'full' or 'equal', got {shown(value)}"
        raise ConfigurationError(message)


def _question(_: object, __: object, value: object) -> None:
    # An exception class can be called too, and what it makes is true of every error.
    if isinstance(value, type) or not is_function(value):
        hint = ""
        if isinstance(value, type):
            hint = f"; for errors of a class pass lambda error: isinstance(error, {value.__name__})"
        message = (
            "RetryPolicy: retry_on is a function that is given the exception and says whether "
            f"to try again, got {shown(value)}{hint}"
        )
        raise ConfigurationError(message)


def _is_whole(value: object, *, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


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

    Raises:
        ConfigurationError: An argument cannot be meant; the message names it.

    Example:
        >>> policy = RetryPolicy()
        >>> [policy.delay(attempt) for attempt in (1, 2, 3, 4)]
        [1.0, 2.0, 4.0, None]
    """

    max_attempts: int = field(default=4, validator=_attempts)
    initial: float = field(default=1.0, validator=_seconds)
    factor: float = field(default=2.0, validator=_seconds)
    max_delay: float = field(default=60.0, validator=_seconds)
    max_elapsed: float | None = field(default=None, validator=optional(_seconds))
    jitter: Jitter = field(default="none", validator=_jitter)
    retry_on: Callable[[BaseException], bool] = field(default=can_get_better, validator=_question)

    @classmethod
    def of(cls, retries: int) -> RetryPolicy:
        """The policy with this number of retries after the first attempt.

        Raises:
            ConfigurationError: It is no whole number, or negative.
        """
        if not _is_whole(retries, least=0):
            message = f"retries is a whole number from 0 on, got {shown(retries)}"
            raise ConfigurationError(message)
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
