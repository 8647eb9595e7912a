"""How far a run is, told after each batch."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from attrs import define, frozen


if TYPE_CHECKING:
    from collections.abc import Callable

    from etlkit._clock import Clock
    from etlkit.runs.tally import Tally


@frozen
class Progress:
    """How far a run is; given to progress callbacks after each batch of the source and at the end.

    Attributes:
        job_id: The job.
        read: Source records so far.
        loaded: Records handed to the destination so far.
        rejected: Records set aside so far.
        seconds: Since the attempt began.
        done: The attempt has committed.
    """

    job_id: str
    read: int
    loaded: int
    rejected: int
    seconds: float
    done: bool = False

    @property
    def records_per_second(self) -> float:
        """Source records a second, from the beginning."""
        return self.read / self.seconds if self.seconds > 0 else 0.0


ProgressCallback: TypeAlias = "Callable[[Progress], None]"


@define
class Watch:
    """Tells a progress callback; one that raises is not called again."""

    callback: ProgressCallback | None
    job_id: str
    tally: Tally
    clock: Clock
    started: float
    silent: bool = False

    def tell(self, *, done: bool = False) -> None:
        """Call it, if there is one."""
        if self.callback is None or self.silent:
            return
        tally = self.tally
        seconds = self.clock.monotonic() - self.started
        progress = Progress(
            self.job_id, tally.read, tally.transformed, tally.rejected, seconds, done
        )
        try:
            self.callback(progress)
        except Exception:
            import logging

            self.silent = True
            logging.getLogger("etlkit.engine").warning(
                "the progress callback of job %s failed and is not called again",
                self.job_id,
                exc_info=True,
                extra={"action": "progress_failed", "job_id": self.job_id},
            )
