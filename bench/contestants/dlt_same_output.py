"""dlt set to write what the others write: nested values kept, no gzip."""

from __future__ import annotations

from functools import partial

from bench.contestants import dlt_pipeline


run = partial(dlt_pipeline.run, nesting=0, gzip=False)
