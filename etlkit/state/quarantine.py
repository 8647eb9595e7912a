"""The policy for rejected records: how many a run may have, and where they go."""

from __future__ import annotations

import os

from typing import Any

from attrs import field, frozen
from attrs.validators import optional

from etlkit._files.paths import is_url, without_secrets
from etlkit._words import shown
from etlkit.errors import BudgetExceeded, ConfigurationError


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
