"""Why a source record is, or is not, at the destination."""

from __future__ import annotations

import itertools

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from etlkit import DataValidator, ETLJob, FileSource, RecordsSource
from etlkit.engine.plan import make_plan
from etlkit.engine.reference import Interpreter
from etlkit.errors import ConfigurationError, CorruptState
from etlkit.formats.row_hash import row_hash
from etlkit.jobs.why import Question, job_reading, why
from etlkit.records import Rejection
from etlkit.runs import CommitRecord, Part, Position, RunContext, Tally, Written
from etlkit.state import EntryFilter, MemoryState, Settled, StatusEvent
from etlkit.state.lineage.writing import LineageWriter, lineage_path
from etlkit.transformations import Aggregate, Filter, FlatMap, Map
from state.stories import kept_in


NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
LINES = b'{"id": 1, "n": 4}\n{"id": 2, "n": "x"}\n{"id": 3, "n": 1}\n\n'

HALVE = Map(lambda record: {**record, "half": record["n"] / 2}, name="halve")
BIG = Filter(lambda record: record["n"] > 2, name="big")


class Past:
    """Runs of a job that were committed one after the other."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = str(folder / "state")
        self.state = MemoryState()
        self._numbers = itertools.count(1)

    def job(self, source: Any = "cases.jsonl", steps: Any = None, **more: Any) -> ETLJob:
        """A job that reads the file into memory."""
        read = FileSource(source) if isinstance(source, str) else source
        return ETLJob("cases", "Cases", read, steps, "memory:", **more)

    def run(self, job: ETLJob, *, lineage: bool = True, **more: Any) -> RunContext:
        """Load what the job would load now, and settle the commit."""
        number = next(self._numbers)
        began = NOON + timedelta(hours=number)
        run = RunContext("cases", f"run-{number}", f"key-{number}", 1, f"{number:012x}", began)
        reading = job.source.reading(Position())
        rejected: list[Rejection] = []
        writer = LineageWriter(lineage_path(self.root, run), run)
        self._load(job, reading, writer, rejected)
        position = reading.position()
        kept = writer.finish([each.uri for each in position.inputs]) if lineage else None
        held = kept_in(self.folder / f"rejected-{number}", run, *rejected) if rejected else None
        record = CommitRecord(
            run,
            more.pop("mode", "append"),
            Written((Part("p", 1),)),
            Tally(),
            held,
            began + timedelta(seconds=1),
            lineage=kept,
            position=position,
            **more,
        )
        self.state.settle(run.nonce, [Settled("out.jsonl", record)])
        return run

    def _load(self, job: ETLJob, reading: Any, writer: LineageWriter, rejected: Any) -> None:
        definition = job.definition
        plan = make_plan(
            definition.plan.steps, definition.loader.destination.encoder(), hashed=True
        )

        def reject(where: int, error: Exception, batch: Any, position: int, record: Any) -> None:
            step = plan.stages[0].steps[where].label if where >= 0 else None
            number = batch.first + position
            words = f"{type(error).__name__}: {error}"
            rejected.append(
                Rejection("step", words, "transform", step, batch.origin.uri, number, b"{}")
            )

        for batch in reading.batches():
            out = Interpreter(plan.stages[0]).run(batch, reject).out
            if plan.stages[0].end is None:
                writer.add(batch.origin.uri, out.record_numbers, out.hashes or ())

    def why(
        self, job: ETLJob, file: str | None = "cases.jsonl", no: int | None = None, **more: Any
    ) -> Any:
        """The answer for a record."""
        question = Question(None if no is None else file, no, **more)
        return why(job.definition, self.state, self.root, question)


@pytest.fixture
def past(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Past:
    """Nothing has run; the file lies in the working folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cases.jsonl").write_bytes(LINES)
    return Past(tmp_path)


def became(found: Any) -> list[tuple[str, str, str]]:
    """What each run made of the record, and how that is known."""
    return [(run.run_id, run.became, run.evidence) for run in found.runs]


