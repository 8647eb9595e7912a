"""Who takes part in the main job, and what a reader must know to judge each fairly."""

from __future__ import annotations

import importlib.util

from attrs import frozen


HAND_LOOP = "hand-loop"
ETLKIT = "etlkit"
ETLKIT_UNGUARDED = "etlkit-no-guard"
VERBS = "etlkit-verbs"
VERBS_UNGUARDED = "etlkit-verbs-no-guard"
PETL = "petl"
DLT = "dlt"
DLT_DEFAULTS = "dlt-defaults"


@frozen
class Contestant:
    """One way of doing the main job.

    Attributes:
        name: As in the table and in ``--only``.
        module: Has ``run(source, target, rejects)``.
        needs: Packages that it imports; if one is not installed, the contestant is missing.
        cores: What it uses unasked: ``"1"`` or ``"all"``.
        slow: Takes part in the first rounds only.
        most_records: Gets at most so many records; its time is then extrapolated.
        output: Where in its target the good records are, as a pattern, if it makes a folder.
        remark: How what it does differs from what the others do.
    """

    name: str
    module: str
    needs: tuple[str, ...]
    cores: str = "1"
    slow: bool = False
    most_records: int | None = None
    output: str = ""
    remark: str = ""

    def missing(self) -> list[str]:
        return [name for name in self.needs if importlib.util.find_spec(name) is None]


CONTESTANTS = (
    Contestant(
        HAND_LOOP, "bench.hand_loop", ("orjson",), remark="rejects with number and raw line"
    ),
    Contestant(
        ETLKIT,
        "bench.contestants.etlkit_job",
        ("etlkit",),
        remark="steps are called functions; rejects with number and raw line; atomic output",
    ),
    Contestant(
        ETLKIT_UNGUARDED,
        "bench.contestants.etlkit_unguarded",
        ("etlkit",),
        remark="the same with exact_integers=False, only to show the price of the guard",
    ),
    Contestant(
        VERBS,
        "bench.contestants.etlkit_verbs",
        ("etlkit",),
        remark="the same with verbs and expressions, and one called step",
    ),
    Contestant(
        VERBS_UNGUARDED,
        "bench.contestants.etlkit_verbs_unguarded",
        ("etlkit",),
        remark="the same with exact_integers=False, only to show the price of the guard",
    ),
    Contestant(
        "duckdb",
        "bench.contestants.duckdb_sql",
        ("duckdb",),
        cores="all",
        remark="rejects with number; one value of a wrong type fails the whole read",
    ),
    Contestant(
        "duckdb-1-core",
        "bench.contestants.duckdb_one_core",
        ("duckdb",),
        remark="the same with one thread",
    ),
    Contestant(
        "polars",
        "bench.contestants.polars_lazy",
        ("polars",),
        cores="all",
        remark="rejects with number; one value of a wrong type fails the whole read",
    ),
    Contestant(
        "polars-1-core",
        "bench.contestants.polars_one_core",
        ("polars",),
        remark="the same with one thread in its pool",
    ),
    Contestant(
        "pandas",
        "bench.contestants.pandas_chunks",
        ("pandas",),
        slow=True,
        remark="in chunks; rejects with number",
    ),
    Contestant(
        "pandas-pyarrow",
        "bench.contestants.pandas_pyarrow",
        ("pandas", "pyarrow"),
        slow=True,
        remark="the same with the reader of pyarrow, which made dates of strings: turned back",
    ),
    Contestant(
        PETL,
        "bench.contestants.petl_table",
        ("petl",),
        slow=True,
        remark="rejects with number; its writer holds all rows in memory",
    ),
    Contestant(
        "petl-own-writer",
        "bench.contestants.petl_own_writer",
        ("petl",),
        slow=True,
        remark="the same with json.dumps in place of petl's writer",
    ),
    Contestant(
        DLT,
        "bench.contestants.dlt_same_output",
        ("dlt",),
        slow=True,
        most_records=200_000,
        output="bench/forms/*.jsonl",
        remark="nesting kept, no gzip, as the others; rejects with neither number nor raw line; "
        "adds two columns",
    ),
    Contestant(
        DLT_DEFAULTS,
        "bench.contestants.dlt_defaults",
        ("dlt",),
        slow=True,
        most_records=200_000,
        output="bench/forms/*.jsonl.gz",
        remark="as it comes: tags in a table of their own, contact in columns, gzip",
    ),
)


def chosen(names: frozenset[str]) -> tuple[Contestant, ...]:
    """The contestants of these names (all for none), and the hand loop in any case."""
    known = {contestant.name for contestant in CONTESTANTS}
    if unknown := names - known:
        message = f"no contestant {', '.join(sorted(unknown))}; there are: {', '.join(known)}"
        raise SystemExit(message)
    return tuple(
        each for each in CONTESTANTS if not names or each.name in names or each.name == HAND_LOOP
    )
