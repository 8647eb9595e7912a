"""The quarantine of a service: looking, deciding, forgetting."""

from __future__ import annotations

import csv
import json

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from attrs import evolve, field, frozen

from etlkit import Quarantine
from etlkit.errors import ConfigurationError, CorruptState, UnknownEntry, UnknownJob
from etlkit.jobs.quarantined import QuarantineView
from etlkit.records import Problem, Rejection
from etlkit.runs import CommitRecord, RunContext, Tally, Written
from etlkit.state import MemoryState, OpenAttempt, Settled, StatusEvent
from etlkit.state.entry_lines import Occurrence, entry_id
from etlkit.state.indexing import index_entries
from etlkit.state.rejected import rejected_file
from etlkit.testing import FakeClock


NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@frozen
class House:
    """A state with a quarantine, and a view of it."""

    root: Path
    state: MemoryState = field(factory=MemoryState)
    clock: FakeClock = field(factory=FakeClock)
    commits: list[CommitRecord] = field(factory=list)

    @property
    def view(self) -> QuarantineView:
        """What a service shows."""
        return QuarantineView(self.state, str(self.root), jobs=dict, clock=self.clock)

    @property
    def folder(self) -> Path:
        """Where the files are."""
        return self.root / "quarantine"

    @property
    def ids(self) -> list[str]:
        """The ids of all entries, oldest first."""
        return [each.id for each in self.view.list()]

    def content(self) -> str:
        """What all files of the quarantine hold."""
        return "".join(path.read_text() for path in sorted(self.folder.iterdir()))

    def reject(self, number: int, *rejections: Rejection, failed: bool = False) -> None:
        """Commit a run that has rejected these; or let it fail."""
        run = RunContext(
            "cases", f"run-{number}", f"key {number}", 1, f"{number:012x}",
            NOON + timedelta(days=number),
        )  # fmt: skip
        file = rejected_file(Quarantine(), run, str(self.root))
        assert file is not None
        for each in rejections:
            id_ = entry_id("cases", each.uri, "v", each.record_no, derived=each.derived)
            file.add(each, Occurrence(id_, "v", replayable=True))
        if failed:
            file.keep_as_diagnostic()
            return
        kept = file.finish()
        record = CommitRecord(run, "append", Written(()), Tally(), kept, run.started)
        self.commits.append(record)
        self.state.begin(OpenAttempt(run, {"": "out"}, "plan"))
        self.state.settle(run.nonce, [Settled("out", record)])


def broken(number: int, raw: bytes = b"{", **more: Any) -> Rejection:
    """A line that is no JSON."""
    rejection = Rejection("json", "broken", "decode", None, "in.jsonl", number, raw)
    return evolve(rejection, line_no=number, **more)


def invalid(number: int) -> Rejection:
    """A record that breaks two rules."""
    problems = (Problem(("id",), "required", "is missing"), Problem(("n",), "min", "is 0"))
    raw = b'{"n": 0, "who": "ada@example.org"}'
    words = "$.id is missing; $.n is 0"
    return Rejection(
        "invalid", words, "validate", "validate", "other.jsonl", number, raw, problems=problems
    )


@pytest.fixture
def house(tmp_path: Path) -> House:
    """Two runs that were committed, with three records, and one that failed."""
    house = House(tmp_path / "root")
    house.reject(1, broken(1), invalid(2))
    house.reject(2, broken(3, b"\xff\xfe"))
    house.reject(3, broken(9, b"ada@example.org"), failed=True)
    return house


# -- looking


def test_entries_are_listed_oldest_first(house: House) -> None:
    """Those of the failed run are not among them."""
    places = [each.place for each in house.view.list()]

    assert places == ["in.jsonl:1", "other.jsonl:2", "in.jsonl:3"]


