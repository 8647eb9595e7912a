"""Rejected records: how many a run may have, and the file that keeps them."""

from __future__ import annotations

import base64
import os

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import orjson

from attrs import field, frozen

from etlkit._files.locking import locked
from etlkit._files.paths import absolute, inside
from etlkit._files.writing import (
    PRIVATE_FILE,
    PRIVATE_FOLDER,
    AtomicFile,
    check_writable,
    cut_back,
    make_folder,
    size_of,
)
from etlkit.errors import BudgetExceeded, ConfigurationError


if TYPE_CHECKING:
    from collections.abc import Iterator

    from etlkit._clock import Clock
    from etlkit.records import Rejection
    from etlkit.runs import RunContext

KEPT_IN_MEMORY = 10_000
"""Rejected records that a run without a place for them keeps in its result."""

SHOWN = 100
"""Rejected records that a result shows when a file keeps them all."""

ENTRY_FORMAT = 1


def _not_negative(_: object, attribute: Any, value: float | None) -> None:
    if value is not None and value < 0:
        message = f"Quarantine: {attribute.name} must not be negative, got {value!r}"
        raise ConfigurationError(message)


@frozen
class Quarantine:
    """The policy that sets failing records aside and goes on with the others.

    Rejected records are kept byte for byte, each with its reason, file and record
    number: in the file ``to`` names, else below the root of the service, else, up to
    10 000 of them, in ``result.rejections``. When a run has more than it may, it fails
    and its destination is unchanged.

    Attributes:
        max_errors: Most rejected records that a run may have; None for any number.
        max_error_rate: Greatest share of rejected records among those read, from 0 to 1;
            a run with exactly this share passes.
        to: Path of a JSON Lines file; each run adds its rejected records to it.

    Example:
        >>> from etlkit import DataLoader, ETLJob, Map, Quarantine, RecordsSource
        >>> halve = Map(lambda record: {"half": record["n"] / 2})
        >>> source = RecordsSource([{"n": 4}, {"n": "four"}])
        >>> job = ETLJob(
        ...     "halves",
        ...     "Halves",
        ...     source,
        ...     halve,
        ...     DataLoader("memory:"),
        ...     on_error=Quarantine(max_errors=10),
        ... )
        >>> result = job.execute()
        >>> result.rows_loaded, result.rejections[0].place
        (1, 'records:2')
    """

    max_errors: int | None = field(default=None, validator=_not_negative)
    max_error_rate: float | None = field(default=None, validator=_not_negative)
    to: str | os.PathLike[str] | None = None

    def check_number(self, rejected: int) -> None:
        """Check the number, after each rejected record.

        Raises:
            BudgetExceeded: It is above ``max_errors``.
        """
        if self.max_errors is not None and rejected > self.max_errors:
            message = f"{rejected} records were rejected, more than max_errors={self.max_errors}"
            raise BudgetExceeded(message)

    def check_rate(self, rejected: int, read: int) -> None:
        """Check the share, at the end of the input.

        Raises:
            BudgetExceeded: It is above ``max_error_rate``.
        """
        if self.max_error_rate is not None and rejected > self.max_error_rate * read:
            message = (
                f"{rejected} of {read} records were rejected ({rejected / max(read, 1):.2%}), "
                f"more than max_error_rate={self.max_error_rate:g}"
            )
            raise BudgetExceeded(message)


class RejectedFile:
    """The rejected records of one attempt, on their way into a file.

    Either ``published`` surrounds the commit of the data, or ``keep_as_diagnostic``
    ends an attempt that published nothing.

    Args:
        path: The file. Other runs may have written to it: the records are added.
        diagnostic: Where the records of a failed attempt go, in the same folder.
        run: The attempt.
    """

    def __init__(self, path: str, diagnostic: str, run: RunContext) -> None:
        self.path = path
        self._diagnostic = diagnostic
        self._run = run
        self._file: AtomicFile | None = None

    def add(self, rejection: Rejection) -> None:
        """Write one rejected record."""
        if self._file is None:
            self._file = AtomicFile(self.path, mark=self._run.nonce, mode=PRIVATE_FILE)
        self._file.write(orjson.dumps(entry(rejection, self._run)) + b"\n")

    @contextmanager
    def published(self, *, wait_seconds: float, clock: Clock) -> Iterator[str | None]:
        """Make the records durable in the file; take them back when the body fails.

        Gives the path, or None when there are no records.
        """
        if self._file is None:
            yield None
            return
        with locked(self.path, wait_seconds=wait_seconds, clock=clock):
            before = size_of(self.path)
            self._file.append_to_target()
            try:
                yield self.path
            except BaseException:
                cut_back(self.path, before)
                raise

    def keep_as_diagnostic(self) -> str | None:
        """Keep the records of a failed attempt to look at; they are not for replay."""
        if self._file is None:
            return None
        return self._file.publish(self._diagnostic).path

    def discard(self) -> None:
        """Forget what was written."""
        if self._file is not None:
            self._file.discard()


def rejected_file(policy: Quarantine, run: RunContext, root: str | None) -> RejectedFile | None:
    """Where the rejected records of a run go, or None for its result only.

    Raises:
        ConfigurationError: The file that the policy names cannot be written.
    """
    if policy.to is not None:
        path = absolute(policy.to)
        check_writable(path)
        return RejectedFile(path, f"{path}.failed", run)
    if root is None:
        return None
    folder = inside(root, "quarantine")
    make_folder(folder, mode=PRIVATE_FOLDER)
    name = inside(folder, run.run_id)
    return RejectedFile(f"{name}.jsonl", f"{name}.failed.jsonl", run)


def entry(rejection: Rejection, run: RunContext) -> dict[str, Any]:
    """A rejected record as quarantine files keep it.

    ``raw`` is text, or base64 in ``raw_base64`` where the bytes are not UTF-8.
    """
    return {
        "format": ENTRY_FORMAT,
        "job_id": run.job_id,
        "run_id": run.run_id,
        "uri": rejection.uri,
        "record_no": rejection.record_no,
        "stage": rejection.stage,
        "step": rejection.step,
        "code": rejection.code,
        "message": rejection.message,
        "problems": [
            {"path": list(problem.path), "rule": problem.rule, "message": problem.message}
            for problem in rejection.problems
        ],
        "exception": rejection.exception,
        **_raw(rejection.raw),
        "raw_bytes": rejection.raw_bytes,
        "derived": rejection.derived,
        "rejected_at": run.started.isoformat(),
    }


def _raw(raw: bytes | None) -> dict[str, str | None]:
    if raw is None:
        return {"raw": None}
    try:
        return {"raw": raw.decode()}
    except UnicodeDecodeError:
        return {"raw_base64": base64.b64encode(raw).decode("ascii")}
