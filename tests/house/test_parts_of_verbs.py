"""The five parts that each verb has, so that a new one without them is not forgotten."""

from __future__ import annotations

import doctest
import json
import re

from pathlib import Path
from typing import Any, get_args

import pytest

from etlkit import Transformation, transformations
from etlkit.transformations import Chain, Step, from_dict, to_dict
from etlkit.transformations.compound_verbs import CompoundVerb
from etlkit.transformations.dict_form import VERBS
from etlkit.transformations.step import Memory, RecordStep, StageStep
from etlkit.transformations.verbs import Verb
from transformations.every_verb import CALLING, KEY, NAMES, OF_SEVERAL, STEPS
from verbs.page import PAGE, line, page


TESTS = Path(__file__).parents[1] / "transformations"
_FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
NO_VERBS = {Chain, RecordStep, StageStep, Step, Transformation}

every_verb = pytest.mark.parametrize("name", VERBS)


def kind_of(name: str) -> Any:
    """The class of a verb."""
    return getattr(transformations, name)


def test_each_public_step_is_a_verb_of_the_registry() -> None:
    """But for the contracts, and the function over a dataset."""
    public = {name: getattr(transformations, name) for name in transformations.__all__}
    steps = {
        name for name, one in public.items() if isinstance(one, type) and issubclass(one, Step)
    }

    assert steps - {kind.__name__ for kind in NO_VERBS} == set(VERBS)
    assert list(VERBS) == sorted(VERBS)


@every_verb
def test_a_verb_has_an_example_that_runs(name: str) -> None:
    """In the docstring of its class, which calls it and shows what comes out."""
    kind = kind_of(name)

    (example, *_) = doctest.DocTestFinder(recurse=False).find(kind, name, globs={name: kind})
    done = doctest.DocTestRunner(optionflags=_FLAGS).run(example)

    assert any(f"{name}(" in one.source for one in example.examples)
    assert any(one.want for one in example.examples)
    assert done.failed == 0


@every_verb
def test_a_verb_has_a_file_of_tests(name: str) -> None:
    """Called by its name in small letters: test_fill_null.py, test_hash_pii.py."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
    path = TESTS / f"test_{words}.py"

    text = path.read_text(encoding="utf-8")

    assert f"{name}(" in text
    assert "def test_" in text


@every_verb
def test_a_verb_has_a_dict_form_that_reads_back(name: str) -> None:
    """Of each of its examples, through JSON."""
    examples = [
        step for step in [*STEPS, *CALLING, *OF_SEVERAL.values()] if type(step).__name__ == name
    ]

    data = [json.loads(json.dumps(to_dict(step, names=NAMES))) for step in examples]

    assert data != []
    assert [from_dict(one, names=NAMES, keys={"k": KEY}) for one in data] == examples


@every_verb
def test_a_verb_says_what_it_holds(name: str) -> None:
    """One that sees several records says so in its own class; another holds a batch."""
    kind = kind_of(name)

    said = kind.memory

    assert issubclass(kind, Verb | CompoundVerb)
    assert said in get_args(Memory)
    assert "memory" in vars(kind) or issubclass(kind, RecordStep)


@every_verb
def test_a_verb_has_a_line_in_the_reference(name: str) -> None:
    """Its first sentence, what it sees, makes and counts as, and what it holds."""
    text = PAGE.read_text(encoding="utf-8")

    written = line(name)

    assert written in text.splitlines()
    assert all(cell.strip() for cell in written.strip("|").split("|"))


def test_the_page_of_verbs_is_up_to_date() -> None:
    """It is made of the classes: `python -m verbs`, run in tests/, writes it anew."""
    assert PAGE.read_text(encoding="utf-8") == page()
