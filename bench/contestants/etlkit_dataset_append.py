"""etlkit: the main job added to a dataset folder, in parts of 64 MB."""

from __future__ import annotations

from functools import partial

from bench.contestants import etlkit_dataset


run = partial(etlkit_dataset.run, mode="append")
