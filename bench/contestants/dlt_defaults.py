"""dlt as it comes: nested lists in tables of their own, nested objects in columns, gzip."""

from __future__ import annotations

from functools import partial

from bench.contestants import dlt_pipeline


run = partial(dlt_pipeline.run, nesting=None, gzip=True)
