"""Join on records at hand, and in a run."""

from __future__ import annotations

import math
import sqlite3
import tracemalloc

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from hypothesis import given, settings
from hypothesis import strategies as st

from etlkit import DataSource, ETLJob, F, FileSource, Quarantine, RecordsSource
from etlkit._files.temporary import temporary_database
from etlkit.destinations import MemoryDestination
from etlkit.errors import ConfigurationError, RecordError, TransientError
from etlkit.records import Unfit
from etlkit.transformations import Derive, Join, Map, Select
from etlkit.transformations.spilling.sorter import MEMORY_BYTES
from transformations.conftest import both


PEOPLE: list[Any] = [
    {"id": 1, "state": "CA"},
    {"id": 2, "state": None},
    {"id": 3, "state": "NY"},
    {"id": 4, "state": "CA"},
]
CITIES: list[Any] = [
    {"state": "CA", "city": "Fresno"},
    {"state": "CA", "city": "Napa"},
    {"state": "TX", "city": "Waco"},
    {"state": None, "city": "Atlantis"},
]


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ("inner", [(1, "Fresno"), (1, "Napa"), (4, "Fresno"), (4, "Napa")]),
        (
            "left",
            [(1, "Fresno"), (1, "Napa"), (2, None), (3, None), (4, "Fresno"), (4, "Napa")],
        ),
        ("semi", [(1, "-"), (4, "-")]),
        ("anti", [(2, "-"), (3, "-")]),
        (
            "outer",
            [
                (1, "Fresno"),
                (1, "Napa"),
                (2, None),
                (3, None),
                (4, "Fresno"),
                (4, "Napa"),
                (None, "Waco"),
                (None, "Atlantis"),
            ],
        ),
    ],
)
def test_each_kind_of_join_keeps_what_it_says(how: Any, expected: list[Any]) -> None:
    """In the order of the records, and then in that of the other side; None matches nothing."""
    made = Join(CITIES, on="state", how=how).apply(PEOPLE)

    assert [(record["id"], record.get("city", "-")) for record in made] == expected


ODD = [
    1,
    1.0,
    True,
    "1",
    None,
    Decimal(1),
    math.nan,
    Decimal("NaN"),
    (1,),
    (True,),
    "a",
    date(2024, 1, 1),
    datetime(2024, 1, 1, tzinfo=UTC),
    b"a",
    2**70,
]
SIDES = st.lists(st.sampled_from(ODD), max_size=8)
HOWS = ["inner", "left", "semi", "anti", "outer"]
BUDGETS = st.sampled_from([1, MEMORY_BYTES])


@settings(deadline=None)
@given(SIDES, SIDES, st.sampled_from(HOWS), BUDGETS)
def test_a_join_is_a_loop_in_a_loop(
    here: list[Any], there: list[Any], how: Any, memory_bytes: int
) -> None:
    """Keys match if they have one type and one value, and are neither None nor NaN."""
    left = [{"k": key, "n": n} for n, key in enumerate(here)]
    right = [{"k": key, "m": m} for m, key in enumerate(there)]

    made = Join(right, on="k", how=how, memory_bytes=memory_bytes).apply(left)

    assert [(repr(one["k"]), one.get("n"), one.get("m")) for one in made] == plain(left, right, how)


def ran(step: Any, records: list[Any]) -> tuple[Any, ...]:
    """What a run makes of records, in batches that are compiled and one that is not."""
    destination = MemoryDestination()
    source = RecordsSource(records)
    result = ETLJob("j", "J", source, step, destination, on_error=Quarantine()).execute()
    counts = [
        (one.filtered, one.produced, one.rejected, [str(each) for each in one.others])
        for one in result.tally.steps
    ]
    fates = [(one.record_no, one.code, one.message) for one in result.rejections]
    return repr(destination.records), fates, counts, result.errors


@settings(deadline=None)
@given(
    SIDES,
    SIDES,
    st.sampled_from(HOWS),
    st.sampled_from(["1:1", "1:m", "m:1", "m:m"]),
    st.sampled_from([["k"], ["k", "j"]]),
)
def test_a_join_makes_the_same_on_disk(
    here: list[Any], there: list[Any], how: Any, validate: Any, on: list[str]
) -> None:
    """The same records in the same order, rejections, counts, and errors."""
    left = [{"k": key, "j": 1, "n": n} for n, key in enumerate(here)]
    right = [{"k": key, "j": m % 2, "m": [m]} for m, key in enumerate(there)]

    small, large = [
        ran(Join(right, on=on, how=how, validate=validate, suffix="_r", memory_bytes=size), left)
        for size in (1, MEMORY_BYTES)
    ]

    assert small == large


