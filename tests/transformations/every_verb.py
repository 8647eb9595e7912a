"""Each built-in verb with arguments of many kinds, for tests that hold for all of them.

A new verb is added to ``STEPS`` if it sees one record at a time (to ``CALLING`` if it needs a
function of the user), and else to ``OF_SEVERAL``.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from etlkit import F
from etlkit.expressions import lit
from etlkit.transformations import (
    Aggregate,
    Batch,
    Cast,
    Collect,
    Count,
    Deduplicate,
    DenseRank,
    Derive,
    Drop,
    Enumerate,
    Explode,
    Extract,
    FillNull,
    Filter,
    FlatMap,
    Flatten,
    HashPII,
    Join,
    Lag,
    Lead,
    Limit,
    Lookup,
    Map,
    Mask,
    Melt,
    ParseDate,
    Pivot,
    Quantile,
    Rank,
    Redact,
    Rename,
    Reorder,
    Replace,
    Route,
    RowNumber,
    Sample,
    Select,
    Sort,
    Split,
    Standardize,
    Sum,
    Tap,
    Throttle,
    TopK,
    Union,
    Window,
)


if TYPE_CHECKING:
    from etlkit.records import Record
    from etlkit.transformations.verbs import Verb

KEY = "an example and no secret"


def twice(record: Record) -> list[Record]:
    """A function for FlatMap."""
    return [record, {**record, "again": True}]


def without_a(record: Record) -> Any:
    """A function that some records make fail, and that makes something else of others."""
    return [{**record, "a": 1}] if record["a"] is None else {"b": record["b"]}


NAMES: dict[str, object] = {"twice": twice, "without a": without_a, "copy": dict}
"""What these verbs hold that has no data."""

STEPS: list[Verb] = [
    Cast(a=int, b=str),
    Cast({"a": bool, "b": float}, strict=False, missing="ignore"),
    Derive(a=F.b, b=F.a, c=F.a + 1),
    Derive(c=F.a.default(None), d=F.b.cast(str).fill_null("x"), e=lit([1, 2])),
    Drop("a", "b"),
    Drop("a", "b", missing="ignore"),
    Enumerate("d"),
    Enumerate("a", start=-1, side="last"),
    Extract("a", r"(?P<a>x)?(?P<d>.)"),
    Extract("b", "(?P<c>[0-9]+)", strict=False, missing="ignore"),
    Explode("a"),
    Explode("a", empty="drop", missing="ignore"),
    Explode("b", empty="drop"),
    FillNull("?"),
    FillNull([]),
    FillNull(a=0, b=[]),
    FillNull({"a": 0, "b": [{}]}, missing="fill"),
    FillNull({"a": 0, "b": 1}, missing="ignore"),
    Filter(F.a > 1),
    Filter(F.a),
    Filter(F.a.default(None).is_null() | (F.b == "x")),
    Flatten(),
    Flatten("a"),
    Flatten("b", separator=".", missing="ignore"),
    HashPII("a", "b", key=KEY, key_id="k"),
    HashPII("a", key=KEY, key_id="k", missing="ignore"),
    Limit(0),
    Limit(2),
    Mask("a", "b"),
    Melt("a"),
    Melt(index=["b", "a"], nulls="drop"),
    Melt(["b", "a"], index="c", variable_name="d"),
    Melt(["b", "c"], value_name="a", missing="ignore"),
    Melt(["c", "a"], index=["b", "a_b"], value_name="a", nulls="drop", missing="ignore"),
    Melt(index="c", missing="ignore"),
    ParseDate("a", "%Y"),
    ParseDate("b", ["%Y", "%y", "%H%y"], strict=False, missing="ignore"),
    Mask("a", "b", keep_last=0, missing="ignore"),
    Mask("b", keep_last=1),
    Redact("a", "b"),
    Redact("b", with_="", missing="ignore"),
    Rename(a="b", b="a"),
    Rename({"a": "c", "b": "d"}, missing="ignore"),
    Reorder("b", "a"),
    Reorder("a", "c", missing="ignore"),
    Reorder("c", missing="null"),
    Reorder("b", "a", side="last"),
    Reorder("a", "c", side="last", missing="ignore"),
    Reorder("a", side="last", missing="null"),
    Replace("a", {1: "one", None: "none", "x": [1], (): "?"}),
    Replace("a", {"x": "y", "yz": 5}, default=0, missing="ignore"),
    Replace("b", {"x": "y"}, unmapped="keep"),
    Route({"left": F.a > 1, "right": F.b == "x"}),
    Route({"left": F.a.default(None).is_null()}, default="right"),
    Select("b", "a"),
    Select("a", "c", missing="ignore"),
    Select("a", "c", missing="null"),
    Split(F.a > 1, matched="left"),
    Split(F.a > 1, unmatched="right"),
    Split(F.a.default(None).is_null(), matched="left", unmatched="right"),
    Standardize("a", {"x": ["X X", "x-y."], "yz": []}),
    Standardize("a", {"x": ["y"]}, default="z", missing="ignore"),
    Standardize.us_states("b", unmapped="keep"),
    Tap("left"),
    Tap("left", where=F.a > 1),
    Throttle(per_second=5),
]

CALLING: list[Verb] = [
    FlatMap(twice),
    FlatMap(without_a, name="without a"),
    Map(without_a),
    Map(dict, name="copy"),
]

OF_SEVERAL: dict[str, Any] = {
    "aggregate": Aggregate("k"),
    "aggregations": Aggregate(
        {"k": F.k, "low": F.n < 2},
        name="groups",
        n=Count(),
        total=Sum(F.n * 2),
        high=Quantile("n", 0.9),
        all=Collect("n"),
    ),
    "batch": Batch(2),
    "batched": Batch(3, into="all", name="b"),
    "deduplicate": Deduplicate(),
    "last": Deduplicate(["k", "n"], keep="last", name="last"),
    "computed": Deduplicate({"k": F.k % 2}),
    "sample": Sample(0.5),
    "sampled": Sample(1, by=["k", "n"], seed=7, name="s"),
    "drawn by": Sample(0.5, by={"low": F.n < 2}),
    "reservoir": Sample(n=2, seed=-1),
    "sort": Sort("n"),
    "sorted": Sort(
        ["k", F.n + 1], descending=[True, False], nulls="first", memory_bytes=1, name="s"
    ),
    "top": TopK(2, by="n"),
    "tops": TopK(2, by=["k", F.n + 1], descending=[True, False], nulls="first", name="t"),
    "union": Union([{"k": 2, "n": 2}]),
    "join": Join([{"k": 1, "v": 1}], on="k"),
    "left": Join(
        [{"j": 1, "n": 1}], on={"k": "j"}, how="left", validate="m:1", suffix="_r", name="j"
    ),
    "window": Window(n=Count()),
    "windows": Window(
        {"k": F.k, "low": F.n < 2},
        order_by=["n", F.k + 1],
        descending=[True, False],
        nulls="first",
        memory_bytes=1,
        name="w",
        number=RowNumber(),
        before=Lag("n", 2, default="none"),
        behind=Lead(F.n * 2),
        total=Sum("n"),
        rank=Rank(),
        dense=DenseRank(),
    ),
    "lookup": Lookup("k", {1: "one"}),
    "pivot": Pivot("k", index="n", values="k", columns=[1]),
    "wide": Pivot(
        F.k.cast(str),
        index={"k": F.k, "low": F.n < 2},
        values=Sum(F.n * 2),
        memory_bytes=1,
        name="wide",
    ),
    "named": Pivot(
        "k", index=["k", "n"], values=Count(), columns={1: "one", date(2024, 1, 1): "day"}
    ),
    "records": Lookup(
        "k", [{"j": 1, "v": 1}], key="j", take="v", into="v", missing="reject", cached=False
    ),
}
