"""Standardize: spellings to the values that they stand for."""

from __future__ import annotations

from typing import Any

import pytest

from etlkit import DataLoader, ETLJob, RecordsSource
from etlkit.destinations import MemoryDestination
from etlkit.errors import ConfigurationError
from etlkit.transformations import Standardize
from etlkit.transformations.replacing import REMEMBERED
from etlkit.transformations.states import US_STATES
from transformations.conftest import Told, both


KEPT = "; default= gives such values another one, unmapped='keep' leaves them"


@pytest.mark.parametrize(
    ("spelling", "code"),
    [
        ("California", "CA"),
        ("CALIF.", "CA"),
        (" new   york ", "NY"),
        ("ny", "NY"),
        ("N.Y.", "NY"),
        ("West-Virginia", "WV"),
        ("D.C.", "DC"),
        ("Washington D.C.", "DC"),
        ("Washington, DC", "DC"),
        ("Puerto Rico", "PR"),
        (None, None),
    ],
    ids=repr,
)
def test_states_have_codes(spelling: Any, code: Any) -> None:
    """Case, full stops, commas, hyphens and spaces do not count."""
    made = both(Standardize.us_states("state"), {"state": spelling})

    assert made == [Told([{"state": code}])] * 2


def test_each_state_is_known_by_its_name_and_its_code() -> None:
    """Fifty states, the District of Columbia and five territories."""
    names = [{"s": name} for spellings in US_STATES.values() for name in spellings[:1]]

    made = Standardize.us_states("s").apply([*names, *[{"s": code.lower()} for code in US_STATES]])

    assert [record["s"] for record in made] == [*US_STATES, *US_STATES]
    assert len(US_STATES) == 56


def test_another_spelling_fails() -> None:
    """The message has the field, the value, and what may have been meant."""
    made = both(Standardize.us_states("s"), {"s": "Californa"}, {"s": 5})

    refused = [
        (0, "unmapped", "$.s there is no replacement for 'Californa'; did you mean 'California'?"),
        (1, "unmapped", f"$.s there is no replacement for 5{KEPT}"),
    ]
    assert made == [Told(refused=refused)] * 2


@pytest.mark.parametrize(
    ("more", "expected"), [({"default": "?"}, "?"), ({"unmapped": "keep"}, "Ontario")]
)
def test_another_spelling_may_become_a_value_or_stay(more: Any, expected: Any) -> None:
    """As it was asked for."""
    made = both(Standardize.us_states("s", **more), {"s": "Ontario"}, {"s": None})

    assert made == [Told([{"s": expected}, {"s": None}])] * 2


def test_a_long_table_is_not_in_the_label() -> None:
    """A plan has a line for each step."""
    assert Standardize.us_states("s").label == "Standardize('s', 56 values)"


def test_a_record_without_the_field_fails() -> None:
    """The message has the field, and the one that may have been meant."""
    made = both(Standardize("size", {"S": []}), {"sise": "S"})

    words = "$ the record has no field 'size'; did you mean 'sise'?; missing='ignore' lets records without it pass"
    assert made == [Told(refused=[(0, "missing_field", words)])] * 2


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (
            lambda: Standardize("a", {"CA": "California"}),
            (
                "Standardize('a'): a value has a list of spellings, such as {'CA': ['California', "
                "'Calif.']}, got 'CA': 'California'"
            ),
        ),
        (
            lambda: Standardize("a", {"x": ["b"], "y": ["B."]}),
            "Standardize('a'): 'B.' is a spelling of 'x' and of 'y'",
        ),
        (
            lambda: Standardize("a", ["x"]),  # type: ignore[arg-type]  # that is the mistake
            ("Standardize('a') takes a dict such as {'CA': ['California', 'Calif.']}, got ['x']"),
        ),
    ],
    ids=["no list", "twice", "a list"],
)
def test_other_arguments_are_refused_when_the_step_is_made(make: Any, words: str) -> None:
    """The message says what to write, and where it was written."""
    with pytest.raises(ConfigurationError) as caught:
        make()

    assert str(caught.value).rpartition(" (")[0] == words
    assert "(test_standardize.py:" in str(caught.value)


def test_a_spelling_that_comes_again_is_the_same() -> None:
    """However many others come in between, and whether or not it was remembered."""
    step = Standardize("s", {"S": ["small"]}, unmapped="keep")
    spellings = [f"sm{'.' * n}all" for n in range(REMEMBERED + 10)] + ["small", "S", "large"]
    records = [{"s": spelling} for spelling in spellings * 2]

    made = both(step, *records)

    expected = [*["S"] * (REMEMBERED + 12), "large"] * 2
    assert made == [Told([{"s": value} for value in expected])] * 2


def test_each_record_gets_a_default_of_its_own() -> None:
    """A list is not shared, also where a spelling was seen before."""
    memory = MemoryDestination()
    step = Standardize("s", {"S": []}, default=[])

    ETLJob("job", "Job", RecordsSource([{"s": "x"}] * 2), step, DataLoader(memory)).execute()

    first, second = memory.records
    assert first == second == {"s": []}
    assert first["s"] is not second["s"]