@settings(deadline=None)
@given(SIDES, SIDES, st.sampled_from(HOWS), BUDGETS, st.booleans())
def test_the_compiled_form_is_the_plain_one(
    here: list[Any], there: list[Any], how: Any, memory_bytes: int, nested: bool
) -> None:
    """For matches that hold something, and for those that do not."""
    left = [{"k": key, "n": [n]} for n, key in enumerate([*here, [1]])]
    right = [{"k": key, "m": [m] if nested else m} for m, key in enumerate(there)]
    (step,) = Join(right, on="k", how=how, memory_bytes=memory_bytes).parts()

    compiled, interpreted = both(step, *left)

    assert repr(compiled) == repr(interpreted)


NOTHING = ("None", "nan", "Decimal('NaN')")


def plain(left: list[Any], right: list[Any], how: str) -> list[Any]:
    """The same by comparing each record with each."""
    matches = [
        (
            one,
            [other for other in right if repr(one["k"]) == repr(other["k"]) not in NOTHING],
        )
        for one in left
    ]
    if how in ("semi", "anti"):
        kept = [one for one, found in matches if bool(found) == (how == "semi")]
        return [(repr(one["k"]), one["n"], None) for one in kept]
    made = [
        (repr(one["k"]), one["n"], other["m"])
        for one, found in matches
        for other in (found or ([] if how == "inner" else [{"m": None}]))
    ]
    if how == "outer":
        used = {other["m"] for _, found in matches for other in found}
        names = {"n": None} if left else {}
        rest = [{**names, **other} for other in right if other["m"] not in used]
        made += [(repr(one["k"]), one.get("n"), one["m"]) for one in rest]
    return made


def test_fields_may_have_other_names_on_the_other_side() -> None:
    """The key of the other side is not added, since it is the same."""
    made = Join([{"code": "CA", "name": "California"}], on={"state": "code"}).apply(PEOPLE[:1])

    assert made == [{"id": 1, "state": "CA", "name": "California"}]


def test_several_fields_are_one_key() -> None:
    """All of them have to be equal, and none may be None."""
    right = [{"a": 1, "b": 1, "c": 5}, {"a": 1, "b": None, "c": 6}]

    made = Join(right, on=["a", "b"]).apply(
        [{"a": 1, "b": 1}, {"a": 1, "b": None}, {"a": 1, "b": 2}]
    )

    assert made == [{"a": 1, "b": 1, "c": 5}]


@pytest.mark.parametrize("how", ["inner", "left", "outer"])
def test_names_of_both_sides_fail_the_run(how: Any) -> None:
    """Nothing is overwritten, and the message names them."""
    with pytest.raises(ConfigurationError) as caught:
        Join([{"k": 1, "a": 1, "b": 2}], on="k", how=how).apply([{"k": 1, "b": 3, "a": 4}])

    assert str(caught.value) == (
        "Join: both sides have 'a', 'b'; drop or rename one of each, or give a suffix for those of "
        "the other side, such as suffix='_right'"
    )


def test_a_suffix_tells_the_sides_apart() -> None:
    """Every field of the other side has it, so a name always means the same."""
    step = Join([{"k": 1, "a": 1, "b": 2}], on="k", suffix="_right")

    made = step.apply([{"k": 1, "a": 4}])

    assert made == [{"k": 1, "a": 4, "a_right": 1, "b_right": 2}]


def test_a_suffix_may_clash_too() -> None:
    """Then another one is needed."""
    with pytest.raises(ConfigurationError, match=r"both sides have 'a_b'; .* another suffix"):
        Join([{"k": 1, "a": 1}], on="k", suffix="_b").apply([{"k": 1, "a_b": 4}])


@pytest.mark.parametrize("how", ["inner", "outer"])
def test_a_field_of_the_other_side_may_not_be_called_as_the_key_here(how: Any) -> None:
    """It would take its place, so this fails before a record is read."""
    with pytest.raises(ConfigurationError, match="both sides have 'state'"):
        Join([{"code": 1, "state": 2}], on={"state": "code"}, how=how).apply([])


