"""Rejected records: how many a run may have, and the file that keeps them."""

from __future__ import annotations

import base64
import os
import re
import threading

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from etlkit import (
    DataLoader,
    DataSource,
    DataValidator,
    ETLJob,
    ETLScheduler,
    FileSource,
    JobResult,
    JobStatus,
    Quarantine,
    RecordsSource,
)
from etlkit.destinations import MemoryDestination
from etlkit.errors import ConfigurationError
from etlkit.records import Batch, Origin, Refusal, own
from etlkit.runs import Load
from etlkit.state.entry_lines import entry_id
from etlkit.testing import FakeClock
from etlkit.transformations import Aggregate, Map


Names = Callable[[Path], list[str]]
JsonLines = Callable[[Path], list[Any]]
Permissions = Callable[[Path], str]

HALVE = Map(lambda record: {"half": record["n"] / 2}, name="halve")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder for the state, which does not exist yet."""
    return tmp_path / "root"


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A destination that holds one old record."""
    path = tmp_path / "out.jsonl"
    path.write_text('{"old":true}\n')
    return path


def job_of(source: DataSource | Path | list[Any], policy: Quarantine, **arguments: Any) -> ETLJob:
    """A job that sets records aside; it halves numbers into memory unless told otherwise."""
    if isinstance(source, list):
        source = RecordsSource(source)
    elif isinstance(source, Path):
        source = FileSource(source)
    parts: dict[str, Any] = {"transformations": HALVE, "loader": "memory:", **arguments}
    return ETLJob("halves", "Halves", source, on_error=policy, clock=FakeClock(), **parts)


def run(job: ETLJob, root: Path | None) -> JobResult:
    """Run a job once, with its state below a root."""
    scheduler = ETLScheduler(root, clock=FakeClock())
    scheduler.register_job(job)
    return scheduler.execute_job(job.job_id, retries=0)


def numbers(*values: object) -> list[dict[str, object]]:
    """A record with a field ``n`` for each value; a text cannot be halved."""
    return [{"n": value} for value in values]


# -- the policy


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(
            {"max_errors": -1},
            "Quarantine: max_errors is a whole number from 0 on, got -1",
            id="negative number",
        ),
        pytest.param(
            {"max_errors": 0.5},
            "Quarantine: max_errors is a whole number from 0 on, got 0.5; for a share of the "
            "records pass max_error_rate",
            id="share as a number",
        ),
        pytest.param(
            {"max_errors": "10"},
            "Quarantine: max_errors is a whole number from 0 on, got '10'",
            id="number as a text",
        ),
        pytest.param(
            {"max_error_rate": -0.1},
            "Quarantine: max_error_rate is a share from 0 to 1, got -0.1",
            id="negative share",
        ),
        pytest.param(
            {"max_error_rate": 5},
            "Quarantine: max_error_rate is a share from 0 to 1, got 5",
            id="per cent",
        ),
        pytest.param(
            {"max_error_rate": "5%"},
            "Quarantine: max_error_rate is a share from 0 to 1, got '5%'",
            id="share as a text",
        ),
        pytest.param(
            {"to": 5},
            "Quarantine: to is the path of a local file, got 5",
            id="no path",
        ),
        pytest.param(
            {"to": "s3://bucket/rejected.jsonl"},
            "Quarantine: to is the path of a local file, got 's3://bucket/rejected.jsonl'",
            id="URL",
        ),
    ],
)
def test_a_mistaken_policy_is_refused(arguments: dict[str, Any], message: str) -> None:
    """A policy that cannot mean anything fails where it is written."""
    with pytest.raises(ConfigurationError) as caught:
        Quarantine(**arguments)

    assert str(caught.value) == message


