"""The version of the installed distribution, looked up when somebody asks for it."""

from __future__ import annotations

from importlib import metadata


__version__ = metadata.version("etlkit")
