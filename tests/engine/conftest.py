"""One attempt of a run, without a job around it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from attrs import frozen

from etlkit import DataLoader, DataSource, Quarantine, RecordsSource
from etlkit.destinations import MemoryDestination
from etlkit.engine.attempt import attempt
from etlkit.engine.flow import Kernels
from etlkit.engine.plan import make_plan
from etlkit.engine.task import Task, Trail
from etlkit.runs import RunContext
from etlkit.sources.source import decoded
from etlkit.state import MemoryState
from etlkit.testing import FakeClock
from etlkit.transformations import Chain


if TYPE_CHECKING:
    from collections.abc import Iterator

    from etlkit.destinations import Destination
    from etlkit.records import Batch, Record

SET_ASIDE = Quarantine()
RUN = RunContext("j", "run-1", "key-1", 1, "0123456789ab", datetime(2026, 1, 1, tzinfo=UTC))


class BatchesSource(DataSource):
    """A source that gives the batches it was given."""

    def __init__(self, *batches: Batch) -> None:
        self._batches = batches

    def records(self) -> Iterator[Record]:
        """The decoded records."""
        return (record for batch in self._batches for record in decoded(batch))

    def batches(self) -> Iterator[Batch]:
        """The batches."""
        return iter(self._batches)


@frozen
class Worked:
    """What one attempt did.

    Attributes:
        trail: What it left behind.
        error: What it ended with, or None.
        destination: Where its records went.
    """

    trail: Trail
    error: BaseException | None
    destination: Any

    @property
    def records(self) -> list[Any]:
        """What a memory destination holds now."""
        return self.destination.records

    @property
    def words(self) -> list[str]:
        """Place and message of each rejected record."""
        return [f"{one.place}: {one.message}" for one in self.trail.rejections]


def work(
    source: Any,
    steps: Any = None,
    destination: Destination | None = None,
    *,
    on_error: Quarantine | None = SET_ASIDE,
    validator: Any = None,
    input_validator: Any = None,
    **options: Any,
) -> Worked:
    """Do one attempt, and say how it went; ``on_error=None`` stops at the first failure."""
    loader = DataLoader(
        MemoryDestination() if destination is None else destination,
        mode=options.get("mode"),
        allow_empty=options.get("allow_empty", True),
    )
    plan = make_plan(
        Chain.of(steps).parts(),
        loader.destination.encoder(),
        validator=validator,
        input_validator=input_validator,
    )
    validators = [one for one in (input_validator, validator) if one is not None]
    task = Task(
        source if isinstance(source, DataSource) else RecordsSource(source),
        plan,
        Kernels.compile(plan),
        {"": loader},
        on_error,
        tuple(place for one in validators for place in one.sensitive_places),
        options.get("root"),
        options.get("state") or MemoryState(options.get("root")),
        options.get("clock", FakeClock()),
        progress=options.get("progress"),
    )
    trail = Trail()
    try:
        attempt(task, RUN, trail)
    except BaseException as error:  # noqa: BLE001 -- the test looks at it
        return Worked(trail, error, loader.destination)
    return Worked(trail, None, loader.destination)


@pytest.fixture(name="work", scope="session")
def _work() -> Any:
    """The function that does one attempt."""
    return work


@pytest.fixture(name="batches_source", scope="session")
def _batches_source() -> type[BatchesSource]:
    """The class of a source that gives the batches it was given."""
    return BatchesSource


@pytest.fixture(name="fake_clock")
def _fake_clock() -> FakeClock:
    """A clock that stands still until it is advanced."""
    return FakeClock()
