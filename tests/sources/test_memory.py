"""Records that the program already has are a source, and stay as they are."""

from __future__ import annotations

import copy

from collections import deque
from collections.abc import Iterator
from typing import Any

import pytest

from etlkit import RecordsSource
from etlkit.errors import ConfigurationError, RecordError
from etlkit.records import Origin


RECORDS = [{"id": 1}, {"id": 2}]
READ_BEFORE = (
    "forms: the iterator was read before and can be read only once; "
    "pass a list, or a callable that returns a new iterator"
)


def counted() -> Iterator[dict[str, int]]:
    """A generator of records."""
    yield from RECORDS


class Rows:
    """An iterable that can be called, too."""

    def __iter__(self) -> Iterator[dict[str, int]]:
        """The records."""
        return counted()

    def __call__(self) -> None:
        """Something else altogether."""
        raise AssertionError


@pytest.mark.parametrize(
    "records",
    [RECORDS, tuple(RECORDS), deque(RECORDS), counted, lambda: RECORDS, Rows()],
    ids=["list", "tuple", "deque", "generator function", "callable", "callable iterable"],
)
def test_what_can_be_read_again_is_read_again(records: object) -> None:
    """Lists, and callables that begin anew, give the same records each time."""
    source = RecordsSource(records)

    found = [source.extract(), source.extract(), list(source.records())]

    assert found == [RECORDS] * 3
    assert source.readable_again


@pytest.mark.parametrize(
    "make",
    [counted, lambda: iter(RECORDS), lambda: map(dict, RECORDS)],
    ids=["generator", "iterator", "map"],
)
def test_a_one_shot_iterator_is_read_once(make: Any) -> None:
    """The first read gives everything."""
    source = RecordsSource(make())

    found = source.extract()

    assert found == RECORDS


def test_a_second_read_of_an_iterator_is_refused() -> None:
    """A used-up iterator is not taken for an empty source; the message has the way out."""
    source = RecordsSource(counted(), name="forms")
    source.extract()

    with pytest.raises(ConfigurationError) as caught:
        source.extract()

    assert str(caught.value) == READ_BEFORE


def test_a_read_that_was_given_up_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever stopped half-way cannot begin again without losing records."""
    source = RecordsSource(counted(), name="forms")
    next(source.batches())

    with pytest.raises(ConfigurationError) as caught:
        next(source.batches())

    assert str(caught.value) == READ_BEFORE


def test_an_iterator_cannot_be_read_again() -> None:
    """The engine asks, and does not try a run a second time."""
    source = RecordsSource(counted())

    found = source.readable_again

    assert found is False


def test_nothing_is_read_before_it_is_asked_for() -> None:
    """Making, checking and showing a source leave the iterator where it is."""
    records = counted()
    source = RecordsSource(records)

    source.check()

    assert source.validate()
    assert repr(source) == "RecordsSource(name='records')"
    assert list(records) == RECORDS


@pytest.mark.parametrize(
    ("records", "kind"),
    [
        ("forms.jsonl", "str; a file is read by FileSource(...)"),
        (b"{}", "bytes"),
        ({"id": 1}, "dict; put a single record into a list"),
        (None, "NoneType"),
        (42, "int"),
    ],
    ids=["text", "bytes", "one record", "None", "number"],
)
def test_what_holds_no_records_is_refused(records: object, kind: str) -> None:
    """A path or a single record in the place of records is found at once."""
    with pytest.raises(ConfigurationError) as caught:
        RecordsSource(records)

    assert str(caught.value) == (
        f"RecordsSource takes an iterable of dicts, or a callable that returns one, got {kind}"
    )


def test_a_record_that_is_no_dict_is_named_by_its_number() -> None:
    """The message has the name of the source and the number of the record."""
    source = RecordsSource([{"id": 1}, ["id", 2]], name="forms")

    with pytest.raises(RecordError) as caught:
        source.extract()

    assert str(caught.value) == "forms:2: the record is an array, expected a JSON object (a dict)"


def test_the_records_of_the_caller_stay_as_they_are() -> None:
    """What a run does to a record, at any depth, happens to a copy."""
    records = [{"id": 1, "tags": ["a"], "contact": {"phones": [{"home": 1}]}}]
    before = copy.deepcopy(records)
    (found,) = RecordsSource(records).extract()

    found["tags"].append("b")
    found["contact"]["phones"][0]["home"] = 2
    found["new"] = True

    assert records == before


def test_records_are_numbered_across_batches() -> None:
    """Numbers count from 1 and go on from batch to batch."""
    source = RecordsSource(({"id": number} for number in range(2001)), name="forms")

    found = [(batch.origin, batch.first, len(batch.items)) for batch in source.batches()]

    origin = Origin("forms")
    assert found == [(origin, 1, 1000), (origin, 1001, 1000), (origin, 2001, 1)]


def test_no_records_make_no_batches() -> None:
    """An empty list is an empty source."""
    found = list(RecordsSource([]).batches())

    assert found == []


def test_an_exception_of_the_iterator_surfaces_as_it_is() -> None:
    """What goes wrong in the caller's own code is not dressed up."""

    def failing() -> Iterator[dict[str, int]]:
        yield {"id": 1}
        raise LookupError

    with pytest.raises(LookupError):
        RecordsSource(failing).extract()


def test_a_question_keeps_the_records_it_is_true_for() -> None:
    """`extract` takes a function, as for files."""
    found = RecordsSource(RECORDS).extract(lambda record: record["id"] > 1)

    assert found == [{"id": 2}]


def always_the_same(records: list[Any]) -> Any:
    """A callable that always gives the same iterator."""
    iterator = iter(records)
    return lambda: iterator


class OneIterator:
    """An iterable that always gives the same iterator."""

    def __init__(self, records: list[Any]) -> None:
        self._iterator = iter(records)

    def __iter__(self) -> Any:
        return self._iterator


@pytest.mark.parametrize("wrapped", [OneIterator, always_the_same], ids=["iterable", "callable"])
def test_what_gives_the_same_iterator_twice_is_refused(wrapped: Any) -> None:
    """A rest of the records is never taken for all of them."""
    source = RecordsSource(wrapped([{"id": 1}, {"id": 2}]), name="rows")
    next(iter(source.records()))

    with pytest.raises(ConfigurationError) as caught:
        source.extract()

    assert str(caught.value) == (
        "rows: the iterator was read before and can be read only once; "
        "pass a list, or a callable that returns a new iterator"
    )