# -- what became of it


def test_a_record_that_was_loaded_is_told_with_its_run_and_hash(past: Past) -> None:
    """By the lineage of the load, and with what each step makes of it."""
    job = past.job(steps=HALVE)
    past.run(job)
    digest = row_hash({"id": 1, "n": 4, "half": 2.0}).hex()

    found = past.why(job, no=1)

    assert found.answer == "loaded"
    assert str(found) == (
        "cases.jsonl, record 1, in job 'cases': loaded\n"
        f"  run run-1 of 2026-01-01 13:00:01Z: loaded into out.jsonl as {digest}\n"
        "cases.jsonl:1, as the chain is now:\n"
        "  read: {'id': 1, 'n': 4}\n"
        "  halve: adds 'half': 2.0\n"
        "  note: the function of halve was called again now"
    )


def test_a_record_that_was_rejected_is_told_with_the_reason(past: Past) -> None:
    """And with what has become of the entry since."""
    job = past.job(steps=HALVE)
    past.run(job)

    found = past.why(job, no=2)

    assert found.answer == "rejected"
    assert "unsupported operand" in found.runs[0].message
    assert str(found.runs[0]).startswith(
        "run run-1 of 2026-01-01 13:00:01Z: rejected by halve: TypeError: unsupported operand"
    )
    assert str(found.runs[0]).endswith("(now open)")


def test_a_record_that_was_filtered_is_told_with_the_step(past: Past) -> None:
    """No run keeps what it filtered, so the chain is asked again."""
    job = past.job(steps=Filter(lambda record: record["id"] != 3, name="not three"))
    past.run(job)

    found = past.why(job, no=3)

    assert found.answer == "filtered"
    assert not found.runs[0].is_certain
    assert str(found.runs[0]) == (
        "run run-1 of 2026-01-01 13:00:01Z: filtered by not three; as the chain does now, since "
        "the run kept nothing of it"
    )


def test_a_record_that_was_merged_is_told_with_the_step(past: Past) -> None:
    """It is in a group with others."""
    job = past.job(steps=Aggregate("id", n=len))
    past.run(job)

    found = past.why(job, no=1)

    assert found.answer == "merged"
    assert "merged with other records by Aggregate" in str(found)


def test_a_blank_line_is_told_as_such(past: Past) -> None:
    """It is no record."""
    job = past.job()
    past.run(job)

    found = past.why(job, no=4)

    assert found.answer == "blank"
    assert "a blank line, which is no record" in str(found)


def test_a_record_that_no_run_has_read_is_told_as_such(past: Past) -> None:
    """With what would become of it."""
    job = past.job(steps=HALVE)

    found = past.why(job, no=1)

    assert found.answer == "not_read"
    assert str(found).splitlines()[:2] == [
        "cases.jsonl, record 1, in job 'cases': not read",
        "  no run that loaded something has read it",
    ]
    assert found.trace.outcome == "passes"


def test_a_record_that_is_nowhere_is_missing(past: Past) -> None:
    """Neither runs nor the file know of it."""
    job = past.job()

    found = past.why(job, no=99)

    assert found.answer == "missing"


def test_a_record_that_came_later_was_not_there(past: Past) -> None:
    """The run had read fewer records of the file."""
    job = past.job()
    past.run(job)
    with Path("cases.jsonl").open("ab") as file:
        file.write(b'{"id": 5, "n": 5}\n')

    found = past.why(job, no=5)

    assert became(found) == [("run-1", "not_there", "position")]
    assert "the file had fewer records then; the file has changed since" in str(found)


def test_a_replayed_record_is_loaded_by_the_replay(past: Past) -> None:
    """The run that rejected it still says so."""
    job = past.job(steps=HALVE)
    past.run(job)
    (entry,) = past.state.entries(EntryFilter())
    _made("other.jsonl")
    past.run(past.job(source="other.jsonl"), replayed=(entry.id,))

    found = past.why(job, no=2)

    assert became(found) == [
        ("run-1", "rejected", "quarantine"),
        ("run-2", "loaded", "quarantine"),
    ]
    assert found.runs[0].status == "replayed"


