"""Fixtures for pytest; nothing of etlkit is loaded before a test asks for one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest


if TYPE_CHECKING:
    from etlkit.service import ETLPipelineService
    from etlkit.testing.clock import FakeClock
    from etlkit.testing.failing import FailingDestination
    from etlkit.testing.fake_api import FakeAPI


@pytest.fixture
def fake_clock() -> FakeClock:
    """Time that passes only when somebody sleeps or advances it."""
    from etlkit.testing.clock import FakeClock

    return FakeClock()


@pytest.fixture
def etl_service(tmp_path: Path, fake_clock: FakeClock) -> Iterator[ETLPipelineService]:
    """A service whose root is in ``tmp_path``, with the time of ``fake_clock``."""
    from etlkit.service import ETLPipelineService

    service = ETLPipelineService(tmp_path / ".etlkit", clock=fake_clock)
    yield service
    service.state.close()  # or a warning would say later that its database was left open


@pytest.fixture
def fake_api(fake_clock: FakeClock) -> Iterator[FakeAPI]:
    """An HTTP server on 127.0.0.1 that answers as ``respond`` says, on ``fake_clock``."""
    from etlkit.testing.fake_api import FakeAPI

    with FakeAPI(clock=fake_clock) as api:
        yield api


@pytest.fixture
def failing_destination() -> FailingDestination:
    """A destination in memory that fails at the first write; ``fail`` says otherwise."""
    from etlkit.testing.failing import FailingDestination

    return FailingDestination()
