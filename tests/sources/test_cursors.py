"""Records behind a cursor: what a run reads, and how the cursor moves."""

from __future__ import annotations

import re

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import orjson
import pytest

from hypothesis import given
from hypothesis import strategies as st

from etlkit import DataLoader, ETLJob, FileSource, Quarantine, RecordsSource
from etlkit.destinations import MemoryDestination
from etlkit.errors import ConfigurationError, RecordError
from etlkit.formats import JsonLines
from etlkit.records import Record
from etlkit.runs import Position
from etlkit.sources import CursorSource, Reading
from etlkit.sources.source import decoded


NOON = datetime(2024, 6, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Table:
    """Rows that somebody adds to; it gives them all, whatever is asked for.

    Attributes:
        asked: The starts and ends that it was asked for.
    """

    def __init__(self, *values: Any) -> None:
        self.rows: list[Record] = []
        self.asked: list[tuple[Any, Any]] = []
        self.add(*values)

    def add(self, *values: Any) -> None:
        """Add rows with these values, numbered."""
        for value in values:
            self.rows.append({"id": len(self.rows), "at": value})

    def __call__(self, start: Any, end: Any) -> list[Record]:
        """All rows."""
        self.asked.append((start, end))
        return self.rows


def ids(reading: Reading) -> list[int]:
    """The ids of all records of a reading."""
    return [record["id"] for batch in reading.batches() for record in decoded(batch)]


def loading(source: CursorSource, destination: MemoryDestination) -> ETLJob:
    """A job that sets failing records aside."""
    loader = DataLoader(destination, "append")
    return ETLJob("j", "J", source, None, loader, on_error=Quarantine())


def remarks_of(reading: Reading) -> list[str]:
    """What the user is told of a reading."""
    return [remark for batch in reading.batches() for remark in batch.remarks]


def after(source: CursorSource, known: Position | None = None) -> Position:
    """The position after a run that was committed, as a state gives it back."""
    known = known or Position()
    reading = source.reading(known)
    ids(reading)
    later = known.then(reading.position())
    return Position(later.inputs, orjson.loads(orjson.dumps(later.cursor)))


# -- what a run reads


def test_first_run_reads_everything() -> None:
    """Without a start the function is asked for all there is."""
    table = Table(3, 1, 2)

    found = ids(CursorSource(table, "at").reading(Position()))

    assert found == [0, 1, 2]
    assert table.asked == [(None, None)]


def test_first_run_begins_at_the_start() -> None:
    """The function may give more; what lies before is left out."""
    table = Table(3, 1, 2)

    found = ids(CursorSource(table, "at", start=2).reading(Position()))

    assert found == [0, 2]
    assert table.asked == [(2, None)]


def test_later_run_goes_on_at_the_cursor() -> None:
    """It reads what was added, also at the very value where the cursor stands."""
    table = Table(1, 2, 2)
    source = CursorSource(table, "at")
    known = after(source)
    table.add(2, 3, 1)

    found = ids(source.reading(known))

    assert found == [3, 4]
    assert table.asked[1:] == [(2, None)]


def test_records_that_are_alike_are_counted() -> None:
    """Where two were read, the third is new."""
    rows = [{"id": 7, "at": 1}] * 2
    source = CursorSource(lambda *_: rows, "at")
    known = after(source)
    rows.append({"id": 7, "at": 1})

    found = ids(source.reading(known))

    assert found == [7]


def test_record_at_the_cursor_that_has_changed_is_new() -> None:
    """Its value is as it was, its content is not."""
    table = Table(1, 2)
    source = CursorSource(table, "at")
    known = after(source)
    table.rows[1]["state"] = "CA"

    found = ids(source.reading(known))

    assert found == [1]


def test_key_says_which_records_are_the_same() -> None:
    """Then a field that differs each time is no matter."""
    table = Table(1, 2)
    source = CursorSource(table, "at", key="id")
    known = after(source)
    table.rows[1]["fetched"] = "now"

    found = ids(source.reading(known))

    assert found == []


@pytest.mark.parametrize(
    ("closed", "first", "later"),
    [
        ("left", [0, 1], [4, 5]),
        ("both", [0, 1, 2], [4, 5, 6]),
        ("right", [1, 2], [5, 6]),
        ("neither", [1], [5]),
    ],
)
def test_closed_says_which_ends_belong_to_the_interval(
    closed: Any, first: list[int], later: list[int]
) -> None:
    """A run of 10 up to 30, with records at both ends, and the same again up to 50."""
    table = Table(10, 20, 30, 40)
    known = Position(cursor=None)
    source = CursorSource(table, "at", start=10, end=30, closed=closed)
    rows = table.rows

    found = ids(source.reading(known))
    known = after(source)
    table.rows = [*rows, {"id": 4, "at": rows[found[-1]]["at"]}]
    table.rows += [{"id": 5, "at": 45}, {"id": 6, "at": 50}]
    found_later = ids(CursorSource(table, "at", start=10, end=50, closed=closed).reading(known))

    assert found == first
    assert [each for each in found_later if each > 3] == later


def test_end_bounds_the_cursor() -> None:
    """What lies beyond is read by a later run."""
    table = Table(1, 5, 9)
    known = after(CursorSource(table, "at", end=6))

    found = ids(CursorSource(table, "at").reading(known))

    assert known.cursor["last"] == "5"
    assert found == [2]


def test_run_whose_end_is_behind_the_cursor_reads_nothing() -> None:
    """The function is not called, and the cursor does not go back."""
    table = Table(1, 9)
    known = after(CursorSource(table, "at"))
    reading = CursorSource(table, "at", end=5).reading(known)

    remarks = remarks_of(reading)

    assert remarks == ["nothing was read: the cursor of 'at' is at or near 9, beyond the end of 5"]
    assert len(table.asked) == 1
    assert known.then(reading.position()) == known


def test_run_without_new_records_says_so() -> None:
    """Its cursor stays where it was."""
    table = Table(1, 2)
    source = CursorSource(table, "at")
    known = after(source)
    reading = source.reading(known)

    remarks = remarks_of(reading)

    assert remarks == ["nothing new: no record beyond the cursor of 'at'"]
    assert reading.position() == known


def test_slice_takes_no_notice_of_the_cursor() -> None:
    """A fixed slice is loaded once more, and the cursor stays where it is."""
    table = Table(1, 5, 9)
    source = CursorSource(table, "at", lag=3)
    known = after(source)
    part = source.between(1, 6)
    reading = part.reading(known)

    found = ids(reading)

    assert found == [0, 1]
    assert known.then(reading.position()) == known
    assert (source.incremental, part.incremental) == (True, False)


# -- lag


def test_lag_reads_what_came_late() -> None:
    """What was read before is recognised, and a record before the lag is not read."""
    table = Table(10, 12)
    source = CursorSource(table, "at", lag=3)
    known = after(source)
    table.add(11, 9, 8)

    found = ids(source.reading(known))

    assert found == [2, 3]
    assert table.asked[1:] == [(9, None)]


def test_lag_does_not_reach_behind_the_start() -> None:
    """What the user never wanted is not read for being near."""
    table = Table(10)
    source = CursorSource(table, "at", start=9, lag=5)
    known = after(source)
    table.add(8, 9)

    found = ids(source.reading(known))

    assert found == [2]


def test_lag_that_grows_reads_nothing_twice() -> None:
    """What the runs before did not remember is not read again."""
    table = Table(10, 11, 12)
    known = after(CursorSource(table, "at"))
    table.add(11, 12, 13)
    source = CursorSource(table, "at", lag=100)

    found = ids(source.reading(known))

    assert found == [4, 5]


def test_closing_the_start_later_reads_nothing_twice() -> None:
    """A run that did not remember the records at its end leaves that value behind."""
    table = Table(10, 11)
    known = after(CursorSource(table, "at", closed="neither"))
    table.add(11, 12)
    source = CursorSource(table, "at", closed="both")

    found = ids(source.reading(known))

    assert found == [3]


def test_state_stays_small_however_many_records_were_read() -> None:
    """Only those within the lag are remembered."""
    table = Table(*range(5000))

    known = after(CursorSource(table, "at", lag=2))

    assert sorted(known.cursor["seen"]) == ["4997", "4998", "4999"]


def test_too_many_records_at_the_cursor_are_an_error() -> None:
    """What would have to be remembered is bounded."""
    table = Table(*[1] * 4)
    source = CursorSource(table, "at", max_remembered=3)

    with pytest.raises(ConfigurationError) as caught:
        ids(source.reading(Position()))

    assert str(caught.value) == (
        "more than 3 records at the end of the cursor, where 'at' is 1 or near it, would have to "
        "be remembered to read none of them twice; take a field with finer values, a smaller lag, "
        "or closed='neither' or 'right' if no record is ever added at a value that was read; or "
        "raise max_remembered"
    )


def test_open_start_remembers_nothing() -> None:
    """So it has no bound."""
    table = Table(*[1] * 4)
    source = CursorSource(table, "at", closed="neither", max_remembered=3)

    known = after(source)

    assert known.cursor["seen"] == {}


# -- values


@pytest.mark.parametrize(
    ("values", "last"),
    [
        ([1, 3, 2], 3),
        ([1.5, 2, 0.1], 2),
        ([2**70, 2**70 + 1], 2**70 + 1),
        (["a", "c", "b"], "c"),
        ([NOON, NOON - HOUR], NOON),
        ([date(2024, 6, 1), date(2024, 5, 1)], date(2024, 6, 1)),
    ],
    ids=["int", "float", "big", "str", "datetime", "date"],
)
def test_cursor_of_each_kind_comes_back_as_it_was(values: list[Any], last: Any) -> None:
    """It is kept as JSON in the commit record."""
    table = Table(*values)
    source = CursorSource(table, "at")

    known = after(source)
    found = ids(source.reading(known))

    assert found == []
    assert table.asked == [(None, None), (last, None)]


def test_moments_are_compared_whatever_their_zone() -> None:
    """Half past one in Berlin is before noon in London."""
    berlin = timezone(timedelta(hours=2))
    table = Table(NOON, datetime(2024, 6, 1, 13, 30, tzinfo=berlin))

    found = ids(CursorSource(table, "at", start=NOON).reading(Position()))

    assert found == [0]


def test_texts_are_read_as_moments_where_that_is_said() -> None:
    """The function is asked for a moment, too."""
    table = Table("2024-06-01T12:00:00Z", "2024-06-01T12:00:00.5+00:00", "2024-06-01T15:00+04:00")
    source = CursorSource(table, "at", type=datetime, start="2024-06-01T12:00:00Z")

    found = ids(source.reading(Position()))

    assert found == [0, 1]
    assert table.asked == [(NOON, None)]


@pytest.mark.parametrize("where", ["record", "start"])
def test_texts_that_look_like_moments_need_a_word(where: str) -> None:
    """As texts, 12:00:00.5Z comes before 12:00:00Z."""
    text = "2024-06-01T12:00:00Z"

    def read() -> None:
        start = text if where == "start" else None
        ids(CursorSource(Table(text), "at", start=start).reading(Position()))

    with pytest.raises(ConfigurationError) as caught:
        read()

    assert str(caught.value) == (
        "values of the cursor field 'at' are texts that look like moments; pass type=datetime to "
        "compare them as moments, or type=str to compare them as texts, which is right only if "
        "all are written alike"
    )


def test_texts_that_look_like_moments_may_be_compared_as_texts() -> None:
    """Where the user says that they are written alike."""
    table = Table("2024-06-01T12:00:00Z", "2024-06-01T11:00:00Z")

    known = after(CursorSource(table, "at", type=str))

    assert known.cursor["last"] == "2024-06-01T12:00:00Z"


def test_naive_start_is_refused() -> None:
    """It is no moment, and would be another one on each computer."""
    with pytest.raises(ConfigurationError) as caught:
        CursorSource(Table(), "at", start=datetime(2024, 6, 1, 12))  # noqa: DTZ001 -- on purpose

    assert str(caught.value) == (
        "start is datetime.datetime(2024, 6, 1, 12, 0): it has no time zone, so it is no moment "
        "in time; pass one with a zone, such as datetime(2024, 1, 31, tzinfo=UTC)"
    )


@pytest.mark.parametrize(
    ("good", "bad", "reason"),
    [
        (1, True, "a number is expected, got bool"),
        (1, float("nan"), "NaN and infinity have no place in an order"),
        (1, 2**1000, "the number has more than 1000 bits"),
        (1, "2", "a number is expected, got str"),
        ("a", 2, "a text is expected, got int"),
        ("a", "\ud800", "the text has half of a surrogate pair"),
        (NOON, NOON.replace(tzinfo=None), "it has no time zone, so it is no moment in time"),
        (NOON, NOON.date(), "a date with time is expected, got date"),
        (NOON.date(), NOON, "a date is expected, got datetime"),
    ],
)
def test_value_that_cannot_be_compared_is_rejected(good: Any, bad: Any, reason: str) -> None:
    """The others are read, and the cursor is theirs."""
    table = Table(good, bad)
    destination = MemoryDestination()
    source = CursorSource(table, "at")

    result = loading(source, destination).execute()

    (rejection,) = result.rejections
    assert [record["id"] for record in destination.records] == [0]
    assert rejection.code == "cursor_value"
    assert rejection.message == f"$.at cannot be a cursor: {reason}"
    assert rejection.record_no == 2


def test_cursor_moves_to_a_record_that_a_later_step_rejects() -> None:
    """It is in quarantine, and replayed from there."""
    table = Table(1, 2)
    source = CursorSource(table, "at")
    reading = source.reading(Position())

    list(reading.batches())

    assert reading.position().cursor["last"] == "2"


# -- records without a value


@pytest.mark.parametrize("nothing", [{"id": 9}, {"id": 9, "at": None}], ids=["absent", "null"])
def test_record_without_a_value_is_rejected(nothing: Record) -> None:
    """Nobody could say whether it was read before."""
    table = Table(1, 2)
    table.rows.insert(1, nothing)
    destination = MemoryDestination()
    job = loading(CursorSource(table, "at"), destination)

    result = job.execute()

    assert [record["id"] for record in destination.records] == [0, 1]
    assert [(each.code, each.record_no) for each in result.rejections] == [("cursor_missing", 2)]


def test_record_without_a_value_may_be_included() -> None:
    """Each time that it is given."""
    table = Table(1, None)
    source = CursorSource(table, "at", missing="include")
    known = after(source)

    found = ids(source.reading(known))

    assert found == [1]


def test_record_without_a_value_may_fail_the_run() -> None:
    """Whatever the policy of the job."""
    table = Table(1, None)
    source = CursorSource(table, "at", missing="error")

    with pytest.raises(RecordError) as caught:
        ids(source.reading(Position()))

    assert str(caught.value) == "records:2: $.at the field is null"


def test_record_without_its_key_is_rejected() -> None:
    """Those without one would all be the same."""
    source = CursorSource(Table(1), "at", key=["id", "nr"])
    (batch,) = source.reading(Position()).batches()

    with pytest.raises(RecordError, match=r"records:1: .*the record has no field 'nr'"):
        list(decoded(batch))


def test_field_may_lie_deeper() -> None:
    """A list of names leads to it."""
    rows = [{"id": 1, "meta": {"at": 1}}, {"id": 2, "meta": {"at": 5}}, {"id": 3, "meta": 4}]
    source = CursorSource(lambda *_: rows, ["meta", "at"], start=2, missing="include")

    found = ids(source.reading(Position()))

    assert found == [2, 3]


# -- other sources


def test_records_of_a_file_keep_their_numbers_and_bytes(tmp_path: Path) -> None:
    """Those between them are left out, and blank lines are no records."""
    path = tmp_path / "a.jsonl"
    lines = [b'{"id":1,"at":1}', b'{"id":2,"at":7}', b"", b'{"id":3}', b'{"id":4,"at":8}', b"{,"]
    path.write_bytes(b"\n".join(lines))
    destination = MemoryDestination()
    source = CursorSource(FileSource(path), "at", start=5)

    result = loading(source, destination).execute()

    assert [record["id"] for record in destination.records] == [2, 4]
    assert [(each.record_no, each.raw) for each in result.rejections] == [
        (4, b'{"id":3}'),
        (6, b"{,"),
    ]


def test_rows_of_a_csv_keep_their_lines(tmp_path: Path) -> None:
    """Where a row has several, too."""
    path = tmp_path / "a.csv"
    path.write_bytes(b'id,at\n"1\n",x\n2,y\n3,\n')
    destination = MemoryDestination()
    source = CursorSource(FileSource(path), "at", start="y", missing="error")

    result = loading(source, destination).execute()

    assert [record["id"] for record in destination.records] == ["2"]
    assert result.rows_loaded == 1


def test_position_names_the_files_too(tmp_path: Path) -> None:
    """So that the commit record says what was read."""
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"id":1,"at":1}\n')
    reading = CursorSource(FileSource(path), "at").reading(Position())

    ids(reading)

    assert [each.uri for each in reading.position().inputs] == [str(path)]
    assert reading.version(str(path)) == f"16-{hint_of(path)}"


