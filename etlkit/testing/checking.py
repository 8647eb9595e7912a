"""check_transformation: what every step promises, tried on records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from attrs import frozen

from etlkit._optional import require
from etlkit._words import flag
from etlkit.records import as_object, expect_records, own
from etlkit.testing.faults import (
    changes,
    changes_counts,
    changes_what_is_applied,
    dict_form,
    differs,
    has_other_form,
    runs_otherwise,
    swallows,
)
from etlkit.testing.samples import goes_through, made_up
from etlkit.testing.tables import rows
from etlkit.testing.trials import Trial
from etlkit.transformations.compound_verbs import CompoundVerb
from etlkit.transformations.dict_form import VERBS
from etlkit.transformations.filters import Filter
from etlkit.transformations.maps import FlatMap, Map
from etlkit.transformations.step import Chain
from etlkit.transformations.verbs import Verb


if TYPE_CHECKING:
    from etlkit.records import Record
    from etlkit.transformations.step import Step

_EXAMPLES = 50


def check_transformation(
    step: Step, records: Iterable[Record] | str | None = None, *, in_place: bool = False
) -> None:
    """Fail unless a step keeps what every step promises; all that it breaks is told at once.

    - It leaves the records that it is given as they were.
    - It makes the same of the same records each time.
    - It swallows no error: what it cannot work with, it refuses.
    - It accounts for each record: one is not dropped, or made two, without being counted.
    - Its compiled form does what its plain form does.
    - A verb of etlkit has a dict form, which reads back to an equal verb.

    The functions of the step are called many times, also with values that nothing can be
    done with.

    Args:
        step: A step, or several joined by ``|``.
        records: Records that it is tried on, as a list or as a table for :func:`rows`, at
            least one of which it does not refuse. Or a strategy of Hypothesis that draws
            records, such as :func:`records` makes of a validator. None makes some up, with
            the fields that the step looks for.
        in_place: It may change the records that it is given, since a run hands each step a
            record of its own. The verbs of etlkit may do so.

    Raises:
        AssertionError: It breaks a promise; the message says which, and how to mend it.
        ConfigurationError: It is no step, or ``records`` are none.

    Example:
        >>> from etlkit import F
        >>> from etlkit.transformations import Derive, Map
        >>> check_transformation(Derive(total=F.price * F.n))
        >>> def shout(record):
        ...     record["name"] = record["name"].upper()
        ...     return record
        >>> check_transformation(Map(shout), [{"name": "Ada"}])
        Traceback (most recent call last):
            ...
        AssertionError: Map(shout) breaks what every step promises:
        - It changes a record that it is given: $.name is 'ADA', expected 'Ada'.
          Make another one: return {**record, 'name': ...}. A run gives each step a record of
          its own, so where the function is used in runs only, in_place=True allows it.
    """
    __tracebackhide__ = True
    chain = Chain.of(step)
    flag("check_transformation: in_place", in_place)
    if hasattr(records, "example") and hasattr(records, "flatmap"):
        _check_drawn(chain, records, in_place=in_place)
        return
    sample = made_up(chain) if records is None else _listed(records)
    tried = _tried(chain, sample, in_place=in_place)
    if tried.stuck and records is None:
        sample = [record for record in sample if goes_through(chain.parts(), [own(record)])]
        tried = _tried(chain, sample, in_place=in_place) if sample else tried
    tried.fail()


def _check_drawn(chain: Chain, strategy: Any, *, in_place: bool) -> None:
    """Check on records that a strategy draws; the smallest that fail are told."""
    hypothesis = require(
        "hypothesis", extra="testing", purpose="check_transformation with a strategy"
    )
    lists = hypothesis.strategies.lists(strategy, min_size=1, max_size=8)

    def check(drawn: list[Record]) -> None:
        _tried(chain, drawn, in_place=in_place, may_refuse_all=True).fail()

    repeatable = hypothesis.settings(
        deadline=None, max_examples=_EXAMPLES, derandomize=True, database=None
    )
    repeatable(hypothesis.given(lists)(check))()


def _listed(records: Iterable[Record] | str) -> list[Record]:
    if isinstance(records, str):
        return rows(records)
    expect_records(records, "check_transformation")
    return [as_object(one) for one in records]


@frozen
class _Tried:
    """What came of trying a chain on a sample.

    Attributes:
        chain: The steps.
        problems: What is wrong with them.
        stuck: The sample came to its end before that of the chain.
    """

    chain: Chain
    problems: Sequence[str]
    stuck: bool = False

    def fail(self) -> None:
        """Fail with all that is wrong, if anything is."""
        __tracebackhide__ = True
        if self.problems:
            listed = "\n".join(f"- {one}" for one in dict.fromkeys(self.problems))
            message = f"{self.chain.label} breaks what every step promises:\n{listed}"
            raise AssertionError(message)


def _tried(
    chain: Chain, sample: list[Record], *, in_place: bool, may_refuse_all: bool = False
) -> _Tried:
    """Try a chain on a sample, one step after the other, and then as a job."""
    said: list[str] = []
    current, refused = sample, 0
    for step in chain.steps:
        about = "" if len(chain.steps) == 1 else f"{step.label}: "
        trial = Trial(step, current)
        unknown = trial.failure() or ("" if may_refuse_all else trial.all_refused())
        if unknown:
            return _Tried(chain, [*said, f"{about}{unknown}"], stuck=True)
        may_change = in_place or _is_ours(step)
        said += [f"{about}{one}" for one in _faults(step, trial, may_change=may_change)]
        current, refused = trial.first.records, refused + len(trial.first.refused)
    if not said:
        said += runs_otherwise(chain, sample, None if refused else current)
    return _Tried(chain, said)


def _is_ours(step: Step) -> bool:
    """Whether it is a verb that itself changes the record that the run owns."""
    return isinstance(step, (Verb, CompoundVerb)) and not isinstance(step, (Filter, FlatMap, Map))


def _faults(step: Step, trial: Trial, *, may_change: bool) -> Iterator[str]:
    if not may_change:
        yield from changes(trial)
    said = [*differs(trial), *changes_counts(trial)]
    yield from said or has_other_form(trial)
    yield from changes_what_is_applied(step, trial.given)
    yield from swallows(trial.parts, trial.given)
    if isinstance(step, (Verb, CompoundVerb)) and type(step).__name__ in VERBS:
        yield from dict_form(step)
