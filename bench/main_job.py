"""The main job: contestants in alternating rounds, each run in a process of its own.

The machine may be busy with other things, so no single time means much. What is compared are runs of
the same round: each contestant's time is divided by the hand loop's time in that round, and the
median of these ratios is reported.
"""

from __future__ import annotations

import tempfile

from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

from attrs import evolve, frozen

from bench import hand_loop
from bench.comparison import Fingerprint, count_lines, fingerprint
from bench.forms import Forms
from bench.processes import ChildFailed, run_module
from bench.roster import HAND_LOOP, Contestant


# Small enough that what it takes is what a contestant needs to get going.
FLOOR_RECORDS = 1_000


@frozen
class Run:
    """One run of one contestant.

    Attributes:
        contestant: Its name.
        round: From 0.
        records: How many it was given.
        seconds: Its time for the work proper, extrapolated if it was given fewer than the others.
        cpu_seconds: Its processor time for the records that it was given, all threads together.
        start_seconds: The rest of the process's life: start, imports, end.
        peak_bytes: The most memory it had.
        is_extrapolated: The seconds are calculated for more records than it was given.
        result: How its output compares with the hand loop's; "" if only the number was looked at.
    """

    contestant: str
    round: int
    records: int
    seconds: float
    cpu_seconds: float
    start_seconds: float
    peak_bytes: int
    is_extrapolated: bool = False
    result: str = ""


@frozen
class Failure:
    """A contestant that gave no result, and why; one that is only not installed is not broken."""

    contestant: str
    reason: str
    is_broken: bool


@frozen
class Standing:
    """What the runs of one contestant come to; seconds and ratios are medians."""

    contestant: Contestant
    runs: int
    seconds: float
    fastest: float
    slowest: float
    times_hand_loop: float | None
    cpu_seconds: float
    start_seconds: float
    peak_bytes: int
    records: int
    is_extrapolated: bool
    result: str


class WrongResult(Exception):  # noqa: N818 -- a name says what happened
    """The output or the rejects have not the right number of records."""


@frozen
class Arena:
    """Where runs take place.

    Attributes:
        folder: For inputs and, while a run lasts, its output.
        make_forms: The input of a number of records.
        say: Called with a line of progress.
    """

    folder: Path
    make_forms: Callable[[int], Forms]
    say: Callable[[str], None]


def run_rounds(
    arena: Arena,
    contestants: tuple[Contestant, ...],
    *,
    records: int,
    rounds: int,
    slow_rounds: int,
) -> tuple[list[Run], list[Failure]]:
    """Let every contestant that is installed run in each round, until it fails."""
    runs: list[Run] = []
    failures = {
        each.name: Failure(each.name, f"{', '.join(missing)}: not installed", is_broken=False)
        for each in contestants
        if (missing := each.missing())
    }
    sizes = {_size(each, records) for each in contestants}
    references = {size: _reference(arena, size) for size in sizes}
    for number in range(rounds):
        for contestant in _order(contestants, number, with_slow=number < slow_rounds):
            if contestant.name in failures:
                continue
            try:
                done = _run(arena, contestant, records, references if number == 0 else {})
            except (ChildFailed, WrongResult) as error:
                failures[contestant.name] = Failure(contestant.name, str(error), is_broken=True)
                arena.say(f"round {number + 1}: {contestant.name} failed: {error}")
                continue
            runs.append(evolve(done, round=number))
            arena.say(f"round {number + 1}: {contestant.name} {done.seconds:.2f} s")
    return runs, list(failures.values())


def standings(contestants: tuple[Contestant, ...], runs: list[Run]) -> list[Standing]:
    """The contestants that ran, as listed."""
    return [
        _standing(each, own, ratio(runs, each.name, HAND_LOOP))
        for each in contestants
        if (own := [run for run in runs if run.contestant == each.name])
    ]


