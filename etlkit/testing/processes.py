"""A piece of work in a process of its own, which may be traced, stopped or killed."""

from __future__ import annotations

import os
import select
import shutil
import subprocess
import sys
import traceback
import warnings

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

from attrs import define, frozen

from etlkit._clock import SYSTEM_CLOCK


_WAIT_SECONDS = 30.0
_POLL_SECONDS = 0.001
_RAISED = 1


@frozen
class Ending:
    """How a process ended.

    Attributes:
        status: Its exit status as a shell tells it: 0, 1 for work that raised, 137 for a
            process that was killed (128 and the number of the signal).
        output: What it printed.
        complaints: What it wrote to its standard error, such as a traceback.
    """

    status: int
    output: str
    complaints: str


@define
class Worker:
    """A process that does one piece of work; its maker calls ``ended`` once.

    Attributes:
        pid: Its number.
    """

    pid: int
    _output: Path
    _complaints: Path
    _tracer: subprocess.Popen[bytes] | None = None

    def is_over(self, *, within_seconds: float) -> bool:
        """Whether it ends within that time."""
        deadline = SYSTEM_CLOCK.monotonic() + within_seconds
        look = os.WEXITED | os.WNOHANG | os.WNOWAIT
        while os.waitid(os.P_PID, self.pid, look) is None:
            if SYSTEM_CLOCK.monotonic() > deadline:
                return False
            SYSTEM_CLOCK.sleep(_POLL_SECONDS)
        return True

    def ended(self) -> Ending:
        """Wait for its end."""
        _, raw = os.waitpid(self.pid, 0)
        if self._tracer is not None:
            self._tracer.wait()
        status = os.waitstatus_to_exitcode(raw)
        return Ending(
            128 - status if status < 0 else status,
            self._output.read_text(errors="replace"),
            self._complaints.read_text(errors="replace"),
        )


def start(
    work: Callable[[], object], notes: Path, *, name: str = "worker", strace: Sequence[str] = ()
) -> Worker:
    """Do a piece of work in a process of its own: a copy of this one, so it starts at once.

    Args:
        work: What to do. When it raises, the process ends with status 1.
        notes: A folder for what the process prints.
        name: Tells several processes in one folder apart.
        strace: Options of ``strace``, under which the work is done; none for no tracing.
    """
    output, complaints = notes / f"{name}.out", notes / f"{name}.err"
    gate, opener = os.pipe()
    # opened here, since a tracer may already watch when the process runs its first line
    told = [
        os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600) for path in (output, complaints)
    ]
    with warnings.catch_warnings():
        # newer Pythons warn of threads; those of a test runner have no part in the work
        warnings.simplefilter("ignore", DeprecationWarning)
        pid = os.fork()
    if pid == 0:
        os.close(opener)
        _work(work, gate, told)
    for number in (gate, *told):
        os.close(number)
    try:
        tracer = _attached(pid, strace) if strace else None
    finally:
        os.write(opener, b"!")
        os.close(opener)
    return Worker(pid, output, complaints, tracer)


def run(work: Callable[[], object], notes: Path, *, strace: Sequence[str] = ()) -> Ending:
    """Do a piece of work in a process of its own, and wait for its end."""
    return start(work, notes, strace=strace).ended()


def _work(work: Callable[[], object], gate: int, told: Sequence[int]) -> None:
    """The life of the process; it ends here, without what its parent would do at its end."""
    status = _RAISED
    try:
        for number, file in enumerate(told, start=1):
            os.dup2(file, number)
            os.close(file)
        sys.stdout = os.fdopen(1, "w", closefd=False)
        sys.stderr = os.fdopen(2, "w", closefd=False)
        select.select([gate], [], [])  # no call that anybody injects into
        work()
        sys.stdout.flush()
        status = 0
    except BaseException:  # noqa: BLE001 -- it is the end of the process, which tells it
        with suppress(OSError):
            traceback.print_exc()
            sys.stderr.flush()
    finally:
        os._exit(status)


def _attached(pid: int, options: Sequence[str]) -> subprocess.Popen[bytes]:
    """A tracer that has taken hold of a process."""
    command = [_strace() or "strace", "-f", "-qq", *options, "-p", str(pid)]
    tracer = subprocess.Popen(  # noqa: S603 -- the tracer that `tracing` looked for
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    deadline = SYSTEM_CLOCK.monotonic() + _WAIT_SECONDS
    while not _is_traced(pid):
        if tracer.poll() is not None or SYSTEM_CLOCK.monotonic() > deadline:
            said = tracer.stderr.read().decode() if tracer.stderr is not None else ""
            message = f"{' '.join(command)}: does not trace: {said}"
            raise RuntimeError(message)
        SYSTEM_CLOCK.sleep(_POLL_SECONDS)
    if tracer.stderr is not None:
        tracer.stderr.close()
    return tracer


def _is_traced(pid: int) -> bool:
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return "TracerPid:\t0\n" not in status


@cache
def tracing() -> bool:
    """Whether this computer lets ``strace`` watch and disturb the processes that we start."""
    if _strace() is None or not hasattr(os, "fork"):
        return False
    with _scratch() as folder:
        try:
            inject = ["-o", os.devnull, "-e", "trace=mkdir", "-e", "inject=mkdir:signal=KILL"]
            return run((folder / "made").mkdir, folder, strace=inject).status == KILLED
        except (OSError, RuntimeError):
            return False


KILLED = 137
"""The status of a process that was killed."""


def _strace() -> str | None:
    return shutil.which("strace")


@contextmanager
def _scratch() -> Iterator[Path]:
    import tempfile

    with tempfile.TemporaryDirectory(prefix="etlkit-testing-") as name:
        yield Path(name)
