"""The parts of a job as one value, for those who run it and those who describe it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import field, frozen

from etlkit.engine.check import Check
from etlkit.engine.fingerprint import fingerprint


if TYPE_CHECKING:
    from collections.abc import Mapping

    from etlkit.destinations.loader import DataLoader
    from etlkit.engine.plan import Plan
    from etlkit.retry import RetryPolicy
    from etlkit.schema.fields import Place
    from etlkit.sources.source import DataSource
    from etlkit.state.quarantine import Quarantine
    from etlkit.validation.validator import DataValidator


@frozen
class Definition:
    """What a job consists of; the arguments of :class:`~etlkit.ETLJob`, checked.

    Attributes:
        job_id: The short name.
        name: The name for people.
        source: Where records come from.
        loader: Where they go.
        validator: Checks records after the last step.
        input_validator: Checks records before the first step.
        on_error: The policy for failing records; None stops the run.
        retry: The job's own policy, or None.
        plan: What happens to the records.
        outputs: Where named outputs of steps go, in the order in which they are committed
            before the end of the chain.
        lineage: Keep for each loaded record where it came from.
    """

    job_id: str
    name: str
    source: DataSource
    loader: DataLoader
    validator: DataValidator | None
    input_validator: DataValidator | None
    on_error: Quarantine | None
    retry: RetryPolicy | None
    plan: Plan
    outputs: Mapping[str, DataLoader] = field(factory=dict)
    lineage: bool = False
    _plan_hash: list[str] = field(factory=list, init=False, eq=False, repr=False)

    @property
    def loaders(self) -> dict[str, DataLoader]:
        """Every loader by the name of its output, in the order in which they are committed.

        The end of the chain is last and has no name.
        """
        return {**self.outputs, "": self.loader}

    @property
    def plan_hash(self) -> str:
        """Tells plans apart: steps, rules, and how records are loaded, wherever they come from.

        Worked out when first asked for; two threads that both do so find the same.
        """
        if not self._plan_hash:
            validators = [self.input_validator, self.validator]
            self._plan_hash.append(
                fingerprint(
                    [step for step in self.plan.steps if not isinstance(step, Check)],
                    [each and each.describe() for each in validators],
                    [(name, one.mode, one.key) for name, one in self.loaders.items()],
                )
            )
        return self._plan_hash[0]

    @property
    def sensitive_places(self) -> tuple[Place, ...]:
        """The places of the fields whose values are masked, of all sources and both validators."""
        steps = [step for stage in self.plan.stages for step in stage.steps]
        rooms = (self.source, *steps, self.input_validator, self.validator)
        places = [place for room in rooms if room is not None for place in room.sensitive_places]
        return tuple(dict.fromkeys(places))
