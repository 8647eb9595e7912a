"""Datasets: folders of parts, and the commit log that says which parts count."""

from __future__ import annotations

from typing import TYPE_CHECKING

from etlkit._lazy import lazy_names


if TYPE_CHECKING:
    from etlkit.lake.live import live_parts
    from etlkit.lake.log import CommitLog

__all__ = ["CommitLog", "live_parts"]

__getattr__, __dir__ = lazy_names(
    __name__, {"CommitLog": "etlkit.lake.log", "live_parts": "etlkit.lake.live"}
)
