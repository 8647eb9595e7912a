"""Union on records at hand, and in a run."""

from __future__ import annotations

import json

from pathlib import Path
from typing import Any

import pytest

from hypothesis import given, settings
from hypothesis import strategies as st

from etlkit import (
    DataLoader,
    DataSource,
    ETLJob,
    ETLPipelineService,
    F,
    FileSource,
    Quarantine,
    RecordsSource,
)
from etlkit.destinations import MemoryDestination
from etlkit.errors import (
    BalanceError,
    BudgetExceeded,
    ConfigurationError,
    DestinationUnavailable,
    SourceNotFound,
)
from etlkit.runs import OtherSide, Tally
from etlkit.transformations import (
    Derive,
    Filter,
    FlatMap,
    Limit,
    Sort,
    Split,
    Tap,
    Union,
    from_dict,
    to_dict,
)


MORE = b'{"k": 3}\n\n{"x": 4}\n{"k"\n{"k": 1}\n'


@pytest.fixture
def more(tmp_path: Path) -> FileSource:
    """A file with two records, a blank line, one without the field and one that is cut off."""
    path = tmp_path / "more.jsonl"
    path.write_bytes(MORE)
    return FileSource(path)


def run(chain: Any, records: Any = ({"k": 1}, {"k": 2}), **more: Any) -> tuple[Any, list[Any]]:
    """The result of a job that sets bad records aside, and what it has loaded."""
    destination = MemoryDestination()
    given_ = {"on_error": Quarantine(), **more}
    job = ETLJob("j", "J", RecordsSource(list(records)), chain, destination, **given_)
    return job.execute(), destination.records


def test_the_records_of_others_come_behind() -> None:
    """Those of the run first, then each other side in order; duplicates stay."""
    made = Union([{"k": 2}], RecordsSource([{"k": 1}, {"k": 3}])).apply([{"k": 1}])

    assert made == [{"k": 1}, {"k": 2}, {"k": 1}, {"k": 3}]


def test_a_run_makes_the_same() -> None:
    """The steps before it see only the records of the run, those behind it all."""
    chain = Filter(F.k > 1) | Union([{"k": 0}], [{"k": 7}]) | Derive(double=F.k * 2)

    result, records = run(chain)

    assert [(one["k"], one["double"]) for one in records] == [(2, 4), (0, 0), (7, 14)]
    assert str(result.tally) == (
        "read 2 + produced 2 = loaded 3 + filtered 1 + merged 0 + rejected 0"
    )


def test_a_record_of_another_file_is_rejected_as_it_stands_there(more: FileSource) -> None:
    """With the file, its number and its bytes, whether it fails in a step or is no record."""
    result, records = run(Union(more) | Derive(double=F.k * 2))

    assert [one["k"] for one in records] == [1, 2, 3, 1]
    assert [
        (Path(one.uri).name, one.record_no, one.raw, one.derived) for one in result.rejections
    ] == [
        ("more.jsonl", 3, b'{"x": 4}', False),
        ("more.jsonl", 4, b'{"k"', False),
    ]
    assert result.warnings == ("1 blank line(s) skipped", "2 of 6 record(s) rejected")


def test_each_other_side_has_a_line_of_its_own(more: FileSource) -> None:
    """With what was read of it, and the file as it looked; blank lines are no records."""
    result, _ = run(Union(more, [{"k": 9}], name="union") | Derive(double=F.k * 2))

    first, second = result.tally.steps[0].others
    assert (first.uri, first.read, first.added) == (more.uri, 4, 4)
    assert [(file.uri, file.size_bytes, file.records) for file in first.files] == [
        (more.uri, len(MORE), 5)
    ]
    assert second == OtherSide("more records, list 2", read=1, added=1)
    assert result.tally.steps[0].produced == 5
    assert str(result).splitlines()[1:3] == [
        f"  other side of union: {more.uri}: read 4, added 4",
        "  other side of union: more records, list 2: read 1, added 1",
    ]


def test_the_lines_are_in_what_is_kept_of_a_result(more: FileSource) -> None:
    """Ready for JSON, and back."""
    result, _ = run(Union(more) | Derive(double=F.k * 2))

    data = json.loads(json.dumps(result.to_dict()))

    assert data["tally"]["steps"][0]["others"][0]["read"] == 4
    assert "others" not in data["tally"]["steps"][1]
    assert Tally.from_dict(data["tally"]).others == result.tally.others
    assert "other sides" in result._repr_html_()


