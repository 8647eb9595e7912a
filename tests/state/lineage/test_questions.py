"""Which file and record a loaded record came from, over all loads."""

from __future__ import annotations

import sqlite3

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from etlkit._files.databases import private_database
from etlkit.errors import ConfigurationError, CorruptState, DestinationBusy
from etlkit.runs import (
    CommitRecord,
    InputFile,
    KeptFile,
    Part,
    Position,
    RunContext,
    Tally,
    Written,
)
from etlkit.state import Lineage, LineageRow, MemoryState, Settled
from etlkit.state.lineage import index
from etlkit.state.lineage.writing import LineageWriter, lineage_path


Hashes = Callable[..., list[bytes]]
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


class Story:
    """Loads that were committed one after the other."""

    def __init__(self, root: Path, hashes: Hashes) -> None:
        self.state = MemoryState()
        self.root = str(root)
        self.lineage = Lineage(self.state, self.root)
        self._hashes = hashes
        self._number = 0

    def load(self, file: str | None, *numbers: int, **more: Any) -> RunContext:
        """Commit a load of a record for each number; without a file its lineage is not kept."""
        self._number += 1
        began = NOON + timedelta(hours=self._number)
        run = RunContext(
            "cases", f"run-{self._number}", f"key-{self._number}", 1, f"{self._number:012x}", began
        )
        kept = None if file is None else self._written(file, run, numbers, more)
        parts = [Part("p", 1, partition=each) for each in more.pop("partitions", [None])]
        place, written = more.pop("place", "out.jsonl"), Written(parts)
        record = CommitRecord(
            run, more.pop("mode", "append"), written, Tally(), None, began, lineage=kept, **more
        )
        self.state.settle(run.nonce, [Settled(place, record)])
        return run

    def _written(
        self, file: str, run: RunContext, numbers: tuple[int, ...], more: dict[str, Any]
    ) -> KeptFile:
        writer = LineageWriter(lineage_path(self.root, run), run)
        record_nos = range(1, 1 + len(numbers))
        writer.add(file, record_nos, self._hashes(*numbers), derived=file.startswith("step "))
        return writer.finish(more.pop("sources", ()))

    def places(self, number: int, **options: Any) -> list[tuple[str, int | None, str]]:
        """File, record number and run of each record that was loaded for a number."""
        rows = self.lineage.find(record={"n": number}, **options)
        return [(row.file, row.record_no, row.run_id) for row in rows]

    @property
    def index(self) -> Path:
        """The index of the questions in SQL."""
        return Path(self.root) / "lineage/index.db"


@pytest.fixture
def story(root: Path, hashes: Hashes) -> Story:
    """Nothing was loaded yet."""
    return Story(root, hashes)


# -- finding


def test_a_record_is_found_with_all_that_is_known_of_it(story: Story, hashes: Hashes) -> None:
    """File, number, hash, time, run, job and destination."""
    story.load("a.jsonl", 7, 8)

    found = story.lineage.find(record={"n": 8})

    assert found == (
        LineageRow(
            "a.jsonl",
            2,
            hashes(8)[0].hex(),
            NOON + timedelta(hours=1),
            "run-1",
            "cases",
            "out.jsonl",
            nonce="000000000001",
        ),
    )


def test_a_record_may_have_been_loaded_by_several_runs(story: Story) -> None:
    """Each of them is told, the oldest first."""
    story.load("a.jsonl", 7)
    story.load("b.jsonl", 6, 7)

    assert story.places(7) == [("a.jsonl", 1, "run-1"), ("b.jsonl", 2, "run-2")]


@pytest.mark.parametrize("form", [bytes.hex, bytes], ids=["digits", "bytes"])
def test_a_record_is_also_found_by_its_hash(
    story: Story, hashes: Hashes, form: Callable[[bytes], Any]
) -> None:
    """For whoever has stored it."""
    story.load("a.jsonl", 7)

    (row,) = story.lineage.find(row_hash=form(hashes(7)[0]))

    assert (row.file, row.record_no) == ("a.jsonl", 1)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({}, "find takes record= or row_hash=, one of the two"),
        ({"record": {}, "row_hash": "00"}, "find takes record= or row_hash=, one of the two"),
        ({"record": [1]}, "record is a dict, as it was loaded, got [1]"),
        ({"row_hash": "xyz"}, "row_hash is 32 hexadecimal digits, got 'xyz'"),
        ({"row_hash": "00"}, "row_hash is 32 hexadecimal digits, got '00'"),
        ({"row_hash": 7}, "row_hash is 32 hexadecimal digits, got 7"),
    ],
)
def test_what_cannot_be_looked_for_is_refused(
    story: Story, asked: dict[str, Any], words: str
) -> None:
    """The message says what is taken."""
    with pytest.raises(ConfigurationError) as caught:
        story.lineage.find(**asked)

    assert str(caught.value) == words


