"""When a failed attempt is tried again."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from etlkit import RetryPolicy
from etlkit.errors import (
    AccessDenied,
    BalanceError,
    BudgetExceeded,
    ConfigurationError,
    CorruptState,
    DestinationBusy,
    DestinationUnavailable,
    EmptyReplace,
    EtlkitError,
    InputError,
    InputTruncated,
    MissingExtra,
    RecordError,
    SchemaError,
    SourceNotFound,
    SourceUnavailable,
    TransientError,
    UnknownJob,
)
from etlkit.retry import NO_RETRY, can_get_better


def refused(make: Callable[[], object]) -> str:
    """The message with which a policy refuses its arguments."""
    with pytest.raises(ConfigurationError) as caught:
        make()
    return str(caught.value)


def test_the_default_policy_waits_one_two_and_four_seconds() -> None:
    """Four attempts have three waits between them, and then it gives up."""
    policy = RetryPolicy()

    delays = [policy.delay(attempt) for attempt in (1, 2, 3, 4)]

    assert delays == [1.0, 2.0, 4.0, None]


@pytest.mark.parametrize(
    ("retries", "delays"),
    [
        pytest.param(0, [None, None, None], id="none"),
        pytest.param(1, [1.0, None, None], id="one"),
        pytest.param(2, [1.0, 2.0, None], id="two"),
    ],
)
def test_a_number_of_retries_is_a_number_of_waits(retries: int, delays: list[float | None]) -> None:
    """``RetryPolicy.of(2)`` tries three times in all."""
    policy = RetryPolicy.of(retries)

    found = [policy.delay(attempt) for attempt in (1, 2, 3)]

    assert found == delays


def test_no_retry_gives_up_at_once() -> None:
    """The policy of a job that has none tries once."""
    delay = NO_RETRY.delay(1, OSError("lost"))

    assert delay is None


def test_no_wait_exceeds_the_cap() -> None:
    """Waits grow up to ``max_delay`` and stay there."""
    policy = RetryPolicy(max_attempts=10, initial=3.0, factor=10.0, max_delay=200.0)

    delays = [policy.delay(attempt) for attempt in (1, 2, 3, 4, 9)]

    assert delays == [3.0, 30.0, 200.0, 200.0, 200.0]


def test_a_factor_of_one_waits_the_same_each_time() -> None:
    """A constant wait is a factor of one."""
    policy = RetryPolicy(initial=5.0, factor=1.0)

    delays = [policy.delay(attempt) for attempt in (1, 2, 3)]

    assert delays == [5.0, 5.0, 5.0]


@pytest.mark.parametrize("attempt", [1024, 1025, 5000])
def test_a_late_attempt_waits_as_long_as_the_cap(attempt: int) -> None:
    """A power too large for a float is no error."""
    policy = RetryPolicy(max_attempts=10_000)

    delay = policy.delay(attempt)

    assert delay == 60.0


@pytest.mark.parametrize(
    ("elapsed_seconds", "delay"),
    [
        pytest.param(0.0, 2.0, id="early"),
        pytest.param(8.0, 2.0, id="ends exactly then"),
        pytest.param(8.5, None, id="would end after it"),
        pytest.param(100.0, None, id="long over"),
    ],
)
def test_no_wait_ends_after_the_longest_time(elapsed_seconds: float, delay: float | None) -> None:
    """``max_elapsed`` counts from the beginning of the first attempt."""
    policy = RetryPolicy(initial=2.0, max_elapsed=10.0)

    found = policy.delay(1, elapsed_seconds=elapsed_seconds)

    assert found == delay


@pytest.mark.parametrize(
    ("jitter", "number", "delay"),
    [
        pytest.param("none", 0.0, 4.0, id="none"),
        pytest.param("full", 0.0, 0.0, id="full, least"),
        pytest.param("full", 0.25, 1.0, id="full"),
        pytest.param("full", 1.0, 4.0, id="full, most"),
        pytest.param("equal", 0.0, 2.0, id="equal, least"),
        pytest.param("equal", 0.25, 2.5, id="equal"),
        pytest.param("equal", 1.0, 4.0, id="equal, most"),
    ],
)
def test_jitter_shortens_a_wait(jitter: str, number: float, delay: float) -> None:
    """The random number is the caller's, so that tests know the wait."""
    policy = RetryPolicy(jitter=jitter)

    found = policy.delay(3, rng=lambda: number)

    assert found == delay


def test_jitter_draws_its_own_number_by_default() -> None:
    """Nobody has to pass a source of randomness."""
    policy = RetryPolicy(jitter="full")

    delay = policy.delay(3)

    assert delay is not None
    assert 0 <= delay <= 4


