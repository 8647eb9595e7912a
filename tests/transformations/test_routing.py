"""Split, Route and Tap: records for outputs."""

from __future__ import annotations

from typing import Any

import pytest

from etlkit import DataLoader, ETLJob, F, RecordsSource
from etlkit.destinations import MemoryDestination
from etlkit.errors import ConfigurationError
from etlkit.transformations import Map, Route, Split, Tap, to_dict
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


def test_a_route_takes_the_first_condition_that_is_true() -> None:
    """Records of which none is true go on."""
    made = both(Route({"two": F.n == 2, "big": big}), *RECORDS)

    assert made == [Told([ONE, NONE], sent={"two": [TWO], "big": [THREE]})] * 2


def test_a_route_may_have_an_output_for_the_others() -> None:
    """It may be one of the others, too."""
    made = [both(Route({"two": F.n == 2}, default=name), *RECORDS) for name in ("rest", "two")]

    assert made[0] == [Told(sent={"two": [TWO], "rest": [ONE, THREE, NONE]})] * 2
    assert made[1] == [Told(sent={"two": RECORDS})] * 2


@pytest.mark.parametrize("condition", [F.n > 1, big], ids=["an expression", "a function"])
def test_a_tap_sends_copies(condition: Any) -> None:
    """Every record goes on; the copies count as produced."""
    made = both(Tap("seen", where=condition), *RECORDS)

    assert made == [Told(RECORDS, produced=2, sent={"seen": [TWO, THREE]})] * 2


def test_a_tap_without_a_condition_sends_all() -> None:
    """As they are at that point of the chain: later steps change nothing of it."""
    chain = Tap("seen") | Map(lambda record: record["list"].append(1) or record)
    seen = MemoryDestination()
    source = RecordsSource([{"list": []}])

    job = ETLJob("j", "J", source, chain, "memory:", loaders={"seen": DataLoader(seen)})
    job.execute().raise_if_failed()

    assert seen.records == [{"list": []}]
    assert job.loader.destination.records == [{"list": [1]}]  # type: ignore[attr-defined]  # of a memory


@pytest.mark.parametrize(
    "step",
    [
        Split(F.price > 1, matched="a"),
        Route({"a": F.price > 1}, default="b"),
        Tap("a", where=F.price > 1),
    ],
    ids=repr,
)
def test_a_record_without_a_field_fails(step: Any) -> None:
    """It goes nowhere; the message has the field, and the one that may have been meant."""
    made = both(step, {"prcie": 1})

    words = (
        "$ the record has no field 'price'; did you mean 'prcie'?; where it may be missing, "
        "write F.price.default(None)"
    )
    assert made == [Told(refused=[(0, "missing_field", words)])] * 2


def test_a_condition_that_is_no_claim_fails() -> None:
    """A number is not taken for true."""
    made = both(Route({"a": F.n}), {"n": 1})

    words = "$.n true or false is expected, got 1 in F.n; write a comparison, such as != 0"
    assert made == [Told(refused=[(0, "type", words)])] * 2


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
        (lambda: Tap(""), "Tap: output is the name of an output, a text, got ''"),
        (
            lambda: Tap("a", where=True),  # type: ignore[arg-type]  # that is the mistake
            (
                "Tap: where takes an expression such as F.amount > 100, or a function of a record, "
                "got True; two values that Python compared have no field in them: write "
                "F.name == value"
            ),
        ),
    ],
    ids=["no output", "one output", "a text", "a number", "no route", "arity", "no name", "a bool"],
)
def test_other_arguments_are_refused_when_the_step_is_made(make: Any, words: str) -> None:
    """The message says what to write, and where it was written."""
    with pytest.raises(ConfigurationError) as caught:
        make()

    text = str(caught.value)
    assert text[: text.index(" (test_routing.py:")] == words


def test_a_plan_says_where_functions_are_written() -> None:
    """Expressions are shown, functions are marked; and functions are no data."""
    steps = [Split(big, matched="a"), Route({"a": F.n > 1, "b": big}), Tap("a", where=big)]

    shown = [(step.label, step.opaque or "") for step in steps]

    assert [label for label, _ in shown] == [
        "Split(big, matched='a')",
        "Route({'a': F.n > 1, 'b': big})",
        "Tap('a', where=big)",
    ]
    assert all(place.startswith("test_routing.py:") for _, place in shown)


@pytest.mark.parametrize("step", [Split(big, matched="a"), Tap("a", where=big)], ids=repr)
def test_a_function_is_no_data(step: Any) -> None:
    """The message has the step."""
    with pytest.raises(ConfigurationError, match="has no dict form"):
        to_dict(step)