def test_source_is_asked_what_it_knows_of_itself(tmp_path: Path) -> None:
    """What the engine asks is answered by the source behind the cursor."""
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"")
    inner = FileSource(path)

    source = CursorSource(inner, "at")

    assert source.uri == inner.uri
    assert source.reads(inner.uri)
    assert isinstance(source.format_for(inner.uri), JsonLines)
    assert CursorSource(Table(), "at").format_for("records") is None
    assert not CursorSource(FileSource(tmp_path / "b.jsonl"), "at").validate()
    assert source.may_hold_nan is False
    assert CursorSource(Table(), "at", name="issues").uri == "issues"
    assert CursorSource(RecordsSource(iter([])), "at").readable_again is False


def test_incremental_source_behind_a_cursor_is_refused() -> None:
    """Two memories of one job would contradict each other."""
    inner = FileSource("a.jsonl", incremental=True)

    with pytest.raises(ConfigurationError, match=r"^a\.jsonl is incremental itself; pass"):
        CursorSource(inner, "at")


# -- what is refused


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"closed": "Left"}, "closed is 'left', 'right', 'both' or 'neither', got 'Left'; did you"),
        ({"missing": "skip"}, "missing is 'reject', 'include' or 'error', got 'skip'"),
        ({"key": []}, "key is the name of a field, or a list of names, got []"),
        ({"type": bytes}, "type is int, float, str, datetime or date, got <class 'bytes'>"),
        ({"start": b"1"}, "a cursor is a number, a text, a date or a date with time and zone"),
        ({"start": 1, "end": "b"}, "end is 'b': a number is expected, got str"),
        ({"lag": "1 h"}, "lag is a timedelta, or a number for cursors that are numbers"),
        ({"lag": 0}, "lag is above 0, got 0"),
        ({"lag": HOUR, "start": 1}, "cannot be taken from cursors that are numbers"),
        ({"lag": 5, "start": NOON}, "cannot be taken from cursors that are moments"),
        ({"lag": 5, "type": str}, "cannot be taken from cursors that are texts"),
        ({"lag": HOUR, "type": date}, "a lag from dates is of whole days"),
        ({"max_remembered": 0}, "max_remembered is a whole number above 0, got 0"),
    ],
)
def test_wrong_options_are_refused_when_the_source_is_made(
    options: dict[str, Any], message: str
) -> None:
    """Each with what is right."""
    with pytest.raises(ConfigurationError, match=re.escape(message)):
        CursorSource(Table(), "at", **options)