def test_names_do_not_clash_where_nothing_is_added() -> None:
    """A semi join only asks whether there is a match."""
    made = Join([{"k": 1, "a": 1}], on="k", how="semi").apply([{"k": 1, "a": 4}])

    assert made == [{"k": 1, "a": 4}]


@pytest.mark.parametrize("validate", ["1:1", "m:1"])
@pytest.mark.parametrize("how", ["inner", "outer"])
def test_the_other_side_may_have_each_key_once(validate: Any, how: Any) -> None:
    """If that was said; the message has the number and not the value."""
    with pytest.raises(RecordError) as caught:
        Join(CITIES, on="state", how=how, validate=validate).apply(PEOPLE[:1])

    assert str(caught.value) == (
        "record 2 of the other side has the 'state' of an earlier one, but each record should "
        "match one at most (validate)"
    )
    assert "while reading the other side of Join(4 records, on state)" in caught.value.__notes__


@pytest.mark.parametrize("how", ["inner", "outer"])
def test_a_second_record_with_a_key_is_rejected(how: Any) -> None:
    """If each key should come once; None may come again."""
    with pytest.raises(Unfit) as caught:
        Join(CITIES, on="state", how=how, validate="1:m").apply([{"state": None}, *PEOPLE])

    assert str(caught.value) == "an earlier record has the same 'state', but validate='1:m'"
    assert caught.value.__notes__[-1].endswith("record 5")


def test_keys_that_cannot_be_written_come_once_too() -> None:
    """Those of a class that is not known to us stay in memory."""
    one, other = object(), object()

    made = ran(
        Join([{"k": one, "n": 1}], on="k", how="left", validate="1:1"),
        [{"k": one}, {"k": other}, {"k": one}],
    )

    assert [fate[0] for fate in made[1]] == [3]


def test_keys_of_the_run_stay_within_the_budget() -> None:
    """Thirty thousand texts take more than five megabytes in memory."""
    step = Join([{"k": "key 7"}], on="k", how="semi", validate="1:1", memory_bytes=200_000)
    source = RecordsSource({"k": f"key {n}"} for n in range(30_000))
    job = ETLJob("j", "J", source, step, MemoryDestination())
    tracemalloc.start()

    job.execute().raise_if_failed()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 2_000_000


def test_matches_are_not_shared() -> None:
    """A step behind may change what it got."""
    chain = Join([{"k": 1, "tags": []}], on="k") | Map(
        lambda record: record["tags"].append(1) or record
    )

    made = chain.apply([{"k": 1}, {"k": 1}])

    assert made == [{"k": 1, "tags": [1]}, {"k": 1, "tags": [1]}]


@pytest.mark.parametrize("validate", ["m:1", "m:m"])
@pytest.mark.parametrize(
    ("how", "counts"),
    [("inner", (1, 0)), ("left", (0, 0)), ("semi", (1, 0)), ("anti", (2, 0)), ("outer", (0, 1))],
)
def test_a_record_that_fails_keeps_its_bytes(
    tmp_path: Path, how: Any, counts: tuple[int, int], validate: Any
) -> None:
    """And the balance of the run holds."""
    path = tmp_path / "in.jsonl"
    path.write_bytes(b'{"k": 1}\n{"x": 1}\n{"k": [1]}\n{"k": 3}\n{"k": 1}\n')
    other = RecordsSource([{"k": 1, "a": 1}, {"k": 2, "a": 2}])
    step = Join(other, on="k", how=how, validate=validate)
    job = ETLJob("j", "J", FileSource(path), step, MemoryDestination(), on_error=Quarantine())

    result = job.execute().raise_if_failed()

    assert [(one.record_no, one.raw) for one in result.rejections] == [
        (2, b'{"x": 1}'),
        (3, b'{"k": [1]}'),
    ]
    assert (
        sum(one.filtered for one in result.tally.steps),
        result.tally.steps[-1].produced,
    ) == counts


def test_several_matches_are_produced() -> None:
    """One record in, three out: two more."""
    source, other = RecordsSource([{"k": 1}, {"k": 2}]), [{"k": 1, "n": n} for n in range(3)]
    destination = MemoryDestination()

    result = ETLJob("j", "J", source, Join(other, on="k"), destination).execute()

    step = result.raise_if_failed().tally.steps[0]
    assert (step.produced, step.filtered, result.rows_loaded) == (2, 1, 3)