def test_every_run_that_read_the_record_is_told(past: Past) -> None:
    """The last one counts."""
    job = past.job()
    past.run(job)
    past.run(job, mode="replace")

    found = past.why(job, no=1)

    assert became(found) == [("run-1", "loaded", "lineage"), ("run-2", "loaded", "lineage")]
    assert [run.is_replaced for run in found.runs] == [True, False]
    assert ", and replaced since" in str(found)


def test_a_record_that_was_rejected_again_is_so_in_both_runs(past: Past) -> None:
    """The entry is one, and its times tell."""
    job = past.job(steps=HALVE)
    past.run(job)
    past.run(job)

    found = past.why(job, no=2)

    assert became(found) == [
        ("run-1", "rejected", "quarantine"),
        ("run-2", "rejected", "quarantine"),
    ]


def test_runs_that_read_other_files_are_left_out(past: Past) -> None:
    """A job of new files only reads each file once."""
    _made("other.jsonl")
    past.run(past.job(source="other.jsonl"))
    job = past.job()
    past.run(job)

    found = past.why(job, no=1)

    assert became(found) == [("run-2", "loaded", "lineage")]


def test_the_status_of_an_entry_is_that_of_now(past: Past) -> None:
    """It may have been given up since."""
    job = past.job(steps=HALVE)
    past.run(job)
    (entry,) = past.state.entries(EntryFilter())
    past.state.mark([entry.id], StatusEvent("discarded", NOON, "somebody"))

    found = past.why(job, no=2)

    assert found.runs[0].status == "discarded"


# -- without lineage, and with another chain


def test_without_lineage_the_chain_of_now_answers(past: Past) -> None:
    """And it is said that the run kept nothing."""
    job = past.job(steps=HALVE)
    past.run(job, lineage=False)

    found = past.why(job, no=1)

    assert became(found) == [("run-1", "loaded", "trace")]
    assert "as the chain does now, since the run kept nothing of it" in str(found)


def test_a_chain_that_would_load_it_today_does_not_explain_the_past(past: Past) -> None:
    """The lineage knows that it was not loaded, and nobody knows why."""
    past.run(past.job(steps=Filter(lambda record: record["id"] == 1, name="one")))
    job = past.job()

    found = past.why(job, no=3)

    assert found.answer == "unknown"
    assert "not loaded and not rejected; why is not known" in str(found)


def test_a_chain_that_makes_something_else_of_it_is_told(past: Past) -> None:
    """What was loaded is no more what would be loaded."""
    past.run(past.job(steps=HALVE))
    job = past.job()

    found = past.why(job, no=1)

    assert found.answer == "loaded"
    assert "note: now it ends otherwise than in the last run: " in str(found)


def test_a_file_that_has_changed_is_told(past: Past) -> None:
    """Its length says so."""
    job = past.job()
    past.run(job)
    Path("cases.jsonl").write_bytes(b'{"id": 100, "n": 400}\n')

    found = past.why(job, no=1)

    assert found.runs[0].file_since == "changed"
    assert "; the file has changed since" in str(found)
    assert "changed" in found.remarks[0]


def test_a_file_that_was_written_again_is_told(past: Past) -> None:
    """Nobody knows whether with the same bytes."""
    job = past.job()
    past.run(job)
    _rewritten(Path("cases.jsonl"), LINES)

    found = past.why(job, no=1)

    assert found.runs[0].file_since == "rewritten"
    assert "the file was written again since, perhaps with the same content" in str(found)


def test_a_known_content_decides_whether_a_file_has_changed(past: Past) -> None:
    """An incremental source keeps the sha256 of what it read."""
    job = past.job(FileSource("cases.jsonl", incremental=True))
    past.run(job)
    _rewritten(Path("cases.jsonl"), LINES)
    same = past.why(job, no=1).runs[0].file_since
    _rewritten(Path("cases.jsonl"), LINES.replace(b"4", b"5"))

    assert [same, past.why(job, no=1).runs[0].file_since] == ["as it was", "changed"]