@pytest.mark.parametrize(
    "policy",
    [
        pytest.param(Quarantine(), id="no limit"),
        pytest.param(Quarantine(max_errors=2), id="exactly the number"),
        pytest.param(Quarantine(max_error_rate=0.5), id="exactly the share"),
        pytest.param(Quarantine(max_errors=2, max_error_rate=0.5), id="exactly both"),
    ],
)
def test_a_run_within_its_budget_goes_on(policy: Quarantine, root: Path) -> None:
    """The good records are loaded; a budget that is just used up is not exceeded."""
    memory = MemoryDestination()

    result = run(job_of(numbers(2, "a", 4, "b"), policy, loader=memory), root)

    assert result.status is JobStatus.COMPLETED
    assert memory.records == [{"half": 1.0}, {"half": 2.0}]
    assert (result.rows_extracted, result.rows_loaded, result.rows_rejected) == (4, 2, 2)
    assert result.warnings == ("2 of 4 record(s) rejected",)


@pytest.mark.parametrize(
    ("policy", "message"),
    [
        pytest.param(
            Quarantine(max_errors=1),
            "2 record(s) rejected, more than max_errors=1",
            id="number",
        ),
        pytest.param(
            Quarantine(max_errors=0),
            "1 record(s) rejected, more than max_errors=0",
            id="none allowed",
        ),
        pytest.param(
            Quarantine(max_error_rate=0.59),
            "3 of 5 record(s) rejected (60.00%), more than max_error_rate=0.59",
            id="share",
        ),
        pytest.param(
            Quarantine(max_error_rate=0),
            "3 of 5 record(s) rejected (60.00%), more than max_error_rate=0",
            id="share of nothing",
        ),
    ],
)
def test_a_run_over_its_budget_loads_nothing(
    policy: Quarantine, message: str, root: Path, out: Path, names: Names
) -> None:
    """The destination is unchanged; what was rejected is kept to look at."""
    result = run(job_of(numbers(2, "a", 4, "b", "c"), policy, loader=out), root)

    assert result.status is JobStatus.FAILED
    first = "records:2: TypeError: unsupported operand type(s) for /: 'str' and 'int'"
    assert result.errors == (f"{message}; the first of them is {first}",)
    assert out.read_text() == '{"old":true}\n'
    assert names(root / "quarantine") == [f"{result.run_id}.failed.jsonl"]
    assert result.rows_loaded == 0


def test_the_number_ends_a_run_at_once(root: Path) -> None:
    """A run that is over its number reads no further batch."""
    source = RecordsSource(lambda: ({"n": "a"} for _ in range(5000)))

    result = run(job_of(source, Quarantine(max_errors=3)), root)

    assert (result.rows_extracted, result.rows_rejected) == (1000, 4)


def test_the_share_is_looked_at_at_the_end(root: Path) -> None:
    """A run that begins with bad records may still end within its share."""
    result = run(job_of(numbers("a", "b", *range(198)), Quarantine(max_error_rate=0.01)), root)

    assert result.status is JobStatus.COMPLETED


def test_a_share_is_exact(root: Path) -> None:
    """29 of 100 are 0.29, although 0.29 times 100 is less than 29 to a computer."""
    records = numbers(*["a"] * 29, *range(71))

    result = run(job_of(records, Quarantine(max_error_rate=0.29)), root)

    assert result.status is JobStatus.COMPLETED


def test_the_budget_counts_each_attempt_anew(root: Path) -> None:
    """What was rejected before a retry is not rejected twice."""
    source = FailsOnce(numbers("a", *[2] * 1500))
    scheduler = ETLScheduler(root, clock=FakeClock())
    scheduler.register_job(job_of(source, Quarantine(max_errors=1)))

    result = scheduler.execute_job("halves", retries=1)

    assert result.status is JobStatus.COMPLETED
    assert (len(result.attempts), result.rows_rejected, result.rows_loaded) == (2, 1, 1500)


class FailsOnce(DataSource):
    """A source whose first reading breaks off after its last record, and its first batch."""

    def __init__(self, records: list[dict[str, object]]) -> None:
        self.given = records
        self.readings = 0

    def records(self) -> Any:
        """The records, and the failure."""
        self.readings += 1
        yield from self.given
        if self.readings == 1:
            raise ConnectionResetError("the line was cut")


