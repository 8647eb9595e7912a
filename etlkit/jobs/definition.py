"""The parts of a job as one value, for those who run it and those who describe it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen


if TYPE_CHECKING:
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

    @property
    def sensitive_places(self) -> tuple[Place, ...]:
        """The places of the fields whose values are masked, of the source and both validators."""
        rooms = (self.source, self.input_validator, self.validator)
        places = [place for room in rooms if room is not None for place in room.sensitive_places]
        return tuple(dict.fromkeys(places))
