"""Replaying rejected records through a service."""

from __future__ import annotations

import gzip
import io
import json

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from attrs import define

from etlkit import (
    DataLoader,
    DataSource,
    DataValidator,
    ETLJob,
    ETLPipelineService,
    FileSource,
    Quarantine,
    RecordsSource,
)
from etlkit.engine.replaying import ReplaySource
from etlkit.errors import ConfigurationError, UnknownJob
from etlkit.formats import Format, JsonLines
from etlkit.jobs import QuarantineView
from etlkit.records import Batch, Origin, Record
from etlkit.sources.source import decoded
from etlkit.state import Lineage, StatusEvent
from etlkit.testing import FakeClock
from etlkit.transformations import (
    Aggregate,
    Deduplicate,
    Enumerate,
    Filter,
    Join,
    Limit,
    Map,
    RecordStep,
    Sample,
)
from etlkit.transformations.step import StepCode


PLACES = ["out/", "out.jsonl"]
NOW = datetime(2026, 1, 1, tzinfo=UTC)
LINES = '{"id": 1, "n": "4"}\n{"id": 2, "n": "x"}\n{"id": 3}\n{"id": 4, "n": "-"}\n'


def halve(record: dict[str, Any]) -> dict[str, Any]:
    """Half of the number; fails where it is none."""
    return {"id": record["id"], "half": float(record["n"]) / 2}


def halve_if_known(record: dict[str, Any]) -> dict[str, Any]:
    """The mended step: a number that lacks is None, and ``x`` is ten."""
    number = record.get("n")
    value = {None: None, "x": 10.0}.get(number, number)
    return {"id": record["id"], "half": None if value is None else float(value) / 2}


@define
class Plant:
    """A service with one job that appends what it has halved."""

    folder: Path
    service: ETLPipelineService
    name: str = "out.jsonl"

    @property
    def out(self) -> str:
        """Where records are loaded."""
        return f"{self.folder}/{self.name}"

    @property
    def loaded(self) -> list[Any]:
        """What is there."""
        return FileSource(self.out).extract()

    def make(self, step: Any, source: Any = None, **options: Any) -> ETLJob:
        """Make the job, or make it anew."""
        given = {"on_error": Quarantine(), "loader": DataLoader(self.out, "append"), **options}
        return self.service.create_pipeline(
            "Halves",
            self.folder / "in.jsonl" if source is None else source,
            None if step is None else Map(step) if callable(step) else step,
            given.pop("loader"),
            replace=True,
            **given,
        )

    def statuses(self) -> dict[str, int]:
        """The entries by their status."""
        return self.service.quarantine.count("status")


@pytest.fixture
def plant(tmp_path: Path) -> Plant:
    """A service that has run its job: one record is loaded, and three are in quarantine."""
    return _planted(tmp_path, "out.jsonl")


def _planted(folder: Path, name: str) -> Plant:
    (folder / "in.jsonl").write_text(LINES)
    plant = Plant(folder, ETLPipelineService(folder / "state", clock=FakeClock()), name)
    plant.make(halve)
    plant.service.run("halves").raise_if_failed()
    return plant


@pytest.fixture(params=PLACES)
def lasting(tmp_path: Path, request: pytest.FixtureRequest) -> Plant:
    """The same, into each kind of place that remembers what was loaded."""
    return _planted(tmp_path, request.param)


def test_records_that_pass_now_are_loaded(plant: Plant) -> None:
    """After the step was mended; what fails again stays open, with one more attempt."""
    plant.make(halve_if_known)

    done = plant.service.quarantine.replay(job_id="halves")

    (left,) = plant.service.quarantine.list(status="open")
    assert str(done) == "2 loaded, 0 filtered, 1 rejected again\n  step: 1"
    assert plant.loaded == [
        {"id": 1, "half": 2.0},
        {"id": 2, "half": 5.0},
        {"id": 3, "half": None},
    ]
    assert plant.statuses() == {"open": 1, "replayed": 2}
    assert (left.place, left.attempts) == (f"{plant.folder}/in.jsonl:4", 2)


class Enough(Limit):
    """A step of somebody else, which does not say that it depends on earlier records."""

    depends_on_earlier = False


def test_a_replay_looks_at_each_record_even_if_no_more_are_needed(plant: Plant) -> None:
    """An entry behind the one that a step lets through last may fail again, and stays open."""
    plant.make(Map(halve_if_known) | Enough(1))

    done = plant.service.quarantine.replay()

    assert (done.loaded, done.filtered, done.rejected) == (1, 1, 1)
    assert plant.statuses() == {"open": 1, "replayed": 2}