@pytest.mark.parametrize(
    ("which", "numbers"),
    [
        ({"rule": "required"}, [2]),
        ({"uri": "in.jsonl"}, [1, 3]),
        ({"run_id": "run-2"}, [3]),
        ({"status": "parked"}, []),
        ({"job_id": None}, [1, 2, 3]),
        ({"uri": Path("other.jsonl")}, [2]),
        ({"uri": Path("other.jsonl").absolute()}, [2]),
        ({"uri": "elsewhere.csv"}, []),
        ({"since": NOON + timedelta(days=2)}, [3]),
        ({"until": NOON + timedelta(days=2)}, [1, 2]),
        ({"limit": 1}, [1]),
        ({"stage": "validate", "step": "validate"}, [2]),
    ],
    ids=str,
)
def test_filters_choose_entries(which: Any, numbers: list[int], house: House) -> None:
    """Each of them, and several together."""
    found = house.view.list(**which)

    assert [each.record_no for each in found] == numbers


@pytest.mark.parametrize(
    ("which", "message"),
    [
        (
            {"rules": "required"},
            (
                "the quarantine has no filter 'rules'; did you mean 'rule'?; they are ids, job_id, "
                "run_id, status, uri, record_no, stage, step, rule, since, until, limit"
            ),
        ),
        (
            {"since": datetime(2026, 1, 1)},  # noqa: DTZ001 -- that is the mistake
            "since is a datetime with a time zone, got datetime.datetime(2026, 1, 1, 0, 0)",
        ),
        (
            {"status": "opn"},
            (
                "there is no status 'opn'; did you mean 'open'?; they are open, replayed, "
                "discarded, parked, superseded"
            ),
        ),
        (
            {"uri": "othr.jsonl"},
            (
                "no entry is of 'othr.jsonl', and no run has read such a file; did you mean "
                "'other.jsonl'?"
            ),
        ),
        ({"record_no": 0}, "record_no is a number from 1 on, got 0"),
        ({"limit": "x"}, "limit is a number from 0 on, got 'x'"),
        ({"step": 7}, "step is a text, got 7"),
        ({"ids": [7]}, "entries are given as list() gives them, or by their ids, got 7"),
    ],
    ids=["misspelt", "no time zone", "status", "file", "number", "limit", "text", "ids"],
)
def test_a_mistaken_filter_is_refused(which: Any, message: str, house: House) -> None:
    """Or it would choose what nobody meant."""
    with pytest.raises(ConfigurationError) as caught:
        house.view.list(**which)

    assert str(caught.value) == message


def test_a_job_that_nobody_knows_is_told(house: House) -> None:
    """Or a name with a slip would mean no entry."""
    with pytest.raises(UnknownJob) as caught:
        house.view.replay(job_id="case")

    message = "there is no job 'case'; did you mean 'cases'?; known are: 'cases'"
    assert str(caught.value) == message


def test_all_entries_are_listed_however_many(house: House) -> None:
    """A loop over them has to miss none."""
    house.reject(4, *[broken(number) for number in range(100, 350)])

    listed = house.view.list()

    assert len(listed) == 253
    assert [each.id for each in house.view.entries()] == [each.id for each in listed]


def test_a_file_is_meant_by_each_of_its_names(house: House) -> None:
    """Runs in several folders may have named it in several ways."""
    full = str(Path("in.jsonl").absolute())
    house.reject(4, broken(7, uri=full))

    found = house.view.list(uri="in.jsonl")

    assert [each.record_no for each in found] == [1, 3, 7]


@pytest.mark.parametrize(
    ("by", "counts"),
    [
        (None, {"total": 3}),
        ("rule", {"json": 2, "required": 1}),
        ("status", {"open": 3}),
        ("step", {"": 2, "validate": 1}),
        ("uri", {"in.jsonl": 2, "other.jsonl": 1}),
    ],
    ids=str,
)
def test_entries_are_counted(by: str | None, counts: dict[str, int], house: House) -> None:
    """All together, or by what they have in common."""
    assert house.view.count(by) == counts


def test_an_entry_is_shown_with_its_bytes_and_problems(house: House) -> None:
    """Everything that is needed to mend it."""
    shown = house.view.show(house.ids[1])

    assert shown.raw == b'{"n": 0, "who": "ada@example.org"}'
    assert shown.record == {"n": 0, "who": "ada@example.org"}
    assert [each.place for each in shown.kept.problems] == ["$.id", "$.n"]
    assert "ada" not in repr(shown)


