"""A validator as a step: what an attempt remembers and counts."""

from __future__ import annotations

from typing import Any

import pytest

from etlkit import DataValidator, ETLJob, Quarantine, RecordsSource
from etlkit.engine.check import Check
from etlkit.engine.flow import SAMPLED
from etlkit.engine.plan import make_plan
from etlkit.errors import RecordError, TransientError
from etlkit.formats.json.lines import JsonLinesEncoder
from etlkit.records import Batch, Origin, Unfit, own
from etlkit.runs import StepTally
from etlkit.validation.ledger import Ledger


COUNTING = DataValidator(
    {
        "id": {"required": True, "type": int, "unique": True},
        "age": {"type": int, "max": 120, "severity": "warning"},
        "tags": {"items": {"type": str, "min_length": 1, "severity": "warning"}},
    },
    coerce=True,
    unknown="drop",
)
STATELESS = DataValidator({"id": {"type": int}})
MANY = SAMPLED * 2 + 10  # batches, so that two of them run step by step


def one_by_one(batches_source: Any, records: list[Any]) -> Any:
    """A source with a batch for each record."""
    origin = Origin("here")
    return batches_source(
        *(Batch([record], origin, number, own) for number, record in enumerate(records, 1))
    )


def job_of(records: Any, validator: DataValidator, **options: Any) -> ETLJob:
    """A job that validates records and sets the bad ones aside."""
    return ETLJob(
        "j",
        "J",
        RecordsSource(records),
        None,
        "memory:",
        validator,
        on_error=Quarantine(),
        **options,
    )


def test_a_run_counts_what_its_validator_did() -> None:
    """Warnings, coerced values and dropped fields of the records that passed."""
    job = job_of(
        [
            {"id": "1", "age": 130, "x": 1, "tags": ["", "a", ""]},
            {"id": 2, "age": "150"},
            {"id": "2", "age": 140, "x": 1},
            {"id": "three", "age": 999, "x": 1},
        ],
        COUNTING,
    )

    result = job.execute()

    (step,) = result.tally.steps
    assert (step.rejected, result.rows_loaded) == (2, 2)
    assert step.warned == {"$.age max": 2, "$.tags[*] min_length": 2}
    assert step.coerced == {"$.id": 1, "$.age": 1}
    assert step.dropped == {"$": 1}
    assert result.warnings == (
        "2 of 4 record(s) rejected",
        "validate: 4 warning(s): $.age max (2), $.tags[*] min_length (2)",
    )
    assert result.to_dict()["tally"]["steps"][0]["warned"] == step.warned


def test_the_most_frequent_warnings_are_named() -> None:
    """There may be more than anybody wants to read."""
    rules = {f"f{n:02}": {"type": int, "severity": "warning"} for n in range(12)}
    records = [{"f11": "x"}, dict.fromkeys(rules, "x")]

    result = job_of(records, DataValidator(rules)).execute()

    first = ", ".join(["$.f11 type (2)", *(f"$.f{n:02} type (1)" for n in range(9))])
    assert result.warnings == (f"validate: 13 warning(s): {first} and 2 more rule(s)",)


def test_batches_that_are_timed_share_the_memory(work: Any, batches_source: Any) -> None:
    """A value is known whichever way the record went that had it first."""
    records = [{"id": number} for number in range(MANY)]
    again = [{"id": number} for number in range(MANY)]

    worked = work(one_by_one(batches_source, records + again), validator=COUNTING)

    assert worked.error is None
    assert worked.records == records
    assert worked.trail.tally.rejected == MANY


def test_batches_that_are_timed_count_alike(work: Any, batches_source: Any) -> None:
    """Each warning, coercion and dropped field counts once."""
    records = [{"id": str(number), "age": 130, "x": 1} for number in range(MANY)]

    worked = work(one_by_one(batches_source, records), validator=COUNTING)

    (step,) = worked.trail.tally.steps
    assert (step.warned, step.coerced) == ({"$.age max": MANY}, {"$.id": MANY})
    assert step.dropped == {"$": MANY}
    assert worked.records == [{"id": number, "age": 130} for number in range(MANY)]


