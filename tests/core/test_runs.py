"""What a run says of itself."""

from __future__ import annotations

import re

from collections.abc import Callable
from datetime import UTC, datetime

import attrs
import pytest

from etlkit.errors import BalanceError, CorruptState
from etlkit.runs import (
    CommitRecord,
    InputFile,
    KeptFile,
    Part,
    Position,
    RunContext,
    StepTally,
    Tally,
    Written,
    new_run_id,
    random_mark,
)


def test_a_run_id_sorts_by_time_and_never_comes_twice() -> None:
    """It begins with the time and ends with a random mark; it is safe as a file name."""
    moment = datetime(2024, 6, 1, 12, 0, 0, tzinfo=UTC)

    ids = {new_run_id(moment) for _ in range(100)}

    assert len(ids) == 100
    assert all(re.fullmatch(r"20240601T120000Z-[0-9a-f]{12}", one) for one in ids)


def test_a_random_mark_is_twelve_digits() -> None:
    """Hexadecimal digits, other ones each time."""
    marks = {random_mark() for _ in range(100)}

    assert len(marks) == 100
    assert all(re.fullmatch(r"[0-9a-f]{12}", mark) for mark in marks)


def a_tally() -> Tally:
    """Counts that add up: 10 + 5 = 7 + 2 + 4 + 2."""
    steps = [StepTally("f", filtered=2, rejected=1), StepTally("g", merged=4, produced=5)]
    return Tally(read=10, loaded=7, rejected=2, steps=steps)


def test_a_tally_sums_its_steps() -> None:
    """Filtered, produced and merged records are those of all steps."""
    tally = a_tally()

    sums = (tally.filtered, tally.produced, tally.merged, tally.outgoing)

    assert sums == (2, 5, 4, 7)


def test_a_tally_in_words_is_the_balance_equation() -> None:
    """Every number of it, in the order of the documentation."""
    words = str(a_tally())

    assert words == "read 10 + produced 5 = loaded 7 + filtered 2 + merged 4 + rejected 2"


def test_a_tally_that_adds_up_passes() -> None:
    """The balance equation holds, so nothing is said."""
    tally = a_tally()

    assert tally.check() is None


@pytest.mark.parametrize("loaded", [6, 8, 0], ids=["one lost", "one too many", "none"])
def test_a_tally_that_does_not_add_up_has_both_sides_in_its_message(loaded: int) -> None:
    """Every number of the equation is there."""
    tally = a_tally()
    tally.loaded = loaded

    with pytest.raises(BalanceError) as caught:
        tally.check()

    assert str(caught.value) == (
        "the accounting of the run does not add up, so nothing was published: "
        f"read 10 + produced 5 is not loaded {loaded} + filtered 2 + merged 4 + rejected 2; "
        "a destination that counts wrongly, or a defect of etlkit that should be reported"
    )


def test_what_outputs_were_handed_is_compared_with_what_they_hold() -> None:
    """With one output there is nothing to compare; with several each has its own equation."""
    one, several = a_tally(), attrs.evolve(a_tally(), outputs={"": 5, "bad": 2})

    found = one.check_outputs({"": 7}), several.check_outputs({"": 5, "bad": 2})

    assert found == (None, None)


@pytest.mark.parametrize(
    ("loaded", "output", "handed", "holds"),
    [
        ({"": 5, "bad": 1}, "output 'bad'", 2, 1),
        ({"": 6, "bad": 1}, "main output", 5, 6),
        ({"": 5}, "output 'bad'", 2, 0),
    ],
    ids=["one", "sum is right", "missing"],
)
def test_an_output_that_does_not_add_up_is_named(
    loaded: dict[str, int], output: str, handed: int, holds: int
) -> None:
    """Also where the sum over all outputs is right."""
    tally = attrs.evolve(a_tally(), outputs={"": 5, "bad": 2})

    with pytest.raises(BalanceError) as caught:
        tally.check_outputs(loaded)

    assert str(caught.value) == (
        f"the accounting of the {output} does not add up, so nothing was published: it was "
        f"handed {handed} record(s) and holds {holds}; a destination that counts wrongly, or a "
        "defect of etlkit that should be reported"
    )