def test_what_became_of_a_source_record_is_told(story: Story, hashes: Hashes) -> None:
    """By its file and its number there."""
    story.load("a.jsonl", 7, 8)

    found = story.lineage.of("a.jsonl", 2)

    assert [row.row_hash for row in found] == [hashes(8)[0].hex()]
    assert story.lineage.of("a.jsonl", 3) == ()


def test_a_record_made_of_several_names_every_file_of_its_load(story: Story) -> None:
    """It has no number, since it was no record there."""
    story.load("step sum", 7, sources=["a.jsonl", "b.jsonl"])

    assert story.places(7) == [("a.jsonl", None, "run-1"), ("b.jsonl", None, "run-1")]


def test_a_record_made_of_several_names_its_step_where_no_file_is_known(story: Story) -> None:
    """As for the records of a list."""
    story.load("step sum", 7)

    rows = story.lineage.sql("SELECT file, record_no FROM hms_lineage")

    assert story.places(7) == [("step sum", None, "run-1")]
    assert rows == [{"file": "step sum", "record_no": None}]


def test_a_load_that_was_replaced_is_left_out(story: Story) -> None:
    """Its records are at the destination no more."""
    story.load("a.jsonl", 7, 8)
    story.load("a.jsonl", 7, mode="replace")

    assert story.places(8) == []
    assert story.places(7) == [("a.jsonl", 1, "run-2")]
    assert story.places(8, include_replaced=True) == [("a.jsonl", 2, "run-1")]
    assert [row.is_replaced for row in story.lineage.of("a.jsonl", 1, include_replaced=True)] == [
        True,
        False,
    ]


def test_a_replace_without_lineage_ends_earlier_loads_too(story: Story) -> None:
    """What counts is what is at the destination."""
    story.load("a.jsonl", 7)
    story.load(None, 7, mode="replace")

    assert story.places(7) == []


def test_a_replace_of_another_place_ends_nothing(story: Story) -> None:
    """Jobs load into several destinations."""
    story.load("a.jsonl", 7)
    story.load("a.jsonl", 7, mode="replace", place="other.jsonl")

    assert story.places(7) == [("a.jsonl", 1, "run-1"), ("a.jsonl", 1, "run-2")]


def test_a_load_is_gone_once_each_of_its_partitions_was_replaced(story: Story) -> None:
    """Until then its records are told, since those of some partitions are still there."""
    story.load("a.jsonl", 7, partitions=["d=1", "d=2"])
    story.load("b.jsonl", 8, partitions=["d=1"], mode="replace-partition")
    half = story.places(7)
    story.load("c.jsonl", 9, partitions=["d=2", "d=3"], mode="replace-partition")

    assert half == [("a.jsonl", 1, "run-1")]
    assert story.places(7) == []
    assert story.places(8) == [("b.jsonl", 1, "run-2")]


def test_a_load_that_was_superseded_is_left_out(story: Story) -> None:
    """A forced run names the loads whose place it takes."""
    first = story.load("a.jsonl", 7)
    story.load("b.jsonl", 7)
    story.load("a.jsonl", 7, supersedes=(first.nonce,))

    assert story.places(7) == [("b.jsonl", 1, "run-2"), ("a.jsonl", 1, "run-3")]


