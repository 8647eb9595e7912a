"""What the destination of a run holds, read back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from etlkit._files.paths import without_secrets
from etlkit.destinations.destination import StoredFile
from etlkit.errors import ConfigurationError
from etlkit.sources.files import FileSource
from etlkit.sources.memory import RecordsSource


if TYPE_CHECKING:
    from etlkit.destinations.destination import Destination
    from etlkit.sources.source import DataSource


def contents(destination: Destination | None) -> DataSource:
    """A source of what a destination holds now.

    Raises:
        ConfigurationError: It cannot be read back, or is not known any more.
    """
    if destination is None:
        message = (
            "this result does not have its destination any more, since the history of a service "
            "does not keep what lives in memory; ask the result that the run returned"
        )
        raise ConfigurationError(message)
    stored = destination.stored()
    if stored is None:
        message = (
            f"{without_secrets(destination.uri)}: what a {type(destination).__name__} holds cannot "
            "be read back; read it with a source of its own"
        )
        raise ConfigurationError(message)
    if isinstance(stored, StoredFile):
        return FileSource(
            stored.path, format=stored.format, compression=stored.compression, archive=None
        )
    return RecordsSource(stored, name=destination.uri)
