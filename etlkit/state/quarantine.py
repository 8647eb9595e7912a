"""Rejected records: how many a run may have, and the file that keeps them."""

from __future__ import annotations

import base64
import os

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from attrs import field, frozen
from attrs.validators import optional

from etlkit._files.locking import locked
from etlkit._files.paths import absolute, inside, is_url, without_secrets
from etlkit._files.reading import open_for_reading
from etlkit._files.writing import (
    PRIVATE_FILE,
    PRIVATE_FOLDER,
    AtomicFile,
    check_writable,
    cut_back,
    make_folder,
    remove_all_leftovers,
    remove_leftovers,
    size_of,
)
from etlkit._words import shown
from etlkit.errors import BudgetExceeded, ConfigurationError, EtlkitError
from etlkit.runs.context import random_mark
from etlkit.state.lines import json_line


if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from etlkit._clock import Clock
    from etlkit.records import Rejection
    from etlkit.runs.context import RunContext

KEPT_IN_MEMORY = 10_000
"""Rejected records that a run without a place for them keeps in its result."""

KEPT_BYTES = 64 * 1024 * 1024
"""Bytes that these records may have altogether."""

SHOWN = 100
"""Rejected records that a result shows when a file keeps them all."""

SHOWN_BYTES = 1024 * 1024
"""Bytes that those records may have altogether."""

ENTRY_FORMAT = 1

_COPIED_BYTES = 1 << 20


def _number(_: object, __: object, value: Any) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        share = isinstance(value, float) and 0 < value < 1
        hint = "; for a share of the records pass max_error_rate" if share else ""
        message = f"Quarantine: max_errors is a whole number from 0 on, got {shown(value)}{hint}"
        raise ConfigurationError(message)


def _share(_: object, __: object, value: Any) -> None:
    if not (isinstance(value, (int, float)) and 0 <= value <= 1):  # NaN is not
        message = f"Quarantine: max_error_rate is a share from 0 to 1, got {shown(value)}"
        raise ConfigurationError(message)


def _local_path(_: object, __: object, value: Any) -> None:
    if not isinstance(value, (str, os.PathLike)) or is_url(os.fspath(value)):
        message = f"Quarantine: to is the path of a local file, got {without_secrets(repr(value))}"
        raise ConfigurationError(message)


@frozen
class Quarantine:
    """The policy that sets failing records aside and goes on with the others.

    Rejected records are kept byte for byte, each with its reason, file and record
    number: in the file ``to`` names, else below the root of the service, else, up to
    10 000 of them or 64 MiB, in ``result.rejections``. When a run has more than it may, it fails
    and its destination is unchanged.

    Attributes:
        max_errors: Most rejected records that a run may have; None for any number.
        max_error_rate: Greatest share of rejected records among those read, from 0 to 1;
            a run with exactly this share passes.
        to: Path of a JSON Lines file; each run adds its rejected records to it.

    Raises:
        ConfigurationError: An argument cannot be meant; the message names it.

    Example:
        >>> from etlkit import DataLoader, ETLJob, Quarantine, RecordsSource
        >>> from etlkit.transformations import Map
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

    max_errors: int | None = field(default=None, validator=optional(_number))
    max_error_rate: float | None = field(default=None, validator=optional(_share))
    to: str | os.PathLike[str] | None = field(default=None, validator=optional(_local_path))

    def check_number(self, rejected: int) -> None:
        """Check the number, after each rejected record.

        Raises:
            BudgetExceeded: It is above ``max_errors``.
        """
        if self.max_errors is not None and rejected > self.max_errors:
            message = f"{rejected} record(s) rejected, more than max_errors={self.max_errors}"
            raise BudgetExceeded(message)

    def check_rate(self, rejected: int, read: int) -> None:
        """Check the share, at the end of the input.

        Raises:
            BudgetExceeded: It is above ``max_error_rate``.
        """
        share = rejected / max(read, 1)  # 0.29 * 100 is less than 29, but 29 / 100 is 0.29
        if self.max_error_rate is not None and share > self.max_error_rate:
            message = (
                f"{rejected} of {read} record(s) rejected ({share:.2%}), "
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
        folder: The folder of both, where it has to be made for the first record.
    """

    def __init__(
        self, path: str, diagnostic: str, run: RunContext, *, folder: str | None = None
    ) -> None:
        self.path = path
        self._folder = folder
        self._diagnostic = diagnostic
        self._run = run
        self._file: AtomicFile | None = None

    def add(self, rejection: Rejection) -> None:
        """Write one rejected record."""
        if self._file is None:
            if self._folder is None:
                remove_leftovers(self.path)
            else:
                make_folder(self._folder, mode=PRIVATE_FOLDER)
                remove_all_leftovers(self._folder)
            self._file = AtomicFile(
                self.path, mark=f"{self._run.nonce}.rejected", mode=PRIVATE_FILE
            )
        self._file.write(json_line(entry(rejection, self._run)))

    @contextmanager
    def published(
        self, *, wait_seconds: float, clock: Clock, stays: Callable[[], bool]
    ) -> Iterator[str | None]:
        """Add the records to the file, durably; take them back when the body fails.

        Gives the path, or None when there are no records. ``stays`` says of a body that
        failed whether the data is visible all the same: then the records stay too.
        """
        if self._file is None:
            yield None
            self._forget_diagnostic()
            return
        with locked(self.path, wait_seconds=wait_seconds, clock=clock):
            before, added = size_of(self.path), self._file.size_bytes
            try:
                self._file.append_to_target()
                yield self.path
            except BaseException as error:
                if self._file.published and not stays():
                    self._take_back(added, error)
                    cut_back(self.path, before)
                raise
            self._forget_diagnostic()

    def _forget_diagnostic(self) -> None:
        """Remove what an earlier attempt of the same run left; this one has succeeded."""
        cut_back(self._diagnostic, None)

    def _take_back(self, added: int, error: BaseException) -> None:
        """Put the records at the end of the file back into a temporary one."""
        self._file = None
        try:
            self._file = self._copy_of_last(added)
        except (EtlkitError, OSError) as further:  # such as a full disk
            error.add_note(f"the rejected records could not be kept: {further}")

    def _copy_of_last(self, size_bytes: int) -> AtomicFile:
        with open_for_reading(self.path) as published:
            published.seek(-size_bytes, os.SEEK_END)
            copy = AtomicFile(self.path, mark=f"{random_mark()}.rejected", mode=PRIVATE_FILE)
            try:
                while data := published.read(_COPIED_BYTES):
                    copy.write(data)
            except BaseException:
                copy.discard()
                raise
        return copy

    def keep_as_diagnostic(self) -> str | None:
        """Keep the records of a failed attempt to look at; they are not for replay."""
        if self._file is None:
            return None
        return self._file.publish(self._diagnostic)


def rejected_file(policy: Quarantine, run: RunContext, root: str | None) -> RejectedFile | None:
    """Where the rejected records of a run go, or None for its result only.

    Raises:
        ConfigurationError: The file that the policy names cannot be written.
    """
    if policy.to is not None:
        path = absolute(policy.to)
        check_writable(path)
        return RejectedFile(path, f"{path}.{run.run_id}.failed", run)
    if root is None:
        return None
    folder = inside(root, "quarantine")
    name = inside(folder, run.run_id)
    return RejectedFile(f"{name}.jsonl", f"{name}.failed.jsonl", run, folder=folder)


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
        "line_no": rejection.line_no,
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
