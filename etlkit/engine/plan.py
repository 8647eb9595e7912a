"""What a run will do, worked out before anything is read: stages of fused steps."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from attrs import evolve, field, frozen

from etlkit._words import did_you_mean, shown
from etlkit.engine.check import Check
from etlkit.errors import ConfigurationError
from etlkit.formats.objects import HAND_OVER
from etlkit.transformations.step import RecordStep, StageStep


if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from etlkit._clock import Clock
    from etlkit.formats.format import Encoder
    from etlkit.runs.tally import StepTally
    from etlkit.transformations.readable import Readable
    from etlkit.validation.validator import DataValidator


@frozen
class Stage:
    """Steps that see one record at a time, and the step over several that ends them.

    Attributes:
        steps: The record-wise steps, in order.
        first: Number of the first of them among all steps of the plan.
        encoder: The last thing that happens to a record of the stage.
        end: The step that takes the records of the stage; None for the last stage.
        encoders: The encoders of the named outputs that its steps send records to.
        hashed: Whether what leaves the chain has row hashes.
    """

    steps: tuple[RecordStep, ...]
    first: int
    encoder: Encoder
    end: StageStep | None = None
    encoders: Mapping[str, Encoder] = field(factory=dict, kw_only=True)
    hashed: bool = field(default=False, kw_only=True)

    def fresh(
        self, tallies: Sequence[StepTally], ends: ExitStack, clock: Clock | None = None
    ) -> Stage:
        """The stage with steps for one attempt; the stage itself if none keeps a state.

        Args:
            tallies: What the steps of the plan hand their counts over to.
            ends: Finishes the steps when it is closed.
            clock: The time, for steps that wait; None where none of them should.
        """
        steps: list[RecordStep] = []
        own = tallies[self.first : self.first + len(self.steps)]
        for step, tally in zip(self.steps, own, strict=True):
            steps.append(step.fresh() if clock is None else step.timed(clock))
            ends.callback(steps[-1].finish, tally)
        same = all(new is old for new, old in zip(steps, self.steps, strict=True))
        return self if same else evolve(self, steps=tuple(steps))

    def behind(self, index: int) -> Stage:
        """The stage for records that go on behind one of its steps."""
        return evolve(self, steps=self.steps[index + 1 :], first=self.first + index + 1)


@frozen
class Plan:
    """The stages of a run.

    Attributes:
        stages: At least one; only the last has no ``end``.
        steps: The steps of all stages in order, validators among them.
        outputs: The names of the outputs besides the main one.
        hashed: Whether what leaves the chain has row hashes.
    """

    stages: tuple[Stage, ...]
    outputs: tuple[str, ...] = ()
    hashed: bool = False

    @contextmanager
    def fresh(self, tallies: Sequence[StepTally], clock: Clock | None = None) -> Iterator[Plan]:
        """The plan with steps for one attempt; the plan itself if none keeps a state.

        At the end each of its steps is finished, whatever happened, and whether or not
        others can be.

        Args:
            tallies: What the steps hand their counts over to, one for each.
            clock: The time, for steps that wait; None where none of them should.
        """
        with ExitStack() as ends:
            stages = tuple(stage.fresh(tallies, ends, clock) for stage in self.stages)
            same = all(new is old for new, old in zip(stages, self.stages, strict=True))
            yield self if same else evolve(self, stages=stages)

    @property
    def reads(self) -> tuple[Readable, ...]:
        """Every source that a step reads beside the records of the run."""
        return tuple(one for stage in self.stages for step in stage.steps for one in step.reads)

    @property
    def steps(self) -> tuple[RecordStep | StageStep, ...]:
        """Every step of every stage."""
        found: list[RecordStep | StageStep] = []
        for stage in self.stages:
            found.extend(stage.steps)
            if stage.end is not None:
                found.append(stage.end)
        return tuple(found)


def make_plan(
    steps: Iterable[RecordStep | StageStep],
    encoder: Encoder,
    *,
    encoders: Mapping[str, Encoder] | None = None,
    validator: DataValidator | None = None,
    input_validator: DataValidator | None = None,
    hashed: bool = False,
) -> Plan:
    """The plan of a chain between its two validators.

    Args:
        steps: The chain.
        encoder: That of the main output, where the end of the chain goes.
        encoders: Those of the other outputs, by name.
        validator: Judges what comes to the end of the chain, and nothing else.
        input_validator: Judges what comes from the source.
        hashed: Make a row hash of each record that goes to an output.

    Raises:
        ConfigurationError: A step is neither record-wise nor ends a stage; or the outputs
            are not those that the steps send records to.
    """
    every: list[RecordStep | StageStep] = list(steps)
    if input_validator is not None:
        every.insert(0, Check("validate input", input_validator))
    if validator is not None:
        every.append(Check("validate", validator))
    outputs = dict(encoders or {})
    stages = tuple(
        evolve(stage, encoders=_used(stage, outputs), hashed=hashed)
        for stage in _stages(every, encoder)
    )
    _check_fed(stages, outputs)
    return Plan(stages, tuple(outputs), hashed)


def _stages(steps: Sequence[object], encoder: Encoder) -> Iterable[Stage]:
    fused: list[RecordStep] = []
    first = 0
    for number, step in enumerate(steps):
        if isinstance(step, RecordStep):
            fused.append(step)
        elif isinstance(step, StageStep):
            yield Stage(tuple(fused), first, HAND_OVER, step)
            fused, first = [], number + 1
        else:
            message = f"{shown(step)} is neither a RecordStep nor a StageStep"
            raise ConfigurationError(message)
    releases = all(step.releases for step in fused)
    yield Stage(tuple(fused), first, encoder.taking() if releases else encoder)


def _used(stage: Stage, outputs: Mapping[str, Encoder]) -> Mapping[str, Encoder]:
    """The encoders of the outputs that the steps of a stage send records to."""
    used: dict[str, Encoder] = {}
    for step in stage.steps:
        given: object = step.outputs
        if not isinstance(given, tuple):
            message = f"step {step.label}: outputs is a tuple of names, got {shown(given)}"
            raise ConfigurationError(message)
        for name in step.outputs:
            if name not in outputs:
                message = (
                    f"step {step.label} sends records to the output {name!r}, which has no "
                    f"loader{did_you_mean(name, outputs)}; give the job "
                    f"loaders={{{name!r}: ...}}"
                )
                raise ConfigurationError(message)
            used[name] = outputs[name]
    for name in _last(stage.steps):
        used[name] = used[name].taking()
    return used


def _last(steps: Sequence[RecordStep]) -> Iterator[str]:
    """The outputs of a stage that get records which nobody else has."""
    if all(step.releases for step in steps):
        shared = {name for step in steps if not step.sends_last for name in step.outputs}
        yield from {name for step in steps for name in step.outputs} - shared


def _check_fed(stages: Sequence[Stage], outputs: Iterable[str]) -> None:
    """Refuse outputs that nothing would ever come to."""
    fed = [name for stage in stages for name in stage.encoders]
    for name in outputs:
        if name not in fed:
            sent = ", ".join(map(repr, dict.fromkeys(fed)))
            message = (
                f"loaders: no step sends records to the output {name!r}"
                f"{did_you_mean(name, fed)}; "
                + (f"the steps send to {sent}" if fed else "no step of the chain sends any")
            )
            raise ConfigurationError(message)
