"""Which parts count: the fold over the log against a model that starts anew each time."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from etlkit.lake import live_parts
from etlkit.runs.commit import CommitRecord, Part, Position, Written
from etlkit.runs.context import RunContext
from etlkit.runs.inputs import InputFile
from etlkit.runs.tally import Tally


NOW = datetime(2024, 6, 1, tzinfo=UTC)
JOBS = st.sampled_from(["one", "other"])
FILES = st.sampled_from(["/a.jsonl", "/b.zip", "/b.zip/x.jsonl", "/b.zip2"])
PARTITIONS = st.sampled_from([None, "state=CA", "state=NY"])


@st.composite
def logs(draw: st.DrawFn) -> list[CommitRecord]:
    """A log of a few loads, with parts of one record each."""
    records: list[CommitRecord] = []
    for number in range(draw(st.integers(0, 8))):
        nonces = [each.run.nonce for each in records] or [""]
        parts = [
            Part(f"{number}-{index}", 1, 9, origin=origin, partition=partition)
            for index, (origin, partition) in enumerate(
                draw(st.lists(st.tuples(st.none() | FILES, PARTITIONS), max_size=3))
            )
        ]
        again = draw(st.lists(FILES, max_size=2))
        inputs = [InputFile(uri, again=True) for uri in again] + [InputFile("/a.jsonl")]
        records.append(
            CommitRecord(
                RunContext(draw(JOBS), "r", "k", 1, f"nonce{number}", NOW),
                draw(st.sampled_from(["append", "replace", "replace-partition"])),
                Written(tuple(parts)),
                Tally(),
                None,
                NOW,
                supersedes=tuple(draw(st.lists(st.sampled_from(nonces), max_size=2))),
                position=Position(tuple(inputs)),
            )
        )
    return records


def counts(number: int, part: Part, log: list[CommitRecord]) -> bool:
    """Whether nothing that came later put an end to a part."""
    for later in log[number + 1 :]:
        forced = log[number].run.nonce in later.supersedes
        partitions = [each.partition for each in later.written.parts]
        swapped = later.mode == "replace-partition" and part.partition in partitions
        changed = later.run.job_id == log[number].run.job_id and any(
            each.again and part.origin is not None and f"{part.origin}/".startswith(f"{each.uri}/")
            for each in later.position.inputs
        )
        if later.mode == "replace" or forced or swapped or changed:
            return False
    return True


@settings(deadline=None)
@given(logs())
def test_a_part_counts_until_a_later_load_ends_it(log: list[CommitRecord]) -> None:
    """The fold agrees with looking at all later loads of each part."""
    expected = [
        part
        for number, record in enumerate(log)
        for part in record.written.parts
        if counts(number, part, log)
    ]

    found = live_parts(log)

    assert list(found) == expected