def test_a_file_that_was_read_again_counts_as_it_is_now(story: Story) -> None:
    """Its earlier records were superseded together; those of other files stay."""
    again = Position((InputFile("a.jsonl", again=True),))
    story.load("a.jsonl", 7)
    story.load("b.jsonl", 7)
    story.load("a.jsonl", 7, position=again)

    rows = story.lineage.sql("SELECT file, run_id FROM hms_lineage ORDER BY run_id")

    assert story.places(7) == [("b.jsonl", 1, "run-2"), ("a.jsonl", 1, "run-3")]
    assert [tuple(row.values()) for row in rows] == [("b.jsonl", "run-2"), ("a.jsonl", "run-3")]


def test_members_of_an_archive_that_was_read_again_count_as_they_are_now(story: Story) -> None:
    """The archive is the file that has changed."""
    again = Position((InputFile("/in/a.zip", again=True),))
    story.load("/in/a.zip/x.csv", 7)
    story.load("/in/a.zipped.csv", 7)
    story.load("/in/a.zip/x.csv", 7, position=again)

    rows = story.lineage.sql("SELECT run_id FROM hms_lineage ORDER BY run_id")

    assert [run for _, _, run in story.places(7)] == ["run-2", "run-3"]
    assert rows == [{"run_id": "run-2"}, {"run_id": "run-3"}]


def test_loads_are_listed_oldest_first(story: Story) -> None:
    """With what is known of each; loads without lineage are not among them."""
    story.load("a.jsonl", 7, 8)
    story.load(None, 7)
    story.load("b.jsonl", 9, mode="replace")

    loads = story.lineage.loads()

    assert [(load.run_id, load.records, load.is_replaced) for load in loads] == [
        ("run-1", 2, True),
        ("run-3", 1, False),
    ]
    assert story.lineage.loads("cases") == loads
    assert story.lineage.loads("others") == ()


def test_a_damaged_file_is_an_error_for_every_question(story: Story) -> None:
    """What is not known is never told as what is not there."""
    story.load("a.jsonl", 7)
    (load,) = story.lineage.loads()
    Path(load.kept.path).unlink()

    with pytest.raises(CorruptState, match="it is not there, although a commit record names it"):
        story.lineage.find(record={"n": 1})
    with pytest.raises(CorruptState, match="it is not there, although a commit record names it"):
        story.lineage.of("a.jsonl", 1)
    with pytest.raises(CorruptState, match="it is not there, although a commit record names it"):
        story.lineage.sql("SELECT * FROM hms_lineage")


# -- pruning


def test_the_files_of_replaced_loads_can_be_removed(story: Story) -> None:
    """What they had loaded is known no more, and that is no damage."""
    story.load("a.jsonl", 7)
    story.load("a.jsonl", 7, mode="replace")
    story.load("b.jsonl", 7)

    removed = [story.lineage.prune("others"), story.lineage.prune(), story.lineage.prune()]

    assert removed == [0, 1, 0]
    assert story.places(7, include_replaced=True) == [
        ("a.jsonl", 1, "run-2"),
        ("b.jsonl", 1, "run-3"),
    ]
    assert [load.is_replaced for load in story.lineage.loads()] == [True, False, False]


def test_pruned_loads_leave_the_index(story: Story) -> None:
    """It holds what the files hold."""
    count = "SELECT count(*) AS n FROM hms_lineage_all"
    story.load("a.jsonl", 7)
    story.load("a.jsonl", 7, mode="replace")
    before = story.lineage.sql(count)

    story.lineage.prune()

    assert [before, story.lineage.sql(count)] == [[{"n": 2}], [{"n": 1}]]


# -- SQL


def test_files_are_asked_for_by_a_part_of_their_name(story: Story, hashes: Hashes) -> None:
    """The question that people have when they find something odd."""
    story.load("in/osc/2024-06-01.jsonl", 7)
    story.load("in/osc/2024-06-02.jsonl", 8)

    rows = story.lineage.sql(
        "SELECT file, row_hash, loaded_at FROM hms_lineage WHERE file LIKE '%osc/2024-06-01%'"
    )

    assert rows == [
        {
            "file": "in/osc/2024-06-01.jsonl",
            "row_hash": hashes(7)[0].hex(),
            "loaded_at": "2026-01-01T13:00:00+00:00",
        }
    ]


def test_the_view_has_the_promised_columns(story: Story) -> None:
    """They are what other tools rely on."""
    story.load("a.jsonl", 7)

    (row,) = story.lineage.sql("SELECT * FROM hms_lineage")

    assert list(row) == ["file", "row_hash", "loaded_at", "record_no", "run_id"]
    assert (row["record_no"], row["run_id"]) == (1, "run-1")


