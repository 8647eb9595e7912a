"""Split: records parted by a condition."""

from __future__ import annotations

from typing import Any

import pytest

from etlkit import ETLJob, F, RecordsSource
from etlkit.errors import ConfigurationError
from etlkit.transformations import Split
from transformations.conftest import Told, both


RECORDS: list[Any] = [{"n": 1}, {"n": 2}, {"n": 3}, {"n": None}]
ONE, TWO, THREE, NONE = RECORDS


def big(record: dict[str, Any]) -> Any:
    """A function of a user."""
    return record["n"] is not None and record["n"] > 1


@pytest.mark.parametrize("condition", [F.n > 1, big], ids=["an expression", "a function"])
def test_a_split_parts_the_records(condition: Any) -> None:
    """None of a condition is not matched."""
    made = both(Split(condition, matched="big", unmatched="small"), *RECORDS)

    assert made == [Told(sent={"big": [TWO, THREE], "small": [ONE, NONE]})] * 2


@pytest.mark.parametrize(
    ("outputs", "expected"),
    [
        ({"matched": "big"}, Told([ONE, NONE], sent={"big": [TWO, THREE]})),
        ({"unmatched": "small"}, Told([TWO, THREE], sent={"small": [ONE, NONE]})),
    ],
    ids=["matched", "unmatched"],
)
def test_the_part_of_a_split_without_an_output_goes_on(outputs: Any, expected: Told) -> None:
    """To the next step, and the loader of the job."""
    made = both(Split(F.n > 1, **outputs), *RECORDS)

    assert made == [expected] * 2


def test_an_output_needs_a_loader() -> None:
    """The job says so before anything is read."""
    with pytest.raises(ConfigurationError) as caught:
        ETLJob("j", "J", RecordsSource([]), Split(F.n > 1, matched="big"), "memory:")

    words = (
        "step Split(F.n > 1, matched='big') sends records to the output 'big', which has no "
        "loader; give the job loaders={'big': ...}"
    )
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (
            lambda: Split(F.n > 1),
            (
                "Split sends at least one part to an output: matched='...' or unmatched='...'; "
                "Filter leaves records out"
            ),
        ),
        (lambda: Split(F.n > 1, matched="a", unmatched="a"), "Split: both parts would go to 'a'"),
        (
            lambda: Split("n", matched="a"),  # type: ignore[arg-type]  # that is the mistake
            (
                "Split takes an expression such as F.amount > 100, or a function of a record, got "
                "'n'; for the value of the field write F.n"
            ),
        ),
        (
            lambda: Split(F.n > 1, matched=5),  # type: ignore[arg-type]  # that is the mistake
            "Split: matched is the name of an output, a text, got 5",
        ),
    ],
    ids=["no output", "one output", "a text", "a number"],
)
def test_other_arguments_are_refused_when_the_step_is_made(make: Any, words: str) -> None:
    """The message says what to write, and where it was written."""
    with pytest.raises(ConfigurationError) as caught:
        make()

    text = str(caught.value)
    assert text[: text.index(" (test_split.py:")] == words
