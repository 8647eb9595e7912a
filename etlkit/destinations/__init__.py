"""How records become durable."""

from __future__ import annotations

from typing import TYPE_CHECKING

from etlkit._lazy import lazy_names


if TYPE_CHECKING:
    from etlkit.destinations.dataset.destination import DatasetDestination
    from etlkit.destinations.destination import Destination, LoadSession, StoredFile
    from etlkit.destinations.files import FileDestination
    from etlkit.destinations.loader import DataLoader
    from etlkit.destinations.memory import MemoryDestination

__all__ = [
    "DataLoader",
    "DatasetDestination",
    "Destination",
    "FileDestination",
    "LoadSession",
    "MemoryDestination",
    "StoredFile",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "DataLoader": "etlkit.destinations.loader",
        "DatasetDestination": "etlkit.destinations.dataset.destination",
        "Destination": "etlkit.destinations.destination",
        "FileDestination": "etlkit.destinations.files",
        "LoadSession": "etlkit.destinations.destination",
        "MemoryDestination": "etlkit.destinations.memory",
        "StoredFile": "etlkit.destinations.destination",
    },
)
