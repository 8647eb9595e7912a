"""Doubles for tests of pipelines: time that passes only when told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from etlkit._lazy import lazy_names


if TYPE_CHECKING:
    from etlkit.testing.clock import FakeClock

__all__ = ["FakeClock"]

__getattr__, __dir__ = lazy_names(__name__, {"FakeClock": "etlkit.testing.clock"})
