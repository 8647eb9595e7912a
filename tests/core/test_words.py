"""Phrases that messages share."""

from __future__ import annotations

import pytest

from etlkit._words import did_you_mean, missing_field, named, shown


class Unshowable:
    """An object whose repr raises."""

    def __repr__(self) -> str:
        raise RuntimeError("no repr")


class Table:
    """An object whose repr has several lines."""

    def __repr__(self) -> str:
        return "a  b\n1  2\n"


class Mute(Exception):  # noqa: N818 -- a double
    """An exception whose text raises."""

    def __str__(self) -> str:
        raise RuntimeError("no text")


@pytest.mark.parametrize(
    ("name", "known", "hint"),
    [
        ("stat", ["state", "name"], "; did you mean 'state'?"),
        ("zzz", ["state", "name"], ""),
        ("state", [], ""),
    ],
    ids=["near", "far", "nothing known"],
)
def test_a_near_name_is_offered(name: str, known: list[str], hint: str) -> None:
    """Only one that is near, and only one."""
    found = did_you_mean(name, known)

    assert found == hint


def test_a_missing_field_is_named() -> None:
    """Keys that are no strings are not offered, and disturb nothing."""
    words = missing_field("stat", {"state": 1, 5: 2, None: 3})

    assert words == "the record has no field 'stat'; did you mean 'state'?"


@pytest.mark.parametrize(
    ("name", "hint"),
    [("SEP", "; did you mean 'delimiter'?"), ("Quote", "; did you mean 'quote'?"), ("x", "")],
    ids=["of another tool", "in other letters", "of nobody"],
)
def test_a_name_of_another_tool_is_understood(name: str, hint: str) -> None:
    """Its own name for the same thing is offered, whatever the case of the letters."""
    found = did_you_mean(name, ["quote", "delimiter"], {"sep": "delimiter", "x": "y"})

    assert found == hint


def test_the_lines_of_a_repr_become_one() -> None:
    """A table that was passed by mistake does not tear a message apart."""
    text = shown(Table())

    assert text == "a b 1 2"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("it's", '"it\'s"'),
        ("x" * 78, f"'{'x' * 78}'"),
        ("x" * 79, f"'{'x' * 79}… (81 characters)"),
        (Unshowable(), "<Unshowable>"),
        (10**5000, "<int>"),
    ],
    ids=["short", "80 characters", "81 characters", "broken repr", "5001 digits"],
)
def test_a_value_is_shown_by_its_repr(value: object, words: str) -> None:
    """A long one is cut, and one that cannot be shown is called by its type."""
    text = shown(value)

    assert text == words


def test_a_sensitive_value_is_not_shown() -> None:
    """Not even its length."""
    text = shown("123-45-6789", sensitive=True)

    assert text == "***"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ValueError("wrong"), "ValueError: wrong"),
        (AssertionError(), "AssertionError"),
        (KeyError("id"), "KeyError: 'id'"),
        (Mute(), "Mute"),
    ],
    ids=["with text", "without text", "key", "broken text"],
)
def test_an_exception_in_words_is_its_type_and_what_it_says(error: Exception, words: str) -> None:
    """Without a text the type stands alone."""
    text = named(error)

    assert text == words
