"""A bar that shows how far a run is; needs the ``rich`` extra."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from etlkit._optional import require


if TYPE_CHECKING:
    from etlkit.engine.progress import Progress


class ProgressBar:
    """A line in the terminal with records read, rejected, and records a second.

    Used as a context manager and passed as ``progress``. It is drawn on standard error
    and only when that is a terminal.

    Args:
        console: A ``rich.console.Console`` to draw on.

    Raises:
        MissingExtra: The package rich is not installed.

    Example:
        with ProgressBar() as bar:
            job.execute(progress=bar)
    """

    def __init__(self, console: Any = None) -> None:
        parts = require("rich.progress", extra="rich", purpose="the progress bar")
        if console is None:
            make = require("rich.console", extra="rich", purpose="the progress bar").Console
            console = make(stderr=True)
        self._bar = parts.Progress(
            parts.SpinnerColumn(),
            parts.TextColumn("{task.description}", markup=False),
            parts.TextColumn("{task.fields[counts]}", markup=False),
            parts.TimeElapsedColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._tasks: dict[str, Any] = {}

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def __call__(self, progress: Progress) -> None:
        """Show how far a run is; the engine calls this after each batch."""
        counts = (
            f"{progress.read:,} records  {progress.records_per_second:,.0f}/s  "
            f"{progress.rejected:,} rejected"
        )
        task = self._tasks.get(progress.job_id)
        if task is None:
            task = self._bar.add_task(progress.job_id, total=None, counts=counts)
            self._tasks[progress.job_id] = task
        total = 1 if progress.done else None
        self._bar.update(task, counts=counts, completed=int(progress.done), total=total)