def test_an_entry_in_words_tells_its_story(house: House) -> None:
    """What, where, why, and what has happened since."""
    house.view.discard(house.ids[0], note="a test line", by="ada")

    words = str(house.view.show(house.ids[0]))

    assert words == (
        f"{house.ids[0]} discarded: in.jsonl:1\n"
        "  decode, rule json: broken\n"
        "  rejected 1 time(s), last by run run-1\n"
        "  2026-01-01 00:00:00Z discarded by ada: a test line"
    )


def test_bytes_that_are_no_text_are_shown_as_they_were(house: House) -> None:
    """There is no record in them."""
    shown = house.view.show(house.ids[2])

    assert shown.raw == b"\xff\xfe"
    assert shown.record is None


def test_an_unknown_id_is_told(house: House) -> None:
    """With the way to the known ones."""
    with pytest.raises(UnknownEntry) as caught:
        house.view.show("1f2e")

    message = "the quarantine has no entry '1f2e'; list() gives those that there are"
    assert str(caught.value) == message


@pytest.mark.parametrize("way", ["cut", "changed", "removed"])
def test_a_damaged_file_is_an_error_with_its_path(way: str, house: House) -> None:
    """Nothing else is shown in the place of what was there."""
    (entry, *_) = house.view.list()
    path = Path(entry.path)
    damage = {
        "cut": lambda: path.write_bytes(path.read_bytes()[:50]),
        "changed": lambda: path.write_bytes(
            path.read_bytes().replace(entry.id.encode(), b"f" * 32)
        ),
        "removed": path.unlink,
    }
    damage[way]()

    with pytest.raises(CorruptState, match=path.name):
        house.view.show(entry.id)


def test_a_byte_that_changed_within_a_record_is_told(house: House) -> None:
    """It would be shown, exported and loaded in the place of the record."""
    (_, entry, *_) = house.view.list()
    path = Path(entry.path)
    path.write_bytes(path.read_bytes().replace(b'n\\": 0', b'n\\": 8'))

    with pytest.raises(CorruptState, match=f"at byte {entry.offset} does not verify: the file"):
        house.view.show(entry.id)


def test_an_index_is_not_made_of_a_line_that_changed(house: House) -> None:
    """The message says which line it is, and where it begins."""
    (_, entry, *_) = house.view.list()
    path = Path(entry.path)
    path.write_bytes(path.read_bytes().replace(b'n\\": 0', b'n\\": 8'))

    with pytest.raises(CorruptState, match=f":2: the line at byte {entry.offset} is none of"):
        list(index_entries(house.commits[0].quarantine, house.commits[0]))  # type: ignore[arg-type]  # it has one


def test_a_damaged_record_is_erased_too(house: House) -> None:
    """What it holds may be just what has to go."""
    path = Path(house.view.list()[1].path)
    path.write_bytes(path.read_bytes().replace(b'n\\": 0', b'n\\": 8'))

    erased = house.view.erase(where=lambda kept: b"ada@" in (kept.raw or b""))

    assert erased == 1
    assert "ada@" not in house.content()


# -- exporting


def test_entries_are_exported_as_lines(house: House, tmp_path: Path) -> None:
    """With the bytes as text, where they are one."""
    path = tmp_path / "bad.jsonl"

    count = house.view.export(path)

    rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert count == 3
    assert [(row["raw"], row["raw_base64"]) for row in rows] == [
        ("{", None),
        ('{"n": 0, "who": "ada@example.org"}', None),
        (None, "//4="),
    ]
    assert rows[1]["problems"][0] == {"path": ["id"], "rule": "required", "message": "is missing"}


def test_entries_are_exported_as_csv_without_their_bytes(house: House, tmp_path: Path) -> None:
    """For those who may see what is wrong, and not the values."""
    path = tmp_path / "bad.csv"

    house.view.export(path, raw=False, rule="required")

    (row,) = csv.DictReader(path.read_text().splitlines())
    assert row["message"] == "$.id is missing; $.n is 0"
    assert "ada" not in path.read_text()
    assert "raw" not in row


def test_an_export_of_nothing_is_an_empty_file(house: House, tmp_path: Path) -> None:
    """It takes the place of the one before."""
    path = tmp_path / "bad.jsonl"
    path.write_text("old\n")

    count = house.view.export(path, status="parked")

    assert (count, path.read_text()) == (0, "")


# -- deciding


