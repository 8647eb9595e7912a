"""How records change: steps, and the chains that they make.

Each family of verbs has a module, whose name says what it does: ``Sort`` is in ``sorting``. The
contracts are in ``step``, and what verbs share in ``verbs`` and ``compound_verbs``. Two folders
hold machinery: ``grouping`` is what Aggregate and Pivot are made of, and ``spilling`` what keeps
rows and keys on disk that do not fit into memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from etlkit._lazy import lazy_names


if TYPE_CHECKING:
    from etlkit.transformations.aggregating import Aggregate
    from etlkit.transformations.batching import Batch
    from etlkit.transformations.conversions import Cast, FillNull
    from etlkit.transformations.deduplicating import Deduplicate
    from etlkit.transformations.deriving import Derive
    from etlkit.transformations.dict_form import from_dict, to_dict
    from etlkit.transformations.fields import Drop, Rename, Reorder, Select
    from etlkit.transformations.filters import Filter, Limit
    from etlkit.transformations.functions import Transformation
    from etlkit.transformations.grouping.aggregations import (
        Aggregation,
        Collect,
        Count,
        CountDistinct,
        First,
        Last,
        Max,
        Mean,
        Median,
        Min,
        Quantile,
        Sum,
    )
    from etlkit.transformations.joining import Join
    from etlkit.transformations.known_fields import KnownFields
    from etlkit.transformations.looking_up import Lookup
    from etlkit.transformations.maps import FlatMap, Map
    from etlkit.transformations.nesting import Explode, Flatten
    from etlkit.transformations.numbering import Enumerate
    from etlkit.transformations.pacing import Throttle
    from etlkit.transformations.parsing import Extract, ParseDate
    from etlkit.transformations.positions import (
        DenseRank,
        Lag,
        Lead,
        Rank,
        RowNumber,
        WindowFunction,
    )
    from etlkit.transformations.privacy import HashPII, Mask, Redact
    from etlkit.transformations.ranking import TopK
    from etlkit.transformations.replacing import Replace, Standardize
    from etlkit.transformations.reshaping import Melt, Pivot
    from etlkit.transformations.routing import Route, Split, Tap
    from etlkit.transformations.sampling import Sample
    from etlkit.transformations.sorting import Sort
    from etlkit.transformations.step import Chain, RecordStep, StageStep, Step
    from etlkit.transformations.unions import Union
    from etlkit.transformations.windows import Window

__all__ = [
    "Aggregate",
    "Aggregation",
    "Batch",
    "Cast",
    "Chain",
    "Collect",
    "Count",
    "CountDistinct",
    "Deduplicate",
    "DenseRank",
    "Derive",
    "Drop",
    "Enumerate",
    "Explode",
    "Extract",
    "FillNull",
    "Filter",
    "First",
    "FlatMap",
    "Flatten",
    "HashPII",
    "Join",
    "KnownFields",
    "Lag",
    "Last",
    "Lead",
    "Limit",
    "Lookup",
    "Map",
    "Mask",
    "Max",
    "Mean",
    "Median",
    "Melt",
    "Min",
    "ParseDate",
    "Pivot",
    "Quantile",
    "Rank",
    "RecordStep",
    "Redact",
    "Rename",
    "Reorder",
    "Replace",
    "Route",
    "RowNumber",
    "Sample",
    "Select",
    "Sort",
    "Split",
    "StageStep",
    "Standardize",
    "Step",
    "Sum",
    "Tap",
    "Throttle",
    "TopK",
    "Transformation",
    "Union",
    "Window",
    "WindowFunction",
    "from_dict",
    "to_dict",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "Aggregate": "etlkit.transformations.aggregating",
        "Aggregation": "etlkit.transformations.grouping.aggregations",
        "Batch": "etlkit.transformations.batching",
        "Cast": "etlkit.transformations.conversions",
        "Chain": "etlkit.transformations.step",
        "Collect": "etlkit.transformations.grouping.aggregations",
        "Count": "etlkit.transformations.grouping.aggregations",
        "CountDistinct": "etlkit.transformations.grouping.aggregations",
        "Deduplicate": "etlkit.transformations.deduplicating",
        "DenseRank": "etlkit.transformations.positions",
        "Derive": "etlkit.transformations.deriving",
        "Drop": "etlkit.transformations.fields",
        "Enumerate": "etlkit.transformations.numbering",
        "Explode": "etlkit.transformations.nesting",
        "Extract": "etlkit.transformations.parsing",
        "FillNull": "etlkit.transformations.conversions",
        "Filter": "etlkit.transformations.filters",
        "First": "etlkit.transformations.grouping.aggregations",
        "FlatMap": "etlkit.transformations.maps",
        "Flatten": "etlkit.transformations.nesting",
        "HashPII": "etlkit.transformations.privacy",
        "Join": "etlkit.transformations.joining",
        "KnownFields": "etlkit.transformations.known_fields",
        "Lag": "etlkit.transformations.positions",
        "Last": "etlkit.transformations.grouping.aggregations",
        "Lead": "etlkit.transformations.positions",
        "Limit": "etlkit.transformations.filters",
        "Lookup": "etlkit.transformations.looking_up",
        "Map": "etlkit.transformations.maps",
        "Mask": "etlkit.transformations.privacy",
        "Max": "etlkit.transformations.grouping.aggregations",
        "Mean": "etlkit.transformations.grouping.aggregations",
        "Median": "etlkit.transformations.grouping.aggregations",
        "Melt": "etlkit.transformations.reshaping",
        "Min": "etlkit.transformations.grouping.aggregations",
        "ParseDate": "etlkit.transformations.parsing",
        "Pivot": "etlkit.transformations.reshaping",
        "Quantile": "etlkit.transformations.grouping.aggregations",
        "Rank": "etlkit.transformations.positions",
        "RecordStep": "etlkit.transformations.step",
        "Redact": "etlkit.transformations.privacy",
        "Rename": "etlkit.transformations.fields",
        "Reorder": "etlkit.transformations.fields",
        "Replace": "etlkit.transformations.replacing",
        "Route": "etlkit.transformations.routing",
        "RowNumber": "etlkit.transformations.positions",
        "Sample": "etlkit.transformations.sampling",
        "Select": "etlkit.transformations.fields",
        "Sort": "etlkit.transformations.sorting",
        "Split": "etlkit.transformations.routing",
        "StageStep": "etlkit.transformations.step",
        "Standardize": "etlkit.transformations.replacing",
        "Step": "etlkit.transformations.step",
        "Sum": "etlkit.transformations.grouping.aggregations",
        "Tap": "etlkit.transformations.routing",
        "Throttle": "etlkit.transformations.pacing",
        "TopK": "etlkit.transformations.ranking",
        "Transformation": "etlkit.transformations.functions",
        "Union": "etlkit.transformations.unions",
        "Window": "etlkit.transformations.windows",
        "WindowFunction": "etlkit.transformations.positions",
        "from_dict": "etlkit.transformations.dict_form",
        "to_dict": "etlkit.transformations.dict_form",
    },
)