@settings(deadline=None)
@given(
    st.lists(st.integers(-3, 3), max_size=5),
    st.lists(st.lists(st.integers(-3, 3), max_size=5), min_size=1, max_size=3),
)
def test_the_equation_holds_whatever_fails_where(here: list[int], others: list[list[int]]) -> None:
    """Records of all sides are loaded, filtered or rejected, and nothing else."""
    sides = [[{"k": key} for key in side] for side in others]
    chain = (
        Union(*sides, name="union")
        | Filter(F.k > -2)
        | FlatMap(lambda record: [record] * (6 // record["k"]) if record["k"] < 3 else [])
    )

    result, records = run(chain, [{"k": key} for key in here])

    every = [key for side in (here, *others) for key in side]
    expected = [key for key in every if 0 < key < 3 for _ in range(6 // key)]
    assert [one["k"] for one in records] == expected
    assert result.tally.rejected == every.count(0)
    assert result.tally.read == len(here)
    assert result.tally.added == len(every) - len(here)


def test_steps_behind_it_go_on_with_what_they_have_counted() -> None:
    """A limit is one for all sides."""
    _, records = run(Union([{"k": 3}, {"k": 4}]) | Limit(3))

    assert [one["k"] for one in records] == [1, 2, 3]


def test_a_union_may_follow_another() -> None:
    """What the first one adds is before what the second one adds, and goes through it."""
    result, records = run(Union([{"k": 3}]) | Filter(F.k > 1) | Union([{"k": 1}]))

    assert [one["k"] for one in records] == [2, 3, 1]
    assert [step.produced for step in result.tally.steps] == [1, 0, 1]


@pytest.mark.parametrize("before", [True, False])
def test_a_step_over_all_records_may_stand_on_either_side(before: bool) -> None:
    """It gets the records of others where it is behind, and not where it is before."""
    sort, union = Sort("k", descending=True), Union([{"k": 3}, {"k": 0}])

    _, records = run(sort | union if before else union | sort)

    assert [one["k"] for one in records] == ([2, 1, 3, 0] if before else [3, 2, 1, 0])


def test_outputs_get_the_records_of_others_too() -> None:
    """Each output has its own equation."""
    aside = MemoryDestination()

    result, records = run(Union([{"k": 3}]) | Tap("aside"), loaders={"aside": aside})

    assert aside.records == records == [{"k": 1}, {"k": 2}, {"k": 3}]
    assert result.tally.outputs == {"": 3, "aside": 3}


@pytest.mark.parametrize("aside", [Tap("aside"), Split(F.k > 2, matched="aside")], ids=str)
def test_it_may_be_the_last_step_behind_one_with_outputs(aside: Any) -> None:
    """Its records then go through no step, and to no output but the main one."""
    outputs = {"aside": DataLoader("memory:", allow_empty=True)}

    result, records = run(aside | Union([{"k": 7}], [{"k": 8}]), loaders=outputs)

    assert records == [{"k": 1}, {"k": 2}, {"k": 7}, {"k": 8}]
    assert result.tally.outputs[""] == 4


def test_a_share_of_rejected_records_is_one_of_all_records() -> None:
    """Those of other sides count, on either side of the fraction."""
    chain = Union([{"k": 1}] * 7 + [{"k": 0}]) | Derive(part=1 / F.k)

    enough, _ = run(chain, on_error=Quarantine(max_error_rate=0.1))
    few, _ = run(chain, on_error=Quarantine(max_error_rate=0.09))

    assert enough.succeeded
    assert isinstance(few.error, BudgetExceeded)
    assert "1 of 10 record(s) rejected" in few.errors[0]


def test_an_other_side_that_is_not_there_ends_the_run_before_anything_is_read(
    tmp_path: Path,
) -> None:
    """And not when its turn comes."""
    result, _ = run(Union(FileSource(tmp_path / "gone.jsonl")))

    assert isinstance(result.error, SourceNotFound)
    assert result.tally.read == 0


class Broken(DataSource):
    """A source that ends too early."""

    def records(self) -> Any:
        """One record."""
        yield {"k": 3}
        message = "the line went dead"
        raise OSError(message)


def test_an_other_side_that_breaks_ends_the_run() -> None:
    """The note says which one, and for what; nothing is loaded."""
    result, records = run(Union(Broken(), name="union"))

    assert result.error is not None
    assert "while reading Broken for union" in result.error.__notes__
    assert records == []


def test_the_plan_and_the_preview_show_it(more: FileSource) -> None:
    """Which sources are read, and their first records behind the others."""
    chain = Union(more, name="union") | Derive(double=F.k * 2)
    job = ETLJob("j", "J", RecordsSource([{"k": 1}, {"k": 2}]), chain, MemoryDestination())

    preview = job.preview(1)

    assert f"    union; reads {more.uri} besides" in job.explain().splitlines()
    assert "other1[" in job.to_mermaid()
    assert preview.records == ({"k": 1, "double": 2}, {"k": 3, "double": 6})


def test_a_replay_is_refused(tmp_path: Path) -> None:
    """It would add the records of the other side once more."""
    service = ETLPipelineService(tmp_path / "state")
    service.create_pipeline(
        "job",
        RecordsSource([{"k": "x"}]),
        Union([{"k": 1}], name="union") | Derive(double=F.k.cast(int)),
        DataLoader(str(tmp_path / "out") + "/", mode="append"),
        on_error=Quarantine(),
    )
    service.run("job").raise_if_failed()

    with pytest.raises(ConfigurationError) as caught:
        service.quarantine.replay()

    assert str(caught.value).startswith(
        "job 'job': step union adds records of its own to those of each run, so it would add "
        "them once more to those that are replayed"
    )


def test_why_knows_the_records_of_others(tmp_path: Path, more: FileSource) -> None:
    """They begin behind the step."""
    chain = Filter(F.k > 2, name="large") | Union(more) | Derive(double=F.k * 2)
    service = ETLPipelineService(tmp_path / "state")
    service.create_pipeline(
        "job",
        RecordsSource([{"k": 1}]),
        chain,
        DataLoader(str(tmp_path / "out") + "/", mode="append"),
        on_error=Quarantine(),
        lineage=True,
    )
    service.run("job").raise_if_failed()

    told = service.why(more.uri, 5)

    assert told.runs[-1].became == "loaded"
    assert told.trace is not None
    assert [step.label for step in told.trace.steps] == ["Derive(double=F.k * 2)"]
    assert [service.why(more.uri, number).runs[-1].became for number in (3, 4)] == ["rejected"] * 2


class Breaking(MemoryDestination):
    """A destination whose commits fail for as long as it is broken."""

    broken = True

    def open(self, load: Any) -> Any:
        """Begin a load that may not be published."""
        session = super().open(load)
        commit = session.commit

        def fail_or_commit(record: Any) -> None:
            if self.broken:
                raise DestinationUnavailable("the disk is full")
            commit(record)

        session.commit = fail_or_commit  # type: ignore[method-assign] -- a double
        return session


def test_outputs_of_one_key_are_loaded_from_one_content(tmp_path: Path) -> None:
    """A file of another side that has changed between two commits is told."""
    path = tmp_path / "more.jsonl"
    path.write_bytes(b'{"k": 3}\n')
    main = Breaking()
    chain = Union(FileSource(path)) | Tap("first")
    job = ETLJob(
        "j",
        "J",
        RecordsSource([]),
        chain,
        main,
        loaders={"first": DataLoader(MemoryDestination(), "append")},
    )
    job.execute("monday")
    main.broken = False
    path.write_bytes(b'{"k": 4}\n')

    result = job.execute("monday")

    assert isinstance(result.error, BalanceError)
    assert f"{path} is not as it was when output 'first' was loaded" in result.errors[0]


def test_its_dict_form_comes_back() -> None:
    """Lists of records are data, sources are not."""
    union = Union([{"k": 3}], [{"k": 4}], name="union")

    again = from_dict(json.loads(json.dumps(to_dict(union))))

    assert again == union
    assert again.apply([]) == [{"k": 3}, {"k": 4}]
    with pytest.raises(ConfigurationError, match="has no dict form"):
        to_dict(Union(FileSource("more.jsonl")))


def test_the_step_says_what_it_is() -> None:
    """Label, memory and repr."""
    step = Union(FileSource("more.jsonl"), [{"k": 3}])

    assert step.label == repr(step) == "Union(more.jsonl, more records, list 2)"
    assert step.memory == "streaming"
    assert Union([], name="all").label == "all"


@pytest.mark.parametrize(
    ("others", "told"),
    [
        ([], "Union needs other sources, such as Union(FileSource('more.jsonl'))"),
        (["more.jsonl"], "Union: the records of a file come from FileSource('more.jsonl')"),
        ([iter([])], "Union: an iterator can be gone through only once, and a run may be tried"),
        ([RecordsSource(iter([]))], "Union: an iterator can be gone through only once, and a run"),
        ([{"k": 1}], "Union takes an iterable of dicts, got dict; put a single record into a list"),
        (
            [FileSource("*.jsonl", incremental=True)],
            (
                "Union: *.jsonl is read in increments, which only the source of a job can be; "
                "make it a job of its own with the same destination"
            ),
        ),
    ],
    ids=["nothing", "path", "iterator", "once", "dict", "incremental"],
)
def test_wrong_arguments_are_told_at_once(others: Any, told: str) -> None:
    """Not when the job runs."""
    with pytest.raises(ConfigurationError) as caught:
        Union(*others)

    assert str(caught.value).startswith(told)
