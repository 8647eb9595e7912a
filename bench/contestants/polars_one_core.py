"""Polars with a pool of one thread: what it does per core."""

from __future__ import annotations

import os


# Read once, when Polars is imported.
os.environ["POLARS_MAX_THREADS"] = "1"

from bench.contestants.polars_lazy import run


__all__ = ["run"]