@pytest.mark.parametrize("wrong", [None, [{"id": 1}], "issues"], ids=["None", "list", "text"])
def test_only_functions_and_sources_are_taken(wrong: Any) -> None:
    """A list is no function; RecordsSource makes a source of it."""
    with pytest.raises(ConfigurationError, match=r"takes a function of \(start, end\)"):
        CursorSource(wrong, "at")


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (lambda: CursorSource(Table(), "id"), "for the field 'at'"),
        (lambda: CursorSource(Table(), "at", type=str), "for numbers and not for texts"),
        (lambda: CursorSource(Table(), "at", key="id"), "with key=[]"),
    ],
    ids=["field", "kind", "key"],
)
def test_cursor_of_something_else_is_refused(
    other: Callable[[], CursorSource], message: str
) -> None:
    """It would read everything, or nothing, without a word."""
    known = after(CursorSource(Table(1), "at"))

    with pytest.raises(ConfigurationError, match=re.escape(f"was kept {message}")):
        other().reading(known)


def test_cursor_of_another_source_is_refused() -> None:
    """A source of the user's own may have kept anything."""
    known = Position(cursor="page-7")

    with pytest.raises(ConfigurationError) as caught:
        CursorSource(Table(), "at").reading(known)

    assert str(caught.value) == (
        "the cursor of this job was kept by another source, and does not tell where to go on with "
        "'at'; leave the source as it was, or give the job another id and start= where the new "
        "cursor begins"
    )