def test_a_query_takes_parameters(story: Story) -> None:
    """By place or by name."""
    story.load("a.jsonl", 7, 8)

    by_place = story.lineage.sql("SELECT file FROM hms_lineage WHERE record_no = ?", (2,))
    by_name = story.lineage.sql("SELECT file FROM hms_lineage WHERE record_no = :no", {"no": 2})

    assert by_place == by_name == [{"file": "a.jsonl"}]


def test_later_loads_are_added_to_the_index(story: Story) -> None:
    """The earlier ones are not read again, even where their files are gone."""
    count = "SELECT count(*) AS n FROM hms_lineage"
    story.load("a.jsonl", 7, 8)
    first = story.lineage.sql(count)
    Path(story.lineage.loads()[0].kept.path).unlink()
    story.load("b.jsonl", 9)

    assert [first, story.lineage.sql(count)] == [[{"n": 2}], [{"n": 3}]]


def test_replaced_loads_are_in_a_view_of_their_own(story: Story) -> None:
    """With what tells them from the others."""
    story.load("a.jsonl", 7)
    story.lineage.sql("SELECT 1")
    story.load("a.jsonl", 8, mode="replace")

    now = story.lineage.sql("SELECT run_id FROM hms_lineage")
    ever = story.lineage.sql(
        "SELECT run_id, job_id, destination, live FROM hms_lineage_all ORDER BY run_id"
    )

    assert now == [{"run_id": "run-2"}]
    assert ever == [
        {"run_id": "run-1", "job_id": "cases", "destination": "out.jsonl", "live": 0},
        {"run_id": "run-2", "job_id": "cases", "destination": "out.jsonl", "live": 1},
    ]


def test_records_made_of_several_are_in_the_view_with_each_file(story: Story) -> None:
    """Without a number; several equal ones are several rows."""
    story.load("step sum", 7, 7, sources=["a.jsonl", "b.jsonl"])

    rows = story.lineage.sql("SELECT file, record_no FROM hms_lineage ORDER BY file")

    assert [tuple(row.values()) for row in rows] == [
        ("a.jsonl", None),
        ("a.jsonl", None),
        ("b.jsonl", None),
        ("b.jsonl", None),
    ]


def test_loads_that_are_known_no_more_leave_the_index(story: Story, root: Path) -> None:
    """The commits say what counts, and the index follows them."""
    story.load("a.jsonl", 7)
    story.load("b.jsonl", 8)
    story.lineage.sql("SELECT 1")
    rest = MemoryState()
    rest.settle("x", list(story.state.commits())[1:])

    rows = Lineage(rest, str(root)).sql("SELECT file FROM hms_lineage_all")

    assert rows == [{"file": "b.jsonl"}]


def test_the_index_may_be_deleted(story: Story) -> None:
    """It is made again of the lineage files."""
    story.load("a.jsonl", 7)
    before = story.lineage.sql("SELECT * FROM hms_lineage")
    story.index.unlink()

    assert story.lineage.sql("SELECT * FROM hms_lineage") == before


def test_only_the_owner_can_read_the_index(story: Story) -> None:
    """As the lineage files, of which it is made."""
    story.load("a.jsonl", 7)

    story.lineage.sql("SELECT 1")

    assert story.index.stat().st_mode & 0o777 == 0o600