def test_a_clash_of_names_fails_a_run_that_sets_records_aside() -> None:
    """It is the fault of no record."""
    step = Join([{"k": 1, "a": 1}], on="k")
    source = RecordsSource([{"k": 1, "a": 2}])
    job = ETLJob("j", "J", source, step, MemoryDestination(), on_error=Quarantine())

    result = job.execute()

    assert "both sides have 'a'" in result.errors[0]
    assert result.rejections == ()


def test_the_other_side_is_read_anew_for_each_run(tmp_path: Path) -> None:
    """A source that has changed gives what it has now."""
    path = tmp_path / "other.jsonl"
    destination = MemoryDestination()
    job = ETLJob("j", "J", RecordsSource([{"k": 1}]), Join(FileSource(path), on="k"), destination)
    path.write_bytes(b'{"k": 1, "v": "old"}\n')
    job.execute("a").raise_if_failed()
    path.write_bytes(b'{"k": 1, "v": "new"}\n')

    job.execute("b").raise_if_failed()

    assert destination.records == [{"k": 1, "v": "new"}]


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ([{"k": 2}, {"x": 1}], "record 2 of the other side: the record has no field 'k'"),
        ([{"k": 1}, {"k": []}], "record 2 of the other side: unhashable type: 'list'"),
        ([{"k": 1}, 5], "record 2 of the other side is no dict but int"),
    ],
    ids=["no key", "list", "no record"],
)
def test_a_bad_record_of_the_other_side_fails_the_run(other: Any, told: str) -> None:
    """Nothing of it is left out silently."""
    with pytest.raises(RecordError) as caught:
        Join(other, on="k").apply([])

    assert str(caught.value) == told


def test_the_step_says_what_it_is() -> None:
    """Label, memory and repr."""
    step = Join(CITIES, on={"city": "state"}, how="left")

    assert step.label == "Join(4 records, on city)"
    assert [part.memory for part in step.parts()] == [step.memory] == ["spilling"]
    assert repr(step) == "Join(4 records, on={'city': 'state'}, how='left')"
    assert Join(CITIES, on="state", name="cities").label == "cities"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"on": 5}, "Join: on is a field, a list of fields, or a dict of the names here and on"),
        ({"on": []}, "Join: on is a field, a list of fields, or a dict of the names here and on"),
        ({"how": "rihgt"}, "Join: how is 'inner' or 'left' or 'semi' or 'anti' or 'outer', got"),
        ({"validate": "m1"}, "Join: validate is '1:1' or '1:m' or 'm:1' or 'm:m', got 'm1'"),
        ({"suffix": ""}, "Join: suffix is a text such as '_right', got ''"),
        ({"other": iter([])}, "Join: an iterator can be gone through only once, and a run may be"),
        ({"other": {"k": 1}}, "Join takes an iterable of dicts, got dict"),
        ({"other": "cities.csv"}, "Join: the records of a file come from FileSource('cities.csv')"),
        (
            {"on": "stat"},
            (
                "Join: the records of the other side have no field 'stat'; did you mean 'state'?; "
                "another name there is said by on={'name here': 'name there'}"
            ),
        ),
        ({"memory_bytes": 0}, "Join: memory_bytes is a number of bytes, got 0"),
        ({"name": 1}, "Join: name is what messages call the step, got 1"),
    ],
    ids=[
        *("on", "nothing", "how", "validate", "suffix", "iterator", "dict", "path", "misspelt"),
        *("memory", "name"),
    ],
)
def test_wrong_arguments_are_told_at_once(arguments: Any, told: str) -> None:
    """Not when the job runs."""
    given_ = {"other": CITIES, "on": "state", **arguments}
    other = given_.pop("other")

    with pytest.raises(ConfigurationError) as caught:
        Join(other, **given_)

    assert str(caught.value).startswith(told)


def test_a_match_without_a_field_gives_none_for_it() -> None:
    """So that all records that are joined have the same fields."""
    other = [{"k": 1, "a": 1}, {"k": 2, "b": 2}]

    made = Join(other, on="k").apply([{"k": 2}, {"k": 1}])

    assert made == [{"k": 2, "a": None, "b": 2}, {"k": 1, "a": 1, "b": None}]


def test_the_other_side_may_use_a_field_twice() -> None:
    """Two fields here that should be one there."""
    made = Join([{"k": 1, "v": 5}], on={"a": "k", "b": "k"}).apply(
        [{"a": 1, "b": 1}, {"a": 1, "b": 2}]
    )

    assert made == [{"a": 1, "b": 1, "v": 5}]


