"""Sweeps: the same work, disturbed at one point after the other, done again and checked."""

from __future__ import annotations

import os
import random

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from attrs import define, field

from etlkit.testing.points import Point, changes
from etlkit.testing.processes import KILLED, Ending, run
from torture.checker import content, seen_while_down, wrong
from torture.disk import keep
from torture.work import Work


FULL = os.environ.get("ETLKIT_TORTURE") == "full"
SEED = int(os.environ.get("ETLKIT_TORTURE_SEED") or random.SystemRandom().randrange(10**6))
MOST_SHOWN = 12

T = TypeVar("T")


@define
class Report:
    """What a sweep has done and found.

    Attributes:
        name: The sweep and the work.
        points: How many points there are.
        tried: At how many of them the work was disturbed.
        violations: What must not happen, and did.
    """

    name: str
    points: int = 0
    tried: int = 0
    violations: list[str] = field(factory=list)

    def __str__(self) -> str:
        return f"{self.name}: {self.tried} of {self.points} points, {len(self.violations)} wrong"

    def add(self, point: object, found: Iterable[str]) -> None:
        """Note what was found at a point."""
        self.tried += 1
        self.violations += [f"{point}: {each}" for each in found]

    def shown(self) -> str:
        """The first violations, for the message of a failing test."""
        more = len(self.violations) - MOST_SHOWN
        rest = [f"... and {more} more"] if more > 0 else []
        head = f"{self}; seed {SEED} (ETLKIT_TORTURE_SEED)"
        return "\n".join([head, *self.violations[:MOST_SHOWN], *rest])


REPORTS: list[Report] = []
"""Those of this process, for the summary of the test runner."""


def sample(items: Sequence[T], most: int, name: str) -> list[T]:
    """So many of the items, in order, by the seed; all of them in a complete run."""
    if FULL or len(items) <= most:
        return list(items)
    chosen = random.Random(f"{SEED}:{name}").sample(range(len(items)), most)
    return [items[index] for index in sorted(chosen)]


@define
class Bench:
    """A work and the places where it is tortured.

    Attributes:
        work: The work.
        folder: Where it is done; made anew for each point.
        notes: Where processes leave what they print.
        missed: Processes that came to their end before the point where they were to die.
    """

    work: Work
    folder: Path
    notes: Path
    missed: int = 0

    @classmethod
    def of(cls, work: Work, place: Path) -> Bench:
        """A bench in a folder."""
        notes = place / "notes"
        notes.mkdir()
        bench = cls(work, place / "work", notes)
        bench.anew()
        # Processes are copies of this one: what it has imported, none of them opens.
        work.run(bench.folder)
        wrong(work, bench.folder)
        return bench

    def anew(self) -> None:
        """Begin with the source and what was loaded before."""
        self.work.prepare(self.folder)

    @property
    def kept(self) -> Path:
        """Where a replaced file is kept, which its destination knows by its number."""
        return self.notes / "kept"

    def keep(self) -> None:
        """Keep the destination as it is, where it is a file that is only replaced."""
        folder = self.folder / "nothing" if self.work.mode != "replace" else self.folder
        keep(folder / self.work.out, self.kept)

    def do(self, strace: Sequence[str] = (), **options: str) -> Ending:
        """Run the job in a process of its own."""
        return run(lambda: self.work.run(self.folder, **options), self.notes, strace=strace)

    def points(self) -> list[Point]:
        """Every point of the work at which a file is about to change."""
        ending, points = changes(lambda: self.work.run(self.folder), self.notes)
        assert ending.status == 0, ending
        assert points
        return points

    def recovered(self) -> Iterator[str]:
        """Do the work again with the same key, and once more, and tell what is wrong."""
        ending = self.do()
        if ending.status:
            yield f"the next run ended with {ending.status}: {last_line(ending)}"
            return
        yield from wrong(self.work, self.folder)
        before = content(self.work, self.folder)
        third = self.do()
        if self.work.keyed and "skipped" not in third.output:
            yield f"the third run ended with {third.status}, {third.output!r}: {last_line(third)}"
        after = content(self.work, self.folder)
        if before != after:
            changed = sorted(
                k for k in before.keys() | after.keys() if before.get(k) != after.get(k)
            )
            yield f"the third run has changed {', '.join(changed)}"

    def after_kill(self, ending: Ending) -> Iterator[str]:
        """What is wrong after a process was killed, at once and when the work is done again."""
        if ending.status == 0:
            self.missed += 1
        elif ending.status != KILLED:
            yield f"was not killed, but ended with {ending.status}: {last_line(ending)}"
        yield from self.acknowledged(ending)
        yield from seen_while_down(self.work, self.folder)
        yield from self.recovered()

    def acknowledged(self, ending: Ending) -> Iterator[str]:
        """What was acknowledged is there at once."""
        if "acknowledged" in ending.output and self.work.read(self.folder) != self.work.after():
            yield "the run was acknowledged, and its records are not there"


