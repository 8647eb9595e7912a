"""Several workers with one key: at the same time, without the lock, or stopped half-way."""

from __future__ import annotations

import os
import signal
import sys

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from etlkit._files import effects, locking
from etlkit.testing.processes import Ending, start
from torture.checker import wrong
from torture.sweeps import REPORTS, Bench, Report, last_line, sample


@contextmanager
def _unlocked(*_: object, **__: object) -> Iterator[None]:
    yield


def without_locks() -> None:
    """Let nobody wait for anybody in this process: the commit has to be safe by itself."""
    real = locking.locked
    for module in list(sys.modules.values()):
        if getattr(module, "__name__", "").startswith("etlkit"):
            names = [name for name, value in vars(module).items() if value is real]
            for name in names:
                setattr(module, name, _unlocked)


def with_locks() -> None:
    """Leave everything as it is."""


def race(bench: Bench, prepare: Callable[[], None], *, workers: int = 8) -> Report:
    """Let workers do the same work at the same time."""
    report = Report(f"race {prepare.__name__} {bench.work.name}", points=workers)
    bench.anew()
    gate, opener = os.pipe()

    def work() -> None:
        os.close(opener)
        prepare()
        os.read(gate, 1)  # until nobody can write any more
        bench.work.run(bench.folder)

    running = [start(work, bench.notes, name=f"worker-{n}") for n in range(workers)]
    os.close(gate)
    os.close(opener)
    endings = [worker.ended() for worker in running]
    report.add("together", _after_race(bench, endings))
    report.tried = workers
    REPORTS.append(report)
    return report


def _after_race(bench: Bench, endings: list[Ending]) -> Iterator[str]:
    done = [ending for ending in endings if ending.output == "acknowledged: completed\n"]
    if len(done) != 1:
        yield f"{len(done)} workers say that they have loaded the records"
    for ending in endings:
        if ending.status and not _refused(ending):
            yield f"a worker ended with {ending.status}: {last_line(ending)}"
    yield from _found(bench)


def _found(bench: Bench) -> Iterator[str]:
    """What is wrong at once, and after the work was done again."""
    yield from (f"at once: {each}" for each in wrong(bench.work, bench.folder))
    yield from bench.recovered()


def _refused(ending: Ending) -> bool:
    """Whether a worker was told that somebody else is at work, or was first."""
    words = ("etlkit.errors.DestinationBusy", "etlkit.errors.CommitLost")
    said = last_line(ending)
    # the file of a worker that was taken for dead
    return said.startswith(words) or "removed by somebody else" in said


def stopped(bench: Bench, *, most: int) -> Report:
    """Stop a worker before an effect, let another one do the work, and wake the first one.

    The other one does not mind the lock: it stands for one on a system where the lock of a
    worker that does not answer was broken.
    """
    report = Report(f"stopped holder {bench.work.name}")
    bench.anew()
    report.points = _effects(bench)
    for number in sample(range(1, report.points + 1), most, report.name):
        bench.anew()
        report.add(f"stopped before effect {number}", _after_waking(bench, number))
    REPORTS.append(report)
    return report


def _effects(bench: Bench) -> int:
    """How many effects the work has."""

    def work() -> None:
        seen: list[str] = []
        effects.before_each(lambda effect, where: seen.append(effect))
        bench.work.run(bench.folder)
        print(len(seen))

    return int(start(work, bench.notes).ended().output.split()[-1])


def stopping_at(number: int, what: signal.Signals) -> None:
    """Send this process a signal before one of its effects."""
    left = [number]

    def hook(effect: str, where: str | int) -> None:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), what)

    effects.before_each(hook)


def _after_waking(bench: Bench, number: int) -> Iterator[str]:
    def first() -> None:
        stopping_at(number, signal.SIGSTOP)
        bench.work.run(bench.folder)

    def second() -> None:
        without_locks()
        bench.work.run(bench.folder)

    holder = start(first, bench.notes, name="holder")
    os.waitpid(holder.pid, os.WUNTRACED)
    rival = start(second, bench.notes, name="other")
    # what it waits for may be a lock of the file system itself, which nobody can break
    rival.is_over(within_seconds=2)
    os.kill(holder.pid, signal.SIGCONT)
    woken, other = holder.ended(), rival.ended()
    if other.status:
        yield f"the other one ended with {other.status}: {last_line(other)}"
    if woken.status and not _refused(woken):
        yield f"the stopped one ended with {woken.status}: {last_line(woken)}"
    yield from _found(bench)


def failpoints(bench: Bench, *, most: int) -> Report:
    """Kill the work before each effect, from within; where system calls cannot be traced."""
    report = Report(f"failpoints {bench.work.name}")
    bench.anew()
    report.points = _effects(bench)
    for number in sample(range(1, report.points + 1), most, report.name):
        bench.anew()

        def work(number: int = number) -> None:
            stopping_at(number, signal.SIGKILL)
            bench.work.run(bench.folder)

        ending = start(work, bench.notes).ended()
        report.add(f"before effect {number}", bench.after_kill(ending))
    REPORTS.append(report)
    return report
