"""A destination that is killed before every change of a file, as a test that users inherit."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sys

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from etlkit.testing import promises
from etlkit.testing.conformance import DestinationUnderTest
from etlkit.testing.points import changes
from etlkit.testing.processes import KILLED, Ending, run, tracing
from etlkit.testing.promises import broken, compare


_CALLS = ("fsync", "fdatasync", "write", "pwrite", "rename", "replace", "link", "unlink", "remove")
_EVENTS = ("open", "os.mkdir", "os.rmdir", "os.truncate", "shutil.move", "sqlite3.connect")


class KillSweep(DestinationUnderTest):
    """Kills runs into a destination at every point, and looks whether they can be repeated.

    A first load is there already. The second one is killed, by ``SIGKILL``, before each of
    the system calls by which it changes a file, in a process of its own; then it is run
    again with the same key, and once more. At no time may a reader see a part of it, in the
    end each record must be there once, and the last run must change nothing. A test that
    fails names the promise that does not hold, and the point.

    System calls are found and stopped by ``strace``. Where that is not installed or not
    allowed, the process kills itself before calls of the ``os`` module instead, which
    misses what libraries in C write.

    Attributes:
        points: Most points that are tried, by chance where there are more; None for all.
        seed: Of the choice; None for another one each time, which a failure names.

    Example:
        >>> from etlkit import FileSource
        >>> from etlkit.destinations import DatasetDestination
        >>> class TestKilledDataset(KillSweep):
        ...     points = 20
        ...
        ...     def destination(self, folder):
        ...         return DatasetDestination(folder / "out")
        ...
        ...     def read(self, folder):
        ...         return FileSource(folder / "out").extract()
    """

    points: int | None = 40
    seed: int | None = None

    def test_killed_anywhere_it_can_be_repeated(self, tmp_path: Path) -> None:
        """Nothing is lost or doubled, and no reader sees a part."""
        folder = tmp_path / "work"
        seed = random.SystemRandom().randrange(10**6) if self.seed is None else self.seed
        kills = list(self._kills(folder, tmp_path))
        if not kills:
            broken(promises.WHOLE, "the load changes no file, so nothing can be tried")
        if self.points is not None and self.points < len(kills):
            chosen = random.Random(seed)  # noqa: S311 -- which points are tried is no secret
            kills = chosen.sample(kills, self.points)
        for name, kill in kills:
            self._begin(folder)
            ending = kill()
            self._check(folder, tmp_path, ending, f"killed {name} (seed {seed})")

    def _kills(self, folder: Path, notes: Path) -> Iterator[tuple[str, Callable[[], Ending]]]:
        """Every way to kill the second load, with its name."""
        self._begin(folder)
        if not tracing():
            yield from _from_within(lambda: self._second(folder), notes)
            return
        ending, points = changes(lambda: self._second(folder), notes)
        if ending.status:
            broken(promises.ARRIVES, ending.complaints)
        for point in points:
            inject = point.injecting("signal=KILL")
            yield str(point), lambda inject=inject: self._do(folder, notes, inject)  # type: ignore[misc]  # the default binds

    def _begin(self, folder: Path) -> None:
        """A new folder that has the first load."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self._load(folder, self._half()[0], "1")

    def _second(self, folder: Path) -> None:
        self._load(folder, self._half()[1], "2")

    def _do(self, folder: Path, notes: Path, strace: list[str] | None = None) -> Ending:
        return run(lambda: self._second(folder), notes, strace=strace or ())

    def _check(self, folder: Path, notes: Path, ending: Ending, when: str) -> None:
        if ending.status != KILLED:
            broken(promises.ONCE, f"{when}: it ended with {ending.status}: {ending.complaints}")
        old, new = self._half()
        both = self._after(old, new)
        seen = self.read(folder)
        if not _same(seen, old) and not _same(seen, both):
            compare(promises.WHOLE, seen, both, f"{when}, a reader saw a part")
        again = self._do(folder, notes)
        if again.status:
            broken(promises.ONCE, f"{when}: the same run failed then: {again.complaints}")
        compare(promises.ONCE, self.read(folder), both, f"{when}, and run again")
        self._do(folder, notes)
        compare(promises.STABLE, self.read(folder), both, f"{when}, run again, and once more")


def _same(found: Sequence[Any], expected: Sequence[Any]) -> bool:
    try:
        compare("", found, expected)
    except AssertionError:
        return False
    return True


def _from_within(
    work: Callable[[], object], notes: Path
) -> Iterator[tuple[str, Callable[[], Ending]]]:
    """Ways to kill a piece of work from within: before each call that may change a file."""

    def counted() -> None:
        seen: list[str] = []
        _before_each(seen.append)
        work()
        sys.stdout.write("\n".join(seen))

    for number, name in enumerate(run(counted, notes).output.splitlines(), 1):
        yield f"before effect {number}, {name}", lambda n=number: run(_dying(work, n), notes)  # type: ignore[misc]  # the default binds


def _dying(work: Callable[[], object], number: int) -> Callable[[], None]:
    left = [number]

    def die(_: str) -> None:
        left[0] -= 1
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)

    def do() -> None:
        _before_each(die)
        work()

    return do


def _before_each(tell: Callable[[str], object]) -> None:
    """Tell each call of this process that may change a file, just before it happens."""
    for name in _CALLS:
        real = getattr(os, name, None)
        if real is not None:
            setattr(os, name, _telling(tell, name, real))

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if event in _EVENTS and (event != "open" or _may_write(arguments)):
            tell(event)

    sys.addaudithook(watch)


def _telling(tell: Callable[[str], object], name: str, real: Callable[..., Any]) -> Any:
    def told(*arguments: Any, **options: Any) -> Any:
        tell(name)
        return real(*arguments, **options)

    return told


def _may_write(arguments: tuple[Any, ...]) -> bool:
    flags = arguments[2] if isinstance(arguments[2], int) else 0
    return bool(flags & (os.O_CREAT | os.O_TRUNC))
