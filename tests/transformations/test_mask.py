"""Mask: the last characters of a value."""

from __future__ import annotations

from typing import Any

import pytest

from etlkit.errors import ConfigurationError
from etlkit.transformations import Mask
from transformations.conftest import Told, both


@pytest.mark.parametrize(
    ("value", "masked"),
    [
        ("4111111111111111", "************1111"),
        ("12345678", "****5678"),
        ("1234567", "*******"),
        ("12", "**"),
        ("", ""),
        (4111111111111111, "************1111"),
        (None, None),
    ],
    ids=repr,
)
def test_a_mask_leaves_the_last_characters(value: Any, masked: Any) -> None:
    """Of a text of which less would be hidden than shown, none."""
    made = both(Mask("card"), {"id": 1, "card": value})

    assert made == [Told([{"id": 1, "card": masked}])] * 2


@pytest.mark.parametrize(("keep", "masked"), [(0, "*****"), (1, "****e"), (2, "***de")])
def test_a_mask_says_how_many_it_leaves(keep: int, masked: str) -> None:
    """None at all may be left as well."""
    made = both(Mask("a", keep_last=keep), {"a": "abcde"})

    assert made == [Told([{"a": masked}])] * 2


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (Mask, "Mask needs the names of fields, such as Mask('id', 'name')"),
        (lambda: Mask("a", keep_last=-1), "Mask: keep_last is a number of characters, got -1"),
        (lambda: Mask("a", keep_last=True), "Mask: keep_last is a number of characters, got True"),
    ],
    ids=["no field", "less than none", "a bool"],
)
def test_other_arguments_are_refused_when_the_step_is_made(make: Any, words: str) -> None:
    """The message says what to write, and where it was written."""
    with pytest.raises(ConfigurationError) as caught:
        make()

    assert str(caught.value).rpartition(" (")[0] == words
    assert "(test_mask.py:" in str(caught.value)