@pytest.mark.parametrize(
    ("decide", "status"),
    [("park", "parked"), ("discard", "discarded"), ("reopen", "open")],
)
def test_a_decision_is_a_mark(decide: str, status: str, house: House) -> None:
    """Nothing is deleted, and who decided stays known."""
    before = house.content()

    count = getattr(house.view, decide)(house.ids[:2], note="why", by="ada")

    events = house.view.show(house.ids[0]).events
    assert count == 2
    assert [each.status for each in house.view.list()] == [status, status, "open"]
    assert [(each.status, each.note, each.by) for each in events] == [(status, "why", "ada")]
    assert house.content() == before


@pytest.mark.parametrize("decide", ["park", "discard", "show", "erase"])
def test_an_entry_stands_for_its_id(decide: str, house: House) -> None:
    """It is what ``list`` gives."""
    (entry, *_) = house.view.list()

    by_entry = getattr(house.view, decide)(entry)

    assert by_entry


def test_several_entries_are_marked_as_they_were_listed(house: House) -> None:
    """Each by itself, or as it was shown."""
    first, second, _ = house.view.list()

    marked = house.view.park([first, house.view.show(second)])  # type: ignore[list-item]  # of two kinds

    assert marked == 2


@pytest.mark.parametrize(
    ("decide", "which", "numbers"),
    [
        ("discard", {"uri": "in.jsonl"}, [1, 3]),
        ("discard", {"stage": "validate"}, [2]),
        ("discard", {"limit": 2}, [1, 2]),
        ("park", {"job_id": "cases"}, [1, 2, 3]),
        ("reopen", {"job_id": "cases"}, []),
        ("discard", {"status": "parked"}, []),
    ],
    ids=str,
)
def test_decisions_take_filters(decide: str, which: Any, numbers: list[int], house: House) -> None:
    """Of entries that the decision is about."""
    marked = getattr(house.view, decide)(**which)

    changed = [each.record_no for each in house.view.list() if each.status != "open"]
    assert (marked, changed) == (len(numbers), numbers)


def test_a_filter_does_not_reopen_what_was_loaded(house: House) -> None:
    """It would be loaded once more."""
    first, second, third = house.view.list()
    house.state.mark([first.id], StatusEvent("replayed", NOON, "me"))
    house.view.discard([second, third])

    reopened = house.view.reopen(job_id="cases")

    assert reopened == 2
    assert house.view.show(first).entry.status == "replayed"


def test_a_decision_needs_to_know_on_what(house: House) -> None:
    """All that there are is not a guess to make."""
    with pytest.raises(ConfigurationError) as caught:
        house.view.discard()

    message = "discard takes entries, their ids, or filters such as job_id= or rule="
    assert str(caught.value) == message


def test_a_decision_on_an_unknown_entry_changes_nothing(house: House) -> None:
    """Not the ones that are known, either."""
    with pytest.raises(UnknownEntry):
        house.view.discard([house.ids[0], "1f2e"])

    assert house.view.count("status") == {"open": 3}


# -- forgetting


def test_what_is_erased_is_nowhere_any_more(house: House) -> None:
    """Neither its bytes nor its entry; all others can be read as before."""
    count = house.view.erase(house.ids[0])

    assert count == 1
    assert [house.view.show(each).entry.record_no for each in house.ids] == [2, 3]
    assert '"raw":"{"' not in house.content()


def test_records_are_erased_by_what_they_hold(house: House) -> None:
    """Those of failed runs, too; an entry need not be known."""
    count = house.view.erase(where=lambda kept: b"ada@" in (kept.raw or b""))

    assert count == 1
    assert "ada@" not in house.content()
    assert [each.record_no for each in house.view.list()] == [1, 3]


def test_records_of_an_older_layout_are_erased_too(house: House) -> None:
    """Their files are in no index, and hold data all the same."""
    line = {
        "format": 1, "job_id": "cases", "run_id": "r", "uri": "in.jsonl", "record_no": 1,
        "line_no": 1, "stage": "decode", "step": None, "code": "json", "message": "broken",
        "problems": [], "exception": None, "raw": "ada@example.org", "raw_bytes": None,
        "derived": False, "rejected_at": "2025-01-01T00:00:00+00:00",
    }  # fmt: skip
    old = house.folder / "20250101T000000Z-0123456789ab.jsonl"
    old.write_text(json.dumps(line) + "\n")

    house.view.erase(where=lambda kept: b"ada@" in (kept.raw or b""))

    assert not old.exists()