def test_a_file_that_is_gone_leaves_what_the_runs_noted(past: Past) -> None:
    """The answer comes from lineage and quarantine alone."""
    job = past.job(steps=HALVE)
    past.run(job)
    Path("cases.jsonl").unlink()

    loaded, rejected, other = (past.why(job, no=number) for number in (1, 2, 3))

    assert [loaded.answer, rejected.answer, other.answer] == ["loaded", "rejected", "loaded"]
    assert loaded.trace is None
    assert "note: the source cannot be read now: cases.jsonl: there is no such file" in str(loaded)
    assert loaded.runs[0].file_since == "unknown"


def test_a_source_that_can_be_read_once_is_left_alone(past: Past) -> None:
    """A question must not use up its records."""
    records = iter([{"n": 1}])
    job = past.job(RecordsSource(records))

    found = past.why(job, "records", 1)

    assert found.remarks == ("records can be read only once, so nothing was traced",)
    assert next(records) == {"n": 1}


def test_a_source_without_files_is_known_by_its_name(past: Past) -> None:
    """Its commits say nothing of what was read, and lineage does."""
    job = past.job(RecordsSource([{"id": 1, "n": 4}, {"id": 2, "n": 1}], name="cases"), BIG)
    past.run(job)

    answers = [past.why(job, "cases", number).answer for number in (1, 2, 3)]

    assert answers == ["loaded", "filtered", "missing"]


# -- by content


@pytest.mark.parametrize(
    ("asked", "number"),
    [
        ({"raw": b'{"id": 3, "n": 1}\n'}, 3),
        ({"record": {"n": 1, "id": 3}}, 3),
        ({"record": {"id": 1, "n": 4, "half": 2.0}}, 1),
    ],
    ids=["line", "source record", "loaded record"],
)
def test_a_record_is_found_by_its_content(past: Past, asked: dict[str, Any], number: int) -> None:
    """By its bytes, or by its values before or after the chain."""
    job = past.job(steps=HALVE)
    past.run(job)

    found = past.why(job, **asked)

    assert (found.record_no, found.answer) == (number, "loaded")


def test_content_that_is_nowhere_is_missing(past: Past) -> None:
    """Neither in the source nor among what was loaded."""
    job = past.job()
    past.run(job)

    found = past.why(job, record={"id": 99})

    assert str(found) == (
        "cases.jsonl, in job 'cases': missing\n"
        "  no run that loaded something has read it\n"
        "  note: nothing like it is in the source, or was loaded"
    )


def test_a_loaded_record_of_several_sources_says_so(past: Past) -> None:
    """The first of them is told."""
    job = past.job(steps=FlatMap(lambda record: [{"same": True}], name="same"))
    past.run(job)

    found = past.why(job, record={"same": True})

    assert found.record_no == 1
    assert "3 source records were loaded as this one" in found.remarks


def test_a_loaded_record_that_was_made_of_several_names_the_files(past: Past) -> None:
    """It has no source record of its own."""
    run = RunContext("cases", "run-7", "key", 1, "abcdefabcdef", NOON)
    writer = LineageWriter(lineage_path(past.root, run), run)
    writer.add("step sum", [1], [row_hash({"sum": 3})], derived=True)
    kept = writer.finish(["a.jsonl", "b.jsonl"])
    record = CommitRecord(
        run, "append", Written((Part("p", 1),)), Tally(), None, NOON, lineage=kept
    )
    past.state.settle(run.nonce, [Settled("out.jsonl", record)])

    found = past.why(past.job(), record={"sum": 3})

    assert (found.file, found.record_no, found.answer) == ("a.jsonl, b.jsonl", None, "loaded")
    assert found.remarks == ("the loaded record was made of several, of all files that are named",)