def test_a_state_without_loads_answers_with_nothing(story: Story, root: Path) -> None:
    """And nothing is written for it."""
    rows = story.lineage.sql("SELECT * FROM hms_lineage")

    assert rows == Lineage(MemoryState(), None).sql("SELECT * FROM hms_lineage_all") == []
    assert story.lineage.find(record={"n": 1}) == ()
    assert not root.exists()


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM etl_load",
        "CREATE TABLE mine(a)",
        "ATTACH '/tmp/other.db' AS other",
        "PRAGMA journal_mode = OFF",
        "SELECT load_extension('x')",
        "VACUUM INTO '/tmp/copy.db'",
    ],
)
def test_a_query_changes_nothing(story: Story, query: str) -> None:
    """Neither the index nor any other file."""
    story.load("a.jsonl", 7)

    with pytest.raises(ConfigurationError, match=r"lineage\.sql: .*(SELECT|hms_lineage)"):
        story.lineage.sql(query)

    assert story.lineage.sql("SELECT count(*) AS n FROM hms_lineage") == [{"n": 1}]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("SELECT 1; SELECT 2", "one statement at a time"),
        ("SELECT nowhere FROM hms_lineage", "no such column: nowhere"),
        ("", "no statement was given"),
        ("SELECT ?", "Incorrect number of bindings supplied"),
    ],
)
def test_a_query_that_cannot_be_answered_says_why(story: Story, query: str, words: str) -> None:
    """With the views that there are."""
    story.load("a.jsonl", 7)

    with pytest.raises(ConfigurationError) as caught:
        story.lineage.sql(query)

    assert words in str(caught.value)
    assert "hms_lineage(file, row_hash, loaded_at, record_no, run_id)" in str(caught.value)


@pytest.mark.parametrize("content", [b"no database " * 1000, b"SQLite format 3\0" + b"\x01" * 9000])
def test_a_damaged_index_is_an_error_that_names_it(story: Story, content: bytes) -> None:
    """And says that it can be deleted."""
    story.load("a.jsonl", 7)
    story.lineage.sql("SELECT 1")
    story.index.write_bytes(content)

    with pytest.raises(CorruptState, match=r"index\.db: is damaged .*delete it"):
        story.lineage.sql("SELECT * FROM hms_lineage")


def test_an_index_of_another_version_is_an_error(story: Story) -> None:
    """It is not guessed at."""
    story.load("a.jsonl", 7)
    story.lineage.sql("SELECT 1")
    database = sqlite3.connect(story.index)
    database.execute("PRAGMA user_version = 99")
    database.close()

    with pytest.raises(CorruptState, match=r"index\.db: was made by another version"):
        story.lineage.sql("SELECT * FROM hms_lineage")


def test_a_load_that_cannot_be_read_leaves_the_index_as_it_was(story: Story) -> None:
    """A load is in the index as a whole or not at all."""
    story.load("a.jsonl", 7)
    story.lineage.sql("SELECT 1")
    story.load("b.jsonl", *range(2000))
    (_, load) = story.lineage.loads()
    path = Path(load.kept.path)
    sound = path.read_bytes()
    path.write_bytes(sound[:1500] + bytes([sound[1500] ^ 1]) + sound[1501:])

    with pytest.raises(CorruptState, match=r"run-2\..*do not verify"):
        story.lineage.sql("SELECT 1")
    path.write_bytes(sound)

    assert story.lineage.sql("SELECT count(*) AS n FROM hms_lineage") == [{"n": 2001}]


def test_names_of_files_that_are_no_text_are_escaped(story: Story) -> None:
    """SQLite keeps texts, and the bytes of a name may be none."""
    story.load("\udcff.jsonl", 7)

    assert story.lineage.sql("SELECT file FROM hms_lineage") == [{"file": "\\udcff.jsonl"}]


def test_several_may_ask_at_once(story: Story) -> None:
    """A load is in the index once, whoever puts it there."""
    story.load("a.jsonl", *range(2000))
    story.load("b.jsonl", *range(2000))
    count = "SELECT count(*) AS n FROM hms_lineage"

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: story.lineage.sql(count), range(8)))

    assert answers == [[{"n": 4000}]] * 8


def test_an_index_that_somebody_writes_is_waited_for_and_then_given_up(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message says to ask again."""
    story.load("a.jsonl", 7)
    story.lineage.sql("SELECT 1")
    impatient = partial(private_database, busy_seconds=0.01)
    monkeypatch.setattr(index, "private_database", impatient)
    writer = sqlite3.connect(story.index, isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")

    with pytest.raises(DestinationBusy, match=r"index\.db: another process is writing it"):
        story.lineage.sql("SELECT 1")
    writer.close()


def test_an_index_that_cannot_be_written_is_an_error_that_names_it(story: Story) -> None:
    """Such as a folder in its place."""
    story.load("a.jsonl", 7)
    story.index.mkdir()

    with pytest.raises(ConfigurationError, match=r"index\.db"):
        story.lineage.sql("SELECT 1")