def test_a_replay_draws_by_the_same_values_again(plant: Plant) -> None:
    """What a sample by a field had kept, it keeps."""
    plant.make(Map(halve_if_known) | Sample(1, by="id"))

    done = plant.service.quarantine.replay()

    assert (done.loaded, done.filtered, done.rejected) == (2, 0, 1)


def test_a_replay_does_not_need_the_source_file(plant: Plant) -> None:
    """It reads the bytes that were kept."""
    (plant.folder / "in.jsonl").unlink()
    plant.make(halve_if_known)

    done = plant.service.quarantine.replay()

    assert (done.loaded, done.rejected) == (2, 1)


def test_a_replay_that_is_repeated_loads_nothing_twice(plant: Plant) -> None:
    """What is loaded is marked in the same commit."""
    plant.make(halve_if_known)
    plant.service.quarantine.replay()
    before = plant.loaded

    again = plant.service.quarantine.replay()

    assert (again.loaded, again.rejected) == (0, 1)
    assert plant.loaded == before


def test_records_that_the_chain_drops_now_are_done_with(plant: Plant) -> None:
    """They are filtered on purpose, and no longer open."""
    plant.make(Filter(lambda record: record["id"] == 2) | Map(halve_if_known))

    done = plant.service.quarantine.replay()

    assert (done.loaded, done.filtered, done.rejected) == (1, 2, 0)
    assert plant.statuses() == {"replayed": 3}


def test_filters_choose_what_is_replayed(plant: Plant) -> None:
    """The others are left as they are."""
    plant.make(halve_if_known)

    done = plant.service.quarantine.replay(record_no=3)

    assert done.loaded == 1
    assert plant.statuses() == {"open": 2, "replayed": 1}


def test_a_dry_run_loads_nothing(plant: Plant) -> None:
    """It says what would happen, and changes neither the destination nor the entries."""
    plant.make(halve_if_known)
    before, entries = plant.loaded, plant.service.quarantine.list()

    done = plant.service.quarantine.replay(dry_run=True)

    assert str(done) == (
        "2 would be loaded, 0 would be filtered, 1 would be rejected again\n  step: 1"
    )
    assert plant.loaded == before
    assert plant.service.quarantine.list() == entries


def test_a_record_that_fails_too_often_is_parked(plant: Plant) -> None:
    """Further replays leave it out, until somebody opens it again."""
    quarantine = plant.service.quarantine
    parked = [quarantine.replay(max_replays=2).parked for _ in range(3)]

    quarantine.reopen([each.id for each in quarantine.list(status="parked")])
    again = quarantine.replay(max_replays=9)

    assert parked == [0, 3, 0]
    assert again.rejected == 3


def test_parked_and_discarded_records_are_left_out(plant: Plant) -> None:
    """A replay is of open ones, unless others are asked for."""
    first, second, _ = plant.service.quarantine.list()
    plant.service.quarantine.park(first.id)
    plant.service.quarantine.discard(second.id)
    plant.make(halve_if_known)

    done = plant.service.quarantine.replay()
    asked = plant.service.quarantine.replay(status="parked")

    assert (done.loaded, done.rejected, asked.loaded) == (0, 1, 1)


def test_the_budget_of_a_run_is_not_that_of_a_replay(plant: Plant) -> None:
    """All may fail again, and those that pass are loaded."""
    plant.make(halve_if_known, on_error=Quarantine(max_errors=0))

    done = plant.service.quarantine.replay()

    assert (done.loaded, done.rejected) == (2, 1)


def test_a_job_that_stops_at_errors_replays_all_the_same(plant: Plant) -> None:
    """A record that fails again is where it was."""
    plant.make(halve_if_known, on_error="fail")

    done = plant.service.quarantine.replay()

    assert (done.loaded, done.rejected) == (2, 1)


def test_a_replay_is_in_the_history_of_the_state(plant: Plant) -> None:
    """As any run is."""
    plant.make(halve_if_known)
    plant.service.quarantine.replay()

    commits = list(plant.service.state.commits("halves"))

    assert [len(each.record.replayed) for each in commits] == [0, 2]
    assert commits[1].record.run.run_key.startswith("replay ")