# -- the file


def test_each_rejected_record_is_kept_with_everything_needed_to_mend_it(
    root: Path, tmp_path: Path, json_lines: JsonLines
) -> None:
    """An entry tells the run, the place, the reason and the bytes."""
    path = tmp_path / "in.jsonl"
    path.write_text('{"n": 2}\n{"n":  "a"}\n')

    result = run(job_of(path, Quarantine()), root)

    name = re.sub("[0-9a-f]{12}", "mark", Path(result.quarantine_path or "").name)
    assert name == "20260101T000000Z-mark.mark.jsonl"
    (kept,) = json_lines(Path(result.quarantine_path or ""))
    assert [kept] == [
        {
            "format": 3,
            "id": entry_id("halves", str(path), kept["version"], 2, derived=False),
            "job_id": "halves",
            "run_id": result.run_id,
            "uri": str(path),
            "version": kept["version"],
            "record_no": 2,
            "line_no": 2,
            "stage": "transform",
            "step": "halve",
            "code": "step",
            "rule": "step",
            "message": "TypeError: unsupported operand type(s) for /: 'str' and 'int'",
            "problems": [],
            "exception": "TypeError",
            "raw": '{"n":  "a"}',
            "raw_bytes": None,
            "derived": False,
            "replayable": True,
            "rejected_at": "2026-01-01T00:00:00+00:00",
            "checksum": kept["checksum"],
        }
    ]


def test_a_record_that_breaks_rules_is_kept_with_all_of_them(
    root: Path, json_lines: JsonLines
) -> None:
    """Each problem has its path, its rule and its words."""
    rules = DataValidator({"id": {"required": True}, "n": {"type": int, "min": 1}})
    job = job_of([{"n": 0}], Quarantine(), transformations=None, validator=rules)

    result = run(job.replace(loader=DataLoader("memory:", allow_empty=True)), root)

    (kept,) = json_lines(Path(result.quarantine_path or ""))
    assert kept["problems"] == [
        {"path": ["id"], "rule": "required", "message": "is required but missing"},
        {"path": ["n"], "rule": "min", "message": "is 0, below the least allowed value 1"},
    ]
    assert kept["message"] == (
        "$.id is required but missing; $.n is 0, below the least allowed value 1"
    )
    assert (kept["code"], kept["stage"], kept["step"]) == ("invalid", "validate", "validate")
    assert kept["exception"] is None


def test_bytes_that_are_no_text_are_kept_as_base64(
    root: Path, tmp_path: Path, json_lines: JsonLines
) -> None:
    """What stood in the file can be had back byte for byte."""
    path, line = tmp_path / "in.jsonl", b'{"n": "caf\xe9"}\r'
    path.write_bytes(b'{"n": 2}\n' + line + b"\n")

    result = run(job_of(path, Quarantine()), root)

    (kept,) = json_lines(Path(result.quarantine_path or ""))
    assert base64.b64decode(kept["raw_base64"]) == line
    assert "raw" not in kept


def test_a_line_that_is_too_long_is_kept_by_its_beginning(
    root: Path, tmp_path: Path, json_lines: JsonLines
) -> None:
    """The length of the whole line is told."""
    path, line = tmp_path / "in.jsonl", b'{"n": "' + b"x" * 10_000 + b'"}'
    path.write_bytes(b'{"n": 2}\n' + line + b"\n")
    job = job_of(FileSource(path, max_record_bytes=9000), Quarantine())

    result = run(job, root)

    (kept,) = json_lines(Path(result.quarantine_path or ""))
    assert kept["raw"] == line[:4096].decode()
    assert kept["raw_bytes"] == len(line)
    assert (kept["code"], kept["record_no"]) == ("too_long", 2)


