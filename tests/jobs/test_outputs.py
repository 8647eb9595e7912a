"""Jobs that load into several places: each record's way, the counts, and repetition."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from etlkit import DataLoader, ETLJob, ETLPipelineService, JobStatus, Quarantine, RecordsSource
from etlkit.destinations import FileDestination, MemoryDestination
from etlkit.errors import ConfigurationError, DestinationUnavailable
from etlkit.records import Record
from etlkit.transformations import FlatMap, Map, RecordStep
from etlkit.transformations.step import StepCode


class Minors(RecordStep):
    """Sends those under age to an output of their own; they go no further."""

    outputs = ("minors",)
    label = "minors"

    def each(self, record: Record) -> Iterable[Record]:
        """The grown-up ones."""
        return () if record["age"] < 18 else (record,)

    def routed(self, record: Record) -> Iterable[tuple[str | None, Record]]:
        """One way or the other."""
        return [("minors" if record["age"] < 18 else None, record)]

    def write(self, code: StepCode) -> None:
        """The same for a kernel."""
        with code.block("if record['age'] < 18:"):
            code.emit("minors", "record")
            code.leave()


class Twins(FlatMap):
    """Gives everybody a twin, who is as old as they are young; at three they get a toy."""

    def __init__(self) -> None:
        super().__init__(twins)


def twins(record: Record) -> list[Record]:
    """A record and its twin."""
    toys = {"toy": "bear"} if record["age"] == 3 else {}
    return [
        record | toys,
        {"age": 60 - record["age"] if record["age"] < 18 else 110 - record["age"]},
    ]


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


PEOPLE = [{"age": 17}, {"age": 42}, {"age": 3}, {"age": "x"}, {"age": 70}]

Make = Callable[..., ETLJob]


@pytest.fixture
def job_of() -> Make:
    """Makes a job that loads minors and others into places of their own."""

    def make(main: Any, minors: Any, steps: Any = None, **options: Any) -> ETLJob:
        options.setdefault("on_error", Quarantine())
        return ETLJob(
            "people",
            "People",
            RecordsSource(PEOPLE),
            steps or Minors(),
            main,
            loaders={"minors": minors},
            **options,
        )

    return make


def test_each_record_goes_its_way(job_of: Make) -> None:
    """The counts are those of all outputs, and the sum holds."""
    main, minors = MemoryDestination(), MemoryDestination()

    result = job_of(main, minors).execute()

    assert result.status is JobStatus.COMPLETED
    assert minors.records == [{"age": 17}, {"age": 3}]
    assert main.records == [{"age": 42}, {"age": 70}]
    assert str(result.tally) == (
        "read 5 + produced 0 = loaded 4 + filtered 0 + merged 0 + rejected 1"
    )
    assert result.tally.outputs == {"": 2, "minors": 2}


def test_a_record_that_fails_later_is_in_no_output(job_of: Make) -> None:
    """What was sent of it before is taken back; here the step behind sees grown-ups only."""

    def refuse_seventy(record: Record) -> Record:
        if record["age"] == 70:
            raise ValueError("too old")
        return record

    main, minors = MemoryDestination(), MemoryDestination()

    result = job_of(main, minors, Minors() | Map(refuse_seventy)).execute()

    assert [one.place for one in result.rejections] == ["records:4", "records:5"]
    assert (main.records, minors.records) == ([{"age": 42}], [{"age": 17}, {"age": 3}])


def test_a_record_that_one_output_refuses_is_in_none(job_of: Make, tmp_path: Path) -> None:
    """A file of CSV has the columns of its first record, and the grown-up twin goes, too."""
    main, minors = MemoryDestination(), DataLoader(tmp_path / "minors.csv")

    result = job_of(main, minors, Twins() | Minors()).execute()

    assert [(one.record, one.stage) for one in result.rejections] == [
        ({"age": "x"}, "transform"),
        ({"age": 3}, "write"),
    ]
    assert main.records == [{"age": 43}, {"age": 42}, {"age": 68}, {"age": 70}, {"age": 40}]
    assert (tmp_path / "minors.csv").read_text(encoding="utf-8") == "age\n17\n"


def test_outputs_that_are_missing_are_loaded_by_a_repeated_run(job_of: Make) -> None:
    """The first output was committed before the second one failed, and is left alone."""
    minors, main = MemoryDestination(), Breaking()
    job = job_of(DataLoader(main, "append"), DataLoader(minors, "append"))
    first = job.execute("monday")
    main.broken = False

    second = job.execute("monday")

    assert (first.status, second.status) == (JobStatus.FAILED, JobStatus.COMPLETED)
    assert minors.records == [{"age": 17}, {"age": 3}]
    assert main.records == [{"age": 42}, {"age": 70}]
    assert job.execute("monday").status is JobStatus.SKIPPED


def test_a_failed_output_leaves_the_others_when_it_is_the_first(job_of: Make) -> None:
    """Nothing was committed yet, so nothing is there."""
    main = MemoryDestination()

    result = job_of(main, Breaking()).execute()

    assert (result.status, main.records) == (JobStatus.FAILED, [])


def test_outputs_have_a_lineage_each(job_of: Make, tmp_path: Path) -> None:
    """Where a record came from is told, whichever output it went to."""
    service = ETLPipelineService(tmp_path / "state")
    job = job_of(tmp_path / "grown.jsonl", tmp_path / "minors.jsonl", lineage=True)
    service.scheduler.register_job(job)

    service.run("people")

    (minor,) = service.lineage.find(record={"age": 3})
    (grown,) = service.lineage.find(record={"age": 70})
    assert (minor.record_no, minor.output) == (3, "minors")
    assert (grown.record_no, grown.output) == (5, "")


def test_a_plan_with_several_outputs_says_where_each_goes(job_of: Make) -> None:
    """And in which order they are committed."""
    job = job_of("grown.jsonl", "minors.jsonl")

    text = job.explain()

    assert "  load output 'minors' into minors.jsonl (replace)\n  load into grown.jsonl" in text
    assert "  guarantee of output 'minors': exactly once for each run key" in text
    assert (
        "  note: the outputs 'minors' and the end of the chain are separate commits in this order; "
        "a repeated run with the same run key does those that are missing"
    ) in text


@pytest.mark.parametrize(
    ("loaders", "message"),
    [
        ({"minors": "out.jsonl"}, "two outputs would both be loaded into .*out.jsonl"),
        ({"miners": "a.jsonl"}, "did you mean 'miners'"),
        ({}, "minors"),
        (["a.jsonl"], "loaders is a dict of output names and loaders"),
        ({"": "a.jsonl"}, "loaders is a dict of output names and loaders"),
    ],
    ids=["one place twice", "misspelt", "missing", "no dict", "no name"],
)
def test_loaders_that_cannot_be_meant_are_refused(loaders: Any, message: str) -> None:
    """At once, and not after an hour of reading."""
    with pytest.raises(ConfigurationError, match=message):
        ETLJob(
            "j",
            "J",
            RecordsSource([]),
            Minors(),
            FileDestination("out.jsonl"),
            loaders=loaders,
        )


def test_the_lineage_of_a_committed_output_outlives_the_failure_of_the_next(
    job_of: Make, tmp_path: Path
) -> None:
    """Its commit record names the file."""
    service = ETLPipelineService(tmp_path / "state")
    job = job_of(Breaking(), tmp_path / "minors.jsonl", lineage=True)
    service.scheduler.register_job(job)

    result = service.scheduler.execute_job("people", retries=0, run_key="monday")

    (minor,) = service.lineage.find(record={"age": 3})
    assert result.status is JobStatus.FAILED
    assert (minor.record_no, minor.output) == (3, "minors")


def test_a_record_has_one_fate_in_outputs_that_are_loaded_by_two_runs(
    job_of: Make, tmp_path: Path
) -> None:
    """What the first output refused in the first run is rejected by the second one, too."""
    main, minors = Breaking(), DataLoader(tmp_path / "minors.csv", "append")
    job = job_of(DataLoader(main, "append"), minors, Twins() | Minors())
    job.execute("monday")
    main.broken = False

    result = job.execute("monday")

    assert result.status is JobStatus.COMPLETED
    assert [one.record for one in result.rejections] == [{"age": "x"}, {"age": 3}]
    assert main.records == [{"age": 43}, {"age": 42}, {"age": 68}, {"age": 70}, {"age": 40}]
    assert (tmp_path / "minors.csv").read_text(encoding="utf-8") == "age\n17\n"


def test_outputs_that_would_not_agree_are_not_loaded(tmp_path: Path) -> None:
    """The source has changed between the two runs of one key."""
    people = tmp_path / "people.jsonl"
    people.write_text('{"age":17}\n{"age":42}\n', encoding="utf-8")
    main, minors = Breaking(), MemoryDestination()
    job = ETLJob(
        "people",
        "People",
        people,
        Minors(),
        DataLoader(main, "append"),
        loaders={"minors": DataLoader(minors, "append")},
    )
    job.execute("monday")
    main.broken = False
    people.write_text('{"age":17}\n{"age":3}\n{"age":42}\n', encoding="utf-8")

    result = job.execute("monday")

    assert str(result.error) == (
        "output 'minors' was loaded under this run key with 1 record(s), and now has 2: source or "
        "steps have changed since, so that the outputs would not agree; use another run_key"
    )
    assert (minors.records, main.records) == ([{"age": 17}], [])


def test_outputs_are_not_loaded_from_different_contents_of_a_file(tmp_path: Path) -> None:
    """The counts are equal, so that they alone would not tell."""
    people = tmp_path / "people.jsonl"
    people.write_text('{"age":17}\n{"age":42}\n', encoding="utf-8")
    main, minors = Breaking(), MemoryDestination()
    job = ETLJob(
        "people",
        "People",
        people,
        Minors(),
        DataLoader(main, "append"),
        loaders={"minors": DataLoader(minors, "append")},
    )
    job.execute("monday")
    main.broken = False
    people.write_text('{"age":16}\n{"age":42}\n', encoding="utf-8")

    result = job.execute("monday")

    assert str(result.error) == (
        f"job 'people': {people} is not as it was when output 'minors' was loaded under run_key "
        "'monday', so the outputs would not agree and nothing more was loaded; force=True does the "
        "work anew, in the place of what was loaded"
    )
    assert (minors.records, main.records) == ([{"age": 17}], [])
    assert job.execute("monday", force=True).status is JobStatus.COMPLETED
    assert (minors.records, main.records) == ([{"age": 16}], [{"age": 42}])


def test_outputs_are_completed_from_a_file_that_stayed(tmp_path: Path) -> None:
    """However young it was when the first one was loaded."""
    people = tmp_path / "people.jsonl"
    people.write_text('{"age":17}\n{"age":42}\n', encoding="utf-8")
    main, minors = Breaking(), MemoryDestination()
    job = ETLJob(
        "people",
        "People",
        people,
        Minors(),
        DataLoader(main, "append"),
        loaders={"minors": DataLoader(minors, "append")},
    )
    job.execute("monday")
    main.broken = False

    result = job.execute("monday")

    assert result.status is JobStatus.COMPLETED
    assert (minors.records, main.records) == ([{"age": 17}], [{"age": 42}])


def test_an_output_that_was_loaded_before_the_failure_is_named(job_of: Make) -> None:
    """Nothing else would tell of it, since the run failed."""
    result = job_of(Breaking(), MemoryDestination()).execute()

    assert "".join(result.errors) == (
        "the disk is full; output 'minors' is loaded already; a run with the same run key loads "
        "the others"
    )


def test_a_partly_loaded_run_leaves_no_file_that_nobody_names(job_of: Make, tmp_path: Path) -> None:
    """One lineage file for each output, and one file of rejected records."""
    service = ETLPipelineService(tmp_path / "state")
    main = Breaking()
    job = job_of(main, tmp_path / "minors.jsonl", lineage=True)
    service.scheduler.register_job(job)
    service.scheduler.execute_job("people", retries=0, run_key="monday")
    main.broken = False

    result = service.run("people", "monday")

    lineage = list((tmp_path / "state" / "lineage").glob("*.lineage"))
    rejected = list((tmp_path / "state" / "quarantine").glob("*.jsonl"))
    assert result.status is JobStatus.COMPLETED
    assert len(lineage) == 2
    assert len([path for path in rejected if ".failed." not in path.name]) == 1


def test_an_output_that_was_removed_is_loaded_again_without_a_second_rejected_file(
    job_of: Make, tmp_path: Path
) -> None:
    """The record of the main output names the file that counts; the new one is cleared away."""
    service = ETLPipelineService(tmp_path / "state")
    minors = tmp_path / "minors.jsonl"
    service.scheduler.register_job(job_of(tmp_path / "people.jsonl", minors))
    service.run("people", "monday")
    before = list((tmp_path / "state" / "quarantine").iterdir())
    minors.unlink()

    result = service.run("people", "monday")

    assert result.status is JobStatus.COMPLETED
    assert minors.read_text(encoding="utf-8") == '{"age":17}\n{"age":3}\n'
    assert list((tmp_path / "state" / "quarantine").iterdir()) == before
