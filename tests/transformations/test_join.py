"""Join on records at hand, and in a run."""

from __future__ import annotations

import math

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from hypothesis import given, settings
from hypothesis import strategies as st

from etlkit import ETLJob, FileSource, Quarantine, RecordsSource
from etlkit.destinations import MemoryDestination
from etlkit.errors import ConfigurationError, RecordError
from etlkit.records import Unfit
from etlkit.transformations import Join, Map


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


ODD = [1, 1.0, True, "1", None, Decimal(1), math.nan, (1,), "a"]
SIDES = st.lists(st.sampled_from(ODD), max_size=8)


@settings(deadline=None)
@given(SIDES, SIDES, st.sampled_from(["inner", "left", "semi", "anti", "outer"]))
def test_a_join_is_a_loop_in_a_loop(here: list[Any], there: list[Any], how: Any) -> None:
    """Keys match if they have one type and one value, and are neither None nor NaN."""
    left = [{"k": key, "n": n} for n, key in enumerate(here)]
    right = [{"k": key, "m": m} for m, key in enumerate(there)]

    made = Join(right, on="k", how=how).apply(left)

    assert [(repr(one["k"]), one.get("n"), one.get("m")) for one in made] == plain(left, right, how)


def plain(left: list[Any], right: list[Any], how: str) -> list[Any]:
    """The same by comparing each record with each."""
    matches = [
        (
            one,
            [other for other in right if repr(one["k"]) == repr(other["k"]) not in ("None", "nan")],
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
        keyed = [one for one in rest if repr(one["k"]) not in ("None", "nan")]
        grouped = sorted(
            keyed, key=lambda one: [repr(each["k"]) for each in keyed].index(repr(one["k"]))
        )
        rest = grouped + [one for one in rest if one not in keyed]
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
        ([{"x": 1}], "record 1 of the other side: the record has no field 'k'"),
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
    step = Join(CITIES, on={"state": "code"}, how="left")

    assert step.label == "Join(4 records, on state)"
    assert [part.memory for part in step.parts()] == ["keyed"]
    assert repr(step) == "Join(4 records, on={'state': 'code'}, how='left')"
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
        ({"name": 1}, "Join: name is what messages call the step, got 1"),
    ],
    ids=["on", "nothing", "how", "validate", "suffix", "iterator", "dict", "name"],
)
def test_wrong_arguments_are_told_at_once(arguments: Any, told: str) -> None:
    """Not when the job runs."""
    given_ = {"other": CITIES, "on": "state", **arguments}
    other = given_.pop("other")

    with pytest.raises(ConfigurationError) as caught:
        Join(other, **given_)

    assert str(caught.value).startswith(told)