# -- how it is asked and told


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"file": "a.jsonl"},
        {"record_no": 1},
        {"file": "a.jsonl", "record_no": 1, "raw": b""},
        {"file": "a.jsonl", "raw": b""},
        {"raw": b"", "record": {}},
    ],
)
def test_one_way_of_asking_is_taken(asked: dict[str, Any]) -> None:
    """The message says which there are."""
    with pytest.raises(ConfigurationError, match="why takes a file and record_no, or raw=, or"):
        Question(**asked)


@pytest.mark.parametrize("number", [0, -1, "1", True, 1.0])
def test_a_record_number_is_a_number_from_1_on(number: Any) -> None:
    """As messages count them."""
    with pytest.raises(ConfigurationError, match="record_no is a number from 1 on, got"):
        Question("a.jsonl", number)


def test_sensitive_values_are_masked(past: Past) -> None:
    """In words and in the dict."""
    rules = DataValidator({"n": {"sensitive": True}})
    Path("cases.jsonl").write_bytes(b'{"id": 1, "n": "078-05-1120"}\n')
    job = past.job(input_validator=rules)

    found = past.why(job, no=1)

    assert "078" not in str(found) + str(found.to_dict())
    assert "'n': ***" in str(found)


def test_the_answer_as_a_dict_is_ready_for_json(past: Past) -> None:
    """With every run and the trace."""
    job = past.job()
    past.run(job)

    found = past.why(job, no=1).to_dict()

    assert found["answer"] == "loaded"
    assert found["runs"][0]["committed_at"] == "2026-01-01T13:00:01+00:00"
    assert found["trace"]["outcome"] == "passes"
    assert found["record_no"] == 1


def test_a_damaged_lineage_file_is_an_error(past: Past) -> None:
    """It is never taken for a record that was not loaded."""
    job = past.job()
    run = past.run(job)
    Path(lineage_path(past.root, run)).write_bytes(b"")

    with pytest.raises(CorruptState):
        past.why(job, no=1)


# -- which job


def test_the_job_is_the_one_that_reads_the_file(past: Past) -> None:
    """Now, or in one of its runs."""
    _made("other.jsonl")
    cases, other = past.job(), ETLJob("other", "Other", FileSource("other.jsonl"), None, "memory:")
    jobs = [cases.definition, other.definition]
    past.run(cases)
    Path("cases.jsonl").unlink()

    assert job_reading(jobs, past.state, "other.jsonl") is other.definition
    assert job_reading(jobs, past.state, str(past.folder / "cases.jsonl")) is cases.definition
    assert job_reading(jobs[:1], past.state, "anything") is cases.definition


def test_a_file_of_several_jobs_or_of_none_needs_the_job_id(past: Past) -> None:
    """The message lists the jobs."""
    one = past.job()
    two = ETLJob("two", "Two", FileSource("*.jsonl"), None, "memory:")
    jobs = [one.definition, two.definition]

    with pytest.raises(ConfigurationError) as several:
        job_reading(jobs, past.state, "cases.jsonl")
    with pytest.raises(ConfigurationError) as none:
        job_reading(jobs, past.state, "nothing.jsonl")

    with pytest.raises(ConfigurationError) as unnamed:
        job_reading(jobs, past.state, None)

    assert str(several.value) == (
        "cases.jsonl: several jobs read it; pass job_id=, registered are: 'cases', 'two'"
    )
    assert str(none.value) == (
        "nothing.jsonl: no job is known to read it; pass job_id=, registered are: 'cases', 'two'"
    )
    assert str(unnamed.value) == (
        "why needs the job of a record that is told by its content; pass job_id=, registered are: "
        "'cases', 'two'"
    )


def _made(name: str) -> None:
    """Make a file with one record."""
    Path(name).write_bytes(b'{"id": 9, "n": 9}\n')


def _rewritten(path: Path, content: bytes) -> None:
    """Put another file in the place of one, so that its inode differs."""
    other = path.with_suffix(".new")
    other.write_bytes(content)
    other.rename(path)