# -- any split of a stream into runs


def read_in_runs(
    stream: Sequence[Record], cuts: Sequence[int], sources: Callable[[Any, int], CursorSource]
) -> list[Record]:
    """What is loaded when runs see more and more of a stream; every third one crashes."""
    found: list[Record] = []
    known = Position()
    for number, cut in enumerate([*sorted(cuts), len(stream)]):
        visible = list(stream[:cut])
        reading = sources(lambda *_, rows=visible: reversed(rows), number).reading(known)
        records = [record for batch in reading.batches() for record in decoded(batch)]
        if number % 3 or cut == len(stream):
            found += records
            known = known.then(reading.position())
            known = Position((), orjson.loads(orjson.dumps(known.cursor)))
    return found


def counted(records: Sequence[Record]) -> Counter[tuple[int, int]]:
    """How often each record is there; records may be alike."""
    return Counter((record["id"], record["at"]) for record in records)


ROWS = st.lists(
    st.fixed_dictionaries({"id": st.integers(0, 2), "at": st.integers(0, 5)}), max_size=25
)
CUTS = st.lists(st.integers(0, 25), max_size=6)


@given(rows=ROWS, cuts=CUTS)
def test_each_record_of_a_stream_is_read_exactly_once(rows: list[Record], cuts: list[int]) -> None:
    """However it is cut into runs, with ties, and with records that are alike."""
    stream = sorted(rows, key=lambda record: record["at"])

    found = read_in_runs(stream, cuts, lambda fetch, _: CursorSource(fetch, "at"))

    assert counted(found) == counted(stream)