def test_what_happened_to_a_record_is_told(plant: Plant) -> None:
    """Each replay is an event."""
    plant.service.quarantine.replay()
    plant.make(halve_if_known)
    plant.service.quarantine.replay()

    (first, *_) = plant.service.quarantine.list()
    events = plant.service.quarantine.show(first.id).events
    assert [each.status for each in events] == ["open", "replayed"]


def test_a_replay_of_nothing_does_nothing(tmp_path: Path) -> None:
    """Not even a run."""
    service = ETLPipelineService(tmp_path / "state", clock=FakeClock())

    done = service.quarantine.replay()

    assert (done.loaded, done.results) == (0, ())


# -- crashes


class Crash(BaseException):
    """The process dies here."""


def crash_before_settling(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a replay of all records die between its commit and the noting of it."""

    def die(*_: object, **__: object) -> None:
        raise Crash

    with monkeypatch.context() as patch:
        patch.setattr(plant.service.state, "settle", die)
        with pytest.raises(Crash):
            plant.service.quarantine.replay()


@pytest.mark.parametrize("which", [{}, {"record_no": 2}], ids=["the same", "a part of it"])
def test_a_replay_that_died_after_its_commit_is_not_done_again(
    which: Any, lasting: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next one finds the commit, and marks what it had loaded."""
    lasting.make(halve_if_known)
    crash_before_settling(lasting, monkeypatch)
    before = lasting.loaded

    done = lasting.service.quarantine.replay(**which).raise_if_failed()

    assert done.loaded == 0
    assert lasting.loaded == before
    assert lasting.statuses() == {"open": 1, "replayed": 2}


def test_a_replay_that_died_before_its_commit_is_done_by_the_next(
    lasting: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of it was visible."""
    lasting.make(halve_if_known)
    with monkeypatch.context() as patch:
        patch.setattr("etlkit.engine.rejecting.Rejects.finish", lambda _: _crash())
        with pytest.raises(Crash):
            lasting.service.quarantine.replay()

    done = lasting.service.quarantine.replay()

    assert (done.loaded, done.rejected) == (2, 1)
    assert [each["id"] for each in lasting.loaded] == [1, 2, 3]


def _crash() -> None:
    raise Crash


def test_a_run_after_a_replay_that_died_settles_it(
    lasting: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever comes next looks first what was left open."""
    lasting.make(halve_if_known)
    crash_before_settling(lasting, monkeypatch)
    (lasting.folder / "in.jsonl").write_text('{"id": 9, "n": 4}\n')

    lasting.service.run("halves").raise_if_failed()

    assert [each["id"] for each in lasting.loaded] == [1, 2, 3, 9]
    assert lasting.statuses() == {"open": 1, "replayed": 2}


def test_two_replays_at_once_load_each_record_once(
    plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second one has looked before the first one has committed."""
    plant.make(halve_if_known)
    really = ReplaySource.reading
    others: list[Any] = []

    def slowly(source: ReplaySource, *given: Any, **more: Any) -> Any:
        if not others:
            others.append(None)
            first = plant.service.quarantine.list(record_no=2)[0]
            plant.service.state.mark([first.id], StatusEvent("replayed", NOW, "another run"))
        return really(source, *given, **more)

    monkeypatch.setattr(ReplaySource, "reading", slowly)

    done = plant.service.quarantine.replay()

    assert (done.loaded, done.rejected) == (1, 1)
    assert [each["id"] for each in plant.loaded] == [1, 3]


# -- formats


def csv_text(encoding: str) -> bytes:
    """A CSV file with two bad rows in an encoding."""
    return 'id;n;who\r\n1;4;Ann\r\n2;x;Zoë\r\n3;y;"Bo\nB"\r\n'.encode(encoding)


FILES = {
    "in.csv": csv_text("utf-8"),
    "in.csv.gz": gzip.compress(csv_text("utf-8")),
    "utf16.csv": csv_text("utf-16"),
    "cp1252.csv": csv_text("cp1252"),
    "in.json": b'[{"id": "1", "n": "4"}, {"id": "2", "n": "x", "who": "Zo\xc3\xab"},\n'
    b'{"id": "3", "n": "y", "who": "Bo\\nB"}]',
    "in.jsonl": b'{"id":"1","n":"4"}\n{"id":"2","n":"x","who":"Zo\xc3\xab"}\n'
    b'{"id":"3","n":"y","who":"Bo\\nB"}\n',
    "utf16.jsonl": '{"id":"1","n":"4"}\n{"id":"2","n":"x","who":"Zoë"}\n'
    '{"id":"3","n":"y","who":"Bo\\nB"}\n'.encode("utf-16"),
}
OPTIONS: dict[str, dict[str, Any]] = {
    "in.csv": {"delimiter": ";"},
    "in.csv.gz": {"delimiter": ";"},
    "utf16.csv": {"delimiter": "sniff", "encoding": "utf-16"},
    "cp1252.csv": {"delimiter": ";", "encoding": "cp1252"},
    "utf16.jsonl": {"encoding": "utf-16"},
}


@pytest.mark.parametrize("name", FILES)
def test_records_of_every_format_are_replayed_as_they_were(name: str, tmp_path: Path) -> None:
    """With the options of the source, and without the file."""
    (tmp_path / name).write_bytes(FILES[name])
    plant = Plant(tmp_path, ETLPipelineService(tmp_path / "state", clock=FakeClock()))
    source = FileSource(tmp_path / name, **OPTIONS.get(name, {}))
    plant.make(halve, source)
    plant.service.run("halves")
    (tmp_path / name).unlink()
    plant.make(lambda record: {"id": record["id"], "who": record["who"]}, source)

    done = plant.service.quarantine.replay().raise_if_failed()

    assert (done.loaded, done.rejected) == (2, 0)
    assert plant.loaded[1:] == [{"id": "2", "who": "Zoë"}, {"id": "3", "who": "Bo\nB"}]


def test_a_replay_reads_with_the_options_of_today(tmp_path: Path) -> None:
    """A mended encoding makes records of what was no text."""
    (tmp_path / "in.csv").write_bytes("id;n\n1;4\n2;Zoë\n".encode("cp1252"))
    plant = Plant(tmp_path, ETLPipelineService(tmp_path / "state", clock=FakeClock()))
    plant.make(None, FileSource(tmp_path / "in.csv", delimiter=";"))
    plant.service.run("halves")
    plant.make(None, FileSource(tmp_path / "in.csv", delimiter=";", encoding="cp1252"))

    done = plant.service.quarantine.replay()

    assert done.loaded == 1
    assert plant.loaded[1] == {"id": "2", "n": "Zoë"}


def test_bytes_that_are_no_single_record_any_more_fail_again(tmp_path: Path) -> None:
    """With a reason, and all their bytes."""
    (tmp_path / "in.csv").write_bytes(b'id;n\n1;"a\nb"\n')
    plant = Plant(tmp_path, ETLPipelineService(tmp_path / "state", clock=FakeClock()))
    plant.make(halve, FileSource(tmp_path / "in.csv", delimiter=";"))
    plant.service.run("halves")
    plant.make(None, FileSource(tmp_path / "in.csv", delimiter=";", quote=None))

    done = plant.service.quarantine.replay()

    (entry,) = plant.service.quarantine.list()
    assert (done.loaded, done.rejected) == (0, 1)
    assert (entry.code, entry.attempts) == ("replay", 2)
    assert plant.service.quarantine.show(entry.id).raw == b'1;"a\nb"'
    assert entry.message == "its bytes are 2 records by the options that the source has now"


def test_records_at_hand_are_replayed_where_json_holds_them(tmp_path: Path) -> None:
    """Others cannot be had back as they were, and stay open."""
    plant = Plant(tmp_path, ETLPipelineService(tmp_path / "state", clock=FakeClock()))
    source = RecordsSource([{"id": 1, "n": "x"}, {"id": 2, "n": ("x",)}], name="mine")
    plant.make(halve, source, loader=DataLoader(plant.out, "append"))
    plant.service.run("halves")
    plant.make(halve_if_known, source)

    done = plant.service.quarantine.replay()

    assert str(done) == "1 loaded, 0 filtered, 0 rejected again, 1 cannot be replayed"
    assert plant.loaded == [{"id": 1, "half": 5.0}]


def test_a_record_that_was_cut_off_is_not_replayed(tmp_path: Path) -> None:
    """Only its beginning is kept."""
    (tmp_path / "in.jsonl").write_text('{"id": 1, "n": "' + "9" * 9000 + '"}\n')
    plant = Plant(tmp_path, ETLPipelineService(tmp_path / "state", clock=FakeClock()))
    plant.make(halve, FileSource(tmp_path / "in.jsonl", max_record_bytes=100))
    plant.service.run("halves")

    done = plant.service.quarantine.replay()

    assert (done.loaded, done.left) == (0, 1)


def test_a_record_that_was_not_unique_is_not_replayed(tmp_path: Path) -> None:
    """Its twin is loaded, and a replay does not see it; without the rule it is."""
    plant = Plant(tmp_path, ETLPipelineService(tmp_path / "state", clock=FakeClock()))
    source = RecordsSource([{"id": 1}, {"id": 1}])
    rules = DataValidator({"id": {"type": int}}, unique=["id"])
    plant.make(None, source, validator=rules)
    plant.service.run("halves")

    with_it = plant.service.quarantine.replay()
    tried = plant.service.quarantine.replay(dry_run=True)
    plant.make(None, source)
    without = plant.service.quarantine.replay()

    assert (with_it.left, tried.left, without.loaded) == (1, 1, 1)


def test_a_replay_does_not_move_the_position_of_the_source(plant: Plant) -> None:
    """The next run reads the files that no run has read, and no others."""
    source = FileSource(plant.folder / "forms", incremental=True)
    (plant.folder / "forms").mkdir()
    (plant.folder / "forms" / "a.jsonl").write_text('{"id": 11, "n": "x"}\n')
    plant.make(halve, source, job_id="forms")
    plant.service.run("forms").raise_if_failed()
    plant.make(halve_if_known, source, job_id="forms")
    before = plant.service.state.position("forms")

    done = plant.service.quarantine.replay(job_id="forms").raise_if_failed()
    (plant.folder / "forms" / "b.jsonl").write_text('{"id": 12}\n')
    result = plant.service.run("forms").raise_if_failed()

    assert (done.loaded, result.rows_extracted) == (1, 1)
    assert [each.uri for each in before.inputs] == [f"{plant.folder}/forms/a.jsonl"]
    assert [each["id"] for each in plant.loaded] == [1, 11, 12]


def test_lineage_of_a_replayed_record_points_to_its_file(plant: Plant) -> None:
    """And not to the quarantine."""
    plant.make(halve_if_known, lineage=True)

    plant.service.quarantine.replay().raise_if_failed()

    lineage = Lineage(plant.service.state, plant.service.root)
    rows = lineage.of(f"{plant.folder}/in.jsonl", 3)
    assert [(row.file, row.record_no) for row in rows] == [(f"{plant.folder}/in.jsonl", 3)]


class Mailbox(DataSource):
    """A source of somebody's own, whose letters are lines of JSON."""

    def __init__(self, *, replays: bool) -> None:
        self.replays = replays

    def records(self) -> Iterator[Record]:
        """The decoded letters."""
        return (record for batch in self.batches() for record in decoded(batch))

    def batches(self) -> Iterator[Batch]:
        """The letters as bytes."""
        return JsonLines().batches(io.BytesIO(LINES.encode()), Origin("letters"))

    def format_for(self, uri: str) -> Format | None:
        """How a letter is read again."""
        return JsonLines() if self.replays else None


@pytest.mark.parametrize(("replays", "loaded"), [(True, 2), (False, 0)])
def test_a_source_of_ones_own_says_how_its_bytes_are_read(
    replays: bool, loaded: int, tmp_path: Path
) -> None:
    """Else its records fail again, with the reason and all their bytes."""
    plant = Plant(tmp_path, ETLPipelineService(tmp_path / "state", clock=FakeClock()))
    plant.make(halve, Mailbox(replays=replays))
    plant.service.run("halves")
    plant.make(halve_if_known, Mailbox(replays=replays))

    done = plant.service.quarantine.replay()

    entry = plant.service.quarantine.list(status="open")[-1]
    assert done.loaded == loaded
    assert entry.replayable
    assert plant.service.quarantine.show(entry.id).raw == b'{"id": 4, "n": "-"}'


# -- the same record


def test_the_same_bad_record_on_a_later_run_is_the_same_entry(plant: Plant) -> None:
    """It does not pile up."""
    plant.service.run("halves")

    entries = plant.service.quarantine.list()

    assert [each.attempts for each in entries] == [2, 2, 2]


def test_a_file_with_another_content_has_records_of_its_own(plant: Plant) -> None:
    """The same number in another version of the file is another record."""
    (plant.folder / "in.jsonl").write_text('{"id": 1}\n{"id": 2}\n')

    plant.service.run("halves")

    assert plant.statuses() == {"open": 5}


def test_rejected_records_of_named_files_are_told_again(plant: Plant) -> None:
    """A replay adds those that fail again to the user's file."""
    to = plant.folder / "rejected.jsonl"
    plant.make(halve_if_known, on_error=Quarantine(to=to))

    plant.service.quarantine.replay()

    (line,) = to.read_text().splitlines()
    assert json.loads(line)["record_no"] == 4


def test_a_replay_goes_through_the_job_that_is_registered_now(plant: Plant) -> None:
    """A view that was kept knows of jobs that were mended or made since."""
    quarantine = plant.service.quarantine
    plant.make(halve_if_known)

    done = quarantine.replay()

    assert (done.loaded, done.rejected) == (2, 1)


def test_a_replay_is_logged_as_runs_are(plant: Plant) -> None:
    """With a mode that tells it from them."""
    plant.make(halve_if_known)

    done = plant.service.quarantine.replay()

    (logged, _) = plant.service.scheduler.search_log("halves")
    (remembered, _) = plant.service.history()
    assert (logged["mode"], logged["status"], logged["rows_loaded"]) == ("replay", "completed", 2)
    assert (remembered.run_id,) == tuple(each.run_id for each in done.results)


def test_a_replay_that_is_tried_is_not_logged(plant: Plant) -> None:
    """Nothing has happened."""
    plant.service.quarantine.replay(dry_run=True)

    assert len(plant.service.scheduler.search_log("halves")) == 1


def test_a_view_says_whose_quarantine_it_is(plant: Plant) -> None:
    """By its folder."""
    words = repr(plant.service.quarantine)

    assert words == f"QuarantineView(root='{plant.folder}/state')"


# -- who cannot replay

GROUPS = Aggregate("id", n=len, name="groups")


class Apart(RecordStep):
    """Sends every record to another output."""

    outputs = ("odd",)
    label = "apart"

    def each(self, record: Record) -> Iterable[Record]:
        """None goes on."""
        del record
        return ()

    def routed(self, record: Record) -> Iterable[tuple[str | None, Record]]:
        """All to the one."""
        return [("odd", record)]

    def write(self, code: StepCode) -> None:
        """The same for a kernel."""
        code.emit("odd", "record")
        code.leave()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"loader": "out.jsonl"},
            (
                "job 'halves': each load replaces what out.jsonl holds, so replayed records would "
                "take the place of all others. Mend the step or the source, and run the job again: "
                "service.run('halves') reads them once more"
            ),
        ),
        (
            {"step": GROUPS},
            (
                "job 'halves': step groups makes its results of several records, so a rejected "
                "record cannot go through on its own. Mend the step or the source, and load all "
                "records anew with mode='replace': service.run('halves') would append the others "
                "once more"
            ),
        ),
        (
            {"step": GROUPS, "loader": DataLoader("out/", "append")},
            (
                "job 'halves': step groups makes its results of several records, so a rejected "
                "record cannot go through on its own. Mend the step or the source, and load the "
                "work of the run anew: service.run('halves', run_key, force=True) takes the place "
                "of what was loaded with this run_key"
            ),
        ),
        (
            {"step": GROUPS, "source": FileSource("in.jsonl", incremental=True)},
            (
                "job 'halves': step groups makes its results of several records, so a rejected "
                "record cannot go through on its own. Mend the step or the source, and load "
                "everything anew, by a source that is not incremental and with mode='replace': "
                "service.run('halves') reads only what is new"
            ),
        ),
        (
            {"step": Enumerate("n")},
            (
                "job 'halves': what step Enumerate('n') makes of a record depends on those that "
                "came before it, so a rejected record cannot go through on its own. Mend the step "
                "or the source, and load all records anew with mode='replace': "
                "service.run('halves') would append the others once more"
            ),
        ),
        (
            {"step": Sample(0.5)},
            (
                "job 'halves': what step Sample(0.5) makes of a record depends on those that "
                "came before it, so a rejected record cannot go through on its own. Mend the step "
                "or the source, and load all records anew with mode='replace': "
                "service.run('halves') would append the others once more"
            ),
        ),
        (
            {"step": Limit(9)},
            (
                "job 'halves': what step Limit(9) makes of a record depends on those that "
                "came before it, so a rejected record cannot go through on its own. Mend the step "
                "or the source, and load all records anew with mode='replace': "
                "service.run('halves') would append the others once more"
            ),
        ),
        (
            {"step": Deduplicate("id")},
            (
                "job 'halves': what step Deduplicate(by id) makes of a record depends on those that "
                "came before it, so a rejected record cannot go through on its own. Mend the step "
                "or the source, and load all records anew with mode='replace': "
                "service.run('halves') would append the others once more"
            ),
        ),
        (
            {"step": Join([{"id": 1}], on="id", how="left", validate="1:1")},
            (
                "job 'halves': what step Join(1 records, on id) makes of a record depends on those that "
                "came before it, so a rejected record cannot go through on its own. Mend the step "
                "or the source, and load all records anew with mode='replace': "
                "service.run('halves') would append the others once more"
            ),
        ),
        (
            {"step": Apart(), "loaders": {"odd": DataLoader("odd.jsonl", "append")}},
            (
                "job 'halves': its several outputs are several commits, and after a crash between "
                "two of them a replay could load records twice into the first one. Mend the step "
                "or the source, and load all records anew with mode='replace': "
                "service.run('halves') would append the others once more"
            ),
        ),
    ],
    ids=[
        "replace",
        "stages",
        "dataset",
        "incremental",
        "numbers",
        "sample",
        "limit",
        "first",
        "once",
        "outputs",
    ],
)
@pytest.mark.parametrize("dry_run", [False, True])
def test_a_job_that_cannot_replay_says_what_to_run(
    dry_run: bool, change: dict[str, Any], message: str, plant: Plant
) -> None:
    """Also when it is only tried."""
    plant.make(**{"step": halve, **change})

    with pytest.raises(ConfigurationError) as caught:
        plant.service.quarantine.replay(dry_run=dry_run)

    assert str(caught.value) == message


