"""Whether records may pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

from etlkit._lazy import lazy_names


if TYPE_CHECKING:
    from etlkit.validation.validator import DataValidator

__all__ = ["DataValidator"]

__getattr__, __dir__ = lazy_names(__name__, {"DataValidator": "etlkit.validation.validator"})
