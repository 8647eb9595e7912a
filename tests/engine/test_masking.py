"""Messages without the values of sensitive fields."""

from __future__ import annotations

from typing import Any

import pytest

from etlkit.engine.masking import masked, masked_path, unquoted, withheld, without_sensitive
from etlkit.records import Problem, Unfit


LONG = "4111 1111 1111 1111 " * 10


@pytest.mark.parametrize(
    ("value", "message", "expected"),
    [
        ("123-45-6789", "no state for 123-45-6789", "no state for ***"),
        ("123-45-6789", "123-45-6789 is not 123-45-6789", "*** is not ***"),
        (" 123-45-6789\n", "'123-45-6789' is wrong", "'***' is wrong"),
        ("it's\na secret", 'KeyError: "it\'s\\na secret"', 'KeyError: "***"'),
        (LONG, f"is str {LONG!r:.80}… (202 characters)", "is str '***… (202 characters)"),
        (123456789, "invalid literal: 123456789", "invalid literal: ***"),
        (1234.5, "could not convert 1234.5", "could not convert ***"),
        ({"area": "12345", "no": 6789}, "12345 and 6789", "*** and ***"),
        ({"area": "12345"}, "got {'area': '12345'}", "got ***"),
        ({"12345": 1}, "KeyError: '12345'", "KeyError: '***'"),
        ([{"area": {"12345": 1}}], "no 12345", "no ***"),
        (["12345", ["67890"]], "67890 and 12345", "*** and ***"),
        ("12345678", "1234567 and 12345678", "1234567 and ***"),
        ("CA", "CA is no CAT, 'CA'", "*** is no CAT, '***'"),
        (7, "line 17 column 7", "line 17 column ***"),
        ("", "ValueError: wrong", "ValueError: wrong"),
        ("  ", "ValueError:  wrong", "ValueError:  wrong"),
        (None, "None of them", "None of them"),
        (True, "True of them", "True of them"),
        (10**5000, "ValueError: wrong", "ValueError: wrong"),
    ],
    ids=[
        "text",
        "twice",
        "stripped",
        "escaped",
        "cut",
        "int",
        "float",
        "values of a dict",
        "a dict",
        "key of a dict",
        "key further inside",
        "values of a list",
        "another value",
        "short text",
        "short number",
        "empty",
        "blank",
        "None",
        "True",
        "huge number",
    ],
)
def test_a_value_is_masked_wherever_it_stands(value: Any, message: str, expected: str) -> None:
    """As a text, as its repr, cut, or as a part; a short one only where it stands alone."""
    found = masked(message, [("ssn",)], [{"ssn": value, "other": "wrong"}])

    assert found == expected


def test_a_key_that_the_schema_names_is_shown() -> None:
    """It is in the rules already, and says which field is meant."""
    places = [("person",), ("person", "area")]

    found = masked("$.person.area is 12345", places, [{"person": {"area": "12345"}}])

    assert found == "$.person.area is ***"


def test_a_path_shows_only_keys_that_the_schema_names() -> None:
    """The other keys inside of a sensitive field are masked like its values."""
    places = [("person",), ("person", "area")]
    record = {"person": {"area": [{"12345": 1}]}}

    found = masked_path(("person", "area", 0, "12345"), places, [record])

    assert found == ("person", "area", 0, "***")


def test_a_longer_value_is_masked_before_a_shorter_one() -> None:
    """No rest of it remains."""
    found = masked("got secretive", [("a",), ("b",)], [{"a": "secret", "b": "secretive"}])

    assert found == "got ***"


def test_the_values_of_all_records_are_masked() -> None:
    """A step may have changed the value since it was read."""
    found = masked("FIRST or second", [("a",)], [{"a": "FIRST"}, {"a": "second"}, {}])

    assert found == "*** or ***"


def test_a_value_that_holds_itself_is_masked_once() -> None:
    """A circle ends where it began."""
    circle: list[Any] = ["secret"]
    circle.append(circle)

    assert masked("a secret", [("a",)], [{"a": circle}]) == "a ***"