@pytest.mark.parametrize(
    ("error", "delay"),
    [
        pytest.param(SourceUnavailable("the line was cut"), 1.0, id="may be over"),
        pytest.param(RecordError("one record"), None, id="will not be over"),
        pytest.param(None, 1.0, id="asks about the schedule alone"),
    ],
)
def test_an_error_that_stays_is_not_tried_again(
    error: Exception | None, delay: float | None
) -> None:
    """The policy looks at what the attempt failed with."""
    policy = RetryPolicy()

    found = policy.delay(1, error)

    assert found == delay


def test_a_function_of_ones_own_says_what_is_tried_again() -> None:
    """``retry_on`` replaces the judgement of the library."""
    policy = RetryPolicy(retry_on=lambda error: "again" in str(error))

    delays = [policy.delay(1, ValueError(text)) for text in ("try again", "over")]

    assert delays == [1.0, None]


@pytest.mark.parametrize(
    "error",
    [
        TransientError,
        SourceUnavailable,
        DestinationUnavailable,
        DestinationBusy,
        OSError,
        ConnectionResetError,
        TimeoutError,
        PermissionError,
        EOFError,
        RuntimeError,
        Exception,
    ],
    ids=lambda error: error.__name__,
)
def test_what_may_be_over_next_time_can_get_better(error: type[Exception]) -> None:
    """Transient errors, and those of the system, are worth another attempt."""
    better = can_get_better(error("lost"))

    assert better is True


@pytest.mark.parametrize(
    "error",
    [
        EtlkitError,
        ConfigurationError,
        SchemaError,
        SourceNotFound,
        AccessDenied,
        UnknownJob,
        MissingExtra,
        RecordError,
        InputError,
        InputTruncated,
        BudgetExceeded,
        EmptyReplace,
        BalanceError,
        CorruptState,
        TypeError,
        ValueError,
        KeyError,
        IndexError,
        ZeroDivisionError,
        AssertionError,
        AttributeError,
        NameError,
        ImportError,
        SyntaxError,
        RecursionError,
        NotImplementedError,
        MemoryError,
        KeyboardInterrupt,
        SystemExit,
        GeneratorExit,
    ],
    ids=lambda error: error.__name__,
)
def test_what_stays_wrong_cannot_get_better(error: type[BaseException]) -> None:
    """Mistakes in configuration, records or programs are the same the next time."""
    better = can_get_better(error("wrong"))

    assert better is False


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(
            {"max_attempts": 0},
            "RetryPolicy: max_attempts is a whole number from 1 on, got 0",
            id="no attempt",
        ),
        pytest.param(
            {"max_attempts": 2.5},
            "RetryPolicy: max_attempts is a whole number from 1 on, got 2.5",
            id="half an attempt",
        ),
        pytest.param(
            {"max_attempts": True},
            "RetryPolicy: max_attempts is a whole number from 1 on, got True",
            id="attempts are a truth value",
        ),
        pytest.param(
            {"initial": -1},
            "RetryPolicy: initial is a number from 0 on, got -1",
            id="negative wait",
        ),
        pytest.param(
            {"initial": "1"},
            "RetryPolicy: initial is a number from 0 on, got '1'",
            id="wait is a text",
        ),
        pytest.param(
            {"initial": float("nan")},
            "RetryPolicy: initial is a number from 0 on, got nan",
            id="wait is not a number",
        ),
        pytest.param(
            {"factor": -2.0},
            "RetryPolicy: factor is a number from 0 on, got -2.0",
            id="negative factor",
        ),
        pytest.param(
            {"max_delay": None},
            "RetryPolicy: max_delay is a number from 0 on, got None",
            id="no cap",
        ),
        pytest.param(
            {"max_elapsed": -0.5},
            "RetryPolicy: max_elapsed is a number from 0 on, got -0.5",
            id="negative time",
        ),
        pytest.param(
            {"jitter": "half"},
            "RetryPolicy: jitter is 'none', 'full' or 'equal', got 'half'",
            id="unknown jitter",
        ),
        pytest.param(
            {"retry_on": None},
            "RetryPolicy: retry_on is a function that is given the exception and says whether to "
            "try again, got None",
            id="no function",
        ),
        pytest.param(
            {"retry_on": OSError},
            "RetryPolicy: retry_on is a function that is given the exception and says whether to "
            "try again, got <class 'OSError'>; for errors of a class pass "
            "lambda error: isinstance(error, OSError)",
            id="an exception class, which would be called and be true of every error",
        ),
    ],
)
def test_a_mistaken_policy_is_refused(arguments: dict[str, object], message: str) -> None:
    """A policy that cannot mean anything fails where it is written."""
    found = refused(lambda: RetryPolicy(**arguments))

    assert found == message


@pytest.mark.parametrize("retries", [-1, 1.5, "3", True, None])
def test_a_mistaken_number_of_retries_is_refused(retries: object) -> None:
    """The message speaks of retries, as its caller does."""
    found = refused(lambda: RetryPolicy.of(retries))

    assert found == f"retries is a whole number from 0 on, got {retries!r}"