def test_a_record_without_bytes_is_kept_as_canonical_json(
    root: Path, json_lines: JsonLines
) -> None:
    """``derived`` says that the source held something else; keys are sorted."""
    result = run(job_of([{"n": 2}, {"z": 1, "n": "a", "b": 2}], Quarantine()), root)

    (kept,) = json_lines(Path(result.quarantine_path or ""))
    assert (kept["raw"], kept["derived"]) == ('{"b":2,"n":"a","z":1}', True)
    assert (kept["uri"], kept["record_no"]) == ("records", 2)


def test_a_record_made_of_several_is_kept_with_the_step_that_made_it(
    root: Path, json_lines: JsonLines
) -> None:
    """After a group there is no line of a file to point at."""
    groups = Aggregate("team", n=lambda group: [one["n"] for one in group], name="teams")
    source = [{"team": "a", "n": 1}, {"team": "a", "n": 2}]
    job = job_of(
        source,
        Quarantine(),
        transformations=groups | HALVE,
        loader=DataLoader("memory:", allow_empty=True),
    )

    result = run(job, root)

    (kept,) = json_lines(Path(result.quarantine_path or ""))
    assert (kept["uri"], kept["record_no"]) == ("step teams", 1)
    assert (kept["raw"], kept["derived"]) == ('{"n":[1,2],"team":"a"}', True)


class Uncut(DataSource):
    """A source of one good record, and one whose bytes nobody could get at."""

    def records(self) -> Any:
        """Not asked for: batches are."""
        raise NotImplementedError

    def batches(self) -> Any:
        """The good record, and the refusal of the other."""
        lost = Refusal(1, "torn", "the page has no end")
        yield Batch([{"n": 2}], Origin("pages"), 1, own, refused=(lost,))


def test_a_record_whose_bytes_are_unknown_is_kept_without(
    root: Path, json_lines: JsonLines
) -> None:
    """Its place and the reason are all there is."""
    result = run(job_of(Uncut(), Quarantine()), root)

    (kept,) = json_lines(Path(result.quarantine_path or ""))
    assert (kept["uri"], kept["record_no"], kept["raw"]) == ("pages", 2, None)
    assert (kept["stage"], kept["code"]) == ("read", "torn")
    assert kept["message"] == "the page has no end"


def test_a_file_name_that_is_no_text_is_kept_with_question_marks(
    root: Path, tmp_path: Path, json_lines: JsonLines
) -> None:
    """A name in an old encoding does not keep its records from being set aside."""
    path = tmp_path / os.fsdecode(b"caf\xe9.jsonl")
    path.write_text('{"n": 2}\n{"n": "a"}\n')

    result = run(job_of(path, Quarantine()), root)

    (kept,) = json_lines(Path(result.quarantine_path or ""))
    assert result.status is JobStatus.COMPLETED
    assert (kept["uri"], kept["raw"]) == (f"{tmp_path}/caf?.jsonl", '{"n": "a"}')


@pytest.mark.parametrize("to", [None, "rejected.jsonl"], ids=["below the root", "in a file"])
def test_rejected_records_are_for_their_owner_only(
    to: str | None, root: Path, tmp_path: Path, permissions: Permissions
) -> None:
    """They hold data as it came, so nobody else may read them."""
    policy = Quarantine(to=None if to is None else tmp_path / to)

    result = run(job_of(numbers(2, "a"), policy), root)

    assert permissions(Path(result.quarantine_path or "")) == "600"


def test_the_folder_below_the_root_is_for_its_owner_only(
    root: Path, permissions: Permissions
) -> None:
    """Not even the names of the runs are for others."""
    run(job_of(numbers(2, "a"), Quarantine()), root)

    assert permissions(root / "quarantine") == "700"


def test_the_file_of_a_failed_run_is_for_its_owner_only(
    root: Path, permissions: Permissions
) -> None:
    """A diagnostic holds the same data."""
    result = run(job_of(numbers("a"), Quarantine(max_errors=0)), root)

    assert permissions(Path(result.quarantine_path or "")) == "600"


