"""Regular expressions for the whole of a text, in bounded time."""

from __future__ import annotations

import re

import pytest

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from etlkit.schema.automaton import MOST_KEPT, Automaton
from etlkit.schema.pattern_tree import parsed
from etlkit.schema.patterns import Bounded, matcher


ATOMS = st.sampled_from(
    ["a", "b", ".", "[ab]", "[^a]", r"\d", r"\w", "(?i:A)", r"\.", "[a-c1]", ""]
)
REPEATS = st.sampled_from(["*", "+", "?", "{2}", "{1,3}", "{0,2}", "*?", "{2,}", "+?"])
PATTERNS = st.recursive(
    ATOMS,
    lambda inner: (
        st.builds("{}{}".format, inner, inner)
        | st.builds("(?:{}|{})".format, inner, inner)
        | st.builds("(?:{}){}".format, inner, REPEATS)
    ),
    max_leaves=6,
)
TEXTS = st.lists(st.text("abA1.é\n", max_size=6), min_size=5, max_size=5)
EXPONENTIAL = [
    "(a+)+",
    "(a|a)*",
    "(a|aa)+",
    "(a*)*",
    "([a-z]+)*b",
    "(a?){30}a{30}",
    "a?" * 30 + "a" * 30,
    ".*.*.*.*.*x",
    r"(\w+\s?)*$",
    "(" + "|".join(f"{one}?" for one in "bcdefgh") + "){9}z",
    r"(?:((?:(?:)){0,40})+){10,60}",
    "((((){64}){64}){64}){64}",
    "((((){60,}){60,}){60,}){60,}",
]


def in_words(pattern: str) -> str:
    """Which engine a pattern gets."""
    found = matcher(pattern)
    if not isinstance(found, Bounded):
        return "engine"
    return "automaton" if found.automaton is not None else f"up to {found.most}"


@settings(deadline=None, max_examples=300, suppress_health_check=list(HealthCheck))
@given(pattern=PATTERNS, texts=TEXTS)
def test_the_automaton_agrees_with_the_engine(pattern: str, texts: list[str]) -> None:
    """For each text, whatever the pattern."""
    automaton = Automaton(parsed(pattern))

    found = [automaton.matches(text) for text in texts]

    assert found == [re.fullmatch(pattern, text, re.ASCII) is not None for text in texts]


@pytest.mark.parametrize(
    ("pattern", "engine"),
    [
        (r"\d{4}-\d{2}-\d{2}", "engine"),
        (r"^[A-Z]{2}\d+$", "engine"),
        (r"[a-z]+\d*", "engine"),
        (r"a{1,5000}", "engine"),
        ("", "engine"),
        (r"[^@\s]+@[^@\s]+\.[^@\s]+", "automaton"),
        *((pattern, "automaton") for pattern in EXPONENTIAL),
        (r"(?=.*\d)(?=.*[a-z]).{8,}", "up to 101"),
        (r"(\w+)-\1", "up to 999"),
        (r"(a)?b(?(1)c|d)", "up to 100000"),
        (r".{1,300}x.{1,300}", "up to 99"),
    ],
)
def test_a_pattern_gets_the_engine_that_is_fast_for_it(pattern: str, engine: str) -> None:
    """Python's own where it has one way to go on, and an automaton where it has many."""
    assert in_words(pattern) == engine


@pytest.mark.parametrize("pattern", EXPONENTIAL)
def test_a_catastrophic_pattern_takes_a_long_text_in_its_stride(pattern: str) -> None:
    """A text that would keep Python's engine busy for longer than the world has existed."""
    match = matcher(pattern)

    answer = match("a" * 5_000 + "!")

    assert not answer


@pytest.mark.parametrize("pattern", EXPONENTIAL[-3:])
def test_a_repeat_without_characters_takes_a_short_text_in_its_stride(pattern: str) -> None:
    """The engine would repeat nothing for hours, so it does not even get the empty text."""
    match = matcher(pattern)

    answers = [bool(match("")), bool(match("!"))]

    assert answers == [True, False]


def test_groups_within_each_other_beyond_what_python_follows_are_refused() -> None:
    """Python's own compiler still takes them."""
    pattern = "(" * 230 + "a" + ")*" * 230

    with pytest.raises(ValueError) as caught:  # noqa: PT011 -- the message is compared
        matcher(pattern)

    assert str(caught.value) == "has groups within each other more often than Python can follow"


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("(", "is no regular expression: missing ), unterminated subpattern at position 0"),
        ("a{99999999999}", "is no regular expression: the repetition number is too large"),
        (
            "(?=(a+)+b)a*",
            (
                "can match in so many ways that a text of 6 characters might take seconds, and has "
                "a lookaround, so that no faster way is known; write it without, or as a 'check'"
            ),
        ),
        (
            r"((a+)\2)+",
            (
                "can match in so many ways that a text of 6 characters might take seconds, and has "
                "a reference to a group, so that no faster way is known; write it without, or as a "
                "'check'"
            ),
        ),
        (
            "(((){99}){99}){99}",
            (
                "can match in so many ways that a text of 0 characters might take seconds, and has "
                "a repeat of more than 64 times, so that no faster way is known; write it without, "
                "or as a 'check'"
            ),
        ),
        (
            "(a{1,99}b?)*x",
            (
                "can match in so many ways that a text of 5 characters might take seconds, and has "
                "a repeat of more than 64 times, so that no faster way is known; write it without, "
                "or as a 'check'"
            ),
        ),
    ],
)
def test_a_pattern_that_cannot_be_bounded_is_refused(pattern: str, message: str) -> None:
    """The message names what stands in the way."""
    with pytest.raises(ValueError) as caught:  # noqa: PT011 -- the message is compared
        matcher(pattern)

    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        (r"^\d+$", "12\n", False),
        (r"\d+", "٣", False),
        (r"\w+", "é", False),
        (r"(?i)straße", "STRASSE", False),
        (r"(?i)abc", "ABC", True),
        (r"a.c", "a\nc", False),
        (r"(?s)a.c", "a\nc", True),
        (r"(\w+)-\1", "ab-ab", True),
        (r"(\w+)-\1", "a" * 600 + "-" + "a" * 600, False),
    ],
)
def test_a_pattern_is_for_the_whole_text(pattern: str, text: str, expected: object) -> None:
    """A line feed at the end, digits and letters of other scripts, and too long a text."""
    assert bool(matcher(pattern)(text)) is expected


def test_the_automaton_keeps_a_bounded_number_of_transitions() -> None:
    """Texts of ever new characters do not fill the memory, and matching goes on."""
    automaton = Automaton(parsed("(?:.x?)*y"))
    texts = [chr(0x4E00 + number) + "y" for number in range(MOST_KEPT + 10)]

    found = [automaton.matches(text) for text in texts]

    assert all(found)
    assert automaton._kept <= MOST_KEPT + 1
