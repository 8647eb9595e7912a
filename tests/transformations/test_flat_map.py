"""FlatMap on records at hand, and in a run."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any

import pytest

from etlkit import ETLJob, FileSource, RecordsSource
from etlkit.destinations import MemoryDestination
from etlkit.records import Unfit
from etlkit.transformations import FlatMap, Map
from transformations.conftest import every_wrong_result


if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from etlkit.records import Record


@every_wrong_result
def test_a_flat_map_with_something_else_among_its_results_is_told_so(
    wrong: object, words: str
) -> None:
    """Each result is looked at."""
    with pytest.raises(Unfit) as caught:
        FlatMap(lambda record: [record, wrong], name="split").apply([{"n": 1}])

    assert str(caught.value) == f"split returned {words}"
    assert caught.value.code == "step"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"n": 1}, "one record"),
        (OrderedDict(n=1), "one record"),
        ("secret", "str"),
        (b"secret", "bytes"),
        (5, "int"),
        (None, "NoneType"),
    ],
    ids=["a dict", "an ordered dict", "a text", "bytes", "a number", "None"],
)
def test_a_flat_map_that_returns_no_list_is_told_so(wrong: object, words: str) -> None:
    """One record instead of a list of records is the usual mistake; no value is shown."""
    with pytest.raises(Unfit) as caught:
        FlatMap(lambda record: wrong, name="split").apply([{"n": 1}])

    assert str(caught.value) == (
        f"split returned {words} instead of a list of records; "
        "return [] for none and [record] for one"
    )
    assert caught.value.code == "step"


@pytest.mark.parametrize(
    "results",
    [
        lambda record: [{"n": 1}, {"n": 2}],
        lambda record: ({"n": 1}, {"n": 2}),
        lambda record: ({"n": n} for n in (1, 2)),
        lambda record: {"a": {"n": 1}, "b": {"n": 2}}.values(),
        lambda record: map(OrderedDict, ({"n": 1}, {"n": 2})),
    ],
    ids=["list", "tuple", "generator", "view", "other dicts"],
)
def test_a_flat_map_takes_any_iterable(results: Callable[[Record], Any]) -> None:
    """What the function returns need not be a list."""
    made = FlatMap(results).apply([{}])

    assert made == [{"n": 1}, {"n": 2}]
    assert [type(record) for record in made] == [dict, dict]


def test_a_flat_map_of_nothing_drops_the_record() -> None:
    """No results, no records."""
    made = FlatMap(lambda record: [record] * record["n"]).apply([{"n": 0}, {"n": 2}])

    assert made == [{"n": 2}, {"n": 2}]


def test_a_flat_map_asks_for_the_next_result_only_when_it_is_wanted() -> None:
    """A generator is read one result at a time."""
    asked = []

    def results(record: Record) -> Iterator[Record]:
        for n in range(3):
            asked.append(n)
            yield {"n": n}

    made = iter(FlatMap(results).each({}))

    assert next(made) == {"n": 0}
    assert asked == [0]


def test_a_flat_map_that_raises_half_way_fails() -> None:
    """A generator may raise after its first results."""

    def results(record: Record) -> Iterator[Record]:
        yield record
        raise ValueError("half-way")

    with pytest.raises(ValueError, match="half-way") as caught:
        FlatMap(results).apply([{"n": 1}])

    assert str(caught.value) == "half-way"
    assert caught.value.__notes__ == ["in step FlatMap(results), record 1"]


def test_a_flat_map_that_runs_out_of_something_else_fails_with_stop_iteration() -> None:
    """``next()`` without a default in a function is the record's failure as it is."""
    with pytest.raises(StopIteration) as caught:
        FlatMap(lambda record: next(iter(record["tags"]))).apply([{"tags": []}])

    assert caught.value.__notes__[0].startswith("in step FlatMap(lambda test_flat_map.py:")


def again_and_again(record: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The same dict for each tag, changed in between."""
    for tag in record["tags"]:
        record["tag"] = tag
        yield record


@pytest.mark.parametrize("destination", ["memory:", "out.jsonl"])
def test_a_function_may_yield_one_dict_again_and_again(
    destination: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each result is what it was when it was yielded, wherever the records go."""
    monkeypatch.chdir(tmp_path)
    source = RecordsSource([{"tags": ["a", "b"]}])
    step = FlatMap(again_and_again) | Map(lambda record: {"tag": record["tag"]})

    job = ETLJob("j", "J", source, step, destination)
    job.execute().raise_if_failed()

    assert step.apply(source.extract()) == [{"tag": "a"}, {"tag": "b"}]
    assert loaded(job) == [{"tag": "a"}, {"tag": "b"}]


def loaded(job: ETLJob) -> list[Any]:
    """What the destination of a job holds."""
    destination = job.loader.destination
    if isinstance(destination, MemoryDestination):
        return destination.records
    return FileSource(destination.uri).extract()