def test_each_run_begins_with_an_empty_memory() -> None:
    """What one run saw is nothing to the next."""
    job = job_of([{"id": 1}, {"id": 1}], COUNTING)

    results = [job.execute(), job.execute()]

    assert [result.tally.rejected for result in results] == [1, 1]
    assert results[1].rejections[0].message == "$.id is 1, which an earlier record has too"


def test_two_validators_keep_two_memories() -> None:
    """A record passes both, and is seen by each once."""
    job = job_of([{"id": 1}, {"id": 2}], COUNTING, input_validator=COUNTING)

    result = job.execute()

    assert result.rows_loaded == 2


def test_a_preview_remembers_its_sample_only() -> None:
    """It shows the repetition, and so does the next one."""
    job = job_of([{"id": 1}, {"id": 1}], COUNTING)

    previews = [job.preview(2), job.preview(2)]

    assert [one.snapshots[-1].failed for one in previews] == [
        ("records:2: $.id is 1, which an earlier record has too",)
    ] * 2
    assert [len(one.records) for one in previews] == [1, 1]


def test_a_plan_without_memory_is_used_as_it_is() -> None:
    """Its kernels are compiled once for all runs."""
    plan = make_plan([], JsonLinesEncoder(), validator=STATELESS)

    with plan.fresh([StepTally("validate")]) as fresh:
        same = fresh is plan

    assert same


def test_a_plan_with_memory_is_made_anew() -> None:
    """With a ledger of its own for each attempt, and the same shape."""
    plan = make_plan([], JsonLinesEncoder(), validator=COUNTING, input_validator=STATELESS)

    tallies = [StepTally("validate input"), StepTally("validate")]

    with plan.fresh(tallies) as first, plan.fresh(tallies) as second:
        pass

    ledgers = [one.steps[1].ledger for one in (first, second)]  # type: ignore[union-attr]  # a Check
    assert all(isinstance(one, Ledger) for one in ledgers)
    assert ledgers[0] is not ledgers[1]
    assert first.steps[0] is plan.steps[0]


def test_a_check_without_a_ledger_judges_a_record_by_itself() -> None:
    """Steps can be tried without a run; nothing is counted then."""
    check, tally = Check("validate", COUNTING), StepTally("validate")

    made = [check.each({"id": "1", "age": 130}) for _ in range(2)]
    check.finish(tally)

    assert made == [({"id": 1, "age": 130},)] * 2
    assert tally == StepTally("validate")
    with pytest.raises(Unfit, match=r"\$\.id is required but missing"):
        check.each({})


def test_a_warning_that_cannot_be_compared_lets_the_record_pass() -> None:
    """The kernel takes whatever a comparison raises for a doubt, and looks closer."""
    validator = DataValidator({"n": {"check": lambda value: 1 / value, "severity": "warning"}})
    job = job_of([{"n": 0}, {"n": 1}, {}], validator)

    result = job.execute()

    assert result.rows_loaded == 3
    assert result.warnings == ("validate: 1 warning(s): $.n check (1)",)


def test_a_full_disk_ends_the_run(monkeypatch: pytest.MonkeyPatch, work: Any) -> None:
    """It is the fault of no record, so none is rejected for it."""

    def fail(*_: object) -> Any:
        raise TransientError("the disk is full")

    monkeypatch.setattr(Ledger, "admit", fail)

    worked = work([{"id": 1}], validator=COUNTING)

    assert str(worked.error) == "the disk is full"
    assert worked.trail.tally.rejected == 0


def test_a_repeated_value_stops_a_run_without_quarantine() -> None:
    """With the number of the second record."""
    job = ETLJob("j", "J", RecordsSource([{"id": 1}, {"id": 1}]), None, "memory:", COUNTING)

    result = job.execute()

    with pytest.raises(RecordError) as caught:
        result.raise_if_failed()
    assert str(caught.value) == (
        "job 'j', step validate: records:2: $.id is 1, which an earlier record has too. Nothing was "
        "loaded. Mend the record or the step, or set such records aside with on_error=Quarantine()"
    )
