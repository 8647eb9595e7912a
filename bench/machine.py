"""Where and with what the figures were made; names of machines and folders stay out of it."""

from __future__ import annotations

import importlib.util
import os
import platform

from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from attrs import frozen


LIBRARIES = ("etlkit", "orjson", "duckdb", "polars", "pandas", "pyarrow", "petl", "dlt")


@frozen
class Machine:
    """The circumstances of a measurement.

    Attributes:
        date: UTC, to the minute.
        processor: As it names itself.
        cores: Those that this process may use.
        load: One-minute load average at the beginning; above 1, others were computing too.
        python: Implementation and version.
        system: Name of the operating system.
        versions: Of the libraries, or that they are not installed.
    """

    date: str
    processor: str
    cores: int
    load: float
    python: str
    system: str
    versions: dict[str, str]


def describe() -> Machine:
    return Machine(
        date=f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        processor=_processor(),
        cores=_cores(),
        load=os.getloadavg()[0],
        python=f"{platform.python_implementation()} {platform.python_version()}",
        system=platform.system(),
        versions={name: _version(name) for name in LIBRARIES},
    )


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or "unknown"


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        # A checkout can be imported without being installed.
        return "not installed" if importlib.util.find_spec(name) is None else "from a checkout"