@pytest.mark.parametrize(
    ("place", "record", "expected"),
    [
        (("person", "ssn"), {"person": {"ssn": "123-45", "city": "Bonn"}}, "*** of Bonn"),
        (("people", None, "ssn"), {"people": [{"ssn": "123-45"}, {"ssn": "Bonn"}]}, "*** of ***"),
        (("person", "ssn"), {"person": "123-45"}, "*** of Bonn"),
        (("person", "ssn"), {"person": ["123-45"]}, "*** of Bonn"),
        (("people", None), {"people": {"a": "123-45"}}, "*** of Bonn"),
        (("person", "ssn"), {"other": "123-45"}, "123-45 of Bonn"),
    ],
    ids=["in a dict", "in a list", "text", "list for a dict", "dict for a list", "elsewhere"],
)
def test_a_nested_value_is_masked(place: Any, record: Any, expected: str) -> None:
    """And whatever stands where another shape is expected."""
    assert masked("123-45 of Bonn", [place], [record]) == expected


@pytest.mark.parametrize(
    ("value", "places", "expected"),
    [
        ("x", [()], "***"),
        ({"ssn": 1, "city": 2}, [("ssn",)], "{'ssn': ***, 'city': 2}"),
        ([{"ssn": 1}, 5, "x"], [(None, "ssn")], "[{'ssn': ***}, 5, ***]"),
        ({"a": 1}, [(None,)], "***"),
        (["x"], [("a",)], "***"),
        ("x", [("a",)], "***"),
        (None, [("a",)], "None"),
        ({"a": [1]}, [], "{'a': [1]}"),
    ],
    ids=repr,
)
def test_a_value_is_shown_without_what_is_sensitive(value: Any, places: Any, expected: str) -> None:
    """What is shaped otherwise than expected is not shown at all."""
    assert repr(without_sensitive(value, places)) == expected


@pytest.mark.parametrize(
    ("path", "place", "is_shown"),
    [
        (("ssn",), ("ssn",), False),
        (("person",), ("person", "ssn"), False),
        (("person", "ssn", "area"), ("person", "ssn"), False),
        ((), ("ssn",), False),
        (("people", 3, "ssn"), ("people", None, "ssn"), False),
        (("people", "ssn"), ("people", None, "ssn"), False),
        (("person", 0), ("person", "ssn"), False),
        (("name",), ("ssn",), True),
        (("person", "name"), ("person", "ssn"), True),
        (("people", 3, "name"), ("people", None, "ssn"), True),
    ],
    ids=[
        "at it",
        "above it",
        "below it",
        "the record",
        "in a list",
        "no list",
        "no dict",
        "another field",
        "beside it",
        "beside it in a list",
    ],
)
def test_a_problem_near_a_sensitive_place_is_withheld(
    path: Any, place: Any, *, is_shown: bool
) -> None:
    """One at, above or below the place, and one where the record is shaped otherwise."""
    problem = Problem(path, "form", "is 900-48-9065")

    found = withheld(Unfit("form", "wrong", (problem,)), [("other",), place])

    hidden = "breaks the rule 'form' (more is withheld: there are sensitive fields)"
    expected = problem.message if is_shown else hidden
    assert str(found) == f"{problem.place} {expected}"
    assert getattr(found, "problems", ()) == (Problem(path, "form", expected),)


def test_a_part_of_a_sensitive_value_is_not_quoted() -> None:
    """A step may say what it made of the value, which no search for the value would find."""
    whole = Problem(("ssn",), "cast", "no int can be made of '123-4'", masked="no int of '***'")
    other = Problem(("n",), "cast", "no int can be made of 'x'", masked="no int of '***'")

    told = unquoted(Unfit.of("cast", (whole, other)), [("ssn",)])

    assert str(told) == "$.ssn no int of '***'; $.n no int can be made of 'x'"


@pytest.mark.parametrize("error", [ValueError("x"), Unfit("step", "x")], ids=["foreign", "plain"])
def test_a_failure_without_problems_is_told_as_it_is(error: Exception) -> None:
    """There is nothing else to say of it."""
    told = unquoted(error, [("ssn",)])

    assert told is error