@given(rows=ROWS, cuts=CUTS, lag=st.integers(1, 5))
def test_each_record_within_the_lag_is_read_exactly_once(
    rows: list[Record], cuts: list[int], lag: int
) -> None:
    """A record that comes late by no more than the lag is not lost."""
    order = sorted(enumerate(rows), key=lambda each: each[1]["at"] + (each[0] * 7) % (lag + 1))
    stream = [row for _, row in order]

    found = read_in_runs(stream, cuts, lambda fetch, _: CursorSource(fetch, "at", lag=lag))

    assert counted(found) == counted(stream)


@given(
    rows=ROWS,
    cuts=CUTS,
    settings=st.lists(
        st.tuples(st.sampled_from(["left", "neither"]), st.sampled_from([None, 1, 3])), min_size=1
    ),
)
def test_no_record_is_read_twice_when_the_settings_change(
    rows: list[Record], cuts: list[int], settings: list[tuple[Any, Any]]
) -> None:
    """A run does not go back behind what the runs before have remembered."""

    def source(fetch: Any, number: int) -> CursorSource:
        closed, lag = settings[number % len(settings)]
        return CursorSource(fetch, "at", closed=closed, lag=lag)

    found = read_in_runs(rows, cuts, source)

    assert counted(found) <= counted(rows)


def hint_of(path: Path) -> str:
    """What tells of a file whether it has changed: not its time of change alone."""
    stat = path.stat()
    return f"{stat.st_mtime_ns}-{stat.st_ctime_ns}-{stat.st_ino}"
