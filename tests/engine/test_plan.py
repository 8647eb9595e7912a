"""What a run will do, worked out before anything is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from etlkit import DataValidator, Transformation
from etlkit.engine.plan import Check, make_plan
from etlkit.errors import ConfigurationError
from etlkit.expressions import F
from etlkit.formats.json.lines import JsonLinesEncoder
from etlkit.formats.objects import HAND_OVER, RECORDS
from etlkit.records import Unfit
from etlkit.transformations import Aggregate, Derive, Filter, Map, Route, Select, Split, Tap


if TYPE_CHECKING:
    from etlkit.engine.plan import Plan
    from etlkit.formats.format import Encoder
    from etlkit.transformations import RecordStep

ENCODER = JsonLinesEncoder()
VALIDATOR = DataValidator({"n": {"required": True, "type": int}})


def shape(plan: Plan) -> list[tuple[list[str], int, Any, str | None]]:
    """Steps, number of the first, encoder and end of each stage."""
    return [
        (
            [step.label for step in stage.steps],
            stage.first,
            stage.encoder,
            None if stage.end is None else stage.end.label,
        )
        for stage in plan.stages
    ]


def test_record_wise_steps_are_one_stage() -> None:
    """Between the validators, which are steps as well."""
    plan = make_plan(
        [Map(dict), Filter(bool)], ENCODER, validator=VALIDATOR, input_validator=VALIDATOR
    )

    assert shape(plan) == [
        (["validate input", "Map(dict)", "Filter(bool)", "validate"], 0, ENCODER, None)
    ]


def test_a_step_over_several_records_ends_a_stage() -> None:
    """Only the last stage encodes; steps are numbered through."""
    parts = [
        *Aggregate("a").parts(),
        Map(dict),
        *Transformation("sort", sorted).parts(),
        *Transformation("top", list).parts(),
    ]

    plan = make_plan(parts, ENCODER, validator=VALIDATOR)

    assert shape(plan) == [
        (["Aggregate(by a): key"], 0, HAND_OVER, "Aggregate(by a)"),
        (["Map(dict)"], 2, HAND_OVER, "sort"),
        ([], 4, HAND_OVER, "top"),
        (["validate"], 5, ENCODER, None),
    ]
    assert [step.label for step in plan.steps] == [
        "Aggregate(by a): key",
        "Aggregate(by a)",
        "Map(dict)",
        "sort",
        "top",
        "validate",
    ]


def test_nothing_to_do_is_one_empty_stage() -> None:
    """Records go from the source to the destination."""
    plan = make_plan([], ENCODER)

    assert shape(plan) == [([], 0, ENCODER, None)]
    assert plan.steps == ()


def test_what_is_no_step_is_refused() -> None:
    """A part is record-wise or ends a stage."""
    wrong: Any = "Map"

    with pytest.raises(ConfigurationError) as caught:
        make_plan([wrong], ENCODER)

    assert str(caught.value) == "'Map' is neither a RecordStep nor a StageStep"


class Send(Map):
    """Sends each record to outputs, besides."""

    outputs = ("bad", "good")


def test_a_stage_has_the_encoders_that_its_steps_send_to() -> None:
    """The plan has the names of all outputs."""
    parts = [Send(dict), *Transformation("sort", sorted).parts(), Map(dict)]

    plan = make_plan(parts, ENCODER, encoders={"good": HAND_OVER, "bad": ENCODER}, hashed=True)

    assert plan.outputs == ("good", "bad")
    assert [dict(stage.encoders) for stage in plan.stages] == [
        {"bad": ENCODER, "good": HAND_OVER},
        {},
    ]
    assert [stage.hashed for stage in plan.stages] == [True, True]


@pytest.mark.parametrize(
    ("names", "meant"),
    [(("good", "bda"), "; did you mean 'bda'?"), ((), "")],
    ids=["misspelt", "missing"],
)
def test_a_step_sends_to_outputs_that_there_are(names: tuple[str, ...], meant: str) -> None:
    """The message says what is missing."""
    with pytest.raises(ConfigurationError) as caught:
        make_plan([Send(dict)], ENCODER, encoders=dict.fromkeys(names, ENCODER))

    assert str(caught.value) == (
        f"step Map(dict) sends records to the output 'bad', which has no loader{meant}; "
        "give the job loaders={'bad': ...}"
    )


def test_the_outputs_of_a_step_are_a_tuple() -> None:
    """A text would be taken for as many outputs as it has letters."""
    step: Any = type("Send", (Map,), {"outputs": "bad"})(dict)

    with pytest.raises(ConfigurationError) as caught:
        make_plan([step], ENCODER, encoders={"bad": ENCODER})

    assert str(caught.value) == "step Map(dict): outputs is a tuple of names, got 'bad'"


def test_an_output_is_one_that_steps_send_to() -> None:
    """It would wait for nothing."""
    names = ("good", "bad", "god")

    with pytest.raises(ConfigurationError) as caught:
        make_plan([Send(dict)], ENCODER, encoders=dict.fromkeys(names, ENCODER))

    assert str(caught.value) == (
        "loaders: no step sends records to the output 'god'; did you mean 'good'?; "
        "the steps send to 'bad', 'good'"
    )


def test_an_output_needs_a_step_that_sends_to_it() -> None:
    """A chain without such a step has one output only."""
    with pytest.raises(ConfigurationError) as caught:
        make_plan([Map(dict)], ENCODER, encoders={"bad": ENCODER})

    assert str(caught.value) == (
        "loaders: no step sends records to the output 'bad'; no step of the chain sends any"
    )


def test_a_check_lets_a_good_record_pass_unchanged() -> None:
    """The record itself goes on."""
    record = {"n": 1}

    passed = Check("validate", VALIDATOR).each(record)

    assert passed == (record,)


def test_a_check_refuses_a_bad_record_with_every_problem() -> None:
    """Whatever way the failure showed, it is told as the problems of the record."""
    check = Check("validate", VALIDATOR)

    with pytest.raises(Unfit) as caught:
        check.each({})

    explained = check.explain(KeyError("n"), {})
    assert str(caught.value) == str(explained) == "$.n is required but missing"


@pytest.mark.parametrize(
    ("steps", "encoder"),
    [
        ([], HAND_OVER),
        ([Select("n"), Derive(m=F.n), Filter(F.n > 1)], HAND_OVER),
        ([Select("n"), Map(dict)], RECORDS),
        ([Filter(bool), Select("n")], RECORDS),
        ([Derive(m=lambda record: record["n"])], RECORDS),
    ],
    ids=["no step", "verbs", "a function", "a function that looks", "a function for a field"],
)
def test_a_destination_gets_a_copy_only_of_what_a_function_has_seen(
    steps: list[RecordStep], encoder: Encoder
) -> None:
    """Such a function may return one dict again and again, and change it in between."""
    plan = make_plan(steps, RECORDS)

    assert plan.stages[-1].encoder is encoder


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([Route({"left": F.n > 1})], {"left": HAND_OVER}),
        ([Split(F.n > 1, matched="left")], {"left": HAND_OVER}),
        ([Tap("left"), Split(F.n > 1, matched="right")], {"left": RECORDS, "right": HAND_OVER}),
        ([Tap("left"), Split(F.n > 1, matched="left")], {"left": RECORDS}),
        ([Split(F.n > 1, matched="left"), Map(dict)], {"left": RECORDS}),
    ],
    ids=["route", "split", "tap", "both to one", "a function"],
)
def test_an_output_gets_a_copy_only_of_what_goes_elsewhere_too(
    steps: list[RecordStep], expected: dict[str, Encoder]
) -> None:
    """What a step sends to an output alone, nobody changes any more."""
    plan = make_plan(steps, RECORDS, encoders=dict.fromkeys(expected, RECORDS))

    assert plan.stages[-1].encoders == expected
