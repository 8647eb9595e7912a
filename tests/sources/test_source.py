"""One method makes a source; everything else follows from it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from etlkit import DataSource, RecordsSource
from etlkit.errors import ConfigurationError, RecordError, SourceUnavailable
from etlkit.formats.objects import BATCH_RECORDS
from etlkit.records import Batch, Origin, Refusal


class Countdown(DataSource):
    """A source of somebody else, who wrote one method."""

    def __init__(self, start: int = 3) -> None:
        self.start = start

    def records(self) -> Iterator[dict[str, Any]]:
        """The numbers that are left."""
        return ({"left": left} for left in range(self.start, 0, -1))


class Checked(Countdown):
    """A source that looks before it is read."""

    def __init__(self, problem: Exception) -> None:
        super().__init__()
        self.problem = problem

    def check(self) -> None:
        """There is always something wrong."""
        raise self.problem


class Cut(Countdown):
    """A source that cuts batches of its own."""

    def __init__(self, batch: Batch) -> None:
        super().__init__()
        self.batch = batch

    def batches(self) -> Iterator[Batch]:
        """The one batch."""
        yield self.batch


class Exhausted:
    """A decoder for which there is no memory left."""

    def __call__(self, item: object) -> object:
        """Nothing can be made."""
        raise MemoryError


def test_a_source_needs_one_method() -> None:
    """Without `records` there is no source."""
    with pytest.raises(TypeError, match=r"abstract method '?records'?"):
        DataSource()  # type: ignore[abstract]  # that is the point


def test_the_records_are_extracted() -> None:
    """A list of all records, in the order of the source."""
    found = Countdown().extract()

    assert found == [{"left": 3}, {"left": 2}, {"left": 1}]


def test_a_question_keeps_the_records_it_is_true_for() -> None:
    """`extract` with a function leaves the others out."""
    found = Countdown().extract(lambda record: record["left"] != 2)

    assert found == [{"left": 3}, {"left": 1}]


def test_batches_are_made_of_the_records() -> None:
    """The engine gets bounded batches with numbers that go on."""
    source = Countdown(BATCH_RECORDS + 1)

    found = [(batch.origin, batch.first, len(batch.items)) for batch in source.batches()]

    origin = Origin("Countdown")
    assert found == [(origin, 1, BATCH_RECORDS), (origin, BATCH_RECORDS + 1, 1)]


def test_a_run_works_on_copies() -> None:
    """What a batch decodes to belongs to the run, the item to the source."""
    (batch,) = Countdown(1).batches()

    decoded = batch.decode(batch.items[0])

    assert decoded == batch.items[0]
    assert decoded is not batch.items[0]


def test_a_source_has_answers_to_everything_else() -> None:
    """The other methods of the contract need not be written."""
    source = Countdown()

    found = (
        source.uri,
        source.readable_again,
        source.splits(4),
        source.remarks(),
        source.validate(),
    )

    assert found == ("Countdown", True, [source], (), True)


def test_validate_is_false_when_check_finds_something() -> None:
    """Errors on purpose are the answer no."""
    found = Checked(SourceUnavailable("the line is cut")).validate()

    assert found is False


def test_validate_does_not_hide_defects() -> None:
    """An error that nobody meant surfaces."""
    with pytest.raises(ZeroDivisionError):
        Checked(ZeroDivisionError()).validate()


def test_extract_checks_first() -> None:
    """The reason of `check` comes before any failure of reading."""
    with pytest.raises(ConfigurationError, match=r"^no such table$"):
        Checked(ConfigurationError("no such table")).extract()


def test_a_refused_record_fails_with_its_place() -> None:
    """What could not be cut out is named by origin and number."""
    batch = Batch((), Origin("forms"), 5, dict, refused=(Refusal(2, "too_long", "too long"),))

    with pytest.raises(RecordError) as caught:
        Cut(batch).extract()

    assert str(caught.value) == "forms:7: too long"


def test_a_failure_to_decode_is_shown_as_it_is_without_an_explainer() -> None:
    """A batch need not have better words for its failures."""
    batch = Batch(["1", "x"], Origin("forms"), 1, lambda item: {"n": int(item)})

    with pytest.raises(RecordError) as caught:
        Cut(batch).extract()

    assert str(caught.value) == "forms:2: invalid literal for int() with base 10: 'x'"


def test_want_of_memory_is_no_fault_of_a_record() -> None:
    """A MemoryError stays one."""
    batch = Batch([b"{}"], Origin("forms"), 1, Exhausted())

    with pytest.raises(MemoryError):
        Cut(batch).extract()


def test_a_query_is_a_function() -> None:
    """There is no language of conditions in a text."""
    with pytest.raises(ConfigurationError) as caught:
        RecordsSource([{"age": 4}]).extract("age > 3")

    assert str(caught.value) == (
        "query is a function of the record such as lambda record: record['age'] > 3, got 'age > 3'"
    )
