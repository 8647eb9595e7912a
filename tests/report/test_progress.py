"""A bar that shows how far a run is."""

from __future__ import annotations

import io
import re
import subprocess
import sys

from typing import Any

import pytest

from etlkit import ETLJob, JobStatus, RecordsSource
from etlkit.engine.progress import Progress
from etlkit.report import ProgressBar
from etlkit.testing import FakeClock
from etlkit.transformations import Map


# Runs a job without a bar, and then asks for one, where the package rich cannot be imported.
WITHOUT_RICH = """
import sys

class NoRich:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "rich":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, NoRich())

from etlkit import ETLJob, RecordsSource
from etlkit.errors import MissingExtra
from etlkit.report import ProgressBar

print(ETLJob("j", "J", RecordsSource([{"id": 1}]), None, "memory:").execute().rows_loaded)
try:
    ProgressBar()
except MissingExtra as error:
    print(error)
"""


@pytest.fixture
def console_of() -> Any:
    """Makes a console that keeps what is drawn, for a terminal or for none."""
    rich_console = pytest.importorskip("rich.console")

    def make(*, terminal: bool) -> Any:
        return rich_console.Console(
            file=io.StringIO(), force_terminal=terminal, width=100, record=True
        )

    return make


def drawn(console: Any) -> str:
    """Everything that was drawn, one state after the other, without spinner and time."""
    text = re.sub("[\u2800-\u28ff]", " ", console.export_text())
    return re.sub(r" +\d:\d\d:\d\d", "", text).rstrip()


def tell(bar: ProgressBar, *told: Progress) -> None:
    """Show one state after the other, and leave the bar."""
    with bar:
        for progress in told:
            bar(progress)


def test_a_bar_shows_counts_and_speed(console_of: Any) -> None:
    """Records read, records a second, records rejected, and the time."""
    console = console_of(terminal=True)

    tell(ProgressBar(console), Progress("forms", 1_234_567, 1_230_000, 4567, 2.0))

    assert drawn(console).endswith("forms 1,234,567 records  617,284/s  4,567 rejected")


def test_a_bar_shows_the_last_state(console_of: Any) -> None:
    """A line stays one line however often it is told."""
    console = console_of(terminal=True)

    tell(
        ProgressBar(console),
        Progress("forms", 1000, 1000, 0, 1.0),
        Progress("forms", 2000, 1990, 10, 1.0),
        Progress("forms", 2000, 1990, 10, 1.0, done=True),
    )

    assert drawn(console).endswith("forms 2,000 records  2,000/s  10 rejected")


def test_each_job_has_a_line(console_of: Any) -> None:
    """One bar serves several runs, one after the other or side by side."""
    console = console_of(terminal=True)

    tell(
        ProgressBar(console),
        Progress("forms", 1000, 1000, 0, 1.0),
        Progress("movies", 50, 50, 0, 1.0),
        Progress("forms", 2000, 2000, 0, 1.0, done=True),
    )

    assert drawn(console).endswith(
        "  forms  2,000 records  2,000/s  0 rejected\n  movies 50 records  50/s  0 rejected"
    )


def test_a_name_is_text_and_no_markup(console_of: Any) -> None:
    """Brackets in the id of a job are shown, not obeyed."""
    console = console_of(terminal=True)

    tell(ProgressBar(console), Progress("[red]forms[/red]", 1, 1, 0, 1.0))

    assert drawn(console).endswith("[red]forms[/red] 1 records  1/s  0 rejected")


def test_nothing_is_drawn_where_there_is_no_terminal(console_of: Any) -> None:
    """A log file or a pipe gets no escape codes."""
    console = console_of(terminal=False)

    tell(ProgressBar(console), Progress("forms", 1000, 1000, 0, 1.0, done=True))

    assert console.export_text() == ""


def test_a_bar_draws_on_standard_error_by_default(capfd: pytest.CaptureFixture[str]) -> None:
    """Standard output is the program's own; and what is captured is no terminal."""
    pytest.importorskip("rich")

    tell(ProgressBar(), Progress("forms", 1000, 1000, 0, 1.0, done=True))

    assert capfd.readouterr() == ("", "")


def test_a_bar_follows_a_run(console_of: Any) -> None:
    """It is passed as ``progress``; the run is as it would be without."""
    console, clock = console_of(terminal=True), FakeClock()
    step = Map(lambda record: clock.advance(0.5) or record)
    job = ETLJob("forms", "Forms", RecordsSource([{"id": 1}] * 4), step, "memory:", clock=clock)

    with ProgressBar(console) as bar:
        result = job.execute(progress=bar)

    assert result.status is JobStatus.COMPLETED
    assert drawn(console).endswith("forms 4 records  2/s  0 rejected")


def test_without_the_package_a_bar_says_what_to_install() -> None:
    """Everything else works without it."""
    command = [sys.executable, "-P", "-c", WITHOUT_RICH]

    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        "1",
        "the progress bar needs the package 'rich', which is not installed: run  python -m pip install '.[rich]'  in a checkout of etlkit",
    ]