def test_each_run_has_a_file_of_its_own_below_the_root(
    root: Path, names: Names, json_lines: JsonLines
) -> None:
    """The name begins with the id of the run, and goes on with the mark of the attempt."""
    job = job_of(numbers(2, "a"), Quarantine())

    results = [run(job, root), run(job, root)]

    begin = {name.partition(".")[0] for name in names(root / "quarantine")}
    assert begin == {one.run_id for one in results}
    assert [len(json_lines(Path(one.quarantine_path or ""))) for one in results] == [1, 1]


def test_a_named_file_gets_the_records_of_every_run(
    tmp_path: Path, names: Names, json_lines: JsonLines
) -> None:
    """Each run adds its own after those that are there."""
    to = tmp_path / "rejected.jsonl"
    first = run(job_of(numbers(2, "a"), Quarantine(to=to)), None)

    second = run(job_of(numbers("b", 4), Quarantine(to=to)), None)

    kept = [(entry["run_id"], entry["raw"]) for entry in json_lines(to)]
    assert kept == [(first.run_id, '{"n":"a"}'), (second.run_id, '{"n":"b"}')]
    assert first.quarantine_path == second.quarantine_path == str(to)
    assert names(tmp_path) == [".rejected.jsonl.journal", "rejected.jsonl"]


def test_a_named_file_gets_what_is_kept_below_the_root(
    root: Path, tmp_path: Path, names: Names
) -> None:
    """Who names a file finds the records there; those below the root are for replay."""
    to = tmp_path / "rejected.jsonl"

    result = run(job_of(numbers(2, "a"), Quarantine(to=to)), root)

    (kept,) = names(root / "quarantine")
    assert result.quarantine_path == str(to)
    assert (root / "quarantine" / kept).read_bytes() == to.read_bytes()


