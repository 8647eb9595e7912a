"""How records change: steps, and the chains that they make."""

from __future__ import annotations

from typing import TYPE_CHECKING

from etlkit._lazy import lazy_names


if TYPE_CHECKING:
    from etlkit.transformations.filters import Filter
    from etlkit.transformations.functions import Transformation
    from etlkit.transformations.groups import Aggregate
    from etlkit.transformations.maps import FlatMap, Map
    from etlkit.transformations.step import Chain, RecordStep, StageStep, Step

__all__ = [
    "Aggregate",
    "Chain",
    "Filter",
    "FlatMap",
    "Map",
    "RecordStep",
    "StageStep",
    "Step",
    "Transformation",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "Aggregate": "etlkit.transformations.groups",
        "Chain": "etlkit.transformations.step",
        "Filter": "etlkit.transformations.filters",
        "FlatMap": "etlkit.transformations.maps",
        "Map": "etlkit.transformations.maps",
        "RecordStep": "etlkit.transformations.step",
        "StageStep": "etlkit.transformations.step",
        "Step": "etlkit.transformations.step",
        "Transformation": "etlkit.transformations.functions",
    },
)
