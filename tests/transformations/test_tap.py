"""Tap: copies of records for an output."""

from __future__ import annotations

from typing import Any

import pytest

from etlkit import DataLoader, ETLJob, F, RecordsSource
from etlkit.destinations import MemoryDestination
from etlkit.errors import ConfigurationError
from etlkit.transformations import Map, Tap
from transformations.conftest import Told, both


RECORDS: list[Any] = [{"n": 1}, {"n": 2}, {"n": 3}, {"n": None}]
_, TWO, THREE, _ = RECORDS


def big(record: dict[str, Any]) -> Any:
    """A function of a user."""
    return record["n"] is not None and record["n"] > 1


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
    ("make", "words"),
    [
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
    ids=["no name", "a bool"],
)
def test_other_arguments_are_refused_when_the_step_is_made(make: Any, words: str) -> None:
    """The message says what to write, and where it was written."""
    with pytest.raises(ConfigurationError) as caught:
        make()

    text = str(caught.value)
    assert text[: text.index(" (test_tap.py:")] == words