def test_the_job_of_the_records_has_to_be_registered(plant: Plant) -> None:
    """It is the way that they take."""
    state, root = plant.service.state, str(plant.service.root)
    view = QuarantineView(state, root, jobs=dict, clock=FakeClock())

    with pytest.raises(UnknownJob) as caught:
        view.replay()

    assert str(caught.value) == (
        "the records of job 'halves' are replayed through that job, which is not registered here; "
        "make it with create_pipeline(...) or register_job(...) first"
    )


def test_a_service_without_a_root_has_no_quarantine() -> None:
    """It says what is missing."""
    with pytest.raises(ConfigurationError) as caught:
        ETLPipelineService(root=None).quarantine  # noqa: B018 -- it raises

    assert str(caught.value) == (
        "a service without a root keeps no quarantine: the rejected records of a run are in its "
        "result; make the service with one, such as ETLPipelineService('.etlkit')"
    )


@pytest.fixture
def keyed(tmp_path: Path) -> Plant:
    """A job that was run with the key ``may``; one record is loaded, and three are rejected."""
    (tmp_path / "in.jsonl").write_text(LINES)
    service = ETLPipelineService(tmp_path / "state", clock=FakeClock())
    plant = Plant(tmp_path, service, "out/")
    plant.make(halve)
    service.run("halves", run_key="may").raise_if_failed()
    return plant


