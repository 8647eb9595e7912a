"""Which source record each loaded record came from, in one file for each load."""

from __future__ import annotations