@pytest.mark.parametrize("memory_bytes", [1, MEMORY_BYTES])
@pytest.mark.parametrize(
    ("how", "told"),
    [
        ("inner", "read 4, matched 2, unmatched 2"),
        ("semi", "read 4, matched 2, unmatched 2"),
        ("anti", "read 4, matched 2, unmatched 2"),
        ("outer", "read 4, matched 2, unmatched 2, added 2"),
    ],
)
def test_the_other_side_has_a_line_of_its_own(how: Any, told: str, memory_bytes: int) -> None:
    """What was read of it either matched a record or did not."""
    step = Join(CITIES, on="state", how=how, memory_bytes=memory_bytes, name="cities")
    job = ETLJob("j", "J", RecordsSource(PEOPLE), step, MemoryDestination())

    result = job.execute().raise_if_failed()

    assert str(result).splitlines()[1] == f"  other side of cities: 4 records: {told}"
    assert "    cities, spilling; reads 4 records besides" in job.explain().splitlines()


def test_the_line_says_which_file_was_read(tmp_path: Path) -> None:
    """And how it looked."""
    path = tmp_path / "other.jsonl"
    path.write_bytes(b'{"k": 1, "v": 1}\n')
    step = Join(FileSource(path), on="k")

    result = ETLJob("j", "J", RecordsSource([{"k": 1}]), step, MemoryDestination()).execute()

    (line,) = result.tally.others
    assert [(file.uri, file.size_bytes, file.records) for file in line.files] == [
        (str(path), 17, 1)
    ]


def test_what_nothing_matched_is_rejected_by_itself() -> None:
    """As a derived record of the step; the records of the run keep what they are."""
    step = Join(CITIES, on="state", how="outer", name="cities") | Derive(next=F.id + 1)
    people = [{"id": "x", "state": "TX"}, *PEOPLE]
    job = ETLJob("j", "J", RecordsSource(people), step, MemoryDestination(), on_error=Quarantine())

    result = job.execute().raise_if_failed()

    assert [(one.uri, one.record_no, one.derived) for one in result.rejections] == [
        ("records", 1, True)
    ]
    assert str(result.tally) == (
        "read 5 + produced 3 = loaded 7 + filtered 0 + merged 0 + rejected 1"
    )
    assert result.tally.outgoing == result.rows_loaded


def test_a_sensitive_field_of_the_other_side_is_masked(tmp_path: Path) -> None:
    """By the name that it has in the result."""
    path = tmp_path / "other.csv"
    path.write_text("k,pin\n1,4711\n", encoding="utf-8")
    schema = {"k": {"type": int}, "pin": {"type": str, "sensitive": True}}
    step = Join(FileSource(path, schema=schema), on="k", suffix="_r") | Derive(n=F.pin_r + 1)
    source = RecordsSource([{"k": 1}])

    result = ETLJob("j", "J", source, step, MemoryDestination(), on_error=Quarantine()).execute()

    (rejection,) = result.rejections
    assert "***" in rejection.message
    assert "4711" not in rejection.message


def opened() -> list[str]:
    """The temporary databases that this process has open, as SQLite calls their files."""
    links = [str(each.readlink()) for each in Path("/proc/self/fd").iterdir() if each.is_symlink()]
    return [each for each in links if "etilqs_" in each]


@pytest.mark.parametrize("memory_bytes", [1, 20_000])
@pytest.mark.parametrize("fails", [False, True])
def test_nothing_is_left_of_what_was_on_disk(fails: bool, memory_bytes: int) -> None:
    """However the run ends; there is a file without a name meanwhile."""
    during = []

    def look(record: Any) -> Any:
        during.extend(opened())
        return record if not fails else record["gone"]

    other = [{"k": n, "text": "x" * 1000} for n in range(3000)]
    step = Join(other, on="k", memory_bytes=memory_bytes) | Map(look)

    result = ETLJob("j", "J", RecordsSource([{"k": 1}]), step, MemoryDestination()).execute()

    assert result.succeeded is not fails
    assert [each.endswith(" (deleted)") for each in during] == [True]
    assert opened() == []


def test_nothing_is_left_of_a_flow_that_is_abandoned() -> None:
    """Closing its records closes the database."""
    other = [{"k": n, "text": "x" * 1000} for n in range(3000)]
    records = (RecordsSource([{"k": 1}, {"k": 2}]) | Join(other, on="k", memory_bytes=1)).records()

    first = next(records)
    during = opened()
    records.close()

    assert first["k"] == 1
    assert (len(during), opened()) == (1, [])


