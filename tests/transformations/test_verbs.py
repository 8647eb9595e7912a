"""What holds for every verb: two forms that agree, accounting, and data that reads back."""

from __future__ import annotations

import copy
import json

from typing import TYPE_CHECKING, Any

import pytest

from hypothesis import given, settings
from hypothesis import strategies as st

from etlkit.transformations import Drop, from_dict, to_dict
from etlkit.transformations.dict_form import VERBS
from transformations.conftest import Told, both
from transformations.every_verb import CALLING, KEY, NAMES, OF_SEVERAL, STEPS


if TYPE_CHECKING:
    from etlkit.transformations.verbs import Verb

every_step = pytest.mark.parametrize("step", [*STEPS, *CALLING], ids=repr)

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
@settings(deadline=None, max_examples=30)
@given(records=st.lists(RECORDS, max_size=4))
def test_a_verb_counts_as_the_reference_says(step: Verb, records: list[dict[str, Any]]) -> None:
    """Records are left out and added only by verbs that say so."""
    compiled, _ = both(step, *records)

    assert not compiled.filtered or "filtered" in step.counts_as
    assert not compiled.produced or "produced" in step.counts_as


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
    data = json.loads(json.dumps(to_dict(step, names=NAMES)))

    made = from_dict(data, names=NAMES, keys={"k": KEY})

    assert made == step
    assert repr(made) == repr(step)
    assert hash(made) == hash(step)


@pytest.mark.parametrize("step", STEPS, ids=repr)
def test_a_verb_holds_one_record_at_a_time(step: Verb) -> None:
    """It can be looked into, and is named by what it does, in one short line."""
    assert (step.memory, step.opaque) == ("streaming", None)
    assert step.label.startswith(type(step).__name__)
    assert len(step.label) <= 80


def test_each_verb_of_the_registry_is_among_these() -> None:
    """A new verb is tested like the others."""
    every = [*STEPS, *CALLING, *OF_SEVERAL.values()]

    assert {type(step).__name__ for step in every} == set(VERBS)


def test_two_verbs_are_equal_if_they_do_the_same() -> None:
    """Each of these is another one."""
    assert len(set(STEPS)) == len(STEPS)


def test_nothing_in_is_nothing_out() -> None:
    """The helper of these tests counts as well."""
    assert both(Drop("a")) == [Told()] * 2