def last_line(ending: Ending) -> str:
    """What a process that failed said last."""
    return (ending.complaints.strip() or "nothing was said").splitlines()[-1][:300]


def killed(bench: Bench, *, most: int) -> Report:
    """Kill the work before each change of a file, and do it again with the same key."""
    report = Report(f"kill {bench.work.name}")
    bench.anew()
    points = bench.points()
    report.points = len(points)
    for point in sample(points, most, report.name):
        bench.anew()
        ending = bench.do(point.injecting("signal=KILL"))
        report.add(point, bench.after_kill(ending))
    return _reported(_not_vacuous(bench, report))


def _not_vacuous(bench: Bench, report: Report) -> Report:
    """Complain of processes that were not killed, whose points have shown nothing."""
    if bench.missed:
        report.violations.append(f"{bench.missed} of {report.tried} processes were not killed")
    return report


def killed_twice(bench: Bench, *, most: int) -> Report:
    """Kill the work, kill the next run as well, and do it again."""
    report = Report(f"kill twice {bench.work.name}")
    bench.anew()
    firsts = bench.points()
    pairs = [(first, None) for first in firsts]
    report.points = len(firsts) ** 2  # about: the recovery has points of its own
    chosen = random.Random(f"{SEED}:{report.name}")
    for first, _ in sample(pairs * 6, most, report.name):
        bench.anew()
        bench.do(first.injecting("signal=KILL"))
        second = _one_of(bench, chosen)
        bench.anew()
        bench.do(first.injecting("signal=KILL"))
        ending = bench.do(second.injecting("signal=KILL"))
        report.add(f"{first}, then {second}", bench.after_kill(ending))
    return _reported(_not_vacuous(bench, report))


def _one_of(bench: Bench, chosen: random.Random) -> Point:
    """A point of the recovery, by chance; finding it uses the state up."""
    ending, points = changes(lambda: bench.work.run(bench.folder), bench.notes)
    assert ending.status == 0, ending
    return chosen.choice(points)


def failing(bench: Bench, *, most: int) -> Report:
    """Let each change of a file fail, once or for good, and do the work again."""
    report = Report(f"errors {bench.work.name}")
    bench.anew()
    faults = [
        (point, error, lasting)
        for point in bench.points()
        for error in errors_of(point.call)
        for lasting in (False, True)
    ]
    report.points = len(faults)
    for point, error, lasting in sample(faults, most, report.name):
        bench.anew()
        ending = bench.do(point.injecting(f"error={error}", lasting=lasting))
        name = f"{error} {'from' if lasting else 'at'} {point}"
        report.add(name, _after_error(bench, ending))
    return _reported(report)


ERRORS = {
    "write": ("EIO", "ENOSPC", "EDQUOT"),
    "fsync": ("EIO", "ENOSPC", "EDQUOT"),
    "openat": ("EMFILE", "EROFS", "ENOSPC", "EIO"),
    "rest": ("EIO", "ENOSPC", "EROFS"),
}


def errors_of(call: str) -> tuple[str, ...]:
    """The errors that a system call may give."""
    family = {"pwrite64": "write", "writev": "write", "fdatasync": "fsync", "open": "openat"}
    return ERRORS.get(family.get(call, call), ERRORS["rest"])


def _after_error(bench: Bench, ending: Ending) -> Iterator[str]:
    found = None if not bench.work.atomic else bench.work.read(bench.folder)
    if "acknowledged" in ending.output:
        yield from bench.acknowledged(ending)
    elif ending.status != 1:
        yield f"ended with {ending.status}: {last_line(ending)}"
    elif found not in (None, bench.work.before(), bench.work.after()):
        yield "the failed run left something between the old and the new state"
    yield from bench.recovered()


def interrupted(bench: Bench, signal: str, status: int, *, most: int) -> Report:
    """Send a signal at each change of a file and while reading, and do the work again."""
    report = Report(f"SIG{signal} {bench.work.name}")
    bench.anew()
    points = [*(Point("read", number, "the source") for number in (1, 2)), *bench.points()]
    report.points = len(points)
    for point in sample(points, most, report.name):
        bench.anew()
        ending = bench.do(point.injecting(f"signal={signal}"))
        report.add(point, _after_signal(bench, ending, status))
    return _reported(report)


def _after_signal(bench: Bench, ending: Ending, status: int) -> Iterator[str]:
    # A signal that comes with the last calls finds the run over.
    if ending.status not in {status, 0}:
        yield f"ended with {ending.status}: {last_line(ending)}"
    yield from bench.acknowledged(ending)
    yield from seen_while_down(bench.work, bench.folder)
    yield from bench.recovered()


def _reported(report: Report) -> Report:
    REPORTS.append(report)
    return report