def test_nothing_is_left_of_an_other_side_that_breaks() -> None:
    """While it is read, after something of it was on disk."""

    class Broken(DataSource):
        def records(self) -> Any:
            yield from ({"k": n} for n in range(3000))
            raise OSError

    with pytest.raises(OSError):  # noqa: PT011 -- it has no words
        Join(Broken(), on="k", memory_bytes=1).apply([])

    assert opened() == []


def test_a_full_disk_is_no_fault_of_a_record(monkeypatch: pytest.MonkeyPatch) -> None:
    """The run fails, may be tried again, and the message names the folder's variable."""

    def small(**more: Any) -> sqlite3.Connection:
        database = temporary_database(**more)
        database.execute("PRAGMA max_page_count = 4")
        return database

    monkeypatch.setattr("etlkit.transformations.spilling.on_disk.temporary_database", small)
    other = [{"k": n, "text": "x" * 1000} for n in range(100)]

    with pytest.raises(TransientError) as caught:
        Join(other, on="k", memory_bytes=1).apply([])

    assert str(caught.value) == (
        "the temporary database of Join(100 records, on k) failed: OperationalError: database or "
        "disk is full; is the folder for temporary files full? TMPDIR names another one"
    )


def test_what_is_on_disk_comes_back_as_it_was() -> None:
    """What cannot be written stays in memory."""
    thing = object()
    values = [2**70, Decimal("1.50"), (1, [2]), {3}, "\ud800", thing, b"x"]
    other = [{"k": n, "v": value} for n, value in enumerate(values)]

    made = Join(other, on="k", memory_bytes=1).apply([{"k": n} for n in range(len(values))])

    assert [repr(one["v"]) for one in made] == list(map(repr, values))
    assert made[5]["v"] is thing


def test_keys_that_are_asked_for_again_and_again_come_from_memory() -> None:
    """As many records of them as the budget has room for; the counts stay right."""
    other = [{"k": n, "v": n} for n in range(2000)]
    step = Join(other, on="k", memory_bytes=300_000)
    people = [{"k": n % 700} for n in range(5000)]

    made, _, counts, _ = ran(step, people)

    assert made == repr([{**one, "v": one["k"]} for one in people])
    assert counts == [(0, 0, 0, ["2000 records: read 2,000, matched 700, unmatched 1,300"])]


def test_a_value_that_cannot_be_looked_up_fails_its_record() -> None:
    """Told by what it is."""
    (step,) = Join([{"k": 1}], on="k").parts()

    (compiled, _) = both(step, {"k": {"a": 1}})

    assert compiled.refused == [
        (
            0,
            "join",
            "$.k {'a': 1} is a dict, which cannot be looked up; make a text or tuple of it",
        )
    ]


@pytest.mark.parametrize(
    ("step", "told"),
    [
        (
            Join([{"id": 1, "name": "x", "n": 1}], on="id"),
            (
                "Join: both sides have 'name'; drop or rename one of each, or give a suffix for those "
                "of the other side, such as suffix='_right'"
            ),
        ),
        (
            Join([{"id": 1, "na": "x"}], on="id", suffix="me"),
            "Join: both sides have 'name'; drop or rename one of each, or another suffix is needed",
        ),
        (
            Join([{"key": 1, "id": 2}], on={"id": "key"}),
            (
                "Join: both sides have 'id'; drop or rename one of each, or give a suffix for those of "
                "the other side, such as suffix='_right'"
            ),
        ),
    ],
    ids=["fields", "suffix", "key"],
)
def test_a_clash_of_names_is_told_where_the_job_is_made(step: Any, told: str) -> None:
    """As far as the fields of both sides are known by then."""
    chain = Select("id", "name") | step

    with pytest.raises(ConfigurationError) as caught:
        ETLJob("j", "J", RecordsSource([]), chain, MemoryDestination())

    assert str(caught.value).startswith(f"{told} (test_join.py:")


def test_fields_that_are_not_known_to_both_sides_are_told_by_the_run() -> None:
    """A file may have any, and so may the records of a list behind the first."""
    other = [{"id": 1}, {"id": 2, "name": "x"}]
    chain = Select("id", "name") | Join(other, on="id")
    job = ETLJob("j", "J", RecordsSource([{"id": 1, "name": 2}]), chain, MemoryDestination())

    result = job.execute()

    assert "both sides have 'name'" in result.errors[0]