def test_a_tally_of_several_outputs_keeps_their_counts() -> None:
    """It reads back equal."""
    tally = attrs.evolve(a_tally(), outputs={"": 5, "bad": 2})

    again = Tally.from_dict(tally.to_dict())

    assert again == tally
    assert tally.to_dict()["outputs"] == {"": 5, "bad": 2}


def test_a_tally_becomes_a_dict_for_json() -> None:
    """All counts by name, and those of each step."""
    tally = attrs.evolve(a_tally(), blank=3, rejected_derived=1, extracted_from=2)

    assert tally.to_dict() == {
        "read": 10,
        "produced": 5,
        "loaded": 7,
        "filtered": 2,
        "merged": 4,
        "rejected": 2,
        "rejected_derived": 1,
        "blank": 3,
        "steps": [
            {
                "name": "f",
                "filtered": 2,
                "produced": 0,
                "merged": 0,
                "rejected": 1,
                "warned": {},
                "coerced": {},
                "dropped": {},
                "by_difference": False,
                "sampled_seconds": 0.0,
                "sampled_records": 0,
            },
            {
                "name": "g",
                "filtered": 0,
                "produced": 5,
                "merged": 4,
                "rejected": 0,
                "warned": {},
                "coerced": {},
                "dropped": {},
                "by_difference": False,
                "sampled_seconds": 0.0,
                "sampled_records": 0,
            },
        ],
    }


def test_what_was_written_is_counted_over_its_parts() -> None:
    """A destination may publish several files at once."""
    written = Written((Part("a", 3, 100), Part("b", 4)))

    assert written.records == 7


def a_commit() -> CommitRecord:
    """A record in which nothing is left at its default."""
    at = datetime(2024, 6, 1, 12, 0, 0, 5, tzinfo=UTC)
    kept = KeptFile("/state/rejected.jsonl", 2, 100, "ab" * 32)
    return CommitRecord(
        RunContext("job", "run", "2024-06-01", 2, "0123456789ab", at, force=True),
        "append",
        Written((Part("a.jsonl", 7, 70, sha256="cd" * 32, origin="in.jsonl", partition="s=1"),)),
        a_tally(),
        kept,
        at,
        output="good",
        lineage=kept,
        position=Position((InputFile("in.jsonl", 5, "7", "ef" * 32, 3, again=True),), {"at": 5}),
        replayed=("one",),
        events=({"type": "loaded"},),
        plan_hash="12",
        supersedes=("0123456789ac",),
    )


def test_a_commit_record_comes_back_from_its_line() -> None:
    """Every field of it, counts of steps and moments in time among them."""
    record = a_commit()

    found = CommitRecord.from_json(record.to_json(), "log")

    assert found == record


def test_a_commit_record_keeps_names_that_are_no_text() -> None:
    """A file may have bytes in its name that are no UTF-8, which Python keeps as surrogates."""
    part = Part("caf\udce9.jsonl", 1, 10)
    record = attrs.evolve(a_commit(), written=Written((part,)))

    found = CommitRecord.from_json(record.to_json(), "log")

    assert found == record


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda line: line.replace(b"2024-06-01", b"2024-06-02", 1), id="a digit"),
        pytest.param(lambda line: line[:-1], id="cut short"),
        pytest.param(lambda line: line.replace(b'"checksum"', b'"checksun"'), id="no checksum"),
        pytest.param(lambda _: b"", id="empty"),
        pytest.param(lambda _: b"[1]", id="another kind of JSON"),
    ],
)
def test_a_damaged_commit_record_is_told_with_its_place(damage: Callable[[bytes], bytes]) -> None:
    """It is never taken for another record, nor for none."""
    line = damage(a_commit().to_json())

    with pytest.raises(CorruptState, match=r"^log:7: does not verify as a commit record") as raised:
        CommitRecord.from_json(line, "log:7")

    assert "put back a copy of the file" in str(raised.value)


def test_a_later_position_wins_for_the_files_it_names() -> None:
    """Other files stay known, and so does the cursor where the later one has none."""
    earlier = Position((InputFile("a", sha256="1"), InputFile("b", sha256="2")), 5)

    found = earlier.then(Position((InputFile("b", sha256="3"),)))

    assert found == Position((InputFile("a", sha256="1"), InputFile("b", sha256="3")), 5)
