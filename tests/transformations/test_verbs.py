"""What holds for every verb: two forms that agree, accounting, and data that reads back."""

from __future__ import annotations

import copy
import json

from typing import TYPE_CHECKING, Any

import pytest

from hypothesis import given, settings
from hypothesis import strategies as st

from etlkit import F, transformations
from etlkit.expressions import lit
from etlkit.transformations import (
    Cast,
    Derive,
    Drop,
    Enumerate,
    Explode,
    Extract,
    FillNull,
    Filter,
    Flatten,
    HashPII,
    Limit,
    Mask,
    Melt,
    ParseDate,
    Redact,
    Rename,
    Reorder,
    Replace,
    Route,
    Select,
    Split,
    Standardize,
    Tap,
    Throttle,
    from_dict,
    to_dict,
)
from etlkit.transformations.dict_form import VERBS
from etlkit.transformations.stage_verbs import StageVerb
from transformations.conftest import Told, both


if TYPE_CHECKING:
    from etlkit.transformations.verbs import Verb

KEY = "an example and no secret"

STEPS: list[Verb] = [
    Cast(a=int, b=str),
    Cast({"a": bool, "b": float}, strict=False, missing="ignore"),
    Derive(a=F.b, b=F.a, c=F.a + 1),
    Derive(c=F.a.default(None), d=F.b.cast(str).fill_null("x"), e=lit([1, 2])),
    Drop("a", "b"),
    Drop("a", "b", missing="ignore"),
    Enumerate("d"),
    Enumerate("a", start=-1, side="last"),
    Extract("a", r"(?P<a>x)?(?P<d>.)"),
    Extract("b", "(?P<c>[0-9]+)", strict=False, missing="ignore"),
    Explode("a"),
    Explode("a", empty="drop", missing="ignore"),
    Explode("b", empty="drop"),
    FillNull("?"),
    FillNull([]),
    FillNull(a=0, b=[]),
    FillNull({"a": 0, "b": [{}]}, missing="fill"),
    FillNull({"a": 0, "b": 1}, missing="ignore"),
    Filter(F.a > 1),
    Filter(F.a),
    Filter(F.a.default(None).is_null() | (F.b == "x")),
    Flatten(),
    Flatten("a"),
    Flatten("b", separator=".", missing="ignore"),
    HashPII("a", "b", key=KEY, key_id="k"),
    HashPII("a", key=KEY, key_id="k", missing="ignore"),
    Limit(0),
    Limit(2),
    Mask("a", "b"),
    Melt("a"),
    Melt(index=["b", "a"], nulls="drop"),
    Melt(["b", "a"], index="c", variable_name="d"),
    Melt(["b", "c"], value_name="a", missing="ignore"),
    Melt(["c", "a"], index=["b", "a_b"], value_name="a", nulls="drop", missing="ignore"),
    Melt(index="c", missing="ignore"),
    ParseDate("a", "%Y"),
    ParseDate("b", ["%Y", "%y", "%H%y"], strict=False, missing="ignore"),
    Mask("a", "b", keep_last=0, missing="ignore"),
    Mask("b", keep_last=1),
    Redact("a", "b"),
    Redact("b", with_="", missing="ignore"),
    Rename(a="b", b="a"),
    Rename({"a": "c", "b": "d"}, missing="ignore"),
    Reorder("b", "a"),
    Reorder("a", "c", missing="ignore"),
    Reorder("c", missing="null"),
    Reorder("b", "a", side="last"),
    Reorder("a", "c", side="last", missing="ignore"),
    Reorder("a", side="last", missing="null"),
    Replace("a", {1: "one", None: "none", "x": [1], (): "?"}),
    Replace("a", {"x": "y", "yz": 5}, default=0, missing="ignore"),
    Replace("b", {"x": "y"}, unmapped="keep"),
    Route({"left": F.a > 1, "right": F.b == "x"}),
    Route({"left": F.a.default(None).is_null()}, default="right"),
    Select("b", "a"),
    Select("a", "c", missing="ignore"),
    Select("a", "c", missing="null"),
    Split(F.a > 1, matched="left"),
    Split(F.a > 1, unmatched="right"),
    Split(F.a.default(None).is_null(), matched="left", unmatched="right"),
    Standardize("a", {"x": ["X X", "x-y."], "yz": []}),
    Standardize("a", {"x": ["y"]}, default="z", missing="ignore"),
    Standardize.us_states("b", unmapped="keep"),
    Tap("left"),
    Tap("left", where=F.a > 1),
    Throttle(per_second=5),
]

every_step = pytest.mark.parametrize("step", STEPS, ids=repr)

VALUES: Any = st.recursive(
    st.sampled_from(
        [None, True, False, 0, 1, 2, 1.0, 2.5, "", "x", "X  x", "yz", "12345", "ny", "2026", "26"]
    ),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["a", "b", "b_a", "c"]), inner, max_size=2)
    ),
    max_leaves=4,
)
RECORDS = st.dictionaries(st.sampled_from(["a", "b", "c", "a_b", "a.b"]), VALUES, max_size=4)


@every_step
@settings(deadline=None, max_examples=30)
@given(records=st.lists(RECORDS, max_size=4))
def test_the_compiled_form_does_what_the_plain_form_does(
    step: Verb, records: list[dict[str, Any]]
) -> None:
    """Records, their order of fields, counts, outputs and messages; each is accounted for."""
    compiled, plain = both(step, *records)

    assert repr(compiled) == repr(plain)
    assert compiled.balance == len(records)


@every_step
def test_the_caller_keeps_the_records(step: Verb) -> None:
    """They are as they were, and a second look gives the same."""
    records: list[Any] = [{"a": "x", "b": "x", "c": [1]}, {"a": [{"b": 1}], "b": {"c": {}}}]
    before = copy.deepcopy(records)

    made = [both(step, *records), both(step, *records)]

    assert records == before
    assert made[0] == made[1]


@every_step
def test_a_verb_is_data_and_reads_back(step: Verb) -> None:
    """JSON can hold it, and nothing of it is lost."""
    made = from_dict(json.loads(json.dumps(to_dict(step))), keys={"k": KEY})

    assert made == step
    assert repr(made) == repr(step)
    assert hash(made) == hash(step)


@every_step
def test_a_verb_holds_one_record_at_a_time(step: Verb) -> None:
    """It can be looked into, and is named by what it does, in one short line."""
    assert (step.memory, step.opaque) == ("streaming", None)
    assert step.label.startswith(type(step).__name__)
    assert len(step.label) <= 80


def test_each_verb_of_the_registry_is_among_these() -> None:
    """A new verb is tested like the others."""
    kinds = {name: getattr(transformations, name) for name in VERBS}

    of_one = {name for name, kind in kinds.items() if not issubclass(kind, StageVerb)}

    assert {type(step).__name__ for step in STEPS} == of_one


def test_two_verbs_are_equal_if_they_do_the_same() -> None:
    """Each of these is another one."""
    assert len(set(STEPS)) == len(STEPS)


def test_nothing_in_is_nothing_out() -> None:
    """The helper of these tests counts as well."""
    assert both(Drop("a")) == [Told()] * 2
