"""What is remembered of runs: rejected records, and the log of results."""

from __future__ import annotations

from typing import TYPE_CHECKING

from etlkit._lazy import lazy_names


if TYPE_CHECKING:
    from etlkit.state.quarantine import Quarantine
    from etlkit.state.result_log import ResultLog

__all__ = ["Quarantine", "ResultLog"]

__getattr__, __dir__ = lazy_names(
    __name__,
    {"Quarantine": "etlkit.state.quarantine", "ResultLog": "etlkit.state.result_log"},
)
