"""Route: each record for the output of the first condition that is true."""

from __future__ import annotations

from typing import Any

import pytest

from etlkit import F
from etlkit.errors import ConfigurationError
from etlkit.transformations import Route
from transformations.conftest import Told, both


RECORDS: list[Any] = [{"n": 1}, {"n": 2}, {"n": 3}, {"n": None}]
ONE, TWO, THREE, NONE = RECORDS


def big(record: dict[str, Any]) -> Any:
    """A function of a user."""
    return record["n"] is not None and record["n"] > 1


def test_a_route_takes_the_first_condition_that_is_true() -> None:
    """Records of which none is true go on."""
    made = both(Route({"two": F.n == 2, "big": big}), *RECORDS)

    assert made == [Told([ONE, NONE], sent={"two": [TWO], "big": [THREE]})] * 2


def test_a_route_may_have_an_output_for_the_others() -> None:
    """It may be one of the others, too."""
    made = [both(Route({"two": F.n == 2}, default=name), *RECORDS) for name in ("rest", "two")]

    assert made[0] == [Told(sent={"two": [TWO], "rest": [ONE, THREE, NONE]})] * 2
    assert made[1] == [Told(sent={"two": RECORDS})] * 2


def test_a_condition_that_is_no_claim_fails() -> None:
    """A number is not taken for true."""
    made = both(Route({"a": F.n}), {"n": 1})

    words = "$.n true or false is expected, got 1 in F.n; write a comparison, such as != 0"
    assert made == [Told(refused=[(0, "type", words)])] * 2


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (
            lambda: Route({}),
            (
                "Route takes a dict of outputs and conditions, such as {'eu': F.zone == 'EU'}, "
                "got {}"
            ),
        ),
        (
            lambda: Route({"a": lambda: True}),  # type: ignore[dict-item,misc]  # that is the mistake
            "Route: 'a': the function is called with one record, but it takes ()",
        ),
    ],
    ids=["no route", "arity"],
)
def test_other_arguments_are_refused_when_the_step_is_made(make: Any, words: str) -> None:
    """The message says what to write, and where it was written."""
    with pytest.raises(ConfigurationError) as caught:
        make()

    text = str(caught.value)
    assert text[: text.index(" (test_route.py:")] == words