def ratio(runs: list[Run], slower: str, faster: str) -> float | None:
    """How many times longer one took than the other: the median over their common rounds."""
    seconds = {(run.contestant, run.round): run.seconds for run in runs}
    ratios = [
        taken / seconds[faster, number]
        for (name, number), taken in seconds.items()
        if name == slower and (faster, number) in seconds
    ]
    return median(ratios) if ratios else None


def _standing(contestant: Contestant, runs: list[Run], times_hand_loop: float | None) -> Standing:
    return Standing(
        contestant=contestant,
        runs=len(runs),
        seconds=median(run.seconds for run in runs),
        fastest=min(run.seconds for run in runs),
        slowest=max(run.seconds for run in runs),
        times_hand_loop=times_hand_loop,
        cpu_seconds=median(run.cpu_seconds for run in runs),
        start_seconds=median(run.start_seconds for run in runs),
        peak_bytes=max(run.peak_bytes for run in runs),
        records=runs[0].records,
        is_extrapolated=runs[0].is_extrapolated,
        result=next((run.result for run in runs if run.result), ""),
    )


def _size(contestant: Contestant, records: int) -> int:
    return min(contestant.most_records or records, records)


def _order(
    contestants: tuple[Contestant, ...], number: int, *, with_slow: bool
) -> Iterator[Contestant]:
    """The quick ones as listed, backwards in every other round, then the slow ones.

    So the hand loop and etlkit are always neighbours in time, and neither is always first.
    """
    quick = [each for each in contestants if not each.slow]
    yield from reversed(quick) if number % 2 else quick
    if with_slow:
        yield from (each for each in contestants if each.slow)


def _reference(arena: Arena, size: int) -> Fingerprint:
    """What the hand loop makes of the input; reading it also brings it into the page cache."""
    with tempfile.TemporaryDirectory(dir=arena.folder) as scratch:
        target = Path(scratch) / "out.jsonl"
        source = Path(arena.make_forms(size).path)
        hand_loop.run(source, target, Path(scratch) / "rejects.jsonl")
        return fingerprint(target)


def _run(
    arena: Arena, contestant: Contestant, records: int, references: dict[int, Fingerprint]
) -> Run:
    size = _size(contestant, records)
    done = _run_once(arena, contestant, arena.make_forms(size), references.get(size))
    if size == records:
        return done
    floor = _run_once(arena, contestant, arena.make_forms(FLOOR_RECORDS), None).seconds
    slope = (done.seconds - floor) / (size - FLOOR_RECORDS)
    seconds = floor + slope * (records - FLOOR_RECORDS)
    return evolve(done, seconds=seconds, is_extrapolated=True)


def _run_once(
    arena: Arena, contestant: Contestant, forms: Forms, reference: Fingerprint | None
) -> Run:
    with tempfile.TemporaryDirectory(dir=arena.folder) as scratch:
        target, rejects = Path(scratch) / "out.jsonl", Path(scratch) / "rejects.jsonl"
        outcome = run_module("bench.child", contestant.module, forms.path, target, rejects)
        result = _check(contestant, forms, target, rejects, reference)
    return Run(
        contestant.name,
        round=0,
        records=forms.records,
        seconds=outcome.answer["seconds"],
        cpu_seconds=outcome.answer["cpu_seconds"],
        start_seconds=outcome.total_seconds - outcome.answer["seconds"],
        peak_bytes=outcome.answer["peak_bytes"],
        result=result,
    )


def _check(
    contestant: Contestant,
    forms: Forms,
    target: Path,
    rejects: Path,
    reference: Fingerprint | None,
) -> str:
    """Hold the numbers against what the generator knows, and the records against the reference."""
    if (loaded := count_lines(target, contestant.output)) != forms.loaded:
        raise WrongResult(f"{loaded:,} records in the output instead of {forms.loaded:,}")
    if (rejected := count_lines(rejects)) != forms.rejected:
        raise WrongResult(f"{rejected:,} rejects instead of {forms.rejected:,}")
    if reference is None:
        return ""
    return fingerprint(target, contestant.output).compared_with(reference)
