"""What the main job's runs say about the project's targets."""

from __future__ import annotations

from statistics import median

from bench.figures import Figure
from bench.main_job import Run, ratio
from bench.roster import DLT, DLT_DEFAULTS, ETLKIT, ETLKIT_UNGUARDED, HAND_LOOP, PETL


MOST_TIMES_HAND_LOOP = 1.3
LEAST_TIMES_PETL = 15.0
LEAST_TIMES_DLT = 25.0


def hold_against(runs: list[Run]) -> list[Figure]:
    """One line per target whose two sides have run in a common round, and the guard's price."""
    wanted = (
        ("etlkit takes, of the hand loop's time", ETLKIT, HAND_LOOP, MOST_TIMES_HAND_LOOP, None),
        ("petl takes, of etlkit's time", PETL, ETLKIT, None, LEAST_TIMES_PETL),
        ("dlt takes, of etlkit's time (same output)", DLT, ETLKIT, None, LEAST_TIMES_DLT),
        ("dlt takes, of etlkit's time (defaults)", DLT_DEFAULTS, ETLKIT, None, LEAST_TIMES_DLT),
    )
    figures = [
        Figure(what, value, "x", most=most, least=least)
        for what, slower, faster, most, least in wanted
        if (value := ratio(runs, slower, faster)) is not None
    ]
    return figures + _price_of_guard(runs)


def _price_of_guard(runs: list[Run]) -> list[Figure]:
    seconds = {(run.contestant, run.round): run.seconds for run in runs}
    prices = [
        (taken - seconds[ETLKIT_UNGUARDED, number]) / seconds[HAND_LOOP, number]
        for (name, number), taken in seconds.items()
        if name == ETLKIT and (ETLKIT_UNGUARDED, number) in seconds
    ]
    if not prices:
        return []
    what = "the guard on integers beyond 64 bits takes, of the hand loop's time"
    return [Figure(what, median(prices), "x")]
