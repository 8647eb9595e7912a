"""One run: plan, kernel, run loop, commit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from etlkit._lazy import lazy_names


if TYPE_CHECKING:
    from etlkit.engine.progress import Progress

__all__ = ["Progress"]

__getattr__, __dir__ = lazy_names(__name__, {"Progress": "etlkit.engine.progress"})
