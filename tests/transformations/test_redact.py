"""Redact: nothing of a value."""

from __future__ import annotations

from typing import Any

import pytest

from etlkit.errors import ConfigurationError
from etlkit.transformations import Redact
from transformations.conftest import Told, both


def test_none_and_any_value_may_be_redacted() -> None:
    """None stays None."""
    made = both(Redact("a", "b", with_="[gone]"), {"a": [1], "b": None}, {"a": "", "b": {"c": 1}})

    redacted = [{"a": "[gone]", "b": None}, {"a": "[gone]", "b": "[gone]"}]
    assert made == [Told(redacted)] * 2


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (
            lambda: Redact("a", with_=None),  # type: ignore[arg-type]  # that is the mistake
            "Redact: with_ is a text, got None",
        ),
        (lambda: Redact("a", "a"), "Redact: the field 'a' is named twice"),
    ],
    ids=["None", "twice"],
)
def test_other_arguments_are_refused_when_the_step_is_made(make: Any, words: str) -> None:
    """The message says what to write, and where it was written."""
    with pytest.raises(ConfigurationError) as caught:
        make()

    assert str(caught.value).rpartition(" (")[0] == words
    assert "(test_redact.py:" in str(caught.value)