def test_a_forced_run_takes_the_place_of_its_replays(keyed: Plant) -> None:
    """It reads their records once more, and would load them twice."""
    keyed.make(halve_if_known)
    keyed.service.quarantine.replay().raise_if_failed()
    before = sorted(record["id"] for record in keyed.loaded)

    result = keyed.service.run("halves", run_key="may", force=True)

    assert before == [1, 2, 3]
    assert sorted(record["id"] for record in keyed.loaded) == [1, 2, 3]
    assert "took the place of 3 record(s) of earlier loads" in result.warnings


def test_a_forced_run_opens_what_was_replayed_of_other_runs(keyed: Plant) -> None:
    """It takes the place of the whole replay, and so the records of others wait once more."""
    (keyed.folder / "in.jsonl").write_text('{"id": 5}\n')
    keyed.service.run("halves", run_key="june").raise_if_failed()
    keyed.make(halve_if_known)
    keyed.service.quarantine.replay().raise_if_failed()
    before = sorted(record["id"] for record in keyed.loaded)
    (keyed.folder / "in.jsonl").write_text(LINES)

    keyed.service.run("halves", run_key="may", force=True).raise_if_failed()

    keyed.service.quarantine.replay().raise_if_failed()
    assert sorted(record["id"] for record in keyed.loaded) == before