def test_the_path_of_the_file_stays_right_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A relative name is told as an absolute one."""
    monkeypatch.chdir(tmp_path)

    result = run(job_of(numbers(2, "a"), Quarantine(to="rejected.jsonl")), None)

    assert result.quarantine_path == str(tmp_path / "rejected.jsonl")


def test_a_torn_last_line_of_a_named_file_is_ended_first(tmp_path: Path) -> None:
    """What another program left half-written tears off nothing but itself."""
    to = tmp_path / "rejected.jsonl"
    to.write_bytes(b'{"half')

    run(job_of(numbers(2, "a"), Quarantine(to=to)), None)

    half, entry, rest = to.read_bytes().split(b"\n")
    assert (half, rest) == (b'{"half', b"")
    assert entry.startswith(b'{"format":3,')


def test_runs_at_the_same_time_share_a_named_file(tmp_path: Path, json_lines: JsonLines) -> None:
    """Entries of one run stand together and none is torn."""
    to = tmp_path / "rejected.jsonl"
    jobs = [
        job_of(numbers(2, *[f"{word}{each}" for each in range(200)]), Quarantine(to=to))
        for word in "abcd"
    ]

    run_at_once(jobs)

    raw = [entry["raw"] for entry in json_lines(to)]
    order = sorted({text[6] for text in raw}, key=lambda word: raw.index(f'{{"n":"{word}0"}}'))
    assert raw == [f'{{"n":"{word}{each}"}}' for word in order for each in range(200)]


def run_at_once(jobs: list[ETLJob]) -> None:
    """Run each job on a thread of its own."""
    threads = [threading.Thread(target=run, args=(job, None)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.parametrize("to", [None, "rejected.jsonl"], ids=["below the root", "in a file"])
def test_no_file_is_written_when_nothing_is_rejected(
    to: str | None, root: Path, tmp_path: Path
) -> None:
    """A file of rejected records means that there are some."""
    policy = Quarantine(to=None if to is None else tmp_path / to)

    result = run(job_of(numbers(2, 4), policy), root)

    assert result.quarantine_path is None
    assert sorted(path for path in tmp_path.rglob("*") if path.is_file()) == [
        root / "logs" / "etl-jobs.jsonl",
        root / "state.db",
    ]


def test_a_job_that_stops_at_an_error_keeps_no_file(root: Path, names: Names) -> None:
    """Without the policy the one record is in the result, and the run can be repeated."""
    job = job_of(numbers(2, "a"), Quarantine()).replace(on_error="fail")

    result = run(job, root)

    assert [rejection.place for rejection in result.rejections] == ["records:2"]
    assert result.quarantine_path is None
    assert names(root) == ["logs", "state.db"]


# -- when the load fails


class Lost(MemoryDestination):
    """A destination whose commits do not arrive, whatever else happens meanwhile."""

    def __init__(self, meanwhile: Callable[[], None] = lambda: None) -> None:
        super().__init__()
        self.meanwhile = meanwhile

    def open(self, load: Load) -> Any:
        """Begin a load that will not end well."""
        session = super().open(load)
        session.commit = self.lose  # type: ignore[method-assign]
        return session

    def lose(self, record: object) -> None:
        """Fail as a connection does."""
        self.meanwhile()
        raise ConnectionResetError("the commit was lost")


@pytest.mark.parametrize(
    "before",
    [
        pytest.param(None, id="a new file"),
        pytest.param(b'{"earlier":"run"}\n', id="after an earlier run"),
        pytest.param(b'{"half', id="after a torn line"),
    ],
)
def test_a_commit_that_fails_takes_the_rejected_records_back(
    before: bytes | None, tmp_path: Path, json_lines: JsonLines, names: Names
) -> None:
    """What was set aside counts only with the load; it is kept beside, to look at."""
    to = tmp_path / "rejected.jsonl"
    write(to, before)

    result = run(job_of(numbers(2, "a", "b"), Quarantine(to=to), loader=Lost()), None)

    assert result.errors == ("ConnectionResetError: the commit was lost",)
    assert read(to) == before
    assert result.quarantine_path == f"{to}.{result.run_id}.failed"
    assert [entry["raw"] for entry in json_lines(Path(f"{to}.{result.run_id}.failed"))] == [
        '{"n":"a"}',
        '{"n":"b"}',
    ]
    assert {*names(tmp_path), "rejected.jsonl"} == {
        "rejected.jsonl",
        f"rejected.jsonl.{result.run_id}.failed",
    }


def test_rejected_records_that_are_gone_by_then_are_told_of(tmp_path: Path) -> None:
    """The failure of the commit surfaces, with a word on what went wrong after it."""
    to = tmp_path / "rejected.jsonl"

    def remove() -> None:
        (hidden,) = tmp_path.iterdir()
        hidden.unlink()

    result = run(job_of(numbers(2, "a"), Quarantine(to=to), loader=Lost(meanwhile=remove)), None)

    assert result.errors == (
        f"ConnectionResetError: the commit was lost; cleaning up failed too: ConfigurationError: {to}.{result.run_id}.failed: cannot be written: its temporary file or lock was removed by somebody else",
    )
    assert result.quarantine_path is None


def write(path: Path, content: bytes | None) -> None:
    """Give a file this content; None leaves it missing."""
    if content is not None:
        path.write_bytes(content)


def read(path: Path) -> bytes | None:
    """The content of a file, or None where there is none."""
    return path.read_bytes() if path.exists() else None


def test_a_commit_that_fails_leaves_a_diagnostic_below_the_root(
    root: Path, names: Names, json_lines: JsonLines, permissions: Permissions
) -> None:
    """Below the root too, the name says that nothing of that run was loaded."""
    result = run(job_of(numbers(2, "a"), Quarantine(), loader=Lost()), root)

    kept = root / "quarantine" / f"{result.run_id}.failed.jsonl"
    assert names(root / "quarantine") == [kept.name]
    assert [entry["raw"] for entry in json_lines(kept)] == ['{"n":"a"}']
    assert permissions(kept) == "600"


def test_a_failed_run_keeps_its_records_beside_a_named_file(
    tmp_path: Path, names: Names, json_lines: JsonLines
) -> None:
    """The named file is for what was loaded; what a failed run rejected has a file of its own."""
    to = tmp_path / "rejected.jsonl"
    before = run(job_of(numbers("x", "y"), Quarantine(max_errors=0, to=to)), None)

    result = run(job_of(numbers("z"), Quarantine(max_errors=0, to=to)), None)

    assert result.quarantine_path == f"{to}.{result.run_id}.failed"
    kept = Path(f"{to}.{result.run_id}.failed")
    assert {*names(tmp_path)} == {kept.name, f"rejected.jsonl.{before.run_id}.failed"}
    assert [entry["raw"] for entry in json_lines(kept)] == ['{"n":"z"}']


def test_a_run_that_succeeds_in_the_end_leaves_no_diagnostic(
    root: Path, names: Names, json_lines: JsonLines
) -> None:
    """What its earlier attempts had set aside was set aside again."""
    scheduler = ETLScheduler(root, clock=FakeClock())
    scheduler.register_job(job_of(FailsOnce(numbers("a", *[2] * 1500)), Quarantine()))

    result = scheduler.execute_job("halves", retries=1)

    assert len(result.attempts) == 2
    assert names(root / "quarantine") == [Path(result.quarantine_path or "").name]
    assert len(json_lines(Path(result.quarantine_path or ""))) == 1


# -- where it cannot be kept


@pytest.mark.parametrize(
    ("to", "message"),
    [
        pytest.param(
            "missing/rejected.jsonl",
            "{folder}/missing/rejected.jsonl: the folder {folder}/missing does not exist; make it "
            "first",
            id="missing folder",
        ),
        pytest.param(
            ".",
            "{folder}: is a folder; pass the path of a file in it",
            id="folder",
        ),
    ],
)
def test_a_file_that_cannot_be_written_is_found_out_first(
    to: str, message: str, tmp_path: Path
) -> None:
    """A run whose rejected records would have no place does not begin."""
    memory = MemoryDestination()

    result = run(job_of(numbers(2), Quarantine(to=tmp_path / to), loader=memory), None)

    assert result.status is JobStatus.FAILED
    assert result.errors == (message.format(folder=tmp_path),)
    assert result.rows_extracted == 0
    assert memory.records == []


def test_without_a_place_the_result_keeps_them(tmp_path: Path, names: Names) -> None:
    """A job run on its own gives them back, and writes nothing."""
    result = job_of(numbers(2, *["a"] * 300), Quarantine()).execute()

    assert [rejection.record_no for rejection in result.rejections] == list(range(2, 302))
    assert result.quarantine_path is None
    assert names(tmp_path) == []


def test_with_a_place_the_result_shows_the_first_hundred(root: Path, json_lines: JsonLines) -> None:
    """The file has all of them."""
    result = run(job_of(numbers(2, *["a"] * 300), Quarantine()), root)

    assert [rejection.record_no for rejection in result.rejections] == list(range(2, 102))
    assert len(json_lines(Path(result.quarantine_path or ""))) == 300
    assert result.rows_rejected == 300


def test_memory_for_them_ends_somewhere() -> None:
    """A run that rejects more than the result holds fails and says what to do."""
    source = RecordsSource(lambda: ({"n": "a"} for _ in range(20_000)))

    result = job_of(source, Quarantine()).execute()

    assert result.errors == (
        "more than 10000 records, or 64 MiB of them, were rejected and there is no place for them; give the job a service with a root, or Quarantine(to='rejected.jsonl')",
    )
    assert len(result.rejections) == 10_000
    assert result.rows_rejected == 10_001


def test_what_a_killed_run_left_in_the_quarantine_is_removed(
    root: Path, out: Path, names: Names
) -> None:
    """Rejected records of a run that never came to its end belong to nobody."""
    folder = root / "quarantine"
    folder.mkdir(parents=True)
    (folder / ".20260101T000000Z-0123456789ab.jsonl.0123456789ab.rejected.tmp").write_text("{}")

    result = run(job_of(numbers(2, "a"), Quarantine(), loader=out), root)

    assert names(folder) == [Path(result.quarantine_path or "").name]
