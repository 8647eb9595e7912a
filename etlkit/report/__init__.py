"""Pictures of runs: a progress bar for terminals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from etlkit._lazy import lazy_names


if TYPE_CHECKING:
    from etlkit.report.progress import ProgressBar

__all__ = ["ProgressBar"]

__getattr__, __dir__ = lazy_names(__name__, {"ProgressBar": "etlkit.report.progress"})