def test_a_record_is_erased_from_every_file_that_has_it(house: House) -> None:
    """It was rejected by an earlier run as well."""
    house.reject(4, invalid(2))

    house.view.erase(house.ids[1])

    assert "ada@example.org\\" not in house.content()


def test_a_file_still_verifies_after_an_erasure(house: House) -> None:
    """A state that is built again from the commit records has what is left."""
    house.view.erase(house.ids[0])

    indexed = [
        [entry.record_no for entry in index_entries(record.quarantine, record)]
        for record in house.commits
        if record.quarantine
    ]

    assert indexed == [[2], [3]]


def test_a_file_still_verifies_after_several_erasures(house: House) -> None:
    """Until nothing is left of it, when it is removed."""
    paths = {Path(each.path) for each in house.view.list()}
    for each in house.ids:
        house.view.erase(each)

    indexed = [
        list(index_entries(record.quarantine, record))
        for record in house.commits
        if record.quarantine
    ]

    assert indexed == [[], []]
    assert not any(path.exists() for path in paths)


def test_an_erased_file_that_is_damaged_is_told(house: House) -> None:
    """The note explains one change, and no other."""
    (entry, *_) = house.view.list()
    house.view.erase(entry.id)
    path = Path(entry.path)
    path.write_bytes(path.read_bytes().replace(b"true} ", b"true}\t"))

    with pytest.raises(CorruptState, match="is not the quarantine file"):
        list(index_entries(house.commits[0].quarantine, house.commits[0]))  # type: ignore[arg-type]  # it has one


def test_a_damaged_note_is_told(house: House) -> None:
    """It would explain anything."""
    (entry, *_) = house.view.list()
    house.view.erase(entry.id)
    note = Path(f"{entry.path}.erased")
    note.write_bytes(note.read_bytes().replace(b'"now":["', b'"now":["f'))

    with pytest.raises(CorruptState, match="does not verify as a note"):
        list(index_entries(house.commits[0].quarantine, house.commits[0]))  # type: ignore[arg-type]  # it has one


@pytest.mark.parametrize("arguments", [{}, {"ids": "a", "where": bool}], ids=["neither", "both"])
def test_an_erasure_says_what_it_erases(arguments: Any, house: House) -> None:
    """One way or the other."""
    with pytest.raises(ConfigurationError, match="erase takes either ids, or where="):
        house.view.erase(**arguments)


def test_a_purge_takes_what_is_settled_and_old(house: House) -> None:
    """Open entries stay, and so do those of yesterday."""
    house.view.discard([house.ids[0], house.ids[2]])
    house.clock.advance(timedelta(days=2, hours=13).total_seconds())

    count = house.view.purge(timedelta(days=1))

    assert count == 1
    assert [each.record_no for each in house.view.list()] == [2, 3]


def test_a_purge_takes_old_diagnostics(house: House) -> None:
    """Nobody needs them for replay."""
    house.clock.advance(timedelta(days=99).total_seconds())

    house.view.purge(timedelta(days=30))

    assert not list(house.folder.glob("*.failed.jsonl*"))
    assert house.view.count() == {"total": 3}


def test_a_purge_takes_one_status_too(house: House) -> None:
    """Its letters are none."""
    purged = house.view.purge(timedelta(days=-9999), statuses="open")

    assert purged == 3


def test_a_purge_of_an_unknown_status_is_refused(house: House) -> None:
    """It would leave what was to go."""
    with pytest.raises(ConfigurationError, match="there is no status 'opened'; did you mean 'op"):
        house.view.purge(timedelta(days=1), statuses=["opened"])  # type: ignore[list-item]  # that is the mistake


def test_a_purge_needs_a_time_span(house: House) -> None:
    """A number could be days or seconds."""
    with pytest.raises(ConfigurationError) as caught:
        house.view.purge(30)  # type: ignore[arg-type]  # that is the mistake

    assert str(caught.value) == "older_than is a timedelta such as timedelta(days=90), got 30"
