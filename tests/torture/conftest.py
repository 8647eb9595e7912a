"""A bench for each test, and a summary of what the sweeps have tried."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from etlkit.testing.processes import tracing
from torture.sweeps import REPORTS, SEED, Bench
from torture.work import WORKS


@pytest.fixture
def plain_bench(tmp_path: Path) -> Callable[[str], Bench]:
    """Gives a bench for the work of a name."""
    return lambda name: Bench.of(WORKS[name], tmp_path)


@pytest.fixture
def bench(plain_bench: Callable[[str], Bench]) -> Callable[[str], Bench]:
    """As ``plain_bench``; skips where no process can be traced."""
    if not tracing():
        pytest.skip("strace cannot trace processes here")
    return plain_bench


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the number of points that each sweep has tried."""
    if REPORTS:
        terminalreporter.section(f"torture, seed {SEED} (ETLKIT_TORTURE_SEED)")
        for report in sorted(REPORTS, key=lambda each: each.name):
            terminalreporter.line(str(report))
        tried = sum(report.tried for report in REPORTS)
        terminalreporter.line(f"{tried} of {sum(report.points for report in REPORTS)} points")
