"""What the main job's runs say about the project's targets."""

from __future__ import annotations

from statistics import median

from bench.figures import Figure
from bench.main_job import Run, ratio
from bench.roster import (
    DLT,
    DLT_DEFAULTS,
    ETLKIT,
    ETLKIT_UNGUARDED,
    HAND_LOOP,
    PETL,
    VERBS,
    VERBS_UNGUARDED,
)


MOST_TIMES_HAND_LOOP = 1.3
MOST_TIMES_WITH_VERBS = 1.2
LEAST_TIMES_PETL = 15.0
LEAST_TIMES_DLT = 25.0


def hold_against(runs: list[Run]) -> list[Figure]:
    """One line per target whose two sides have run in a common round, and the guard's price."""
    wanted = (
        ("etlkit takes, of the hand loop's time", ETLKIT, HAND_LOOP, MOST_TIMES_HAND_LOOP, None),
        (
            "etlkit with verbs takes, of the hand loop's time",
            VERBS,
            HAND_LOOP,
            MOST_TIMES_WITH_VERBS,
            None,
        ),
        ("petl takes, of etlkit's time", PETL, ETLKIT, None, LEAST_TIMES_PETL),
        ("dlt takes, of etlkit's time (same output)", DLT, ETLKIT, None, LEAST_TIMES_DLT),
        ("dlt takes, of etlkit's time (defaults)", DLT_DEFAULTS, ETLKIT, None, LEAST_TIMES_DLT),
    )
    figures = [
        Figure(what, value, "x", most=most, least=least)
        for what, slower, faster, most, least in wanted
        if (value := ratio(runs, slower, faster)) is not None
    ]
    return [
        *figures,
        *_price_of_guard(runs, ETLKIT, ETLKIT_UNGUARDED, "the guard on integers beyond 64 bits"),
        *_price_of_guard(runs, VERBS, VERBS_UNGUARDED, "the same guard, with verbs"),
    ]


def _price_of_guard(runs: list[Run], guarded: str, bare: str, what: str) -> list[Figure]:
    seconds = {(run.contestant, run.round): run.seconds for run in runs}
    prices = [
        (taken - seconds[bare, number]) / seconds[HAND_LOOP, number]
        for (name, number), taken in seconds.items()
        if name == guarded and (bare, number) in seconds
    ]
    if not prices:
        return []
    return [Figure(f"{what} takes, of the hand loop's time", median(prices), "x")]
